"""Many draws at once against one at a time: every estimator, every quantity, also where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.estimates import batched, calibrated, compared, simulation
from kommuneregnskap.estimates.batched import Answers, Found
from kommuneregnskap.estimates.grouped import prepared
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import quantities
from kommuneregnskap.tables.schemas.estimates import COUNTY, SIZE_GROUP
from tests.helpers.examples import examples

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("everyone")]

YEAR, SEED = 2024, 5
COLUMNS = tuple(Found.__dataclass_fields__)


def apart(everyone: Population, answered: Answers) -> tuple[int, int, list[str]]:
    """Hold both roads to each other; return how many numbers there were, how many were missing, and what differs."""
    wanted = quantities()
    fast = batched.whole(everyone, answered, wanted)
    names = everyone.level["enhet"]
    seen, missing, wrong = 0, 0, []
    for draw, who in enumerate(answered):
        slow = compared.compared(
            everyone.answered_by(names.filter(pl.Series(who)).to_list()), wanted
        )
        assert len(slow) == len(fast)
        for row in slow.iter_rows(named=True):
            found = fast[row["estimator"], row["stoerrelse"]]
            for column in COLUMNS:
                own, other = float(getattr(found, column)[draw]), row[column]
                seen, missing = seen + 1, missing + (other is None)
                same = (
                    np.isnan(own) if other is None else own == pytest.approx(other, 1e-9, abs=1e-12)
                )
                if not same:
                    wrong.append(
                        f"{draw} {row['estimator']} {row['stoerrelse']} {column}: {own} {other}"
                    )
    return seen, missing, wrong


def odd(everyone: Population) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield who answers in draws that seldom or never happen."""
    keyed = np.random.default_rng(SEED)
    count = len(everyone.level)
    yield np.ones(count, dtype=bool)
    yield np.zeros(count, dtype=bool)
    for share in (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.95):
        yield keyed.random(count) < share
    groups = everyone.level[SIZE_GROUP].to_numpy()
    for group in np.unique(groups):
        some = keyed.random(count) < 0.6
        yield some & (groups != group)
        one = some & (groups != group)
        one[np.flatnonzero(groups == group)[0]] = True
        yield one
        yield groups == group
        all_but_one = np.ones(count, dtype=bool)
        all_but_one[np.flatnonzero(groups == group)[0]] = False
        yield all_but_one
    yield few(groups)
    counties = everyone.level[COUNTY].to_numpy()
    for county in np.unique(counties)[:3]:
        yield counties != county
        yield counties == county
    result = everyone.level["netto_driftsresultat"].to_numpy()
    yield (result < 0) & (keyed.random(count) < 0.6)
    yield (result >= 0) & (keyed.random(count) < 0.6)


def few(groups: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Return one answer of every size group: fewer than there are margins."""
    who = np.zeros(len(groups), dtype=bool)
    who[[np.flatnonzero(groups == group)[0] for group in np.unique(groups)]] = True
    return who


@pytest.mark.varied
def test_usual_draws_are_the_same_on_both_roads(
    everyone: Population, chance: simulation.Chances
) -> None:
    draws = examples(3, 6)
    for own in chance.values():
        answered = simulation.answers(everyone, own, SEED, range(draws))
        seen, missing, wrong = apart(everyone, answered)
        assert wrong == []
        assert seen == draws * len(quantities()) * len(tables.read("estimators")) * len(COLUMNS)
        assert (
            missing < seen / 4
        )  # by TBU's rule alone, which is about the result and has no interval


@pytest.mark.night
def test_odd_draws_are_the_same_on_both_roads(everyone: Population) -> None:
    answered = np.array(list(odd(everyone)))
    seen, missing, wrong = apart(everyone, answered)
    assert wrong == []
    assert seen / 5 < missing < 4 * seen / 5
    margins = [SIZE_GROUP, COUNTY, "folkemengde"]
    left = few(everyone.level[SIZE_GROUP].to_numpy())[np.newaxis]
    assert batched.calibration(everyone.level, left, margins).unsure.all()
    assert not batched.calibration(everyone.level, answered[:9], margins).unsure.any()


def test_unknown_years_before_are_the_same_on_both_roads(everyone: Population) -> None:
    """The rule takes what was published, or has nothing; the ratio to last year's revenue has nothing."""
    gone = pl.int_range(pl.len()) % 7 == 0
    before = [name for name in everyone.same.columns if name.endswith("_fjor")]
    gaps = replace(
        everyone,
        level=everyone.level.with_columns(inntekt_fjor=pl.when(~gone).then("inntekt_fjor")),
        same=everyone.same.with_columns(pl.when(~gone).then(pl.col(before)).name.keep()),
    )
    keyed = np.random.default_rng(SEED)
    answered = keyed.random((4, len(everyone.level))) < 0.6
    answered[0] = True
    for published in (None, 1.5):
        _, _, wrong = apart(replace(gaps, published=published), answered)
        assert wrong == []


def test_calibrated_weights_are_svys(everyone: Population, chance: simulation.Chances) -> None:
    answered = simulation.answers(everyone, chance["etter_resultat"], SEED, range(4))
    margins = [SIZE_GROUP, COUNTY, "folkemengde"]
    fit = batched.calibration(everyone.level, answered, margins)
    ready = prepared(everyone.level, SIZE_GROUP, "antall")
    for draw, who in enumerate(answered):
        sample = calibrated.calibrated(ready, ready.filter(pl.Series(who)), margins)
        assert not isinstance(sample, str)
        theirs = dict(sample.data.select("enhet", "kalibrert").iter_rows())
        own = dict(zip(everyone.level["enhet"], fit.weights[draw].tolist(), strict=True))
        assert {name for name, weight in own.items() if weight} == set(theirs)
        assert [own[name] for name in theirs] == pytest.approx(list(theirs.values()), rel=1e-9)
