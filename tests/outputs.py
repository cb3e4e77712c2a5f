"""What the files of a report say, whatever they are packed in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

# Its dates are fixed ones; test_print and test_release hold it.
PROPERTIES = "docProps/core.xml"


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the name and the text of every file under a folder; of packages, of every file in them."""
    for path in sorted(folder.rglob("*")):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                for name in package.namelist():
                    if name != PROPERTIES:
                        yield f"{path.name}/{name}", package.read(name).decode("utf-8", "ignore")
        elif path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "ignore")
