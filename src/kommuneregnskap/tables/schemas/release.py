"""Schemas of the tables by which the numbers of a release's text are read."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    ENHETER,
    IDENTIFIER,
    Table,
    one_of,
    text_column,
    unit,
)

WORD_KINDS = (
    "tallord",
    "ordenstall",
    "broek",
    "gange",
    "enhet",
    "fortegn",
    "retning",
    "mengde",
    "rang",
    "del_av",
    "fjor",
    "utgiver",
    "omraade",
    "uttrykk",
)
SAID_KINDS = (*ENHETER, "mengde", "hendelse")


class Tekstord(Table):
    """A word of releases and what it means; `*` at an end stands for any letters there."""

    slag = one_of(
        *WORD_KINDS,
        primary_key=True,
        description=(
            "`tallord`, `ordenstall`: numbers; `broek`: the denominator of a fraction; `gange`: growth; "
            "`enhet`: a unit, and how much of the claims' unit one of it is; `fortegn`: a sign; `retning`: up or down; "
            "`mengde`: all or none, in percent; `rang`: first from top or bottom; `del_av`: what a share is of; "
            "`fjor`: the year before; `utgiver`: someone else's number; `omraade`: a service area, "
            "besides its name in `tjenesteomraade.csv`; `uttrykk`: a name that `kjennetegn.csv` has for the words in "
            "`betydning`"
        ),
    )
    ord = text_column("The word or words", primary_key=True)
    betydning = text_column(
        "What it means, an id of this project; of `uttrykk` the words", nullable=True
    )
    verdi = dy.Float64(
        nullable=True, description="What it is worth, see `slag`", metadata=unit("etter slag")
    )


class Kjennetegn(Table):
    """The words by which a section number is known in the text of a release; several rows of a number are alternatives.

    The first of equals is taken. What a number is of (a level, a change, the year before) follows from `numbers.csv`.
    """

    tall_id = dy.String(
        regex=r"^[a-z]+(\.[a-z0-9_{}]+)+$",
        description="The section number, of `numbers.csv`; what it is of in braces",
    )
    slag = one_of(
        *SAID_KINDS,
        description=(
            "How it is said: a number of that unit, a rank, a direction; `mengde`: all or none; `hendelse`: words alone"
        ),
    )
    del_av = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description=(
            "For a share: of what, of `tekstord.csv`; for a number of units that others are counted of: `helhet` "
            "(194 av 427), `grunnlag` (av de 225)"
        ),
    )
    ord = text_column(
        "Beginnings of words that must stand by it: one of each group; groups are separated by `;`, words by `|`; "
        "`*` before one: also inside a word, `@` before a name: the words of that `uttrykk`"
    )
    ikke = text_column("Words that must not stand by it", nullable=True)
    verdi = dy.Float64(
        nullable=True,
        description="The value, where words alone say it",
        metadata=unit("enhet i numbers.csv"),
    )
    kvalifikator = dy.String(
        nullable=True, regex=IDENTIFIER, description="Its qualifying word, of `qualifiers.csv`"
    )


TABLES: dict[str, type[Table]] = {"tekstord": Tekstord, "kjennetegn": Kjennetegn}
