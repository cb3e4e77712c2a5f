"""TIMES=1: where the seconds of a report went, told on the terminal alone; and what an unchanged one spares."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.outputs import command, fingerprints
from tests.helpers.projects import PROJECT, copy_simulation

pytestmark = pytest.mark.slow

ROW = re.compile(r"^│ (?P<stage>\S.*?|  \S.*?) +│ +(?P<wall>\d+\.\d\d) │ +(?P<cpu>\d+\.\d\d) │$")
ROUNDED = 0.005  # what two decimals leave out
# What only draws, typesets, runs or estimates: a report that stands asks none of it.
HEAVY = (
    "altair", "boto3", "docx", "great_tables", "IPython", "jinja2", "jsonschema", "mistune", "nbclient", "nbformat",
    "papermill", "scipy", "svy", "typst", "vl_convert", "xlsxwriter", "zmq",
)  # fmt: skip
ASKED = f"""
import sys
from kommuneregnskap.cli import main
sys.argv = ["kommuneregnskap", "report", "--year", "2024"]
try:
    main()
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules])
"""


@pytest.fixture
def year(project: Path, year_2024: Path) -> Path:
    """A project of its own with the year 2024 as it was made elsewhere."""
    copy_simulation(project)
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb")
    folder = project / "reports/2024"
    shutil.copytree(year_2024, folder)
    return folder


def told(project: Path, *more: str) -> list[tuple[str, float, float]]:
    """Make the report of the panel, and return the rows of the table it ends with: name, seconds, of processors."""
    words = ("report", "--year", "2024", "--source", "demo", "--times", *more)
    run = command(project, *words)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    heading = next(line for line in lines if line.startswith("┃"))
    assert [name.strip() for name in heading.split("┃")[1:4]] == ["Stage", "Seconds", "CPU seconds"]
    found = [match for line in lines if (match := ROW.match(line))]
    return [(each["stage"], float(each["wall"]), float(each["cpu"])) for each in found]


def adds_up(rows: list[tuple[str, float, float]]) -> None:
    """See that the stages come to the whole, which is said last, and that nothing took less than no time."""
    *stages, (whole, *sums) = [row for row in rows if not row[0].startswith(" ")]
    assert (whole, stages[-1][0]) == ("all", "the rest")
    for kind, said in enumerate(sums, start=1):
        parts = [float(row[kind]) for row in stages]  # type: ignore[arg-type]
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx(said, abs=ROUNDED * (len(parts) + 1))


def test_the_stages_of_a_report_that_stands_of_one_in_part_and_of_a_whole_one(year: Path) -> None:
    project = year.parents[1]
    before = fingerprints(year / "demo")

    stands = told(project)
    adds_up(stands)
    names = ["opening accounts", "comparing with what stands", "the rest", "all"]
    assert [name for name, *_ in stands] == names

    (year / "demo/notebooks/4_funds.ipynb").write_text("{}", "utf-8")
    in_part = told(project)
    adds_up(in_part)
    stages = [name for name, *_ in in_part]
    assert stages.index("notebooks") < stages.index("  4_funds") < stages.index("pages and files")
    assert [name for name in stages if re.match(r"  \d_", name)] == ["  4_funds"]
    assert "loading what draws" in stages
    assert "numbers under other choices" in stages

    forced = told(project, "--force")
    adds_up(forced)
    seconds = {name: (wall, cpu) for name, wall, cpu in forced}
    ran = sorted(path.stem for path in (project / "notebooks").glob("[1-9]_*.ipynb"))
    assert sorted(name.strip() for name in seconds if re.match(r"  \d_", name)) == ran
    # Those of the processes that ran them; and the stage has them all.
    of_notebooks = [cpu for name, (_, cpu) in seconds.items() if re.match(r"  \d_", name)]
    assert min(of_notebooks) > 0
    assert sum(of_notebooks) <= seconds["notebooks"][1] + ROUNDED * (len(ran) + 1)
    assert fingerprints(year / "demo") == before


@pytest.mark.night
def test_what_a_process_apart_took_is_told_too(one_notebook: Path) -> None:
    rows = told(one_notebook, "--jobs", "1", "--only", "side")
    adds_up(rows)
    assert "numbers under other choices" in [name for name, *_ in rows]


def test_nothing_of_it_is_told_where_nobody_asks(year: Path) -> None:
    run = command(year.parents[1], "report", "--year", "2024")
    assert run.returncode == 0, run.stderr
    assert "Seconds" not in run.stdout + run.stderr


def test_a_year_that_stands_is_found_so_without_what_draws_typesets_or_runs(year: Path) -> None:
    project = year.parents[1]
    before = fingerprints(year)
    run = subprocess.run(
        [sys.executable, "-c", ASKED],
        capture_output=True,
        text=True,
        check=True,
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
    )
    *said, loaded = run.stdout.splitlines()
    assert sum(line.startswith("Nothing has changed") for line in said) == 2, "of each source"
    assert loaded == "[]"
    assert fingerprints(year) == before
