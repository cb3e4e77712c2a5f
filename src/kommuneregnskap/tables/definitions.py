"""Reads the definitions in data/definitions/indicators.csv: which accounts, functions and arts a concept is made of.

Method: Statistics Norway's definition notes (Klass 259, 374 and 277, version 2025), written as code
sets; see `kilde` in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.codesets import expand

PERCENT_SIGN = " / "
BALANCE, PERCENT = "balanse", "prosent"
AMOUNTS = "1000 kr"
SETS = ("funksjoner", "arter", "kapitler", "begreper")
# What a term reads, by its account; those of the appropriation accounts read functions and arts.
READ = {BALANCE: ("kapitler",), "begrep": ("begreper",), PERCENT: ("begreper",)}


@dataclass(frozen=True)
class Term:
    """One row of indicators.csv with its code sets expanded for a year; an empty set means all.

    omfang: the one scope that the concept is defined for; empty: all.
    """

    begrep: str
    ledd: int
    fortegn: int
    regnskap: str
    funksjoner: list[str]
    arter: list[str]
    kapitler: list[str]
    begreper: str
    omraader: bool
    omfang: str

    @property
    def column(self) -> str:
        """Name of the column that holds this term's sum; begrep and ledd are unique in a year."""
        return f"{self.begrep}|{self.ledd}"


def terms(year: int) -> list[Term]:
    """Return the terms of all definitions in force in `year`, in the order of the table.

    Raises DataError (file, line, column, value) for an unknown code, an empty set, a reference to a
    concept that does not exist and a circular reference.
    """
    rows = reader.valid("indicators", year)
    codes = {
        "funksjoner": reader.valid("funksjon", year)["funksjon"],
        "arter": reader.valid("art", year)["art"],
        "kapitler": reader.valid("kapittel", year)["kapittel"],
    }
    result = []
    for row in rows.iter_rows(named=True):
        _refuse_unread(row)
        sets = {
            name: expand(
                row[name], known, file=reader.file_of("indicators"), line=row["linje"], field=name
            )
            if row[name]
            else []
            for name, known in codes.items()
        }
        result.append(
            Term(
                begrep=row["begrep"],
                ledd=row["ledd"],
                fortegn=row["fortegn"],
                regnskap=row["regnskap"],
                begreper=row["begreper"] or "",
                omraader=row["omraader"] == "ja",
                omfang=row["omfang"] or "",
                **sets,
            )
        )
    _check_references(result, rows)
    return result


def _refuse_unread(row: Mapping[str, object]) -> None:
    """Refuse what the account of a term does not have: it would be passed over in silence."""
    kind = str(row["regnskap"])
    own = READ.get(kind, SETS[:2])
    for field in SETS:
        if bool(row[field]) and field not in own:
            raise _refused(
                row,
                field,
                f"with regnskap {kind}: {' and '.join(own)} only",
                "Empty the cell, or mend regnskap.",
            )
    if own == ("begreper",) and not row["begreper"]:
        raise _refused(row, "begreper", "a begrep of the same table", "Name it.")
    given = {
        "enhet": (PERCENT,) if kind == PERCENT else (AMOUNTS,),
        "fortegn": (1,) if kind == PERCENT else (1, -1),
        "omraader": ("nei",) if kind in READ else ("ja", "nei"),
    }
    for field, allowed in given.items():
        if row[field] not in allowed:
            words = " or ".join(str(each) for each in allowed)
            raise _refused(
                row, field, f"with regnskap {kind}: {words}", "Mend the cell, or regnskap."
            )


def _refused(row: Mapping[str, object], field: str, allowed: str, todo: str) -> DataError:
    return DataError(
        reader.file_of("indicators"),
        line=int(str(row["linje"])),
        field=field,
        value=row[field] or "",
        allowed=allowed,
        todo=todo,
    )


def leaves(found: list[Term], begrep: str) -> list[tuple[Term, int]]:
    """Return the terms on accounts that a concept is made of in the end, each with its sign (1 or −1).

    found: `terms` of the year.
    """
    result = []
    for term in found:
        if term.begrep == begrep and term.begreper:
            result += [(leaf, term.fortegn * sign) for leaf, sign in leaves(found, term.begreper)]
        elif term.begrep == begrep:
            result.append((term, 1))
    return result


def _check_references(found: list[Term], rows: pl.DataFrame) -> None:
    scopes = {term.begrep: term.omfang for term in found}
    for term, row in zip(found, rows.iter_rows(named=True), strict=True):
        for name in _referred(term):
            if name not in scopes:
                raise _refused(
                    row | {"begreper": name},
                    "begreper",
                    "a begrep of the same table, valid in the year",
                    "Mend the name, or the validity.",
                )
            if scopes[name] not in ("", term.omfang):
                raise _refused(
                    row | {"begreper": name},
                    "begreper",
                    f"a begrep of all scopes, or of {term.omfang or 'no scope alone'} as this one",
                    "Name another, or mend omfang.",
                )
    evaluation_order(found)


def _referred(term: Term) -> list[str]:
    return term.begreper.split(PERCENT_SIGN) if term.begreper else []


def evaluation_order(found: list[Term]) -> list[str]:
    """Return the concepts so that each stands after those it refers to. Raises DataError on a circle."""
    needs: dict[str, set[str]] = {}
    for term in found:
        needs.setdefault(term.begrep, set()).update(_referred(term))
    ordered: list[str] = []
    while needs:
        ready = [name for name, others in needs.items() if not others - set(ordered)]
        if not ready:
            raise DataError(
                reader.file_of("indicators"),
                field="begreper",
                value=", ".join(sorted(needs)),
                allowed="definitions that do not refer to each other in a circle",
                todo="Break the circle.",
            )
        ordered += ready
        needs = {name: others for name, others in needs.items() if name not in ready}
    return ordered


def areas(year: int) -> pl.DataFrame:
    """Return which function belongs to which service area in `year`: tjenesteomraade, oppdeling, funksjon.

    Raises DataError where the areas of one `oppdeling` other than `alternativ` overlap.
    """
    table = reader.valid("tjenesteomraade", year)
    functions = reader.valid("funksjon", year)["funksjon"]
    file = reader.file_of("tjenesteomraade")
    expanded = table.select(
        "linje",
        "tjenesteomraade",
        pl.col("oppdeling").cast(pl.String),
        funksjon=pl.Series(
            [
                expand(text, functions, file=file, line=line, field="funksjoner")
                for line, text in table.select("linje", "funksjoner").iter_rows()
            ],
            dtype=pl.List(pl.String),
        ),
    ).explode("funksjon")
    partition = expanded.filter(pl.col("oppdeling") != "alternativ")
    twice = partition.filter(pl.struct("oppdeling", "funksjon").is_duplicated()).sort("linje")
    if len(twice):
        row = twice.row(-1, named=True)
        raise DataError(
            file,
            line=row["linje"],
            field="funksjoner",
            value=row["funksjon"],
            allowed="each function in one area of the partition",
            todo="Take it out of one of the areas.",
        )
    return expanded.drop("linje")
