"""Every figure of the report as files: SVG for print, PNG at twice the size for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kommuneregnskap.report.editions import Edition

if TYPE_CHECKING:
    from kommuneregnskap.report.contents import Figure

FOLDER = "figurer"


def draw(executed: Path, folder: Path) -> None:
    """Write the figures of an executed notebook to `folder`; see `write_figures`."""
    from kommuneregnskap.report import contents  # noqa: PLC0415

    write_figures(contents.figures([contents.chapter(executed)]), folder)


def write_figures(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write each figure as figurer/<name>.svg and .png in `folder`, and return the files.

    Title, unit, source line and, on invented accounts, the watermark are part of the figure.
    Same figures, same bytes.
    """
    from kommuneregnskap.report import drawings  # noqa: PLC0415

    own = folder / FOLDER
    own.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        svg, png = (own / f"{figure.name}.{kind}" for kind in ("svg", "png"))
        svg.write_text(drawings.svg(figure.spec), encoding="utf-8")
        png.write_bytes(drawings.png(figure.spec))
        written += [svg, png]
    return written


EDITION = Edition(
    "figurer",
    "every figure as SVG and PNG",
    place=3,
    draw=draw,
    files={f"{FOLDER}/": "Hver figur for seg (SVG og PNG)"},
)
