"""Each error in a file is seen by exactly the controls named; the list as a whole leaves no check idle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.mutants import checks, matrix, run
from kommuneregnskap.tables import mutants
from tests.conftest import PROJECT

LISTED = mutants.listed()
AS_EXPECTED = {mutant.id: mutant.expected for mutant in LISTED}


@pytest.mark.parametrize(
    "mutant", [each for each in LISTED if each.slag == "fil"], ids=lambda mutant: mutant.id
)
def test_an_error_in_a_file_is_seen_by_exactly_the_controls_named(
    mutant: mutants.Mutant, mutant_world: run.World
) -> None:
    assert run.seen_by(mutant, mutant_world) == mutant.expected


def test_sound_files_break_no_control(mutant_world: run.World) -> None:
    assert not any(mutant_world.unaltered_files.values())


def test_the_list_holds_as_a_whole() -> None:
    """As many as asked for, none that nothing sees, no check that sees none, no unknown check."""
    assert len(LISTED) >= 24
    found = matrix.matrix(LISTED, AS_EXPECTED)
    assert list(matrix.complaints(found)) == []
    known = set(checks.all_checks(mutants.YEAR)["id"])
    assert set().union(*AS_EXPECTED.values()) <= known


def test_what_a_mutant_is_about_exists() -> None:
    known = {
        *tables.read("indicators")["begrep"],
        *tables.read("tjenesteomraade")["tjenesteomraade"],
    }
    assert {name for mutant in LISTED for name in mutant.gjelder} <= known


def test_a_survivor_another_catcher_and_an_idle_check_are_told() -> None:
    survived = AS_EXPECTED | {"A03": frozenset()}
    assert any(
        line.startswith("A03 survived")
        for line in matrix.complaints(matrix.matrix(LISTED, survived))
    )
    others = AS_EXPECTED | {"A03": frozenset({"k2024_fond_tomme", "110"})}
    found = matrix.matrix(LISTED, others)
    assert found.unexpected["id"].to_list() == ["A03"]
    assert "seen also by 110; not by k2024_fond_0_5" in next(matrix.complaints(found))
    without = [mutant for mutant in LISTED if "E10" not in mutant.expected]
    idle = matrix.matrix(without, AS_EXPECTED)
    assert idle.idle["id"].to_list() == ["E10"]
    assert not idle.holds
    assert not matrix.matrix([replace(LISTED[0], expected=frozenset())], AS_EXPECTED).holds


def test_the_committed_tables_are_those_of_the_list(tmp_path: Path) -> None:
    written = matrix.write(matrix.matrix(LISTED, AS_EXPECTED), tmp_path)
    for path in written:
        committed = PROJECT / "reports" / path.name
        assert committed.read_bytes() == path.read_bytes(), "run: make mutants"
        assert set(pl.read_csv(committed)["regnskaper"]) == {"syntetiske"}
