"""Errors in definitions, generated: every code, sign, limit and year of every row is dropped, added or turned.

Each is carried out in a copy of the tables and looked at on the unit that posts on every code (`every_code`): it is
seen where one of its numbers moves, or where the table is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.mutants import every_code
from kommuneregnskap.mutants.definitions import copied_tables
from kommuneregnskap.mutants.every_code import YEARS, Posted, Values
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import replacing
from kommuneregnskap.tables.codesets import WITHOUT, expand
from kommuneregnskap.tables.definitions import BALANCE, PERCENT, PERCENT_SIGN
from kommuneregnskap.tables.klass import SCOPES

FILE = "definisjonsmutanter.csv"
EVERY_CODE, TABLE = (
    "alle koder",
    "tabellen",
)  # the checks: numbers of the unit, and the reader of tables
OF_CODES = {"funksjoner": "funksjon", "arter": "art", "kapitler": "kapittel"}
OTHERS = {
    "regnskap": ("drift", "investering", BALANCE, "begrep", PERCENT),
    "omraader": ("ja", "nei"),
    "rangeres": ("ja", "nei"),
    "fortegn": ("1", "-1"),
    "enhet": ("1000 kr", PERCENT),
    "oppdeling": ("hoved", "alternativ", "fylke"),
    "omfang": ("", *SCOPES),
}
NAMED_BY = {
    "indicators": ("begrep", "ledd"),
    "tjenesteomraade": ("tjenesteomraade",),
    "fund_bands": ("baand",),
    "stoerrelsesgruppe": ("gruppe",),
    "art": ("art",),
    "funksjon": ("funksjon",),
    "kapittel": ("kapittel",),
}
AT_A_TIME = 40  # that a process is given
ROW = "raden"  # in the place of a column: the whole row is dropped
Row = Mapping[str, object]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Change:
    """A wrong cell of a table: where, what is put in its place, and the years in which it must be seen.

    linje: line in the file. rad: what names the row. kolonne: ROW where the row is dropped.
    """

    tabell: str
    linje: int
    rad: str
    kolonne: str
    til: str
    aar: tuple[int, ...]


def changes() -> list[Change]:
    """Return every error that is made, in the order of the tables. Raises DataError for a table that does not hold."""
    return [
        change
        for name in NAMED_BY
        for row in tables.read(name).cast({pl.Enum: pl.String}).iter_rows(named=True)
        for change in dict.fromkeys(_of_row(name, row))
    ]


def _of_row(name: str, row: Row) -> Iterator[Change]:
    years = _years(row)
    if name == "stoerrelsesgruppe" and row["oppdeling"] == "alternativ":
        return  # other divisions are made of the groups by name: their limits are used nowhere

    def change(column: str, to: str, *seen_in: int) -> Change:
        named = " ".join(str(row[part]) for part in NAMED_BY[name])
        return Change(name, int(str(row["linje"])), named, column, to, seen_in or years[-1:])

    yield change(ROW, "")
    if "gyldig_fra" in row:
        yield from (change(column, to, year) for column, to, year in _moved_years(row))
    for column in OF_CODES if name in ("indicators", "tjenesteomraade") else ():
        if row.get(column):
            yield from (change(column, to, year) for to, year in _codes(row, column, years))
            yield change(column, "")
    for column, allowed in OTHERS.items():
        if column in row:
            own = str(row[column] or "")
            yield from (change(column, to) for to in allowed if to != own)
    if row.get("begreper"):
        yield from (change("begreper", to) for to in _concepts(row, years[-1]))
    if name in ("fund_bands", "stoerrelsesgruppe"):
        yield from (change(column, to) for column, to in _limits(row))


def _years(row: Row) -> tuple[int, ...]:
    first = int(str(row.get("gyldig_fra") or YEARS[0]))
    last = int(str(row.get("gyldig_til") or YEARS[-1]))
    return tuple(year for year in YEARS if first <= year <= last)


def _moved_years(row: Row) -> Iterator[tuple[str, str, int]]:
    """Yield a year limit moved, dropped or set where there is none, with the year that it is wrong in."""
    first = int(str(row["gyldig_fra"]))
    yield "gyldig_fra", str(first + 1), first
    if first - 1 in YEARS:
        yield "gyldig_fra", str(first - 1), first - 1
    if row["gyldig_til"] is None:
        yield "gyldig_til", str(YEARS[-2]), YEARS[-1]
        return
    last = int(str(row["gyldig_til"]))
    yield "gyldig_til", "", last + 1
    if last > first:
        yield "gyldig_til", str(last - 1), last
    if last + 1 in YEARS:
        yield "gyldig_til", str(last + 1), last + 1


def _codes(row: Row, column: str, years: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield the set without each of its codes, and with each that stands beside it, and the last year of that code."""
    name, text = OF_CODES[column], str(row[column])
    inside: dict[str, int] = {}
    beside: dict[str, int] = {}
    for year in years:
        known = tables.valid(name, year)[name]
        own = set(expand(text, known, file=name, line=int(str(row["linje"])), field=column))
        inside |= dict.fromkeys(sorted(own), year)
        for one, other in pairwise(known):
            if (one in own) != (other in own):
                beside[other if one in own else one] = year
    yield from ((_without(text, code), year) for code, year in inside.items())
    yield from ((_with(text, code), year) for code, year in beside.items())


def _without(text: str, code: str) -> str:
    """Return a set of codes without one of them: `010..480 uten 298`."""
    included, sign, excluded = text.partition(WITHOUT)
    alone = included.split(", ")
    if code in alone:
        return ", ".join(part for part in alone if part != code) + sign + excluded
    return f"{text}, {code}" if sign else f"{text}{WITHOUT}{code}"


def _with(text: str, code: str) -> str:
    """Return a set of codes with one more."""
    included, sign, excluded = text.partition(WITHOUT)
    left = [part for part in excluded.split(", ") if part and part != code]
    added = included if code in excluded.split(", ") else f"{included}, {code}"
    return added + (sign + ", ".join(left) if left else "")


def _concepts(row: Row, year: int) -> Iterator[str]:
    """Yield other concepts in the place of those that a concept is made of, and a percentage turned."""
    known = tables.valid("indicators", year).cast({pl.Enum: pl.String})
    amounts = (
        known.filter(pl.col("regnskap") != PERCENT)["begrep"].unique(maintain_order=True).to_list()
    )
    parts = str(row["begreper"]).split(PERCENT_SIGN)
    for place, part in enumerate(parts):
        at = amounts.index(part)
        for other in {amounts[at - 1], amounts[(at + 1) % len(amounts)]} - {part}:
            yield PERCENT_SIGN.join([*parts[:place], other, *parts[place + 1 :]])
    if len(parts) > 1:
        yield PERCENT_SIGN.join(reversed(parts))


def _limits(row: Row) -> Iterator[tuple[str, str]]:
    """Yield a limit of a band or group moved, or dropped."""
    for column in ("fra", "til"):
        limit = row[column]
        if isinstance(limit, (int, float)):
            step = every_code.STEP if isinstance(limit, float) else 1
            yield from ((column, str(limit + each)) for each in (-step, step) if limit + each >= 0)
            yield column, ""


@dataclass(frozen=True)
class World:
    """The tables' copy that errors are made in, the unit that posts on every code, and its numbers unaltered."""

    folder: Path
    unit: Posted
    right: Mapping[int, Values]


@contextmanager
def world() -> Iterator[World]:
    """Copy the tables, for as long as the block lasts, and work out the unit's numbers of every year."""
    unit = every_code.posted(every_code.codes())
    right = {year: every_code.values(unit, year) for year in YEARS}
    with copied_tables() as folder:
        yield World(folder, unit, right)


def seen_by(change: Change, known: World) -> str:
    """Return the check that sees a change: TABLE, EVERY_CODE, or nothing where it survives."""
    path = tables.file_of(change.tabell)
    whole = path.read_bytes()
    path.write_bytes(_altered(pl.read_csv(whole, infer_schema=False), change))
    try:
        moved = any(every_code.values(known.unit, year) != known.right[year] for year in change.aar)
    except DataError:
        return TABLE
    finally:
        path.write_bytes(whole)
    return EVERY_CODE if moved else ""


def _altered(table: pl.DataFrame, change: Change) -> bytes:
    here = pl.int_range(2, pl.len() + 2) == change.linje
    if change.kolonne == ROW:
        changed = table.filter(~here)
    else:
        cell = pl.when(here).then(pl.lit(change.til)).otherwise(pl.col(change.kolonne))
        changed = table.with_columns(cell.alias(change.kolonne))
    return changed.write_csv().encode()


def carried_out(made: Sequence[Change]) -> list[str]:
    """Return which check sees each of some changes, as `seen_by`, in a copy of the tables of its own."""
    with world() as known:
        return [seen_by(change, known) for change in made]


def run(made: Sequence[Change], *, jobs: int = 2, progress: Progress | None = None) -> pl.DataFrame:
    """Carry out changes, `jobs` processes at a time.

    Out: tabell, rad, kolonne, til (what was put in the place), sett_av (the check that saw it; empty: it survived).
    """
    parts = [made[first : first + AT_A_TIME] for first in range(0, len(made), AT_A_TIME)]
    said: list[str] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            for part in pool.map(carried_out, parts):
                said += part
                if progress is not None:
                    progress(len(said), len(made))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    rows = [(each.tabell, each.rad, each.kolonne, each.til) for each in made]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("tabell", "rad", "kolonne", "til"), pl.String), orient="row"
    ).with_columns(sett_av=pl.Series(said, dtype=pl.String))


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return how many errors were made in each column of each table, and who saw them.

    found: of `run`. Out: tabell, kolonne, laget, sett_av_tabellen, sett_av_alle_koder, overlevde, overlevende
    (row and what was put there, `; ` between).
    """
    left = pl.col("sett_av") == ""
    named = pl.concat_str("rad", pl.lit(": "), "til").filter(left)
    return found.group_by("tabell", "kolonne", maintain_order=True).agg(
        laget=pl.len(),
        sett_av_tabellen=(pl.col("sett_av") == TABLE).sum(),
        sett_av_alle_koder=(pl.col("sett_av") == EVERY_CODE).sum(),
        overlevde=left.sum(),
        overlevende=named.str.join("; "),
    )


def complaints(found: pl.DataFrame) -> Iterator[str]:
    """Yield, a line each, the errors that survived, for the terminal. found: of `run`."""
    for tabell, rad, kolonne, til, _ in found.filter(pl.col("sett_av") == "").iter_rows():
        yield f"{tabell}.csv, {rad}: {kolonne} {til or 'dropped'!r} survived: no number of the unit moves"


def write(found: pl.DataFrame, folder: Path) -> Path:
    """Write the summary of what `run` found into a folder; return the file."""
    path = folder / FILE
    with replacing(path) as temporary:
        summary(found).write_csv(temporary)
    return path
