"""One estimate with what is known of its precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite


@dataclass(frozen=True)
class Value:
    """An estimate: verdi, standardfeil, nedre, oevre in one unit, df; None where not known.

    hvorfor: in bokmål, why the value or its interval is missing; None where nothing is.
    """

    verdi: float | None = None
    standardfeil: float | None = None
    nedre: float | None = None
    oevre: float | None = None
    df: float | None = None
    hvorfor: str | None = None

    def scaled(self, factor: float, shift: float = 0.0) -> Value:
        """Return factor · value + shift; the factor is positive."""

        def moved(value: float | None) -> float | None:
            return None if value is None else factor * value + shift

        return replace(
            self,
            verdi=moved(self.verdi),
            nedre=moved(self.nedre),
            oevre=moved(self.oevre),
            standardfeil=None if self.standardfeil is None else factor * self.standardfeil,
        )

    def without_interval(self, why: str) -> Value:
        """Return the value alone, and why there is nothing beside it."""
        return Value(verdi=self.verdi, hvorfor=why)

    def known(self) -> Value:
        """Return the value as one that is not a matter of chance: everybody answered."""
        return replace(
            self, standardfeil=0.0, nedre=self.verdi, oevre=self.verdi, df=None, hvorfor=None
        )


def missing(why: str) -> Value:
    """Return an estimate that cannot be computed, with the reason."""
    return Value(hvorfor=why)


def of_row(row: Mapping[str, object]) -> Value:
    """Return a row of svy's result (est, se, lci, uci, df) as a value; what is not a number is missing."""

    def number(name: str) -> float | None:
        value = row[name]
        return float(value) if isinstance(value, int | float) and isfinite(value) else None

    found = Value(number("est"), number("se"), number("lci"), number("uci"), number("df"))
    return found if found.nedre is not None else found.without_interval(NO_SPREAD)


NO_SPREAD = "Alle svarene er like, så spredningen er ukjent."
ALONE = "For få har svart i en gruppe der ikke alle har svart: spredningen kan ikke regnes."
EMPTY_GROUP = "Ingen har svart i minst én gruppe."
