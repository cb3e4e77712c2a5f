"""What a trail is called on a terminal, in English; pages and tables have it in Norwegian.

Labels alone: names of numbers, units and definitions, verdicts and what a finding says are quoted as they are.
"""

from __future__ import annotations

import re

from kommuneregnskap.numbers.concepts import unsound
from kommuneregnskap.numbers.formulas import FIRST, LAST, SECOND
from kommuneregnskap.survey.survey import Survey

SYNTHETIC = "Synthetic accounts: they say nothing about any real municipality."
UNPASSED = "No unit passed the controls, and errors bear on numbers shown: for your own use only."
KINDS = {
    "sum": "sum",
    "forhold": "ratio of two sums",
    "endring": "change from the year before",
    "vekst": "growth from the year before",
    "endringsandel": "share of a change",
    "lavest": "lowest ratio among the units",
    "hoeyest": "highest ratio among the units",
    "anslag": "estimate for all, group by group",
    "differanse": "difference between two numbers",
    "sum_av_tall": "sum of two numbers",
    "forhold_av_tall": "ratio of two numbers",
    "likt": "the same number",
    "rang_hoeyest": "rank, highest first",
    "rang_lavest": "rank, lowest first",
    "rekke": "years in a row above zero",
    "fast_pris": "growth at fixed prices",
    "prisvekst": "looked up in the table of the deflator",
}
WHO = {
    "svart": "those who answered",
    "svart_utenom_oslo": "those who answered, without Oslo",
    "samme": "those who also answered the year before",
    "fjorandel": "the same ones the year before",
    "ramme": "all who could have answered",
    "ramme_med_oslo": "all, with Oslo",
    "oslo": "Oslo",
}
UNIT_TYPES = {"kommune": "municipalities", "fylkeskommune": "county municipalities"}
PARTS = {FIRST: "numerator", SECOND: "denominator"}
COUNTED = {"enheter": "number of units", "innbyggere": "inhabitants"}
COLUMNS = {
    "vei": "path",
    "ledd og koder": "term and codes",
    "utvidet": "number of codes",
    "rader": "rows",
    "sum": "sum",
    "gruppe": "size group",
    "enheter": "units",
    "bidrag": "contribution",
    "enhet": "unit",
    "verdi": "value",
    "grense": "limit",
    "teller": "counted",
    "aar": "year",
    "rang": "rank",
    "id": "number",
}
CODES = {"arter": "arts", "funksjoner": "functions", "kapitler": "chapters"}
ANSWERS = {"ja": "yes", "nei": "no"}


def warning(survey: Survey) -> str:
    """Return what must be said of the accounts; empty where nothing is the matter."""
    return " ".join([SYNTHETIC] * survey.synthetic + [UNPASSED] * bool(unsound(survey)))


def role(rolle: str) -> str:
    """Return what a sum is in a computation: `numerator of`, `denominator, the year before, of`."""
    if rolle.startswith("bak "):
        return "decides who is counted in"
    part = PARTS[rolle.removesuffix(LAST)]
    return f"{part}, the year before, of" if rolle.endswith(LAST) else f"{part} of"


def codes(counted: str) -> str:
    """Return how many codes a term takes in: `55 arts, 5 functions`."""
    return re.sub(
        r"\b(\d+) (\w+)",
        lambda found: (
            f"{found[1]} {CODES[found[2]].removesuffix('s') if found[1] == '1' else CODES[found[2]]}"
        ),
        counted,
    )
