"""What a control is: a row of data/definitions/controls.csv, and the function that finds its breaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.posted import Entries, Posted
from kommuneregnskap.sources.kostra.delivery import Delivery
from kommuneregnskap.tables import invented
from kommuneregnskap.tables.codesets import expand
from kommuneregnskap.tables.register import MADE_OF, regions_of

NAME = "controls"
CODE_TABLES = {"funksjoner": "funksjon", "arter": "art", "kapitler": "kapittel"}
CODE_COLUMNS = {
    "funksjoner": "funksjon_kapittel",
    "arter": "art_sektor",
    "kapitler": "funksjon_kapittel",
}
SETS_OF = ("funksjon_kapittel", "art_sektor")
ACCOUNT = ("skjema", "region", "kontoklasse", "funksjon_kapittel", "art_sektor")
REGION_SETS = ("bare_regioner", "unntak_regioner")
# What a function may say of a breach; what it leaves out is unknown or follows from the rule.
BREACH: dict[str, type[pl.DataType]] = {
    "skjema": pl.String,
    "region": pl.String,
    "fil": pl.String,
    "linje": pl.Int64,
    "felt": pl.String,
    "funnet": pl.String,
    "differanse": pl.Int64,
}


@dataclass(frozen=True)
class Rule:
    """One row of controls.csv with its code sets expanded; an empty set means that none was given.

    codes: column of the table (funksjoner, arter, kapitler, and the same with mot_) → codes.
    regions: bare_regioner and unntak_regioner → six-digit regions of the year, and the invented ones that are as
    those. margin in the unit
    of the row (mostly 1000 kr). lowest, highest: minst and hoeyst, in the same (None: no such bound).
    fewest, least: minste_antall and minste_andel (percent), below which a
    control says nothing; what they count stands in the row's merknad. year: the accounting year that is
    controlled.
    """

    kontroll: str
    ledd: int
    alvorlighet: str
    skjema: list[str]
    regnskap: str
    mot_regnskap: str
    codes: dict[str, list[str]]
    regions: dict[str, list[str]]
    margin: float
    lowest: float | None
    highest: float | None
    fewest: int
    least: float
    year: int

    def concerns(self) -> pl.Expr:
        """Return which records the row is about: its forms and its regions."""
        region = pl.col("region")
        hit = self.of_forms()
        if self.regions["bare_regioner"]:
            hit &= region.is_in(self.regions["bare_regioner"])
        if self.regions["unntak_regioner"]:
            hit &= ~region.is_in(self.regions["unntak_regioner"])
        return hit

    def of_forms(self) -> pl.Expr:
        """Return which records are of the row's forms, whatever their region."""
        return pl.col("skjema").is_in(self.skjema)

    def has_sets(self, prefix: str = "") -> bool:
        """Return whether the row names any codes (`prefix` "" or "mot_")."""
        return any(self.codes[prefix + name] for name in CODE_COLUMNS)

    def within(self, prefix: str = "") -> pl.Expr:
        """Return which records lie in the row's code sets; all of them where it names none."""
        hits = [
            pl.col(column).is_in(self.codes[prefix + name])
            for name, column in CODE_COLUMNS.items()
            if self.codes[prefix + name]
        ]
        return pl.all_horizontal(pl.lit(value=True), *hits)


@dataclass(frozen=True)
class Accounts:
    """The accounts of a year, added up: `frames.Indikatorer`, `frames.Poster` and `frames.Balanse`, 1000 kr."""

    evaluated: pl.DataFrame
    poster: pl.DataFrame
    balanse: pl.DataFrame


@dataclass(frozen=True)
class Case:
    """What is controlled: a delivery, and what is known around it.

    evaluated: `frames.Indikatorer` of the delivery. before: the accounts of the year before (None: no accounts
    of that year). listed: four-digit numbers in respondenter.csv (None: no list).
    """

    delivery: Delivery
    evaluated: pl.DataFrame
    before: Accounts | None = None
    listed: pl.Series | None = None

    @cached_property
    def posted(self) -> Posted:
        """The records that are controlled."""
        return Posted.of(self.delivery)

    @cached_property
    def entries(self) -> Entries:
        """What is controlled line by line."""
        return Entries.of(self.posted, self.delivery.summed)

    @cached_property
    def alike(self) -> pl.DataFrame:
        """The records added up over the accounts that all rules of the year treat alike: see `alike`."""
        return _alike(self.posted, rules(self.delivery.year))


Control = Callable[[Case, Rule], pl.LazyFrame]
CONTROLS: dict[str, Control] = {}


def control(number: str) -> Callable[[Control], Control]:
    """Register a function as the one that finds the breaches of control `number`."""

    def register(function: Control) -> Control:
        if number in CONTROLS:
            raise ValueError(f"control {number} has two functions")
        CONTROLS[number] = function
        return function

    return register


@tables.made_of(NAME, *CODE_TABLES.values(), *MADE_OF)
def rules(year: int) -> tuple[Rule, ...]:
    """Return the rows of controls.csv in force in `year`, in the order of the table.

    Codes are looked up in the code tables of all years: a control may name a code that has ceased.
    Regions must be those of the year. Raises DataError (file, line, field, value) for an unknown
    code or region and an empty set.
    """
    known = {name: tables.read(table)[table].unique() for name, table in CODE_TABLES.items()}
    regions = regions_of(year)["region"]
    rows = tables.valid(NAME, year).iter_rows(named=True)
    return tuple(_rule(row, known, regions, year) for row in rows)


def _rule(
    row: dict[str, object], known: dict[str, pl.Series], regions: pl.Series, year: int
) -> Rule:
    line = int(str(row["linje"]))

    def codes(field: str, codes_known: pl.Series) -> list[str]:
        if row[field] is None:
            return []
        return expand(
            str(row[field]), codes_known, file=tables.file_of(NAME), line=line, field=field
        )

    return Rule(
        kontroll=str(row["kontroll"]),
        ledd=int(str(row["ledd"])),
        alvorlighet=str(row["alvorlighet"]),
        skjema=[part.strip() for part in str(row["skjema"]).split(",")],
        regnskap=str(row["regnskap"] or ""),
        mot_regnskap=str(row["mot_regnskap"] or row["regnskap"] or ""),
        codes={
            prefix + name: codes(prefix + name, known[name])
            for prefix in ("", "mot_")
            for name in CODE_TABLES
        },
        regions={name: invented.beside(codes(name, regions)) for name in REGION_SETS},
        margin=float(str(row["margin"] or 0)),
        lowest=None if row["minst"] is None else float(str(row["minst"])),
        highest=None if row["hoeyst"] is None else float(str(row["hoeyst"])),
        fewest=int(str(row["minste_antall"] or 0)),
        least=float(str(row["minste_andel"] or 0)),
        year=year,
    )


def posted(case: Case) -> pl.LazyFrame:
    """Return the records that are controlled: an amount other than zero, as Statistics Norway does."""
    return case.posted.records.lazy()


def alike(case: Case, rule: Rule) -> pl.LazyFrame:
    """Return the records that are controlled, added up over accounts that the rule treats alike.

    Out: skjema, region, fil, regnskap, funksjon_kapittel and art_sektor (of one of these accounts), belop (their sum in
    1000 kr), antall (how many records).
    """
    if rule in rules(case.delivery.year):
        return case.alike.lazy()
    return _alike(case.posted, (rule,)).lazy()


def _alike(found: Posted, among: Iterable[Rule]) -> pl.DataFrame:
    sets = {
        (column, tuple(rule.codes[prefix + name]))
        for rule in among
        for name, column in CODE_COLUMNS.items()
        for prefix in ("", "mot_")
        if rule.codes[prefix + name]
    }
    inside = {
        str(place): pl.col(column).is_in(codes)
        for place, (column, codes) in enumerate(sorted(sets))
    }
    like = pl.col("konto").first().over("regnskap", *inside)
    kinds = found.accounts.with_columns(**inside).select("konto", *SETS_OF, slik=like)
    return (
        found.records.lazy()
        .join(kinds.lazy().select("konto", "slik"), on="konto")
        .group_by("hvem", "slik")
        .agg(pl.col("belop").sum(), antall=pl.len())
        .join(found.units.lazy(), on="hvem")
        .join(kinds.lazy().select(*SETS_OF, slik="konto"), on="slik")
        .select("skjema", "region", "fil", "regnskap", *SETS_OF, "belop", "antall")
        .collect()
    )
