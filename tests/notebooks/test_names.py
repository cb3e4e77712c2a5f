"""Notebooks use only names that are there: each `kr.a.b` of their code, read and not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kommuneregnskap as kr
from kommuneregnskap.notebooks import files
from kommuneregnskap.support import paths

NOTEBOOKS = sorted(paths.notebooks().glob("*.ipynb"))


def dotted(node: ast.expr) -> list[str]:
    """Return the parts of a dotted name, `["kr", "charts", "fund_bands"]`; nothing of what is none."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return [*before, node.attr]
    return []


def code(path: Path) -> list[str]:
    """Return the code of a notebook, a text for each cell."""
    return [cell.source for cell in files.read(path).cells if cell.cell_type == "code"]


def missing(source: str) -> Iterator[str]:
    """Yield the names of code that begin with `kr` and lead to nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and dotted(node)[:1] == ["kr"]:
            found: object = kr
            for part in dotted(node)[1:]:
                if not hasattr(found, part) or (found is kr and part not in dir(kr)):
                    yield ".".join(dotted(node))
                    break
                found = getattr(found, part)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_name_of_a_notebook_is_there(path: Path) -> None:
    cells = code(path)
    assert any("kr." in source for source in cells)
    assert [name for source in cells for name in missing(source)] == []


def named(source: str) -> list[str]:
    """Return the frames of which the code of a notebook shows the column `navn`."""
    tree = ast.parse(source)
    assigned = {
        ast.unparse(node.targets[0]): node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    }
    tables = [
        call.args[:2]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and dotted(call.func) == ["kr", "table"]
    ]
    return [
        ast.unparse(frame)
        for frame, columns in tables
        if "navn" in ast.literal_eval(assigned.get(ast.unparse(columns), columns))
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_name_says_whose_it_is(path: Path) -> None:
    """What is shown under `navn` is a row of a table as it stands; a frame says what it names."""
    shown = named("\n".join(code(path)))
    assert all(frame.startswith("kr.tables.read(") for frame in shown), shown


def test_a_name_of_a_frame_is_seen() -> None:
    cells = (
        'kr.table(kr.tables.read("x"), {"navn": "A"})',
        'columns = {"a": "A", "navn": "B"}\nkr.table(other, columns, title="C")',
        'kr.table(third, {"gruppe": "A"})',
    )
    assert named("\n".join(cells)) == ["kr.tables.read('x')", "other"]


def test_a_name_that_is_not_there_is_seen() -> None:
    assert list(missing("kr.charts.fund_band(x)\nkr.nothing\nother.nothing\nkr.percent")) == [
        *("kr.nothing", "kr.charts.fund_band")
    ]
