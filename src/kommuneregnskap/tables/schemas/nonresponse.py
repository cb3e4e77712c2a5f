"""Schemas of the tables on response bias: what would turn a number, what the frame knows."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    Table,
    one_of,
    order_column,
    source_column,
    text_column,
    unit,
)
from kommuneregnskap.tables.schemas.numbers import NUMBER


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
    maalt_mot = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description="The concept that a sum is measured against; empty where the number is a ratio or a change",
    )
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
    "tipping": Vippepunkt,
    "frame_variables": Rammevariabel,
}
