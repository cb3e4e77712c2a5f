"""What follows from a survey is made once, never served when it is stale, and the caller's own to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, numbers, published, reader, units
from kommuneregnskap.tables.hashes import table_hashes
from tests.conftest import edit_table
from tests.helpers.numbers import value

NUMBER = "resultat.andel_under_m2_av_negative"
FRAMES: dict[str, Callable[[Survey], pl.DataFrame]] = {
    "numbers": compute,
    "panel": Survey.panel,
    "matched": lambda survey: survey.matched(survey.year),
    "sheets": unit_sheet.values,
    "table": lambda _: kr.tables.read("stoerrelsesgruppe"),
    "dated table": lambda survey: kr.tables.valid("tjenesteomraade", survey.year),
    "register": lambda survey: units.frame(survey.year),
    "links": lambda survey: units.links(survey.year - 1, survey.year),
    "choices": lambda _: choices.table(),
    "claims": lambda _: published.read_all(),
    "recipes": lambda _: numbers.listed(),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_the_callers_own(survey_2024: Survey, name: str) -> None:
    found = FRAMES[name](survey_2024)
    before = found.rows()
    found.insert_column(0, pl.Series("egen", range(len(found))))
    found.drop_in_place(found.columns[1])
    found[0, found.columns[1]] = None
    assert FRAMES[name](survey_2024).rows() == before


def test_it_is_made_once_for_a_key_and_its_choices(survey_2024: Survey) -> None:
    made: list[str] = []

    def make() -> pl.DataFrame:
        made.append("a")
        return pl.DataFrame({"a": [len(made)]})

    own = replace(survey_2024)
    other = own.under(choices.parse("vekting=uveid"))
    for survey in (own, own, other, other, own):
        survey.once(("en gang",), make)
    assert len(made) == 2
    assert own.once(("en til",), make).item() == 3


def test_numbers_are_computed_once(survey_2024: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, not one table is read; for others of them, those are computed."""
    first = compute(survey_2024)
    seen: list[Path] = []
    own = reader.content
    monkeypatch.setattr(reader, "content", lambda path: (seen.append(path), own(path))[1])
    assert compute(survey_2024).equals(first)
    assert not [path for path in seen if path.stem == "numbers"]
    some = compute(survey_2024, [NUMBER])
    assert [path for path in seen if path.stem == "numbers"]
    assert some.rows() == first.filter(pl.col("id") == NUMBER).rows()


def test_another_table_gives_other_numbers_and_the_former_one_the_former(
    survey_2024: Survey, project: Path
) -> None:
    file = project / "data/definitions/numbers.csv"
    before, text = value(survey_2024, NUMBER), file.read_bytes()
    edit_table(
        file,
        lambda rows: rows.with_columns(
            pl.col("teller_vilkaar").str.replace(
                "netto_driftsresultat_pst < -2", "netto_driftsresultat_pst < -3"
            )
        ),
    )
    assert value(survey_2024, NUMBER) < before  # type: ignore[operator]
    file.write_bytes(text)
    assert value(survey_2024, NUMBER) == before


@pytest.mark.parametrize("text", ["", "anslag=TBU", "grupper=fire,folkemengde=i_aaret"])
def test_every_table_that_numbers_are_computed_from_counts(
    survey_2024: Survey, project: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    survey = survey_2024.under(choices.parse(text))
    edit_table(project / "data/definitions/numbers.csv", lambda rows: rows.reverse())
    seen: set[str] = set()
    own = reader.content
    monkeypatch.setattr(
        reader,
        "content",
        lambda path: (seen.add(path.relative_to(project).as_posix()), own(path))[1],
    )
    compute(survey)
    assert {"data/definitions/numbers.csv", "data/definitions/indicators.csv"} <= seen
    assert seen <= set(table_hashes())
