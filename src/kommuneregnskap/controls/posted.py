"""The records of a delivery as the controls look at them: what is alike in many of them stands once.

A national year has half a million records of a few thousand accounts and some hundred units. What a control asks of
codes, it asks of the accounts; what it asks of who delivered what, of the units; and only records that break it are
looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kommuneregnskap.sources.kostra.csv_amounts import PARTS
from kommuneregnskap.sources.kostra.delivery import Delivery
from kommuneregnskap.sources.kostra.numbered import CODES, Numbered, combined

KONTO = ("skjema", "kontoklasse", "funksjon_kapittel", "art_sektor")
OF_FORM = ("regnskap", "regnskapsomfang", "enhetstype")
UNIT = ("skjema", "region", "fil")
WHO = (*UNIT, "kontoklasse")
NUMBERS = ("konto", "overalt", "enhet", "hvem")


@dataclass(frozen=True)
class Posted:
    """The records with an amount other than zero, as Statistics Norway controls them, and what they have in common.

    records: those of the delivery, with numbers for what they have in common: `konto` (of the codes KONTO), `overalt`
    (of all CODES), `enhet` (of form, region and file) and `hvem` (of these and the account class). accounts: a row for
    every konto, with KONTO and OF_FORM. units: a row for every hvem, with WHO and OF_FORM, in the order of the first
    such record. delivered: the same of all records of the delivery, zero or not.
    """

    records: pl.DataFrame
    accounts: pl.DataFrame
    units: pl.DataFrame
    delivered: pl.DataFrame

    @classmethod
    def of(cls, delivery: Delivery) -> Posted:
        """Tell apart what stands in the records of a delivery."""
        numbered = delivery.numbered
        keys = _keys(numbered, delivery.records["fil"])
        records = delivery.records.hstack(keys)
        counts = records["belop"].ne_missing(0)
        posted = records if counts.all() else records.filter(counts).rechunk()
        accounts = posted[posted["konto"].arg_unique()].select("konto", *KONTO, *OF_FORM)
        delivered = _units(records)
        return cls(posted, accounts, delivered if counts.all() else _units(posted), delivered)

    def of_accounts(self, bad: pl.Expr) -> pl.LazyFrame:
        """Return the records of the accounts for which an expression of their columns holds."""
        found = self.accounts.filter(bad)["konto"]
        if found.is_empty():
            return self.records.clear().lazy()
        return self.where(pl.col("konto").is_in(found.implode()))

    def where(self, bad: pl.Expr) -> pl.LazyFrame:
        """Return the records for which an expression holds.

        They are looked up at once: what else is asked of records is only asked of these. In one piece: see
        `delivery.read`.
        """
        return self.records.filter(bad).rechunk().lazy()


def _keys(numbered: Numbered, files: pl.Series) -> pl.DataFrame:
    """Return NUMBERS of records."""
    names = pl.Enum(files.unique())
    places = numbered.places.with_columns(files.cast(names).to_physical())
    sizes = {name: len(texts) for name, texts in numbered.texts.items()}
    sizes["fil"] = len(names.categories)
    kinds = dict(zip(NUMBERS, (KONTO, CODES, UNIT, WHO), strict=True))
    return places.select(
        combined((pl.col(name), sizes[name]) for name in columns).alias(kind)
        for kind, columns in kinds.items()
    )


def _units(records: pl.DataFrame) -> pl.DataFrame:
    first = records["hvem"].arg_unique().sort()
    return records[first].select("hvem", *WHO, *OF_FORM)


@dataclass(frozen=True)
class Entries:
    """What is controlled line by line as it was delivered: CODES, fil, linje, ore (null: no amount), NUMBERS.

    They are the records, but for the lines of a ledger as CSV that one of them is the sum of. lines: all of them;
    several: those of accounts of a form and region that have more than one.
    """

    lines: pl.DataFrame
    several: pl.DataFrame

    @classmethod
    def of(cls, posted: Posted, summed: pl.DataFrame) -> Entries:
        """Return the lines of a delivery; summed: those that one of the records is the sum of."""
        shown = [*CODES, "fil", "linje", "ore"]
        records = posted.records.with_columns(ore=pl.col("belop") * PARTS)
        if summed.is_empty():
            lines = records.select(*shown, *NUMBERS)
        else:
            whole = records.join(summed, on=[*CODES, "fil"], how="anti", maintain_order="left")
            parts = summed.filter(pl.col("ore") != 0)
            lines = pl.concat([whole.select(shown), parts.select(shown)]).rechunk()
            lines = lines.hstack(_keys(Numbered.of(lines), lines["fil"]))
        return cls(lines, lines.filter(pl.col("overalt").is_duplicated()).rechunk())
