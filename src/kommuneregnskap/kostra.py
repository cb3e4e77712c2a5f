"""The 48-character KOSTRA account record: read, checked, written.

Source of the layout: Statistics Norway's control program for account files (kontrollprogram,
commit f56a0de5, in force for accounting year 2024). Fixed width, one record a line, ISO-8859-1,
blank-filled, no tabs; amounts in 1000 kr, right-aligned, the minus sign directly before the digits.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.errors import DataError

RECORD_LENGTH = 48
MAX_UNPACKED_BYTES = (
    2_000_000_000  # a national year of records is about 26 MB; far more is no account file
)
AMOUNT_WIDTH = 9


@dataclass(frozen=True)
class Field:
    """One field of the record: position (0-based), length, the pattern it must match, in words."""

    name: str
    start: int
    length: int
    pattern: str
    allowed: str


# skjema and kontoklasse are checked against data/codes/skjema.csv by the ledger.
FIELDS = (
    Field("skjema", 0, 2, r"^[0-9A-Z]{2}$", "two capital letters or digits, such as 0A"),
    Field("aar", 2, 4, r"^\d{4}$", "four digits"),
    Field("kvartal", 6, 1, r"^[ 1-4]$", "blank for the year, or 1-4"),
    Field("region", 7, 6, r"^\d{6}$", "six digits: municipality or county number and 00"),
    Field("orgnr", 13, 9, r"^(?: {9}|\d{9})$", "nine digits or blank"),
    Field("foretaksnr", 22, 9, r"^(?: {9}|\d{9})$", "nine digits or blank"),
    Field("kontoklasse", 31, 1, r"^\d$", "one digit"),
    Field("funksjon_kapittel", 32, 4, r"^(?:\d{2}  |\d{3} |\d{4})$", "2-4 digits, left-aligned"),
    Field("art_sektor", 36, 3, r"^(?:\d{3}|   )$", "three digits with leading zeros"),
    Field(
        "belop", 39, AMOUNT_WIDTH, r"^ *-?\d+$", "whole 1000 kr, right-aligned, minus before digits"
    ),
)
TEXT_FIELDS = tuple(field.name for field in FIELDS if field.name not in ("aar", "belop"))
RECORD_SCHEMA: dict[str, type[pl.DataType]] = {
    field.name: pl.Int32
    if field.name == "aar"
    else pl.Int64
    if field.name == "belop"
    else pl.String
    for field in FIELDS
}


def read_records(paths: Iterable[Path], *, passing_over: Collection[str] = ()) -> pl.LazyFrame:
    """Return the records of KOSTRA files, in the order of the files and lines.

    `passing_over`: forms that are not asked for; their lines are skipped unread.

    Reads plain text, `.gz` and `.zip` (every member). Columns: those of `RECORD_SCHEMA` with blanks
    stripped and `belop` in 1000 kr with the sign of the file, then `fil` (where it was read) and
    `linje` (line number in it, from 1).

    Raises DataError with file, line, field, value and what is allowed at the first line that is no
    record; a file without any record is an error as well.
    """
    contents = [pair for path in paths for pair in _contents(path)]
    if not contents:
        return pl.LazyFrame(schema={**RECORD_SCHEMA, "fil": pl.String, "linje": pl.Int64})
    return _parse(contents, passing_over)


def first_year(path: Path) -> int:
    """Return the accounting year of the first record of a file. Raises DataError as `read_records`."""
    for name, content in _contents(path, limit=RECORD_LENGTH * 4):
        first = content.lstrip(b"\r\n").split(b"\n", 1)[0]
        return int(_parse([(name, first)], ()).collect()["aar"][0])
    raise DataError(path, problem="the file holds no records", todo="Remove the file.")


def _contents(path: Path, limit: int | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each text file in `path`; `limit` reads only the beginning."""
    size = MAX_UNPACKED_BYTES if limit is None else limit
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                for member in sorted(archive.namelist()):
                    if not member.endswith("/"):
                        with archive.open(member) as stream:
                            yield f"{path}!{member}", _bounded(stream, size, path, limit)
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                yield str(path), _bounded(stream, size, path, limit)
        else:
            with path.open("rb") as stream:
                yield str(path), _bounded(stream, size, path, limit)
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError) as error:
        raise DataError(
            path, problem=f"cannot be read ({error})", todo="Deliver it again."
        ) from None


def _bounded(stream: object, size: int, path: Path, limit: int | None) -> bytes:
    content: bytes = stream.read(size + 1)  # type: ignore[attr-defined]
    if limit is None and len(content) > size:
        raise DataError(
            path, problem=f"unpacks to more than {size} bytes", todo="Check what the file is."
        )
    return content[:size]


def _parse(contents: list[tuple[str, bytes]], passing_over: Collection[str]) -> pl.LazyFrame:
    """Return the typed records of texts, each given with its name."""
    lines = _lines(contents)
    if passing_over:
        form = pl.col("record").str.slice(FIELDS[0].start, FIELDS[0].length)
        lines = lines.filter(~form.is_in(list(passing_over)))
    _check(lines)
    return lines.lazy().select(*(_value(field) for field in FIELDS), "fil", "linje")


def _value(field: Field) -> pl.Expr:
    text = pl.col("record").str.slice(field.start, field.length).str.strip_chars(" ")
    kind = RECORD_SCHEMA[field.name]
    return (text if kind is pl.String else text.cast(kind)).alias(field.name)


def _lines(contents: list[tuple[str, bytes]]) -> pl.DataFrame:
    """Return one row per line that is not empty: record, fil, linje (its number in the file, from 1).

    All texts are split in one pass: a national year is hundreds of small files.
    """
    texts = [_ended(content) for _, content in contents]
    counts = [text.count(b"\n") for text in texts]
    starts = pl.Series(counts, dtype=pl.Int64).cum_sum() - pl.Series(counts, dtype=pl.Int64)
    place = pl.int_range(len(texts), eager=True).repeat_by(pl.Series(counts)).explode().drop_nulls()
    names = pl.Series([name for name, _ in contents])
    text = b"".join(texts)
    # ISO-8859-1 has one character per byte, so positions stay right whatever letters stand in a field.
    rows = pl.read_csv(
        io.BytesIO(text if text.isascii() else text.decode("latin-1").encode("utf-8")),
        has_header=False,
        new_columns=["record"],
        schema={"record": pl.String},
        separator="\x1f",
        quote_char=None,
        eol_char="\n",
        truncate_ragged_lines=True,
    )
    frame = rows.select(
        pl.col("record").str.strip_suffix("\r").fill_null(""),
        names.gather(place).alias("fil"),
        (pl.int_range(1, len(rows) + 1, eager=True) - starts.gather(place)).alias("linje"),
    ).filter(pl.col("record") != "")
    filled = set(frame["fil"].unique())
    empty = [name for name, _ in contents if name not in filled]
    if empty:
        raise DataError(empty[0], problem="the file holds no records", todo="Remove or replace it.")
    return frame


def _ended(content: bytes) -> bytes:
    """Return the text with a line end after its last line."""
    return content if content.endswith(b"\n") else content + b"\n"


def _check(lines: pl.DataFrame) -> None:
    """Stop at the first line that is not a record."""
    length = pl.col("record").str.len_chars()
    odd = lines.filter(
        (length != RECORD_LENGTH) | pl.col("record").str.contains(r"[\t\x00\r\x1f]")
    ).head(1)
    if len(odd):
        record, name, line = odd.row(0)
        raise _odd_line(name, line, record)
    good = [
        pl.col("record")
        .str.slice(field.start, field.length)
        .str.contains(field.pattern)
        .alias(field.name)
        for field in FIELDS
    ]
    checked = lines.lazy().select("fil", "linje", "record", *good)
    broken = checked.filter(~pl.all_horizontal([field.name for field in FIELDS])).head(1).collect()
    if len(broken):
        row = broken.row(0, named=True)
        field = next(field for field in FIELDS if not row[field.name])
        raise DataError(
            row["fil"],
            line=row["linje"],
            field=field.name,
            value=row["record"][field.start : field.start + field.length],
            allowed=field.allowed,
            todo="Correct the record and deliver the file again.",
        )


def _odd_line(name: str, line: int, record: str) -> DataError:
    todo = "A KOSTRA record has fixed positions; correct the line and deliver the file again."
    for mark, what in (("\t", "a tab"), ("\x00", "a NUL byte"), ("\r", "a lone carriage return")):
        if mark in record:
            return DataError(
                name,
                line=line,
                problem=f"the line holds {what}",
                allowed="48 characters",
                todo=todo,
            )
    return DataError(
        name,
        line=line,
        problem=f"the line has {len(record)} characters ({record[:60]!r})",
        allowed=f"{RECORD_LENGTH} characters",
        todo=todo,
    )


def format_records(records: pl.DataFrame) -> pl.Series:
    """Return the records as text lines of 48 characters (without line ends).

    `records`: columns of `RECORD_SCHEMA` (others are ignored), text as in the code lists, `belop` in
    1000 kr. Raises DataError for a value that does not fit its field.
    """
    texts = [_padded(field) for field in FIELDS]
    wide = records.filter(
        pl.any_horizontal(
            pl.col(field.name).cast(pl.String).str.len_chars() > field.length for field in FIELDS
        )
    )
    if len(wide):
        raise DataError("record", problem=f"a value does not fit its field: {wide.row(0)}")
    return records.select(pl.concat_str(texts).alias("record"))["record"]


def _padded(field: Field) -> pl.Expr:
    text = pl.col(field.name).cast(pl.String)
    return (
        text.str.pad_start(field.length, " ")
        if field.name == "belop"
        else text.str.pad_end(field.length, " ")
    )


def write_records(records: pl.DataFrame, path: Path) -> None:
    """Write records as a KOSTRA file (plain, or packed when `path` ends in `.gz`); read gives them back.

    `records` as in `format_records`. Written under a temporary name and renamed.
    """
    lines = format_records(records).to_frame()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    lines.write_csv(temporary, include_header=False, quote_style="never", separator="\x1f")
    if path.suffix.lower() == ".gz":
        temporary.write_bytes(gzip.compress(temporary.read_bytes(), mtime=0))
    temporary.replace(path)
