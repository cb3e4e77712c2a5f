"""Schemas of the tables of codes: what exists, and when."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Code,
    DatedCode,
    Table,
    code_column,
    one_of,
    text_column,
    year_column,
)

REGIONS = ("kommune", "fylke", "land", "land_uten_oslo", "kostragruppe")


class Funksjon(DatedCode):
    """KOSTRA functions."""

    key = ("funksjon",)

    funksjon = code_column(3)
    navn = text_column()
    nivaa = one_of("kommune", "fylkeskommune", "felles", "oslo")
    type = one_of("tjeneste", "finans")
    merknad = text_column(nullable=True)


class Art(DatedCode):
    """KOSTRA arts: kinds of expenditure and income."""

    key = ("art",)

    art = code_column(3)
    navn = text_column()
    gruppe = text_column()
    side = one_of("utgift", "inntekt")
    tillatt_drift = one_of(*YES_NO)
    tillatt_investering = one_of(*YES_NO)
    nivaa = one_of("alle", "kommune", "oslo")
    merknad = text_column(nullable=True)


class Kapittel(DatedCode):
    """Chapters of the balance sheet."""

    key = ("kapittel",)

    kapittel = dy.String(regex=r"^\d{2,4}$")
    navn = text_column()
    type = one_of("eiendel", "gjeld", "egenkapital", "memoria")
    merknad = text_column(nullable=True)


class Sektor(DatedCode):
    """Sectors of the balance sheet."""

    key = ("sektor",)

    sektor = code_column(3)
    navn = text_column()
    merknad = text_column(nullable=True)


class Skjema(Code):
    """Forms: which account class of which form is which account."""

    bears_on_accounts = True

    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$")
    kontoklasse = dy.String(primary_key=True, regex=r"^\d$")
    regnskap = one_of("drift", "investering", "balanse")
    regnskapsomfang = one_of("kasse", "konsolidert")
    enhetstype = one_of("kommune", "fylkeskommune")
    kilde = text_column()


class AnnetSkjema(Code):
    """Forms that come in the same layout and are not part of the survey."""

    bears_on_accounts = True

    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$")
    navn = text_column()
    kilde = text_column()


class Kommune(DatedCode):
    """Municipal numbers with names and place."""

    key = ("kommunenummer",)

    kommunenummer = code_column(4)
    navn = text_column()
    samisk_navn = text_column(nullable=True)
    kvensk_navn = text_column(nullable=True)
    fylkesnummer = code_column(2)
    lon = dy.Float64(nullable=True, min=-180, max=180)
    lat = dy.Float64(nullable=True, min=-90, max=90)
    areal_km2 = dy.Float64(nullable=True, min=0)
    kostra_gruppe = dy.String(nullable=True, regex=r"^EKG\d{2}$")


class Fylke(DatedCode):
    """Counties and the number their county municipality uses in account files."""

    key = ("fylkesnummer",)

    fylkesnummer = code_column(2)
    navn = text_column()
    fylkeskommune = code_column(4, nullable=True)


class Endring(Code):
    """Renumbering, mergers and splits; `aar` is the first year of the new number."""

    bears_on_accounts = True

    fra_nummer = code_column(4, primary_key=True)
    fra_navn = text_column()
    til_nummer = code_column(4, primary_key=True)
    til_navn = text_column()
    aar = year_column(primary_key=True)
    type = one_of("kodebytte", "sammenslaaing", "deling", "grensejustering")
    kilde = text_column()


class Folkemengde(Code):
    """Inhabitants (persons) on a date, under the number valid on that date."""

    bears_on_accounts = True

    kommunenummer = code_column(4, primary_key=True)
    dato = dy.String(primary_key=True, regex=r"^\d{4}-\d{2}-\d{2}$")
    folkemengde = dy.Int64(min=1)
    kilde = text_column()


class Stoerrelsesgruppe(Code):
    """Size groups; bounds are inclusive, in persons."""

    bears_on_accounts = True

    gruppe = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    fra = dy.Int64(min=0)
    til = dy.Int64(nullable=True)
    rekkefoelge = dy.Int64(min=1, unique=True)
    oppdeling = one_of("hoved", "alternativ")
    kilde = text_column()


class Saerregion(DatedCode):
    """Regions that deliver account files without being a unit of the survey."""

    key = ("region",)

    region = code_column(6)
    navn = text_column()
    enhetstype = one_of("kommune", "fylkeskommune")
    grunn = text_column()


class SsbRegion(Code):
    """What kind of region a code of SSB's region dimension is; `moenster` captures its number."""

    moenster = dy.String(primary_key=True, regex=r"^\^.*\(.+\).*\$$")
    regiontype = one_of(*REGIONS)
    kilde = text_column()
    merknad = text_column(nullable=True)


class SsbTegn(Code):
    """SSB's standard symbols in tables, and whether they stand for a missing value."""

    merke = dy.String(primary_key=True, min_length=1)
    betydning = text_column()
    mangler = one_of(*YES_NO)
    kilde = text_column()


TABLES: dict[str, type[Table]] = {
    "funksjon": Funksjon,
    "art": Art,
    "kapittel": Kapittel,
    "sektor": Sektor,
    "skjema": Skjema,
    "andre_skjema": AnnetSkjema,
    "kommune": Kommune,
    "fylke": Fylke,
    "kommune_endring": Endring,
    "fylke_endring": Endring,
    "folkemengde": Folkemengde,
    "stoerrelsesgruppe": Stoerrelsesgruppe,
    "saerregion": Saerregion,
    "ssb_region": SsbRegion,
    "ssb_tegn": SsbTegn,
}
