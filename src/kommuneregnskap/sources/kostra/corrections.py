"""Guarded corrections: known errors in delivered files, each a row with what it expects to find.

A correction (data/definitions/corrections.csv) states the amount that stands in the delivery, what
it is to be, why, and who said so. Where the delivery says something else, the correction has
outlived its reason, and the run stops until the row is removed.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError

NAME = "corrections"
UNIT = ("region", "skjema")
KEY = (*UNIT, "kontoklasse", "funksjon_kapittel", "art_sektor")


def in_force(year: int, accounts: str) -> pl.DataFrame:
    """Return the corrections of a year for `leverte` or `syntetiske` accounts, as in the table.

    Raises DataError for an account class that the form does not have.
    """
    table = tables.read(NAME).filter((pl.col("aar") == year) & (pl.col("regnskaper") == accounts))
    forms = tables.read("skjema")
    odd = table.join(forms, on=["skjema", "kontoklasse"], how="anti")
    for row in odd.iter_rows(named=True):
        own = forms.filter(pl.col("skjema") == row["skjema"])["kontoklasse"].sort().to_list()
        raise DataError(
            tables.file_of(NAME),
            line=row["linje"],
            field="kontoklasse",
            value=row["kontoklasse"],
            allowed=f"for {row['skjema']}: {', '.join(own) or 'no such form'}",
            todo="Mend the cell.",
        )
    return table


def none() -> pl.DataFrame:
    """Return the frame of no correction used."""
    return tables.read(NAME).clear()


def apply(
    records: pl.DataFrame, year: int, accounts: str = "leverte"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records with the corrections of the year, and the corrections that were used.

    records: columns of `records.Cut.typed`, `belop` in 1000 kr. Amounts on the same key are summed before
    they are compared; the corrected amount stands on the first of their lines, or on a line of its own
    where there is none. A correction of a form that was not delivered is not used. Raises DataError
    where the delivered amount is not what the correction expects, or is no amount.
    """
    wanted = in_force(year, accounts)
    if wanted.is_empty():
        return records, wanted
    used = wanted.join(records.select(UNIT).unique(), on=UNIT, how="semi", maintain_order="left")
    found = (
        records.join(used, on=KEY, how="semi")
        .group_by(KEY)
        .agg(
            pl.when(pl.col("belop").is_not_null().all())
            .then(pl.col("belop").sum().cast(pl.String))
            .otherwise(pl.col("belop_tekst").filter(pl.col("belop").is_null()).first())
            .alias("funnet")
        )
    )
    compared = used.join(found, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col("funnet").fill_null("0")
    )
    expected = pl.col("var").cast(pl.String)
    for row in compared.filter(pl.col("funnet") != expected).iter_rows(named=True):
        raise DataError(
            tables.file_of(NAME),
            line=row["linje"],
            problem=f"the correction expects {row['var']} on "
            f"{' '.join(row[name] for name in KEY)}, the delivery has {row['funnet']}",
            todo="Remove the row: the delivery is no longer what it was written for.",
        )
    return _corrected(records, used), used


def _corrected(records: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Put the new amount on the first line of each key; a key without lines gets one of its own."""
    becomes = used.select(*KEY, pl.col("blir").alias("_blir"))
    marked = records.with_row_index("_rad").join(becomes, on=KEY, how="left", maintain_order="left")
    hit = pl.col("_blir").is_not_null()
    kept = marked.filter(~hit | pl.col("_rad").eq(pl.col("_rad").first().over(KEY))).with_columns(
        belop=pl.when(hit).then("_blir").otherwise("belop"),
        belop_tekst=pl.when(hit).then(pl.col("_blir").cast(pl.String)).otherwise("belop_tekst"),
    )
    missing = becomes.join(records, on=KEY, how="anti")
    template = records.group_by(UNIT, maintain_order=True).first()
    added = (
        missing.join(template.drop([name for name in KEY if name not in UNIT]), on=UNIT)
        .with_columns(belop=pl.col("_blir"), belop_tekst=pl.col("_blir").cast(pl.String))
        .select(records.columns)
    )
    return pl.concat([kept.select(records.columns), added])
