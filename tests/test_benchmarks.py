"""A page shows the speeds that were measured, of everything that is measured."""

from __future__ import annotations

from benchmarks import cases, commands, shown


def test_the_page_shows_the_kept_results() -> None:
    text = shown.PAGE.read_text("utf-8")
    shown_there = text.partition(shown.BEGIN)[2].partition(shown.END)[0].strip()
    assert shown_there == shown.table(shown.read())


def test_everything_that_is_measured_has_a_result() -> None:
    kept = shown.read()
    expected = [(name, years) for name, case in cases.CASES.items() for years in case.sizes]
    expected += [(name, 1) for name in commands.COMMANDS]
    assert kept.select("what", "years").rows() == expected
    assert (kept["repetitions"] >= 3).all()
