"""How a section number comes about, step by step: its sums with their parts, and the numbers it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from kommuneregnskap.numbers.amounts import Amount, Bench
from kommuneregnskap.numbers.formulas import ROLES, combined, in_a_row, scaled, value_of
from kommuneregnskap.numbers.parts import percentage
from kommuneregnskap.numbers.values import SUMS
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.tables import units
from kommuneregnskap.tables.numbers import PEOPLE, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

USUAL_ESTIMATOR = "stoerrelse"
NOT_FOLLOWED = "is not followed to its rows"


@dataclass(frozen=True)
class Step:
    """How one section number comes about: its recipe, year, sums, the numbers it is made of, its value.

    grupper: of an estimate, a row per size group; see `estimate`. av_de_samme: whether it is held against others and
    so of those units alone that have what all of them need.
    """

    recipe: Recipe
    aar: int
    amounts: tuple[Amount, ...]
    numbers: tuple[Step, ...]
    verdi: float | None
    grupper: pl.DataFrame | None = None
    av_de_samme: bool = False


def step(bench: Bench, tall_id: str, year: int, frame: pl.DataFrame | None = None) -> Step:
    """Return how a section number of a year comes about, from the parts of its sums.

    frame: of these of its units alone. Raises UsageError for one that is not followed (`unfollowed`).
    """
    one = bench.recipe(tall_id)
    reason = unfollowed(bench, one)
    if reason:
        raise UsageError(f"ID is {tall_id!r}, which {NOT_FOLLOWED}: {reason}; follow {one.teller}")
    if one.of_numbers:
        return _of_numbers(bench, one, year)
    if one.estimated:
        return _estimated(bench, one, year)
    amounts = tuple(bench.amount(one, rolle, year, frame) for rolle in ROLES[one.slag])
    if one.slag in ("lavest", "hoeyest"):
        return _extreme(bench, one, year, amounts)
    if one.vektes and bench.survey.setting("vekting") != SUMS:
        return Step(one, year, amounts, (), bench.evaluator.value(tall_id, year))
    value = value_of(one, [each.verdi for each in amounts])
    count = bench.evaluator.count(tall_id, year)
    if count is not None and not bench.evaluator.enough(one, count):
        value = None
    return Step(one, year, amounts, (), value, av_de_samme=frame is not None)


def unfollowed(bench: Bench, one: Recipe) -> str:
    """Say why a number is not followed to its rows; empty where it is.

    Estimates are followed where they are a sum over size groups; ends of intervals come from the standard
    error that svy gives, and a number that is made of such a one is not followed either.
    """
    if one.slag in (schema.LOWER_END, schema.UPPER_END):
        return "the end of an interval comes from the standard error that svy gives"
    if one.estimated:
        if bench.survey.setting("anslag") != USUAL_ESTIMATOR:
            return "the estimator that is chosen is not a sum over size groups"
        if bench.recipe(one.teller).slag not in ("sum", "forhold") or _of_units(bench, one):
            return "a share of municipalities is estimated by svy"
    if one.of_numbers and one.slag not in schema.RANKS:
        return next(filter(None, (unfollowed(bench, bench.recipe(n)) for n in one.made_of)), "")
    return ""


def _of_units(bench: Bench, one: Recipe) -> bool:
    return bench.recipe(one.teller).teller == "enheter"


def _of_numbers(bench: Bench, one: Recipe, year: int) -> Step:
    if one.slag == "rekke":
        span = range(year, year - YEARS_BEFORE, -1)
        each = [step(bench, one.teller, aar) for aar in span]
        there = tuple(found for found in each if found.verdi is not None)
        return Step(one, year, (), there, in_a_row(found.verdi for found in each))
    if one.slag == schema.LOOKED_UP:
        return Step(one, year, (), (), bench.evaluator.value(one.tall_id, year))
    together = bench.evaluator.together(one, year)
    if one.slag not in schema.RANKS:
        parts = tuple(step(bench, name, year, together) for name in one.made_of)
        return Step(one, year, (), parts, combined(one.slag, [part.verdi for part in parts]))
    first = step(bench, one.teller, year, together)
    ranked = bench.evaluator.ranked(one)
    others = [step(bench, name, year, together) for name in ranked if name != one.teller]
    place = bench.evaluator.place(
        one, first.verdi, [first.verdi, *(other.verdi for other in others)]
    )
    return Step(one, year, (), (first, *others), place)


def _extreme(bench: Bench, one: Recipe, year: int, amounts: tuple[Amount, ...]) -> Step:
    """Return the lowest or highest ratio of a unit, with the sums of that unit alone."""
    ratios = ratios_of(bench, one, year)
    if ratios.is_empty():
        return Step(one, year, amounts, (), None)
    descending = [one.slag == "hoeyest", False]
    first = ratios.sort("forhold", "enhet", descending=descending).row(0, named=True)
    alone = tuple(_only(each, first["enhet"]) for each in amounts)
    return Step(one, year, alone, (), float(first["forhold"]))


def ratios_of(bench: Bench, one: Recipe, year: int) -> pl.DataFrame:
    """Return the ratio of each unit, in percent: enhet, forhold; as printed where a source gives no amounts."""
    return bench.units(one, year).select("enhet", forhold=percentage(one, year)).drop_nulls()


def _only(amount: Amount, unit: str) -> Amount:
    parts = amount.deler.filter(pl.col("enhet") == unit)
    value = int(parts["belop"].sum()) if len(parts) else None
    return replace(amount, deler=parts, verdi=value, vilkaar="enheten som tallet gjelder")


def _estimated(bench: Bench, one: Recipe, year: int) -> Step:
    """Return an estimate as what it is a sum of: the number's own sums, raised by inhabitants in each size group."""
    of = bench.recipe(one.teller)
    own = replace(of, utvalg=one.utvalg)
    amounts = tuple(replace(bench.amount(own, rolle, year), recipe=one) for rolle in ROLES[of.slag])
    groups = estimate(bench, own, year, amounts)
    return Step(one, year, amounts, (), _of_estimate(of, groups, amounts), groups)


def estimate(bench: Bench, own: Recipe, year: int, amounts: Sequence[Amount]) -> pl.DataFrame:
    """Return the ratio estimate of each sum by size group.

    Out: stoerrelsesgruppe, folk_svart, folk (persons), then for each sum `<rolle>` (1000 kr) and
    `<rolle>_anslag` = sum / folk_svart * folk; null in a group nobody answered from.
    """
    everyone = bench.evaluator.frame(("kommune", schema.FRAME_WITH_OSLO, year)).drop_nulls(
        "stoerrelsesgruppe"
    )
    if bench.survey.setting("anslag_ramme") != "alle":
        everyone = everyone.filter(~pl.col("enhet").is_in(units.oslo(bench.survey.year)))
    groups = (everyone.group_by("stoerrelsesgruppe").agg(folk=pl.col(PEOPLE).sum())).sort(
        "stoerrelsesgruppe"
    )
    answered = bench.units(own, year)
    people = answered.group_by("stoerrelsesgruppe").agg(folk_svart=pl.col(PEOPLE).sum())
    groups = groups.join(people, on="stoerrelsesgruppe", how="left", maintain_order="left")
    group_of = answered.select("enhet", "stoerrelsesgruppe")
    for each in amounts:
        sums = (
            each.deler.join(group_of, on="enhet")
            .group_by("stoerrelsesgruppe")
            .agg(pl.col("belop").sum().alias(each.rolle))
        )
        groups = groups.join(
            sums, on="stoerrelsesgruppe", how="left", maintain_order="left"
        ).with_columns(
            (pl.col(each.rolle) / pl.col("folk_svart") * pl.col("folk")).alias(
                f"{each.rolle}_anslag"
            )
        )
    return groups


def _of_estimate(of: Recipe, groups: pl.DataFrame, amounts: Sequence[Amount]) -> float | None:
    totals = []
    for each in amounts:
        column = groups[f"{each.rolle}_anslag"]
        if column.is_empty() or column.null_count():
            return None
        totals.append(float(column.sum()))
    if of.slag == "sum":
        return scaled(totals[0], of.enhet)
    return 100 * totals[0] / totals[1] if totals[1] > 0 else None
