"""The municipal deflator: how much prices and wages of the municipal sector grew, year by year.

The ministry of finance makes it; data/codes/deflator.csv has what was found of it. A year that the table lacks is
missing: growth at its prices is not known, and nominal growth never stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod

from kommuneregnskap.support.norwegian import number
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.numbers import DEFLATOR

FILE = f"{DEFLATOR}.csv"


@dataclass(frozen=True)
class Deflator:
    """The deflator of one accounting year: prisvekst (percent, from the year before), status, kilde."""

    aar: int
    prisvekst: float
    status: str
    kilde: str


def of_year(year: int) -> Deflator | None:
    """Return the deflator of an accounting year; None where the table has none. Raises DataError as `reader.read`."""
    return _by_year(reader.contents(DEFLATOR)[0]).get(year)


@lru_cache(maxsize=8)
def _by_year(_read: reader.Content) -> dict[int, Deflator]:
    rows = reader.read(DEFLATOR).select("aar", "prisvekst", "status", "kilde").iter_rows()
    return {year: Deflator(year, percent, status, source) for year, percent, status, source in rows}


def percent(year: int) -> float | None:
    """Return the growth of prices from the year before to a year, in percent; None where it is missing."""
    found = of_year(year)
    return None if found is None else found.prisvekst


def factor(year: int, of: int) -> float | None:
    """Return what an amount of a year is multiplied by to be in prices of another year, `of`.

    The growths of prices of the years between, one after the other; None where one of them is missing.
    """
    first, last = sorted((year, of))
    grown = [percent(each) for each in range(first + 1, last + 1)]
    if any(each is None for each in grown):
        return None
    whole = prod(1 + each / 100 for each in grown if each is not None)
    return whole if year <= of else 1 / whole


def real(nominal: float, prices: float) -> float:
    """Return growth at fixed prices, in percent: 100·((1 + nominal/100) / (1 + prices/100) − 1); both in percent."""
    return 100 * ((1 + nominal / 100) / (1 + prices / 100) - 1)


def said(year: int) -> str:
    """Return what prices of a year are counted by, a sentence in bokmål; or that growth at its prices is missing."""
    found = of_year(year)
    if found is None:
        return (
            f"Veksten i faste priser mangler: den kommunale deflatoren for {year} er ikke lagt inn."
        )
    return (
        f"Prisveksten er den kommunale deflatoren for {year}, {number(found.prisvekst, 1)} prosent "
        f"({found.status}; {found.kilde})."
    )
