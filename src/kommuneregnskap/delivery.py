"""What was delivered for a year: every line of its files, typed as far as it goes, nothing judged.

Judging is for the controls; adding up is for the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import corrections, kostra, paths, sources, tables
from kommuneregnskap.errors import DataError, UsageError
from kommuneregnskap.sources import RESPONDENTS_FILE

SOURCES = ("demo", "kostra")
SCOPES = ("kasse", "konsolidert")
ACCOUNTS = {"demo": "syntetiske", "kostra": "leverte"}


@dataclass(frozen=True)
class Delivery:
    """The delivery of one accounting year, of one scope or (scope "") of all.

    odd: lines that are no record by their shape (`kostra.odd_lines`). broken: the units (region, six
    characters; empty where unknown) that stand in files with such lines: fil, region; none of the
    lines of these files is among the records. records: all other lines, columns of `kostra.typed`
    and regnskap, regnskapsomfang, enhetstype (null where form and class do not go together);
    amounts in 1000 kr, corrected. problems: files that cannot be read. corrections: those used.
    """

    year: int
    odd: pl.DataFrame
    broken: pl.DataFrame
    records: pl.DataFrame
    problems: list[DataError]
    corrections: pl.DataFrame


def source_folder(source: str, data_dir: str | Path | None = None) -> Path:
    """Return the folder where the files of a source lie; `data_dir` may be relative to the project.

    Raises UsageError for an unknown source.
    """
    if source not in SOURCES:
        raise UsageError(f"SOURCE is {source!r}; allowed: {', '.join(SOURCES)}")
    if source == "demo":
        return paths.demo_panel()
    return paths.root() / data_dir if data_dir else paths.raw()


def record_files(folder: Path, year: int) -> list[Path]:
    """Return the account files of `year`, sorted by name.

    Those in `folder/<year>/`, and those in `folder` itself whose first record is of the year or
    tells no year (they must not be overlooked). Raises DataError where a year's folder holds
    another folder, whose files would not be read.
    """
    by_year = folder / str(year)
    for inside in sources.folders_inside(by_year):
        raise DataError(
            inside,
            problem="is a folder within the year's folder, and its files would not be read",
            todo="Put its files directly into the year's folder.",
        )
    loose = sources.candidates(folder)
    return sources.candidates(by_year) + [
        path for path in loose if kostra.year_of(path) in (year, None)
    ]


def years_available(source: str, data_dir: str | Path | None = None) -> list[int]:
    """Return the accounting years that a source has files for.

    Raises DataError for a loose file that is no account file where no other file tells a year.
    """
    folder = source_folder(source, data_dir)
    known = tables.years_known()
    loose = sources.candidates(folder)
    of_loose = {kostra.year_of(path) for path in loose}
    found = [year for year in known if (folder / str(year)).is_dir() or year in of_loose]
    if not found and None in of_loose:
        kostra.read_records(loose)
    return found


def content_hashes(folder: Path, years: Sequence[int]) -> dict[str, str]:
    """Return sha256 of every file that is read for `years`: name below `folder` → hash."""
    files = [path for year in years for path in record_files(folder, year)]
    lists = [folder / str(year) / RESPONDENTS_FILE for year in years] + [folder / RESPONDENTS_FILE]
    return {
        str(path.relative_to(folder)): file_hash(path)
        for path in sorted({*files, *(path for path in lists if path.is_file())})
    }


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's content. Raises DataError where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            path,
            problem=f"cannot be read ({error.strerror})",
            todo="Check the file and its permissions, or deliver it again.",
        ) from None


def read(folder: Path, year: int, scope: str, accounts: str = "leverte") -> Delivery:
    """Return what was delivered for `year` in `folder`.

    scope: `kasse` or `konsolidert`, whose forms alone are kept (unknown forms stay, to be found by
    the controls), or "" for all. accounts: `leverte` or `syntetiske`, for the corrections.
    Raises UsageError for an unknown scope and DataError as `record_files` and `corrections.apply`.
    """
    if scope not in (*SCOPES, ""):
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(SCOPES)}")
    lines, problems = kostra.read_lines(record_files(folder, year))
    forms = tables.read("skjema").select(
        "skjema", "kontoklasse", pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String)
    )
    others = forms.filter((pl.col("regnskapsomfang") != scope) & (scope != ""))["skjema"].unique()
    odd = kostra.odd_lines(lines).collect()
    in_broken = pl.col("fil").is_in(odd["fil"].unique().to_list())
    asked = ~pl.col("skjema").is_in(others.to_list())
    records = (
        kostra.typed(lines.lazy().filter(~in_broken))
        .filter(asked)
        .join(forms.lazy(), on=["skjema", "kontoklasse"], how="left", maintain_order="left")
        .collect()
    )
    broken = _units_in(lines.lazy().filter(in_broken), odd, asked)
    records, used = corrections.apply(records, year, accounts)
    return Delivery(
        year=year,
        odd=odd.filter(pl.col("fil").is_in(broken["fil"].to_list())),
        broken=broken,
        records=records,
        problems=problems,
        corrections=used,
    )


def _units_in(lines: pl.LazyFrame, odd: pl.DataFrame, asked: pl.Expr) -> pl.DataFrame:
    """Return which units a broken file holds, as far as its other lines tell: fil, region.

    A file whose other lines are all of another scope is left to that scope; one without other lines
    is of an unknown unit.
    """
    whole = kostra.typed(lines.join(odd.lazy(), on=["fil", "linje"], how="anti"))
    units = whole.filter(asked).select("fil", "region").unique().collect()
    told = whole.select("fil").unique().collect()["fil"].to_list()
    silent = odd.filter(~pl.col("fil").is_in(told)).select("fil", region=pl.lit("")).unique()
    return pl.concat([units, silent]).sort("fil", "region")
