"""Changes held against SSB's log of corrections, and what each concept was and is, by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.verdicts import corrections, differences, revisions
from tests.conftest import add_row, edit_table
from tests.helpers.statbank_small import as_values
from tests.verdicts.test_differences import AFTER, BEFORE, YEAR, row

TABLE = "data/definitions/statbank_corrections.csv"
MARCH, JUNE = "2025-03-15", "2025-06-16"
LOGGED = {"id": "a", "rettet": "2025-04-02", "hva": "Rettet", "kilde": "test"}


def logged(project: Path, *rows: dict[str, str]) -> None:
    """Let these be all that SSB has corrected."""
    edit_table(
        project / TABLE,
        lambda t: pl.concat(
            [
                t.clear(),
                *(add_row(t.clear(), **LOGGED | {"id": f"r{n}"} | r) for n, r in enumerate(rows)),
            ]
        ),
    )


def said(since: str = MARCH, until: str = JUNE) -> dict[str, str]:
    """Return what is said of the changes from BEFORE to AFTER, by region."""
    changed = differences.values(BEFORE, AFTER, "konsern", [2022, YEAR])
    found = corrections.explained(changed, since, until)
    assert found.drop("forklaring").equals(changed)
    return dict(found.select("region", "forklaring").iter_rows())


def test_nothing_is_explained_where_no_row_is_about_it(project: Path) -> None:
    logged(project)
    assert set(said().values()) == {"uforklart"}


@pytest.mark.parametrize(
    ("about", "regions"),
    [
        ({"regioner": "1103;1106"}, {"1103", "1106"}),
        ({"tabeller": "13551"}, {"1122"}),
        ({"tabeller": "12137;13551", "regioner": "1122"}, {"1122"}),
        ({"begreper": "brutto_driftsutgifter_tjeneste"}, {"1121"}),
        ({"til_aar": "2023"}, {"1119"}),
        ({"fra_aar": "2024", "regioner": "1103;1119"}, {"1103"}),
        ({"tabeller": "12362"}, set()),
    ],
)
def test_a_correction_is_about_what_it_names(
    project: Path, about: dict[str, str], regions: set[str]
) -> None:
    logged(project, about)
    found = said()
    assert {region for region, text in found.items() if text != "uforklart"} == regions
    assert {found[region] for region in regions} <= {"Rettet (rettet 2025-04-02)"}


def test_only_what_was_corrected_between_the_two(project: Path) -> None:
    days = ("2025-03-15", "2025-03-16", "2025-06-16", "2025-06-17")
    logged(project, *({"rettet": day, "hva": f"Feil {n}"} for n, day in enumerate(days)))
    assert set(said().values()) == {"Feil 1 (rettet 2025-03-16); Feil 2 (rettet 2025-06-16)"}


def test_a_concept_that_is_none_is_told_with_its_line(project: Path) -> None:
    logged(project, {"begreper": "disposisjonsfond;formue"})
    with pytest.raises(DataError, match=r"statbank_corrections\.csv:2: begreper is 'formue'"):
        said()


def test_what_is_kept_of_the_log_is_about_tables_and_units_that_are_fetched() -> None:
    rows = tables.read("statbank_corrections")
    assert len(rows) >= 3
    assert rows["kilde"].str.contains("Rettelogg KOSTRA").all()
    corrections.explained(differences.values(AFTER, AFTER, "konsern", [YEAR]), "", "9999")
    fetched = set(tables.read("statbank")["tabell"])
    named = rows["tabeller"].drop_nulls().str.split(";").to_list()
    assert all(fetched & set(each) for each in named)


def concept(begrep: str, aar: int = YEAR, regiontype: str = "kommune") -> dict[str, object]:
    found = revisions.concepts(FIRST, SECOND, "konsern", [YEAR])
    return found.row(
        by_predicate=(pl.col("begrep") == begrep)
        & (pl.col("aar") == aar)
        & (pl.col("regiontype") == regiontype)
        & pl.col("tjenesteomraade").is_null(),
        named=True,
    )


SHARE = {"begrep": "netto_driftsresultat_pst", "enhet": "prosent", "tabell": "12134"}
FIRST = as_values(
    row("1101", 10), row("1103", 20), row("1106", None, ".."), row("1108", 30),
    row("EAK", 66, regiontype="land"), row("1101", 1, aar=2022),
    row("1101", 1.0, **SHARE), row("EAK", -0.2, regiontype="land", **SHARE),
)  # fmt: skip
SECOND = as_values(
    row("1101", 10), row("1103", 25), row("1106", 4), row("1108", None, "."),
    row("EAK", 39, regiontype="land"), row("1101", 2, aar=2022),
    row("1101", 1.1, **SHARE), row("EAK", -0.4, regiontype="land", **SHARE),
)  # fmt: skip


def test_a_concept_is_the_sum_of_the_same_units_and_ssb_s_own_row() -> None:
    """30 and 35 of the two that have it in both; one came, one is gone; SSB's estimate went from 66 to 39."""
    found = concept("netto_driftsresultat")
    assert {name: found[name] for name in list(revisions.COLUMNS)[5:]} == {
        "foer": 30, "naa": 35, "endring": 5,
        "alle_foer": 66, "alle_naa": 39, "alle_endring": -27,
        "enheter": 2, "endret": 1, "kommet": 1, "falt_bort": 1,
    }  # fmt: skip


def test_percentages_are_not_added_up_and_change_by_percentage_points() -> None:
    found = concept("netto_driftsresultat_pst")
    assert (found["foer"], found["naa"], found["endring"]) == (None, None, None)
    assert found["alle_endring"] == pytest.approx(-0.2)
    assert (found["enheter"], found["endret"]) == (1, 1)


def test_only_years_of_both_and_unchanged_ones_too() -> None:
    found = revisions.concepts(FIRST, FIRST, "konsern", [YEAR])
    assert set(found["aar"]) == {YEAR}
    assert len(found) == 2
    assert found.filter(pl.col("enhet") == "1000 kr")["endring"].to_list() == [0]
    assert revisions.concepts(FIRST, SECOND, "kasse", [YEAR]).is_empty()
