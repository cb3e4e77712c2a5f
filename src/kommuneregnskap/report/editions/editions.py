"""What a report is besides its page: print, workbook, figures and the draft of a release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.report.editions import contents, figures, pdf, release, workbook
from kommuneregnskap.report.editions.wanted import BOOK, FIGURES, PRINT, RELEASE
from kommuneregnskap.survey.survey import Survey

# What a reader is told of the files, in the order of the list.
FILES = {
    pdf.FILE: "Rapporten til utskrift (PDF)",
    workbook.FILE: "Alle tabellene (Excel)",
    release.WORD: "Utkast til pressemelding (Word)",
    release.MARKDOWN: "Utkast til pressemelding (Markdown)",
    "tall.csv": "Alle tall i rapporten (CSV)",
    "vurdering.csv": "Alle publiserte tall med dom (CSV)",
    "kontroll.csv": "Alle funn i kontrollene (CSV)",
    "avstemming.csv": "Avstemming mot SSBs egne summer (CSV)",
}
FOLDERS = {
    workbook.FOLDER: "Hver tabell for seg (CSV)",
    figures.FOLDER: "Hver figur for seg (SVG og PNG)",
}


@dataclass(frozen=True)
class Download:
    """A file or folder beside the page: where it is, what it is called, how many files and bytes."""

    address: str
    navn: str
    filer: int
    bytes: int


def draw(executed: Path, folder: Path, wanted: Collection[str]) -> None:
    """Write the figures of one executed notebook, where they are asked for: beside the other kernels."""
    if FIGURES in wanted:
        figures.write_figures(contents.figures([contents.chapter(executed)]), folder)


def write_editions(
    executed: Sequence[Path],
    survey: Survey,
    tall: pl.DataFrame,
    vurdering: pl.DataFrame,
    folder: Path,
    wanted: Collection[str],
) -> None:
    """Write the editions in `wanted` (see `wanted.parse`) to `folder`; figures are for `draw`.

    In: the executed notebooks in order, the survey, its section numbers (`frames.Tall`) and its verdicts
    (`claims.judge`). Raises DataError where a file cannot be written.
    """
    found = contents.chapters(executed) if {PRINT, BOOK} & set(wanted) else []
    if BOOK in wanted:
        workbook.write_workbook(contents.tables(found), survey, folder)
        workbook.write_csv_tables(contents.tables(found), survey, folder)
    if PRINT in wanted:
        pdf.write_pdf(found, survey, tall, vurdering, folder)
    if RELEASE in wanted:
        release.write_release(release.release(survey, tall), folder)


def downloads(folder: Path) -> list[Download]:
    """Return what was made beside the page of a report, in the order a reader is shown it.

    Address relative to the folder (of folders with a slash at the end), name in bokmål, files, bytes.
    """
    single = [
        Download(name, navn, 1, (folder / name).stat().st_size)
        for name, navn in FILES.items()
        if (folder / name).is_file()
    ]
    several = []
    for name, navn in FOLDERS.items():
        sizes = [path.stat().st_size for path in (folder / name).glob("*") if path.is_file()]
        if sizes:
            several.append(Download(f"{name}/", navn, len(sizes), sum(sizes)))
    return single + several
