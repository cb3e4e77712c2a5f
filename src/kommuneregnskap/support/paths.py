"""The only place that knows folders."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parents[1]
RAW = "KOMMUNEREGNSKAP_RAW"


def root() -> Path:
    """Return the project folder: `KOMMUNEREGNSKAP_ROOT` where set, else the checkout of this package.

    Read at every call, so that a test can point a run (and the kernels it starts) at another project
    folder with other tables.
    """
    override = os.environ.get("KOMMUNEREGNSKAP_ROOT")
    return Path(override) if override else CHECKOUT


def data(folder: str, name: str) -> Path:
    """Return the file of a table, `data/<folder>/<name>.csv`."""
    return root() / "data" / folder / f"{name}.csv"


def codes(name: str) -> Path:
    """Return the file of a code table, `data/codes/<name>.csv`."""
    return root() / "data" / "codes" / f"{name}.csv"


def definitions(name: str) -> Path:
    """Return the file of a definition table, `data/definitions/<name>.csv`."""
    return root() / "data" / "definitions" / f"{name}.csv"


def claims(name: str) -> Path:
    """Return the file of published numbers, `data/claims/<name>.csv`."""
    return root() / "data" / "claims" / f"{name}.csv"


def demo_tables(name: str) -> Path:
    """Return a table that the synthetic panel is built from, `data/demo/<name>.csv`."""
    return root() / "data" / "demo" / f"{name}.csv"


def demo_panel() -> Path:
    """Return the folder of the built synthetic panel (ignored by git)."""
    return root() / "data" / "demo" / "panel"


def raw() -> Path:
    """Return the folder where a user drops account files, `data/raw/`.

    `KOMMUNEREGNSKAP_RAW` where set, for the checkout of this package alone: what a machine has there changes no test.
    """
    other = os.environ.get(RAW)
    of_checkout = other and os.path.realpath(root()) == str(CHECKOUT)
    return Path(str(other)) if of_checkout else root() / "data" / "raw"


def snapshots() -> Path:
    """Return the folder of snapshots of SSB's StatBank, `data/raw/ssb/` (ignored by git)."""
    return raw() / "ssb"


def bundled() -> Path:
    """Return the folder of snapshots that come with the project, `data/ssb/`."""
    return root() / "data" / "ssb"


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return root() / "notebooks"


def reports() -> Path:
    """Return the folder of all reports."""
    return root() / "reports"


def report(year: int, source: str) -> Path:
    """Return the folder of one report, `reports/<year>/<source>/`."""
    return reports() / str(year) / source


def cache() -> Path:
    """Return the folder of evaluated accounts, keyed by content (ignored by git)."""
    return root() / ".cache"


def source_code() -> Path:
    """Return the folder of this package's own code."""
    return PACKAGE
