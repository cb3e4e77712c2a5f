"""Schemas of the tables behind sheets and exploring: what a sheet measures, what the frames hold."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import IDENTIFIER, Table, one_of, text_column

PERCENT, PER_PERSON = "prosent", "per_innbygger"
YES = "ja"


class Arkmaal(Table):
    """One measure of a unit's sheet, in order: a percentage of indicators.csv, or kroner per inhabitant."""

    rekkefoelge = dy.Int64(min=1, unique=True)
    begrep = dy.String(primary_key=True, regex=IDENTIFIER)
    maal = one_of(PERCENT, PER_PERSON)
    navn = text_column()
    desimaler = dy.Int64(min=0, max=3)
    figur = one_of(YES, "nei")
    kilde = text_column()


class Rammekolonne(Table):
    """One column of a frame that a user explores."""

    ramme = dy.String(primary_key=True, regex=IDENTIFIER)
    kolonne = dy.String(primary_key=True, regex=IDENTIFIER)
    type = text_column()
    enhet = text_column(nullable=True)
    betydning = text_column()


TABLES: dict[str, type[Table]] = {"unit_sheet": Arkmaal, "frames": Rammekolonne}
