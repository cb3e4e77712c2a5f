"""Schemas of the tables of the method: definitions, areas, bands, choices, findings."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Dated,
    Table,
    one_of,
    text_column,
)


class Tjenesteomraade(Dated):
    """Service areas as sets of functions; `oppdeling` hoved is the partition."""

    key = ("tjenesteomraade",)
    bears_on_accounts = True

    tjenesteomraade = dy.String(regex=IDENTIFIER)
    navn = text_column()
    ssb_kode = text_column(nullable=True)
    oppdeling = one_of("hoved", "alternativ", "fylke")
    rangeres = one_of(*YES_NO)
    funksjoner = text_column()
    merknad = text_column(nullable=True)


class Indikator(Dated):
    """One row per term of a definition."""

    key = ("begrep", "ledd")
    bears_on_accounts = True

    begrep = dy.String(regex=IDENTIFIER)
    ledd = dy.Int64(min=1)
    ssb_kode = text_column(nullable=True)
    navn = text_column()
    enhet = one_of("1000 kr", "prosent")
    fortegn = dy.Int64(is_in=[-1, 1])
    regnskap = one_of("drift", "investering", "balanse", "begrep", "prosent")
    funksjoner = text_column(nullable=True)
    arter = text_column(nullable=True)
    kapitler = text_column(nullable=True)
    begreper = text_column(nullable=True)
    omraader = one_of(*YES_NO)
    sikkerhet = text_column()
    merknad = text_column(nullable=True)


class Fondsbaand(Table):
    """Bands of the fund in percent of revenue: from `fra` up to, not including, `til`."""

    baand = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    fra = dy.Float64(nullable=True)
    til = dy.Float64(nullable=True)
    rekkefoelge = dy.Int64(min=1, unique=True)
    kilde = text_column()


class Hovedtall(Table):
    """Section numbers that the report opens with, in order.

    tekst: what the number is; setning: the finding as `display.prose` fills it; figur: the chart that shows it
    (a function of the modules charts*, drawn in a notebook).
    """

    rekkefoelge = dy.Int64(min=1, unique=True)
    tall_id = dy.String(primary_key=True, regex=r"^[a-z]+(\.[a-z0-9_]+)+$")
    tekst = text_column()
    setning = text_column()
    figur = dy.String(regex=r"^[a-z_]+$")
    kilde = text_column()


class Antakelse(Table):
    """Choices that the press release leaves open."""

    id = dy.String(primary_key=True, regex=r"^A\d{2}_[a-z0-9_]+$")
    spoersmaal = text_column()
    alternativer = text_column()
    valgt = text_column()
    begrunnelse = text_column()
    beroerer = text_column(nullable=True)
    kilde = text_column()


class Kvalifikator(Table):
    """What a qualifying word does to the interval of a printed number."""

    kvalifikator = dy.String(primary_key=True, regex=IDENTIFIER)
    ord = text_column()
    nedre_enheter = dy.Float64(nullable=True)
    oevre_enheter = dy.Float64(nullable=True)
    nedre_inkludert = one_of(*YES_NO)
    oevre_inkludert = one_of(*YES_NO)
    begrunnelse = text_column()


TABLES: dict[str, type[Table]] = {
    "tjenesteomraade": Tjenesteomraade,
    "indicators": Indikator,
    "fund_bands": Fondsbaand,
    "headlines": Hovedtall,
    "assumptions": Antakelse,
    "qualifiers": Kvalifikator,
}
