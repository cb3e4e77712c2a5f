"""Evaluates the definitions in data/definitions/indicators.csv on the ledger.

Integers (1000 kr) all the way; percentages are left to `percent`, so that they can be taken of one
unit or of a sum of units alike. The sums are those of `sums`, as for Statistics Norway's hierarchies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import sums
from kommuneregnskap.indicators.sums import Groups, Part, Table
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables.definitions import (
    BALANCE,
    PERCENT,
    PERCENT_SIGN,
    Term,
    areas,
    evaluation_order,
    leaves,
    terms,
)

KEY = ("aar", "region", "regnskapsomfang")
UNIT = (*KEY, "regnskap")
EVERYWHERE = ""  # in the place of a service area: all functions


def evaluate(
    poster: pl.LazyFrame, balanse: pl.LazyFrame, year: int, own: Sequence[Term] | None = None
) -> pl.DataFrame:
    """Evaluate all definitions for the units of one year; own: these in their place.

    In: `frames.Poster` and `frames.Balanse`. Out: `frames.Indikatorer` with one row per unit and
    concept (`tjenesteomraade` null), and per service area for concepts that are defined on areas.
    A unit without balance sheet has no balance concepts; a concept that refers to a missing one is
    missing too, never zero; one that is defined for another scope (`omfang`) is missing as well.
    Unit: 1000 kr, natural sign. Raises UsageError for amounts too large to be added.
    """
    found = [term for term in own or terms(year) if term.regnskap != PERCENT]
    accounts = [term for term in found if not term.begreper and term.regnskap != BALANCE]
    balance = [term for term in found if not term.begreper and term.regnskap == BALANCE]
    by_area = [term for term in accounts if term.omraader]
    of_year = pl.col("aar") == year
    posted, balances = pl.collect_all([poster.filter(of_year), balanse.filter(of_year)])
    services = areas(year).select("funksjon", "tjenesteomraade")
    of_accounts = _sums(posted, accounts, _functions(posted, accounts, services))
    chapters = balances.rename({"kapittel": "funksjon", "sektor": "art"})
    of_balance = _sums(
        chapters.with_columns(regnskap=pl.lit(BALANCE)), balance, _chapters(chapters, balance)
    )
    totals = _of_area(of_accounts, EVERYWHERE).join(
        _of_area(of_balance, EVERYWHERE), on=KEY, how="full", coalesce=True
    )
    _, standing = sums.runs_of(posted, [*KEY, "funksjon"])
    present = standing.unique().join(services, on="funksjon")
    served = present.select(*KEY, "tjenesteomraade").unique()
    return (
        pl.concat(
            [
                _long(_combined(found, totals), found).with_columns(
                    tjenesteomraade=pl.lit(None, dtype=pl.String)
                ),
                _long(
                    _combined(by_area, served.join(of_accounts, on=served.columns, how="left")),
                    by_area,
                ),
            ],
            how="diagonal",
        )
        .select(*KEY, "begrep", "tjenesteomraade", "belop")
        .sort(*KEY, "begrep", "tjenesteomraade", nulls_last=False)
    )


def by_function(poster: pl.LazyFrame, year: int, begrep: str) -> pl.DataFrame:
    """Return what a concept is made of by function, over all rows of the year: funksjon, belop (1000 kr).

    In: `frames.Poster`, and a concept that is defined on accounts, directly or through others. Functions of zero are
    left out; sorted.
    """
    posted = poster.filter(pl.col("aar") == year).collect()
    used, arts = (posted[name].unique().to_list() for name in ("funksjon", "art"))
    each = [
        sums.evaluate(
            posted.filter(pl.col("regnskap") == term.regnskap),
            {code: {code: 1} for code in term.funksjoner or used},
            {begrep: dict.fromkeys(term.arter or arts, sign * term.fortegn)},
            ("regnskap",),
        )
        for term, sign in leaves(terms(year), begrep)
    ]
    return (
        pl.concat(each)
        .group_by("funksjon")
        .agg(pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .sort("funksjon")
    )


def _functions(
    posted: pl.DataFrame, found: Sequence[Term], services: pl.DataFrame
) -> dict[tuple[str, str], Sequence[str]]:
    """Return the functions of every service area, and everywhere, that count in every term."""
    used = posted["funksjon"].unique().to_list()
    inside = {
        str(area): set(own["funksjon"]) for (area,), own in services.group_by("tjenesteomraade")
    }
    everywhere = {(EVERYWHERE, term.column): term.funksjoner or used for term in found}
    return everywhere | {
        (area, term.column): [code for code in term.funksjoner or used if code in own]
        for area, own in inside.items()
        for term in found
        if term.omraader
    }


def _chapters(
    balances: pl.DataFrame, found: Sequence[Term]
) -> dict[tuple[str, str], Sequence[str]]:
    """Return the chapters that count in every term: in a balance sheet they take the functions' place."""
    used = balances["funksjon"].unique().to_list()
    return {(EVERYWHERE, term.column): term.kapitler or used for term in found}


def _sums(
    rows: pl.DataFrame, found: Sequence[Term], functions: Mapping[tuple[str, str], Sequence[str]]
) -> pl.DataFrame:
    """Return one row per unit and service area with one column per term (1000 kr), zero where nothing is posted.

    rows: UNIT, funksjon, art, belop. functions: which of them count, by area and term.
    """
    used = rows["art"].unique().to_list()
    arts = {_name(term.arter): term.arter or used for term in found}
    tables_ = sums.tables(
        {"belop": [Part(rows, _counted(arts))]},
        _counted({_name(codes): codes for codes in functions.values()}),
        UNIT,
    )
    blocks = ([EVERYWHERE], [area for area, _ in functions if area != EVERYWHERE])
    found_in = [
        _columns(table, found, functions, list(dict.fromkeys(block)))
        for table in tables_
        for block in blocks
    ]
    return pl.concat(found_in, how="diagonal").group_by(*KEY, "tjenesteomraade").agg(pl.all().sum())


def _columns(
    table: Table,
    found: Sequence[Term],
    functions: Mapping[tuple[str, str], Sequence[str]],
    areas_: Sequence[str],
) -> pl.DataFrame:
    """Return the sums of terms in some service areas, a row per account and area of a unit: of that account alone."""
    function = {name: place for place, name in enumerate(table.functions)}
    art = {name: place for place, name in enumerate(table.arts)}
    of_account = {
        name: (table.units["regnskap"] == name).to_numpy()[:, None]
        for name in {term.regnskap for term in found}
    }
    added = [
        pl.Series(
            term.column,
            (
                table.amounts["belop"][
                    :,
                    [function[_name(functions[area, term.column])] for area in areas_],
                    art[_name(term.arter)],
                ]
                * (term.fortegn * of_account[term.regnskap])
            ).ravel(),
        ).cast(pl.Int64)
        for term in found
        if all((area, term.column) in functions for area in areas_)
    ]
    each = pl.int_range(len(table.units), eager=True).repeat_by(len(areas_)).explode().drop_nulls()
    area = pl.Series("tjenesteomraade", list(areas_) * len(table.units), pl.String)
    return table.units[each].select(KEY).with_columns(area, *added)


def _name(codes: Sequence[str]) -> str:
    """Name a set of codes by itself: what is asked for twice is summed once."""
    return ",".join(codes)


def _counted(groups: Mapping[str, Sequence[str]]) -> Groups:
    return {name: dict.fromkeys(codes, 1) for name, codes in groups.items()}


def _of_area(added: pl.DataFrame, area: str) -> pl.DataFrame:
    return added.filter(pl.col("tjenesteomraade") == area).drop("tjenesteomraade")


def _combined(found: list[Term], added: pl.DataFrame) -> pl.DataFrame:
    """Add up the terms of each concept, those it refers to first; null where a part is missing."""
    for begrep in evaluation_order(found):
        parts = [
            pl.col(term.begreper) * term.fortegn if term.begreper else pl.col(term.column)
            for term in found
            if term.begrep == begrep
        ]
        added = added.with_columns(pl.sum_horizontal(parts, ignore_nulls=False).alias(begrep))
    return added


def _long(wide_frame: pl.DataFrame, found: list[Term]) -> pl.DataFrame:
    index = [name for name in (*KEY, "tjenesteomraade") if name in wide_frame.columns]
    concepts = list(dict.fromkeys(term.begrep for term in found))
    scopes = {term.begrep: term.omfang for term in found if term.omfang}
    meant = pl.col("begrep").replace_strict(scopes, default=None, return_dtype=pl.String)
    return (
        wide_frame.unpivot(concepts, index=index, variable_name="begrep", value_name="belop")
        .drop_nulls("belop")
        .filter(meant.is_null() | (meant == pl.col("regnskapsomfang")))
    )


def wide(indikatorer: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the total of each concept as a column, summed over everything but `keys`.

    In: `frames.Indikatorer` (further columns may serve as keys). Out: keys, then one Int64 column
    per concept (1000 kr). A concept that a unit lacks stays null for that unit.
    """
    totals = indikatorer.filter(pl.col("tjenesteomraade").is_null())
    return (
        totals.group_by(*keys, "begrep")
        .agg(pl.col("belop").sum())
        .pivot("begrep", index=list(keys), values="belop", sort_columns=True)
        .sort(keys)
    )


def completed(totals: pl.DataFrame, year: int) -> pl.DataFrame:
    """Add the concepts of `year` that a source does not give as columns without amounts.

    In and out: the frame of `wide`; Int64, 1000 kr, null.
    """
    defined = tables.valid("indicators", year).filter(
        pl.col("regnskap").cast(pl.String) != "prosent"
    )
    lacking = set(defined["begrep"]) - set(totals.columns)
    return totals.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in sorted(lacking))


def total(amount: str | pl.Expr, needed: int = 1) -> pl.Expr:
    """Return the sum of a column or expression; null, not 0, where nobody has an amount in it.

    needed: how many must have one (`Survey.needed`); with fewer it is null too.
    """
    amount = pl.col(amount) if isinstance(amount, str) else amount
    return pl.when(amount.count() >= max(needed, 1)).then(amount.sum())


def percent(begrep: str, year: int) -> pl.Expr:
    """Return a percentage that indicators.csv defines, over the columns of `wide`.

    Unit: percent. Null where the denominator is missing or not positive, never 0. Raises DataError
    for a name that is no percentage of the table.
    """
    row = tables.valid("indicators", year).filter(
        (pl.col("begrep") == begrep) & (pl.col("regnskap") == "prosent")
    )
    if row.is_empty():
        raise DataError(
            tables.file_of("indicators"),
            field="begrep",
            value=begrep,
            allowed="a row with regnskap prosent",
        )
    numerator, denominator = row["begreper"][0].split(PERCENT_SIGN)
    return ratio(pl.col(numerator), pl.col(denominator)).alias(begrep)


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return 100 · numerator / denominator in percent; null where the denominator is not positive."""
    return pl.when(denominator > 0).then(100 * numerator / denominator)
