"""StatBank tables for the test server, made from the catalogue itself: its labels, codes, dimensions.

Dimension ids are those of the public documentation. Beside what the catalogue asks for stand codes
that must never get into a number: property management (which overlaps other areas), finance functions, Svalbard, 9999,
numbers of other years and concepts that are not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank.catalogue import (
    ALTERNATIVES,
    MUNICIPALITIES,
    Area,
    Row,
    areas,
    function_names,
    rows_by_table,
)
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
COUNTY_REGION = "KOKfylkesregion0000"
OVERLAPPING = ("FGK6a", "Eiendomsforvaltning, kommune")
COUNTRY, WITHOUT_OSLO, SVALBARD, NOWHERE = "EAK", "EAKUO", "2100", "9999"
COUNTIES, COUNTIES_WITHOUT_OSLO, OSLO_AS_COUNTY = "EAFK", "EAFKUO", "0300"
UPDATED = "2026-06-15T06:00:00Z"
INVENTED_CODE = {
    ("12143", "Disposisjonsfond"): "56",
    ("13542", "Netto driftsresultat i prosent"): "KOSAGD230000",
    ("13542", "Fri egenkapital drift i prosent"): "KOSKG210000",
    ("13542", "Brutto investeringsutgifter i prosent"): "KOSAGI10000",
}
# value(row, region, year, function or SSB's code of an area, or None) → what the table says
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


def county_regions() -> dict[str, str]:
    """Return the region codes of the counties' own tables with labels, Oslo as a county among them."""
    counties = tables.read("fylke").drop_nulls("fylkeskommune")
    return {
        COUNTIES: "Landet",
        COUNTIES_WITHOUT_OSLO: "Landet uten Oslo",
        OSLO_AS_COUNTY: "Oslo kommune - Oslo suohkan",
        **{
            number: f"{name} fylkeskommune"
            for number, name in counties.select("fylkeskommune", "navn").iter_rows()
        },
    }


def first(words: str) -> str:
    return words.split(ALTERNATIVES, maxsplit=1)[0]


def code_of(row: Row) -> str:
    return row.ssb_kode or INVENTED_CODE[(row.tabell, first(row.etikett))]


@lru_cache(maxsize=8)
def made_of(enhetstype: str, years: tuple[int, ...]) -> dict[str, dict[int, tuple[str, ...]]]:
    """Return the codes of a table's functions: each function by itself, and the areas that SSB has a row for."""
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    own: list[Area] = [area for area in areas(years, enhetstype) if area.ssb_kode]
    for area in areas(years, enhetstype):
        for year, functions in area.functions.items():
            for code in functions:
                found.setdefault(code, {})[year] = (code,)
    return dict(sorted(found.items())) | {area.ssb_kode: area.functions for area in own}


def function_labels(enhetstype: str, years: Sequence[int]) -> dict[str, str]:
    """Return the codes of the dimension of functions with labels: what is asked for, and what must not be."""
    names = function_names()
    words = {area.ssb_kode: first(area.etikett) for area in areas(years, enhetstype)}
    labels = {
        code: first(names[code]) if code in names else words[code]
        for code in made_of(enhetstype, tuple(years))
    }
    return labels | {"840": first(names["840"]), "870": first(names["870"])} | dict([OVERLAPPING])


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
    codes = regions(years) | county_regions()
    of_counties = county_regions()
    found = []
    for tabell, rows in rows_by_table(years).items():
        own = regions(years) if rows[0].enhetstype == MUNICIPALITIES else of_counties
        chosen = {code: codes[code] for code in own if only is None or code in only}
        found.append(_table(tabell, rows, years, value, updated, chosen))
    return found


def _table(
    tabell: str,
    rows: list[Row],
    years: Sequence[int],
    value: ValueOf,
    updated: str,
    region: dict[str, str],
) -> Table:
    row = rows[0]
    in_contents = row.dimensjon == "statistikkvariabel"
    own = {code_of(each): first(each.etikett) for each in rows}
    of_counties = row.enhetstype != MUNICIPALITIES
    dims = [Dim(COUNTY_REGION if of_counties else IDS["region"], "region", region)]
    if row.omfang_kode:
        scopes = {"A": "(Fylkes-)Kommunekonsern", "B": "(Fylkes-)Kommunekasse"}
        dims.append(Dim(IDS["regnskapsomfang"], "regnskapsomfang", scopes))
    if row.omraader:
        dims.append(Dim(IDS["funksjon"], "funksjon", function_labels(row.enhetstype, years)))
    percent = row.enhet == "prosent"
    if in_contents:
        contents = own | {"KOSAG110000": "Frie inntekter per innbygger (kr)"}
        units = dict.fromkeys(own, "prosent") | {"KOSAG110000": "kr"}
    else:
        dims.append(Dim(IDS[row.dimensjon], row.dimensjon, own | {"XX1": "Noe annet"}))
        contents = {"KOSbelop0000": "Beløp (1000 kr)", "KOSbelopprinnb0000": "Beløp per innbygger"}
        units = {"KOSbelop0000": "1000 kr", "KOSbelopprinnb0000": "kr"}
        if percent:
            contents["KOSbelopbrinv0000"] = "Andel av brutto driftsinntekter (prosent)"
            units["KOSbelopbrinv0000"] = "prosent"
    decimals = 1 if percent else 0
    dims.append(
        Dim(
            IDS["statistikkvariabel"],
            "statistikkvariabel",
            contents,
            decimals=decimals,
            units=units,
        )
    )
    dims.append(Dim(IDS["år"], "år", {str(year): str(year) for year in years}))
    kind = "F" if of_counties else "K"
    label = f"{tabell}: {row.tittel} (syntetisk), etter region ({kind})"
    table = Table(tabell, label, updated, dims, default="." if row.omraader else "..")
    for each in rows:
        _fill(table, each, years, value, list(region))
    return table


def _fill(table: Table, row: Row, years: Sequence[int], value: ValueOf, region: list[str]) -> None:
    scope = [row.omfang_kode] if row.omfang_kode else []
    in_contents = row.dimensjon == "statistikkvariabel"
    amount = "KOSbelopbrinv0000" if row.enhet == "prosent" else "KOSbelop0000"
    tail = [code_of(row)] if in_contents else [code_of(row), amount]
    parts = made_of(row.enhetstype, tuple(years)) if row.omraader else {}
    for year in years:
        if year not in row.years:
            continue
        for each in region:
            if not row.omraader:
                table.cells[(each, *scope, *tail, str(year))] = value(row, each, year, None)
                continue
            for code, functions in parts.items():
                found = value(row, each, year, code) if functions.get(year) else "."
                if found != ".":
                    table.cells[(each, *scope, code, *tail, str(year))] = found
            for code in ("840", "870", OVERLAPPING[0]):
                table.cells[(each, *scope, code, *tail, str(year))] = 4139


@lru_cache(maxsize=16)
def sizes(year: int) -> tuple[frozenset[str], dict[str, int]]:
    """Return the numbers valid in a year, and how many municipalities each county has."""
    known = tables.valid("kommune", year)
    counties = known.group_by("fylkesnummer").agg(pl.len())
    return frozenset(known["kommunenummer"]), dict(counties.iter_rows())


@lru_cache(maxsize=16)
def counties(year: int) -> frozenset[str]:
    """Return the numbers of the counties' own accounts in a year."""
    return frozenset(tables.valid("fylke", year)["fylkeskommune"].drop_nulls())


FLAT = {"brutto_driftsinntekter": 1000, "brutto_driftsutgifter": 900}


def flat(row: Row, region: str, year: int, code: str | None) -> Value:
    """Return small invented values: every valid municipality, county and function alike, sums that agree, else `.`.

    Svalbard and 9999 have values too, which must never get into a sum.
    """
    count = _count(row, region, year)
    if count == 0:
        return "."
    functions = made_of(row.enhetstype, (year,)).get(code or "", {}).get(year, ("",))
    return 10.0 if row.enhet == "prosent" else count * FLAT.get(row.begrep, 100) * len(functions)


def _count(row: Row, region: str, year: int) -> int:
    """Return how many municipalities, or counties, a region is."""
    if row.enhetstype != MUNICIPALITIES:
        whole = {COUNTIES: len(counties(year)) + 1, COUNTIES_WITHOUT_OSLO: len(counties(year))}
        return whole.get(region, int(region in counties(year) or region == OSLO_AS_COUNTY))
    numbers, per_county = sizes(year)
    if region in numbers or region in (SVALBARD, NOWHERE):
        return 1
    if region in (COUNTRY, WITHOUT_OSLO):
        return len(numbers) - (region == WITHOUT_OSLO)
    return per_county.get(region.removeprefix("EKA"), 0)
