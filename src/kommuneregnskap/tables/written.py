"""Schemas of the tables that a report leaves beside its page, with dataframely: what their columns are, in bokmål."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.frames import FLAG, NUMBER, SCOPE, YEAR
from kommuneregnskap.tables.schemas.columns import ENHETER, one_of, unit, year_column

IN_UNIT, PERCENT = unit("enhet"), unit("prosent")


def _text(description: str) -> dy.String:
    return dy.String(nullable=True, description=description)


def _value(description: str) -> dy.Float64:
    return dy.Float64(nullable=True, description=description, metadata=IN_UNIT)


def _count(description: str) -> dy.Int64:
    return dy.Int64(nullable=True, min=0, description=description, metadata=unit("antall"))


class Whose(dy.Schema):
    """What every row says of the accounts that it is of."""

    regnskaper = dy.String(
        description="Hvem sine regnskaper raden er av: leverte, aapne tall eller syntetiske"
    )
    uttrekk = _text("Uttrekket av de åpne tallene, med dagen de ble hentet")
    vintage = _text("Av åpne tall: forelopig (ureviderte) eller endelig (reviderte)")
    valg = _text("Åpne valg som er gjort annerledes enn vanlig")


class Tall(Whose):
    """tall.csv: every section number of the report."""

    id = dy.String(description="Tallets navn i data/definitions/numbers.csv")
    aar = year_column("Regnskapsåret tallet er for").with_metadata(YEAR)
    verdi = _value("Verdien; tom der regnskapene ikke har det som trengs")
    enhet = one_of(*ENHETER, description="Enheten som verdien er i")
    enheter = _count("Hvor mange kommuner (fylkeskommuner) som har alt tallet trenger")
    av = _count("Hvor mange tallet er sagt om")


class Judged(dy.Schema):
    """What a published number and its verdict are called wherever they stand."""

    id = dy.String(description="Det publiserte tallets navn i data/claims")
    seksjon = dy.String(description="Delen av rapporten, i data/definitions/sections.csv")
    maaler = dy.String(description="Hva tallet måler")
    publisert = dy.String(description="Tallet slik det er trykt")
    enhet = one_of(*ENHETER, description="Enheten som verdiene er i")
    beregnet = _value("Verdien som er regnet ut her; tom der regnskapene ikke har det som trengs")
    beregnet_tekst = dy.String(description="Den beregnede verdien i ord")
    klamme_nedre = _value(
        "Klammen: den laveste verdien i grupper av kommuner trukket blant dem som kan ha svart"
    )
    klamme_oevre = _value("Klammen: den høyeste verdien i de samme gruppene")
    andel_inne = dy.Float64(
        nullable=True,
        description="Andelen av de trukne gruppene som gir en verdi innenfor det trykte intervallet",
        metadata=PERCENT,
    )
    dom = dy.String(description="Vurderingen av tallet")
    merke = _text(
        "Ved siden av vurderingen: selvmotsigelse der kildens egen regning ikke gir tallet, uforenlig der "
        "flere kilders ikke gjør det"
    )
    hvorfor = dy.String(description="Hvorfor vurderingen er slik")
    tall_id = _text("Tallet det holdes mot, i data/definitions/numbers.csv")


class Vurdering(Judged, Whose):
    """vurdering.csv: every published number of the year with its verdict on these accounts."""

    verdi = _value("Det trykte tallet")
    nedre = _value("Nedre ende av det trykte intervallet, som følger av sifre og ord")
    oevre = _value("Øvre ende av det trykte intervallet")
    intervall = dy.String(description="Det trykte intervallet i ord")
    enheter = _count("Hvor mange kommuner (fylkeskommuner) som har alt tallet trenger")
    av = _count("Hvor mange tallet er sagt om")
    avvik = _value("Beregnet minus trykt")
    aar = year_column("Regnskapsåret tallet er for").with_metadata(YEAR)
    antakelser = _text("Antakelsene tallet hviler på, i data/definitions/assumptions.csv")
    kilde = dy.String(description="Hvor tallet er publisert")
    sted = _text("Hvor i kilden det står")


class Evidens(Judged):
    """evidens.csv: every published number of the year, tried on every source at hand."""

    utgiver = dy.String(description="Hvem som har publisert tallet")
    grunnlag = dy.String(description="Kilden det er prøvd mot: kostra, ssb eller demo")
    syntetisk = one_of("ja", "nei", description="Om regnskapene er oppdiktet", nullable=True)
    plass = dy.Int64(description="Plassen blant kildene, den beste først", metadata=NUMBER)
    best = one_of("ja", "nei", description="Om raden er den en leser ser først", nullable=True)
    omfang = dy.String(description=SCOPE)
    utvalg = _text("Hvilke kommuner: et utvalg av de åpne tallene, eller respondenter")
    vintage = _text("Av åpne tall: forelopig (ureviderte) eller endelig (reviderte)")
    kan_gis_av = _text("Kilden som ville gitt en verdi, der ingen virkelig kilde her gjør det")


class Funn(Whose):
    """kontroll.csv: what the controls found in the account files."""

    aar = year_column("Regnskapsår").with_metadata(YEAR)
    kontroll = dy.String(description="Kontrollen i data/definitions/controls.csv")
    navn = dy.String(description="Hva kontrollen krever")
    alvorlighet = dy.String(description="Hvor alvorlig et brudd er")
    region = _text("Enhetens nummer i filen (seks siffer); tomt der det ikke er kjent")
    enhet = _text("Enhetens navn")
    skjema = _text("Skjemaet som filen er av")
    fil = _text("Filen, i mappen med regnskapene")
    linjer = _text("De første linjene det gjelder")
    antall = _count("Hvor mange brudd det er")
    felt = _text("Feltet det gjelder")
    funnet = _text("Verdien som står der")
    tillatt = _text("Hva som er tillatt")
    differanse = dy.Int64(
        nullable=True, description="Differansen der kontrollen har en", metadata=unit("1000 kr")
    )
    tiltak = dy.String(description="Hva som kan gjøres med det")
    kan_regnes = one_of("ja", "nei", description="Om beløpene kan brukes likevel").with_metadata(
        FLAG
    )


class Avstemming(Whose):
    """avstemming.csv: what the open figures add up to, held against SSB's own rows."""

    aar = year_column("Regnskapsår").with_metadata(YEAR)
    kontroll = dy.String(description="sum: av kommunene; prosent: av beløpene bak den")
    tabell = dy.String(description="SSBs tabell i Statistikkbanken")
    regnskapsomfang = dy.String(description=SCOPE)
    begrep = dy.String(description="Begrepet i data/definitions/indicators.csv")
    tjenesteomraade = _text("Tjenesteområdet; tomt for hele kommunen")
    enhet = dy.String(description="Enheten som beløpene er i: 1000 kr eller prosent")
    region = dy.String(description="SSBs kode for raden")
    regiontype = dy.String(description="Hva SSBs rad er av: et fylke, landet, landet uten Oslo …")
    beregnet = _value("Det kommunenes rader gir")
    ssb = _value("Det SSBs egen rad har")
    differanse = _value("Beregnet minus SSBs")
    enheter = _count("Hvor mange kommuner som skulle vært i summen")
    mangler = _count("Hvor mange av dem som ikke har noe tall")
    grense = _value("Hvor stor differansen kan være")
    innenfor = one_of("ja", "nei", description="Om den er innenfor grensen", nullable=True)
    forklaring = _text("Hva SSBs rad er: en sum, en avrunding eller et estimat")
