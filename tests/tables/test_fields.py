"""Schemas as programs outside the project know them: fields by hand, and every table of data/ tried by frictionless."""

from __future__ import annotations

import csv
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from frictionless import Resource, Schema, system

from kommuneregnskap.tables import described, fields
from kommuneregnskap.tables.schemas import columns
from kommuneregnskap.tables.schemas.columns import CLAIMS, CODES, DEFINITIONS, DEMO, SSB, Table
from tests.conftest import PROJECT

FOLDERS = {CODES: "", DEFINITIONS: "", DEMO: "", CLAIMS: "<year>.csv", SSB: "<day>/<table>.csv"}


class Town(Table):
    """A town."""

    nummer = columns.code_column(4, "Its number", primary_key=True)
    slag = columns.one_of("by", "bygd", description="Which kind")
    verdi = dy.Float64(nullable=True, description="A value", metadata=columns.unit("enhet"))
    enhet = columns.text_column("Its unit")
    antall = dy.Int64(min=1, max=9, description="How many", metadata=columns.unit("antall"))
    plass = columns.order_column()


def test_a_schema_is_fields_with_types_units_and_rules() -> None:
    head = ["slag", "nummer", "verdi", "enhet", "antall", "plass"]
    assert fields.of_table(Town, head) == {
        "fields": [
            {
                "name": "slag",
                "type": "string",
                "description": "Which kind",
                "constraints": {"required": True, "enum": ["by", "bygd"]},
            },
            {
                "name": "nummer",
                "type": "string",
                "description": "Its number",
                "constraints": {"required": True, "pattern": "^[0-9]{4}$"},
            },
            {
                "name": "verdi",
                "type": "number",
                "description": "A value",
                "unitColumn": "enhet",
            },
            {
                "name": "enhet",
                "type": "string",
                "description": "Its unit",
                "constraints": {"required": True},
            },
            # The unit `antall` is no column, although one is called so.
            {
                "name": "antall",
                "type": "integer",
                "description": "How many",
                "unit": "antall",
                "constraints": {"required": True, "minimum": 1, "maximum": 9},
            },
            {
                "name": "plass",
                "type": "integer",
                "description": "Place in the order, from 1",
                "constraints": {"required": True, "minimum": 1, "unique": True},
            },
        ],
        "missingValues": [""],
        "primaryKey": ["nummer"],
    }


def test_a_frame_is_fields_with_what_is_known_of_its_columns() -> None:
    frame = pl.DataFrame(
        {"nummer": ["0301"], "andel": [0.5], "antall": [3], "verdi": [1.0], "med": [True]}
    )
    titles = {name: name.capitalize() for name in frame.columns}
    assert fields.of_frame(frame, Town.columns(), titles) == [
        {"name": "nummer", "type": "string", "title": "Nummer", "description": "Its number"},
        {"name": "andel", "type": "number", "title": "Andel"},
        {
            "name": "antall",
            "type": "integer",
            "title": "Antall",
            "description": "How many",
            "unit": "antall",
        },
        # No column of units beside it: the unit is what the schema calls it.
        {
            "name": "verdi",
            "type": "number",
            "title": "Verdi",
            "description": "A value",
            "unit": "enhet",
        },
        {"name": "med", "type": "boolean", "title": "Med"},
    ]


def files(folder: str) -> list[Path]:
    """The tables of a folder under data/, those of invented accounts left out."""
    return sorted(PROJECT.joinpath("data", folder).glob("*/*.csv" if folder == SSB else "*.csv"))


def resource(file: Path, folder: str) -> Resource:
    """A table with the fields of its schema, as frictionless reads it."""
    known = described.of_folder(folder)
    schema = known.get(file.name) or known[FOLDERS[folder]]
    with file.open(encoding="utf-8", newline="") as text:
        head = next(csv.reader(text))
    told = Schema.from_descriptor(fields.of_table(schema, head))
    return Resource(path=str(file), format="csv", encoding="utf-8", schema=told)


def errors(file: Path, folder: str) -> set[str]:
    """What frictionless finds in a table, by kind."""
    with system.use_context(trusted=True):
        report = resource(file, folder).validate()
    return {kind for (kind,) in report.flatten(["type"])}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_table_is_as_its_fields_say(folder: str) -> None:
    found = files(folder)
    assert found
    assert {file.name: errors(file, folder) for file in found} == {
        file.name: set() for file in found
    }


@pytest.mark.parametrize(
    ("name", "right", "wrong", "kind"),
    [
        ("fylke", "\n03,Oslo,", "\n3,Oslo,", "constraint-error"),  # a code of two digits
        ("fylke", "\n03,Oslo,", "\n03,,", "constraint-error"),  # a name is required
        ("folkemengde", ",697010,", ",mange,", "type-error"),
        ("kommune_endring", ",sammenslaaing,", ",giftermaal,", "constraint-error"),
        ("folkemengde", "\n1101,2021-01-01", "\n0301,2021-01-01", "primary-key"),  # twice
        ("folkemengde", ",SSB 07459\n", "\n", "missing-cell"),
    ],
)
def test_a_spoilt_table_is_found(
    name: str, right: str, wrong: str, kind: str, tmp_path: Path
) -> None:
    text = PROJECT.joinpath("data", CODES, f"{name}.csv").read_text("utf-8")
    assert right in text
    copy = tmp_path / f"{name}.csv"
    copy.write_text(text.replace(right, wrong, 1), "utf-8")
    assert kind in errors(copy, CODES)
