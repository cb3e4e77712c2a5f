"""A checkout for tests of make: its own files, and the environment that runs the tests behind a `.venv` of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.environment import Environment

PROJECT = Path(__file__).resolve().parents[2]
FILES = ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "README.md")


def with_environment(folder: Path) -> Path:
    """Give a project folder what make needs, with an environment that is complete: everything but its packages."""
    with_make(folder)
    (folder / ".venv/bin").mkdir(parents=True)
    python = folder / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    made = Environment(folder.resolve())
    made.write_stamp(dev=False)
    made.write_stamp(dev=True)
    return folder


def with_make(folder: Path) -> Path:
    """Give a project folder the Makefile and what it reads, as they are here."""
    for name in FILES:
        shutil.copy2(PROJECT / name, folder)
    shutil.copytree(
        PROJECT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def make(checkout: Path, *words: str, **machine: str) -> subprocess.CompletedProcess[str]:
    """Run make in a checkout, on a machine that has set these variables besides."""
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=checkout,
        env=os.environ | machine,
        capture_output=True,
        text=True,
        check=False,
    )


def told(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return how a command of the fixture `checkout` was called: its words and its environment."""
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
