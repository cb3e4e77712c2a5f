"""Snapshots of StatBank: answers as received, values, receipt; never overwritten, always verified."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from kommuneregnskap.sources.statbank import bundled
from kommuneregnskap.sources.statbank.values import FINAL, PRELIMINARY, checked
from kommuneregnskap.support import paths, sealed
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import DataError, UsageError, shown_path
from kommuneregnskap.support.files import is_own_file, refuse_special, writing
from kommuneregnskap.tables import invented
from kommuneregnskap.tables.frames import KINDS

RAW, VALUES, RECEIPT = "raw", "verdier.parquet", "kvittering.json"
SEAL, INDENT = "kvittering_sha256", 1
SUMS = "sha256"  # a folder of a draft: what each of its answers was when it came
NAME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-([0-9]{1,9}))?")
AGAIN = "Fetch anew, or restore the folder from where it came from."


@dataclass(frozen=True)
class Snapshot:
    """What StatBank said on a day.

    values: `schemas.statbank.Verdier`, natural sign, 1000 kr or percent. receipt: tables with title,
    `updated`, query, files with sha256; licence, source, date of retrieval, what was left out.
    """

    name: str
    folder: Path
    receipt: dict[str, Any]
    values: pl.DataFrame

    @property
    def years(self) -> list[int]:
        """The accounting years the snapshot was asked for."""
        return [int(year) for year in self.receipt["aar"]]

    @property
    def synthetic(self) -> bool:
        """Whether the figures are invented: whoever serves such figures says so in the titles."""
        return bool(self.receipt["syntetisk"])

    @property
    def official(self) -> bool:
        """Whether SSB itself was asked, and not another server."""
        return bool(self.receipt["ssb"])

    @property
    def of_units(self) -> pl.DataFrame:
        """The values with units as a survey numbers them: invented figures are of invented units."""
        if not self.synthetic:
            return self.values
        unit = pl.col("regiontype").is_in(KINDS)
        units = invented.renumbered(self.values.filter(unit), "region")
        return pl.concat([units, self.values.filter(~unit)])

    def vintage(self, year: int) -> str:
        """Return `forelopig` where one of the year's tables is unrevised, else `endelig`.

        Raises UsageError for a year that the snapshot does not have, naming those it has.
        """
        own = self.values.filter(pl.col("aar") == year)["vintage"]
        if own.is_empty():
            have = ", ".join(str(each) for each in self.years)
            raise UsageError(f"YEAR is {year}; the snapshot {self.name} has: {have}")
        return PRELIMINARY if (own == PRELIMINARY).any() else FINAL


def ids(folder: Path | None = None) -> list[str]:
    """Return the names of the snapshots, oldest first. folder: None for those fetched and those that come along."""
    return sorted({path.name for path in _folders(folder)}, key=_order)


def folder_of(name: str, folder: Path | None = None) -> Path:
    """Return the folder of a snapshot that is there (`ids`); one that was fetched before one that came along."""
    return next(path for path in _folders(folder) if path.name == name)


def years_of(name: str, folder: Path | None = None) -> list[int]:
    """Return the accounting years that a snapshot was asked for. Raises DataError for an unreadable receipt."""
    return [int(year) for year in _receipt(folder_of(name, folder) / RECEIPT)["aar"]]


def newest(year: int, folder: Path | None = None) -> str:
    """Return the newest snapshot that has a year, else the newest; empty where there is none."""
    there = ids(folder)
    of_year = [name for name in there if year in years_of(name, folder)]
    return next(reversed(of_year or there), "")


def where(folder: Path | None = None) -> str:
    """Say where the snapshots are looked for, for an error: the folders that are there."""
    there = [each for each in _roots(folder) if each.is_dir()] or _roots(folder)[:1]
    return " and ".join(shown_path(each) for each in there)


def _roots(folder: Path | None) -> list[Path]:
    return [folder] if folder else [paths.snapshots(), paths.bundled()]


def _folders(folder: Path | None) -> list[Path]:
    return [
        path
        for root in _roots(folder)
        if root.is_dir()
        for path in sorted(root.iterdir())
        if path.is_dir() and NAME.fullmatch(path.name)
    ]


def _order(name: str) -> tuple[str, int]:
    match = NAME.fullmatch(name)
    return (match.group(1), int(match.group(2) or 1)) if match else (name, 0)


def open_snapshot(name: str = "", folder: Path | None = None) -> Snapshot:
    """Open a snapshot, the newest when `name` is empty; every file is verified against the receipt.

    Raises UsageError where there is no such snapshot (naming those there are) and DataError for a
    file that is missing, changed or unreadable.
    """
    there = ids(folder)
    if not there:
        raise UsageError(
            f"no snapshot of StatBank in {where(folder)}; fetch one: {typed('make fetch YEAR=2024')}"
        )
    if name and name not in there:
        raise UsageError(f"snapshot is {name!r}; in {where(folder)}: {', '.join(there)}")
    chosen = folder_of(name or there[-1], folder)
    receipt = _receipt(chosen / RECEIPT)
    for entry in receipt["filer"]:
        _verify(chosen, entry)
    of_tables = receipt.get(bundled.FORM) == bundled.TABLES
    try:
        found = (
            bundled.kept_values(chosen, receipt)
            if of_tables
            else checked(pl.read_parquet(chosen / VALUES))
        )
    except (pl.exceptions.PolarsError, dy.exc.ValidationError) as error:
        raise DataError(
            chosen / (RECEIPT if of_tables else VALUES),
            problem=f"is not of the form that this version reads ({type(error).__name__})",
            todo="Fetch anew, or open it with the version it was made with.",
        ) from None
    return Snapshot(name=chosen.name, folder=chosen, receipt=receipt, values=found)


def _receipt(path: Path) -> dict[str, Any]:
    try:
        refuse_special(path)
        content = path.read_bytes()
        found = json.loads(content)
        if SEAL in found:  # those of before this version have none
            found = sealed.unsealed(content, SEAL, INDENT)
            if found is None:
                raise DataError(path, problem="is not as it was written", todo=AGAIN)
        files, needed = found["filer"], ("aar", "tabeller", "syntetisk", "ssb", "hentet")
        if not files or any(name not in found for name in needed):
            raise KeyError("filer")
        listed = {entry["fil"]: entry["sha256"] for entry in files}
        if not all(type(year) is int for year in found["aar"]):
            raise TypeError("aar")
        along = found.get(bundled.FORM) == bundled.TABLES
        held = bundled.files(found) if along else [VALUES]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            path, problem=f"is no readable receipt ({type(error).__name__})", todo=AGAIN
        ) from None
    for name in held:
        if name not in listed:
            raise DataError(path, problem=f"does not list {name}", todo=AGAIN)
    return dict(found)


def _verify(folder: Path, entry: dict[str, Any]) -> None:
    path = folder / str(entry["fil"])
    try:
        refuse_special(path)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(
            path, problem=f"cannot be read ({error.strerror}), but is in the receipt", todo=AGAIN
        ) from None
    if found != entry["sha256"]:
        raise DataError(
            path,
            field="sha256",
            value=found,
            allowed=f"{entry['sha256']} (the receipt)",
            todo=AGAIN,
        )


def file_entry(folder: Path, path: Path) -> dict[str, Any]:
    """Return a file's entry for the receipt: fil (below `folder`), sha256, bytes."""
    content = path.read_bytes()
    return {
        "fil": path.relative_to(folder).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


def publish(draft: Path, root: Path, retrieved: str, found: pl.DataFrame, receipt: Any) -> Path:
    """Turn a draft folder with its `raw/` into a snapshot and return its folder.

    The values and the receipt are written into the draft, which is then renamed to the date, with
    `-2`, `-3` … where that name is taken: a snapshot is never overwritten.
    """
    with writing(root):
        shutil.rmtree(draft / SUMS, ignore_errors=True)
        found.write_parquet(draft / VALUES)
        files = [*sorted((draft / RAW).iterdir()), draft / VALUES]
        whole = {**receipt, "filer": [file_entry(draft, path) for path in files]}
        (draft / RECEIPT).write_text(
            sealed.text(whole, SEAL, INDENT), encoding="utf-8", newline="\n"
        )
        number = 1
        while (target := root / (f"{retrieved}-{number}" if number > 1 else retrieved)).exists():
            number += 1
        draft.rename(target)
    return target


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Draft:
    """The hidden folder of a fetch under way: answers as they came, kept for when it is asked again.

    `updated`: what each table said last of when it was updated; an answer of another time is not
    used again. `used`: the files that belong to this fetch.
    """

    def __init__(self, root: Path, key: str) -> None:
        self.folder = root / f".utkast-{key}"
        self.updated: dict[str, str] = {}
        self.used: dict[str, list[Path]] = {}
        self.resumed = 0
        with writing(root):
            for name in (RAW, SUMS):
                (self.folder / name).mkdir(parents=True, exist_ok=True)

    def place(self, tabell: str, kind: str, path: str, query: str) -> Path:
        """Return the file of an answer, named by what was asked."""
        digest = hashlib.sha256(f"{path}\n{query}".encode()).hexdigest()[:16]
        return self.folder / RAW / f"{tabell}-{kind}-{digest}.json"

    def store(self, place: Path, tabell: str, content: bytes) -> None:
        """Write an answer under a temporary name and rename it; then what it is known again by."""
        with writing(place):
            part = place.with_suffix(".part")
            part.write_bytes(content)
            part.replace(place)
            (self.folder / SUMS / place.name).write_text(
                _sum(content), encoding="ascii", newline="\n"
            )
        self.used.setdefault(tabell, []).append(place)

    def answer(self, place: Path) -> bytes | None:
        """Return an answer of an earlier attempt; None where there is none, or it is not as it came."""
        own = self.folder / SUMS / place.name
        if not is_own_file(place) or not is_own_file(own):
            return None
        content = place.read_bytes()
        return content if own.read_bytes() == _sum(content).encode() else None

    def forget_others(self) -> None:
        """Delete what lies there from an earlier attempt and is not part of this fetch."""
        kept = {path for paths_ in self.used.values() for path in paths_}
        for path in (self.folder / RAW).iterdir():
            if path not in kept:
                path.unlink()

    def discard_empty(self) -> None:
        """Delete the draft where nothing has been received."""
        if not any((self.folder / RAW).iterdir()):
            self.discard()

    def discard(self) -> None:
        """Delete the draft."""
        shutil.rmtree(self.folder, ignore_errors=True)
