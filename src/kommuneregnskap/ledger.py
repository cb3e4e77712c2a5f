"""One door to the accounts of a year: from delivered files to `poster` and `balanse`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import kostra, paths, schemas, tables
from kommuneregnskap.errors import DataError, UsageError

SOURCES = ("demo", "kostra")
SCOPES = ("kasse", "konsolidert")
RESPONDENTS_FILE = "respondenter.csv"
NOT_RECORDS = {RESPONDENTS_FILE, "SOURCES.csv"}
NOT_RECORD_SUFFIXES = {".md"}


@dataclass(frozen=True)
class Ledger:
    """Accounts of some years, one scope.

    poster, balanse: frames of `frames.Poster` and `frames.Balanse`, amounts in 1000 kr with the
    sign of the file. delivered: units that have accounts (aar, region, har_drift, har_balanse).
    respondents: units of the survey year that answered (region), or None where every unit that
    delivered counts as an answer.
    """

    poster: pl.LazyFrame
    balanse: pl.LazyFrame
    delivered: pl.DataFrame
    respondents: pl.Series | None


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

    `folder/<year>/` where it exists; else the files of `folder` itself whose first record is of the
    year. Notes (`.md`), receipts and the list of respondents are no account files.
    """
    by_year = folder / str(year)
    if by_year.is_dir():
        return _candidates(by_year)
    return [path for path in _candidates(folder) if kostra.first_year(path) == year]


def _candidates(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.name not in NOT_RECORDS
        and path.suffix.lower() not in NOT_RECORD_SUFFIXES
    )


def years_available(source: str, data_dir: str | Path | None = None) -> list[int]:
    """Return the accounting years that a source has files for."""
    folder = source_folder(source, data_dir)
    known = tables.years_known()
    flat = {kostra.first_year(path) for path in _candidates(folder)}
    return [year for year in known if (folder / str(year)).is_dir() or year in flat]


def content_hashes(folder: Path, years: Sequence[int]) -> dict[str, str]:
    """Return sha256 of every file that `load` reads for `years`: name below `folder` → hash."""
    files = [path for year in years for path in record_files(folder, year)]
    lists = [folder / str(year) / RESPONDENTS_FILE for year in years] + [folder / RESPONDENTS_FILE]
    return {
        str(path.relative_to(folder)): file_hash(path)
        for path in sorted({*files, *(path for path in lists if path.is_file())})
    }


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load(folder: Path, years: Sequence[int], survey_year: int, scope: str) -> Ledger:
    """Read the accounts of `years` from `folder`, in one scope (`kasse` or `konsolidert`).

    Records of other scopes are read past. Lines with the same key are summed and zero amounts
    ignored, as Statistics Norway does. Raises UsageError for an unknown scope, DataError at the
    first record that is not what its folder and the code tables say it must be.
    """
    if scope not in SCOPES:
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(SCOPES)}")
    posters, balances, delivered = [], [], []
    for year in years:
        records = _typed_records(folder, year, scope)
        posters.append(_sum(records, "poster"))
        balances.append(_sum(records, "balanse"))
        delivered.append(_delivered(records))
    return Ledger(
        poster=pl.concat(posters),
        balanse=pl.concat(balances),
        delivered=pl.concat(delivered),
        respondents=_respondents(folder, survey_year),
    )


def _typed_records(folder: Path, year: int, scope: str) -> pl.DataFrame:
    """Return the records of a year that belong to the scope, checked against the code tables."""
    forms = tables.read("skjema").select(
        "skjema", "kontoklasse", pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String)
    )
    other_scopes = set(forms.filter(pl.col("regnskapsomfang") != scope)["skjema"])
    records = (
        kostra.read_records(record_files(folder, year), passing_over=other_scopes)
        .join(forms.lazy(), on=["skjema", "kontoklasse"], how="left", maintain_order="left")
        .collect()
    )
    _check_records(records, year, forms)
    return records.with_columns(region=pl.col("region").str.slice(0, 4))


def _check_records(records: pl.DataFrame, year: int, forms: pl.DataFrame) -> None:
    """Stop at the first record that the folder's year or the code tables do not allow."""
    balance = pl.col("regnskap") == "balanse"
    in_year = {
        name: tables.valid(name, year)[name].to_list()
        for name in ("funksjon", "art", "kapittel", "sektor")
    }
    kommuner = pl.col("enhetstype") == "kommune"
    numbers = {
        "kommune": [number + "00" for number in tables.valid("kommune", year)["kommunenummer"]],
        "fylkeskommune": [
            number + "00" for number in tables.valid("fylke", year)["fylkeskommune"].drop_nulls()
        ],
    }
    function, kind = pl.col("funksjon_kapittel"), pl.col("art_sektor")
    rules: list[tuple[str, pl.Expr, str]] = [
        (
            "skjema",
            pl.col("skjema").is_in(forms["skjema"].to_list()),
            ", ".join(sorted(set(forms["skjema"]))),
        ),
        ("aar", pl.col("aar") == year, f"{year}, the year of the folder"),
        ("kvartal", pl.col("kvartal") == "", "blank: the survey is of annual accounts"),
        (
            "kontoklasse",
            pl.col("regnskap").is_not_null(),
            "the classes of the form in data/codes/skjema.csv",
        ),
        (
            "region",
            ~kommuner | pl.col("region").is_in(numbers["kommune"]),
            f"a municipality of {year} and 00 (data/codes/kommune.csv)",
        ),
        (
            "region",
            kommuner | pl.col("region").is_in(numbers["fylkeskommune"]),
            f"a county municipality of {year} and 00 (data/codes/fylke.csv)",
        ),
        (
            "funksjon_kapittel",
            balance | function.is_in(in_year["funksjon"]),
            f"functions of {year}",
        ),
        (
            "art_sektor",
            balance | kind.is_in(in_year["art"]),
            f"arts of {year} (data/codes/art.csv)",
        ),
        (
            "funksjon_kapittel",
            ~balance | function.is_in(in_year["kapittel"]),
            f"chapters of {year}",
        ),
        ("art_sektor", ~balance | kind.is_in(in_year["sektor"]), f"sectors of {year}"),
    ]
    verdicts = records.lazy().select(
        (~rule.fill_null(value=False)).arg_max().alias(str(number))
        for number, (_, rule, _) in enumerate(rules)
    )
    broken = records.lazy().select(
        (~rule.fill_null(value=False)).any().alias(str(number))
        for number, (_, rule, _) in enumerate(rules)
    )
    any_broken, where = pl.collect_all([broken, verdicts])
    for number, (field, _, allowed) in enumerate(rules):
        if any_broken[str(number)][0]:
            row = records.row(int(where[str(number)][0]), named=True)
            raise DataError(
                row["fil"],
                line=row["linje"],
                field=field,
                value=str(row[field]),
                allowed=allowed,
                todo="Correct the record, or the code table if it lacks the code.",
            )
    _refuse_two_deliveries(records)


def _refuse_two_deliveries(records: pl.DataFrame) -> None:
    """The same form of the same unit in two files would be counted twice."""
    twice = (
        records.lazy()
        .group_by("skjema", "region")
        .agg(pl.col("fil").unique().sort())
        .filter(pl.col("fil").list.len() > 1)
        .sort("region", "skjema")
        .collect()
    )
    if len(twice):
        row = twice.row(0, named=True)
        raise DataError(
            row["fil"][1],
            problem=f"form {row['skjema']} of {row['region']} stands in {row['fil'][0]} as well",
            allowed="one delivery per form and unit",
            todo="Remove the delivery that does not hold.",
        )


KEYS = {
    "poster": ("regnskap", "funksjon", "art"),
    "balanse": ("kapittel", "sektor"),
}


def _sum(records: pl.DataFrame, frame: str) -> pl.LazyFrame:
    """Return `poster` or `balanse`: one row per key, no zero amounts, in the order of the keys."""
    balance = frame == "balanse"
    names = ("kapittel", "sektor") if balance else ("funksjon", "art")
    keys = ("aar", "region", "regnskapsomfang", *KEYS[frame])
    return (
        records.lazy()
        .filter((pl.col("regnskap") == "balanse") == balance)
        .rename({"funksjon_kapittel": names[0], "art_sektor": names[1]})
        .group_by(keys)
        .agg(pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .sort(keys)
    )


def _delivered(records: pl.DataFrame) -> pl.DataFrame:
    balance = pl.col("regnskap") == "balanse"
    return (
        records.group_by("aar", "region")
        .agg(har_drift=(~balance).any(), har_balanse=balance.any())
        .sort("aar", "region")
    )


def _respondents(folder: Path, year: int) -> pl.Series | None:
    """Return the numbers listed in respondenter.csv of the year's folder, if there is one."""
    for path in (folder / str(year) / RESPONDENTS_FILE, folder / RESPONDENTS_FILE):
        if path.is_file():
            return tables.read_csv(path, schemas.Respondent)["region"]
    return None
