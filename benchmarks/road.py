"""Wall time and peak memory of the road from account files to indicators, at national size.

Run: `.venv/bin/python benchmarks/road.py`. Writes 356 municipal files (0A and 0B) for two years of
about 1 500 records each into a temporary folder, made of the synthetic panel's records, reads,
evaluates and controls them, and prints records per second. Never a test: figures depend on the
machine.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import polars as pl

from kommuneregnskap import delivery, demo, indicators, kostra, ledger, paths, units
from kommuneregnskap.controls import Case, findings

YEARS = (2023, 2024)
RECORDS_PER_UNIT = 1500


def national_files(folder: Path) -> int:
    """Write one 0A and one 0B file per municipality and year; return the number of records."""
    demo.ensure_panel(paths.demo_panel())
    written = 0
    for year in YEARS:
        records = {
            form: kostra.read_records(
                sorted((paths.demo_panel() / str(year)).glob(f"{form}_*"))
            ).collect()
            for form in ("0A", "0B")
        }
        donors = records["0A"]["region"].unique().sort().to_list()
        regions = units.frame(year).filter(pl.col("type") == "kommune")["region"].to_list()
        for place, region in enumerate(regions):
            donor = donors[place % len(donors)]
            for form, rows in records.items():
                own = rows.filter(pl.col("region") == donor)
                fill = (pl.concat([own, own]) if form == "0A" else own).head(RECORDS_PER_UNIT)
                kostra.write_records(
                    fill.with_columns(region=pl.lit(region + "00")),
                    folder / str(year) / f"{form}_{region}.txt",
                )
                written += len(fill)
    return written


def accounts_of(folder: Path, year: int) -> tuple[delivery.Delivery, pl.DataFrame, pl.DataFrame]:
    """Return the delivery of a year and its ledger."""
    delivered = delivery.read(folder, year, "kasse")
    accounts = ledger.accept(delivered)
    poster, balanse = pl.collect_all([accounts.poster, accounts.balanse])
    return delivered, poster, balanse


def main() -> None:
    """Measure and print one line per step."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = national_files(folder)
        accounts_of(folder, YEARS[-1])  # warm the file cache and the code tables
        start = time.perf_counter()
        read_years = [accounts_of(folder, year) for year in YEARS]
        read = time.perf_counter()
        evaluated = [
            indicators.evaluate(poster.lazy(), balanse.lazy(), year)
            for year, (_, poster, balanse) in zip(YEARS, read_years, strict=True)
        ]
        done = time.perf_counter()
        case = Case(read_years[-1][0], evaluated[-1], evaluated[-2])
        found = findings.run(case, folder)
        controlled = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"files: {2 * len(YEARS) * 357 - 2} of {len(YEARS)} years, {records} records")
    print(f"files -> ledger: {read - start:.2f} s ({records / (read - start):,.0f} records/s)")
    values = sum(map(len, evaluated))
    print(f"ledger -> indicators: {done - read:.2f} s, {values} values")
    print(f"files -> indicators: {done - start:.2f} s ({records / (done - start):,.0f} records/s)")
    print(
        f"all controls, one year, {case.delivery.records.height} records: "
        f"{controlled - done:.2f} s, {len(found)} findings"
    )
    print(f"peak memory: {peak:.0f} MB")


if __name__ == "__main__":
    main()
