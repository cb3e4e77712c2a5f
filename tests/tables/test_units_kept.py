"""What is kept of the register is kept as long as every table that it is made of is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import rules
from kommuneregnskap.tables import invented, reader, register, units
from tests.conftest import edit_table

CODE_TABLES = rules.CODE_TABLES.values()
KEPT: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "frame": (lambda: units.frame(2023), units.IN_THE_FRAME),
    "links": (lambda: units.links(2020, 2024), invented.NUMBERED),
    "renumbered": (lambda: units.renumbered(2024), invented.NUMBERED),
    "oslo": (lambda: units.oslo(2024), invented.NUMBERED),
    "beside": (lambda: invented.beside(["030100"]), invented.NUMBERED),
    "either": (lambda: register.either(2024), register.MADE_OF),
    "rules": (lambda: rules.rules(2024), (rules.NAME, *CODE_TABLES, *register.MADE_OF)),
}


def _mixed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows in an order of each test's own: nothing is kept of tables like these."""
    return table.sample(fraction=1, shuffle=True, seed=sum(map(ord, name)))


@pytest.mark.parametrize("name", KEPT)
def test_the_tables_that_are_read_are_those_that_count(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, named = KEPT[name]
    edit_table(project / "data/codes/kommune_endring.csv", lambda table: _mixed(table, name))
    seen: set[str] = set()
    for way in ("_parsed", "_valid"):
        own = getattr(reader, way)
        monkeypatch.setattr(
            reader, way, lambda of, *given, own=own: (seen.add(of.path.stem), own(of, *given))[1]
        )
    make()
    assert seen == set(named)


@pytest.mark.parametrize(
    ("name", "table", "change"),
    [
        ("frame", "folkemengde", pl.col("folkemengde").cast(pl.Int64) + 100_000),
        ("frame", "kommune", pl.col("navn") + " nye"),
        ("frame", "fylke", pl.col("navn") + " nye"),
        ("links", "kommune_endring", pl.lit("2022").alias("aar")),
    ],
)
def test_another_table_gives_another_register_and_the_former_one_the_former(
    project: Path, name: str, table: str, change: pl.Expr
) -> None:
    make = {"frame": lambda: units.frame(2023), "links": lambda: units.links(2020, 2024)}[name]
    file = project / f"data/codes/{table}.csv"
    before, text = make(), file.read_bytes()
    edit_table(file, lambda rows: rows.with_columns(change.cast(pl.String)))
    assert not make().equals(before)
    file.write_bytes(text)
    assert make().equals(before)
