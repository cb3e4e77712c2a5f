"""What each concept was in one snapshot of StatBank and is in another: what March said and June says."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from kommuneregnskap.sources.statbank.bundled import AMOUNT

KEY = ["regiontype", "begrep", "tjenesteomraade", "enhet", "aar"]
WHOLE = {"kommune": "land", "fylkeskommune": "fylkeskommunene"}  # of whom, and SSB's own row of all
COLUMNS = {
    "regiontype": pl.String,
    "begrep": pl.String,
    "tjenesteomraade": pl.String,
    "enhet": pl.String,
    "aar": pl.Int32,
    "foer": pl.Float64,
    "naa": pl.Float64,
    "endring": pl.Float64,
    "alle_foer": pl.Float64,
    "alle_naa": pl.Float64,
    "alle_endring": pl.Float64,
    "enheter": pl.Int64,
    "endret": pl.Int64,
    "kommet": pl.Int64,
    "falt_bort": pl.Int64,
}


def concepts(
    before: pl.DataFrame, after: pl.DataFrame, scope: str, years: Collection[int]
) -> pl.DataFrame:
    """Return what each concept was in one snapshot and is in another, changed or not.

    before, after: `schemas.statbank.Verdier`; scope: `konsern` or `kasse`; years: those that both have. Out, a row
    for each regiontype (kommune, fylkeskommune), begrep, tjenesteomraade, enhet and aar: foer, naa, endring (the sum
    over the units that have it in both, in 1000 kr; null for percentages, which do not add up), alle_foer, alle_naa,
    alle_endring (SSB's own row of all of them, an estimate until it is revised; in `enhet`, the change of a percentage
    in percentage points; null where it has none), enheter (how many have it in both), endret (how many of them
    changed), kommet, falt_bort (how many have it in one alone). Sorted by that key.
    """
    first, second = (
        frame.filter(
            (pl.col("regnskapsomfang") == scope)
            & pl.col("aar").is_in(list(years))
            & pl.col("verdi").is_not_null()
        ).select(*KEY, "region", "verdi")
        for frame in (before, after)
    )
    both = _joined(first, second, [*KEY, "region"])
    own = both.filter(pl.col("regiontype").is_in(list(WHOLE)))
    was, is_ = pl.col("foer").is_not_null(), pl.col("naa").is_not_null()
    adds = pl.col("enhet").first() == AMOUNT
    counted = own.group_by(KEY).agg(
        **{
            name: pl.when(adds & (was & is_).any()).then(pl.col(name).filter(was & is_).sum())
            for name in ("foer", "naa")
        },
        enheter=(was & is_).sum(),
        endret=(was & is_ & (pl.col("foer") != pl.col("naa"))).sum(),
        kommet=(~was & is_).sum(),
        falt_bort=(was & ~is_).sum(),
    )
    whole = both.filter(pl.col("regiontype").is_in(list(WHOLE.values()))).select(
        pl.col("regiontype").replace({all_: one for one, all_ in WHOLE.items()}),
        *KEY[1:],
        alle_foer="foer",
        alle_naa="naa",
    )
    return (
        counted.join(whole, on=KEY, how="left", nulls_equal=True)
        .with_columns(
            endring=pl.col("naa") - pl.col("foer"),
            alle_endring=pl.col("alle_naa") - pl.col("alle_foer"),
        )
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
        .sort(KEY)
    )


def _joined(first: pl.DataFrame, second: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return first.rename({"verdi": "foer"}).join(
        second.rename({"verdi": "naa"}), on=key, how="full", coalesce=True, nulls_equal=True
    )
