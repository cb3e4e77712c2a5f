"""What is estimated: the rows of numbers.csv that have a name in `anslaas_som`, as columns of the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import bands, choices, numbers
from kommuneregnskap.tables.conditions import BEFORE_SIGN
from kommuneregnskap.tables.numbers import UNITS, Recipe
from kommuneregnskap.tables.schemas.estimates import WHOLE

BEFORE = "_fjor"  # ends the column of an amount the year before
THOUSANDS_PER_BILLION = 1_000_000
SUM, RATIO, GROWTH = "sum", "forhold", "vekst"
KINDS = (SUM, RATIO, GROWTH)
SCHEMA = {
    "stoerrelse": pl.String,
    "stoerrelse_navn": pl.String,
    "enhet": pl.String,
    "hovedtall": pl.Boolean,
}


@dataclass(frozen=True)
class Quantity:
    """A section number as it is estimated for all municipalities: a sum, a ratio, growth, or a share of them."""

    one: Recipe

    @property
    def stoerrelse(self) -> str:
        """Its name."""
        return self.one.anslaas_som

    @property
    def same_units(self) -> bool:
        """Whether it compares two years, of those who have accounts in both."""
        return self.one.slag == GROWTH

    @property
    def is_share(self) -> bool:
        """Whether it is a share of municipalities."""
        return self.one.slag == RATIO and self.one.teller == UNITS

    @property
    def teller(self) -> str:
        """The column of the population that is added up; of a share, the one that says who is counted (`flag`)."""
        return self.stoerrelse if self.is_share else self.one.teller

    @property
    def denominator(self) -> str | None:
        """Return the column that the numerator is measured against, if any."""
        if self.is_share or self.one.slag == SUM:
            return None
        return self.one.teller + BEFORE if self.one.slag == GROWTH else self.one.nevner

    @property
    def known(self) -> pl.Expr:
        """Return whether a municipality has what is needed: its amounts, or what says whether it is counted."""
        if self.is_share:
            return self.one.condition("vilkaar").expr(_usual).fill_null(value=False)
        return pl.all_horizontal(pl.col(name).is_not_null() for name in self.columns)

    @property
    def columns(self) -> list[str]:
        """Return the columns of the population that it is computed from."""
        if self.is_share:
            fields = ("vilkaar", "teller_vilkaar")
            found = [name for field in fields for name in self.one.condition(field).columns]
            return list(dict.fromkeys(found))
        return [self.teller, *([self.denominator] if self.denominator else [])]

    def flag(self) -> pl.Expr:
        """Return, of a share of municipalities, whether a municipality is counted: 0 or 1."""
        hit = self.one.condition("teller_vilkaar").expr(_usual).fill_null(value=False)
        return hit.cast(pl.Int64).alias(self.stoerrelse)

    @property
    def factor(self) -> float:
        """Return what turns a sum of 1000 kr, a ratio or a share into the quantity's unit."""
        return 1 / THOUSANDS_PER_BILLION if self.one.slag == SUM else 100.0

    @property
    def shift(self) -> float:
        """Return what is added after the factor: growth is the ratio of the years less one."""
        return -100.0 if self.one.slag == GROWTH else 0.0


def quantities(*, simulated: bool = False) -> list[Quantity]:
    """Return what is estimated, in the table's order; `simulated`: only what the simulation is about.

    Raises DataError for a number of a kind that is not estimated.
    """
    found = _quantities()
    return [each for each in found if each.one.simuleres or not simulated]


def in_section_numbers() -> list[Quantity]:
    """Return the quantities whose estimates are section numbers themselves."""
    asked = {numbers.recipe(one.teller).anslaas_som for one in numbers.rows() if one.estimated}
    return [each for each in quantities() if each.stoerrelse in asked]


@tables.made_of(*numbers.READ)
def _quantities() -> tuple[Quantity, ...]:
    rows = numbers.listed().drop_nulls("anslaas_som")
    named = {numbers.BANDS: bands.bands()["baand"].to_list()}
    found: dict[tuple[str, ...], Quantity] = {}
    for pattern in rows["tall_id"]:
        for tall_id in numbers.filled(pattern, named):
            one = numbers.recipe(tall_id)
            if one.slag not in KINDS or any(BEFORE_SIGN in each for each in one.parts):
                raise one.refused("slag", one.slag, f"of what is estimated: {', '.join(KINDS)}")
            meant = (one.slag, one.teller, *_conditions(one), one.nevner)
            # A number of its own before the pattern that takes in the same.
            found.setdefault(meant, Quantity(one))
    return tuple(found.values())


def _conditions(one: Recipe) -> tuple[str, str]:
    """Return the conditions of a number; under the usual choices bands do not overlap."""
    return one.vilkaar, one.teller_vilkaar.replace(" faller i ", " i ")


def _usual(name: str) -> str:
    return choices.setting((), name)


def named() -> pl.DataFrame:
    """Return the quantities in order: stoerrelse, stoerrelse_navn (bokmål), enhet, hovedtall (one of the few shown)."""
    rows = [
        (each.stoerrelse, each.one.navn, each.one.enhet, each.one.simuleres)
        for each in quantities()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def rule(name: str) -> float:
    """Return a number of data/definitions/estimation_rules.csv."""
    return float(dict(tables.read("estimation_rules").select("regel", "verdi").iter_rows())[name])


def main_estimator() -> dict[str, object]:
    """Return the row of estimators.csv that is the main estimate. Raises DataError unless there is one."""
    rows = tables.read("estimators").filter(pl.col("hovedanslag").cast(pl.String) == "ja")
    if len(rows) != 1:
        raise DataError(
            tables.file_of("estimators"),
            field="hovedanslag",
            value=", ".join(rows["estimator"]) or "nei",
            allowed="ja in one row, nei in the others",
            todo="Mend the column.",
        )
    return rows.row(0, named=True)


def group_column(estimator: Mapping[str, object]) -> str | None:
    """Return the column of the population that an estimator's groups stand in; None for one group of all."""
    return None if estimator["grupper"] == WHOLE else str(estimator["grupper"])
