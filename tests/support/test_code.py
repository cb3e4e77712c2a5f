"""Which files a result comes about by: all that run for it, and none that has no part in it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kommuneregnskap.report import manifest
from kommuneregnskap.support import code, paths
from tests.helpers.projects import PROJECT

NOTEBOOKS = [path.stem for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))]
BY_DAY = ("8_robustness",)
LOADED = """
import json, sys
{statement}
loaded = [name for name in sys.modules if name.split(".")[0] == "kommuneregnskap"]
sys.__stdout__.write(json.dumps(sorted(loaded)))
"""


def loaded(statement: str) -> set[str]:
    """Return the files of this package that a process has loaded when a statement is done."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement=statement)],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    found = set()
    for name in json.loads(run.stdout):
        folder = name.partition(".")[2].replace(".", "/")
        for file in (f"{folder}.py", f"{folder}/__init__.py".lstrip("/")):
            found |= {file} if (paths.source_code() / file).is_file() else set()
    return found


@pytest.mark.parametrize(
    "module",
    ["estimates.kept", "verdicts.brackets", "sensitivity.tried", "sensitivity.switch", "notebooks.run"],
)  # fmt: skip
def test_what_runs_is_behind_a_module(module: str) -> None:
    found = loaded(f"import kommuneregnskap.{module}")
    assert len(found) > 40
    assert found <= set(code.behind([module]))


def test_what_runs_for_other_choices_is_behind_them(project: Path) -> None:
    """Also what is imported as it is needed: estimates, accounts of another scope."""
    statement = (
        "from kommuneregnskap.survey.opening import open_survey\n"
        "from kommuneregnskap.sensitivity import switch\n"
        "assert len(switch.switched(open_survey(2024, 'demo')))"
    )
    assert loaded(statement) <= set(code.behind(["sensitivity.switch", "survey.opening"]))


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[] if each in BY_DAY else pytest.mark.night) for each in NOTEBOOKS],
)
def test_what_runs_for_a_notebook_is_behind_what_its_cells_ask_for(
    project: Path, name: str
) -> None:
    source, target = paths.notebooks() / f"{name}.ipynb", project / "ut.ipynb"
    used = code.used(_cells(name))
    assert used is not None
    statement = (
        "from pathlib import Path\n"
        "from kommuneregnskap.notebooks.run import Task, write\n"
        "asked = {'year': 2024, 'source': 'demo'}\n"
        f"write(Task(Path({str(source)!r}), asked, 'warm', Path({str(target)!r}), 0))"
    )
    found = loaded(statement)
    assert found <= set(code.behind({*used, *manifest.RUN_BY}))


def _cells(name: str) -> str:
    content = json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    return "\n".join("".join(c["source"]) for c in content["cells"] if c["cell_type"] == "code")


def test_charts_pages_and_words_have_no_part_in_numbers() -> None:
    for module in ("survey.accounts", "estimates.kept", "sensitivity.tried", "verdicts.brackets"):
        rooms = {name.partition("/")[0] for name in code.behind([module])}
        assert rooms.isdisjoint({"charts", "display", "notebooks", "report", "cli", "mutants"})
    assert "verdicts" not in {name.partition("/")[0] for name in code.behind(["sensitivity.tried"])}


@pytest.mark.parametrize(
    ("asked", "among", "not_among"),
    [
        ("kr.charts.fund_bands", "charts.sections", "charts.maps"),
        ("c = kr.charts\nc.fund_bands", "charts.maps", "report"),
        ("getattr(kr.charts, navn)", "charts.maps", "report"),
        ("from kommuneregnskap.charts import fund_bands", "charts.sections", "charts.maps"),
        ("from kommuneregnskap import numbers as n\nn.funds", "numbers.sections.funds", "charts"),
        ("import kommuneregnskap.tables.units", "tables.units", "charts.sections"),
        ("kr.number(2)", "support.norwegian", "display.method"),
        ("kr.estimates.coverage", "estimates.shown", "charts.sections"),
    ],
)  # fmt: skip
def test_what_a_piece_of_code_asks_for(asked: str, among: str, not_among: str) -> None:
    used = code.used(f"import kommuneregnskap as kr\n{asked}")
    assert used is not None
    assert among in used
    assert not_among not in used


@pytest.mark.parametrize("magic", ["%timeit 1", "!ls", "x = ("])
def test_what_is_not_plain_python_may_ask_for_anything(magic: str) -> None:
    assert code.used(f"import kommuneregnskap as kr\n{magic}") is None


def test_nobody_else_finds_modules_by_their_names() -> None:
    """Imports are read where they stand: whoever imports otherwise is known to `code`, or imports nothing of this."""
    dynamic = {"import_module", "__import__", "iter_modules", "run_module", "run_path"}
    found = set()
    for path in paths.code_files():
        if path.suffix == ".py":
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
            names = {getattr(node, "id", getattr(node, "attr", None)) for node in nodes}
            if names & dynamic:
                found.add(path.relative_to(paths.source_code()).as_posix())
    assert found == {
        "charts/__init__.py",  # by a name that is asked for
        "numbers/__init__.py",  # by a name that is asked for
        "report/editions/__init__.py",  # all of its folder
        "report/package/exhibits.py",  # the whole package
        "support/face.py",
        "support/locks.py",  # a module of Python's own
    }
