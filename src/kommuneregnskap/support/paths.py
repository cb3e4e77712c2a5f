"""The only place that knows folders.

What comes with the project is read from `shipped()`, what a run writes and what a user brings lies below `root()`. In
a checkout, and where `KOMMUNEREGNSKAP_ROOT` names a folder, both are that folder. Installed from a wheel, the tables
and notebooks lie inside the package, and `root()` is the folder that one works in.
"""

from __future__ import annotations

import os
from functools import cache as once
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = (
    "project"  # the folder of the package that a wheel has tables and notebooks in: pyproject.toml
)
# Not so in a checkout, which has them beside `src`; an archive that a package is read from is no folder.
INSTALLED = (PACKAGE / SHIPPED).is_dir() or not PACKAGE.is_dir()
CHECKOUT = PACKAGE.parents[1]
ROOT, RAW = "KOMMUNEREGNSKAP_ROOT", "KOMMUNEREGNSKAP_RAW"


def root() -> Path:
    """Return the project folder: `KOMMUNEREGNSKAP_ROOT` where set, else the checkout; for a wheel the working folder.

    Read at every call, so that a test can point a run (and the kernels it starts) at another project
    folder with other tables.
    """
    override = os.environ.get(ROOT)
    if override:
        return Path(override)
    return Path.cwd() if INSTALLED else CHECKOUT


def shipped() -> Path:
    """Return the folder of what comes with the project, tables and notebooks: `root()`, for a wheel in the package.

    Raises UsageError where the package is read from an archive: its tables are read as files.
    """
    if os.environ.get(ROOT) or not INSTALLED:
        return root()
    return _in_package()


@once
def _in_package() -> Path:
    from importlib.resources import files  # noqa: PLC0415 (only an installed package has them there)

    found = files(__package__.partition(".")[0]) / SHIPPED
    if not isinstance(found, Path):
        from kommuneregnskap.support.errors import UsageError  # noqa: PLC0415

        raise UsageError(
            f"the package is read from an archive ({PACKAGE.parent}), and its tables are files; install it: "
            "python -m pip install and the name of the wheel"
        )
    return found


def data(folder: str, name: str) -> Path:
    """Return the file of a table, `data/<folder>/<name>.csv`."""
    return tables() / folder / f"{name}.csv"


def tables() -> Path:
    """Return the folder of all tables, `data/`."""
    return shipped() / "data"


def codes(name: str) -> Path:
    """Return the file of a code table, `data/codes/<name>.csv`."""
    return data("codes", name)


def definitions(name: str) -> Path:
    """Return the file of a definition table, `data/definitions/<name>.csv`."""
    return data("definitions", name)


def claims(name: str) -> Path:
    """Return the file of published numbers, `data/claims/<name>.csv`."""
    return data("claims", name)


def demo_tables(name: str) -> Path:
    """Return a table that the synthetic panel is built from, `data/demo/<name>.csv`."""
    return data("demo", name)


def demo_panel() -> Path:
    """Return the folder of the built synthetic panel (ignored by git); for a wheel beside what is kept."""
    return cache() / "panel" if of_wheel() else root() / "data" / "demo" / "panel"


def raw() -> Path:
    """Return the folder where a user drops account files, `data/raw/`.

    `KOMMUNEREGNSKAP_RAW` where set, but for another project folder: what a machine has there changes no test.
    """
    other = os.environ.get(RAW)
    own = of_wheel() or os.path.realpath(root()) == str(CHECKOUT)
    return Path(str(other)) if other and own else root() / "data" / "raw"


def snapshots() -> Path:
    """Return the folder of snapshots of SSB's StatBank, `data/raw/ssb/` (ignored by git)."""
    return raw() / "ssb"


def bundled() -> Path:
    """Return the folder of snapshots that come with the project, `data/ssb/`."""
    return tables() / "ssb"


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return shipped() / "notebooks"


def reports() -> Path:
    """Return the folder of all reports."""
    return root() / "reports"


def shipped_reports() -> Path:
    """Return the folder of the results that come with the project: `reports()`, for a wheel in the package."""
    return shipped() / "reports"


def report(year: int, source: str) -> Path:
    """Return the folder of one report, `reports/<year>/<source>/`."""
    return reports() / str(year) / source


def cache() -> Path:
    """Return the folder of what is computed once, keyed by content: `.cache` (ignored by git); for a wheel the user's.

    Where that is, is the system's to say: `~/.cache/kommuneregnskap` on Linux. Nothing but reports is left in a folder
    that one works in.
    """
    if not of_wheel():
        return root() / ".cache"
    from platformdirs import user_cache_path  # noqa: PLC0415 (only an installed package needs it)

    return user_cache_path("kommuneregnskap", appauthor=False)


def of_wheel() -> bool:
    """Return whether the project is what an installed package has inside, and no folder of a checkout."""
    return INSTALLED and not os.environ.get(ROOT)


def refuse_shipped() -> None:
    """Raise UsageError where tables and notebooks lie inside an installed package: nobody writes there."""
    if of_wheel():
        from kommuneregnskap.support.errors import UsageError  # noqa: PLC0415

        raise UsageError(
            f"the tables and notebooks of an installed package are not edited; work in a copy of the project, or in "
            f"one that {ROOT} names"
        )


def of_program(name: str) -> Path:
    """Return a file that comes with the code and is no table, such as LICENSE: of the checkout, or inside a wheel."""
    return (PACKAGE / SHIPPED if INSTALLED else CHECKOUT) / name


def source_code() -> Path:
    """Return the folder of this package's own code."""
    return PACKAGE


def code_files() -> list[Path]:
    """Return the files of this package's own code, templates and all, without what Python or a wheel adds, in order."""
    found = {path.relative_to(PACKAGE): path for path in PACKAGE.rglob("*") if path.is_file()}
    own = (name for name in found if "__pycache__" not in name.parts and name.parts[0] != SHIPPED)
    return [found[name] for name in sorted(own, key=Path.as_posix)]
