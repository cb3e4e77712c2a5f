"""What a report is besides its notebooks and tables: one module here per edition, found by itself.

A module (or package) of this folder has an `EDITION`: its name, its help, its writer. What ONLY= and --help name,
what is written, what the page offers and what the manifest says follow from it. The command line imports all of them
to say their names, so they import what is heavy where they write; what begins with `_` is no edition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from kommuneregnskap.support import spent
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from kommuneregnskap.report.contents import Chapter
    from kommuneregnskap.survey.survey import Survey

# What every report has beside its page, whatever is asked for; named after the files of the editions.
TABLES = {
    f"{name}.{ending}": f"{words} ({kind})"
    for name, words in (
        ("tall", "Alle tall i rapporten"),
        ("vurdering", "Alle publiserte tall med vurdering"),
        ("kontroll", "Alle funn i kontrollene"),
        ("avstemming", "Avstemming mot SSBs egne summer"),
    )
    for ending, kind in (("xlsx", "Excel"), ("csv", "CSV"))
}


@dataclass(frozen=True)
class Material:
    """What editions are made of: the executed notebooks in order, the survey, its section numbers and verdicts.

    tall: `frames.Tall`; vurdering: `verdicts.judge`.
    """

    executed: Sequence[Path]
    survey: Survey
    tall: pl.DataFrame
    vurdering: pl.DataFrame

    @cached_property
    def chapters(self) -> list[Chapter]:
        """The notebooks as chapters; read once for all editions."""
        from kommuneregnskap.report.contents import chapters  # noqa: PLC0415

        return chapters(self.executed)


@dataclass(frozen=True)
class Edition:
    """An edition: what ONLY= calls it, what it is, and what writes it into the folder of a report.

    place: where it stands among the others. write: of the whole report. draw: of one executed notebook, while the
    others are still at work. files: what it leaves for a reader, a folder with `/` at the end → what the page calls it.
    of_real: whether it is made of real accounts alone; of_many: not of one municipality's own accounts. An edition
    without a writer is the page itself, which every report has.
    """

    name: str
    help: str
    place: int
    write: Callable[[Material, Path], object] | None = None
    draw: Callable[[Path, Path], object] | None = None
    files: Mapping[str, str] | None = None
    of_real: bool = False
    of_many: bool = False


@dataclass(frozen=True)
class Download:
    """A file or folder beside the page: where it is, what it is called, how many files and bytes."""

    address: str
    navn: str
    filer: int
    bytes: int


def editions() -> list[Edition]:
    """Return the editions there are, in order of their places. Raises ImportError for two of one name."""
    modules = [each.name for each in iter_modules(__path__) if not each.name.startswith("_")]
    found = [import_module(f"{__name__}.{name}").EDITION for name in modules]
    taken = [each.name for each in found]
    if twice := sorted({name for name in taken if taken.count(name) > 1}):
        raise ImportError(f"two editions are called {twice[0]!r}")
    return sorted(found, key=lambda each: (each.place, each.name))


def names() -> list[str]:
    """Return what ONLY= calls the editions, in order."""
    return [each.name for each in editions()]


def parse(only: str) -> frozenset[str]:
    """Return the editions that are asked for, such as `side,pdf`; nothing asked for: all.

    The page is always made. Raises UsageError for what is none.
    """
    known = names()
    asked = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise UsageError(
            f"ONLY is {unknown[0]!r}; allowed: {', '.join(known)}, or several with commas"
        )
    return frozenset(asked or known)


def refuse_invented(only: str) -> None:
    """Raise UsageError where an edition is asked for by name that is not made of invented accounts."""
    _refuse(
        only,
        [each.name for each in editions() if each.of_real],
        "made of real accounts alone; these are invented",
    )


def refuse_of_one(only: str) -> None:
    """Raise UsageError where an edition is asked for by name that is not made of one municipality's own accounts."""
    _refuse(
        only,
        [each.name for each in editions() if each.of_many],
        "made of several municipalities' accounts; these are of one",
    )


def _refuse(only: str, left_out: Sequence[str], why: str) -> None:
    asked = [name for name in left_out if only and name in parse(only)]
    if asked:
        raise UsageError(f"ONLY is {asked[0]!r}, which is {why}")


def without(name: str) -> str:
    """Return what to give ONLY= to get every edition but one."""
    return ",".join(each for each in names() if each != name)


def draw(executed: Path, folder: Path, wanted: Collection[str]) -> None:
    """Write what the editions in `wanted` make of one executed notebook: beside the other kernels."""
    for each in editions():
        if each.draw is not None and each.name in wanted:
            with _counted(each):
                each.draw(executed, folder)


def write(material: Material, folder: Path, wanted: Collection[str]) -> None:
    """Write the editions in `wanted` (see `parse`) to `folder`, but what `draw` writes.

    Raises DataError where a file cannot be written.
    """
    for each in editions():
        left_out = (each.of_real and material.survey.synthetic) or (
            each.of_many and material.survey.alone
        )
        if each.name in wanted and not left_out and each.write is not None:
            with _counted(each):
                each.write(material, folder)


def _counted(edition: Edition) -> AbstractContextManager[None]:
    return spent.stage(f"edition {edition.name}")


def downloads(folder: Path) -> list[Download]:
    """Return what was made beside the page of a report, in the order a reader is shown it.

    Address relative to the folder (of folders with a slash at the end), name in bokmål, files, bytes.
    """
    own = {file: navn for each in editions() for file, navn in (each.files or {}).items()}
    whole = {name: navn for name, navn in own.items() if name.endswith("/")}
    single = [
        Download(name, navn, 1, (folder / name).stat().st_size)
        for name, navn in ({k: v for k, v in own.items() if k not in whole} | TABLES).items()
        if (folder / name).is_file()
    ]
    several = []
    for name, navn in whole.items():
        sizes = [path.stat().st_size for path in (folder / name).glob("*") if path.is_file()]
        if sizes:
            several.append(Download(name, navn, len(sizes), sum(sizes)))
    return single + several
