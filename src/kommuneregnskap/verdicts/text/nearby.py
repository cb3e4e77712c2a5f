"""Which service area and size group a number of a text is of: those that are named in its clause."""

from __future__ import annotations

import re

import polars as pl

from kommuneregnskap.tables import reader
from kommuneregnskap.verdicts.text.around import Around
from kommuneregnskap.verdicts.text.words import Words

DIRECTLY = re.compile(
    r"\s*(?:av|i|blant|hos|for)\s+(?:de\s+|alle\s+)?kommun\w+\s+med\s*", re.IGNORECASE
)
THERE = re.compile(r"\s*(?:der|som|hvor|dette|det)\b", re.IGNORECASE)  # for what stands before
AND = re.compile(r"\s*(?:,|og|samt)\s*(?:kommunale\s*)?$")


def areas(told: Around, beside: list[Around], lexicon: dict[str, Words]) -> list[str]:
    """Return the service areas that a number is of: of its clause, several where they are listed together.

    beside: all numbers of the sentence; of several the one that follows each, where the first number stands first.
    """
    text = told.clause
    at, until = told.mention.start - told.start, told.mention.end - told.start
    found = [f for f in lexicon["omraade"].all(text) if f[1] <= at or f[0] >= until]
    place = _of(told, beside, [f[:2] for f in found])
    if place is None:
        before = told.sentence.text[: told.start] or told.sentence.before
        said = lexicon["omraade"].all(before) if THERE.match(text) else []
        return [said[-1][2]] if said else []
    if len(_alike(told, beside)) > 1:
        return [found[place][2]]
    first = last = place
    while first > 0 and AND.fullmatch(text[found[first - 1][1] : found[first][0]]):
        first -= 1
    while last + 1 < len(found) and AND.fullmatch(text[found[last][1] : found[last + 1][0]]):
        last += 1
    return list(dict.fromkeys(f[2] for f in found[first : last + 1]))


def groups(told: Around, beside: list[Around]) -> list[str]:
    """Return the size group that a number is of, where one is named in its clause; see stoerrelsesgruppe.csv."""
    found = sorted(
        (said.start(), said.end(), name)
        for name, wanted in size_groups()
        for said in wanted.finditer(told.clause)
    )
    place = _of(told, beside, [f[:2] for f in found])
    return [] if place is None else [found[place][2]]


def _alike(told: Around, beside: list[Around]) -> list[Around]:
    """Return the numbers of the same unit in the clause of a number, in order."""
    clause_of = [other for other in beside if told.start <= other.mention.start < told.end]
    return [other for other in clause_of if other.mention.enhet == told.mention.enhet] or [told]


def _of(told: Around, beside: list[Around], places: list[tuple[int, int]]) -> int | None:
    """Return which of several places in a clause is that of a number: in a list always what follows, or precedes."""
    if not places:
        return None
    at, until = told.mention.start - told.start, told.mention.end - told.start
    nearest = min(
        range(len(places)),
        key=lambda i: at - places[i][1] if places[i][1] <= at else places[i][0] - until + 1,
    )
    for i, (start, _) in enumerate(places):
        if start >= until and DIRECTLY.fullmatch(told.clause[until:start]):
            return i
    first = min(other.mention.start for other in _alike(told, beside)) - told.start
    if len(places) == 1 or len(_alike(told, beside)) == 1:
        return nearest
    if first < places[0][0]:
        return next((i for i, place in enumerate(places) if place[0] >= until), nearest)
    return next((i for i, place in reversed(list(enumerate(places))) if place[1] <= at), nearest)


@reader.made_of("stoerrelsesgruppe")
def size_groups() -> list[tuple[str, re.Pattern[str]]]:
    """Return each size group with a pattern of how it is said: `under 3.000 innbyggere`, `mellom 20 000 og 50 000`."""
    rows = reader.read("stoerrelsesgruppe").select("gruppe", pl.col("fra", "til").cast(pl.Int64))
    return [
        (name, re.compile(_said(low, high), re.IGNORECASE)) for name, low, high in rows.iter_rows()
    ]


def _said(low: int | None, high: int | None) -> str:
    if high is None:
        return rf"(?:over|mer enn|flere enn|minst)\s+{_digits((low or 1) - 1)}\b"
    if not low:
        return rf"(?:under|færre enn|mindre enn)\s+{_digits(high + 1)}\b"
    ends = {high, high + 1}
    return rf"{_digits(low)}\s*(?:til|og|–|-)\s*(?:{'|'.join(map(_digits, sorted(ends)))})\b"


def _digits(number: int) -> str:
    """Return a pattern of a whole number with or without a sign between thousands."""
    return re.escape(f"{number:,}").replace(",", "[ .\u00a0\u202f]?")
