"""A frame as a sheet of a workbook: every cell with its right value, and no text taken for anything else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kommuneregnskap.support.outside import LINES, visible

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

CREATED = datetime(2000, 1, 1)  # not the clock's: the same frame gives the same bytes
ROWS, COLUMNS, SIGNS = 1_048_576, 16_384, 32_767  # of a sheet; of a cell, as UTF-16 counts them
EXACT = 10**15  # a spreadsheet keeps fifteen digits and makes the others zero
FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets do not agree which day a number is
CUT = " … (avkortet; hele teksten står i CSV-fila)"
WIDEST, PADDING, MEASURED = 60, 2, 1000  # of a column; rows that its width is measured by
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss.000"


def book(target: Any) -> Workbook:
    """Return an empty workbook that is written to a file or a stream when it is closed. Same content, same bytes."""
    import xlsxwriter  # noqa: PLC0415 (only who asks for a workbook pays for it)

    made = xlsxwriter.Workbook(target, {"in_memory": True})
    made.set_properties({"created": CREATED, "author": "kommuneregnskap"})
    return made


def write_cell(sheet: Worksheet, row: int, column: int, value: object, style: Any = None) -> None:
    """Write a value as what it is: text as text, cut where a cell has no room; a number; a truth; a day.

    What a spreadsheet has no number for (0/0, an endless one, more digits than it keeps) is its text.
    """
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, int | float | Decimal):
        if _is_number(value):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, _in_digits(value), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif value is not None:
        sheet.write_string(row, column, fitted(visible(value, LINES)), style)


def _is_number(value: float | Decimal) -> bool:
    if isinstance(value, int):
        return abs(value) < EXACT
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.normalize().as_tuple().digits) <= len(str(EXACT)) - 1
    return math.isfinite(value)


def _in_digits(value: float | Decimal) -> str:
    """Return a number as text, as CSV has it: 0/0 is `NaN`."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else str(value)


def signs(text: str) -> int:
    """Return how many signs a text has as a spreadsheet counts them."""
    return len(text) + sum(ord(sign) > 0xFFFF for sign in text)


def fitted(text: str) -> str:
    """Return a text as a cell has room for it; one that is cut says so."""
    if len(text) * 2 <= SIGNS or signs(text) <= SIGNS:
        return text
    whole = text.encode("utf-16-le", "surrogatepass")[: 2 * (SIGNS - len(CUT))]
    return whole.decode("utf-16-le", "ignore") + CUT


def unfit(frame: pl.DataFrame, above: str = "") -> str:
    """Return, in a line, why a frame cannot be one sheet whole, as `write_frame` makes it; empty where it can."""
    rows = _room(above)
    if frame.width > COLUMNS:
        return f"the table has {frame.width} columns; a sheet has {COLUMNS}"
    if frame.height > rows:
        return f"the table has {frame.height} rows; a sheet has room for {rows}"
    for name, kind in frame.schema.items():
        if signs(name) > SIGNS:
            return f"a column's name has {len(name)} signs; a cell has room for {SIGNS}"
        if isinstance(kind, pl.String | pl.Categorical | pl.Enum) and (
            line := _too_long(frame[name])
        ):
            return f"column '{visible(name)}', row {line}: the text is longer than the {SIGNS} signs of a cell"
    return ""


def _room(above: str) -> int:
    """Return how many rows of a frame a sheet has room for, below their names and what stands above."""
    return ROWS - 1 - (2 if above else 0)


def _too_long(texts: pl.Series) -> int:
    """Return the row of the first text that no cell has room for; 0 where there is none."""
    long = texts.cast(pl.String).str.len_chars() * 2 > SIGNS
    rows = long.fill_null(value=False).arg_true()
    return next((row + 1 for row in rows if signs(str(texts[row])) > SIGNS), 0)


def write_frame(
    to: Workbook, frame: pl.DataFrame, name: str | None = None, above: str = ""
) -> None:
    """Add a sheet with a frame: its columns' names, then a row per row; `above` stands over the table.

    A column is of one kind: where one of its numbers or days is none that a spreadsheet keeps, all of them are text.
    """
    sheet = to.add_worksheet(name)
    top = 2 if above else 0
    if above:
        style = to.add_format({"bold": True, "font_color": "#b00020"})
        sheet.write_string(0, 0, fitted(above), style)
    head = to.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(frame.columns):
        write_cell(sheet, top, place, column, head)
        cells, form = _cells(frame[column])
        style = to.add_format({"num_format": form}) if form else None
        for down, value in enumerate(cells, start=top + 1):
            write_cell(sheet, down, place, value, style)
        shown = [column, *(str(value) for value in cells[:MEASURED] if value is not None)]
        sheet.set_column(place, place, min(max(map(len, shown)), WIDEST) + PADDING)
    sheet.freeze_panes(top + 1, 0)
    if frame.width:
        sheet.autofilter(top, 0, top + frame.height, frame.width - 1)


def _cells(column: pl.Series) -> tuple[list[Any], str]:
    """Return the values of a column as its cells have them, and their number format."""
    kind = column.dtype
    if isinstance(kind, pl.Date) and _days_fit(column):
        return column.to_list(), DAY
    if isinstance(kind, pl.Datetime) and kind.time_zone is None and _days_fit(column.dt.date()):
        whole = column.dt.truncate("1ms")
        if (whole == column).all():
            return whole.cast(pl.Datetime("us")).to_list(), MOMENT
    if isinstance(kind, pl.Boolean | pl.Float32 | pl.Float64 | pl.Null):
        return column.to_list(), ""
    if kind.is_numeric() and all(_is_number(value) for value in column.drop_nulls()):
        return column.to_list(), ""
    return TEXTS.get(type(kind), _plain)(column).to_list(), ""


def _days_fit(days: pl.Series) -> bool:
    first = days.min()
    return first is None or bool(first >= FIRST_DAY)  # type: ignore[operator]


def _plain(column: pl.Series) -> pl.Series:
    return column.cast(pl.String)


TEXTS: Mapping[type[pl.DataType], Callable[[pl.Series], pl.Series]] = {
    pl.Duration: lambda column: column.dt.to_string("iso"),
    pl.Datetime: lambda column: column.dt.to_string("iso:strict"),
}


def write_workbook(frame: pl.DataFrame, file: Path, above: str = "") -> None:
    """Write a frame as a workbook of one sheet, or of more where it has more rows than one holds."""
    with book(file) as to:
        for part in frame.iter_slices(_room(above)) if frame.height else [frame]:
            write_frame(to, part, above=above)
