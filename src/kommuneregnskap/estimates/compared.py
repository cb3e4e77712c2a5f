"""Every quantity by every estimator, and by domain, of one population."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates import calibrated, population, values
from kommuneregnskap.estimates import rule as tbu
from kommuneregnskap.estimates.grouped import Grouped, prepared
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import (
    Quantity,
    group_column,
    main_estimator,
    rule,
)
from kommuneregnskap.estimates.ungrouped import Ungrouped
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.estimates import (
    CALIBRATION,
    COUNTY,
    RATIO,
    SIZE_GROUP,
    WHOLE,
    Estimat,
)

NOBODY = "Ingen av dem som har svart, har tall for dette."
NO_BEFORE = "Kilden har ikke regnskapene for året før."
NO_AUXILIARY = {
    "inntekt_fjor": "Inntektene året før er ikke kjent for alle kommuner: kilden har dem for {} av {}."
}
TOO_FEW = "Færre enn {} har svart, og ikke alle."
NET, NET_PERCENT = "netto_mrd", "netto_pst"  # what TBU's rule is about


@dataclass(frozen=True, eq=False)
class _Part:
    """Quantities that the same municipalities have what is needed for."""

    frame: pl.DataFrame
    rows: pl.DataFrame
    wanted: list[Quantity]


def result_by(survey: Survey, estimator: str, wanted: Sequence[Quantity]) -> dict[str, Value]:
    """Return quantities by one estimator, by `stoerrelse`, in their own units. See `compared`."""
    rows = compared(population.of(survey), list(wanted), estimator)
    return {
        row["stoerrelse"]: Value(*(row[name] for name in Value.__dataclass_fields__))
        for row in rows.iter_rows(named=True)
    }


def compared(people: Population, wanted: list[Quantity], only: str | None = None) -> pl.DataFrame:
    """Return each quantity of the whole by each estimator, or by one. Out: `schemas.estimates.Estimat`.

    In the order of the tables. What cannot be computed is there without a value and with its reason; so is
    everything where fewer answered than estimation_rules.csv says.
    """
    parts = list(_parts(people, wanted))
    shares = cache(_shares)  # the same for all estimators with the same groups
    rows = []
    for estimator in tables.read("estimators").sort("rekkefoelge").to_dicts():
        if only not in (None, estimator["estimator"]):
            continue
        method = str(estimator["metode"])
        found: dict[str, Value] = {}
        for part in parts:
            if method == RATIO:
                found |= _by_ratio(part, estimator, shares)
            elif method == CALIBRATION:
                frame, answers = (
                    prepared(each, SIZE_GROUP, "antall") for each in (part.frame, part.rows)
                )
                found |= calibrated.estimates(
                    frame, answers, part.wanted, str(estimator["marginer"]).split(";")
                )
        if method not in (RATIO, CALIBRATION):
            found = _by_rule(people, wanted)
        for each in wanted:
            counts = _counts(people, parts, each)
            value = found.get(each.stoerrelse, values.missing(_nothing(each, people)))
            rows.append(_row(estimator["estimator"], each, _shown(value, counts), counts))
    return _frame(rows)


def domains(people: Population, wanted: list[Quantity]) -> pl.DataFrame:
    """Return each quantity by size group and by county, by the main estimator.

    Out: `schemas.estimates.Estimat`, size groups before counties, smallest and first in the alphabet first. A
    domain from which fewer answered than estimation_rules.csv says is there without a value.
    """
    estimator = main_estimator()
    sizes = tables.read("stoerrelsesgruppe").sort("rekkefoelge")["gruppe"].to_list()
    parts = list(_parts(people, wanted))
    rows = []
    for column, names in (
        (SIZE_GROUP, [name for name in sizes if name in set(people.level[SIZE_GROUP])]),
        (COUNTY, sorted(people.level[COUNTY].unique())),
    ):
        for each in wanted:
            part = next((part for part in parts if each in part.wanted), None)
            found = {} if part is None else _in_domains(part, each, estimator, column)
            for name in names:
                counts = _counts(people, parts, each, column, name)
                value = found.get(name, values.missing(_nothing(each, people)))
                rows.append(
                    _row(estimator["estimator"], each, _shown(value, counts), counts, column, name)
                )
    return _frame(rows)


def _parts(people: Population, wanted: list[Quantity]) -> Iterator[_Part]:
    """Sort the quantities by who has answered with what they need."""
    found: dict[tuple[bool, tuple[str, ...]], _Part] = {}
    for each in wanted:
        frame = people.same if each.same_units else people.level
        if not set(each.columns) <= set(frame.columns):
            continue
        rows = frame.filter(pl.col("svart") & each.known)
        if rows.is_empty():
            continue
        key = (each.same_units, tuple(rows["enhet"]))
        part = found.setdefault(key, _Part(frame, rows, []))
        part.wanted.append(each)
    for part in found.values():
        flags = [each.flag() for each in part.wanted if each.is_share]
        yield _Part(part.frame, part.rows.with_columns(flags), part.wanted)


def _by_ratio(
    part: _Part,
    estimator: dict[str, object],
    shares: Callable[[_Part, str | None], dict[str, Value]],
) -> dict[str, Value]:
    """Return the quantities of a part by a ratio; shares of municipalities are of their number."""
    column = group_column(estimator)
    auxiliary = str(estimator["hjelpestoerrelse"])
    unknown = part.frame[auxiliary].null_count()
    if unknown:
        why = NO_AUXILIARY[auxiliary].format(len(part.frame) - unknown, len(part.frame))
        return {each.stoerrelse: values.missing(why) for each in part.wanted}
    amounts = [each for each in part.wanted if not each.is_share]
    found = shares(part, column)
    if amounts:
        group = _groups(part, column, auxiliary)
        asked = {each.stoerrelse: (each.teller, each.denominator) for each in amounts}
        found = found | group.sums(asked)
    return found


def _groups(part: _Part, column: str | None, auxiliary: str) -> Grouped | Ungrouped:
    """Return those of a part who answered, in groups or as one, with what a sum is a ratio to."""
    both = [prepared(each, column, auxiliary) for each in (part.frame, part.rows)]
    return Ungrouped(*both) if column is None else Grouped(*both)


def _shares(part: _Part, column: str | None) -> dict[str, Value]:
    flags = [each.stoerrelse for each in part.wanted if each.is_share]
    if not flags:
        return {}
    return _groups(part, column, "antall").shares(flags)


def _nothing(each: Quantity, people: Population) -> str:
    """Say why nobody has what a quantity needs."""
    return NO_BEFORE if each.same_units and people.same["svart"].sum() == 0 else NOBODY


def _by_rule(people: Population, wanted: list[Quantity]) -> dict[str, Value]:
    """Return what TBU's rule gives; the revenue it needs is the main estimator's."""
    rows = people.level.filter("svart").drop_nulls([population.RESULT, population.REVENUE])
    frame = prepared(people.level, SIZE_GROUP, "folkemengde")
    group = Grouped(frame, prepared(rows, SIZE_GROUP, "folkemengde"))
    revenue = group.sums({"inntekt": (population.REVENUE, None)})["inntekt"].verdi
    share = tbu.percent(people, revenue)
    found = {each.stoerrelse: values.missing(tbu.OTHER) for each in wanted}
    # In svy's units, as the others: a ratio and 1000 kr.
    return found | {NET: tbu.amount(share, revenue), NET_PERCENT: share.scaled(0.01)}


def _in_domains(
    part: _Part, each: Quantity, estimator: dict[str, object], column: str
) -> dict[str, Value]:
    groups = group_column(estimator)
    auxiliary = "antall" if each.is_share else str(estimator["hjelpestoerrelse"])
    group = Grouped(prepared(part.frame, groups, auxiliary), prepared(part.rows, groups, auxiliary))
    if column == COUNTY and group.empty:
        return {}
    if each.is_share:
        return group.domain_shares(column, each.stoerrelse)
    if each.denominator is None:
        return group.domain_sums(column, each.teller)
    return group.domain_ratios(column, each.teller, each.denominator)


def _shown(value: Value, counts: tuple[int, int]) -> Value:
    least = int(rule("minste_svar_domene"))
    answered, everyone = counts
    return (
        values.missing(TOO_FEW.format(least)) if answered < least and answered < everyone else value
    )


def _counts(
    people: Population,
    parts: list[_Part],
    each: Quantity,
    column: str | None = None,
    name: str | None = None,
) -> tuple[int, int]:
    """Return how many answered with what a quantity needs, and how many there are."""
    part = next((part for part in parts if each in part.wanted), None)
    frame = people.same if each.same_units else people.level
    inside = pl.lit(value=True) if column is None else pl.col(column) == name
    answered = 0 if part is None else part.rows.filter(inside).height
    return answered, frame.filter(inside).height


def _row(
    estimator: object,
    each: Quantity,
    value: Value,
    counts: tuple[int, int],
    column: str = WHOLE,
    name: str = WHOLE,
) -> dict[str, object]:
    scaled = value.scaled(each.factor, each.shift)
    return {
        "estimator": estimator,
        "stoerrelse": each.stoerrelse,
        "inndeling": column,
        "domene": name,
        "verdi": scaled.verdi,
        "standardfeil": scaled.standardfeil,
        "nedre": scaled.nedre,
        "oevre": scaled.oevre,
        "df": scaled.df,
        "enhet": each.one.enhet,
        "svart": counts[0],
        "kommuner": counts[1],
        "hvorfor": scaled.hvorfor,
    }


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in Estimat.columns().items()}
    loose = {
        name: pl.String if name in ("inndeling", "enhet") else dtype
        for name, dtype in schema.items()
    }
    return Estimat.validate(pl.DataFrame(rows, schema=loose), cast=True)
