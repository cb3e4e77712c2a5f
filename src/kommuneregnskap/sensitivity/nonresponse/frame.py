"""Whether those who answered are like all municipalities, on what is known of everyone.

Method: data/definitions/frame_variables.csv lists what the frame knows. The standardised difference is
(mean of those who answered - mean of all) / standard deviation among all: free of units, so that
inhabitants and growth can be held side by side.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import ratio, total
from kommuneregnskap.numbers.sections import respondents, results
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import rates
from kommuneregnskap.survey.accounts import span
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units

PEOPLE = "folkemengde"
# What is shown of the accounts of those who answered and the others: column → section number.
SHOWN = {
    "netto_pst": "resultat.netto_pst",
    "andel_negativ": "resultat.andel_negativ",
    "fond_pst": "fond.pst",
    "andel_tomme": "fond.andel_tomme",
}


def variables(survey: Survey) -> pl.DataFrame:
    """Return what is known of every municipality outside Oslo in the survey year, a row each.

    Out: region, svart, folkemengde (persons), areal (km2), tetthet (persons per km2), folkevekst_1 and
    folkevekst_3 (percent, of the year and of the three years up to `units.population_date`, the same
    municipalities; null before the first inhabitants known), sammenslaatt (1: merged of two or more since
    2020, else 0), stoerrelsesgruppe, fylke. Sources: data/codes/.
    """
    area = units.places(survey.year).select("region", areal="areal_km2")
    rows = respondents.outside_oslo(survey).join(
        area, on="region", how="left", maintain_order="left"
    )
    for lag in (1, 3):
        rows = rows.join(_growth(survey, lag), on="kobling", how="left", maintain_order="left")
    return rows.select(
        "region",
        "svart",
        PEOPLE,
        "areal",
        "folkevekst_1",
        "folkevekst_3",
        "stoerrelsesgruppe",
        "fylke",
        tetthet=pl.col(PEOPLE) / pl.col("areal"),
        sammenslaatt=pl.col("region").is_in(_merged(survey.year)).cast(pl.Int64),
    )


def _growth(survey: Survey, lag: int) -> pl.DataFrame:
    """Return the growth of inhabitants over `lag` years in percent: kobling, folkevekst_<lag>."""
    name = f"folkevekst_{lag}"
    if survey.year - lag not in tables.years_known():
        return pl.DataFrame(schema={"kobling": pl.String, name: pl.Float64})

    def people(year: int) -> pl.LazyFrame:
        of_year = units.known(year).filter(pl.col("type") == "kommune")
        linked = units.with_link(of_year.select("region", PEOPLE), *span(survey.year))
        return linked.group_by("kobling").agg(total(PEOPLE).alias(f"folk_{year}"))

    now, before = (f"folk_{year}" for year in (survey.year, survey.year - lag))
    return (
        people(survey.year)
        .join(people(survey.year - lag), on="kobling")
        .select("kobling", (ratio(pl.col(now), pl.col(before)) - 100).alias(name))
        .collect()
    )


def _merged(year: int) -> list[str]:
    """Return the numbers valid in `year` that were made of several municipalities, renumberings followed."""
    changes = units.changes().filter(pl.col("aar") <= year)
    found = set(changes.filter(pl.col("type") == units.MERGER)["til_nummer"])
    renumbered = changes.filter(~pl.col("type").is_in([units.MERGER, units.BORDER]))
    while True:
        later = renumbered.filter(pl.col("fra_nummer").is_in(list(found)))["til_nummer"]
        if set(later) <= found:
            return sorted(found)
        found |= set(later)


def compared(survey: Survey) -> pl.DataFrame:
    """Return the respondents beside all municipalities outside Oslo, a row per quantity of the frame.

    Out, in the order of frame_variables.csv: variabel, variabel_navn, slag (`tall`, `andel`), enhet, desimaler,
    alle, svart and ikke_svart (means; for `andel` percent), median_alle, median_svart (null for shares),
    standardisert (see the module; null where all are alike), kjent (municipalities with a value).
    Quantities without a value in the year are left out. Empty for open figures, which do not say who
    answered.
    """
    listed = tables.read("frame_variables").sort("rekkefoelge")
    listed = listed.with_columns(pl.col("slag").cast(pl.String)).filter(
        pl.col("slag") != "fordeling"
    )
    frame = variables(survey)
    long = frame.unpivot(
        listed["variabel"].to_list(), index="svart", variable_name="variabel", value_name="verdi"
    ).drop_nulls("verdi")
    value, answered = pl.col("verdi"), pl.col("svart")
    found = long.group_by("variabel").agg(
        alle=value.mean(),
        svart=value.filter(answered).mean(),
        ikke_svart=value.filter(~answered).mean(),
        median_alle=value.median(),
        median_svart=value.filter(answered).median(),
        spredning=value.std(ddof=0),
        kjent=pl.len().cast(pl.Int64),
    )
    share = pl.col("slag") == "andel"
    factor = pl.when(share).then(100).otherwise(1)
    result = (
        listed.rename({"navn": "variabel_navn"})
        .select("variabel", "variabel_navn", "slag", "enhet", "desimaler")
        .join(found, on="variabel", how="inner", maintain_order="left")
        .with_columns(
            standardisert=pl.when(pl.col("spredning") > 0).then(
                (pl.col("svart") - pl.col("alle")) / pl.col("spredning")
            )
        )
        .with_columns(pl.col("alle", "svart", "ikke_svart") * factor)
        .with_columns(
            pl.when(~share).then(pl.col(name)).alias(name)
            for name in ("median_alle", "median_svart")
        )
        .drop("spredning")
    )
    return result if rates.known(survey) else result.clear()


def shares(survey: Survey) -> pl.DataFrame:
    """Return how municipalities and respondents are spread over size groups and counties, outside Oslo.

    Out: inndeling (`stoerrelsesgruppe`, `fylke`), domene_navn, alle and svart (percent of the municipalities),
    differanse (percentage points), standardisert (as `compared`). Size groups smallest first, counties by
    name. Empty for open figures and where nobody answered.
    """
    rows = rates.by_group(survey)
    if rows.is_empty() or not rows["svart"][0]:
        return pl.DataFrame(
            schema=dict.fromkeys(("inndeling", "domene_navn"), pl.String)
            | dict.fromkeys(("alle", "svart", "differanse", "standardisert"), pl.Float64)
        )
    whole, answered = rows["kommuner"][0], rows["svart"][0]
    part = pl.col("alle") / 100
    return (
        rows.filter(pl.col("inndeling") != "alle")
        .select(
            "inndeling",
            "domene_navn",
            alle=100 * pl.col("kommuner") / whole,
            svart=100 * pl.col("svart") / answered,
        )
        .with_columns(differanse=pl.col("svart") - pl.col("alle"))
        .with_columns(
            standardisert=pl.when(part.is_between(0, 1, closed="none")).then(
                pl.col("differanse") / 100 / (part * (1 - part)).sqrt()
            )
        )
    )


def silent(survey: Survey) -> list[str]:
    """Return the municipalities outside Oslo that did not answer, but whose accounts the source has."""
    rows = respondents.outside_oslo(survey).filter(pl.col("har_drift") & ~pl.col("svart"))
    return rows["region"].to_list()


def accounts(survey: Survey) -> pl.DataFrame:
    """Return the accounts of those who answered beside those of the others, as far as the source has them.

    On the synthetic panel they are known only because it is made up; in a survey they would not be.
    Out: hvem (`Har svart`, `Har ikke svart, men regnskapet er kjent`), kommuner, netto_pst (percent of
    revenue, ratio of sums), median_pst (percent), andel_negativ, fond_pst (percent of revenue) and
    andel_tomme (percent of the municipalities). Empty where nobody's is known but those who answered's,
    and for open figures.
    """
    others = silent(survey)
    schema = {"hvem": pl.String, "kommuner": pl.Int64} | dict.fromkeys(
        ("netto_pst", "median_pst", "andel_negativ", "fond_pst", "andel_tomme"), pl.Float64
    )
    if not others or not rates.known(survey):
        return pl.DataFrame(schema=schema)
    answered = respondents.outside_oslo(survey).filter("svart")["region"].to_list()
    parts = []
    for who, regions in (
        ("Har svart", answered),
        ("Har ikke svart, men regnskapet er kjent", others),
    ):
        own = survey.of_regions(regions)
        values = dict(compute(own, list(SHOWN.values())).select("id", "verdi").iter_rows())
        shown = {name: values[number] for name, number in SHOWN.items()}
        middle = results.per_unit(own)[results.SHARE].median()
        parts.append(
            pl.DataFrame(
                [{"hvem": who, "kommuner": len(regions), "median_pst": middle, **shown}],
                schema=schema,
            )
        )
    return pl.concat(parts)
