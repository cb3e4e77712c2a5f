"""A table's file as text cells: CSV in UTF-8, commas, one row a line, as many fields in every line, nothing guessed.

Python's own csv, which knows the line that a row stands on and refuses a quote that is out of place. A blank line is no
row.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl

from kommuneregnskap.support.errors import DataError

LINE = "linje"
ALLOWED = (
    "CSV in UTF-8, comma-separated, one header line, as many fields in every line, one row a line"
)
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # nothing that a table is made of
LONGEST = 100_000  # signs of a cell


def cells(path: Path, content: bytes) -> pl.DataFrame:
    """Return the rows of a table as text, `linje` first; an empty cell is null. Raises DataError with the line."""
    text = _text(path, content)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    header: list[str] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for row in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in row) and len(row) < 2:
                continue
            if before > line:
                raise unreadable(path, "a line break inside a cell", line)
            if not header:
                header = _header(path, row, line)
                continue
            if len(row) != len(header):
                raise unreadable(path, f"{len(row)} fields, the header has {len(header)}", line)
            if any(len(cell) > LONGEST for cell in row):
                raise unreadable(path, f"a cell of more than {LONGEST} signs", line)
            rows.append([cell or None for cell in row])
            lines.append(line)
    except csv.Error as error:
        raise unreadable(path, str(error), before + 1) from None
    if not header:
        raise unreadable(path, "empty CSV")
    schema = dict.fromkeys(header, pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
    return frame.insert_column(0, pl.Series(LINE, lines, dtype=pl.Int64))


def _text(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(path, "not UTF-8", content.count(b"\n", 0, error.start) + 1) from None
    odd = UNSEEN.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise unreadable(path, f"the sign {odd[0]!r}, which is no text", line)
    return text


def _header(path: Path, names: list[str], line: int) -> list[str]:
    """Return the names of the columns. Raises DataError where one stands twice, or is the reader's own."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise unreadable(path, f"the column {twice!r} stands twice", line)
    if LINE in names:
        raise unreadable(path, f"column {LINE!r} is unknown", line)
    return names


def unreadable(path: Path, reason: str, line: int | None = None) -> DataError:
    """Return what is said of a file that is no table."""
    return DataError(
        path,
        line=line,
        problem=f"not a readable table ({reason})",
        allowed=ALLOWED,
        todo="Mend the file.",
    )
