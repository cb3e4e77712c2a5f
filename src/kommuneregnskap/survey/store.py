"""Accounts as partitioned parquet, a year and a scope at a time, so that memory does not grow with the years.

A store is a folder or a prefix in object storage: `poster/aar=2024/regnskapsomfang=kasse/poster.parquet`, `balanse/…`
beside it and, once evaluated, `indikatorer/…`. Year and scope are what accounts are asked for and delivered anew by;
finer parts would be thousands of small files. Every row says in `regnskaper` whether the accounts are invented
(`syntetiske`) or delivered (`leverte`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import dataframely as dy
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sources.kostra.ledger import Ledger
from kommuneregnskap.sources.source import SCOPES
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import DataError, UsageError, shown_path
from kommuneregnskap.survey import object_storage
from kommuneregnskap.survey.accounts import Controlled, controlled
from kommuneregnskap.tables import frames
from kommuneregnskap.tables.hashes import definition_hashes
from kommuneregnskap.tables.register import WHOLE_UNIT

FRAMES: dict[str, type[dy.Schema]] = {
    "balanse": frames.Balanse,
    "poster": frames.Poster,
    "indikatorer": frames.Indikatorer,
}
KEYS = ("aar", "regnskapsomfang")  # in the address, not in the file
ACCOUNTS = "regnskaper"
DEFINITIONS = "definisjoner"  # a note: what the values were evaluated by
PAIR = "par"  # a note: which postings and which balance sheet were written together
WRITTEN = {
    "aar": pl.Int32,
    "enheter": pl.Int64,
    "rader": pl.Int64,
    "utelatt": pl.Int64,
    ACCOUNTS: pl.String,
}
Progress = Callable[[int], None]


def address(place: str, frame: str, year: int, scope: str) -> str:
    """Return where a store has a frame (`poster`, `balanse` or `indikatorer`) of a year and scope."""
    return f"{place}/{frame}/aar={year}/regnskapsomfang={scope}/{frame}.parquet"


def write(ledger: Ledger, year: int, target: str, *, scope: str, accounts: str) -> int:
    """Write the ledger of one year and scope into a store; return the number of rows.

    accounts: `leverte` or `syntetiske`. The same accounts give the same bytes. A year counts as written when its
    postings are there, and they come last; they and the balance sheet say in a note which belong together, so that a
    write that was broken off leaves the former year, the new one or a year that `scan` refuses. Raises UsageError
    for a target that is neither folder nor s3://, and as `object_storage.write`.
    """
    place = object_storage.checked(target, "TO")
    own = {
        name: _of(frame, name, year, scope)
        for name, frame in zip(("balanse", "poster"), pl.collect_all([ledger.balanse, ledger.poster]), strict=True)
    }  # fmt: skip
    notes = {ACCOUNTS: accounts, PAIR: _digest(own.values())}
    for name, frame in own.items():
        _write_part(frame, address(place, name, year, scope), notes)
    return sum(map(len, own.values()))


def _of(frame: pl.DataFrame, name: str, year: int, scope: str) -> pl.DataFrame:
    """Return the rows of a year and scope in the order of their keys, without those of the address."""
    keys = [key for key in FRAMES[name].primary_key() if key not in KEYS]
    return (
        frame.lazy()
        .filter((pl.col("aar") == year) & (pl.col("regnskapsomfang") == scope))
        .select(*keys, "belop")
        .sort(keys)
        .collect()
    )


def _write_part(frame: pl.DataFrame, file: str, notes: dict[str, str]) -> None:
    """Write a part; its notes are in the file, and the mark of its accounts in every row as well."""
    object_storage.write(frame.with_columns(pl.lit(notes[ACCOUNTS]).alias(ACCOUNTS)), file, notes)


def _digest(parts: Iterable[pl.DataFrame]) -> str:
    """Return the sha256 of frames by their content alone, however they lie in memory."""
    digest = hashlib.sha256()
    for part in parts:
        buffer = io.BytesIO()
        part.write_csv(buffer)
        digest.update(buffer.getbuffer())
    return digest.hexdigest()


def partition(
    folder: Path,
    years: Sequence[int],
    target: str,
    *,
    scope: str,
    accounts: str,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Read and control account files year by year and write what passes into a store.

    Out: `WRITTEN`, a row per year: aar, enheter (units written), rader (rows written), utelatt (units that the
    controls keep out, as from a report), regnskaper. Raises UsageError where no unit of a year passes, and as `write`
    and `accounts.control_years`.
    """
    object_storage.checked(target, "TO")
    rows = []
    for year, found in controlled(folder, years, scope, accounts):
        passed, stopped = _passed(found, folder)
        if passed.delivered.is_empty():
            raise UsageError(
                f"no unit has {scope} accounts of {year} in {shown_path(folder)} that pass the controls; "
                f"{typed(f'make validate YEAR={year}')} says why"
            )
        written = write(passed, year, target, scope=scope, accounts=accounts)
        rows.append((year, len(passed.delivered), written, stopped, accounts))
        if progress is not None:
            progress(year)
    return pl.DataFrame(rows, schema=WRITTEN, orient="row")


def _passed(found: Controlled, folder: Path) -> tuple[Ledger, int]:
    """Return the ledger of the units that the controls let through, and how many they keep out."""
    unknown = findings.unknown_units(found.kontroll)
    if len(unknown):
        raise findings.error_of(unknown.row(0, named=True), folder)
    stopped = findings.stopped(found.kontroll)["region"]
    whole = stopped.filter(stopped.str.ends_with(WHOLE_UNIT)).str.slice(0, 4)
    counts = ~pl.col("region").is_in(whole.to_list())
    return Ledger(
        found.poster.lazy().filter(counts),
        found.balanse.lazy().filter(counts),
        found.delivered.filter(counts),
    ), len(stopped)


def scan(
    source: str, years: Sequence[int], scope: str = SCOPES[0]
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return `poster` and `balanse` of the years asked for, lazily: `frames.Poster`, `frames.Balanse`, 1000 kr.

    Only what is asked for is opened: other years and scopes are not looked at, and a filter on `aar` leaves out what
    it does not need. Raises UsageError for a place that is no store and a year or scope that is not in it (naming
    those that are), DataError for parts that do not belong together, and as `object_storage.asking`.
    """
    place = _asked(source, years, scope)
    for year in years:
        _notes(place, year, scope)
    return _lazy(place, "poster", years, scope), _lazy(place, "balanse", years, scope)


def _asked(source: str, years: Sequence[int], scope: str) -> str:
    """Return a place that is read from, after seeing that what is asked for can be asked for."""
    if scope not in SCOPES:
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(SCOPES)}")
    if not years:
        raise UsageError("YEARS is empty; allowed: years such as 2024 or 2021-2024")
    return object_storage.checked(source, "FROM")


def accounts_of(source: str, year: int, scope: str) -> str:
    """Return whether the accounts of a year are `syntetiske` or `leverte`. Raises as `scan`."""
    return _notes(_asked(source, [year], scope), year, scope)[ACCOUNTS]


def _lazy(place: str, name: str, years: Sequence[int], scope: str) -> pl.LazyFrame:
    schema = FRAMES[name].create_empty().schema
    files = [address(place, name, year, scope) for year in years]
    return object_storage.scan(files, {key: schema[key] for key in KEYS}).select(list(schema))


def _notes(place: str, year: int, scope: str) -> dict[str, str]:
    """Return the notes of a year after seeing that it is there and whole."""
    poster, balanse = (
        object_storage.notes(address(place, name, year, scope)) for name in ("poster", "balanse")
    )
    if poster is None:
        raise UsageError(_not_there(place, year, scope))
    if balanse is None or PAIR not in poster or poster[PAIR] != balanse.get(PAIR):
        raise _broken(place, year, scope)
    return poster


def _broken(place: str, year: int, scope: str) -> DataError:
    return DataError(
        address(place, "poster", year, scope),
        problem="was not written together with a balance sheet beside it, or the write was broken off",
        todo=f"Write the year again: {_command(year, scope, place)}",
    )


def years_there(source: str, scope: str = SCOPES[0]) -> list[int]:
    """Return which of the years that the code tables know a store has of a scope. Raises as `object_storage.exists`."""
    place = object_storage.checked(source, "FROM")
    return [
        year
        for year in tables.years_known()
        if object_storage.exists(address(place, "poster", year, scope))
    ]


def _not_there(place: str, year: int, scope: str) -> str:
    there = years_there(place, scope)
    if there:
        said = f"has {scope} accounts of {', '.join(map(str, there))}"
    else:
        said = f"is no store, or has no {scope} accounts"
    return f"no {scope} accounts of {year} in {place}, which {said}. Write them: {_command(year, scope, place)}"


def _command(year: int, scope: str, place: str) -> str:
    return f"python -m kommuneregnskap partition --source … --years {year} --scope {scope} --to {place}"


def evaluate_years(
    source: str,
    years: Sequence[int],
    target: str,
    *,
    scope: str = SCOPES[0],
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Evaluate all definitions on a store, one year at a time, and write the values of each year into a store.

    The target may be the store itself. What is written are `frames.Indikatorer` (1000 kr, natural sign), read by
    `scan_indicators`, under the notes of the accounts they are made of. Out: `WRITTEN`, none left out. Raises as
    `scan` and `write`.
    """
    place, to = _asked(source, years, scope), object_storage.checked(target, "TO")
    rows = []
    for year in years:
        notes = _notes(place, year, scope)
        with object_storage.asking(place):
            poster, balanse = pl.collect_all(
                [_lazy(place, name, [year], scope) for name in ("poster", "balanse")]
            )
        own = _of(balanse, "balanse", year, scope), _of(poster, "poster", year, scope)
        if _digest(own) != notes[PAIR]:
            raise _broken(place, year, scope)
        found = evaluate.evaluate(poster.lazy(), balanse.lazy(), year)
        notes = notes | {DEFINITIONS: _definitions()}
        _write_part(found.drop(KEYS), address(to, "indikatorer", year, scope), notes)
        rows.append((year, found["region"].n_unique(), len(found), 0, notes[ACCOUNTS]))
        if progress is not None:
            progress(year)
    return pl.DataFrame(rows, schema=WRITTEN, orient="row")


def scan_indicators(source: str, years: Sequence[int], scope: str = SCOPES[0]) -> pl.LazyFrame:
    """Return the values of the years asked for, lazily: `frames.Indikatorer`.

    Raises UsageError for a year that was not evaluated, and DataError for one that was from other accounts than the
    store now has, or by other definitions than now.
    """
    place = _asked(source, years, scope)
    for year in years:
        _refuse_stale(place, year, scope)
    return _lazy(place, "indikatorer", years, scope)


def _refuse_stale(place: str, year: int, scope: str) -> None:
    file = address(place, "indikatorer", year, scope)
    own, accounts = (
        object_storage.notes(file),
        object_storage.notes(address(place, "poster", year, scope)),
    )
    again = f"python -m kommuneregnskap evaluate --years {year} --scope {scope} --from {place} --to {place}"
    if own is None:
        raise UsageError(
            f"no values of {year}, {scope}, in {place}. Evaluate the accounts: {again}"
        )
    if accounts is not None and accounts.get(PAIR) != own.get(PAIR):
        raise DataError(
            file,
            problem="was evaluated from other accounts than stand there now",
            todo=f"Evaluate them: {again}",
        )
    if own.get(DEFINITIONS) != _definitions():
        raise DataError(
            file,
            problem="was evaluated by other definitions than those of now",
            todo=f"Evaluate again: {again}",
        )


def _definitions() -> str:
    """Return the sha256 of the tables that values depend on."""
    return digest(definition_hashes())
