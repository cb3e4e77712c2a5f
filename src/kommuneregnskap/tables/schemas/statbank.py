"""Schemas of the tables that say what StatBank gives, and of the values that come out of it."""

from __future__ import annotations

from typing import ClassVar

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.codes import REGIONS
from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    SSB,
    YES_NO,
    Dated,
    Table,
    one_of,
    remark_column,
    source_column,
    text_column,
    unit,
    year_column,
)

TABLE_ID = r"^[0-9]{5}$"
SCOPES = ("konsern", "kasse")
UNITS = ("1000 kr", "prosent")
REGION_TYPES = (*REGIONS, "annet")  # what no pattern of codes fits
AGGREGATES = ("fylke", "land", "land_uten_oslo", "fylkeskommunene_uten_oslo")
VINTAGES = ("forelopig", "endelig")


def word_of(*words: str) -> dy.String:
    """Return a text column that holds one of the given words."""
    return dy.String(regex=f"^({'|'.join(words)})$")


class Statbank(Dated):
    """One term of a concept in a table of SSB's StatBank."""

    key = ("enhetstype", "begrep", "regnskapsomfang", "omraader", "ledd")

    tabell = dy.String(regex=TABLE_ID, description="The table's number")
    tittel = text_column("Words that its title must have")
    enhetstype = one_of("kommune", "fylkeskommune", description="Whose table it is")
    regnskapsomfang = one_of(*SCOPES, description="Whose accounts")
    begrep = dy.String(regex=IDENTIFIER, description="The concept, of `indicators.csv`")
    omraader = one_of(
        *YES_NO,
        description=(
            "`ja`: by service area: single functions are asked for, and added up by "
            "`tjenesteomraade.csv`"
        ),
    )
    ledd = dy.Int64(min=1, description="Number of the term; terms are added")
    dimensjon = text_column("Label of the dimension that holds the code")
    ssb_kode = text_column("The code; empty where only the label is known", nullable=True)
    etikett = text_column("Words that the code's label must have; alternatives separated by ` | `")
    innhold = text_column(
        "Words of the contents' label; empty where the code is the contents itself", nullable=True
    )
    omfang_kode = text_column("Code of the scope, where a table has several", nullable=True)
    omfang_etikett = text_column("Words of its label", nullable=True)
    enhet = one_of(*UNITS, description="The unit of the values")
    fortegn = dy.Int64(is_in=[-1, 1], description="Turns SSB's sign into the natural one")
    kreves = one_of(
        *YES_NO,
        description=(
            "`ja`: a table that does not fit stops the fetch; `nei`: the concept is left out, "
            "and said"
        ),
    )
    etterfoelger = dy.String(
        nullable=True, regex=TABLE_ID, description="The table that takes over, when known"
    )
    merknad = remark_column()

    @dy.rule()
    def omfang_kode_goes_with_omfang_etikett(cls) -> pl.Expr:
        """A table with several scopes needs both the code and the words of its label."""
        return pl.col("omfang_kode").is_null() == pl.col("omfang_etikett").is_null()


class StatbankArea(Table):
    """A service area that SSB's tables have a row of their own for: what its functions are held against."""

    ssb_kode = text_column("The code", primary_key=True)
    etikett = text_column("Words that its label must have; alternatives separated by ` | `")
    kilde = source_column()
    merknad = remark_column()


class StatbankUnit(Table):
    """What SSB calls a unit in the description of a table; under another name the values are something else."""

    enhet = one_of(*UNITS, primary_key=True, description="The unit")
    betegnelse = text_column("What it is called", primary_key=True)
    kilde = source_column()


class StatbankLimit(Table):
    """How far a sum of municipalities may lie from SSB's own row, which may be an estimate until it is revised."""

    aggregat = one_of(*AGGREGATES, primary_key=True, description="The kind of row")
    enhet = one_of("1000 kr", primary_key=True, description="The unit of the amounts")
    vintage = one_of(
        *VINTAGES, primary_key=True, description="Of unrevised figures (`forelopig`) or revised"
    )
    forklaring = one_of("sum", "estimat", description="`sum`, or `estimat` where SSB's row is one")
    grense_per_kommune = dy.Float64(
        min=0, description="How far per municipality, or county: rounding", metadata=unit("1000 kr")
    )
    grense_pst = dy.Float64(
        min=0, description="How far in percent of SSB's row", metadata=unit("prosent")
    )
    kilde = source_column()
    merknad = remark_column()


class Figur(Table):
    """A figure of SSB's that comes with the project, in 1000 kr; a file of its own for each table of SSB's."""

    folder: ClassVar[str] = SSB

    aar = year_column("Accounting year")
    region = text_column("SSB's code, of the year; see `ssb_region.csv`")
    begrep = dy.String(regex=IDENTIFIER, description="The concept, of `indicators.csv`")
    tjenesteomraade = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description="The service area, of `tjenesteomraade.csv`; empty for all of them",
    )
    belop = dy.Int64(description="The amount, in its natural sign", metadata=unit("1000 kr"))

    @dy.rule()
    def one_row_per_key(cls) -> pl.Expr:
        """Each region has each concept and area once per year."""
        return pl.struct("aar", "region", "begrep", "tjenesteomraade").is_unique()


class StatbankScale(Table):
    """What all municipalities together have of a concept per inhabitant: outside, the amounts are in another unit."""

    begrep = dy.String(primary_key=True, regex=IDENTIFIER, description="The concept")
    enhet = one_of("1000 kr", description="The unit of the amounts")
    minst = dy.Float64(min=0, description="The least", metadata=unit("1000 kr"))
    mest = dy.Float64(min=0, description="The most", metadata=unit("1000 kr"))
    kilde = source_column()
    merknad = remark_column()


class StatbankCorrection(Table):
    """What SSB has corrected in its tables between the ordinary publications, by its own log."""

    id = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    rettet = dy.String(
        regex=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="The day it was corrected",
    )
    tabeller = dy.String(
        nullable=True,
        regex=r"^[0-9]{5}(;[0-9]{5})*$",
        description="SSB's tables, separated by `;`; empty: all that have accounts",
    )
    fra_aar = year_column(
        "First accounting year it is about; empty where the log does not say", nullable=True
    )
    til_aar = year_column("Last accounting year", nullable=True)
    regioner = text_column(
        "SSB's codes of the regions it is about, separated by `;`; empty: any", nullable=True
    )
    begreper = text_column(
        "The concepts of `indicators.csv` it is about, separated by `;`; empty: any", nullable=True
    )
    hva = text_column("What was corrected, in our own words (bokmål)")
    kilde = source_column()
    merknad = remark_column()


class Verdier(dy.Schema):
    """Values of a snapshot: natural sign as in indicators.csv; missing is null with its symbol."""

    tabell = dy.String(regex=TABLE_ID)
    regnskapsomfang = word_of(*SCOPES)
    aar = year_column()
    region = dy.String(min_length=1)
    regiontype = word_of(*REGION_TYPES)
    begrep = dy.String(regex=IDENTIFIER)
    tjenesteomraade = dy.String(nullable=True, regex=IDENTIFIER)
    verdi = dy.Float64(nullable=True, allow_inf=False, allow_nan=False)
    enhet = word_of(*UNITS)
    merke = dy.String(nullable=True, min_length=1)
    vintage = word_of(*VINTAGES)

    @dy.rule()
    def one_row_per_key(cls) -> pl.Expr:
        """Each region has each concept and area once per year and scope."""
        return pl.struct(
            "regnskapsomfang", "aar", "region", "begrep", "tjenesteomraade", "enhet"
        ).is_unique()

    @dy.rule()
    def verdi_or_merke(cls) -> pl.Expr:
        """A value that is missing says why, and only then."""
        return pl.col("verdi").is_null() == pl.col("merke").is_not_null()


TABLES: dict[str, type[Table]] = {
    "statbank": Statbank,
    "statbank_areas": StatbankArea,
    "statbank_limits": StatbankLimit,
    "statbank_units": StatbankUnit,
    "statbank_scale": StatbankScale,
    "statbank_corrections": StatbankCorrection,
}
