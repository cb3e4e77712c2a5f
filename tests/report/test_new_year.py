"""A year begun: what is carried forward, what is listed to be looked up, and what is refused with nothing written."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.report.new_year import begin
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.tables import units

TEXT = Path(__file__).parents[1] / "data/omtale/2026.txt"
SHORT = "Kommunenes netto driftsresultat ble 1,7 prosent på grunn av økte utgifter."


def content(project: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (project / "data").rglob("*.csv")}


def test_inhabitants_are_carried_forward_and_said_to_be(project: Path) -> None:
    """357 municipalities have inhabitants on 1 January 2026; a year begun without its own has those, marked."""
    before = (project / "data/codes/folkemengde.csv").read_bytes()
    begun = begin(2026, None)
    assert begun.written == [paths.codes("folkemengde"), paths.raw() / "2026"]
    assert paths.codes("folkemengde").read_bytes().startswith(before)
    rows = tables.read("folkemengde").filter(pl.col("dato") == "2027-01-01")
    last = tables.read("folkemengde").filter(pl.col("dato") == "2026-01-01")
    assert len(rows) == 357
    assert rows["folkemengde"].equals(last["folkemengde"])
    assert set(rows["kilde"]) == {"Framført fra 2026-01-01"}
    assert tables.years_known()[-1] == 2026
    assert units.carried(2026) == "2026-01-01"
    assert units.carried(2025) is None
    assert not paths.claims("2026").exists()


def test_what_must_be_looked_up_is_listed_until_it_is_there(project: Path) -> None:
    todo = dict(map(reversed, begin(2026, None).look_up))  # type: ignore[arg-type]
    assert "2027-01-01" in todo["data/codes/folkemengde.csv"]
    assert "deflator of 2026" in todo["data/codes/deflator.csv"]
    assert "2 begin in 2026, 1 ended in 2025" in todo["data/codes/art.csv"], (
        "270 became 271 and 272"
    )
    people = project / "data/codes/folkemengde.csv"
    people.write_text(
        people.read_text("utf-8").replace("Framført fra 2026-01-01", "SSB 07459"), encoding="utf-8"
    )
    again = dict(map(reversed, begin(2026, None).look_up))  # type: ignore[arg-type]
    assert "data/codes/folkemengde.csv" not in again
    assert set(again) == set(todo) - {"data/codes/folkemengde.csv"}


def test_a_year_that_is_known_gets_its_claims_file_alone(project: Path) -> None:
    """A release of 2019, before the tables begin, has a claims file and no accounts."""
    begun = begin(2019, TEXT)
    assert begun.written == [project / "data/claims/2019.csv"]
    assert begin(2025, None).written == [project / "data/raw/2025"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 17 prosent", "is no plain text"),
        (b"PK\x03\x04 17 prosent", "is no plain text"),
        (b"17 prosent \x00", "is no plain text"),
        (b"\x81\x8d\x90 17 prosent", "is no plain text"),
        (b"Ingen tall her.", "has no number that could be read"),
        (b"", "has no number that could be read"),
    ],
)
def test_a_text_that_is_none_is_refused_and_nothing_is_written(
    project: Path, tmp_path: Path, data: bytes, said: str
) -> None:
    before = content(project)
    file = tmp_path / "omtale.txt"
    file.write_bytes(data)
    with pytest.raises(KommuneregnskapError, match=said):
        begin(2026, file)
    assert content(project) == before
    assert not (project / "data/raw/2026").exists()


@pytest.mark.parametrize(
    ("year", "text", "said"),
    [
        (2028, TEXT, "allowed: 2015 to 2026"),
        (2014, TEXT, "allowed: 2015 to 2026"),
        (2024, TEXT, "is there already; make claims YEAR=2024"),
        (2026, TEXT.parent, "is no file that can be read"),
        (2026, TEXT.with_name("nei.txt"), "is no file that can be read"),
    ],
)
def test_what_cannot_be_begun_says_why(project: Path, year: int, text: Path, said: str) -> None:
    before = content(project)
    with pytest.raises(KommuneregnskapError, match=said):
        begin(year, text)
    assert content(project) == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_texts_come_in_the_encodings_of_word_processors(
    project: Path, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "omtale.txt"
    file.write_bytes(SHORT.replace("\n", "\r\n").encode(encoding))
    begun = begin(2026, file)
    assert begun.read is not None
    assert [each.tall_id for each in begun.read.readings] == ["resultat.netto_pst"]
    assert "økte" in begun.read.readings[0].tekst
    assert project / "data/claims/2026.csv" in begun.written


def test_the_same_text_gives_the_same_file(project: Path) -> None:
    begin(2026, TEXT)
    first = (project / "data/claims/2026.csv").read_bytes()
    (project / "data/claims/2026.csv").unlink()
    begin(2026, TEXT)
    assert (project / "data/claims/2026.csv").read_bytes() == first
    assert b"\r" not in first
