"""The files that hierarchies are evaluated from, named and laid out as in Statistics Norway's open sample."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from kommuneregnskap.indicators import hierarchies
from kommuneregnskap.indicators.hierarchies import CELL, Hierarchies
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special, replacing
from kommuneregnskap.support.outside import write_csv

FUNCTIONS, ARTS = "funksjonshierarki.csv", "artshierarki.csv"
NET_TREASURY, NET_ENTERPRISES = "artshierarki_nettinger_kasse.csv", "artshierarki_nettinger.csv"
FORMULAS, TREASURY, ENTERPRISES = "formler.csv", "data.csv", "data_saer.csv"
EDGE, ROW = ("to", "from", "sign"), (*CELL, "belop")
SCOPES = {"B": "kasse", "A": "konsern"}  # SSB's codes of the scopes
ANSWER = ("regnskapsomfang", *CELL, "belop")
LARGEST = 1e12  # no amount in 1000 kr comes near


def read_tables(folder: Path) -> Hierarchies:
    """Return the hierarchies, nettings and formulas in a folder.

    Files: funksjonshierarki.csv, artshierarki.csv, artshierarki_nettinger_kasse.csv, artshierarki_nettinger.csv
    (to, from, sign: `+`, `-` or a whole number) and, where there are any, formler.csv (formel). Raises DataError for
    a file that is missing or not as it must be.
    """
    formulas = folder / FORMULAS
    lines = _read(formulas, ("formel",))["formel"].to_list() if formulas.is_file() else []
    return Hierarchies(
        functions=_signed(folder / FUNCTIONS),
        arts=_signed(folder / ARTS),
        net_treasury=_signed(folder / NET_TREASURY),
        net_enterprises=_signed(folder / NET_ENTERPRISES),
        formulas=tuple(lines),
    )


def _signed(path: Path) -> pl.DataFrame:
    table = _read(path, EDGE)
    _refuse(
        path,
        table,
        "sign",
        pl.col("sign").str.contains(r"^(\+|-|-?[0-9]{1,6})$"),
        "+, - or a whole number of at most six digits",
    )
    return hierarchies.edges(table)


def _refuse(path: Path, table: pl.DataFrame, field: str, holds: pl.Expr, allowed: str) -> None:
    """Raise DataError for the first row of a file where something does not hold."""
    odd = table.with_row_index("linje", 2).filter(~holds.fill_null(value=False))
    if len(odd):
        row = odd.row(0, named=True)
        raise DataError(path, line=row["linje"], field=field, value=row[field], allowed=allowed)


def read_rows(path: Path) -> pl.DataFrame:
    """Return account rows: region, kontoklasse, funksjon, art (text), belop (whole numbers). Raises DataError."""
    return _amounts(path, ROW)


def read_answers(path: Path) -> pl.DataFrame:
    """Return what another engine answered: regnskapsomfang (A: konsern, B: kasse) and the columns of rows."""
    return _amounts(path, ANSWER)


def _amounts(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    table = _read(path, columns)
    amount = pl.col("belop").cast(pl.Float64, strict=False)
    whole = (amount == amount.round()) & amount.is_between(-LARGEST, LARGEST)
    _refuse(path, table, "belop", whole, "a whole number (1000 kr)")
    return table.with_columns(amount.cast(pl.Int64))


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    if not os.path.lexists(path):
        raise DataError(
            path, problem="the file is missing", todo="Put it there, as in SSB's open sample."
        )
    try:
        refuse_special(path)
        table = pl.read_csv(path.read_bytes(), infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or (str(error).splitlines() or ["no text"])[0]
        raise DataError(path, problem=f"cannot be read as CSV: {reason}") from None
    lacking = [name for name in columns if name not in table.columns]
    if lacking:
        raise DataError(path, problem=f"the column {lacking[0]} is missing")
    return table.select(columns)


def answered(folder: Path) -> pl.DataFrame:
    """Return every cell of kasse and konsern that the files of a folder give, formulas used.

    Out: regnskapsomfang (`B` kasse, `A` konsern), region, kontoklasse, funksjon, art, belop (1000 kr); cells of zero
    left out. Raises DataError and UsageError for files, edges and formulas that do not hold.
    """
    tables = read_tables(folder)
    own, others = read_rows(folder / TREASURY), read_rows(folder / ENTERPRISES)
    try:
        found = hierarchies.scopes(own, others, tables)
    except (RecursionError, OverflowError):
        raise DataError(
            folder,
            problem="has groups inside groups without end, or counted more often than can be added up",
            todo=f"Mend {FUNCTIONS} and {ARTS}.",
        ) from None
    return pl.concat(
        hierarchies.with_formulas(found.select(*CELL, belop=column), tables.formulas).select(
            pl.lit(code).alias("regnskapsomfang"), *CELL, "belop"
        )
        for code, column in SCOPES.items()
    )


def differences(own: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return the cells that another engine answered otherwise: its columns, and `eget` (our amount)."""
    key = ["regnskapsomfang", *CELL]
    both = answers.join(own.rename({"belop": "eget"}), on=key, how="left", maintain_order="left")
    return both.with_columns(pl.col("eget").fill_null(0)).filter(pl.col("eget") != pl.col("belop"))


def write_cells(cells: pl.DataFrame, path: Path) -> None:
    """Write cells as CSV, under a temporary name first. Raises DataError where the system refuses."""
    with replacing(path) as part:
        write_csv(cells, part)
