"""The list of those who answered: respondenter.csv beside the account files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.kostra.files import RESPONDENTS_FILE, is_foreign_link
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.controls import Respondent


@dataclass(frozen=True)
class Listed:
    """A list: its numbers (four digits), its name below the folder, and the sha256 of the bytes they were read from."""

    numbers: pl.Series
    name: str
    sha256: str


def lists(folder: Path, years: Sequence[int]) -> dict[int, Listed | None]:
    """Return the list of each of a survey's years, the survey year last; None where there is none."""
    return {year: listed(folder, year, survey_year=year == years[-1]) for year in years}


def listed(folder: Path, year: int, *, survey_year: bool = True) -> Listed | None:
    """Return who is listed in respondenter.csv of the year's folder; None where there is no list.

    A list in `folder` itself is of the survey year alone: numbers change between the years. Blank lines name nobody.
    Raises DataError for what is there under that name and is no plain file within its folder, cannot be read, or
    holds anything but numbers, each once.
    """
    places = [folder / str(year)] + [folder] * survey_year
    for path in (place / RESPONDENTS_FILE for place in places):
        if path.is_symlink() or path.exists():
            return _read(path, folder)
    return None


def _read(path: Path, folder: Path) -> Listed:
    if is_foreign_link(path):
        raise DataError(
            path,
            problem="is a link that leads out of its folder",
            allowed="a file, or a link within the folder",
            todo="Put the list itself there.",
        )
    try:
        refuse_special(path)
    except OSError as error:
        raise DataError(
            path,
            problem=f"cannot be read ({error.strerror})",
            todo="Mend the list, or take it out of the folder: without one, all who delivered have answered.",
        ) from None
    found = reader.content(path)
    numbers = reader.checked(found, Respondent)["region"]
    return Listed(numbers, str(path.relative_to(folder)), hashlib.sha256(found.data).hexdigest())
