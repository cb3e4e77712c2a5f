"""A ledger's indicators by others: polars and DuckDB, each definition as one would write it by hand there.

What a definition is made of is read from the same table; how it is added up shares nothing with our engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from benchmarks.rivals_duckdb import connected
from kommuneregnskap.tables.definitions import (
    BALANCE,
    PERCENT,
    Term,
    areas,
    evaluation_order,
    terms,
)

KEY = ["aar", "region", "regnskapsomfang"]
AREA = "tjenesteomraade"
OUT = [*KEY, "begrep", AREA, "belop"]
Ledger = tuple[int, pl.DataFrame, pl.DataFrame]


def _amounts(year: int) -> list[Term]:
    return [term for term in terms(year) if term.regnskap != PERCENT]


def _added(found: Sequence[Term], begrep: str) -> list[tuple[int, str]]:
    """Return what a concept is the sum of: sign and column, of its own terms or of another concept."""
    return [
        (term.fortegn, term.begreper) if term.begreper else (1, term.column)
        for term in found
        if term.begrep == begrep
    ]


def by_polars(ledger: Ledger) -> pl.DataFrame:
    """Return `frames.Indikatorer` by polars alone: a filter and a group_by for each term, in one collection.

    ledger: year, `frames.Poster` and `frames.Balanse` of it.
    """
    year, poster, balanse = ledger
    found = _amounts(year)
    placed = poster.join(areas(year).select("funksjon", AREA), on="funksjon")
    own = [term for term in found if not term.begreper]
    accounts = [term for term in own if term.regnskap != BALANCE]
    balances = [term for term in own if term.regnskap == BALANCE]
    by_area = [term for term in found if term.omraader]
    totals = _summed(poster, accounts, KEY).join(
        _summed(balanse, balances, KEY), on=KEY, how="full", coalesce=True
    )
    everywhere = _concepts(totals, found, KEY).with_columns(pl.lit(None, pl.String).alias(AREA))
    inside = _summed(placed, [term for term in accounts if term.omraader], [*KEY, AREA])
    return pl.concat([everywhere.select(OUT), _concepts(inside, by_area, [*KEY, AREA]).select(OUT)])


def _summed(rows: pl.DataFrame, found: Sequence[Term], keys: list[str]) -> pl.DataFrame:
    """Return a row per unit with a column per term, zero where it posts nothing of it."""
    units, *sums = pl.collect_all(
        [
            rows.lazy().select(keys).unique(),
            *(
                rows.lazy()
                .filter(_wanted(term))
                .group_by(keys)
                .agg((pl.col("belop").sum() * term.fortegn).alias(term.column))
                for term in found
            ),
        ]
    )
    for each in sums:
        units = units.join(each, on=keys, how="left")
    return units.with_columns(pl.col(term.column for term in found).fill_null(0))


def _wanted(term: Term) -> pl.Expr:
    wanted = pl.lit(True) if term.regnskap == BALANCE else pl.col("regnskap") == term.regnskap
    codes = {"funksjon": term.funksjoner, "art": term.arter, "kapittel": term.kapitler}
    for name, allowed in codes.items():
        if allowed:
            wanted &= pl.col(name).cast(pl.String).is_in(allowed)
    return wanted


def _concepts(wide: pl.DataFrame, found: Sequence[Term], keys: list[str]) -> pl.DataFrame:
    """Return the concepts as rows: those that a unit lacks a part of, and those of another scope, left out."""
    ordered = evaluation_order(list(found))
    for begrep in ordered:
        parts = [sign * pl.col(name) for sign, name in _added(found, begrep)]
        wide = wide.with_columns(pl.sum_horizontal(parts, ignore_nulls=False).alias(begrep))
    scopes = {term.begrep: term.omfang for term in found if term.omfang}
    scope = pl.col("begrep").replace_strict(scopes, default=None, return_dtype=pl.String)
    return (
        wide.unpivot(ordered, index=keys, variable_name="begrep", value_name="belop")
        .drop_nulls("belop")
        .filter(scope.is_null() | (scope == pl.col("regnskapsomfang")))
    )


def in_duckdb(ledger: Ledger) -> tuple[int, duckdb.DuckDBPyConnection]:
    """Return the year and a connection that has the ledger's frames as tables, and the functions of service areas."""
    year, poster, balanse = ledger
    services = areas(year).select("funksjon", AREA)
    return year, connected({"poster": poster, "balanse": balanse, "omraader": services})


def by_duckdb(loaded: tuple[int, duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyRelation:
    """Return the table that holds `frames.Indikatorer`, made by DuckDB: an aggregate with a filter for each term."""
    year, connection = loaded
    connection.execute(f"CREATE OR REPLACE TABLE svar AS {statement(year)}")
    return connection.table("svar")


def statement(year: int) -> str:
    """Return all definitions of a year as one statement over `poster`, `balanse` and `omraader`."""
    found = _amounts(year)
    own = [term for term in found if not term.begreper]
    accounts = [term for term in own if term.regnskap != BALANCE]
    balances = [term for term in own if term.regnskap == BALANCE]
    by_area = [term for term in found if term.omraader]
    ordered = evaluation_order(found), evaluation_order(by_area)
    keys = ", ".join(KEY)
    return f"""
        WITH av_poster AS (SELECT {keys}, {_sums(accounts)} FROM poster GROUP BY ALL),
        av_balanse AS (SELECT {keys}, {_sums(balances)} FROM balanse GROUP BY ALL),
        samlet AS (SELECT *, {_expressions(found)} FROM av_poster FULL JOIN av_balanse USING ({keys})),
        av_omraade AS (
            SELECT {keys}, {AREA}, {_sums([term for term in accounts if term.omraader])}
            FROM poster JOIN omraader USING (funksjon) GROUP BY ALL
        ),
        per_omraade AS (SELECT *, {_expressions(by_area)} FROM av_omraade),
        rader AS (
            SELECT {keys}, begrep, NULL::VARCHAR AS {AREA}, belop
            FROM (UNPIVOT samlet ON {_quoted(ordered[0])} INTO NAME begrep VALUE belop)
            UNION ALL
            SELECT {keys}, begrep, {AREA}, belop
            FROM (UNPIVOT per_omraade ON {_quoted(ordered[1])} INTO NAME begrep VALUE belop)
        )
        SELECT {", ".join(OUT)} FROM rader WHERE {_in_scope(found)}
    """


def _sums(found: Sequence[Term]) -> str:
    return ", ".join(
        f'(coalesce(sum(belop) FILTER (WHERE {_condition(term)}), 0) * {term.fortegn})::BIGINT AS "{term.column}"'
        for term in found
    )


def _condition(term: Term) -> str:
    conditions = [] if term.regnskap == BALANCE else [f"regnskap = '{term.regnskap}'"]
    codes = {"funksjon": term.funksjoner, "art": term.arter, "kapittel": term.kapitler}
    conditions += [
        f"{name} IN ({str(allowed)[1:-1]})" for name, allowed in codes.items() if allowed
    ]
    return " AND ".join(conditions) or "true"


def _expressions(found: Sequence[Term]) -> str:
    """Return the concepts as columns, each after those that it is made of."""
    added = {
        begrep: " + ".join(f'{sign} * "{name}"' for sign, name in _added(found, begrep))
        for begrep in evaluation_order(list(found))
    }
    return ", ".join(f'{text} AS "{begrep}"' for begrep, text in added.items())


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _in_scope(found: Sequence[Term]) -> str:
    scopes = {term.begrep: term.omfang for term in found if term.omfang}
    return (
        " AND ".join(
            f"(begrep <> '{begrep}' OR regnskapsomfang = '{scope}')"
            for begrep, scope in scopes.items()
        )
        or "true"
    )
