"""Tables describe themselves: what each column is stands in its schema, and what is written from there is so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dataframely as dy
import pytest
from typer.testing import CliRunner

from kommuneregnskap import tables
from kommuneregnskap.cli.app import app
from kommuneregnskap.mutants.definitions import copied_tables
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.tables import described, frames
from kommuneregnskap.tables.schemas.claims import Paastand
from kommuneregnskap.tables.schemas.columns import Table, unit_of
from tests.conftest import PROJECT, edit_table

SCHEMAS: dict[str, type[Table]] = {
    **tables.ALLOWED_TABLES,
    **{f"demo/{name}": schema for name, schema in tables.DEMO_TABLES.items()},
    "claims/<year>": Paastand,
}
# Whole numbers that count nothing.
ORDER = {"linje", "ledd", "rekkefoelge", "nr", "fortegn", "desimaler", "finner"}


@pytest.fixture
def copied() -> Iterator[Path]:
    """A copy of the tables and their description, as the project's own."""
    with copied_tables() as folder:
        shutil.copy(PROJECT / "data/README.md", folder / "data")
        yield folder


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_and_every_column_says_what_it_is(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema.__doc__
    assert [c for c, column in schema.columns().items() if not column.description] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_amount_says_its_unit(name: str) -> None:
    numbers = {
        c: unit_of(column)
        for c, column in SCHEMAS[name].columns().items()
        if isinstance(column, dy.Int64 | dy.Float64) and c not in ORDER
    }
    assert [c for c, unit in numbers.items() if not unit] == []


@pytest.mark.parametrize("name", frames.SHOWN)
def test_every_column_of_a_frame_says_what_it_is(name: str) -> None:
    assert all(column.description for column in frames.SHOWN[name].columns().values())


def test_only_units_are_called_by_name_alone() -> None:
    named = [name for name, schema in frames.SHOWN.items() if "navn" in schema.columns()]
    assert named == ["tidy", "enheter"]


def test_what_is_written_from_the_schemas_is_as_they_say() -> None:
    for path, text in described.written().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} differs: make format"


def test_the_command_says_what_differs_and_mends_it(copied: Path) -> None:
    path = copied / "data/definitions/frames.csv"
    before = path.read_bytes()
    edit_table(path, lambda t: t.head(3))
    found = CliRunner().invoke(app, ["tables", "--check"]).exception
    assert isinstance(found, UsageError)
    assert str(found).endswith("definitions/frames.csv: not as the schemas say; run: make format")
    assert CliRunner().invoke(app, ["tables", "--write"]).exit_code == 0
    assert CliRunner().invoke(app, ["tables", "--check"]).exit_code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("arguments", [[], ["--write", "--check"]])
def test_the_command_is_told_what_to_do(arguments: list[str]) -> None:
    found = CliRunner().invoke(app, ["tables", *arguments]).exception
    assert str(found) == "say what to do: --write or --check"


def test_a_description_without_a_folder_is_refused(copied: Path) -> None:
    readme = copied / "data/README.md"
    readme.write_text(
        readme.read_text("utf-8").replace("<!-- columns: demo -->", ""), encoding="utf-8"
    )
    with pytest.raises(DataError, match="a block, with its end, for each of codes, definitions"):
        described.written()
