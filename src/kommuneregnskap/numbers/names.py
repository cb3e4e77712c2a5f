"""What a section number is called in full: its name, and which service area, size group or fund band it is of."""

from __future__ import annotations

from kommuneregnskap import tables
from kommuneregnskap.tables.numbers import AREAS, BANDS, GROUPS, PLACE, Recipe

# A word in braces → the table that has the names of what it stands for, and the column of their ids.
NAMED = {AREAS: (AREAS, AREAS), GROUPS: (GROUPS, "gruppe"), BANDS: ("fund_bands", BANDS)}


def full_name(one: Recipe, year: int) -> str:
    """Return the name of a section number, with the area, group or band it is of: `…andel av …: Grunnskole`."""
    word = PLACE.search(one.moenster)
    if word is None:
        return one.navn
    before, after = PLACE.split(one.moenster)[::2]
    value = one.tall_id.removeprefix(before).removesuffix(after)
    return f"{one.navn}: {_names(word.group(1), year).get(value, value)}"


def _names(word: str, year: int) -> dict[str, str]:
    table, column = NAMED[word]
    rows = tables.valid(table, year) if word == AREAS else tables.read(table)
    return dict(rows.select(column, "navn").iter_rows())
