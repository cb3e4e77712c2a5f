"""Schemas of the tables under data/demo/ that the panel is built from."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import DEMO, Table

FIRST, LAST = 2020, 2025
KIND = r"^(kommune|fylkeskommune)$"
NAME = r"^[a-z0-9_]+$"
ANSWER = r"^(ja|nei)$"


class Synthetic(Table):
    """A table of the demo panel: `kilde` says SYNTETISK or names the figure the row is set to."""

    folder = DEMO

    kilde = dy.String(min_length=1)


class Respondenter(Synthetic):
    """Municipalities of the panel (numbers of the last year) and the surveys they answered."""

    kommunenummer = dy.String(primary_key=True, regex=r"^\d{4}$")
    svart_2020 = dy.String(regex=ANSWER)
    svart_2021 = dy.String(regex=ANSWER)
    svart_2022 = dy.String(regex=ANSWER)
    svart_2023 = dy.String(regex=ANSWER)
    svart_2024 = dy.String(regex=ANSWER)
    svart_2025 = dy.String(regex=ANSWER)


class Omraader(Synthetic):
    """Expenditure by service area, million kr: the respondents of the base year together."""

    enhetstype = dy.String(primary_key=True, regex=KIND)
    post = dy.String(primary_key=True, regex=NAME)
    tjenesteomraade = dy.String(regex=NAME)
    drift_2020 = dy.Int64(min=0)
    drift_2021 = dy.Int64(min=0)
    drift_2022 = dy.Int64(min=0)
    drift_2023 = dy.Int64(min=0)
    drift_2024 = dy.Int64(min=0)
    drift_2025 = dy.Int64(min=0)
    investering_2020 = dy.Int64(min=0)
    investering_2021 = dy.Int64(min=0)
    investering_2022 = dy.Int64(min=0)
    investering_2023 = dy.Int64(min=0)
    investering_2024 = dy.Int64(min=0)
    investering_2025 = dy.Int64(min=0)


class Funksjoner(Synthetic):
    """Functions of an area: weights, how many units have it (per thousand), profiles, refunds."""

    funksjon = dy.String(primary_key=True, regex=r"^\d{3}$")
    post = dy.String(regex=NAME)
    vekt_drift = dy.Int64(min=0)
    forekomst = dy.Int64(min=0, max=1000)
    profil = dy.String(regex=NAME)
    sykeloennsrefusjon = dy.Int64(min=0, max=1000)
    mva = dy.Int64(min=0, max=1000)
    inntektsprofil = dy.String(nullable=True, regex=NAME)
    inntekt = dy.Int64(nullable=True, min=0)
    vekt_investering = dy.Int64(min=0)
    investeringsprofil = dy.String(nullable=True, regex=NAME)


class Profiler(Synthetic):
    """Arts of a profile and their weights."""

    profil = dy.String(primary_key=True, regex=NAME)
    art = dy.String(primary_key=True, regex=r"^\d{3}$")
    vekt = dy.Int64(min=1)


class Posteringer(Synthetic):
    """Function and art that a post is booked on; no function: the art on every service function."""

    regnskap = dy.String(regex=r"^(drift|investering)$")
    enhetstype = dy.String(regex=r"^(kommune|fylkeskommune|felles)$")
    post = dy.String(regex=NAME)
    funksjon = dy.String(nullable=True, regex=r"^\d{3}$")
    art = dy.String(regex=r"^\d{3}$")
    vekt = dy.Int64(min=1)


class Konsolidert(Synthetic):
    """What an enterprise adds to the consolidated accounts, per thousand of its turnover."""

    enhetstype = dy.String(regex=KIND)
    regnskap = dy.String(regex=r"^(drift|balanse)$")
    funksjon = dy.String(nullable=True, regex=r"^\d{3}$")
    art = dy.String(nullable=True, regex=r"^\d{3}$")
    kapittel = dy.String(nullable=True, regex=r"^\d{2,4}$")
    sektor = dy.String(nullable=True, regex=r"^\d{3}$")
    vekt = dy.Int64()


class Balanse(Synthetic):
    """Chapter and sector of the posts of the balance sheet."""

    post = dy.String(regex=NAME)
    kapittel = dy.String(primary_key=True, regex=r"^\d{2,4}$")
    sektor = dy.String(primary_key=True, regex=r"^\d{3}$")
    vekt = dy.Int64(min=1)


class Finans(Synthetic):
    """Finance posts per 10 000 of gross operating expenditure, by year."""

    post = dy.String(primary_key=True, regex=NAME)
    enhetstype = dy.String(primary_key=True, regex=KIND)
    andel_2020 = dy.Int64(min=0)
    andel_2021 = dy.Int64(min=0)
    andel_2022 = dy.Int64(min=0)
    andel_2023 = dy.Int64(min=0)
    andel_2024 = dy.Int64(min=0)
    andel_2025 = dy.Int64(min=0)


class Fordeling(Synthetic):
    """Net operating result (per 10 000 of revenue) at a rank (0..100 000) among respondents."""

    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST)
    rang = dy.Int64(primary_key=True, min=0, max=100_000)
    ndr = dy.Int64(min=-9_999, max=9_999)


class Ndr(Synthetic):
    """Net operating result of a survey's respondents (all, by size group), per 10 000 of revenue."""

    enhetstype = dy.String(primary_key=True, regex=KIND)
    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST)
    undersoekelse = dy.Int32(primary_key=True, min=FIRST, max=LAST)
    gruppe = dy.String(primary_key=True, regex=NAME)
    ndr = dy.Int64(min=-9_999, max=9_999)
    etter_bundne_fond = dy.Int64(nullable=True, min=-9_999, max=9_999)
    maate = dy.String(nullable=True, regex=r"^(fortegn|nivaa)$")


class Fylkesfond(Synthetic):
    """Change in the disposition funds of all county municipalities, million kr."""

    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST)
    endring = dy.Int64()


class KoderFoer(Synthetic):
    """Codes of earlier years: `kode` (of the last year) is booked as `brukes` up to `gyldig_til`."""

    type = dy.String(primary_key=True, regex=r"^(funksjon|art|kapittel)$")
    kode = dy.String(primary_key=True, regex=r"^\d{2,4}$")
    brukes = dy.String(regex=r"^\d{2,4}$")
    gyldig_til = dy.Int32(min=FIRST, max=LAST)


class Parametre(Synthetic):
    """Single numbers of the construction, each with its unit and what it does."""

    parameter = dy.String(primary_key=True, regex=NAME)
    verdi = dy.Int64()
    enhet = dy.String(min_length=1)
    hva = dy.String(min_length=1)


SCHEMAS: dict[str, type[Synthetic]] = {
    "respondenter": Respondenter,
    "omraader": Omraader,
    "funksjoner": Funksjoner,
    "profiler": Profiler,
    "posteringer": Posteringer,
    "konsolidert": Konsolidert,
    "balanse": Balanse,
    "finans": Finans,
    "fordeling": Fordeling,
    "ndr": Ndr,
    "fylkesfond": Fylkesfond,
    "koder_foer": KoderFoer,
    "parametre": Parametre,
}
