"""Schema of the table that says which headings a ledger as CSV may have."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import IDENTIFIER, Table, one_of, text_column

KRONER, THOUSANDS = "kr", "1000 kr"
PASSED_OVER = "utelatt"


class Hovedbokskolonne(Table):
    """A heading that a ledger as CSV may have: the field that the column is, and the unit of an amount."""

    bears_on_accounts = True

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
        description=(
            "The field of the record, or `funksjon`, `kapittel`, `art`, `sektor`, `regnskapsomfang` of a ledger; "
            "`utelatt`: the column is passed over"
        ),
    )
    overskrift = dy.String(
        primary_key=True,
        regex=IDENTIFIER,
        description=(
            "The heading in small letters, æøå as ae, oe, aa, everything between words as one underscore"
        ),
    )
    enhet = one_of(KRONER, THOUSANDS, nullable=True, description="The unit of an amount")
    forklaring = text_column("What it is, and who writes it so")

    @dy.rule()
    def only_amounts_have_a_unit(cls) -> pl.Expr:
        """A code has no unit."""
        return pl.col("enhet").is_null() | (pl.col("felt").cast(pl.String) == "belop")


TABLES: dict[str, type[Table]] = {"ledger_columns": Hovedbokskolonne}
