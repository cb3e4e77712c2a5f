"""A command on a machine without any network: what asks for one fails."""

from __future__ import annotations

import os
from pathlib import Path

REFUSED = "this was to run without a network"
# `connect` and name look-ups stop every process that starts with this.
MADE_SO = "uten nett"
SITE = f"""
import pathlib, socket

pathlib.Path(__file__).with_name({MADE_SO!r}).touch()

def _refuse(*_, **__):
    raise AssertionError({REFUSED!r})

_connect = socket.socket.connect
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _refuse()
    return _connect(self, address)

socket.socket.connect = connect
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = _refuse
"""


def offline(folder: Path, project: Path) -> dict[str, str]:
    """Return the environment of such a command in a project.

    `sitecustomize.py`, which every Python then runs first, is written into `folder`, and leaves the file MADE_SO there.
    """
    (folder / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    threads = os.environ.get("POLARS_MAX_THREADS")
    return ({"POLARS_MAX_THREADS": threads} if threads else {}) | {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(folder),
        "KOMMUNEREGNSKAP_ROOT": str(project),
    }
