"""Which concepts the errors of a unit's accounts bear on: what a number must warn of, and what it need not.

A record whose codes may not stand together bears on the concepts that it is counted in, there or where it should
have stood; a sum that does not hold bears on all of its account; what else is wrong may bear on everything.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.controls import combinations
from kommuneregnskap.controls.findings import blocking
from kommuneregnskap.controls.rules import Rule, rules
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.tables.definitions import PERCENT, leaves, terms

CODES = {"funksjon": "funksjon_kapittel", "art": "art_sektor"}
COLUMNS = {"funksjoner": "funksjon", "arter": "art"}
Evaluated = frozenset[tuple[str, str, str | None, int]]


def touched(
    kontroll: pl.DataFrame, poster: pl.DataFrame, balanse: pl.DataFrame, year: int
) -> dict[str, frozenset[str]]:
    """Return the concepts that each control's errors in the accounts of a year bear on: number of the control → names.

    kontroll: findings (`findings.FINDING`) of the units; poster, balanse: `frames.Poster` and
    `frames.Balanse` of the same units in the year.
    """
    wrong = blocking(kontroll).filter(pl.col("aar") == year)["kontroll"].unique().sort()
    return {number: _of_control(number, poster, balanse, year) for number in wrong}


def _of_control(
    number: str, poster: pl.DataFrame, balanse: pl.DataFrame, year: int
) -> frozenset[str]:
    own = [rule for rule in rules(year) if rule.kontroll == number]
    if number in combinations.NUMBERS:
        return frozenset().union(*(_of_records(rule, poster, balanse, year) for rule in own))
    accounts = {name for rule in own for name in (rule.regnskap, rule.mot_regnskap) if name}
    if not accounts:
        return frozenset(_concepts(year))
    return frozenset(
        name
        for name in _concepts(year)
        if accounts & {term.regnskap for term, _ in leaves(terms(year), name)}
    )


def _concepts(year: int) -> list[str]:
    return list(dict.fromkeys(term.begrep for term in terms(year) if term.regnskap != PERCENT))


def _of_records(
    rule: Rule, poster: pl.DataFrame, balanse: pl.DataFrame, year: int
) -> frozenset[str]:
    """Return the concepts that change where the rule's records are taken out, or moved to where they should stand."""
    coded = poster.rename(CODES)
    hit = pl.col("regnskap").is_in(combinations.accounts(rule)) & combinations.misplaced(rule)
    wrong = coded.filter(hit & (pl.col("belop") != 0)).rename(
        {new: old for old, new in CODES.items()}
    )
    if wrong.is_empty():
        return frozenset()
    rest = poster.join(wrong, on=poster.columns, how="anti", nulls_equal=True)
    as_is = _evaluated(poster, balanse, year)
    changed = as_is ^ _evaluated(rest, balanse, year)
    for name, column in COLUMNS.items():
        if codes := rule.codes[f"mot_{name}"]:
            moved = wrong.with_columns(pl.lit(codes[0]).alias(column))
            changed |= as_is ^ _evaluated(
                pl.concat([rest, moved.select(rest.columns)]), balanse, year
            )
    return frozenset(begrep for _, begrep, _, _ in changed)


def _evaluated(poster: pl.DataFrame, balanse: pl.DataFrame, year: int) -> Evaluated:
    """Return what accounts come to: region, concept, service area, amount; no zeros."""
    found = evaluate.evaluate(poster.lazy(), balanse.lazy(), year)
    rows = found.filter(pl.col("belop") != 0)
    return frozenset(rows.select("region", "begrep", "tjenesteomraade", "belop").iter_rows())
