"""Schemas of the tables that say what was published, when, and how it hangs together."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    CLAIMS,
    ENHETER,
    IDENTIFIER,
    YEAR_MAX,
    YES_NO,
    Table,
    one_of,
    text_column,
    year_column,
)

SEKSJONER = ("investering", "resultat", "sektor", "fond", "svar", "kontekst")
OMFANG = ("kasse", "konsolidert", "konsern", "ukjent")
PANELER = ("respondenter", "alle", "fylkeskommuner", "sektor", "rapporterte", "oslo")
UTGIVERE = ("KS", "SSB", "TBU", "regjeringen", "presse", "prosjektet")
PROJECT = "prosjektet"  # rows of our own, which an arithmetic rule needs; not published numbers
FIRST_YEAR = 2000  # a release may look back further than any table of codes
NONE, SETTING, AREA, GROUP, NUMBER, LACKING = EFFECTS = (
    "ingen",
    "innstilling",
    "omraade",
    "gruppe",
    "tall",
    "mangler",
)
DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"  # as far as it is known


class Paastand(Table):
    """Published numbers (claims)."""

    folder = CLAIMS

    id = dy.String(primary_key=True, regex=r"^k\d{4}_[a-z0-9_]+$")
    seksjon = one_of(*SEKSJONER)
    maaler = text_column()
    tall_id = dy.String(nullable=True, regex=r"^[a-z]+(\.[a-z0-9_]+)+$")
    aar = year_column()
    gjelder = dy.Int32(min=FIRST_YEAR, max=YEAR_MAX)
    serie = dy.String(nullable=True, regex=IDENTIFIER)
    trykt = text_column()
    verdi = dy.Float64(nullable=True)
    verdi_til = dy.Float64(nullable=True)
    opploesning = dy.Float64(nullable=True, min_exclusive=0)
    enhet = one_of(*ENHETER)
    kvalifikator = dy.String(regex=IDENTIFIER)
    omfang = one_of(*OMFANG)
    panel = one_of(*PANELER)
    oslo = one_of("med", "uten", "ukjent")
    utgiver = one_of(*UTGIVERE)
    vintage = dy.String(regex=DATE)
    kilde = text_column()
    sted = text_column()
    status = one_of("beregnes", "kontekst")
    antakelser = text_column(nullable=True)
    merknad = text_column(nullable=True)

    @dy.rule()
    def beregnes_needs_tall_id(cls) -> pl.Expr:
        """A claim that is to be computed says which section number it is judged against."""
        return (pl.col("status") == "kontekst") | pl.col("tall_id").is_not_null()

    @dy.rule()
    def opploesning_needs_verdi(cls) -> pl.Expr:
        """A printed precision belongs to a value."""
        return pl.col("opploesning").is_null() | pl.col("verdi").is_not_null()

    @dy.rule()
    def beregnes_only_what_was_published(cls) -> pl.Expr:
        """A row of our own is a basis for arithmetic, never a number to be reproduced."""
        return (pl.col("utgiver") != PROJECT) | (pl.col("status") == "kontekst")


class Regneregel(Table):
    """Arithmetic that a release must satisfy by itself."""

    folder = CLAIMS

    id = dy.String(primary_key=True, regex=IDENTIFIER)
    aar = year_column()
    regel = text_column()
    a = text_column()
    b = text_column(nullable=True)
    c = text_column(nullable=True)
    d = text_column(nullable=True)
    resultat = text_column()
    forklaring = text_column()


class Serie(Table):
    """Quantities that are followed over the years; claims of one series are of the same quantity."""

    serie = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    enhet = one_of(*ENHETER)
    kilde = text_column()


class Omskriving(Table):
    """A published number (`fra_id`) that a later publication states otherwise (`til_id`)."""

    folder = CLAIMS

    fra_id = dy.String(min_length=1, unique=True)
    til_id = dy.String(min_length=1, unique=True)
    hva = one_of("panel", "omfang", "revisjon", "ukjent")
    forklaring = text_column()
    kilde = text_column()


class Definisjonskort(Table):
    """What someone means by a term that others use otherwise; `begrep` refers to indicators.csv."""

    kort = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    hvem = one_of(*UTGIVERE, "loven", primary_key=True)
    variant = text_column(primary_key=True)
    definisjon = text_column()
    begrep = dy.String(nullable=True, regex=IDENTIFIER)
    formel = text_column(nullable=True)
    brukt = text_column()
    foerer_til = text_column()
    kilde = text_column()

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

    antakelse = dy.String(primary_key=True, regex=r"^A\d{2}_[a-z0-9_]+$")
    valg = dy.String(regex=IDENTIFIER)
    alternativ = dy.String(primary_key=True, regex=r"^[A-Za-z0-9_]+$")
    ledd = dy.Int64(primary_key=True, min=1)
    navn = text_column()
    valgt = one_of(*YES_NO)
    virkning = one_of(*EFFECTS)
    hva = text_column(nullable=True)
    verdi = text_column(nullable=True)
    merknad = text_column(nullable=True)

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
    """Choices that are tried together, all with all: those that bear on the same numbers."""

    kombinasjon = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    valg = text_column()
    begrunnelse = text_column()


SLAG = (
    *("sum", "forhold", "endring", "vekst", "endringsandel", "lavest", "hoeyest"),
    *("anslag", "anslag_forhold", "differanse", "likt", "rang_hoeyest", "rang_lavest", "rekke"),
    "utledet",  # made of other numbers in a way that is not followed; `merknad` says how
)
DERIVED = SLAG[-1]
OF_NUMBERS = ("differanse", "likt", "rang_hoeyest", "rang_lavest", "rekke")
UTVALG = ("svart", "svart_utenom_oslo", "samme", "ramme", "oslo")


class Utregning(Table):
    """How a section number comes about; a word in braces in `tall_id` stands for any of its kind."""

    tall_id = dy.String(primary_key=True, regex=r"^[a-z]+(\.([a-z0-9_]+|\{[a-z]+\}))+$")
    navn = text_column()
    slag = one_of(*SLAG)
    teller = text_column()
    teller_vilkaar = text_column(nullable=True)
    nevner = text_column(nullable=True)
    nevner_vilkaar = text_column(nullable=True)
    vilkaar = text_column(nullable=True)
    enhetstype = one_of("kommune", "fylkeskommune")
    utvalg = one_of(*UTVALG)
    aar = one_of("naa", "foer")
    enhet = one_of(*ENHETER)
    funksjon = dy.String(regex=r"^[a-z_]+\.[a-z_]+$")
    notatbok = text_column()
    kilde = text_column()
    merknad = text_column(nullable=True)

    @dy.rule()
    def two_parts_where_the_kind_has_two(cls) -> pl.Expr:
        """A ratio and a difference have a second part, other kinds have none."""
        two = ("forhold", "endringsandel", "lavest", "hoeyest", "anslag_forhold", "differanse")
        return pl.col("slag").cast(pl.String).is_in(two) == pl.col("nevner").is_not_null()

    @dy.rule()
    def derived_says_how(cls) -> pl.Expr:
        """What is not followed says how it comes about."""
        return (pl.col("slag").cast(pl.String) != DERIVED) | pl.col("merknad").is_not_null()


TABLES: dict[str, type[Table]] = {
    "alternatives": Alternativ,
    "combinations": Kombinasjon,
    "utregning": Utregning,
    "arithmetic": Regneregel,
    "restatements": Omskriving,
    "series": Serie,
    "definisjonskort": Definisjonskort,
}
