"""What a notebook computed held against the table of section numbers: the text of its check cell, or an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches

import polars as pl

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published
from kommuneregnskap.verdicts import judgement

TOLERANCE = 1e-7  # of the value; near zero, of its unit
NAMED = 5  # numbers that an error names before it counts the rest
MISSING = "mangler"

Values = Mapping[str, float | None]


class DifferenceError(KommuneregnskapError):
    """A notebook and the table of section numbers do not say the same: which numbers, both values, what to do."""


def check(survey: Survey, values: Values, seksjon: str = "") -> str:
    """Return the text of a check cell: a line per published number of the section in the survey year.

    values: id of a section number → what the notebook computed, None where something is missing (so are values
    that are not finite). seksjon: the first word of the ids where it is left out. A line has what was published,
    the notebook's value, the table's (with its bracket where there is one) and the verdict, which is over the
    table's. What it was held against follows the survey's choices (`choices.numbers`).

    Raises DifferenceError where the two values differ by more than TOLERANCE, where only one of them is missing,
    where the notebook lacks a published number and where the section has no number of that id; UsageError where
    the ids are not of one section.
    """
    seksjon = seksjon or _section(values)
    here = {name: _finite(value) for name, value in values.items()}
    numbers_of_all = compute(survey)
    table = dict(
        numbers_of_all.filter(pl.col("aar") == survey.year).select("id", "verdi").iter_rows()
    )
    claims = judgement.read(survey.year)
    own = claims.filter(pl.col("seksjon").cast(pl.String) == seksjon)
    instead = choices.numbers(survey.choices)
    of_the_year = own.filter(pl.col("aar") == survey.year)["tall_id"].drop_nulls()
    wanted = [instead.get(name, name) for name in of_the_year]
    _refuse_unknown(here, seksjon, {*table, *published.read_all()["tall_id"].drop_nulls()})
    _refuse_lacking(here, wanted, seksjon)
    _refuse_different(here, table, wanted)
    judged = judgement.judge(claims, numbers_of_all, survey)
    rows = judged.join(own.select("id", "opploesning"), on="id", maintain_order="left")
    lines = [_line(row, here, survey.year) for row in rows.iter_rows(named=True)]
    return "\n".join(lines) or judgement.NOTHING_PUBLISHED


def _section(values: Values) -> str:
    found = sorted({name.partition(".")[0] for name in values})
    if len(found) == 1:
        return found[0]
    raise UsageError(
        f"kr.check got numbers of {', '.join(found) or 'no section'}; allowed: numbers of one section"
    )


def _finite(value: float | None) -> float | None:
    """Return a value as it is; None where it is missing, or a division by zero left no number."""
    return float(value) if value is not None and math.isfinite(value) else None


def _refuse_unknown(here: Values, seksjon: str, known: set[str]) -> None:
    """Raise for an id with a value that is no number of the section; one that is missing here may have no row."""
    own = sorted(name for name in known if name.partition(".")[0] == seksjon)
    odd = [name for name, value in here.items() if value is not None and name not in own]
    if odd:
        near = get_close_matches(odd[0], own, n=3, cutoff=0)
        raise DifferenceError(
            f"{odd[0]} is no number of section {seksjon}; nearest: {', '.join(near)}. "
            "Mend its name in the notebook's check cell."
        )


def _refuse_lacking(here: Values, wanted: list[str], seksjon: str) -> None:
    lacking = [name for name in dict.fromkeys(wanted) if name not in here]
    if lacking:
        raise DifferenceError(
            f"{_listed(lacking)} of section {seksjon} is published and not among what the notebook computed. "
            "Compute it in the notebook and give it to kr.check."
        )


def _refuse_different(here: Values, table: Values, wanted: list[str]) -> None:
    """Raise where notebook and table do not agree, naming first what is published."""
    odd = [
        f"{name} is {_plain(here[name])} in the notebook and {_plain(table.get(name))} in the table of numbers"
        for name in dict.fromkeys([*wanted, *here])
        if not same(here[name], table.get(name))
    ]
    if odd:
        raise DifferenceError(
            f"{_listed(odd, '; ')}. The two are computed apart and must agree: look at the cell that computes it, "
            "then at its row in data/definitions."
        )


def same(one: float | None, other: float | None) -> bool:
    """Return whether two values of a number agree within TOLERANCE; missing agrees with missing."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _plain(value: float | None) -> str:
    return "missing" if value is None else f"{value:.10g}"


def _listed(parts: list[str], sign: str = ", ") -> str:
    rest = len(parts) - NAMED
    return sign.join(parts[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _line(row: dict[str, object], here: Values, year: int) -> str:
    """Return the line of a published number; of another year than the survey's the notebook has no value."""
    parts = [f"{row['id']} ({row['maaler']}): publisert {row['publisert']}"]
    if row["tall_id"] is not None:
        if row["aar"] == year:
            parts.append(f"her {judgement.shown(here[str(row['tall_id'])], row) or MISSING}")
        found = judgement.shown(row["beregnet"], row) or MISSING  # type: ignore[arg-type]
        parts.append(f"tabellen {found}{judgement.bracket(row)}")
    return " | ".join([*parts, judgement.verdict(row)])
