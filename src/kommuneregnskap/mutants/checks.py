"""The checks: what each of them says of accounts, definitions and published numbers.

A check is one published number that is tried against the accounts, one rule of a release's own
arithmetic, one control of account files, one identity, and the check that every table gets when it
is read. What it says is a set of words; it sees a mutant when it says something it did not say before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import Case, findings
from kommuneregnskap.indicators.evaluate import percent, wide
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.values import value
from kommuneregnskap.sources.source import SCOPES
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units
from kommuneregnskap.tables.definitions import PERCENT_SIGN
from kommuneregnskap.verdicts import arithmetic, judgement

Says = dict[str, frozenset[str]]
TABLE_CHECK = "tabell"
CLAIM, RULE, CONTROL, IDENTITY = "publisert tall", "regnestykke", "kontroll", "identitet"
TABLE = "tabellkontroll"
BREACH = frozenset({"brudd"})
# The controls whose finding depends on a definition, not on the files alone.
ON_DEFINITIONS = ("E04", "E06")


def all_checks(year: int) -> pl.DataFrame:
    """Return every check of a year: id, slag, navn (bokmål), in a fixed order.

    Published numbers that are background only are tried against nothing, and are no checks. Of the
    controls: those in force in the year on the forms of the treasury.
    """
    forms = tables.read("skjema").filter(pl.col("regnskapsomfang").cast(pl.String) == SCOPES[0])[
        "skjema"
    ]
    of_scope = pl.col("skjema").str.split(", ").list.set_intersection(forms.unique().to_list())
    parts = [
        (CLAIM, tried(year).select("id", navn="maaler")),
        (
            RULE,
            tables.read("arithmetic").filter(pl.col("aar") == year).select("id", navn="forklaring"),
        ),
        (
            CONTROL,
            tables.valid("controls", year)
            .filter(of_scope.list.len() > 0)
            .unique("kontroll", keep="first", maintain_order=True)
            .select("navn", id="kontroll"),
        ),
        (IDENTITY, tables.read("identities").select("id", "navn")),
        (
            TABLE,
            pl.DataFrame({"id": [TABLE_CHECK], "navn": ["Tabellene holder når de leses"]}),
        ),
    ]
    return pl.concat(part.select("id", pl.lit(slag).alias("slag"), "navn") for slag, part in parts)


def tried(year: int) -> pl.DataFrame:
    """Return the published numbers of a year that are tried against the accounts."""
    return published.read(year).filter(pl.col("status").cast(pl.String) == "beregnes")


def of_claims(survey: Survey, tall: pl.DataFrame) -> Says:
    """Return the verdict of every published number that is tried against the accounts."""
    judged = judgement.judge(tried(survey.year), tall, survey)
    return {name: frozenset({dom}) for name, dom in judged.select("id", "dom").iter_rows()}


def of_rules(year: int) -> Says:
    """Return the outcome of every rule of a year's own arithmetic."""
    checked = arithmetic.arithmetic(published.read(year), year)
    return {name: frozenset({said}) for name, said in checked.select("id", "utfall").iter_rows()}


def of_controls(case: Case, only: tuple[str, ...] = ()) -> Says:
    """Return what the controls find in a delivery: unit, form and field of every breach."""
    found = findings.run(case, Path(), only)
    place = pl.concat_str("region", "skjema", "felt", separator=" ", ignore_nulls=True)
    grouped = found.group_by("kontroll").agg(place.alias("hvor"))
    return {name: frozenset(places) for name, places in grouped.iter_rows()}


def of_identities(survey: Survey, tall: pl.DataFrame) -> Says:
    """Return which identities are broken: {"brudd"} for those, nothing for the others.

    tall: the section numbers of the survey.
    """
    return {
        row["id"]: BREACH if RULES[str(row["regel"])](row, survey, tall) else frozenset()
        for row in tables.read("identities").iter_rows(named=True)
    }


def of_survey(survey: Survey) -> Says:
    """Return what published numbers and identities say of a survey."""
    tall = compute(survey)
    return of_claims(survey, tall) | of_identities(survey, tall)


def seen(before: Says, after: Says) -> frozenset[str]:
    """Return the checks that say something after that they did not say before."""
    nothing: frozenset[str] = frozenset()
    return frozenset(name for name in after if after[name] - before.get(name, nothing))


def _rolled(row: Mapping[str, object], survey: Survey, _tall: pl.DataFrame) -> bool:
    """Whether a stock is not what it was the year before plus what was set aside, in any unit."""
    stock, flow = str(row["venstre"]), str(row["hoeyre"])
    kinds = survey.enheter["type"].unique().sort()
    matched = pl.concat(survey.matched(survey.year, kind) for kind in kinds)
    both = wide(matched, "aar", "kobling")
    if not {stock, flow} <= set(both.columns):
        return False
    now, before = pl.col("aar") == survey.year, pl.col("aar") == survey.year - 1
    gap = both.group_by("kobling").agg(
        avvik=pl.col(stock).filter(now).sum()
        - pl.col(stock).filter(before).sum()
        - pl.col(flow).filter(now).sum()
    )
    return _beyond(gap["avvik"], row)


def _partition(row: Mapping[str, object], survey: Survey, _tall: pl.DataFrame) -> bool:
    """Whether the areas of the partition do not add up to the whole, in any unit of the year."""
    whole = pl.col("tjenesteomraade").is_null()
    parts = tables.valid("tjenesteomraade", survey.year).filter(
        pl.col("oppdeling").cast(pl.String).is_in(str(row["hoeyre"]).split(", "))
    )["tjenesteomraade"]
    gap = (
        survey.indikatorer.filter(
            (pl.col("aar") == survey.year) & (pl.col("begrep") == row["venstre"])
        )
        .group_by("region")
        .agg(
            avvik=pl.col("belop").filter(whole).sum()
            - pl.col("belop").filter(pl.col("tjenesteomraade").is_in(parts.to_list())).sum()
        )
    )
    return _beyond(gap["avvik"], row)


def _framed(row: Mapping[str, object], survey: Survey, _tall: pl.DataFrame) -> bool:
    """Whether the register has another number of municipalities than a source states."""
    known = units.frame(survey.year, oppdiktet=survey.synthetic).filter(pl.col("type") == "kommune")
    group = str(row["venstre"])
    if group == "utenom_oslo":
        known = known.filter(~pl.col("region").is_in(units.oslo(survey.year)))
    elif group != "alle":
        known = known.filter(pl.col("stoerrelsesgruppe") == group)
    stated = published.read(survey.year).filter(pl.col("id") == row["hoeyre"])["verdi"]
    return _beyond(stated - len(known), row)


def _ratio(row: Mapping[str, object], survey: Survey, tall: pl.DataFrame) -> bool:
    """Whether a percentage of indicators.csv, of the respondents' sums, is not the section number."""
    name = str(row["venstre"])
    parts = tables.valid("indicators", survey.year).filter(pl.col("begrep") == name)
    numerator = str(parts["begreper"][0]).split(PERCENT_SIGN)[0]
    whole = survey.panel().filter(pl.col(numerator).is_not_null()).select(pl.col(pl.Int64).sum())
    stated = value(tall, str(row["hoeyre"]), survey.year)
    if stated is None:
        return True
    return _beyond(whole.select(percent(name, survey.year) - stated).to_series(), row)


def _beyond(gap: pl.Series, row: Mapping[str, object]) -> bool:
    return bool((gap.abs() > float(str(row["margin"]))).any())


RULES = {"rulles_videre": _rolled, "oppdeling": _partition, "ramme": _framed, "forhold": _ratio}
