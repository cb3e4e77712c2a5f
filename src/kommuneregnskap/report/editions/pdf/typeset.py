"""Print: tables, figures and text set by Typst; no browser, no network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import typst

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.notebook import warning
from kommuneregnskap.display.table import INVENTED_NOTE, NUMBER
from kommuneregnskap.report import drawings
from kommuneregnskap.report.contents import (
    Figure,
    Part,
    Printed,
    Table,
    Text,
    figures,
)
from kommuneregnskap.report.editions import Material
from kommuneregnskap.report.editions.pdf.typst_text import call, markup, value
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.norwegian import MISSING, number
from kommuneregnskap.survey.survey import Survey

TEMPLATE = Path(__file__).with_name("rapport.typ")
LANGUAGE = "nb"
STANDARD: Literal["ua-1"] = "ua-1"  # tagged, and checked by Typst to be accessible
SIZES = ((5, 10.0), (7, 9.5), (99, 8.5))  # up to so many columns: points
LONGEST_WORD = 23  # characters a column of text is given at least, if its texts are that long
SHORT = 14  # characters of the longest text of a column that is as wide as its texts
MOST = 60  # characters of a text that count for the width of its column
WHOLE = 6  # rows of a table that stands on one page
NARROW = 75  # characters of a table that is not stretched to the width of the page


def write_pdf(source: Callable[[Material], str], material: Material, file: Path, todo: str) -> None:
    """Write what a source makes of a report as PDF, with vector figures and real tables.

    On invented accounts the warning stands on top of every page. PDF/UA-1, fonts embedded, no font of the
    machine used, no date. Same notebooks, same bytes. Raises DataError where it cannot be
    written, with `todo` where something in it cannot be shown.
    """
    try:
        made = compiled(source(material), figures(material.chapters))
    except ValueError as error:
        raise DataError(file.name, problem=str(error), todo=todo) from None
    with replacing(file) as temporary:
        temporary.write_bytes(made)


def compiled(text: str, drawn: Sequence[Figure]) -> bytes:
    """Return Typst source with its figures as PDF.

    Raises ValueError for what Typst refuses, such as a character that its fonts do not have: PDF/UA allows none
    that cannot be shown.
    """
    with tempfile.TemporaryDirectory(prefix="kr-") as name:
        folder = Path(name)
        main = folder / "main.typ"
        main.write_text(text, encoding="utf-8", newline="\n")
        shutil.copy(TEMPLATE, folder)
        for figure in drawn:
            text = drawings.for_print(figure.spec)
            (folder / f"{figure.name}.svg").write_text(text, encoding="utf-8", newline="\n")
        try:
            made = typst.compile(
                main,
                root=folder,
                format="pdf",
                ignore_system_fonts=True,
                font_paths=[],
                pdf_standards=STANDARD,
            )
        except typst.TypstError as error:
            raise ValueError(" ".join(str(error).split())) from None
    return bytes(made)


def document(survey: Survey, title: str, body: str, *, wide: bool = False) -> str:
    """Return Typst source of a document of the report: its own title, the source and the warning on every page.

    wide: on pages turned on their side.
    """
    shown = {
        "title": title,
        "source": source_line(survey),
        "warning": warning(survey),
        "wide": wide,
    }
    head = f'#import "{TEMPLATE.name}": *\n#set text(lang: "{LANGUAGE}")\n'
    return f"{head}#show: report.with(..{value(shown)})\n{body}"


def part(each: Part) -> str:
    """Return a part of a chapter as Typst."""
    if isinstance(each, Text):
        return markup(each.markdown)
    if isinstance(each, Printed):
        return f"#printed({value(each.text)}, lines: {value(each.lines)})\n"
    if isinstance(each, Figure):
        return drawing(each, f"Figur {each.nr}")
    return table(each, f"Tabell {each.nr}. {each.title}")


def drawing(figure: Figure, caption: str = "", *, floats: bool = False) -> str:
    """Return a figure, named as the file beside the source that `compiled` writes; its title is in it.

    floats: at the foot of this page or a later one, so that no page ends where a figure has no room.
    """
    source = f"{figure.name}.svg"
    return call("drawing", title=caption, alt=figure.alt, source=source, floats=floats)


def without_note(parts: Sequence[Part], survey: Survey) -> list[Part]:
    """Return parts of which no table says what every page of a report on invented accounts says already."""
    if not survey.synthetic:
        return list(parts)
    return [
        replace(each, note="") if isinstance(each, Table) and each.note == INVENTED_NOTE else each
        for each in parts
    ]


def table(shown: Table, title: str) -> str:
    """Return a table under a title; short columns are as wide as their texts, the others share the rest."""
    is_number = [column["slag"] == NUMBER for column in shown.columns]
    rows = [
        [_cell(cell, column) for cell, column in zip(row, shown.columns, strict=True)]
        for row in shown.rows
    ]
    headings = [str(column["navn"]) for column in shown.columns]
    given = call(
        "numbers",
        title=title,
        unit=shown.unit,
        note=shown.note,
        columns=[
            {"name": heading, "number": right}
            for heading, right in zip(headings, is_number, strict=True)
        ],
        size=next(size for most, size in SIZES if len(headings) <= most),
        rows=rows,
        whole=len(rows) <= WHOLE,
    )
    widths = ", ".join(_widths(headings, rows))
    return given.rstrip().removesuffix(")") + f"  widths: ({widths},),\n)\n"


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the widths of a table's columns: short texts have theirs, the others share the rest."""
    longest = [max(map(len, texts)) for texts in zip(headings, *rows, strict=True)]
    if sum(longest) <= NARROW:
        return ["auto"] * len(headings)
    room = [_room(column, heading) for heading, *column in zip(headings, *rows, strict=True)]
    short = [
        max(len(text) for text in texts) <= SHORT for texts in zip(headings, *rows, strict=True)
    ]
    if all(short):
        short[0] = False
    return ["auto" if own else f"{each}fr" for own, each in zip(short, room, strict=True)]


def _cell(cell: object, column: dict[str, object]) -> str:
    if column["slag"] == NUMBER:
        return number(cell, int(str(column["desimaler"])))  # type: ignore[arg-type]
    return str(cell) if cell not in (None, "") else MISSING


def _room(column: Sequence[str], heading: str) -> int:
    """Return how wide a column wants to be, in characters: its longest text up to a limit, or a share of it."""
    texts = [heading, *column]
    mean = sum(min(len(text), MOST) for text in column) // max(len(column), 1)
    whole = max(len(text) for text in texts)
    return max(min(whole, LONGEST_WORD), mean, 4) + 2
