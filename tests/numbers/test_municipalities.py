"""Every municipality beside its groups: SSB's own rows, places counted by hand, who has a past."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers import municipalities, unit_sheet
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.projects import PROJECT

OPEN = PROJECT / "data/ssb/2026-09-19/12137.csv"
# What the whole country came to, by SSB's rows and by KS' own releases of real figures: percent.
COUNTRY = {
    (2024, 1): {2022: 3.034, 2023: 0.758, 2024: -0.417},
    (2024, 15): {2022: 5.35, 2023: 5.45, 2024: 5.94},
    (2024, 16): {2022: 6.16, 2023: 7.88, 2024: 6.48},
    (2024, 17): {2023: 7.62, 2024: 8.68},
    (2025, 1): {2025: 2.300},
    (2025, 15): {2025: 6.83},
    (2025, 16): {2025: 3.66},
    (2025, 17): {2025: -3.46},
}
DIVIDED = ("EKG01", "EKG11")  # Haram and Ålesund, one municipality until 2024


@pytest.fixture(scope="module", params=[2024, 2025])
def survey(request: pytest.FixtureRequest) -> Survey:
    return open_survey(year=request.param, source="ssb", scope="konsern")


def of_ssb(year: int) -> dict[str, dict[str, int]]:
    """Return SSB's own rows of the KOSTRA groups and the country in a year: region → concept → 1000 kr."""
    rows = pl.read_csv(OPEN, schema_overrides={"region": pl.String}).filter(
        (pl.col("aar") == year) & pl.col("region").str.contains("^EKG|^EAK$")
    )
    found: dict[str, dict[str, int]] = {}
    for region, concept, amount in rows.select("region", "begrep", "belop").iter_rows():
        found.setdefault(region, {})[concept] = amount
    return found


def expected(year: int) -> Iterator[tuple[str, int, float]]:
    """Return what SSB's own rows give by hand: group, place of the measure, percent."""
    now, before = of_ssb(year), of_ssb(year - 1)
    for group, own in now.items():
        revenue = own["brutto_driftsinntekter"]
        yield group, 1, 100 * own["netto_driftsresultat"] / revenue
        yield group, 8, 100 * own["netto_laanegjeld"] / revenue
        for place, concept in ((15, "inntekter"), (16, "utgifter")):
            name = f"brutto_drifts{concept}"
            yield group, place, 100 * (own[name] / before[group][name] - 1)
        investment = "brutto_investeringsutgifter"
        yield group, 17, 100 * (own[investment] / before[group][investment] - 1)


def test_groups_come_to_what_ssbs_own_rows_say(survey: Survey) -> None:
    """All seventeen and the country; growth into 2024 of the two groups that Ålesund was divided between is another."""
    found = {
        ("EAK" if group == unit_sheet.ALL else group, place): value
        for group, place, value in municipalities.compared(survey)
        .filter(
            (pl.col("aar") == survey.year)
            & pl.col("sammenlikning").is_in([unit_sheet.KOSTRA, unit_sheet.ALL])
        )
        .select("gruppe", "rekkefoelge", "samlet")
        .iter_rows()
    }
    tried = list(expected(survey.year))
    assert len(tried) == 18 * 5
    other = {
        (group, place)
        for group, place, value in tried
        if found[group, place] != pytest.approx(value)
    }
    divided = {(group, place) for group in DIVIDED for place in (15, 16, 17)}
    assert other == (divided if survey.year == 2024 else set())


def test_the_country_is_what_is_known_of_it(survey: Survey) -> None:
    found = municipalities.compared(survey).filter(pl.col("sammenlikning") == unit_sheet.ALL)
    for (year, place), values in COUNTRY.items():
        for of, value in values.items() if year == survey.year else ():
            (own,) = found.filter((pl.col("aar") == of) & (pl.col("rekkefoelge") == place))[
                "samlet"
            ]
            assert own == pytest.approx(value, abs=0.006)


def test_the_groups_are_as_large_as_ssb_says() -> None:
    said = dict(tables.read("kostragruppe").select("gruppe", "antall_2020").iter_rows())
    for year in (2020, 2023):
        own = tables.valid("kommune", year)["kostra_gruppe"].value_counts()
        assert dict(own.iter_rows()) == said
    now = dict(tables.valid("kommune", 2025)["kostra_gruppe"].value_counts().iter_rows())
    assert now == said | {"EKG01": said["EKG01"] + 1}, "Haram"


def test_everybody_is_in_one_group_of_each_kind(survey: Survey) -> None:
    members = unit_sheet.members(survey)
    assert members.select("region", "sammenlikning").is_unique().all()
    assert set(members.group_by("region").len()["len"]) == {len(unit_sheet.COMPARISONS)}
    assert members["gruppe_navn"].null_count() == 0


@pytest.mark.parametrize("kind", unit_sheet.COMPARISONS)
def test_places_and_medians_are_counted_by_hand(survey: Survey, kind: str) -> None:
    values = {
        (region, place): value
        for year, region, place, value in municipalities.values(survey).iter_rows()
        if year == survey.year and value is not None
    }
    members: dict[str, list[str]] = {}
    for region, of, group, _ in unit_sheet.members(survey).iter_rows():
        if of == kind:
            members.setdefault(group, []).append(region)
    medians = {
        (row["gruppe"], row["rekkefoelge"]): row["median"]
        for row in municipalities.compared(survey)
        .filter((pl.col("aar") == survey.year) & (pl.col("sammenlikning") == kind))
        .iter_rows(named=True)
    }
    places = municipalities.places(survey).filter(pl.col("sammenlikning") == kind)
    assert len(places) == len(values)
    for row in places.iter_rows(named=True):
        others = [
            values[each, row["rekkefoelge"]]
            for each in members[row["gruppe"]]
            if (each, row["rekkefoelge"]) in values
        ]
        own = values[row["region"], row["rekkefoelge"]]
        assert (row["antall"], row["av"]) == (len(others), len(members[row["gruppe"]]))
        median = medians[row["gruppe"], row["rekkefoelge"]]
        if 100 * row["antall"] < 60 * row["av"]:
            assert row["rang"] is None
            assert median is None
            continue
        assert row["rang"] == 1 + sum(each > own for each in others)
        assert median == pytest.approx(statistics.median(others))


def test_a_sheet_gives_the_same_place(survey: Survey) -> None:
    places = municipalities.places(survey)
    for ark in unit_sheet.sheets(survey)["ark"][::60]:
        own = unit_sheet.place(survey, ark).select(
            "rekkefoelge", "sammenlikning", arket="rang", arkets_antall="antall"
        )
        both = places.filter(pl.col("region") == ark).join(own, on=["rekkefoelge", "sammenlikning"])
        assert both.height == places.filter(pl.col("region") == ark).height
        assert both["arkets_antall"].equals(both["antall"], check_names=False)
        assert both.drop_nulls("rang").select((pl.col("rang") == pl.col("arket")).all()).item()


def test_a_divided_municipality_begins_its_own_years_when_it_was_divided(survey: Survey) -> None:
    """Ålesund and Haram: no growth into 2024, and growth from it; their country has all of it."""
    own = municipalities.values(survey).drop_nulls("verdi")
    for region in ("1508", "1580"):
        years = {
            place: own.filter((pl.col("region") == region) & (pl.col("rekkefoelge") == place))[
                "aar"
            ]
            for place in (1, 15)
        }
        assert years[1].to_list() == list(range(2024, survey.year + 1))
        assert years[15].to_list() == list(range(2025, survey.year + 1))
