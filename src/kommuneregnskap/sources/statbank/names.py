"""What a reader calls our concepts and Statistics Norway's regions."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue

COUNTRY = {
    "land": "Landet",
    "land_uten_oslo": "Landet uten Oslo",
    "fylkeskommunene": "Fylkeskommunene med Oslo",
    "fylkeskommunene_uten_oslo": "Fylkeskommunene uten Oslo",
}


def concept_name(year: int) -> pl.Expr:
    """Return the Norwegian name of `begrep`, with `tjenesteomraade` where there is one."""
    concepts = tables.valid("indicators", year).unique("begrep", keep="first")
    areas = tables.valid("tjenesteomraade", year)
    name = pl.col("begrep").replace(concepts["begrep"], concepts["navn"])
    area = pl.col("tjenesteomraade").replace(areas["tjenesteomraade"], areas["navn"])
    return (
        pl.when(pl.col("tjenesteomraade").is_null())
        .then(name)
        .otherwise(pl.format("{}: {}", name, area))
    )


def region_names(regions: Iterable[str], year: int, *, synthetic: bool) -> dict[str, str]:
    """Return SSB's region codes with what a reader calls them in `year`.

    Municipalities with number and name, counties by name; on invented figures both with the code alone. A
    code that is neither, nor a row for the country, stands as it is.
    """
    if synthetic:
        typed = catalogue.region_types(sorted(set(regions)), year)
        return {region: COUNTRY.get(kind, region) for region, kind, _ in typed.iter_rows()}
    known = {
        ("kommune", number): f"{number} {name}"
        for number, name in tables.valid("kommune", year)
        .select("kommunenummer", "navn")
        .iter_rows()
    } | {
        ("fylke", number): f"{name} (fylke)"
        for number, name in tables.valid("fylke", year).select("fylkesnummer", "navn").iter_rows()
    }
    known |= {
        ("fylkeskommune", number): f"{name} fylkeskommune"
        for number, name in tables.valid("fylke", year)
        .drop_nulls("fylkeskommune")
        .select("fylkeskommune", "navn")
        .iter_rows()
    }
    typed = catalogue.region_types(sorted(set(regions)), year)
    return {
        region: COUNTRY.get(kind) or known.get((kind, number), region)
        for region, kind, number in typed.iter_rows()
    }
