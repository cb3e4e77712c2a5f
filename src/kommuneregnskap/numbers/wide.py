"""Units with every amount in a column: what the recipes of numbers.csv add up, count and divide.

Columns of amounts (1000 kr): a concept of indicators.csv, `<concept>:<service area>`, percentages by their name; of
the year before the same with `|foer`.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.survey import matching
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, units
from kommuneregnskap.tables.conditions import BEFORE_SIGN
from kommuneregnskap.tables.definitions import PERCENT_SIGN
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

KIND = "kommune"
# Who is compared with whom in two years: the setting that says it.
COMPARED = {schema.SAME: "fjoraar", schema.SAME_NEGATIVE: "fjorandel"}
KEYS = ("enhet", "kobling", "type", "navn", "stoerrelsesgruppe", "svart", PEOPLE, UNITS)


@tables.made_of("indicators")
def shares(year: int) -> dict[str, tuple[str, str]]:
    """Return the percentages of indicators.csv in a year: name → numerator, denominator."""
    rows = tables.valid("indicators", year).filter(pl.col("regnskap").cast(pl.String) == "prosent")
    return {
        name: tuple(parts.split(PERCENT_SIGN))
        for name, parts in rows.select("begrep", "begreper").iter_rows()
    }


def units_of(survey: Survey, kind: str, utvalg: str, year: int) -> pl.DataFrame:
    """Return the units that a number of `year` is about, a row each: KEYS, then the amounts.

    utvalg: see `schemas.numbers`. enhet is the region; where the same units of two years are compared the
    `kobling`, its parts taken together. innbyggere: persons; enheter: 1.
    """
    whose = survey.setting(COMPARED[utvalg]) if utvalg in COMPARED else ""
    key = ("units", kind, utvalg, year, whose, survey.setting("delte"))
    return survey.of_answers(key, lambda: _units_of(survey, kind, utvalg, year, whose))


def _units_of(survey: Survey, kind: str, utvalg: str, year: int, whose: str) -> pl.DataFrame:
    frame = _frame(survey).filter(pl.col("type") == kind)
    alone = pl.col("enhet").is_in(units.oslo(survey.year))
    if utvalg == schema.FRAME_WITH_OSLO:
        return frame
    if utvalg in (schema.FRAME, schema.OSLO):
        return frame.filter(alone if utvalg == schema.OSLO else ~alone)
    if whose:
        return _same(survey, frame, kind, year, whose)
    return _answered(survey, frame.filter(~alone) if utvalg == schema.OUTSIDE_OSLO else frame, kind)


def column_of(one: Recipe, name: str) -> str:
    """Return the column that a condition of a number calls `name`: of the year that the number is of."""
    plain = name in KEYS or name.endswith(BEFORE_SIGN)
    return name if plain or one.aar != schema.BEFORE else name + BEFORE_SIGN


def everyone_of(survey: Survey, kind: str, utvalg: str, year: int) -> pl.DataFrame:
    """Return the units that a number of `year` is said of, a row each, whether or not all it needs is there: KEYS.

    As `units_of`, whose units they are where what is not there is nothing.
    """
    if survey.gives.whole or utvalg in (schema.FRAME, schema.FRAME_WITH_OSLO, schema.OSLO):
        return units_of(survey, kind, utvalg, year).select(KEYS)
    whose = survey.setting(COMPARED[utvalg]) if utvalg in COMPARED else ""
    key = ("said of", kind, utvalg, year, whose, survey.setting("delte"))
    return survey.of_answers(key, lambda: _everyone_of(survey, kind, utvalg, year, whose))


def _everyone_of(survey: Survey, kind: str, utvalg: str, year: int, whose: str) -> pl.DataFrame:
    frame = _frame(survey).filter(pl.col("type") == kind)
    if whose:
        both = survey.said_of_both(year, kind, whose=whose)
        return _sized(survey, frame, kind).join(both, on="kobling", how="semi")
    own = frame.join(survey.said_of(kind), left_on="enhet", right_on="region", how="semi")
    alone = pl.col("enhet").is_in(units.oslo(survey.year))
    return own.filter(~alone) if utvalg == schema.OUTSIDE_OSLO else own


def _frame(survey: Survey) -> pl.DataFrame:
    """Return all units of the survey year, as conditions see them: KEYS."""
    return survey.enheter.select(
        "kobling", "type", "navn", "stoerrelsesgruppe", "svart", enhet="region"
    ).with_columns(survey.enheter["folkemengde"].alias(PEOPLE), pl.lit(1, pl.Int64).alias(UNITS))


def _answered(survey: Survey, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Add what those who answered have in the survey year; the others are left out."""
    year = survey.year
    panel = survey.panel(kind).drop("folkemengde", "stoerrelsesgruppe", "kobling", "aar")
    known = frame.join(
        with_shares(panel.rename({"region": "enhet"}), year),
        on="enhet",
        how="inner",
        maintain_order="left",
    ).join(
        survey.of_accounts(("areas", year), lambda: _areas(survey.indikatorer, year)),
        on="enhet",
        how="left",
        maintain_order="left",
    )
    for name in shares(year):  # where a source prints the percentage alone
        printed = survey.printed(name).rename({"region": "enhet"})
        if len(printed):
            known = (
                known.join(printed, on="enhet", how="left", maintain_order="left")
                .with_columns(pl.coalesce(name, "trykt").alias(name))
                .drop("trykt")
            )
    return known


def _areas(indikatorer: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the amounts on service areas of a year: enhet (the region), a column per concept and area."""
    rows = indikatorer.filter((pl.col("aar") == year) & pl.col("tjenesteomraade").is_not_null())
    return _spread(rows.select("begrep", "tjenesteomraade", "belop", enhet="region"), "enhet")


def _spread(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return amounts as columns, a row per unit, sorted: begrep, with its service area where it has one."""
    area = pl.col("tjenesteomraade")
    column = pl.col("begrep") + pl.when(area.is_null()).then(pl.lit("")).otherwise(AREA_SIGN + area)
    coded = pl.Categorical  # spread in two thirds of the time that text takes
    wide = rows.with_columns(column.cast(coded).alias("spalte"), pl.col(key).cast(coded)).pivot(
        "spalte", index=key, values="belop"
    )
    return wide.select(pl.col(key).cast(pl.String), *sorted(set(wide.columns) - {key})).sort(key)


def _same(survey: Survey, frame: pl.DataFrame, kind: str, year: int, whose: str) -> pl.DataFrame:
    """Return the same units of two years, by `kobling`; with the size of the survey year."""
    if whose == matching.SAME:
        compared = survey.comparable(year, kind)
        split = survey.setting("delte") if kind == KIND else matching.BOTH
        both = survey.of_accounts(
            ("wide", year, kind, split), lambda: _two_years(compared.rows, year, same=True)
        )
        answered = matching.whole(survey.enheter, survey.year, compared.parts, kind)
        both = both.join(answered, on="kobling", how="semi", maintain_order="left")
    else:
        both = _two_years(survey.matched(year, kind, whose=whose), year, same=False)
    sized = _sized(survey, frame, kind)
    return sized.join(both, on="kobling", how="inner", maintain_order="left")


def _sized(survey: Survey, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the units of a frame by `kobling`, their parts taken together: KEYS."""
    return (
        frame.group_by("kobling")
        .agg(pl.col(PEOPLE).sum(), pl.col("svart").all(), pl.col("navn").first())
        .with_columns(
            stoerrelsesgruppe=units.size_group(pl.col(PEOPLE)).replace(
                choices.groups(survey.choices)
            )
            if kind == KIND
            else pl.lit(None, pl.String),
            enhet="kobling",
            type=pl.lit(kind),
        )
        .with_columns(pl.lit(1, pl.Int64).alias(UNITS))
        .select(KEYS)
        .sort("kobling")
    )


def _two_years(rows: pl.DataFrame, year: int, *, same: bool) -> pl.DataFrame:
    """Return amounts of a year and the year before: kobling, a column per amount, `|foer` of the year before.

    rows: `matching.pairs`. same: an amount that is known in one of the years only is left out of both: what is
    missing would look like growth.
    """

    def of(each: int) -> pl.DataFrame:
        own = _spread(rows.filter(pl.col("aar") == each).drop("aar"), "kobling")
        return evaluate.completed(own, year)

    now, before = of(year), of(year - 1)
    columns = sorted({*now.columns, *before.columns} - {"kobling"})
    both = now.join(before, on="kobling", how="full", coalesce=True, suffix=BEFORE_SIGN).sort(
        "kobling"
    )
    both = _renamed(both, now.columns, before.columns)
    lacking = [
        pl.lit(None, dtype=pl.Int64).alias(name)
        for name in [*columns, *(each + BEFORE_SIGN for each in columns)]
        if name not in both.columns
    ]
    both = both.with_columns(lacking)
    if same:
        totals = [name for name in columns if AREA_SIGN not in name]
        known = {
            name: pl.col(name).is_not_null() & pl.col(name + BEFORE_SIGN).is_not_null()
            for name in totals
        }
        both = both.with_columns(
            pl.when(known[name]).then(pl.col(name + sign)).alias(name + sign)
            for name in totals
            for sign in ("", BEFORE_SIGN)
        )
    return with_shares(with_shares(both, year), year, BEFORE_SIGN)


def _renamed(both: pl.DataFrame, now: list[str], before: list[str]) -> pl.DataFrame:
    """Give the columns that only the year before has its sign too: a join marks those of both alone."""
    own = set(before) - set(now)
    return both.rename({name: name + BEFORE_SIGN for name in own})


def with_shares(wide: pl.DataFrame, year: int, sign: str = "") -> pl.DataFrame:
    """Add the percentages of indicators.csv to a frame with its amounts; sign: what their columns end with."""
    return wide.with_columns(
        evaluate.ratio(pl.col(parts[0] + sign), pl.col(parts[1] + sign)).alias(name + sign)
        for name, parts in shares(year).items()
    )
