"""Ratios within groups, raised to the groups' known totals: expansion, ratio and separate ratio estimators.

Within each group g the respondents' ratio r of an amount to an auxiliary x (one per municipality,
inhabitants, last year's revenue) is raised by the known total of x: the sum over g of X·r. With x = 1
that is the mean times the number of municipalities. svy gives all ratios with their covariances (groups
are strata, sampling is without replacement), and linear combinations of them exactly; a quotient of
two such sums by the delta method. (svy's weighting.calibrate(by=, scale=) gives the same sums, but in 0.35 the
standard errors that follow are not those of this estimator: for revenue five times as large.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from operator import add
from typing import TYPE_CHECKING

import polars as pl

from kommuneregnskap.estimates import values
from kommuneregnskap.estimates.quantities import Quantity, rule
from kommuneregnskap.estimates.values import Value

if TYPE_CHECKING:
    import svy
    from svy.estimation.contrast import ContrastExpr

GROUP, AUXILIARY, UNIT = "gruppe", "hjelp", "enhet"
PRECISION = ("standardfeil", "nedre", "oevre")


def alpha() -> float:
    """Return one less the confidence of the intervals (estimation_rules.csv)."""
    return 1 - rule("sikkerhet") / 100


class Grouped:
    """A population in groups and those of it who answered.

    frame: all units with `gruppe` and `hjelp` (the auxiliary, known of everybody); rows: those who
    answered, with enhet, gruppe, hjelp and the amounts and flags that are asked for.
    """

    def __init__(self, frame: pl.DataFrame, rows: pl.DataFrame) -> None:
        self.frame = frame
        self.known = (
            frame.group_by(GROUP)
            .agg(
                kommuner=pl.len().cast(pl.Float64),
                hjelp_alle=pl.col(AUXILIARY).sum().cast(pl.Float64),
            )
            .join(rows.group_by(GROUP).agg(med=pl.len()), on=GROUP, how="left")
            .with_columns(pl.col("med").fill_null(0))
            .sort(GROUP)
        )
        self.rows = (
            rows.join(self.known, on=GROUP, maintain_order="left")
            .with_columns(vekt=pl.col("kommuner") / pl.col("med"))
            .sort(UNIT)
        )

    @cached_property
    def empty(self) -> bool:
        """Whether nobody answered in some group, so that nothing can be said of the whole."""
        return bool((self.known["med"] == 0).any()) or self.known.is_empty()

    @cached_property
    def alone(self) -> bool:
        """Whether too few answered for several in some group: there is no spread to go by."""
        few = (pl.col("med") < rule("minste_svar_gruppe")) & (pl.col("med") < pl.col("kommuner"))
        return bool(self.known.select(few.any()).item())

    @cached_property
    def complete(self) -> bool:
        """Whether everybody answered: there is no sampling error."""
        return bool((self.known["med"] == self.known["kommuner"]).all())

    def sample(self, rows: pl.DataFrame | None = None) -> svy.Sample:
        """Return those who answered as a stratified sample without replacement, weighted to their number."""
        import svy  # noqa: PLC0415 (slow to import)

        # A group of one that is the whole group has no sampling error; others are refused by `alone`.
        design = svy.Design(
            stratum=GROUP, psu=UNIT, wgt="vekt", pop_size="kommuner", singleton="skip"
        )
        return svy.Sample(self.rows if rows is None else rows, design)

    def long(self, amounts: Sequence[str]) -> pl.DataFrame:
        """Return a row per unit and amount: post, y (1000 kr), with everything known of the unit."""
        known = [UNIT, GROUP, AUXILIARY, "kommuner", "vekt", "hjelp_alle"]
        rest = [name for name in ("fylke",) if name in self.rows.columns]
        return self.rows.unpivot(
            amounts, index=[*known, *rest], variable_name="post", value_name="y"
        ).with_columns(pl.col("y").cast(pl.Float64))

    def sums(self, wanted: Mapping[str, tuple[str, str | None]]) -> dict[str, Value]:
        """Return sums (1000 kr) and quotients of sums over the whole population.

        wanted: name → (amount, None) for the sum of an amount, (amount, other) for one sum over another.
        """
        import svy  # noqa: PLC0415 (slow to import)

        if self.empty:
            return dict.fromkeys(wanted, values.missing(values.EMPTY_GROUP))
        amounts = sorted({name for pair in wanted.values() for name in pair if name})
        ratios = self.sample(self.long(amounts)).estimation.ratio(
            "y", AUXILIARY, by=(GROUP, "post"), alpha=alpha()
        )
        raised = dict(self.known.select(GROUP, "hjelp_alle").iter_rows())

        def whole(amount: str) -> ContrastExpr:
            parts = [x * svy.estd((group, amount)) for group, x in raised.items()]
            result: ContrastExpr = reduce(add, parts)
            return result

        asked = {
            name: whole(amount) if other is None else whole(amount) / whole(other)
            for name, (amount, other) in wanted.items()
        }
        rows = one(ratios).contrast(asked, alpha=alpha()).to_polars().to_dicts()
        return {row["contrast"]: self.judged(values.of_row(row)) for row in rows}

    def shares(self, flags: Sequence[str]) -> dict[str, Value]:
        """Return the share of all municipalities that each flag (0 or 1) is set for, from 0 to 1."""
        if self.empty:
            return dict.fromkeys(flags, values.missing(values.EMPTY_GROUP))
        sample = self.sample()
        return {flag: self.judged(share(sample, flag)) for flag in flags}

    def domain_sums(self, column: str, amount: str) -> dict[str, Value]:
        """Return the sum of an amount (1000 kr) in each domain that somebody answered from.

        Within a domain the weighted ratio of the amount to the auxiliary is raised by the domain's known
        total of the auxiliary; for the groups themselves that is their part of `sums`.
        """
        raised = dict(self.frame.group_by(column).agg(pl.col(AUXILIARY).sum()).iter_rows())
        ratios = self._ratios(column, amount, AUXILIARY)
        found = {name: value.scaled(raised[name]) for name, value in ratios.items()}
        return self._by_domain(column, found, pl.col(amount).sum())

    def domain_ratios(self, column: str, amount: str, other: str) -> dict[str, Value]:
        """Return one weighted sum over another in each domain that somebody answered from."""
        exact = pl.col(amount).sum() / pl.col(other).sum()
        return self._by_domain(column, self._ratios(column, amount, other), exact)

    def domain_shares(self, column: str, flag: str) -> dict[str, Value]:
        """Return the weighted share of units with a flag set in each domain that somebody answered from."""
        found = one(self.sample().estimation.prop(flag, by=column, alpha=alpha())).to_polars()
        hits = {
            row[column]: values.of_row(row) for row in found.filter(pl.col(flag) == 1).to_dicts()
        }
        nobody = Value(verdi=0.0, hvorfor=values.NO_SPREAD)
        domains = {name: hits.get(name, nobody) for name in sorted(self.rows[column].unique())}
        return self._by_domain(column, domains, pl.col(flag).mean())

    def _ratios(self, column: str, amount: str, other: str) -> dict[str, Value]:
        found = self.sample().estimation.ratio(amount, other, by=column, alpha=alpha())
        return {row[column]: values.of_row(row) for row in one(found).to_polars().to_dicts()}

    def _by_domain(self, column: str, found: dict[str, Value], exact: pl.Expr) -> dict[str, Value]:
        """Give no interval where the spread is unknown, and `exact` where everybody answered."""
        everyone = dict(self.frame.group_by(column).len().iter_rows())
        answered = dict(self.rows.group_by(column).len().iter_rows())
        known = dict(self.rows.group_by(column).agg(exact.alias("verdi")).iter_rows())
        few = rule("minste_svar_gruppe")

        def judged(name: str, value: Value) -> Value:
            if answered[name] == everyone[name]:
                return Value(verdi=float(known[name])).known()
            return value.without_interval(values.ALONE) if answered[name] < few else value

        return {name: judged(name, value) for name, value in found.items()}

    def judged(self, value: Value) -> Value:
        """Return the value without the interval that too few answers give, or exact if all answered."""
        if self.complete:
            return value.known()
        return value.without_interval(values.ALONE) if self.alone else value


def one(found: svy.Estimate | list[svy.Estimate]) -> svy.Estimate:
    """Return the result of one estimation; svy gives a list only where several were asked for."""
    if isinstance(found, list):
        raise TypeError("one estimation was asked for")
    return found


def share(sample: svy.Sample, flag: str) -> Value:
    """Return the weighted share of units with a flag set, with svy's logit interval; from 0 to 1."""
    rows = one(sample.estimation.prop(flag, alpha=alpha())).to_polars()
    hit = rows.filter(pl.col(flag) == 1).to_dicts()
    if hit:
        return values.of_row(hit[0])
    return Value(verdi=0.0, hvorfor=values.NO_SPREAD)


def prepared(rows: pl.DataFrame, group: str | None, auxiliary: str) -> pl.DataFrame:
    """Return rows with `gruppe` (a column's, or one for all) and `hjelp` (a column, as Float64)."""
    return rows.with_columns(
        pl.lit("alle").alias(GROUP) if group is None else pl.col(group).alias(GROUP),
        pl.col(auxiliary).cast(pl.Float64).alias(AUXILIARY),
    )


def by_group(panel: pl.DataFrame, frame: pl.DataFrame, concept: str) -> pl.DataFrame:
    """Return the estimate of a concept by size group; see `estimates.ratio_estimate`."""
    group = Grouped(*_by_size(panel.drop_nulls(concept), frame))
    found = pl.DataFrame(
        [
            {GROUP: name, "estimat": v.verdi, **{of: getattr(v, of) for of in PRECISION}}
            for name, v in group.domain_sums(GROUP, concept).items()
        ],
        schema={GROUP: pl.String, "estimat": pl.Float64} | dict.fromkeys(PRECISION, pl.Float64),
    )
    answered = group.rows.group_by(GROUP).agg(
        folk_svart=pl.col(AUXILIARY).sum().cast(pl.Int64), sum=pl.col(concept).sum()
    )
    return (
        group.known.join(answered, on=GROUP, how="left")
        .join(found, on=GROUP, how="left")
        .select(
            pl.col(GROUP).alias("stoerrelsesgruppe"),
            pl.col("med").alias("svart"),
            *("kommuner", "folk_svart"),
            pl.col("hjelp_alle").cast(pl.Int64).alias("folkemengde"),
            *("sum", "estimat", *PRECISION),
        )
        .with_columns(pl.col("svart", "kommuner").cast(pl.UInt32))
        .sort("stoerrelsesgruppe")
    )


def headline(
    panel: pl.DataFrame, frame: pl.DataFrame, wanted: Sequence[Quantity]
) -> dict[str, Value]:
    """Return the estimates of quantities by size group, in their own units; see `estimates.headline`."""
    amounts = [each for each in wanted if not each.is_share]
    columns = list(dict.fromkeys(name for each in amounts for name in each.columns))
    found: dict[str, Value] = {}
    if amounts:
        group = Grouped(*_by_size(panel.drop_nulls(columns), frame))
        found |= group.sums({each.stoerrelse: (each.teller, each.denominator) for each in amounts})
    for each in wanted:
        if each.is_share:
            counted = panel.filter(each.known).with_columns(each.flag())
            found[each.stoerrelse] = share_of_units(counted, frame, each.stoerrelse)
    return {
        each.stoerrelse: found[each.stoerrelse].scaled(each.factor, each.shift) for each in wanted
    }


def _by_size(rows: pl.DataFrame, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    unit = pl.col("region").alias(UNIT)
    return (
        prepared(frame.with_columns(unit), "stoerrelsesgruppe", "folkemengde"),
        prepared(rows.with_columns(unit), "stoerrelsesgruppe", "folkemengde"),
    )


def share_of_units(rows: pl.DataFrame, frame: pl.DataFrame, flag: str) -> Value:
    """Return the share of all municipalities that a flag (0 or 1) of those known is set for, from 0 to 1."""
    counted = [
        prepared(
            each.with_columns(antall=pl.lit(1), **{UNIT: pl.col("region")}),
            "stoerrelsesgruppe",
            "antall",
        )
        for each in (frame, rows)
    ]
    return Grouped(*counted).shares([flag])[flag]
