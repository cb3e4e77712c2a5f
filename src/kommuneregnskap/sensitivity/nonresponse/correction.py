"""What numbers published of respondents would have to be corrected by, where everybody's are known: open figures.

Who answered KS is not public. What is known: the number of all, the published number of those who answered, and so
their difference, which is the correction (and all else that parts the two, above all the scope of the accounts); and
what the difference is in panels drawn to be like those who answered (`open_figures.draw`, assumption A30), where
nothing but size decides who is in.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.estimates import confidence
from kommuneregnskap.numbers import panels
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units
from kommuneregnskap.verdicts import brackets
from kommuneregnskap.verdicts.decide import UNTRIED

RESPONDENTS = "respondenter"
SCHEMA = {
    **dict.fromkeys(("id", "maaler", "publisert"), pl.String),
    **dict.fromkeys(
        ("trykt", "alle", "rettelse", "trukket_nedre", "trukket_midt", "trukket_oevre"), pl.Float64
    ),
    "forklart": pl.Boolean,
}


def of(survey: Survey, judged: pl.DataFrame) -> pl.DataFrame:
    """Return the correction of every percentage published of those who answered that open figures can be held against.

    In: `verdicts.judge`; of those with a verdict, the percentages of the result and of growth with both ends. Out, in
    their order: id, maaler, publisert (as printed), trykt (the middle of what was printed) and alle (of all
    municipalities outside Oslo with figures) in percent or percentage points; rettelse: trykt less alle, in
    percentage points, what it is off by as a number of all; trukket_nedre, trukket_midt, trukket_oevre: the 2.5th, 50th
    and 97.5th percentile of the same over the pseudo-panels, in which nothing but size decides who answers; forklart:
    whether that takes in what was printed, as exactly as it was printed. Without rows for sources that know who
    answered.
    """
    drawn = brackets.of(survey)
    if survey.gives.respondents or drawn.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    printed = _printed(survey.year, judged)
    outside = survey.enheter.filter(
        pl.col("har_drift")
        & (pl.col("type") == open_figures.MUNICIPALITY)
        & ~pl.col("region").is_in(units.oslo(survey.year))
    )
    ids = printed["tall_id"].unique().to_list()
    whole = panels.over(survey, [outside["region"].to_list()], ids)
    own = pl.col("aar") == survey.year
    low, high = confidence.middle()
    spread = {
        "trukket_nedre": low,
        "trukket_midt": 0.5,
        "trukket_oevre": high,
    }
    value = pl.element().drop_nulls()
    found = (
        printed.join(
            whole.filter(own).select(tall_id="id", alle="verdi"),
            on="tall_id",
            maintain_order="left",
        )
        .join(
            drawn.filter(own).select(
                "tall_id",
                *(
                    pl.col(brackets.DRAWN)
                    .list.eval(value.quantile(part, "nearest"))
                    .list.first()
                    .alias(name)
                    for name, part in spread.items()
                ),
            ),
            on="tall_id",
            maintain_order="left",
        )
        .drop_nulls(["alle", "trukket_midt"])
    )
    return found.with_columns(
        pl.col(*spread) - pl.col("alle"),
        rettelse=pl.col("trykt") - pl.col("alle"),
        forklart=(pl.col("oevre") >= pl.col("trukket_nedre"))
        & (pl.col("nedre") <= pl.col("trukket_oevre")),
    ).select(list(SCHEMA))


def _printed(year: int, judged: pl.DataFrame) -> pl.DataFrame:
    """Return percentages of respondents that have a verdict: id, tall_id, maaler, publisert, trykt, nedre, oevre."""
    tried = judged.filter(~pl.col("dom").is_in(UNTRIED))["id"].to_list()
    return (
        published.read(year)
        .filter(
            pl.col("id").is_in(tried)
            & (pl.col("aar") == year)
            & (pl.col("panel").cast(pl.String) == RESPONDENTS)
            & pl.col("enhet").cast(pl.String).is_in(["prosent", "prosentpoeng"])
            & pl.col("nedre").is_not_null()
            & pl.col("oevre").is_not_null()
        )
        .select(
            *("id", "tall_id", "maaler", "nedre", "oevre"),
            publisert="trykt",
            trykt=published.middle(),
        )
    )
