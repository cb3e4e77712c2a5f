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
    side = dy.String(
        unique=True,
        regex=r"^[a-z]+(-[a-z]+)*$",
        description="File name of its page in a report, without the ending",
    )
    kort = text_column("Its name where there is little room: in the contents and on a tile")
    flis = dy.String(
        nullable=True,
        regex=r"^[a-z]+(\.[a-z0-9_]+)+$",
        description="The section number on its tile of a report's front; empty: it has none",
    )
    flis_tekst = text_column("What the number on the tile is, after the number", nullable=True)
    tittel_en_kommune = text_column(
        "Its title in a report of one municipality's own accounts; empty: it is not in that report",
        nullable=True,
    )
    flis_en_kommune = dy.String(
        nullable=True,
        regex=r"^[a-z]+(\.[a-z0-9_]+)+$",
        description="As `flis`, in a report of one municipality's own accounts",
    )
    flis_tekst_en_kommune = text_column(
        "As `flis_tekst`, in a report of one municipality's own accounts", nullable=True
    )

    @dy.rule()
    def tile_says_what_it_is(cls) -> pl.Expr:
        """A number on a tile has its words."""
        return pl.col("flis").is_null() == pl.col("flis_tekst").is_null()

    @dy.rule()
    def of_one_municipality_with_title_and_tile(cls) -> pl.Expr:
        """A section of one municipality has a title, a number on a tile and its words, and a tile in other reports."""
        own = pl.concat_list(
            pl.col(name).is_null()
            for name in ("flis", "tittel_en_kommune", "flis_en_kommune", "flis_tekst_en_kommune")
        )
        return own.list.all() | ~own.list.any()

    @dy.rule()
    def notebook_has_the_number(cls) -> pl.Expr:
        """The name of a notebook begins with the number of its section."""
        number = pl.col("notatbok").str.split("_").list.first()
        return number == pl.col("rekkefoelge").cast(pl.String)


TABLES: dict[str, type[Table]] = {"sections": Seksjon}
