"""Function and art hierarchies, nettings and formulas as Statistics Norway's tables give them.

Here the tables are turned into groups with their codes and coefficients; `sums` adds the amounts up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.indicators import sums
from kommuneregnskap.indicators.sums import Part
from kommuneregnskap.support.errors import UsageError

# In a table of nettings: as the group's definition, of the nettings of its parts. SSB's own expansions show that the
# sign beside it says nothing.
COPY = "COPY"
UNIT = ("region", "kontoklasse")
CELL = (*UNIT, "funksjon", "art")
PARTS = ("kasse", "saerbedrift", "nettinger_kasse", "nettinger_saer")
Coefficients = dict[str, dict[str, int]]
TERM = re.compile(r"([+-]?)\s*(?:([A-Z]):)?([^:\s]+):([^\s]+(?: [^\s:+-][^\s:]*)*)")


@dataclass(frozen=True)
class Hierarchies:
    """The tables of one period: edges of functions and arts, and of arts what is netted in kasse and saerbedrift.

    Each a frame with to (group), from (code or group) and sign (a whole number). formulas: such as
    `I:FG2:AGI2 = I:FG2:AGI2 - I:FG1:AGI1` (account, function group, art group; without account: both), in order.
    """

    functions: pl.DataFrame
    arts: pl.DataFrame
    net_treasury: pl.DataFrame
    net_enterprises: pl.DataFrame
    formulas: tuple[str, ...] = ()


def edges(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of edges with its signs, `+` and `-` or numbers, as whole numbers. Out: to, from, sign."""
    sign = pl.col("sign").cast(pl.String).replace({"+": "1", "-": "-1"})
    return table.select("to", "from", sign.cast(pl.Int64, strict=True))


def expanded(table: pl.DataFrame) -> Coefficients:
    """Return every group with its leaf codes and their coefficients: signs along all ways to a leaf, multiplied
    and added.

    table: `edges`. Raises UsageError for a group that is part of itself.
    """
    parts = _parts(table)
    found: Coefficients = {}

    def resolve(code: str, above: tuple[str, ...]) -> dict[str, int]:
        if code in above:
            raise UsageError(f"the group {code} is part of itself: {' → '.join((*above, code))}")
        if code not in parts:
            return {code: 1}
        if code not in found:
            found[code] = _added(
                (sign, resolve(child, (*above, code))) for child, sign in parts[code]
            )
        return found[code]

    for group in parts:
        resolve(group, ())
    return {group: found[group] for group in parts}


def netted(nettings: pl.DataFrame, arts: pl.DataFrame) -> Coefficients:
    """Return what is taken out of every art group when units are added up to a group of accounts.

    nettings, arts: `edges`. What is netted is a code or group of either table; COPY takes the group's definition
    over, of the nettings of its parts. Out: as `expanded`, groups without netting left out.
    """
    own, definition = _parts(nettings), _parts(arts)
    groups = expanded(pl.concat([arts, nettings.filter(~pl.col("to").is_in(arts["to"].to_list()))]))
    found: Coefficients = {}

    def netting(group: str) -> dict[str, int]:
        if group not in found:
            found[group] = {}
            found[group] = _added(
                (sign, groups.get(part, {part: 1}))
                if part != COPY
                else (1, _added((s, netting(child)) for child, s in definition.get(group, [])))
                for part, sign in own.get(group, [])
            )
        return found[group]

    for group in own:
        if group in definition:
            netting(group)
    return {group: terms for group, terms in found.items() if terms}


def _parts(table: pl.DataFrame) -> dict[str, list[tuple[str, int]]]:
    parts: dict[str, list[tuple[str, int]]] = {}
    for group, part, sign in table.select("to", "from", "sign").iter_rows():
        parts.setdefault(group, []).append((part, sign))
    return parts


def _added(terms: object) -> dict[str, int]:
    total: dict[str, int] = {}
    for sign, coefficients in terms:  # type: ignore[attr-defined]
        for code, number in coefficients.items():
            total[code] = total.get(code, 0) + sign * number
    return {code: number for code, number in total.items() if number}


def evaluate(rows: pl.DataFrame, functions: Coefficients, arts: Coefficients) -> pl.DataFrame:
    """Return the amount of every function group and art group in every unit and account.

    rows: region, kontoklasse, funksjon, art (codes as text), belop (whole numbers, 1000 kr). functions, arts: groups
    with their leaves and coefficients, see `expanded`; rows of codes that no group has count nowhere.
    Out: region, kontoklasse, funksjon, art (groups), belop (Int64), those that are not zero, sorted.
    Raises UsageError where amounts are so large that they could not be added exactly.
    """
    return sums.evaluate(rows, functions, arts, UNIT)


def scopes(
    treasury: pl.DataFrame, enterprises: pl.DataFrame, tables: Hierarchies, *, codes: bool = True
) -> pl.DataFrame:
    """Return every group in every unit and account, for the treasury and for the group of accounts.

    treasury, enterprises: as `rows` of `evaluate`. codes: whether every code is a group of itself besides, as formulas
    need it. Out: region, kontoklasse, funksjon, art (groups and codes), kasse, konsern (both treasury and enterprises,
    less what is netted in either); whole numbers, rows of zeros left out; formulas are not used, see `with_formulas`.
    """
    return _layered(treasury, enterprises, tables, PARTS[:1], codes=codes)


def components(
    treasury: pl.DataFrame, enterprises: pl.DataFrame, tables: Hierarchies
) -> pl.DataFrame:
    """Return what `scopes` adds up: kasse, saerbedrift, nettinger_kasse, nettinger_saer (taken out), konsern."""
    return _layered(treasury, enterprises, tables, PARTS, codes=True)


def _layered(
    treasury: pl.DataFrame,
    enterprises: pl.DataFrame,
    tables: Hierarchies,
    shown: Sequence[str],
    *,
    codes: bool,
) -> pl.DataFrame:
    functions, arts = expanded(tables.functions), expanded(tables.arts)
    if codes:
        functions = _with_codes(functions, treasury, enterprises, "funksjon")
        arts = _with_codes(arts, treasury, enterprises, "art")
    parts = [
        Part(treasury, arts),
        Part(enterprises, arts),
        Part(treasury, netted(tables.net_treasury, tables.arts)),
        Part(enterprises, netted(tables.net_enterprises, tables.arts)),
    ]
    layers = {name: [part] for name, part in zip(PARTS, parts, strict=True) if name in shown}
    return sums.cells(sums.tables(layers | {"konsern": parts}, functions, UNIT))


def with_formulas(amounts: pl.DataFrame, formulas: Sequence[str]) -> pl.DataFrame:
    """Return amounts with those that formulas define put in, one formula after the other.

    amounts: region, kontoklasse, funksjon, art, belop. A formula that uses a cell which an earlier one has set uses
    what that set. Out: the same columns, cells of zero left out. Raises UsageError for a formula that is none.
    """
    for formula in formulas:
        left, right = _formula(formula)
        accounts = [left[1]] if left[1] else sorted(amounts["kontoklasse"].unique())
        for account in accounts:
            cell = (pl.col("kontoklasse") == account) & _of(left)
            value = amounts.join(_terms(right, account), on=CELL[1:], how="inner")
            put = value.group_by("region").agg((pl.col("belop") * pl.col("sign")).sum())
            amounts = pl.concat(
                [
                    amounts.filter(~cell),
                    put.with_columns(
                        kontoklasse=pl.lit(account), funksjon=pl.lit(left[2]), art=pl.lit(left[3])
                    ).select(*CELL, "belop"),
                ]
            )
    return amounts.filter(pl.col("belop") != 0).sort(CELL)


def _formula(text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the cell that a formula sets and its terms: sign, account (may be empty), function, art."""
    left, found, right = text.partition(" = ")
    cell, terms = TERM.findall(left), TERM.findall(right)
    if not found or len(cell) != 1 or not terms or TERM.sub("", right).strip():
        raise UsageError(f"{text!r} is no formula; such as: FG2:AGD12 = FG5:AGD12 - 800:A870")
    return cell[0], terms


def _terms(terms: Sequence[tuple[str, ...]], account: str) -> pl.DataFrame:
    rows = [
        (own or account, function, art, -1 if sign == "-" else 1)
        for sign, own, function, art in terms
    ]
    found = pl.DataFrame(rows, schema=[*CELL[1:], "sign"], orient="row")
    return found.group_by(CELL[1:]).agg(pl.col("sign").sum())


def _of(cell: tuple[str, ...]) -> pl.Expr:
    return (pl.col("funksjon") == cell[2]) & (pl.col("art") == cell[3])


def _with_codes(
    groups: Coefficients, treasury: pl.DataFrame, enterprises: pl.DataFrame, column: str
) -> Coefficients:
    """Return the groups, and every code that is used or grouped as a group of itself."""
    used = {*treasury[column], *enterprises[column]}
    grouped = {code for terms in groups.values() for code in terms}
    return groups | {code: {code: 1} for code in sorted((used | grouped) - set(groups))}
