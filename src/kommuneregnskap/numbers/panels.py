"""Section numbers in many panels of the same accounts: what each would be had others answered.

Every number made of amounts is summed for all panels in one query, by the same expressions as for one survey.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.numbers import panel_estimates, wide
from kommuneregnskap.numbers.evaluator import Evaluator, Key, Row
from kommuneregnskap.numbers.panel_estimates import PANEL
from kommuneregnskap.numbers.parts import WITHOUT_ACCOUNTS
from kommuneregnskap.numbers.table import of_year
from kommuneregnskap.numbers.values import FINITE
from kommuneregnskap.survey import matching
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.numbers import Recipe
from kommuneregnskap.tables.schemas import numbers as schema

OUT = {PANEL: pl.Int32, "id": pl.String, "aar": pl.Int32, "verdi": pl.Float64}


@reader.held()
def over(survey: Survey, panels: Sequence[Collection[str]], ids: Collection[str]) -> pl.DataFrame:
    """Return section numbers in each of many panels. Out: panel (its place, from 0), id, aar, verdi (own unit).

    panels: regions (four digits) that answer, of those with accounts. Of the numbers asked for, those about who
    answered are left out: they say what was put in; and what is looked up, which is of no panel. The values are those
    of `compute(survey.of_regions(panel))`.
    """
    everyone = survey.enheter.filter("har_drift")["region"].to_list()
    base = Evaluator(survey.of_regions(everyone))
    recipes = {
        name: one
        for name in ids
        if name in base.ids
        and _of_accounts(base, one := base.recipe(name))
        and one.slag != schema.LOOKED_UP
    }
    years = range(survey.year, survey.year - YEARS_BEFORE, -1)
    asked = {year: of_year(base, recipes, year) for year in years}
    each = [base.answered_by(regions) for regions in panels]
    members = _members(panels)
    wanted = {(name, year) for year, names in asked.items() for name in names}
    for key, parts in base.amounts_asked(wanted).items():
        for panel, (row, said_of) in _answers(base, key, parts, members).items():
            each[panel].take(parts, row, said_of, key[2])
    for name, values in panel_estimates.of(base, _with_parts(base, recipes), members).items():
        for panel, value in values.items():
            each[panel].know(name, survey.year, value)
    rows = [
        (panel, name, year, value)
        for panel, one in enumerate(each)
        for year, names in asked.items()
        for name, value in one.values(names, year).items()
    ]
    return pl.DataFrame(rows, schema=OUT, orient="row").with_columns(FINITE)


def _of_accounts(base: Evaluator, one: Recipe) -> bool:
    """Return whether a number is of what units have in their accounts, and not of who answered."""
    if one.of_numbers:
        return all(_of_accounts(base, base.recipe(name)) for name in one.made_of)
    return one.utvalg not in WITHOUT_ACCOUNTS


def _with_parts(base: Evaluator, ids: Collection[str]) -> list[str]:
    """Return section numbers and those they are made of, down to the last."""
    found = dict.fromkeys(ids)
    waiting = list(ids)
    while waiting:
        new = [each for each in base.recipe(waiting.pop()).made_of if each not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return list(found)


def _members(panels: Sequence[Collection[str]]) -> pl.DataFrame:
    """Return who is in which panel: panel, region."""
    rows = {PANEL: range(len(panels)), "region": [sorted(each) for each in panels]}
    return pl.DataFrame(rows, schema={PANEL: pl.Int32, "region": pl.List(pl.String)}).explode(
        "region", empty_as_null=False
    )


@dataclass(frozen=True)
class _Frames:
    """The units that numbers are computed of and said of (`Evaluator.frame`, `.everyone`), and who is in which panel.

    units: panel, and a column with what `key` holds in the frames.
    """

    frame: pl.DataFrame
    everyone: pl.DataFrame
    units: pl.DataFrame
    key: str = "enhet"

    def answers(self, of: pl.DataFrame, asked: Mapping[str, pl.Expr]) -> dict[int, Row]:
        """Return what is asked of a frame, in each panel that has units in it."""
        columns = {name for each in asked.values() for name in each.meta.root_names()}
        found = (
            of.select(self.key, *sorted(columns - {self.key}))
            .join(self.units, on=self.key, maintain_order="left")
            .group_by(PANEL, maintain_order=True)
            .agg(**asked)
        )
        return {row.pop(PANEL): row for row in found.iter_rows(named=True)}


def _answers(
    base: Evaluator, key: Key, recipes: Mapping[str, Recipe], members: pl.DataFrame
) -> dict[int, tuple[Row, Row]]:
    """Return what `Evaluator.query` and `counted` give of a frame of units in each panel that has units."""
    if members.is_empty():
        return {}
    frames, year = _frames(base, key, members), key[2]
    nobody = frames.frame.clear()
    empty = nobody.select(**base.query(recipes, nobody, year)).row(0, named=True)
    rows = frames.answers(frames.frame, base.query(recipes, frames.frame, year))
    said_of = frames.answers(frames.everyone, base.counted(recipes))
    none = dict.fromkeys(recipes, 0)
    return {
        panel: (rows.get(panel, empty), said_of.get(panel, none))
        for panel in members[PANEL].unique()
    }


def _frames(base: Evaluator, key: Key, members: pl.DataFrame) -> _Frames:
    """Return the units of a key in all panels: as they are for everybody, or by who answered which year."""
    kind, utvalg, year = key
    compared = utvalg in wide.COMPARED
    if compared and base.survey.setting(wide.COMPARED[utvalg]) != matching.SAME:
        return _by_answer(base, key, members)
    units = _compared(base.survey, kind, year, members) if compared else members
    units = units.rename({units.columns[-1]: "enhet"})
    return _Frames(base.frame(key), base.everyone(key), units)


def _by_answer(base: Evaluator, key: Key, members: pl.DataFrame) -> _Frames:
    """Return the units of two years where each year has those who answered then.

    Also those are units who answered the year before alone, and of a unit that was divided some parts may have
    answered: it is in the frame once for each set of its parts that is in some panel.
    """
    own = base.survey.enheter.filter(pl.col("type") == key[0]).select("region", "kobling")
    answered = (
        members.join(own, on="region")
        .group_by(PANEL, "kobling")
        .agg(hvem=pl.col("region").sort().str.join(" "))
    )
    units = (
        members.select(PANEL)
        .unique()
        .join(own.select("kobling").unique(), how="cross")
        .join(answered, on=[PANEL, "kobling"], how="left")
        .with_columns(pl.col("hvem").fill_null(""))
    )
    sets = units.select("kobling", "hvem").unique().sort("kobling", "hvem")
    frames, everyone = [], []
    for _, rows in sets.group_by(pl.int_range(pl.len()).over("kobling"), maintain_order=True):
        survey = base.survey.of_regions(rows["hvem"].str.split(" ").explode().to_list())
        frames.append(wide.units_of(survey, *key).join(rows, on="kobling"))
        everyone.append(wide.everyone_of(survey, *key).join(rows, on="kobling"))

    def marked(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(pl.concat_str("kobling", "hvem", separator=" ").alias("del"))

    return _Frames(
        marked(pl.concat(frames, how="diagonal")).sort("del"),
        marked(pl.concat(everyone)).sort("del"),
        marked(units).select(PANEL, "del"),
        "del",
    )


def _compared(survey: Survey, kind: str, year: int, members: pl.DataFrame) -> pl.DataFrame:
    """Return which units of two years are in which panel, all their parts answering: panel, kobling."""
    own = matching.asked(
        survey.enheter, survey.year, survey.comparable(year, kind).parts, kind
    ).select("region", "kobling")
    parts = own.group_by("kobling").len("deler")
    return (
        members.join(own, on="region")
        .group_by(PANEL, "kobling")
        .len("svart")
        .join(parts, on="kobling")
        .filter(pl.col("svart") == pl.col("deler"))
        .select(PANEL, "kobling")
    )
