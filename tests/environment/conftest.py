"""A checkout whose commands only tell how they were called."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.helpers.environments import with_environment

ECHO = """import json, os, sys
print(json.dumps({"words": sys.argv[1:], "environment": dict(os.environ)}))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose commands only tell what they were called with, and in which environment."""
    folder = tmp_path_factory.mktemp("make") / "en mappe, æ"
    folder.mkdir()
    with_environment(folder)
    (folder / "echo.py").write_text(ECHO, "utf-8")
    python = folder / ".venv/bin/python"
    real = shlex.quote(sys.executable)
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -I ] && exec {real} "$@"\nexec {real} -I echo.py "$@"\n', "utf-8"
    )
    return folder
