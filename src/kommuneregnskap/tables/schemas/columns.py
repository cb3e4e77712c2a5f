"""Schemas of every table under data/, with dataframely; those of the frames are in `frames.py`."""

from __future__ import annotations

import dataframely as dy
import polars as pl

YEAR_MIN, YEAR_MAX = (
    2015,
    2100,
)  # plausible accounting years; which years exist follows from the tables


def year_column(*, nullable: bool = False, primary_key: bool = False) -> dy.Int32:
    """Return a column of accounting years."""
    return dy.Int32(nullable=nullable, primary_key=primary_key, min=YEAR_MIN, max=YEAR_MAX)


def code_column(digits: int, *, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """Return a column of codes with a fixed number of digits, leading zeros kept."""
    return dy.String(regex=rf"^\d{{{digits}}}$", primary_key=primary_key, nullable=nullable)


def text_column(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """Return a column of text that is not empty, unless `nullable`."""
    if nullable:
        return dy.String(nullable=True)
    return dy.String(primary_key=primary_key, min_length=1)


def one_of(*values: str, nullable: bool = False, primary_key: bool = False) -> dy.Enum:
    """Return a column that holds one of the given words."""
    return dy.Enum(list(values), nullable=nullable, primary_key=primary_key)


YES_NO = ("ja", "nei")
IDENTIFIER = r"^[a-z0-9_]+$"


class Table(dy.Schema):
    """A table under data/: `linje` is the line in its file, added by the reader."""

    linje = dy.Int64()


class Dated(Table):
    """A table whose rows hold for accounting years `gyldig_fra`..`gyldig_til` (empty: still)."""

    gyldig_fra = year_column()
    gyldig_til = year_column(nullable=True)
    kilde = text_column()

    @dy.rule()
    def gyldig_til_not_before_gyldig_fra(cls) -> pl.Expr:
        """A row cannot end before it begins."""
        return pl.col("gyldig_til").is_null() | (pl.col("gyldig_til") >= pl.col("gyldig_fra"))


class Funksjon(Dated):
    """KOSTRA functions."""

    funksjon = code_column(3)
    navn = text_column()
    nivaa = one_of("kommune", "fylkeskommune", "felles", "oslo")
    type = one_of("tjeneste", "finans")
    merknad = text_column(nullable=True)


class Art(Dated):
    """KOSTRA arts: kinds of expenditure and income."""

    art = code_column(3)
    navn = text_column()
    gruppe = text_column()
    side = one_of("utgift", "inntekt")
    tillatt_drift = one_of(*YES_NO)
    tillatt_investering = one_of(*YES_NO)
    nivaa = one_of("alle", "kommune", "oslo")
    merknad = text_column(nullable=True)


class Kapittel(Dated):
    """Chapters of the balance sheet."""

    kapittel = dy.String(regex=r"^\d{2,4}$")
    navn = text_column()
    type = one_of("eiendel", "gjeld", "egenkapital", "memoria")
    merknad = text_column(nullable=True)


class Sektor(Dated):
    """Sectors of the balance sheet."""

    sektor = code_column(3)
    navn = text_column()
    merknad = text_column(nullable=True)


class Skjema(Table):
    """Forms: which account class of which form is which account."""

    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$")
    kontoklasse = dy.String(primary_key=True, regex=r"^\d$")
    regnskap = one_of("drift", "investering", "balanse")
    regnskapsomfang = one_of("kasse", "konsolidert")
    enhetstype = one_of("kommune", "fylkeskommune")
    kilde = text_column()


class AnnetSkjema(Table):
    """Forms that come in the same layout and are not part of the survey."""

    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$")
    navn = text_column()
    kilde = text_column()


class Kommune(Dated):
    """Municipal numbers with names and place."""

    kommunenummer = code_column(4)
    navn = text_column()
    samisk_navn = text_column(nullable=True)
    kvensk_navn = text_column(nullable=True)
    fylkesnummer = code_column(2)
    lon = dy.Float64(nullable=True, min=-180, max=180)
    lat = dy.Float64(nullable=True, min=-90, max=90)
    areal_km2 = dy.Float64(nullable=True, min=0)
    kostra_gruppe = dy.String(nullable=True, regex=r"^EKG\d{2}$")


class Fylke(Dated):
    """Counties and the number their county municipality uses in account files."""

    fylkesnummer = code_column(2)
    navn = text_column()
    fylkeskommune = code_column(4, nullable=True)


class Endring(Table):
    """Renumbering, mergers and splits; `aar` is the first year of the new number."""

    fra_nummer = code_column(4, primary_key=True)
    fra_navn = text_column()
    til_nummer = code_column(4, primary_key=True)
    til_navn = text_column()
    aar = year_column(primary_key=True)
    type = one_of("kodebytte", "sammenslaaing", "deling", "grensejustering")
    kilde = text_column()


class Folkemengde(Table):
    """Inhabitants (persons) on a date, under the number valid on that date."""

    kommunenummer = code_column(4, primary_key=True)
    dato = dy.String(primary_key=True, regex=r"^\d{4}-\d{2}-\d{2}$")
    folkemengde = dy.Int64(min=1)
    kilde = text_column()


class Stoerrelsesgruppe(Table):
    """Size groups; bounds are inclusive, in persons."""

    gruppe = dy.String(primary_key=True, regex=IDENTIFIER)
    navn = text_column()
    fra = dy.Int64(min=0)
    til = dy.Int64(nullable=True)
    rekkefoelge = dy.Int64(min=1, unique=True)
    oppdeling = one_of("hoved", "alternativ")
    kilde = text_column()


class Tjenesteomraade(Dated):
    """Service areas as sets of functions; `oppdeling` hoved is the partition."""

    tjenesteomraade = dy.String(regex=IDENTIFIER)
    navn = text_column()
    ssb_kode = text_column(nullable=True)
    oppdeling = one_of("hoved", "alternativ", "fylke")
    rangeres = one_of(*YES_NO)
    funksjoner = text_column()
    merknad = text_column(nullable=True)


class Indikator(Dated):
    """One row per term of a definition."""

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


ENHETER = ("mrd_kr", "prosent", "prosentpoeng", "antall", "rang", "retning", "kr", "aar")


class Respondent(Table):
    """Units that answered a survey, listed beside the account files."""

    region = code_column(4, primary_key=True)


ALLOWED_TABLES: dict[str, type[Table]] = {
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
    "tjenesteomraade": Tjenesteomraade,
    "indicators": Indikator,
    "fund_bands": Fondsbaand,
    "headlines": Hovedtall,
    "assumptions": Antakelse,
    "qualifiers": Kvalifikator,
}
