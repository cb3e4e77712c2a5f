"""A trail as headings and tables, in bokmål: the same on a page and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.numbers.trail import words
from kommuneregnskap.numbers.trail.labels import concept, concept_in_words, role_in_words
from kommuneregnskap.numbers.trail.steps import Sum, Trail
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey

ROWS_SHOWN = 5  # of the largest rows of a sum, where a trail is read and not worked with
NOTHING = " "


@dataclass(frozen=True)
class Shown:
    """A table of a trail: its title, its rows, the headings of its columns, the decimals of its numbers.

    words: the columns that are read as text; the others are numbers.
    """

    title: str
    frame: pl.DataFrame
    headings: dict[str, str]
    words: tuple[str, ...]
    decimals: int = 0


def heading(one: Sum) -> str:
    """Return what a sum is, in one line: its number, concept, year, role, value and condition."""
    amount = one.amount
    name = f"{one.nr}. {concept_in_words(amount)} {amount.aar}, {role_in_words(one.rolle)} i {one.tall_id}"
    unit = "" if amount.counted else ", 1000 kr"
    return f"{name}: {number(amount.verdi)}{unit}" + (
        f" ({amount.vilkaar})" if amount.vilkaar else ""
    )


def of_sum(one: Sum, survey: Survey) -> list[Shown]:
    """Return the tables of a sum: its terms, its units by size, its largest rows; of a count the units alone.

    The first has the `heading` of the sum as its title.
    """
    if one.amount.counted:
        return [_groups(one, heading(one))]
    return [_terms(one), _groups(one, "Enhetene etter størrelse"), _rows(one, survey)]


def _groups(one: Sum, title: str) -> Shown:
    rows = [
        *one.grupper.select("gruppe", "enheter", "bidrag").rows(),
        ("Sum", one.grupper["enheter"].sum(), one.sum_of_units),
    ]
    headings = {"gruppe": "Gruppe", "enheter": "Enheter", "sum": "Sum"}
    return _shown(title, rows, headings, ("gruppe",))


def _terms(one: Sum) -> Shown:
    rows = [
        (
            f"{'−' if row['fortegn'] < 0 else '+'} {row['regnskap']}: {row['koder']}",
            concept(row["vei"].split(" > ")[-1], one.amount.aar),
            row["rader"],
            row["sum"],
        )
        for row in one.ledd.iter_rows(named=True)
    ]
    rows.append(("Sum", NOTHING, one.ledd["rader"].sum(), one.sum_of_terms))
    headings = {"ledd": "Ledd", "begrep": "Begrep", "rader": "Rader", "sum": "Sum"}
    return _shown(heading(one), rows, headings, ("ledd", "begrep"))


def _rows(one: Sum, survey: Survey) -> Shown:
    rows = [
        (f"{row[0]}, {row[1]}", _where(row), _file(row, one, survey), int(str(row[7])))
        for row in words.row_cells(one)
    ]
    count, rest = one.resten
    rows.append((f"Resten: {number(count)} rader", NOTHING, NOTHING, rest))
    rows.append(("Sum", NOTHING, NOTHING, one.sum_of_rows))
    headings = {"enhet": "Enhet", "rad": "Rad", "fra": "Fra", "bidrag": "Bidrag"}
    return _shown("De største radene", rows, headings, ("enhet", "rad", "fra"))


def _where(row: list[object]) -> str:
    """Say where a row stands: account, function and art, or chapter and sector; of SSB the code."""
    return " ".join(str(part) for part in row[2:6] if part)


def _file(row: list[object], one: Sum, survey: Survey) -> str:
    """Say what a row comes from; the files of invented accounts are as invented as they are."""
    if not survey.gives.rows:
        return f"uttrekk {survey.figures.snapshot}"
    form = words.form_of(str(row[2]), one.amount.recipe.enhetstype, survey.scope)
    return f"{'syntetisk fil' if survey.synthetic else 'fil'} {form} {one.amount.aar}"


def around(trail: Trail) -> Iterator[Shown]:
    """Yield what decides where a sum does not: the units nearest each limit, the competitors of a rank."""
    for near in (
        trail.grense.partition_by("nr", "maal", maintain_order=True) if len(trail.grense) else []
    ):
        rows = [
            (f"{row['enhet']}, {row['gruppe']}", row["verdi"], row["grense"], row["teller"])
            for row in near.iter_rows(named=True)
        ]
        yield _shown(
            f"Nærmest grensen i sum {near['nr'][0]}: {near['maal'][0]}",
            rows,
            {"enhet": "Enhet", "verdi": "Verdi", "grense": "Grense", "telles": "Telles"},
            ("enhet", "telles"),
            2 if "prosent" in near["maal"][0] else 0,
        )
    if len(trail.rangering):
        ranked = [
            (row["rang"], row["id"], with_unit(row["verdi"], row["enhet"]))
            for row in trail.rangering.iter_rows(named=True)
        ]
        headings = {"plass": "Plass", "tall": "Tall", "verdi": "Verdi"}
        yield _shown("Rangert", ranked, headings, ("plass", "tall"))


def _shown(
    title: str,
    rows: Sequence[Sequence[object]],
    headings: dict[str, str],
    texts: tuple[str, ...],
    decimals: int = 0,
) -> Shown:
    frame = pl.DataFrame(rows, schema=list(headings), orient="row", infer_schema_length=None)
    return Shown(title, frame, headings, texts, decimals)
