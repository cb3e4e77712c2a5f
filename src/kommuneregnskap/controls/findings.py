"""Runs the controls on a delivery and says what they found, for the reader and for the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import BREACH, CONTROLS, NAME, Case, Rule, rules
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.register import either
from kommuneregnskap.tables.schemas.controls import SEVERITIES

BLOCKING = ("fatal", "feil")
LINES_SHOWN = 8
BOUNDS = ("margin", "minst", "hoeyst")  # that a row's words are filled in with
# Every column in which two findings can differ: the same files give the same bytes.
ORDER = ("region", "kontroll", "skjema", "fil", "linje", "felt", "funnet", "tillatt")
LABELLED: dict[str, type[pl.DataType]] = {"kontroll": pl.String, "ledd": pl.Int64, **BREACH}
FINDING: dict[str, type[pl.DataType]] = {
    "aar": pl.Int32,
    "kontroll": pl.String,
    "navn": pl.String,
    "alvorlighet": pl.String,
    "region": pl.String,
    "enhet": pl.String,
    "skjema": pl.String,
    "fil": pl.String,
    "linjer": pl.String,
    "antall": pl.Int64,
    "felt": pl.String,
    "funnet": pl.String,
    "tillatt": pl.String,
    "differanse": pl.Int64,
    "tiltak": pl.String,
    "kan_regnes": pl.Boolean,
    "linje": pl.Int64,
}


@reader.held()
def run(case: Case, folder: Path, only: Collection[str] = ()) -> pl.DataFrame:
    """Return what the controls in force in the delivery's year found, the gravest first.

    `only`: the numbers of the controls to run; none named: all of them.
    Control 001 comes first in its own way: no line of a file that fails it is among the records
    that the others see. Out (`FINDING`): one row per control, unit, file and value found; aar,
    kontroll, navn, alvorlighet, region (six digits, empty where unknown), enhet (its name), skjema,
    fil (below `folder`), linjer (the first ones, in words), antall (breaches), felt, funnet,
    tillatt, differanse (1000 kr), tiltak, kan_regnes (whether the amounts can be added up all the
    same), linje (the first). Raises DataError for a table that does not hold.
    """
    asked = [rule for rule in rules(case.delivery.year) if not only or rule.kontroll in only]
    found = pl.collect_all([CONTROLS[rule.kontroll](case, rule) for rule in asked])
    rows = _counted(zip(asked, found, strict=True))
    order = pl.col("alvorlighet").replace_strict(
        {name: place for place, name in enumerate(SEVERITIES)}, return_dtype=pl.Int8
    )
    return (
        rows.pipe(_told, case.delivery.year)
        .with_columns(pl.col("fil").str.replace_all(f"{folder}/", "", literal=True))
        .sort(order, *ORDER, nulls_last=False)
        .select(pl.col(name).cast(kind) for name, kind in FINDING.items())
    )


def _counted(found: Iterable[tuple[Rule, pl.DataFrame]]) -> pl.DataFrame:
    """Return the breaches of rows of the table, counted per row, unit, file and value found."""
    rows = pl.concat([pl.DataFrame(schema=LABELLED), *(_labelled(*each) for each in found)])
    lines = pl.col("linje").drop_nulls()
    more = lines.len().cast(pl.Int64) - LINES_SHOWN
    shown = lines.head(LINES_SHOWN).cast(pl.String).str.join(", ")
    return (
        rows.rechunk()
        .lazy()
        .sort("linje")
        .group_by("kontroll", "ledd", "skjema", "region", "fil", "felt", "funnet")
        .agg(
            linjer=pl.when(more > 0).then(pl.format("{} og {} til", shown, more)).otherwise(shown),
            linje=lines.first(),
            antall=pl.len(),
            # A sum of nothing is none.
            differanse=pl.when(pl.col("differanse").is_not_null().any()).then(
                pl.col("differanse").sum()
            ),
        )
        .collect()
    )


def _labelled(rule: Rule, breaches: pl.DataFrame) -> pl.DataFrame:
    """Return breaches with the row of the table that they are of: LABELLED; null for what a control does not say."""
    told = breaches.columns
    return breaches.select(
        pl.lit(rule.kontroll).alias("kontroll"),
        pl.lit(rule.ledd, dtype=pl.Int64).alias("ledd"),
        *(
            pl.col(name) if name in told else pl.lit(None, kind).alias(name)
            for name, kind in BREACH.items()
        ),
    )


def _told(rows: pl.DataFrame, year: int) -> pl.DataFrame:
    """Add what the table says of each control, and the unit's name."""

    def filled(name: str) -> pl.Expr:
        text = pl.col(name).str.replace_all("{aar}", str(year), literal=True)
        for bound in BOUNDS:
            text = text.str.replace_all(f"{{{bound}}}", _in_words(pl.col(bound)), literal=True)
        return text

    words = tables.valid(NAME, year).select(
        "kontroll",
        "ledd",
        "navn",
        pl.col("alvorlighet").cast(pl.String),
        filled("tillatt"),
        filled("tiltak"),
        kan_regnes=pl.col("kan_regnes").cast(pl.String) == "ja",
    )
    names = either(year).select("region", enhet="navn").unique("region", keep="first")
    return (
        rows.join(words, on=["kontroll", "ledd"], how="left", maintain_order="left")
        .join(names, on="region", how="left", maintain_order="left")
        .with_columns(
            pl.lit(year, dtype=pl.Int32).alias("aar"),
            pl.col("enhet", "linjer", "skjema", "fil", "region").fill_null(""),
        )
    )


def _in_words(number: pl.Expr) -> pl.Expr:
    """Return a number with a decimal comma, and no decimals where it is whole; empty for none."""
    whole = number == number.round()
    text = (
        pl.when(whole).then(number.cast(pl.Int64).cast(pl.String)).otherwise(number.cast(pl.String))
    )
    return text.fill_null("").str.replace(".", ",", literal=True)


def blocking(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that keep a unit out of the numbers."""
    return findings.filter(pl.col("alvorlighet").is_in(BLOCKING))


def stopped(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the units that the controls keep out, one row each and year.

    Out: aar, region (six digits), enhet, kontroller (list of "110 (name)"), kan_regnes (whether its
    amounts can be added up all the same). Regions that are in no number anyway are not among them.
    """
    return (
        blocking(of_units(findings))
        .with_columns(hva=pl.format("{} ({})", "kontroll", "navn"))
        .group_by("aar", "region")
        .agg(
            pl.col("enhet").first(),
            kontroller=pl.col("hva").unique(maintain_order=True),
            kan_regnes=pl.col("kan_regnes").all(),
        )
        .sort("aar", "region")
    )


def of_year(findings: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the findings of one accounting year."""
    return findings.filter(pl.col("aar") == year)


def first_error(findings: pl.DataFrame, folder: Path) -> DataError | None:
    """Return the gravest finding that blocks, as the one line for the terminal; None without any."""
    blocks = blocking(findings)
    return error_of(blocks.row(0, named=True), folder) if len(blocks) else None


def error_of(row: dict[str, object], folder: Path) -> DataError:
    """Return a finding as an error: file, line, field, value, what is allowed, what to do."""
    number = f"{row['kontroll']} ({row['navn']})"
    unit = f"{row['region']} {row['enhet']}".strip()
    file = folder / str(row["fil"]) if row["fil"] else folder
    line = int(str(row["linje"])) if row["linje"] is not None else None
    words = f"control {number}" + (f", {unit}" if unit else "")
    return DataError(
        file,
        line=line,
        problem=f"{words}: {row['felt']} is {row['funnet']!r}",
        allowed=str(row["tillatt"]),
        todo=str(row["tiltak"]),
    )


def of_units(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings about units of the survey: not those about parts and special regions."""
    special = tables.read("saerregion")["region"].unique().to_list()
    return findings.filter(~pl.col("region").is_in(special))


def with_scope(findings: pl.DataFrame) -> pl.DataFrame:
    """Add `omfang` (kasse, konsolidert) of the finding's form; empty where it is about all accounts."""
    forms = tables.read("skjema").select("skjema", omfang=pl.col("regnskapsomfang").cast(pl.String))
    return findings.join(
        forms.unique(), on="skjema", how="left", maintain_order="left"
    ).with_columns(pl.col("omfang").fill_null(""))


def per_unit(findings: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Return how many findings each unit's accounts have, a row per unit and scope, the gravest first.

    units: region (six digits), enhet, omfang: who has accounts. A finding without a form counts for
    every scope of its unit; units that only findings tell of come with the scope of those. Out: region,
    enhet, omfang, then one column per severity, bestaar (whether nothing blocks).
    """
    told = with_scope(findings)
    key = ["region", "omfang"]
    silent = pl.concat(
        [
            told.filter(pl.col("omfang") != "").join(units, on=key, how="anti"),
            told.filter(pl.col("omfang") == "").join(units, on="region", how="anti"),
        ]
    )
    who = ["region", "enhet", "omfang"]
    everyone = pl.concat([units.select(who), silent.select(who)]).unique()
    of_scope = (pl.col("omfang_funn") == "") | (pl.col("omfang_funn") == pl.col("omfang"))
    counted = (
        everyone.join(
            told.select("region", "alvorlighet", omfang_funn="omfang"), on="region", how="left"
        )
        .filter(of_scope.fill_null(value=True))
        .group_by(who)
        .agg((pl.col("alvorlighet") == name).sum().alias(name) for name in SEVERITIES)
    )
    return (
        everyone.join(counted, on=who, how="left")
        .with_columns(pl.col(SEVERITIES).fill_null(0))
        .with_columns(bestaar=pl.sum_horizontal(BLOCKING) == 0)
        .sort(
            [*SEVERITIES, "region", "omfang"], descending=[True] * len(SEVERITIES) + [False, False]
        )
    )


def unknown_units(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the blocking findings in files that do not tell whose they are."""
    return blocking(findings).filter(pl.col("region") == "")


def concat(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the findings of several years, in their order; an empty frame of none."""
    return pl.concat([pl.DataFrame(schema=FINDING), *parts])
