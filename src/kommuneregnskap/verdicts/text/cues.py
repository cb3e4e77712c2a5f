"""By which words a section number is known: `kjennetegn.csv`, as patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader
from kommuneregnskap.verdicts.text.words import LETTER, NAMED

AREA, GROUP = "{tjenesteomraade}", "{stoerrelsesgruppe}"
NOT_WITHIN = f"(?<!{LETTER})"


@dataclass(frozen=True)
class Cue:
    """One row of kjennetegn.csv: groups of words that must stand by a number, and words that must not."""

    tall_id: str
    slag: str
    del_av: str
    groups: tuple[re.Pattern[str], ...]
    banned: re.Pattern[str] | None
    verdi: float | None
    kvalifikator: str | None


@reader.made_of("kjennetegn", "tekstord")
def cues() -> list[Cue]:
    """Return the rows of kjennetegn.csv in order.

    Raises DataError as `tables.read`, and for `@` before a name that tekstord.csv does not have.
    """
    words = reader.read("tekstord").filter(pl.col("slag").cast(pl.String) == NAMED)
    named = dict(words.select("ord", "betydning").iter_rows())
    return [
        Cue(
            row["tall_id"],
            row["slag"],
            row["del_av"] or "",
            tuple(_any(group, named, row) for group in row["ord"].split(";")),
            _any(row["ikke"], named, row) if row["ikke"] else None,
            row["verdi"],
            row["kvalifikator"],
        )
        for row in reader.read("kjennetegn")
        .with_columns(pl.col("slag").cast(pl.String))
        .iter_rows(named=True)
    ]


def _any(words: str, named: dict[str, str], row: dict[str, Any]) -> re.Pattern[str]:
    """Return a pattern of the beginnings of any of `a|b|*c|@name`; with a star also inside a word."""
    listed = [
        each.strip() for word in words.split("|") for each in _meant(word.strip(), named, row)
    ]
    parts = [
        (NOT_WITHIN * (not word.startswith("*")))
        + re.escape(word.lstrip("*")).replace(r"\ ", r"\s+")
        for word in listed
    ]
    return re.compile("|".join(parts), re.IGNORECASE)


def _meant(word: str, named: dict[str, str], row: dict[str, Any]) -> list[str]:
    """Return the words of a name behind `@`, else the word itself."""
    if not word.startswith("@"):
        return [word]
    if word[1:] not in named:
        raise DataError(
            reader.file_of("kjennetegn"), line=row["linje"], field="ord", value=word,
            allowed=", ".join(f"@{name}" for name in named), todo="Name an uttrykk of tekstord.csv.",
        )  # fmt: skip
    return named[word[1:]].split("|")
