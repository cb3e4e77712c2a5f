"""Schemas of the tables that say what is estimated and how, and of the frames that hold the results."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Table,
    one_of,
    text_column,
    year_column,
)

RATIO, CALIBRATION, RULE = "forhold", "kalibrering", "regel"
TOTAL, SHARE_OF_SUM, GROWTH, SHARE_OF_UNITS = "sum", "forhold", "vekst", "andel"
WHOLE, SIZE_GROUP, COUNTY = "alle", "stoerrelsesgruppe", "fylke"
UNITS = ("mrd_kr", "prosent")
_MARGIN = "(stoerrelsesgruppe|fylke|folkemengde)"


class Estimator(Table):
    """Ways from those who answered to all municipalities."""

    estimator = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    ord = text_column()
    metode = one_of(RATIO, CALIBRATION, RULE)
    grupper = one_of(WHOLE, SIZE_GROUP)
    hjelpestoerrelse = one_of("antall", "folkemengde", "inntekt_fjor", nullable=True)
    marginer = dy.String(nullable=True, regex=rf"^{_MARGIN}(;{_MARGIN})*$")
    hovedanslag = one_of(*YES_NO)
    rekkefoelge = dy.Int64(min=1, unique=True)
    kilde = text_column()
    merknad = text_column(nullable=True)

    @dy.rule()
    def hjelpestoerrelse_of_ratio(cls) -> pl.Expr:
        """A ratio needs the size it is a ratio to; the others have none."""
        return (pl.col("metode").cast(pl.String) == RATIO) == pl.col(
            "hjelpestoerrelse"
        ).is_not_null()

    @dy.rule()
    def hovedanslag_is_forhold(cls) -> pl.Expr:
        """The main estimate is a ratio: only that is given by size group and county too."""
        main = pl.col("hovedanslag").cast(pl.String) == "ja"
        return ~main | (pl.col("metode").cast(pl.String) == RATIO)

    @dy.rule()
    def marginer_of_calibration(cls) -> pl.Expr:
        """Only a calibration has margins."""
        return (pl.col("metode").cast(pl.String) == CALIBRATION) == pl.col("marginer").is_not_null()


class Stoerrelse(Table):
    """What is estimated: sums, ratios of sums, growth, shares of municipalities."""

    stoerrelse = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    maal = one_of(TOTAL, SHARE_OF_SUM, GROWTH, SHARE_OF_UNITS)
    teller = dy.String(regex=IDENTIFIER)
    nevner = dy.String(nullable=True, regex=IDENTIFIER)
    under = dy.Float64(nullable=True)
    baand = dy.String(nullable=True, regex=IDENTIFIER)
    enhet = one_of(*UNITS)
    hovedtall = one_of(*YES_NO)
    simuleres = one_of(*YES_NO)
    rekkefoelge = dy.Int64(min=1, unique=True)
    kilde = text_column()

    @dy.rule()
    def nevner_of_forhold(cls) -> pl.Expr:
        """A ratio of sums has a denominator; the others have none."""
        return (pl.col("maal").cast(pl.String) == SHARE_OF_SUM) == pl.col("nevner").is_not_null()

    @dy.rule()
    def grense_of_andel(cls) -> pl.Expr:
        """A share of municipalities has one limit, `under` or `baand`; the others have none."""
        limits = pl.col("under").is_not_null().cast(pl.Int8) + pl.col("baand").is_not_null().cast(
            pl.Int8
        )
        return limits == (pl.col("maal").cast(pl.String) == SHARE_OF_UNITS).cast(pl.Int8)

    @dy.rule()
    def enhet_of_maal(cls) -> pl.Expr:
        """Sums are in kroner, everything else in percent."""
        return (pl.col("maal").cast(pl.String) == TOTAL) == (
            pl.col("enhet").cast(pl.String) == "mrd_kr"
        )


class Estimatregel(Table):
    """A number that the estimation goes by."""

    regel = dy.String(primary_key=True, regex=IDENTIFIER)
    verdi = dy.Float64()
    enhet = text_column()
    forklaring = text_column()
    kilde = text_column()


class Svarmekanisme(Table):
    """How the simulation lets municipalities answer."""

    mekanisme = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    ord = text_column()
    oddsforhold = dy.Float64(min_exclusive=0)
    rekkefoelge = dy.Int64(min=1, unique=True)
    kilde = text_column()


class Estimat(dy.Schema):
    """One estimate: a quantity, by an estimator, for a domain."""

    estimator = dy.String(regex=IDENTIFIER)
    stoerrelse = dy.String(regex=IDENTIFIER)
    inndeling = one_of(WHOLE, SIZE_GROUP, COUNTY)
    domene = dy.String(min_length=1)
    verdi = dy.Float64(nullable=True)
    standardfeil = dy.Float64(nullable=True, min=0)
    nedre = dy.Float64(nullable=True)
    oevre = dy.Float64(nullable=True)
    df = dy.Float64(nullable=True, min=0)
    enhet = one_of(*UNITS)
    svart = dy.Int64(min=0)
    kommuner = dy.Int64(min=0)
    hvorfor = dy.String(nullable=True)

    @dy.rule()
    def missing_has_a_reason(cls) -> pl.Expr:
        """What cannot be computed, value or interval, says why."""
        return pl.col("nedre").is_not_null() | pl.col("hvorfor").is_not_null()


class Simulert(Table):
    """What many draws of respondents say of an estimator, where the truth is known."""

    mekanisme = dy.String(primary_key=True, regex=IDENTIFIER)
    estimator = dy.String(primary_key=True, regex=IDENTIFIER)
    stoerrelse = dy.String(primary_key=True, regex=IDENTIFIER)
    aar = year_column()
    enhet = one_of(*UNITS)
    sann = dy.Float64()
    skjevhet = dy.Float64(nullable=True)
    standardavvik = dy.Float64(nullable=True, min=0)
    rmse = dy.Float64(nullable=True, min=0)
    standardfeil = dy.Float64(nullable=True, min=0)
    dekning = dy.Float64(nullable=True, min=0, max=100)
    trekk = dy.Int64(min=1)
    anslag = dy.Int64(min=0)
    froe = dy.Int64(min=0)
    kommando = text_column()
    regnskaper = text_column()


TABLES: dict[str, type[Table]] = {
    "estimators": Estimator,
    "quantities": Stoerrelse,
    "estimation_rules": Estimatregel,
    "response_mechanisms": Svarmekanisme,
}
