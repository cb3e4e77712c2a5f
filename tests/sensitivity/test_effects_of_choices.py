"""What a choice changes, and what it leaves alone."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.sections import results
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey import matching, opening, survey
from kommuneregnskap.tables import bands, units
from kommuneregnskap.verdicts import judgement
from tests.helpers.numbers import value
from tests.helpers.real_numbers import invented_number
from tests.tables.test_choices import YEAR, under


@pytest.mark.parametrize(
    ("text", "number", "same_as"),
    [
        ("sosial=FGK12", "sektor.vekst.sosial", "sektor.vekst.sosial_med_intro"),
        ("sosial=FGK12a", "sektor.vekst_mrd.sosial", "sektor.vekst_mrd.sosial_fgk12a"),
        ("administrasjon=FGK1", "sektor.vekst.administrasjon", "sektor.vekst.fgk1"),
        ("grunnskole=222", "investering.andel.grunnskole", "investering.andel.skolelokaler"),
        ("omsorg=FGK9", "investering.andel.pleie_og_omsorg", "investering.andel.helse_og_omsorg"),
        ("investering=AGI39", "investering.brutto", "investering.varige_driftsmidler"),
        ("investering=AGI43", "investering.brutto", "investering.sum_utgifter"),
    ],
)
def test_an_alternative_gives_what_its_own_number_is(
    survey_2024: survey.Survey, text: str, number: str, same_as: str
) -> None:
    other = under(survey_2024, text)
    assert value(other, number) == value(survey_2024, same_as)
    assert value(other, number) != value(survey_2024, number)


def test_a_concept_that_is_not_divided_by_area_has_no_shares(survey_2024: survey.Survey) -> None:
    """Loans and shares are no service: their share of each area is missing, not zero."""
    other = under(survey_2024, "investering=AGI43")
    assert value(other, "investering.andel.grunnskole") is None
    assert value(other, "investering.rang.grunnskole") is None


NOMINAL = [
    *("investering.vekst", "sektor.inntektsvekst", "sektor.utgiftsvekst"),
    *("sektor.vekst.sosial", "sektor.vekst.kommunale_veier"),
]
RAISED = 1.043  # prices of 2024, by deflator.csv


def fixed(nominal: str) -> str:
    section, name, *area = nominal.split(".")
    return ".".join([section, f"{name}_fast_pris", *area])


def test_published_growth_is_held_against_growth_at_fixed_prices(
    survey_2024: survey.Survey,
) -> None:
    """What a krone was before is 1.043 kroner now: by hand, from the nominal growth."""
    other = under(survey_2024, "vekst=fast_pris")
    for nominal in NOMINAL:
        before = value(survey_2024, nominal)
        assert before is not None
        raised = 100 * ((100 + before) / (100 * RAISED) - 1)
        assert value(other, fixed(nominal)) == pytest.approx(raised, abs=1e-9)
        assert value(other, nominal) == before
    claims = judgement.judge(judgement.read(YEAR), compute(other), other)
    judged = dict(claims.select("id", "beregnet").iter_rows())
    assert judged["k2024_inv_vekst"] == value(survey_2024, "investering.vekst_fast_pris")
    assert judged["k2024_sek_sosial_vekst"] == value(survey_2024, fixed("sektor.vekst.sosial"))
    assert judged["k2024_sek_gap"] == pytest.approx(
        (value(survey_2024, "sektor.gap") or 0) / RAISED, abs=1e-9
    )
    assert judged["k2024_sek_aar_paa_rad"] == value(survey_2024, "sektor.aar_paa_rad")


def test_a_year_without_a_deflator_has_no_growth_at_fixed_prices() -> None:
    """Nothing was found of 2023: what is missing stays missing, and nominal growth is not put in its place."""
    other = under(opening.open_survey(year=2023, source="demo"), "vekst=fast_pris")
    for nominal in NOMINAL:
        assert value(other, nominal) is not None
        assert value(other, fixed(nominal)) is None
    assert value(other, "sektor.gap_fast_pris") is None
    assert value(other, "sektor.prisvekst") is None


def test_years_before_have_the_prices_of_their_own_year(survey_2024: survey.Survey) -> None:
    names = ["sektor.prisvekst", "sektor.utgiftsvekst", "sektor.utgiftsvekst_fast_pris"]
    tall = compute(survey_2024, names)
    own = {year: [values.value(tall, name, year) for name in names] for year in (2022, 2023, 2024)}
    assert [own[year][0] for year in own] == [6.4, None, 4.3]
    assert own[2022][2] == pytest.approx(100 * ((100 + (own[2022][1] or 0)) / 106.4 - 1), abs=1e-9)
    assert own[2023][1] is not None
    assert own[2023][2] is None


def test_last_years_own_survey_gives_what_it_gave(survey_2024: survey.Survey) -> None:
    before = opening.open_survey(year=YEAR - 1, source="demo")
    own = value(before, "resultat.netto_pst")
    other = under(survey_2024, "fjoraar=egen")
    assert value(other, "resultat.netto_pst_fjor") == pytest.approx(own, abs=1e-9)
    of_before = value(before, "resultat.andel_negativ")
    negative = under(survey_2024, "fjorandel=egen")
    assert value(negative, "resultat.andel_negativ_fjor") == pytest.approx(of_before, abs=1e-9)
    assert value(negative, "resultat.netto_pst_fjor") == value(
        survey_2024, "resultat.netto_pst_fjor"
    )


def test_a_split_municipality_is_compared_as_chosen(survey_2024: survey.Survey) -> None:
    """One was divided in 2024, as Ålesund was; both parts answered."""
    parts = [invented_number(real) for real in ("1508", "1580")]
    whole = survey_2024.matched(YEAR)
    without = under(survey_2024, "delte=utelatt").matched(YEAR)
    largest = under(survey_2024, "delte=stoerste").matched(YEAR)
    gone = set(whole["kobling"]) - set(without["kobling"])
    (link,) = gone
    assert link in parts
    assert set(largest["kobling"]) == set(whole["kobling"])
    revenue = pl.col("begrep") == "brutto_driftsinntekter"
    own = survey_2024.indikatorer.filter(revenue & (pl.col("region") == invented_number("1508")))
    now = largest.filter(revenue & (pl.col("kobling") == link) & (pl.col("aar") == YEAR))
    assert now["belop"].to_list() == own.filter(pl.col("aar") == YEAR)["belop"].to_list()


def test_counties_are_compared_the_same_whatever_is_chosen_of_municipalities(
    survey_2024: survey.Survey,
) -> None:
    other = under(survey_2024, "delte=utelatt")
    assert other.matched(YEAR, "fylkeskommune").equals(survey_2024.matched(YEAR, "fylkeskommune"))


def test_another_population_date_moves_people_and_nothing_else(
    survey_2024: survey.Survey,
) -> None:
    other = under(survey_2024, "folkemengde=i_aaret")
    expected = units.frame(YEAR, in_the_year=True)
    assert other.enheter["folkemengde"].sum() == expected["folkemengde"].sum()
    assert other.enheter["folkemengde"].sum() != survey_2024.enheter["folkemengde"].sum()
    assert other.enheter["svart"].equals(survey_2024.enheter["svart"])
    back = other.under((("folkemengde", "aaret_etter"),))
    assert back.enheter.equals(survey_2024.enheter)
    assert back.choices == ()


def test_four_size_groups_are_the_five_with_two_of_them_as_one(survey_2024: survey.Survey) -> None:
    counted = dict(survey_2024.enheter.group_by("stoerrelsesgruppe").len().iter_rows())
    merged = dict(
        under(survey_2024, "grupper=fire").enheter.group_by("stoerrelsesgruppe").len().iter_rows()
    )
    assert merged["3000_19999"] == counted["3000_9999"] + counted["10000_19999"]
    assert len(merged) == len(counted) - 1


@pytest.mark.parametrize(
    ("share", "text", "band"),
    [
        (0.0, "", "tomt"),
        (-0.2, "", "tomt"),
        (0.3, "", "0_5"),
        (5.0, "", "5_10"),
        (-0.2, "tomt_fond=null", None),
        (0.0, "tomt_fond=null", "tomt"),
        (0.3, "tomt_fond=runder", "tomt"),
        (0.6, "tomt_fond=runder", "0_5"),
        (5.0, "fondsgrense=over_0_til_5", "0_5"),
        (0.0, "fondsgrense=fra_0_under_5", "tomt"),  # counted as both; the band shows it once
    ],
)
def test_the_lowest_fund_bands_end_where_the_choice_says(
    survey_2024: survey.Survey, share: float, text: str, band: str | None
) -> None:
    other = under(survey_2024, text)
    frame = pl.DataFrame({"andel": [share]})
    ends = (other.setting("tomt_fond"), other.setting("fondsgrense"))
    assert frame.select(bands.band(pl.col("andel"), *ends)).item() == band


def test_a_zero_counts_among_those_with_little_where_zero_belongs_to_them(
    survey_2024: survey.Survey,
) -> None:
    other = under(survey_2024, "fondsgrense=fra_0_under_5")
    shares = pl.DataFrame({"andel": [0.0, -1.0, 4.9, 5.0]})
    ends = (other.setting("tomt_fond"), other.setting("fondsgrense"))
    found = shares.select(bands.little(pl.col("andel"), *ends)).to_series()
    assert found.to_list() == [True, False, True, False]


def test_weighing_is_a_mean_of_the_units_own_percentages() -> None:
    frame = pl.DataFrame({"a": [1, 30], "b": [10, 100], "folkemengde": [300, 100]})
    a, b = pl.col("a"), pl.col("b")

    def of(weighing: str) -> float:
        each, sums = (100 * a / b for a, b in ((a, b), (a.sum(), b.sum())))
        return float(frame.select(values.mean_of(each, sums, weighing, "folkemengde")).item())

    assert of("summer") == pytest.approx(100 * 31 / 110)
    assert of("uveid") == pytest.approx((10 + 30) / 2)
    assert of("innbyggere") == pytest.approx((10 * 300 + 30 * 100) / 400)


def test_oslo_in_the_estimate_is_estimated_like_the_other_large_ones(
    survey_2024: survey.Survey,
) -> None:
    with_oslo = results.estimate(under(survey_2024, "milliarder=med_oslo"))
    without = results.estimate(survey_2024)
    large = pl.col("stoerrelsesgruppe") == "over_50000"
    assert (
        with_oslo.filter(large)["kommuner"].item() == without.filter(large)["kommuner"].item() + 1
    )
    scale = (
        with_oslo.filter(large)["folkemengde"].item() / without.filter(large)["folkemengde"].item()
    )
    assert with_oslo.filter(large)["estimat"].item() == pytest.approx(
        without.filter(large)["estimat"].item() * scale
    )
    assert with_oslo.filter(~large).equals(without.filter(~large))


def test_one_ratio_for_all_is_the_sum_times_the_inhabitants(survey_2024: survey.Survey) -> None:
    whole = results.estimate(survey_2024).select(pl.col("sum", "folk_svart", "folkemengde").sum())
    row = whole.row(0, named=True)
    assert value(under(survey_2024, "anslag=samlet"), "resultat.estimat_mrd") == pytest.approx(
        row["sum"] / row["folk_svart"] * row["folkemengde"] / 1e6
    )
    assert value(under(survey_2024, "anslag=inntekter"), "resultat.estimat_mrd") is None


def test_who_is_compared_with_whom_where_each_year_has_its_own_respondents() -> None:
    """Two units; the first answered both surveys, the second only the earlier one."""
    rows = pl.DataFrame(
        {
            "aar": pl.Series([2023, 2023, 2024, 2024], dtype=pl.Int32),
            "region": ["1508", "4601", "1508", "4601"],
            "kobling": ["1580", "4601", "1580", "4601"],
            "type": "kommune",
            "begrep": "x",
            "tjenesteomraade": pl.Series([None] * 4, dtype=pl.String),
            "belop": [1, 2, 10, 20],
        }
    )
    accounts = matching.Accounts(
        year=2024,
        years=(2023, 2024),
        enheter=pl.DataFrame(
            {
                "aar": pl.Series([2024, 2024], dtype=pl.Int32),
                "region": ["1508", "4601"],
                "kobling": ["1580", "4601"],
                "type": "kommune",
                "svart": [False, True],
            }
        ),
        indikatorer=rows,
        svart_foer=rows.filter(pl.col("aar") == 2023).select("aar", "region"),
        single=False,
    )
    same = matching.pairs(accounts, 2024, "kommune")
    own = matching.pairs(accounts, 2024, "kommune", whose=matching.OWN)
    assert same["belop"].to_list() == [2, 20]
    assert own["belop"].to_list() == [1, 2, 20]
