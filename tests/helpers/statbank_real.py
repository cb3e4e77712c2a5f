"""A StatBank as SSB's own was seen to be in 2026, with invented figures.

Seen, by others, in public code, stored answers and notes of April to September 2026: 891 regions in the municipalities'
tables, 839 of them numbers, historical ones and double names among them; 17 areas and 80 functions; a label written
«driftresultat»; 40 calls a minute, told in headers alone; how a refusal looks (`PxWebServer.as_ssb`); notes, and in
the unrevised figures of March 2026 no number for the country without Oslo. Which of our functions are among the 80,
what a table has besides what is asked for, and how a label of a function reads, was not seen: they are as in Klass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank.catalogue import Row
from tests.helpers import statbank_tables
from tests.helpers.pxweb_server import PxWebServer, Table, Value, running
from tests.helpers.statbank_tables import COUNTRY, IDS, OVERLAPPING, WITHOUT_OSLO

LIMIT = (40, 60.0)  # calls in seconds
REGIONS, NUMBERS, FUNCTIONS, ARTS = 891, 839, 97, 35
FIRST_YEAR = 2015
REVISED, UNREVISED = "2026-06-15T06:00:00Z", "2026-03-16T07:00:00Z"
NOTE = "Tall for landet uten Oslo publiseres ikke 16. mars 2026"
AREA_LABELS = {
    "FGK1a": "Politisk styring og kontrollvirksomhet, kommune",
    "FGK1b": "Administrasjon, kommune",
    "FGK1c": "Fellesutgifter, kommune",
    "FGK2": "Kultursektoren, kommune",
    "FGK3": "Plan, byggesak og miljø, kommune",
    "FGK4": "Næringsforvaltning, kommune",
    "FGK5": "Samferdsel, kommune",
    "FGK6a": "Eiendomsforvaltning, kommune",
    "FGK7": "Barnehage",
    "FGK8b": "Grunnskole",
    "FGK9": "Helse- og omsorg",
    "FGK12": "Sosialsektoren samlet",
    "FGK13": "Barnevern",
    "FGK14": "Vann, avløp, renovasjon, avfall (VAR)",
    "FGK15": "Kirke",
    "FGK16": "Kommunale boliger",
    "FGK17": "Brann- og ulykkesvern",
}
FINANCE = ("850", "860", "870", "880")
CODELISTS = (
    *("Landet", "Alle kommuner", "Kommuner 2024-", "Kommuner 2020-2023", "Alle fylker"),
    "KOSTRA-grupperinger",
)


@contextmanager
def serve_real(
    years: Sequence[int],
    *,
    updated: str = REVISED,
    limit: tuple[int, float] = LIMIT,
    value: statbank_tables.ValueOf | None = None,
) -> Iterator[PxWebServer]:
    """Run such a server with figures of `years`; of an update in March without the country without Oslo.

    value: what its tables say (`invented`).
    """
    found = statbank_tables.national(years, value or invented, updated=updated)
    with running() as server:
        server.as_ssb, server.zipped, server.enforced, server.retry_after = True, True, limit, None
        server.add(*(_as_seen(table, years, updated) for table in found))
        yield server


def invented(row: Row, region: str, year: int, code: str | None) -> Value:
    """Return `statbank_tables.flat`, with amounts of the size that a municipality's are."""
    found = statbank_tables.flat(row, region, year, code)
    return found if isinstance(found, str) or row.enhet == "prosent" else int(found or 0) * 1000


def bundled(figures: pl.DataFrame) -> statbank_tables.ValueOf:
    """Return what says the figures that come with the project, and `invented` of what they do not have.

    figures: their values (`schemas.statbank.Verdier`). Of an area, its first function has all of it.
    """
    known = {
        (region, year, begrep, area): int(amount)
        for region, year, begrep, area, amount in figures.select(
            "region", "aar", "begrep", "tjenesteomraade", "verdi"
        ).iter_rows()
    }
    areas = figures["tjenesteomraade"].drop_nulls().unique().to_list()
    owners: dict[tuple[int, str], tuple[str, int]] = {}
    for year in figures["aar"].unique():
        of_year = tables.valid("tjenesteomraade", year).filter(
            pl.col("tjenesteomraade").is_in(areas)
        )
        for area, code in of_year.select("tjenesteomraade", "ssb_kode").iter_rows():
            made_of = statbank_tables.made_of("kommune", (year,))[code][year]
            owners |= {(year, code): (area, 1), (year, made_of[0]): (area, 1)}
            owners |= {(year, each): (area, 0) for each in made_of[1:]}

    def value(row: Row, region: str, year: int, code: str | None) -> Value:
        area, share = (None, 1) if code is None else owners.get((year, code), ("", 1))
        found = known.get((region, year, row.begrep, area))
        if found is None or row.regnskapsomfang != "konsern":
            return invented(row, region, year, code)
        return found * share * row.fortegn

    return value


def regions() -> dict[str, str]:
    """Return the 891 region codes of the municipalities' tables with labels."""
    known = tables.read("kommune").sort("gyldig_fra").unique("kommunenummer", keep="last")
    numbers = {
        number: f"{' - '.join(filter(None, names))}{f' (2020-{until})' if until else ''}"
        for number, *names, until in known.select(
            "kommunenummer", "navn", "samisk_navn", "kvensk_navn", "gyldig_til"
        ).iter_rows()
    } | {"0301": "Oslo - Oslove", "5001": "Trondheim - Tråante"}
    former = tables.read("kommune_endring").select("fra_nummer", "fra_navn")
    numbers = {number: f"{name} (-2019)" for number, name in former.iter_rows()} | numbers
    more = (f"{number:04d}" for number in count(2201) if f"{number:04d}" not in numbers)
    numbers |= dict.fromkeys(islice(more, NUMBERS - len(numbers)), "Nedlagt (-2019)")
    counties = tables.read("fylke").unique("fylkesnummer", keep="last")
    own = {
        f"EKA{number}": name for number, name in counties.select("fylkesnummer", "navn").iter_rows()
    }
    old = [f"EKA{number:02d}" for number in (1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 17, 19, 20)]
    return {
        COUNTRY: "Landet",
        WITHOUT_OSLO: "Landet uten Oslo",
        **own,
        **dict.fromkeys(old, "Fylke (-2019)"),
        **{f"EKG{number:02d}": f"KOSTRA-gruppe {number:02d}" for number in range(1, 18)},
        **dict(sorted(numbers.items())),
    }


def functions() -> dict[str, str]:
    """Return the 80 functions with labels: those of municipalities of all years, and four of finance."""
    known = tables.read("funksjon").cast({"nivaa": pl.String, "type": pl.String})
    own = known.filter((pl.col("nivaa") == "kommune") & (pl.col("type") == "tjeneste"))
    finance = known.filter(pl.col("funksjon").is_in(FINANCE))
    return dict(pl.concat([own, finance]).select("funksjon", "navn").iter_rows())


def _as_seen(table: Table, years: Sequence[int], updated: str) -> Table:
    of_counties = table.dims[0].id == statbank_tables.COUNTY_REGION
    for dim in table.dims:
        if dim.label == "region" and not of_counties:
            dim.codes = regions()
            dim.codelists = tuple(
                {"id": f"agg_KOGkommuneregion0000054{place:02d}", "label": f"Uttrekk for {name}"}
                for place, name in enumerate(CODELISTS)
            )
        elif dim.label == "funksjon" and not of_counties:
            dim.codes = functions() | AREA_LABELS
        elif dim.label == "år":
            dim.codes = {str(year): str(year) for year in range(FIRST_YEAR, max(years) + 1)}
        elif dim.id == IDS["statistikkvariabel"]:
            dim.codes = {code: misspelt(label) for code, label in dim.codes.items()}
        elif dim.label == "art" and table.id == "12367":
            dim.codes |= {
                f"A{number}0": f"Art {number}0" for number in range(1, ARTS + 1 - len(dim.codes))
            }
    table.label = table.label.replace("(K)", "statistikkvariabel og år (K)")
    table.notes = (NOTE, "Se rettelogg.")
    table.discontinued = False
    if updated == UNREVISED:
        without = {key for key in table.cells if key[0] == WITHOUT_OSLO}
        table.cells |= dict.fromkeys(without, "..")
    assert OVERLAPPING[0] in AREA_LABELS
    return table


def misspelt(label: str) -> str:
    """Return a label as SSB writes it."""
    return label.replace(
        "Netto driftsresultat i prosent", "Netto driftresultat i prosent av brutto driftsinntekter"
    )
