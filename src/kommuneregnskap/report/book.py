"""A workbook of titled tables with formulas; the same content gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.notebook import warning
from kommuneregnskap.support import workbook
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.survey.survey import Survey

HEADER_ROW = 4  # 0-based: title, unit and source, warning and an empty row stand above
KR = "#,##0"
SHARE = "#,##0.000000"
WRAPPED, LINK = "wrapped", "link"
WIDEST, PADDING = 60, 2


@dataclass(frozen=True)
class Formula:
    """A cell that Excel computes: the formula, and the value that we have."""

    text: str
    verdi: float | int | str | None


@dataclass(frozen=True)
class Link:
    """A cell that leads to another sheet of the workbook."""

    sheet: str
    text: str


class Book:
    """A workbook under way; sheets are added in order, all with the same top."""

    def __init__(self, survey: Survey) -> None:
        self.stream = io.BytesIO()
        self.book = workbook.book(self.stream)
        self.source = source_line(survey)
        self.warning = warning(survey)
        formats: Mapping[str, dict[str, Any]] = {
            "title": {"bold": True, "font_size": 14},
            "soft": {"font_color": "#4d5660"},
            "warning": {"bold": True, "font_color": "#7a1c00", "bg_color": "#ffe9b8"},
            "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
            "text": {"valign": "top"},
            WRAPPED: {"valign": "top", "text_wrap": True},
            LINK: {"valign": "top", "font_color": "#0b57a4", "underline": 1},
        }
        self.formats = {name: self.book.add_format(each) for name, each in formats.items()}

    def sheet(
        self,
        name: str,
        title: str,
        unit: str,
        columns: Sequence[tuple[str, str]],
        rows: Sequence[Sequence[object]],
        *,
        back: Link | None = None,
    ) -> None:
        """Add a sheet: a title, unit and source, a warning, then a table with its header frozen.

        columns: heading and format (`text`, `wrapped`, `link`, or a number format such as KR or SHARE). A
        cell is a value, a Formula or a Link. back: a link that stands between the warning and the table.
        """
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.write_string(1, 0, f"{unit}. {self.source}", self.formats["soft"])
        if self.warning:
            sheet.write_string(2, 0, self.warning, self.formats["warning"])
        if back is not None:
            self._write(sheet, HEADER_ROW - 1, 0, back, self.formats[LINK])
        for place, (heading, _) in enumerate(columns):
            sheet.write_string(HEADER_ROW, place, heading, self.formats["head"])
        for down, row in enumerate(rows, start=HEADER_ROW + 1):
            for place, cell in enumerate(row):
                self._write(sheet, down, place, cell, self._format(columns[place][1]))
        for place, (heading, _) in enumerate(columns):
            cells = [_shown(row[place]) for row in rows]
            longest = max([len(heading), *(len(text) for text in cells)])
            sheet.set_column(place, place, min(longest, WIDEST) + PADDING)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)

    def write(self, file: Path) -> None:
        """Write the workbook under a temporary name and rename it. Raises DataError where it cannot be."""
        self.book.close()
        with replacing(file) as temporary:
            temporary.write_bytes(self.stream.getvalue())

    def _format(self, name: str) -> Any:
        """Return a format by its name; one that has none is a number format of Excel."""
        if name not in self.formats:
            self.formats[name] = self.book.add_format({"num_format": name, "valign": "top"})
        return self.formats[name]

    @staticmethod
    def _write(sheet: Any, row: int, column: int, cell: object, style: Any) -> None:
        if isinstance(cell, Formula):
            shown = "" if cell.verdi is None else cell.verdi
            sheet.write_formula(row, column, f"={cell.text}", style, shown)
        elif isinstance(cell, Link):
            sheet.write_url(row, column, f"internal:'{cell.sheet}'!A1", style, string=cell.text)
        elif cell is None:
            sheet.write_string(row, column, MISSING, style)
        else:
            workbook.write_cell(sheet, row, column, cell, style)


def _shown(cell: object) -> str:
    value = cell.verdi if isinstance(cell, Formula) else cell
    if isinstance(value, Link):
        return value.text
    if isinstance(value, float):
        return f"{value:,.6f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
