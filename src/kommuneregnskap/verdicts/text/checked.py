"""A claims file as it stands: what is still proposed, and what the arithmetic of its text says."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.tables import published
from kommuneregnskap.tables.schemas.claims import PROPOSED
from kommuneregnskap.verdicts import arithmetic

ROLES = (*arithmetic.PARTS, "resultat")
WRITTEN, CARRIED = "arithmetic.csv", "som i tidligere år"


@dataclass(frozen=True)
class Checked:
    """claims: all rows of the year. arithmetic: rules with their outcome, and `fra`: WRITTEN or CARRIED."""

    claims: pl.DataFrame
    arithmetic: pl.DataFrame

    @property
    def proposed(self) -> pl.DataFrame:
        """The rows that nobody has accepted yet."""
        return self.claims.filter(pl.col("status").cast(pl.String) == PROPOSED)

    @property
    def without_number(self) -> pl.DataFrame:
        """Of these, the rows that no section number was recognised for."""
        return self.proposed.filter(pl.col("tall_id").is_null())


def check(year: int) -> Checked:
    """Check the claims file of a year: its rows, and the arithmetic among them, proposed ones too.

    The rules are those of arithmetic.csv, and those of other years of which this one has every number.
    Raises DataError for a malformed row, with its line.
    """
    claims = published.with_proposed(year)
    written = tables.read("arithmetic").filter(pl.col("aar") == year)
    carried = _carried(claims, written, year)
    parts = [
        arithmetic.of_rules(rules, claims).with_columns(fra=pl.lit(name))
        for rules, name in ((written, WRITTEN), (carried, CARRIED))
        if len(rules)
    ]
    empty = arithmetic.SCHEMA.to_frame().with_columns(fra=pl.lit(None, pl.String))
    return Checked(claims, pl.concat([empty, *parts]))


def _carried(claims: pl.DataFrame, written: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the rules of other years with the ids of this year's claims of the same section numbers.

    A rule is carried over where each of its claims has a section number, the year has one of each, and
    arithmetic.csv does not have it for the year already.
    """
    rules = tables.read("arithmetic").filter(pl.col("aar") != year)
    everything = published.read_all().select("id", "tall_id")
    own = (
        claims.drop_nulls("tall_id")
        .filter(pl.col("utgiver").cast(pl.String) == "KS")
        .sort("opploesning", maintain_order=True)  # of two that say the same the more precise
        .unique("tall_id", keep="first", maintain_order=True)
        .select("tall_id", eget="id")
    )
    ids = dict(everything.join(own, on="tall_id").select("id", "eget").iter_rows())
    renamed = rules.with_columns(
        pl.col(each).replace_strict(ids, default=None, return_dtype=pl.String).alias(f"{each}_ny")
        for each in ROLES
    ).filter(
        pl.all_horizontal(
            pl.col(each).is_null() == pl.col(f"{each}_ny").is_null() for each in ROLES
        )
    )
    named = renamed.with_columns(pl.col(f"{each}_ny").alias(each) for each in ROLES).select(
        rules.columns
    )
    fresh = named.unique(["regel", *ROLES], keep="last", maintain_order=True).join(
        written, on=["regel", *ROLES], how="anti", nulls_equal=True, maintain_order="left"
    )
    return fresh.with_columns(
        aar=pl.lit(year, pl.Int32),
        forklaring=pl.lit(CARRIED),
        id=pl.format("{}_{}", pl.lit(f"r{year}"), "regel"),
    )
