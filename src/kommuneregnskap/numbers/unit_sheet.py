"""One unit's sheet: its measures over the years, its place among others, whether its rows agree.

What is measured stands in data/definitions/unit_sheet.csv; of measures that indicators.csv defines for one
scope alone, a sheet has that of its own accounts.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.numbers import unit_years
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import named
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import coverage, units
from kommuneregnskap.tables.region_numbers import number_of
from kommuneregnskap.tables.schemas.sheets import GROWTH, PER_PERSON, PERCENT

UNIT_OF = {PERCENT: "prosent", PER_PERSON: "kr", GROWTH: "prosent"}
MEASURE = ("rekkefoelge", "begrep", "maal", "maal_navn", "desimaler", "figur")
ALL, GROUP, COUNTY, KOSTRA = "alle", "stoerrelsesgruppe", "fylke", "kostragruppe"
COMPARISONS = (KOSTRA, COUNTY, GROUP, ALL)
COUNTRY = "hele landet"
FEWEST = 4  # units that can be divided into quarters
SHOWN = 5  # of the names that are allowed
MARGIN = 1e-6  # of a value computed in two ways


def sheets(survey: Survey) -> pl.DataFrame:
    """Return the municipalities that have accounts in the survey year, a row per sheet, whatever panel is asked for.

    Out: ark (what the sheet is called: the number of the municipality), tittel, stoerrelsesgruppe, gruppe (its name),
    fylke, kostragruppe, region, kobling. Sorted by `ark`.
    """
    own = (pl.col("aar") == survey.year) & (pl.col("type").cast(pl.String) == "kommune")
    have = survey.indikatorer.filter(own)["region"].unique()
    known = survey.enheter.filter(
        (pl.col("type") == "kommune") & pl.col("region").is_in(have.implode())
    )
    known = known.with_columns(ark="region", tittel=pl.col("region") + " " + pl.col("navn"))
    groups = tables.read("stoerrelsesgruppe").select(gruppe="navn", stoerrelsesgruppe="gruppe")
    kostra = units.places(survey.year).select("region", kostragruppe="kostra_gruppe")
    return (
        known.join(groups, on="stoerrelsesgruppe", how="left")
        .join(kostra, on="region", how="left")
        .select(
            "ark", "tittel", "stoerrelsesgruppe", "gruppe", "fylke", KOSTRA, "region", "kobling"
        )
        .sort("ark")
    )


def members(survey: Survey) -> pl.DataFrame:
    """Return whom municipalities are compared with, a row per municipality of the survey year and comparison.

    Out: region, sammenlikning (COMPARISONS), gruppe (which one: an id, a county's name), gruppe_navn (its name, in
    bokmål). No row where the group is not known.
    """
    own = survey.enheter.filter(pl.col("type") == "kommune")
    kostra = units.places(survey.year).select("region", kostragruppe="kostra_gruppe")
    known = own.join(kostra, on="region", how="left").select(
        "region", KOSTRA, COUNTY, GROUP, pl.lit(ALL).alias(ALL)
    )
    named = pl.concat(
        [
            *(
                tables.read(name).select(
                    pl.lit(name).alias("sammenlikning"), "gruppe", gruppe_navn="navn"
                )
                for name in (KOSTRA, GROUP)
            ),
            pl.DataFrame({"sammenlikning": ALL, "gruppe": ALL, "gruppe_navn": COUNTRY}),
        ]
    )
    return (
        known.unpivot(
            list(COMPARISONS), index="region", variable_name="sammenlikning", value_name="gruppe"
        )
        .drop_nulls("gruppe")
        .join(named, on=["sammenlikning", "gruppe"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("gruppe_navn", "gruppe"))
    )


def sheet(survey: Survey, ark: str) -> dict[str, str]:
    """Return the row of `sheets` for one sheet, by number or name (`named.find`); empty `ark`: the first.

    Raises UsageError for another.
    """
    known = sheets(survey)
    number = ark and (number_of(ark) or named.find(survey, ark)["region"])
    found = known.filter(pl.col("ark") == number) if ark else known.head(1)
    if found.is_empty():
        shown = ", ".join(known["ark"].head(SHOWN))
        what = (
            "the running numbers of the panel's invented units, which are no real municipality's"
            if survey.synthetic
            else "the numbers of municipalities"
        )
        raise UsageError(
            f"UNITS has {ark!r}, which has no accounts in {survey.year}; allowed: {shown} and "
            f"{max(len(known) - SHOWN, 0)} more, {what}"
        )
    return found.row(0, named=True)


def measures(scope: str) -> pl.DataFrame:
    """Return the measures of a sheet in order: MEASURE, finner, seksjon, setning.

    scope: whose accounts the sheet is of; a concept that is defined for another one is left out.
    """
    other = tables.read("indicators").filter(pl.col("omfang").cast(pl.String) != scope)["begrep"]
    shown = pl.col("maal", "figur").cast(pl.String)
    rows = tables.read("unit_sheet").sort("rekkefoelge").with_columns(shown)
    rows = rows.filter(~pl.col("begrep").is_in(other.to_list()))
    return rows.drop("linje", "kilde").rename({"navn": "maal_navn"})


def concepts(survey: Survey) -> list[str]:
    """Return the concepts that the sheets of a survey measure, in order: those that anybody has in any year."""
    had = values(survey).drop_nulls("verdi").sort("rekkefoelge")
    return had["begrep"].unique(maintain_order=True).to_list()


def values(survey: Survey) -> pl.DataFrame:
    """Return all measures of all municipalities with accounts, in all years of the survey.

    Out: aar, region (of the survey year), MEASURE, verdi (percent, or kroner per inhabitant; missing where the
    accounts do not carry it). Of an earlier year only where the unit is the same one (`unit_years`).
    """
    # Everything on a sheet asks for them, and every sheet of a worker is of the same survey.
    return survey.once(("ark",), lambda: _values(survey))


def _values(survey: Survey) -> pl.DataFrame:
    asked = measures(survey.scope)
    return (
        pl.concat(_of_year(survey, year, asked) for year in survey.years)
        .join(asked, on="rekkefoelge", how="left", maintain_order="left")
        .select("aar", "region", *MEASURE, "verdi")
        .sort("region", "rekkefoelge", "aar")
    )


def _of_year(survey: Survey, year: int, asked: pl.DataFrame) -> pl.DataFrame:
    """Return measures of a year: aar, region, rekkefoelge, verdi."""
    found = pl.concat(
        _of_kind(survey, year, str(maal), rows)
        for (maal,), rows in asked.group_by("maal", maintain_order=True)
    )
    return found.select(pl.lit(year, dtype=pl.Int32).alias("aar"), pl.all())


def _of_kind(survey: Survey, year: int, maal: str, asked: pl.DataFrame) -> pl.DataFrame:
    rows, since = unit_years.measured(survey, year, maal)
    own = unit_years.alone(survey, since).join(rows, on="kobling")
    found = _measured(own, asked, year)
    if survey.gives.whole or maal != PERCENT:
        return found
    # Where SSB gives no kroner, it prints percentages.
    named = asked.select("rekkefoelge", "begrep")
    printed = unit_years.printed(survey, year).join(named, on="begrep").drop("begrep")
    return found.join(
        printed, on=["region", "rekkefoelge"], how="left", maintain_order="left"
    ).select("region", "rekkefoelge", verdi=pl.coalesce("verdi", "trykt"))


def _measured(rows: pl.DataFrame, asked: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return measures of rows of `unit_years.measured` with `region`: region, rekkefoelge, verdi."""
    computed = [
        unit_years.value(begrep, maal, year).cast(pl.Float64).alias(str(place))
        for place, begrep, maal in asked.select("rekkefoelge", "begrep", "maal").iter_rows()
    ]
    return (
        rows.select("region", *computed)
        .unpivot(index="region", variable_name="rekkefoelge", value_name="verdi")
        .with_columns(pl.col("rekkefoelge").cast(pl.Int64))
    )


def over_years(survey: Survey, ark: str, maal: str) -> pl.DataFrame:
    """Return one unit's measures of a kind (`prosent`, `per_innbygger`, `vekst`): maal_navn, then a column per year.

    Measures that it has in no year are left out, where the source has not all of anybody's.
    """
    rows = _own(survey, ark).filter(pl.col("maal") == maal)
    if not survey.gives.whole:
        rows = rows.filter(pl.col("verdi").is_not_null().any().over("rekkefoelge"))
    wide = rows.pivot("aar", index="maal_navn", values="verdi")
    missing = [str(year) for year in survey.years if str(year) not in wide.columns]
    empty = [pl.lit(None, dtype=pl.Float64).alias(year) for year in missing]
    return wide.with_columns(empty).select("maal_navn", *(str(year) for year in survey.years))


def lacking(survey: Survey, ark: str) -> list[str]:
    """Return the measures that others have in the survey year and the unit does not, by name."""
    year = pl.col("aar") == survey.year
    others = values(survey).filter(year).drop_nulls("verdi")["rekkefoelge"].unique()
    own = _own(survey, ark).filter(year & pl.col("rekkefoelge").is_in(others.implode()))
    return own.filter(pl.col("verdi").is_null())["maal_navn"].to_list()


def _own(survey: Survey, ark: str) -> pl.DataFrame:
    own = sheet(survey, ark)["region"]
    return values(survey).filter(pl.col("region") == own)


def peers(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the measures of the survey year for the unit and all it is compared with.

    Out: sammenlikning (COMPARISONS), MEASURE, verdi, enheten (whether it is the unit itself). Nothing tells who
    the others are.
    """
    own = sheet(survey, ark)["region"]
    groups = members(survey).select("region", "sammenlikning", "gruppe")
    among = groups.filter(pl.col("region") == own).join(
        groups, on=["sammenlikning", "gruppe"], suffix="_andre"
    )
    return (
        values(survey)
        .filter(pl.col("aar") == survey.year)
        .drop_nulls("verdi")
        .join(
            among.select("sammenlikning", region="region_andre"), on="region", maintain_order="left"
        )
        .select("sammenlikning", *MEASURE, "verdi", enheten=pl.col("region") == own)
        .sort("sammenlikning", "rekkefoelge", "verdi", "enheten")
    )


def place(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the unit's place in the survey year, a row per measure and comparison.

    Out: sammenlikning, gruppe_navn, MEASURE, verdi, rang (1: highest; those who tie share the best), antall
    (units), av (municipalities of the group), fjerdedel (1: the lowest quarter; missing below four units), laveste,
    nedre, median, oevre and hoeyeste (minimum, quartiles and maximum of all, the unit included). The place and what
    goes with it is missing where the unit is alone, and where too few have open figures (coverage.csv).
    """
    value, key = pl.col("verdi"), ["sammenlikning", "rekkefoelge"]
    below = value.rank("min").over(key) - 1
    among = pl.len().over(key)
    own = sheet(survey, ark)["region"]
    groups = members(survey).with_columns(av=pl.len().over("sammenlikning", "gruppe"))
    groups = groups.filter(pl.col("region") == own)
    alone = pl.col("antall") < 2
    few = alone if survey.gives.whole else alone | coverage.few(pl.col("antall"), pl.col("av"))
    placing = {
        "rang": value.rank("min", descending=True).over(key).cast(pl.Int64),
        "fjerdedel": pl.when(among >= FEWEST).then((4 * below / among).floor().cast(pl.Int64) + 1),
        "laveste": value.min().over(key),
        "nedre": value.quantile(0.25, "linear").over(key),
        "median": value.median().over(key),
        "oevre": value.quantile(0.75, "linear").over(key),
        "hoeyeste": value.max().over(key),
    }
    return (
        peers(survey, ark)
        .with_columns(antall=among.cast(pl.Int64), **placing)
        .filter("enheten")
        .join(groups.select("sammenlikning", "gruppe_navn", "av"), on="sammenlikning")
        .with_columns(pl.when(~few).then(name).alias(name) for name in placing)
        .select(
            "sammenlikning",
            "gruppe_navn",
            *MEASURE,
            "verdi",
            "rang",
            "antall",
            "av",
            *list(placing)[1:],
        )
        .sort("sammenlikning", "rekkefoelge")
    )


def placed(survey: Survey, ark: str, maal: str) -> pl.DataFrame:
    """Return `place` with a row per measure of a kind: maal_navn, verdi, then for each comparison its columns.

    Columns of a comparison: median_, rang_, antall_ and fjerdedel_ with its name; none of one in which the unit has
    no place.
    """
    found = place(survey, ark).filter(pl.col("maal") == maal)
    wide = found.filter(pl.col("sammenlikning") == ALL).select("rekkefoelge", "maal_navn", "verdi")
    for name in COMPARISONS:
        own = found.filter((pl.col("sammenlikning") == name) & pl.col("rang").is_not_null())
        of = own.select(
            "rekkefoelge", pl.col("median", "rang", "antall", "fjerdedel").name.suffix(f"_{name}")
        )
        if len(of):
            wide = wide.join(of, on="rekkefoelge", how="left", maintain_order="left")
    return wide.drop("rekkefoelge")


def development(survey: Survey, ark: str) -> pl.DataFrame:
    """Return the drawn measures over the years: MEASURE, aar, verdi, and the medians of its groups.

    stoerrelsesgruppe, kostragruppe: the median of the units of its group that have accounts of the year, the unit
    included; missing where it is alone, and where too few have open figures.
    """
    own = sheet(survey, ark)["region"]
    rows = values(survey).filter(pl.col("figur") == "ja").drop_nulls("verdi")
    found = rows.filter(pl.col("region") == own).select("region", *MEASURE, "aar", "verdi")
    groups = members(survey).with_columns(av=pl.len().over("sammenlikning", "gruppe"))
    mine = groups.filter(pl.col("region") == own).select("sammenlikning", "gruppe")
    for name in (GROUP, KOSTRA):
        of = groups.join(mine, on=["sammenlikning", "gruppe"]).filter(
            pl.col("sammenlikning") == name
        )
        antall = (
            pl.len()
            if survey.gives.whole
            else pl.when(~coverage.few(pl.len(), pl.col("av").first())).then(pl.len())
        )
        middle = (
            rows.join(of.select("region", "av"), on="region")
            .group_by("rekkefoelge", "aar")
            .agg(pl.when(antall > 1).then(pl.col("verdi").median()).alias(name))
        )
        found = found.join(middle, on=["rekkefoelge", "aar"], how="left", maintain_order="left")
    return found.drop("region")


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
    """Return the unit's measures of the survey year computed once more, from its own rows or amounts alone.

    Out: MEASURE, verdi (as on the sheet), av_radene (of its rows in account files; on open figures, which are sums,
    of the amounts that SSB gives for it), lik (whether they agree). Units as in `values`; measures that
    nobody has are left out.
    """
    own = sheet(survey, ark)["region"]
    asked = measures(survey.scope).filter(pl.col("begrep").is_in(concepts(survey)))
    on_sheet = _own(survey, ark).filter(pl.col("aar") == survey.year)
    again = pl.concat(
        _again(survey, own, str(maal), rows)
        for (maal,), rows in asked.group_by("maal", maintain_order=True)
    )
    return (
        on_sheet.join(asked.select("rekkefoelge"), on="rekkefoelge", how="semi")
        .join(again, on="rekkefoelge", how="left", maintain_order="left")
        .with_columns(
            lik=pl.col("verdi").eq_missing(pl.col("av_radene"))
            | ((pl.col("verdi") - pl.col("av_radene")).abs() < MARGIN).fill_null(value=False)
        )
        .drop("aar", "region")
    )


def _again(survey: Survey, own: str, maal: str, asked: pl.DataFrame) -> pl.DataFrame:
    """Return measures of a kind from the unit's own accounts alone: rekkefoelge, av_radene."""
    year = survey.year
    people = survey.enheter.filter(pl.col("region") == own).select("region", "folkemengde")
    rows = people.join(_of_own(survey, [own], year), how="cross")
    if maal == GROWTH:
        linked = units.links(year - 1, year)
        kobling = linked.filter(pl.col("region") == own)["kobling"]
        then = linked.filter(pl.col("kobling").is_in(kobling.implode()))["region"].to_list()
        same = unit_years.alone(survey, year - 1)["region"]
        before = _of_own(survey, [own, *then] if own in same else [], year - 1)
        rows = rows.join(before.select(pl.all().name.suffix(unit_years.BEFORE)), how="cross")
    found = _measured(rows, asked, year).select("rekkefoelge", av_radene="verdi")
    if survey.gives.whole or maal != PERCENT:
        return found
    named = asked.select("rekkefoelge", "begrep")
    printed = survey.all_printed.filter((pl.col("aar") == year) & (pl.col("region") == own))
    return found.join(
        named.join(printed, on="begrep"), on="rekkefoelge", how="full", coalesce=True
    ).select("rekkefoelge", av_radene=pl.coalesce("av_radene", "verdi"))


def _of_own(survey: Survey, regions: list[str], year: int) -> pl.DataFrame:
    """Return the totals of some units together, from their rows where there are any: a row, or none."""
    among = pl.col("region").is_in(regions)
    if survey.gives.rows:
        own = evaluate.evaluate(survey.poster.filter(among), survey.balanse.filter(among), year)
    else:
        own = survey.indikatorer.filter(among & (pl.col("aar") == year))
    if own.is_empty():
        return evaluate.completed(pl.DataFrame(schema={"aar": pl.Int32}), year).drop("aar")
    return evaluate.completed(evaluate.wide(own, "aar"), year).drop("aar")
