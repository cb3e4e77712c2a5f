"""A ledger as CSV, as a text: which files are one, their letters, separator, header and lines.

Which headings there may be, and what they mean, is a table: data/definitions/ledger_columns.csv.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.outside import refuse_large
from kommuneregnskap.tables.schemas.ledger import PASSED_OVER

NAME = "ledger_columns"
SEPARATORS = (";", "\t", ",")
TOLD_SEPARATOR = "sep="  # how a spreadsheet may say its separator, in a line before the header
RECORD_START = re.compile(rb"[0-9A-Z]{2}\d{4}[ 1-4]")
FIRST_LINE = re.compile(rb"[^\s][^\r\n]*")  # that is not blank
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
AMOUNT, PLACES, KINDS = "belop", ("funksjon", "kapittel"), ("art", "sektor")
BOTH_PLACES, BOTH_KINDS = "funksjon_kapittel", "art_sektor"
LINE, TEXT, PROBLEM = "linje", "record", "problem"
TOTAL = re.compile(
    r"\b(?:(?:del|total)?sum(?:mer|men)?|(?:sub)?total(?:t|en|sum)?|i alt|til ?sammen)\b",
    re.IGNORECASE,
)
# The codes without which a line is no entry: one of each.
CODES = (("region",), ("kontoklasse",), (BOTH_PLACES, *PLACES), (BOTH_KINDS, *KINDS))
MISREAD = "\u00c3"  # what most of the letters \u00e6\u00f8\u00e5 begin with where UTF-8 is read as Windows-1252


@dataclass(frozen=True)
class Header:
    """What the columns of a file are: the field of each (`felt`), and the unit of its amounts."""

    line: int
    separator: str
    fields: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Sheet:
    """The lines of a file: `cells`, a text column per field and linje; `odd`: linje, record, problem.

    blank: how many lines hold nothing; heading: how many stand up to the header, blank ones apart.
    """

    name: str
    header: Header
    cells: pl.DataFrame
    odd: pl.DataFrame
    blank: int
    heading: int


def is_ledger(name: str, content: bytes) -> bool:
    """Return whether a text is a ledger as CSV, and not records of fixed width: by its name and first line."""
    if not name.lower().removesuffix(".gz").endswith(".csv"):
        return False
    found = FIRST_LINE.search(content)
    first = found.group() if found else b""
    return not RECORD_START.match(first) and (
        any(sign.encode() in first for sign in SEPARATORS) or first[:2] in _UTF_16
    )


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(name: str, content: bytes) -> Sheet:
    """Return the lines of a ledger as CSV; blank ones are passed by.

    Odd are lines that have another number of fields than the header, and totals. Raises DataError for a
    header that does not tell what it must, and for text that is no CSV.
    """
    text = decoded(content)
    header = header_of(name, text)
    rows: list[list[str]] = []
    numbers: list[int] = []
    odd: list[tuple[int, str, str]] = []
    blank = before = 0
    for line, found in _rows(name, text, header.separator):
        if not any(cell.strip() for cell in found):
            blank += 1
            continue
        if line <= header.line:
            before += 1
            continue
        row = _of_width(found, len(header.fields))
        if len(row) != len(header.fields):
            problem = f"har {len(found)} felt, overskriften har {len(header.fields)}"
        elif total := _total(row, header.fields):
            problem = f"er en sumlinje (\u00ab{total.strip()}\u00bb)"
        else:
            rows.append(row)
            numbers.append(line)
            continue
        odd.append((line, header.separator.join(found), problem))
    columns = list(zip(*rows, strict=True)) or [()] * len(header.fields)
    cells = {
        field: pl.Series(field, column, dtype=pl.String)
        for field, column in zip(header.fields, columns, strict=True)
        if field != PASSED_OVER
    }
    return Sheet(
        name,
        header,
        pl.DataFrame([*cells.values(), pl.Series(LINE, numbers, dtype=pl.Int64)]),
        pl.DataFrame(
            odd, schema={LINE: pl.Int64, TEXT: pl.String, PROBLEM: pl.String}, orient="row"
        ),
        blank,
        before,
    )


def _total(row: list[str], fields: tuple[str, ...]) -> str:
    """Return what names a line as a total, "" for an entry.

    A total says so and lacks a code. An entry has its codes, whatever its text says (`Total E&P`).
    """
    told = next((cell for cell in row if TOTAL.search(cell)), "")
    if not told:
        return ""
    codes = {
        field
        for field, cell in zip(fields, row, strict=True)
        if cell.strip() and not TOTAL.search(cell)
    }
    return "" if all(codes.intersection(choice) for choice in CODES) else told


def _of_width(row: list[str], width: int) -> list[str]:
    """Return the row without the empty fields that a separator at the end of a line makes."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row


def decoded(content: bytes) -> str:
    """Return the text: UTF-8 or UTF-16 where it is, else Windows-1252, else ISO-8859-1."""
    if content[:2] in _UTF_16:
        return content.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _rows(
    name: str, text: str, separator: str, *, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a text with the numbers of the lines they begin on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    line = 1
    try:
        for row in reader:
            refuse_large(row)
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            name,
            line=line,
            problem=f"is no CSV ({error})",
            allowed="fields with the same separator; a field in quotes ends with one, and doubles those in it",
            todo="Mend the line, or export the file again.",
        ) from None


def header_of(name: str, text: str) -> Header:
    """Return what the first line that is not blank says of the columns.

    The separator is the one that gives the most known headings. Raises DataError for a heading that is
    not in the table, two columns of one field, a column that is lacking, and an amount without a unit.
    """
    table = tables.read(NAME)
    known = {
        row["overskrift"]: (str(row["felt"]), row["enhet"]) for row in table.iter_rows(named=True)
    }
    best: tuple[int, int, str, list[str]] | None = None
    for separator in SEPARATORS:
        for line, row in _rows(name, text, separator, strict=False):
            if not any(cell.strip() for cell in row) or row[0].lower().startswith(TOLD_SEPARATOR):
                continue
            hits = sum(heading(cell) in known for cell in row)
            if best is None or hits > best[0]:
                best = (hits, line, separator, row)
            break
    hits, line, separator, cells = best or (0, 1, SEPARATORS[0], [""])
    if not hits:
        raise DataError(
            name,
            line=line,
            problem=f"is no ledger: none of its headings is known ('{cells[0].strip()}')",
            allowed=f"the headings in {_table()}: {', '.join(_usual(table))}",
            todo="Remove it, or give it a header.",
        )
    next(at for at, _ in _rows(name, text, separator) if at >= line)  # it is sound CSV that far
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    for cell in cells:
        if heading(cell) not in known:
            _refuse_unknown(name, line, cell.strip(), table)
    found = [known[heading(cell)] for cell in cells]
    fields = tuple(field for field, _ in found)
    _refuse_twice(name, line, cells, fields)
    _refuse_lacking(name, line, fields)
    amount = fields.index(AMOUNT)
    unit = found[amount][1] or _unit_of_record(name, line, fields, cells[amount].strip())
    return Header(line, separator, fields, str(unit))


def heading(cell: str) -> str:
    """Return a heading as the table has it: small letters, æøå as ae, oe, aa, one underscore between words."""
    letters = unicodedata.normalize("NFC", cell).strip().lower().translate(LETTERS)
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def _refuse_unknown(name: str, line: int, cell: str, table: pl.DataFrame) -> None:
    if MISREAD in cell:
        raise DataError(
            name,
            line=line,
            problem=f"has letters that are not in one encoding ('{cell}')",
            allowed="UTF-8, UTF-16 or Windows-1252 in the whole file",
            todo="The file is UTF-8 but for a byte somewhere in it: export it again.",
        )
    raise DataError(
        name,
        line=line,
        problem=f"has an unknown heading ('{cell}')",
        allowed=f"the headings in {_table()}: {', '.join(_usual(table))}",
        todo="Rename the column, or give its heading a row there (utelatt: it is passed over).",
    )


def _refuse_twice(name: str, line: int, cells: list[str], fields: tuple[str, ...]) -> None:
    """Stop at two columns of one field; a code for both accounts is that of each of them."""
    alone = [(field,) for field in dict.fromkeys(fields) if field != PASSED_OVER]
    together = [
        (both, each)
        for both, apart in ((BOTH_PLACES, PLACES), (BOTH_KINDS, KINDS))
        for each in apart
    ]
    for same in (*alone, *(pair for pair in together if set(pair) <= set(fields))):
        again = [cell.strip() for cell, own in zip(cells, fields, strict=True) if own in same]
        if len(again) > 1:
            raise DataError(
                name,
                line=line,
                problem=f"has two columns for one field ({', '.join(map(repr, again))})",
                allowed=f"one column for {same[-1]}",
                todo="Take out the one that does not hold.",
            )


def _refuse_lacking(name: str, line: int, fields: tuple[str, ...]) -> None:
    for choice in (*CODES, (AMOUNT,)):
        if not any(field in choice for field in fields):
            raise DataError(
                name,
                line=line,
                problem=f"lacks a column ({' / '.join(choice)})",
                allowed=f"a heading of {_table()} for it",
                todo="Give every line the column, and the header its heading.",
            )


def _unit_of_record(name: str, line: int, fields: tuple[str, ...], cell: str) -> str:
    """Return 1000 kr for an amount without a unit among the record's own columns: such is the record."""
    if {"skjema", BOTH_PLACES, BOTH_KINDS} <= set(fields):
        return "1000 kr"
    raise DataError(
        name,
        line=line,
        problem=f"has amounts without a unit ('{cell}')",
        allowed="a heading that tells the unit: beløp i kroner, or beløp i 1000 kr",
        todo="Say in the header whether the amounts are kroner or 1000 kr.",
    )


def _table() -> str:
    return f"data/definitions/{NAME}.csv"


def _usual(table: pl.DataFrame) -> list[str]:
    """Return the first heading of each field that is read, and of each unit."""
    read_ = table.filter(pl.col("felt").cast(pl.String) != PASSED_OVER)
    return read_.unique(["felt", "enhet"], keep="first", maintain_order=True)[
        "overskrift"
    ].to_list()
