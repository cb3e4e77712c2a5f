"""Schema of the table that says which headings a ledger as CSV may have."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import IDENTIFIER, Table, one_of, text_column

KRONER, THOUSANDS = "kr", "1000 kr"
PASSED_OVER = "utelatt"


class Hovedbokskolonne(Table):
    """One heading of a ledger as CSV: the field that the column is, and the unit of an amount.

    overskrift: in small letters, æøå as ae, oe, aa, everything between words as one underscore.
    """

    felt = one_of(
        "skjema",
        "aar",
        "kvartal",
        "region",
        "orgnr",
        "foretaksnr",
        "kontoklasse",
        "funksjon_kapittel",
        "funksjon",
        "kapittel",
        "art_sektor",
        "art",
        "sektor",
        "regnskapsomfang",
        "belop",
        PASSED_OVER,
    )
    overskrift = dy.String(primary_key=True, regex=IDENTIFIER)
    enhet = one_of(KRONER, THOUSANDS, nullable=True)
    forklaring = text_column()

    @dy.rule()
    def only_amounts_have_a_unit(cls) -> pl.Expr:
        """A code has no unit."""
        return pl.col("enhet").is_null() | (pl.col("felt").cast(pl.String) == "belop")


TABLES: dict[str, type[Table]] = {"ledger_columns": Hovedbokskolonne}
