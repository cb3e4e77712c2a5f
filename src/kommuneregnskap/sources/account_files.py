"""The source `kostra`: account files of one's own, KOSTRA records or ledgers as CSV."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.sources.source import ACCOUNT_FILES, SCOPES, Gives
from kommuneregnskap.support import paths


@dataclass(frozen=True)
class AccountFiles:
    """See `source.Source` and `source.HasFiles`."""

    name: str = "kostra"
    help: str = "account files"
    scope_help: tuple[str, ...] = ("kasse (0A-0D)", "konsolidert (0M-0Q)")
    data_help: str = "Folder with KOSTRA files"
    words: str = "leverte KOSTRA-filer"
    origin: str = "leverte KOSTRA-filer, egne beregninger"
    note: str = "Regnet av leverte regnskapsfiler. Tallene er ikke kontrollert av SSB eller KS."
    title: str = ""
    accounts: str = "leverte"
    synthetic: bool = False
    scopes: tuple[str, ...] = SCOPES
    panels: tuple[str, ...] = ()
    gives: Gives = ACCOUNT_FILES

    def years(self) -> list[int]:
        """Return the years of the files in the folder for files from outside."""
        from kommuneregnskap.sources.kostra import files_of_year  # noqa: PLC0415

        folder = self.folder()
        there = files_of_year.years_available(folder) if folder.is_dir() else []
        return [year for year in there if files_of_year.record_files(folder, year)]

    def folder(self, data_dir: str | Path | None = None) -> Path:
        """Return the folder that is asked for, else the one for files from outside."""
        return paths.root() / data_dir if data_dir else paths.raw()

    def prepare(self, folder: Path, years: Collection[int] | None = None) -> None:
        """Leave the files as they were delivered."""


SOURCE = AccountFiles()
