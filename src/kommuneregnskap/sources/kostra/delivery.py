"""What was delivered for a year: every line of its files, typed as far as it goes, nothing judged.

Judging is for the controls; adding up is for the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra import corrections, csv_ledger, csv_text, records
from kommuneregnskap.sources.kostra.files import (
    RESPONDENTS_FILE,
    candidates,
    folders_inside,
    is_foreign_link,
    read_contents,
)
from kommuneregnskap.sources.source import INVENTED, SCOPES
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.tables import register

FOREIGN_LINK = "a link that leads out of its folder"  # in the place of the hash of a file
YEAR_DIGITS = 4


@dataclass(frozen=True)
class Delivery:
    """The delivery of one accounting year, of one scope or (scope "") of all.

    odd: lines that are no record by their shape (`records.odd_lines`), and lines of a ledger as CSV that
    cannot be one (`csv_ledger.Ledgers`). broken: the units (region, six
    characters; empty where unknown) that stand in files with such lines: fil, region; none of the
    lines of these files is among the records. records: all other lines, columns of `records.typed`
    and regnskap, regnskapsomfang, enhetstype (null where form and class do not go together);
    amounts in 1000 kr, corrected. summed: the lines of a ledger as CSV that one of the records is the sum
    of, as delivered (`csv_ledger.Ledgers`); none where it was corrected. problems: files that cannot be
    read. corrections: those used.
    foreign: forms that are not part of the survey (data/codes/andre_skjema.csv): skjema, region, fil.
    invented: whether the accounts are, and so the units they are of.
    """

    year: int
    odd: pl.DataFrame
    broken: pl.DataFrame
    records: pl.DataFrame
    summed: pl.DataFrame
    problems: list[DataError]
    corrections: pl.DataFrame
    foreign: pl.DataFrame
    invented: bool = False


def record_files(folder: Path, year: int) -> list[Path]:
    """Return the account files of `year`, sorted by name.

    Those in `folder/<year>/`, and those in `folder` itself with a text that tells the year, or tells
    none that is known (it must not be overlooked). Raises DataError where another folder holds files
    that would not be read: in the year's own, or account files in one that is no year.
    """
    by_year = folder / str(year)
    for inside in folders_inside(by_year):
        raise DataError(
            inside,
            problem="is a folder within the year's folder, and its files would not be read",
            todo="Put its files directly into the year's folder.",
        )
    _refuse_overlooked(folder)
    known = set(tables.years_known())
    return candidates(by_year) + [
        path for path in candidates(folder) if _concerns(path, year, known)
    ]


def years_in(path: Path) -> list[frozenset[int]]:
    """Return the accounting years that each text of a file tells: one of a plain file, all of an archive.

    An empty set where it tells of none; none at all where the file cannot be read.
    """
    return _years_once(path, path.stat().st_mtime_ns) if path.is_file() else []


@lru_cache(maxsize=20_000)
def _years_once(path: Path, _modified: int) -> list[frozenset[int]]:
    contents, _ = read_contents([path])
    return [
        csv_ledger.years_in(name, content)
        if csv_text.is_ledger(name, content)
        else records.years_in(content)
        for name, content in contents
    ]


def _concerns(path: Path, year: int, known: set[int]) -> bool:
    """Return whether a loose file has a text of the year, or one of no known year."""
    told = years_in(path)
    return not told or any(year in years or not years & known for years in told)


def _refuse_overlooked(folder: Path) -> None:
    """Account files in a folder that is no year's would be left out without a word."""
    if folder == paths.raw():
        return  # other sources keep their own folders there
    for inside in folders_inside(folder):
        if inside.name.isdigit() and len(inside.name) == YEAR_DIGITS:
            continue
        if any(_holds_accounts(path) for path in candidates(inside)):
            raise DataError(
                inside,
                problem="holds account files, is no year, and would not be read",
                allowed="folders named by the year, such as 2024",
                todo="Name it by its year, or move it elsewhere.",
            )


def _holds_accounts(path: Path) -> bool:
    """Return whether a file tells of accounts: a year, or the header of a ledger."""
    contents, _ = read_contents([path])
    return any(any(years_in(path)) or csv_ledger.has_header(*each) for each in contents)


def years_available(folder: Path) -> list[int]:
    """Return the accounting years that a folder has account files for.

    Raises DataError for a loose file that is no account file where no other file tells a year.
    """
    known = tables.years_known()
    loose = candidates(folder)
    told = {year for path in loose for years in years_in(path) for year in years}
    found = [year for year in known if (folder / str(year)).is_dir() or year in told]
    if not found and loose:
        _refuse_others(loose, folder, known[-1])
    return found


def _refuse_others(loose: list[Path], folder: Path, year: int) -> None:
    """Stop at what is no account file, or a ledger that nothing tells the year of."""
    for path in loose:
        contents, _ = read_contents([path])
        as_csv = [each for each in contents if csv_text.is_ledger(*each)]
        for error in csv_ledger.read(as_csv, folder, year).problems:
            raise error
        if not as_csv:
            records.read_records([path])


def content_hashes(folder: Path, years: Sequence[int]) -> dict[str, str]:
    """Return sha256 of every file that is read for `years`: name below `folder` → hash.

    An account file that is a link out of its folder is refused, whatever it leads to: FOREIGN_LINK in place of a hash.
    """
    files = {path for year in years for path in record_files(folder, year)}
    lists = [folder / str(year) / RESPONDENTS_FILE for year in years] + [folder / RESPONDENTS_FILE]
    refused = {path for path in files if is_foreign_link(path)}
    return {
        str(path.relative_to(folder)): FOREIGN_LINK if path in refused else file_hash(path)
        for path in sorted({*files, *(path for path in lists if path.is_file())})
    }


def read(folder: Path, year: int, scope: str, accounts: str = "leverte") -> Delivery:
    """Return what was delivered for `year` in `folder`.

    scope: `kasse` or `konsolidert`, whose forms alone are kept (unknown forms stay, to be found by
    the controls), or "" for all. accounts: `leverte` or `syntetiske`, for the corrections and whose they may be.
    Raises UsageError for an unknown scope and DataError as `record_files` and `corrections.apply`.
    """
    if scope not in (*SCOPES, ""):
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(SCOPES)}")
    contents, problems = read_contents(record_files(folder, year))
    as_csv = [each for each in contents if csv_text.is_ledger(*each)]
    ledgers = csv_ledger.read(as_csv, folder, year)
    names = {name for name, _ in as_csv}
    lines, empty = records.lines_of([each for each in contents if each[0] not in names])
    del contents, as_csv
    problems = [*problems, *empty, *ledgers.problems]
    lines = _of_year(lines, folder, year)
    forms = tables.read("skjema").select(
        "skjema", "kontoklasse", pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String)
    )
    others = forms.filter((pl.col("regnskapsomfang") != scope) & (scope != ""))["skjema"].unique()
    region = pl.col("record").str.slice(7, 6).alias("region")  # where a record has it
    odd = pl.concat(
        [records.odd_lines(lines).with_columns(region).collect(), ledgers.odd], how="diagonal"
    )
    in_broken = pl.col("fil").is_in(odd["fil"].unique().to_list())
    foreign = pl.col("skjema").is_in(tables.read("andre_skjema")["skjema"].to_list())
    asked = ~pl.col("skjema").is_in(others.to_list()) & ~foreign
    # A national year is large: of its lines only what is asked for is kept, and once.
    typed = pl.concat(
        [records.typed(lines.lazy().filter(~in_broken)), ledgers.records.lazy().filter(~in_broken)]
    )
    foreign_units = typed.filter(foreign).select("skjema", "region", "fil").unique().collect()
    delivered = typed.filter(asked).collect()
    whole = lines.filter(in_broken).join(odd, on=["fil", "linje"], how="anti")
    whole_typed = pl.concat([records.typed(whole), ledgers.records.lazy().filter(in_broken)])
    broken = _units_in(whole_typed.collect(), odd, asked, year)
    summed = ledgers.summed.filter(~in_broken & asked)
    del lines, typed, ledgers
    delivered, used = corrections.apply(delivered, year, accounts)
    delivered = _with_form(delivered, forms)
    return Delivery(
        year=year,
        odd=odd.filter(pl.col("fil").is_in(broken["fil"].to_list())).drop("region"),
        broken=broken,
        records=delivered,
        summed=summed.join(used, on=corrections.KEY, how="anti", maintain_order="left"),
        problems=problems,
        corrections=used,
        foreign=foreign_units.sort("fil", "region"),
        invented=accounts == INVENTED,
    )


def _with_form(rows: pl.DataFrame, forms: pl.DataFrame) -> pl.DataFrame:
    """Add what the form and account class of a record say; null where no form has that class.

    Only the keys are joined: the other columns of a national year are not copied.
    """
    key = ["skjema", "kontoklasse"]
    own = rows.select(key).join(forms, on=key, how="left", maintain_order="left")
    return rows.hstack(own.drop(key))


def _of_year(lines: pl.DataFrame, folder: Path, year: int) -> pl.DataFrame:
    """Leave out the texts that lie loose in `folder` and are wholly of other known years.

    A text of two years stays whole: what it holds of another year is for the controls.
    """
    told = pl.col("record").str.slice(2, YEAR_DIGITS).cast(pl.Int32, strict=False)
    whole = pl.col("record").str.len_chars() == records.RECORD_LENGTH
    of = (
        lines.lazy()
        .filter(~pl.col("fil").str.starts_with(f"{folder / str(year)}/"))
        .group_by("fil")
        .agg(
            own=(told.filter(whole) == year).any(),
            known=told.filter(whole).is_in(tables.years_known()).any(),
        )
        .filter(pl.col("known") & ~pl.col("own"))
    )
    return lines.lazy().join(of, on="fil", how="anti", maintain_order="left").collect()


def _units_in(whole: pl.DataFrame, odd: pl.DataFrame, asked: pl.Expr, year: int) -> pl.DataFrame:
    """Return which units a broken file holds, as far as its lines tell: fil, region.

    whole: the other lines of these files, as `records`; odd: with the region that stands in them, if any.

    Both whole and odd lines tell, where a region of the register stands in its place. A file that tells
    of none is of an unknown unit (region ""), and so are odd lines that tell of none in a file of
    several units: whose they are is anybody's guess. A file whose whole lines are all of another scope
    is left to that scope.
    """
    known = register.either(year)["region"].unique().to_list()
    own = whole.filter(asked)
    other_scope = set(whole["fil"]) - set(own["fil"])
    of_odd = odd.filter(~pl.col("fil").is_in(list(other_scope))).select("fil", "region")
    told = pl.concat([own.select("fil", "region"), of_odd]).filter(pl.col("region").is_in(known))
    units = told.unique()
    several = units.group_by("fil").len().filter(pl.col("len") > 1)["fil"].to_list()
    silent = of_odd.filter(~pl.col("region").is_in(known))["fil"].unique().to_list()
    nobody = pl.col("fil").is_in([name for name in silent if name in several]) | ~pl.col(
        "fil"
    ).is_in(units["fil"].to_list())
    unknown = of_odd.select("fil").unique().filter(nobody).with_columns(region=pl.lit(""))
    return pl.concat([units, unknown]).sort("fil", "region")
