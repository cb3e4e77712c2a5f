"""What a reader meets in the executed notebooks, in order and numbered: the same in print and workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any
from unicodedata import normalize

import polars as pl

from kommuneregnskap.display import renderer, table
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import headings
from kommuneregnskap.tables import reader

HIDDEN_TAGS = {
    notebooks.PARAMETERS_TAG,
    notebooks.INJECTED_TAG,
    notebooks.NOTEBOOK_ONLY_TAG,
    notebooks.CHECK_TAG,
}
HEADING = re.compile(r"^#+\s*(.+)$", re.MULTILINE)
TAG = re.compile(r"<[^>]+>")
MARKS = re.compile(r"[\u0300-\u036f]")
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
LONGEST = 50  # characters of a file's name after its number


@dataclass(frozen=True, kw_only=True)
class FromCell:
    """What a cell gave: its notebook (the file's name without ending) with title, the cell's id, and its `places`.

    place: what it is called in an address on the page. Its tags say where else than in the appendix it stands.
    """

    notebook: str = ""
    chapter: str = ""
    cell: str = ""
    place: str = ""
    tags: frozenset[str] = frozenset()

    @property
    def sheet(self) -> str:
        """Return the name of the sheet it has in the first workbook, empty for none."""
        named = [tag for tag in self.tags if tag.startswith(notebooks.SHEET_TAG)]
        return named[0].removeprefix(notebooks.SHEET_TAG) if named else ""


@dataclass(frozen=True)
class Text(FromCell):
    """Markdown: what somebody wrote, or sentences with computed numbers."""

    markdown: str


@dataclass(frozen=True)
class Printed(FromCell):
    """Lines that a cell printed, or a note in the place of a table: to be shown as they are."""

    text: str
    lines: bool = True


@dataclass(frozen=True)
class Figure(FromCell):
    """A chart: its number (`1.2`), the question it asks, its text alternative, its Vega-Lite."""

    nr: str
    title: str
    alt: str
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        """Return the name of its files, without ending: `1-2_hva-investerte-kommunene-i`."""
        return file_name(self.nr, self.title)


@dataclass(frozen=True)
class Table(FromCell):
    """A table: its number, title, unit and note; columns and rows as `display.table.content` has them.

    Columns of a frame shown as it is have betydning and enhet as well, where their names say these (`headings.of`).
    """

    nr: str
    title: str
    unit: str
    note: str
    columns: list[dict[str, Any]]
    rows: list[list[Any]]

    @property
    def name(self) -> str:
        """Return the name of its file, without ending: `1-2_brutto-investeringer`."""
        return file_name(self.nr, self.title)

    @property
    def frame(self) -> pl.DataFrame:
        """Return its rows under the names that programs know the columns by, each column of one type."""
        names = [each["kolonne"] for each in self.columns]
        rows = pl.DataFrame(self.rows, names, orient="row", strict=False, infer_schema_length=None)
        kinds = {table.NUMBER: pl.Float64, table.TEXT: pl.String}
        empty = {
            each["kolonne"]: kinds[each["slag"]]
            for each in self.columns
            if rows.schema[each["kolonne"]] == pl.Null
        }
        return rows.cast(empty)

    @property
    def says_nothing(self) -> bool:
        """Return whether it has places for numbers and not one number: the source has none of them."""
        places = [n for n, column in enumerate(self.columns) if column["slag"] == table.NUMBER]
        return bool(places) and all(row[n] is None for row in self.rows for n in places)

    def without_gaps(self) -> Table:
        """Return the table without rows, and without columns for numbers, in which there is not one number."""
        places = [n for n, column in enumerate(self.columns) if column["slag"] == table.NUMBER]
        rows = [row for row in self.rows if not places or any(row[n] is not None for n in places)]
        kept = [
            n
            for n in range(len(self.columns))
            if n not in places or any(row[n] is not None for row in rows)
        ]
        columns = [self.columns[n] for n in kept]
        return replace(self, columns=columns, rows=[[row[n] for n in kept] for row in rows])


Part = Text | Printed | Figure | Table


@dataclass(frozen=True)
class Chapter:
    """One executed notebook: its number, its title and what is in it."""

    nr: str
    title: str
    parts: list[Part] = field(default_factory=list)


def chapters(executed: Sequence[Path]) -> list[Chapter]:
    """Return the executed notebooks as chapters, code and hidden cells left out as on the page."""
    return [chapter(path) for path in executed]


def chapter(path: Path) -> Chapter:
    """Return one executed notebook as a chapter; figures and tables are numbered within it.

    Every edition asks for each: it is read once as long as it is the same. Nobody changes what it holds.
    """
    with reader.held():
        return _chapter(path.stem, path.read_text("utf-8"), reader.contents(*headings.TABLES))


@lru_cache(maxsize=32)
def _chapter(stem: str, text: str, _named: tuple[reader.Content, ...]) -> Chapter:
    notebook = notebooks.of_text(text)
    cells = [cell for cell in notebook.cells if not HIDDEN_TAGS & set(notebooks.tags(cell))]
    found = Chapter(stem.split("_", maxsplit=1)[0], "")
    heading = stem
    for cell in cells:
        name, tags = str(cell.get("id", "")), frozenset(notebooks.tags(cell))
        if cell.cell_type == "markdown":
            heading = (HEADING.findall(cell.source) or [heading])[-1]
            found.parts.append(Text(cell.source, cell=name, tags=tags))
            continue
        names = places(name)
        for output in cell.outputs:
            place = next(names) if has_place(output) else ""
            parts = _part(output, found, heading, stem)
            found.parts.extend(replace(part, cell=name, place=place, tags=tags) for part in parts)
    first = next((p.markdown for p in found.parts if isinstance(p, Text)), stem)
    title = first.splitlines()[0].lstrip("# ")
    placed = [replace(part, notebook=stem, chapter=title) for part in found.parts]
    return Chapter(found.nr, title, placed)


def places(cell: str) -> Iterator[str]:
    """Give what the figures and tables of a cell are called in an address: its id, from the second on with a number."""
    return (cell if number == 1 else f"{cell}-{number}" for number in count(1))


def has_place(output: notebooks.Notebook) -> bool:
    """Return whether what a cell put out has an address of its own on the page: a figure, a table, other HTML."""
    return bool({renderer.MIME, table.MIME, "text/html"} & output.get("data", {}).keys())


def _part(
    output: notebooks.Notebook, chapter: Chapter, heading: str, notebook: str
) -> Iterator[Part]:
    if output.output_type == "stream":
        yield Printed(output.text.rstrip("\n"))
        return
    data = output.get("data", {})
    if renderer.MIME in data:
        spec = data[renderer.MIME]
        title = _in_one_line(spec["title"]["text"])
        yield Figure(_next(chapter, Figure), title, str(spec.get("description", title)), spec)
    elif table.MIME in data:
        yield _table(data[table.MIME], _next(chapter, Table), heading, notebook)
    elif "text/html" in data and "<table" not in data["text/html"]:
        yield Printed(unescape(TAG.sub("", data["text/html"])).strip(), lines=False)
    elif "text/markdown" in data:
        yield Text(data["text/markdown"])
    elif "text/plain" in data:
        yield Printed(data["text/plain"])


def _in_one_line(title: str | list[str]) -> str:
    """Return the title of a chart, which has several lines where it is long."""
    return title if isinstance(title, str) else " ".join(title)


def _next(chapter: Chapter, kind: type[Part]) -> str:
    return f"{chapter.nr}.{sum(isinstance(part, kind) for part in chapter.parts) + 1}"


def _table(content: dict[str, Any], nr: str, heading: str, notebook: str) -> Table:
    """Return a table; a frame that is shown as it is has the title of the heading above it, and names in words."""
    columns = content["kolonner"]
    if not content["tittel"]:
        named = [headings.of(each["navn"], notebook) for each in columns]
        columns = [
            each | {"navn": known.title, "betydning": known.meaning, "enhet": known.unit}
            for each, known in zip(columns, named, strict=True)
        ]
    return Table(
        nr,
        content["tittel"] or heading,
        content["enhet"],
        content["merknad"],
        columns,
        content["rader"],
    )


def figures(found: Sequence[Chapter]) -> list[Figure]:
    """Return the figures of all chapters, in order."""
    return [part for each in found for part in each.parts if isinstance(part, Figure)]


def tables(found: Sequence[Chapter]) -> list[Table]:
    """Return the tables of all chapters, in order."""
    return [part for each in found for part in each.parts if isinstance(part, Table)]


def told(part: Figure | Table) -> str:
    """Return in a sentence which figure or table it is and where it was made, then its text alternative or its note."""
    kind, said = ("Figur", part.alt) if isinstance(part, Figure) else ("Tabell", part.note)
    place = f"{kind} {part.nr} i «{part.chapter}», notatbok {part.notebook}, celle {part.cell}."
    return f"{place} {said}".rstrip()


def file_name(nr: str, title: str) -> str:
    """Return a number and a title as the name of a file: letters a to z, digits and hyphens."""
    plain = normalize("NFKD", title.lower().translate(LETTERS))  # é is e and its mark
    words = re.findall(r"[a-z0-9]+", MARKS.sub("", plain))
    name = ""
    for word in words:
        if name and len(name) + len(word) >= LONGEST:
            break
        name = f"{name}-{word}" if name else word[:LONGEST]
    return f"{nr.replace('.', '-')}_{name}" if name else nr.replace(".", "-")
