"""Sums of account rows over groups of functions and arts: the one engine behind indicators and hierarchies.

Amounts are summed once to a table of units × leaf functions × leaf arts; every group is then a row of a small matrix
of coefficients, and all groups of all units come out of two matrix products. Amounts are whole numbers (1000 kr), and
the products are exact: no sum comes near the 2^53 up to which 64-bit floats are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.support.errors import UsageError

EXACT = 2.0**53
AT_ONCE = 1_000_000  # numbers of the leaf table that are multiplied at a time: bounds memory
PLACE, LEAF, RUN = "_plass", "_blad", "_rekke"  # no column of rows is called so

Groups = Mapping[str, Mapping[str, int]]  # group → code → how often it counts in it


@dataclass(frozen=True)
class Part:
    """Account rows and the art groups that they are summed to; see `tables`."""

    rows: pl.DataFrame
    arts: Groups


@dataclass(frozen=True)
class Table:
    """Amounts of all function groups and art groups of some units.

    units: a frame, one row per unit. functions, arts: names of the groups. amounts: for every layer, units × functions
    × arts, whole numbers (1000 kr).
    """

    units: pl.DataFrame
    functions: list[str]
    arts: list[str]
    amounts: dict[str, np.ndarray]


def evaluate(
    rows: pl.DataFrame, functions: Groups, arts: Groups, unit: Sequence[str]
) -> pl.DataFrame:
    """Return the amount of every function group and art group of every unit.

    rows: the columns of `unit`, funksjon, art (codes as text), belop (whole numbers, 1000 kr). functions, arts: groups
    with their codes and coefficients; rows of codes that no group has count nowhere. Out: `unit`, funksjon, art
    (groups), belop (Int64), those that are not zero, sorted. Raises UsageError where amounts are so large that they
    could not be added exactly.
    """
    return cells(tables({"belop": [Part(rows, arts)]}, functions, unit))


def cells(found: Iterator[Table]) -> pl.DataFrame:
    """Return the amounts of `tables` as a frame, in order: the unit's columns, funksjon, art, an Int64 column a layer.

    Rows in which all layers are zero are left out.
    """
    return pl.concat(_named(table) for table in found)


def tables(
    layers: Mapping[str, Sequence[Part]], functions: Groups, unit: Sequence[str]
) -> Iterator[Table]:
    """Give the amounts of all groups, some units at a time, in order; at least one table, maybe of no unit.

    layers: name → the parts that are added up in it, each with rows as for `evaluate`; the same rows may stand in
    several. Raises UsageError where amounts are so large that they could not be added exactly.
    """
    parts = [part for each in layers.values() for part in each]
    by_function = _axis([functions])
    by_art = _axis([part.arts for part in parts])
    sources = {id(part.rows): part.rows for part in parts}
    runs = {name: runs_of(rows, unit) for name, rows in sources.items()}
    units = pl.concat(each for _, each in runs.values()).unique().sort(unit)
    placed = {
        name: _Placed.of(rows, *runs[name], units, by_function, by_art)
        for name, rows in sources.items()
    }
    matrices = {id(part): by_art.matrix(part.arts) for part in parts}
    functions_matrix = by_function.matrix(functions)
    for each in layers.values():
        _refuse_inexact(each, functions_matrix, matrices)
    counted = {name: _by_rows(each, matrices) for name, each in layers.items()}
    step = max(1, AT_ONCE // max(len(by_function.leaves) * len(by_art.leaves), 1))
    for first in range(0, max(len(units), 1), step):
        own = units[first : first + step]
        leaves = {name: rows.table(first, len(own)) for name, rows in placed.items()}
        yield Table(
            own,
            by_function.names,
            by_art.names,
            {
                # The arts of all parts are added up first: functions are many, layers few.
                name: functions_matrix @ sum(leaves[rows] @ arts.T for rows, arts in each.items())
                for name, each in counted.items()
            },
        )


def _by_rows(parts: Sequence[Part], matrices: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Return how often arts count in the groups of all parts with the same rows: these are multiplied once."""
    found: dict[int, np.ndarray] = {}
    for part in parts:
        rows = id(part.rows)
        found[rows] = found.get(rows, 0) + matrices[id(part)]
    return found


@dataclass(frozen=True)
class _Axis:
    """The groups of one kind of code, and all codes that any of them has; both in order."""

    names: list[str]
    leaves: list[str]

    def matrix(self, groups: Groups) -> np.ndarray:
        """Return groups × leaves; zeros for groups that are not among `groups`."""
        row = {name: number for number, name in enumerate(self.names)}
        column = {code: number for number, code in enumerate(self.leaves)}
        matrix = np.zeros((len(row), len(column)))
        for group, terms in groups.items():
            for code, coefficient in terms.items():
                matrix[row[group], column[code]] = coefficient
        return matrix

    def place(self, codes: str) -> pl.Expr:
        """Return where a code stands among the leaves; null for one that no group has."""
        leaf = pl.col(codes).cast(pl.Enum(self.leaves), strict=False)
        return leaf.to_physical().cast(pl.Int64)


def _axis(groups: Sequence[Groups]) -> _Axis:
    return _Axis(
        sorted({name for each in groups for name in each}),
        sorted({code for each in groups for terms in each.values() for code in terms}),
    )


def runs_of(rows: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.Series, pl.DataFrame]:
    """Return of which run of rows with the same values each row is, from 0, and the values of each run.

    In a ledger the rows of a unit stand together, so that few values are compared as texts; where they do not, a run is
    a row.
    """
    run = rows.select(pl.struct(columns).rle_id().alias(RUN)).to_series()
    return run, rows.filter(run.ne_missing(run.shift())).select(columns)


@dataclass(frozen=True)
class _Placed:
    """Account rows by the place of their unit, in order, and of their function and art in the leaf table."""

    unit: np.ndarray
    leaf: np.ndarray
    belop: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(
        cls,
        rows: pl.DataFrame,
        run: pl.Series,
        units_of_runs: pl.DataFrame,
        units: pl.DataFrame,
        functions: _Axis,
        arts: _Axis,
    ) -> _Placed:
        """Place rows; run, units_of_runs: `runs_of` them. units: all there are."""
        numbered = units.with_row_index(PLACE)
        places = units_of_runs.join(numbered, on=units.columns, how="left", maintain_order="left")
        leaf = functions.place("funksjon") * len(arts.leaves) + arts.place("art")
        found = (
            rows.lazy()
            .select(places[PLACE].gather(run), "belop", leaf.alias(LEAF))
            .filter(pl.col(LEAF).is_not_null())
            .sort(PLACE)
            .select(pl.col(PLACE, LEAF).cast(pl.Int64), "belop")
            .collect()
        )
        place, leaves, amounts = (found[name].to_numpy() for name in (PLACE, LEAF, "belop"))
        return cls(place, leaves, amounts, (len(functions.leaves), len(arts.leaves)))

    def table(self, first: int, count: int) -> np.ndarray:
        """Return the leaf table of some units: units × functions × arts."""
        own = slice(*np.searchsorted(self.unit, [first, first + count]))
        size = self.shape[0] * self.shape[1]
        keys = (self.unit[own] - first) * size + self.leaf[own]
        table = np.bincount(keys, weights=self.belop[own], minlength=count * size)
        return table.reshape(count, *self.shape)


def _refuse_inexact(
    parts: Sequence[Part], by_function: np.ndarray, matrices: Mapping[int, np.ndarray]
) -> None:
    largest = sum(
        float(part.rows["belop"].cast(pl.Float64).abs().sum() or 0)
        * float(np.abs(matrices[id(part)]).max(initial=1))
        for part in parts
    )
    if largest * float(np.abs(by_function).max(initial=1)) >= EXACT:
        raise UsageError("the amounts are too large to be added exactly; give them in 1000 kr")


def _named(table: Table) -> pl.DataFrame:
    """Return the amounts that are not zero in all layers, with their codes, in order."""
    layers = table.amounts
    unit, function, art = np.nonzero(
        np.logical_or.reduce([amounts != 0 for amounts in layers.values()])
    )
    codes = {"funksjon": (table.functions, function), "art": (table.arts, art)}
    return table.units.select(pl.all().gather(unit)).with_columns(
        *(
            pl.Series(name, names, pl.String).gather(place)
            for name, (names, place) in codes.items()
        ),
        *(
            pl.Series(name, amounts[unit, function, art]).cast(pl.Int64)
            for name, amounts in layers.items()
        ),
    )
