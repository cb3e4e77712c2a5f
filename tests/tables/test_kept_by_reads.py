"""What is kept is served as long as all tables that were read for it say the same, and no longer."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sensitivity.nonresponse import strength
from kommuneregnskap.support import paths
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.tables import kept, published, reader, reads
from tests.conftest import edit_table
from tests.helpers.projects import PROJECT, own_cache

NAMED, BEHIND = (2024, "prøve"), ("tables.reads",)


@pytest.fixture
def made(project: Path) -> list[int]:
    own_cache(project)
    return []


def of(made: list[int], *tables: str, content: object = 1) -> int:
    """Return how many rows tables have in all; made: with one more each time that they are read for it."""

    def make() -> dict[str, pl.DataFrame]:
        made.append(len(made))
        rows = sum(len(reader.read(name)) for name in tables)
        return {"rader": pl.DataFrame({"antall": [rows]})}

    return int(kept.of(NAMED, content, BEHIND, make).frame("rader")["antall"].item())


def shorter(table: str) -> None:
    file = reader.file_of(table)
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def test_a_table_that_was_read_counts_and_another_does_not(made: list[int]) -> None:
    rows = of(made, "fylke", "series")
    assert of(made, "fylke", "series") == rows
    shorter("headlines")
    assert of(made, "fylke", "series") == rows
    assert len(made) == 1
    shorter("series")
    assert of(made, "fylke", "series") == rows - 1
    assert of(made, "fylke", "series", content=2) == rows - 1
    assert len(made) == 3


def test_what_was_made_of_a_former_table_is_served_when_it_is_back(made: list[int]) -> None:
    file = reader.file_of("series")
    before, rows = file.read_bytes(), of(made, "series")
    shorter("series")
    of(made, "series")
    file.write_bytes(before)
    assert of(made, "series") == rows
    assert len(made) == 2


def test_a_broken_entry_is_made_anew(made: list[int], project: Path) -> None:
    rows = of(made, "series")
    for place in (project / ".cache").glob("2024-prøve-*/*.parquet"):
        place.write_bytes(b"PAR1")
    assert of(made, "series") == rows
    assert of(made, "series") == rows
    assert len(made) == 2


def test_which_years_there_are_is_read_as_well(made: list[int], project: Path) -> None:
    def years() -> int:
        make = lambda: {"aar": pl.DataFrame({"aar": published.years()})}  # noqa: E731
        return len(kept.of(NAMED, "år", BEHIND, make).frame("aar"))

    def missing() -> int:
        make = lambda: {"tall": published.read(1999).select("id")}  # noqa: E731
        return len(kept.of(NAMED, "tall", BEHIND, make).frame("tall"))

    before, none = years(), missing()
    of_1999 = paths.claims("2024").read_text("utf-8").replace("k2024_", "k1999_")
    paths.claims("1999").write_text(of_1999, encoding="utf-8")
    assert (years(), none) == (before + 1, 0)
    assert missing() > 50


def test_a_table_that_changes_while_it_is_read_is_of_no_use(made: list[int]) -> None:
    def changing() -> dict[str, pl.DataFrame]:
        made.append(1)
        first = reader.content(reader.file_of("series"))
        shorter("series")
        second = reader.content(reader.file_of("series"))
        return {"a": pl.DataFrame({"a": [len(first.data), len(second.data)]})}

    for _ in range(2):
        kept.of(NAMED, "a", BEHIND, changing)
    assert len(made) == 2


def test_whoever_gets_what_was_made_before_has_read_what_it_was_made_of(project: Path) -> None:
    """What a survey remembers, what the cache keeps and what tables are remembered as: all are read again."""
    survey = open_survey(2024, "demo")

    def read() -> set[str]:
        with reads.noted() as found:
            survey.panel()
            survey.once(("prøve",), lambda: reader.read("series"))
            kept.of(NAMED, 1, BEHIND, lambda: {"a": reader.read("headlines")})
        return set(found.hashes())

    first = read()
    assert first >= {"definitions/series.csv", "definitions/headlines.csv", "definitions/indicators.csv"}  # fmt: skip
    assert read() == first


def test_what_a_survey_was_opened_by_counts_for_what_is_made_of_it(project: Path) -> None:
    own_cache(project, "*-kasse-*")
    survey = open_survey(2024, "demo")
    made: list[int] = []

    def make() -> dict[str, pl.DataFrame]:
        made.append(1)
        return {"a": survey.enheter.select("region")}

    def ask() -> None:
        kept.of(NAMED, survey.inputs, BEHIND, make, survey.reads)

    ask()
    ask()
    assert len(made) == 1
    assert "definitions/indicators.csv" in survey.reads.hashes()
    with reader.file_of("indicators").open("a", encoding="utf-8") as table:
        table.write("\n")
    ask()
    assert len(made) == 2


def test_a_panel_size_is_known_by_its_value(project: Path) -> None:
    with reads.noted() as found:
        assert open_figures.panel_size(2024) is not None
    assert found.hashes() == {}


def test_what_is_drawn_as_large_as_the_panel_that_answered_is_made_anew_where_that_is_another(
    project: Path,
) -> None:
    """The curve of section 9 of open figures: no table that it reads says how many answered."""
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb")
    own_cache(project)
    before = strength.curve(open_survey(2024, source="ssb"))
    edit_table(
        project / "data/claims/2024.csv",
        lambda rows: rows.with_columns(
            verdi=pl.when(pl.col("id") == "k2024_svar_antall")
            .then(pl.lit("180"))
            .otherwise("verdi")
        ),
    )
    after = strength.curve(open_survey(2024, source="ssb"))
    assert not after.equals(before)
    shutil.rmtree(project / ".cache")
    assert after.equals(strength.curve(open_survey(2024, source="ssb")))
