"""From blocks of amounts to KOSTRA records with the codes valid in the year, under invented numbers.

Up to here a unit goes by the number of the real one whose inhabitants it has; no record and no list has that.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.demo.accounts import CONSOLIDATED, Accounts
from kommuneregnskap.sources.demo.inputs import KINDS, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints
from kommuneregnskap.sources.demo.services import BALANCE, Block
from kommuneregnskap.tables import invented


class Panel:
    """The synthetic panel: records by year and form, and who answered."""

    def __init__(self, inputs: Inputs, accounts: dict[str, Accounts]) -> None:
        """Keep the amounts as arrays; records are made form by form."""
        self._inputs = inputs
        self._accounts = accounts
        self._forms = tables.read("skjema").filter(pl.col("enhetstype").is_in(list(KINDS)))

    @property
    def years(self) -> tuple[int, ...]:
        """Return the accounting years."""
        return YEARS

    @cached_property
    def forms(self) -> list[str]:
        """Return the forms, such as 0A."""
        return self._forms["skjema"].unique().sort().to_list()

    def records(self, year: int, form: str) -> pl.DataFrame:
        """Return the records of one form and year, by account class, region and codes.

        Columns: skjema, aar, kvartal, region (six characters), orgnr, foretaksnr, kontoklasse,
        funksjon_kapittel, art_sektor, belop (1000 kr, sign of the file, never 0).
        """
        parts = []
        for row in self._forms.filter(pl.col("skjema") == form).sort("kontoklasse").to_dicts():
            accounts = self._accounts[row["enhetstype"]]
            account = row["regnskap"]
            blocks = list(accounts.blocks[account])
            if row["regnskapsomfang"] == CONSOLIDATED:
                blocks += accounts.enterprise.get(account, [])
            columns, values = self._in_year(blocks, year, account)
            regions, values = _by_number(accounts, values, year)
            parts.append(_long(regions, columns, values, str(row["kontoklasse"])))
        return pl.concat(parts).select(
            pl.lit(form).alias("skjema"),
            pl.lit(year, pl.Int32).alias("aar"),
            pl.lit("").alias("kvartal"),
            "region",
            pl.lit("").alias("orgnr"),
            pl.lit("").alias("foretaksnr"),
            "kontoklasse",
            "funksjon_kapittel",
            "art_sektor",
            "belop",
        )

    def respondents(self, year: int) -> pl.DataFrame:
        """Return the invented numbers, valid in `year`, of those that answered its survey (`region`)."""
        numbers = {
            number
            for accounts in self._accounts.values()
            for number, answered in zip(
                accounts.frame.numbers_in_year[YEARS.index(year)],
                accounts.frame.answered[:, YEARS.index(year)],
                strict=True,
            )
            if answered
        }
        answered = pl.DataFrame({"region": sorted(numbers)}, schema={"region": pl.String})
        return invented.renumbered(answered, "region").sort("region")

    def _in_year(
        self, blocks: list[Block], year: int, account: str
    ) -> tuple[list[tuple[str, str]], Ints]:
        """Return the amounts of a year with one column per pair of codes valid then."""
        former = self._inputs.koder_foer.filter(
            (pl.col("gyldig_til") >= year) & (pl.col("regnskap").fill_null(account) == account)
        )
        first = _mapping(former, "kapittel" if account == BALANCE else "funksjon")
        second = {} if account == BALANCE else _mapping(former, "art")
        names = [(first.get(a, a), second.get(b, b)) for block in blocks for a, b in block.columns]
        wide = np.concatenate([block.values[:, YEARS.index(year)] for block in blocks], axis=1)
        columns = sorted(set(names))
        place = {name: number for number, name in enumerate(columns)}
        result = np.zeros((len(columns), wide.shape[0]), dtype=np.int64)
        np.add.at(result, np.array([place[name] for name in names]), wide.T)
        return columns, result.T


def _mapping(former: pl.DataFrame, kind: str) -> dict[str, str]:
    rows = former.filter(pl.col("type") == kind)
    return dict(rows.select("kode", "brukes").iter_rows())


def _by_number(accounts: Accounts, values: Ints, year: int) -> tuple[list[str], Ints]:
    """Sum units that carried one number in `year`; by their invented numbers, in order."""
    real = pl.DataFrame({"region": accounts.frame.numbers_in_year[YEARS.index(year)]})
    then = invented.renumbered(real, "region")["region"].to_list()
    numbers = sorted(set(then))
    place = {number: row for row, number in enumerate(numbers)}
    result = np.zeros((len(numbers), values.shape[1]), dtype=np.int64)
    np.add.at(result, np.array([place[number] for number in then]), values)
    return [f"{number}00" for number in numbers], result


def _long(
    regions: list[str], columns: list[tuple[str, str]], values: Ints, account_class: str
) -> pl.DataFrame:
    """Return one row per amount other than zero."""
    row, column = np.nonzero(values)
    return pl.DataFrame(
        {
            "region": pl.Series(regions).gather(row),
            "funksjon_kapittel": pl.Series([a for a, _ in columns]).gather(column),
            "art_sektor": pl.Series([b for _, b in columns]).gather(column),
            "belop": values[row, column],
        }
    ).with_columns(pl.lit(account_class).alias("kontoklasse"))
