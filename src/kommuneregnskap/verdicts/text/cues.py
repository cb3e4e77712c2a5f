"""By which words a section number is known: `kjennetegn.csv`, as patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.tables import reader
from kommuneregnskap.verdicts.text.words import LETTER

AREA, GROUP = "{tjenesteomraade}", "{stoerrelsesgruppe}"


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


@reader.made_of("kjennetegn")
def cues() -> list[Cue]:
    """Return the rows of kjennetegn.csv in order. Raises DataError as `tables.read`."""
    return [
        Cue(
            row["tall_id"],
            row["slag"],
            row["del_av"] or "",
            tuple(_any(group) for group in row["ord"].split(";")),
            _any(row["ikke"]) if row["ikke"] else None,
            row["verdi"],
            row["kvalifikator"],
        )
        for row in reader.read("kjennetegn")
        .with_columns(pl.col("slag").cast(pl.String))
        .iter_rows(named=True)
    ]


def _any(words: str) -> re.Pattern[str]:
    """Return a pattern of the beginnings of any of `a|b|*c`; with a star also inside a word."""
    parts = [
        re.escape(word.strip().lstrip("*")).replace(r"\ ", r"\s+") if word.strip().startswith("*")
        else f"(?<!{LETTER})" + re.escape(word.strip()).replace(r"\ ", r"\s+")
        for word in words.split("|")
    ]  # fmt: skip
    return re.compile("|".join(parts), re.IGNORECASE)
