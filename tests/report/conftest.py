"""What the tests of the package of a year have in common: it, unpacked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import projects
from tests.helpers.kept import kept


@pytest.fixture(scope="session")
def packed(year_2024: Path) -> Path:
    """A project that the year is packed in, and `ut` with the package unpacked. Nobody works in it."""
    return kept("pakke", lambda folder: projects.packed(folder, year_2024.parents[1]))


@pytest.fixture(scope="session")
def package(packed: Path) -> Path:
    return packed / "ut" / projects.PACKAGE


@pytest.fixture(scope="session")
def names(package: Path) -> list[str]:
    return sorted(
        path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()
    )
