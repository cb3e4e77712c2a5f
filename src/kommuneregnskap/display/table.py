"""A table as it leaves a notebook: HTML for the reader, and its raw numbers for print and workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from great_tables import GT
from IPython.display import HTML

MIME = "application/vnd.kommuneregnskap.tabell+json"
TEXT, NUMBER = "tekst", "tall"
INVENTED_NOTE = "Syntetiske tall."
SIGNIFICANT = (
    12  # digits of a raw number: the last ones of a sum depend on the order of the threads
)
YEAR = "aar"  # a number that is no amount
FRAME_ROWS, FRAME_COLUMNS = 20, 12  # a frame that is larger is shown with gaps, and is no table


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, `tekst` or `tall`, and the decimals a reader sees."""

    navn: str
    slag: str = TEXT
    desimaler: int = 0


class ShownTable(HTML):
    """A table as HTML, with the same content as JSON beside it: see `content`."""

    def __init__(self, html: str, content: Mapping[str, Any]) -> None:
        super().__init__(html)  # type: ignore[no-untyped-call]
        self.content = dict(content)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Return the content; IPython adds the HTML, which it asks for apart."""
        return {MIME: self.content}

    def __repr__(self) -> str:
        """Return what stands where no table can be shown; the same wherever the class stands."""
        return f"<{self.content['tittel']}>"


def content(
    frame: pl.DataFrame,
    columns: Mapping[str, Column],
    *,
    title: str,
    unit: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Return a table as data: tittel, enhet, merknad, kolonner (kolonne, navn, slag, desimaler), rader (raw values).

    kolonne: its name in the frame, for programs; navn: its heading, for readers. A missing value is null; numbers are
    whole or have `SIGNIFICANT` digits, in the units that headings and `enhet` give. Same frame, same content.
    """
    return {
        "tittel": title,
        "enhet": unit,
        "merknad": note,
        "kolonner": [
            {
                "kolonne": name,
                "navn": column.navn.strip(),
                "slag": column.slag,
                "desimaler": column.desimaler,
            }
            for name, column in columns.items()
        ],
        "rader": raw(frame.select(list(columns))),
    }


def raw(frame: pl.DataFrame) -> list[list[object]]:
    """Return the rows of a frame as JSON has them: see `content`."""
    return [[_raw(cell) for cell in row] for row in frame.iter_rows()]


def _raw(cell: object) -> object:
    if isinstance(cell, float):
        return float(f"{cell:.{SIGNIFICANT}g}") if cell == cell else None  # noqa: PLR0124 (not a number)
    return cell if cell is None or isinstance(cell, int) else str(cell)


def rendered(gt: GT, content: Mapping[str, Any]) -> ShownTable:
    """Return a great-tables table as HTML that is the same from run to run, with its content."""
    return ShownTable(gt.as_raw_html(inline_css=False), content)


def texts(headings: Mapping[str, str]) -> dict[str, Column]:
    """Return columns of text with these headings."""
    return {name: Column(heading) for name, heading in headings.items()}


def frame_bundle(
    frame: pl.DataFrame, include: object = None, exclude: object = None
) -> dict[str, Any]:
    """Return a frame that a notebook shows as it is, as a table without a title; nothing of a large one."""
    if frame.height > FRAME_ROWS or frame.width > FRAME_COLUMNS:
        return {}
    columns = {name: _of_frame(name, dtype) for name, dtype in frame.schema.items()}
    return {MIME: content(frame, columns, title="")}


def _of_frame(name: str, dtype: pl.DataType) -> Column:
    if not dtype.is_numeric() or name == YEAR:
        return Column(name)
    return Column(name, NUMBER, 0 if dtype.is_integer() else 2)


def shown_columns(
    frame: pl.DataFrame, headings: Mapping[str, str], decimals: Mapping[str, int]
) -> dict[str, Column]:
    """Return the columns of a frame under `headings`: numbers with their decimals, the others as text."""
    return {
        name: Column(heading, NUMBER, decimals.get(name, 0))
        if frame.schema[name].is_numeric()
        else Column(heading)
        for name, heading in headings.items()
    }
