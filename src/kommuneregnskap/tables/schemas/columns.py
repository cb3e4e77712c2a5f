"""What the schemas of tables are made of, with dataframely: kinds of columns, and the base of every table.

Those of the frames are in `frames.py`. A column says what it means (`description`) and, where it is an amount,
a share, a number of persons or the like, in which unit (`unit`); `data/README.md` is written from it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import dataframely as dy
import polars as pl

YEAR_MIN, YEAR_MAX = (
    2015,
    2100,
)  # plausible accounting years; which years exist follows from the tables
CODES, DEFINITIONS, CLAIMS, DEMO = "codes", "definitions", "claims", "demo"  # folders under data/
SSB = "ssb"  # and one with a folder for each snapshot that comes with the project
YES_NO = ("ja", "nei")
IDENTIFIER = r"^[a-z0-9_]+$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"  # as far as it is known
ENHETER = ("mrd_kr", "prosent", "prosentpoeng", "antall", "rang", "retning", "kr", "aar")
UNIT = "enhet"


def unit(name: str) -> dict[str, Any]:
    """Return what a column keeps of its unit, for `metadata`."""
    return {UNIT: name}


def unit_of(column: dy.Column) -> str | None:
    """Return the unit of a column; None where it has none."""
    found = (column.metadata or {}).get(UNIT)
    return None if found is None else str(found)


def year_column(
    description: str | None = None, *, nullable: bool = False, primary_key: bool = False
) -> dy.Int32:
    """Return a column of accounting years."""
    return dy.Int32(
        nullable=nullable,
        primary_key=primary_key,
        min=YEAR_MIN,
        max=YEAR_MAX,
        description=description,
    )


def code_column(
    digits: int,
    description: str | None = None,
    *,
    primary_key: bool = False,
    nullable: bool = False,
) -> dy.String:
    """Return a column of codes with a fixed number of digits, leading zeros kept."""
    return dy.String(
        regex=rf"^[0-9]{{{digits}}}$",
        primary_key=primary_key,
        nullable=nullable,
        description=description,
    )


def text_column(
    description: str | None = None, *, primary_key: bool = False, nullable: bool = False
) -> dy.String:
    """Return a column of text that is not empty, unless `nullable`."""
    if nullable:
        return dy.String(nullable=True, description=description)
    return dy.String(primary_key=primary_key, min_length=1, description=description)


def one_of(
    *values: str,
    description: str | None = None,
    nullable: bool = False,
    primary_key: bool = False,
) -> dy.Enum:
    """Return a column that holds one of the given words."""
    return dy.Enum(
        list(values), nullable=nullable, primary_key=primary_key, description=description
    )


def source_column(description: str = "Where it is from") -> dy.String:
    """Return the column that names the source of a row."""
    return text_column(description)


def remark_column(description: str = "What is uncertain, or good to know") -> dy.String:
    """Return the column of remarks on a row."""
    return text_column(description, nullable=True)


def order_column(description: str = "Place in the order, from 1") -> dy.Int64:
    """Return the column that the rows are put in order by."""
    return dy.Int64(min=1, unique=True, description=description)


class Table(dy.Schema):
    """A table under data/: `linje` is the line in its file, added by the reader.

    The docstring of a table says what one row of it is. folder: where under data/ its file lies. key: what
    identifies a row within one accounting year, for tables whose rows have a validity. bears_on_accounts:
    whether what is evaluated from account files depends on it.
    """

    folder: ClassVar[str] = DEFINITIONS
    key: ClassVar[tuple[str, ...]] = ()
    bears_on_accounts: ClassVar[bool] = False

    linje = dy.Int64(description="The line in the file")


class Dated(Table):
    """A table whose rows hold for accounting years `gyldig_fra`..`gyldig_til` (empty: still)."""

    gyldig_fra = year_column("The first accounting year that the row holds for")
    gyldig_til = year_column("The last one, included; empty: still valid", nullable=True)
    kilde = source_column()

    @dy.rule()
    def gyldig_til_not_before_gyldig_fra(cls) -> pl.Expr:
        """A row cannot end before it begins."""
        return pl.col("gyldig_til").is_null() | (pl.col("gyldig_til") >= pl.col("gyldig_fra"))


class Code(Table):
    """A table of codes, under data/codes/."""

    folder = CODES


class DatedCode(Dated):
    """A table of codes whose rows have a validity."""

    folder = CODES
    bears_on_accounts = True
