"""A table's file as text cells: CSV in UTF-8, commas, one row a line, as many fields in every line, nothing guessed.

Python's own csv knows the line that a row stands on, and refuses a quote that is out of place and a cell of more than
131 072 signs; polars reads the cells, since it knows an empty one from one of two quotes. A blank line is no row.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.outside import refuse_large

LINE = "linje"
ALLOWED = (
    "CSV in UTF-8, comma-separated, one header line, as many fields in every line, one row a line"
)
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # nothing that a table is made of
ENDS = re.compile(r"\r\n|\n|\r")


def cells(path: Path, content: bytes) -> pl.DataFrame:
    """Return the rows of a table as text, `linje` first. Raises DataError with the line.

    An empty cell is null, one of two quotes is empty text.
    """
    text = _text(path, content)
    own = ENDS.split(text)
    lines = _lines_of_rows(path, text)
    if not lines:
        raise unreadable(path, "empty CSV")
    whole = "\n".join(own[line - 1] for line in lines) + "\n"
    try:
        frame = pl.read_csv(whole.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise unreadable(path, str(error).partition("\n")[0]) from None
    if len(frame) != len(lines) - 1:
        raise unreadable(path, f"{len(lines) - 1} rows, of which {len(frame)} can be read")
    return frame.insert_column(0, pl.Series(LINE, lines[1:], dtype=pl.Int64))


def _lines_of_rows(path: Path, text: str) -> list[int]:
    """Return the lines that rows stand on, the header first. Raises DataError for a row that is none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[int] = []
    fields = before = 0
    try:
        for row in reader:
            refuse_large(row)
            line, before = before + 1, reader.line_num
            if len(row) < 2 and not any(cell.strip() for cell in row):
                continue
            if before > line:
                raise unreadable(path, "a line break inside a cell", line)
            if not found:
                fields = len(row)
                _check_names(path, row, line)
            if len(row) != fields:
                raise unreadable(path, f"{len(row)} fields, the header has {fields}", line)
            found.append(line)
    except csv.Error as error:
        raise unreadable(path, str(error), before + 1) from None
    return found


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


def _check_names(path: Path, names: list[str], line: int) -> None:
    """Raise DataError where a column stands twice, or is the reader's own."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise unreadable(path, f"the column {twice!r} stands twice", line)
    if LINE in names:
        raise unreadable(path, f"column {LINE!r} is unknown", line)


def unreadable(path: Path, reason: str, line: int | None = None) -> DataError:
    """Return what is said of a file that is no table."""
    return DataError(
        path,
        line=line,
        problem=f"not a readable table ({reason})",
        allowed=ALLOWED,
        todo="Mend the file.",
    )
