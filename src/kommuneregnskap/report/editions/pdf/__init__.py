"""The report in print: rapport.pdf, and its appendix with everything, vedlegg.pdf."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report.editions import Edition, Material, without
from kommuneregnskap.report.editions.pdf.names import APPENDIX, FILE
from kommuneregnskap.support.commands import typed

NAME = "pdf"


def write(material: Material, folder: Path) -> None:
    """Write rapport.pdf and vedlegg.pdf; see `printed.source` and `appendix.source`."""
    from kommuneregnskap.report.editions.pdf import appendix, printed, typeset  # noqa: PLC0415

    todo = "Take the character out of the table that it comes from, or leave print out"
    for file, source in ((FILE, printed.source), (APPENDIX, appendix.source)):
        typeset.write_pdf(
            source, material, folder / file, f"{todo}: {typed(f'ONLY={without(NAME)}')}"
        )


EDITION = Edition(
    NAME,
    "print, and its appendix",
    place=1,
    write=write,
    files={
        FILE: "Rapporten til utskrift (PDF)",
        APPENDIX: "Vedlegget: alle tabeller og forutsetninger (PDF)",
    },
)
