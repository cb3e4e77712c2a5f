"""What the command line prints of a trail."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kommuneregnskap import tables
from kommuneregnskap.cli.printed import words
from kommuneregnskap.numbers import sql
from kommuneregnskap.numbers.step import Step
from kommuneregnskap.numbers.trail import words as in_figures
from kommuneregnskap.numbers.trail.labels import concept_in_words
from kommuneregnskap.numbers.trail.steps import Sum, Trail
from kommuneregnskap.numbers.trail.tables import ROWS_SHOWN
from kommuneregnskap.numbers.trail.words import row_cells
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.numbers import NAME
from kommuneregnskap.tables.schemas.numbers import LOOKED_UP
from kommuneregnskap.tables.sections import notebook_of


def trail_shown(trail: Trail, survey: Survey) -> Iterator[RenderableType]:
    """Yield a trail step by step: what was published, the computation, each sum down to its rows."""
    if words.warning(survey):
        yield Text(words.warning(survey), style="bold yellow")
    yield Text(
        f"\n{trail.tall_id} {trail.aar} = {with_unit(trail.verdi, trail.enhet)}", style="bold"
    )
    for row in trail.paastander.iter_rows(named=True):
        yield Text(
            f"  published  {row['id']}: «{row['publisert']}», interval «{row['intervall']}»\n"
            f"  verdict    {row['dom']} («{row['hvorfor']}»)\n"
            f"  source     {row['kilde']}, {row['sted']}"
        )
    yield from _computation(trail)
    if trail.verdi is None:
        why = f"«{' '.join(survey.gaps)}»" if survey.gaps else "the source does not give it."
        yield Text(f"The number is missing: {why}")
    for each in trail.sums:
        yield from _sum(each)
    if len(trail.grense):
        for near in trail.grense.partition_by("nr", "maal", maintain_order=True):
            title = f"Nearest the limit of sum {near['nr'][0]}: {near['maal'][0]}"
            shown = near.drop("nr", "maal").with_columns(pl.col("teller").replace(words.ANSWERS))
            yield _table(title, shown, {"verdi": 2, "grense": 2})
    if len(trail.rangering):
        yield _table("Ranked", trail.rangering, {"verdi": 3, "rang": 0})
    failed = trail.kontroll.filter(~pl.col("stemmer")).height
    yield Text(f"Checks: {len(trail.kontroll)}, {failed} of which do not add up.")


def statement_shown(trail: Trail, survey: Survey) -> str:
    """Return the SQL of a number with its heading, as it is copied: no line is broken."""
    heading = "Compute it yourself: SQL over kr.tidy(survey), a table called tidy (data/README.md)"
    return f"\n{heading}\n\n{sql.told(survey, trail.tall_id, trail.aar)}\n"


def _computation(trail: Trail) -> Iterator[Text]:
    for place, each in enumerate(trail.steps):
        own = each.recipe
        text = Text(f"\n{'  ' if place else ''}{own.tall_id} {each.aar}", "bold")
        text.append(f"  «{own.navn}»: {words.KINDS[own.slag]}", "not bold")
        yield text
        yield Text(f"  {_formula(each)} = {in_figures.value(each)}")
        yield Text(
            f"  {words.UNIT_TYPES[own.enhetstype]}, {words.WHO[own.utvalg]}; {tables.file_of(NAME).name} "
            f"line {own.linje}, notebooks/{notebook_of(own.seksjon)}.ipynb",
            "dim",
        )


def _formula(step: Step) -> str:
    """Return the computation in figures; where it is words too, those are English or quoted."""
    if step.recipe.slag.startswith("rang"):
        first = step.numbers[0]
        return f"{first.recipe.tall_id} = {number(first.verdi, 3)}, among {len(step.numbers)}"
    told = in_figures.formula(step)
    return f"«{told}»" if step.recipe.slag == LOOKED_UP else told


def _sum(one: Sum) -> Iterator[RenderableType]:
    amount = one.amount
    unit = "" if amount.counted else " (1000 kr)"
    name = words.COUNTED.get(amount.begrep) or concept_in_words(amount)
    text = Text(f"\n{one.nr}. {name} {amount.aar}: {number(amount.verdi)}{unit}", "bold")
    text.append(f"  {words.role(one.rolle)} {one.tall_id}", "not bold dim")
    yield text
    if amount.vilkaar:
        yield Text(f"   where «{amount.vilkaar}»")
    if not amount.counted:
        shown = one.ledd.select(
            "vei",
            pl.format("{} {}: {}", _sign(), "regnskap", "koder").alias("ledd og koder"),
            pl.col("utvidet").map_elements(words.codes, return_dtype=pl.String),
            "rader",
            "sum",
        )
        yield _table("Terms", shown, {"rader": 0, "sum": 0}, one.sum_of_terms)
    yield _table("Units", one.grupper, {"enheter": 0, "bidrag": 0}, one.sum_of_units)
    if not amount.counted:
        yield _rows(one)


def _sign() -> pl.Expr:
    return pl.when(pl.col("fortegn") < 0).then(pl.lit("−")).otherwise(pl.lit("+"))


def _rows(one: Sum) -> Table:
    table = Table(title="Largest rows", title_justify="left")
    for heading in ("Unit", "Row", "Contribution", "File and line"):
        right = heading == "Contribution"
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    listed = row_cells(one)[:ROWS_SHOWN]
    for unit, group, account, place, kind, _, _, given, file in listed:
        where = " ".join(str(part) for part in (account, place, kind) if part)
        table.add_row(f"{unit}, {group}", where, number(int(str(given))), str(file))
    shown = sum(int(str(row[7])) for row in listed)
    count = one.rader.height + one.resten[0] - len(listed)
    table.add_row(
        f"the rest: {number(count)} rows", "", number(one.sum_of_rows - shown), "", style="dim"
    )
    table.add_row("sum", "", number(one.sum_of_rows), "", style="bold")
    return table


def _table(
    title: str, frame: pl.DataFrame, decimals: dict[str, int], total: int | None = None
) -> Table:
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        heading = words.COLUMNS[name].capitalize()
        table.add_column(heading, justify="right" if name in decimals else "left", overflow="fold")
    for row in frame.iter_rows(named=True):
        table.add_row(
            *(
                number(row[name], decimals[name]) if name in decimals else str(row[name])
                for name in row
            )
        )
    if total is not None:
        table.add_row(*["sum"] + [""] * (frame.width - 2) + [number(total)], style="bold")
    return table
