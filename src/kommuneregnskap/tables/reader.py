"""Codes and definitions: tables under data/, checked when read, valid in an accounting year."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import dataframely as dy
import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables.schemas import (
    claims,
    controls,
    estimates,
    ledger,
    nonresponse,
    review,
    sheets,
    statbank,
)
from kommuneregnskap.tables.schemas import columns as schemas

# What identifies a row within one accounting year, for tables whose rows have a validity.
KEYS: dict[str, tuple[str, ...]] = {
    "funksjon": ("funksjon",),
    "art": ("art",),
    "kapittel": ("kapittel",),
    "sektor": ("sektor",),
    "kommune": ("kommunenummer",),
    "fylke": ("fylkesnummer",),
    "saerregion": ("region",),
    "tjenesteomraade": ("tjenesteomraade",),
    "controls": ("kontroll", "ledd"),
    "indicators": ("begrep", "ledd"),
}
# The same for tables that the evaluation of account files does not depend on.
SOURCE_KEYS: dict[str, tuple[str, ...]] = {
    "statbank": ("begrep", "regnskapsomfang", "omraader", "ledd"),
}
ALLOWED_TABLES = (
    schemas.ALLOWED_TABLES
    | controls.TABLES
    | ledger.TABLES
    | statbank.TABLES
    | claims.TABLES
    | review.TABLES
    | estimates.TABLES
    | nonresponse.TABLES
    | sheets.TABLES
)
DEFINITIONS = (
    "tjenesteomraade",
    "indicators",
    "controls",
    "corrections",
    "fund_bands",
    "headlines",
    "assumptions",
    "alternatives",
    "combinations",
    "qualifiers",
    "statbank",
    "statbank_areas",
    "statbank_limits",
    "series",
    "definisjonskort",
    "mutants",
    "identities",
    "concept_numbers",
    "concept_tests",
    "exemptions",
    "estimators",
    "quantities",
    "estimation_rules",
    "response_mechanisms",
    "utregning",
    "ordvalg",
    "pressemelding",
    *ledger.TABLES,
    *nonresponse.TABLES,
    *sheets.TABLES,
)
CLAIMS = ("arithmetic", "restatements")


def file_of(name: str) -> Path:
    """Return the file of table `name`."""
    if name in DEFINITIONS:
        return paths.definitions(name)
    return paths.claims(name) if name in CLAIMS else paths.codes(name)


def read(name: str) -> pl.DataFrame:
    """Return the whole table `name`, typed and checked.

    Columns: those of its schema in `schemas.py`, `linje` (line in the file) first.
    Raises DataError with file, line, column, value and what is allowed.
    """
    path = existing_file(name)
    return _read_once(name, path, path.stat().st_mtime_ns)


def existing_file(name: str) -> Path:
    """Return the file of table `name`. Raises DataError where it is missing."""
    path = file_of(name)
    if not path.is_file():
        raise DataError(
            path, problem="the table is missing", todo="Restore it from the repository."
        )
    return path


@lru_cache(maxsize=128)
def _read_once(name: str, path: Path, _modified: int) -> pl.DataFrame:
    table = read_csv(path, ALLOWED_TABLES[name])
    key = (KEYS | SOURCE_KEYS).get(name)
    if key is not None:
        _refuse_overlap(table, key, path)
    return table


def valid(name: str, year: int) -> pl.DataFrame:
    """Return the rows of dated table `name` that hold in accounting year `year`.

    Columns: those of the schema without `gyldig_fra` and `gyldig_til`. Raises DataError as `read`.
    """
    return (
        read(name)
        .filter(
            (pl.col("gyldig_fra") <= year)
            & (pl.col("gyldig_til").is_null() | (pl.col("gyldig_til") >= year))
        )
        .drop("gyldig_fra", "gyldig_til")
    )


def main_groups() -> pl.DataFrame:
    """Return the size groups that divide the municipalities, smallest first: columns of the table."""
    groups = read("stoerrelsesgruppe").filter(pl.col("oppdeling").cast(pl.String) == "hoved")
    return groups.sort("rekkefoelge")


def read_csv(path: Path, schema: type[schemas.Table]) -> pl.DataFrame:
    """Return a CSV table checked against `schema`, with `linje` first.

    Raises DataError for a file that is not UTF-8 or not CSV, a missing or unknown column, and for
    the first cell that breaks a rule of the schema.
    """
    text = _read_text(path)
    expected = [name for name in schema.columns() if name != "linje"]
    _check_header(path, text.header, expected)
    raw = text.rows.select(pl.int_range(2, pl.len() + 2).cast(pl.Int64).alias("linje"), *expected)
    rows, failure = schema.filter(raw, cast=True)
    if len(failure):
        raise _first_failure(path, schema, failure)
    return rows


class _Text:
    def __init__(self, header: list[str], rows: pl.DataFrame) -> None:
        self.header = header
        self.rows = rows


def _read_text(path: Path) -> _Text:
    try:
        rows = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise DataError(
            path,
            problem=f"not a readable table ({first})",
            allowed="CSV in UTF-8, comma-separated, one header line, as many fields in every line",
            todo="Mend the file.",
        ) from None
    return _Text(rows.columns, rows)


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


def _first_failure(path: Path, schema: type[schemas.Table], failure: dy.FailureInfo) -> DataError:
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


def _allowed(schema: type[schemas.Table], column: str, rule: str) -> str:
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
        forrige_til=pl.col("gyldig_til").fill_null(schemas.YEAR_MAX).shift(1).over(key)
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
