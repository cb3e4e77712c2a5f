"""Every table of the report: as a workbook, and each as CSV."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report.editions import Edition, Material

FILE, FOLDER = "tabeller.xlsx", "tabeller"


def write(material: Material, folder: Path) -> None:
    """Write tabeller.xlsx and tabeller/; see `tables`."""
    from kommuneregnskap.report import contents  # noqa: PLC0415
    from kommuneregnskap.report.editions.workbook import tables  # noqa: PLC0415

    found = contents.tables(material.chapters)
    tables.write_workbook(found, material.survey, folder / FILE)
    tables.write_csv_tables(found, material.survey, folder / FOLDER)


EDITION = Edition(
    "regneark",
    "every table, as a workbook and as CSV",
    place=2,
    write=write,
    files={FILE: "Alle tabellene (Excel)", f"{FOLDER}/": "Hver tabell for seg (CSV)"},
)
