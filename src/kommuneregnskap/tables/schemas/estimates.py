"""Schemas of the tables that say what is estimated and how, and of the frames that hold the results."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Table,
    one_of,
    order_column,
    remark_column,
    source_column,
    text_column,
    unit,
    year_column,
)

RATIO, CALIBRATION, RULE = "forhold", "kalibrering", "regel"
WHOLE, SIZE_GROUP, COUNTY = "alle", "stoerrelsesgruppe", "fylke"
UNITS = ("mrd_kr", "prosent")
_MARGIN = "(stoerrelsesgruppe|fylke|folkemengde)"


class Estimator(Table):
    """A way from those who answered to all municipalities."""

    estimator = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    ord = text_column("What it does, for the reader")
    metode = one_of(
        RATIO,
        CALIBRATION,
        RULE,
        description=(
            "`forhold`: a ratio raised by a known total; `kalibrering`: weights that meet "
            "margins; `regel`: a rule"
        ),
    )
    grupper = one_of(WHOLE, SIZE_GROUP, description="In which groups")
    hjelpestoerrelse = one_of(
        "antall",
        "folkemengde",
        "inntekt_fjor",
        nullable=True,
        description="What a sum is a ratio to; shares of municipalities are always of their number",
    )
    marginer = dy.String(
        nullable=True,
        regex=rf"^{_MARGIN}(;{_MARGIN})*$",
        description="What the weights meet, separated by `;`",
    )
    hovedanslag = one_of(
        *YES_NO, description="`ja` in one row: the one that the section numbers and the domains are"
    )
    rekkefoelge = order_column()
    kilde = source_column()
    merknad = remark_column()

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


class Estimatregel(Table):
    """A number that the estimation goes by."""

    regel = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    verdi = dy.Float64(description="The number", metadata=unit("enhet"))
    enhet = text_column("Its unit")
    forklaring = text_column("What it does")
    kilde = source_column()


class Svarmekanisme(Table):
    """How the simulation lets municipalities answer."""

    mekanisme = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    ord = text_column("In words, for the reader")
    oddsforhold = dy.Float64(
        min_exclusive=0,
        description=(
            "What the odds of answering are multiplied by for every standard deviation of a "
            "better result within the size group; 1: nothing"
        ),
        metadata=unit("forhold"),
    )
    rekkefoelge = order_column()
    kilde = source_column()


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
    """What many draws of respondents say of an estimator, where the truth is known.

    `_nedre` and `_oevre`: what so many draws leave unsure of a bias and of a coverage, at 95 percent.
    """

    mekanisme = dy.String(primary_key=True, regex=IDENTIFIER)
    estimator = dy.String(primary_key=True, regex=IDENTIFIER)
    stoerrelse = dy.String(primary_key=True, regex=IDENTIFIER)
    aar = year_column()
    enhet = one_of(*UNITS)
    sann = dy.Float64()
    skjevhet = dy.Float64(nullable=True)
    skjevhet_nedre = dy.Float64(nullable=True)
    skjevhet_oevre = dy.Float64(nullable=True)
    standardavvik = dy.Float64(nullable=True, min=0)
    rmse = dy.Float64(nullable=True, min=0)
    standardfeil = dy.Float64(nullable=True, min=0)
    dekning = dy.Float64(nullable=True, min=0, max=100)
    dekning_nedre = dy.Float64(nullable=True, min=0, max=100)
    dekning_oevre = dy.Float64(nullable=True, min=0, max=100)
    trekk = dy.Int64(min=1)
    anslag = dy.Int64(min=0)
    froe = dy.Int64(min=0)
    kommando = text_column()
    regnskaper = text_column()


TABLES: dict[str, type[Table]] = {
    "estimators": Estimator,
    "estimation_rules": Estimatregel,
    "response_mechanisms": Svarmekanisme,
}
