"""Section numbers: what each is made of, its value, and its parts down to the rows."""

from kommuneregnskap.numbers import trail, unit_sheet
from kommuneregnskap.numbers.sections import (
    all_numbers,
    funds,
    investments,
    places,
    respondents,
    results,
    sector_costs,
    some_numbers,
)

__all__ = [
    "all_numbers",
    "funds",
    "investments",
    "places",
    "respondents",
    "results",
    "sector_costs",
    "some_numbers",
    "trail",
    "unit_sheet",
]
