"""Estimates for all municipalities in many panels of the same accounts: sums of groups, or arrays over the panels.

What is estimated by the main estimator as a sum or a ratio over size groups is summed by the expressions of one
survey; shares of municipalities and other estimators are those of `estimates.batched`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np
import polars as pl

from kommuneregnskap.estimates import batched, population
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import main_estimator, quantities
from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.formulas import ROLES, value_of
from kommuneregnskap.numbers.step import USUAL_ESTIMATOR
from kommuneregnskap.tables.numbers import PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

PANEL = "panel"
FIELDS = {schema.ESTIMATE: "verdi", schema.LOWER_END: "nedre", schema.UPPER_END: "oevre"}


def of(
    base: Evaluator, names: Sequence[str], members: pl.DataFrame
) -> dict[str, dict[int, float | None]]:
    """Return the estimates among section numbers, by number and by panel, in their own units.

    base: of a survey that all with accounts answered; members: panel, region. What is not returned, a panel has to
    compute by itself: the ends of the main estimator's intervals, and what arrays have no number for.
    """
    asked = [base.recipe(each) for each in names if base.recipe(each).estimated]
    found = {one.tall_id: _summed(base, one, members) for one in asked if _by_size(base, one)}
    return found | _by_arrays(base, [one for one in asked if one.tall_id not in found], members)


def _by_size(base: Evaluator, one: Recipe) -> bool:
    """Return whether a number is an estimate that is a sum, or a ratio of sums, over size groups."""
    of = base.recipe(one.teller) if one.slag == schema.ESTIMATE else None
    return (
        of is not None
        and base.survey.setting("anslag") == USUAL_ESTIMATOR
        and of.slag in ("sum", "forhold")
        and of.teller != UNITS
    )


def _summed(base: Evaluator, one: Recipe, members: pl.DataFrame) -> dict[int, float | None]:
    """Return the ratio estimate in each panel: in every size group its sums, raised by inhabitants (`grouped`)."""
    year = base.survey.year
    of = replace(base.recipe(one.teller), utvalg=one.utvalg)
    frame = base.frame(base.key(of, year))
    roles = ROLES[of.slag]
    known = pl.all_horizontal(base.parts.part(of, each, frame).each.is_not_null() for each in roles)
    sums = {each: base.parts.part(of, each, frame).each.sum() for each in roles}
    group = "stoerrelsesgruppe"
    everyone = (
        population.estimated_for(base.survey).group_by(group).agg(alle=pl.col("folkemengde").sum())
    )
    raised = (
        frame.filter(known)
        .join(members, left_on="enhet", right_on="region")
        .group_by(PANEL, group)
        .agg(pl.col(PEOPLE).sum().alias("svart"), **sums)
        .join(everyone, on=group)
        .sort(PANEL, group)  # decimals: their sum hangs on the order
        .group_by(PANEL, maintain_order=True)
        .agg(
            pl.len().alias("grupper"),
            *((pl.col(each) / pl.col("svart") * pl.col("alle")).sum() for each in roles),
        )
        .filter(pl.col("grupper") == len(everyone))
    )
    values = {
        row[PANEL]: value_of(of, [row[each] for each in roles])
        for row in raised.iter_rows(named=True)
    }
    return dict.fromkeys(members[PANEL].unique(), None) | values


def _by_arrays(
    base: Evaluator, asked: Sequence[Recipe], members: pl.DataFrame
) -> dict[str, dict[int, float | None]]:
    """Return estimates by another than the main estimator, and of shares of municipalities, which are by that one."""
    every = {each.stoerrelse: each for each in quantities()}
    main, chosen = str(main_estimator()["estimator"]), str(base.survey.setting("anslag"))
    meant = {one: every[base.recipe(one.teller).anslaas_som] for one in asked}
    meant = {one: each for one, each in meant.items() if each.is_share or chosen != main}
    if not meant or members.is_empty():
        return {}
    people = population.of(base.survey)
    answered = _answered(people, members)
    made: dict[str, batched.Found] = {}
    for estimator, shares in ((main, True), (chosen, False)):
        wanted = [each for each in every.values() if each in meant.values()]
        wanted = [each for each in wanted if each.is_share == shares]
        made |= batched.by_one(people, answered, wanted, estimator) if wanted else {}
    panels = sorted(members[PANEL].unique())
    found = {}
    for one, each in meant.items():
        values = zip(panels, getattr(made[each.stoerrelse], FIELDS[one.slag]).tolist(), strict=True)
        found[one.tall_id] = {panel: value for panel, value in values if not isnan(value)}
    return found


def _answered(people: Population, members: pl.DataFrame) -> batched.Answers:
    """Return who answered in the panels, in their order: panels × rows of `people.level`."""
    place = people.level.select(region="enhet").with_row_index("plass")
    panels = members.select(panel=pl.col(PANEL).rank("dense") - 1, region="region")
    found = np.zeros((members[PANEL].n_unique(), len(place)), dtype=bool)
    there = panels.join(place, on="region")
    found[there["panel"].to_numpy(), there["plass"].to_numpy()] = True
    return found
