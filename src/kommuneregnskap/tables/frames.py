"""Schemas of the frame at every stage, with dataframely. Amounts are Int64 in 1000 kr.

What a column holds is said in bokmål: a notebook shows it.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    ENHETER,
    code_column,
    one_of,
    unit,
    year_column,
)

YEAR, NUMBER, FLAG, KR_1000 = (unit(name) for name in ("år", "nummer", "ja/nei", "1000 kr"))
KINDS = ("kommune", "fylkeskommune")
KIND = rf"^({'|'.join(KINDS)})$"
LINK = "Samme verdi for enheter som er den samme på tvers av kodebytter og sammenslåinger"
UNIT_NUMBER = "Kommune- eller fylkeskommunenummer (fire siffer)"
SCOPE = "Hvilket regnskap: kasse, konsolidert eller konsern"
CONCEPT = "Begrepet i data/definitions/indicators.csv"
EITHER = "kommune eller fylkeskommune"


class Poster(dy.Schema):
    """Ledger, appropriation accounts: summed amounts in 1000 kr with the sign of the file."""

    aar = year_column("Regnskapsår", primary_key=True).with_metadata(YEAR)
    region = code_column(4, UNIT_NUMBER, primary_key=True).with_metadata(NUMBER)
    regnskapsomfang = dy.String(primary_key=True, description=SCOPE)
    regnskap = dy.String(primary_key=True, description="drift eller investering")
    funksjon = code_column(3, "KOSTRA-funksjon i data/codes/funksjon.csv", primary_key=True)
    art = code_column(3, "KOSTRA-art i data/codes/art.csv", primary_key=True)
    belop = dy.Int64(
        description="Beløp med filens fortegn: inntekter er negative", metadata=KR_1000
    )


class Balanse(dy.Schema):
    """Ledger, balance sheet: 1000 kr; assets positive, debt and equity negative."""

    aar = year_column("Regnskapsår", primary_key=True).with_metadata(YEAR)
    region = code_column(4, UNIT_NUMBER, primary_key=True).with_metadata(NUMBER)
    regnskapsomfang = dy.String(primary_key=True, description=SCOPE)
    kapittel = dy.String(
        primary_key=True,
        regex=r"^[0-9]{2,4}$",
        description="Balansekapittel i data/codes/kapittel.csv",
    )
    sektor = dy.String(primary_key=True, description="Sektor i data/codes/sektor.csv")
    belop = dy.Int64(
        description="Eiendeler positive, gjeld og egenkapital negative", metadata=KR_1000
    )


class Indikatorer(dy.Schema):
    """Evaluated definitions: 1000 kr with the natural sign; no service area means the total."""

    aar = year_column("Regnskapsår").with_metadata(YEAR)
    region = code_column(4, UNIT_NUMBER).with_metadata(NUMBER)
    regnskapsomfang = dy.String(description=SCOPE)
    begrep = dy.String(description=CONCEPT)
    tjenesteomraade = dy.String(nullable=True, description="Tjenesteområdet; tom for hele kommunen")
    belop = dy.Int64(description="Beløp med naturlig fortegn", metadata=KR_1000)

    @dy.rule()
    def one_row_per_key(cls) -> pl.Expr:
        """Each unit has each concept and area once (a primary key may not hold the empty area)."""
        return pl.struct(
            "aar", "region", "regnskapsomfang", "begrep", "tjenesteomraade"
        ).is_unique()


class LinkedIndikatorer(Indikatorer):
    """Evaluated definitions of all years of a survey, with who is who across them."""

    kobling = code_column(4, LINK).with_metadata(NUMBER)
    type = dy.String(regex=KIND, description=EITHER)


class Enheter(dy.Schema):
    """Units of the frame in one accounting year, which accounts they have, and whether they answered."""

    aar = year_column("Undersøkelsens regnskapsår", primary_key=True).with_metadata(YEAR)
    region = code_column(4, UNIT_NUMBER, primary_key=True).with_metadata(NUMBER)
    navn = dy.String(description="Enhetens navn")
    fylke = dy.String(description="Fylkets navn")
    type = dy.String(regex=KIND, description=EITHER)
    folkemengde = dy.Int64(
        nullable=True,
        min=1,
        description="Innbyggere 1. januar året etter",
        metadata=unit("personer"),
    )
    stoerrelsesgruppe = dy.String(
        nullable=True, description="Størrelsesgruppe; tom for fylkeskommuner"
    )
    kobling = code_column(4, LINK).with_metadata(NUMBER)
    har_drift = dy.Bool(description="Om det finnes driftsregnskap for enheten", metadata=FLAG)
    har_balanse = dy.Bool(description="Om det finnes balanse for enheten", metadata=FLAG)
    svart = dy.Bool(description="Om enheten er med blant dem som svarte", metadata=FLAG)


class Tidy(dy.Schema):
    """All indicators of all units and years as one long frame, percentages among them, and a row for every unit."""

    aar = year_column("Regnskapsår").with_metadata(YEAR)
    region = code_column(4, f"{UNIT_NUMBER} i regnskapsåret").with_metadata(NUMBER)
    navn = dy.String(nullable=True, description="Enhetens navn i regnskapsåret")
    begrep = dy.String(description=f"{CONCEPT}; enheter: en rad for hver enhet i undersøkelsens år")
    begrep_navn = dy.String(description="Begrepets navn")
    tjenesteomraade = dy.String(
        nullable=True,
        description="Tjenesteområdet i data/definitions/tjenesteomraade.csv; tom for hele kommunen",
    )
    verdi = dy.Float64(
        description="Verdien i den enheten som står i raden, i løpende priser",
        metadata=unit("enhet"),
    )
    enhet = dy.String(description="1000 kr, prosent eller antall")
    verdi_faste_priser = dy.Float64(
        nullable=True,
        description=(
            "Beløpet i prisene i undersøkelsens år, etter den kommunale deflatoren "
            "(data/codes/deflator.csv); tom der deflatoren mangler for et år imellom, og for prosent og antall"
        ),
        metadata=KR_1000,
    )
    innbyggere_i_aaret = dy.Int64(
        nullable=True,
        description="Innbyggere i enheten i regnskapsåret, på datoen som er valgt for året",
        metadata=unit("personer"),
    )
    fylke = dy.String(
        nullable=True, description="Fylkets navn i undersøkelsens år; tomt for enheter som er borte"
    )
    kobling = code_column(4, LINK).with_metadata(NUMBER)
    enhetstype = dy.String(regex=KIND, description=EITHER)
    fylkesnummer = code_column(
        2, "Fylket i undersøkelsens år; tomt for enheter som er borte", nullable=True
    ).with_metadata(NUMBER)
    kostra_gruppe = dy.String(
        nullable=True,
        description="SSBs KOSTRA-gruppe (inndelingen fra 2020); tom for fylkeskommuner",
    )
    stoerrelsesgruppe = dy.String(
        nullable=True,
        description="Størrelsesgruppe etter innbyggere i undersøkelsens år; tom for fylkeskommuner",
    )
    innbyggere = dy.Int64(
        nullable=True,
        description="Innbyggere i enheten i undersøkelsens år, på datoen som er valgt",
        metadata=unit("personer"),
    )
    svart = dy.Bool(
        description="Om enheten er med blant dem som svarte i undersøkelsens år", metadata=FLAG
    )
    svarte_i_aaret = dy.Bool(
        description="Om enheten svarte på undersøkelsen for radens eget regnskapsår", metadata=FLAG
    )
    sammenliknes_foer = dy.Bool(
        description=(
            "Om beløpet er med når regnskapsåret holdes mot året før: de samme enhetene, som alle "
            "har svart, med regnskap begge år"
        ),
        metadata=FLAG,
    )
    sammenliknes_etter = dy.Bool(
        description="Om beløpet er med når året etter holdes mot regnskapsåret", metadata=FLAG
    )
    regnskaper = dy.String(
        description="Hvem sine regnskaper raden er av: leverte, aapne tall eller syntetiske"
    )
    vintage = dy.String(
        nullable=True,
        description="Av åpne tall: forelopig (ureviderte) eller endelig (reviderte); ellers tom",
    )


class Tall(dy.Schema):
    """Section numbers; `verdi` is missing where the accounts do not carry it.

    enheter: how many municipalities (counties) have all that the number needs; av: how many it is said of. Of a number
    made of others, those of the one that fewest have; empty where it is of no units.
    """

    id = dy.String(primary_key=True, regex=r"^[a-z]+(\.[a-z0-9_]+)+$")
    aar = year_column(primary_key=True)
    verdi = dy.Float64(nullable=True)
    enhet = one_of(*ENHETER)
    enheter = dy.Int64(nullable=True, min=0)
    av = dy.Int64(nullable=True, min=0)


# What a notebook explores, as `kr.overview` lists it: `tidy(survey)`, and attributes of a survey.
SHOWN: dict[str, type[dy.Schema]] = {
    "tidy": Tidy,
    "enheter": Enheter,
    "indikatorer": LinkedIndikatorer,
    "poster": Poster,
    "balanse": Balanse,
}
