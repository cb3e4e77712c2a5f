"""Hierarchies of functions and arts by others: joins in polars and in DuckDB, products of sparse matrices in scipy.

The groups with their leaves and coefficients (`hierarchies.expanded`, `netted`) are the same for all: tables of some
hundred rows. What is compared is the adding up of the account rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl
from scipy import sparse

from benchmarks.rivals_duckdb import connected
from kommuneregnskap.indicators.hierarchies import UNIT, Coefficients, Hierarchies, expanded, netted

OUT = [*UNIT, "funksjon", "art", "kasse", "konsern"]
TREASURY, ENTERPRISES = "kasse", "saer"


@dataclass(frozen=True)
class Given:
    """What all of them add up: account rows by whose they are (`rader`), and groups as rows: gruppe, code, antall.

    arts has besides: rader (whose rows it is for), i_kasse (whether it counts in kasse: nettings do not).
    """

    rows: pl.DataFrame
    functions: pl.DataFrame
    arts: pl.DataFrame


def given(treasury: pl.DataFrame, enterprises: pl.DataFrame, tables: Hierarchies) -> Given:
    """Return rows and groups as frames, as others take them."""
    arts = expanded(tables.arts)
    parts = [
        (TREASURY, True, arts),
        (ENTERPRISES, False, arts),
        (TREASURY, False, netted(tables.net_treasury, tables.arts)),
        (ENTERPRISES, False, netted(tables.net_enterprises, tables.arts)),
    ]
    rows = {TREASURY: treasury, ENTERPRISES: enterprises}
    return Given(
        pl.concat(frame.with_columns(rader=pl.lit(name)) for name, frame in rows.items()),
        _flat(expanded(tables.functions), "funksjon"),
        pl.concat(
            _flat(groups, "art").with_columns(rader=pl.lit(name), i_kasse=pl.lit(counts))
            for name, counts, groups in parts
        ),
    )


def _flat(groups: Coefficients, code: str) -> pl.DataFrame:
    rows = [(group, leaf, n) for group, leaves in groups.items() for leaf, n in leaves.items()]
    schema = {"gruppe": pl.String, code: pl.String, "antall": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def by_polars(found: Given) -> pl.DataFrame:
    """Return `hierarchies.scopes` without codes, by two joins and two group_by."""
    counted = pl.col("belop") * pl.col("antall")
    by_art = (
        found.rows.lazy()
        .join(found.arts.lazy(), on=["rader", "art"])
        .group_by(*UNIT, "funksjon", "gruppe")
        .agg(kasse=counted.filter("i_kasse").sum(), konsern=counted.sum())
        .rename({"gruppe": "art"})
    )
    return (
        by_art.join(found.functions.lazy(), on="funksjon")
        .group_by(*UNIT, "gruppe", "art")
        .agg(pl.col("kasse", "konsern").dot("antall"))
        .filter((pl.col("kasse") != 0) | (pl.col("konsern") != 0))
        .rename({"gruppe": "funksjon"})
        .select(OUT)
        .collect()
    )


def in_duckdb(found: Given) -> duckdb.DuckDBPyConnection:
    """Return a connection that has rows and groups as tables."""
    return connected(
        {"rader": found.rows, "funksjonsgrupper": found.functions, "artsgrupper": found.arts}
    )


def by_duckdb(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    """Return the same as a table of DuckDB's, by the same two joins."""
    unit = ", ".join(UNIT)
    connection.execute(f"""
        CREATE OR REPLACE TABLE svar AS
        WITH etter_art AS (
            SELECT {unit}, funksjon, gruppe AS art,
                coalesce(sum(belop * antall) FILTER (WHERE i_kasse), 0)::BIGINT AS kasse,
                sum(belop * antall)::BIGINT AS konsern
            FROM rader JOIN artsgrupper USING (rader, art) GROUP BY ALL
        )
        SELECT {unit}, gruppe AS funksjon, art,
            sum(kasse * antall)::BIGINT AS kasse, sum(konsern * antall)::BIGINT AS konsern
        FROM etter_art JOIN funksjonsgrupper USING (funksjon) GROUP BY ALL
        HAVING sum(kasse * antall) <> 0 OR sum(konsern * antall) <> 0
    """)
    return connection.table("svar")


def by_scipy(found: Given) -> pl.DataFrame:
    """Return the same by products of sparse matrices: units and functions × arts, arts × groups, functions × groups."""
    units = found.rows.select(UNIT).unique().sort(UNIT)
    functions = found.functions["funksjon"].unique().sort().to_list()
    arts = found.arts["art"].unique().sort().to_list()
    function_groups = found.functions["gruppe"].unique().sort().to_list()
    art_groups = found.arts["gruppe"].unique().sort().to_list()
    rows = {
        name: _matrix(
            own,
            pl.col("_enhet") * len(functions) + _place("funksjon", functions),
            _place("art", arts),
            "belop",
            (len(units) * len(functions), len(arts)),
        )
        for (name,), own in found.rows.join(
            units.with_row_index("_enhet"), on=UNIT, how="left"
        ).group_by("rader")
    }
    by_art = {
        key: _matrix(
            own,
            _place("art", arts),
            _place("gruppe", art_groups),
            "antall",
            (len(arts), len(art_groups)),
        )
        for key, own in found.arts.group_by("rader", "i_kasse")
    }
    summed = {(name, counts): rows[name] @ groups for (name, counts), groups in by_art.items()}
    of_all_units = sparse.kron(
        sparse.identity(len(units), dtype=np.int64, format="csr"),
        _matrix(
            found.functions,
            _place("gruppe", function_groups),
            _place("funksjon", functions),
            "antall",
            (len(function_groups), len(functions)),
        ),
        format="csr",
    )
    layers = {
        "kasse": of_all_units @ summed[TREASURY, True],
        "konsern": of_all_units @ sum(summed.values()),
    }
    return _named(layers, units, function_groups, art_groups)


def _place(column: str, codes: list[str]) -> pl.Expr:
    return pl.col(column).cast(pl.Enum(codes), strict=False).to_physical().cast(pl.Int64)


def _matrix(
    rows: pl.DataFrame, row: pl.Expr, column: pl.Expr, amount: str, shape: tuple[int, int]
) -> Any:
    """Return rows as a sparse matrix, amounts of the same place added; codes that no group has are left out."""
    placed = rows.select(row.alias("rad"), column.alias("kolonne"), amount).drop_nulls()
    amounts, *places = (placed[name].to_numpy() for name in (amount, "rad", "kolonne"))
    return sparse.csr_array((amounts, tuple(places)), shape=shape)


def _named(
    layers: dict[str, Any], units: pl.DataFrame, functions: list[str], arts: list[str]
) -> pl.DataFrame:
    nonzero = sparse.coo_array(sum(abs(matrix) for matrix in layers.values()))
    row, art = (np.asarray(places) for places in nonzero.coords)
    unit, function = np.divmod(row, len(functions))
    codes = {"funksjon": (functions, function), "art": (arts, art)}
    return units.select(pl.all().gather(unit)).with_columns(
        *(pl.Series(n, names, pl.String).gather(place) for n, (names, place) in codes.items()),
        *(pl.Series(n, matrix.tocsr()[row, art]) for n, matrix in layers.items()),
    )
