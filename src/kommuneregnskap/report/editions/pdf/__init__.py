"""The report in print: rapport.pdf."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report.editions import Edition, Material, without

NAME, FILE = "pdf", "rapport.pdf"


def write(material: Material, folder: Path) -> None:
    """Write rapport.pdf; see `typeset.write_pdf`."""
    from kommuneregnskap.report.editions.pdf.typeset import write_pdf  # noqa: PLC0415

    todo = "Take the character out of the table that it comes from, or leave print out"
    write_pdf(material, folder / FILE, f"{todo}: ONLY={without(NAME)}")


EDITION = Edition(NAME, "print", place=1, write=write, files={FILE: "Rapporten til utskrift (PDF)"})
