"""Controls on the desk: what Statistics Norway's controls, and our own, say of a folder of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.report.pages.control import export_control_page, write_findings
from kommuneregnskap.sources import adding, listed, with_files
from kommuneregnskap.sources.kostra import files_of_year, respondents
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.support.files import publishing
from kommuneregnskap.survey.accounts import Controlled, kept_years, passed_over, span, tallied
from kommuneregnskap.survey.request import Request
from kommuneregnskap.tables.register import WHOLE_UNIT, either


@dataclass(frozen=True)
class Validation:
    """What a validation found and where it was written.

    kontroll: findings of the year and of the earlier years that a report of it uses. units: who has
    accounts of the year (region of six digits, enhet, omfang). rettelser: the corrections used. compared:
    whether the year before was there to be compared with. linjer, forbigaatt: what became of every line of the
    year, and what was passed over as a whole (`kostra.tally`).
    """

    year: int
    folder: Path
    kontroll: pl.DataFrame
    units: pl.DataFrame
    rettelser: pl.DataFrame
    compared: bool
    linjer: pl.DataFrame
    forbigaatt: pl.DataFrame

    @property
    def own(self) -> pl.DataFrame:
        """The findings of the year itself."""
        return findings.of_year(self.kontroll, self.year)

    @property
    def blocks(self) -> bool:
        """Whether something keeps a unit out of the numbers, of the year or of those before it."""
        return not findings.stopped(self.kontroll).is_empty()


def validate(request: Request, scope: str = "") -> Validation:
    """Control the files of a year, and of the earlier years that its report uses.

    Writes kontroll.csv and index.html into reports/<year>/<source>-kontroll. scope: `kasse`,
    `konsolidert` or "" for every form in the folder. Raises UsageError where there are no accounts of
    the year, and DataError for a table or correction that does not hold.
    """
    year, origin = request.year, with_files(request.source)
    if scope not in ("", *origin.scopes):
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(origin.scopes)}")
    place = origin.folder(request.data_dir)
    origin.prepare(place)
    years = _years(year, place)
    accounts = origin.accounts
    lists = respondents.lists(place, years)
    controlled = kept_years(place, years, scope, accounts, lists)
    kontroll = findings.concat(each.kontroll for each in controlled.values())
    found = Validation(
        year=year,
        folder=request.folder("kontroll"),
        kontroll=kontroll,
        units=_units(controlled[year], year),
        rettelser=pl.concat([each.rettelser for each in controlled.values()]),
        compared=year - 1 in years,
        linjer=tallied({year: controlled[year]}, findings.stopped(kontroll), lists),
        forbigaatt=passed_over(place, [year], controlled[year].forbigaatt),
    )
    if found.units.is_empty() and found.own.is_empty():
        raise UsageError(f"no accounts of {year} in {shown_path(place)}: its files hold none")
    with publishing(found.folder) as draft:
        write_findings(kontroll, accounts, draft / "kontroll.csv")
        export_control_page(
            kontroll,
            year,
            found.units,
            found.rettelser,
            draft / "index.html",
            accounts=accounts,
            compared=found.compared,
            linjer=found.linjer,
            forbigaatt=found.forbigaatt,
        )
    return found


def _years(year: int, place: Path) -> list[int]:
    available = files_of_year.years_available(place)
    if year not in available and year not in tables.years_known():
        raise UsageError(
            f"YEAR is {year}; the tables know: {listed(tables.years_known())}. {adding(year)}"
        )
    if year not in available:
        raise UsageError(
            f"no account files of {year} in {shown_path(place)}; give their folder with {typed('DATA=folder')}"
        )
    return [each for each in range(span(year)[0], year + 1) if each in available]


def _units(controlled: Controlled, year: int) -> pl.DataFrame:
    """Return who has accounts: region, enhet (its name), omfang."""
    names = either(year).select("region", enhet="navn")
    rows = [
        frame.select(pl.col("region") + WHOLE_UNIT, omfang="regnskapsomfang")
        for frame in (controlled.poster, controlled.balanse)
    ]
    return (
        pl.concat(rows)
        .unique()
        .join(names, on="region", how="left")
        .select("region", pl.col("enhet").fill_null(""), "omfang")
        .sort("region", "omfang")
    )
