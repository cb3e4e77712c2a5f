"""Section numbers from their rows in numbers.csv: one evaluator for every source, year, scope and choice.

Sums are whole numbers (1000 kr, persons, units) until the last division. All sums over the same units are one query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates.quantities import in_section_numbers
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.numbers import estimated, wide
from kommuneregnskap.numbers.formulas import (
    ROLES,
    combined,
    in_a_row,
    in_kroner,
    rank,
    value_of,
)
from kommuneregnskap.numbers.parts import Parts
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import bands, coverage, deflator, numbers
from kommuneregnskap.tables.numbers import PEOPLE, UNITS, Recipe, recipe
from kommuneregnskap.tables.schemas import numbers as schema

Key = tuple[str, str, int]  # kind of unit, whose, year: which frame of units
Row = Mapping[str, float | int | None]
ALL = "rader"  # in the answer to a query: how many units there are
SAID_OF = "om"  # of how many a number is said, where that is asked in the same query
TOGETHER = ("differanse", "forhold_av_tall", *schema.RANKS)  # hold numbers against each other


@dataclass(frozen=True)
class Count:
    """How many units have every part that a number needs, and how many it is said of; rader: of how many rows."""

    enheter: int
    av: int
    rader: int

    def share(self) -> float:
        """Return how large a part has them; of nobody, none."""
        return self.enheter / self.av if self.av else 0.0


class Evaluator:
    """A survey with its section numbers: frames of units are made once, numbers computed once."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.parts = Parts(survey)
        self._frames: dict[Key, pl.DataFrame] = {}
        self._everyone: dict[Key, pl.DataFrame] = {}
        self._values: dict[tuple[str, int], float | None] = {}
        self._counts: dict[tuple[str, int], Count] = {}
        self._recipes: dict[str, Recipe] = {}
        self._ranked: dict[str, list[str]] = {}
        self._altered: dict[str, Mapping[str, str]] = {}
        self._straight: set[str] = set()  # what is known not to be made of itself

    def recipe(self, tall_id: str) -> Recipe:
        """Return how a number comes about under the choices of the survey."""
        if tall_id not in self._recipes:
            found = recipe(tall_id, self.survey.choices)
            if found.moenster in self._altered:
                found = numbers.altered(found, self._altered[found.moenster], self.survey.choices)
            self._recipes[tall_id] = found
        return self._recipes[tall_id]

    def altered(self, pattern: str, cells: Mapping[str, str]) -> Evaluator:
        """Return the evaluator of the same survey with a row of the table altered. cells: column → text."""
        other = Evaluator(self.survey)
        other._frames, other._everyone = self._frames, self._everyone
        other._altered = {pattern: cells}
        # All that does not come from the row is as it was.
        other.ids, other.estimates = self.ids, self.estimates
        other._recipes = {n: one for n, one in self._recipes.items() if one.moenster != pattern}
        return other

    def answered_by(self, regions: Collection[str]) -> Evaluator:
        """Return the evaluator of the same survey as if only these regions had answered: same choices, same recipes."""
        other = Evaluator(self.survey.of_regions(regions))
        other.ids = self.ids
        other._recipes, other._ranked = self._recipes, self._ranked
        other._altered, other._straight = self._altered, self._straight
        return other

    def rests_on(self, tall_id: str, pattern: str) -> bool:
        """Return whether a number comes from a row, or is made of one that does."""
        waiting, seen = [tall_id], set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            one = self.recipe(name)
            if one.moenster == pattern:
                return True
            waiting += [each for each in one.made_of if each not in seen]
        return False

    def frame(self, key: Key) -> pl.DataFrame:
        """Return the units of a number: `wide.units_of`."""
        if key not in self._frames:
            self._frames[key] = wide.units_of(self.survey, *key)
        return self._frames[key]

    def everyone(self, key: Key) -> pl.DataFrame:
        """Return the units that a number is said of, whether or not they have what it needs: `wide.everyone_of`."""
        if key not in self._everyone:
            self._everyone[key] = wide.everyone_of(self.survey, *key)
        return self._everyone[key]

    def key(self, one: Recipe, year: int) -> Key:
        """Return which frame of units a recipe is about."""
        return one.enhetstype, one.utvalg, year

    def values(self, ids: Iterable[str], year: int) -> dict[str, float | None]:
        """Return the numbers of a year by id, in their own units; None where one is missing."""
        wanted = list(ids)
        self._sum_up({(each, year) for each in wanted})
        return {each: self.value(each, year) for each in wanted}

    def value(self, tall_id: str, year: int) -> float | None:
        """Return one number of a year in its own unit; None where it is missing."""
        at = (tall_id, year)
        if at not in self._values:
            self._sum_up({at})
            if at not in self._values:
                self._values[at] = self._of_numbers(self.recipe(tall_id), year)
        return self._values[at]

    def _refuse_circle(self, one: Recipe, way: tuple[str, ...] = ()) -> None:
        """Raise DataError for a number that is made of itself, by whatever others."""
        if one.tall_id in self._straight:
            return
        if one.tall_id in way:
            first = self.recipe(way[-1])
            allowed = f"numbers that are not made of {way[-1]} themselves"
            raise first.refused("teller", first.teller, allowed)
        for name in one.made_of:
            self._refuse_circle(self.recipe(name), (*way, one.tall_id))
        self._straight.add(one.tall_id)

    def _sum_up(self, wanted: set[tuple[str, int]]) -> None:
        """Compute the numbers made of amounts that the wanted ones need, a query for each frame of units."""
        for key, recipes in self.amounts_asked(wanted).items():
            self.take(recipes, *self._answers(recipes, key), key[2])

    def _answers(self, recipes: Mapping[str, Recipe], key: Key) -> tuple[Row, Row]:
        """Return what `query` and `counted` give: one query where both are of the same units."""
        frame = self.frame(key)
        asked, counted = self.query(recipes, frame, key[2]), self.counted(recipes)
        if not self.survey.gives.whole:
            of_all = self.everyone(key).select(**counted)
            return frame.select(**asked).row(0, named=True), of_all.row(0, named=True)
        said_of = {f"{tall_id} {SAID_OF}": each for tall_id, each in counted.items()}
        row = frame.select(**asked, **said_of).row(0, named=True)
        return row, {tall_id: row[f"{tall_id} {SAID_OF}"] for tall_id in recipes}

    def amounts_asked(self, wanted: Iterable[tuple[str, int]]) -> dict[Key, dict[str, Recipe]]:
        """Return the recipes of sums that numbers (id, year) need and that are not known yet, by frame of units."""
        asked: dict[Key, dict[str, Recipe]] = {}
        waiting = list(wanted)
        seen = set(waiting)
        while waiting:
            tall_id, year = waiting.pop()
            if (tall_id, year) in self._values:
                continue
            one = self.recipe(tall_id)
            if one.slag in ROLES:
                asked.setdefault(self.key(one, year), {})[tall_id] = one
                continue
            self._refuse_circle(one)
            for need in self._needs(one, year):
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
        return asked

    def _needs(self, one: Recipe, year: int) -> Iterable[tuple[str, int]]:
        """Return the numbers that one made of numbers is computed from."""
        if one.estimated:
            return ()
        if one.slag == schema.RUN:
            return [(one.teller, each) for each in range(year, year - YEARS_BEFORE, -1)]
        if one.slag in schema.RANKS:
            return [(each, year) for each in self.ranked(one)]
        return [(each, year) for each in one.made_of]

    def ranked(self, one: Recipe) -> list[str]:
        """Return the ids of the numbers that a rank is among, its own included."""
        if one.moenster not in self._ranked:
            ranks = numbers.siblings(one, self.ids)
            self._ranked[one.moenster] = [self.recipe(each).teller for each in ranks]
        return self._ranked[one.moenster]

    def _estimate(self, one: Recipe) -> float | None:
        name = self.recipe(one.teller).anslaas_som
        known = [each.stoerrelse for each in in_section_numbers()]
        if name not in known:
            raise one.refused("teller", one.teller, ", ".join(known))
        value = self.estimate(name)
        return {schema.LOWER_END: value.nedre, schema.UPPER_END: value.oevre}.get(
            one.slag, value.verdi
        )

    def estimate(self, name: str) -> Value:
        """Return the estimate for all municipalities that is called `name` in `anslaas_som`."""
        return self.estimates[name]

    @cached_property
    def estimates(self) -> dict[str, Value]:
        """The estimates for all municipalities: `estimated.found`."""
        return estimated.found(self.survey)

    @cached_property
    def ids(self) -> list[str]:
        """All numbers of the survey's year: `in_table`."""
        return in_table(self.survey)

    def query(
        self, recipes: Mapping[str, Recipe], frame: pl.DataFrame, year: int
    ) -> dict[str, pl.Expr]:
        """Return what is asked of a frame of units for numbers made of amounts: a name for each, see `take`."""
        asked: dict[str, pl.Expr] = {}
        for tall_id, one in recipes.items():
            direct = self.parts.direct(one, frame, year)
            if direct is not None:
                asked[tall_id] = direct
            else:
                for rolle in ROLES[one.slag]:
                    asked[f"{tall_id} {rolle}"] = self.parts.part(one, rolle, frame).sum
            have = self.parts.have(one, frame, year)
            asked[f"{tall_id} {UNITS}"] = pl.len() if have is None else have.sum()
        return asked | {ALL: pl.len()}

    def counted(self, recipes: Mapping[str, Recipe]) -> dict[str, pl.Expr]:
        """Return what is asked of those numbers are said of (`everyone`): how many that is, by number."""
        asked = {}
        for tall_id, one in recipes.items():
            about = self.parts.about(one)
            asked[tall_id] = pl.len() if about is None else about.sum()
        return asked

    def take(self, recipes: Mapping[str, Recipe], row: Row, said_of: Row, year: int) -> None:
        """Note the numbers of a year that follow from the answers to their `query` and to `counted`."""
        for tall_id, one in recipes.items():
            have = row[f"{tall_id} {UNITS}"]
            count = Count(int(have or 0), int(said_of[tall_id] or 0), int(row[ALL] or 0))
            self._counts[(tall_id, year)] = count
            found = (
                row[tall_id]
                if tall_id in row
                else value_of(one, [row[f"{tall_id} {rolle}"] for rolle in ROLES[one.slag]])
            )
            if found is None or not self.enough(one, count):
                self._values[(tall_id, year)] = None
            else:
                self._values[(tall_id, year)] = float(found)

    def enough(self, one: Recipe, count: Count) -> bool:
        """Return whether so many have what a number needs that it is one: a sum in kroner of too few is missing.

        Where an amount that is not there is nothing, always.
        """
        if self.survey.gives.whole or not in_kroner(one):
            return True
        return count.enheter >= coverage.needed(coverage.AMOUNTS, count.av)

    def count(self, tall_id: str, year: int) -> Count | None:
        """Return how many units a number of a year is of, and is said of; None for one of no units.

        Of one made of others, those of the one that fewest have; of a run of years, of those that are in it.
        """
        self.value(tall_id, year)
        if (tall_id, year) not in self._counts:
            one = self.recipe(tall_id)
            if one.estimated:
                return self._estimated_of(one, year)
            needs = list(self._needs(one, year))
            if one.slag == schema.RUN:
                needs = needs[: max(1, int(self.value(tall_id, year) or 0))]
            each = [self.count(*need) for need in needs]
            known = [count for count in each if count is not None and count.av]
            return min(known, key=Count.share) if known else None
        return self._counts[(tall_id, year)]

    def _estimated_of(self, one: Recipe, year: int) -> Count | None:
        of = replace(self.recipe(one.teller), utvalg=one.utvalg)
        if of.slag not in ROLES:
            return None
        key = self.key(of, year)
        have, about = self.parts.have(of, self.frame(key), year), self.parts.about(of)
        said_of = self.everyone(key).select(pl.len() if about is None else about.sum()).item()
        frame = self.frame(key)
        having = frame.select(pl.len() if have is None else have.sum()).item()
        return Count(having, said_of, len(frame))

    def know(self, tall_id: str, year: int, value: float | None) -> None:
        """Note a number of a year that was computed elsewhere."""
        self._values[(tall_id, year)] = value

    def together(self, one: Recipe, year: int) -> pl.DataFrame | None:
        """Return the units that have what every number needs that one holds against another; None: those of each.

        Of numbers over the same frame of units (TOGETHER), where they need different parts and some are lacking.
        """
        if self.survey.gives.whole or one.slag not in TOGETHER:
            return None
        parts = [self.recipe(each) for each in self._held(one)]
        keys = {self.key(each, year) for each in parts}
        if len(keys) > 1 or any(each.slag not in ROLES for each in parts):
            return None
        self._sum_up({(each.tall_id, year) for each in parts})
        if None in [self._values[(each.tall_id, year)] for each in parts]:
            return None
        counts = [self._counts[(each.tall_id, year)] for each in parts]
        if (
            all(count.enheter == count.rader for count in counts)
            or len(set(map(_parts, parts))) == 1
        ):
            return None
        frame = self.frame(keys.pop())
        of = [self.parts.of_both(each, frame, year) for each in parts]
        return frame.filter(*(each for each in of if each is not None))

    def _held(self, one: Recipe) -> Sequence[str]:
        return self.ranked(one) if one.slag in schema.RANKS else one.made_of

    def place(self, one: Recipe, own: float | None, values: Sequence[float | None]) -> float | None:
        """Return the rank of a value; missing where one of them is: the place among all is not that among the known.

        Where an amount that is not there is nothing, those that are missing take no place.
        """
        if not self.survey.gives.whole and None in values:
            return None
        return rank(own, values, highest=one.slag == "rang_hoeyest")

    def held(self, one: Recipe, year: int) -> list[float | None]:
        """Return the numbers that one holds against each other: of the same units, where `together` says so."""
        names = self._held(one)
        frame = self.together(one, year)
        if frame is None:
            return [self.value(each, year) for each in names]
        recipes = {each: self.recipe(each) for each in names}
        other = Evaluator(self.survey)
        row = frame.select(**self.query(recipes, frame, year)).row(0, named=True)
        key = self.key(recipes[names[0]], year)
        said_of = self.everyone(key).select(**self.counted(recipes)).row(0, named=True)
        other.take(recipes, row, said_of, year)
        count = min((other._counts[(each, year)] for each in names), key=Count.share)
        self._counts[(one.tall_id, year)] = count
        return [other._values[(each, year)] for each in names]

    def _of_numbers(self, one: Recipe, year: int) -> float | None:
        if (
            one.aar == schema.BEFORE
        ):  # it would be passed over: the numbers say of which year they are
            raise one.refused("aar", one.aar, f"of numbers: {schema.NOW} | {schema.EVERY}")
        if one.estimated:
            return self._estimate(one)
        if one.slag == schema.RUN:
            span = [self.value(one.teller, year - back) for back in range(YEARS_BEFORE)]
            return in_a_row(span)
        if one.slag in schema.RANKS:
            values = dict(zip(self.ranked(one), self.held(one, year), strict=True))
            own = values[one.teller] if one.teller in values else self.value(one.teller, year)
            return self.place(one, own, list(values.values()))
        if one.slag == schema.LOOKED_UP:
            return deflator.percent(year)
        return combined(one.slag, self.held(one, year))


def in_table(survey: Survey) -> list[str]:
    """Return the ids of all numbers of a survey's year, in the order of the table, steps to others included.

    Areas in a rank are those that take part in it: assumption A25.
    """
    groups = survey.enheter.filter(pl.col("type") == wide.KIND)["stoerrelsesgruppe"].drop_nulls()
    areas = tables.valid("tjenesteomraade", survey.year).with_columns(
        pl.col(pl.Enum).cast(pl.String)
    )
    every = pl.lit(survey.setting("rangering") == "hele")
    in_partition = pl.col("oppdeling") == "hoved"
    ranked = areas.filter(in_partition & ((pl.col("rangeres") == "ja") | every))
    named = {
        numbers.AREAS: areas.filter(pl.col("oppdeling") != "fylke")["tjenesteomraade"].to_list(),
        numbers.GROUPS: sorted(groups.unique()),
        numbers.BANDS: bands.bands()["baand"].to_list(),
    }
    in_ranks = named | {numbers.AREAS: ranked["tjenesteomraade"].to_list()}
    return numbers.ids(lambda slag, word: (in_ranks if slag in schema.RANKS else named)[word])


def _parts(one: Recipe) -> tuple[object, ...]:
    """Return what says which units a number needs what of: the same for numbers that are of the same units."""
    compared = [tuple(map(tuple, one.condition(field).compared)) for field in numbers.CONDITIONS]
    amounts = frozenset(each for each in one.parts if each not in (UNITS, PEOPLE))
    # Of amounts and of conditions with amounts alike it must be known who is counted in which part.
    counted = (one.teller_vilkaar, one.nevner_vilkaar) if amounts else ()
    return (
        one.vilkaar,
        frozenset(compared) - {()},
        amounts,
        counted,
        ROLES[one.slag][1:2],
        one.aar,
    )
