"""From those who answered to all municipalities: ratio estimates per size group.

The place of the full survey machinery (variances, calibration, alternatives); so far the estimator
that the published headline is tried against.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators import total as sum_of


def ratio_estimate(panel: pl.DataFrame, frame: pl.DataFrame, concept: str) -> pl.DataFrame:
    """Estimate the total of `concept` over `frame`, post-stratified by size group.

    Within each size group the respondents' sum is scaled by inhabitants: estimate = sum(concept of
    respondents) / sum(inhabitants of respondents) * inhabitants of the group. `panel`: respondents
    with stoerrelsesgruppe, folkemengde (persons) and `concept` (1000 kr). `frame`: the population
    with region, stoerrelsesgruppe, folkemengde.

    Out: stoerrelsesgruppe, svart (units), kommuner (units), folk_svart, folkemengde (persons), sum
    and estimat (1000 kr, Float64; null in a group that nobody answered from). Method: combined
    ratio estimator, Cochran, Sampling Techniques, ch. 6.
    """
    answered = panel.group_by("stoerrelsesgruppe").agg(
        svart=pl.len(),
        folk_svart=pl.col("folkemengde").sum(),
        sum=sum_of(concept),
    )
    return (
        frame.group_by("stoerrelsesgruppe")
        .agg(kommuner=pl.len(), folkemengde=pl.col("folkemengde").sum())
        .join(answered, on="stoerrelsesgruppe", how="left")
        .with_columns(
            pl.col("svart").fill_null(0),
            estimat=pl.col("sum") / pl.col("folk_svart") * pl.col("folkemengde"),
        )
        .select(
            "stoerrelsesgruppe", "svart", "kommuner", "folk_svart", "folkemengde", "sum", "estimat"
        )
        .sort("stoerrelsesgruppe")
    )


def total(estimate: pl.DataFrame) -> float | None:
    """Return the sum of `estimat` over the size groups; None where a group has no respondents."""
    if estimate["estimat"].null_count() or estimate.is_empty():
        return None
    return float(estimate["estimat"].sum())
