"""Definition cards: everything a reader needs to know of one concept, gathered from the tables.

Formula in words and in codes, sign, unit, SSB's code, years, who means something else by the word, the
section numbers it goes into, the choices that bear on it, and what guards it. Nothing here is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers import concepts as numbers
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.nearest import nearest
from kommuneregnskap.tables import mutants, reader
from kommuneregnskap.tables.codesets import ITEM, WITHOUT
from kommuneregnskap.tables.definitions import PERCENT_SIGN

CODES = {"arter": ("art", "art"), "funksjoner": ("funksjon", "funksjon")} | {
    "kapitler": ("kapittel", "kapittel")
}
ACCOUNTS = {
    "drift": "driftsregnskapet",
    "investering": "investeringsregnskapet",
    "balanse": "balansen",
}
SIGNS = {
    ("drift", 1): "Som i filen: utgifter er pluss, inntekter minus.",
    ("drift", -1): "Snudd: inntekter står med minus i filen og blir pluss her.",
    ("balanse", 1): "Som i filen: eiendeler og merforbruk er pluss.",
    (
        "balanse",
        -1,
    ): "Snudd: gjeld og egenkapital står med minus i filen og blir pluss her; eiendeler trekkes fra.",
}
NAMED_WORD = re.compile(r"[a-z_]{6,}")


@dataclass(frozen=True)
class Term:
    """One term of a formula: sign, the account, in codes and in words, or the concept it refers to."""

    tegn: str
    koder: str
    ord: str
    begrep: str = ""
    loest: str = ""


@dataclass(frozen=True)
class Guard:
    """What guards a concept: its id, what it is, and who would see an error."""

    id: str
    hva: str
    ser: str


EVERY_CODE = Guard(
    "alle koder",
    "Hver kode, hvert fortegn og hver årsgrense er prøvd med feil på en oppdiktet enhet der alle koder teller",
    "prøve",
)


@dataclass(frozen=True)
class Card:
    """All that the tables say of one concept in a year; texts in bokmål."""

    begrep: str
    navn: str
    enhet: str
    ssb_kode: str
    ledd: tuple[Term, ...]
    fortegn: tuple[str, ...]
    regnskap: str
    gyldig: str
    kilde: str
    sikkerhet: str
    merknader: tuple[str, ...]
    tall: tuple[str, ...]
    andre: tuple[tuple[str, str, str], ...]
    antakelser: tuple[tuple[str, str, str], ...]
    vern: tuple[Guard, ...]

    @property
    def formel(self) -> str:
        """The formula in codes, on one line."""
        return " ".join(f"{term.tegn} {term.koder}".strip() for term in self.ledd)


@reader.held()
def cards(year: int) -> list[Card]:
    """Return a card for every concept that is defined in `year`, in the order of the table."""
    rows = tables.valid("indicators", year)
    groups = rows.partition_by("begrep", maintain_order=True)
    names = {group["begrep"][0]: str(group["navn"][0]) for group in groups}
    words = _Words(year, names)
    formulas = {group["begrep"][0]: _terms(group, words, {}) for group in groups}
    flat = {
        name: " ".join(f"{term.tegn} {term.koder}".strip() for term in terms)
        for name, terms in formulas.items()
    }
    return [_card(group, words, flat, year) for group in groups]


def card(begrep: str, year: int) -> Card:
    """Return the card of one concept. Raises UsageError for a name that is not defined in the year."""
    found = {each.begrep: each for each in cards(year)}
    if begrep not in found:
        near = nearest(begrep, found)
        raise UsageError(f"no concept {begrep!r} in {year}; nearest: {', '.join(near)}")
    return found[begrep]


def used(year: int, shown: Iterable[str] = ()) -> set[str]:
    """Return the concepts in use: those of section numbers, `shown` ones, and all these are made of.

    `shown`: concepts that notebooks show. Definition cards and identities name concepts too.
    """
    rows = tables.valid("indicators", year)
    known = set(rows["begrep"])
    named = [
        *chain.from_iterable(numbers.of_numbers(year).values()),
        *tables.read("definisjonskort")["begrep"].drop_nulls(),
        *tables.read("identities").select("venstre", "hoeyre").unpivot()["value"],
        *shown,
    ]
    found: set[str] = set()
    wanted = known & set(named)
    while wanted - found:
        found |= wanted
        parts = rows.filter(pl.col("begrep").is_in(sorted(found)))["begreper"].drop_nulls()
        wanted |= {name for cell in parts for name in cell.split(PERCENT_SIGN)}
    return found


def meet(one: str, other: str) -> bool:
    """Return whether two ids of section numbers, `*` for all that begin so, name a number in common."""
    plain = (one.replace("*", "x"), other.replace("*", "x"))
    return fnmatchcase(plain[0], other) or fnmatchcase(plain[1], one)


class _Words:
    """Names of codes and concepts in one year."""

    def __init__(self, year: int, concepts: Mapping[str, str]) -> None:
        self.concepts = concepts
        self.names = {
            column: dict(tables.valid(table, year).select(table, "navn").iter_rows())
            for column, (table, _) in CODES.items()
        }

    def of(self, column: str, expression: str) -> str:
        """Return a code set in words: `010–480 (fastlønn til …) og 520 (utlån), uten 298`."""
        included, _, excluded = expression.partition(WITHOUT)
        text = ", ".join(self._part(column, part.strip()) for part in included.split(","))
        if not excluded:
            return text
        left_out = ", ".join(self._part(column, part.strip()) for part in excluded.split(","))
        return f"{text}; uten {left_out}"

    def _part(self, column: str, part: str) -> str:
        match = ITEM.match(part)
        first, last = match.groups() if match else (part, None)
        names = self.names[column]
        if last is None:
            return f"{first} ({names.get(first, 'ukjent')})"
        inside = [code for code in names if len(code) == len(first) and first <= code <= last]
        if not inside:
            return f"{first}–{last}"
        ends = (names[min(inside)], names[max(inside)])
        return f"{first}–{last} (fra {ends[0]} til {ends[1]})"


def _terms(rows: pl.DataFrame, words: _Words, formulas: Mapping[str, str]) -> tuple[Term, ...]:
    found = []
    for place, row in enumerate(rows.iter_rows(named=True)):
        sign = "−" if row["fortegn"] < 0 and row["regnskap"] in ("begrep",) else "+"
        sign = "" if place == 0 and sign == "+" else sign
        if row["regnskap"] == "prosent":
            parts = str(row["begreper"]).split(PERCENT_SIGN)
            for mark, name in zip(("100 ·", "/"), parts, strict=True):
                found.append(_reference(mark, name, words, formulas))
        elif row["begreper"]:
            found.append(_reference(sign, str(row["begreper"]), words, formulas))
        else:
            found.append(_account(row, place, words))
    return tuple(found)


def _reference(sign: str, name: str, words: _Words, formulas: Mapping[str, str]) -> Term:
    shown = words.concepts.get(name, name)
    return Term(sign, shown, shown, begrep=name, loest=formulas.get(name, ""))


def _account(row: Mapping[str, object], place: int, words: _Words) -> Term:
    """Return a term of accounts; its sign is the one that its sum gets, told apart from the file's."""
    sets = [(column, label) for column, (_, label) in CODES.items() if row[column]]
    codes = "; ".join(
        f"{label} {str(row[column]).replace(WITHOUT, ' uten ')}" for column, label in sets
    )
    text = "; ".join(f"{label} {words.of(column, str(row[column]))}" for column, label in sets)
    account = ACCOUNTS[str(row["regnskap"])]
    sign = "−" if int(str(row["fortegn"])) < 0 else ("" if place == 0 else "+")
    return Term(sign, f"{row['regnskap']} ({codes})", f"{account}: {text or 'alt'}")


def _card(rows: pl.DataFrame, words: _Words, flat: Mapping[str, str], year: int) -> Card:
    first = rows.row(0, named=True)
    name = str(first["begrep"])
    own = numbers.resting_on(name, year)
    every = tables.read("indicators").filter(pl.col("begrep") == name).sort("gyldig_fra")
    ends = every["gyldig_til"]
    last = "" if ends.is_null().any() else str(ends.max())
    return Card(
        begrep=name,
        navn=str(first["navn"]),
        enhet=str(first["enhet"]),
        ssb_kode=str(first["ssb_kode"] or ""),
        ledd=_terms(rows, words, flat),
        fortegn=_signs(rows),
        regnskap=_accounts(rows),
        gyldig=f"regnskapsårene {every['gyldig_fra'].to_list()[0]}–{last}; formelen er den for {year}",
        kilde="; ".join(rows["kilde"].unique(maintain_order=True)),
        sikkerhet="; ".join(rows["sikkerhet"].unique(maintain_order=True)),
        merknader=tuple(rows["merknad"].drop_nulls()),
        tall=own,
        andre=_others(name),
        antakelser=_assumptions(own),
        vern=_guards(name),
    )


def _signs(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return what the minus means in the file, a sentence per kind of term."""
    kinds = rows.select(pl.col("regnskap").cast(pl.String), "fortegn").unique(maintain_order=True)
    texts = [
        SIGNS[("balanse" if account == "balanse" else "drift", sign)]
        for account, sign in kinds.iter_rows()
        if account in ACCOUNTS
    ]
    if "begrep" in kinds["regnskap"] or "prosent" in kinds["regnskap"]:
        texts.append("Satt sammen av andre begreper, som har sine egne kort.")
    return tuple(dict.fromkeys(texts))


def _accounts(rows: pl.DataFrame) -> str:
    named = rows["regnskap"].cast(pl.String).unique(maintain_order=True)
    own = [ACCOUNTS[name] for name in named if name in ACCOUNTS]
    return ", ".join(own) or "andre begreper"


def _others(begrep: str) -> tuple[tuple[str, str, str], ...]:
    """Return who means what by the word that this concept is one meaning of: who, variant, definition."""
    rows = tables.read("definisjonskort")
    terms = rows.filter(pl.col("begrep") == begrep)["kort"]
    same = rows.filter(pl.col("kort").is_in(terms.to_list()))
    return tuple(same.select(pl.col("hvem").cast(pl.String), "variant", "definisjon").iter_rows())


def _assumptions(own: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return the open choices that bear on any of the section numbers: id, question, what was chosen."""
    rows = tables.read("assumptions").select("id", "spoersmaal", "valgt", "beroerer")
    return tuple(
        (name, question, chosen)
        for name, question, chosen, touched in rows.iter_rows()
        if any(meet(one, other) for one in mutants.words(touched) for other in own)
    )


def _guards(begrep: str) -> tuple[Guard, ...]:
    """Return the mutants, identities, controls and the unit in which every code counts: what holds a concept."""
    found = [
        Guard(each.id, each.navn, ", ".join(sorted(each.expected)))
        for each in mutants.listed()
        if begrep in each.gjelder
    ]
    found += [
        Guard(row["id"], row["navn"], "identitet")
        for row in tables.read("identities").iter_rows(named=True)
        if begrep in (row["venstre"], row["hoeyre"])
    ]
    noted = tables.read("controls").unique("kontroll", keep="last", maintain_order=True)
    found += [
        Guard(row["kontroll"], row["navn"], "kontroll")
        for row in noted.iter_rows(named=True)
        if begrep in NAMED_WORD.findall(str(row["merknad"] or ""))
    ]
    return (*found, EVERY_CODE)
