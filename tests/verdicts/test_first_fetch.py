"""Figures fetched beside those that came along: the same, another, gone, more; by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap.report.first_fetch import against_bundled
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from kommuneregnskap.verdicts import first_fetch
from tests.helpers.statbank_small import as_values
from tests.helpers.statbank_small import figure as row

AREA = {"begrep": "netto_driftsutgifter_tjeneste", "tjenesteomraade": "barnehage"}
BEFORE = as_values(
    row("1101", 10),
    row("1103", 20),
    row("1106", 30),
    row("1108", 40),
    row("2111", 50, regiontype="annet"),
    row("EAK", 900, regiontype="land", **AREA),
    row("1101", 7, aar=2021),
)
AFTER = as_values(
    row("1101", 10),
    row("1103", 21),
    row("1106", None),
    row("1111", 60),
    row("1112", None),
    row("EAK", 901, regiontype="land", **AREA),
    row("1101", 5, regnskapsomfang="kasse"),
)


def test_what_both_have_is_counted_and_what_is_another_is_named() -> None:
    found = first_fetch.held(BEFORE, AFTER)
    assert (found.equal, found.more) == (1, 1)
    named = found.changed.select("region", "begrep", "slag", "foer", "naa", "endring", "naa_merke")
    revenue, net = "brutto_driftsinntekter", "netto_driftsutgifter_tjeneste"
    assert sorted(named.rows(), key=str) == [
        ("1103", revenue, "endret", 20, 21, 1, None),
        ("1106", revenue, "falt bort", 30, None, None, ".."),
        ("1108", revenue, "falt bort", 40, None, None, "ikke i uttrekket"),
        ("EAK", net, "endret", 900, 901, 1, None),
    ]


def test_the_same_figures_differ_in_nothing_and_another_table_is_no_difference() -> None:
    other = BEFORE.with_columns(tabell=pl.lit("12138"))
    found = first_fetch.held(BEFORE, other)
    assert (found.equal, found.changed.height, found.more) == (6, 0, 0)


@pytest.mark.parametrize("changes", [{"aar": 2020}, {"regnskapsomfang": "kasse"}])
def test_nothing_in_common_is_no_difference(changes: dict[str, Any]) -> None:
    found = first_fetch.held(BEFORE, as_values(row("1101", 11, **changes)))
    assert (found.equal, found.changed.height, found.more) == (0, 0, 0)


@pytest.mark.parametrize(
    ("others", "synthetic", "compared"),
    [([], False, True), ([], True, False), (["2026-10-01"], False, False)],
)
def test_only_the_first_snapshot_of_real_figures_is_compared(
    tmp_path: Path, others: list[str], synthetic: bool, compared: bool
) -> None:
    for name in ("2026-11-24", *others):
        (tmp_path / name).mkdir()
    receipt = {"syntetisk": synthetic, "aar": [2019], "tabeller": []}
    values = as_values(row("1101", 11, aar=2019))
    made = Snapshot("2026-11-24", tmp_path / "2026-11-24", receipt, values)
    found = against_bundled(made, tmp_path)
    assert (found is not None) == compared
    if found:
        assert found.before.folder.parent.name == "ssb"
        assert (found.found.equal, found.file) == (0, None)
