"""One unit's sheet: its measures over the years, its place among others, whether its rows agree.

What is measured stands in data/definitions/unit_sheet.csv; of measures that indicators.csv defines for one
scope alone, a sheet has that of its own accounts.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.accounts import span
from kommuneregnskap.survey.survey import IN_THE_YEAR, Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.sheets import PER_PERSON, PERCENT

UNIT_OF = {PERCENT: "prosent", PER_PERSON: "kr"}
MEASURE = ("rekkefoelge", "begrep", "maal", "maal_navn", "desimaler", "figur")
ALL, GROUP, COUNTY = "alle", "stoerrelsesgruppe", "fylke"
FEWEST = 4  # units that can be divided into quarters
SHOWN = 5  # of the names that are allowed
MARGIN = 1e-6  # of a value computed in two ways


def sheets(survey: Survey) -> pl.DataFrame:
    """Return the municipalities that have accounts in the survey year, a row per sheet.

    Out: ark (what the sheet is called: the number of the municipality), tittel, stoerrelsesgruppe, gruppe (its name),
    fylke, region, kobling. Sorted by `ark`.
    """
    known = survey.enheter.filter(pl.col("type") == "kommune")
    known = known.with_columns(ark="region", tittel=pl.col("region") + " " + pl.col("navn"))
    groups = tables.read("stoerrelsesgruppe").select(gruppe="navn", stoerrelsesgruppe="gruppe")
    return (
        known.filter("har_drift")
        .join(groups, on="stoerrelsesgruppe", how="left")
        .select("ark", "tittel", "stoerrelsesgruppe", "gruppe", "fylke", "region", "kobling")
        .sort("ark")
    )


def sheet(survey: Survey, ark: str) -> dict[str, str]:
    """Return the row of `sheets` for one sheet; empty `ark`: the first. Raises UsageError for another."""
    known = sheets(survey)
    found = known.filter(pl.col("ark") == ark) if ark else known.head(1)
    if found.is_empty():
        shown = ", ".join(known["ark"].head(SHOWN))
        raise UsageError(
            f"UNITS has {ark!r}, which has no accounts in {survey.year}; allowed: {shown} "
            f"and {max(len(known) - SHOWN, 0)} more"
        )
    return found.row(0, named=True)


def measures(scope: str) -> pl.DataFrame:
    """Return the measures of a sheet in order: rekkefoelge, begrep, maal, maal_navn, desimaler, figur.

    scope: whose accounts the sheet is of; a concept that is defined for another one is left out.
    """
    other = tables.read("indicators").filter(pl.col("omfang").cast(pl.String) != scope)["begrep"]
    shown = pl.col("maal", "figur").cast(pl.String)
    rows = tables.read("unit_sheet").sort("rekkefoelge").with_columns(shown)
    rows = rows.filter(~pl.col("begrep").is_in(other.to_list()))
    return rows.drop("linje", "kilde").rename({"navn": "maal_navn"})


def concepts(survey: Survey) -> list[str]:
    """Return the concepts that the sheets of a survey measure, in order."""
    return measures(survey.scope)["begrep"].to_list()


def values(survey: Survey) -> pl.DataFrame:
    """Return all measures of all municipalities with accounts, in all years of the survey.

    Out: aar, region (of the survey year), rekkefoelge, begrep, maal, maal_navn, desimaler, figur, verdi (percent,
    or kroner per inhabitant; missing where the accounts do not carry it). Of an earlier year only where the
    unit is the same one: what was merged is added up if all of it has accounts, what was split is left out.
    """
    # Everything on a sheet asks for them, and every sheet of a worker is of the same survey.
    return survey.once(("ark",), lambda: _values(survey))


def _values(survey: Survey) -> pl.DataFrame:
    return (
        pl.concat(_of_year(survey, year) for year in survey.years)
        .join(measures(survey.scope), on="begrep", how="left", maintain_order="left")
        .select("aar", "region", *MEASURE, "verdi")
        .sort("region", "rekkefoelge", "aar")
    )


def _of_year(survey: Survey, year: int) -> pl.DataFrame:
    key = "region" if year == survey.year else "kobling"
    amounts = survey.indikatorer.filter(
        (pl.col("aar") == year) & (pl.col("type").cast(pl.String) == "kommune")
    )
    had = amounts.group_by(key).agg(med=pl.col("region").n_unique())
    people = _people(survey, year, key)
    whole = people.join(had, on=key).filter(pl.col("med") == pl.col("av")).drop("med", "av")
    wide = evaluate.completed(evaluate.wide(amounts, key), year)
    same = _same(survey, key)
    rows = same.join(whole, on=key).join(wide, on=key, how="inner")
    return _measured(rows, survey, year)


def _people(survey: Survey, year: int, key: str) -> pl.DataFrame:
    """Return inhabitants and the number of municipalities behind each key: key, folkemengde, av."""
    if key == "region":
        own = survey.enheter.filter(pl.col("type") == "kommune")
        return own.select("region", "folkemengde", av=pl.lit(1, dtype=pl.UInt32))
    known = units.known(year, in_the_year=survey.setting("folkedato") == IN_THE_YEAR)
    linked = units.with_link(known.filter(pl.col("type") == "kommune"), *span(survey.year))
    return (
        linked.group_by("kobling")
        .agg(pl.col("folkemengde").sum(), av=pl.len().cast(pl.UInt32))
        .collect()
    )


def _same(survey: Survey, key: str) -> pl.DataFrame:
    """Return the municipalities of the survey year; for earlier years those that are one unit then too."""
    own = survey.enheter.filter(pl.col("type") == "kommune").select("region", "kobling")
    return own.select("region") if key == "region" else own.filter(pl.len().over("kobling") == 1)


def _measured(rows: pl.DataFrame, survey: Survey, year: int) -> pl.DataFrame:
    """Return the measures of rows of totals with `folkemengde`: aar, region, begrep, verdi."""
    kinds = dict(measures(survey.scope).select("begrep", "maal").iter_rows())
    computed = [
        evaluate.percent(name, year)
        if kind == PERCENT
        else (1000 * pl.col(name) / pl.col("folkemengde")).alias(name)
        for name, kind in kinds.items()
    ]
    found = rows.select("region", *computed).unpivot(
        list(kinds), index="region", variable_name="begrep", value_name="verdi"
    )
    if not survey.gives.whole:  # where SSB gives no kroner, it prints percentages
        printed = survey.all_printed.filter(pl.col("aar") == year).rename({"verdi": "trykt"})
        found = found.join(
            printed.drop("aar"), on=["region", "begrep"], how="left", maintain_order="left"
        ).select("region", "begrep", verdi=pl.coalesce("verdi", "trykt"))
    return found.select(pl.lit(year, dtype=pl.Int32).alias("aar"), pl.all())


def over_years(survey: Survey, ark: str, maal: str) -> pl.DataFrame:
    """Return one unit's measures of a kind (`prosent`, `per_innbygger`): maal_navn, then a column per year."""
    own = sheet(survey, ark)["region"]
    rows = values(survey).filter((pl.col("region") == own) & (pl.col("maal") == maal))
    wide = rows.pivot("aar", index="maal_navn", values="verdi")
    missing = [str(year) for year in survey.years if str(year) not in wide.columns]
    empty = [pl.lit(None, dtype=pl.Float64).alias(year) for year in missing]
    return wide.with_columns(empty).select("maal_navn", *(str(year) for year in survey.years))


def peers(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the measures of the survey year for the unit and all it is compared with.

    Out: sammenlikning (`alle`, `stoerrelsesgruppe`, `fylke`), MEASURE, verdi, enheten
    (whether it is the unit itself). Nothing tells who the others are.
    """
    own = sheet(survey, ark)
    rows = (
        values(survey)
        .filter(pl.col("aar") == survey.year)
        .drop_nulls("verdi")
        .join(sheets(survey).select("region", GROUP, COUNTY), on="region")
    )
    among = {
        ALL: pl.lit(value=True),
        GROUP: pl.col(GROUP) == own[GROUP],
        COUNTY: pl.col(COUNTY) == own[COUNTY],
    }
    return pl.concat(
        rows.filter(condition).select(
            pl.lit(name).alias("sammenlikning"),
            *MEASURE,
            "verdi",
            enheten=pl.col("region") == own["region"],
        )
        for name, condition in among.items()
    ).sort("sammenlikning", "rekkefoelge", "verdi", "enheten")


def place(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the unit's place in the survey year, a row per measure and comparison.

    Out: sammenlikning, MEASURE, verdi, rang (1: highest; those who tie share the best), antall
    (units), fjerdedel (1: the lowest quarter; missing below four units), laveste, nedre, median, oevre and
    hoeyeste (minimum, quartiles and maximum of all, the unit included).
    """
    value, key = pl.col("verdi"), ["sammenlikning", "rekkefoelge"]
    below = value.rank("min").over(key) - 1
    among = pl.len().over(key)
    return (
        peers(survey, ark)
        .with_columns(
            rang=value.rank("min", descending=True).over(key).cast(pl.Int64),
            antall=among.cast(pl.Int64),
            fjerdedel=pl.when(among >= FEWEST).then((4 * below / among).floor().cast(pl.Int64) + 1),
            laveste=value.min().over(key),
            nedre=value.quantile(0.25, "linear").over(key),
            median=value.median().over(key),
            oevre=value.quantile(0.75, "linear").over(key),
            hoeyeste=value.max().over(key),
        )
        .filter("enheten")
        .drop("enheten")
    )


def placed(survey: Survey, ark: str, maal: str) -> pl.DataFrame:
    """Return `place` with a row per measure of a kind: maal_navn, verdi, then for each comparison its columns.

    Columns of a comparison: median_, rang_, antall_ and fjerdedel_ with its name.
    """
    found = place(survey, ark).filter(pl.col("maal") == maal)
    wide = found.filter(pl.col("sammenlikning") == ALL).select("rekkefoelge", "maal_navn", "verdi")
    for name in (GROUP, COUNTY, ALL):
        of = found.filter(pl.col("sammenlikning") == name).select(
            "rekkefoelge", pl.col("median", "rang", "antall", "fjerdedel").name.suffix(f"_{name}")
        )
        wide = wide.join(of, on="rekkefoelge", how="left", maintain_order="left")
    return wide.drop("rekkefoelge")


def development(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the drawn measures over the years: MEASURE, aar, verdi, median.

    median: of the units of its size group that have accounts of the year, the unit included.
    """
    own = sheet(survey, ark)
    group = sheets(survey).filter(pl.col(GROUP) == own[GROUP])["region"].to_list()
    rows = values(survey).filter((pl.col("figur") == "ja") & pl.col("region").is_in(group))
    middle = pl.col("verdi").median().over("rekkefoelge", "aar")
    return (
        rows.with_columns(median=middle)
        .filter(pl.col("region") == own["region"])
        .drop_nulls("verdi")
        .select(*MEASURE, "aar", "verdi", "median")
    )


def controls(survey: Survey, ark: str) -> pl.DataFrame:
    """Return what the controls found in the unit's accounts, the latest year and the gravest first.

    Out: aar, alvorlighet, kontroll, kontroll_navn, felt, funnet, tillatt, tiltak (words for the reader).
    """
    own = sheet(survey, ark)["region"]
    return (
        survey.kontroll.filter(pl.col("region").str.slice(0, 4) == own)
        .sort("aar", descending=True, maintain_order=True)
        .select(
            *("aar", "alvorlighet", "kontroll"),
            pl.col("navn").alias("kontroll_navn"),
            *("felt", "funnet", "tillatt", "tiltak"),
        )
    )


def recomputed(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the unit's measures of the survey year computed once more, from its own rows alone.

    Out: MEASURE, verdi (as on the sheet), av_radene (missing on open figures, which are sums),
    lik (whether they agree). Units as in `values`.
    """
    own = sheet(survey, ark)["region"]
    year, among = survey.year, pl.col("region") == own
    on_sheet = values(survey).filter(among & (pl.col("aar") == year))
    evaluated = evaluate.evaluate(survey.poster.filter(among), survey.balanse.filter(among), year)
    totals = (
        evaluate.completed(evaluate.wide(evaluated, "region"), year) if len(evaluated) else None
    )
    if totals is None:
        again = pl.DataFrame(schema={"begrep": pl.String, "av_radene": pl.Float64})
    else:
        people = survey.enheter.filter(among).select("region", "folkemengde")
        again = _measured(totals.join(people, on="region"), survey, year).select(
            "begrep", av_radene="verdi"
        )
    return (
        on_sheet.join(again, on="begrep", how="left", maintain_order="left")
        .with_columns(
            lik=pl.col("verdi").eq_missing(pl.col("av_radene"))
            | ((pl.col("verdi") - pl.col("av_radene")).abs() < MARGIN).fill_null(value=False)
        )
        .drop("aar", "region")
    )
