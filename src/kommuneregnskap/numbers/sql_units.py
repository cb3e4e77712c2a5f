"""The step of a statement that has the units of a number: how they are chosen, and what is asked of each.

A row for each unit, a column for each amount (1000 kr) or percentage that a number of them asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import indent

from kommuneregnskap.numbers import concepts, wide
from kommuneregnskap.numbers.evaluator import Key
from kommuneregnskap.numbers.formulas import LAST
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import matching
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.conditions import BEFORE_SIGN
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

LINE = 90
GROUP, ANSWERED = "stoerrelsesgruppe", "svart"
OF_UNIT = (PEOPLE, GROUP, ANSWERED)  # columns of tidy that a condition may look at
# Oslo is the municipality that has no county municipality above it.
COUNTIES = (
    f"SELECT fylkesnummer FROM tidy WHERE enhetstype = 'fylkeskommune' AND begrep = '{UNITS}'"
)
NO_AMOUNTS = "Tallet er om hvem som kunne svart; beløp hører ikke til der."
NO_YEAR_BEFORE = "Tallet er av året før, men gjelder ikke de samme enhetene to år."
NO_COLUMN = "Vilkåret ser på {}, som den ene rammen ikke har for disse enhetene."


class NoStatement(UsageError):  # noqa: N818 (no mistake: what a reader is told in its place)
    """There is no statement for a number; the text says why, in bokmål, for the reader."""


@dataclass
class Units:
    """The step with the units of a number: how they are chosen, and the columns that are asked of them."""

    survey: Survey
    key: Key
    name: str
    amounts: dict[str, str] = field(default_factory=dict)  # column → which rows of tidy it adds up
    shares: dict[str, tuple[str, str]] = field(default_factory=dict)  # column → its two amounts
    own: list[str] = field(default_factory=list)  # of OF_UNIT

    @property
    def same(self) -> bool:
        """Whether they are the same units in two years."""
        return self.key[1] in (schema.SAME, schema.SAME_NEGATIVE)

    def column(self, one: Recipe, cell: str, name: str) -> str:
        """Return the column of the units that holds what a row calls `name`, and ask for it."""
        if name == UNITS:
            return UNITS
        if name in wide.KEYS:
            if name not in OF_UNIT or (self.same and name != PEOPLE):
                raise NoStatement(NO_COLUMN.format(name))
            self.own += [name] if name not in self.own else []
            return name
        return self._of_concept(one, cell, name)

    def _of_concept(self, one: Recipe, cell: str, name: str) -> str:
        plain = name.removesuffix(BEFORE_SIGN)
        begrep, _, area = plain.partition(AREA_SIGN)
        defined = concepts.defined()
        if begrep not in defined:
            raise one.refused(cell, begrep, ", ".join([*OF_UNIT, UNITS, *defined]))
        if self.key[1] in (schema.FRAME, schema.FRAME_WITH_OSLO, schema.OSLO):
            raise NoStatement(NO_AMOUNTS)
        if plain != name and not self.same:
            raise NoStatement(NO_YEAR_BEFORE)
        alias = "_".join(filter(None, (begrep, area))) + (LAST if plain != name else "")
        parts = wide.shares(self.key[2]).get(begrep) if self.same else None
        if parts is not None:
            sign = name.removeprefix(plain)
            now, base = (self._of_concept(one, cell, each + sign) for each in parts)
            self.shares[alias] = (now, base)
            return alias
        year = self.key[2] - (plain != name)
        where = f"tjenesteomraade = '{area}'" if area else "tjenesteomraade IS NULL"
        own = f"aar = {year} AND " if self.same else ""
        self.amounts[alias] = f"{own}begrep = '{begrep}' AND {where}"
        return alias

    def written(self) -> str:
        """Return the step with the units: a row each, a column per amount (1000 kr)."""
        unit = "kobling" if self.same else "region"
        own = [] if self.same else self.own
        columns = [unit, *own] + [
            f"SUM(CASE WHEN {rows} THEN verdi END) AS {alias}"
            for alias, rows in self.amounts.items()
        ]
        query = "\n".join(
            [
                f"SELECT{select_list(columns)}",
                f"FROM tidy\nWHERE {self.who()}",
                f"GROUP BY {', '.join([unit, *own])}",
            ]
        )
        return self._with_shares(query) if self.shares or (self.same and self.own) else query

    def _with_shares(self, query: str) -> str:
        """Add percentages and inhabitants to the units, parts of one taken together."""
        columns = ["e.*"] + [
            f"CASE WHEN {base} > 0 THEN 100.0 * {now} / {base} END AS {alias}"
            for alias, (now, base) in self.shares.items()
        ]
        people = ""
        if self.own:
            columns.append(f"folk.{PEOPLE}")
            people = (
                f"\nJOIN (\n  SELECT kobling, SUM({PEOPLE}) AS {PEOPLE} FROM tidy\n"
                f"  WHERE begrep = '{UNITS}' AND enhetstype = '{self.key[0]}' GROUP BY kobling\n"
                ") AS folk ON folk.kobling = e.kobling"
            )
        return f"SELECT{select_list(columns)}\nFROM (\n{indent(query, '  ')}\n) AS e{people}"

    def who(self) -> str:
        """Return which rows of tidy are of the units, as a condition."""
        kind, utvalg, year = self.key
        chosen = [f"enhetstype = '{kind}'"]
        if self.same:
            return " AND ".join([*chosen, *self._two_years()])
        chosen.insert(0, f"aar = {year}")
        if utvalg in (schema.ANSWERED, schema.OUTSIDE_OSLO):
            chosen.append(ANSWERED)
        else:
            chosen.append(f"begrep = '{UNITS}'")
        if utvalg in (schema.FRAME, schema.OUTSIDE_OSLO):
            chosen.append(f"fylkesnummer IN ({COUNTIES})")
        if utvalg == schema.OSLO:
            chosen.append(f"fylkesnummer NOT IN ({COUNTIES})")
        return " AND ".join(chosen)

    def _two_years(self) -> Iterator[str]:
        kind, utvalg, year = self.key
        whose = self.survey.setting("fjoraar" if utvalg == schema.SAME else "fjorandel")
        if whose == matching.SAME:
            yield (
                f"((aar = {year} AND sammenliknes_foer) OR (aar = {year - 1} AND sammenliknes_etter))"
            )
            return
        both = f"aar IN ({year}, {year - 1}) AND enhet = '1000 kr'"
        yield f"svarte_i_aaret AND {both}"
        yield (
            f"\n  (SELECT COUNT(DISTINCT aar) FROM tidy WHERE enhetstype = '{kind}' AND {both}) = 2"
        )


def select_list(columns: list[str]) -> str:
    """Return what is selected: on the line where there is room for it, else below each other."""
    line = " " + ", ".join(columns)
    return line if len(line) <= LINE else "\n  " + ",\n  ".join(columns)
