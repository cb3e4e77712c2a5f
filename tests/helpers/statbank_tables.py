"""StatBank tables for the test server, made from the catalogue itself: its labels, codes, dimensions.

Dimension ids are those of the public documentation. Beside what the catalogue asks for stand codes
that must never get into a number: property management (which overlaps other areas), Svalbard, 9999,
numbers of other years and concepts that are not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank.catalogue import ALTERNATIVES, Row, areas, rows_by_table
from tests.helpers.pxweb_server import Dim, Table, Value

IDS = {
    "region": "KOKkommuneregion0000",
    "regnskapsbegrep": "KOKartkap0000",
    "art": "KOKart0000",
    "balansedata": "KOKkapittel0000",
    "funksjon": "KOKfunksjon0000",
    "regnskapsomfang": "KOKregnskapsomfa0000",
    "statistikkvariabel": "ContentsCode",
    "år": "Tid",
}
OVERLAPPING = ("FGK6a", "Eiendomsforvaltning, kommune")
COUNTRY, WITHOUT_OSLO, SVALBARD, NOWHERE = "EAK", "EAKUO", "2100", "9999"
UPDATED = "2026-06-15T06:00:00Z"
INVENTED_CODE = {
    ("12143", "Disposisjonsfond"): "56",
    ("13542", "Netto driftsresultat i prosent"): "KOSAGD230000",
    ("13542", "Fri egenkapital drift i prosent"): "KOSKG210000",
    ("13542", "Brutto investeringsutgifter i prosent"): "KOSAGI10000",
}
# value(row, region, year, tjenesteomraade or None) → what the table says
ValueOf = Callable[[Row, str, int, str | None], Value]


def regions(years: Sequence[int]) -> dict[str, str]:
    """Return SSB's region codes with labels: numbers of all years, counties, groups, country."""
    known = tables.read("kommune").unique("kommunenummer", maintain_order=True)
    counties = tables.read("fylke")
    groups = known["kostra_gruppe"].drop_nulls().unique().sort()
    return {
        COUNTRY: "Landet",
        WITHOUT_OSLO: "Landet uten Oslo",
        **{f"EKA{n}": navn for n, navn in counties.select("fylkesnummer", "navn").iter_rows()},
        **{each: f"KOSTRA-gruppe {each[3:]}" for each in groups},
        **dict(known.select("kommunenummer", "navn").iter_rows()),
        SVALBARD: "Longyearbyen (Svalbard)",
        NOWHERE: "Uoppgitt kommune",
    }


def first(words: str) -> str:
    return words.split(ALTERNATIVES, maxsplit=1)[0]


def code_of(row: Row) -> str:
    return row.ssb_kode or INVENTED_CODE[(row.tabell, first(row.etikett))]


def national(
    years: Sequence[int],
    value: ValueOf,
    *,
    updated: str = UPDATED,
    only: Sequence[str] | None = None,
) -> list[Table]:
    """Return the catalogue's tables for `years` with the values that `value` gives.

    only: these regions alone (all of SSB's where None). Titles say that the figures are invented.
    """
    codes = regions(years)
    chosen = {code: codes[code] for code in (codes if only is None else only)}
    return [
        _table(tabell, rows, years, value, updated, chosen)
        for tabell, rows in rows_by_table(years).items()
    ]


def _table(
    tabell: str,
    rows: list[Row],
    years: Sequence[int],
    value: ValueOf,
    updated: str,
    region: dict[str, str],
) -> Table:
    row = rows[0]
    by_area = any(each.omraader for each in rows)
    in_contents = row.dimensjon == "statistikkvariabel"
    own = {code_of(each): first(each.etikett) for each in rows}
    dims = [Dim(IDS["region"], "region", region)]
    if row.omfang_kode:
        scopes = {"A": "(Fylkes-)Kommunekonsern", "B": "(Fylkes-)Kommunekasse"}
        dims.append(Dim(IDS["regnskapsomfang"], "regnskapsomfang", scopes))
    functions = {area.ssb_kode: first(area.etikett) for area in areas(years)} if by_area else {}
    if by_area:
        listed = functions | dict([OVERLAPPING])
        dims.append(Dim(IDS["funksjon"], "funksjon", listed))
    percent = row.enhet == "prosent"
    if in_contents:
        contents = own | {"KOSAG110000": "Frie inntekter per innbygger (kr)"}
    else:
        dims.append(Dim(IDS[row.dimensjon], row.dimensjon, own | {"XX1": "Noe annet"}))
        contents = {"KOSbelop0000": "Beløp (1000 kr)", "KOSbelopprinnb0000": "Beløp per innbygger"}
        if percent:
            contents["KOSbelopbrinv0000"] = "Andel av brutto driftsinntekter (prosent)"
    dims.append(
        Dim(IDS["statistikkvariabel"], "statistikkvariabel", contents, decimals=1 if percent else 0)
    )
    dims.append(Dim(IDS["år"], "år", {str(year): str(year) for year in years}))
    table = Table(tabell, f"{tabell}: {row.tittel} (syntetisk), etter region (K)", updated, dims)
    for each in rows:
        _fill(table, each, years, value, list(region), functions)
    return table


def _fill(
    table: Table,
    row: Row,
    years: Sequence[int],
    value: ValueOf,
    region: list[str],
    functions: dict[str, str],
) -> None:
    scope = [row.omfang_kode] if row.omfang_kode else []
    in_contents = row.dimensjon == "statistikkvariabel"
    amount = "KOSbelopbrinv0000" if row.enhet == "prosent" else "KOSbelop0000"
    tail = [code_of(row)] if in_contents else [code_of(row), amount]
    named = {area.ssb_kode: area.tjenesteomraade for area in areas(years)}
    for year in years:
        if year not in row.years:
            continue
        for each in region:
            if not row.omraader:
                table.cells[(each, *scope, *tail, str(year))] = value(row, each, year, None)
                continue
            for code in functions:
                area = named[code].get(year)
                found = value(row, each, year, area) if area else "."
                table.cells[(each, *scope, code, *tail, str(year))] = found
            overlap = (each, *scope, OVERLAPPING[0], *tail, str(year))
            table.cells[overlap] = 4139


@lru_cache(maxsize=16)
def sizes(year: int) -> tuple[frozenset[str], dict[str, int]]:
    """Return the numbers valid in a year, and how many municipalities each county has."""
    known = tables.valid("kommune", year)
    counties = known.group_by("fylkesnummer").agg(pl.len())
    return frozenset(known["kommunenummer"]), dict(counties.iter_rows())


FLAT = {"brutto_driftsinntekter": 1000, "brutto_driftsutgifter": 900}


def flat(row: Row, region: str, year: int, area: str | None) -> Value:
    """Return small invented values: every valid municipality alike, sums that agree, `.` elsewhere.

    Svalbard and 9999 have values too, which must never get into a sum.
    """
    numbers, counties = sizes(year)
    if region in numbers or region in (SVALBARD, NOWHERE):
        count = 1
    elif region in (COUNTRY, WITHOUT_OSLO):
        count = len(numbers) - (region == WITHOUT_OSLO)
    else:
        count = counties.get(region.removeprefix("EKA"), 0)
    if count == 0:
        return "."
    return 10.0 if row.enhet == "prosent" else count * FLAT.get(row.begrep, 100)
