"""What a reader sees of units and sums."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import Amount, Bench
from kommuneregnskap.numbers.formulas import LAST
from kommuneregnskap.tables.numbers import NAME, PEOPLE, UNITS, Recipe

COUNTIES, NO_GROUP = "fylkeskommuner", "uten innbyggertall"
COUNTED = {"kommune": "antall kommuner", "fylkeskommune": "antall fylkeskommuner"}
UTVALG = {
    "svart": "de som har svart",
    "svart_utenom_oslo": "de som har svart, utenom Oslo",
    "samme": "de samme som året før",
    "fjorandel": "de samme året før",
    "ramme": "alle som kunne ha svart",
    "ramme_med_oslo": "alle, med Oslo",
    "oslo": "Oslo",
}


class Labels:
    """The units of one sum as a reader sees them: with number, name and size group."""

    def __init__(self, bench: Bench, recipe: Recipe, year: int, amount: Amount) -> None:
        self.bench = bench
        self.recipe = recipe
        self.amount = amount
        self._frame = bench.units(recipe, year).select("enhet", "navn", "stoerrelsesgruppe")
        self._units = self._new_units()

    @property
    def sum_name(self) -> str:
        """Return what the sum is of, in words: `Brutto driftsinntekter 2024`."""
        return f"{concept_in_words(self.amount)} {self.amount.aar}"

    def units(self) -> pl.DataFrame:
        """Return the units of the sum, largest first: enhet, vist, gruppe, bidrag."""
        return self._units

    def _new_units(self) -> pl.DataFrame:
        sums = self.amount.deler.group_by("enhet").agg(bidrag=pl.col("belop").sum())
        named = sums.join(self._frame, on="enhet", how="left").sort(
            pl.col("bidrag").abs(), "enhet", descending=[True, False]
        )
        return with_labels(self.bench, self.recipe, named).select(
            "enhet", "vist", "gruppe", "bidrag"
        )

    @staticmethod
    def shown(units: pl.DataFrame) -> pl.DataFrame:
        """Return the units without what identifies them: enhet (shown), gruppe, bidrag."""
        return units.select("gruppe", "bidrag", enhet="vist").select("enhet", "gruppe", "bidrag")

    def rows(self, top: pl.DataFrame) -> pl.DataFrame:
        """Return rows with their unit as it is shown in place of region and enhet."""
        shown = top.join(
            self._units.select("enhet", "vist", "gruppe"),
            on="enhet", how="left", maintain_order="left",
        ).drop("region", "enhet")  # fmt: skip
        return shown.select(pl.col("vist").alias("enhet"), pl.exclude("vist"))

    @staticmethod
    def of_frame(bench: Bench, recipe: Recipe, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a frame with enhet and stoerrelsesgruppe with `vist` and `gruppe`, in its order."""
        of_year = bench.survey.enheter
        names = of_year.select("navn", enhet="kobling").unique("enhet", keep="first")
        if not recipe.same_units:
            names = of_year.select("navn", enhet="region")
        named = rows.join(names, on="enhet", how="left", maintain_order="left")
        return with_labels(bench, recipe, named)


def with_labels(bench: Bench, recipe: Recipe, named: pl.DataFrame) -> pl.DataFrame:
    """Return units (enhet, navn, stoerrelsesgruppe) with `vist` and `gruppe`, in their order."""
    group = (
        pl.lit(COUNTIES)
        if recipe.enhetstype == "fylkeskommune"
        else pl.col("stoerrelsesgruppe")
        .replace_strict(bench.size_groups, default=None, return_dtype=pl.String)
        .fill_null(NO_GROUP)
    )
    shown = pl.concat_str("enhet", "navn", separator=" ", ignore_nulls=True)
    return named.with_columns(vist=shown, gruppe=group)


def in_order(groups: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with `gruppe` in the order of the size groups, smallest first."""
    names = tables.read("stoerrelsesgruppe").sort("rekkefoelge")["navn"].to_list()
    place = {name: number for number, name in enumerate([*names, COUNTIES, NO_GROUP])}
    return groups.sort(pl.col("gruppe").replace_strict(place, default=len(place)))


def concept_in_words(amount: Amount) -> str:
    """Return the Norwegian name of what a sum is of, with the service area where it is of one."""
    if amount.begrep == PEOPLE:
        return "innbyggere"
    if amount.begrep == UNITS:
        return COUNTED[amount.recipe.enhetstype]
    name = concept(amount.begrep, amount.aar)
    if amount.tjenesteomraade is None:
        return name
    areas = tables.valid("tjenesteomraade", amount.aar)
    own = areas.filter(pl.col("tjenesteomraade") == amount.tjenesteomraade)["navn"]
    return f"{name}: {own[0] if len(own) else amount.tjenesteomraade}"


def concept(begrep: str, year: int) -> str:
    """Return the Norwegian name of a concept in a year, or its id where the table has no name."""
    names = tables.valid("indicators", year).filter(pl.col("begrep") == begrep)["navn"]
    return str(names[0]) if len(names) else begrep


def role_in_words(rolle: str) -> str:
    """Return what a sum is in a computation: `teller`, `nevner året før`, `det som avgjør hvem som telles`."""
    if rolle.startswith("bak "):
        return "bak tellingen"
    return rolle.replace(LAST, " året før")


def row_of(recipe: Recipe) -> str:
    """Return where it stands how a number comes about: `numbers.csv linje 12`."""
    return f"{tables.file_of(NAME).name} linje {recipe.linje}"
