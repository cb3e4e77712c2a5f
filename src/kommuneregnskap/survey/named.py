"""Which unit of a survey is meant: by its name as people type it, or by its number as systems write it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import UsageError, one_line
from kommuneregnskap.support.nearest import nearest, spelt
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.region_numbers import number_of

PARALLEL = re.compile(r"\s+[-–/]\s+")  # between the forms of a name: `Guovdageaidnu - Kautokeino`
KIND = re.compile(r"\s+(?:kommune|fylkeskommune)$", re.IGNORECASE)
SHOWN, ALIKE = 5, 0.6


def find(survey: Survey, who: object) -> dict[str, Any]:
    """Return the unit of the survey year that is meant: its row of `Survey.enheter`.

    who: a name, in any case, with or without æ, ø and å, the Sami or Kven form too, with the county behind it where
    two share it (`Herøy (Nordland)`), or a number, also without leading zeros. Raises UsageError for what is none,
    naming the nearest and what became of those that are gone, and for a name that two share, naming both.
    """
    if isinstance(who, Survey):
        raise UsageError('the first word is whose, such as kr.unit("Bodø", survey=survey)')
    number = number_of(who)
    if number is not None:
        rows = survey.enheter.filter(pl.col("region") == number)
        if rows.is_empty():
            raise UsageError(_no_number(survey, number))
        return rows.row(0, named=True)
    name = str(who).strip()
    found = _called(survey, name)
    rows = survey.enheter.filter(pl.col("region").is_in(found))
    if len(rows) == 1:
        return rows.row(0, named=True)
    if len(rows) > 1:
        shared = ", ".join(_shown(row) for row in rows.iter_rows(named=True))
        raise UsageError(
            f"{len(rows)} units are called {one_line(name)!r} in {survey.year}: {shared}; give the number, or the "
            f"name as it stands here"
        )
    raise UsageError(_no_name(survey, name))


def some(survey: Survey) -> str:
    """Say which units have accounts in the survey year: the first of them, and how many more."""
    with_accounts = survey.indikatorer.filter(pl.col("aar") == survey.year)["region"].unique()
    have = survey.enheter.filter(pl.col("region").is_in(with_accounts.implode()))
    have = have.sort("type", "region", descending=[True, False])
    return _first(have["region"] + " " + have["navn"])


def _called(survey: Survey, name: str) -> list[str]:
    """Return the regions that bear a name: municipalities first, then counties without their last word."""
    wanted = [name, KIND.sub("", name), *PARALLEL.split(name)]
    for known in _names(survey):
        for each in wanted:
            exact = [region for region, form in known if form.casefold() == each.casefold()]
            typed = spelt(each)
            found = exact or [region for region, form in known if spelt(form) & typed]
            if found:
                return sorted(set(found))
    return []


def _names(survey: Survey) -> Iterable[list[tuple[str, str]]]:
    """Yield the names that units bear, region and name: those of municipalities, then those of counties."""
    own = survey.enheter
    municipalities = own.filter(pl.col("type") == "kommune")
    forms = tables.valid("kommune", survey.year).select(
        "samisk_navn", "kvensk_navn", region="kommunenummer"
    )
    wide = municipalities.select(
        "region", "navn", med_fylke=pl.format("{} ({})", "navn", "fylke")
    ).join(forms, on="region", how="left")
    yield wide.unpivot(index="region").drop_nulls("value").select("region", "value").rows()
    counties = own.filter(pl.col("type") != "kommune")
    yield [
        (region, form)
        for region, navn, fylke in counties.select("region", "navn", "fylke").iter_rows()
        for form in (navn, fylke)
    ]


def _no_number(survey: Survey, number: str) -> str:
    """Say that a number is no unit of the survey year, and what became of it where that is known."""
    said = f"{number} is no municipality or county in {survey.year}"
    became = units.renumbered(survey.year).filter(pl.col("nummer") == number)["endret"]
    if len(became):
        return f"{said} ({became[0]})"
    return f"{said}; there are {_municipalities(survey)}"


def _no_name(survey: Survey, name: str) -> str:
    """Say that a name is nobody's in the survey year: the nearest, what became of it, or that nobody has a name."""
    if survey.synthetic:
        return (
            f"no unit is called {one_line(name)!r}: the accounts of {survey.source} are invented, of units that have "
            f"numbers and no municipality's name; there are {_municipalities(survey)}"
        )
    said = f"no municipality is called {one_line(name)!r} in {survey.year}"
    known = {form for names in _names(survey) for _, form in names if not form.endswith(")")}
    like = nearest(name, known, least=ALIKE) or nearest(name, known)
    became = _became(name, survey.year)
    return f"{said}{f' ({became})' if became else ''}; nearest: {', '.join(like)}"


def _became(name: str, year: int) -> str:
    """Return what became of a municipality that is gone, by its last name; empty for one that never was."""
    gone = tables.read("kommune_endring").filter(
        (pl.col("aar") <= year)
        & (pl.col("fra_navn").str.to_lowercase() == name.lower())
        & (pl.col("type").cast(pl.String) != units.BORDER)
    )
    if gone.is_empty():
        return ""
    last = gone.filter(pl.col("aar") == pl.col("aar").max())
    to = last.select(pl.format("{} {}", "til_nummer", "til_navn")).to_series().unique().sort()
    return f"{last['fra_nummer'][0]} opphørte i {last['aar'][0]}, ble {' og '.join(to)}"


def _shown(row: dict[str, Any]) -> str:
    return f"{row['region']} {row['navn']} ({row['fylke']})"


def _municipalities(survey: Survey) -> str:
    return _first(survey.enheter.filter(pl.col("type") == "kommune")["region"].sort())


def _first(names: pl.Series) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names.head(SHOWN)) + (f" and {rest} more" if rest > 0 else "")
