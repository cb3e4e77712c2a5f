"""Which section numbers rest on a concept, and on which a number rests: from the rows of numbers.csv."""

from __future__ import annotations

from collections.abc import Iterable

from kommuneregnskap import tables
from kommuneregnskap.numbers import unit_sheet, unit_years, wide
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import numbers
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.numbers import AREA_SIGN, CONDITIONS, PEOPLE, PLACE, UNITS, Recipe

ANY = "*"


@tables.made_of("indicators")
def defined() -> tuple[str, ...]:
    """Return the concepts and percentages of indicators.csv, of whatever year, in the order of the alphabet."""
    return tuple(tables.read("indicators")["begrep"].unique().sort())


@tables.made_of("indicators", *numbers.READ)
def of_numbers(year: int) -> dict[str, set[str]]:
    """Return the concepts of indicators.csv that each number of a year is made of directly, or by other numbers.

    Keys: ids as in the table, `*` for a word in braces, in its order. A ratio rests on its two parts and on the
    percentage that they are. Under the usual choices.
    """
    rows = {one.tall_id: one for one in numbers.rows()}
    shares = {parts: name for name, parts in wide.shares(year).items()}
    found: dict[str, set[str]] = {}

    def of(one: Recipe) -> set[str]:
        if one.tall_id not in found:
            found[one.tall_id] = set(_own(one, shares)).union(
                *(of(rows.get(name) or numbers.recipe(name)) for name in one.made_of)
            )
        return found[one.tall_id]

    return {PLACE.sub(ANY, name): of(one) for name, one in rows.items()}


def resting_on(begrep: str, year: int) -> tuple[str, ...]:
    """Return the numbers of the report that rest on a concept, as `of_numbers` names them."""
    shown = {PLACE.sub(ANY, one.tall_id) for one in numbers.rows() if one.vises}
    return tuple(
        name for name, made_of in of_numbers(year).items() if begrep in made_of and name in shown
    )


def shown(year: int, scope: str) -> set[str]:
    """Return the concepts that any number shown in a report or on a sheet rests on."""
    of_report = of_numbers(year)
    numbered = {PLACE.sub(ANY, one.tall_id) for one in numbers.rows() if one.vises}
    of_sheets = {
        name
        for begrep, maal in unit_sheet.measures(scope).select("begrep", "maal").iter_rows()
        for name in unit_years.value(begrep, maal, year).meta.root_names()
    }
    return of_sheets.union(*(of_report[name] for name in numbered))


def unsound(survey: Survey) -> list[str]:
    """Return the concepts shown that errors bear on, where accounts are counted that did not pass the controls."""
    bearing = frozenset[str]().union(*survey.touched.values())
    return sorted(bearing & shown(survey.year, survey.scope)) if bearing else []


def amounts_of(tall_id: str, made: Choices = ()) -> set[tuple[str, str]]:
    """Return the amounts that a number is made of, directly or by other numbers: concept and service area (or empty).

    Raises DataError for a number that the table does not have.
    """
    one = numbers.recipe(tall_id, made)
    found = {(name, area) for name, _, area in (each.partition(AREA_SIGN) for each in one.parts)}
    own = {each for each in found if each[0] not in (UNITS, PEOPLE)}
    return own.union(*(amounts_of(name, made) for name in one.made_of))


def _own(one: Recipe, shares: dict[tuple[str, str], str]) -> Iterable[str]:
    parts = [each.partition(AREA_SIGN)[0] for each in one.parts]
    looked_at = [name for field in CONDITIONS for name in _columns(one, field)]
    yield from (each for each in (*parts, *looked_at) if each not in (UNITS, PEOPLE, *wide.KEYS))
    share = shares.get((one.teller, one.nevner))
    if share is not None:
        yield share


def _columns(one: Recipe, field: str) -> list[str]:
    text = getattr(one, field)
    # What a word in braces stands for is a word or a band, never a column.
    return one.condition(field).columns if "{" not in text else [text.split(" ")[0]]
