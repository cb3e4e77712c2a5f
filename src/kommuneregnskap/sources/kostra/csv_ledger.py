"""From the lines of a ledger as CSV to records: codes in their width, the form, amounts in 1000 kr.

Amounts are read exactly. Where the lines of an account (a form, region, class, function or chapter, art or
sector) are all whole 1000 kr, they stay the lines they are, as in a file of records; where they are not, they
become one, on the first of their lines: summed first, then rounded half away from zero to 1000 kr. So
no sum drifts, and the same rows give the same numbers in either form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra import csv_amounts, csv_text, tally
from kommuneregnskap.sources.kostra.csv_text import (
    AMOUNT,
    BOTH_KINDS,
    BOTH_PLACES,
    LINE,
    PROBLEM,
    TEXT,
)
from kommuneregnskap.sources.kostra.files import Content
from kommuneregnskap.sources.kostra.records import RECORD_SCHEMA
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import register

NUMBER, REGION = 4, 6  # digits of a municipality's number, and of the region in a record
KIND = 3  # digits of an art and of a sector
BALANCE = "balanse"
MUNICIPALITY = "kommune"
KEY = tuple(name for name in RECORD_SCHEMA if name != AMOUNT)
TYPED = {**dict.fromkeys(KEY, pl.String), AMOUNT: pl.Int64, "belop_tekst": pl.String}
PLACED = {"fil": pl.String, LINE: pl.Int64}
READ = {**TYPED, **PLACED}
SUMMED = {**dict.fromkeys(KEY, pl.String), **PLACED, "ore": pl.Int64}
ENTRIES = {"fil": pl.String, "region": pl.String, "skjema": pl.String, AMOUNT: pl.Int64}
ODD = {TEXT: pl.String, "fil": pl.String, LINE: pl.Int64, PROBLEM: pl.String, "region": pl.String}


@dataclass(frozen=True)
class Ledgers:
    """What ledgers as CSV hold: `records` as `records.Cut.typed`; `odd`: record, fil, linje, problem, region.

    summed: the lines of the accounts that became one record, as they were delivered (KEY, fil, linje and
    ore, the amount in øre), for the controls that count lines. entries: all lines that are entries, as they were
    delivered (fil, region, skjema, belop in øre). passed: how many other lines are what (`tally.LINES`). problems:
    files that cannot be read.
    """

    records: pl.DataFrame
    summed: pl.DataFrame
    odd: pl.DataFrame
    entries: pl.DataFrame
    passed: pl.DataFrame
    problems: list[DataError]


def read(contents: Iterable[Content], folder: Path, year: int) -> Ledgers:
    """Return the lines of ledgers for `year`.

    A file in `folder/<year>/` is of the year, and all its lines are kept: one that tells another year is for
    the controls. Of a file beside the folders of the years, lines of another known year are left to that.
    A file that is no CSV, whose header does not tell what it must, or that nothing tells the year of is
    among the problems; the others are read.
    """
    known = set(tables.years_known()) - {year}
    records, odd, problems = [pl.DataFrame(schema=READ)], [pl.DataFrame(schema=ODD)], []
    summed, entries, passed = [pl.DataFrame(schema=SUMMED)], [pl.DataFrame(schema=ENTRIES)], []
    for name, content in contents:
        within = name.startswith(f"{folder / str(year)}/")
        try:
            sheet = _sheet(name, content, within=within)
        except DataError as error:
            problems.append(error)
            continue
        lines = _coded(sheet, year)
        if not within:
            other = pl.col("aar").is_in([str(each) for each in known])
            passed.append(tally.lines(tally.OTHER_YEAR, [(name, len(lines.filter(other)))]))
            lines = lines.filter(~other)
        file = pl.lit(name).alias("fil")
        unfit = lines.filter(pl.col(PROBLEM).is_not_null())
        own = lines.filter(pl.col(PROBLEM).is_null())
        exact = own.hstack(csv_amounts.read(own[AMOUNT], sheet.header.unit))
        apart, together = _apart(exact)
        records.append(_in_thousands(apart, together).select(*TYPED, file, LINE))
        summed.append(together.select(*KEY, file, LINE, ore=csv_amounts.exact()))
        entries.append(exact.select(file, "region", "skjema", belop=csv_amounts.exact()))
        passed.append(tally.lines(tally.BLANK, [(name, sheet.blank)]))
        passed.append(tally.lines(tally.HEADING, [(name, sheet.heading)]))
        odd.append(unfit.select(TEXT, file, LINE, PROBLEM, "region"))
        odd.append(sheet.odd.select(TEXT, file, LINE, PROBLEM, region=pl.lit("")))
    return Ledgers(
        pl.concat(records),
        pl.concat(summed),
        pl.concat(odd).sort("fil", LINE),
        pl.concat(entries),
        pl.concat([tally.none(), *passed]),
        problems,
    )


def _sheet(name: str, content: bytes, *, within: bool) -> csv_text.Sheet:
    """Return the lines of a ledger; `within`: it lies in the folder of a year.

    Raises DataError as `csv_text.read`, for a file without a line, and where nothing tells the year.
    """
    sheet = csv_text.read(name, content)
    if "aar" not in sheet.header.fields and not within:
        raise DataError(
            name,
            line=sheet.header.line,
            problem="has no column of the year (aar), and lies in no folder of a year",
            allowed="a column aar, or a folder named by the year, such as 2024",
            todo="Move the file into the folder of its year, or give its lines a year.",
        )
    if sheet.cells.is_empty() and sheet.odd.is_empty():
        raise DataError(name, problem="the file holds no records", todo="Remove or replace it.")
    return sheet


def years_in(name: str, content: bytes) -> frozenset[int]:
    """Return the accounting years that the lines of a ledger tell; none where it has no column of them."""
    try:
        sheet = csv_text.read(name, content)
    except DataError:
        return frozenset()  # said when it is read
    if "aar" not in sheet.header.fields:
        return frozenset()
    years = sheet.cells["aar"].str.strip_chars().unique()
    return frozenset(
        int(each) for each in years if len(each) == 4 and each.isascii() and each.isdigit()
    )


def has_header(name: str, content: bytes) -> bool:
    """Return whether a text is a ledger as CSV whose header tells what it must."""
    try:
        return csv_text.is_ledger(name, content) and bool(csv_text.read(name, content))
    except DataError:
        return False


def _coded(sheet: csv_text.Sheet, year: int) -> pl.DataFrame:
    """Return the fields of every line as a record has them: KEY, belop as text, linje, record, problem."""
    fields = sheet.header.fields
    cells = sheet.cells.with_columns(pl.col(pl.String).str.strip_chars())
    had = [name for name in cells.columns if name != LINE]
    cells = cells.with_columns(
        pl.concat_str(pl.col(had), separator=sheet.header.separator).alias(TEXT),
        *(pl.lit("").alias(name) for name in ("kvartal", "orgnr", "foretaksnr") if name not in had),
        *([pl.lit(str(year)).alias("aar")] if "aar" not in had else []),
        region=_region(),
    )
    cells = _with_form(cells, year, fields)
    balance = pl.col("regnskap").eq_missing(pl.lit(BALANCE))
    return cells.with_columns(
        _one_of(balance, fields, BOTH_PLACES, csv_text.PLACES),
        _padded(_one_of(balance, fields, BOTH_KINDS, csv_text.KINDS), KIND).alias(BOTH_KINDS),
    ).select(*KEY, AMOUNT, LINE, TEXT, PROBLEM)


def _one_of(
    balance: pl.Expr, fields: tuple[str, ...], both: str, apart: tuple[str, str]
) -> pl.Expr:
    """Return the column of a code: the one for both accounts, else that of the line's account."""
    if both in fields:
        return pl.col(both)
    budget, sheet = (pl.col(name) if name in fields else pl.lit("") for name in apart)
    return pl.when(balance).then(sheet).otherwise(budget).alias(both)


def _region() -> pl.Expr:
    """Return the six digits of a record's region, of a number of four as well, a lost zero put back."""
    region = pl.col("region")
    digits = region.str.contains(r"^\d+$")
    length = region.str.len_chars()
    return (
        pl.when(digits & length.is_between(NUMBER - 1, NUMBER))
        .then(region.str.zfill(NUMBER) + register.WHOLE_UNIT)
        .when(digits & (length == REGION - 1))
        .then(region.str.zfill(REGION))
        .otherwise(region)
    )


def _padded(code: pl.Expr, width: int) -> pl.Expr:
    """Return a code of digits in its width: what a spreadsheet took for a number has lost its zeros."""
    return pl.when(code.str.contains(r"^\d+$")).then(code.str.zfill(width)).otherwise(code)


def _with_form(cells: pl.DataFrame, year: int, fields: tuple[str, ...]) -> pl.DataFrame:
    """Add regnskap (of the account class), skjema where there is no such column, and problem.

    The form follows from the account class, the scope (its own, unless a column says it) and whether the
    region is a municipality or a county; a region that is neither is left to the controls, as a municipality.
    """
    forms = tables.read("skjema").with_columns(
        pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String)
    )
    classes = forms.select("kontoklasse", "regnskap", eget_omfang="regnskapsomfang").unique()
    kinds = register.either(year).select("region", "enhetstype").unique("region", keep="first")
    with_class = cells.join(classes, on="kontoklasse", how="left", maintain_order="left")
    if "skjema" in fields:
        return with_class.with_columns(
            pl.col("skjema").str.to_uppercase(), pl.lit(None, pl.String).alias(PROBLEM)
        )
    own = pl.col("eget_omfang")
    told = pl.col("regnskapsomfang").str.to_lowercase() if "regnskapsomfang" in fields else own
    scope = pl.when(told == "").then(own).otherwise(told)
    scopes = forms["regnskapsomfang"].unique(maintain_order=True).to_list()
    problem = (
        pl.when(own.is_null())
        .then(
            pl.format(
                "har kontoklassen \u00ab{}\u00bb; den finnes ikke i data/codes/skjema.csv",
                "kontoklasse",
            )
        )
        .when(~pl.col("regnskapsomfang").is_in(scopes))
        .then(
            pl.format(
                "har regnskapsomfanget \u00ab{}\u00bb, ikke {}",
                told,
                pl.lit(" eller ".join(scopes)),
            )
        )
    )
    return (
        with_class.join(kinds, on="region", how="left", maintain_order="left")
        .with_columns(
            regnskapsomfang=scope, enhetstype=pl.col("enhetstype").fill_null(MUNICIPALITY)
        )
        .with_columns(problem.alias(PROBLEM))
        .join(
            forms.select("skjema", "regnskap", "regnskapsomfang", "enhetstype"),
            on=["regnskap", "regnskapsomfang", "enhetstype"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("skjema").fill_null(""))
    )


def _apart(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines with read amounts that stay lines, and those of accounts that are to be summed."""
    whole, rest = pl.col(csv_amounts.WHOLE), pl.col(csv_amounts.REST)
    together = ((rest > 0).any().over(KEY) & whole.is_not_null()).fill_null(value=False)
    return lines.filter(~together), lines.filter(together)


def _in_thousands(apart: pl.DataFrame, together: pl.DataFrame) -> pl.DataFrame:
    """Return lines as records: `belop` in 1000 kr, one line per account of those that are to be summed."""
    whole, rest = pl.col(csv_amounts.WHOLE), pl.col(csv_amounts.REST)
    summed = together.group_by(KEY, maintain_order=True).agg(
        pl.col(LINE).first(), csv_amounts.rounded(whole.sum(), rest.sum()).alias(AMOUNT)
    )
    number = whole.cast(pl.String)
    return pl.concat(
        [
            apart.select(
                *KEY,
                whole.alias(AMOUNT),
                belop_tekst=pl.coalesce(number, pl.col(AMOUNT)),
                linje=LINE,
            ),
            summed.select(*KEY, AMOUNT, belop_tekst=pl.col(AMOUNT).cast(pl.String), linje=LINE),
        ]
    ).sort(LINE)
