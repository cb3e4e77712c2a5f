"""The tables under data/demo/: every number and every KOSTRA code that the panel is built from."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.demo.integers import Ints
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError

YEARS = (2020, 2021, 2022, 2023, 2024, 2025)
KOMMUNE, FYLKESKOMMUNE = "kommune", "fylkeskommune"
KINDS = (KOMMUNE, FYLKESKOMMUNE)


@dataclass(frozen=True)
class Inputs:
    """The tables of the demo panel; amounts in columns named by year are million kr."""

    respondenter: pl.DataFrame
    omraader: pl.DataFrame
    funksjoner: pl.DataFrame
    profiler: pl.DataFrame
    posteringer: pl.DataFrame
    balanse: pl.DataFrame
    finans: pl.DataFrame
    fordeling: pl.DataFrame
    ndr: pl.DataFrame
    fylkesfond: pl.DataFrame
    koder_foer: pl.DataFrame
    parametre: dict[str, int]

    def profile(self, name: str) -> tuple[list[str], Ints]:
        """Return the arts of a profile and their weights."""
        rows = self.profiler.filter(pl.col("profil") == name)
        if rows.is_empty():
            raise DataError(
                paths.demo_tables("profiler"),
                field="profil",
                value=name,
                allowed="a profile that the table has rows for",
            )
        return rows["art"].to_list(), rows["vekt"].to_numpy()

    def postings(self, account: str, kind: str, post: str) -> tuple[list[tuple[str, str]], Ints]:
        """Return the (funksjon, art) pairs that a post is booked on and their weights."""
        rows = self.posteringer.filter(
            (pl.col("regnskap") == account)
            & (pl.col("post") == post)
            & pl.col("enhetstype").is_in([kind, "felles"])
        )
        return list(rows.select("funksjon", "art").iter_rows()), rows["vekt"].to_numpy()

    def art(self, account: str, post: str) -> str:
        """Return the one art of a post that is booked on every function."""
        pairs, _ = self.postings(account, "felles", post)
        return pairs[0][1]

    def shares(self, kind: str, post: str) -> Ints:
        """Return the share of a finance post in each year, per 10 000 of gross expenditure."""
        row = self.finans.filter((pl.col("enhetstype") == kind) & (pl.col("post") == post))
        values = row.select([f"andel_{year}" for year in YEARS]).row(0)
        return np.array(values, dtype=np.int64)


def read() -> Inputs:
    """Return the tables under data/demo/.

    Raises DataError where one is missing, and for the first cell that its schema does not allow.
    """
    names = (field.name for field in fields(Inputs) if field.name != "parametre")
    read_tables = {name: tables.read_demo(name) for name in names}
    parameters = tables.read_demo("parametre").select("parameter", "verdi")
    return Inputs(**read_tables, parametre=dict(parameters.iter_rows()))
