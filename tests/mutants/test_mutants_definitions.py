"""Proof that the checks can fail: each altered definition and each altered published number is seen by
exactly the checks that data/definitions/mutants.csv names; see `test_mutants.py`."""

from __future__ import annotations

import hashlib

import pytest

from kommuneregnskap.mutants import definitions, run
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import mutants

LISTED = [mutant for mutant in mutants.listed() if mutant.slag in ("definisjon", "trykt")]


@pytest.mark.parametrize("mutant", LISTED, ids=lambda mutant: mutant.id)
def test_an_altered_table_is_seen_by_exactly_the_checks_named(
    mutant: mutants.Mutant, mutant_world: run.World
) -> None:
    before = tables_hash()
    assert run.seen_by(mutant, mutant_world) == mutant.expected
    assert tables_hash() == before, "the project's own tables must not be touched"


def test_a_step_that_touches_nothing_is_refused() -> None:
    step = mutants.Step(
        "erstatt", "indicators", {"begrep": "netto_driftsresultat"}, "arter", "777", "778", linje=9
    )
    with definitions.copied_tables(), pytest.raises(DataError, match=r"mutants\.csv"):
        definitions.alter(step)


def tables_hash() -> str:
    files = sorted((paths.root() / "data/definitions").glob("*.csv"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
