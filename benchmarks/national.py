"""A country to measure on: invented accounts at national size, made of the synthetic panel's records.

356 municipalities of one year, each a 0A and a 0B file of up to 1 500 records, for two years; and account rows as
Statistics Norway's hierarchies take them, as many as a year has.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from kommuneregnskap.indicators.hierarchies import Hierarchies
from kommuneregnskap.sources import demo
from kommuneregnskap.sources.kostra.records import read_records, write_records
from kommuneregnskap.support import paths
from kommuneregnskap.tables import units

YEARS = (2023, 2024)
RECORDS_PER_UNIT = 1500
OSLO = "0301"
ROWS, UNITS, FUNCTIONS, ARTS = 534_000, 371, 130, 150
FUNCTION_GROUPS, ART_GROUPS = 65, 15


def write_files(folder: Path) -> None:
    """Write one 0A and one 0B file per municipality and year, and how many records they hold: poster.txt."""
    demo.ensure_panel(paths.demo_panel())
    for year in YEARS:
        written = 0
        panel = paths.demo_panel() / str(year)
        records = {
            form: read_records(sorted(panel.glob(f"{form}_*"))).collect() for form in ("0A", "0B")
        }
        donors = records["0A"]["region"].unique().sort().to_list()
        municipal = (pl.col("type") == "kommune") & (pl.col("region") != OSLO)
        for place, region in enumerate(units.frame(year).filter(municipal)["region"]):
            donor = pl.col("region") == donors[place % len(donors)]
            for form, rows in records.items():
                own = rows.filter(donor)
                fill = (pl.concat([own, own]) if form == "0A" else own).head(RECORDS_PER_UNIT)
                write_records(
                    fill.with_columns(region=pl.lit(region + "00")),
                    folder / str(year) / f"{form}_{region}.txt",
                )
                written += len(fill)
        (folder / f"{year}.antall").write_text(str(written))


def records(folder: Path, year: int) -> int:
    """Return how many records the files of a year hold."""
    return int((folder / f"{year}.antall").read_text())


def account_rows(count: int, seed: int) -> pl.DataFrame:
    """Invented rows: as many units, functions and arts as a national year has."""
    draw = np.random.default_rng(seed)

    def codes(number: int, first: int) -> pl.Series:
        return pl.Series(draw.integers(first, first + number, count)).cast(pl.String)

    return pl.DataFrame(
        {
            "region": codes(UNITS, 1101),
            "kontoklasse": pl.Series(draw.choice(["D", "I"], count)),
            "funksjon": codes(FUNCTIONS, 100),
            "art": codes(ARTS, 100),
            "belop": draw.integers(-9_999, 99_999, count),
        }
    )


def write_hierarchy_rows(folder: Path) -> None:
    """Write a year's account rows of the treasury and of the enterprises."""
    for name, count, seed in (("kasse", ROWS * 9 // 10, 4), ("saer", ROWS // 10, 5)):
        account_rows(count, seed).write_parquet(folder / f"{name}.parquet")


def hierarchies() -> Hierarchies:
    """Return invented hierarchies and nettings: groups of a third of the codes, some counted twice or taken out."""
    return Hierarchies(
        functions=_edges(FUNCTION_GROUPS, FUNCTIONS, "F", 1),
        arts=_edges(ART_GROUPS, ARTS, "A", 2),
        net_treasury=_edges(ART_GROUPS, ARTS, "A", 3),
        net_enterprises=_edges(ART_GROUPS, ARTS, "A", 6),
    )


def _edges(groups: int, codes: int, letter: str, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    rows = [
        (f"{letter}{group}", str(code), int(draw.choice([1, 1, 1, -1, 2])))
        for group in range(groups)
        for code in sorted(draw.choice(np.arange(100, 100 + codes), codes // 3, replace=False))
    ]
    return pl.DataFrame(rows, schema=["to", "from", "sign"], orient="row")
