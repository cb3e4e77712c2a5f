"""Which account files of a folder are of which accounting year: by the folder they lie in, or by what they tell."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra import csv_ledger, csv_text, files, records
from kommuneregnskap.sources.kostra.files import (
    FOREIGN_LINK,
    candidates,
    folders_inside,
    is_foreign_link,
    read_contents,
)
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import file_hash

YEAR_NAME = re.compile("[0-9]{4}")


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
    if not path.is_file():
        return []
    now = path.stat()
    return _years_once(path, now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)


@lru_cache(maxsize=20_000)
def _years_once(path: Path, *_as_it_stands: int) -> list[frozenset[int]]:
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
        if YEAR_NAME.fullmatch(inside.name):
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


def content_hashes(folder: Path, year: int) -> dict[str, str]:
    """Return sha256 of every account file that is read for `year`: name below `folder` → hash.

    An account file that is a link out of its folder is refused, whatever it leads to: FOREIGN_LINK in place of a hash.
    """
    return {
        str(path.relative_to(folder)): FOREIGN_LINK if is_foreign_link(path) else file_hash(path)
        for path in sorted(record_files(folder, year))
    }


def passed_over(folder: Path, year: int) -> dict[str, str]:
    """Return what lies among the files of a year, or beside the folders of the years, and is no account file.

    Name below `folder` → why, in bokmål. It is as it lies there now: nothing that is kept depends on it.
    """
    return files.below(folder, files.passed_over(folder / str(year)) | files.passed_over(folder))
