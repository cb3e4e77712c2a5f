"""The definition tables held against Statistics Norway's own: the formulas and lists of data/codes/klass.csv.

Source: SSB Klass 259 (arts), 277 (functions) and 374 (concepts, with chapters), CC BY 4.0. What the tables have more or
less than an edition, and signs that are turned, are differences; those on purpose stand in
data/definitions/klass_differences.csv with their reason.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.tables import reader
from kommuneregnskap.tables.definitions import BALANCE, Term, leaves, terms
from kommuneregnskap.tables.definitions import areas as functions_of_areas

EDITION = 2025  # the accounting year that the kept edition is of
DIFFERENCE = ("tabell", "rad", "felt", "mer", "mindre")
SCOPES = ("kasse", "konsolidert", "konsern")
UNUSED = ("brukes ikke", "har sin egen kode")
SERVICES = ("tjenesteområdet", "tjenestefunksjonene")
SERVICE_FUNCTIONS = "FG4"  # SSB's group of all of them
# In a formula: what follows the word for arts, functions or chapters, and the codes and ranges in it.
SETS = re.compile(
    r"(?P<minus>minus\s+)?(?P<kind>artene?|art|funksjon|kapit\w+)\b[^\d\[(]*?(?P<set>[\[(][\d\s.,+()\[\]–-]*(?:minus[\d\s.,+()\[\]–-]*)?|\d+)",
    re.IGNORECASE,
)
ITEM = re.compile(r"(\d+)(?:\.\.(?:\d+\.\.)?(\d+))?")
CHAPTER_ITEM = re.compile(r"(\d+)(?:-(\d+))?")
MINUS = re.compile(r"\)\s*(?:-|–|minus)\s*\(?")
COMPANIES = re.compile(
    r"\s*\)?\s*\+\s*(?:kontoklasse [345]|\(kapit)"
)  # here a group's companies are added
MARK = re.compile(r"\s*\((?:K|KG|R|D|I|2024-)\s*\)\s*$|\.$")  # behind a name in Klass
Signed = dict[
    tuple[str, str], int
]  # (functions, code) → the sign its amount in the file gets; 0: not said
ALL, SERVICE = "alle", "tjenester"


def kept() -> pl.DataFrame:
    """Return the kept edition: columns of data/codes/klass.csv."""
    return reader.read("klass")


def differences(edition: pl.DataFrame) -> pl.DataFrame:
    """Return where the tables differ from an edition: DIFFERENCE (texts), in the order of the tables.

    edition: liste, kode, navn, omfang, formel. Held are the rows in force in the year EDITION: concepts with an SSB
    code down to their codes and signs, for every scope that they are defined for, service areas with an SSB code or of
    one function, and the codes and names of arts, functions and chapters.
    """
    rows = [*_of_concepts(edition), *_of_areas(edition), *_of_codes(edition)]
    return pl.DataFrame(rows, schema=dict.fromkeys(DIFFERENCE, pl.String), orient="row")


def unexplained(edition: pl.DataFrame) -> pl.DataFrame:
    """Return the differences from an edition that no row of klass_differences.csv gives a reason for: DIFFERENCE."""
    reasons = reader.read("klass_differences").select(pl.col(DIFFERENCE).fill_null(""))
    return differences(edition).join(reasons, on=DIFFERENCE, how="anti", maintain_order="left")


def held() -> dict[str, int]:
    """Return how many rows of each table are held against the edition, and how many stand without a code of SSB's."""
    concepts = reader.valid("indicators", EDITION)
    areas = reader.valid("tjenesteomraade", EDITION)
    return {
        "indicators": concepts.filter(pl.col("ssb_kode").is_not_null()).height,
        "indicators uten kode": concepts.filter(pl.col("ssb_kode").is_null()).height,
        "tjenesteomraade": areas.filter(pl.col("ssb_kode").is_not_null()).height,
        "tjenesteomraade uten kode": areas.filter(pl.col("ssb_kode").is_null()).height,
        **{name: len(reader.valid(name, EDITION)) for name in ("art", "funksjon", "kapittel")},
    }


def cited() -> list[str]:
    """Return SSB's codes that concepts and service areas name, in order."""
    found = [
        reader.read(name)["ssb_kode"].drop_nulls() for name in ("indicators", "tjenesteomraade")
    ]
    return pl.concat(found).unique().sort().to_list()


def _of_concepts(edition: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    found = terms(EDITION)
    rows = reader.valid("indicators", EDITION).unique("begrep", keep="first", maintain_order=True)
    formulas = {
        (row["kode"], row["omfang"]): row["formel"]
        for row in edition.filter(pl.col("liste") == "begrep").iter_rows(named=True)
    }
    for row in rows.filter(pl.col("ssb_kode").is_not_null()).iter_rows(named=True):
        own = _own(found, row["begrep"])
        scopes = [row["omfang"]] if row.get("omfang") else list(SCOPES)
        missing = [scope for scope in scopes if not _used(formulas.get((row["ssb_kode"], scope)))]
        if missing:
            yield ("indicators", row["begrep"], "omfang", ", ".join(missing), "")
        of = next(
            (formulas[row["ssb_kode"], scope] for scope in scopes if scope not in missing), ""
        )
        yield from _compared(row["begrep"], own, _read(of, edition))


def _used(formula: str | None) -> bool:
    return bool(formula) and not any(word in str(formula) for word in UNUSED)


def _own(found: list[Term], begrep: str) -> Signed:
    """Return a concept down to its codes: arts by the functions they count on, or chapters, with their sign.

    What counts twice has a sign of 2 or -2, what cancels out is not there.
    """
    codes: Counter[tuple[str, str]] = Counter()
    known = reader.valid("art", EDITION)["art"].to_list()
    for term, sign in leaves(found, begrep):
        of_balance = term.regnskap == BALANCE
        where = BALANCE if of_balance else _named(set(term.funksjoner))
        counted = term.kapitler if of_balance else term.arter or known
        codes.update({(where, code): sign * term.fortegn for code in counted})
    return {key: times for key, times in codes.items() if times}


def _named(functions: set[str]) -> str:
    """Name a set of functions: all, those of services, or the codes themselves."""
    if not functions:
        return ALL
    known = reader.valid("funksjon", EDITION)["funksjon"]
    services = {code for code in known if "100" <= code <= "799"}
    return SERVICE if functions == services else ", ".join(sorted(functions))


def _read(formula: str, edition: pl.DataFrame) -> Signed:
    """Return the codes of a formula that the tables know, with the sign that an amount of the file gets.

    Of a group's accounts the companies' own are left out. Where a formula has several sentences their sum is not said
    in signs: 0.
    """
    companies = COMPANIES.search(formula)
    text = formula[: companies.start()] if companies else formula
    sides = _sides()
    where = SERVICE if any(word in text for word in SERVICES) else ALL
    several = any(sign in text for sign in (" er kontoklasse", " = kontoklasse"))
    codes: Signed = {}
    for found in SETS.finditer(text):
        kind = found["kind"].lower()
        if kind == "funksjon":
            where = found["set"]
            continue
        parts = MINUS.split(found["set"]) if kind.startswith("art") else [found["set"]]
        for place, part in enumerate(parts):
            turned = -1 if (place > 0) != bool(found["minus"]) else 1
            for code in _codes(part, chapters=not kind.startswith("art"), edition=edition):
                key = (BALANCE if not kind.startswith("art") else where, code)
                codes[key] = 0 if several else turned * sides.get((key[0] == BALANCE, code), 1)
    return codes


def _sides() -> dict[tuple[bool, str], int]:
    """Return the sign in the file of income, debt and equity: (whether a chapter, code) → −1; others are +1."""
    arts = reader.valid("art", EDITION).filter(pl.col("side").cast(pl.String) == "inntekt")["art"]
    chapters = reader.valid("kapittel", EDITION).filter(
        pl.col("type").cast(pl.String).is_in(["gjeld", "egenkapital"])
    )["kapittel"]
    return {(False, code): -1 for code in arts} | {(True, code): -1 for code in chapters}


def _codes(text: str, *, chapters: bool, edition: pl.DataFrame) -> list[str]:
    """Return the codes of an edition that a list of codes and ranges names; one that stands alone in any case."""
    kind = "kapittel" if chapters else "art"
    known = edition.filter(pl.col("liste") == kind)["kode"].to_list()
    found: list[str] = []
    for first, last in (CHAPTER_ITEM if chapters else ITEM).findall(text):
        span = [
            code for code in known if len(code) == len(first) and first <= code <= (last or first)
        ]
        found += span or [first]
    return found


def _compared(begrep: str, own: Signed, ssb: Signed) -> Iterator[tuple[str, ...]]:
    """Yield what a concept has more or less than SSB's, by functions, and the codes whose sign is another."""
    for where in dict.fromkeys(place for place, _ in [*own, *ssb]):
        mine, theirs = ({code for place, code in codes if place == where} for codes in (own, ssb))
        if mine != theirs:
            field = "kapitler" if where == BALANCE else f"arter ({where})"
            yield ("indicators", begrep, field, _listed(mine - theirs), _listed(theirs - mine))
    both = own.keys() & ssb.keys()
    turned = {key for key in both if own[key] != (ssb[key] or math.copysign(1, own[key]))}
    if turned:
        words = "alle" if turned == both else _listed(code for _, code in turned)
        yield ("indicators", begrep, "fortegn", words, "")


def _of_areas(edition: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    groups = dict(edition.filter(pl.col("liste") == "gruppe").select("kode", "formel").iter_rows())
    functions = edition.filter(pl.col("liste") == "funksjon")["kode"].to_list()
    own = {
        str(area): set(rows["funksjon"])
        for (area,), rows in functions_of_areas(EDITION).group_by("tjenesteomraade")
    }
    for area, code in (
        reader.valid("tjenesteomraade", EDITION)
        .filter(pl.col("ssb_kode").is_not_null())
        .select("tjenesteomraade", "ssb_kode")
        .iter_rows()
    ):
        text = code if code in functions else groups.get(code, "")
        ssb = _in_ranges(text, functions)
        if own[area] != ssb:
            yield (
                *("tjenesteomraade", area, "funksjoner"),
                *(_listed(own[area] - ssb), _listed(ssb - own[area])),
            )


def _in_ranges(text: str, known: Iterable[str]) -> set[str]:
    ranges = [
        (first, last or first) for first, last in re.findall(r"(\d{3})(?:\.\.(\d{3}))?", text)
    ]
    return {code for code in known if any(first <= code <= last for first, last in ranges)}


def _of_codes(edition: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    for name in ("art", "funksjon", "kapittel"):
        own = dict(reader.valid(name, EDITION).select(name, "navn").iter_rows())
        ssb = dict(edition.filter(pl.col("liste") == name).select("kode", "navn").iter_rows())
        if own.keys() != ssb.keys():
            more, less = own.keys() - ssb.keys(), ssb.keys() - own.keys()
            yield (name, "alle", name, _listed(more), _listed(less))
        yield from (
            (name, code, "navn", own[code], ssb[code])
            for code in sorted(own.keys() & ssb.keys())
            if plain(own[code]) != plain(ssb[code])
        )


def plain(name: str) -> str:
    """Return a name without the marks that Klass sets behind it."""
    return MARK.sub("", name.strip()).strip()


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


@dataclass(frozen=True)
class Change:
    """What is another in a new edition: liste, kode, omfang, hva (`ny`, `borte`, `navn`, `formel`), var, er."""

    liste: str
    kode: str
    omfang: str
    hva: str
    var: str
    er: str


def changed(new: pl.DataFrame, old: pl.DataFrame) -> list[Change]:
    """Return what an edition has otherwise than another: codes that are new or gone, names and formulas.

    Both: liste, kode, navn, omfang, formel. In the order of the lists.
    """
    key = ["liste", "kode", "omfang"]
    sides = [
        frame.select(*key, "navn", pl.col("formel").fill_null("")).cast(pl.String)
        for frame in (old, new)
    ]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True, suffix="_ny").sort(key)
    found: list[Change] = []
    for row in both.iter_rows(named=True):
        named = (row["liste"], row["kode"], row["omfang"])
        if row["navn"] is None or row["navn_ny"] is None:
            gone = row["navn_ny"] is None
            found.append(
                Change(*named, "borte" if gone else "ny", row["navn"] or "", row["navn_ny"] or "")
            )
            continue
        found += [
            Change(*named, name, row[name], row[f"{name}_ny"])
            for name in ("navn", "formel")
            if row[name] != row[f"{name}_ny"]
        ]
    return found


def used(edition: pl.DataFrame) -> pl.DataFrame:
    """Return what of an edition is kept: all codes, and the groups and concepts that the tables name."""
    named = pl.col("liste").is_in(["gruppe", "begrep"])
    of_ours = pl.col("kode").is_in([*cited(), SERVICE_FUNCTIONS])
    return edition.filter(~named | of_ours)


def named_by(code: str) -> str:
    """Return the rows of the tables that name one of SSB's codes, as words; empty where none does."""
    rows = [
        f"{name}: {', '.join(dict.fromkeys(own))}"
        for name, column in (("indicators", "begrep"), ("tjenesteomraade", "tjenesteomraade"))
        if (own := reader.read(name).filter(pl.col("ssb_kode") == code)[column].to_list())
    ]
    return "; ".join(rows)
