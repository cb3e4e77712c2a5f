"""Sentences of pressemelding.csv filled with section numbers: for the release and for a report's front."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.report.headlines import news, of_whom
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import wording
from kommuneregnskap.tables.wording import Numbers

TABLE = "pressemelding"
YEAR, SECTION = "aaret", "del"
AT_MOST = 3  # sentences on a section


def of_year(survey: Survey, tall: pl.DataFrame) -> list[str]:
    """Return what the year was, in two sentences at most, in bokmål. In: its section numbers (`frames.Tall`)."""
    return _filled(survey, tall, YEAR, YEAR)[:2]


def of_one(survey: Survey, tall: pl.DataFrame) -> list[str]:
    """Return what the year of one municipality was: its result, and how its amounts changed. In: as `of_year`."""
    return [*_filled(survey, tall, "ingress", "ingress"), *_filled(survey, tall, YEAR, YEAR)]


def of_section(survey: Survey, tall: pl.DataFrame, section: str) -> list[str]:
    """Return what is said of a section: the first three sentences whose numbers are there."""
    return _filled(survey, tall, SECTION, section)[:AT_MOST]


def _filled(survey: Survey, tall: pl.DataFrame, kind: str, about: str) -> list[str]:
    rows = told(survey, tall)
    return [row["setning"] for row in rows if (row["slag"], row["avsnitt"]) == (kind, about)]


def told(survey: Survey, tall: pl.DataFrame) -> list[dict[str, str]]:
    """Return the rows of the table whose sentences stand, filled in, in order.

    Raises DataError for a row that names what is no section number.
    """
    numbers = wording.numbers_of(news(survey, tall), survey.year)
    found = []
    for row in tables.read(TABLE).sort("nr").iter_rows(named=True):
        text = _sentence(row | {"setning": of_whom(row["setning"], survey)}, numbers)
        if text is not None:
            found.append(row | {"setning": text})
    return found


def _sentence(row: Mapping[str, object], numbers: Numbers) -> str | None:
    """Return the sentence of a row, or None where its condition fails or a number is missing."""
    try:
        if row["vilkaar"] and not wording.holds(str(row["vilkaar"]), numbers):
            return None
        text = wording.filled(str(row["setning"]), numbers)
    except KeyError as error:
        raise DataError(
            tables.file_of(TABLE),
            line=int(str(row["linje"])),
            field="vilkaar or setning",
            value=str(error.args[0]).removeprefix("no section number ").strip("'"),
            allowed="an id in tall.csv",
            todo="Mend the id.",
        ) from None
    return None if text is None else text[:1].upper() + text[1:]
