"""Controls E04 and E06: do the two sides of the result agree, and what changed more than elsewhere?

What this project asks beyond Statistics Norway's control program, see controls.csv.
"""

from __future__ import annotations

from math import pi, sqrt
from statistics import NormalDist

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import Case, Rule, control
from kommuneregnskap.tables import units
from kommuneregnskap.tables.register import either

COMPARISON = (
    "sammenlikning"  # `sikkerhet` of concepts that stand beside another, see indicators.csv
)
REVENUE = "brutto_driftsinntekter"
RESULT, DISPOSITION = "netto_driftsresultat", "netto_driftsresultat_disponering"


@control("E04")
def kontroll_e04(case: Case, rule: Rule) -> pl.LazyFrame:
    """The net operating result equals its disposition side, within the margin (1000 kr)."""
    sides = (
        case.evaluated.lazy()
        .filter(pl.col("tjenesteomraade").is_null() & pl.col("begrep").is_in([RESULT, DISPOSITION]))
        .group_by("region", "regnskapsomfang")
        .agg(
            pl.col("belop").filter(pl.col("begrep") == RESULT).sum().alias(RESULT),
            pl.col("belop").filter(pl.col("begrep") == DISPOSITION).sum().alias(DISPOSITION),
        )
        .with_columns(differanse=pl.col(RESULT) - pl.col(DISPOSITION))
        .filter(pl.col("differanse").abs() > rule.margin)
    )
    files = (
        case.posted.delivered.lazy()
        .group_by("skjema", "region")
        .agg(pl.col("fil").unique().sort().str.join(", "))
    )
    return (
        with_form(sides, case.delivery.year)
        .filter(rule.concerns())
        .join(files, on=["skjema", "region"], how="left")
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("belop"),
            funnet=pl.format("{} mot {}", RESULT, DISPOSITION),
            differanse="differanse",
        )
    )


def with_form(rows: pl.LazyFrame, year: int) -> pl.LazyFrame:
    """Add skjema (of the appropriation accounts) to rows with four-digit region and regnskapsomfang.

    Out: region with six digits.
    """
    forms = (
        tables.read("skjema")
        .with_columns(pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String))
        .filter(pl.col("regnskap") == "drift")
        .select("skjema", "regnskapsomfang", "enhetstype")
    )
    return (
        rows.with_columns(pl.col("region") + "00")
        .join(either(year).lazy().select("region", "enhetstype"), on="region")
        .join(forms.lazy(), on=["regnskapsomfang", "enhetstype"])
    )


@control("E06")
def kontroll_e06(case: Case, rule: Rule) -> pl.LazyFrame:
    """Changes far from the median of the size group: modified z-score (Iglewicz and Hoaglin 1993).

    The change from the year before in percent of the revenue then, per concept, in all and by the
    service areas that partition the services (other areas overlap them and would show the same jump
    again). So amounts from or to zero and results that change sign are seen as well. Deviations are
    robust against the very jumps that are looked for. Units that a split or merger ties together are
    looked at as one, under the first number.
    """
    year = case.delivery.year
    if case.before is None:
        return pl.LazyFrame(schema={"skjema": pl.String, "region": pl.String})
    key = ["kobling", "regnskapsomfang", "begrep", "tjenesteomraade"]
    # What is only defined to be compared moves with what it is compared to: said once is enough.
    variants = tables.valid("indicators", year).filter(pl.col("sikkerhet") == COMPARISON)["begrep"]
    now, then = (
        units.with_link(frame, year - 1, year)
        .filter(~pl.col("begrep").is_in(variants.to_list()))
        .group_by(key)
        .agg(pl.col("belop").sum().alias(name))
        for name, frame in (("naa", case.evaluated), ("foer", case.before.evaluated))
    )
    both = units.with_link(case.evaluated, year - 1, year).join(
        units.with_link(case.before.evaluated, year - 1, year)
        .select("kobling", "regnskapsomfang")
        .unique(),
        on=["kobling", "regnskapsomfang"],
        how="semi",
    )
    who = both.group_by("kobling", "regnskapsomfang").agg(pl.col("region").min())
    groups = units.known(year).select(
        "region", gruppe=pl.coalesce("stoerrelsesgruppe", pl.col("type").cast(pl.String))
    )
    overlapping = tables.valid("tjenesteomraade", year).filter(
        pl.col("oppdeling").cast(pl.String) == "alternativ"
    )["tjenesteomraade"]
    pairs = (
        now.join(then, on=key, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("naa", "foer").fill_null(0))
        .filter(~pl.col("tjenesteomraade").is_in(overlapping.to_list()).fill_null(value=False))
        .join(who, on=["kobling", "regnskapsomfang"])
        .join(groups.lazy(), on="region")
    )
    return (
        with_form(_far_out(pairs, rule), year)
        .filter(rule.concerns())
        .select(
            "skjema",
            "region",
            felt=pl.concat_str("begrep", "tjenesteomraade", separator=" på ", ignore_nulls=True),
            funnet=pl.format("fra {} til {} (z = {})", "foer", "naa", pl.col("z").round(1)),
            differanse=pl.col("naa") - pl.col("foer"),
        )
    )


def _far_out(pairs: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """Return the pairs whose change has a modified z-score beyond the limit, and that matter.

    z = 0.6745 · deviation / median absolute deviation; where that is zero, deviation / (1.2533 · mean
    absolute deviation): Iglewicz and Hoaglin's own way out. pairs: naa and foer (1000 kr) with their
    size group.
    """
    among = ["gruppe", "regnskapsomfang", "begrep", "tjenesteomraade"]
    revenue = pairs.filter(
        (pl.col("begrep") == REVENUE) & pl.col("tjenesteomraade").is_null() & (pl.col("foer") > 0)
    ).select("region", "regnskapsomfang", inntekt="foer")
    size = pl.col("avvik").abs()
    normal = NormalDist()
    by_median = normal.inv_cdf(0.75) * pl.col("avvik") / pl.col("mad")
    by_mean = pl.col("avvik") / (sqrt(pi / 2) * pl.col("middel"))
    return (
        pairs.join(revenue, on=["region", "regnskapsomfang"])
        .with_columns(endring=(pl.col("naa") - pl.col("foer")) / pl.col("inntekt"))
        .with_columns(
            avvik=pl.col("endring") - pl.col("endring").median().over(among),
            antall=pl.len().over(among),
        )
        .with_columns(mad=size.median().over(among), middel=size.mean().over(among))
        .filter((pl.col("antall") >= rule.fewest) & (pl.col("middel") > 0))
        .with_columns(z=pl.when(pl.col("mad") > 0).then(by_median).otherwise(by_mean))
        .filter((pl.col("z").abs() > rule.margin) & (100 * pl.col("endring").abs() >= rule.least))
    )
