"""A page shows the speeds that were measured, of everything that is measured, and what they are shown beside."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks import cases, commands, rivals, shown
from benchmarks.__main__ import with_others

NOTEBOOKS, J = "section notebooks", "jupyter execute"
REPORT = ("report of the year, nothing changed", "")


@pytest.mark.parametrize("name", list(shown.TABLES))
def test_the_page_shows_the_kept_results(name: str) -> None:
    text = shown.PAGE.read_text("utf-8")
    head, tail = shown.around(text, name)
    there = text.removeprefix(head).removesuffix(tail).strip()
    assert there == shown.TABLES[name](shown.read())


def test_everything_that_is_measured_has_a_result() -> None:
    kept = shown.read()
    expected = []
    for name, case in cases.CASES.items():
        expected += [(name, None, years) for years in case.sizes]
        expected += [(name, by, rivals.YEARS) for _, by in rivals.of(name)]
    expected += [(what, by or None, 1) for what, by in commands.COMMANDS]
    assert kept.select("what", "by", "years").rows() == expected
    assert (kept["repetitions"] >= 1).all()
    beside = [name for key in shown.everything() if (name := shown.beside(key))]
    for what, by in [*beside, REPORT]:
        again = kept.filter(pl.col("what") == what, pl.col("by").fill_null("") == by)
        assert again["repetitions"][0] >= 3, what  # what one ratio or more rests on


def test_what_is_shown_beside_another_has_a_ratio_and_nothing_else_has() -> None:
    for row in shown.read().iter_rows(named=True):
        expected = shown.beside((row["what"], row["by"] or "")) is not None
        assert [row[name] is not None for name in shown.RATIOS.values()] == [expected] * 2, row


def test_what_is_shown_beside_another_is_measured_with_it() -> None:
    sparse = (rivals.HIERARCHIES, "scipy sparse")
    assert with_others([sparse]) == [(rivals.HIERARCHIES, ""), sparse]
    assert with_others([REPORT]) == [(NOTEBOOKS, ""), (NOTEBOOKS, J), REPORT]
    assert with_others([("controls", "")]) == [("controls", "")]


def test_ratios_are_ours_to_theirs_and_a_report_is_held_against_j() -> None:
    rows = shown.with_ratios(
        results(
            (rivals.HIERARCHIES, None, 1, 0.5, 0.4),
            (rivals.HIERARCHIES, "DuckDB", 1, 4.0, 2.0),
            (rivals.HIERARCHIES, None, 5, 2.0, 2.0),
            (NOTEBOOKS, None, 1, 5.0, 3.0),
            (NOTEBOOKS, J, 1, 10.0, 12.0),
            (*REPORT[:1], None, 1, 2.0, 1.5),
        )
    )
    others = shown.against(rows).splitlines()
    assert f"| {rivals.HIERARCHIES} | DuckDB | 3 | 4.00 | 2.00 | 1 | 0.12 | 0.20 |" in others
    assert f"| {NOTEBOOKS} | {J} | 3 | 10.00 | 12.00 | 1 | 0.50 | 0.25 |" in others
    assert sum(line.startswith(f"| {rivals.HIERARCHIES} |") for line in others) == 2
    own = {line.split(" | ")[0]: line for line in shown.table(rows).splitlines()}
    assert own[f"| {REPORT[0]}"].endswith("| 0.20 | 0.12 |")
    assert own[f"| {NOTEBOOKS}"].endswith("|  |  |")
    assert J not in shown.table(rows)


def results(*rows: tuple[str, str | None, int, float, float]) -> pl.DataFrame:
    columns = ["what", "by", "years", "cpu_s", "wall_s"]
    schema = {name: shown.SCHEMA[name] for name in columns}
    named = pl.DataFrame(rows, schema=schema, orient="row")
    empty = pl.DataFrame(schema=shown.SCHEMA)
    return pl.concat([empty, named], how="diagonal").with_columns(
        peak_mb=pl.lit(1, pl.Int64), repetitions=pl.lit(3, pl.Int64)
    )
