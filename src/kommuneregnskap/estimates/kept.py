"""The estimates of a survey, computed once and kept in the cache: reading them needs no svy.

Four notebooks and the page show the same estimates; svy and what it needs take a second to import.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates import population
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import main_estimator, quantities
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.support import cache, paths
from kommuneregnskap.support.cache import code_hash, digest
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.hashes import definition_hashes
from kommuneregnskap.tables.numbers import READ as NUMBERS
from kommuneregnskap.tables.published import years
from kommuneregnskap.tables.schemas.estimates import WHOLE

ESTIMATES, GROUPS = "anslag", "grupper"
TRUTH, LEVEL, SAME = "sannhet", "kommuner", "samme"
TABLES = ("estimators", "estimation_rules", *NUMBERS)
PACKAGES = ("polars", "svy", "svy-rs")


def of(survey: Survey) -> pl.DataFrame:
    """Return all estimates of a survey, computed where they are not kept. Out: `schemas.estimates.Estimat`.

    Of all municipalities outside Oslo by every estimator, and by size group and county by the main one.
    Kept in the cache folder under the hash of everything they depend on.
    """
    return cache.of(_store(survey), lambda: _computed(survey)).frame(ESTIMATES)


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
    kept = cache.opened(_store(survey))
    return kept.frame(GROUPS) if kept is not None else None


def headline(survey: Survey, estimator: str) -> dict[str, Value] | None:
    """Return the estimates of all quantities, by `stoerrelse`, in their own units, where they are kept, else None.

    By `estimator`; shares of municipalities by the main one, since they are of their number.
    """
    kept = cache.opened(_store(survey))
    if kept is None:
        return None
    rows = kept.frame(ESTIMATES).filter(pl.col("inndeling").cast(pl.String) == WHOLE)
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
    kept = cache.of(_store_of_truth(year), lambda: _computed_truth(year))
    return Population(year, kept.frame(LEVEL), kept.frame(SAME), population.published_before(year))


def _computed_truth(year: int) -> dict[str, pl.DataFrame]:
    from kommuneregnskap.estimates import simulation  # noqa: PLC0415 (svy is slow to import)

    found = simulation.truth(year)
    return {LEVEL: found.level, SAME: found.same}


def _store_of_truth(year: int) -> Path:
    """Name everything that what all have depends on."""
    made = {
        path.name: file_hash(path) for path in sorted(paths.demo_tables("").parent.glob("*.csv"))
    }
    content = {"panel": made, "tables": _of_tables(choices.READ), "code": code_hash()}
    return paths.cache() / f"{year}-{TRUTH}-{digest(content)[:20]}"


def _of_tables(names: Iterable[str]) -> dict[str, str]:
    """Return the hashes of the tables that accounts are evaluated by, and of those in `names`."""
    return definition_hashes() | {name: file_hash(tables.existing_file(name)) for name in names}


def _store(survey: Survey) -> Path:
    """Name everything that the estimates of a survey depend on."""
    content = {
        "inputs": survey.inputs,
        "scope": survey.scope,
        "source": survey.source,
        "survey": survey.fingerprint,
        "definitions": _of_tables(TABLES),
        "published": {
            str(year): file_hash(paths.claims(str(year)))
            for year in years()
            if year == survey.year - 1
        },
        "code": code_hash(),
        "packages": {name: version(name) for name in PACKAGES},
    }
    return paths.cache() / f"{survey.year}-{ESTIMATES}-{digest(content)[:20]}"
