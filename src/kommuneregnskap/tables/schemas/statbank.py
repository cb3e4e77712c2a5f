"""Schemas of the tables that say what StatBank gives, and of the values that come out of it."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.codes import REGIONS
from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Dated,
    Table,
    one_of,
    text_column,
    year_column,
)

TABLE_ID = r"^\d{5}$"
SCOPES = ("konsern", "kasse")
UNITS = ("1000 kr", "prosent")
REGION_TYPES = (*REGIONS, "annet")  # what no pattern of codes fits
AGGREGATES = ("fylke", "land", "land_uten_oslo")
VINTAGES = ("forelopig", "endelig")


def word_of(*words: str) -> dy.String:
    """Return a text column that holds one of the given words."""
    return dy.String(regex=f"^({'|'.join(words)})$")


class Statbank(Dated):
    """One row per term of a concept: which StatBank table, code and label give it."""

    key = ("begrep", "regnskapsomfang", "omraader", "ledd")

    tabell = dy.String(regex=TABLE_ID)
    tittel = text_column()
    regnskapsomfang = one_of(*SCOPES)
    begrep = dy.String(regex=IDENTIFIER)
    omraader = one_of(*YES_NO)
    ledd = dy.Int64(min=1)
    dimensjon = text_column()
    ssb_kode = text_column(nullable=True)
    etikett = text_column()
    innhold = text_column(nullable=True)
    omfang_kode = text_column(nullable=True)
    omfang_etikett = text_column(nullable=True)
    enhet = one_of(*UNITS)
    fortegn = dy.Int64(is_in=[-1, 1])
    kreves = one_of(*YES_NO)
    etterfoelger = dy.String(nullable=True, regex=TABLE_ID)
    merknad = text_column(nullable=True)

    @dy.rule()
    def omfang_kode_goes_with_omfang_etikett(cls) -> pl.Expr:
        """A table with several scopes needs both the code and the words of its label."""
        return pl.col("omfang_kode").is_null() == pl.col("omfang_etikett").is_null()


class StatbankArea(Table):
    """The words that StatBank's label of a service area must contain."""

    ssb_kode = text_column(primary_key=True)
    etikett = text_column()
    kreves_i = dy.String(nullable=True, regex=TABLE_ID)
    kilde = text_column()
    merknad = text_column(nullable=True)


class StatbankLimit(Table):
    """How far a sum of municipalities may lie from SSB's own row, by kind of aggregate."""

    aggregat = one_of(*AGGREGATES, primary_key=True)
    enhet = one_of("1000 kr", primary_key=True)
    forklaring = one_of("sum", "estimat")
    grense_per_kommune = dy.Float64(min=0)
    grense_pst = dy.Float64(min=0)
    kilde = text_column()
    merknad = text_column(nullable=True)


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
}
