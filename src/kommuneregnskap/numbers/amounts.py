"""The sums that enter a number, with their parts: whose amounts, unit by unit, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers import wide
from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.formulas import FIRST, LAST, field_of
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.conditions import BEFORE_SIGN
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

PARTS_SCHEMA = {"enhet": pl.String, "region": pl.String, "belop": pl.Int64}


@dataclass(frozen=True)
class Amount:
    """One whole number that enters a section number: a sum over units.

    rolle: `teller`, `nevner`, with `_foer` for the year before. begrep: of indicators.csv, `enheter`
    (one each) or `innbyggere` (persons). aar: the accounting year of the amounts. deler: enhet
    (`kobling` where the same units of two years are compared, else region), region, belop (1000 kr, persons
    or 1). verdi: their sum; None where the source does not give it. vilkaar: the conditions, in words.
    """

    recipe: Recipe
    rolle: str
    begrep: str
    tjenesteomraade: str | None
    aar: int
    deler: pl.DataFrame
    verdi: int | None
    vilkaar: str

    @property
    def counted(self) -> bool:
        """Whether units or inhabitants are counted, so that no account stands behind the sum."""
        return self.begrep in (UNITS, PEOPLE)


class Bench:
    """A survey with what many trails ask of it, looked up once."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.evaluator = Evaluator(survey)
        self._amounts: dict[tuple[object, ...], Amount] = {}

    @cached_property
    def size_groups(self) -> dict[str, str]:
        """Return the name of each size group."""
        return dict(tables.read("stoerrelsesgruppe").select("gruppe", "navn").iter_rows())

    def recipe(self, tall_id: str) -> Recipe:
        """Return how a number comes about under the choices of the survey."""
        return self.evaluator.recipe(tall_id)

    def units(self, recipe: Recipe, year: int) -> pl.DataFrame:
        """Return the units that a recipe is about: `wide.units_of`; the amounts of the year that it is of.

        Of a number of the year before, the columns without `|foer` are those of that year.
        """
        frame = self.evaluator.frame(self.evaluator.key(recipe, year))
        if recipe.aar != schema.BEFORE:
            return frame
        before = [name for name in frame.columns if name.endswith(BEFORE_SIGN)]
        return frame.with_columns(
            pl.col(name).alias(name.removesuffix(BEFORE_SIGN)) for name in before
        )

    def amount(
        self, recipe: Recipe, rolle: str, year: int, frame: pl.DataFrame | None = None
    ) -> Amount:
        """Return a sum that enters the section number of a recipe in `year`; frame: of these of its units alone."""
        own = field_of(rolle)
        before = rolle.endswith(LAST) or recipe.aar == schema.BEFORE
        key = (
            *(recipe.enhetstype, recipe.utvalg, recipe.vilkaar, getattr(recipe, f"{own}_vilkaar")),
            *(getattr(recipe, own), year, before),
            # Of single figures a sum is of those who have every part of its number.
            "" if self.survey.gives.whole else recipe.tall_id,
        )
        if frame is not None:
            return self._new_amount(recipe, own, rolle, year, year - before, frame)
        if key not in self._amounts:
            whose = self.evaluator.frame(self.evaluator.key(recipe, year))
            self._amounts[key] = self._new_amount(recipe, own, rolle, year, year - before, whose)
        return replace(self._amounts[key], recipe=recipe, rolle=rolle)

    def _new_amount(
        self, recipe: Recipe, own: str, rolle: str, year: int, aar: int, frame: pl.DataFrame
    ) -> Amount:
        part = self.evaluator.parts.part(recipe, rolle, frame)
        begrep, _, area = str(getattr(recipe, own)).partition(AREA_SIGN)
        area = choices.area(self.survey.choices, area)
        whose = frame.filter(part.counted)
        verdi = frame.select(verdi=part.sum).item()
        parts = (
            whose.select("enhet", region="enhet", belop=begrep)
            if begrep in (UNITS, PEOPLE)
            else self._parts(recipe, frame.filter(part.each.is_not_null()), begrep, area, aar)
        )
        texts = [each for each in (recipe.vilkaar, getattr(recipe, f"{own}_vilkaar")) if each]
        return Amount(recipe, rolle, begrep, area or None, aar, parts, verdi, " og ".join(texts))

    def behind(self, amount: Amount, begrep: str, aar: int) -> Amount:
        """Return the amounts of a concept for the units that a count has counted, in year `aar`."""
        rows = self._parts(amount.recipe, amount.deler, begrep, "", aar)
        verdi = int(rows["belop"].sum()) if len(rows) else None
        return Amount(amount.recipe, FIRST, begrep, None, aar, rows, verdi, amount.vilkaar)

    def _parts(
        self, recipe: Recipe, whose: pl.DataFrame, begrep: str, area: str, aar: int
    ) -> pl.DataFrame:
        """Return the amounts of units as the definitions gave them: enhet, region, belop (1000 kr)."""
        on_area = pl.col("tjenesteomraade")
        return (
            self.by_year(aar)
            .filter(
                (pl.col("begrep") == begrep)
                & ((on_area == area) if area else on_area.is_null())
                & (pl.col("type") == recipe.enhetstype)
            )
            .with_columns(enhet="kobling" if recipe.same_units else "region")
            .join(whose.select("enhet"), on="enhet", how="semi", maintain_order="left")
            .select(list(PARTS_SCHEMA))
        )

    def by_year(self, year: int) -> pl.DataFrame:
        """Return the evaluated definitions of one accounting year, all units."""
        return self._by_year.get((year,), self.survey.indikatorer.clear())

    @cached_property
    def _by_year(self) -> dict[tuple[object, ...], pl.DataFrame]:
        return self.survey.indikatorer.partition_by("aar", as_dict=True)

    @cached_property
    def ledger(self) -> dict[int, pl.DataFrame]:
        """Return the ledger by accounting year: region, regnskap, konto, motkonto, belop (1000 kr).

        konto: funksjon, or kapittel of the balance sheet; motkonto: art, or sektor.
        """
        return {year: self._ledger_of(year) for year in self.survey.years}

    def _ledger_of(self, year: int) -> pl.DataFrame:
        own = pl.col("aar") == year
        posted = self.survey.poster.filter(own).select(
            "region", "regnskap", "belop", konto="funksjon", motkonto="art"
        )
        balance = self.survey.balanse.filter(own).select(
            "region", "belop", regnskap=pl.lit("balanse"), konto="kapittel", motkonto="sektor"
        )
        names = ["region", "regnskap", "konto", "motkonto", "belop"]
        return pl.concat([posted.select(names), balance.select(names)]).collect()


def concepts_of(columns: list[str], year: int) -> list[str]:
    """Return the amounts behind what a condition looks at: of a percentage its two parts."""
    shares = wide.shares(year)
    found = [part for name in columns for part in shares.get(name, (name,))]
    return list(dict.fromkeys(found))
