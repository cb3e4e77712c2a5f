"""What the estimate of all would be off by if the result decided who answered, by how strongly it did.

The odds of answering are multiplied by a ratio for every standard deviation that the net operating result (percent
of revenue) lies above the mean of the size group. Two roads:

- from the answers alone: each of those who answered stands for itself and for k · ratio^-score of those who did not,
  k so that the size group is whole. With the true ratio these weights are one over the chance to answer (Kim and
  Yu 2011, JASA 106; Robins, Rotnitzky and Scharfstein 2000), whatever the distribution of results. The
  ratio itself cannot be known from the answers.
- from all, where everybody's result is known: the mean of the estimate when municipalities answer by such a chance,
  with the rates of their size group (`mechanism.chance`), to the first order.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap.estimates import kept, mechanism, population
from kommuneregnskap.estimates.mechanism import Floats
from kommuneregnskap.estimates.population import SHARE
from kommuneregnskap.estimates.quantities import SUM, Quantity, main_estimator, quantities, rule
from kommuneregnskap.sensitivity.specification import kept_frame
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP

ANSWERS, ALL = "svarene", "alle"
HEADLINE = ("netto_pst", "netto_mrd", "andel_negativ")
FRAME, BEHIND = "styrke", ("sensitivity.nonresponse.strength",)
STEPS = 8  # of the curve, from no influence to the strongest, in each direction
SCHEMA = {
    **dict.fromkeys(("grunnlag", "stoerrelse", "enhet"), pl.String),
    **dict.fromkeys(("oddsforhold", "anslag", "sann", "skjevhet"), pl.Float64),
}


def curve(survey: Survey) -> pl.DataFrame:
    """Return the headline estimates of all against how strongly the result decides who answers.

    Out, a row per grunnlag (`svarene`: from those who answered; `alle`: from the results of all, where they are
    known), stoerrelse (HEADLINE) and oddsforhold (from one over `hoeyeste_oddsforhold` of estimation_rules.csv
    to it, evenly on a log scale): enhet, anslag (the estimate by the main estimator), sann (what all would have to
    have), skjevhet (anslag less sann), in the quantity's unit, percentage points for percent.

    Of the synthetic panel and of account files anslag is the survey's and sann follows. Open figures have all
    (`alle` alone): sann is theirs, and anslag is what a response as that to KS, by size group (assumption
    A30), would have given. Without rows where nobody answered in a group that is not whole. Kept in the cache folder.
    """
    return kept_frame(survey, FRAME, BEHIND, _curve)


def _curve(survey: Survey) -> pl.DataFrame:
    wanted = [each for each in quantities(simulated=True) if each.stoerrelse in HEADLINE]
    wanted.sort(key=lambda each: HEADLINE.index(each.stoerrelse))
    parts = [_from_answers(survey, wanted), _from_all(survey, wanted)]
    return pl.DataFrame([row for part in parts for row in part], schema=SCHEMA, orient="row")


def ratios() -> Floats:
    """Return the odds ratios of the curve."""
    return np.asarray(rule("hoeyeste_oddsforhold") ** (np.arange(-STEPS, STEPS + 1) / STEPS))


def known_of_all(survey: Survey) -> tuple[pl.DataFrame, dict[str, float]] | None:
    """Return everybody's results (`population.Population.level`) and the rates of the size groups; None if unknown.

    Of the synthetic panel all are known because they are invented. Of open figures those with figures; the rates are
    the mean over the pseudo-panels, since who answered KS is not public.
    """
    if survey.origin.synthetic:
        if survey.choices:  # what all have is kept under the usual ones alone
            return None
        try:
            everyone = kept.truth(survey.year).level
        except UsageError:
            return None
        return everyone, mechanism.rates(population.of(survey).level)
    if survey.gives.respondents:
        return None
    panels = open_figures.pseudo_panels(survey.enheter, survey.year)
    everyone = population.of(everybody(survey)).level.filter("svart")
    if not panels or everyone.is_empty():
        return None
    return everyone, _drawn_rates(everyone, panels)


def everybody(survey: Survey) -> Survey:
    """Return a survey on open figures as one in which all that have figures answered."""
    return survey.of_regions(survey.enheter.filter("har_drift")["region"].to_list())


def _drawn_rates(everyone: pl.DataFrame, panels: list[list[str]]) -> dict[str, float]:
    """Return the share of each size group that the panels take in, on average."""
    drawn = pl.Series("enhet", [region for panel in panels for region in panel]).value_counts()
    counted = (
        everyone.select("enhet", SIZE_GROUP)
        .join(drawn, on="enhet", how="left")
        .group_by(SIZE_GROUP)
        .agg(pl.col("count").fill_null(0).sum().cast(pl.Int64), antall=pl.len())
    )
    share = pl.col("count") / (pl.col("antall") * len(panels))
    return dict(counted.select(SIZE_GROUP, share).sort(SIZE_GROUP).iter_rows())


def _from_all(survey: Survey, wanted: list[Quantity]) -> list[tuple[object, ...]]:
    """Return the rows of the curve from everybody's results."""
    found = known_of_all(survey)
    if found is None:
        return []
    everyone, rates = found
    if any(rates.get(group, 0) <= 0 for group in everyone[SIZE_GROUP].unique()):
        return []
    own = None if survey.open is not None else population.of(survey).level
    rows: list[tuple[object, ...]] = []
    for each in wanted:
        level = everyone.filter(each.known & pl.col(SHARE).is_not_null())
        true = _value(each, level, np.ones(len(level)), level)
        said = None if own is None else corrected(each, own, 1.0)
        for ratio in ratios():
            expected = _value(each, level, mechanism.chance(level, rates, float(ratio)), level)
            bias = expected - true
            given = (
                (expected, true) if own is None else (said, None if said is None else said - bias)
            )
            rows.append((ALL, each.stoerrelse, each.one.enhet, float(ratio), *given, bias))
    return rows


def _from_answers(survey: Survey, wanted: list[Quantity]) -> list[tuple[object, ...]]:
    """Return the rows of the curve from those who answered."""
    if not survey.gives.respondents:
        return []
    level = population.of(survey).level
    rows: list[tuple[object, ...]] = []
    for each in wanted:
        said = corrected(each, level, 1.0)
        if said is None:
            continue
        for ratio in ratios():
            true = corrected(each, level, float(ratio))
            assert true is not None  # the same answers
            rows.append(
                (ANSWERS, each.stoerrelse, each.one.enhet, float(ratio), said, true, said - true)
            )
    return rows


def corrected(each: Quantity, level: pl.DataFrame, ratio: float) -> float | None:
    """Return a quantity of all, were the odds of answering multiplied by `ratio` for every standard deviation.

    level: `population.Population.level`. In the quantity's own unit; with 1 the main estimate. None where nobody
    answered in some group.
    """
    answers = level.filter(pl.col("svart") & each.known & pl.col(SHARE).is_not_null())
    if answers.is_empty() or set(level[SIZE_GROUP]) - set(answers[SIZE_GROUP]):
        return None
    return _value(each, answers, stands_for(answers, level, ratio), level)


def stands_for(answers: pl.DataFrame, level: pl.DataFrame, ratio: float) -> Floats:
    """Return for how many municipalities each of those who answered stands, itself taken in.

    answers: those of `level` who answered; ratio: what the odds of answering are multiplied by.
    """
    tilt = ratio ** -mechanism.score(answers)
    groups = answers[SIZE_GROUP].to_numpy()
    everyone = dict(level.group_by(SIZE_GROUP).len().iter_rows())
    found = np.ones(len(answers))
    for group in sorted(set(groups)):
        inside = groups == group
        found[inside] += tilt[inside] * (everyone[group] - inside.sum()) / tilt[inside].sum()
    return found


def _value(each: Quantity, rows: pl.DataFrame, weights: Floats, level: pl.DataFrame) -> float:
    """Return a quantity in its own unit: weighted ratios by size group, raised to the known totals of `level`.

    By the auxiliary of the main estimator; shares of municipalities by their number. Summed by numpy, in the order of
    the rows: the same bytes for any number of threads.
    """
    auxiliary = "antall" if each.is_share else str(main_estimator()["hjelpestoerrelse"])
    own = each.flag() if each.is_share else pl.col(each.teller)
    against = pl.col(auxiliary if each.denominator is None else each.denominator)
    amounts = rows.select(
        pl.col(SIZE_GROUP),
        *(
            expression.cast(pl.Float64).alias(name)
            for name, expression in (
                ("own", own),
                ("against", against),
                ("known", pl.col(auxiliary)),
            )
        ),
    )
    groups, totals = rows[SIZE_GROUP].to_numpy(), level[SIZE_GROUP].to_numpy()
    known = level[auxiliary].cast(pl.Float64).to_numpy()
    above = below = 0.0
    for group in sorted(set(groups)):
        inside = groups == group
        sums = [
            float((weights[inside] * amounts[name].to_numpy()[inside]).sum())
            for name in ("own", "against", "known")
        ]
        raised = float(known[totals == group].sum()) / sums[2]
        above, below = above + raised * sums[0], below + raised * sums[1]
    return each.factor * (above if each.one.slag == SUM else above / below)
