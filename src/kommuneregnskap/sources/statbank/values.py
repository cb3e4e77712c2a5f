"""Answers as values of the concepts: `schemas.statbank.Verdier`."""

from __future__ import annotations

from datetime import date, datetime

import dataframely as dy
import polars as pl

from kommuneregnskap.sources.statbank import functions
from kommuneregnskap.sources.statbank.catalogue import OTHER_REGION, region_types, symbols
from kommuneregnskap.sources.statbank.jsonstat import STATUS, VALUE
from kommuneregnskap.sources.statbank.plan import Plan, Term
from kommuneregnskap.support.errors import ServerError
from kommuneregnskap.tables.schemas.statbank import Verdier

KEY = ["tabell", "regnskapsomfang", "aar", "region", "begrep", "tjenesteomraade", "enhet"]
NO_SYMBOL = "uten tegn"
UNREVISED = ((3, 15), (6, 15))  # from, up to: SSB's publication of unrevised and of revised figures
PRELIMINARY, FINAL = "forelopig", "endelig"


def vintage_of(updated: str, year: int) -> str:
    """Return the vintage of a year's figures in a table that was `updated` then (ISO date or time).

    `forelopig` from 15 March up to, not including, 15 June of the year after; `endelig` otherwise.
    Source: SSB publishes unrevised KOSTRA figures on 15 March and revised ones on 15 June, and
    marks them by nothing but the time of the update. Raises ValueError for what is no date.
    """
    first, last = (date(year + 1, month, day) for month, day in UNREVISED)
    return PRELIMINARY if first <= date.fromisoformat(updated[:10]) < last else FINAL


def same_time(one: object, other: object) -> bool:
    """Return whether two texts are the same point in time, however they are written."""
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(str(other))
    except (ValueError, TypeError):
        return str(one) == str(other)


def build(plan: Plan, cells: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the values of one table (`Verdier`, sorted by its key), and what there is to say of them.

    cells: `jsonstat.Cells.frame` of all answers together. SSB's symbols for missing values stay missing with
    the symbol in `merke`, also where the answer has a number beside it; so does a symbol that is not known, and that
    is said. A concept of several terms is missing where one of them is. Regions of no kind in the year are `annet`, and
    kept only where they have a value. Raises ServerError where cells are missing or come twice.
    """
    different = cells.select(pl.struct(list(plan.selection)).hash().n_unique()).item()
    if not len(cells) == plan.cells == different:
        raise ServerError(
            f"StatBank gave {len(cells)} cells of table {plan.meta.tabell}, asked for {plan.cells}; "
            "ask again later"
        )
    known = symbols()
    present = [each for each, missing in known.items() if not missing]
    gone = pl.col(VALUE).is_null() | ~pl.col(STATUS).is_in(present).fill_null(value=True)
    marked = cells.with_columns(
        pl.when(~gone).then(VALUE).alias(VALUE),
        merke=pl.when(gone).then(pl.col(STATUS).fill_null(NO_SYMBOL)),
    )
    found = [_of_term(marked, plan, term) for term in plan.terms]
    sums = (
        pl.concat([frame for frame, _ in found])
        .group_by(KEY)
        .agg(
            pl.when(pl.col(VALUE).is_not_null().all()).then(pl.col(VALUE).sum()).alias(VALUE),
            pl.col("merke").drop_nulls().first(),
        )
    )
    odd = cells.filter(~pl.col(STATUS).is_in(list(known)).fill_null(value=True))
    said = [
        *(
            f"the symbol «{symbol}», which is not known, in {count} cells: taken as missing"
            for symbol, count in odd.group_by(STATUS).len().sort(STATUS).iter_rows()
        ),
        *(
            f"{term.row.begrep}: {each}"
            for term, (_, notes) in zip(plan.terms, found, strict=True)
            for each in notes
        ),
    ]
    return checked(_typed(plan, sums)), said


def _typed(plan: Plan, sums: pl.DataFrame) -> pl.DataFrame:
    """Return values with the kind of their region in the year, and the vintage of the year's figures."""
    years = sorted(sums["aar"].unique())
    regions = sorted(sums["region"].unique())
    kinds = pl.concat(
        [
            region_types(regions, year).select(
                pl.lit(year, dtype=pl.Int32).alias("aar"), "region", "regiontype"
            )
            for year in years
        ]
    )
    vintages = pl.DataFrame(
        {"aar": years, "vintage": [vintage_of(plan.meta.updated, year) for year in years]},
        schema={"aar": pl.Int32, "vintage": pl.String},
    )
    whole = sums.join(kinds, on=["aar", "region"]).join(vintages, on="aar")
    return whole.filter((pl.col("regiontype") != OTHER_REGION) | pl.col(VALUE).is_not_null())


def _of_term(cells: pl.DataFrame, plan: Plan, term: Term) -> tuple[pl.DataFrame, list[str]]:
    row = term.row
    own = cells.filter(*(pl.col(each) == code for each, code in term.fixed.items()))
    area = pl.lit(None, dtype=pl.String)
    tidy = own.select(
        tabell=pl.lit(row.tabell),
        regnskapsomfang=pl.lit(row.regnskapsomfang),
        aar=pl.col(plan.time).cast(pl.Int32),
        region=plan.region,
        begrep=pl.lit(row.begrep),
        kode=pl.col(term.function) if term.function else area,
        enhet=pl.lit(row.enhet),
        verdi=pl.col(VALUE) * row.fortegn + 0.0,  # no negative zero
        merke="merke",
    ).filter(pl.col("aar").is_in(row.years))
    if not term.function:
        return tidy.rename({"kode": "tjenesteomraade"}).select(*KEY, VALUE, "merke"), []
    found, said = functions.added(tidy, term.areas)
    named = found.with_columns(
        pl.when(pl.col(VALUE).is_null()).then(pl.col("merke").fill_null(NO_SYMBOL)).alias("merke"),
        **{
            name: pl.lit(getattr(row, name))
            for name in ("tabell", "regnskapsomfang", "begrep", "enhet")
        },
    )
    return named.select(*KEY, VALUE, "merke"), sorted(said)


def checked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return values in the order of their columns and key, checked against `Verdier`."""
    names = Verdier.column_names()
    ordered = frame.select(names).sort(
        "regnskapsomfang", "aar", "tabell", "begrep", "tjenesteomraade", "region", nulls_last=False
    )
    result: dy.DataFrame[Verdier] = Verdier.validate(ordered)
    return result
