"""Who else does the same work: a table of rivals to the cases, and whether they come to the same.

No time of anything is shown before the results of all rivals asked for were held against ours. What a rival needs to
begin (frames as its own tables, groups as rows) is loaded before its time begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import (
    cases,
    rivals_duckdb,
    rivals_fields,
    rivals_hierarchies,
    rivals_indicators,
)
from kommuneregnskap.indicators import evaluate, hierarchies

YEARS = 1  # national years that all of them work on
LEDGER = "files to ledger"
INDICATORS, HIERARCHIES = "ledger to indicators", "hierarchies, kasse and konsern"
Frames = Sequence[pl.DataFrame]


@dataclass(frozen=True)
class Rival:
    """Another way to do a case's work.

    own: our result as frames, from what the case loads. load: what the rival works on, from the same. run: the work.
    frames: what it gave, as frames with the same columns.
    """

    own: Callable[[Any], Frames]
    load: Callable[[Any], Any]
    run: Callable[[Any], Any]
    frames: Callable[[Any], Frames]


def _itself(frame: pl.DataFrame) -> Frames:
    return [frame]


def _of_duckdb(relation: Any) -> Frames:
    return [rivals_duckdb.frame(relation)]


def _own_indicators(ledgers: Any) -> Frames:
    return [
        evaluate.evaluate(poster.lazy(), balanse.lazy(), year) for year, poster, balanse in ledgers
    ]


def _own_scopes(found: Any) -> Frames:
    return [hierarchies.scopes(*found[:3], codes=False)]


# By the case and by whom.
RIVALS: dict[tuple[str, str], Rival] = {
    (LEDGER, "polars"): Rival(
        lambda found: rivals_fields.ours(*found),
        lambda found: found,
        lambda found: rivals_fields.cut_fields(*found),
        list,
    ),
    (INDICATORS, "polars"): Rival(
        _own_indicators, lambda ledgers: ledgers[0], rivals_indicators.by_polars, _itself
    ),
    (INDICATORS, "DuckDB"): Rival(
        _own_indicators,
        lambda ledgers: rivals_indicators.in_duckdb(ledgers[0]),
        rivals_indicators.by_duckdb,
        _of_duckdb,
    ),
    (HIERARCHIES, "scipy sparse"): Rival(
        _own_scopes,
        lambda found: rivals_hierarchies.given(*found[:3]),
        rivals_hierarchies.by_scipy,
        _itself,
    ),
    (HIERARCHIES, "polars"): Rival(
        _own_scopes,
        lambda found: rivals_hierarchies.given(*found[:3]),
        rivals_hierarchies.by_polars,
        _itself,
    ),
    (HIERARCHIES, "DuckDB"): Rival(
        _own_scopes,
        lambda found: rivals_hierarchies.in_duckdb(rivals_hierarchies.given(*found[:3])),
        rivals_hierarchies.by_duckdb,
        _of_duckdb,
    ),
}


def of(what: str) -> list[tuple[str, str]]:
    """Return the rivals of a case, in the order of the table."""
    return [key for key in RIVALS if key[0] == what]


def named(what: str, by: str) -> str:
    """Return what a measurement is called: by whom only where that is not this program."""
    return f"{what} by {by}" if by else what


def refuse_unequal(folder: Path, asked: Sequence[tuple[str, str]]) -> None:
    """End, in a line, where a rival asked for comes to something else than we do at the size that is measured.

    folder: as `cases.prepare` leaves it.
    """
    for key in asked:
        if key in RIVALS:
            loaded, _ = cases.CASES[key[0]].load(folder, YEARS)
            refuse(key, compare(RIVALS[key], loaded))


def refuse(key: tuple[str, str], words: str) -> None:
    """End where there are words for what differs, and say where there are none."""
    if words:
        raise SystemExit(f"{named(*key)} gives something else: {words}")
    print(f"{named(*key)}: the same as ours", flush=True)


def compare(rival: Rival, loaded: Any) -> str:
    """Return in what a rival's frames differ from ours, in words; empty where they hold the same rows.

    loaded: what the case loads. The order of rows and of columns is nothing that they must share.
    """
    own, other = rival.own(loaded), rival.frames(rival.run(rival.load(loaded)))
    if len(own) != len(other):
        return f"{len(other)} frames, and {len(own)} here"
    return next(
        (words for pair in zip(own, other, strict=True) if (words := _differing(*pair))), ""
    )


def _differing(own: pl.DataFrame, other: pl.DataFrame) -> str:
    if dict(own.schema) != dict(other.schema):
        return f"columns {dict(other.schema)}, and {dict(own.schema)} here"
    if len(own) != len(other):
        return f"{len(other)} rows, and {len(own)} here"
    keys = [name for name, kind in own.schema.items() if kind != pl.Int64]
    ours = own.sort(keys)
    theirs = other.select(own.columns).sort(keys)
    differs = pl.select(
        pl.any_horizontal(ours[name].ne_missing(theirs[name]) for name in own.columns)
    ).to_series()
    if not differs.any():
        return ""
    first = differs.arg_true()[0]
    return (
        f"{differs.sum()} of {len(own)} rows differ, the first {theirs.row(first)}, "
        f"and {ours.row(first)} here"
    )
