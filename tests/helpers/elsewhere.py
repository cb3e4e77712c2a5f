"""What a report says where there is no make, held against what it says here: the same but for its commands."""

from __future__ import annotations

import re
from pathlib import Path

from kommuneregnskap.support.commands import without_make

COMMAND = re.compile(r"\bmake (?:report|trace|fetch|sheets)(?: [A-Z]+=[\w.-]+)*")
SUMS = "manifest.json"  # among others, the sums of the files beside it


def as_there(text: bytes) -> bytes:
    """Return a text with its commands as they are typed where there is no make."""
    return COMMAND.sub(lambda found: without_make(found[0]), text.decode("utf-8")).encode()


def differing(here: Path, there: Path) -> list[str]:
    """Return the files of two folders that are not the same, but for commands on pages, and for sums of such pages."""
    ours, theirs = _files(here), _files(there)
    assert ours
    return sorted(
        name
        for name in ours.keys() | theirs.keys()
        if not _same(name, ours.get(name), theirs.get(name))
    )


def _files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def _same(name: str, ours: bytes | None, theirs: bytes | None) -> bool:
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    if name.endswith(SUMS):
        return _without_sums(ours) == _without_sums(theirs)
    return name.endswith(".html") and as_there(ours) == theirs


def _without_sums(text: bytes) -> bytes:
    """Return a manifest without the sums of pages, of itself, and of the manifests of a year's reports."""
    return re.sub(rb'"(?:[\w/.-]*\.html|manifest_sha256|ssb|demo)": "[0-9a-f]{64}"', b"", text)
