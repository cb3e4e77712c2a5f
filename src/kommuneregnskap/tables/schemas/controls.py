"""Schemas of the tables that say how deliveries are controlled and corrected."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    YES_NO,
    Dated,
    Table,
    code_column,
    one_of,
    text_column,
    year_column,
)

MOST = 999_999_999  # 1000 kr: the largest amount of a record; sums of them stay far within 64 bits
SEVERITIES = ("fatal", "feil", "advarsel", "info")
CONTROL_ID = r"^(\d{3}|E\d{2})$"


class Kontroll(Dated):
    """One row per term of a control, with its code sets, margin and words for the reader."""

    key = ("kontroll", "ledd")
    bears_on_accounts = True

    kontroll = dy.String(regex=CONTROL_ID)
    ledd = dy.Int64(min=1)
    navn = text_column()
    alvorlighet = one_of(*SEVERITIES)
    skjema = text_column()
    regnskap = one_of("drift", "investering", "balanse", nullable=True)
    funksjoner = text_column(nullable=True)
    arter = text_column(nullable=True)
    kapitler = text_column(nullable=True)
    mot_regnskap = one_of("drift", "investering", "balanse", nullable=True)
    mot_funksjoner = text_column(nullable=True)
    mot_arter = text_column(nullable=True)
    mot_kapitler = text_column(nullable=True)
    bare_regioner = text_column(nullable=True)
    unntak_regioner = text_column(nullable=True)
    margin = dy.Float64(nullable=True, min=0)
    minste_antall = dy.Int64(nullable=True, min=1)
    minste_andel = dy.Float64(nullable=True, min=0, max=100)
    enhet = text_column()
    kan_regnes = one_of(*YES_NO)
    tillatt = text_column()
    tiltak = text_column()
    merknad = text_column(nullable=True)


class Rettelse(Table):
    """A guarded correction of one amount in a delivery: what is expected, what it becomes (1000 kr)."""

    bears_on_accounts = True

    aar = year_column(primary_key=True)
    regnskaper = one_of("leverte", "syntetiske", primary_key=True)
    region = code_column(6, primary_key=True)
    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$")
    kontoklasse = dy.String(primary_key=True, regex=r"^\d$")
    funksjon_kapittel = dy.String(primary_key=True, regex=r"^\d{2,4}$")
    art_sektor = code_column(3, primary_key=True)
    var = dy.Int64(min=-MOST, max=MOST)
    blir = dy.Int64(min=-MOST, max=MOST)
    begrunnelse = text_column()
    dato = dy.String(regex=r"^\d{4}-\d{2}-\d{2}$")
    kilde = text_column()


class Respondent(Table):
    """A unit that answered a survey, listed beside the account files."""

    region = code_column(4, "Number of the unit", primary_key=True)


TABLES: dict[str, type[Table]] = {
    "controls": Kontroll,
    "corrections": Rettelse,
}
