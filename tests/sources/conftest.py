"""What tests of the sources share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A folder for files; the tables are those of the project."""
    return tmp_path / "egne"
