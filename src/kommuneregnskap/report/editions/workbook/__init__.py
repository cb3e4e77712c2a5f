"""The tables as workbooks, those most ask for in one and the others in a second, and each table as CSV."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report.editions import Edition, Material

FILE, REST, FOLDER = "tabeller.xlsx", "tabeller-vedlegg.xlsx", "tabeller"


def write(material: Material, folder: Path) -> None:
    """Write tabeller.xlsx, tabeller-vedlegg.xlsx and tabeller/; see `tables`."""
    from kommuneregnskap.report import contents  # noqa: PLC0415
    from kommuneregnskap.report.editions.workbook import tables  # noqa: PLC0415

    found = contents.tables(material.chapters)
    first, rest = tables.divided(found, material.survey)
    tables.write_workbook(first, material.survey, folder / FILE, rest=REST)
    tables.write_workbook(rest, material.survey, folder / REST)
    tables.write_csv_tables(found, material.survey, folder / FOLDER)


EDITION = Edition(
    "regneark",
    "every table, as workbooks and as CSV",
    place=2,
    write=write,
    files={
        FILE: "De viktigste tabellene (Excel)",
        REST: "Resten av tabellene (Excel)",
        f"{FOLDER}/": "Hver tabell for seg (CSV og parquet, med forklaring til programmer)",
    },
)
