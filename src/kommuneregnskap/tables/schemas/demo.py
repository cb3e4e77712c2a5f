"""Schemas of the tables under data/demo/ that the panel is built from."""

from __future__ import annotations

import dataframely as dy

from kommuneregnskap.tables.schemas.columns import DEMO, Table, source_column, unit

FIRST, LAST = 2020, 2025
KIND = r"^(kommune|fylkeskommune)$"
NAME = r"^[a-z0-9_]+$"
ANSWER = r"^(ja|nei)$"


class Synthetic(Table):
    """A table of the demo panel: `kilde` says SYNTETISK or names the figure the row is set to."""

    folder = DEMO

    kilde = source_column("`SYNTETISK`, or the figure that the row is set to")


class Respondenter(Synthetic):
    """A municipality of the panel and the surveys it answered."""

    kommunenummer = dy.String(
        primary_key=True,
        regex=r"^[0-9]{4}$",
        description="The real one whose inhabitants it has, by its last number; its own number is an invented one",
    )
    svart_2020 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2020")
    svart_2021 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2021")
    svart_2022 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2022")
    svart_2023 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2023")
    svart_2024 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2024")
    svart_2025 = dy.String(regex=ANSWER, description="Whether it answered the survey of 2025")


class Omraader(Synthetic):
    """Expenditure of a service area, by year: the respondents of the base year together."""

    enhetstype = dy.String(primary_key=True, regex=KIND, description="Which kind of unit")
    post = dy.String(primary_key=True, regex=NAME, description="Id of the post")
    tjenesteomraade = dy.String(regex=NAME, description="The service area it is set to")
    drift_2020 = dy.Int64(
        min=0, description="Operating expenditure of 2020", metadata=unit("million kr")
    )
    drift_2021 = dy.Int64(
        min=0, description="Operating expenditure of 2021", metadata=unit("million kr")
    )
    drift_2022 = dy.Int64(
        min=0, description="Operating expenditure of 2022", metadata=unit("million kr")
    )
    drift_2023 = dy.Int64(
        min=0, description="Operating expenditure of 2023", metadata=unit("million kr")
    )
    drift_2024 = dy.Int64(
        min=0, description="Operating expenditure of 2024", metadata=unit("million kr")
    )
    drift_2025 = dy.Int64(
        min=0, description="Operating expenditure of 2025", metadata=unit("million kr")
    )
    investering_2020 = dy.Int64(
        min=0, description="Investments of 2020", metadata=unit("million kr")
    )
    investering_2021 = dy.Int64(
        min=0, description="Investments of 2021", metadata=unit("million kr")
    )
    investering_2022 = dy.Int64(
        min=0, description="Investments of 2022", metadata=unit("million kr")
    )
    investering_2023 = dy.Int64(
        min=0, description="Investments of 2023", metadata=unit("million kr")
    )
    investering_2024 = dy.Int64(
        min=0, description="Investments of 2024", metadata=unit("million kr")
    )
    investering_2025 = dy.Int64(
        min=0, description="Investments of 2025", metadata=unit("million kr")
    )


class Funksjoner(Synthetic):
    """A function of an area: weights, how many units have it, profile, refunds, investments."""

    funksjon = dy.String(primary_key=True, regex=r"^[0-9]{3}$", description="The function")
    post = dy.String(regex=NAME, description="The post of `omraader.csv`")
    vekt_drift = dy.Int64(
        min=0, description="Its weight in the post's operating expenditure", metadata=unit("vekt")
    )
    forekomst = dy.Int64(
        min=0, max=1000, description="How many units have it", metadata=unit("per 1000")
    )
    profil = dy.String(regex=NAME, description="Arts of its expenditure, of `profiler.csv`")
    sykeloennsrefusjon = dy.Int64(
        min=0, max=1000, description="Refund of sick pay, of wages", metadata=unit("per 1000")
    )
    mva = dy.Int64(
        min=0,
        max=1000,
        description="Value added tax that is compensated, of what it bears on",
        metadata=unit("per 1000"),
    )
    inntektsprofil = dy.String(nullable=True, regex=NAME, description="Arts of its income")
    inntekt = dy.Int64(
        nullable=True, min=0, description="Income, of expenditure", metadata=unit("per 1000")
    )
    vekt_investering = dy.Int64(
        min=0, description="Its weight in the post's investments", metadata=unit("vekt")
    )
    investeringsprofil = dy.String(nullable=True, regex=NAME, description="Arts of its investments")


class Profiler(Synthetic):
    """An art of a profile and its weight."""

    profil = dy.String(primary_key=True, regex=NAME, description="The profile")
    art = dy.String(primary_key=True, regex=r"^[0-9]{3}$", description="The art")
    vekt = dy.Int64(min=1, description="Its weight in the profile", metadata=unit("vekt"))


class Posteringer(Synthetic):
    """The function and art that a post is booked on; `foretak_`: of an enterprise, in consolidated accounts."""

    regnskap = dy.String(regex=r"^(drift|investering)$", description="Which account")
    enhetstype = dy.String(
        regex=r"^(kommune|fylkeskommune|felles)$", description="Which kind of unit; `felles`: both"
    )
    post = dy.String(regex=NAME, description="The post")
    funksjon = dy.String(
        nullable=True,
        regex=r"^[0-9]{3}$",
        description="The function; empty: the art on every service function",
    )
    art = dy.String(regex=r"^[0-9]{3}$", description="The art")
    vekt = dy.Int64(min=1, description="Its weight in the post", metadata=unit("vekt"))


class Balanse(Synthetic):
    """The chapter and sector of a post of the balance sheet."""

    post = dy.String(regex=NAME, description="The post")
    kapittel = dy.String(primary_key=True, regex=r"^[0-9]{2,4}$", description="The chapter")
    sektor = dy.String(primary_key=True, regex=r"^[0-9]{3}$", description="The sector")
    vekt = dy.Int64(min=1, description="Its weight in the post", metadata=unit("vekt"))


class Finans(Synthetic):
    """A finance post, by year."""

    post = dy.String(primary_key=True, regex=NAME, description="The post")
    enhetstype = dy.String(primary_key=True, regex=KIND, description="Which kind of unit")
    andel_2020 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2020", metadata=unit("per 10 000")
    )
    andel_2021 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2021", metadata=unit("per 10 000")
    )
    andel_2022 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2022", metadata=unit("per 10 000")
    )
    andel_2023 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2023", metadata=unit("per 10 000")
    )
    andel_2024 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2024", metadata=unit("per 10 000")
    )
    andel_2025 = dy.Int64(
        min=0, description="Of gross operating expenditure of 2025", metadata=unit("per 10 000")
    )


class Fordeling(Synthetic):
    """The net operating result at a rank among respondents."""

    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST, description="Accounting year")
    rang = dy.Int64(
        primary_key=True,
        min=0,
        max=100_000,
        description="The rank among respondents, the lowest first",
        metadata=unit("per 100 000"),
    )
    ndr = dy.Int64(
        min=-9_999,
        max=9_999,
        description="Net operating result, of revenue",
        metadata=unit("per 10 000"),
    )


class Ndr(Synthetic):
    """The net operating result of a survey's respondents, all or a size group."""

    enhetstype = dy.String(primary_key=True, regex=KIND, description="Which kind of unit")
    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST, description="Accounting year")
    undersoekelse = dy.Int32(
        primary_key=True, min=FIRST, max=LAST, description="The survey whose respondents they are"
    )
    gruppe = dy.String(primary_key=True, regex=NAME, description="The size group, or all")
    ndr = dy.Int64(
        min=-9_999,
        max=9_999,
        description="Net operating result, of revenue",
        metadata=unit("per 10 000"),
    )
    etter_bundne_fond = dy.Int64(
        nullable=True,
        min=-9_999,
        max=9_999,
        description="The same after movements of bound funds",
        metadata=unit("per 10 000"),
    )
    maate = dy.String(
        nullable=True,
        regex=r"^(fortegn|nivaa)$",
        description=(
            "How they are moved to reach it: `nivaa`: all a little; `fortegn`: the positive "
            "results only"
        ),
    )


class Fylkesfond(Synthetic):
    """The change in the disposition funds of all county municipalities."""

    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST, description="Accounting year")
    endring = dy.Int64(description="The change in the year", metadata=unit("million kr"))


class KoderFoer(Synthetic):
    """A code of the last year and what it is booked as up to a year."""

    type = dy.String(
        primary_key=True, regex=r"^(funksjon|art|kapittel)$", description="What kind of code"
    )
    regnskap = dy.String(
        nullable=True, regex=r"^(drift|investering)$", description="In which account; empty: in all"
    )
    kode = dy.String(
        primary_key=True, regex=r"^[0-9]{2,4}$", description="The code of the last year"
    )
    brukes = dy.String(regex=r"^[0-9]{2,4}$", description="What it is booked as")
    gyldig_til = dy.Int32(min=FIRST, max=LAST, description="Up to this accounting year, included")


class Parametre(Synthetic):
    """A single number of the construction."""

    parameter = dy.String(primary_key=True, regex=NAME, description="Its id")
    verdi = dy.Int64(description="The number", metadata=unit("enhet"))
    enhet = dy.String(min_length=1, description="Its unit")
    hva = dy.String(min_length=1, description="What it does")


class Targets(Synthetic):
    """A published number that the panel is calibrated to, with its interval, apart from the claims."""

    id = dy.String(primary_key=True, min_length=1, description="The section number")
    aar = dy.Int32(primary_key=True, min=FIRST, max=LAST, description="Accounting year")
    verdi = dy.Float64(nullable=True, description="The number", metadata=unit("enhet"))
    fra = dy.Float64(nullable=True, description="The lower end", metadata=unit("enhet"))
    til = dy.Float64(nullable=True, description="The upper end", metadata=unit("enhet"))
    enhet = dy.String(min_length=1, description="The unit of the number")
    hva = dy.String(min_length=1, description="What it measures")
    antakelse = dy.String(
        regex=ANSWER, description="Whether it rests on an assumption, not on a published number"
    )
    settes = dy.String(
        regex=ANSWER,
        description="Whether the other tables set it; else it follows from what they set",
    )


TABLES: dict[str, type[Synthetic]] = {
    "respondenter": Respondenter,
    "omraader": Omraader,
    "funksjoner": Funksjoner,
    "profiler": Profiler,
    "posteringer": Posteringer,
    "balanse": Balanse,
    "finans": Finans,
    "fordeling": Fordeling,
    "ndr": Ndr,
    "fylkesfond": Fylkesfond,
    "koder_foer": KoderFoer,
    "parametre": Parametre,
    "targets": Targets,
}
