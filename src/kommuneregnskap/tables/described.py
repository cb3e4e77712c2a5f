"""The tables in words: data/README.md's lists of columns and definitions/frames.csv, written from the schemas."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import dataframely as dy
import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import frames, reader
from kommuneregnskap.tables.schemas.claims import Paastand
from kommuneregnskap.tables.schemas.columns import (
    CLAIMS,
    CODES,
    DEFINITIONS,
    DEMO,
    SSB,
    Table,
    unit_of,
)
from kommuneregnskap.tables.schemas.statbank import Figur

BLOCK = re.compile(r"(<!-- columns: (\w+) -->\n).*?(<!-- /columns -->)", re.DOTALL)
WORDS = re.compile(r"\^\(([\w|]+)\)\$")  # a pattern that is a choice of words
HEADER = "| Column | Holds | Unit | What it is |\n|---|---|---|---|"
FRAMES = "frames"
COMMON = ("gyldig_fra", "gyldig_til", "kilde", "merknad")  # columns of most tables, told last


def written() -> dict[Path, str]:
    """Return the files that are written from the schemas, as they should be: path → text."""
    readme = paths.tables() / "README.md"
    return {readme: _readme(readme), reader.file_of(FRAMES): shown_frames().write_csv()}


def shown_frames() -> pl.DataFrame:
    """Return the frames that a notebook explores, a row per column: the rows of frames.csv."""
    return pl.DataFrame(
        [
            {
                "ramme": frame,
                "kolonne": name,
                "type": str(column.dtype),
                "enhet": unit_of(column),
                "betydning": column.description,
            }
            for frame, schema in frames.SHOWN.items()
            for name, column in schema.columns().items()
        ],
        schema=dict.fromkeys(("ramme", "kolonne", "type", "enhet", "betydning"), pl.String),
    )


def of_folder(folder: str) -> dict[str, type[Table]]:
    """Return the tables of a folder under data/: file name → schema, by name."""
    known: Mapping[str, type[Table]] = (
        reader.DEMO_TABLES
        if folder == DEMO
        else {name: s for name, s in reader.ALLOWED_TABLES.items() if s.folder == folder}
    )
    by_year: dict[str, type[Table]] = {"<year>.csv": Paastand} if folder == CLAIMS else {}
    of_ssb: dict[str, type[Table]] = {"<day>/<table>.csv": Figur} if folder == SSB else {}
    return by_year | of_ssb | {f"{name}.csv": known[name] for name in sorted(known)}


def described(file: str, schema: type[Table]) -> str:
    """Return a table in words, as markdown: what a row is, then its columns."""
    said = " ".join((inspect.getdoc(schema) or "").split())
    own = [name for name in schema.columns() if name != "linje"]
    own.sort(key=lambda name: COMMON.index(name) if name in COMMON else -1)
    rows = [_row(name, schema.columns()) for name in own]
    return "\n".join([f"### `{file}`", "", said, "", HEADER, *rows])


def _readme(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(
            path, problem="the file is missing", todo="Restore it from the repository."
        ) from None
    folders = (CODES, DEFINITIONS, CLAIMS, DEMO, SSB)
    found = [match.group(2) for match in BLOCK.finditer(text)]
    if sorted(found) != sorted(folders):
        raise DataError(
            path,
            field="<!-- columns: … -->",
            value=", ".join(found),
            allowed=f"a block, with its end, for each of {', '.join(folders)}",
        )
    return BLOCK.sub(_block, text)


def _block(found: re.Match[str]) -> str:
    tables = [described(file, schema) for file, schema in of_folder(found.group(2)).items()]
    return "\n\n".join([found.group(1).rstrip(), *tables, found.group(3)])


def _row(name: str, columns: Mapping[str, dy.Column]) -> str:
    column = columns[name]
    empty = "; may be empty" if column.nullable else ""
    unit = unit_of(column) or ""
    unit = f"as in `{unit}`" if unit in columns else unit
    said = (column.description or "").replace("|", r"\|")
    return f"| {name} | {_kind(column)}{empty} | {unit} | {said} |"


def _kind(column: dy.Column) -> str:
    """Return what a cell of a column may hold, in a few words."""
    pattern = WORDS.fullmatch(getattr(column, "regex", None) or "")
    words = pattern.group(1).split("|") if pattern else getattr(column, "categories", ())
    if words:
        return ", ".join(f"`{word}`" for word in words)
    if isinstance(column, dy.Int32):
        return "year"
    return {dy.Int64: "whole number", dy.Float64: "number", dy.Bool: "yes or no"}.get(
        type(column), "text"
    )
