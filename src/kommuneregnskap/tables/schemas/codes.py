"""Schemas of the tables of codes: what exists, and when."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import (
    DATE,
    IDENTIFIER,
    YES_NO,
    Code,
    DatedCode,
    Table,
    code_column,
    one_of,
    order_column,
    remark_column,
    source_column,
    text_column,
    unit,
    year_column,
)

REGIONS = (
    *("kommune", "fylke", "land", "land_uten_oslo", "kostragruppe"),
    *("fylkeskommune", "fylkeskommunene", "fylkeskommunene_uten_oslo"),
)


class Funksjon(DatedCode):
    """A KOSTRA function in a period."""

    key = ("funksjon",)

    funksjon = code_column(3, "The code, three digits")
    navn = text_column("Its name")
    nivaa = one_of(
        "kommune",
        "fylkeskommune",
        "felles",
        "oslo",
        "bydel",
        description="Who has it; `felles`: municipalities and county municipalities; `oslo`: Oslo and its "
        "districts; `bydel`: the districts alone",
    )
    type = one_of(
        "tjeneste",
        "finans",
        description="`tjeneste`: a service, part of an area; `finans`: financing",
    )
    merknad = remark_column()


class Art(DatedCode):
    """A KOSTRA art, a kind of expenditure or income, in a period."""

    key = ("art",)

    art = code_column(3, "The code, three digits")
    navn = text_column("Its name")
    gruppe = text_column("The heading it stands under in SSB's list")
    side = one_of("utgift", "inntekt", description="Whether it is expenditure or income")
    nivaa = one_of(
        "alle",
        "kommune",
        "oslo",
        "bydel",
        description="Who may use it; `oslo`: Oslo and its districts; `bydel`: the districts alone",
    )
    merknad = remark_column()


class Kapittel(DatedCode):
    """A chapter of the balance sheet in a period."""

    key = ("kapittel",)

    kapittel = dy.String(regex=r"^[0-9]{2,4}$", description="The code, two to four digits")
    navn = text_column("Its name")
    type = one_of(
        "eiendel", "gjeld", "egenkapital", "memoria", description="What it is in the balance sheet"
    )
    merknad = remark_column()


class Sektor(DatedCode):
    """A sector of the balance sheet in a period."""

    key = ("sektor",)

    sektor = code_column(3, "The code, three digits")
    navn = text_column("Its name")
    merknad = remark_column()


class Skjema(Code):
    """An account class of a form: which account it is."""

    bears_on_accounts = True

    skjema = dy.String(
        primary_key=True, regex=r"^[0-9A-Z]{2}$", description="The form's code (`0A`, `0B` …)"
    )
    kontoklasse = dy.String(
        primary_key=True, regex=r"^[0-9]$", description="The account class in the form, a digit"
    )
    regnskap = one_of("drift", "investering", "balanse", description="Which account it is")
    regnskapsomfang = one_of(
        "kasse", "konsolidert", description="Whose: the treasury's, or with its enterprises"
    )
    enhetstype = one_of(
        "kommune", "fylkeskommune", description="Which kind of unit delivers the form"
    )
    kilde = source_column()


class AnnetSkjema(Code):
    """A form in the same layout that is not part of the survey: enterprises, churches, health."""

    bears_on_accounts = True

    skjema = dy.String(primary_key=True, regex=r"^[0-9A-Z]{2}$", description="The form's code")
    navn = text_column("Whose accounts it holds")
    kilde = source_column()


class Kommune(DatedCode):
    """A municipal number in a period, with names and place."""

    key = ("kommunenummer",)

    kommunenummer = code_column(4, "The number, four digits")
    navn = text_column("The Norwegian name; not a key: Herøy and Våler occur twice")
    samisk_navn = text_column("The Sámi name, where it is official", nullable=True)
    kvensk_navn = text_column("The Kven name, where it is official", nullable=True)
    fylkesnummer = code_column(2, "The county's number, two digits")
    lon = dy.Float64(
        nullable=True,
        min=-180,
        max=180,
        description="Longitude of the centre of its area, WGS84",
        metadata=unit("grader"),
    )
    lat = dy.Float64(
        nullable=True, min=-90, max=90, description="Latitude of the same", metadata=unit("grader")
    )
    areal_km2 = dy.Float64(
        nullable=True, min=0, description="Area, land and fresh water", metadata=unit("km²")
    )
    kostra_gruppe = dy.String(
        nullable=True, regex=r"^EKG[0-9]{2}$", description="KOSTRA group, the grouping of 2020"
    )


class Fylke(DatedCode):
    """A county in a period."""

    key = ("fylkesnummer",)

    fylkesnummer = code_column(2, "The number, two digits")
    navn = text_column("Its name")
    fylkeskommune = code_column(
        4,
        "The number of its county municipality in account files, four digits; empty for Oslo",
        nullable=True,
    )


class Endring(Code):
    """One old and one new number: renumbering, mergers, splits."""

    bears_on_accounts = True

    fra_nummer = code_column(4, "The number until then, four digits", primary_key=True)
    fra_navn = text_column("Its name")
    til_nummer = code_column(4, "The number from then on", primary_key=True)
    til_navn = text_column("Its name")
    aar = year_column("The first year of the new number", primary_key=True)
    type = one_of(
        "kodebytte",
        "sammenslaaing",
        "deling",
        "grensejustering",
        description="What happened; border adjustments move people but no number and are left out",
    )
    kilde = source_column()


class Folkemengde(Code):
    """The inhabitants on a date, under the number that was valid on it."""

    bears_on_accounts = True

    kommunenummer = code_column(4, "The number, four digits", primary_key=True)
    dato = dy.String(
        primary_key=True, regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="The date, YYYY-MM-DD"
    )
    folkemengde = dy.Int64(min=1, description="Inhabitants", metadata=unit("personer"))
    kilde = source_column()


class Deflator(Code):
    """How much prices and wages of the municipal sector grew in an accounting year: the municipal deflator.

    One row per year: the final number where one was found, the newest, else the newest estimate. A year that was
    found nowhere has no row, and growth at its prices is missing.
    """

    aar = year_column("The accounting year", primary_key=True)
    prisvekst = dy.Float64(
        min=-20,
        max=50,
        allow_nan=False,
        allow_inf=False,
        description="Growth from the year before",
        metadata=unit("prosent"),
    )
    status = one_of(
        "anslag",
        "endelig",
        description=(
            "`anslag`: an estimate, usually without pension costs beyond the growth of wages; `endelig`: as the "
            "ministry has computed it afterwards, with them"
        ),
    )
    kilde = source_column("Where it was read, and whose number it is")
    adresse = dy.String(regex=r"^https://\S+$", description="The address of it")
    dato = dy.String(
        regex=DATE, description="When it was published: year, month or day, as far as it is known"
    )
    merknad = remark_column()


class Stoerrelsesgruppe(Code):
    """A size group of municipalities."""

    bears_on_accounts = True

    gruppe = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    fra = dy.Int64(
        min=0, description="From this many inhabitants, included", metadata=unit("personer")
    )
    til = dy.Int64(
        nullable=True,
        description="Up to this many, included; empty: no bound",
        metadata=unit("personer"),
    )
    rekkefoelge = order_column("Place in the order, the smallest first")
    oppdeling = one_of(
        "hoved",
        "alternativ",
        description="`hoved`: the division; `alternativ`: a group that a choice makes of two",
    )
    kilde = source_column()


class Kostragruppe(DatedCode):
    """A KOSTRA group in a period: municipalities that SSB holds to be comparable; who they are: `kommune.csv`."""

    bears_on_accounts = False
    key = ("gruppe",)

    gruppe = dy.String(regex=r"^EKG[0-9]{2}$", description="Its code in SSB's tables")
    navn = text_column("Its name")
    beskrivelse = text_column("What its municipalities have in common, by SSB's criteria")
    antall_2020 = dy.Int64(
        min=1,
        description="How many municipalities SSB says it had in 2020",
        metadata=unit("antall"),
    )
    merknad = remark_column()


class Saerregion(DatedCode):
    """A region that delivers files without being a unit of the survey: Oslo's districts, Svalbard."""

    key = ("region",)

    region = code_column(6, "The region's code in the files, six digits")
    navn = text_column("Its name")
    enhetstype = one_of("kommune", "fylkeskommune", description="As which kind of unit it delivers")
    grunn = text_column("Why it is no unit of the survey")


class SsbRegion(Code):
    """A pattern of codes in SSB's region dimension, and the kind of region it is."""

    moenster = dy.String(
        primary_key=True,
        regex=r"^\^.*\(.+\).*\$$",
        description="A regular expression; what stands in parentheses is the number",
    )
    regiontype = one_of(
        *REGIONS,
        description=(
            "The kind; what no pattern fits, and a number not valid in the year, is `annet` and "
            "in no sum"
        ),
    )
    kilde = source_column()
    merknad = remark_column()


class SsbTegn(Code):
    """A standard symbol in SSB's tables."""

    merke = dy.String(primary_key=True, min_length=1, description="The symbol")
    betydning = text_column("What it stands for")
    mangler = one_of(*YES_NO, description="`ja`: the value is missing, never zero")
    kilde = source_column()


class Klass(Code):
    """SSB's own codes, groups and formulas, as an edition of Klass has them; written by a command."""

    liste = one_of(
        "art",
        "funksjon",
        "kapittel",
        "gruppe",
        "begrep",
        primary_key=True,
        description="Which list it stands in; `gruppe`: of functions",
    )
    kode = dy.String(primary_key=True, min_length=1, description="The code")
    navn = text_column("Its name")
    omfang = dy.String(
        primary_key=True,
        regex=r"^(kasse|konsolidert|konsern)?$",
        description="Of a concept: the accounts that the formula is of",
    )
    formel = text_column("The functions of a group, or the formula of a concept", nullable=True)
    kilde = source_column()


TABLES: dict[str, type[Table]] = {
    "klass": Klass,
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
    "deflator": Deflator,
    "stoerrelsesgruppe": Stoerrelsesgruppe,
    "kostragruppe": Kostragruppe,
    "saerregion": Saerregion,
    "ssb_region": SsbRegion,
    "ssb_tegn": SsbTegn,
}
