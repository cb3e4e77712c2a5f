"""Names of columns in words: a frame that a notebook shows as it is, is read by people in print and workbook."""

from __future__ import annotations

import re

from kommuneregnskap.tables import reader, sections

UNITS = {"mrd_kr": "mrd. kr", "prosent": "prosent", "prosentpoeng": "prosentpoeng", "kr": "kr"}
ENDINGS = {"mrd": "mrd. kr", "pst": "prosent", "pp": "prosentpoeng", "navn": ""}
# Code has no letters outside a to z.
LETTERS = {"aa": "å", "oe": "ø", "ae": "æ"}
DIGRAPH = re.compile("|".join(LETTERS))


def in_words(column: str, notebook: str) -> str:
    """Return the name of a frame's column for a reader, with its unit where that is known.

    A section number by its name in numbers.csv; notebook: the file's name without ending, which says of which
    section. Any other is read as words: stoerste_avvik is Største avvik, anslag_mrd Anslag, mrd. kr.
    """
    rows = sections.table().select("notatbok", "seksjon").iter_rows()
    known = _section_numbers().get(f"{dict(rows).get(notebook, '')}.{column}")
    return known or _read(column)


def _section_numbers() -> dict[str, str]:
    found = reader.read("numbers").select("tall_id", "navn", "enhet").iter_rows()
    return {tall_id: _with_unit(navn, UNITS.get(str(enhet), "")) for tall_id, navn, enhet in found}


def _read(column: str) -> str:
    words = DIGRAPH.sub(lambda match: LETTERS[match.group()], column).split("_")
    ending = words.pop() if len(words) > 1 and words[-1] in ENDINGS else ""
    said = " ".join(words).strip() or column
    return _with_unit(said[:1].upper() + said[1:], ENDINGS.get(ending, ""))


def _with_unit(name: str, unit: str) -> str:
    return f"{name}, {unit}" if unit and unit not in name else name
