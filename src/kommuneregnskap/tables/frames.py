"""Schemas of the frame at every stage, with dataframely. Amounts are Int64 in 1000 kr."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import ENHETER, code_column, one_of, year_column


class Poster(dy.Schema):
    """Ledger, appropriation accounts: summed amounts in 1000 kr with the sign of the file."""

    aar = year_column(primary_key=True)
    region = code_column(4, primary_key=True)
    regnskapsomfang = dy.String(primary_key=True)
    regnskap = dy.String(primary_key=True)
    funksjon = code_column(3, primary_key=True)
    art = code_column(3, primary_key=True)
    belop = dy.Int64()


class Balanse(dy.Schema):
    """Ledger, balance sheet: 1000 kr; assets positive, debt and equity negative."""

    aar = year_column(primary_key=True)
    region = code_column(4, primary_key=True)
    regnskapsomfang = dy.String(primary_key=True)
    kapittel = dy.String(primary_key=True, regex=r"^\d{2,4}$")
    sektor = dy.String(primary_key=True)
    belop = dy.Int64()


class Indikatorer(dy.Schema):
    """Evaluated definitions: 1000 kr with the natural sign; no service area means the total."""

    aar = year_column()
    region = code_column(4)
    regnskapsomfang = dy.String()
    begrep = dy.String()
    tjenesteomraade = dy.String(nullable=True)
    belop = dy.Int64()

    @dy.rule()
    def one_row_per_key(cls) -> pl.Expr:
        """Each unit has each concept and area once (a primary key may not hold the empty area)."""
        return pl.struct(
            "aar", "region", "regnskapsomfang", "begrep", "tjenesteomraade"
        ).is_unique()


class Enheter(dy.Schema):
    """Units of the frame in one accounting year, and whether they answered."""

    aar = year_column(primary_key=True)
    region = code_column(4, primary_key=True)
    navn = dy.String()
    fylke = dy.String()
    type = one_of("kommune", "fylkeskommune")
    folkemengde = dy.Int64(nullable=True, min=1)
    stoerrelsesgruppe = dy.String(nullable=True)
    svart = dy.Bool()


class Tall(dy.Schema):
    """Section numbers; `verdi` is missing where the accounts do not carry it."""

    id = dy.String(primary_key=True, regex=r"^[a-z]+(\.[a-z0-9_]+)+$")
    aar = year_column(primary_key=True)
    verdi = dy.Float64(nullable=True)
    enhet = one_of(*ENHETER)
