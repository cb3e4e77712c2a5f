"""Conditions on units as numbers.csv writes them: `netto_driftsresultat < 0 og innbyggere >= 50000`.

Parts are joined by ` og `, those by ` eller `. A part is one of

    column finnes           the unit has an amount in it
    column finnes begge     also in the year before
    column er word          it is the word (`ja`: it is so)
    column i band           it is within a band of fund_bands.csv, with the choices `tomt_fond` and `fondsgrense`
    column faller i band    the same, each unit in one band: the lower where a choice lets two overlap
    column < number         also <=, > and >=; `foer` in place of the number is the same column the year before
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import bands, reader

TABLE = "numbers"
ALLOWED = (
    "«kolonne < 0», «kolonne < foer», «kolonne finnes», «kolonne finnes begge», «kolonne i baand», "
    "«kolonne faller i baand», «kolonne er ord», joined by « og » and « eller »"
)
OR, AND = " eller ", " og "
YES = "ja"
BEFORE = "foer"
BEFORE_SIGN = "|foer"  # ends the name of a column that holds the year before
KNOWN, KNOWN_BOTH, IS, IN, FALLS = "finnes", "finnes begge", "er", "i", "faller i"
PART = re.compile(
    r"(?P<what>[a-z][a-z0-9_]*) (?:(?P<known>finnes(?: begge)?)|(?P<word>er|i|faller i) (?P<value>[a-z0-9_]+)"
    r"|(?P<sign><=|>=|<|>) (?P<limit>-?[0-9]+(?:\.[0-9]+)?|foer))"
)
COMPARED: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Column = Callable[[str], pl.Expr]
Setting = Callable[[str], str]


@dataclass(frozen=True)
class Part:
    """One part of a condition: a column, what is asked of it, and the word, band or limit (None: the year before)."""

    what: str
    asked: str
    value: str | float | None = None

    @property
    def is_limit(self) -> bool:
        """Whether it compares the column with a number or the year before."""
        return self.asked in COMPARED


@dataclass(frozen=True)
class Condition:
    """A condition: it holds where all parts of any of its alternatives do; without parts, for all."""

    any_of: tuple[tuple[Part, ...], ...] = ()

    @property
    def parts(self) -> list[Part]:
        """Return all parts, in the order of the text."""
        return [part for all_of in self.any_of for part in all_of]

    @property
    def columns(self) -> list[str]:
        """Return the columns that it looks at, each once."""
        return list(dict.fromkeys(part.what for part in self.parts))

    def expr(self, setting: Setting, column: Column = pl.col) -> pl.Expr:
        """Return it over a frame of units. setting: what choices make of one; column: where a column stands."""
        if not self.any_of:
            return pl.lit(value=True)
        each = (
            reduce(lambda a, b: a & b, (_expr(part, setting, column) for part in all_of))
            for all_of in self.any_of
        )
        return reduce(lambda a, b: a | b, each)

    def known(self, column: Column = pl.col) -> pl.Expr | None:
        """Return whether a unit has the amounts that an alternative compares; None where none is compared.

        What asks whether an amount is there, and for a word, has its answer of every unit.
        """
        each = [
            reduce(lambda a, b: a & b, (column(name).is_not_null() for name in names))
            for names in self.compared
        ]
        return reduce(lambda a, b: a | b, each) if each else None

    @property
    def compared(self) -> list[list[str]]:
        """Return the columns that each alternative compares, those of the year before with their sign."""
        each = [
            [
                name
                for part in all_of
                if part.asked not in (KNOWN, KNOWN_BOTH, IS)
                for name in (
                    [part.what, part.what + BEFORE_SIGN]
                    if part.is_limit and part.value is None
                    else [part.what]
                )
            ]
            for all_of in self.any_of
        ]
        return [list(dict.fromkeys(names)) for names in each if names]

    def about(self, columns: Collection[str]) -> Condition:
        """Return the condition as far as it is about these columns: whatever the others hold."""
        each = [tuple(part for part in all_of if part.what in columns) for all_of in self.any_of]
        return Condition(tuple(each)) if all(each) else Condition()

    @property
    def limits(self) -> list[tuple[str, float | None]]:
        """Return the limits it sets, as (column, number; None: the year before), in the order of the text."""
        found: list[tuple[str, float | None]] = []
        for part in self.parts:
            if part.asked in (IN, FALLS):
                low, high = _band(str(part.value))
                found += [(part.what, each) for each in (low, high) if each is not None]
            elif part.is_limit:
                found.append((part.what, None if part.value is None else float(part.value)))
        return found


def parse(text: str, line: int, field: str) -> Condition:
    """Return the condition that a cell of numbers.csv states; an empty text holds for all.

    line, field: where the cell stands. Raises DataError for another text.
    """
    return _parsed(text, line, field) if text else Condition()


@reader.made_of("fund_bands")
def _parsed(text: str, line: int, field: str) -> Condition:
    return Condition(
        tuple(
            tuple(_part(part, line, field) for part in either.split(AND))
            for either in text.split(OR)
        )
    )


def _part(text: str, line: int, field: str) -> Part:
    match = PART.fullmatch(text)
    if match is None:
        raise _refused(text, line, field, ALLOWED)
    if match["known"]:
        return Part(match["what"], match["known"])
    if match["word"]:
        known = bands.bands()["baand"].to_list()
        if match["word"] != IS and match["value"] not in known:
            raise _refused(text, line, field, f"a band: {', '.join(known)}")
        return Part(match["what"], match["word"], match["value"])
    limit = match["limit"]
    return Part(match["what"], match["sign"], None if limit == BEFORE else float(limit))


def _refused(text: str, line: int, field: str, allowed: str) -> DataError:
    return DataError(
        reader.file_of(TABLE),
        line=line,
        field=field,
        value=text,
        allowed=allowed,
        todo="Mend the cell.",
    )


def _expr(part: Part, setting: Setting, column: Column) -> pl.Expr:
    value, before = column(part.what), part.what + BEFORE_SIGN
    if part.asked in (KNOWN, KNOWN_BOTH):
        known = value.is_not_null()
        return known if part.asked == KNOWN else known & column(before).is_not_null()
    if part.asked == IS:
        return value == (True if part.value == YES else part.value)
    if part.asked in (IN, FALLS):
        used_up, ends = setting("tomt_fond"), setting("fondsgrense")
        if part.asked == IN:
            return bands.is_in(value, str(part.value), used_up, ends)
        return bands.band(value, used_up, ends) == part.value
    other = column(before) if part.value is None else pl.lit(part.value)
    return COMPARED[part.asked](value, other)


def _band(name: str) -> tuple[float | None, float | None]:
    row = bands.bands().filter(pl.col("baand") == name).row(0, named=True)
    return row["fra"], row["til"]
