"""Codes and definitions: tables under data/, checked when read, valid in an accounting year."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import dataframely as dy
import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special
from kommuneregnskap.tables import plain_csv, reads
from kommuneregnskap.tables.schemas import (
    claims,
    codes,
    controls,
    demo,
    estimates,
    ledger,
    method,
    nonresponse,
    numbers,
    release,
    review,
    sections,
    sheets,
    statbank,
)
from kommuneregnskap.tables.schemas.columns import DEMO, YEAR_MAX, Table

ALLOWED_TABLES: dict[str, type[Table]] = (
    codes.TABLES
    | method.TABLES
    | controls.TABLES
    | ledger.TABLES
    | statbank.TABLES
    | claims.TABLES
    | numbers.TABLES
    | review.TABLES
    | release.TABLES
    | estimates.TABLES
    | nonresponse.TABLES
    | sheets.TABLES
    | sections.TABLES
)
DEMO_TABLES: dict[str, type[Table]] = dict(demo.TABLES)
KEPT = 512  # tables that are kept in memory, by content: those of several project folders
Asked = ParamSpec("Asked")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Content:
    """A file as it was read: the same as another where the bytes are, wherever they lie."""

    path: Path = field(compare=False)
    data: bytes


_HELD: ContextVar[dict[str, Content] | None] = ContextVar("held", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Take tables as they stand now for all that is computed inside: each is read once, however often asked for."""
    if _HELD.get() is not None:
        yield
        return
    token = _HELD.set({})
    try:
        yield
    finally:
        _HELD.reset(token)


def file_of(name: str) -> Path:
    """Return the file of table `name`."""
    return paths.data(ALLOWED_TABLES[name].folder, name)


def read(name: str) -> pl.DataFrame:
    """Return the whole table `name`, typed and checked.

    Columns: those of its schema in `schemas/`, `linje` (line in the file) first.
    Raises DataError with file, line, column, value and what is allowed.
    """
    return _parsed(_content_of(name), ALLOWED_TABLES[name]).clone()


def existing_file(name: str) -> Path:
    """Return the file of table `name`. Raises DataError where it is missing."""
    return _existing(file_of(name))


def read_demo(name: str) -> pl.DataFrame:
    """Return a table that the synthetic panel is built from, as `read` does."""
    return read_csv(_existing(paths.data(DEMO, name)), DEMO_TABLES[name])


def _existing(path: Path) -> Path:
    if not os.path.lexists(path):
        raise DataError(
            path, problem="the table is missing", todo="Restore it from the repository."
        )
    return path


def contents(*names: str) -> tuple[Content, ...]:
    """Return tables as they stand in their files now, for what is made of them and kept by `lru_cache`.

    Whoever keeps something names all the tables that it is made of. Raises DataError where one is missing.
    """
    return tuple(_content_of(name) for name in names)


def made_of(*names: str) -> Callable[[Callable[Asked, Made]], Callable[Asked, Made]]:
    """Have what a function makes of the tables `names` made once for its arguments, as long as these are the same.

    Names are of all the tables that it reads. Frames are handed out as copies; nobody changes anything else.
    """

    def keeping(make: Callable[Asked, Made]) -> Callable[Asked, Made]:
        @lru_cache(maxsize=KEPT)
        def kept(_read: tuple[Content, ...], *asked: Asked.args, **named: Asked.kwargs) -> Made:
            return make(*asked, **named)

        @wraps(make)
        def found(*asked: Asked.args, **named: Asked.kwargs) -> Made:
            made = kept(contents(*names), *asked, **named)  # type: ignore[arg-type]  # hashable, or it says so
            return cast("Made", made.clone()) if isinstance(made, pl.DataFrame) else made

        return found

    return keeping


def _content_of(name: str) -> Content:
    known = _HELD.get()
    if known is None:
        return content(existing_file(name))
    if name not in known:
        known[name] = content(existing_file(name))
    reads.note(known[name].path, known[name].data)
    return known[name]


def content(path: Path) -> Content:
    """Return a file as it stands now, or as it is `held`. Raises DataError where it cannot be read."""
    known = _HELD.get() if path.parent.name in reads.FOLDERS else None
    found = None if known is None else known.get(str(path))
    if found is None:
        try:
            refuse_special(path)
            found = Content(path, path.read_bytes())
        except OSError as error:
            raise plain_csv.unreadable(path, error.strerror or str(error)) from None
        if known is not None:
            known[str(path)] = found
    reads.note(path, found.data)
    return found


def valid(name: str, year: int) -> pl.DataFrame:
    """Return the rows of dated table `name` that hold in accounting year `year`.

    Columns: those of the schema without `gyldig_fra` and `gyldig_til`. Raises DataError as `read`.
    """
    return _valid(_content_of(name), ALLOWED_TABLES[name], year).clone()


@lru_cache(maxsize=KEPT)
def _valid(found: Content, schema: type[Table], year: int) -> pl.DataFrame:
    return (
        _parsed(found, schema)
        .filter(
            (pl.col("gyldig_fra") <= year)
            & (pl.col("gyldig_til").is_null() | (pl.col("gyldig_til") >= year))
        )
        .drop("gyldig_fra", "gyldig_til")
    )


def main_groups() -> pl.DataFrame:
    """Return the size groups that divide the municipalities, smallest first: columns of the table.

    Raises DataError where a group does not begin with the inhabitant after the last of the one before it.
    """
    groups = read("stoerrelsesgruppe").filter(pl.col("oppdeling").cast(pl.String) == "hoved")
    groups = groups.sort("rekkefoelge")
    refuse_gaps(groups, "stoerrelsesgruppe", step=1)
    return groups


def refuse_gaps(rows: pl.DataFrame, name: str, *, step: float) -> None:
    """Raise DataError where a row of table `name` does not begin (`fra`) `step` after the one before it ends (`til`).

    rows: in their order; the last one has no end.
    """
    begins = rows["fra"][1:].to_list()
    ends = rows["til"].to_list()
    for place, (begin, end) in enumerate(zip([*begins, None], ends, strict=True)):
        if begin != (None if end is None else end + step):
            raise DataError(
                file_of(name),
                line=rows["linje"][place],
                field="til",
                value=end,
                allowed="where the next row begins; nothing in the last",
                todo="Let each row begin where the one before it ends.",
            )


def read_csv(path: Path, schema: type[Table]) -> pl.DataFrame:
    """Return a CSV table checked against `schema`, with `linje` first.

    What was read before is not parsed again, whichever file the same bytes stood in; whoever changes the frame in
    place changes it for nobody else. Raises DataError for a file that is not UTF-8 or not CSV, a missing or unknown
    column, for the first cell that breaks a rule of the schema, and for two rows of one key in the same accounting
    year.
    """
    return checked(content(path), schema)


def checked(found: Content, schema: type[Table]) -> pl.DataFrame:
    """Return the table that a file held when it was read, as `read_csv`."""
    return _parsed(found, schema).clone()


@lru_cache(maxsize=KEPT)  # keeps no failure: what is refused is refused with the file's own name
def _parsed(found: Content, schema: type[Table]) -> pl.DataFrame:
    text = plain_csv.cells(found.path, found.data)
    expected = [name for name in schema.columns() if name != plain_csv.LINE]
    _check_header(found.path, text.columns[1:], expected)
    rows, failure = schema.filter(text.select(plain_csv.LINE, *expected), cast=True)
    if len(failure):
        raise _first_failure(found.path, schema, failure)
    if schema.key:
        _refuse_overlap(rows, schema.key, found.path)
    return rows


def _check_header(path: Path, found: list[str], expected: list[str]) -> None:
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    if missing or unknown:
        odd = (
            f"column {missing[0]!r} is missing" if missing else f"column {unknown[0]!r} is unknown"
        )
        raise DataError(
            path, line=1, problem=odd, allowed=",".join(expected), todo="Mend the header."
        )


def _first_failure(path: Path, schema: type[Table], failure: dy.FailureInfo) -> DataError:
    details = failure.details()
    rules = [name for name in details.columns if name not in schema.columns()]
    first = details.sort("linje").row(0, named=True)
    broken = next(name for name in rules if first[name] == "invalid")
    column, _, rule = broken.partition("|")
    todo = "Mend the cell."
    if rule:
        return DataError(
            path,
            line=int(first["linje"]),
            field=column,
            value=first[column],
            allowed=_allowed(schema, column, rule),
            todo=todo,
        )
    if broken == "primary_key":
        key = {name: first[name] for name in schema.primary_key()}
        return DataError(
            path,
            line=int(first["linje"]),
            field="key",
            value=key,
            allowed="each key once",
            todo=todo,
        )
    return DataError(
        path, line=int(first["linje"]), problem=f"the row breaks the rule {broken}", todo=todo
    )


def _allowed(schema: type[Table], column: str, rule: str) -> str:
    definition = schema.columns()[column]
    if isinstance(definition, dy.Enum):
        return " | ".join(definition.categories)
    if rule == "nullability":
        return "not empty"
    for name in ("regex", "is_in"):
        if getattr(definition, name, None) is not None:
            return f"{name} {getattr(definition, name)}"
    bounds = [
        f"{sign} {getattr(definition, name)}"
        for name, sign in (
            ("min", ">="),
            ("max", "<="),
            ("min_exclusive", ">"),
            ("min_length", "length >="),
        )
        if getattr(definition, name, None) is not None
    ]
    kind = type(definition).__name__
    return " and ".join([kind, *bounds])


def _refuse_overlap(table: pl.DataFrame, key: tuple[str, ...], path: Path) -> None:
    """No two rows of the same key may hold in the same year."""
    ordered = table.sort([*key, "gyldig_fra", "linje"]).with_columns(
        forrige_til=pl.col("gyldig_til").fill_null(YEAR_MAX).shift(1).over(key)
    )
    clash = ordered.filter(pl.col("forrige_til") >= pl.col("gyldig_fra"))
    if len(clash):
        row = clash.row(0, named=True)
        raise DataError(
            path,
            line=int(row["linje"]),
            field="+".join(key),
            value="+".join(str(row[name]) for name in key),
            allowed="one row per accounting year",
            todo="Close the former row (gyldig_til) or delete one of them.",
        )


def years_known() -> list[int]:
    """Return the accounting years that the code tables cover, from the first to the last known.

    The last year is the one whose inhabitants (1 January the year after) are known.
    """
    first = int(read("funksjon")["gyldig_fra"].min())  # type: ignore[arg-type]
    last = int(max(read("folkemengde")["dato"])[:4]) - 1
    return list(range(first, last + 1))
