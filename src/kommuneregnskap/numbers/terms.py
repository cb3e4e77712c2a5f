"""From a concept to the codes it is made of: the terms of its definition, down to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.tables import definitions

FUNCTIONS, ARTS, CHAPTERS = "funksjoner", "arter", "kapitler"
READ = ("indicators", "funksjon", "art", "kapittel")  # what the terms of a year are made of


@dataclass(frozen=True)
class Leaf:
    """A term of a concept that is read off the ledger, with the concepts it goes through.

    vei: the concepts from the one asked for to the one whose term it is, `> ` between them. fortegn: the
    sign of the whole way. koder: the codes as the table writes them, by set; utvidet: the codes they are
    in the year, an empty list for all of them.
    """

    vei: str
    begrep: str
    ledd: int
    fortegn: int
    regnskap: str
    koder: Mapping[str, str]
    utvidet: Mapping[str, list[str]]

    def hits(self) -> pl.Expr:
        """Return which rows of the ledger (regnskap, konto, motkonto) the term takes in."""
        sets = self.utvidet
        found = pl.col("regnskap") == self.regnskap
        for column, codes in (
            ("konto", sets[FUNCTIONS] or sets[CHAPTERS]),
            ("motkonto", sets[ARTS]),
        ):
            if codes:
                found = found & pl.col(column).is_in(codes)
        return found

    @property
    def written(self) -> str:
        """Return the codes as the table writes them, in words: `art 010..480; funksjon 100..799`."""
        words = (
            (ARTS, "art"),
            (CHAPTERS, "kapittel"),
            (FUNCTIONS, "funksjon"),
            ("omraade", "område"),
        )
        return "; ".join(
            f"{word} {self.koder[name]}" for name, word in words if self.koder.get(name)
        )

    @property
    def counted(self) -> str:
        """Return how many codes the sets take in in the year: `42 arter, 130 funksjoner`."""
        return ", ".join(
            f"{len(self.utvidet[name])} {name}"
            for name in (ARTS, CHAPTERS, FUNCTIONS)
            if self.utvidet[name]
        )


def leaves(begrep: str, tjenesteomraade: str | None, year: int) -> list[Leaf]:
    """Return the terms of a concept in an accounting year, those of concepts it refers to included.

    On a service area, the functions are those that are both in the term and in the area. Method:
    indicators.csv and tjenesteomraade.csv.
    """
    own = _terms(year)
    return list(_expanded(begrep, tjenesteomraade, year, own, 1, ""))


@tables.made_of(*READ)
def _terms(
    year: int,
) -> tuple[tuple[definitions.Term, dict[str, object]], ...]:
    rows = tables.valid("indicators", year).iter_rows(named=True)
    return tuple(zip(definitions.terms(year), rows, strict=True))


def _expanded(
    begrep: str,
    area: str | None,
    year: int,
    known: tuple[tuple[definitions.Term, dict[str, object]], ...],
    sign: int,
    way: str,
) -> list[Leaf]:
    found: list[Leaf] = []
    path = f"{way} > {begrep}" if way else begrep
    for term, row in known:
        if term.begrep != begrep:
            continue
        if term.begreper:
            found += _expanded(term.begreper, area, year, known, sign * term.fortegn, path)
            continue
        sets = {FUNCTIONS: term.funksjoner, ARTS: term.arter, CHAPTERS: term.kapitler}
        written = {name: str(row[name]) for name in sets if row[name]}
        if area is not None:
            text, functions = _area(area, year)
            allowed = set(term.funksjoner or functions)
            sets[FUNCTIONS] = [code for code in functions if code in allowed]
            if not sets[FUNCTIONS]:  # a term of none of the area's functions; empty would mean all
                continue
            written["omraade"] = f"{area} ({text})"
        found.append(
            Leaf(path, begrep, term.ledd, sign * term.fortegn, term.regnskap, written, sets)
        )
    return found


def _area(area: str, year: int) -> tuple[str, list[str]]:
    rows = tables.valid("tjenesteomraade", year).filter(pl.col("tjenesteomraade") == area)
    own = definitions.areas(year).filter(pl.col("tjenesteomraade") == area)
    return str(rows["funksjoner"][0]), own["funksjon"].to_list()
