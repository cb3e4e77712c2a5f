"""What every edition of the report opens with: the headline numbers, with what was published."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import claims, tables
from kommuneregnskap.chart_style import worded
from kommuneregnskap.norwegian import in_words, number
from kommuneregnskap.survey import Survey


def headlines(survey: Survey, tall: pl.DataFrame, vurdering: pl.DataFrame) -> list[list[str]]:
    """Return the headline numbers (headlines.csv) that the survey has: computed, what, published with verdict.

    In: section numbers (`frames.Tall`) and verdicts (`claims.judge`).
    """
    own = tall.filter(pl.col("aar") == survey.year).drop_nulls("verdi")
    rows = (
        tables.read("headlines")
        .sort("rekkefoelge")
        .join(own, left_on="tall_id", right_on="id", how="inner", maintain_order="left")
        .join(
            vurdering.filter(pl.col("aar") == survey.year)
            .unique("tall_id", keep="first", maintain_order=True)
            .select("tall_id", "dom", "publisert"),
            on="tall_id",
            how="left",
            maintain_order="left",
        )
    )
    return [
        [
            in_words(row["verdi"], row["enhet"], 1 if row["enhet"] == "mrd_kr" else None),
            worded(row["tekst"], survey),
            f"{row['publisert']}, {claims.VERDICTS[row['dom']]}" if row["dom"] else "",
        ]
        for row in rows.iter_rows(named=True)
    ]


def verdicts(vurdering: pl.DataFrame) -> list[list[str]]:
    """Return how many published numbers got each verdict that was given: count, name, what it says."""
    return [
        [number(row["antall"]), row["navn"], row["forklaring"]]
        for row in claims.counts(vurdering).iter_rows(named=True)
        if row["antall"]
    ]


def tried(vurdering: pl.DataFrame) -> str:
    """Say how many published numbers were held against the accounts."""
    if vurdering.is_empty():
        return "Ingen publiserte tall er registrert for dette året; tallene står uten dom."
    context = vurdering.filter(pl.col("dom") == "kontekst").height
    return (
        f"{number(len(vurdering) - context)} publiserte tall er prøvd mot regnskapene; "
        f"{number(context)} står som bakgrunn."
    )
