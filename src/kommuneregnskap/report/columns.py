"""What the columns of a report's tables are, for programs: titles that differ, a description, of numbers a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import dataframely as dy
import polars as pl

from kommuneregnskap.report import headings
from kommuneregnskap.report.headings import Heading
from kommuneregnskap.tables import fields
from kommuneregnskap.tables.fields import Field
from kommuneregnskap.tables.written import Vist

NAME, ROWS_UNIT, COUNTED = "_navn", "enhet", "antall"
# Units as headings and the lines under titles have them.
WORDS = {
    "prosent": r"%|prosent",
    "prosentpoeng": r"prosentpoeng|pp\.",
    "kr per innbygger": r"kr per innbygger",
    "1000 kr": r"1 ?000 kr",
    "mrd. kr": r"mrd\.(?: kr)?|milliarder(?: kroner)?",
    "mill. kr": r"mill\.(?: kr)?|millioner(?: kroner)?",
    "kr": r"kr",
    "tallets egen enhet": r"tallets egen enhet",
    "enheter av siste trykte siffer": r"enheter av siste trykte siffer",
}
ANY = rf"(?<![\w,.])(?:{'|'.join(f'({words})' for words in WORDS.values())})(?!\w)"
WITHIN = re.compile(ANY, re.IGNORECASE)
AT_THE_END = re.compile(rf"(?:^|, ){ANY}(?: av .+)?$", re.IGNORECASE)


def described(
    frame: pl.DataFrame,
    named: Mapping[str, Heading],
    *,
    title: str,
    line: str = "",
    schema: type[dy.Schema] | None = None,
) -> list[Field]:
    """Return the columns of a table as fields: each with title and description, numbers with unit or unitColumn.

    named: the heading of every column; title: of the table; line: what stands under it. A column is described by its
    heading where its name is known, by `schema`, by `Vist`, else by its heading in this table. Its unit is said by the
    same, by a column of units, by the end of its name, by the line; other whole numbers are counts.
    """
    titles = {name: _title(name, named) for name in frame.columns}
    found = fields.of_frame(frame, _known(frame, schema), titles)
    return [
        _told(each, named[each["name"]], title) | _unit(each, named[each["name"]], frame, line)
        for each in found
    ]


def typed(frame: pl.DataFrame, schema: type[dy.Schema] | None = None) -> pl.DataFrame:
    """Return a frame as its columns are told: words as text, and a column without values as what it would hold."""
    known = _columns(Vist) | (_columns(schema) if schema else {})
    empty = {
        name: known[name].dtype if name in known else pl.String()
        for name, dtype in frame.schema.items()
        if dtype == pl.Null
    }
    words = pl.col(pl.Enum, pl.Categorical).cast(pl.String)
    return frame.cast(empty).with_columns(words)  # type: ignore[arg-type]


@cache
def _columns(schema: type[dy.Schema]) -> dict[str, dy.Column]:
    """Return the columns of a schema, which makes them anew for everybody who asks."""
    return schema.columns()


def _title(name: str, named: Mapping[str, Heading]) -> str:
    """Return the title of a column: a code beside its name in words says that it is one."""
    own, words = named[name].title, named.get(f"{name}{NAME}")
    return f"{own} (kode)" if words and words.title == own else own


def _known(frame: pl.DataFrame, schema: type[dy.Schema] | None) -> dict[str, dy.Column]:
    """Return the columns that are described: of the schema, and of `Vist` those of the same type or without values."""
    own = frame.schema
    shared = {
        name: column
        for name, column in _columns(Vist).items()
        if name in own
        and (fields.kind(own[name]) == fields.kind(column.dtype) or _is_empty(frame[name]))
    }
    return shared | (_columns(schema) if schema else {})


def _is_empty(values: pl.Series) -> bool:
    return values.null_count() == len(values)


def _told(column: Field, heading: Heading, title: str) -> Field:
    """Return a field with its description: its heading in this table, where nothing else says what it is."""
    here = f"{AT_THE_END.sub('', heading.title) or heading.title}, i «{title}»"
    meaning = heading.meaning or column.get("description", here)
    said = ("name", "type", "title")
    return (
        {name: column[name] for name in said}
        | {"description": meaning}
        | column
        | {"description": meaning}
    )


def _unit(column: Field, heading: Heading, frame: pl.DataFrame, line: str) -> Field:
    """Return the unit of a field of numbers, where its name or heading says it, or nothing else has."""
    if column["type"] not in ("integer", "number"):
        return {}
    if known := heading.unit or _units(AT_THE_END.search(heading.title)):
        return {"unit": known}
    if {"unit", "unitColumn"} & column.keys():
        return {}
    if frame.schema.get(ROWS_UNIT) == pl.String and column["type"] == "number":
        return {"unitColumn": ROWS_UNIT}
    counted = COUNTED if column["type"] == "integer" else ""
    unit = headings.ending(column["name"]) or counted or of_line(line)
    return {"unit": unit} if unit else {}


def of_line(line: str) -> str:
    """Return the unit in the line under a title: of its first part with one, all that it names; empty for none.

    `Milliarder kroner; fra og til er konfidensintervallet` → mrd. kr; `Prosent og prosentpoeng` → prosent eller
    prosentpoeng.
    """
    parts = ([_units(each) for each in WITHIN.finditer(part)] for part in line.split(";"))
    return " eller ".join(dict.fromkeys(next(filter(None, parts), [])))


def _units(found: re.Match[str] | None) -> str:
    """Return the unit that was found in words, as programs get it; empty for none."""
    return list(WORDS)[found.lastindex - 1] if found and found.lastindex else ""
