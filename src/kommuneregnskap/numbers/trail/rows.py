"""The rows behind a sum: of the ledger, and where asked for of the files themselves, line by line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import Amount, Bench
from kommuneregnskap.numbers.terms import Leaf, leaves
from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.tables.register import WHOLE_UNIT

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
        self._of_year: dict[int, tuple[pl.DataFrame, pl.DataFrame]] = {}
        self._of_regions: dict[tuple[int, frozenset[str]], pl.DataFrame] = {}

    def year(self, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of an accounting year, and the places they stand in.

        Rows: region, regnskap, konto, motkonto, belop (1000 kr), and sted, the number of their place; of
        files also skjema, kontoklasse, fil (below the folder of the source), linje. Places, in the order
        of their number: sted, regnskap, konto, motkonto. A year has a million rows and few places, so
        what the terms take in is looked up by place.
        """
        if year not in self._of_year:
            rows = (
                self.bench.ledger[year] if self.folder is None else self._records(year, self.folder)
            )
            places = rows.select(PLACE).unique().sort(PLACE).with_row_index("sted")
            self._of_year[year] = (rows.join(places, on=PLACE, how="left"), places)
        return self._of_year[year]

    def _records(self, year: int, folder: Path) -> pl.DataFrame:
        """Return the records that `kostra.ledger.accept` sums, before they are summed."""
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
        """Return the terms of a sum over its units, TERMS_SCHEMA.

        koder: as the tables write them; utvidet: how many codes they are in the year; rader: the rows
        they take in; sum: 1000 kr, with the sign of the number.
        """
        own, places = self._around(amount)
        sums = own.group_by("sted").agg(pl.col("belop").sum(), rader=pl.len().cast(pl.Int64))
        there = places.join(sums, on="sted", how="inner")
        found = []
        for leaf in leaves(amount.begrep, amount.tjenesteomraade, amount.aar):
            hit = there.filter(leaf.hits())
            found.append(
                (
                    *(leaf.vei, leaf.ledd, leaf.fortegn, leaf.regnskap, leaf.written, leaf.counted),
                    *(int(hit["rader"].sum()), leaf.fortegn * int(hit["belop"].sum())),
                )
            )
        return pl.DataFrame(found, schema=TERMS_SCHEMA, orient="row")

    def rows(self, amount: Amount) -> pl.DataFrame:
        """Return every row that a sum is made of: the columns of `year`, enhet, and bidrag.

        bidrag: what the row gives the sum, in 1000 kr with the sign of the number.
        """
        own, places = self._around(amount)
        factors = places.select(
            _factor(leaves(amount.begrep, amount.tjenesteomraade, amount.aar)).alias("factor")
        )["factor"]
        unit_of = amount.deler.select("region", "enhet").unique()
        return (
            own.with_columns(factor=factors.gather(own["sted"]))
            .filter(pl.col("factor") != 0)
            .join(unit_of, on="region", how="left")
            .with_columns(bidrag=pl.col("belop") * pl.col("factor"))
            .drop("factor", "sted")
        )

    def _around(self, amount: Amount) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return all rows of a sum's units in its year, and the places of the year."""
        key = (amount.aar, frozenset(amount.deler["region"]))
        rows, places = self.year(amount.aar)
        if key not in self._of_regions:
            self._of_regions[key] = rows.filter(pl.col("region").is_in(list(key[1])))
        return self._of_regions[key], places


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
