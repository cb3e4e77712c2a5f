"""Twenty national years as partitioned parquet: bytes, seconds and peak memory of two years and of twenty.

The synthetic accounts of 2024 under the numbers of all municipalities, repeated as account files of each year, in a
copy of the tables in which what holds in 2024 always held. Every step is a process of its own, and so is its peak
memory. Run: .venv/bin/python -m benchmarks.partitions [folder or s3://bucket/prefix; else a temporary folder]
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from kommuneregnskap.sources import demo
from kommuneregnskap.sources.kostra.records import read_records, write_records
from kommuneregnskap.support import paths
from kommuneregnskap.tables import units

LAUNCH = Path(__file__).with_name("launch.py")
YEAR, FIRST, LAST = 2024, 2015, 2034

RUN = ("-m", "kommuneregnskap")
SUMMED = """
import polars as pl
from kommuneregnskap import partitions
poster, _ = partitions.scan({place!r}, {years})
print(poster.group_by("aar").agg(pl.col("belop").sum()).collect())
"""


def tables(root: Path) -> None:
    """Copy the tables: the rows that hold in 2024, as if they held in all the years, and inhabitants of each."""
    for name in ("codes", "definitions"):
        folder = root / "data" / name
        folder.mkdir(parents=True)
        for path in (paths.root() / "data" / name).glob("*.csv"):
            table = pl.read_csv(path, infer_schema=False)
            if "gyldig_fra" in table.columns:
                first, last = (pl.col(f"gyldig_{end}").cast(pl.Int32) for end in ("fra", "til"))
                holds = (first <= YEAR) & (last.is_null() | (last >= YEAR))
                table = table.filter(holds).with_columns(
                    gyldig_fra=pl.lit(str(FIRST)), gyldig_til=pl.lit(None, dtype=pl.String)
                )
            if path.stem == "folkemengde":
                last_known = table.filter(pl.col("dato") == pl.col("dato").max())
                table = pl.concat(
                    last_known.with_columns(dato=pl.lit(f"{year + 1}-01-01"))
                    for year in range(FIRST, LAST + 1)
                )
            table.write_csv(folder / path.name)


def account_files(folder: Path, years: list[int]) -> int:
    """Write one 0A and one 0B file per municipality and year; return the number of records of a year."""
    demo.ensure_panel(paths.demo_panel())
    regions = units.frame(YEAR).filter(pl.col("type") == "kommune")["region"].to_list()
    written = 0
    for form in ("0A", "0B"):
        files = sorted((paths.demo_panel() / str(YEAR)).glob(f"{form}_*"))
        rows = read_records(files).collect()
        donors = rows["region"].unique().sort().to_list()
        own = {donor: rows.filter(pl.col("region") == donor) for donor in donors}
        for place, region in enumerate(regions):
            fill = own[donors[place % len(donors)]].with_columns(region=pl.lit(region + "00"))
            file = folder / str(YEAR) / f"{form}_{region}.txt"
            write_records(fill, file)
            written += len(fill)
            content = file.read_bytes()
            for year in years:
                other = folder / str(year) / file.name
                other.parent.mkdir(parents=True, exist_ok=True)
                other.write_bytes(re.sub(rb"(?m)^(0[AB])2024", rb"\g<1>%d" % year, content))
    return written


def measured(root: Path, *words: str) -> str:
    """Run Python on the copied tables, by a process that is small itself; return its seconds and its peak memory."""
    launched = subprocess.run(
        [sys.executable, "-S", str(LAUNCH), sys.executable, *words],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(root)},
    )
    found = json.loads(launched.stdout)
    if found["code"]:
        raise SystemExit(launched.stderr.strip())
    return f"{found['wall']:.1f} s, {found['cpu']:.1f} s CPU, {found['peak']:.0f} MB"


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        tables(root)
        files = root / "filer"
        records = account_files(files, list(range(FIRST, LAST + 1)))
        print(f"account files: {records} records and {size(files / str(YEAR)):,} bytes a year")
        place = sys.argv[1] if len(sys.argv) > 1 else str(root / "lager")
        for years in (f"{LAST - 1}-{LAST}", f"{FIRST}-{LAST}"):
            own = ["--years", years, "--to", place]
            source = ["--source", "kostra", "--data", str(files)]
            asked = f"range({years.replace('-', ', ')} + 1)"
            steps = {
                "partition": [*RUN, "partition", *own, *source],
                "evaluate": [*RUN, "evaluate", *own, "--from", place],
                "scan and sum": ["-c", SUMMED.format(place=place, years=asked)],
            }
            for name, words in steps.items():
                print(f"{name} {years}: {measured(root, *words)}")
        for frame in ("poster", "balanse", "indikatorer"):
            folder = Path(place) / frame / f"aar={YEAR}"
            if folder.is_dir():
                print(f"{frame}: {size(folder):,} bytes a year")


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
