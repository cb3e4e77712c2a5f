"""Amounts by service area, shared by investments and sector costs."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.values import SUMS, growth, mean_of
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices


def names(year: int, oppdeling: str | None = "hoved") -> pl.DataFrame:
    """Return tjenesteomraade, navn, ssb_kode, oppdeling, rangeres of the areas of an `oppdeling`.

    `oppdeling` None: all areas. `rangeres` (Bool): whether the area takes part in rankings.
    """
    table = tables.valid("tjenesteomraade", year).with_columns(
        pl.col("oppdeling").cast(pl.String), rangeres=pl.col("rangeres").cast(pl.String) == "ja"
    )
    if oppdeling is not None:
        table = table.filter(pl.col("oppdeling") == oppdeling)
    return table.select("tjenesteomraade", "navn", "ssb_kode", "oppdeling", "rangeres")


def amounts(survey: Survey, begrep: str, year: int) -> pl.DataFrame:
    """Return the respondents' amounts by service area in `year` and the year before.

    Out: tjenesteomraade, navn, ssb_kode, oppdeling (`hoved` or `alternativ`), rangeres, belop (all
    respondents of the survey year; only when `year` is the survey year, else those matched), naa
    and foer (the same respondents in both years, 1000 kr), endring (1000 kr), vekst (percent). An
    area without a row has 0 in account files and null in open figures; naa and foer are null when the
    source lacks the year before, belop when the concept is not divided by area.
    An area that a choice makes of another area's functions (`choices.areas`) has that area's amounts.
    `vekst` is weighed as the survey's choice `vekting` says.
    """
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))
    chosen = pl.col("begrep") == begrep
    on_area = pl.col("tjenesteomraade").is_not_null()
    own = (
        survey.indikatorer.filter(chosen & on_area & (pl.col("aar") == survey.year))
        .join(answered, on="region", how="semi")
        .group_by("tjenesteomraade")
        .agg(belop=pl.col("belop").sum())
    )
    matched = survey.matched(year).filter(chosen & on_area)
    both = matched.group_by("tjenesteomraade").agg(
        naa=pl.col("belop").filter(pl.col("aar") == year).sum(),
        foer=pl.col("belop").filter(pl.col("aar") == year - 1).sum(),
    )
    made_of = pl.col("tjenesteomraade").replace(choices.areas(survey.choices))
    listed = names(year, None).filter(pl.col("oppdeling") != "fylke").with_columns(deler=made_of)
    # A file without the row has no amount; a table without it is silent, and so is nobody's file.
    zero = survey.gives.whole and len(answered) > 0
    return (
        listed.join(
            own, left_on="deler", right_on="tjenesteomraade", how="left", maintain_order="left"
        )
        .join(both, left_on="deler", right_on="tjenesteomraade", how="left", maintain_order="left")
        .with_columns(pl.col(name).fill_null(0) for name in _filled(zero, own, matched))
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .pipe(_with_growth, survey, matched, year)
        .drop("deler")
    )


def _filled(zero: bool, own: pl.DataFrame, matched: pl.DataFrame) -> list[str]:
    """Return the columns in which an area without a row has 0: where others have one."""
    return ["belop"] * (zero and len(own) > 0) + ["naa", "foer"] * (zero and len(matched) > 0)


def _with_growth(
    table: pl.DataFrame, survey: Survey, matched: pl.DataFrame, year: int
) -> pl.DataFrame:
    """Add `vekst` (percent): of the sums, or the mean of the units' own growth (assumption A22)."""
    weighing = survey.setting("vekting")
    of_sums = growth(pl.col("naa"), pl.col("foer"))
    if weighing == SUMS:
        return table.with_columns(vekst=of_sums)
    per_unit = matched.group_by("tjenesteomraade", "kobling").agg(
        naa=pl.col("belop").filter(pl.col("aar") == year).sum(),
        foer=pl.col("belop").filter(pl.col("aar") == year - 1).sum(),
    )
    people = survey.enheter.group_by("kobling").agg(pl.col("folkemengde").sum())
    means = (
        per_unit.join(people, on="kobling", how="left")
        .sort("tjenesteomraade", "kobling")
        .group_by("tjenesteomraade", maintain_order=True)
        .agg(vekst=mean_of(of_sums, of_sums.first(), weighing))
    )
    return table.join(
        means, left_on="deler", right_on="tjenesteomraade", how="left", maintain_order="left"
    )


def every(survey: Survey) -> bool:
    """Return whether all areas of the partition take part in rankings: assumption A25."""
    return survey.setting("rangering") == "hele"


def ranked(
    table: pl.DataFrame, by: str, *, descending: bool = True, every: bool = False
) -> pl.DataFrame:
    """Return the ranked areas of the partition with `rang` by a column (1 = highest, or lowest).

    Areas marked `rangeres` nei (pensions and the remainder) take no place: assumption A25. `every`: they
    do, the other choice.
    """
    takes_part = pl.col("rangeres") | pl.lit(every)
    return (
        table.filter((pl.col("oppdeling") == "hoved") & takes_part & pl.col(by).is_not_null())
        .with_columns(rang=pl.col(by).rank("min", descending=descending))
        .sort("rang", "tjenesteomraade")
    )
