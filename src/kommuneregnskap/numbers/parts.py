"""What a number asks of a frame of units, as expressions: its parts, who has them, who it is about.

The evaluator puts them into queries; nothing here is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import ratio
from kommuneregnskap.numbers import wide
from kommuneregnskap.numbers.formulas import FIRST, LAST, ROLES, field_of
from kommuneregnskap.numbers.values import SUMS, growth, mean_of
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.conditions import BEFORE_SIGN
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

WITHOUT_ACCOUNTS = (
    schema.FRAME,
    schema.FRAME_WITH_OSLO,
    schema.OSLO,
)  # of them, only units are counted


@dataclass(frozen=True)
class Part:
    """One part of a number over a frame of units.

    whole: which units the number is about at all (None: all of the frame); own: which of them are counted in this
    part; amount: what each adds, null where it has none. zero: whether nobody's amount is a sum of nothing, and not
    missing. units: whether units or persons are counted.
    """

    whole: pl.Expr | None
    own: pl.Expr
    amount: pl.Expr
    zero: bool
    units: bool

    @property
    def counted(self) -> pl.Expr:
        """Return which units are counted."""
        return self.own if self.whole is None else self.whole & self.own

    @property
    def sum(self) -> pl.Expr:
        """Return the sum over all units; null where it is missing."""
        own = self.amount.filter(self.counted)
        if self.units:
            return (
                own.sum() if self.whole is None else pl.when(self.whole.sum() > 0).then(own.sum())
            )
        return own.sum() if self.zero else pl.when(own.count() > 0).then(own.sum())

    @property
    def each(self) -> pl.Expr:
        """Return what each unit adds; null where it is not counted or has no amount."""
        return pl.when(self.counted).then(self.amount)


class Parts:
    """What numbers ask of frames of units, under the choices of a survey."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey

    def direct(self, one: Recipe, frame: pl.DataFrame, year: int) -> pl.Expr | None:
        """Return the number as one expression, where it is not made of sums: extremes, and means of units."""
        if one.slag in ("lavest", "hoeyest"):
            share = self._column(one, FIRST, percentage(one, year), frame)
            return share.min() if one.slag == "lavest" else share.max()
        weighing = self.survey.setting("vekting")
        if not one.vektes or weighing == SUMS:
            return None
        first, second = (self.part(one, rolle, frame) for rolle in ROLES[one.slag])
        if one.slag == "vekst":
            known = first.each.is_not_null() | second.each.is_not_null()
            now, before = (pl.when(known).then(part.each.fill_null(0)) for part in (first, second))
            each = growth(now, before)
        else:
            each = ratio(first.each, second.each)
        return mean_of(each, first.sum, weighing, PEOPLE)

    def part(self, one: Recipe, rolle: str, frame: pl.DataFrame) -> Part:
        """Return one part of a number, over its frame of units. rolle: of ROLES.

        Where an amount that is not there is unknown, only of the units that have every part that the number needs.
        """
        found = self._part(one, rolle, frame)
        if self.survey.gives.whole:
            return found
        known = self._known(one, frame)
        if known is None:
            return found
        return replace(found, whole=known if found.whole is None else found.whole & known)

    def have(self, one: Recipe, frame: pl.DataFrame, year: int) -> pl.Expr | None:
        """Return which units have every part that a number of a year needs; None: all of the frame."""
        whole = self._condition(one, "vilkaar", frame) if one.vilkaar else None
        known = (
            self._column(one, FIRST, percentage(one, year), frame).is_not_null()
            if one.slag in ("lavest", "hoeyest")
            else self._known(one, frame)
        )
        if whole is None or known is None:
            return whole if known is None else known
        return whole & known

    def about(self, one: Recipe) -> pl.Expr | None:
        """Return which units a number is about, whatever they have: over KEYS; None: all of them."""
        about = one.condition("vilkaar").about(wide.KEYS)
        return about.expr(self.survey.setting).fill_null(value=False) if about.any_of else None

    def _known(self, one: Recipe, frame: pl.DataFrame) -> pl.Expr | None:
        """Return which units have the amounts of every part of a number, and what its conditions compare."""
        asked: list[pl.Expr | None] = []
        for rolle in ROLES[one.slag]:
            part = self._part(one, rolle, frame)
            if not part.units and not part.zero:
                asked.append(part.amount.is_not_null() | ~part.own)
            asked.append(self._compared(one, f"{field_of(rolle)}_vilkaar", frame))
        asked.append(self._compared(one, "vilkaar", frame))
        known = [each for each in asked if each is not None]
        return pl.all_horizontal(known) if known else None

    def _compared(self, one: Recipe, field: str, frame: pl.DataFrame) -> pl.Expr | None:
        def column(name: str) -> pl.Expr:
            return self._column(one, field, wide.column_of(one, name), frame)

        return one.condition(field).known(column) if getattr(one, field, "") else None

    def of_both(self, one: Recipe, frame: pl.DataFrame, year: int) -> pl.Expr | None:
        """Return the units that have what a number needs, or that it is not about; None: all of the frame."""
        have, about = self.have(one, frame, year), self.about(one)
        return have if have is None or about is None else have | ~about

    def _part(self, one: Recipe, rolle: str, frame: pl.DataFrame) -> Part:
        sign = BEFORE_SIGN if rolle.endswith(LAST) or one.aar == schema.BEFORE else ""
        field = field_of(rolle)
        whole = self._condition(one, "vilkaar", frame) if one.vilkaar else None
        own = self._condition(one, f"{field}_vilkaar", frame)
        begrep, _, area = str(getattr(one, field)).partition(AREA_SIGN)
        if begrep in (UNITS, PEOPLE):
            if whole is None and getattr(one, f"{field}_vilkaar"):
                whole = pl.col(UNITS).is_not_null()  # of nobody it is missing, and not none
            return Part(whole, own, pl.col(begrep), zero=True, units=True)
        name = begrep
        if area:
            name += AREA_SIGN + choices.area(self.survey.choices, area)
        # A file without the row has no amount on an area; a table without it is silent.
        divided = any(column.startswith(begrep + AREA_SIGN) for column in frame.columns)
        zero = bool(area) and divided and self.survey.gives.whole and not frame.is_empty()
        amount = self._column(one, field, name + sign, frame, area=bool(area))
        return Part(whole, own, amount, zero=zero, units=False)

    def _condition(self, one: Recipe, field: str, frame: pl.DataFrame) -> pl.Expr:
        def column(name: str) -> pl.Expr:
            return self._column(one, field, wide.column_of(one, name), frame)

        return one.condition(field).expr(self.survey.setting, column).fill_null(value=False)

    @staticmethod
    def _column(
        one: Recipe, field: str, name: str, frame: pl.DataFrame, *, area: bool = False
    ) -> pl.Expr:
        if name in frame.columns:
            return pl.col(name)
        if one.utvalg in WITHOUT_ACCOUNTS:
            allowed = ", ".join(each for each in schema.UTVALG if each not in WITHOUT_ACCOUNTS)
            raise one.refused("utvalg", one.utvalg, f"for amounts: {allowed}")
        # On an area where nobody has posted anything, and in a year that nobody has accounts of.
        if area or name.removesuffix(BEFORE_SIGN) in _concepts():
            return pl.lit(None, dtype=pl.Int64)
        allowed = ", ".join([UNITS, PEOPLE, *wide.KEYS[:-2], *_concepts()])
        raise one.refused(field, name.removesuffix(BEFORE_SIGN), allowed)


@tables.made_of("indicators")
def _concepts() -> list[str]:
    return sorted(tables.read("indicators")["begrep"].unique())


def percentage(one: Recipe, year: int) -> str:
    """Return the percentage of indicators.csv that is the ratio of a recipe, of each unit.

    As printed where a source gives no amounts. Raises DataError where there is none.
    """
    named = {parts: name for name, parts in wide.shares(year).items()}
    name = named.get((one.teller, one.nevner))
    if name is None:
        raise one.refused(
            "nevner", one.nevner, f"what indicators.csv has a percentage of {one.teller} for"
        )
    return name
