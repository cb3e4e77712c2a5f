"""How each section number comes about, and which one a user means: data/definitions/utregning.csv."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.tables.schemas.claims import OF_NUMBERS

NAME = "utregning"
PLACE = re.compile(r"\{([a-z]+)\}")
AREA_SIGN = ":"
UNITS, PEOPLE = "enheter", "innbyggere"  # what is counted besides amounts
CLOSEST = 5


@dataclass(frozen=True)
class Recipe:
    """A row of utregning.csv for one section number, its words in braces filled in.

    teller, nevner: a concept of indicators.csv, with `:` and a service area where it is of one;
    `enheter` or `innbyggere`; for kinds of OF_NUMBERS another section number. The conditions
    (`conditions.parse`) say which units are counted in the first part, in the second and in both.
    """

    tall_id: str
    linje: int
    navn: str
    slag: str
    teller: str
    teller_vilkaar: str
    nevner: str
    nevner_vilkaar: str
    vilkaar: str
    enhetstype: str
    utvalg: str
    aar: str
    enhet: str
    funksjon: str
    notatbok: str
    kilde: str
    merknad: str
    moenster: str

    @property
    def of_numbers(self) -> bool:
        """Whether the number is made of other section numbers, not of amounts."""
        return self.slag in OF_NUMBERS


@dataclass(frozen=True)
class _Pattern:
    regex: re.Pattern[str]
    row: dict[str, object]


def recipe(tall_id: str) -> Recipe:
    """Return how section number `tall_id` comes about. Raises DataError where the table does not say."""
    for pattern in _patterns():
        match = pattern.regex.fullmatch(tall_id)
        if match:
            return _filled(tall_id, pattern.row, match.groupdict())
    raise DataError(
        tables.file_of(NAME),
        field="tall_id",
        value=tall_id,
        allowed="a row for every section number",
        todo="Add the row that says how it is computed.",
    )


def siblings(one: Recipe, ids: Iterable[str]) -> list[str]:
    """Return those of `ids` that follow the same pattern as a recipe, in their order."""
    regex = _regex(one.moenster)
    return [each for each in ids if regex.fullmatch(each)]


def resolve(text: str, claims: pl.DataFrame, numbers: Iterable[str]) -> tuple[str, str]:
    """Return the section number that a user means, and the published number it was named by.

    text: the id of a section number or of a published number, or a section number's words in another
    order. claims: id, tall_id. numbers: the section numbers there are. Out: tall_id, claim id (empty
    where a section number was named). Raises UsageError, naming the closest, where there is none.
    """
    named = dict(claims.select("id", "tall_id").iter_rows())
    known = list(dict.fromkeys(numbers))
    if text in known:
        return text, ""
    if named.get(text):
        return str(named[text]), text
    if text in named:
        raise UsageError(
            f"ID is {text!r}, which is context of its source and not computed from accounts; "
            f"computed are: {', '.join(_closest(text, [k for k, v in named.items() if v]))}"
        )
    words = sorted(text.split("."))
    same = [each for each in known if sorted(each.split(".")) == words]
    if len(same) == 1:
        return same[0], ""
    closest = same or _closest(text, [*known, *named])
    raise UsageError(
        f"ID is {text!r}; allowed: a section number or a published number, such as "
        f"{', '.join(closest)} (all of them: tall.csv and vurdering.csv of the report)"
    )


def _closest(text: str, ids: list[str]) -> list[str]:
    """Return the ids that are most alike, those with the same words before those with the same letters."""
    words = set(re.split(r"[._]", text))
    alike = difflib.get_close_matches(text, ids, CLOSEST, 0.6)
    shared = sorted(ids, key=lambda each: -len(words & set(re.split(r"[._]", each))))
    return list(dict.fromkeys([*alike, *shared]))[:CLOSEST]


def _patterns() -> tuple[_Pattern, ...]:
    return _patterns_once(tables.contents(NAME))


@lru_cache(maxsize=8)
def _patterns_once(_read: tuple[tables.Content, ...]) -> tuple[_Pattern, ...]:
    rows = tables.read(NAME).with_columns(pl.col(pl.Enum).cast(pl.String))
    # A number of its own before the pattern that would take it in as well.
    listed = sorted(rows.iter_rows(named=True), key=lambda row: row["tall_id"].count("{"))
    return tuple(_Pattern(_regex(row["tall_id"]), row) for row in listed)


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(r"(?P<\1>[a-z0-9_]+)", pattern.replace(".", r"\.")))


def _filled(tall_id: str, row: dict[str, object], values: dict[str, str]) -> Recipe:
    def fill(text: object) -> str:
        return PLACE.sub(lambda found: values.get(found.group(1), found.group()), str(text or ""))

    cells = {name: fill(value) for name, value in row.items() if name not in ("linje", "tall_id")}
    return Recipe(
        tall_id=tall_id, linje=int(str(row["linje"])), moenster=str(row["tall_id"]), **cells
    )
