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
    cells = [cell.source for cell in files.read(path).cells if cell.cell_type == "code"]
    assert any("kr." in source for source in cells)
    assert [name for source in cells for name in missing(source)] == []


def test_a_name_that_is_not_there_is_seen() -> None:
    assert list(missing("kr.charts.fund_band(x)\nkr.nothing\nother.nothing\nkr.percent")) == [
        *("kr.nothing", "kr.charts.fund_band")
    ]
