"""A year is evaluated once for the surveys that look at it, and again as soon as anything it depends on is another."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.survey import accounts
from kommuneregnskap.survey.opening import open_survey
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.projects import own_cache

YEARS = (2022, 2023, 2024)
UNBALANCED = [*sound(), ("drift", "222", "010", 31)]


@pytest.fixture
def folder(project: Path) -> Path:
    """Sound accounts of three years, in a project whose cache is empty."""
    own_cache(project, empty=True)
    for year in YEARS:
        deliver(project / "filer", lines(sound(), year=year), year=year)
    return project / "filer"


def stores(folder: Path) -> set[str]:
    return {path.name for path in (folder.parent / ".cache").glob("*-aar-*")}


def kept(folder: Path, years: tuple[int, ...] = YEARS) -> dict[int, accounts.Controlled]:
    """Return what is kept of the years; it must be what comes of them now, to the last row."""
    found = accounts.kept_years(folder, years, "kasse", "leverte")
    for year, now in accounts.control_years(folder, years, "kasse", "leverte").items():
        for each in fields(accounts.Controlled):
            own, new = getattr(found[year], each.name), getattr(now, each.name)
            assert own.schema == new.schema, (year, each.name)
            assert own.equals(new), (year, each.name)
    return found


def test_another_survey_takes_the_years_that_are_there(folder: Path) -> None:
    kept(folder, YEARS[:2])
    before = stores(folder)
    assert len(before) == 2
    kept(folder)
    assert before < stores(folder)
    assert len(stores(folder)) == 3
    open_survey(2024, source="kostra", data_dir=str(folder))
    assert len(stores(folder)) == 3


def test_changed_accounts_are_evaluated_again_and_compared_with_in_the_year_after(
    folder: Path,
) -> None:
    kept(folder)
    before = stores(folder)
    deliver(folder, lines(UNBALANCED, year=2023), year=2023)
    found = kept(folder)
    assert findings.stopped(found[2023].kontroll)["aar"].to_list() == [2023]
    new = {name.partition("-")[0] for name in stores(folder) - before}
    assert new == {"2023", "2024"}, "the year before the changed one stays as it is"


def test_who_was_to_deliver_and_what_the_tables_say_count(folder: Path) -> None:
    first = kept(folder)
    assert first[2024].kontroll.filter(pl.col("kontroll") == "E07").is_empty()
    (folder / "respondenter.csv").write_text("region\n1103\n1146\n", "utf-8")
    listed = kept(folder)
    assert not listed[2024].kontroll.filter(pl.col("kontroll") == "E07").is_empty()
    assert listed[2023].kontroll.filter(pl.col("kontroll") == "E07").is_empty()
    before = stores(folder)
    table = folder.parent / "data/definitions/indicators.csv"
    edit_table(table, lambda rows: rows.filter(pl.col("begrep") != "netto_finansutgifter_pst"))
    kept(folder)
    assert len(stores(folder) - before) == len(YEARS)


def test_a_link_out_of_the_folder_is_not_taken_for_the_file_that_it_leads_to(folder: Path) -> None:
    first = kept(folder)
    assert first[2024].kontroll.filter(pl.col("kontroll") == "E01").is_empty()
    (file,) = (path for path in (folder / "2024").iterdir() if path.suffix == ".txt")
    elsewhere = folder.parent / file.name
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert not kept(folder)[2024].kontroll.filter(pl.col("kontroll") == "E01").is_empty()
