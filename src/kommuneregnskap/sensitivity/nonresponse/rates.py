"""How sure the response rates are: who answered by size and county, with intervals.

The interval is that of a share (Wilson 1927), which also holds
where nobody or everybody answered. It takes answering as chance: as if every municipality of the
group had answered with the same probability, independently of the others. That is not so, and everyone in
the frame was asked; the interval says how much of the difference between groups chance alone could make
(assumption A31, which stands beside it).
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.estimates import confidence
from kommuneregnskap.numbers.sections import respondents
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units


def with_interval(rows: pl.DataFrame) -> pl.DataFrame:
    """Add nedre and oevre: the ends (percent) of the 95 percent Wilson interval of `svart` out of `kommuner`.

    None where there is nobody. With all (none) answered, the upper (lower) end is 100 (0).
    """
    low, high = confidence.wilson(pl.col("svart"), pl.col("kommuner"))
    return rows.with_columns(nedre=low, oevre=high)


def known(survey: Survey) -> bool:
    """Whether the source knows who answered: open figures do not."""
    return survey.gives.respondents


def in_all(survey: Survey) -> pl.DataFrame:
    """Return the response of all municipalities outside Oslo, one row; columns as `by_group`."""
    return by_group(survey).filter(pl.col("inndeling") == "alle")


def by_group(survey: Survey) -> pl.DataFrame:
    """Return response in all, by size group (smallest first) and by county (by name), outside Oslo.

    Out: inndeling (`alle`, `stoerrelsesgruppe`, `fylke`), domene_navn, kommuner, svart (municipalities), andel,
    nedre and oevre (percent, 95 percent interval), skiller (Bool: the interval does not hold the
    response rate of all). Empty for open figures, which do not say who answered.
    """
    frame = respondents.outside_oslo(survey).with_columns(pl.col("svart") & known(survey))
    counted = [pl.len().alias("kommuner"), pl.col("svart").sum()]
    groups = units.named_groups(frame.group_by("stoerrelsesgruppe").agg(counted))
    parts = [
        frame.select(
            pl.lit("alle").alias("inndeling"), pl.lit("Alle").alias("domene_navn"), *counted
        )
        if len(frame)
        else frame.select(
            inndeling=pl.lit("alle"), domene_navn=pl.lit("Alle"), kommuner=0, svart=0
        ),
        groups.rename({"gruppe": "domene_navn"}).select(
            pl.lit("stoerrelsesgruppe").alias("inndeling"), "domene_navn", "kommuner", "svart"
        ),
        frame.group_by(domene_navn="fylke")
        .agg(counted)
        .sort("domene_navn")
        .select(pl.lit("fylke").alias("inndeling"), "domene_navn", "kommuner", "svart"),
    ]
    rows = pl.concat(
        each.with_columns(pl.col("kommuner", "svart").cast(pl.Int64)) for each in parts
    ).with_columns(andel=100 * pl.col("svart") / pl.col("kommuner"))
    whole = pl.col("andel").first()
    result = with_interval(rows).with_columns(
        skiller=(pl.col("inndeling") != "alle")
        & ~whole.is_between(pl.col("nedre"), pl.col("oevre"))
    )
    return result if known(survey) else result.clear()
