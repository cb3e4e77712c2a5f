"""What a package says of itself wherever it says it: title, year, date, version, licences."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from kommuneregnskap.report.citation import AUTHORS, PACKAGE
from kommuneregnskap.report.licences import CC_BY, MIT
from kommuneregnskap.report.package.holdings import OneReport
from kommuneregnskap.report.package.tables import licence_of
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published


@dataclass(frozen=True)
class About:
    """A package: the accounting year, whether all its accounts are invented, what they are, the date it is of.

    accounts: in words, by source. date: the newest day of what it is made of: when a number was published, a table
    updated or fetched, else the last of the accounting year. Of the day it was made on a package says nothing.
    """

    year: int
    synthetic: bool
    accounts: tuple[str, ...]
    date: str

    licences: ClassVar = (MIT, CC_BY)  # codes and definitions of SSB are in every package

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
            f"The numbers that KS and others published on the municipal accounts of {self.year}, tried on "
            f"{' and on '.join(self.accounts)}: each with definition, code and what became of it. Tables, figures, "
            "executed notebooks and pages of the reports, and the program with its tables."
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
    surveys = [each.survey for each in reports]
    year = surveys[0].year
    receipts = [
        snapshot.open_snapshot(each.figures.snapshot).receipt
        for each in surveys
        if each.gives.snapshots
    ]
    days = [
        *published.read(year)["vintage"].drop_nulls().to_list(),
        *(table["oppdatert"] for each in receipts for table in each["tabeller"]),
        *(each["hentet"] for each in receipts),
    ]
    newest = max(days, default=f"{year}-12-31")
    accounts = tuple(_accounts(each) for each in surveys)
    return About(year, all(each.synthetic for each in surveys), accounts, _whole_day(newest))


def _accounts(survey: Survey) -> str:
    """Return what the accounts of a survey are, in English."""
    if survey.synthetic:
        return "invented accounts, which prove nothing about Norway"
    if not survey.gives.snapshots:
        return "account files that municipalities deliver"
    return (
        "SSB's open figures"
        if survey.figures.official
        else "open figures of another server than SSB's"
    )


def _whole_day(date: str) -> str:
    """Return a date as a day: of a month or a year alone the first, of a moment its day."""
    return date[:10] + "-01" * (2 - date[:10].count("-"))
