"""The rows behind a sum: of the ledger, and where asked for of the files themselves, line by line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap import delivery, tables
from kommuneregnskap.register import WHOLE_UNIT
from kommuneregnskap.trace.amounts import Amount, Bench
from kommuneregnskap.trace.terms import Leaf, leaves

PLACE = ["regnskap", "konto", "motkonto"]
TERMS_SCHEMA = {
    "vei": pl.String,
    "ledd": pl.Int64,
    "fortegn": pl.Int64,
    "regnskap": pl.String,
    "koder": pl.String,
    "utvidet": pl.String,
    "rader": pl.Int64,
    "sum": pl.Int64,
}


class Rows:
    """The ledger rows of a survey; with `folder` the records of the account files there, line by line."""

    def __init__(self, bench: Bench, folder: Path | None = None) -> None:
        self.bench = bench
        self.folder = folder
        self._of_year: dict[int, pl.DataFrame] = {}
        self._of_regions: dict[tuple[int, frozenset[str]], tuple[pl.DataFrame, pl.DataFrame]] = {}

    def year(self, year: int) -> pl.DataFrame:
        """Return the rows of an accounting year: region, regnskap, konto, motkonto, belop (1000 kr).

        Of files also skjema, kontoklasse, fil (below the folder of the source), linje.
        """
        if year not in self._of_year:
            self._of_year[year] = (
                self.bench.ledger[year] if self.folder is None else self._records(year, self.folder)
            )
        return self._of_year[year]

    def _records(self, year: int, folder: Path) -> pl.DataFrame:
        """Return the records that `ledger.accept` sums, before they are summed."""
        survey = self.bench.survey
        found = delivery.read(folder, year, survey.scope, survey.accounts).records
        special = tables.valid("saerregion", year)["region"].to_list()
        region = pl.col("region")
        return found.filter(
            pl.col("regnskap").is_not_null()
            & pl.col("belop").is_not_null()
            & (pl.col("belop") != 0)
            & region.str.ends_with(WHOLE_UNIT)
            & ~region.is_in(special)
        ).select(
            region.str.slice(0, 4),
            pl.col("regnskap").cast(pl.String),
            pl.col("belop"),
            pl.col("skjema", "kontoklasse", "linje"),
            konto="funksjon_kapittel",
            motkonto="art_sektor",
            fil=pl.col("fil").str.strip_prefix(f"{folder}/"),
        )

    def terms(self, amount: Amount) -> pl.DataFrame:
        """Return the terms of a sum over its units: vei, ledd, fortegn, regnskap, koder (as the table

        writes them), utvidet (how many they are in the year), rader, sum (1000 kr, sign of the number).
        """
        _, places = self._around(amount)
        found = []
        for leaf in leaves(amount.begrep, amount.tjenesteomraade, amount.aar):
            own = places.filter(leaf.hits())
            found.append(
                (
                    *(leaf.vei, leaf.ledd, leaf.fortegn, leaf.regnskap, leaf.written, leaf.counted),
                    *(int(own["rader"].sum()), leaf.fortegn * int(own["belop"].sum())),
                )
            )
        return pl.DataFrame(found, schema=TERMS_SCHEMA, orient="row")

    def rows(self, amount: Amount) -> pl.DataFrame:
        """Return every row that a sum is made of: the columns of `year`, enhet, and bidrag.

        bidrag: what the row gives the sum, in 1000 kr with the sign of the number. Largest first.
        """
        own, places = self._around(amount)
        factor = _factor(leaves(amount.begrep, amount.tjenesteomraade, amount.aar))
        counted = places.select(*PLACE, factor=factor).filter(pl.col("factor") != 0)
        unit_of = amount.deler.select("region", "enhet").unique()
        return (
            own.join(counted, on=PLACE, how="inner")
            .join(unit_of, on="region", how="left")
            .with_columns(bidrag=pl.col("belop") * pl.col("factor"))
            .drop("factor")
        )

    def _around(self, amount: Amount) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of a sum's units, and how much stands in each place (regnskap, konto, motkonto)."""
        key = (amount.aar, frozenset(amount.deler["region"]))
        if key not in self._of_regions:
            own = self.year(amount.aar).filter(pl.col("region").is_in(list(key[1])))
            places = own.group_by(PLACE).agg(
                belop=pl.col("belop").sum(), rader=pl.len().cast(pl.Int64)
            )
            self._of_regions[key] = (own, places)
        return self._of_regions[key]


def _factor(found: list[Leaf]) -> pl.Expr:
    """Return how often, and with which sign, a row counts in a sum."""
    none = pl.lit(0, pl.Int64)
    return pl.sum_horizontal(
        none,
        *(
            pl.when(leaf.hits()).then(pl.lit(leaf.fortegn, pl.Int64)).otherwise(none)
            for leaf in found
        ),
    )


def largest(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return the `count` rows that give most, largest first; ties in the order of unit and place."""
    order = [name for name in ("enhet", *PLACE, "fil", "linje") if name in rows.columns]
    size = pl.col("bidrag").abs()
    # Sorting the few that can be among them, not all: a sum may have a hundred thousand rows.
    limit = rows.select(size.top_k(count).min()).item() if len(rows) else 0
    return (
        rows.filter(size >= limit)
        .with_columns(_size=size)
        .sort("_size", *order, descending=[True, *[False] * len(order)])
        .head(count)
        .drop("_size")
    )
