"""Who exists and who answers.

The panel is built for the units of the last year; in the years before the renumbering of 2024 their
accounts are carried under the number valid then, and summed where one unit became several.

Who answered KS' surveys is not public. respondenter.csv was drawn at random once, within size groups
for the base year, and exchanged unit by unit until the published counts and shares of inhabitants
were met; the surveys' sets overlap as far as their shares allow, so that the panel stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.demo.inputs import FYLKESKOMMUNE, KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, Mask, allocate


@dataclass(frozen=True)
class Frame:
    """Units of one kind. Arrays have one row per unit and one column per year of `YEARS`."""

    kind: str
    numbers: list[str]  # four digits, as in the last year
    keys: Ints  # the same as whole numbers, for keyed draws
    numbers_in_year: list[list[str]]  # year by year: the number valid then
    leader: Ints  # position of the first unit that once shared this unit's number
    population: Ints  # 1 January of the year after the accounting year
    group: Ints  # position of the size group
    groups: list[str]
    answered: Mask

    def index(self, year: int) -> int:
        """Return the column of a year."""
        return YEARS.index(year)

    def is_leader(self, year: int) -> Mask:
        """Return which units count once in `year`: all, or one of those that shared a number."""
        numbers = self.numbers_in_year[self.index(year)]
        if len(set(numbers)) == len(numbers):
            return np.ones(len(numbers), dtype=np.bool_)
        return np.asarray(self.leader == np.arange(len(numbers)), dtype=np.bool_)


def municipalities(inputs: Inputs) -> Frame:
    """Return the municipalities of the panel: all that answered in any of its years."""
    respondents = inputs.respondenter.sort("kommunenummer")
    numbers = respondents["kommunenummer"].to_list()
    former = _former_numbers("kommune_endring")
    in_year = [_numbers_in(numbers, former, year) for year in YEARS]
    population = _population(numbers, in_year)
    bounds = tables.main_groups()
    group = (population[..., np.newaxis] >= bounds["fra"].to_numpy()).sum(axis=-1) - 1
    answered = respondents.select(pl.col(f"svart_{year}") == "ja" for year in YEARS).to_numpy()
    return Frame(
        kind=KOMMUNE,
        numbers=numbers,
        keys=np.array([int(number) for number in numbers], dtype=np.int64),
        numbers_in_year=in_year,
        leader=_leaders(in_year[0]),
        population=population,
        group=np.asarray(group, dtype=np.int64),
        groups=bounds["gruppe"].to_list(),
        answered=answered,
    )


def with_everyone(inputs: Inputs) -> Inputs:
    """Return the inputs with all municipalities outside Oslo: those not listed answered no survey.

    The accounts of those listed are the same as without the others.
    """
    listed = inputs.respondenter
    counties_ = tables.valid("fylke", YEARS[-1]).drop_nulls("fylkeskommune")["fylkesnummer"]
    numbers = tables.valid("kommune", YEARS[-1]).filter(
        pl.col("fylkesnummer").is_in(counties_.to_list())
        & ~pl.col("kommunenummer").is_in(listed["kommunenummer"].to_list())
    )
    answers = {name: pl.lit("nei") for name in listed.columns if name.startswith("svart_")}
    others = numbers.select("kommunenummer", **answers)
    return replace(inputs, respondenter=pl.concat([listed, others], how="diagonal_relaxed"))


def counties() -> Frame:
    """Return the county municipalities outside Oslo; all answer in every year."""
    valid = tables.valid("fylke", YEARS[-1]).drop_nulls("fylkeskommune").sort("fylkeskommune")
    numbers = valid["fylkeskommune"].to_list()
    former = _former_numbers("fylke_endring")
    people = tables.read("folkemengde").filter(pl.col("dato") == f"{YEARS[-1]}-01-01")
    sums = {
        number: int(
            people.filter(pl.col("kommunenummer").str.starts_with(number[:2]))["folkemengde"].sum()
        )
        for number in numbers
    }
    in_year = [_numbers_in(numbers, former, year) for year in YEARS]
    population = np.array([[sums[number]] * len(YEARS) for number in numbers], dtype=np.int64)
    return Frame(
        kind=FYLKESKOMMUNE,
        numbers=numbers,
        keys=np.array([int(number) for number in numbers], dtype=np.int64),
        numbers_in_year=in_year,
        leader=_leaders(in_year[0]),
        population=population,
        group=np.zeros_like(population),
        groups=["alle"],
        answered=np.ones(population.shape, dtype=np.bool_),
    )


def _former_numbers(table: str) -> list[tuple[str, str, int]]:
    """Return (new number, former number, first year of the new) for changes within the years."""
    changes = tables.read(table).filter(pl.col("aar") > YEARS[0])
    return list(changes.select("til_nummer", "fra_nummer", "aar").iter_rows())


def _numbers_in(numbers: list[str], former: list[tuple[str, str, int]], year: int) -> list[str]:
    then = {new: old for new, old, first in former if first > year}
    return [then.get(number, number) for number in numbers]


def _leaders(numbers: list[str]) -> Ints:
    return np.array([numbers.index(number) for number in numbers], dtype=np.int64)


def _population(numbers: list[str], in_year: list[list[str]]) -> Ints:
    """Return inhabitants on 1 January after each year; a unit since divided is split as then."""
    people = {
        (number, int(date[:4])): int(count)
        for number, date, count in tables.read("folkemengde")
        .select("kommunenummer", "dato", "folkemengde")
        .iter_rows()
    }
    result = np.zeros((len(numbers), len(YEARS)), dtype=np.int64)
    for column, year in enumerate(YEARS):
        for row, number in enumerate(numbers):
            if (number, year + 1) in people:
                result[row, column] = people[number, year + 1]
        for former in sorted(set(in_year[column])):
            heirs = [row for row, then in enumerate(in_year[column]) if then == former]
            if not result[heirs, column].all():
                first = [_first_count(numbers[row], people) for row in heirs]
                whole = np.array(people[former, year + 1], dtype=np.int64)
                result[heirs, column] = allocate(whole, np.array(first, dtype=np.int64))
    return result


def _first_count(number: str, people: dict[tuple[str, int], int]) -> int:
    """Return the first known number of inhabitants under a number."""
    return people[number, min(year for other, year in people if other == number)]
