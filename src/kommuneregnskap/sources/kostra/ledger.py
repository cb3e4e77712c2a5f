"""From what was delivered to the ledger: `poster` and `balanse`, summed, of the units that count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra.delivery import Delivery
from kommuneregnskap.tables.register import WHOLE_UNIT

KEYS = {
    "poster": ("regnskap", "funksjon", "art"),
    "balanse": ("kapittel", "sektor"),
}


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
    special = tables.valid("saerregion", delivery.year)["region"].to_list()
    region = pl.col("region")
    records = (
        delivery.records.lazy()
        .filter(
            pl.col("regnskap").is_not_null()
            & pl.col("belop").is_not_null()
            & ~region.is_in(special)
            & region.str.ends_with(WHOLE_UNIT)
            & ~region.is_in(list(without))
        )
        .select(
            pl.lit(delivery.year, dtype=pl.Int32).alias("aar"),
            region.str.slice(0, 4),
            *("regnskapsomfang", "regnskap", "funksjon_kapittel", "art_sektor", "belop"),
        )
        .collect()
    )
    return Ledger(
        poster=_sum(records, "poster"),
        balanse=_sum(records, "balanse"),
        delivered=_delivered(records),
    )


def _sum(records: pl.DataFrame, frame: str) -> pl.LazyFrame:
    """Return `poster` or `balanse`: one row per key, no zero amounts, in the order of the keys."""
    balance = frame == "balanse"
    names = ("kapittel", "sektor") if balance else ("funksjon", "art")
    keys = ("aar", "region", "regnskapsomfang", *KEYS[frame])
    return (
        records.lazy()
        .filter((pl.col("regnskap") == "balanse") == balance)
        .rename({"funksjon_kapittel": names[0], "art_sektor": names[1]})
        .group_by(keys)
        .agg(pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .sort(keys)
    )


def _delivered(records: pl.DataFrame) -> pl.DataFrame:
    """Return who has an operating account, and who a balance sheet: an amount other than zero in it."""
    account = pl.col("regnskap")
    return (
        records.filter(pl.col("belop") != 0)
        .group_by("aar", "region")
        .agg(har_drift=(account == "drift").any(), har_balanse=(account == "balanse").any())
        .sort("aar", "region")
    )
