"""Schemas of the tables behind sheets and exploring: what a sheet measures, what the frames hold."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    Table,
    one_of,
    order_column,
    source_column,
    text_column,
)

PERCENT, PER_PERSON, GROWTH = "prosent", "per_innbygger", "vekst"
YES = "ja"


class Arkmaal(Table):
    """A measure on a unit's sheet, in order."""

    rekkefoelge = order_column()
    begrep = dy.String(
        primary_key=True, regex=IDENTIFIER, description="The concept, of `indicators.csv`"
    )
    maal = one_of(
        PERCENT,
        PER_PERSON,
        GROWTH,
        primary_key=True,
        description=(
            "`prosent`: a percentage that is defined there; `per_innbygger`: kroner per inhabitant; `vekst`: percent "
            "from the year before"
        ),
    )
    navn = text_column("Its name on the sheet")
    desimaler = dy.Int64(min=0, max=3, description="Decimals shown")
    figur = one_of(YES, "nei", description="Whether it is also drawn over the years")
    finner = dy.Int64(
        nullable=True,
        min=1,
        description="Its place where a reader finds a municipality on the front of the year; empty: not there",
    )
    seksjon = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description="The section that it stands in in a report of one municipality (`sections.csv`)",
    )
    setning = text_column(
        "What is said of it there, in bokmål: {verdi}, {endret} (how much it rose or fell), {aar}, {foer} (the year "
        "before) stand for what is computed",
        nullable=True,
    )
    kilde = source_column()


class Rammekolonne(Table):
    """A column of a frame that `kr.overview` lists; written from `src/kommuneregnskap/tables/frames.py`.

    In a table `navn` is what a row is called. In a frame that notebooks and charts read it is the name of a
    municipality or county municipality; what else has a name has a column of its own: `gruppe` (size group),
    `omraade` (service area), `fylke`, and for the rest the key's with `_navn`, such as `begrep_navn`.
    """

    ramme = dy.String(
        primary_key=True,
        regex=IDENTIFIER,
        description="The frame: `tidy`, or an attribute of a survey",
    )
    kolonne = dy.String(primary_key=True, regex=IDENTIFIER, description="The column")
    type = text_column("Its type in polars")
    enhet = text_column("Its unit", nullable=True)
    betydning = text_column("What it holds, in bokmål")


TABLES: dict[str, type[Table]] = {"unit_sheet": Arkmaal, "frames": Rammekolonne}
