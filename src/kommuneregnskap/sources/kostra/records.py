"""The 48-character KOSTRA account record: read, checked, written.

Source of the layout: Statistics Norway's control program for account files (kontrollprogram,
commit f56a0de5, in force for accounting year 2024). Fixed width, one record a line, ISO-8859-1,
blank-filled, no tabs; amounts in 1000 kr, right-aligned, the minus sign directly before the digits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.kostra.files import Content, read_contents
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import packed, replacing

RECORD_LENGTH = 48
AMOUNT_WIDTH = 9
SEPARATOR = b"\x1f"
# What UTF-8 looks like when it is read as ISO-8859-1.
BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf"
TWO_BYTE_LETTER = "[\u00c2\u00c3][\u0080-\u00bf]"
CONTROL_CHARACTER = "[\x00-\x1f\x7f]"
PLAIN = bytes(range(ord(" "), ord("~") + 1)) + b"\r\n"
LINE_SCHEMA: dict[str, type[pl.DataType]] = {
    "record": pl.String,
    "fil": pl.String,
    "linje": pl.Int64,
}


# A line that could be meant as a record: a form and a year, whatever a program has put before or between them.
RECORD_BEGINS = re.compile(rb"(?:^|[\r\n])(?:\xef\xbb\xbf)?[ \t\"']*[0-9A-Z]{2}[ \t;,]*\d{4}")
NO_RECORDS = (
    "holds no line that begins as a record",
    "Take it out of the folder if it holds no accounts, or deliver the accounts again.",
)
AS_CSV = "Save the ledger as CSV, or deliver the account file itself."
AS_TEXT = "Deliver the account file itself, as text."
# What people and programs put in the place of an account file, by the first bytes.
OTHER_KINDS: dict[tuple[bytes, ...], tuple[str, str]] = {
    (b"PK\x03\x04",): ("is a spreadsheet or another packed document", AS_CSV),
    (b"\xd0\xcf\x11\xe0",): ("is a spreadsheet or document of an old kind", AS_CSV),
    (b"PAR1",): ("is a parquet file", AS_CSV),
    (b"%PDF",): ("is a PDF", AS_TEXT),
    (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"): ("is a picture", AS_TEXT),
    (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!"): (
        "is an archive of another name or kind",
        "Name it .gz, or pack the account files as .zip.",
    ),
    (b"\xff\xfe", b"\xfe\xff", b"0\x00", b"\x000"): (
        "is text in UTF-16",
        "Save it in ISO-8859-1, one byte for each character.",
    ),
    (b"<",): ("is a web page or another text with markup", AS_TEXT),
}


@dataclass(frozen=True)
class Field:
    """One field of the record: position (0-based), length, the pattern it must match, in words."""

    name: str
    start: int
    length: int
    pattern: str
    allowed: str


# What a value may be beyond its shape is for the controls: data/definitions/controls.csv.
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
HEAD, CODE = FIELDS[:7], FIELDS[7:9]  # what stands side by side before the amount
TEXT_FIELDS = tuple(field.name for field in FIELDS if field.name not in ("aar", "belop"))
RECORD_SCHEMA: dict[str, type[pl.DataType]] = {
    field.name: pl.Int32
    if field.name == "aar"
    else pl.Int64
    if field.name == "belop"
    else pl.String
    for field in FIELDS
}


def read_records(paths: Iterable[Path]) -> pl.LazyFrame:
    """Return the records of KOSTRA files, in the order of the files and lines, or stop.

    Reads plain text, `.gz` and `.zip` (every member). Columns: those of `RECORD_SCHEMA` with blanks
    stripped and `belop` in 1000 kr with the sign of the file, then `fil` (where it was read) and
    `linje` (line number in it, from 1).

    Raises DataError with file, line, field, value and what is allowed at the first line that is no
    record; a file without any record is an error as well. A delivery that is to be controlled as a
    whole goes through `read_lines` and `cut` instead.
    """
    lines, problems = read_lines(paths)
    if problems:
        raise problems[0]
    _check(lines)
    values = [
        pl.col(name).cast(kind) if kind is not pl.String else pl.col(name).str.strip_chars(" ")
        for name, kind in RECORD_SCHEMA.items()
    ]
    return cut(lines).typed().lazy().select(*values, "fil", "linje")


def read_lines(paths: Iterable[Path]) -> tuple[pl.DataFrame, list[DataError]]:
    """Return all lines that are not empty, and the files that hold none or cannot be read.

    Columns: record (the line without its end), fil, linje (its number in the file, from 1).
    """
    contents, problems = read_contents(paths)
    sound, others = apart(contents)
    return lines_of(sound, [lines_in(text) for _, text in sound]), problems + others


def apart(contents: list[Content]) -> tuple[list[Content], list[DataError]]:
    """Return the texts that hold records, sound or not, and for each of the others what it is instead."""
    others = {name: _refused(name, content) for name, content in contents}
    sound = [each for each in contents if others[each[0]] is None]
    return sound, [error for error in others.values() if error is not None]


def _refused(name: str, content: bytes) -> DataError | None:
    """Return the error of a text without a single line that begins as a record does; None where there is one."""
    if RECORD_BEGINS.search(content):
        return None
    problem, todo = next(
        (said for signs, said in OTHER_KINDS.items() if content.startswith(signs)), NO_RECORDS
    )
    if not content.strip():
        problem, todo = "the file holds no records", "Remove or replace it."
    return DataError(
        name,
        problem=problem,
        allowed="lines of 48 characters that begin with the form and the year, or a ledger as CSV",
        todo=todo,
    )


def lines_of(contents: list[Content], lengths: list[int]) -> pl.DataFrame:
    """Return the lines of texts that are not empty: LINE_SCHEMA. lengths: how many each text has (`lines_in`)."""
    return _lines(contents, lengths) if contents else pl.DataFrame(schema=LINE_SCHEMA)


def lines_in(content: bytes) -> int:
    """Return how many lines a text has, empty ones among them."""
    return _ended(content).count(b"\n") if content else 0


def years_in(content: bytes) -> frozenset[int]:
    """Return the accounting years that the lines of 48 characters of a text tell."""
    field = next(field for field in FIELDS if field.name == "aar")
    told = {
        line[field.start : field.start + field.length]
        for line in content.splitlines()
        if len(line) == RECORD_LENGTH
    }
    return frozenset(int(year) for year in told if year.isdigit())


def _lines(contents: list[Content], lengths: list[int]) -> pl.DataFrame:
    """Split all texts in one pass: a national year is hundreds of small files."""
    texts = [_ended(content) for _, content in contents]
    counts = pl.Series(lengths, dtype=pl.Int64)
    starts = counts.cum_sum() - counts
    place = pl.int_range(len(texts), eager=True).repeat_by(counts).explode().drop_nulls()
    names = pl.Series([name for name, _ in contents], dtype=pl.String)
    # The separator is no character of any record; where a file holds it, it becomes another one
    # that is refused as well, so that nothing behind it is cut off unseen.
    text = b"".join(texts).replace(SEPARATOR, b"\x01")
    # ISO-8859-1 has one character per byte, so positions stay right whatever letters stand in a field.
    rows = pl.read_csv(
        io.BytesIO(text if text.isascii() else text.decode("latin-1").encode("utf-8")),
        has_header=False,
        new_columns=["record"],
        schema={"record": pl.String},
        separator=SEPARATOR.decode(),
        quote_char=None,
        eol_char="\n",
    )
    return rows.select(
        # A text that was converted twice on its way ends its lines with more than one of them.
        pl.col("record").str.strip_chars_end("\r").fill_null(""),
        names.gather(place).alias("fil"),
        (pl.int_range(1, len(rows) + 1, eager=True) - starts.gather(place)).alias("linje"),
    ).filter(pl.col("record") != "")


def _ended(content: bytes) -> bytes:
    """Return the text with a line end after its last line."""
    return content if content.endswith(b"\n") else content + b"\n"


def is_plain(content: bytes) -> bool:
    """Return whether all of a text is characters of ASCII that are seen, blanks and ends of lines."""
    returns_within = content.count(b"\r") - content.count(b"\r\n")
    return not returns_within and not content.translate(None, PLAIN)


def odd_lines(lines: pl.DataFrame, *, plain: bool = False) -> pl.DataFrame:
    """Return the lines that are no record by their shape: columns of the lines and `problem`.

    A record has 48 characters, none of them a tab or another control character. plain: the texts that they are from
    are known to hold none (`is_plain`).
    """
    record = pl.col("record")
    length = record.str.len_chars()
    unlike = length != RECORD_LENGTH
    if not plain:
        unlike |= record.str.contains(CONTROL_CHARACTER) | record.str.starts_with(BYTE_ORDER_MARK)
    found = (
        pl.when(record.str.contains("\t", literal=True))
        .then(pl.lit("holds a tab"))
        .when(record.str.contains("\x00", literal=True))
        .then(pl.lit("holds a NUL byte"))
        .when(record.str.contains("\r", literal=True))
        .then(pl.lit("holds a lone carriage return"))
        .when(record.str.starts_with(BYTE_ORDER_MARK))
        .then(pl.lit("begins with a UTF-8 byte-order mark"))
        .when((length != RECORD_LENGTH) & record.str.contains(TWO_BYTE_LETTER))
        .then(pl.format("has {} characters and looks like UTF-8", length))
        .when(length != RECORD_LENGTH)
        .then(pl.format("has {} characters", length))
        .when(record.str.contains(CONTROL_CHARACTER))
        .then(pl.lit("holds a control character"))
    )
    # Few lines are odd, if any: what is odd about them is only asked of those.
    return lines.filter(unlike).with_columns(problem=found)


@dataclass(frozen=True)
class Cut:
    """Lines of 48 characters, cut into fields: what many have in common stands once.

    heads: the fields from form to account class, a row for all lines that begin alike. codes: function or chapter, and
    art or sector, a row for all lines that have the same. lines: head and code (rows of these), belop (Int64 in 1000
    kr, null where the text is no amount), belop_tekst, fil, linje. Texts are without trailing blanks.
    """

    heads: pl.DataFrame
    codes: pl.DataFrame
    lines: pl.DataFrame

    def typed(self) -> pl.DataFrame:
        """Return the fields of the lines: those of FIELDS as text, but `belop`; then belop_tekst, fil and linje."""
        return pl.concat(
            [
                self.heads[self.lines["head"]],
                self.codes[self.lines["code"]],
                self.lines.drop("head", "code"),
            ],
            how="horizontal",
        )


def cut(lines: pl.DataFrame) -> Cut:
    """Cut lines of 48 characters (LINE_SCHEMA) into fields, whatever they hold."""
    amount = _text(FIELDS[-1])
    number = amount.str.strip_chars(" ").cast(pl.Int64, strict=False)
    found = (
        lines.lazy()
        .select(
            _span(HEAD).alias("head"),
            _span(CODE).alias("code"),
            pl.when(amount.str.contains(FIELDS[-1].pattern)).then(number).alias("belop"),
            amount.alias("belop_tekst"),
            "fil",
            "linje",
        )
        .collect()
    )
    heads, codes = (found[name].unique() for name in ("head", "code"))
    places = [
        found[each.name].cast(pl.Enum(each)).to_physical().cast(pl.UInt32)
        for each in (heads, codes)
    ]
    return Cut(_fields(heads, HEAD), _fields(codes, CODE), found.with_columns(*places).rechunk())


def _span(fields: tuple[Field, ...]) -> pl.Expr:
    """Return the text of fields that stand side by side."""
    last = fields[-1]
    return pl.col("record").str.slice(fields[0].start, last.start + last.length - fields[0].start)


def _fields(texts: pl.Series, fields: tuple[Field, ...]) -> pl.DataFrame:
    """Cut texts of fields that stand side by side."""
    return pl.DataFrame(
        {
            field.name: texts.str.slice(
                field.start - fields[0].start, field.length
            ).str.strip_chars_end(" ")
            for field in fields
        }
    )


def _text(field: Field) -> pl.Expr:
    return pl.col("record").str.slice(field.start, field.length)


def _check(lines: pl.DataFrame) -> None:
    """Stop at the first line that is not a record."""
    odd = odd_lines(lines).head(1)
    if len(odd):
        raise odd_line(odd.row(0, named=True))
    good = [_text(field).str.contains(field.pattern).alias(field.name) for field in FIELDS]
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


def odd_line(row: Mapping[str, object]) -> DataError:
    """Return the error of a row of `odd_lines`."""
    shown = str(row["record"])[:60]
    return DataError(
        str(row["fil"]),
        line=int(str(row["linje"])),
        problem=f"the line {row['problem']} ({shown!r})",
        allowed=f"{RECORD_LENGTH} characters of ISO-8859-1, no tab",
        todo="A KOSTRA record has fixed positions; correct the line and deliver the file again.",
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
    with replacing(path) as temporary:
        lines.write_csv(
            temporary, include_header=False, quote_style="never", separator=SEPARATOR.decode()
        )
        if path.suffix.lower() == ".gz":
            temporary.write_bytes(packed(temporary.read_bytes()))
