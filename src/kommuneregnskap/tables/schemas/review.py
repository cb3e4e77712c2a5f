"""Schemas of the tables that a reviewer holds the method against: mutants, identities, exemptions."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import IDENTIFIER, Table, one_of, text_column

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
TERM = r"[a-z][a-z0-9_.@-]*(:-?\d)? (!=|<|>|=) -?\d+"


class Mutant(Table):
    """One step of a deliberate error; what must see it stands in its first step."""

    id = dy.String(primary_key=True, regex=r"^[A-Z]\d{2}$")
    ledd = dy.Int64(primary_key=True, min=1)
    slag = one_of(*MUTANT_KINDS)
    navn = text_column()
    handling = one_of(*sorted({name for names in OPERATIONS.values() for name in names}))
    tabell = text_column(nullable=True)
    hvor = text_column(nullable=True)
    hva = text_column(nullable=True)
    fra = text_column(nullable=True)
    til = text_column(nullable=True)
    gjelder = text_column(nullable=True)
    fanges_av = text_column(nullable=True)
    merknad = text_column(nullable=True)

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
    """An identity that accounts, definitions or the frame must satisfy whatever the amounts are."""

    id = dy.String(primary_key=True, regex=r"^I\d{2}$")
    navn = text_column()
    regel = one_of("rulles_videre", "oppdeling", "ramme", "forhold")
    venstre = text_column()
    hoeyre = text_column()
    margin = dy.Float64(min=0)
    enhet = text_column()
    kilde = text_column()
    merknad = text_column(nullable=True)


class Begrepstall(Table):
    """The section numbers (`*` for all that begin so) that a concept is taken into directly."""

    begrep = dy.String(primary_key=True, regex=IDENTIFIER)
    tall = text_column()
    kilde = text_column()


class Begrepsproeve(Table):
    """A test, kept beside the code, that holds a concept against an answer from elsewhere."""

    begrep = dy.String(primary_key=True, regex=IDENTIFIER)
    proeve = text_column(primary_key=True)
    hva = text_column()


class Fritak(Table):
    """What a review rule does not ask of one check, concept or number, and why."""

    slag = one_of("proeve", "begrep", "tall", "tallord", primary_key=True)
    id = dy.String(primary_key=True, min_length=1)
    begrunnelse = text_column()


class Ordvalg(Table):
    """The word before a rounded number: by how far the number lies from the printed one, in printed units."""

    ord = dy.String(nullable=True)
    nedre = dy.Float64(primary_key=True, min=-0.5, max=0.5)
    oevre = dy.Float64(primary_key=True, min=-0.5, max=0.5)
    begrunnelse = text_column()

    @dy.rule()
    def not_upside_down(cls) -> pl.Expr:
        """The lower end is not above the upper."""
        return pl.col("nedre") <= pl.col("oevre")


class Pressemelding(Table):
    """A sentence or heading of the release text, when it is used, and the paragraph it stands in."""

    nr = dy.Int64(primary_key=True, min=1)
    slag = one_of("tittel", "ingress", "mellomtittel", "setning")
    avsnitt = dy.String(nullable=True, regex=IDENTIFIER)
    vilkaar = dy.String(nullable=True, regex=rf"^{TERM}(; {TERM})*$")
    setning = text_column()

    @dy.rule()
    def sentences_stand_in_paragraphs(cls) -> pl.Expr:
        """A sentence names its paragraph, a heading has none."""
        heading = pl.col("slag").cast(pl.String).is_in(["tittel", "mellomtittel"])
        return heading == pl.col("avsnitt").is_null()


TABLES: dict[str, type[Table]] = {
    "mutants": Mutant,
    "identities": Identitet,
    "concept_numbers": Begrepstall,
    "concept_tests": Begrepsproeve,
    "exemptions": Fritak,
    "ordvalg": Ordvalg,
    "pressemelding": Pressemelding,
}
