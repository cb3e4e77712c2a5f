"""The report in print: rapport.pdf, set by Typst from the executed notebooks; no browser, no network."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import typst

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.notebook import data_lines, warning
from kommuneregnskap.display.table import NUMBER
from kommuneregnskap.report import drawings, headlines
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
from kommuneregnskap.verdicts import judgement

TEMPLATE = Path(__file__).with_name("rapport.typ")
LANGUAGE = "nb"
STANDARD: Literal["ua-1"] = "ua-1"  # tagged, and checked by Typst to be accessible
# A table of more columns and characters beside each other goes on a page turned on its side.
PORTRAIT_COLUMNS, PORTRAIT = 7, 130
SIZES = ((4, 9.0), (6, 8.5), (7, 7.5), (99, 7.0))  # up to so many columns: points
LONGEST_WORD = 22  # characters a column of text is given at least, if its texts are that long
BREAKS = re.compile(r"([_/;])(?=\w)")  # where a name that is too long for its column may be broken
SHORT = 14  # characters of the longest text of a column that is as wide as its texts
MOST = 60  # characters of a text that count for the width of its column


def write_pdf(material: Material, file: Path, todo: str) -> None:
    """Write a report as PDF: title page, contents, the chapters with vector figures and real tables.

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
        main.write_text(text, encoding="utf-8")
        shutil.copy(TEMPLATE, folder)
        for figure in drawn:
            text = drawings.for_print(figure.spec)
            (folder / f"{figure.name}.svg").write_text(text, encoding="utf-8")
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


def source(material: Material) -> str:
    """Return the report as Typst source; figures are named as files beside it.

    Raises ValueError for what has no place in print.
    """
    survey = material.survey
    title = headlines.title(survey)
    shown = value(
        {
            "title": title,
            "year": survey.year,
            "source": source_line(survey),
            "warning": warning(survey),
        }
    )
    front = call(
        "front",
        title=title,
        lead=headlines.tried(material.vurdering),
        verdicts=headlines.verdicts(material.vurdering),
        findings=[
            [row["setning"], row["publisert"] or "", judgement.VERDICTS.get(row["dom"], "")]
            for row in headlines.findings(survey, material.tall, material.vurdering)
        ],
        notes=data_lines(survey),
    )
    parts = "\n".join(_part(part) for chapter in material.chapters for part in chapter.parts)
    head = f'#import "{TEMPLATE.name}": *\n#set text(lang: "{LANGUAGE}")\n'
    return f"{head}#show: report.with(..{shown})\n{front}#contents()\n{parts}"


def _part(part: Part) -> str:
    if isinstance(part, Text):
        return markup(part.markdown)
    if isinstance(part, Printed):
        return f"#printed({value(part.text)}, lines: {value(part.lines)})\n"
    if isinstance(part, Figure):
        name = f"{part.name}.svg"
        return call("drawing", nr=part.nr, title=part.title, alt=part.alt, source=name)
    return _table(part)


def _table(table: Table) -> str:
    is_number = [column["slag"] == NUMBER for column in table.columns]
    rows = [
        [_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    headings = [str(column["navn"]) for column in table.columns]
    room = [_room(column, heading) for heading, *column in zip(headings, *rows, strict=True)]
    given = call(
        "numbers",
        nr=table.nr,
        title=table.title,
        unit=table.unit,
        note=table.note,
        columns=[
            {"name": heading, "number": right}
            for heading, right in zip(headings, is_number, strict=True)
        ],
        size=next(size for most, size in SIZES if len(headings) <= most),
        rows=rows,
        wide=len(headings) > PORTRAIT_COLUMNS and sum(room) > PORTRAIT,
    )
    widths = ", ".join(_widths(headings, rows, room))
    return given.rstrip().removesuffix(")") + f"  widths: ({widths},),\n)\n"


def _widths(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: Sequence[int]
) -> list[str]:
    """Return the widths of a table's columns: short texts have theirs, the others share the rest."""
    short = [
        max(len(text) for text in texts) <= SHORT for texts in zip(headings, *rows, strict=True)
    ]
    if all(short):
        short[0] = False
    return ["auto" if own else f"{each}fr" for own, each in zip(short, room, strict=True)]


def _cell(cell: object, column: dict[str, object]) -> str:
    if column["slag"] == NUMBER:
        return number(cell, int(str(column["desimaler"])))  # type: ignore[arg-type]
    return BREAKS.sub("\\1\u200b", str(cell)) if cell not in (None, "") else MISSING


def _room(column: Sequence[str], heading: str) -> int:
    """Return how wide a column wants to be, in characters: its longest word, or a share of its text."""
    texts = [heading, *column]
    word = max(len(each) for text in texts for each in text.split() or [""])
    mean = sum(min(len(text), MOST) for text in column) // max(len(column), 1)
    return max(min(word, LONGEST_WORD), mean, 4) + 2
