"""`kr.charts.<name>` finds every chart, and says what is near when it finds none."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import getmembers, isfunction
from pathlib import Path
from pkgutil import iter_modules

import pytest

import kommuneregnskap as kr
from kommuneregnskap import charts

TWICE = (
    '"""A chart of a test."""\n\n\ndef result_by_domain(table, survey):\n    """Draw nothing."""\n'
)


def drawn() -> dict[str, object]:
    """Every public function that a module of charts has of its own, by name."""
    found = {}
    for module in iter_modules(charts.__path__):
        own = import_module(f"{charts.__name__}.{module.name}")
        for name, function in getmembers(own, isfunction):
            if (
                module.name not in charts.COMMON
                and function.__module__ == own.__name__
                and not name.startswith("_")
            ):
                found[name] = function
    return found


def test_every_chart_is_found_by_its_name_and_nothing_else_is() -> None:
    known = drawn()
    assert len(known) > 20
    assert dir(kr.charts) == sorted([*known, "finished"])
    for name, function in known.items():
        assert getattr(kr.charts, name) is function
        assert function.__doc__


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"'verdict_count'; nearest: verdict_counts, "):
        kr.charts.verdict_count  # noqa: B018
    with pytest.raises(AttributeError, match=r"'result_per_domain'; nearest: result_by_domain"):
        kr.charts.result_per_domain  # noqa: B018
    assert not hasattr(kr.charts, "_timeline"), "a module's own"
    assert not hasattr(kr.charts, "bars"), "what charts have in common"


def test_two_charts_of_one_name_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zz_proeve.py").write_text(TWICE, "utf-8")
    monkeypatch.setattr(charts, "__path__", [*charts.__path__, str(tmp_path)])
    try:
        with pytest.raises(ImportError, match=r"'result_by_domain': .*estimates, .*zz_proeve"):
            charts._found()
    finally:
        sys.modules.pop(f"{charts.__name__}.zz_proeve", None)
