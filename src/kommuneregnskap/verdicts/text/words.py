"""What words of a release mean: `tekstord.csv` and the words of `qualifiers.csv`, as patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.tables import reader

LETTER = r"[0-9A-Za-zÆØÅæøåé]"
# Qualifying words that are no hedge before a number, but say what kind of thing it is.
NO_HEDGES = (
    "eksakt", "broek", "telling", "rang", "rang_mellom", "mellom", "retning_opp", "retning_ned",
)  # fmt: skip
AREA, NAMED = "omraade", "uttrykk"
TENS = ("tjue", "tretti", "førti", "femti", "seksti", "sytti", "åtti", "nitti")
Found = tuple[int, int, str, float | None]  # where it begins and ends, what it means, its value


def pattern(words: str) -> str:
    """Return a pattern of words as a table has them: `*` at an end stands for any letters there."""
    body = re.escape(words.strip("*")).replace(r"\ ", r"\s+")
    if words.isupper():  # VAR is a service area, «var» a verb
        body = f"(?-i:{body})"
    before = f"(?<!{LETTER})" + (f"{LETTER}*" if words.startswith("*") else "")
    after = f"{LETTER}*" if words.endswith("*") else f"(?!{LETTER})"
    return before + body + after


@dataclass(frozen=True)
class Words:
    """The words of one kind: a pattern of all, longest first, and what each means with its value."""

    pattern: re.Pattern[str]
    meant: tuple[tuple[re.Pattern[str], str, float | None], ...]

    def all(self, text: str) -> list[Found]:
        """Return every place where one of the words stands, with what it means."""
        return [
            (found.start(), found.end(), *self.meaning(found.group()))
            for found in self.pattern.finditer(text)
        ]

    def meaning(self, word: str) -> tuple[str, float | None]:
        """Return what a word means and its value."""
        for each, meant, value in self.meant:
            if each.fullmatch(word):
                return meant, value
        raise KeyError(word)

    def worth(self, word: str) -> float | None:
        """Return the value of a word; None for one that is none of these."""
        return next((value for each, _, value in self.meant if each.fullmatch(word)), None)


def lexicon() -> dict[str, Words]:
    """Return the words of each kind (`slag` of tekstord.csv), and `kvalifikator`: those of qualifiers.csv.

    Names of service areas are among the words for them.

    Raises DataError as `tables.read`.
    """
    return _lexicon()


@reader.made_of("tekstord", "qualifiers", "tjenesteomraade")
def _lexicon() -> dict[str, Words]:
    read = reader.read("tekstord").filter(pl.col("slag").cast(pl.String) != NAMED)
    rows = read.select(pl.col("slag").cast(pl.String), "ord", "betydning", "verdi")
    kinds = {
        str(kind[0]): _words([(w, m or "", v) for w, m, v in part.drop("slag").iter_rows()])
        for kind, part in rows.group_by("slag", maintain_order=True)
    }
    hedges = reader.read("qualifiers").filter(~pl.col("kvalifikator").is_in(NO_HEDGES))
    said = [
        (word.strip(), name, None)
        for listed, name in hedges.select("ord", "kvalifikator").iter_rows()
        for word in listed.split(";")
    ]
    names = (
        reader.read("tjenesteomraade").select("navn", "tjenesteomraade").unique(maintain_order=True)
    )
    areas = [(navn, area, None) for navn, area in names.iter_rows() if "(" not in navn]
    listed = rows.filter(pl.col("slag") == AREA).select("ord", "betydning", "verdi").iter_rows()
    return kinds | {"kvalifikator": _words(said), AREA: _words([*listed, *areas])}


def _words(rows: Sequence[tuple[str, str, float | None]]) -> Words:
    longest = sorted(rows, key=lambda row: -len(row[0]))
    meant = tuple((re.compile(pattern(w), re.IGNORECASE), m, v) for w, m, v in longest)
    every = "|".join(pattern(word) for word, _, _ in longest)
    return Words(re.compile(every, re.IGNORECASE), meant)
