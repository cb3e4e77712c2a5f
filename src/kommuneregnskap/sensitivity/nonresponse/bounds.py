"""How low and how high the headline of all could be, whoever the others are: bounds without a model of who answers."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.estimates.quantities import rule
from kommuneregnskap.sensitivity.nonresponse import contributions
from kommuneregnskap.sensitivity.nonresponse.missing import Case
from kommuneregnskap.survey.survey import Survey

# The numbers of all, and what a sum is measured by.
HEADLINE = {
    "resultat.estimat_pst": None,
    "resultat.estimat_mrd": "brutto_driftsinntekter",
    "resultat.andel_negativ": None,
}
WIDTHS = ("grenser_bredt", "grenser_smalt")  # rules of estimation_rules.csv
SCHEMA = {"tall_id": pl.String, "andel": pl.Int64} | dict.fromkeys(
    ("alle", "nedre", "oevre", "nedre_kommuner", "oevre_kommuner"), pl.Float64
)


def shares() -> tuple[int, ...]:
    """Return how much is taken for granted: the middle percent of those who answered in the size group; 100: all."""
    return 100, *(int(rule(name)) for name in WIDTHS)


def of(survey: Survey) -> pl.DataFrame:
    """Return how low and how high the headline of all municipalities outside Oslo could be.

    Out, a row per number (HEADLINE) and andel (percent): alle (as estimated, in its own unit), nedre and oevre: what it
    would be if every municipality that did not answer lay at the low or the high end of the middle `andel`
    percent of those who answered in its size group; 100: of all of them. nedre_kommuner, oevre_kommuner: the
    same as a number of municipalities, of a share of them. See `missing.Case.within`. Without rows where
    everybody answered, where the source does not know who did, or where nobody of some group did.
    """
    if not survey.gives.respondents:
        return pl.DataFrame(schema=SCHEMA)
    rows = []
    for name, against in HEADLINE.items():
        one = contributions.contribution(name, survey.choices)
        if one is None:
            continue
        one = one if against is None else contributions.against(one, against)
        own = contributions.of(survey, [one])
        if own.is_empty():
            continue
        case = Case.of(survey, one, own)
        count = float(case.groups["kommuner"].sum()) / 100 if one.counted else None
        for share in shares() if case.missing[0] else ():
            ends = case.within(share / 100)
            if ends is not None:
                whole = (None, None) if count is None else tuple(end * count for end in ends)
                rows.append((name, share, case.number(), *ends, *whole))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
