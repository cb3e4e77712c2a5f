"""Sentences of pressemelding.csv filled with section numbers: for the release and for a report's front."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.report.headlines import news
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables import wording
from kommuneregnskap.tables.wording import Numbers

TABLE = "pressemelding"
YEAR, SECTION = "aaret", "del"
AT_MOST = 3  # sentences on a section


def of_year(survey: Survey, tall: pl.DataFrame) -> list[str]:
    """Return what the year was, in two sentences at most, in bokmål. In: its section numbers (`frames.Tall`)."""
    return _filled(survey, tall, YEAR, YEAR)[:2]


def of_section(survey: Survey, tall: pl.DataFrame, section: str) -> list[str]:
    """Return what is said of a section: the first three sentences whose numbers are there."""
    return _filled(survey, tall, SECTION, section)[:AT_MOST]


def _filled(survey: Survey, tall: pl.DataFrame, kind: str, about: str) -> list[str]:
    numbers = wording.numbers_of(news(survey, tall), survey.year)
    rows = tables.read(TABLE).filter(
        (pl.col("slag").cast(pl.String) == kind) & (pl.col("avsnitt") == about)
    )
    found = [sentence(row, numbers) for row in rows.sort("nr").iter_rows(named=True)]
    return [worded(text, survey) for text in found if text is not None]


def sentence(row: Mapping[str, object], numbers: Numbers) -> str | None:
    """Return the sentence of a row of the table, or None where its condition fails or a number is missing.

    Raises DataError for a row that names what is no section number.
    """
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
