"""An invented unit that posts an amount on every code, and what the definition tables make of it.

Any code added to or left out of any definition moves one of its numbers: no amount is zero, and those of a code have
one sign. What the numbers must be is worked out in plain Python in the tests, from definitions written a second
time there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import evaluate, percent, wide
from kommuneregnskap.tables import bands, reader, units
from kommuneregnskap.tables.definitions import PERCENT
from kommuneregnskap.tables.klass import SCOPES

REGION = "9999"  # no municipality has it
YEARS = range(2020, 2027)  # those in which some code or definition differs from another year
ACCOUNTS = ("drift", "investering")
TWICE = 2  # sectors that a chapter is posted in
CODES = {"funksjon": "funksjon", "art": "art", "kapittel": "kapittel"}  # table → column
NOWHERE = "-"  # in no band
LARGEST = 99_991  # a prime: amounts repeat late
# Shares (percent) and inhabitants at the limits of bands and groups, and beside them.
STEP = 0.001
LIMITS = (5.0, 10.0, 15.0, 25.0)
BESIDE = tuple(limit + step for limit in LIMITS for step in (-STEP, 0.0, STEP))
SHARES = (-1.0, -0.4, 0.0, STEP, 0.4, *BESIDE)
PEOPLE = (0, 2999, 3000, 9999, 10_000, 19_999, 20_000, 50_000, 50_001)
USED_UP = (bands.ZERO_OR_LESS, bands.ZERO, bands.ROUNDS_TO_ZERO)
ENDS = (bands.OVER_0_UNDER_5, bands.OVER_0_TO_5, bands.FROM_0_UNDER_5)

Values = dict[str, object]


@dataclass(frozen=True)
class Posted:
    """What the unit posts in every year: `frames.Poster` and `frames.Balanse` of one year without `aar`."""

    poster: pl.DataFrame
    balanse: pl.DataFrame


def amount(account: int, first: int, second: int) -> int:
    """Return what is posted on two codes of an account (1000 kr): above zero, and hardly twice the same."""
    return 1 + (account * 31_337 + first * first * 7_919 + second * second * 104_729) % LARGEST


def negative() -> set[str]:
    """Return the arts and chapters whose amounts are negative in a file: income, debt and equity."""
    arts = tables.read("art").filter(pl.col("side").cast(pl.String) == "inntekt")["art"]
    of_debt = pl.col("type").cast(pl.String).is_in(["gjeld", "egenkapital"])
    return {*arts, *tables.read("kapittel").filter(of_debt)["kapittel"]}


def codes() -> dict[str, list[str]]:
    """Return the codes that count in any year, by table of codes: in order, each once."""
    return {
        name: tables.read(name)[column].unique().sort().to_list() for name, column in CODES.items()
    }


def posted(known: dict[str, list[str]]) -> Posted:
    """Return the records of the unit: every function with every art in both accounts, every chapter in two sectors.

    So in accounts of the usual scope; in those of others, which try whom a concept is for, every art on one function
    alone. known: the codes to post on, as `codes` gives them; also those that a year does not have, so that a
    definition that takes them in too early or too late is seen.
    """
    minus = negative()
    accounts = [
        (name, funksjon, art, (-1 if art in minus else 1) * amount(place, int(funksjon), int(art)))
        for place, name in enumerate(ACCOUNTS)
        for funksjon, art in product(known["funksjon"], known["art"])
    ]
    sectors = tables.read("sektor")["sektor"].head(TWICE)
    balances = [
        (
            *(kapittel, sektor),
            (-1 if kapittel in minus else 1) * amount(len(ACCOUNTS), int(kapittel), int(sektor)),
        )
        for kapittel, sektor in product(known["kapittel"], sectors)
    ]
    poster = _frame(accounts, ["regnskap", "funksjon", "art", "belop"])
    balanse = _frame(balances, ["kapittel", "sektor", "belop"])
    elsewhere = poster.filter(pl.col("funksjon") == known["funksjon"][0])
    return Posted(_in_scopes(poster, elsewhere), _in_scopes(balanse, balanse))


def _frame(rows: Sequence[tuple[object, ...]], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(region=pl.lit(REGION))


def _in_scopes(rows: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    """Return rows as those of the usual scope, with others in the accounts of every other one."""
    usual, *others = SCOPES
    scopes = [(usual, rows), *((scope, elsewhere) for scope in others)]
    return pl.concat(each.with_columns(regnskapsomfang=pl.lit(scope)) for scope, each in scopes)


def values(of: Posted, year: int) -> Values:
    """Return everything that the definition tables say of the unit in a year, by name.

    Amounts of every concept (1000 kr, natural sign) of accounts of each scope, in all and by service area
    (`kasse begrep@omraade`); every percentage; how each area is used; the codes in force; which band and group every
    limit falls in. Raises DataError where a table is refused.
    """
    own = pl.lit(year, dtype=pl.Int32).alias("aar")
    evaluated = evaluate(
        of.poster.lazy().with_columns(own), of.balanse.lazy().with_columns(own), year
    )
    name = pl.concat_str("begrep", "tjenesteomraade", separator="@", ignore_nulls=True)
    named = pl.concat_str("regnskapsomfang", name, separator=" ")
    found: Values = dict(evaluated.select(named, "belop").iter_rows())
    return found | _percentages(evaluated, year) | _areas(year) | _codes(year) | _limits()


def _percentages(evaluated: pl.DataFrame, year: int) -> Values:
    defined = tables.valid("indicators", year).filter(pl.col("regnskap").cast(pl.String) == PERCENT)
    names = defined["begrep"]
    totals = wide(evaluated, "regnskapsomfang")
    shares = totals.select("regnskapsomfang", *(percent(name, year) for name in names))
    found: Values = {
        f"{scope} {name}": share
        for scope, *row in shares.iter_rows()
        for name, share in zip(names, row, strict=True)
    }
    scopes = defined.select("begrep", pl.col("omfang").cast(pl.String).fill_null("alle"))
    return found | {f"omfang {name}": scope for name, scope in scopes.iter_rows()}


def _areas(year: int) -> Values:
    used = tables.valid("tjenesteomraade", year).select("tjenesteomraade", "oppdeling", "rangeres")
    return {f"omraade {area}": f"{kind} {ranked}" for area, kind, ranked in used.iter_rows()}


def _codes(year: int) -> Values:
    return {
        f"koder {name}": " ".join(tables.valid(name, year)[column].sort())
        for name, column in CODES.items()
    }


@reader.made_of("fund_bands", "stoerrelsesgruppe")
def _limits() -> Values:
    shares = pl.DataFrame({"andel": SHARES})
    found: Values = {
        f"baand {used_up} {ends}": _in_words(
            shares.select(bands.band(pl.col("andel"), used_up, ends))
        )
        for used_up, ends in product(USED_UP, ENDS)
    }
    people = pl.DataFrame({"folk": PEOPLE}).select(units.size_group(pl.col("folk")))
    return found | {"grupper": _in_words(people)}


def _in_words(names: pl.DataFrame) -> str:
    return " ".join(names.to_series().fill_null(NOWHERE))
