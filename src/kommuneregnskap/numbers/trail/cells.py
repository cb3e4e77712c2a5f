"""The cells of SSB's tables behind a sum, where open figures are the source."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import Amount, Bench
from kommuneregnskap.numbers.trail.rows import TERMS_SCHEMA
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from kommuneregnskap.survey.open_figures import AMOUNT
from kommuneregnskap.tables import definitions


class Cells:
    """The cells of a survey on open figures; of a snapshot with the files of the answers."""

    def __init__(self, bench: Bench, snapshot: Snapshot | None = None) -> None:
        self.bench = bench
        self.snapshot = snapshot

    def terms(self, amount: Amount) -> pl.DataFrame:
        """Return what SSB's table gives as one term, `rows.TERMS_SCHEMA`; koder: table, code and label."""
        cells = self.rows(amount)
        listed = self._catalogue(amount)
        term = (
            *(amount.begrep, 1, 1, f"SSB {self._tables(listed)}"),
            *(
                _codes(listed, amount),
                self._contents(listed),
                cells.height,
                int(cells["bidrag"].sum()),
            ),
        )
        return pl.DataFrame([term], schema=TERMS_SCHEMA, orient="row")

    def rows(self, amount: Amount) -> pl.DataFrame:
        """Return the cells of a sum: enhet, region, belop and bidrag (1000 kr), tabell, kode, svar.

        svar: the files of the snapshot that hold the table's answers; empty without a snapshot.
        """
        listed = self._catalogue(amount)
        own = self._values(amount).join(
            amount.deler.select("region", "enhet"), on="region", how="inner", maintain_order="left"
        )
        return own.with_columns(
            bidrag="belop",
            tabell=pl.lit(self._tables(listed)),
            kode=pl.lit(_codes(listed, amount)),
            svar=pl.lit(self._answers(self._tables(listed))),
        )

    def _values(self, amount: Amount) -> pl.DataFrame:
        """Return the amounts of all regions: from the snapshot where it is there, else as evaluated."""
        area = pl.col("tjenesteomraade")
        chosen = (pl.col("begrep") == amount.begrep) & (
            area.is_null() if amount.tjenesteomraade is None else area == amount.tjenesteomraade
        )
        if self.snapshot is None:
            return self.bench.by_year(amount.aar).filter(chosen).select("region", "belop")
        return self.snapshot.of_units.filter(
            chosen
            & (pl.col("aar") == amount.aar)
            & (pl.col("regnskapsomfang") == self.bench.survey.scope)
            & (pl.col("regiontype") == amount.recipe.enhetstype)
            & (pl.col("enhet") == AMOUNT)
            & pl.col("verdi").is_not_null()
        ).select("region", belop=pl.col("verdi").round().cast(pl.Int64))

    def _catalogue(self, amount: Amount) -> pl.DataFrame:
        """Return the rows of statbank.csv that a concept comes from in the year."""
        wanted = "nei" if amount.tjenesteomraade is None else "ja"
        return tables.valid("statbank", amount.aar).filter(
            (pl.col("begrep") == amount.begrep)
            & (pl.col("enhetstype").cast(pl.String) == amount.recipe.enhetstype)
            & (pl.col("regnskapsomfang").cast(pl.String) == self.bench.survey.scope)
            & (pl.col("omraader").cast(pl.String) == wanted)
            & (pl.col("enhet").cast(pl.String) == AMOUNT)
        )

    @staticmethod
    def _tables(listed: pl.DataFrame) -> str:
        return ", ".join(listed["tabell"].unique(maintain_order=True))

    @staticmethod
    def _contents(listed: pl.DataFrame) -> str:
        return ", ".join(listed["innhold"].drop_nulls().unique(maintain_order=True))

    def _answers(self, tabell: str) -> str:
        if self.snapshot is None:
            return ""
        files = [
            file
            for entry in self.snapshot.receipt["tabeller"]
            if entry["tabell"] == tabell
            for file in entry["svar"]
        ]
        return ", ".join(files)


def _codes(listed: pl.DataFrame, amount: Amount) -> str:
    """Return SSB's codes of a concept with their labels and signs: `AGD13 Brutto driftsinntekter i alt`.

    Of a service area with the functions whose cells are added up: `AGI5 … for funksjon 202, 213`.
    """
    parts: list[str] = []
    for row in listed.iter_rows(named=True):
        sign = "− " if row["fortegn"] < 0 else "+ " if parts else ""
        code = " ".join(filter(None, (row["ssb_kode"], str(row["etikett"]).split(" | ")[0])))
        parts.append(sign + code)
    if amount.tjenesteomraade is not None:
        areas = definitions.areas(amount.aar)
        own = areas.filter(pl.col("tjenesteomraade") == amount.tjenesteomraade)["funksjon"]
        parts.append(f"for funksjon {', '.join(own.sort())}")
    return " ".join(parts)
