"""A year is evaluated once for the surveys that look at it, and again as soon as anything it depends on is another."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.report.controls import validate
from kommuneregnskap.survey import accounts
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.hashes import definition_hashes
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, grown, lines, sound
from tests.helpers.projects import own_cache

pytestmark = pytest.mark.slow  # all of them together

YEARS = (2022, 2023, 2024)
LEDGER = """Kommunenummer;Kontoklasse;Funksjon;Art;Beløp i kroner
1146;1;222;010;900000
"""
UNBALANCED = [*sound(), ("drift", "222", "010", 31)]


@pytest.fixture
def folder(project: Path) -> Path:
    """Sound accounts of three years, in a project whose cache is empty."""
    own_cache(project)
    for year in YEARS:
        deliver(project / "filer", lines(grown(year), year=year), year=year)
    return project / "filer"


def stores(folder: Path) -> set[str]:
    return {path.name for path in (folder.parent / ".cache").glob("*-aar-*")}


def kept(folder: Path, years: tuple[int, ...] = YEARS) -> dict[int, accounts.Controlled]:
    """Return what is kept of the years; it must be what comes of them now, to the last row."""
    found = accounts.kept_years(folder, years, "kasse", "leverte")
    for year, now in accounts.control_years(folder, years, "kasse", "leverte").items():
        assert found[year].inputs == now.inputs
        for name in accounts.FIELDS:
            own, new = getattr(found[year], name), getattr(now, name)
            assert own.schema == new.schema, (year, name)
            assert own.equals(new), (year, name)
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


def test_a_year_that_is_compared_with_the_one_before_is_another_than_one_that_is_not(
    folder: Path,
) -> None:
    """The files are the same where years share one that lies loose in the folder."""
    every = [line for year in YEARS for line in lines(grown(year), year=year)]
    (folder / "alle.txt").write_bytes(("\n".join(every) + "\n").encode("latin-1"))
    for year in YEARS:
        (folder / str(year) / "a.txt").unlink()
        (folder / str(year)).rmdir()
    kept(folder, (2024,))
    before = stores(folder)
    kept(folder, (2023, 2024))
    assert {name.partition("-")[0] for name in stores(folder) - before} == {"2023", "2024"}


def test_every_table_that_accounts_are_read_by_is_in_the_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(folder, LEDGER, name="b.csv")
    seen: set[Path] = set()
    own = reader.content
    monkeypatch.setattr(reader, "content", lambda path: (seen.add(path), own(path))[1])
    accounts.control_years(folder, YEARS, "", "leverte")
    named = {reader.file_of(name) for name in definition_hashes()}
    tables = {path for path in seen if path.is_relative_to(folder.parent / "data")}
    assert tables
    assert tables <= named


def test_a_heading_that_has_got_a_row_is_known_in_the_next_run(folder: Path) -> None:
    deliver(folder, LEDGER.replace("Beløp i kroner", "Kroner og ører"), name="b.csv")
    assert not kept(folder)[2024].kontroll.filter(pl.col("kontroll") == "E01").is_empty()
    edit_table(
        folder.parent / "data/definitions/ledger_columns.csv",
        lambda rows: rows.with_columns(
            overskrift=pl.col("overskrift").replace("beloep_i_kroner", "kroner_og_oerer")
        ),
    )
    assert kept(folder)[2024].kontroll.filter(pl.col("kontroll") == "E01").is_empty()


def test_a_list_behind_a_link_is_another_when_it_changes(folder: Path) -> None:
    elsewhere = folder / ".liste.csv"
    elsewhere.write_text("region\n1103\n", "utf-8")
    (folder / "respondenter.csv").symlink_to(elsewhere)
    first = open_survey(2024, source="kostra", data_dir=str(folder))
    elsewhere.write_text("region\n1103\n1146\n", "utf-8")
    second = open_survey(2024, source="kostra", data_dir=str(folder))
    assert first.inputs != second.inputs
    assert not second.kontroll.filter(pl.col("kontroll") == "E07").is_empty()


def test_a_file_that_cannot_be_read_is_a_finding_and_nothing_is_kept(folder: Path) -> None:
    os.mkfifo(folder / "2024/rør.txt")
    found = validate(asked(2024, "kostra", data_dir=str(folder)))
    assert "er ingen vanlig fil" in found.kontroll["funnet"].to_list()
    assert {name.partition("-")[0] for name in stores(folder)} == {"2022", "2023"}


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
