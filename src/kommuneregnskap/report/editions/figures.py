"""Every figure of the report as files: SVG for print, PNG at twice the size for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kommuneregnskap.report import drawings
from kommuneregnskap.report.editions.contents import Figure

FOLDER = "figurer"


def write_figures(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write each figure as figurer/<name>.svg and .png in `folder`, and return the files.

    Title, unit, source line and, on invented accounts, the watermark are part of the figure.
    Same figures, same bytes.
    """
    own = folder / FOLDER
    own.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        svg, png = (own / f"{figure.name}.{kind}" for kind in ("svg", "png"))
        svg.write_text(drawings.svg(figure.spec), encoding="utf-8")
        png.write_bytes(drawings.png(figure.spec))
        written += [svg, png]
    return written
