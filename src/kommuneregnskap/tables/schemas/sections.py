"""Schema of the table that says which sections the report has, and which notebook makes each."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Table,
    one_of,
    order_column,
    text_column,
)


class Seksjon(Table):
    """A section of the report, in order: what it is called, and the notebook that makes it."""

    seksjon = dy.String(
        primary_key=True,
        regex=IDENTIFIER,
        description=(
            "Its id: the first word of its section numbers, and what published numbers name"
        ),
    )
    rekkefoelge = order_column("Its number in the report")
    notatbok = dy.String(
        unique=True,
        regex=r"^[0-9]+_[A-Za-z0-9_]+$",
        description="File name of its notebook, which begins with the section's number",
    )
    tittel = text_column("Its title, the notebook's first heading without the number")
    bare_egne_tall = one_of(
        *YES_NO,
        description=(
            "`ja`: of the published numbers it shows only its own, so that its notebook need not "
            "run again when others change"
        ),
    )

    @dy.rule()
    def notebook_has_the_number(cls) -> pl.Expr:
        """The name of a notebook begins with the number of its section."""
        number = pl.col("notatbok").str.split("_").list.first()
        return number == pl.col("rekkefoelge").cast(pl.String)


TABLES: dict[str, type[Table]] = {"sections": Seksjon}
