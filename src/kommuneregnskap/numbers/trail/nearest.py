"""Where a sum is not what decides: the units nearest a limit, at an extreme, the competitors of a rank."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from kommuneregnskap.numbers.amounts import Amount, Bench, concepts_of
from kommuneregnskap.numbers.formulas import FIRST
from kommuneregnskap.numbers.step import Step, ratios_of
from kommuneregnskap.numbers.trail.labels import Labels, concept
from kommuneregnskap.tables.conditions import BEFORE_SIGN, Condition

NEAREST = 10


def behind(of: Step, amount: Amount) -> list[tuple[str, int]]:
    """Return the amounts that decide which units a count takes in: concept and accounting year."""
    found = []
    for condition in (of.recipe.condition("vilkaar"), _own(of, amount)):
        for begrep in concepts_of([name for name, _ in condition.limits], of.aar):
            found.append((begrep, amount.aar))
            if any(limit is None for _, limit in condition.limits):
                found.append((begrep, amount.aar - 1))
    return list(dict.fromkeys(found))


def limits(bench: Bench, nr: int, amount: Amount, of: Step) -> Iterator[pl.DataFrame]:
    """Yield the units nearest each limit of a count, on both sides of it.

    nr: the number of the sum in the trail. Out: nr, enhet (as shown), gruppe, maal (what is compared, in
    words), verdi, grense (1000 kr or percent), teller (`ja`: counted).
    """
    condition = _own(of, amount)
    whole = of.recipe.condition("vilkaar").expr(bench.survey.setting)
    everyone = bench.units(of.recipe, of.aar).filter(whole)
    counted = amount.deler["enhet"].to_list()
    for name, limit in dict.fromkeys(condition.limits):
        bound = pl.col(name + BEFORE_SIGN) if limit is None else pl.lit(limit)
        near = (
            everyone.filter(pl.col(name).is_not_null() & bound.is_not_null())
            .select(
                "enhet",
                "stoerrelsesgruppe",
                verdi=pl.col(name).cast(pl.Float64),
                grense=bound.cast(pl.Float64),
            )
            .with_columns(avstand=(pl.col("verdi") - pl.col("grense")).abs())
            .sort("avstand", "enhet")
            .head(NEAREST)
            .sort("verdi", "enhet")
        )
        yield _near(bench, nr, concept(name, of.aar), near, counted, of)


def extremes(bench: Bench, nr: int, of: Step) -> pl.DataFrame:
    """Return the units with the lowest or highest ratio, in percent; columns as `limits`."""
    descending = [of.recipe.slag == "hoeyest", False]
    group = bench.units(of.recipe, of.aar).select("enhet", "stoerrelsesgruppe")
    near = (
        ratios_of(bench, of.recipe, of.aar)
        .sort("forhold", "enhet", descending=descending)
        .head(NEAREST)
        .join(group, on="enhet", how="left", maintain_order="left")
        .select("enhet", "stoerrelsesgruppe", verdi="forhold", grense=pl.lit(of.verdi, pl.Float64))
    )
    return _near(bench, nr, of.recipe.navn, near, near["enhet"].head(1).to_list(), of)


def ranking(of: Step) -> pl.DataFrame:
    """Return the competitors of a rank, the first of them first: id, verdi, enhet, rang; empty for others."""
    if not of.recipe.slag.startswith("rang"):
        return pl.DataFrame()
    highest = of.recipe.slag == "rang_hoeyest"
    return (
        pl.DataFrame(
            [(each.recipe.tall_id, each.verdi, each.recipe.enhet) for each in of.numbers],
            schema={"id": pl.String, "verdi": pl.Float64, "enhet": pl.String},
            orient="row",
        )
        .drop_nulls("verdi")
        .with_columns(rang=pl.col("verdi").rank("min", descending=highest).cast(pl.Int64))
        .sort("rang", "id")
    )


def _near(
    bench: Bench, nr: int, name: str, near: pl.DataFrame, counted: list[str], of: Step
) -> pl.DataFrame:
    return Labels.of_frame(bench, of.recipe, near).select(
        nr=pl.lit(nr, pl.Int64),
        enhet="vist",
        gruppe="gruppe",
        maal=pl.lit(name),
        verdi="verdi",
        grense="grense",
        teller=pl.when(pl.col("enhet").is_in(counted)).then(pl.lit("ja")).otherwise(pl.lit("nei")),
    )


def _own(of: Step, amount: Amount) -> Condition:
    """Return the condition that a sum has of its own."""
    first = amount.rolle.startswith(FIRST)
    return of.recipe.condition("teller_vilkaar" if first else "nevner_vilkaar")
