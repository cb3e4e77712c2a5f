"""A year begun: what is carried forward, the claims file proposed from the release's text, what must be looked up."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support import paths
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import DataError, UsageError, shown_path
from kommuneregnskap.support.files import replacing, writing
from kommuneregnskap.tables import units
from kommuneregnskap.tables.reader import content
from kommuneregnskap.verdicts.text import proposals
from kommuneregnskap.verdicts.text.readings import Read, read

INHABITANTS = "folkemengde"
CODES = (
    ("funksjon", "functions"),
    ("art", "arts"),
    ("kapittel", "chapters of the balance sheet"),
    ("sektor", "sectors"),
    ("kommune", "municipalities, with numbers and KOSTRA groups"),
)
LONGEST = 2_000_000  # signs of a release; what is longer is something else
FIRST_RELEASE = 2015  # of claims files


@dataclass(frozen=True)
class Begun:
    """What a new year has: files written, what is to be looked up (with the table it stands in), what was read."""

    year: int
    written: list[Path]
    look_up: list[tuple[str, str]]
    read: Read | None


def begin(year: int, text: Path | None) -> Begun:
    """Begin a year: carry codes and inhabitants forward, make its folder, propose its claims file from a text.

    Nothing that is there already is changed. text: the release as a plain text file, in UTF-8; None: no claims file.
    Raises UsageError where the tables are those of a wheel, for a year that cannot come next, and where the claims
    file exists; DataError for a text that cannot be read.
    """
    paths.refuse_shipped()
    known = tables.years_known()
    if not FIRST_RELEASE <= year <= known[-1] + 1:
        raise UsageError(
            f"YEAR is {year}; allowed: {FIRST_RELEASE} to {known[-1] + 1}, the year after the last that is known"
        )
    target = paths.claims(str(year))
    if text and target.exists():
        raise UsageError(
            f"{shown_path(target)} is there already; {typed(f'make claims YEAR={year}')} looks at it. Move it away to "
            "begin anew"
        )
    found = read(text_of(text), year) if text else None
    if found and not found.readings:
        raise DataError(
            str(text),
            problem="has no number that could be read",
            todo="Give the text of the release, in Norwegian.",
        )
    written = []
    if year > known[-1]:
        written.append(_carry_inhabitants(year))
    if known[0] <= year:
        folder = paths.raw() / str(year)
        if not folder.is_dir():
            with writing(folder):
                folder.mkdir(parents=True)
            written.append(folder)
    if found and text:
        source = f"KS' regnskapsundersøkelse {year} ({text.name})"
        rows = proposals.rows(found.readings, year, source, str(year + 1))
        _write(rows, target)
        written.append(target)
    return Begun(year, written, _look_up(year), found)


def text_of(path: Path) -> str:
    """Return a text file's content. Raises DataError where it is none, with what to do."""
    if not path.is_file():
        raise DataError(
            path, problem="is no file that can be read", todo="Name the text of the release: TEXT=omtale.txt",
        )  # fmt: skip
    data = content(path).data
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _no_text(path)
    if (
        "\x00" in text
        or len(text) > LONGEST
        or data.startswith((b"%PDF", b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf"))
    ):
        raise _no_text(path)
    return text


def _no_text(path: Path) -> DataError:
    return DataError(
        path, problem="is no plain text",
        todo="Copy the text of the page, PDF or Word file into a file that ends in .txt (UTF-8).",
    )  # fmt: skip


def _carry_inhabitants(year: int) -> Path:
    """Add the inhabitants of the last known date for the year, said to be carried forward; return the table's file."""
    file = tables.file_of(INHABITANTS)
    rows = tables.read(INHABITANTS).drop("linje")
    last = str(rows["dato"].max())
    carried = rows.filter(pl.col("dato") == last).with_columns(
        dato=pl.lit(units.population_date(year)), kilde=pl.lit(f"{units.CARRIED} {last}")
    )
    before = file.read_bytes()
    added = carried.write_csv(include_header=False)
    with writing(file), replacing(file) as part:
        part.write_bytes(before + (b"" if before.endswith(b"\n") else b"\n") + added.encode())
    return file


def _write(rows: pl.DataFrame, target: Path) -> None:
    """Write a claims file: decimals as printed."""
    shown = rows.with_columns(pl.col(pl.Enum).cast(pl.String))
    numbers = [
        pl.col(name).map_elements(_plain, return_dtype=pl.String)
        for name, kind in shown.schema.items()
        if kind == pl.Float64
    ]
    buffer = io.StringIO()
    shown.with_columns(numbers).write_csv(buffer)
    with writing(target), replacing(target) as part:
        part.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _look_up(year: int) -> list[tuple[str, str]]:
    """Return what has to be looked up for a year: what, and the table or folder where it goes."""
    todo: list[tuple[str, str]] = []
    since = units.carried(year)
    if since:
        date = units.population_date(year)
        what = f"inhabitants on {date}, SSB's table 07459: those of {since} stand in their place"
        todo.append((what, "data/codes/folkemengde.csv"))
    if tables.read("deflator").filter(pl.col("aar") == year).is_empty():
        what = f"the municipal deflator of {year}: growth at fixed prices is missing without it"
        todo.append((what, "data/codes/deflator.csv"))
    todo += [
        (f"{what}: {_changes(table, year)}", f"data/codes/{table}.csv") for table, what in CODES
    ]
    return [
        *todo,
        (
            f"accounts of {year}: {typed(f'make fetch YEAR={year}')}, or your own files",
            f"data/raw/{year}",
        ),
    ]


def _changes(table: str, year: int) -> str:
    """Say how many codes of a table begin with a year or ended before it."""
    rows = tables.read(table)
    new = rows.filter(pl.col("gyldig_fra") == year).height
    gone = rows.filter(pl.col("gyldig_til") == year - 1).height
    return f"{new} begin in {year}, {gone} ended in {year - 1}; see whether these are all"
