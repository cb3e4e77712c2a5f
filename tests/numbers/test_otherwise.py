"""Numbers under many choices are those of each choice alone, computed once where they read the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.otherwise import Otherwise
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.specification import listed
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published, reader
from tests.helpers.projects import PANEL, copy_project

EACH = 40  # of the combinations every so many


@pytest.fixture(scope="module")
def open_2024() -> Survey:
    return opening.open_survey(year=2024, source="ssb")


@pytest.fixture
def asked() -> list[str]:
    claims = published.read(2024).filter(pl.col("status").cast(pl.String) == "beregnes")
    return claims["tall_id"].drop_nulls().unique(maintain_order=True).to_list()


@pytest.mark.parametrize("source", ["survey_2024", "open_2024"])
def test_shared_numbers_are_those_of_each_choice_alone(
    source: str, asked: list[str], request: pytest.FixtureRequest
) -> None:
    survey: Survey = request.getfixturevalue(source)
    shared = Otherwise()
    tried = [made for _, made in listed(survey) if "omfang" not in dict(made)]
    for made in tried[:34:5] + tried[34::EACH]:
        other = survey.under(made)
        alone = dict(
            compute(other, asked).filter(pl.col("aar") == 2024).select("id", "verdi").iter_rows()
        )
        found = {name: shared.value(other, name, 2024) for name in asked}
        # Estimates are made by arrays here, of a survey alone by svy; all else is the same to the last bit.
        estimated = {name for name in asked if Evaluator(other).recipe(name).estimated}
        assert len(estimated) >= 2
        for name in asked:
            if name in estimated and alone[name] is not None:
                assert found[name] == pytest.approx(alone[name], rel=1e-12, abs=0), (made, name)
            else:
                assert found[name] == alone[name], (made, name)


def test_what_reads_the_same_is_computed_once(survey_2024: Survey) -> None:
    shared, made = Otherwise(), []

    def value(text: str) -> str:
        other = survey_2024.under(choices.parse(text))
        return shared.once(other, ("x",), lambda: made.append(text) or other.setting("vekting"))

    assert [
        value(text) for text in ("", "sosial=FGK12", "vekting=uveid", "vekting=uveid,sosial=FGK12")
    ] == [*("summer", "summer", "uveid", "uveid")]
    assert made == ["", "vekting=uveid"]


def test_what_is_read_inside_is_noted_outside_as_well() -> None:
    usual, other = (), choices.parse("sosial=FGK12,vekting=uveid")
    with choices.noting() as outside:
        choices.setting(usual, "fjoraar")
        with choices.noting() as inside:
            choices.area(usual, "sosial")
    assert choices.reads_alike(choices.parse("vekting=uveid"), outside)
    assert not choices.reads_alike(other, inside)
    assert not choices.reads_alike(other, outside)
    assert not choices.is_noting()


@pytest.mark.parametrize(
    "read", [choices.text, choices.areas, choices.numbers, choices.concepts, choices.groups]
)
def test_every_reading_of_choices_is_noted(read: object) -> None:
    with choices.noting() as notes:
        read(())  # type: ignore[operator]
    assert len(notes) == 1


def test_a_table_is_read_once_for_what_is_computed_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_project(tmp_path / "prosjekt", PANEL)
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path / "prosjekt"))
    before = reader.contents("sections")
    file = reader.file_of("sections")
    with reader.held():
        assert reader.contents("sections") == before
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")
        with reader.held():
            assert reader.contents("sections") == before
        assert reader.contents("sections") == before
    assert reader.contents("sections") != before
