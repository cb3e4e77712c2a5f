"""Schemas of the tables that say what was published, when, and how it hangs together."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    CLAIMS,
    DATE,
    ENHETER,
    IDENTIFIER,
    YEAR_MAX,
    YES_NO,
    Table,
    one_of,
    remark_column,
    source_column,
    text_column,
    unit,
    year_column,
)

OMFANG = ("kasse", "konsolidert", "konsern", "ukjent")
PANELER = ("respondenter", "alle", "fylkeskommuner", "sektor", "rapporterte", "oslo")
UTGIVERE = ("KS", "SSB", "TBU", "regjeringen", "presse", "prosjektet")
PROJECT = "prosjektet"  # rows of our own, which an arithmetic rule needs; not published numbers
PROPOSED = "foreslått"  # read from a text, and accepted by nobody yet
FIRST_YEAR = 2000  # a release may look back further than any table of codes
NONE, SETTING, AREA, GROUP, NUMBER, LACKING = EFFECTS = (
    "ingen",
    "innstilling",
    "omraade",
    "gruppe",
    "tall",
    "mangler",
)


class Paastand(Table):
    """A published number, rank or direction; one file per accounting year."""

    folder = CLAIMS

    id = dy.String(
        primary_key=True,
        regex=r"^k[0-9]{4}_[a-z0-9_]+$",
        description="`k`, the year of the file, a name",
    )
    seksjon = dy.String(
        regex=IDENTIFIER, description="The section it belongs to, of `sections.csv`"
    )
    maaler = text_column("What it measures, in our own words")
    tall_id = dy.String(
        nullable=True,
        regex=r"^[a-z]+(\.[a-z0-9_]+)+$",
        description="The section number it is tried against; empty for context",
    )
    aar = year_column("Accounting year of the section number")
    gjelder = dy.Int32(
        min=FIRST_YEAR,
        max=YEAR_MAX,
        description="The accounting year it is about: the year before for `…_fjor`",
    )
    serie = dy.String(
        nullable=True,
        regex=IDENTIFIER,
        description=(
            "The quantity it is a number of, of `series.csv`; empty where it is not followed"
        ),
    )
    trykt = text_column("As printed")
    verdi = dy.Float64(nullable=True, description="The value", metadata=unit("enhet"))
    verdi_til = dy.Float64(
        nullable=True, description="The upper end of a printed range", metadata=unit("enhet")
    )
    opploesning = dy.Float64(
        nullable=True,
        min_exclusive=0,
        description="One unit of the last printed digit",
        metadata=unit("enhet"),
    )
    enhet = one_of(*ENHETER, description="The unit of the values")
    kvalifikator = dy.String(
        regex=IDENTIFIER, description="The qualifying word, of `qualifiers.csv`"
    )
    omfang = one_of(
        *OMFANG, description="Whose accounts: the treasury's, consolidated, the group's"
    )
    panel = one_of(
        *PANELER,
        description=(
            "Whose number: those who answered, all, county municipalities, `sektor`: both, "
            "`rapporterte`: those who had reported, `oslo`"
        ),
    )
    oslo = one_of("med", "uten", "ukjent", description="With Oslo or without")
    utgiver = one_of(
        *UTGIVERE, description="Who said it; `prosjektet` for rows of our own that a rule needs"
    )
    vintage = dy.String(
        regex=DATE, description="When it was published: year, month or day, as far as it is known"
    )
    kilde = source_column("Where it was read")
    sted = text_column("Where in it; a number that is repeated is one row")
    status = one_of(
        "beregnes",
        "alle",
        "kontekst",
        PROPOSED,
        description=(
            "`beregnes`: tried against a computed number; `alle`: of all municipalities, tried on open "
            "figures of them in the scope that it states, elsewhere background; `kontekst`: background, "
            "other sources, a basis for a rule; `foreslått`: read from a text by `make new-year`, no number of "
            "the project until a person has changed it"
        ),
    )
    antakelser = text_column("Ids of the assumptions it rests on, separated by `;`", nullable=True)
    merknad = remark_column()

    @dy.rule()
    def beregnes_needs_tall_id(cls) -> pl.Expr:
        """A claim that is to be computed says which section number it is judged against."""
        free = pl.col("status").cast(pl.String).is_in(["kontekst", PROPOSED])
        return free | pl.col("tall_id").is_not_null()

    @dy.rule()
    def alle_says_of_whom(cls) -> pl.Expr:
        """A number of all municipalities says in which scope, and whether Oslo is among them."""
        said = (pl.col("panel") == "alle") & (pl.col("omfang") != "ukjent")
        return (pl.col("status") != "alle") | (said & (pl.col("oslo") != "ukjent"))

    @dy.rule()
    def opploesning_needs_verdi(cls) -> pl.Expr:
        """A printed precision belongs to a value."""
        return pl.col("opploesning").is_null() | pl.col("verdi").is_not_null()

    @dy.rule()
    def beregnes_only_what_was_published(cls) -> pl.Expr:
        """A row of our own is a basis for arithmetic, never a number to be reproduced."""
        return (pl.col("utgiver") != PROJECT) | (pl.col("status") == "kontekst")


class Regneregel(Table):
    """What published numbers must satisfy among themselves."""

    folder = CLAIMS

    id = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    aar = year_column("Year of the release")
    regel = text_column("The rule, see below")
    a = text_column("Id of a published number")
    b = text_column("The second, where the rule has one", nullable=True)
    c = text_column("The third", nullable=True)
    d = text_column("The fourth", nullable=True)
    resultat = text_column("Id of the one that must be met")
    forklaring = text_column("The rule in words, for the reader")


class Serie(Table):
    """A quantity that is followed over the years."""

    serie = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    enhet = one_of(*ENHETER, description="Its unit")
    kilde = source_column()


class Langtidstall(Table):
    """A series of `series.csv` as one source prints it for many years, without a text that a claim could cite."""

    folder = CLAIMS

    serie = dy.String(
        primary_key=True, regex=IDENTIFIER, description="The quantity, of `series.csv`"
    )
    gjelder = dy.Int32(
        primary_key=True, min=1900, max=YEAR_MAX, description="The accounting year it is about"
    )
    verdi = dy.Float64(description="The value as printed", metadata=unit("enhet i series.csv"))
    kilde = source_column("Where it was read")
    merknad = remark_column("Where another source prints otherwise")


class Omskriving(Table):
    """A number that a later publication states otherwise.

    Each is restated at most once, the link is to the next thing said.
    """

    folder = CLAIMS

    fra_id = dy.String(min_length=1, unique=True, description="Id of the number")
    til_id = dy.String(
        min_length=1,
        unique=True,
        description="Id of what was said later; of the same series and accounting year",
    )
    hva = one_of(
        "panel",
        "omfang",
        "revisjon",
        "ukjent",
        description=(
            "Why it differs: `panel`: for those who answered the next year; `omfang`; "
            "`revisjon`: of the accounts"
        ),
    )
    forklaring = text_column("In words, for the reader")
    kilde = source_column()


class Definisjonskort(Table):
    """What someone means by a term that others use otherwise."""

    kort = dy.String(primary_key=True, regex=IDENTIFIER, description="The term's id")
    navn = text_column("The term")
    hvem = one_of(*UTGIVERE, "loven", primary_key=True, description="Who means it")
    variant = text_column("Which of their meanings", primary_key=True)
    definisjon = text_column("The meaning in words")
    begrep = dy.String(
        nullable=True, regex=IDENTIFIER, description="The formula: a row of `indicators.csv`"
    )
    formel = text_column("The formula in words, where it cannot be written in codes", nullable=True)
    brukt = text_column("Where it is used")
    foerer_til = text_column("What it leads to")
    kilde = source_column()

    @dy.rule()
    def one_formula(cls) -> pl.Expr:
        """The formula stands in indicators.csv, or in words where it cannot; not in two places."""
        return pl.col("begrep").is_null() != pl.col("formel").is_null()


class Alternativ(Table):
    """What may be chosen where a release leaves something open, and what the choice changes.

    A row per effect; `virkning` says which: `ingen` (as it stands), `innstilling` (a setting `hva` that
    the sections read gets `verdi`), `omraade` (service area `hva` is made of the functions of `verdi`),
    `gruppe` (size group `hva` becomes part of `verdi`), `tall` (the published numbers of section number
    `hva` are held against `verdi`), `mangler` (no account files give it; `merknad` says why).
    """

    antakelse = dy.String(
        primary_key=True,
        regex=r"^A[0-9]{2}_[a-z0-9_]+$",
        description="The assumption, of `assumptions.csv`",
    )
    valg = dy.String(regex=IDENTIFIER, description="Its short name, as in `ASSUME=`")
    alternativ = dy.String(
        primary_key=True, regex=r"^[A-Za-z0-9_]+$", description="Id of the alternative"
    )
    ledd = dy.Int64(primary_key=True, min=1, description="Number of the effect")
    navn = text_column("The alternative's name")
    valgt = one_of(*YES_NO, description="Whether it is the usual one")
    virkning = one_of(*EFFECTS, description="What kind of effect, see above")
    hva = text_column("What is changed", nullable=True)
    verdi = text_column("To what", nullable=True)
    merknad = remark_column("Why it is lacking, or good to know")

    @dy.rule()
    def effect_says_what(cls) -> pl.Expr:
        """Whatever changes something says what, and to what; nothing else does."""
        without = pl.col("virkning").cast(pl.String).is_in([NONE, LACKING])
        return (pl.col("hva").is_null() == without) & (pl.col("verdi").is_null() == without)

    @dy.rule()
    def lacking_says_why(cls) -> pl.Expr:
        """What cannot be computed says why."""
        return (pl.col("virkning").cast(pl.String) != LACKING) | pl.col("merknad").is_not_null()


class Kombinasjon(Table):
    """Choices that are tried together, all alternatives with all: those that bear on the same numbers."""

    kombinasjon = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    valg = text_column("Short names of the choices, separated by `;`")
    begrunnelse = text_column("Why these together")


TABLES: dict[str, type[Table]] = {
    "alternatives": Alternativ,
    "combinations": Kombinasjon,
    "arithmetic": Regneregel,
    "restatements": Omskriving,
    "series": Serie,
    "long_series": Langtidstall,
    "definisjonskort": Definisjonskort,
}
