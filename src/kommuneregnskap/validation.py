"""Controls on the desk: what Statistics Norway's controls, and our own, say of a folder of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import delivery, demo, paths, tables
from kommuneregnskap.controls import findings
from kommuneregnskap.errors import UsageError, shown_path
from kommuneregnskap.evaluation import control_years
from kommuneregnskap.export.control import export_control_page, write_findings
from kommuneregnskap.publish import portable
from kommuneregnskap.report import publishing


@dataclass(frozen=True)
class Validation:
    """What a validation found: the findings of the year, and where they were written.

    units: regions that delivered accounts of the year (region, six digits; navn).
    """

    folder: Path
    kontroll: pl.DataFrame
    units: pl.DataFrame

    @property
    def blocks(self) -> bool:
        """Whether something keeps a unit out of the numbers."""
        return not findings.blocking(self.kontroll).is_empty()


def validate(
    year: int, *, source: str = "kostra", scope: str = "", data_dir: str = ""
) -> Validation:
    """Control the files of a year and write kontroll.csv and index.html.

    scope: `kasse`, `konsolidert` or "" for every form in the folder. The year before, where it is
    there, serves for comparison only. Raises UsageError where there are no files of the year, and
    DataError for a table or correction that does not hold. Into reports/<year>/<source>-kontroll.
    """
    data = portable(data_dir)
    place = delivery.source_folder(source, data)
    if source == "demo":
        demo.ensure_panel(place)
    available = delivery.years_available(source, data)
    if year not in available and year not in tables.years_known():
        raise UsageError(
            f"YEAR is {year}; the tables know: {', '.join(map(str, tables.years_known()))}"
        )
    if year not in available:
        raise UsageError(
            f"no account files of {year} in {shown_path(place)}; give their folder with DATA=folder"
        )
    accounts = delivery.ACCOUNTS[source]
    years = [each for each in (year - 1, year) if each in available]
    found = control_years(place, years, scope, accounts)[year]
    kontroll = found.kontroll
    units = found.delivered.select(pl.col("region") + "00")
    folder = paths.report(year, f"{source}-kontroll")
    with publishing(folder) as draft:
        write_findings(kontroll, accounts, draft / "kontroll.csv")
        export_control_page(kontroll, year, len(units), accounts, draft / "index.html")
    return Validation(folder, kontroll, units)
