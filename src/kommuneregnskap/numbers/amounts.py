"""Whose amounts enter a number: units with what the conditions look at, and amounts added up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.indicators.evaluate import percent
from kommuneregnskap.numbers.conditions import BEFORE_SIGN, parse
from kommuneregnskap.numbers.recipes import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.definitions import PERCENT_SIGN

# Roles of the sums in a number: first and second part, now and the year before.
FIRST, SECOND = "teller", "nevner"
BEFORE = "foer"
SAME, FRAME, OSLO, OUTSIDE_OSLO = "samme", "ramme", "oslo", "svart_utenom_oslo"
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
        self._units: dict[tuple[str, str, int], pl.DataFrame] = {}
        self._amounts: dict[tuple[object, ...], Amount] = {}

    @cached_property
    def size_groups(self) -> dict[str, str]:
        """Return the name of each size group."""
        return dict(tables.read("stoerrelsesgruppe").select("gruppe", "navn").iter_rows())

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Return the units of the survey year as conditions see them: a row per region.

        Out: enhet, kobling, type, navn, innbyggere, stoerrelsesgruppe, svart, enheter (1).
        """
        return self.survey.enheter.select(
            "kobling", "type", "navn", "stoerrelsesgruppe", "svart", enhet="region"
        ).with_columns(
            self.survey.enheter["folkemengde"].alias(PEOPLE), pl.lit(1, pl.Int64).alias(UNITS)
        )

    def units(self, recipe: Recipe, year: int) -> pl.DataFrame:
        """Return the units that a recipe is about, with every concept, total and percentage.

        Out: enhet, innbyggere, stoerrelsesgruppe, svart, enheter; one column per concept (1000 kr) and
        percentage of the year of the amounts, and with `|foer` of the year before it.
        """
        now = year - 1 if recipe.aar == BEFORE else year
        key = (recipe.enhetstype, recipe.utvalg, year * 10 + (now != year))
        if key not in self._units:
            self._units[key] = self._new_units(recipe.enhetstype, recipe.utvalg, year, now)
        return self._units[key]

    def shares(self, year: int) -> dict[str, tuple[str, str]]:
        """Return the percentages of indicators.csv in a year: name → numerator, denominator."""
        return _shares(year)

    def _new_units(self, kind: str, choice: str, year: int, now: int) -> pl.DataFrame:
        frame = self.frame.filter(pl.col("type") == kind)
        alone = pl.col("enhet").is_in(units.oslo(self.survey.year))
        if choice in (FRAME, OSLO):
            return frame.filter(alone if choice == OSLO else ~alone)
        if choice == SAME:
            return self._same(kind, frame, year, now)
        if choice == OUTSIDE_OSLO:
            frame = frame.filter(~alone)
        panel = self.survey.panel(kind).rename({"region": "enhet"})
        shares = _with_shares(panel.drop("folkemengde", "stoerrelsesgruppe", "kobling"), year)
        known = frame.join(shares, on="enhet", how="inner", maintain_order="left")
        for name in _shares(year):  # where a source prints the percentage alone
            printed = self.survey.printed(name).rename({"region": "enhet"})
            if len(printed):
                known = (
                    known.join(printed, on="enhet", how="left", maintain_order="left")
                    .with_columns(pl.coalesce(name, "trykt").alias(name))
                    .drop("trykt")
                )
        return known

    def _same(self, kind: str, frame: pl.DataFrame, year: int, now: int) -> pl.DataFrame:
        """Return the same units of two years, by `kobling`; with the size of the survey year."""
        matched = self.survey.matched(year, kind)
        both = evaluate.wide(matched, "aar", "kobling")

        def of(each: int) -> pl.DataFrame:
            own = evaluate.completed(both.filter(pl.col("aar") == each).drop("aar"), year)
            return _with_shares(own, year)

        sized = (
            # Open figures may give amounts on service areas and no totals.
            frame.join(matched.select("kobling").unique(), on="kobling", how="semi")
            .group_by("kobling")
            .agg(pl.col(PEOPLE).sum(), pl.col("svart").all(), pl.col("navn").first())
            .with_columns(
                units.size_group(pl.col(PEOPLE)).alias("stoerrelsesgruppe")
                if kind == "kommune"
                else pl.lit(None, pl.String).alias("stoerrelsesgruppe"),
                pl.lit(1, pl.Int64).alias(UNITS),
                type=pl.lit(kind),
            )
        )
        before = of(year - 1)
        renamed = before.rename(
            {name: name + BEFORE_SIGN for name in before.columns if name != "kobling"}
        )
        return (
            sized.join(of(now), on="kobling", how="left", maintain_order="left")
            .join(renamed, on="kobling", how="left", maintain_order="left")
            .rename({"kobling": "enhet"})
            .with_columns(kobling="enhet")
        )

    def amount(self, recipe: Recipe, rolle: str, year: int) -> Amount:
        """Return a sum that enters the section number of a recipe in `year`."""
        first = rolle.startswith(FIRST)
        text = recipe.teller if first else recipe.nevner
        own = recipe.teller_vilkaar if first else recipe.nevner_vilkaar
        begrep, _, area = text.partition(AREA_SIGN)
        before = rolle.endswith(BEFORE) or recipe.aar == BEFORE
        key = (recipe.enhetstype, recipe.utvalg, recipe.vilkaar, own, begrep, area, year, before)
        found = self._amounts.get(key)
        if found is None:
            found = self._new_amount(recipe, own, begrep, area or None, year, before=before)
            self._amounts[key] = found
        return Amount(
            recipe, rolle, begrep, found.tjenesteomraade, found.aar, found.deler, found.verdi,
            found.vilkaar,
        )  # fmt: skip

    def _new_amount(
        self, recipe: Recipe, own: str, begrep: str, area: str | None, year: int, *, before: bool
    ) -> Amount:
        texts = [each for each in (recipe.vilkaar, own) if each]
        everyone = self.units(recipe, year)
        judged = everyone.filter(parse(recipe.vilkaar, recipe).expr)
        whose = judged.filter(parse(own, recipe).expr)
        aar = year - 1 if before else year
        if begrep in (UNITS, PEOPLE):
            parts = whose.select("enhet", region="enhet", belop=begrep)
            lacking = recipe.vilkaar and judged.is_empty()
        else:
            parts = self._parts(recipe, whose, begrep, area, year, aar)
            # A file without the row has no amount on an area; a table without it is silent.
            silent = area is None or not self.survey.gives.whole or everyone.is_empty()
            lacking = parts.is_empty() and silent
        value = None if lacking else int(parts["belop"].sum())
        return Amount(recipe, "", begrep, area, aar, parts, value, " og ".join(texts))

    def behind(self, amount: Amount, begrep: str, aar: int) -> Amount:
        """Return the amounts of a concept for the units that a count has counted, in year `aar`."""
        same = amount.recipe.utvalg == SAME
        rows = (
            self.by_year(aar)
            .filter(
                (pl.col("begrep") == begrep)
                & pl.col("tjenesteomraade").is_null()
                & (pl.col("type") == amount.recipe.enhetstype)
            )
            .with_columns(enhet="kobling" if same else "region")
            .join(amount.deler.select("enhet"), on="enhet", how="semi", maintain_order="left")
            .select(list(PARTS_SCHEMA))
        )
        value = int(rows["belop"].sum()) if len(rows) else None
        return Amount(amount.recipe, FIRST, begrep, None, aar, rows, value, amount.vilkaar)

    def _parts(
        self,
        recipe: Recipe,
        whose: pl.DataFrame,
        begrep: str,
        area: str | None,
        year: int,
        aar: int,
    ) -> pl.DataFrame:
        """Return the amounts of units, from the evaluated definitions: enhet, region, belop (1000 kr)."""
        on_area = pl.col("tjenesteomraade")
        chosen = (pl.col("begrep") == begrep) & (
            on_area.is_null() if area is None else on_area == area
        )
        same = recipe.utvalg == SAME
        rows = (
            self.by_year(aar)
            .filter(chosen & (pl.col("type") == recipe.enhetstype))
            .with_columns(enhet="kobling" if same else "region")
            .join(whose.select("enhet"), on="enhet", how="semi", maintain_order="left")
        )
        if same:  # where a table gives an amount in one of the years only, it is in neither
            given = self.survey.matched(year, recipe.enhetstype).filter(
                chosen & (pl.col("aar") == aar)
            )
            rows = rows.join(given, on="kobling", how="semi", maintain_order="left")
        return rows.select(list(PARTS_SCHEMA))

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


def _shares(year: int) -> dict[str, tuple[str, str]]:
    """Return the percentages of indicators.csv in a year: name → numerator, denominator."""
    rows = tables.valid("indicators", year).filter(pl.col("regnskap").cast(pl.String) == "prosent")
    return {
        name: tuple(parts.split(PERCENT_SIGN))
        for name, parts in rows.select("begrep", "begreper").iter_rows()
    }


def _with_shares(wide: pl.DataFrame, year: int) -> pl.DataFrame:
    return wide.with_columns(percent(name, year) for name in _shares(year))


def concepts_of(columns: list[str], year: int) -> list[str]:
    """Return the amounts behind what a condition looks at: of a percentage its two parts."""
    shares = _shares(year)
    found = [part for name in columns for part in shares.get(name, (name,))]
    return list(dict.fromkeys(found))
