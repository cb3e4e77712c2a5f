"""What units with invented accounts are called: running numbers under invented counties, and nothing else.

An invented unit is as large as a real one, and is renumbered, merged and divided when that one is; of its number and
name no real unit can be told. Invented numbers begin where no county's number has ever been, so that a number says
itself whether it is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

from kommuneregnskap.tables import reader

FIRST_COUNTY = 61  # no county of Norway has had a number above 56
COUNTY = "Oppdiktet fylke"
OF_COUNTY, OF_MUNICIPALITY = "Oppdiktet fylkeskommune", "Oppdiktet kommune"
CHANGES = ("kommune_endring", "fylke_endring")
# The tables that numbers are read from: what is kept of them is kept as long as they are the same.
NUMBERED = ("kommune", "fylke", *CHANGES)


@reader.made_of(*NUMBERED)
def numbers() -> pl.DataFrame:
    """Return the invented number of every number there is or was: nummer, oppdiktet (four digits).

    Counties are numbered from FIRST_COUNTY, municipalities in each of them from 1, what is newer after what is older
    and else in an order that says nothing; a county's own accounts have 00, as most real ones.
    """
    counties = reader.read("fylke").select(nummer="fylkeskommune", fra="gyldig_fra").drop_nulls()
    known = [
        reader.read("kommune").select(nummer="kommunenummer", fra="gyldig_fra"),
        counties,
        *(
            part
            for name in CHANGES
            for changes in [reader.read(name)]
            for part in (
                changes.select(nummer="fra_nummer", fra=pl.lit(None, pl.Int32)),
                changes.select(nummer="til_nummer", fra=pl.col("aar").cast(pl.Int32)),
            )
        ),
    ]
    since = (
        pl.concat([each.with_columns(pl.col("fra").cast(pl.Int32)) for each in known])
        .group_by("nummer")
        .agg(pl.col("fra").min().fill_null(0))
        .with_columns(
            fylke=county_number(pl.col("nummer")),
            tilfeldig=_unordered(pl.col("nummer")),
            eget=pl.col("nummer").is_in(_own(counties)),
        )
    )
    of_county = (
        since.group_by("fylke")
        .agg(pl.col("fra").min())
        .sort("fra", _unordered(pl.col("fylke")))
        .with_columns(fylke_nr=pl.int_range(FIRST_COUNTY, FIRST_COUNTY + pl.len()))
    )
    running = pl.when("eget").then(0).otherwise((~pl.col("eget")).cum_sum().over("fylke"))
    return (
        since.sort("fylke", "fra", "tilfeldig")
        .with_columns(lopenr=running)
        .join(of_county.select("fylke", "fylke_nr"), on="fylke")
        .select("nummer", oppdiktet=_padded("fylke_nr") + _padded("lopenr"))
        .sort("nummer")
    )


def _own(counties: pl.DataFrame) -> list[str]:
    """Return the numbers of counties' own accounts, past ones too."""
    changes = reader.read("fylke_endring")
    found = pl.concat([counties["nummer"], changes["fra_nummer"], changes["til_nummer"]])
    return found.unique().to_list()


def renumbered(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return rows with the invented numbers in place of the real ones in `columns` (four digits)."""
    known = numbers()
    return rows.with_columns(
        pl.col(columns).replace_strict(known["nummer"], known["oppdiktet"], return_dtype=pl.String)
    )


def beside(regions: Iterable[str]) -> list[str]:
    """Return regions (six digits) and those of the units that are invented as like them."""
    like = _like()
    known = list(regions)
    return known + [like[each[:4]] + each[4:] for each in known if each[:4] in like]


@reader.made_of(*NUMBERED)
def _like() -> dict[str, str]:
    return dict(numbers().iter_rows())


def renamed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return units (region, type: invented numbers) with the names of them and their counties in navn and fylke."""
    county = county_number(pl.col("region"))
    name = (
        pl.when(pl.col("type") == "kommune")
        .then(pl.format("{} {}", pl.lit(OF_MUNICIPALITY), "region"))
        .otherwise(pl.format("{} {}", pl.lit(OF_COUNTY), county))
    )
    return rows.with_columns(navn=name, fylke=pl.format("{} {}", pl.lit(COUNTY), county))


def county_number(number: pl.Expr) -> pl.Expr:
    """Return the number of the county that a municipality or a county's accounts belong to, of a four-digit number."""
    return number.str.slice(0, 2)


def _unordered(text: pl.Expr) -> pl.Expr:
    return text.map_elements(
        lambda each: hashlib.sha256(f"oppdiktet {each}".encode()).hexdigest(),
        return_dtype=pl.String,
    )


def _padded(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.zfill(2)
