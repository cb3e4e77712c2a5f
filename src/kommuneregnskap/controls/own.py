"""Controls E01-E07: what this project asks beyond Statistics Norway's control program.

Can every file be read, was everything delivered once and whole, does the net operating result agree
with its disposition, and which changes from the year before deserve a look? See controls.csv.
"""

from __future__ import annotations

from statistics import NormalDist

import polars as pl

from kommuneregnskap import tables, units
from kommuneregnskap.controls.rules import Case, Rule, control, posted, regions_of

PROBLEMS = {
    "cannot be read": "kan ikke leses",
    "unpacks to more": "pakker ut til mer enn et år kan være",
    "is a link": "er en lenke ut av mappen",
    "the archive's member": "har et medlem som klatrer ut av arkivet",
    "the file holds no records": "har ingen linjer",
}
FEWEST_ACCOUNTS = 10  # a form with fewer may well have each account twice without being doubled
SMALLEST_GROUP = 8  # median and deviation of fewer units say little
SMALLEST_CHANGE = 0.02  # of gross operating revenue; smaller changes do not move a headline
REVENUE = "brutto_driftsinntekter"
RESULT, DISPOSITION = "netto_driftsresultat", "netto_driftsresultat_disponering"


@control("E01")
def kontroll_e01(case: Case, _rule: Rule) -> pl.LazyFrame:
    """Every file can be read and holds at least one line."""
    rows = [
        {
            "region": "",
            "fil": str(error.file),
            "felt": "fil",
            "funnet": _in_norwegian(error.problem),
        }
        for error in case.delivery.problems
    ]
    return pl.LazyFrame(rows, schema=dict.fromkeys(("region", "fil", "felt", "funnet"), pl.String))


def _in_norwegian(problem: str | None) -> str:
    text = problem or ""
    for start, words in PROBLEMS.items():
        if text.startswith(start):
            reason = text[text.find("(") :] if "(" in text else ""
            return f"{words} {reason}".strip()
    return text


@control("E02")
def kontroll_e02(case: Case, rule: Rule) -> pl.LazyFrame:
    """A form of a region comes in one file, and not twice in it."""
    key = ["skjema", "region", "kontoklasse", "funksjon_kapittel", "art_sektor"]
    rows = posted(case).filter(rule.concerns())
    line = pl.struct(*key, "belop").hash()
    by_file = (
        rows.group_by("skjema", "region", "fil")
        .agg(innhold=line.sum(), linjer=pl.len())
        .group_by("skjema", "region")
        .agg(
            pl.col("fil").sort().str.join(", "),
            filer=pl.len(),
            like=pl.struct("innhold", "linjer").n_unique() == 1,
        )
        .filter(pl.col("filer") > 1)
    )
    in_files = by_file.select(
        "skjema",
        "region",
        "fil",
        felt=pl.lit("fil"),
        funnet=pl.format(
            "{} filer med {} beløp",
            "filer",
            pl.when("like").then(pl.lit("de samme")).otherwise(pl.lit("ulike")),
        ),
    )
    within = (
        rows.group_by("fil", *key, "belop")
        .agg(ganger=pl.len())
        .group_by("skjema", "region", "fil")
        .agg(fewest=pl.col("ganger").min(), most=pl.col("ganger").max(), konti=pl.len())
        .filter(
            (pl.col("fewest") > 1)
            & (pl.col("fewest") == pl.col("most"))
            & (pl.col("konti") >= FEWEST_ACCOUNTS)
        )
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("fil"),
            funnet=pl.format("hver linje står {} ganger i filen", "most"),
        )
    )
    return pl.concat([in_files, within])


@control("E03")
def kontroll_e03(case: Case, rule: Rule) -> pl.LazyFrame:
    """Appropriation accounts and balance sheet are delivered together."""
    forms = tables.read("skjema").select(
        "skjema",
        pl.col("regnskapsomfang", "enhetstype").cast(pl.String),
        balanse=pl.col("regnskap").cast(pl.String) == "balanse",
    )
    other = forms.unique().join(
        forms.unique().select(
            "regnskapsomfang", "enhetstype", ~pl.col("balanse"), mangler="skjema"
        ),
        on=["regnskapsomfang", "enhetstype", "balanse"],
    )
    there = case.delivery.records.lazy().filter(rule.concerns()).select("skjema", "region", "fil")
    wanted = there.unique(["skjema", "region"], keep="first", maintain_order=True).join(
        other.lazy().select("skjema", "mangler"), on="skjema"
    )
    return wanted.join(
        there, left_on=["mangler", "region"], right_on=["skjema", "region"], how="anti"
    ).select(
        "skjema",
        "region",
        "fil",
        felt=pl.lit("skjema"),
        funnet=pl.format("{} uten {}", "skjema", "mangler"),
    )


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
    return (
        _with_form(sides, case.delivery.year)
        .filter(rule.concerns())
        .select(
            "skjema",
            "region",
            felt=pl.lit("belop"),
            funnet=pl.format("{} mot {}", RESULT, DISPOSITION),
            differanse="differanse",
        )
    )


def _with_form(rows: pl.LazyFrame, year: int) -> pl.LazyFrame:
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
        .join(regions_of(year).lazy().select("region", "enhetstype"), on="region")
        .join(forms.lazy(), on=["regnskapsomfang", "enhetstype"])
    )


@control("E05")
def kontroll_e05(case: Case, rule: Rule) -> pl.LazyFrame:
    """Regions that deliver without being a unit of the survey are controlled, but not in the numbers."""
    special = tables.valid("saerregion", case.delivery.year).select("region", "navn")
    return (
        posted(case)
        .filter(rule.concerns())
        .unique(["skjema", "region", "fil"], maintain_order=True)
        .join(special.lazy(), on="region")
        .select("skjema", "region", "fil", felt=pl.lit("region"), funnet="navn")
    )


@control("E06")
def kontroll_e06(case: Case, rule: Rule) -> pl.LazyFrame:
    """Growth far from the median of its size group: modified z-score (Iglewicz and Hoaglin 1993).

    Looked at per concept, in all and by the service areas that partition the services: other areas
    overlap them and would show the same jump again.
    Growth is the logarithm of the ratio between the years, so it needs positive amounts in both.
    The median absolute deviation, scaled to a normal distribution, is robust against the very
    deviations that are looked for.
    """
    year = case.delivery.year
    if case.before is None:
        return pl.LazyFrame(schema={"skjema": pl.String, "region": pl.String})
    key = ["kobling", "regnskapsomfang", "begrep", "tjenesteomraade"]
    now, then = (
        units.with_link(frame, year - 1, year)
        .group_by(key)
        .agg(pl.col("belop").sum().alias(name), pl.col("region").unique().alias(f"{name}_region"))
        for name, frame in (("naa", case.evaluated), ("foer", case.before))
    )
    groups = units.frame(year).select(
        "region", gruppe=pl.coalesce("stoerrelsesgruppe", pl.col("type").cast(pl.String))
    )
    overlapping = tables.valid("tjenesteomraade", year).filter(
        pl.col("oppdeling").cast(pl.String) == "alternativ"
    )["tjenesteomraade"]
    pairs = (
        now.join(then, on=key, nulls_equal=True)
        .filter(
            ~pl.col("tjenesteomraade").is_in(overlapping.to_list()).fill_null(value=False)
            & (pl.col("naa_region").list.len() == 1)
            & (pl.col("foer_region").list.len() == 1)
            & (pl.col("naa") > 0)
            & (pl.col("foer") > 0)
        )
        .with_columns(
            region=pl.col("naa_region").list.first(), vekst=(pl.col("naa") / pl.col("foer")).log()
        )
        .join(groups.lazy(), on="region")
    )
    return (
        _with_form(_far_out(pairs, rule.margin), year)
        .filter(rule.concerns())
        .select(
            "skjema",
            "region",
            felt=pl.concat_str("begrep", "tjenesteomraade", separator=" på ", ignore_nulls=True),
            funnet=pl.format("fra {} til {} (z = {})", "foer", "naa", pl.col("z").round(1)),
            differanse=pl.col("naa") - pl.col("foer"),
        )
    )


def _far_out(pairs: pl.LazyFrame, limit: float) -> pl.LazyFrame:
    """Return the pairs whose growth has a modified z-score beyond the limit, and that matter."""
    among = ["gruppe", "regnskapsomfang", "begrep", "tjenesteomraade"]
    revenue = pairs.filter(
        (pl.col("begrep") == REVENUE) & pl.col("tjenesteomraade").is_null()
    ).select("region", "regnskapsomfang", inntekt="naa")
    deviation = (pl.col("vekst") - pl.col("vekst").median().over(among)).alias("avvik")
    scaled = NormalDist().inv_cdf(0.75) * pl.col("avvik") / pl.col("mad")
    return (
        pairs.with_columns(deviation, antall=pl.len().over(among))
        .with_columns(mad=pl.col("avvik").abs().median().over(among))
        .filter((pl.col("antall") >= SMALLEST_GROUP) & (pl.col("mad") > 0))
        .with_columns(z=scaled)
        .join(revenue, on=["region", "regnskapsomfang"])
        .filter(
            (pl.col("z").abs() > limit)
            & ((pl.col("naa") - pl.col("foer")).abs() >= SMALLEST_CHANGE * pl.col("inntekt"))
        )
    )


@control("E07")
def kontroll_e07(case: Case, rule: Rule) -> pl.LazyFrame:
    """Everyone in respondenter.csv has delivered appropriation accounts."""
    listed = case.listed if case.listed is not None else pl.Series([], dtype=pl.String)
    there = case.delivery.records.lazy().filter(rule.concerns()).select("region")
    return (
        pl.LazyFrame({"region": listed.cast(pl.String) + "00"})
        .join(there, on="region", how="anti")
        .select("region", felt=pl.lit("region"), funnet=pl.lit("ingen levering"))
    )
