"""Carries out the mutants and says which checks saw each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import polars as pl

from kommuneregnskap.controls import Accounts, Case
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.mutants import accounts, checks, definitions, files
from kommuneregnskap.mutants.checks import Says
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sources import synthetic_panel
from kommuneregnskap.sources.kostra import delivery, ledger, respondents
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.accounts import evaluate_years, linked, span
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.mutants import YEAR, Mutant
from kommuneregnskap.tables.register import WHOLE_UNIT

EVERY = 8  # of the units by size, those whose files are controlled for errors in whole accounts
KINDS_OF_UNIT = ("kommune", "fylkeskommune")


@dataclass(frozen=True)
class World:
    """What is altered, and what every check says of it unaltered.

    survey: the synthetic panel of YEAR. records: its delivered records of YEAR and the year before.
    listed: who answered. files: the sample that errors in files are made in. tall: its section numbers.
    unaltered, unaltered_files: what the checks say of the panel and of the sample.
    """

    survey: Survey
    delivered: dict[int, delivery.Delivery]
    listed: pl.Series | None
    files: files.Files
    tall: pl.DataFrame
    unaltered: Says
    unaltered_files: Says


def panel() -> Survey:
    """Open the synthetic panel of YEAR, which errors are made in."""
    return open_survey(year=YEAR, source=synthetic_panel.SOURCE.name)


def world() -> World:
    """Read the synthetic panel and ask every check of it unaltered."""
    survey = panel()
    folder = paths.demo_panel()
    delivered = {
        year: delivery.read(folder, year, survey.scope, survey.accounts)
        for year in (YEAR - 1, YEAR)
    }
    answered = respondents.listed(folder, YEAR)
    listed = None if answered is None else answered.numbers
    tall = compute(survey)
    sample = files.sample(delivered[YEAR].records, survey)
    return World(
        survey=survey,
        delivered=delivered,
        listed=listed,
        files=sample,
        tall=tall,
        unaltered=checks.of_claims(survey, tall)
        | checks.of_identities(survey, tall)
        | checks.of_rules(YEAR)
        | checks.of_controls(_case(survey, delivered[YEAR], listed, ())),
        unaltered_files=checks.of_controls(files.case(sample)),
    )


def _case(
    survey: Survey,
    delivered: delivery.Delivery,
    listed: pl.Series | None,
    only: Collection[str],
) -> Case:
    """Return what the controls look at: the files of some units (none named: of all).

    Controls look at one unit at a time, so a part of them shows what fires at a tenth of the time; what a
    unit is compared with (E06, E12, E13) is evaluated for all.
    """
    now, *then = (
        frame.lazy().filter(pl.col("aar") == year).collect()
        for frame, year in (
            (survey.indikatorer, YEAR),
            *((each, YEAR - 1) for each in (survey.indikatorer, survey.poster, survey.balanse)),
        )
    )
    if only:
        of_those = delivered.records.filter(pl.col("region").is_in(list(only)))
        delivered = replace(delivered, records=of_those)
        if listed is not None:
            listed = listed.filter((listed + WHOLE_UNIT).is_in(list(only)))
    return Case(delivered, now, Accounts(*then), listed)


def _looked_at(mutant: Mutant, survey: Survey) -> list[str]:
    """Return the units whose files are controlled: some of every size, and those that the mutant names."""
    named = {
        region
        for step in mutant.steps
        if "enhet" in step.hvor
        for region in accounts.regions(step, survey)
    }
    panels = [survey.panel(kind).sort("folkemengde", "region") for kind in KINDS_OF_UNIT]
    spread = pl.concat(panel["region"].gather_every(EVERY) for panel in panels)
    return sorted(named | set(spread + WHOLE_UNIT))


def seen_by(mutant: Mutant, known: World) -> frozenset[str]:
    """Return the checks that see a mutant, and no others.

    Carried out on copies: neither the user's tables nor the panel are touched. Changes the environment of
    the process while it lasts where tables are altered, so not for threads.
    """
    try:
        after = KINDS[mutant.slag](mutant, known)
    except DataError:  # a table, or the reader, refuses what it is given
        return frozenset({checks.TABLE_CHECK})
    before = known.unaltered_files if mutant.slag == "fil" else known.unaltered
    return checks.seen(before, after)


def _accounts(mutant: Mutant, known: World) -> Says:
    """Errors in whole accounts: evaluate the altered years anew, ask everything."""
    records = {year: each.records for year, each in known.delivered.items()}
    changed = records
    for step in mutant.steps:
        changed = accounts.altered(changed, step, known.survey)
    delivered = {
        year: replace(known.delivered[year], records=frame)
        for year, frame in changed.items()
        if frame is not records[year]
    }
    survey = replace(
        known.survey,
        indikatorer=pl.concat(
            [
                known.survey.indikatorer.filter(~pl.col("aar").is_in(list(delivered))),
                *(_evaluated(each, known.survey) for each in delivered.values()),
            ]
        ),
    )
    now = delivered.get(YEAR, known.delivered[YEAR])
    looked_at = _looked_at(mutant, known.survey)
    return checks.of_survey(survey) | checks.of_controls(
        _case(survey, now, known.listed, looked_at)
    )


def _evaluated(delivered: delivery.Delivery, survey: Survey) -> pl.DataFrame:
    whole = ledger.accept(delivered)
    evaluated = evaluate.evaluate(whole.poster, whole.balanse, delivered.year)
    return linked(evaluated, survey.years).select(survey.indikatorer.columns)


def _files(mutant: Mutant, known: World) -> Says:
    """Errors in files: write, read, control."""
    changed = known.files
    for step in mutant.steps:
        changed = files.altered(changed, step)
    return checks.of_controls(files.case(changed))


def _answers(mutant: Mutant, known: World) -> Says:
    """Errors in who answered."""
    survey = known.survey
    for step in mutant.steps:
        survey = accounts.answering(survey, step)
    return checks.of_survey(survey)


def _definitions(mutant: Mutant, known: World) -> Says:
    """Errors in definitions and code tables: evaluate all years anew under a copy of the tables."""
    with definitions.copied_tables():
        for step in mutant.steps:
            definitions.alter(step)
        own = known.survey
        survey = replace(
            own,
            enheter=_framed(own),
            indikatorer=evaluate_years(own.poster, own.balanse, own.years),
        )
        case = _case(survey, known.delivered[YEAR], known.listed, _looked_at(mutant, own))
        return (
            checks.of_survey(survey)
            | checks.of_rules(YEAR)
            | checks.of_controls(case, checks.ON_DEFINITIONS)
        )


def _framed(survey: Survey) -> pl.DataFrame:
    """Return who exists, as the tables now have it, with who answered as it was."""
    answers = survey.enheter.select("region", "har_drift", "har_balanse", "svart")
    return (
        units.with_link(units.frame(survey.year, oppdiktet=survey.synthetic), *span(survey.year))
        .collect()
        .join(answers, on="region", how="left", maintain_order="left")
        .with_columns(pl.col("har_drift", "har_balanse", "svart").fill_null(value=False))
    )


def _printed(mutant: Mutant, known: World) -> Says:
    """Errors in what was published: judge the same numbers anew, and the release's own arithmetic."""
    with definitions.copied_tables():
        for step in mutant.steps:
            definitions.alter(step)
        return (
            checks.of_claims(known.survey, known.tall)
            | checks.of_rules(YEAR)
            | checks.of_identities(known.survey, known.tall)
        )


KINDS: dict[str, Callable[[Mutant, World], Says]] = {
    "regnskap": _accounts,
    "fil": _files,
    "utvalg": _answers,
    "definisjon": _definitions,
    "trykt": _printed,
}
