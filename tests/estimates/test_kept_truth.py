"""What all of the synthetic panel have is kept under what it is made of, and under nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.estimates import kept
from kommuneregnskap.tables import kept as tables_kept
from tests.conftest import edit_table
from tests.helpers.projects import own_cache

YEAR = 2024


@pytest.mark.heavy
def test_another_definition_makes_it_anew_and_another_claim_does_not(project: Path) -> None:
    own_cache(project)
    kept.truth(YEAR)
    assert is_kept()
    for table, column, other in (
        ("claims/2024", "merknad", False),
        ("definitions/combinations", "begrunnelse", False),
        ("definitions/indicators", "merknad", True),
        ("definitions/alternatives", "navn", True),
        ("demo/ndr", "kilde", True),
        ("claims/2023", "merknad", True),  # TBU's rule starts from what was published before
    ):
        file = project / f"data/{table}.csv"
        before = file.read_bytes()
        noted = pl.col(column).fill_null("").add(" .")
        edit_table(file, lambda rows, noted=noted: rows.with_columns(noted))
        assert is_kept() != other, table
        file.write_bytes(before)
        assert is_kept()


def is_kept() -> bool:
    return tables_kept.opened(*kept._truth_made_from(YEAR), kept.BEHIND) is not None


def test_who_judges_by_what_is_kept_waits_for_no_svy() -> None:
    """Every process of a report does."""
    code = "import sys, kommuneregnskap.verdicts.judgement; print('svy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
