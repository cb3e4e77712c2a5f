"""Schemas of the tables on response bias: what a number is made of, what would turn it, what the frame knows."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import IDENTIFIER, Table, one_of, text_column

FORMER = (
    "sum",
    "antall",
    "forhold",
    "vekst",
    "endring",
    "differanse",
    "estimat",
    "estimat_forhold",
)
RAMMER = ("regnskap", "fond", "samme", "fondsendring", "svar")
AREA = "{tjenesteomraade}"
# A column; of a service area; of the year before; a condition on it, or inhabitants where it holds.
AMOUNT = r"^[a-z0-9_]+(/\{tjenesteomraade\})?(@foer)?(=[a-z0-9_]+)?(\*[a-z0-9_]+)?$"
NUMBER = r"^[a-z]+(\.[a-z0-9_]+)+(\.\{tjenesteomraade\})?$"


class Bidrag(Table):
    """How a section number is made of what each municipality contributes to it."""

    tall_id = dy.String(primary_key=True, regex=NUMBER)
    form = one_of(*FORMER)
    ramme = one_of(*RAMMER)
    teller = dy.String(regex=AMOUNT)
    nevner = dy.String(nullable=True, regex=AMOUNT)
    teller_2 = dy.String(nullable=True, regex=AMOUNT)
    nevner_2 = dy.String(nullable=True, regex=AMOUNT)
    kilde = text_column()

    @dy.rule()
    def ratios_have_a_denominator(cls) -> pl.Expr:
        """Only a sum or a count can do without."""
        return (
            pl.col("form").cast(pl.String).is_in(["sum", "antall"]) | pl.col("nevner").is_not_null()
        )

    @dy.rule()
    def differences_have_two_ratios(cls) -> pl.Expr:
        """A difference is between two ratios; nothing else has a second one."""
        second = pl.col("teller_2").is_not_null() & pl.col("nevner_2").is_not_null()
        neither = pl.col("teller_2").is_null() & pl.col("nevner_2").is_null()
        return pl.when(pl.col("form") == "differanse").then(second).otherwise(neither)


class Vippepunkt(Table):
    """A finding that is read as one of all municipalities, and what it means that it turns."""

    vippepunkt = dy.String(primary_key=True, regex=IDENTIFIER)
    tall_id = dy.String(regex=NUMBER)
    grense = dy.Float64(nullable=True)
    hva = text_column()
    maal = text_column()
    minst = dy.Float64(nullable=True)
    hoeyst = dy.Float64(nullable=True)
    kilde = text_column()


class Rammevariabel(Table):
    """What is known of every municipality, whether it answered or not."""

    variabel = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    slag = one_of("tall", "andel", "fordeling")
    enhet = text_column()
    desimaler = dy.Int64(min=0, max=3)
    rekkefoelge = dy.Int64(min=1, unique=True)
    kilde = text_column()


TABLES: dict[str, type[Table]] = {
    "contributions": Bidrag,
    "tipping": Vippepunkt,
    "frame_variables": Rammevariabel,
}
