"""benchmarks/results.csv, and the table of it in docs/speed.md."""

from __future__ import annotations

import polars as pl

from benchmarks import cases, commands
from kommuneregnskap.support import paths
from kommuneregnskap.support.files import replacing

RESULTS = paths.root() / "benchmarks" / "results.csv"
PAGE = paths.root() / "docs" / "speed.md"
BEGIN, END = "<!-- speed -->", "<!-- /speed -->"
SCHEMA = pl.Schema(
    {
        "what": pl.String,
        "years": pl.Int64,
        "rows": pl.Int64,
        "repetitions": pl.Int64,
        "cpu_s": pl.Float64,
        "wall_s": pl.Float64,
        "peak_mb": pl.Int64,
        "rows_per_s": pl.Int64,
        "python": pl.String,
        "polars": pl.String,
        "cores": pl.Int64,
    }
)
HEADINGS = ["what", "national years", "rows", "CPU, s", "wall, s", "peak, MB", "rows per s"]


def read() -> pl.DataFrame:
    """Return the results that are kept, a row per case and size: the columns of SCHEMA."""
    return pl.read_csv(RESULTS, schema=SCHEMA)


def write(measured: pl.DataFrame, before: pl.DataFrame | None) -> None:
    """Write results.csv, with the former rows of what was not measured, and the table of docs/speed.md."""
    key = ["what", "years"]
    rows = measured
    if before is not None:
        rows = pl.concat([measured, before.join(measured, on=key, how="anti")])
    order = {name: place for place, name in enumerate((*cases.CASES, *commands.COMMANDS))}
    rows = (
        rows.filter(pl.col("what").is_in(list(order)))
        .with_columns(plass=pl.col("what").replace_strict(order, return_dtype=pl.Int64))
        .sort("plass", "years")
        .drop("plass")
    )
    with replacing(RESULTS) as part:
        rows.write_csv(part)
    text = PAGE.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"docs/speed.md: the table stands between {BEGIN} and {END}, once each")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    with replacing(PAGE) as part:
        part.write_text(f"{head}{BEGIN}\n{table(rows)}\n{END}{tail}", encoding="utf-8")


def table(rows: pl.DataFrame) -> str:
    """Return results as a table in Markdown."""
    lines = [HEADINGS, ["---"] + ["---:"] * (len(HEADINGS) - 1)]
    for row in rows.iter_rows(named=True):
        lines.append(
            [
                row["what"],
                str(row["years"]) if row["rows"] else "",
                _count(row["rows"]),
                f"{row['cpu_s']:.2f}",
                f"{row['wall_s']:.2f}",
                _count(row["peak_mb"]),
                _count(row["rows_per_s"]),
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", " ")
