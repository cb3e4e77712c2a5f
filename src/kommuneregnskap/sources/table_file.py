"""A table of one's own as a file: CSV as spreadsheets and StatBank write it, or parquet.

Nothing is known of its columns: a column of numbers becomes numbers, everything else stays the text that it is.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra.csv_text import SEPARATORS, decoded
from kommuneregnskap.support.errors import DataError, UsageError, shown_path

CSV, PARQUET = (".csv", ".txt", ".tsv"), ".parquet"
WHOLE = r"^-?(?:0|[1-9]\d*)$"  # a code with leading zeros is none
POINT = r"^-?(?:0|[1-9]\d*)(?:\.\d+)?$"
COMMA = r"^-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?$"
SPACES = "[ \u00a0\u202f\u2009]"


def read(file: str | Path) -> pl.DataFrame:
    """Return the table of a file, its headings as they stand.

    CSV: separated by semicolon, comma or tabulator, in UTF-8, UTF-16 or as older spreadsheets write; decimal comma or
    point, thousands apart by spaces (or by points, before a decimal comma); SSB's signs for a missing number are
    missing; lines above the headings and blank ones are passed by. Raises UsageError for a file that is not there or
    of another kind, DataError for a line with more cells than there are headings.
    """
    path = Path(file)
    kind = path.suffix.lower()
    if kind not in (*CSV, PARQUET):
        raise UsageError(
            f"the file is {str(file)!r}; save it as CSV, and give that (allowed: {', '.join((*CSV, PARQUET))})"
        )
    try:
        content = path.read_bytes()
        if kind == PARQUET:
            return pl.read_parquet(io.BytesIO(content))
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or "is no parquet"
        raise UsageError(
            f"{shown_path(file)} cannot be read ({reason}); give the path of the table"
        ) from None
    found = _cells(path, decoded(content))
    return found.with_columns(_typed(found[name]) for name in found.columns)


def _cells(path: Path, text: str) -> pl.DataFrame:
    """Return the cells of a CSV as text, empty ones missing; by the separator that gives the most columns."""
    width, rows = max((_rows(text, sign) for sign in SEPARATORS), key=lambda each: each[0])
    place = next((n for n, (_, row) in enumerate(rows) if len(row) == width), None)
    if place is None or width < 2:
        raise DataError(
            path,
            problem="is no table",
            allowed="headings in one line, and two columns or more, separated by semicolon, comma or tabulator",
            todo="Save it as CSV again.",
        )
    names = [cell.strip() or f"kolonne {n}" for n, cell in enumerate(rows[place][1], start=1)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DataError(
            path, line=rows[place][0], field="heading", value=twice[0], allowed="each heading once"
        )
    for line, row in rows[place + 1 :]:
        if any(cell.strip() for cell in row[width:]):
            raise DataError(
                path,
                line=line,
                problem=f"has {len(row)} cells",
                allowed=f"{width}, as many as headings",
            )
    data = [[*row[:width], *[""] * (width - len(row))] for _, row in rows[place + 1 :]]
    cells = pl.DataFrame(data, schema=dict.fromkeys(names, pl.String), orient="row")
    return cells.with_columns(pl.all().str.strip_chars().replace("", None))


def _rows(text: str, separator: str) -> tuple[int, list[tuple[int, list[str]]]]:
    """Return how many cells most lines have, and the lines that are not blank with their numbers."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for _, row in rows)
    return max(widths, key=lambda each: (widths[each], each), default=0), rows


def _typed(column: pl.Series) -> pl.Series:
    """Return a column of text as numbers where all that is not missing is one; else as it is."""
    signs = tables.read("ssb_tegn").filter(pl.col("mangler").cast(pl.String) == "ja")["merke"]
    plain = column.str.replace_all(SPACES, "").str.replace("^\u2212", "-")
    plain = (
        plain.to_frame()
        .select(pl.when(~pl.first().is_in(signs.implode())).then(pl.first()))
        .to_series()
    )
    known = plain.drop_nulls()
    if known.is_empty():
        return column
    if known.str.contains(WHOLE).all():
        return plain.cast(pl.Int64, strict=False) if known.str.len_chars().max() < 19 else column  # type: ignore[operator]
    if known.str.contains(POINT).all():
        return plain.cast(pl.Float64)
    if known.str.contains(COMMA).all():
        return plain.str.replace_all(".", "", literal=True).str.replace(",", ".").cast(pl.Float64)
    return column
