"""A published number where it stands: its evidence, how it is computed, its parts by size, the other choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.trail import follower, words
from kommuneregnskap.numbers.trail.labels import concept_in_words, role_in_words
from kommuneregnskap.numbers.trail.steps import Sum
from kommuneregnskap.numbers.trail.tables import ROWS_SHOWN
from kommuneregnskap.numbers.trail.tracer import Tracer
from kommuneregnskap.sensitivity.switch import switched
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts.decide import VERDICTS
from kommuneregnskap.verdicts.judgement import value_and_bracket

COLUMNS = 4  # sums beside each other: numerator and denominator, of two years; a rank has them all on its trail
ALIKE = 1e-9  # of two values of one number
CONCEPT = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")


@dataclass(frozen=True)
class Walks:
    """What the numbers of one survey are asked for where they stand; each is followed when it is.

    tall: `frames.Tall`; vurdering: `judgement.judge`.
    """

    survey: Survey
    tall: pl.DataFrame
    vurdering: pl.DataFrame

    @cached_property
    def follower(self) -> Tracer:
        """Return what follows its numbers to their rows."""
        return follower(self.survey, self.tall, self.vurdering, top=ROWS_SHOWN, short=True)

    @cached_property
    def _switched(self) -> dict[str, pl.DataFrame]:
        rows = switched(self.survey)
        return {str(name): own for (name,), own in rows.group_by("id", maintain_order=True)}

    @cached_property
    def _values(self) -> dict[str, float]:
        own = self.tall.filter(pl.col("aar") == self.survey.year).drop_nulls("verdi")
        return dict(own.select("id", "verdi").iter_rows())

    def has(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row of the evidence shows the value that this survey gives the number."""
        own, shown = self._values.get(row["tall_id"]), row["beregnet"]
        return (
            own is not None and shown is not None and abs(own - shown) <= ALIKE * max(abs(own), 1)
        )

    def section_of(self, tall_id: str) -> str:
        """Return the section whose trails have a number; empty where it has none."""
        judged = (pl.col("aar") == self.survey.year) & (pl.col("dom") != "kontekst")
        found = self.vurdering.filter(judged & (pl.col("tall_id") == tall_id))["seksjon"]
        return str(found[0]) if len(found) else ""

    def computed(self, tall_id: str) -> dict[str, Any]:
        """Return how a number is computed: what, formula, value, sums (words, value, codes), groups, checks."""
        trail = self.follower.follow(tall_id, self.survey.year).checked()
        own = [each for each in trail.sums if not each.rolle.startswith("bak ")][:COLUMNS]
        return {
            "tall_id": tall_id,
            "steps": [_step(each) for each in trail.steps[:COLUMNS]],
            "sums": [_sum(each) for each in own],
            "groups": _groups(own),
            "trace": _command(self.survey, tall_id),
        }

    def otherwise(self, claim: str) -> dict[str, Any]:
        """Return a published number under each other choice: `changed` (a row each), `same` (their words)."""
        rows = self._switched.get(claim)
        if rows is None:
            return {"changed": [], "same": [], "lost": []}
        computed = pl.col("beregnet").is_not_null()
        return {
            "changed": [_alternative(row) for row in _rows(rows.filter("endret", computed))],
            "lost": _labels(rows.filter("endret", ~computed)),
            "same": _labels(rows.filter(~pl.col("endret"))),
        }


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return list(frame.iter_rows(named=True))


def _labels(rows: pl.DataFrame) -> list[str]:
    return rows["navn"].unique(maintain_order=True).to_list()


def _alternative(row: Mapping[str, Any]) -> dict[str, str]:
    value, bracket = value_and_bracket(row["beregnet_tekst"])
    return {
        "choice": row["spesifikasjon"],
        "name": row["navn"],
        "value": value,
        "bracket": bracket,
        "dom": row["dom"],
        "verdict": VERDICTS[row["dom"]],
        "why": row["hvorfor"],
    }


def _step(each: Any) -> dict[str, str]:
    one = each.recipe
    return {
        "name": one.navn,
        "year": str(each.aar),
        "formula": words.formula(each),
        "value": with_unit(each.verdi, one.enhet),
    }


def _sum(one: Sum) -> dict[str, str]:
    amount = one.amount
    codes = [
        f"{'−' if row['fortegn'] < 0 else ''}{row['regnskap']}: {row['koder']}"
        for row in one.ledd.iter_rows(named=True)
    ]
    return {
        "role": role_in_words(one.rolle),
        "words": f"{concept_in_words(amount)} {amount.aar}",
        "value": number(amount.verdi) + ("" if amount.counted else " (1000 kr)"),
        "condition": _readable(amount.vilkaar, amount.aar),
        "codes": "; ".join(codes),
    }


def _readable(condition: str, year: int) -> str:
    """Return a condition with the names of its concepts in place of their ids."""
    names = dict(tables.valid("indicators", year).select("begrep", "navn").iter_rows())

    def named(found: re.Match[str]) -> str:
        name = str(names.get(found.group(), found.group()))
        return name[:1].lower() + name[1:]

    return CONCEPT.sub(named, condition)


def _groups(sums: Sequence[Sum]) -> dict[str, Any] | None:
    """Return the sums by size group beside each other: headings and rows of texts; None for no sums."""
    if not sums:
        return None
    parts = [dict(one.grupper.select("gruppe", "bidrag").iter_rows()) for one in sums]
    order = list(dict.fromkeys(name for one in sums for name in one.grupper["gruppe"]))
    rows = [[name, *(number(part.get(name)) for part in parts)] for name in order]
    rows.append(["Sum", *(number(one.sum_of_units) for one in sums)])
    return {
        "headings": [
            "Gruppe",
            *(f"{concept_in_words(one.amount)} {one.amount.aar}" for one in sums),
        ],
        "rows": rows,
    }


def _command(survey: Survey, tall_id: str) -> str:
    return typed(f"make trace YEAR={survey.year} SOURCE={survey.source} ID={tall_id}")
