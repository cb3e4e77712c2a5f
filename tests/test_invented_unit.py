"""An invented municipality, worked out by hand: from its files to every indicator.

Operating account (1000 kr), the sums of tests/data/oppdiktet:
  revenue      6000+2250+30000+8000+2000+16000 + 250000 + 260000             = 574 250
  expenditure  22800 wages 120; 195000 on 202; 23250 on 222; 208000 on 253;
               30000 on 281; 14000 on 251; 14000 on 332; 13000 on 340        = 520 050
  gross result 574 250 - 520 050                                             =  54 200
  net finance  30000+500+25000 - 6000-4000-1500                              =  44 000
  depreciation counter-entry                                                 =  19 000
  net result   54 200 - 44 000 + 19 000                                      =  29 200
  disposed     23200+3000+5000-2000                                          =  29 200
"""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.indicators import evaluate
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.verdicts import judgement
from tests.conftest import edit_table

EXPECTED = {
    "brutto_driftsinntekter": 574_250,
    "brutto_driftsutgifter": 520_050,
    "brutto_driftsresultat": 54_200,
    "netto_finansutgifter": 44_000,
    "motpost_avskrivninger": 19_000,
    "netto_driftsresultat": 29_200,
    "netto_driftsresultat_disponering": 29_200,
    # expenditure less sick-pay refunds 14 000 and VAT compensation 4 250
    "brutto_driftsutgifter_tjeneste": 501_800,
    # services: expenditure less fees 46 000, refunds 14 000, compensation 4 250
    "netto_driftsutgifter_tjeneste": 455_800,
    # wages 20000+2800+150000+21000+24000+180000+28000 less sick pay 14 000
    "loennsutgifter": 411_800,
    "brutto_investeringsutgifter": 75_000,
    "varige_driftsmidler": 75_000,
    "sum_investeringsutgifter": 77_000,
    "bruk_av_laan": 62_000,
    "gevinst_finansielle": 1_000,
    "netto_bundne_fond": 1_000,
    "netto_driftsresultat_etter_bundne": 28_200,
    "disposisjonsfond": 70_000,
    "bundne_driftsfond": 12_000,
    "merforbruk": 0,
    "fri_egenkapital_drift": 70_000,
    "langsiktig_gjeld_kasse": 650_000,
    "avdrag": 25_000,
    "avskrivbare_anleggsmidler": 1_200_000,
    # debt 650 000 less loans granted 30 000
    "laanegjeld_uten_utlaan": 620_000,
    # debt 650 000 less loans granted 30 000 and unused loans 5 000
    "netto_laanegjeld_kasse": 615_000,
}


@pytest.fixture
def opened(invented: Path) -> survey.Survey:
    return opening.open_survey(year=2025, source="kostra", data_dir=str(invented))


@pytest.mark.parametrize("begrep", sorted(EXPECTED))
def test_indicator_by_hand(opened: survey.Survey, begrep: str) -> None:
    row = opened.indikatorer.filter(
        (pl.col("begrep") == begrep) & pl.col("tjenesteomraade").is_null()
    )
    assert row["belop"].to_list() == [EXPECTED[begrep]]


def test_percentages_by_hand(opened: survey.Survey) -> None:
    shares = opened.panel().select(
        evaluate.percent("netto_driftsresultat_pst", 2025),
        evaluate.percent("disposisjonsfond_pst", 2025),
        evaluate.percent("netto_laanegjeld_kasse_pst", 2025),
        evaluate.percent("fri_egenkapital_drift_pst", 2025),
        evaluate.percent("brutto_investeringsutgifter_pst", 2025),
    )
    thousands = (29_200, 70_000, 615_000, 70_000, 75_000)
    assert shares.row(0) == pytest.approx([100 * each / 574_250 for each in thousands])


def test_areas_by_hand(opened: survey.Survey) -> None:
    cost = opened.indikatorer.filter(pl.col("begrep") == "brutto_driftsutgifter_tjeneste")
    by_area = dict(
        cost.drop_nulls("tjenesteomraade").select("tjenesteomraade", "belop").iter_rows()
    )
    # school: 195 000 + 23 250 less 6 000 sick pay and 2 250 compensation
    assert by_area["grunnskole"] == 210_000
    assert by_area["sosial"] == by_area["livsopphold"] == 30_000
    assert by_area["pleie_og_omsorg"] == 200_000
    assert by_area["vann_avloep_renovasjon"] == 13_000


def test_percent_is_missing_when_revenue_is_not_positive() -> None:
    frame = pl.DataFrame(
        {"netto_driftsresultat": [5, 5, 5], "brutto_driftsinntekter": [100, 0, None]}
    )
    shares = frame.select(evaluate.percent("netto_driftsresultat_pst", 2024)).to_series().to_list()
    assert shares == [5.0, None, None]


def test_a_survey_of_one_computes_what_it_can_and_says_what_it_cannot(
    opened: survey.Survey,
) -> None:
    tall = compute(opened)
    value = lambda name: values.value(tall, name, 2025)  # noqa: E731
    assert value("svar.antall") == 1
    assert value("svar.kommuner_utenom_oslo") == 357  # the 356 and the invented one
    assert value("investering.andel.grunnskole") == pytest.approx(100 * 50_000 / 75_000)
    assert value("investering.rang.grunnskole") == 1
    assert value("investering.vekst") is None
    assert value("sektor.utgiftsvekst") is None
    assert value("resultat.estimat_mrd") is None
    assert opened.notes == [
        "Vekst og endring fra 2024 er ikke beregnet: kilden har ingen regnskaper for 2024."
    ]


def test_one_respondent_earns_no_verdict_about_the_country(opened: survey.Survey) -> None:
    verdicts = judgement.judge(judgement.read(2025), compute(opened), opened)
    assert set(verdicts["dom"]) == {"ikke_vurdert", "kontekst"}


# What a release might say of a survey that one municipality answered: number, as printed, value, unit.
ANSWERED = (
    ("svar.antall", "1 kommune", "1", "antall"),
    ("svar.andel_fylker", "ingen", "0", "prosent"),
    ("svar.oslo", "ikke mottatt", "0", "antall"),
    ("svar.andel.over_50000", "ingen", "0", "prosent"),
)


def judged_with(invented: Path, said: tuple[tuple[str, str, str, str], ...]) -> pl.DataFrame:
    """Judge a release of 2025 that says this of who answered, and that their result was 5.1 percent."""

    def release(t: pl.DataFrame) -> pl.DataFrame:
        rows = [
            t.head(1).with_columns(
                id=pl.lit(f"k2025_svar_{number}"),
                seksjon=pl.lit("svar"),
                maaler=pl.lit(f"Svar {number}"),
                tall_id=pl.lit(name),
                trykt=pl.lit(printed),
                verdi=pl.lit(value),
                opploesning=pl.lit("1"),
                enhet=pl.lit(unit),
                kvalifikator=pl.lit("telling"),
            )
            for number, (name, printed, value, unit) in enumerate(said)
        ]
        return pl.concat([*rows, t.head(1).with_columns(verdi=pl.lit("5.1"))])

    edit_table(invented.parent / "data/claims/2025.csv", release)
    edit_table(  # the rules are about the numbers that were taken out
        invented.parent / "data/claims/arithmetic.csv", lambda t: t.filter(pl.col("aar") != "2025")
    )
    opened = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    return judgement.judge(judgement.read(2025), compute(opened), opened)


def test_real_accounts_of_the_stated_panel_are_gjenskapt(invented: Path) -> None:
    verdicts = judged_with(invented, ANSWERED)
    assert verdicts["dom"].to_list() == ["gjenskapt"] * (len(ANSWERED) + 1)


@pytest.mark.parametrize(
    ("place", "printed", "value"),
    [
        (0, "2 kommuner", "2"),
        (1, "alle", "100"),  # the counties
        (2, "mottatt", "1"),  # Oslo
        (3, "alle", "100"),  # the large ones
    ],
)
def test_accounts_are_the_release_s_only_where_all_that_it_says_of_who_answered_agrees(
    invented: Path, place: int, printed: str, value: str
) -> None:
    """By how many they are alone, accounts of others than those who answered were called the release's once."""
    name, _, _, unit = ANSWERED[place]
    said = (*ANSWERED[:place], (name, printed, value, unit), *ANSWERED[place + 1 :])
    verdicts = judged_with(invented, said)
    assert set(verdicts["dom"]) == {"ikke_vurdert"}
    assert set(verdicts["hvorfor"]) == {
        "regnskapene er fra 1 kommune, ikke fra utvalget i pressemeldingen. "
        f"Det stemmer ikke med dem: svar {place}: {printed}"
    }


def test_what_cannot_be_computed_of_who_answered_does_not_agree(invented: Path) -> None:
    """Growth needs the year before, which these accounts lack."""
    verdicts = judged_with(invented, (*ANSWERED, ("investering.vekst", "ingen", "0", "prosent")))
    assert set(verdicts["dom"]) == {"ikke_vurdert"}


def test_a_unit_without_balance_has_no_fund_and_not_an_empty_one(invented: Path) -> None:
    (invented / "0B_9901_2025_OPPDIKTET.txt").unlink()
    opened = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    tall = compute(opened)
    assert values.value(tall, "fond.antall_tomme", 2025) is None
    assert values.value(tall, "resultat.netto_mrd", 2025) == pytest.approx(0.0292)
    assert any("uten balanse" in note for note in opened.notes)


def change_line(path: Path, old: str, new: str) -> None:
    text = path.read_text("latin-1")
    assert old in text
    path.write_text(text.replace(old, new, 1), "latin-1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "0A2025 9901",
            "0Z2025 9901",
            "skjema is '0Z'; allowed: skjemaene i data/codes/skjema.csv",
        ),
        ("0A2025 9901", "0A2024 9901", "aar is '2024'; allowed: 2025"),
        ("0A2025 9901", "0A202529901", "kvartal is '2'; allowed: blankt, for årsregnskap"),
        ("0A2025 990100", "0A2025 990200", "region is '990200'; allowed: kommuner (og"),
        ("1120 010", "3120 010", "kontoklasse is '3'; allowed: kontoklassene for skjemaet"),
        ("1120 010", "1129 010", "funksjon_kapittel is '129'; allowed: funksjonene som gjaldt"),
        ("1120 010", "1120 011", "art_sektor is '011'; allowed: artene som gjaldt for skjemaet"),
    ],
)
def test_a_record_that_does_not_belong_stops_the_run(
    invented: Path, old: str, new: str, message: str
) -> None:
    file = invented / "0A_9901_2025_OPPDIKTET.txt"
    change_line(file, old, new)
    if "2024" in new:  # the first record decides which year a file is of; a later one must agree
        text = file.read_text("latin-1").splitlines()
        file.write_text("\n".join([*text[1:], text[0]]) + "\n", "latin-1")
    with pytest.raises(DataError) as error:
        opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    assert message in str(error.value)
    assert "0A_9901_2025_OPPDIKTET.txt:" in str(error.value)


def test_the_same_delivery_twice_is_refused(invented: Path) -> None:
    (invented / "kopi.txt").write_bytes((invented / "0A_9901_2025_OPPDIKTET.txt").read_bytes())
    with pytest.raises(DataError, match=r"control E02 .*fil is '44 konti står i flere filer'"):
        opening.open_survey(year=2025, source="kostra", data_dir=str(invented))


def test_files_may_be_split_packed_and_named_as_one_likes(
    invented: Path, opened: survey.Survey
) -> None:
    account = (invented / "0A_9901_2025_OPPDIKTET.txt").read_bytes()
    balance = (invented / "0B_9901_2025_OPPDIKTET.txt").read_bytes()
    for path in invented.glob("*.txt"):
        path.unlink()
    (invented / "2025").mkdir()
    (invented / "2025" / "regnskap æøå.dat.gz").write_bytes(gzip.compress(account))
    with zipfile.ZipFile(invented / "2025" / "balanse.zip", "w") as archive:
        archive.writestr("x", balance)
    again = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    assert again.indikatorer.equals(opened.indikatorer)
    for path in (invented / "2025").iterdir():
        path.unlink()
    (invented / "2025" / "alt.txt").write_bytes(balance + account)
    concatenated = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    assert concatenated.indikatorer.equals(opened.indikatorer)


def test_lines_with_the_same_key_are_summed_and_zero_lines_ignored(
    invented: Path, opened: survey.Survey
) -> None:
    file = invented / "0A_9901_2025_OPPDIKTET.txt"
    text = file.read_text("latin-1")
    one = next(line for line in text.splitlines() if line[31:39] == "1120 010")
    parts = [one[:39] + f"{part:>9}" for part in (int(one[39:]) - 700, 700, 0)]
    file.write_text(text.replace(one, "\n".join(parts)), "latin-1")
    again = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    assert again.indikatorer.equals(opened.indikatorer)
    assert again.poster.collect().equals(opened.poster.collect())


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"year": 2031}, "YEAR is 2031; the source kostra has accounts for: 2025"),
        ({"scope": "konsern"}, "SCOPE is 'konsern'; allowed: kasse, konsolidert"),
        ({"scope": "konsolidert"}, "no unit has delivered konsolidert accounts for 2025"),
        ({"source": "ks"}, "SOURCE is 'ks'; allowed: kostra, ssb, demo"),
    ],
)
def test_a_request_that_cannot_be_met_names_what_is_allowed(
    invented: Path, request_: dict[str, object], message: str
) -> None:
    arguments = {"year": 2025, "source": "kostra", "data_dir": str(invented)} | request_
    with pytest.raises(UsageError) as error:
        opening.open_survey(**arguments)  # type: ignore[arg-type]
    assert message in str(error.value)
