"""A notebook refuses a parameter that it does not have, whoever runs it: papermill only warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from kommuneregnskap.notebooks import shell
from tests.helpers.papermill import papermill
from tests.notebooks.test_run import notebook, printed

pytestmark = pytest.mark.slow  # all of them together

DECLARED = 'year: int = 2024  # regnskapsår\nsource: str = "demo"\nunit: str = ""'
ASKED = "from kommuneregnskap.display.opening import parameters\nprint(parameters(), unit)"
REFUSED_TOO = "UsageError: the notebook has no parameter 'aar'; allowed: year, source, unit, limit"
REFUSED = "UsageError: the notebook has no parameter 'aar'; allowed: year, source, unit"


@pytest.mark.parametrize("engine", [[], ["--engine", "warm"]], ids=["papermill's own", "warm"])
def test_papermill_itself_stops_at_an_unknown_parameter_and_takes_the_others(
    tmp_path: Path, engine: list[str]
) -> None:
    source = str(notebook(tmp_path, ASKED, declared=DECLARED))
    run = papermill(tmp_path, source, "feil.ipynb", *engine, "-p", "aar", "2023")
    assert run.returncode == 1
    assert REFUSED in run.stderr
    texts = ("-r", "year", "2023", "-r", "unit", "0301")
    run = papermill(tmp_path, source, "rett.ipynb", *engine, *texts)
    assert run.returncode == 0, run.stderr
    assert printed(tmp_path / "rett.ipynb") == "{'year': '2023', 'source': 'demo'} 0301\n"


def ran(*cells: str) -> str:
    """Run cells one after the other in a fresh IPython; return what the last one says or fails with."""
    with shell.fresh() as own:
        results = [own.run_cell(cell, store_history=True) for cell in cells]
        error = results[-1].error_in_exec
        return f"{type(error).__name__}: {error}" if error else str(own.user_ns["found"])


FOUND = "from kommuneregnskap.display.opening import parameters\nfound = parameters()"
USUAL = "{'year': 2024, 'source': 'demo'}"
OTHER = "{'year': 2023, 'source': 'demo'}"
UNKNOWN = "# Parameters\naar = 2023\n"
BY_HAND = {
    "the defaults": ([DECLARED, FOUND], USUAL),
    "without comment": ([DECLARED, "year = 2023\nlimit = 5", FOUND], OTHER),
    "something computed": ([DECLARED, "# my own\nlimit = len('ab')", FOUND], USUAL),
    "an import and a constant first": (["import math\nx = 1", DECLARED, FOUND], USUAL),
    "defaults under papermill's heading": (["x = 1", f"# Parameters\n{DECLARED}", FOUND], USUAL),
    "plain defaults under it": (
        ["x = 1", "# Parameters\nyear = 2024\nsource = 'demo'", FOUND],
        USUAL,
    ),
    "a given year": ([DECLARED, "# Parameters\nyear = 2023\n", FOUND], OTHER),
    "a parameter of its own": ([DECLARED, "# Parameters\nunit = '0301'\n", FOUND], USUAL),
    "a number that is none": ([DECLARED, "# Parameters\nyear = float('nan')\naar = 1", FOUND], REFUSED),
    "an unknown one": ([DECLARED, UNKNOWN, FOUND], REFUSED),
    "and a known one": ([DECLARED, "# Parameters\nyear = 2023\naar = 2023\n", FOUND], REFUSED),
    "a constant under a comment of one's own": ([DECLARED, "# my limits\nlimit = 5", FOUND], USUAL),
    "that and an unknown one": ([DECLARED, "# my limits\nlimit = 5", UNKNOWN, FOUND], REFUSED_TOO),
    "under another heading": ([DECLARED, "# Injected by a scheduler\naar = 2023\n", FOUND], USUAL),
    "far from the defaults": ([DECLARED, "import math", UNKNOWN, FOUND], REFUSED),
    "asked twice": ([DECLARED, UNKNOWN, FOUND, FOUND], REFUSED),
    "the defaults run again": ([DECLARED, UNKNOWN, FOUND, DECLARED, FOUND], USUAL),
    "all run again": ([DECLARED, UNKNOWN, DECLARED, UNKNOWN, FOUND], REFUSED),
    "the cell mended": ([DECLARED, UNKNOWN, FOUND, "# Parameters\nyear = 2023", FOUND], OTHER),
    "mended under another heading": (
        [DECLARED, "# Satt\naar = 2023", FOUND, "# Satt\nyear = 2023", FOUND],
        OTHER,
    ),
    "a cell that is no plain Python": ([DECLARED, "%time x = 3", "!true", FOUND], USUAL),
    "a variable that is called In": ([DECLARED, UNKNOWN, f"In = 5\n{FOUND}"], REFUSED),
    "no history": ([DECLARED, UNKNOWN, f"In.clear()\n{FOUND}"], REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_cells_run_by_hand(name: str) -> None:
    cells, said = BY_HAND[name]
    assert ran(*cells) == said


def test_outside_a_notebook_nothing_is_refused() -> None:
    own: dict[str, object] = {"year": 2024, "aar": 2023}
    exec(FOUND, own)
    assert own["found"] == {"year": 2024}
