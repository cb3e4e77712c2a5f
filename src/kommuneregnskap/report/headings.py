"""Names of columns in words: a frame that a notebook shows as it is, is read by people in print and workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kommuneregnskap.tables import reader, sections

TABLES = ("numbers", "indicators", "sections")  # that say what a column is called
UNITS = {
    "mrd_kr": "mrd. kr",
    "prosent": "prosent",
    "prosentpoeng": "prosentpoeng",
    "kr": "kr",
    "aar": "år",
    "rang": "nummer",
    "retning": "fortegn",
    "antall": "antall",
}
SHOWN = ("mrd_kr", "prosent", "prosentpoeng", "kr")  # the units that a heading says
ENDINGS = {"mrd": "mrd. kr", "pst": "prosent", "pp": "prosentpoeng", "navn": ""}
BEFORE = "_foer"  # ends the name of a concept that is of the year before
# Code has no letters outside a to z.
LETTERS = {"aa": "å", "oe": "ø", "ae": "æ", "belop": "beløp"}
DIGRAPH = re.compile("|".join(LETTERS))


@dataclass(frozen=True)
class Heading:
    """What a column is called; meaning, unit: what its name is known to stand for, empty where it is only read."""

    title: str
    meaning: str = ""
    unit: str = ""


def in_words(column: str, notebook: str) -> str:
    """Return the name of a frame's column for a reader, with its unit where that is known: see `of`."""
    return of(column, notebook).title


def of(column: str, notebook: str) -> Heading:
    """Return what a frame's column is called, and what it means where its name says that.

    A section number by its name in numbers.csv, with `_` for its dots; notebook: the file's name without ending, which
    says of which section. A concept by its name in indicators.csv. Any other is read as words: stoerste_avvik is
    Største avvik, anslag_mrd Anslag, mrd. kr.
    """
    number = f"{_sections().get(notebook, '')}_{column}"
    return _section_numbers().get(number) or _concepts().get(column) or _read(column)


@reader.made_of("sections")
def _sections() -> dict[str, str]:
    return dict(sections.table().select("notatbok", "seksjon").iter_rows())


@reader.made_of("numbers")
def _section_numbers() -> dict[str, Heading]:
    found = reader.read("numbers").select("tall_id", "navn", "enhet").iter_rows()
    return {
        tall_id.replace(".", "_"): Heading(
            _with_unit(navn, UNITS[enhet] if enhet in SHOWN else ""), navn, UNITS[enhet]
        )
        for tall_id, navn, enhet in found
    }


@reader.made_of("indicators")
def _concepts() -> dict[str, Heading]:
    known = reader.read("indicators").select("begrep", "navn", "enhet").unique().iter_rows()
    found = {begrep: Heading(navn, navn, str(enhet)) for begrep, navn, enhet in known}
    before = {
        f"{name}{BEFORE}": Heading(*(f"{each.title}, året før",) * 2, each.unit)
        for name, each in found.items()
    }
    return found | before


def ending(column: str) -> str:
    """Return the unit that the end of a column's name says: anslag_mrd is in mrd. kr; empty for none."""
    before, _, last = column.rpartition("_")
    return ENDINGS.get(last, "") if before else ""


def _read(column: str) -> Heading:
    words = DIGRAPH.sub(lambda match: LETTERS[match.group()], column).split("_")
    if len(words) > 1 and words[-1] in ENDINGS:
        words.pop()
    said = " ".join(words).strip() or column
    return Heading(_with_unit(said[:1].upper() + said[1:], ending(column)))


def _with_unit(name: str, unit: str) -> str:
    return f"{name}, {unit}" if unit and unit not in name else name
