"""A table of one's own beside the accounts: joined by the number of the municipality, however it is written."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.opening import latest
from kommuneregnskap.sources import table_file
from kommuneregnskap.support.errors import UsageError, one_line
from kommuneregnskap.support.norwegian import listing
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.region_numbers import four_digits

YEAR, REGION = "aar", "region"
YEARS = ("aar", "år", "year", "regnskapsår")
NUMBER, KEY, HAS, ROW = "_nummer", "_noekkel", "_har", "_rad"  # no column is called so
OWN = "_egen"  # ends the name of a column that both have
MOST = 10  # rows that are named


def join(
    frame: pl.DataFrame,
    own: str | Path | pl.DataFrame,
    on: str = "",
    *,
    survey: Survey | None = None,
) -> pl.DataFrame:
    """Return a frame with the columns of your own table beside it, joined by the number of the municipality.

    frame: any with a column region, such as `kr.tidy()`, `kr.concept(…)` or `survey.panel()`. own: a polars frame, or
    a file (`table_file.read`: .csv with semicolon or comma, decimal comma or point; .parquet). on: the heading of its
    numbers; where none is given, one that says so (`kommunenummer`, `kommunenr`, `knr`, `region`). A number may be a
    whole one, have lost its leading zeros, or be written `301.0`, `K-0301` or `0301 Oslo`. A column of years (`aar`,
    `år`) is matched too where the frame has one; without it, each row of your table belongs to all years, also those
    in which the unit had another number. survey: whose year it is where the frame has none.

    Out: all rows of the frame in their order, then your columns; missing where your table has no row. A name that both
    have ends in `_egen` in yours. Rows that match nothing are named in a line below the cell, old numbers with what
    they became. Raises UsageError where none matches, for a number that stands twice, and for a table without numbers.
    """
    if not isinstance(frame, pl.DataFrame) or REGION not in frame.columns:
        raise UsageError(
            "the first table has no column region; give kr.tidy(), kr.concept(…) or survey.panel()"
        )
    table = own if isinstance(own, pl.DataFrame) else table_file.read(own)
    column = on or _numbers_of(table)
    if column not in table.columns:
        raise UsageError(
            f"your table has no column {one_line(column)!r}; there are {', '.join(table.columns)}"
        )
    dated = next(
        (name for name in table.columns if name.lower() in YEARS and YEAR in frame.columns), ""
    )
    table = table.with_columns(four_digits(pl.col(column)).alias(NUMBER)).with_row_index(ROW)
    if dated:
        table = table.with_columns(pl.col(dated).cast(frame.schema[YEAR], strict=False))
    keys = [NUMBER, *([dated] if dated else [])]
    _refuse_twice(table, keys)
    rows = _keyed(
        frame, table.select(keys).with_columns(pl.lit(value=True).alias(HAS)), dated, survey
    )
    left = [KEY, *([YEAR] if dated else [])]
    unmatched = table.join(rows, left_on=keys, right_on=left, how="anti")
    if len(unmatched) == len(table):
        raise UsageError(
            f"none of the {len(table)} rows of your table matches a row of the frame; {column} has "
            f"{', '.join(map(str, table[column].head(3)))}, region has {', '.join(frame[REGION].head(3))}"
        )
    if len(unmatched):
        print(_told(unmatched, len(table), column, _year(frame, survey)))
    return rows.join(
        table.drop(ROW, *([column] if column != REGION else [])),
        left_on=left, right_on=keys, how="left", suffix=OWN, maintain_order="left",
    ).drop(KEY, REGION + OWN, strict=False)  # fmt: skip


def _numbers_of(table: pl.DataFrame) -> str:
    """Return the heading that says that it is of numbers of municipalities. Raises UsageError where none does."""
    said = tables.read("ledger_columns").filter(pl.col("felt").cast(pl.String) == REGION)[
        "overskrift"
    ]
    names = {name.lower().replace(" ", "_"): name for name in table.columns}
    found = next((names[each] for each in said if each in names), None)
    if found is None:
        raise UsageError(
            f"your table has no column {said[1]}; say which one has the numbers with on=…; there are "
            f"{', '.join(table.columns)}"
        )
    return found


def _refuse_twice(table: pl.DataFrame, keys: list[str]) -> None:
    """Raise UsageError for a municipality that stands twice: the rows of the frame would become more."""
    known = table.drop_nulls(NUMBER)
    twice = known.filter(pl.struct(keys).is_duplicated())
    if len(twice):
        number, rows = twice[NUMBER][0], twice.filter(pl.col(NUMBER) == twice[NUMBER][0])[ROW]
        raise UsageError(
            f"{number} stands in {len(rows)} rows of your table (the first are {rows[0] + 1} and {rows[1] + 1}); keep "
            f"one, or give the years in a column {YEAR}"
        )


def _keyed(
    frame: pl.DataFrame, has: pl.DataFrame, dated: str, survey: Survey | None
) -> pl.DataFrame:
    """Return a frame with KEY: its own number where the table has it, else that of its unit in the last year."""
    if YEAR not in frame.columns:
        return frame.with_columns(pl.col(REGION).alias(KEY))
    last = _year(frame, survey)
    known = pl.concat(
        units.numbers_in(last, year).with_columns(pl.lit(year, frame.schema[YEAR]).alias(YEAR))
        for year in frame[YEAR].unique()
    ).rename({"nummer": KEY})
    by = [REGION, *([YEAR] if dated else [])]
    has = has.rename({NUMBER: REGION} | ({dated: YEAR} if dated else {}))
    return (
        frame.join(known, on=[YEAR, REGION], how="left", maintain_order="left")
        .join(has, on=by, how="left", maintain_order="left")
        .with_columns(pl.when(HAS).then(REGION).otherwise(pl.coalesce(KEY, REGION)).alias(KEY))
        .drop(HAS)
    )


def _year(frame: pl.DataFrame, survey: Survey | None) -> int:
    """Return the year whose numbers are those in force: the last of the frame, else that of the survey."""
    if YEAR in frame.columns and len(frame):
        return int(frame[YEAR].max())  # type: ignore[arg-type]
    return latest(survey).year


def _told(unmatched: pl.DataFrame, of: int, column: str, year: int) -> str:
    """Name the rows that match nothing, in bokmål; old numbers with what they became."""
    became = dict(units.renumbered(year).iter_rows())
    named = [
        f"{number or written} ({became[number]})" if number in became else str(number or written)
        for number, written in unmatched.select(NUMBER, column).head(MOST).iter_rows()
    ]
    rest = [f"{len(unmatched) - MOST} til"] if len(unmatched) > MOST else []
    return f"{len(unmatched)} av {of} rader i din tabell passer ikke til noen rad: {listing(named + rest)}."
