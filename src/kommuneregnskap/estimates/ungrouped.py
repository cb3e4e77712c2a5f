"""One ratio for all municipalities, whatever their size, with the variance of a response that goes by size.

The respondents' ratio of an amount to an auxiliary is raised by the known total of all, as if it were chance who
answered. The standard error does not say so too: each municipality answers by itself, with the share of its size
group, so that groups in which all answered add nothing to it. That is Poisson sampling (Särndal, Swensson and
Wretman 1992, Model Assisted Survey Sampling, ch. 3.5), of the residuals from the ratio (ch. 5.6): the sum
over those who answered of (1 - share) · residual². Sampling that is as likely everywhere would give an
error about three times as large, since the largest municipalities would be missing in many of its draws.

The interval is about what such an estimate gives on average: where the groups differ, that is not the number of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.estimates import confidence, values
from kommuneregnskap.estimates.quantities import rule
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP

Floats = npt.NDArray[np.float64]


class Ungrouped:
    """A population and those of it who answered.

    frame: all units with stoerrelsesgruppe and hjelp (the auxiliary, known of everybody); rows: those who
    answered, with the same and the amounts and flags that are asked for.
    """

    def __init__(self, frame: pl.DataFrame, rows: pl.DataFrame) -> None:
        everyone = frame.group_by(SIZE_GROUP).agg(kommuner=pl.len())
        shares = (
            rows.group_by(SIZE_GROUP)
            .agg(med=pl.len())
            .join(everyone, on=SIZE_GROUP)
            .select(SIZE_GROUP, andel=pl.col("med") / pl.col("kommuner"))
        )
        self.rows = rows.join(shares, on=SIZE_GROUP, maintain_order="left")
        self.silent: Floats = 1 - self.rows["andel"].to_numpy()
        self.complete = len(rows) == len(frame)
        self.whole = float(frame["hjelp"].cast(pl.Float64).to_numpy().sum())

    def sums(self, wanted: Mapping[str, tuple[str, str | None]]) -> dict[str, Value]:
        """Return sums (1000 kr) and quotients of sums over all: see `grouped.Grouped.sums`."""
        if self.rows.is_empty():
            return dict.fromkeys(wanted, values.missing(values.EMPTY_GROUP))
        auxiliary = self._amount("hjelp")
        found = {}
        for name, (amount, other) in wanted.items():
            if other is None:
                value, error = self._ratio(self._amount(amount), auxiliary)
                found[name] = self._value(self.whole * value, self.whole * error)
            else:
                found[name] = self._value(*self._ratio(self._amount(amount), self._amount(other)))
        return found

    def shares(self, flags: Sequence[str]) -> dict[str, Value]:
        """Return the share of all municipalities that each flag (0 or 1) is set for, with a logit interval."""
        if self.rows.is_empty():
            return dict.fromkeys(flags, values.missing(values.EMPTY_GROUP))
        ones = np.ones(len(self.rows))
        return {flag: self._share(*self._ratio(self._amount(flag), ones)) for flag in flags}

    def _amount(self, name: str) -> Floats:
        return self.rows[name].cast(pl.Float64).to_numpy()

    def _ratio(self, amount: Floats, other: Floats) -> tuple[float, float]:
        """Return a ratio of sums over those who answered, and its standard error."""
        ratio = amount.sum() / other.sum()
        residual = amount - ratio * other
        return float(ratio), float(np.sqrt((self.silent * residual**2).sum()) / abs(other.sum()))

    @property
    def _df(self) -> int:
        """Return the degrees of freedom: those who answered in groups where not all did, less the one ratio."""
        return int((self.silent > 0).sum()) - 1

    def _value(self, value: float, error: float) -> Value:
        if self.complete:
            return Value(verdi=value).known()
        if self._df + 1 < rule("minste_svar_gruppe"):
            return Value(verdi=value, hvorfor=values.ALONE)
        reach = float(confidence.student(np.array(self._df, dtype=np.float64))) * error
        return Value(value, error, value - reach, value + reach, float(self._df))

    def _share(self, value: float, error: float) -> Value:
        from scipy.special import expit, logit  # noqa: PLC0415 (slow to import)

        plain = self._value(value, error)
        if self.complete or plain.hvorfor is not None:
            return plain
        if value <= 0 or value >= 1:
            return plain.without_interval(values.NO_SPREAD)
        reach = (
            float(confidence.student(np.array(self._df, dtype=np.float64)))
            * error
            / (value * (1 - value))
        )
        low, high = (float(expit(logit(value) + each)) for each in (-reach, reach))
        return Value(value, error, low, high, float(self._df))
