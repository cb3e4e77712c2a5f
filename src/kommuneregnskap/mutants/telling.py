"""Surveys on which rows that are alike elsewhere are told apart: who answered and what is missing, odd on purpose.

On the synthetic panel everyone who answered has all accounts of all years, Oslo and no county is missing, and no
result lies at a limit; in the open figures nobody lacks the result. Who is counted, and under which condition, makes
no difference there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from kommuneregnskap.support.cache import digest
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.definitions import BALANCE, leaves, terms

RESULT, REVENUE, FUND = "netto_driftsresultat", "brutto_driftsinntekter", "disposisjonsfond"
JUST = 2  # 1000 kr: within the step that limits are moved by
SOME = 1000  # 1000 kr
EXTREME = 10**7  # 1000 kr: beyond every result
FALLEN = 0.5  # revenue of the year before in the second panel: it grows faster than expenditure
SHARE = "_pst"  # what a percentage of a concept is called by
Amounts = Mapping[tuple[str, int, str], int]  # region, year, concept → 1000 kr


def panels(survey: Survey) -> tuple[Survey, Survey]:
    """Return two surveys of the synthetic panel with odd cases among the smallest who answered.

    Oslo answered, with the accounts of the largest who did; a county did not, and another is new. Of municipalities one
    is new, one had a balance sheet alone, one has none and one had none, two lie at zero, two have no revenue. In the
    first Oslo has the lowest result and no fund, the new one the highest and little; in the second they change places,
    and revenue grew more than expenditure.
    """
    (oslo,) = _oslo(survey)
    now = survey.year
    cases = _with_cases(survey)
    new = _answered(survey, "kommune")[0]

    def extremes(lowest: str, highest: str) -> Amounts:
        results = {(lowest, now, RESULT): -EXTREME, (highest, now, RESULT): EXTREME}
        return results | {(lowest, now, FUND): 0, (highest, now, FUND): little[highest]}

    little = {oslo: 100 * SOME, new: SOME}  # above zero, and under five percent of their revenue
    second = _with_amounts(cases, extremes(new, oslo))
    earlier = (pl.col("aar") == now - 1) & (pl.col("begrep") == REVENUE)
    less = (pl.col("belop") * FALLEN).cast(pl.Int64)
    fallen = pl.when(earlier).then(less).otherwise("belop").alias("belop")
    return (
        _with_amounts(cases, extremes(oslo, new)),
        replace(second, indikatorer=second.indikatorer.with_columns(fallen)),
    )


def _with_cases(survey: Survey) -> Survey:
    now, before = survey.year, survey.year - 1
    counties = _answered(survey, "fylkeskommune")
    new, bare, was_bare, below, above, poor, idle, no_more, *_, largest = _answered(
        survey, "kommune"
    )
    year, region, concept = pl.col("aar"), pl.col("region"), pl.col("begrep")
    gone = pl.any_horizontal(
        region.is_in([new, counties[1]]) & (year == before),
        (region == bare) & (year == now) & concept.is_in(_of_balance(now)),
        region.is_in([was_bare, counties[2]])
        & (year == before)
        & concept.is_in(_of_balance(before)),
        (region == no_more) & (year == before) & ~concept.is_in(_of_balance(before)),
    )
    amounts = {
        (unit, of, measure): result if of == now else -result
        for unit, result in ((below, -JUST), (above, JUST), (poor, -JUST), (idle, JUST))
        for of in (now, before)
        for measure in _results(of)
    } | {(unit, of, REVENUE): 0 for unit in (poor, idle) for of in (now, before)}
    oslo = region.is_in(_oslo(survey))
    cases = replace(
        survey,
        indikatorer=_with_oslo(survey, largest).filter(~gone),
        enheter=survey.enheter.with_columns(
            har_drift=pl.col("har_drift") | oslo,
            har_balanse=(pl.col("har_balanse") | oslo) & (region != bare),
            svart=(pl.col("svart") | oslo) & (region != counties[0]),
        ),
    )
    return _with_amounts(cases, amounts)


def lacking(survey: Survey) -> Survey:
    """Return a survey of open figures in which single cells of a few municipalities are missing.

    Of four the amounts in kroner, of which the percentages are printed: a result a little below zero and one far below,
    a fund of little and an empty one. Of three the revenue, with nothing printed: one has a result below zero, one an
    empty fund, one no result.
    """
    if survey.open is None:
        raise TypeError("no survey of open figures")
    now = survey.year
    first = survey.panel().sort("folkemengde", "region")["region"]
    just, far, funded, bare, poor, empty, blank = first[:7]
    shares = {
        (just, RESULT): float(-JUST),
        (far, RESULT): -10.0,
        (funded, FUND): 3.0,
        (bare, FUND): 0.0,
    }
    gone = [*shares, (poor, REVENUE), (empty, REVENUE), (blank, REVENUE), (blank, RESULT)]
    printed = [(now, unit, f"{concept}{SHARE}", share) for (unit, concept), share in shares.items()]
    cell = pl.concat_str("region", "begrep", separator=" ")
    missing = (pl.col("aar") == now) & cell.is_in([" ".join(each) for each in gone])
    own = survey.open.prosent
    cases = replace(
        survey,
        indikatorer=survey.indikatorer.filter(~missing),
        open=replace(
            survey.open,
            prosent=pl.concat([own, pl.DataFrame(printed, schema=own.schema, orient="row")]),
        ),
    )
    return _with_amounts(cases, {(poor, now, RESULT): -JUST, (empty, now, FUND): 0})


def _with_amounts(survey: Survey, amounts: Amounts) -> Survey:
    """Return a survey with other amounts of whole units."""
    amount = pl.col("belop")
    for (unit, year, concept), other in amounts.items():
        hit = (
            (pl.col("region") == unit)
            & (pl.col("aar") == year)
            & (pl.col("begrep") == concept)
            & pl.col("tjenesteomraade").is_null()
        )
        amount = pl.when(hit).then(other).otherwise(amount)
    return replace(
        survey,
        indikatorer=survey.indikatorer.with_columns(belop=amount),
        # What is kept of a survey is kept by its inputs: nothing of these may stand for the real one.
        inputs=survey.inputs | {"odd cases": digest(sorted(map(str, amounts.items())))},
    )


def _answered(survey: Survey, kind: str) -> list[str]:
    """Return who answered, smallest first."""
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == kind))
    return answered.sort("folkemengde", "region")["region"].to_list()


def _oslo(survey: Survey) -> list[str]:
    return survey.everyone().filter("oslo")["region"].to_list()


def _with_oslo(survey: Survey, like: str) -> pl.DataFrame:
    """Return the indicators with those of a unit for Oslo too, in place of what it may have."""
    rows = survey.indikatorer
    (oslo,) = _oslo(survey)
    copied = rows.filter(pl.col("region") == like).with_columns(
        region=pl.lit(oslo), kobling=pl.lit(oslo)
    )
    return pl.concat([rows.filter(pl.col("region") != oslo), copied.select(rows.columns)])


def _results(year: int) -> list[str]:
    """Return the net result and what else is measured by its name."""
    return sorted({term.begrep for term in terms(year) if term.begrep.startswith(RESULT)})


def _of_balance(year: int) -> list[str]:
    """Return the concepts that rest on the balance sheet."""
    found = terms(year)
    return sorted(
        {
            term.begrep
            for term in found
            if any(leaf.regnskap == BALANCE for leaf, _ in leaves(found, term.begrep))
        }
    )
