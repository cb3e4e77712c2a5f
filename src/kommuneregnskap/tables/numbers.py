"""How each section number comes about: a row of data/definitions/numbers.csv, its words in braces filled in.

A row may stand for many numbers: `{tjenesteomraade}`, `{stoerrelsesgruppe}` and `{baand}` in its id are any service
area, size group or fund band, and what is found there is filled into its other cells. `{valg.x}` is what the choices
of a survey make of setting x (alternatives.csv), so that one row describes a number under every choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import choices as choices_
from kommuneregnskap.tables import conditions, reader
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.conditions import Condition
from kommuneregnskap.tables.schemas import numbers as schema

NAME = conditions.TABLE
READ = (NAME, *choices_.READ, "fund_bands")  # what a recipe is made of
PLACE = re.compile(r"\{([a-z]+)\}")
CHOICE = re.compile(r"\{valg\.([a-z_]+)\}")
AREA_SIGN = ":"
UNITS, PEOPLE = "enheter", "innbyggere"  # what is counted besides amounts
AREAS, GROUPS, BANDS = "tjenesteomraade", "stoerrelsesgruppe", "baand"
CONDITIONS = ("vilkaar", "teller_vilkaar", "nevner_vilkaar")


FLAGS = ("vektes", "vises", "simuleres", "samme_omfang")  # columns of yes and no


@dataclass(frozen=True)
class Recipe:
    """How one section number comes about.

    teller, nevner: a concept of indicators.csv, with `:` and a service area where it is of one;
    `enheter` or `innbyggere`; for kinds of OF_NUMBERS, and estimates, another section number. The conditions
    say which units are counted in the first part, in the second and in both. moenster: the id as the table has it,
    linje: its line there. The other fields are the columns of the table.
    """

    tall_id: str
    linje: int
    moenster: str
    navn: str
    seksjon: str
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
    vektes: bool
    vises: bool
    anslaas_som: str
    simuleres: bool
    samme_omfang: bool
    kilde: str
    merknad: str

    @property
    def of_numbers(self) -> bool:
        """Whether the number is made of other section numbers, or looked up in a table, and not of amounts."""
        return self.slag in schema.OF_NUMBERS

    @property
    def estimated(self) -> bool:
        """Whether it is an estimate of another number, or an end of its interval."""
        return self.slag in schema.ESTIMATES

    @property
    def same_units(self) -> bool:
        """Whether it is of the same units in two years."""
        return self.utvalg in (schema.SAME, schema.SAME_NEGATIVE)

    @property
    def made_of(self) -> tuple[str, ...]:
        """Return the section numbers it is made of directly."""
        own = (self.of_numbers or self.estimated) and self.slag != schema.LOOKED_UP
        return tuple(each for each in (self.teller, self.nevner) if each) if own else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the amounts it is made of directly."""
        own = self.of_numbers or self.estimated
        return () if own else tuple(each for each in (self.teller, self.nevner) if each)

    def condition(self, field: str) -> Condition:
        """Return one of its conditions, a column of CONDITIONS. Raises DataError for one that is not understood."""
        return conditions.parse(getattr(self, field), self.linje, field)

    def refused(self, field: str, value: str, allowed: str) -> DataError:
        """Return the error for a cell of its row."""
        return DataError(
            reader.file_of(NAME),
            line=self.linje,
            field=field,
            value=value,
            allowed=allowed,
            todo="Mend the cell.",
        )


@dataclass(frozen=True)
class _Pattern:
    regex: re.Pattern[str]
    row: dict[str, object]


def recipe(tall_id: str, made: Choices = ()) -> Recipe:
    """Return how section number `tall_id` comes about under choices.

    Raises DataError where the table does not say, and where it names a setting that no choice sets.
    """
    return choices_.noted(_recipe(tall_id, made, reader.contents(*READ)), _asked, tall_id)


def _asked(made: Choices, tall_id: str) -> Recipe:
    return recipe(tall_id, made)


@lru_cache(maxsize=16384)
def _recipe(tall_id: str, made: Choices, _read: tuple[reader.Content, ...]) -> Recipe:
    for pattern in _patterns():
        match = pattern.regex.fullmatch(tall_id)
        if match:
            return _filled(tall_id, pattern.row, match.groupdict(), made)
    raise DataError(
        reader.file_of(NAME),
        field="tall_id",
        value=tall_id,
        allowed="a row for every section number",
        todo="Add the row that says how it is computed.",
    )


@reader.made_of(NAME)
def listed() -> pl.DataFrame:
    """Return the rows of the table as they stand, words in braces and all, in its order; texts as String."""
    return reader.read(NAME).with_columns(pl.col(pl.Enum).cast(pl.String))


@reader.made_of(*READ)
def rows() -> tuple[Recipe, ...]:
    """Return the rows of the table under the usual choices, ids and cells with their words in braces, in its order."""
    return tuple(_filled(row["tall_id"], row, {}, ()) for row in listed().iter_rows(named=True))


def counts_units(tall_id: str, made: Choices = ()) -> bool:
    """Return whether a section number says how municipalities are spread, counts them, or stands for those outside.

    Such a number says nothing of one municipality's own accounts; one that is not of the table is of many.
    """
    if not any(pattern.regex.fullmatch(tall_id) for pattern in _patterns()):
        return True
    one = recipe(tall_id, made)
    spread = one.slag in (*schema.EXTREMES, *schema.ESTIMATES) or one.teller in (UNITS, PEOPLE)
    return spread or any(counts_units(name, made) for name in one.made_of)


def ids(of: Callable[[str, str], Iterable[str]]) -> list[str]:
    """Return the ids of all numbers, in the order of the table.

    of: gives what a word in braces (AREAS, GROUPS, BANDS) stands for in a number of some kind (`slag`). A number
    that has a row of its own is not listed a second time for the pattern that would take it in.
    """
    found: dict[str, None] = {}
    for pattern, slag in listed().select("tall_id", "slag").iter_rows():
        words = {name: of(slag, name) for name in PLACE.findall(pattern)}
        found |= dict.fromkeys(filled(pattern, words))
    return list(found)


def filled(pattern: str, words: Mapping[str, Iterable[str]]) -> list[str]:
    """Return an id of the table with each of what its word in braces stands for."""
    word = PLACE.search(pattern)
    if word is None:
        return [pattern]
    return [PLACE.sub(each, pattern) for each in words[word.group(1)]]


def siblings(one: Recipe, among: Iterable[str]) -> list[str]:
    """Return those of `among` that follow the same pattern as a recipe, in their order."""
    regex = _regex(one.moenster)
    return [each for each in among if regex.fullmatch(each)]


def altered(one: Recipe, cells: Mapping[str, str], made: Choices = ()) -> Recipe:
    """Return a recipe as if its row had other cells: column → text, words in braces and all."""
    match = _regex(one.moenster).fullmatch(one.tall_id)
    values = match.groupdict() if match else {}
    return replace(one, **{name: _fill(text, values, made) for name, text in cells.items()})  # type: ignore[arg-type]


def among(one: Recipe, utvalg: str) -> Recipe:
    """Return a recipe over other units."""
    return replace(one, utvalg=utvalg)


def over(one: Recipe, nevner: str) -> Recipe:
    """Return a recipe of the same units with another second part."""
    return replace(one, nevner=nevner, nevner_vilkaar="")


@reader.made_of(NAME)
def _patterns() -> tuple[_Pattern, ...]:
    # A number of its own before the pattern that would take it in as well.
    rows = sorted(listed().iter_rows(named=True), key=lambda row: row["tall_id"].count("{"))
    return tuple(_Pattern(_regex(row["tall_id"]), row) for row in rows)


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(r"(?P<\1>[a-z0-9_]+)", pattern.replace(".", r"\.")))


def _fill(text: object, values: Mapping[str, str], made: Choices) -> str:
    named = CHOICE.sub(lambda found: choices_.setting(made, found.group(1)), str(text or ""))
    return PLACE.sub(lambda found: values.get(found.group(1), found.group()), named)


def _filled(tall_id: str, row: dict[str, object], values: dict[str, str], made: Choices) -> Recipe:
    cells = {
        name: _fill(row[name], values, made)
        for name in Recipe.__dataclass_fields__
        if name in row and name not in ("linje", "tall_id", *FLAGS)
    }
    flags = {name: row[name] == "ja" for name in FLAGS}
    return Recipe(
        tall_id=tall_id,
        linje=int(str(row["linje"])),
        moenster=str(row["tall_id"]),
        **cells,  # type: ignore[arg-type]
        **flags,  # type: ignore[arg-type]
    )
