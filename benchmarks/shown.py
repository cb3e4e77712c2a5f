"""benchmarks/results.csv, and the tables of it in docs/speed.md: what is measured, and the same work by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from benchmarks import cases, commands, rivals, rivals_notebooks
from benchmarks.commands import Key
from kommuneregnskap.support import paths
from kommuneregnskap.support.files import replacing

RESULTS = paths.root() / "benchmarks" / "results.csv"
PAGE = paths.root() / "docs" / "speed.md"
SCHEMA = pl.Schema(
    {
        "what": pl.String,
        "by": pl.String,  # null: this program
        "years": pl.Int64,
        "rows": pl.Int64,
        "repetitions": pl.Int64,
        "cpu_s": pl.Float64,
        "wall_s": pl.Float64,
        "peak_mb": pl.Int64,
        # Ours to theirs, where another did it; to J, of a report.
        "cpu_ratio": pl.Float64,
        "wall_ratio": pl.Float64,
        "rows_per_s": pl.Int64,
        "python": pl.String,
        "polars": pl.String,
        "cores": pl.Int64,
    }
)
ROW = ["what", "by", "years"]
RATIOS = {"cpu_s": "cpu_ratio", "wall_s": "wall_ratio"}
J: Key = (rivals_notebooks.NOTEBOOKS, rivals_notebooks.YARDSTICK)
MEASURED = ["CPU, s", "wall, s", "peak, MB"]
HEADINGS = ["what", "years", "rows", "N", *MEASURED, "rows per s", "CPU of J", "wall of J"]
AGAINST = ["what", "by", "N", *MEASURED, "CPU, ours / theirs", "wall, ours / theirs"]


def everything() -> list[Key]:
    """Return everything that is measured, in order: what, and by whom; a rival after what it does the work of."""
    return [
        *((what, by) for name in cases.CASES for what, by in [(name, ""), *rivals.of(name)]),
        *commands.COMMANDS,
    ]


def beside(key: Key) -> Key | None:
    """Return what a measurement is shown beside: ours, of a rival; J, of a report; None for most."""
    what, by = key
    if by:
        return what, ""
    return J if key in commands.COMMANDS and commands.COMMANDS[key].of_j else None


def read() -> pl.DataFrame:
    """Return the results that are kept, a row per case and size: the columns of SCHEMA."""
    return pl.read_csv(RESULTS, schema=SCHEMA)


def write(measured: pl.DataFrame, before: pl.DataFrame | None) -> None:
    """Write results.csv, with the former rows of what was not measured, and the tables of docs/speed.md."""
    rows = measured
    if before is not None:  # with the ratios of their own run
        kept = before.join(measured, on=ROW, how="anti", nulls_equal=True)
        rows = pl.concat([measured, kept])
    named = [(what, by or None) for what, by in everything()]
    order = pl.DataFrame(named, schema=dict.fromkeys(ROW[:2], pl.String), orient="row")
    rows = (
        rows.join(order.with_row_index("plass"), on=order.columns, nulls_equal=True)
        .sort("plass", "years")
        .select(SCHEMA.names())
    )
    with replacing(RESULTS) as part:
        rows.write_csv(part)
    text = PAGE.read_text("utf-8")
    for name, made in TABLES.items():
        head, tail = around(text, name)
        text = f"{head}\n{made(rows)}\n{tail}"
    with replacing(PAGE) as part:
        part.write_text(text, encoding="utf-8")


def with_ratios(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results with what this program takes as a part of what another does: columns of SCHEMA in and out."""
    taken = {
        (row["what"], row["by"] or "", row["years"]): row for row in rows.iter_rows(named=True)
    }
    found = []
    for (what, by, years), row in taken.items():
        other = beside((what, by))
        there = taken.get((*other, years)) if other else None
        ours, theirs = (there, row) if by else (row, there)
        found.append(
            {
                ratio: round(ours[name] / theirs[name], 3) if ours and theirs else None
                for name, ratio in RATIOS.items()
            }
        )
    schema = {ratio: SCHEMA[ratio] for ratio in RATIOS.values()}
    return rows.with_columns(pl.DataFrame(found, schema=schema))


def around(text: str, name: str) -> tuple[str, str]:
    """Return what stands before and after a table on the page, with its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"docs/speed.md: the table stands between {begin} and {end}, once each")
    before, _, rest = text.partition(begin)
    return before + begin, end + rest.partition(end)[2]


def table(rows: pl.DataFrame) -> str:
    """Return our own results as a table in Markdown."""
    lines = [
        [
            row["what"],
            str(row["years"]) if row["rows"] else "",
            _count(row["rows"]),
            *_measured(row),
            _count(row["rows_per_s"]),
            *_ratios(row),
        ]
        for row in rows.filter(pl.col("by").is_null()).iter_rows(named=True)
    ]
    return _markdown(HEADINGS, 1, lines)


def against(rows: pl.DataFrame) -> str:
    """Return the results of others after ours of the same work and size, as a table in Markdown."""
    others = rows.filter(pl.col("by").is_not_null())
    both = rows.join(others, on=["what", "years"], how="semi")
    lines = [
        [row["what"], row["by"] or "", *_measured(row), *_ratios(row)]
        for row in both.iter_rows(named=True)
    ]
    return _markdown(AGAINST, 2, lines)


def _measured(row: dict[str, Any]) -> list[str]:
    times = [f"{row[name]:.2f}" for name in RATIOS]
    return [str(row["repetitions"]), *times, _count(row["peak_mb"])]


def _ratios(row: dict[str, Any]) -> list[str]:
    return ["" if row[name] is None else f"{row[name]:.2f}" for name in RATIOS.values()]


# What stands on the page between marks of these names.
TABLES: dict[str, Callable[[pl.DataFrame], str]] = {"speed": table, "against": against}


def _markdown(headings: Sequence[str], texts: int, lines: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * texts + ["---:"] * (len(headings) - texts)
    return "\n".join(f"| {' | '.join(line)} |" for line in [headings, rule, *lines])


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", " ")
