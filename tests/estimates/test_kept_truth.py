"""What all of the synthetic panel have is kept under what it is made of, and under nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.estimates import kept, simulation
from kommuneregnskap.tables import choices, published, reader
from kommuneregnskap.tables.hashes import definition_hashes
from tests.conftest import edit_table

YEAR = 2024


def test_every_table_that_it_is_made_of_is_in_the_key(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[Path] = set()
    own = reader.content
    monkeypatch.setattr(reader, "content", lambda path: (seen.add(path), own(path))[1])
    simulation.truth(YEAR)
    # What was published before is read anew each time; `published` checks what it refers to.
    claims = {"claims", *published.REFERRED}
    read = {path for path in seen if path.is_relative_to(project / "data")}
    tables = {path.stem for path in read if path.parent.name in ("codes", "definitions")} - claims
    assert tables > {"indicators", "folkemengde"}
    assert tables <= {*definition_hashes(), *choices.READ}
    others = {path.parent.name for path in read} - {"codes", "definitions"}
    assert others <= {"demo", "claims"}


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [
        ("claims/2024", "merknad", False),
        ("definitions/combinations", "begrunnelse", False),
        ("definitions/indicators", "merknad", True),
        ("definitions/alternatives", "navn", True),
        ("demo/ndr", "kilde", True),
    ],
)
def test_another_definition_makes_it_anew_and_another_claim_does_not(
    project: Path, table: str, column: str, other: bool
) -> None:
    before = kept._store_of_truth(YEAR)
    edit_table(
        project / f"data/{table}.csv",
        lambda rows: rows.with_columns(pl.col(column).fill_null("").add(" .")),
    )
    assert (kept._store_of_truth(YEAR) != before) == other


def test_who_judges_by_what_is_kept_waits_for_no_svy() -> None:
    """Every process of a report does."""
    code = "import sys, kommuneregnskap.verdicts.judgement; print('svy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
