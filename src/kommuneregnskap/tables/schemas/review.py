"""Schemas of the tables that a reviewer holds the method against: mutants, identities, exemptions."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    Table,
    one_of,
    remark_column,
    source_column,
    text_column,
    unit,
)

# What is altered: whole accounts, lines of a file, who answered, a definition, a published number.
MUTANT_KINDS = ("regnskap", "fil", "utvalg", "definisjon", "trykt")
OPERATIONS = {
    "regnskap": ("skaler", "tillegg", "loeft", "bytt", "flytt", "dobbelt"),
    "fil": ("linje", "flytt", "sett", "dobbelt", "uten", "kopi", "tom_fil", "liste_med", "liste_uten"),
    "utvalg": ("svarer_ikke", "svarer", "uten_aar"),
    "definisjon": ("erstatt", "fjern"),
    "trykt": ("erstatt", "fjern"),
}  # fmt: skip
# A condition of the release text: a section number (with decimals) against a number; see `wording`.
TERM = r"[a-z][a-z0-9_.@-]*(:-?[0-9])? (!=|<|>|=) -?[0-9]+"


class Mutant(Table):
    """One step of a deliberate error, for `make mutants`."""

    id = dy.String(primary_key=True, regex=r"^[A-Z][0-9]{2}$", description="Id of the error")
    ledd = dy.Int64(primary_key=True, min=1, description="Number of the step")
    slag = one_of(
        *MUTANT_KINDS,
        description=(
            "`regnskap`: whole accounts; `fil`: lines of a file; `utvalg`: who answered; "
            "`definisjon`, `trykt`: a cell of a table"
        ),
    )
    navn = text_column("What the error is")
    handling = one_of(
        *sorted({name for names in OPERATIONS.values() for name in names}),
        description="The operation; they are explained in `src/kommuneregnskap/mutants/`",
    )
    tabell = text_column("The table that is altered; a year for published numbers", nullable=True)
    hvor = text_column(
        (
            "Which rows or records: `column=value`, separated by `;`; units are called by what "
            "they are, `enhet=stoerste`"
        ),
        nullable=True,
    )
    hva = text_column("Field, column or posting", nullable=True)
    fra = text_column("What stands there", nullable=True)
    til = text_column("What it becomes", nullable=True)
    gjelder = text_column("Concepts and areas it is about", nullable=True)
    fanges_av = text_column("In the first step: exactly the checks that must see it", nullable=True)
    merknad = remark_column()

    @dy.rule()
    def operation_of_the_kind(cls) -> pl.Expr:
        """Each kind of mutant has operations of its own."""
        return pl.any_horizontal(
            (pl.col("slag").cast(pl.String) == kind)
            & pl.col("handling").cast(pl.String).is_in(list(names))
            for kind, names in OPERATIONS.items()
        )

    @dy.rule()
    def expectation_in_the_first_step(cls) -> pl.Expr:
        """What must see the mutant is said once, in its first step."""
        return (pl.col("ledd") == 1) == pl.col("fanges_av").is_not_null()


class Identitet(Table):
    """An identity that must hold whatever the amounts are."""

    id = dy.String(primary_key=True, regex=r"^I[0-9]{2}$", description="Its id")
    navn = text_column("Its name")
    regel = one_of(
        "rulles_videre",
        "oppdeling",
        "ramme",
        "forhold",
        description=(
            "`rulles_videre`: a stock is last year's plus a flow, per unit; `oppdeling`: areas "
            "add up to the whole, per unit; `ramme`: the register has as many municipalities as "
            "a claim says; `forhold`: a percentage as defined is the section number"
        ),
    )
    venstre = text_column("Left side")
    hoeyre = text_column("Right side")
    margin = dy.Float64(min=0, description="How far apart they may be", metadata=unit("enhet"))
    enhet = text_column("The unit of the margin")
    kilde = source_column()
    merknad = remark_column()


class Fritak(Table):
    """What a review rule does not ask of something."""

    slag = one_of(
        "proeve",
        "tall",
        "tallord",
        primary_key=True,
        description=(
            "`proeve`: a check need see no mutant; `tall`: a number in text needs no source; "
            "`tallord`: a number in words in the draft release"
        ),
    )
    id = dy.String(primary_key=True, min_length=1, description="The check or text")
    begrunnelse = text_column("Why")


class Ordvalg(Table):
    """The word before a rounded number in the draft release."""

    ord = dy.String(nullable=True, description="The word; empty: none")
    nedre = dy.Float64(
        primary_key=True,
        min=-0.5,
        max=0.5,
        description="From here: the number minus the printed one",
        metadata=unit("siste trykte siffer"),
    )
    oevre = dy.Float64(
        primary_key=True,
        min=-0.5,
        max=0.5,
        description="Up to here",
        metadata=unit("siste trykte siffer"),
    )
    begrunnelse = text_column("Why")

    @dy.rule()
    def not_upside_down(cls) -> pl.Expr:
        """The lower end is not above the upper."""
        return pl.col("nedre") <= pl.col("oevre")


class Pressemelding(Table):
    """A heading, sentence or fact of the draft release, in order; of titles, and headings of a part, the first."""

    nr = dy.Int64(primary_key=True, min=1, description="Place in the order")
    slag = one_of(
        *("tittel", "ingress", "mellomtittel", "setning", "fakta"),
        *("aaret", "del"),
        description=(
            "What it is: of the release its title, lead, headings, sentences and facts; of a report's front what the "
            "year was (`aaret`) and what is said of a section (`del`)"
        ),
    )
    avsnitt = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description="The paragraph of a sentence, the part that a heading is of, or the section",
    )
    vilkaar = dy.String(
        nullable=True,
        regex=rf"^{TERM}(; {TERM})*$",
        description=(
            "When it is used: `id:decimals < 0`, the number rounded so; all of several with `;`"
        ),
    )
    setning = text_column(
        "The text; placeholders: see `src/kommuneregnskap/tables/wording.py`, and `headlines.of_whom` for who it is of"
    )

    @dy.rule()
    def sentences_stand_in_paragraphs(cls) -> pl.Expr:
        """A sentence names its paragraph and a heading its part; the title and a fact have none."""
        alone = pl.col("slag").cast(pl.String).is_in(["tittel", "fakta"])
        return alone == pl.col("avsnitt").is_null()


class KlassForskjell(Table):
    """Where a table differs on purpose from SSB's own text (`codes/klass.csv`), and why."""

    tabell = dy.String(primary_key=True, regex=IDENTIFIER, description="The table")
    rad = dy.String(
        primary_key=True,
        min_length=1,
        description="What its row is called by; `alle`: all together",
    )
    felt = dy.String(
        primary_key=True,
        min_length=1,
        description="What differs: `arter`, with the functions, `kapitler`, `fortegn`, `omfang` …",
    )
    mer = text_column("What stands here and not there, or is turned", nullable=True)
    mindre = text_column("What stands there and not here", nullable=True)
    begrunnelse = text_column("Why")


TABLES: dict[str, type[Table]] = {
    "klass_differences": KlassForskjell,
    "mutants": Mutant,
    "identities": Identitet,
    "exemptions": Fritak,
    "ordvalg": Ordvalg,
    "pressemelding": Pressemelding,
}
