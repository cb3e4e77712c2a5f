"""Every figure of the report as files: SVG for print, PNG at twice the size for the screen, its numbers as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kommuneregnskap.report.editions import Edition, Material

if TYPE_CHECKING:
    import polars as pl

    from kommuneregnskap.report.contents import Figure
    from kommuneregnskap.report.resources import Origin
    from kommuneregnskap.survey.survey import Survey

FOLDER = "figurer"
NUMBERS, SOURCE = "tall", "kilde"  # in what a chart says of itself (charts/style.py)
COLUMN = "kilde_for_figuren"  # tables of the house have a `kilde` of their own: of a definition
DECIMALS = 6


def draw(executed: Path, folder: Path) -> None:
    """Write the figures of an executed notebook to `folder`; see `write_figures`."""
    from kommuneregnskap.report import contents  # noqa: PLC0415

    write_figures(contents.figures([contents.chapter(executed)]), folder)


def write_figures(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write each figure as figurer/<name>.svg, .png and .csv in `folder`, and return the files.

    Title, unit, source line and, on invented accounts, the mark of them are part of the figure. The CSV has the table
    that the figure was drawn of, and in every row the source line. Same figures, same bytes.
    """
    from kommuneregnskap.report import drawings  # noqa: PLC0415
    from kommuneregnskap.support.outside import write_csv  # noqa: PLC0415

    own = folder / FOLDER
    own.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        svg, png = (own / f"{figure.name}.{kind}" for kind in ("svg", "png"))
        svg.write_text(drawings.svg(figure.spec), encoding="utf-8", newline="\n")
        png.write_bytes(drawings.png(figure.spec))
        written += [svg, png]
        if _has_numbers(figure):
            write_csv(numbers(figure.spec), own / f"{figure.name}.csv", DECIMALS)
            written.append(own / f"{figure.name}.csv")
    return written


def write_metadata(material: Material, folder: Path) -> None:
    """Write what the numbers behind each figure are beside their CSV, for programs; see `resources.write_beside`."""
    from kommuneregnskap.report import contents, resources  # noqa: PLC0415

    for figure in filter(_has_numbers, contents.figures(material.chapters)):
        said = figure.spec["usermeta"]
        whose = _origin(figure, material.survey)
        about = resources.About(figure.title, whose, contents.told(figure), said["enhet"])
        file = folder / FOLDER / f"{figure.name}.csv"
        resources.write_beside(numbers(figure.spec), file, about)


def _origin(figure: Figure, survey: Survey) -> Origin:
    """Return whose numbers a figure has: the survey's, printed ones, both, or invented ones (of the simulation)."""
    from kommuneregnskap.charts.style import source_line  # noqa: PLC0415
    from kommuneregnskap.report import resources  # noqa: PLC0415

    said, usual = figure.spec["usermeta"], resources.origin(survey)
    found = resources.of_part(figure.tags, usual)
    if found == resources.PUBLISHED:
        return replace(found, sources=(said[SOURCE],))
    if said.get("merke") and said[SOURCE] != source_line(survey):
        return replace(resources.INVENTED, sources=(said[SOURCE],))
    return found


def _has_numbers(figure: Figure) -> bool:
    return NUMBERS in figure.spec.get("usermeta", {})


def numbers(spec: Mapping[str, Any]) -> pl.DataFrame:
    """Return the table behind a figure with the figure's source line in every row, last: `COLUMN`."""
    import polars as pl  # noqa: PLC0415

    said = spec["usermeta"]
    columns, rows = said[NUMBERS]["kolonner"], said[NUMBERS]["rader"]
    frame = pl.DataFrame(rows, schema=columns, orient="row", strict=False, infer_schema_length=None)
    rounded = frame.with_columns(pl.col(pl.Float64).round(DECIMALS))
    return rounded.with_columns(pl.lit(said[SOURCE]).alias(COLUMN))


EDITION = Edition(
    "figurer",
    "every figure as SVG and PNG, and its numbers as CSV",
    place=3,
    draw=draw,
    write=write_metadata,
    files={f"{FOLDER}/": "Hver figur for seg (SVG og PNG), med tallene bak (CSV og parquet)"},
)
