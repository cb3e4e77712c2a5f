"""The list of exhibits: where each table and figure of the reports comes from, and where it lies."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import dataframely as dy
import polars as pl

from kommuneregnskap.charts.style import FIGURE
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import contents
from kommuneregnskap.report.contents import Figure, Table
from kommuneregnskap.report.package.holdings import OneReport
from kommuneregnskap.tables import sections

FILE = "exhibits.csv"
PACKAGE, SHORT = "kommuneregnskap", "kr"  # how notebooks import it
ASKED = {notebooks.PARAMETERS_TAG, notebooks.INJECTED_TAG}
SURVEY = "survey"  # what notebooks call the accounts they open
# Functions by which notebooks show what they computed, and open what they compute from.
SHOWS = (
    "kommuneregnskap.display.notebook.",
    "kommuneregnskap.display.opening.",
    "kommuneregnskap.display.own_table.",
)
FOLDERS = {Table: "tabeller", Figure: "figurer"}


class Exhibits(dy.Schema):
    """A table or a figure of a report."""

    report = dy.String(primary_key=True, description="The report: ssb, kostra or demo")
    kind = dy.String(
        primary_key=True, regex="^(table|figure)$", description="Whether it is a table or a figure"
    )
    number = dy.String(
        primary_key=True, description="Its number in print, on the page and in files' names"
    )
    title = dy.String(description="Its title, in bokmål")
    notebook = dy.String(description="The notebook that makes it, under project/notebooks/")
    cell = dy.String(description="The id of the cell of that notebook")
    made_in = dy.String(
        description="The cells that its numbers are computed in, that cell last, parted by spaces"
    )
    functions = dy.String(
        nullable=True,
        description=(
            "The functions of the program that these cells use, that of a figure's drawing first, but for those that "
            "open the accounts and show what was computed; empty: polars in the cells alone"
        ),
    )
    address = dy.String(description="Where it is on the page, from the root of the package")
    files = dy.String(description="Its files, from the root of the package, parted by spaces")


def listed(reports: Sequence[OneReport], files: Mapping[str, Path]) -> pl.DataFrame:
    """Return the exhibits of all reports in order, as `Exhibits`. files: what lies in the package."""
    rows = [row for each in reports for row in _of_report(each, files)]
    return Exhibits.validate(pl.DataFrame(rows, schema=list(Exhibits.columns()), orient="row"))


def _of_report(report: OneReport, files: Mapping[str, Path]) -> Iterator[tuple[str | None, ...]]:
    pages = dict(sections.table().select("notatbok", "side").iter_rows())
    for path, chapter in zip(report.executed, contents.chapters(report.executed), strict=True):
        cells = {
            cell.get("id", ""): cell.source
            for cell in notebooks.read(path).cells
            if cell.cell_type == "code" and not ASKED & set(notebooks.tags(cell))
        }
        for part in chapter.parts:
            if isinstance(part, Table | Figure):
                page = f"{report.place}/{pages[part.notebook]}.html"
                yield _row(report, part, cells, page, files)


def _row(
    report: OneReport,
    part: Table | Figure,
    cells: Mapping[str, str],
    page: str,
    files: Mapping[str, Path],
) -> tuple[str | None, ...]:
    kind, anchor = ("table", "tabell") if isinstance(part, Table) else ("figure", "figur")
    stem = f"{report.place}/{FOLDERS[type(part)]}/{part.name}."
    made = made_in(part.cell, cells)
    drawn = part.spec["usermeta"].get(FIGURE) if isinstance(part, Figure) else None
    return (
        report.survey.source,
        kind,
        part.nr,
        part.title,
        f"{part.notebook}.ipynb",
        part.cell,
        " ".join(made),
        " ".join(functions("\n".join(cells[each] for each in made), drawn)) or None,
        f"{page}#{anchor}-{part.place}",
        " ".join(name for name in files if name.startswith(stem)),
    )


def made_in(cell: str, cells: Mapping[str, str]) -> list[str]:
    """Return the cells that what a cell shows is computed in, in order: where the names it reads were given a value.

    cells: id → code, of one notebook in order. The survey, which every cell reads, leads nowhere.
    """
    order = list(cells)
    needed, found = [cell], set()
    while needed:
        one = needed.pop()
        if one in found:
            continue
        found.add(one)
        before = order[: order.index(one)]
        for name in _names(cells[one], ast.Load) - {SURVEY}:
            given = [each for each in before if name in _names(cells[each], ast.Store)]
            needed += given[-1:]
    return [each for each in order if each in found]


def _names(source: str, use: type[ast.expr_context]) -> set[str]:
    """Return the names that code reads (`ast.Load`) or gives a value (`ast.Store`)."""
    return {
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, use)
    }


def functions(source: str, drawn: str | None = None) -> list[str]:
    """Return what code uses of the program, by where it is defined: `kommuneregnskap.numbers.table.compute`.

    drawn: the name of the function that drew a figure, which comes first. What is no function, and what only shows or
    opens (SHOWS), is passed over.
    """
    used = dict.fromkeys(_dotted(source))
    found = [each for name in used if (each := _defined(name)) is not None]
    telling = [each for each in found if not each.startswith(SHOWS)]
    first = [each for each in telling if each.rpartition(".")[2] == drawn]
    return list(dict.fromkeys([*first, *telling]))


def _dotted(source: str) -> Iterator[str]:
    """Give the names of the package that code uses, as far as they go: `kr.numbers.compute` is `numbers.compute`."""
    for node in ast.walk(ast.parse(source)):
        parts: list[str] = []
        place: ast.expr | ast.AST = node
        while isinstance(place, ast.Attribute):
            parts.insert(0, place.attr)
            place = place.value
        if parts and isinstance(place, ast.Name) and place.id == SHORT:
            yield ".".join(parts)


def _defined(name: str) -> str | None:
    """Return where a function of the package is defined; None for what is none."""
    found: object = import_module(PACKAGE)
    for part in name.split("."):
        found = getattr(found, part)
    where, own = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    return f"{where}.{own}" if where and own else None
