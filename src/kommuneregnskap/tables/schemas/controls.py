"""Schemas of the tables that say how deliveries are controlled and corrected."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    YES_NO,
    Dated,
    Table,
    code_column,
    one_of,
    remark_column,
    source_column,
    text_column,
    unit,
    year_column,
)

MOST = 999_999_999  # 1000 kr: the largest amount of a record; sums of them stay far within 64 bits
SEVERITIES = ("fatal", "feil", "advarsel", "info")
CONTROL_ID = r"^([0-9]{3}|E[0-9]{2})$"


class Kontroll(Dated):
    """One term of a control of account files."""

    key = ("kontroll", "ledd")
    bears_on_accounts = True

    kontroll = dy.String(
        regex=CONTROL_ID, description="SSB's number of the control; `E01` and on are our own"
    )
    ledd = dy.Int64(min=1, description="Number of the term")
    navn = text_column("Its name")
    alvorlighet = one_of(*SEVERITIES, description="The first two keep a unit out of the numbers")
    skjema = text_column("The forms it is about")
    regnskap = one_of(
        "drift", "investering", "balanse", nullable=True, description="The account it is about"
    )
    funksjoner = text_column(
        "The functions it is about, a code set; may name codes that have ceased", nullable=True
    )
    arter = text_column("The arts", nullable=True)
    kapitler = text_column("The chapters", nullable=True)
    mot_regnskap = one_of(
        "drift",
        "investering",
        "balanse",
        nullable=True,
        description="The account that this must go with, or sum to zero with",
    )
    mot_funksjoner = text_column("Its functions", nullable=True)
    mot_arter = text_column("Its arts", nullable=True)
    mot_kapitler = text_column("Its chapters", nullable=True)
    bare_regioner = text_column("Only these regions, six digits", nullable=True)
    unntak_regioner = text_column("All but these", nullable=True)
    margin = dy.Float64(
        nullable=True,
        min=0,
        description="How far off it may be, ends included",
        metadata=unit("enhet"),
    )
    minst = dy.Float64(
        nullable=True, description="The least that is allowed", metadata=unit("enhet")
    )
    hoeyst = dy.Float64(
        nullable=True, description="The most that is allowed", metadata=unit("enhet")
    )
    minste_antall = dy.Int64(
        nullable=True,
        min=1,
        description="With fewer the control says nothing: units, lines or accounts, see merknad",
        metadata=unit("antall"),
    )
    minste_andel = dy.Float64(
        nullable=True,
        min=0,
        max=100,
        description="Below this share it says nothing, see merknad",
        metadata=unit("prosent"),
    )
    enhet = text_column("The unit of the margin")
    kan_regnes = one_of(
        *YES_NO, description="`ja`: the amounts can be added up in spite of a breach"
    )
    tillatt = text_column(
        "What is allowed, in words for the reader; `{aar}`, `{margin}`, `{minst}` and `{hoeyst}` are filled in"
    )
    tiltak = text_column("What to do, in words for the reader")
    merknad = remark_column()


class Rettelse(Table):
    """A guarded correction of one delivered amount; one that does not find what it expects stops the run."""

    bears_on_accounts = True

    aar = year_column("Accounting year of the delivery", primary_key=True)
    regnskaper = one_of(
        "leverte", "syntetiske", primary_key=True, description="Which accounts it is for"
    )
    region = code_column(6, "The region in the file, six digits", primary_key=True)
    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$", description="The form")
    kontoklasse = dy.String(primary_key=True, regex=r"^[0-9]$", description="The account class")
    funksjon_kapittel = dy.String(
        primary_key=True, regex=r"^[0-9]{2,4}$", description="The function, or the chapter"
    )
    art_sektor = code_column(3, "The art, or the sector", primary_key=True)
    var = dy.Int64(
        min=-MOST,
        max=MOST,
        description="The amount expected in the delivery; 0 for none",
        metadata=unit("1000 kr"),
    )
    blir = dy.Int64(min=-MOST, max=MOST, description="What it becomes", metadata=unit("1000 kr"))
    begrunnelse = text_column("Why")
    dato = dy.String(
        regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="When it was decided, YYYY-MM-DD"
    )
    kilde = source_column()


class Respondent(Table):
    """A unit that answered a survey, listed beside the account files."""

    region = code_column(4, "Number of the unit", primary_key=True)


TABLES: dict[str, type[Table]] = {
    "controls": Kontroll,
    "corrections": Rettelse,
}
