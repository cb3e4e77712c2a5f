"""The catalogue: every row means something here, and codes and labels are found as SSB writes them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue, metadata
from kommuneregnskap.sources.statbank.metadata import Dimension, Metadata, MismatchError
from kommuneregnskap.support.errors import DataError, ServerError, UsageError
from tests.conftest import edit_table


def test_every_concept_and_unit_is_that_of_the_indicators() -> None:
    known = tables.read("indicators").select("begrep", pl.col("enhet").cast(pl.String)).unique()
    rows = tables.read("statbank").select("begrep", pl.col("enhet").cast(pl.String)).unique()
    assert rows.join(known, on=["begrep", "enhet"], how="anti").is_empty()


def test_concepts_by_area_are_defined_on_areas_and_every_area_is_made_of_functions() -> None:
    rows = tables.read("statbank").filter(pl.col("omraader").cast(pl.String) == "ja")
    defined = tables.read("indicators").filter(pl.col("omraader").cast(pl.String) == "ja")
    assert set(rows["begrep"]) <= set(defined["begrep"])
    for kind, split in (("kommune", False), ("fylkeskommune", True)):
        found = {area.tjenesteomraade: area for area in catalogue.areas([2023, 2024], kind)}
        of_counties = pl.col("oppdeling").cast(pl.String) == "fylke"
        named = tables.valid("tjenesteomraade", 2024).filter(of_counties if split else ~of_counties)
        assert set(found) == set(named["tjenesteomraade"])
        assert all(set(area.functions) == {2023, 2024} for area in found.values())
    home = {area.tjenesteomraade: area for area in catalogue.areas([2023, 2024])}["pleie_og_omsorg"]
    assert set(home.functions[2023]) ^ set(home.functions[2024]) == {"254", "257", "258"}


def test_every_area_that_ssb_has_a_row_for_is_one_of_ours() -> None:
    """The 17 areas that were seen in table 12362, FGK6a left out, and those of counties."""
    own = {
        area.ssb_kode
        for kind in ("kommune", "fylkeskommune")
        for area in catalogue.areas([2024], kind)
        if area.ssb_kode
    }
    assert own == set(tables.read("statbank_areas")["ssb_kode"])
    assert len([code for code in own if code.startswith("FGK")]) == 16


def test_property_management_overlaps_other_areas_and_is_never_asked_for() -> None:
    """FGK6a takes in school buildings and nursing homes: added to the areas, they count twice."""
    assert "FGK6a" not in set(tables.read("statbank_areas")["ssb_kode"])
    assert "FGK6a" not in set(tables.read("tjenesteomraade")["ssb_kode"])


def test_sections_find_what_they_need_in_group_accounts() -> None:
    needed = {
        *("brutto_driftsinntekter", "brutto_driftsutgifter", "brutto_driftsresultat"),
        *("netto_driftsresultat", "netto_finansutgifter", "motpost_avskrivninger"),
        *("brutto_investeringsutgifter", "varige_driftsmidler", "sum_investeringsutgifter"),
        *("brutto_driftsutgifter_tjeneste", "disposisjonsfond", "fri_egenkapital_drift"),
        *("netto_laanegjeld", "langsiktig_gjeld"),
    }
    rows = tables.read("statbank").filter(pl.col("regnskapsomfang").cast(pl.String) == "konsern")
    assert needed <= set(rows.filter(pl.col("enhet").cast(pl.String) == "1000 kr")["begrep"])


def test_a_concept_stands_once_per_scope(project: Path) -> None:
    edit_table(
        project / "data/definitions/statbank.csv",
        lambda t: pl.concat([t, t.head(1).with_columns(tabell=pl.lit("12999"))]),
    )
    with pytest.raises(DataError, match="one row per accounting year"):
        tables.read("statbank")


@pytest.mark.parametrize(
    ("code", "year", "kind", "number"),
    [
        ("1103", 2024, "kommune", "1103"),
        ("1507", 2023, "kommune", "1507"),
        ("1507", 2024, "annet", None),
        ("1508", 2023, "annet", None),
        ("3301", 2023, "annet", None),
        ("3005", 2023, "kommune", "3005"),
        ("2100", 2024, "annet", None),
        ("9999", 2024, "annet", None),
        ("EAK", 2024, "land", None),
        ("EAKUO", 2024, "land_uten_oslo", None),
        ("EKA31", 2024, "fylke", "31"),
        ("EKA31", 2023, "annet", None),
        ("EKA30", 2023, "fylke", "30"),
        ("EKA30", 2024, "annet", None),
        ("EKG07", 2024, "kostragruppe", None),
        ("EAFK", 2024, "fylkeskommunene", None),
        ("EAFKUO", 2024, "fylkeskommunene_uten_oslo", None),
        ("EAFK01", 2024, "annet", None),
        ("1100", 2024, "fylkeskommune", "1100"),
        ("3100", 2023, "annet", None),
        ("3000", 2023, "fylkeskommune", "3000"),
        ("0300", 2024, "annet", None),
        ("030101", 2024, "annet", None),
        ("K-3301", 2024, "annet", None),
    ],
)
def test_what_a_region_is_follows_from_the_year(
    code: str, year: int, kind: str, number: str | None
) -> None:
    found = catalogue.region_types([code], year)
    assert found.rows() == [(code, kind, number)]


@pytest.mark.parametrize(("year", "count"), [(2020, 356), (2023, 356), (2024, 357), (2025, 357)])
def test_all_municipalities_of_the_year_and_no_others_are_municipalities(
    year: int, count: int
) -> None:
    every = [f"{number:04d}" for number in range(10_000)]
    found = catalogue.region_types(every, year)
    assert found.filter(pl.col("regiontype") == "kommune").height == count


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2024", [2021, 2022, 2023, 2024]),
        ("2021", [2020, 2021]),
        ("2023-2024", [2023, 2024]),
        ("2021,2023", [2021, 2023]),
        ("2024-2024", [2024]),
    ],
)
def test_a_single_year_asks_for_those_a_report_of_it_looks_at(text: str, years: list[int]) -> None:
    assert catalogue.years_asked(text, 3) == years


@pytest.mark.parametrize("text", ["", "i fjor", "24", "2024-", "2019", "2024-2023", "2020-2030"])
def test_other_years_are_answered_with_what_is_allowed(text: str) -> None:
    with pytest.raises(UsageError, match=r"YEAR is"):
        catalogue.years_asked(text, 3)


WHERE = Dimension("D", "begrep", {"A": "Netto lånegjeld", "B": "Netto lånegjeld, inkl. intern"})
META = Metadata("12345", "12345: Tittel", "2026-06-15", {"D": WHERE})


@pytest.mark.parametrize(
    ("wanted", "words", "found"),
    [
        ("A", "Netto lånegjeld", "A"),
        ("B", "netto  LÅNEGJELD", "B"),
        ("", "Netto lånegjeld", "A"),  # the label that is the words themselves
        ("", "inkl. intern", "B"),
        ("", "finnes ikke | inkl.", "B"),
    ],
)
def test_a_code_is_found_by_code_and_label_or_by_a_label_alone(
    wanted: str, words: str, found: str
) -> None:
    assert metadata.code(META, WHERE, wanted, words, 7) == found


@pytest.mark.parametrize(
    ("wanted", "words", "there"),
    [
        ("A", "Disposisjonsfond", "there: A «Netto lånegjeld»"),
        ("C", "Netto lånegjeld", "there: A «Netto lånegjeld», B"),
        ("", "lånegjeld", "«lånegjeld» once in «begrep»; there: A"),
        ("", "fond", "there: A «Netto lånegjeld»"),
    ],
)
def test_a_code_that_is_not_what_it_was_is_refused(wanted: str, words: str, there: str) -> None:
    with pytest.raises(MismatchError) as error:
        metadata.code(META, WHERE, wanted, words, 7)
    assert there in str(error.value)
    assert "statbank.csv:7: " in str(error.value)


@pytest.mark.parametrize("answer", [None, [], {}, {"id": ["x"], "label": "y", "updated": "z"}])
def test_a_description_that_is_none_is_refused(answer: object) -> None:
    with pytest.raises(ServerError, match="description of table 12137 cannot be read"):
        metadata.read("12137", answer)
