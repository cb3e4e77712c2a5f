"""The first figures fetched on a machine, held against those that come with the project.

What came along was read from a copy and written down; what SSB itself says now tells whether it still holds.
A difference is no error: SSB revises.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kommuneregnskap.sources.statbank.catalogue import OTHER_REGION
from kommuneregnskap.verdicts.differences import APPEARED, KEY, values


@dataclass(frozen=True)
class Held:
    """How figures agree with those held before.

    equal: how many figures both have, the same; changed: those of `before` that are not the same or not there any
    more, as `differences.values`; more: how many figures only `after` has.
    """

    equal: int
    changed: pl.DataFrame
    more: int


def held(before: pl.DataFrame, after: pl.DataFrame) -> Held:
    """Hold values of a snapshot against those of an earlier one (both `schemas.statbank.Verdier`).

    Of the accounting years and scopes that both have; regions of no kind in the year are left out, since nobody asks
    for them. A figure is the same of a region, concept, service area, year, scope and unit, whichever table it is in.
    """
    first, second = (
        frame.filter((pl.col("regiontype") != OTHER_REGION) & pl.col("verdi").is_not_null())
        for frame in (before, after)
    )
    years = sorted(set(before["aar"]) & set(after["aar"]))
    scopes = sorted(set(before["regnskapsomfang"]) & set(after["regnskapsomfang"]))
    # Of the later one also what is missing, so that SSB's symbol can be told.
    known = after.filter(pl.col("regiontype") != OTHER_REGION)
    found = pl.concat(
        [values(first, known, scope, years) for scope in scopes]
        or [values(first.clear(), known.clear(), "", [])]
    )
    both = first.join(second.select(*KEY, naa="verdi"), on=KEY, nulls_equal=True)
    appeared = pl.col("slag") == APPEARED
    return Held(
        equal=both.filter(pl.col("verdi") == pl.col("naa")).height,
        changed=found.filter(~appeared & pl.col("foer").is_not_null()),
        more=found.filter(appeared).height,
    )
