"""What a package says of itself wherever it says it: title, year, date, version, licences."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from kommuneregnskap.report.citation import AUTHORS, PACKAGE
from kommuneregnskap.report.licences import Licence
from kommuneregnskap.report.package.holdings import OneReport
from kommuneregnskap.report.package.tables import licence_of
from kommuneregnskap.report.resources import origin, together
from kommuneregnskap.tables import published


@dataclass(frozen=True)
class About:
    """A package: the accounting year, whether all its accounts are invented, its licences, the date it is of.

    date: the newest day of what it is made of: when a number was published or a table updated, else the day of the
    accounts. Of the day it was made on a package says nothing.
    """

    year: int
    synthetic: bool
    licences: tuple[Licence, ...]
    date: str

    @property
    def name(self) -> str:
        """Return what it is called in a file's name."""
        return f"{PACKAGE}-{self.year}"

    @property
    def title(self) -> str:
        """Return its title."""
        mark = " (synthetic accounts)" if self.synthetic else ""
        return f"Norwegian municipal accounts {self.year}: published numbers, recomputed{mark}"

    @property
    def description(self) -> str:
        """Return what it is, in two sentences."""
        return (
            f"The numbers that KS published on the municipal accounts of {self.year}, computed again from open "
            "figures and account files, each with definition, code, rows and a verdict. Tables, figures, executed "
            "notebooks and pages of the reports, and the program with its tables."
        )

    @property
    def version(self) -> str:
        """Return the version of the program it was made with."""
        return version(PACKAGE)

    @property
    def descriptor(self) -> dict[str, Any]:
        """Return its own properties as a Frictionless data package has them."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "version": self.version,
            "contributors": [{"title": AUTHORS, "role": "author"}],
            "keywords": ["KOSTRA", "municipal accounts", "Norway"],
            "licenses": [licence_of(each) for each in self.licences],
        }


def of(reports: list[OneReport]) -> About:
    """Return what there is to say of a package of these reports, of one year."""
    year = reports[0].survey.year
    whose = together([origin(each.survey) for each in reports])
    days = [
        *published.read(year)["vintage"].to_list(),
        *(each["updated"] for each in whose.vintages),
    ]
    newest = max((day for day in days if day), default=f"{year}-12-31")
    return About(year, whose.synthetic, whose.licences, _whole_day(newest))


def _whole_day(date: str) -> str:
    """Return a date as a day: of a month or a year alone the first, of a moment its day."""
    return date[:10] + "-01" * (2 - date[:10].count("-"))
