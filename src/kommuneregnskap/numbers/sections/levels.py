"""Levels that others hold a percentage against (data/definitions/levels.csv), beside what the survey has."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import percent, ratio, total
from kommuneregnskap.numbers.wide import shares
from kommuneregnskap.survey.survey import Survey

BOTH = "sektor"
KINDS = ("kommune", "fylkeskommune")


def of(begrep: str, year: int) -> pl.DataFrame:
    """Return the levels of a percentage of indicators.csv in an accounting year, in order: columns of levels.csv."""
    rows = tables.read("levels").with_columns(pl.col("enhetstype").cast(pl.String))
    since = pl.col("gjelder_fra").is_null() | (pl.col("gjelder_fra") <= year)
    until = pl.col("gjelder_til").is_null() | (pl.col("gjelder_til") >= year)
    return (
        rows.filter((pl.col("begrep") == begrep) & since & until).sort("rekkefoelge").drop("linje")
    )


def measured(survey: Survey, begrep: str) -> pl.DataFrame:
    """Return the levels of a percentage with what those who answered have of it.

    Out: `of`, nivaa_navn (who and what), prosent (of the sums of those that the level is meant for), enheter (those
    with a percentage), innenfor (those at or over `fra` and under `til`), andel (these in percent of them); missing
    where nobody has the amounts. Printed percentages count where a source has no amounts.
    """
    levels = of(begrep, survey.year)
    rows = [_measured(survey, row) for row in levels.iter_rows(named=True)]
    found = pl.DataFrame(
        rows,
        schema={
            "nivaa": pl.String,
            "prosent": pl.Float64,
            "enheter": pl.Int64,
            "innenfor": pl.Int64,
        },
    )
    named = levels.with_columns(nivaa_navn=pl.col("hvem") + ": " + pl.col("navn"))
    return named.join(found, on="nivaa", how="left", maintain_order="left").with_columns(
        andel=ratio(pl.col("innenfor"), pl.col("enheter"))
    )


def minimum_instalment() -> pl.Expr:
    """Return the least that must be paid of the loans in a year (1000 kr), of columns of `Survey.panel`.

    Depreciation x loans / what is depreciated, both as at the end of the year; missing where nothing is depreciated or
    the source has no balance sheet. Rough: accounts do not tell land from other property, nor which loans were lent on.
    Source: kommuneloven § 14-18, first paragraph; Prop. 46 L (2017-2018).
    """
    base = pl.col("avskrivbare_anleggsmidler")
    share = pl.when(base > 0).then(pl.col("laanegjeld_uten_utlaan") / base)
    return pl.col("motpost_avskrivninger") * share


def _measured(survey: Survey, level: dict[str, object]) -> dict[str, object]:
    begrep, kind = str(level["begrep"]), str(level["enhetstype"])
    numerator, denominator = shares(survey.year)[begrep]
    kinds = KINDS if kind == BOTH else (kind,)
    units = pl.concat([survey.panel(each).drop("stoerrelsesgruppe") for each in kinds])
    own = units.with_columns(percent(begrep, survey.year)).join(
        survey.printed(begrep), on="region", how="left", maintain_order="left"
    )
    share = pl.coalesce(begrep, "trykt")
    low, high = pl.lit(level["fra"], dtype=pl.Float64), pl.lit(level["til"], dtype=pl.Float64)
    # Where a level has no limit on a side, every share is within it there; one that is missing is nowhere.
    above = pl.when(share.is_not_null()).then((share >= low).fill_null(value=True))
    inside = above & (share < high).fill_null(value=True)
    known = pl.col(numerator).is_not_null() & pl.col(denominator).is_not_null()
    found = own.select(
        prosent=ratio(
            total(pl.col(numerator).filter(known)), total(pl.col(denominator).filter(known))
        ),
        enheter=pl.when(share.count() > 0).then(share.count()).cast(pl.Int64),
        innenfor=total(inside.cast(pl.Int64)),
    ).row(0, named=True)
    return {"nivaa": level["nivaa"], **found}
