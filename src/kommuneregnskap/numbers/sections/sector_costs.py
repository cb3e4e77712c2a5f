"""Section 3: growth of revenue and expenditure, in all and by service area."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators.evaluate import total
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.sections import areas
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey

REVENUE = "brutto_driftsinntekter"
# The settings that say which concepts of expenditure are meant, in all and by service area.
EXPENDITURE, SERVICE_COST = "vekstutgift", "tjenesteutgift"
SOCIAL = "sosial"
LIVELIHOOD = "livsopphold"


def growth_by_year(survey: Survey) -> pl.DataFrame:
    """Return growth of revenue and expenditure in the survey year and the two before it.

    Each year compares the same respondents (of the survey year) with the year before. Out: aar,
    kommuner (units compared), inntekt_foer, inntekt_naa, utgift_foer, utgift_naa (1000 kr),
    inntektsvekst, utgiftsvekst (percent), gap (percentage points, expenditure minus revenue).
    Years that the source lacks are not there.
    """
    rows = [
        _year_growth(survey, year)
        for year in range(survey.year - YEARS_BEFORE + 1, survey.year + 1)
    ]
    return pl.concat(rows)


def _year_growth(survey: Survey, year: int) -> pl.DataFrame:
    now, before = pl.col("aar") == year, pl.col("aar") == year - 1
    expenditure = survey.setting(EXPENDITURE)

    def of(begrep: str, when: pl.Expr) -> pl.Expr:
        return total(pl.col("belop").filter((pl.col("begrep") == begrep) & when))

    return (
        survey.matched(year)
        .filter(pl.col("tjenesteomraade").is_null())
        .select(
            aar=pl.lit(year, dtype=pl.Int32),
            kommuner=pl.col("kobling").n_unique(),
            inntekt_foer=of(REVENUE, before),
            inntekt_naa=of(REVENUE, now),
            utgift_foer=of(expenditure, before),
            utgift_naa=of(expenditure, now),
        )
        .filter(pl.col("kommuner") > 0)
        .with_columns(
            inntektsvekst=values.growth(pl.col("inntekt_naa"), pl.col("inntekt_foer")),
            utgiftsvekst=values.growth(pl.col("utgift_naa"), pl.col("utgift_foer")),
        )
        .with_columns(gap=pl.col("utgiftsvekst") - pl.col("inntektsvekst"))
    )


def by_area(survey: Survey) -> pl.DataFrame:
    """Return growth of gross operating expenditure (AGD10) by service area, highest first.

    Out: tjenesteomraade, navn, ssb_kode, oppdeling, belop, naa, foer, endring (1000 kr), vekst
    (percent), andel_av_vekst (percent of all areas' growth), rang (1 = highest growth in percent),
    rang_lavest (1 = lowest); ranks only in the partition. Same respondents in both years.
    """
    table = areas.amounts(survey, survey.setting(SERVICE_COST), survey.year)
    every = areas.every(survey)
    whole = pl.col("endring").filter(pl.col("oppdeling") == "hoved").sum()
    highest = areas.ranked(table, "vekst", every=every).select("tjenesteomraade", "rang")
    lowest = areas.ranked(table, "vekst", descending=False, every=every).select(
        "tjenesteomraade", rang_lavest="rang"
    )
    return (
        table.with_columns(andel_av_vekst=pl.when(whole != 0).then(100 * pl.col("endring") / whole))
        .join(highest, on="tjenesteomraade", how="left")
        .join(lowest, on="tjenesteomraade", how="left")
        .sort("rang", "tjenesteomraade", nulls_last=True)
    )
