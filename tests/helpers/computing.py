"""The notebooks whose check cells hold what they compute against the table, by name."""

from __future__ import annotations

from kommuneregnskap.notebooks import computing as notebook
from kommuneregnskap.notebooks.computing import run
from tests.helpers.projects import PROJECT

__all__ = ["NOTEBOOKS", "computing", "run"]

NOTEBOOKS = ("1_investments", "2_results", "3_sector_costs", "4_funds", "5_respondents")


def computing(name: str) -> list[str]:
    """Return the code of a notebook that its check cell rests on, and of that cell, the last."""
    return notebook.computing(PROJECT / f"notebooks/{name}.ipynb")
