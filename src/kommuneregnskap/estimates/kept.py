"""The estimates of a survey, computed once and kept in the cache: reading them needs no svy.

Four notebooks and the page show the same estimates; svy and what it needs take a second to import.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.estimates import population
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import main_estimator, quantities
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.support import paths
from kommuneregnskap.support.cache import Kept
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import kept
from kommuneregnskap.tables.schemas.estimates import WHOLE

ESTIMATES, GROUPS = "anslag", "grupper"
TRUTH, LEVEL, SAME = "sannhet", "kommuner", "samme"
BEHIND = ("estimates.kept",)


def of(survey: Survey) -> pl.DataFrame:
    """Return all estimates of a survey, computed where they are not kept. Out: `schemas.estimates.Estimat`.

    Of all municipalities outside Oslo by every estimator, and by size group and county by the main one.
    Kept in the cache folder under the hash of everything they depend on.
    """
    found = kept.of(*_made_from(survey), BEHIND, lambda: _computed(survey), survey.reads)
    return found.frame(ESTIMATES)


def _computed(survey: Survey) -> dict[str, pl.DataFrame]:
    from kommuneregnskap.estimates import compared, grouped  # noqa: PLC0415 (svy is slow to import)

    people = population.of(survey)
    level = people.level.rename({"enhet": "region"})
    wanted = quantities()
    return {
        ESTIMATES: pl.concat([compared.compared(people, wanted), compared.domains(people, wanted)]),
        GROUPS: grouped.by_group(level.filter("svart"), level, population.RESULT),
    }


def groups(survey: Survey) -> pl.DataFrame | None:
    """Return the net operating result by size group (`estimates.ratio_estimate`) where it is kept, else None."""
    found = _opened(survey)
    return found.frame(GROUPS) if found is not None else None


def headline(survey: Survey, estimator: str) -> dict[str, Value] | None:
    """Return the estimates of all quantities, by `stoerrelse`, in their own units, where they are kept, else None.

    By `estimator`; shares of municipalities by the main one, since they are of their number.
    """
    found = _opened(survey)
    if found is None:
        return None
    rows = found.frame(ESTIMATES).filter(pl.col("inndeling").cast(pl.String) == WHOLE)
    by = {
        each.stoerrelse: main_estimator()["estimator"] if each.is_share else estimator
        for each in quantities()
    }
    return {
        row["stoerrelse"]: Value(
            row["verdi"], row["standardfeil"], row["nedre"], row["oevre"], row["df"], row["hvorfor"]
        )
        for row in rows.to_dicts()
        if by[row["stoerrelse"]] == row["estimator"]
    }


def truth(year: int) -> Population:
    """Return `simulation.truth` of a year, computed where it is not kept: what all of the synthetic panel have.

    Raises UsageError for a year that the panel does not have.
    """
    found = kept.of(*_truth_made_from(year), BEHIND, lambda: _computed_truth(year))
    return Population(
        year, found.frame(LEVEL), found.frame(SAME), population.published_before(year)
    )


def _computed_truth(year: int) -> dict[str, pl.DataFrame]:
    from kommuneregnskap.estimates import simulation  # noqa: PLC0415 (svy is slow to import)

    found = simulation.truth(year)
    return {LEVEL: found.level, SAME: found.same}


def _truth_made_from(year: int) -> tuple[tuple[int, str], dict[str, object]]:
    """Return what is kept of all of the panel is kept by."""
    tables = sorted(paths.demo_tables("").parent.glob("*.csv"))
    return (year, TRUTH), {"panel": {path.name: file_hash(path) for path in tables}}


def _opened(survey: Survey) -> Kept | None:
    return kept.opened(*_made_from(survey), BEHIND)


def _made_from(survey: Survey) -> tuple[tuple[int, str], dict[str, object]]:
    """Return what the estimates of a survey are kept by."""
    return (survey.year, ESTIMATES), survey.made_from
