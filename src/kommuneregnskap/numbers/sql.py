"""Section numbers as SQL over the tidy frame, for whoever wants to compute them without this package.

From a row of numbers.csv, under the choices of a survey, to one statement over a table called `tidy`
(`kr.tidy(survey)`). Plain SQL that DuckDB and SQLite run alike: a step for the units (a row each, a column per
amount), one for each number that goes into it, then the number. It is a service to readers and a check of the
evaluator, whose rules it repeats in another language; nothing else here knows SQL.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from textwrap import fill, indent

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers import concepts, sql_expressions, wide
from kommuneregnskap.numbers.evaluator import TOGETHER, Evaluator, Key
from kommuneregnskap.numbers.formulas import FIRST, LAST, ROLES, SECOND, field_of, in_kroner
from kommuneregnskap.numbers.parts import percentage
from kommuneregnskap.numbers.sql_units import LINE, NoStatement, Units, select_list
from kommuneregnskap.numbers.values import PLAIN, SUMS
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, coverage, reader
from kommuneregnskap.tables.conditions import BEFORE_SIGN, Condition
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

OF_ESTIMATE = "Tallet er et anslag, eller bygger på ett: det regnes ikke av summer alene."
NO_MEAN = "Et snitt av enhetenes egne tall er ikke bestemt for denne typen tall."


@reader.held()
def statement(survey: Survey, tall_id: str, year: int | None = None) -> str:
    """Return the SQL statement that computes a section number from `kr.tidy(survey)`, a table called `tidy`.

    It gives one row with one column, `verdi`, in the number's own unit; NULL where the number is missing. year: of the
    number (None: the survey year). Raises NoStatement for estimates, numbers made of one, and what the frame cannot
    say, and DataError for a number without a row.
    """
    return _Writer(survey).written(tall_id, year or survey.year)


def told(survey: Survey, tall_id: str, year: int | None = None) -> str:
    """Return the statement of a number, or a comment of SQL that says why there is none."""
    try:
        return statement(survey, tall_id, year)
    except NoStatement as reason:
        return f"-- {reason}"


@reader.held()
def first_of(survey: Survey, begrep: str) -> str:
    """Return the statement of the first number of the report that rests on a concept; empty without one."""
    writer = _Writer(survey)
    resting = concepts.resting_on(begrep, survey.year)
    for tall_id in (each for name in resting for each in fnmatch.filter(writer.found.ids, name)):
        try:
            return writer.written(tall_id, survey.year)
        except NoStatement:
            writer = _Writer(survey)
    return ""


@reader.held()
def statements(survey: Survey) -> pl.DataFrame:
    """Return the statements of all numbers of the survey year, steps to others too, in the order of the table.

    Out: id, aar, sql (empty: none), hvorfor (why there is none, in bokmål; empty where there is).
    """
    found = Evaluator(survey)
    rows: list[tuple[str, int, str | None, str | None]] = []
    for tall_id in found.ids:
        try:
            text = _Writer(survey, found).written(tall_id, survey.year)
            rows.append((tall_id, survey.year, text, None))
        except NoStatement as reason:
            rows.append((tall_id, survey.year, None, str(reason)))
    return pl.DataFrame(rows, schema=STATEMENTS, orient="row")


STATEMENTS = {"id": pl.String, "aar": pl.Int32, "sql": pl.String, "hvorfor": pl.String}


class _Writer:
    """Writes one statement: the steps that it needs, each once, in the order in which they are used."""

    def __init__(self, survey: Survey, found: Evaluator | None = None) -> None:
        self.survey = survey
        self.found = found or Evaluator(survey)
        self._units: dict[Key, Units] = {}
        self._steps: dict[str, str] = {}
        # Numbers that are held against each other: of the same units, that have what all of them need.
        self._held: tuple[Recipe, ...] = ()
        self._known_of_held: dict[tuple[str, ...], list[str]] = {}

    def written(self, tall_id: str, year: int) -> str:
        """Return the statement."""
        one = self.found.recipe(tall_id)
        last = self._number(one, year)
        steps = {each.name: each.written() for each in self._units.values()} | self._steps
        listed = ",\n".join(f"{name} AS (\n{indent(text, '  ')}\n)" for name, text in steps.items())
        first = f"WITH {listed}\n" if steps else ""  # what is looked up has no steps
        return f"-- {tall_id} {year}: {one.navn} ({one.enhet})\n{first}{last}"

    def _number(self, one: Recipe, year: int) -> str:
        """Return the query of one number, after the steps that it needs are there."""
        if one.estimated:
            raise NoStatement(OF_ESTIMATE)
        if one.slag in ROLES:
            return self._of_amounts(one, year)
        if one.slag == "rekke":
            return self._in_a_row(one, year)
        if one.slag in schema.RANKS:
            return self._rank(one, year)
        if one.slag == schema.LOOKED_UP:
            return sql_expressions.looked_up(year)
        first, *second = self._held_against(one, year)
        if one.slag == "likt":
            return f"SELECT verdi\nFROM {first}"
        value = {
            "differanse": "a.verdi - b.verdi",
            "sum_av_tall": "a.verdi + b.verdi",
            "forhold_av_tall": "CASE WHEN b.verdi <> 0 THEN 100.0 * a.verdi / b.verdi END",
            schema.FIXED_PRICES: "100.0 * ((1 + a.verdi / 100.0) / (1 + b.verdi / 100.0) - 1)",
        }[one.slag]
        return f"SELECT {value} AS verdi\nFROM {first} AS a CROSS JOIN {second[0]} AS b"

    def _step(self, tall_id: str, year: int) -> str:
        """Return the name of the step that gives a number; it is written where it is not there yet."""
        name = tall_id.replace(".", "_") + (f"_{year}" if year != self.survey.year else "")
        if name not in self._steps:
            query = self._number(self.found.recipe(tall_id), year)
            self._steps[name] = query
        return name

    def _held_against(self, one: Recipe, year: int) -> list[str]:
        """Return the steps of the numbers that one is made of; of the same units where it holds them together."""
        parts = tuple(self.found.recipe(name) for name in one.made_of)
        if not self._together(one, parts):
            return [self._step(name, year) for name in one.made_of]
        self._held, steps = parts, []
        for each in parts:
            name = f"{each.tall_id.replace('.', '_')}_{year}_av_de_samme"
            self._steps[name] = self._number(each, year)
            steps.append(name)
        self._held = ()
        return steps

    def _together(self, one: Recipe, parts: Sequence[Recipe]) -> bool:
        """Whether numbers are held against each other over the same units: as `Evaluator.together` has it."""
        alike = len({(each.enhetstype, each.utvalg) for each in parts}) == 1
        of_units = all(each.slag in ROLES for each in parts)
        return not self.survey.gives.whole and one.slag in TOGETHER and alike and of_units

    def _in_a_row(self, one: Recipe, year: int) -> str:
        """Years from the last one back until the first that is not above zero, or is missing."""
        years = range(year, year - YEARS_BEFORE, -1)
        rows = [
            f"SELECT {each} AS aar, verdi FROM {self._step(one.teller, each)}" for each in years
        ]
        self._steps["aar_for_aar"] = "\nUNION ALL ".join(rows)
        return (
            f"SELECT CASE WHEN COUNT(CASE WHEN aar = {year} THEN verdi END) > 0\n"
            "  THEN COUNT(CASE WHEN aar > brudd THEN verdi END) END AS verdi\n"
            "FROM aar_for_aar CROSS JOIN (\n"
            "  SELECT COALESCE(MAX(CASE WHEN verdi IS NULL OR verdi <= 0 THEN aar END), 0) AS brudd FROM aar_for_aar\n"
            ") AS siste"
        )

    def _rank(self, one: Recipe, year: int) -> str:
        """The place among all, from 1; equal ones share the better place."""
        ranked = {each: self.found.recipe(each) for each in [*self.found.ranked(one), one.teller]}
        whole = self.survey.gives.whole
        if whole and all(map(self._of_area, ranked.values())):
            self._areas(list(ranked.values()), year)
        else:
            parts = tuple(ranked.values())
            self._held = parts if self._together(one, parts) else ()
            rows = [
                f"SELECT '{_word(each)}' AS hva, verdi FROM (\n{indent(self._number(each, year), '  ')}\n) AS tall"
                for each in ranked.values()
            ]
            self._steps["rangert"] = "\nUNION ALL ".join(rows)
            self._held = ()
        sign = ">" if one.slag == "rang_hoeyest" else "<"
        own = self._area_of(ranked[one.teller]) or _word(ranked[one.teller])
        place = f"1 + COUNT(CASE WHEN verdi {sign} eget THEN 1 END)"
        # The place among all is not that among those that are known.
        known = "MAX(eget) IS NOT NULL" if whole else "COUNT(verdi) = COUNT(*)"
        return (
            f"SELECT CASE WHEN {known} THEN {place} END AS verdi\n"
            f"FROM rangert CROSS JOIN (\n"
            f"  SELECT MAX(CASE WHEN hva = '{own}' THEN verdi END) AS eget FROM rangert\n) AS denne"
        )

    def _area_of(self, one: Recipe) -> str:
        """Return the service area that a number is of, as the choices have it; empty: of none."""
        area = one.teller.partition(AREA_SIGN)[2]
        return choices.area(self.survey.choices, area)

    def _of_area(self, one: Recipe) -> bool:
        """Whether a number is the sum of a service area, or its change, of all units: many at a time by its area."""
        sums = not one.vektes or self.survey.setting("vekting") == SUMS
        whose = one.utvalg in (schema.ANSWERED, schema.OUTSIDE_OSLO, schema.SAME)
        plain = not (one.vilkaar or one.teller_vilkaar) and one.aar != schema.BEFORE and whose
        return (
            plain and sums and one.slag in ("sum", "endring", "vekst") and AREA_SIGN in one.teller
        )

    def _areas(self, ranked: list[Recipe], year: int) -> None:
        """Write the steps that give the same number of each of many service areas: `rangert`, hva and verdi."""
        first = ranked[0]
        of = Units(self.survey, self.found.key(first, year), "")
        of.key = of.key if of.same else (*of.key[:2], self.survey.year)
        sums = [
            f"SUM(CASE WHEN t.aar = {of.key[2] - rolle.endswith(LAST)} THEN t.verdi END)"
            for rolle in ROLES[first.slag]
        ]
        zero = self._zero(first, FIRST)
        sums = [f"COALESCE({each}, 0)" if zero else each for each in sums]
        listed = ",\n  ".join(
            f"{each} AS {rolle}" for each, rolle in zip(sums, ROLES[first.slag], strict=True)
        )
        areas = list(dict.fromkeys(self._area_of(each) for each in ranked))
        self._steps["omraader (hva)"] = fill(
            "VALUES " + ", ".join(f"('{each}')" for each in areas), LINE
        )
        begrep = first.teller.partition(AREA_SIGN)[0]
        self._steps["summer"] = (
            f"SELECT hva,\n  {listed}\nFROM omraader LEFT JOIN tidy AS t\n"
            f"  ON t.tjenesteomraade = hva AND t.begrep = '{begrep}'\n  AND {of.who()}\nGROUP BY hva"
        )
        # Where nobody is to be added up, nothing is ranked.
        self._steps["rangert"] = (
            f"SELECT hva, {sql_expressions.value(first)} AS verdi\nFROM summer\n"
            f"WHERE EXISTS (SELECT 1 FROM tidy WHERE {of.who()})"
        )

    def _of_amounts(self, one: Recipe, year: int) -> str:
        """Return the query of a number made of sums over units."""
        of = self._units_of(self.found.key(one, year))
        if one.slag in ("lavest", "hoeyest"):
            share = of.column(one, SECOND, percentage(one, year))
            return f"SELECT {'MIN' if one.slag == 'lavest' else 'MAX'}({share}) AS verdi\nFROM {of.name}"
        weighing = self.survey.setting("vekting")
        if one.vektes and weighing != SUMS:
            return self._mean(one, of, weighing)
        sums = {rolle: self._sum(of, one, rolle) for rolle in ROLES[one.slag]}
        among = self._among(of, one)
        needed = self._needed(one, year)
        if one.slag == "sum":
            value = f"{sums[FIRST]}{sql_expressions.divided(one)}"
            value = f"CASE WHEN COUNT(*) >= {needed} THEN {value} END" if needed else value
            return f"SELECT {value} AS verdi\n{among}"
        counted = ["COUNT(*) AS har_alt"] if needed else []
        selected = select_list([*counted, *(f"{each} AS {rolle}" for rolle, each in sums.items())])
        query = indent(f"SELECT{selected}\n{among}", "  ")
        value = sql_expressions.value(one)
        value = f"CASE WHEN har_alt >= {needed} THEN {value} END" if needed else value
        return f"SELECT {value} AS verdi\nFROM (\n{query}\n) AS summer"

    def _needed(self, one: Recipe, year: int) -> int:
        """Return how many must have an amount for their sum to be one (`Evaluator.enough`); 0: whoever has it."""
        if self.survey.gives.whole or not in_kroner(one):
            return 0
        count = self.found.count(one.tall_id, year)
        return coverage.needed(coverage.AMOUNTS, count.av) if count is not None else 1

    def _among(self, of: Units, one: Recipe) -> str:
        """Return whom a number is of: those that its condition names and, of single figures, that have every part."""
        whole = self._condition(of, one, "vilkaar")
        both = [f"({whole})" if " OR " in whole else whole] if whole else []
        if not self.survey.gives.whole:
            asked = self._all_known(of) if self._held else self._known(of, one)
            both += [text for text in dict.fromkeys(asked) if text not in both]
        return f"FROM {of.name}" + (f"\nWHERE {' AND '.join(both)}" if both else "")

    def _all_known(self, of: Units) -> list[str]:
        """Return what of a unit must be known for all numbers that are held against each other."""
        key = (of.name, *(each.tall_id for each in self._held))
        if key not in self._known_of_held:
            self._known_of_held[key] = [
                text for each in self._held for text in self._known(of, each)
            ]
        return self._known_of_held[key]

    def _known(self, of: Units, one: Recipe) -> list[str]:
        """Return what of a unit must be known: the amounts of every part, and what conditions compare."""
        found = []
        for rolle in ROLES[one.slag]:
            cell = f"{field_of(rolle)}_vilkaar"
            amount = self._amount(of, one, rolle)
            if amount not in (UNITS, PEOPLE):
                counted = self._condition(of, one, cell)
                known = f"{amount} IS NOT NULL"
                found.append(f"({known} OR NOT ({counted}))" if counted else known)
            found += self._compared(of, one, cell)
        found += self._compared(of, one, "vilkaar")
        if self._held and one.vilkaar:
            found.append(f"({self._condition(of, one, 'vilkaar')})")
        about = one.condition("vilkaar").about(wide.KEYS) if self._held else Condition()
        if not about.any_of or not found:
            return found
        others = sql_expressions.condition(
            about, lambda name: of.column(one, "vilkaar", name), self.survey.setting
        )
        return [f"(NOT ({others}) OR ({' AND '.join(found)}))"]

    def _compared(self, of: Units, one: Recipe, cell: str) -> list[str]:
        either = [
            " AND ".join(
                f"{of.column(one, cell, wide.column_of(one, name))} IS NOT NULL" for name in names
            )
            for names in one.condition(cell).compared
        ]
        if len(either) > 1:
            either = list(dict.fromkeys(either))
        return [either[0] if len(either) == 1 else f"({' OR '.join(either)})"] if either else []

    def _mean(self, one: Recipe, of: Units, weighing: str) -> str:
        """Return the mean of what each unit has: plain, or weighted by inhabitants."""
        if one.slag not in ("forhold", "vekst"):
            raise NoStatement(NO_MEAN)
        parts = [f"{self._each(of, one, rolle)} AS {rolle}" for rolle in ROLES[one.slag]]
        each = "CASE WHEN nevner > 0 THEN 100.0 * teller / nevner END"
        if one.slag == "vekst":
            each = f"CASE WHEN teller{LAST} > 0 THEN 100.0 * (COALESCE(teller, 0) - teller{LAST}) / teller{LAST} END"
        mean = "AVG(egen)"
        if weighing != PLAIN:
            people = of.column(one, FIRST, PEOPLE)
            parts.append(people)
            mean = f"SUM(egen * {PEOPLE}) / SUM(CASE WHEN egen IS NOT NULL THEN {PEOPLE} END)"
            each += f" AS egen, {PEOPLE}"
        else:
            each += " AS egen"
        listed = ", ".join(parts)
        return (
            f"SELECT {mean} AS verdi\nFROM (\n  SELECT {each}\n  FROM (\n    SELECT {listed}\n"
            f"{indent(self._among(of, one), '    ')}\n  ) AS deler\n) AS hver"
        )

    def _each(self, of: Units, one: Recipe, rolle: str) -> str:
        """Return what each unit adds to a part of a number; NULL where it is not counted or has no amount."""
        both = [
            self._condition(of, one, name) for name in ("vilkaar", f"{field_of(rolle)}_vilkaar")
        ]
        counted = " AND ".join(f"({each})" for each in both if each)
        amount = self._amount(of, one, rolle)
        amount = "1" if amount == UNITS else amount
        return f"CASE WHEN {counted} THEN {amount} END" if counted else amount

    def _sum(self, of: Units, one: Recipe, rolle: str) -> str:
        """Return the sum of a part of a number over the units that are counted in it."""
        counted = self._condition(of, one, f"{field_of(rolle)}_vilkaar")
        amount = self._amount(of, one, rolle)
        if amount not in (UNITS, PEOPLE):
            if self._zero(one, rolle):
                amount = self._or_nothing(of, one, rolle, amount)
                return (
                    f"SUM(CASE WHEN {counted} THEN {amount} ELSE 0 END)"
                    if counted
                    else f"SUM({amount})"
                )
            return f"SUM(CASE WHEN {counted} THEN {amount} END)" if counted else f"SUM({amount})"
        if amount == UNITS and not one.vilkaar and not counted:
            return "COUNT(*)"
        amount = "1" if amount == UNITS else amount
        own = f"SUM(CASE WHEN {counted} THEN {amount} ELSE 0 END)" if counted else f"SUM({amount})"
        # Of nobody it is nothing; where a condition says whom the number is about at all, it is missing.
        return own if one.vilkaar or counted else f"COALESCE({own}, 0)"

    def _or_nothing(self, of: Units, one: Recipe, rolle: str, amount: str) -> str:
        """Return an amount on an area, nothing where a unit has none there.

        One of the same units in two years may lack the account (it had a balance sheet alone): then it is missing.
        """
        if not of.same:
            return f"COALESCE({amount}, 0)"
        begrep = str(getattr(one, field_of(rolle))).partition(AREA_SIGN)[0]
        sign = BEFORE_SIGN if rolle.endswith(LAST) or one.aar == schema.BEFORE else ""
        in_all = of.column(one, field_of(rolle), begrep + sign)
        return f"CASE WHEN {in_all} IS NOT NULL THEN COALESCE({amount}, 0) END"

    def _zero(self, one: Recipe, rolle: str) -> bool:
        """Whether no row is no amount: of a service area, where the source has all amounts of whoever has accounts."""
        begrep, _, area = str(getattr(one, field_of(rolle))).partition(AREA_SIGN)
        divided = tables.read("indicators").filter(
            (pl.col("begrep") == begrep) & (pl.col("omraader").cast(pl.String) == "ja")
        )
        return bool(area) and self.survey.gives.whole and len(divided) > 0

    def _amount(self, of: Units, one: Recipe, rolle: str) -> str:
        sign = BEFORE_SIGN if rolle.endswith(LAST) or one.aar == schema.BEFORE else ""
        name = str(getattr(one, field_of(rolle)))
        begrep, _, area = name.partition(AREA_SIGN)
        if begrep in (UNITS, PEOPLE):
            return of.column(one, field_of(rolle), begrep)
        if area:
            name = begrep + AREA_SIGN + choices.area(self.survey.choices, area)
        return of.column(one, field_of(rolle), name + sign)

    def _units_of(self, key: Key) -> Units:
        if key not in self._units:
            kind, utvalg, year = key
            same = utvalg in (schema.SAME, schema.SAME_NEGATIVE)
            self._units[key] = Units(
                self.survey,
                key if same else (kind, utvalg, self.survey.year),
                f"{kind}_{utvalg}" + (f"_{year}" if year != self.survey.year else ""),
            )
        return self._units[key]

    def _condition(self, of: Units, one: Recipe, cell: str) -> str:
        """Return one of the conditions of a number over the columns of its units; empty: all of them."""

        def column(name: str) -> str:
            return of.column(one, cell, wide.column_of(one, name))

        return sql_expressions.condition(one.condition(cell), column, self.survey.setting)


def _word(one: Recipe) -> str:
    """Return what a number is of: the last word of its id."""
    return one.tall_id.rpartition(".")[2]
