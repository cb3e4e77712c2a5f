"""One unit, one concept, and one's own: rows of the tidy frame, with values added up by hand."""

from __future__ import annotations

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.display import opening
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from tests.conftest import PROJECT
from tests.helpers.two_towns import delivered

OWN = ["aar", "navn", "verdi"]


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = delivered(tmp_path_factory.mktemp("towns"))
    return kr.open_survey(year=2024, source="kostra", data_dir=str(folder))


@pytest.fixture(scope="module")
def real() -> Survey:
    return kr.open_survey(year=2024, source="ssb")


def values(frame: pl.DataFrame) -> dict[tuple[int, str], float]:
    """Return what a frame of one concept says: year and name → value."""
    return {(year, name): value for year, name, value in frame.select(OWN).iter_rows()}


def test_a_unit_is_all_its_rows_of_the_tidy_frame(real: Survey) -> None:
    bodoe = kr.unit("Bodø", survey=real)
    assert bodoe.columns == kr.tidy(real).columns
    assert set(bodoe["region"]) == {"1804"}
    assert "enheter" not in bodoe["begrep"]
    result = kr.unit("Bodø", "netto_driftsresultat", "netto_driftsresultat_pst", survey=real)
    of_2024 = result.filter(pl.col("aar") == 2024)
    assert dict(of_2024.select("enhet", "verdi").iter_rows()) == {
        "1000 kr": -32740.0,  # SSB 12137
        "prosent": pytest.approx(100 * -32740 / 5862166),
    }


def test_a_unit_keeps_its_past_under_another_number_but_not_that_of_what_was_split(
    real: Survey,
) -> None:
    income = kr.unit("Tromsø", "brutto_driftsinntekter", survey=real)
    assert dict(income.select("aar", "region").iter_rows()) == {
        2021: "5401", 2022: "5401", 2023: "5401", 2024: "5501",
    }  # fmt: skip
    assert set(income["fylke"]) == {"Troms"}
    assert set(kr.unit("Ålesund", survey=real)["aar"]) == {2024}


def test_one_concept_of_all_or_by_area(towns: Survey) -> None:
    income = kr.concept("brutto_driftsinntekter", survey=towns)
    assert values(income) == {
        (2023, "Stavanger"): 1000, (2023, "Bodø"): 10000,
        (2024, "Stavanger"): 2000, (2024, "Bodø"): 20000,
    }  # fmt: skip
    areas = kr.concept("brutto_investeringsutgifter", areas=True, survey=towns)
    own = areas.filter(pl.col("aar") == 2024, pl.col("navn") == "Bodø")
    school = own.filter(pl.col("tjenesteomraade") == "grunnskole")
    assert school["verdi"].to_list() == [10000]  # 500 · 10 · 2, all on function 222
    assert areas["tjenesteomraade"].null_count() == 0


@pytest.mark.parametrize(
    ("codes", "stavanger"),
    [
        ({"arter": "500"}, 20),
        ({"arter": 500}, 20),
        ({"arter": "500, 510"}, 26),
        ({"arter": ["500", 501]}, 24),
        ({"arter": "500-509"}, 24),
        ({"arter": "500..510"}, 30),
        ({"arter": "500..510 uten 501"}, 26),
        ({"arter": "50*"}, 24),
        ({"arter": range(500, 502)}, 24),
        ({"arter": 10}, 900),  # 010
        ({"arter": "500", "funksjoner": "222"}, 0),
        ({"funksjoner": [222, 870]}, 880),  # −100 + 900 + 50 and 20 + 4 + 6
        ({"arter": "800", "fortegn": -1}, 300),
        ({"arter": "230", "regnskap": "investering"}, 500),
        ({"arter": "230", "regnskap": "0"}, 500),
        ({"arter": "230", "regnskap": 1}, 0),
        ({"kapitler": "56", "fortegn": -1}, 1000),
        ({"kapitler": "9*"}, 0),  # 20 − 20
    ],
)
def test_a_concept_of_one_s_own_is_the_sum_of_its_codes(
    towns: Survey, codes: dict[str, object], stavanger: int
) -> None:
    found = kr.concept("mitt", **codes, survey=towns)  # type: ignore[arg-type]
    assert values(found) == {
        (2023, "Stavanger"): stavanger, (2023, "Bodø"): 10 * stavanger,
        (2024, "Stavanger"): 2 * stavanger, (2024, "Bodø"): 20 * stavanger,
    }  # fmt: skip
    assert set(found["enhet"]) == {"1000 kr"}
    assert set(found["begrep"]) == set(found["begrep_navn"]) == {"mitt"}
    assert set(found["regnskaper"]) == {"leverte"}
    assert found.columns == kr.tidy(towns).columns


def test_one_s_own_is_what_the_package_computes_of_the_same_codes(survey_2024: Survey) -> None:
    """On the panel: spending on interest is what netto_finansutgifter has less its other arts; by area too."""
    own = kr.concept("loenn", arter="010..099, 710", survey=survey_2024)
    theirs = kr.concept("loennsutgifter", survey=survey_2024)
    key = ["aar", "region", "verdi", "sammenliknes_foer", "sammenliknes_etter", "kostra_gruppe"]
    assert own.select(key).equals(theirs.select(key))
    areas = [
        kr.concept(name, arter=codes, areas=True, survey=survey_2024).select(
            "tjenesteomraade", *key
        )
        for name, codes in (("loenn", "010..099, 710"), ("loennsutgifter", ""))
    ]
    assert areas[0].equals(areas[1])
    assert len(areas[0]) > 10_000


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"arter": "999"}, r"arter: 999 is no art in 2024; nearest: 990"),
        ({"arter": "895"}, r"arter: 895 is no art in 2024 \(it is from 2020 to 2020\)"),
        ({"arter": "5"}, r"'5\*' is all that begin so"),
        ({"arter": "renter"}, r"'renter' is no code; allowed: a code \(500\), a range \(500-509\)"),
        ({"arter": "500 uten 500"}, "takes in no art that is valid in 2024"),
        ({"funksjoner": "1000"}, "1000 is no funksjon in 2024"),
        (
            {"arter": "500", "regnskap": "balanse"},
            r"allowed: drift, investering \(or its kontoklasse: 1, 0\)",
        ),
        ({"arter": "500", "kapitler": "56"}, "kapitler are of the balance sheet"),
        ({"arter": "500", "fortegn": 0}, "fortegn is 0; allowed: 1, -1"),
    ],
)
def test_a_code_that_is_none_is_answered_in_one_line(
    towns: Survey, codes: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as told:
        kr.concept("mitt", **codes, survey=towns)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)


def test_open_figures_have_no_ledger_and_say_so(real: Survey) -> None:
    with pytest.raises(
        UsageError, match="the source ssb has sums and no ledger; open account files"
    ):
        kr.concept("renter", arter="500", survey=real)


def test_a_name_that_is_taken_or_mistyped_is_answered(towns: Survey) -> None:
    with pytest.raises(UsageError, match=r"'merforbruk' is defined in indicators\.csv"):
        kr.concept("merforbruk", arter="500", survey=towns)
    for ask in (kr.concept, lambda name, survey: kr.unit("Bodø", name, survey=survey)):
        with pytest.raises(
            UsageError, match="'netto_driftresultat' in 2024; nearest: netto_driftsresultat,"
        ):
            ask("netto_driftresultat", survey=towns)
        with pytest.raises(UsageError, match="nearest: brutto_investeringsutgifter,"):
            ask("Brutto investeringsutgifter", survey=towns)


def test_what_the_source_has_of_nobody_has_no_rows_and_a_line_says_so(
    real: Survey, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kr.concept("loennsutgifter", survey=real).is_empty()
    said = capsys.readouterr().out
    assert said.startswith(
        "loennsutgifter mangler for alle i kilden ssb, konsern. Den har brutto_driftsinntekter, "
    )
    assert kr.per_inhabitant(kr.concept("loennsutgifter", survey=real)).is_empty()


def test_a_unit_without_accounts_is_told_who_has_some(towns: Survey) -> None:
    with pytest.raises(
        UsageError,
        match=r"Oslo \(0301\) has no accounts in 2024 here; there are 1103 Stavanger, 1804",
    ):
        kr.unit("Oslo", survey=towns)


def test_without_a_survey_the_last_one_opened_is_meant(
    towns: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else that of the year the Makefile has as its own."""
    monkeypatch.setattr(opening, "_latest", [towns])
    assert kr.unit("Bodø").equals(kr.unit("Bodø", survey=towns))
    assert kr.tidy().equals(kr.tidy(towns))
    opened = kr.open_survey(year=2024, source="ssb")
    assert kr.tidy().equals(kr.tidy(opened))
    monkeypatch.setattr(opening, "_latest", [])
    usual = (PROJECT / "Makefile").read_text("utf-8").split("SETTINGS := YEAR=")[1][:4]
    assert set(kr.unit("Bodø").filter(pl.col("begrep") == "brutto_driftsinntekter")["aar"]) >= {
        int(usual)
    }
    assert opening.latest().year == int(usual) == opening.DEFAULT_YEAR
