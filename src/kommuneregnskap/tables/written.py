"""Schemas of the tables that a report leaves beside its page, with dataframely: what their columns are, in bokmål."""

from __future__ import annotations

from typing import Any

import dataframely as dy

from kommuneregnskap.tables.frames import FLAG, KR_1000, NUMBER, SCOPE, YEAR, Enheter, Poster, Tidy
from kommuneregnskap.tables.schemas.columns import ENHETER, one_of, unit, year_column

IN_UNIT, PERCENT, POINTS = (unit(name) for name in ("enhet", "prosent", "prosentpoeng"))
EITHER_PERCENT = unit("prosent eller prosentpoeng")


def _text(description: str) -> dy.String:
    return dy.String(nullable=True, description=description)


def _value(description: str) -> dy.Float64:
    return dy.Float64(nullable=True, description=description, metadata=IN_UNIT)


def _count(description: str) -> dy.Int64:
    return dy.Int64(nullable=True, min=0, description=description, metadata=unit("antall"))


def _whole(description: str, metadata: dict[str, Any] = NUMBER) -> dy.Int64:
    return dy.Int64(nullable=True, description=description, metadata=metadata)


def _number(description: str, metadata: dict[str, Any] | None = None) -> dy.Float64:
    return dy.Float64(nullable=True, description=description, metadata=metadata)


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
        "Den laveste verdien i utvalg: grupper av kommuner trukket blant dem som kan ha svart"
    )
    klamme_oevre = _value("Den høyeste verdien i de samme utvalgene")
    andel_inne = dy.Float64(
        nullable=True,
        description="Andelen av utvalgene som gir en verdi innenfor det trykte intervallet",
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


class Innhold(dy.Schema):
    """innhold.csv: the tables of the report."""

    nr = dy.String(description="Tabellens nummer i rapporten")
    fil = dy.String(description="Filen tabellen står i")
    tittel = dy.String(description="Tabellens tittel")
    enhet = _text("Enheten tallene er i, der den er den samme for hele tabellen, og hvem de er for")
    kilde = dy.String(description="Hvor tallene er fra")
    merknad = _text("Hva en leser må vite om tallene")


class Vist(dy.Schema):
    """Columns of tables and figures of the report that mean the same wherever they stand with these types.

    Those whose meaning hangs on the table (`andel`, `verdi`, `hvem`) are not here: their headings say what they are.
    Numbers without a unit here are in that of the row, or of the table.
    """

    # Years, places, who
    aar = _whole("Regnskapsåret", YEAR)
    gjelder = _whole("Regnskapsåret tallet gjelder", YEAR)
    anbefalt = dy.Float64(
        nullable=True,
        description="Det anbefalte nivået for året; tomt der det ikke er noe",
        metadata=PERCENT,
    )
    region = Enheter.region
    fylke = Enheter.fylke
    folkemengde = Enheter.folkemengde
    gruppe = dy.String(description="Størrelsesgruppen, etter innbyggertall")
    stoerrelsesgruppe = _text("Størrelsesgruppen, i data/codes/stoerrelsesgruppe.csv")
    inndeling = dy.String(
        description="Det gruppene er delt etter: stoerrelsesgruppe, fylke; alle: alle samlet"
    )
    domene = dy.String(description="Gruppen: størrelsesgruppe eller fylke")
    domene_navn = dy.String(description="Gruppens navn")
    kommuner = _count("Hvor mange kommuner")
    enheter = _count("Hvor mange kommuner (fylkeskommuner) som har tallet")
    innenfor = _count("Hvor mange av dem som er innenfor")
    negative = _count("Hvor mange kommuner med beløpet under null")
    tomme = _count("Hvor mange kommuner uten disposisjonsfond")
    svart = _count("Hvor mange kommuner som har svart; på åpne tall hvor mange som er med")
    innbyggere = _whole("Innbyggere i kommunene", unit("personer"))
    median_innbyggere = _number("Medianen av kommunenes innbyggertall", unit("personer"))
    folk = _whole("Innbyggere i kommunene", unit("personer"))
    folkeandel = _number("Andelen av innbyggerne som bor i kommunene", PERCENT)
    alle = _number("Tallet for alle, også dem som ikke har svart")
    kvintil = _whole(
        "Femdelen av kommunene i størrelsesgruppen etter fjorårets resultat, svakest først"
    )
    femdel = _whole("Femdelen av kommunene etter verdien, lavest først")
    x = _number("Sirkelens plass på kartet, østover fra midten", unit("km"))
    y = _number("Sirkelens plass på kartet, nordover fra midten", unit("km"))
    radius = _number("Sirkelens radius på kartet", unit("km"))
    maal = _text("Det som måles")
    skiller = dy.Bool(
        description="Om gruppen skiller seg fra alle: intervallet har ikke med andelen i alt"
    )
    differanse = _number("Andelen av dem som har svart, minus andelen av alle", POINTS)
    standardisert = _number("Differansen delt på standardavviket blant alle", unit("standardavvik"))

    regnskaper = Whose.regnskaper
    kilde = dy.String(description="Kilden det er hentet fra")
    enhet = dy.String(description="Enheten det måles i")

    # Definitions
    linje = _whole("Linjen i tabellen raden er hentet fra")
    tjenesteomraade = _text("Tjenesteområdet i data/definitions/tjenesteomraade.csv")
    omraade = dy.String(description="Tjenesteområdets navn")
    ssb_kode = _text("SSBs kode for området")
    oppdeling = dy.String(
        description="Om området er en del av hovedoppdelingen eller en annen avgrensning"
    )
    rangeres = dy.String(description="Om området er med når områdene rangeres")
    funksjoner = dy.String(description="KOSTRA-funksjonene området er laget av")
    funksjon = Poster.funksjon
    funksjon_navn = dy.String(description="Funksjonens navn")
    begrep_navn = Tidy.begrep_navn
    baand = dy.String(description="Bånd av disposisjonsfond, i data/definitions/fund_bands.csv")
    baand_navn = dy.String(description="Båndet i ord")
    fra = _number("Nedre grense; tom der det ikke er noen")
    til = _number("Øvre grense; tom der det ikke er noen")
    rekkefoelge = _whole("Plassen i rekkefølgen")
    plass = _whole("Gruppens plass i rekkefølgen, de minste kommunene først")
    rang = _whole(
        "Områdets plass, størst eller sterkest vekst først; tom for områder som ikke rangeres"
    )
    rang_lavest = _whole("Områdets plass, svakest vekst først")
    nr = dy.String(description="Antakelsens nummer, i data/definitions/assumptions.csv")
    spoersmaal = dy.String(description="Det antakelsen svarer på")
    alternativer = dy.String(description="Svarene som kan velges")

    # Amounts and growth
    belop = _whole("Beløpet i regnskapsåret", KR_1000)
    naa = _whole("Beløpet i regnskapsåret, de kommunene som er med begge år", KR_1000)
    endring = _whole("Endringen i beløpet fra året før, de samme kommunene begge år", KR_1000)
    endring_pp = _number("Endringen fra trinnet før")
    mrd = _number("Brutto investeringsutgifter", unit("mrd. kr"))
    mill_kr = _number("Brutto investeringsutgifter", unit("mill. kr"))
    per_innbygger = _number("Brutto investeringsutgifter per innbygger", unit("kr per innbygger"))
    andel_av_inntekt = _number(
        "Brutto investeringsutgifter i prosent av brutto driftsinntekter", PERCENT
    )
    netto_pst = _number("Netto driftsresultat i prosent av brutto driftsinntekter, av summene")
    netto_mrd = _number("Netto driftsresultat")
    fylke_inntekt_mrd = _number("Fylkeskommunenes brutto driftsinntekter")
    fond_pst = _number("Disposisjonsfond i prosent av brutto driftsinntekter, av summene")
    fri_egenkapital_pst = _number(
        "Fri egenkapital drift i prosent av brutto driftsinntekter, av summene"
    )
    median_pst = _number("Medianen av kommunenes egne prosenter")
    etter_bundne_fond = _number(
        "Netto driftsresultat etter bundne fond i prosent av brutto driftsinntekter", PERCENT
    )
    andel_negativ = _number("Andelen av kommunene med netto driftsresultat under null", PERCENT)
    andel_tomme = _number("Andelen av kommunene uten disposisjonsfond", PERCENT)
    andel_tomt_fond = _number("Andelen av kommunene uten disposisjonsfond", PERCENT)
    vekst = _number("Veksten fra året før, de samme kommunene begge år", PERCENT)
    vekst_fast_pris = _number("Veksten fra året før i faste priser", PERCENT)
    prisvekst = _number("Prisveksten fra året før etter den kommunale deflatoren", PERCENT)
    mervekst = _number("Veksten i området minus veksten i alle driftsutgiftene", POINTS)
    andel_av_vekst = _number("Områdets andel av veksten i alle driftsutgiftene", PERCENT)
    inntektsvekst = _number("Veksten i brutto driftsinntekter fra året før", PERCENT)
    utgiftsvekst = _number("Veksten i brutto driftsutgifter fra året før", PERCENT)
    inntektsvekst_fast_pris = _number("Veksten i brutto driftsinntekter i faste priser", PERCENT)
    utgiftsvekst_fast_pris = _number("Veksten i brutto driftsutgifter i faste priser", PERCENT)
    inntektsvekst_mrd = _number("Økningen i brutto driftsinntekter fra året før")
    utgiftsvekst_mrd = _number("Økningen i brutto driftsutgifter fra året før")
    gap = _number("Veksten i driftsutgiftene minus veksten i driftsinntektene", POINTS)
    stoerste_avvik_fra_disponeringen = _whole(
        "Den største forskjellen mellom netto driftsresultat og disponeringen av det i en kommune",
        KR_1000,
    )

    # Published numbers
    id = Judged.id
    maaler = Judged.maaler
    publisert = Judged.publisert
    beregnet = _number("Verdien som er regnet ut her")
    beregnet_tekst = Judged.beregnet_tekst
    tall_id = Judged.tall_id
    dom = Judged.dom
    dom_navn = dy.String(description="Vurderingen i ord")
    hvorfor = _text("Grunnen til vurderingen, eller til at noe mangler")
    intervall = Vurdering.intervall
    inne = dy.Bool(
        nullable=True, description="Om den beregnede verdien er innenfor det trykte intervallet"
    )
    antakelser = _text("Antakelsene det gjelder, i data/definitions/assumptions.csv")
    nedre = _number("Nedre ende av intervallet")
    oevre = _number("Øvre ende av intervallet")
    regnestykke = dy.String(
        description="Det de trykte tallene gir, regnet ut som kilden selv må ha gjort"
    )
    resultat = dy.String(description="Det publiserte tallets navn i data/claims")
    resultat_nedre = _number("Nedre ende av intervallet kilden selv oppgir")
    resultat_oevre = _number("Øvre ende av intervallet kilden selv oppgir")
    utgiver = Evidens.utgiver
    utgivelse = _text("Utgivelsen tallet er fra; tom for den lange serien")
    sagt = dy.String(description="Når det ble sagt")
    tekst = dy.String(description="Tallet slik det er trykt, eller hovedtallet i ord")
    kjede = _whole("Nummeret på kjeden av omskrivinger; tom der tallet ikke er skrevet om")
    akse = _number("Plassen på tidsaksen: regnskapsåret og et trinn for hver utgivelse", YEAR)
    serie = dy.String(description="Størrelsen som følges over tid, i data/definitions/series.csv")
    serie_navn = dy.String(description="Størrelsens navn")
    trinn = _whole("Trinnets nummer")
    trinn_navn = dy.String(description="Hva trinnet er")
    viser = dy.String(description="Hva endringen fra trinnet før viser")
    skiller_ikke = dy.String(description="Hva som er med i endringen uten å kunne skilles ut")
    vintage = Whose.vintage

    # Choices made otherwise
    spesifikasjon = dy.String(
        description="Valgene som er gjort annerledes; tom for dem som er vanlige"
    )
    kombinasjon = dy.String(description="som valgt, enkeltvis, eller navnet på flere valg sammen")
    alternativ_navn = dy.String(description="Alternativet til det som er valgt")
    grunn = _text("Hvorfor tallet ikke kan regnes; tom der det kan")
    utfall = dy.String(description="Om tallet eller regnestykket holder")
    endret = dy.Bool(description="Om verdien er en annen enn som valgt")

    # Estimates and the simulation
    slag = dy.String(description="Hva raden er: trykt eller beregnet, en linje eller et punkt")
    anslag_navn = dy.String(description="Anslaget i ord")
    estimator = dy.String(description="Måten å anslå på, i data/definitions/estimators.csv")
    estimator_navn = dy.String(description="Måten å anslå på")
    stoerrelse = dy.String(description="Størrelsen som anslås")
    stoerrelse_navn = dy.String(description="Navnet på størrelsen som anslås")
    hovedtall = dy.Bool(description="Om størrelsen er et av hovedtallene")
    standardfeil = _number("Anslagets standardfeil")
    df = _number("Frihetsgrader i konfidensintervallet", unit("antall"))
    mekanisme = dy.String(description="Hvem som svarer, i data/definitions/response_mechanisms.csv")
    mekanisme_navn = dy.String(description="Hvem som svarer")
    sann = _number("Den sanne verdien i de oppdiktede regnskapene")
    skjevhet = _number("Snittet av anslagene minus den sanne verdien")
    skjevhet_nedre = _number("Skjevheten, nedre ende av det trekningene lar være usikkert")
    skjevhet_oevre = _number("Skjevheten, øvre ende av det trekningene lar være usikkert")
    standardavvik = _number("Anslagenes standardavvik over trekningene")
    rmse = _number("Roten av snittet av de kvadrerte feilene")
    dekning = _number("Andelen av intervallene som har med den sanne verdien", PERCENT)
    dekning_nedre = _number("Dekningen, nedre ende av det trekningene lar være usikkert", PERCENT)
    dekning_oevre = _number("Dekningen, øvre ende av det trekningene lar være usikkert", PERCENT)
    trekk = _count("Trekninger av hvem som svarer")
    anslag = _count("Trekninger som gir et anslag")
    froe = _whole("Frøet trekningene er gjort med")
    kommando = dy.String(description="Kommandoen som lager simuleringen")
    oddsforhold = _number(
        "Det oddsen for å svare ganges med for hvert standardavvik bedre resultat", unit("forhold")
    )
    odds_nedre = _number("Oddsforholdet, nedre ende av intervallet", unit("forhold"))
    odds_oevre = _number("Oddsforholdet, øvre ende av intervallet", unit("forhold"))
    skjevhet_pp = _number("Anslaget for alle minus det alle har")

    # Those who did not answer
    vippepunkt = dy.String(description="Funnet, i data/definitions/tipping.csv")
    paastand = _text("Det publiserte tallet grensen er av; tom for grenser i tipping.csv")
    grense = _number("Grensen tallet for alle skulle nå")
    vippe = _number(
        "Det de som mangler, måtte ha hatt samlet for at tallet skulle nå grensen", EITHER_PERCENT
    )
    regnet = _number("Det de som mangler, regnes å ha samlet", EITHER_PERCENT)
    gruppe_lav = _number("Laveste størrelsesgruppe blant dem som har svart", EITHER_PERCENT)
    gruppe_hoey = _number("Høyeste størrelsesgruppe blant dem som har svart", EITHER_PERCENT)
    trukket_lav = _number(
        "Like store grupper trukket blant dem som har svart, nedre ende", EITHER_PERCENT
    )
    trukket_hoey = _number(
        "Like store grupper trukket blant dem som har svart, øvre ende", EITHER_PERCENT
    )
    p10 = _number(
        "Tiende prosentil av dem som har svart, vektet til størrelsene som mangler", EITHER_PERCENT
    )
    median = _number(
        "Medianen av dem som har svart, vektet til størrelsene som mangler", EITHER_PERCENT
    )
    p90 = _number(
        "Nittiende prosentil av dem som har svart, vektet til størrelsene som mangler",
        EITHER_PERCENT,
    )
    like_ytterlige = _number(
        "Andelen av dem som har svart, som ligger ved vippepunktet eller forbi det", PERCENT
    )
    mangler = _count("Hvor mange kommuner som mangler")
    mangler_folk = _whole("Innbyggere i kommunene som mangler", unit("personer"))
    trukket_nedre = _number("Trukne utvalg minus alle, nedre ende av den midterste delen")
    trukket_midt = _number("Trukne utvalg minus alle, medianen")
    trukket_oevre = _number("Trukne utvalg minus alle, øvre ende av den midterste delen")

    kilde_for_figuren = dy.String(
        description="Hvem sine regnskaper tallene er av, slik det står under figuren"
    )
