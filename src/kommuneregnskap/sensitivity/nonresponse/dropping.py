"""How many respondents can leave, in the worst order, before a published number no longer holds.

For sums, counts, growth and ratios the answer is exact: whether a ratio lies below a limit c depends on
the sum of (numerator - c·denominator) over the units, so that the worst to lose are those with the largest
terms. For differences of ratios and estimates per size group the next to leave is the one that moves the
number most at every step; others might do it in fewer, so the answer is an upper bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.numbers.values import THOUSANDS_PER_BILLION
from kommuneregnskap.sensitivity.nonresponse import contributions, influence
from kommuneregnskap.sensitivity.nonresponse.contributions import ESTIMATES, INHABITANTS, PARTS
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published

GREEDY = ("differanse", *ESTIMATES)
DOWN, UP = "ned", "opp"
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]


def fewest(survey: Survey, tall: pl.DataFrame) -> pl.DataFrame:
    """Return per published number how few respondents turn its verdict by leaving together.

    In: the section numbers (`frames.Tall`). Out, in the order of `influence.turned`, its columns and: faerrest
    (municipalities; null where not even all but one of them turn it), retning (`opp`, `ned`: where
    the number goes), eksakt (Bool: no smaller set does; else an upper bound), naar (the number then, in its
    own unit). Only published numbers that hold now: `inne`.
    """
    rows = influence.turned(survey, tall).filter(published.inside(pl.col("beregnet")))
    ids = rows["tall_id"].unique(maintain_order=True)
    recipes = [contributions.contribution(each, survey.choices) for each in ids]
    parts = contributions.of(survey, [each for each in recipes if each is not None])
    people = dict(contributions.people_of(survey).iter_rows())
    found = [
        least(row, parts.filter(pl.col("tall_id") == row["tall_id"]), people)
        for row in rows.iter_rows(named=True)
    ]
    schema = {"faerrest": pl.Int64, "retning": pl.String, "eksakt": pl.Boolean, "naar": pl.Float64}
    return pl.concat([rows, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")


def least(
    row: Mapping[str, object], units: pl.DataFrame, people: Mapping[str, int]
) -> tuple[int | None, str | None, bool, float | None]:
    """Return how few units must leave for a number to go out of its printed interval.

    row: nedre, oevre, nedre_inkludert, oevre_inkludert. units: rows of `contributions.of` for one number.
    people: inhabitants of all per size group (used by estimates). Out: how few (None: no number of them),
    where the number goes, whether no smaller set would do, and the number then. At least one unit stays.
    """
    units = units.sort("enhet")
    if units.is_empty():
        return None, None, False, None
    form = str(units["form"][0])
    best: tuple[int | None, str | None, bool, float | None] = (None, None, form not in GREEDY, None)
    for side, limit in ((DOWN, row["nedre"]), (UP, row["oevre"])):
        if limit is None:
            continue
        path = _path(units, form, float(str(limit)), side, people)
        steps = pl.DataFrame({"verdi": path[1:]}, schema={"verdi": pl.Float64}).with_columns(
            **{
                name: pl.lit(row[name])
                for name in ("nedre", "oevre", "nedre_inkludert", "oevre_inkludert")
            }
        )
        outside = steps.select(out=~published.inside(pl.col("verdi")))["out"].fill_null(value=False)
        if outside.any():
            count = int(outside.arg_true()[0]) + 1
            if best[0] is None or count < best[0]:
                best = (count, side, form not in GREEDY or count == 1, path[count])
    return best


def _path(
    units: pl.DataFrame, form: str, limit: float, side: str, people: Mapping[str, int]
) -> list[float | None]:
    """Return the number as the worst leave one after the other: of all, without one, without two …"""
    amounts = units.select(pl.col(*PARTS).fill_null(0).cast(pl.Float64)).to_numpy()
    groups, gross = _groups(units, form, people)
    number = _number(form)
    if form not in GREEDY:
        weight = _pull(form, limit, amounts)
        order = np.argsort(-weight if side == DOWN else weight, kind="stable")
        left = amounts.sum(axis=0) - np.cumsum(amounts[order], axis=0)
        return [_finite(number(each)) for each in (amounts.sum(axis=0), *left[:-1])]
    folk = units[INHABITANTS].fill_null(0).to_numpy().astype(np.float64)
    return _greedy(np.column_stack([amounts, folk]), groups, gross, number, side)


def _groups(
    units: pl.DataFrame, form: str, people: Mapping[str, int]
) -> tuple[Ints, Floats | None]:
    """Return the size group of each unit as a number, and the inhabitants of each group (estimates)."""
    if form not in ESTIMATES:
        return np.zeros(len(units), dtype=np.int64), None
    names = sorted(people)
    place = {name: number for number, name in enumerate(names)}
    return (
        np.array([place[name] for name in units["stoerrelsesgruppe"]], dtype=np.int64),
        np.array([people[name] for name in names], dtype=np.float64),
    )


def _greedy(
    amounts: Floats,
    groups: Ints,
    gross: Floats | None,
    number: Callable[[Floats], Floats],
    side: str,
) -> list[float | None]:
    """Take out, one at a time, the unit without which the number goes furthest to the side."""
    count = int(groups.max()) + 1 if gross is None else len(gross)
    sums = np.zeros((count, amounts.shape[1]))
    np.add.at(sums, groups, amounts)
    there = np.ones(len(amounts), dtype=bool)
    path = [_finite(number(_whole(sums, gross)))]
    while there.sum() > 1:
        places = np.flatnonzero(there)
        without = np.repeat(sums[np.newaxis], len(places), axis=0)
        without[np.arange(len(places)), groups[places]] -= amounts[places]
        values = number(_whole(without, gross))
        values = np.where(np.isfinite(values), values, np.inf if side == DOWN else -np.inf)
        best = int(np.argmin(values) if side == DOWN else np.argmax(values))
        if not np.isfinite(values[best]):
            break
        path.append(float(values[best]))
        there[places[best]] = False
        sums = without[best]
    return path


def _whole(sums: Floats, gross: Floats | None) -> Floats:
    """Return the parts of all units together from the sums of groups, grossed up by inhabitants if asked."""
    if gross is None:
        return np.asarray(sums[..., :-1].sum(axis=-2))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(sums[..., -1] > 0.5, gross / sums[..., -1], np.nan)
    return np.asarray((sums[..., :-1] * factor[..., np.newaxis]).sum(axis=-2))


def _pull(form: str, limit: float, amounts: Floats) -> Floats:
    """Return what each unit adds to the side above the limit: its numerator less what the limit asks."""
    a, b = amounts[:, 0], amounts[:, 1]
    share = {"sum": 0.0, "antall": 0.0, "endring": 1.0, "vekst": 1 + limit / 100}
    return np.asarray(a - share.get(form, limit / 100) * b)


def _number(form: str) -> Callable[[Floats], Floats]:
    """Return the section number as a function of its four sums (last axis), nan where it is undefined."""

    def ratio(upper: Floats, lower: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(lower > 0, 100 * upper / lower, np.nan)

    def of(sums: Floats) -> Floats:
        a, b, c, d = (sums[..., place] for place in range(4))
        if form in ("sum", "estimat"):
            return np.asarray(a / THOUSANDS_PER_BILLION)
        if form == "antall":
            return np.asarray(a)
        if form == "endring":
            return np.asarray((a - b) / THOUSANDS_PER_BILLION)
        if form == "vekst":
            return np.asarray(ratio(a, b) - 100)
        if form == "differanse":
            return np.asarray(ratio(a, b) - ratio(c, d))
        return ratio(a, b)

    return of


def _finite(value: Floats) -> float | None:
    return float(value) if np.isfinite(value) else None
