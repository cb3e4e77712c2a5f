"""The source `demo`: the bundled synthetic panel, invented accounts as files of records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.sources.source import ACCOUNT_FILES, INVENTED, SCOPES, Gives
from kommuneregnskap.support import paths


@dataclass(frozen=True)
class SyntheticPanel:
    """See `source.Source` and `source.HasFiles`."""

    name: str = "demo"
    help: str = "synthetic panel"
    scope_help: tuple[str, ...] = ()
    data_help: str = ""
    words: str = "det syntetiske demopanelet"
    origin: str = "syntetisk demopanel (oppdiktede regnskaper, ikke virkelige tall)"
    note: str = ""
    title: str = ""
    accounts: str = INVENTED
    synthetic: bool = True
    scopes: tuple[str, ...] = SCOPES
    panels: tuple[str, ...] = ()
    gives: Gives = ACCOUNT_FILES

    def years(self) -> list[int]:
        """Return the years of the panel, which is built when it is asked for."""
        from kommuneregnskap.sources.demo import YEARS  # noqa: PLC0415

        return list(YEARS)

    def folder(self, data_dir: str | Path | None = None) -> Path:
        """Return the folder of the panel."""
        return paths.demo_panel()

    def prepare(self, folder: Path, years: Collection[int] | None = None) -> None:
        """Build the panel where it is missing or was built from something else."""
        from kommuneregnskap.sources.demo import ensure_panel  # noqa: PLC0415

        ensure_panel(folder, years)


SOURCE = SyntheticPanel()
