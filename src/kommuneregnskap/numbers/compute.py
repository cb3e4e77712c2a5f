"""Section numbers made again from utregning.csv alone, apart from the functions of the sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import BEFORE, FIRST, SECOND, Amount, Bench
from kommuneregnskap.numbers.recipes import NAME, PEOPLE, Recipe, recipe, siblings
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.claims import DERIVED

THOUSANDS_PER_BILLION = 1_000_000
PER_UNIT = {"kr": 1000}  # 1000 kr per person in kroner; other ratios are in percent
ROLES: Mapping[str, tuple[str, ...]] = {
    "sum": (FIRST,),
    "forhold": (FIRST, SECOND),
    "endring": (FIRST, f"{FIRST}_{BEFORE}"),
    "vekst": (FIRST, f"{FIRST}_{BEFORE}"),
    "endringsandel": (FIRST, f"{FIRST}_{BEFORE}", SECOND, f"{SECOND}_{BEFORE}"),
    "lavest": (FIRST, SECOND),
    "hoeyest": (FIRST, SECOND),
    "anslag": (FIRST,),
    "anslag_forhold": (FIRST, SECOND),
}


@dataclass(frozen=True)
class Step:
    """How one section number comes about: its recipe, year, sums, the numbers it is made of, its value.

    grupper: of an estimate, a row per size group; see `estimate`.
    """

    recipe: Recipe
    aar: int
    amounts: tuple[Amount, ...]
    numbers: tuple[Step, ...]
    verdi: float | None
    grupper: pl.DataFrame | None = None


def step(bench: Bench, tall_id: str, year: int, ids: Sequence[str]) -> Step:
    """Return how a section number of a year comes about. ids: the section numbers there are."""
    one = recipe(tall_id)
    if one.slag == DERIVED:
        raise UsageError(
            f"ID is {tall_id!r}, which is derived and not followed to its rows ({one.merknad}); follow "
            f"{one.teller}"
        )
    if one.of_numbers:
        return _of_numbers(bench, one, year, ids)
    amounts = tuple(bench.amount(one, rolle, year) for rolle in ROLES[one.slag])
    if one.slag in ("lavest", "hoeyest"):
        return _extreme(bench, one, year, amounts)
    if one.slag.startswith("anslag"):
        groups = estimate(bench, amounts)
        return Step(one, year, amounts, (), _of_estimate(one, groups, amounts), groups)
    return Step(one, year, amounts, (), _value(one, [each.verdi for each in amounts]))


def recompute(bench: Bench, tall: pl.DataFrame) -> pl.DataFrame:
    """Return every section number made again: id, aar, verdi, igjen (in the unit of the number).

    In: `frames.Tall`. Those that the table calls derived are left out.
    """
    tall = tall.filter(
        ~pl.col("id").map_elements(
            lambda name: recipe(name).slag == DERIVED, return_dtype=pl.Boolean
        )
    )
    ids = tall["id"].unique(maintain_order=True).to_list()
    again = [step(bench, name, year, ids).verdi for name, year in tall.select("id", "aar").rows()]
    return tall.select("id", "aar", "verdi", igjen=pl.Series(again, dtype=pl.Float64))


def scaled(amount: int | float | None, enhet: str) -> float | None:
    """Return a sum in the unit of a number: 1000 kr as mrd. kr, a count as it is."""
    if amount is None:
        return None
    return amount / THOUSANDS_PER_BILLION if enhet in ("mrd_kr", "retning") else float(amount)


def _value(one: Recipe, sums: Sequence[int | None]) -> float | None:
    """Return the number of its sums; None where one is missing, or what is divided by is not positive."""
    known = [each for each in sums if each is not None]
    if len(known) < len(sums):
        return None
    if one.slag == "sum":
        return scaled(known[0], one.enhet)
    if one.slag == "forhold":
        return PER_UNIT.get(one.enhet, 100) * known[0] / known[1] if known[1] > 0 else None
    now, before = known[:2]
    if one.slag == "endring":
        return scaled(now - before, one.enhet)
    if one.slag == "vekst":
        return 100 * (now - before) / before if before > 0 else None
    whole = known[2] - known[3]
    return 100 * (now - before) / whole if whole else None


def _of_numbers(bench: Bench, one: Recipe, year: int, ids: Sequence[str]) -> Step:
    if one.slag == "rekke":
        span = range(year, year - YEARS_BEFORE, -1)
        each = [step(bench, one.teller, aar, ids) for aar in span]
        values = [found.verdi for found in each]
        known = [value for value in values if value is not None]
        count = next((n for n, value in enumerate(known) if value <= 0), len(known))
        there = [found for found in each if found.verdi is not None]
        return Step(one, year, (), tuple(there), float(count) if known else None)
    first = step(bench, one.teller, year, ids)
    if one.slag == "likt":
        return Step(one, year, (), (first,), first.verdi)
    if one.slag == "differanse":
        second = step(bench, one.nevner, year, ids)
        parts = (first.verdi, second.verdi)
        value = None if None in parts else first.verdi - second.verdi  # type: ignore[operator]
        return Step(one, year, (), (first, second), value)
    others = [step(bench, recipe(name).teller, year, ids) for name in siblings(one, ids)]
    highest = one.slag == "rang_hoeyest"
    ahead = [
        other.verdi
        for other in others
        if other.verdi is not None
        and first.verdi is not None
        and (other.verdi > first.verdi if highest else other.verdi < first.verdi)
    ]
    rank = None if first.verdi is None else 1.0 + len(ahead)
    rest = [other for other in others if other.recipe.tall_id != first.recipe.tall_id]
    return Step(one, year, (), (first, *rest), rank)


def _extreme(bench: Bench, one: Recipe, year: int, amounts: tuple[Amount, ...]) -> Step:
    """Return the lowest or highest ratio of a unit, with the sums of that unit alone."""
    ratios = ratios_of(bench, one, year)
    if ratios.is_empty():
        return Step(one, year, amounts, (), None)
    first = ratios.sort("forhold", "enhet", descending=[one.slag == "hoeyest", False]).row(
        0, named=True
    )
    alone = tuple(_only(each, first["enhet"]) for each in amounts)
    return Step(one, year, alone, (), float(first["forhold"]))


def ratios_of(bench: Bench, one: Recipe, year: int) -> pl.DataFrame:
    """Return the ratio of each unit, in percent: enhet, forhold; as printed where a source gives no amounts."""
    frame = bench.units(one, year)
    shares = {parts: name for name, parts in bench.shares(year).items()}
    name = shares.get((one.teller, one.nevner))
    if name is None:
        raise DataError(
            tables.file_of(NAME),
            line=one.linje,
            field="nevner",
            value=one.nevner,
            allowed=f"what indicators.csv has a percentage of {one.teller} for",
            todo="Mend the cell, or add the percentage.",
        )
    return frame.select("enhet", forhold=name).drop_nulls()


def _only(amount: Amount, unit: str) -> Amount:
    parts = amount.deler.filter(pl.col("enhet") == unit)
    value = int(parts["belop"].sum()) if len(parts) else None
    return Amount(
        amount.recipe, amount.rolle, amount.begrep, amount.tjenesteomraade, amount.aar, parts, value,
        "enheten som tallet gjelder",
    )  # fmt: skip


def estimate(bench: Bench, amounts: Sequence[Amount]) -> pl.DataFrame:
    """Return the ratio estimate of each sum by size group.

    Out: stoerrelsesgruppe, folk_svart, folk (persons), then for each sum `<rolle>` (1000 kr) and
    `<rolle>_anslag` = sum / folk_svart * folk; null in a group nobody answered from.
    """
    everyone = bench.frame.filter(
        (pl.col("type") == "kommune") & ~pl.col("enhet").is_in(units.oslo(bench.survey.year))
    ).drop_nulls("stoerrelsesgruppe")
    groups = (everyone.group_by("stoerrelsesgruppe").agg(folk=pl.col(PEOPLE).sum())).sort(
        "stoerrelsesgruppe"
    )
    answered = bench.units(amounts[0].recipe, amounts[0].aar)
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


def _of_estimate(one: Recipe, groups: pl.DataFrame, amounts: Sequence[Amount]) -> float | None:
    totals = []
    for each in amounts:
        column = groups[f"{each.rolle}_anslag"]
        if column.is_empty() or column.null_count():
            return None
        totals.append(float(column.sum()))
    if one.slag == "anslag":
        return scaled(totals[0], one.enhet)
    return 100 * totals[0] / totals[1] if totals[1] > 0 else None
