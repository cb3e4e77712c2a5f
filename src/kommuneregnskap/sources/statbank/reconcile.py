"""Sums of municipalities against SSB's own rows, and percentages against what SSB prints.

In unrevised figures SSB's rows for the country are estimates (values for municipalities that have not reported are
computed), not sums; in revised ones they are the sums. The difference is shown, with the limit of
data/definitions/statbank_limits.csv for figures of that vintage.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue
from kommuneregnskap.tables.schemas.statbank import AGGREGATES

CONCEPT = ["tabell", "regnskapsomfang", "begrep", "tjenesteomraade", "enhet"]
AMOUNT, PERCENT = "1000 kr", "prosent"
MUNICIPALITY, COUNTY = "kommune", "fylkeskommune"
ROUNDING, ESTIMATE = "avrunding", "estimat"
DIVISION = " / "
HALF = 0.5  # a printed amount lies within half a unit of the amount
RESULT = {
    "aar": pl.Int32,
    "kontroll": pl.String,
    **dict.fromkeys(CONCEPT, pl.String),
    "region": pl.String,
    "regiontype": pl.String,
    "beregnet": pl.Float64,
    "ssb": pl.Float64,
    "differanse": pl.Float64,
    "enheter": pl.Int64,
    "mangler": pl.Int64,
    "grense": pl.Float64,
    "innenfor": pl.Boolean,
    "forklaring": pl.String,
}


def reconcile(values: pl.DataFrame, year: int) -> pl.DataFrame:
    """Compare a snapshot's values (`Verdier`) of one accounting year with SSB's own rows.

    Out: aar, kontroll (`sum`, `prosent`), tabell, regnskapsomfang, begrep, tjenesteomraade, enhet,
    region, regiontype, beregnet, ssb, differanse (beregnet - ssb), enheter (municipalities that
    should be in the sum), mangler (those without a value), grense, innenfor, forklaring.

    kontroll sum: the municipalities' sum (1000 kr) for each county, the country and the country
    without Oslo, and the sum of the counties' own accounts without Oslo; forklaring `sum`, or `estimat`
    where SSB's row is one, which the vintage of the row decides. kontroll prosent: the percentage
    recomputed from the amounts as indicators.csv defines it, for every region, against what SSB prints,
    within the printed precision; forklaring `avrunding`. A percentage whose amounts the scope does not have
    is left out.
    A sum leaves out missing values, never as zero, and says how many; innenfor is null where either
    side is missing.
    """
    own = values.filter(pl.col("aar") == year)
    parts = [sums(own, year), percentages(own, year)]
    return (
        pl.concat(parts)
        .select(*RESULT)
        .cast(RESULT)  # type: ignore[arg-type]
        .sort("kontroll", *CONCEPT, "regiontype", "region", nulls_last=False)
    )


def members(year: int) -> pl.DataFrame:
    """Return which municipality, or county, belongs to which aggregate in `year`: regiontype, nummer, region.

    nummer is the county's number, null for the country. Oslo, the municipality that is its own
    county, is not in the country without Oslo. The counties' own accounts are in a row of their own.
    """
    units = tables.valid("kommune", year).select(region="kommunenummer", nummer="fylkesnummer")
    counties = tables.valid("fylke", year)
    alone = counties.filter(pl.col("fylkeskommune").is_null())["fylkesnummer"].to_list()
    county, country, without, of_counties = AGGREGATES
    nobody = pl.lit(None, dtype=pl.String)
    return pl.concat(
        [
            units.select(regiontype=pl.lit(county), nummer="nummer", region="region"),
            units.select(regiontype=pl.lit(country), nummer=nobody, region="region"),
            units.filter(~pl.col("nummer").is_in(alone)).select(
                regiontype=pl.lit(without), nummer=nobody, region="region"
            ),
            counties.drop_nulls("fylkeskommune").select(
                regiontype=pl.lit(of_counties), nummer=nobody, region="fylkeskommune"
            ),
        ]
    )


def estimates() -> set[tuple[str, str]]:
    """Return which of SSB's rows are estimates and not sums: (regiontype, vintage), of statbank_limits.csv."""
    limits = tables.read("statbank_limits").cast({"forklaring": pl.String})
    own = limits.filter(pl.col("forklaring") == ESTIMATE)
    return set(own.select(pl.col("aggregat", "vintage").cast(pl.String)).iter_rows())


def sums(own: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the sums of one year's amounts beside SSB's rows; columns as `reconcile`."""
    amounts = own.filter(pl.col("enhet") == AMOUNT)
    numbers = catalogue.region_types(sorted(own["region"].unique()), year)
    rows = (
        amounts.filter(pl.col("regiontype").is_in(AGGREGATES))
        .join(numbers.select("region", "nummer"), on="region")
        .select("aar", *CONCEPT, "region", "regiontype", "nummer", "vintage", ssb="verdi")
    )
    parts = amounts.filter(pl.col("regiontype").is_in([MUNICIPALITY, COUNTY])).select(
        *CONCEPT, del_="region", verdi="verdi"
    )
    added = (
        rows.join(
            members(year).rename({"region": "del_"}), on=["regiontype", "nummer"], nulls_equal=True
        )
        .join(parts, on=[*CONCEPT, "del_"], how="left", nulls_equal=True)
        .group_by("aar", *CONCEPT, "region", "regiontype", "vintage", "ssb")
        .agg(
            enheter=pl.len().cast(pl.Int64),
            mangler=pl.col("verdi").is_null().sum().cast(pl.Int64),
            beregnet=pl.when(pl.col("verdi").count() > 0).then(pl.col("verdi").sum()),
        )
    )
    limits = tables.read("statbank_limits").select(
        pl.col("aggregat", "vintage", "forklaring").cast(pl.String),
        *("grense_per_kommune", "grense_pst"),
    )
    limit = pl.col("grense_per_kommune") * pl.col("enheter") + (
        pl.col("grense_pst") / 100 * pl.col("ssb").abs()
    )
    return _compared(
        added.join(
            limits.rename({"aggregat": "regiontype"}), on=["regiontype", "vintage"]
        ).with_columns(kontroll=pl.lit("sum"), grense=limit)
    )


def percentages(own: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the percentages of one year, recomputed, beside SSB's; columns as `reconcile`."""
    printed = own.filter(pl.col("enhet") == PERCENT)
    definitions = (
        tables.valid("indicators", year)
        .filter(pl.col("begreper").str.contains(DIVISION, literal=True))
        .select(
            "begrep",
            teller=pl.col("begreper").str.split(DIVISION).list.get(0),
            nevner=pl.col("begreper").str.split(DIVISION).list.get(1),
        )
    )
    amounts = own.filter((pl.col("enhet") == AMOUNT) & pl.col("tjenesteomraade").is_null()).select(
        "regnskapsomfang", "region", "begrep", "verdi"
    )
    on = ["regnskapsomfang", "region"]
    sides = {
        name: amounts.rename({"begrep": name, "verdi": f"{name}_belop"})
        for name in ("teller", "nevner")
    }
    share = 100 * pl.col("teller_belop") / pl.col("nevner_belop")
    # Both amounts are rounded to whole 1000 kr: what that does to the share comes on top.
    slack = 100 * HALF * (1 + (share / 100).abs()) / pl.col("nevner_belop")
    return _compared(
        printed.join(definitions, on="begrep")
        .join(sides["teller"], on=[*on, "teller"])
        .join(sides["nevner"], on=[*on, "nevner"])
        .filter(pl.col("nevner_belop") > 0)
        .with_columns(
            kontroll=pl.lit("prosent"),
            ssb="verdi",
            beregnet=share,
            enheter=pl.lit(1, dtype=pl.Int64),
            mangler=pl.col("teller_belop").is_null().cast(pl.Int64),
            grense=10.0 ** -_decimals(pl.col("verdi")) * HALF + slack,
            forklaring=pl.lit(ROUNDING),
        )
    )


def _decimals(printed: pl.Expr) -> pl.Expr:
    """Return the decimals that a concept of a table is printed with: the most that one value has."""
    text = printed.round(6).cast(pl.String).str.extract(r"\.(\d*?)0*$").str.len_chars()
    return text.cast(pl.Int64).fill_null(0).max().over("tabell", "begrep").clip(1, 6)


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    difference = pl.col("beregnet") - pl.col("ssb")
    tiny = 1e-9  # sums and quotients of floats are not exact in the last digits
    return rows.with_columns(
        differanse=difference, innenfor=difference.abs() <= pl.col("grense") + tiny
    ).select(*RESULT)
