"""Columns of a table as fields of a Frictionless table schema: what programs outside the project know them by.

Of a column that a schema of the house describes, its words, unit and rules come along; of others what the frame says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import UNIT, unit_of

MISSING = [""]
NUMBERS = ("integer", "number")
Field = dict[str, Any]


def of_table(schema: type[dy.Schema], header: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a table in a file: a field per column in the order of the file, and its key if any.

    header: the columns of the file.
    """
    columns = schema.columns()
    key = schema.primary_key()
    fields = [of_column(name, columns[name], columns) for name in header]
    return {
        "fields": fields,
        "missingValues": MISSING,
        **({"primaryKey": list(key)} if key else {}),
    }


def of_column(name: str, column: dy.Column, others: Mapping[str, object]) -> Field:
    """Return a column that is described as a field; others: the columns beside it, of which one may hold its unit."""
    return {"name": name, "type": kind(column.dtype)} | _said(column, others) | _constraints(column)


def of_frame(
    frame: pl.DataFrame, known: Mapping[str, dy.Column], headings: Mapping[str, str]
) -> list[Field]:
    """Return the columns of a frame as fields: name, type, title, and what is known of them.

    known: columns that are described; headings: titles of columns, with their units. Columns of no type hold nothing.
    """
    return [
        {"name": name, "type": kind(dtype), "title": headings[name]}
        | (_said(known[name], frame.schema) if name in known else {})
        for name, dtype in frame.schema.items()
    ]


def kind(dtype: pl.DataType) -> str:
    """Return what Frictionless calls the type of a column: integer, number, boolean or string."""
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    return "boolean" if dtype == pl.Boolean else "string"


def _said(column: dy.Column, others: Mapping[str, object]) -> Field:
    said: Field = {"description": column.description} if column.description else {}
    unit = unit_of(column)
    if unit is None or kind(column.dtype) not in NUMBERS:
        return said
    of_row = unit == UNIT and UNIT in others  # a column of units, of each row its own
    return said | ({"unitColumn": unit} if of_row else {"unit": unit})


def _constraints(column: dy.Column) -> dict[str, Field]:
    """Return the rules of a column that Frictionless has as well: what is required, allowed, the least and the most."""
    pattern = getattr(column, "regex", None)
    may_be_empty = column.nullable or bool(pattern and re.search(pattern, ""))
    known = {
        "required": not may_be_empty or None,
        "enum": list(getattr(column, "categories", ())) or None,
        "pattern": pattern,
        "minimum": getattr(column, "min", None),
        "maximum": getattr(column, "max", None),
        "unique": getattr(column, "unique", None) or None,
    }
    found = {name: rule for name, rule in known.items() if rule is not None}
    return {"constraints": found} if found else {}
