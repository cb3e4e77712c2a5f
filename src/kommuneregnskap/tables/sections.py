"""The sections of the report and their notebooks: data/definitions/sections.csv.

A section is a notebook and a row. Section numbers and published numbers of one begin with, and name, its id.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, shown_path
from kommuneregnskap.tables import reader

NAME = "sections"
NUMBERED = "[0-9]*.ipynb"  # what is meant to be a section; other notebooks are the user's own


def table() -> pl.DataFrame:
    """Return the sections in order: the columns of the table. Raises DataError as `tables.read`."""
    return reader.read(NAME).sort("rekkefoelge")


def notebooks() -> list[Path]:
    """Return the notebooks of the report, in order.

    Raises DataError for a section without a notebook, and for a notebook whose name begins with a number and
    that no section names.
    """
    folder, rows = paths.notebooks(), table()
    for line, name in rows.select("linje", "notatbok").iter_rows():
        if not _file(name).is_file():
            raise DataError(
                reader.file_of(NAME),
                line=line,
                field="notatbok",
                value=name,
                allowed=f"the name of a notebook in {shown_path(folder)}",
                todo=f"Make {name}.ipynb, or remove the row.",
            )
    named = {_file(name) for name in rows["notatbok"]}
    for path in sorted(folder.glob(NUMBERED)):
        if path not in named:
            raise DataError(
                path,
                problem="no section is made of it",
                allowed=f"a notebook that a row of {shown_path(reader.file_of(NAME))} names",
                todo="Add a row, or give it a name that does not begin with a number.",
            )
    return [_file(name) for name in rows["notatbok"]]


def of(section: str) -> dict[str, str]:
    """Return the row of a section. Raises NoRowsReturnedError for what is none."""
    return table().filter(pl.col("seksjon") == section).row(0, named=True)


def notebook_of(section: str) -> str:
    """Return the name of the notebook, without its ending, in which a section is judged."""
    return of(section)["notatbok"]


def of_one() -> dict[str, str]:
    """Return the notebooks that show the published numbers of one section only: notebook → section."""
    rows = table().filter(pl.col("bare_egne_tall").cast(pl.String) == "ja")
    return dict(rows.select("notatbok", "seksjon").iter_rows())


def of_one_municipality() -> pl.DataFrame:
    """Return the sections of a report of one municipality's own accounts, in order: as `table`, with its titles."""
    named = ("tittel", "flis", "flis_tekst")
    return (
        table()
        .drop_nulls("tittel_en_kommune")
        .with_columns(pl.col(f"{name}_en_kommune").alias(name) for name in named)
    )


def titles_of_one() -> dict[str, str]:
    """Return the numbered titles of a report of one municipality's own accounts: notebook → title."""
    rows = of_one_municipality().select("notatbok", "rekkefoelge", "tittel")
    return {name: f"{number}. {title}" for name, number, title in rows.iter_rows()}


def _file(name: str) -> Path:
    return paths.notebooks() / f"{name}.ipynb"
