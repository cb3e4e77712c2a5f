"""Proof that the checks can fail: each deliberate error in accounts, and among those who answered, is
seen by exactly the checks that data/definitions/mutants.csv names, and by no other."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from kommuneregnskap.mutants import run
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey import survey
from kommuneregnskap.tables import mutants
from kommuneregnskap.verdicts import judgement
from tests.helpers.examples import by_day

LISTED = [mutant for mutant in mutants.listed() if mutant.slag in ("regnskap", "utvalg")]


@pytest.mark.parametrize(
    "mutant",
    by_day(LISTED, 3, lambda mutant: mutant.steps[0].handling),
    ids=lambda mutant: mutant.id,
)
def test_an_error_in_accounts_is_seen_by_exactly_the_checks_named(
    mutant: mutants.Mutant, mutant_world: run.World
) -> None:
    assert run.seen_by(mutant, mutant_world) == mutant.expected


def test_without_the_year_before_no_change_is_judged(survey_2024: survey.Survey) -> None:
    """What cannot be compared gets no verdict; what needs no comparison keeps its own."""

    def verdicts(of: survey.Survey) -> dict[str, str]:
        judged = judgement.judge(judgement.read(2024), compute(of), of)
        return dict(judged.select("id", "dom").iter_rows())

    own = survey_2024.indikatorer.filter(pl.col("aar") == 2024)
    before, after = (
        verdicts(survey_2024),
        verdicts(replace(survey_2024, years=(2024,), indikatorer=own)),
    )
    changed = {name for name in after if after[name] != before[name]}
    assert {after[name] for name in changed} == {"ikke_vurdert"}
    assert {"k2024_inv_vekst", "k2024_sek_sosial_vekst", "k2024_fond_retning"} <= changed
    assert after["k2024_inv_brutto"] == "kalibrert"
