"""Section 3: growth of revenue and expenditure, in all and by service area."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators.evaluate import total
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.sections import areas
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey

SECTION = "sektor"  # the first word of its numbers, see sections.csv

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


def years_in_a_row(growth: pl.DataFrame) -> int | None:
    """Return for how many years up to the last expenditure grew more than revenue.

    Counts only years that could be compared, so it is a lower bound where the first of them counts.
    None when the last year could not be compared.
    """
    if growth.is_empty():
        return None
    falling = growth.sort("aar", descending=True)["gap"].drop_nulls().to_list()
    return next((n for n, gap in enumerate(falling) if gap <= 0), len(falling))


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


def livelihood_share(table: pl.DataFrame) -> float | None:
    """Return the part of the growth of `sosial` that bidrag til livsopphold makes up, in percent."""
    growth = dict(table.select("tjenesteomraade", "endring").iter_rows())
    part, whole = growth.get(LIVELIHOOD), growth.get(SOCIAL)
    return None if part is None or not whole else 100 * part / whole


def tall(survey: Survey) -> pl.DataFrame:
    """Return the section numbers `sektor.*`: growth of up to three years, areas of the survey year.

    Out: `frames.Tall`. Numbers that need a year the source lacks are null for the survey year.
    """
    year, growth, table = survey.year, growth_by_year(survey), by_area(survey)
    by_year = [
        values.from_row(
            growth.filter(pl.col("aar") == each).with_columns(
                inntektsvekst_mrd=values.billions(pl.col("inntekt_naa") - pl.col("inntekt_foer")),
                utgiftsvekst_mrd=values.billions(pl.col("utgift_naa") - pl.col("utgift_foer")),
            )
            if each in growth["aar"]
            else _no_growth(),
            each,
            "sektor",
            {
                "inntektsvekst": "prosent",
                "utgiftsvekst": "prosent",
                "inntektsvekst_mrd": "mrd_kr",
                "utgiftsvekst_mrd": "mrd_kr",
                "gap": "prosentpoeng",
            },
        )
        for each in sorted({year, *growth["aar"]})
    ]
    summary = pl.DataFrame(
        {
            "aar_paa_rad": [years_in_a_row(growth)],
            "del_av_sosial.livsopphold": [livelihood_share(table)],
        },
        schema={"aar_paa_rad": pl.Int64, "del_av_sosial.livsopphold": pl.Float64},
    )
    per_area = table.with_columns(mrd=values.billions(pl.col("endring")))
    return values.combine(
        *by_year,
        values.from_row(
            summary,
            year,
            "sektor",
            {"aar_paa_rad": "antall", "del_av_sosial.livsopphold": "prosent"},
        ),
        values.from_table(per_area, year, "sektor.vekst", "tjenesteomraade", "vekst", "prosent"),
        values.from_table(per_area, year, "sektor.vekst_mrd", "tjenesteomraade", "mrd", "mrd_kr"),
        *(
            values.from_table(
                per_area.filter(
                    (pl.col("oppdeling") == "hoved")
                    & (pl.col("rangeres") | pl.lit(areas.every(survey)))
                ),
                year,
                f"sektor.{rank}",
                "tjenesteomraade",
                rank,
                "rang",
            )
            for rank in ("rang", "rang_lavest")
        ),
    )


def _no_growth() -> pl.DataFrame:
    names = ("inntektsvekst", "utgiftsvekst", "inntektsvekst_mrd", "utgiftsvekst_mrd", "gap")
    return pl.DataFrame({name: [None] for name in names}, schema=dict.fromkeys(names, pl.Float64))
