"""Schemas of the tables on response bias: what a number is made of, what would turn it, what the frame knows."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    Table,
    one_of,
    order_column,
    source_column,
    text_column,
    unit,
)

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
    """How a section number is made of what each municipality contributes to it.

    What is computed without one of them comes from here.
    """

    tall_id = dy.String(
        primary_key=True,
        regex=NUMBER,
        description="The section number; `{tjenesteomraade}` stands for any service area",
    )
    form = one_of(
        *FORMER,
        description=(
            "`sum` in mrd. kr; `antall`; `forhold` in percent; `vekst`: teller over nevner less "
            "100 percent; `endring`: teller less nevner in mrd. kr; `differanse`: teller/nevner "
            "less teller_2/nevner_2 in percentage points; `estimat` and `estimat_forhold`: as "
            "sum and forhold, grossed up by inhabitants per size group"
        ),
    )
    ramme = one_of(
        *RAMMER,
        description=(
            "Whose: `regnskap`: those who answered; `fond`: those of them with a balance sheet; "
            "`samme`: the same in both years; `fondsendring`: those whose fund is known in both; "
            "`svar`"
        ),
    )
    teller = dy.String(
        regex=AMOUNT,
        description=(
            "A column; `/{tjenesteomraade}`: of the area, `@foer`: of the year before, `=x`: 1 "
            "where it is x, `*x`: only where x holds; `kommuner` is 1"
        ),
    )
    nevner = dy.String(
        nullable=True,
        regex=AMOUNT,
        description=(
            "The same; that of a sum only says what a municipality's part is measured against"
        ),
    )
    teller_2 = dy.String(nullable=True, regex=AMOUNT, description="The same, of the second ratio")
    nevner_2 = dy.String(nullable=True, regex=AMOUNT, description="The same")
    kilde = source_column("The function that computes the number")

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
    """A finding that readers take as one of all municipalities, and what it means that it turns."""

    vippepunkt = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    tall_id = dy.String(regex=NUMBER, description="The section number")
    grense = dy.Float64(
        nullable=True,
        description=(
            "Where it turns; empty: the edges of every printed interval of the number in the year"
        ),
        metadata=unit("tallets enhet"),
    )
    hva = text_column("What it means, for the reader")
    maal = text_column("What those who did not answer are measured by, for the reader")
    minst = dy.Float64(
        nullable=True,
        description="The least that can be; empty: no bound",
        metadata=unit("prosent"),
    )
    hoeyst = dy.Float64(
        nullable=True, description="The most that can be; empty: no bound", metadata=unit("prosent")
    )
    kilde = source_column()


class Rammevariabel(Table):
    """What is known of every municipality, whether it answered or not."""

    variabel = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    slag = one_of(
        "tall", "andel", "fordeling", description="`fordeling`: shown as a share per group"
    )
    enhet = text_column("Its unit")
    desimaler = dy.Int64(min=0, max=3, description="Decimals shown")
    rekkefoelge = order_column()
    kilde = source_column()


TABLES: dict[str, type[Table]] = {
    "contributions": Bidrag,
    "tipping": Vippepunkt,
    "frame_variables": Rammevariabel,
}
