"""From what was delivered to the ledger: `poster` and `balanse`, summed, of the units that count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra.delivery import Delivery, accounts_of
from kommuneregnskap.sources.kostra.numbered import FORM, Numbered, combined
from kommuneregnskap.tables.register import WHOLE_UNIT

KEYS = {
    "poster": ("regnskap", "funksjon", "art"),
    "balanse": ("kapittel", "sektor"),
}
BALANCE = "balanse"
UNIT = ("aar", "region", "regnskapsomfang", "regnskap")
CODES = ("funksjon_kapittel", "art_sektor")


@dataclass(frozen=True)
class Ledger:
    """Accounts of one year, one scope.

    poster, balanse: frames of `frames.Poster` and `frames.Balanse`, amounts in 1000 kr with the
    sign of the file. delivered: units that have accounts (aar, region, har_drift, har_balanse).
    """

    poster: pl.LazyFrame
    balanse: pl.LazyFrame
    delivered: pl.DataFrame


def accept(delivery: Delivery, *, without: Collection[str] = ()) -> Ledger:
    """Return the ledger of a delivery, without the regions (six digits) that the controls stopped.

    Lines with the same key are summed and zero amounts ignored, as Statistics Norway does. Records
    without an account or an amount, and those of regions that are part of another unit or no
    municipality (data/codes/saerregion.csv), are never added.
    """
    numbered = delivery.numbered
    units, unit = _units(numbered, delivery.year, without)
    records = (
        numbered.places.lazy()
        .select(*CODES, enhet=unit, belop=delivery.records["belop"])
        .filter(pl.col("enhet").is_not_null() & pl.col("belop").is_not_null())
        .collect()
    )
    summed = _summed(records, units, numbered)
    return Ledger(
        poster=_of(summed, "poster"),
        balanse=_of(summed, "balanse"),
        delivered=_delivered(records, units),
    )


def _units(numbered: Numbered, year: int, without: Collection[str]) -> tuple[pl.DataFrame, pl.Expr]:
    """Return all there could be of UNIT, in order, and which row of it each record is of; null: it is never added."""
    special = tables.valid("saerregion", year)["region"].to_list()
    region = pl.col("region")
    own = region.str.ends_with(WHOLE_UNIT) & ~region.is_in([*special, *without])
    regions = numbered.texts["region"].to_frame().select(pl.when(own).then(region.str.slice(0, 4)))
    accounts = accounts_of(numbered).select(UNIT[2:])
    names, kinds = (each.drop_nulls().unique().sort(each.columns) for each in (regions, accounts))
    units = names.join(kinds, how="cross", maintain_order="left_right")
    return (
        units.select(pl.lit(year, dtype=pl.Int32).alias("aar"), pl.all()),
        _row(regions, names).gather(region) * len(kinds)
        + _row(accounts, kinds).gather(numbered.key(*FORM)),
    )


def _row(rows: pl.DataFrame, among: pl.DataFrame) -> pl.Expr:
    """Return which row of `among` each of some rows is; null for one that is none of them."""
    numbers = among.with_row_index("_rad")
    found = rows.join(numbers, on=rows.columns, how="left", maintain_order="left")["_rad"]
    return pl.lit(found.cast(pl.Int64))


def _summed(records: pl.DataFrame, units: pl.DataFrame, numbered: Numbered) -> pl.DataFrame:
    """Return one row per account of a unit, no zero amounts, in order: UNIT, CODES, belop.

    records: enhet (row of units), CODES (their places), belop.
    """
    texts = [numbered.texts[name] for name in CODES]
    parts = zip(("enhet", *CODES), (len(units), *map(len, texts)), strict=True)
    added = (
        records.lazy()
        .select("belop", konto=combined((pl.col(name), size) for name, size in parts))
        .sort("konto")
        .group_by("konto", maintain_order=True)
        .agg(pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .collect()
    )
    account = pl.col("konto")
    unit, place, kind = added.select(
        enhet=account // (len(texts[0]) * len(texts[1])),
        sted=account // len(texts[1]) % len(texts[0]),
        slag=account % len(texts[1]),
    ).cast(pl.Int64)
    return units[unit].with_columns(texts[0].gather(place), texts[1].gather(kind), added["belop"])


def _of(summed: pl.DataFrame, frame: str) -> pl.LazyFrame:
    """Return `poster` or `balanse`."""
    balance = frame == "balanse"
    names = dict(zip(CODES, KEYS[frame][-2:], strict=True))
    return (
        summed.lazy()
        .filter((pl.col("regnskap") == BALANCE) == balance)
        .rename(names)
        .select(*UNIT[:3], *KEYS[frame], "belop")
    )


def _delivered(records: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Return who has an operating account, and who a balance sheet: an amount other than zero in it."""
    account = pl.col("regnskap")
    return (
        units[
            records.lazy()
            .filter(pl.col("belop") != 0)
            .select(pl.col("enhet").unique())
            .collect()["enhet"]
        ]
        .group_by("aar", "region")
        .agg(har_drift=(account == "drift").any(), har_balanse=(account == BALANCE).any())
        .sort("aar", "region")
    )
