"""What became of every delivered line: counted, stopped by the controls, or passed over for a reason with a name.

The three add up to the lines of each file, which the report's manifest and the page of a validation say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.tables.register import WHOLE_UNIT

# What lines are when they are read, by file, region (six characters, empty where unknown) and form.
LINES: dict[str, type[pl.DataType]] = {
    "fil": pl.String,
    "region": pl.String,
    "hva": pl.String,
    "antall": pl.Int64,
}
# What is said of them in the end.
TALLY: dict[str, type[pl.DataType]] = {
    "aar": pl.Int32,
    "fil": pl.String,
    "leverte": pl.Int64,
    "regnet_med": pl.Int64,
    "stanset": pl.Int64,
    "forbigaatt": pl.Int64,
    "hvorfor": pl.String,
}
RECORD = "post"  # handed over to the controls
UNREADABLE, BROKEN = "filen kan ikke leses", "filen har linjer som ikke er poster"  # stopped
BLANK, HEADING, NOTHING = "blank", "overskrift", "beløpet er 0"
OTHER_YEAR, OTHER_SCOPE, OTHER_FORM = "annet år", "annet regnskapsomfang", "annet skjema"
PART = "region som ikke er en egen enhet"
NOT_LISTED = "ikke på listen over svar"
STOPPED = (UNREADABLE, BROKEN)


def none() -> pl.DataFrame:
    """Return the frame of no line."""
    return pl.DataFrame(schema=LINES)


def lines(what: str, counted: Iterable[tuple[str, int]]) -> pl.DataFrame:
    """Return so many lines of each file that are `what` (fil, antall), of no known region; LINES.

    A file that cannot be read is there also where nobody knows how many lines it has.
    """
    rows = [(name, "", what, count) for name, count in counted if count or what == UNREADABLE]
    return pl.DataFrame(rows, schema=LINES, orient="row")


def grouped(
    rows: pl.DataFrame | pl.LazyFrame, what: pl.Expr, how_many: pl.Expr | None = None
) -> pl.LazyFrame:
    """Return how many rows (fil, region) there are of each kind: LINES. how_many: what is added up in their place."""
    number = pl.len() if how_many is None else how_many
    return (
        rows.lazy()
        .group_by("fil", "region", hva=what)
        .agg(antall=number.cast(pl.Int64))
        .select(list(LINES))
    )


def kind_of_record(amount: pl.Expr, year: int) -> pl.Expr:
    """Return what a record is for the numbers; amount: in whichever unit, null where it is none."""
    special = tables.valid("saerregion", year)["region"].to_list()
    return (
        pl.when(pl.col("region").is_in(special))
        .then(pl.lit(PART))
        .when(amount == 0)
        .then(pl.lit(NOTHING))
        .otherwise(pl.lit(RECORD))
    )


def tallied(
    counted: pl.DataFrame, year: int, stopped: Collection[str], listed: Collection[str] | None
) -> pl.DataFrame:
    """Return what became of the lines of a year, file by file: TALLY.

    counted: LINES. stopped: regions (six digits, "" where unknown) that the controls keep out of the numbers.
    listed: numbers of those who answered, where there is a list. hvorfor: why lines were passed over, and how many.
    """
    what, region = pl.col("hva"), pl.col("region")
    is_record = what == RECORD
    out = is_record & region.is_in(list(stopped))
    absent = (
        pl.lit(value=False)
        if listed is None
        else is_record & ~out & ~region.is_in([each + WHOLE_UNIT for each in listed])
    )
    fate = (
        pl.when(out | what.is_in(STOPPED))
        .then(pl.lit("stanset"))
        .when(is_record & ~absent)
        .then(pl.lit("regnet_med"))
        .otherwise(pl.lit("forbigaatt"))
    )
    said = counted.with_columns(
        skjebne=fate, hva=pl.when(absent).then(pl.lit(NOT_LISTED)).otherwise(what)
    )
    number = pl.col("antall")
    reasons = (
        said.filter(pl.col("skjebne") == "forbigaatt")
        .group_by("fil", "hva")
        .agg(number.sum())
        .sort("fil", "hva")
        .group_by("fil", maintain_order=True)
        .agg(hvorfor=pl.format("{}: {}", "hva", "antall").str.join(", "))
    )
    return (
        said.group_by("fil")
        .agg(
            leverte=number.sum(),
            **{
                name: number.filter(pl.col("skjebne") == name).sum()
                for name in ("regnet_med", "stanset", "forbigaatt")
            },
        )
        .join(reasons, on="fil", how="left")
        .with_columns(pl.col("hvorfor").fill_null(""), aar=pl.lit(year, pl.Int32))
        .select(pl.col(name).cast(kind) for name, kind in TALLY.items())
        .sort("fil")
    )


def named(passed: Mapping[str, str], year: int) -> pl.DataFrame:
    """Return what was passed over as a whole, file by file: aar, fil, hvorfor."""
    return pl.DataFrame(
        [(year, *each) for each in sorted(passed.items())],
        schema={"aar": pl.Int32, "fil": pl.String, "hvorfor": pl.String},
        orient="row",
    )
