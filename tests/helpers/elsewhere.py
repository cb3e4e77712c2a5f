"""What a report says where there is no make, held against what it says here: the same but for its commands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from kommuneregnskap.report import manifest
from kommuneregnskap.support.commands import without_make

COMMAND = re.compile(r"\bmake (?:report|trace|fetch|sheets)(?: [A-Z]+=[\w.-]+)*")
SUMS = "manifest.json"  # among others, the sums of the files beside it


def as_there(text: bytes) -> bytes:
    """Return a text with its commands as they are typed where there is no make."""
    return COMMAND.sub(lambda found: without_make(found[0]), text.decode("utf-8")).encode()


def differing(here: Path, there: Path, *, other_packages: bool = False) -> list[str]:
    """Return the files of two folders that are not the same, but for commands on pages, and for sums of such pages.

    other_packages: there it ran with others, so a page there cites the checksum that its manifest has there.
    """
    ours, theirs = _files(here), _files(there)
    assert ours
    if other_packages:
        ours = _citing(_cited(ours), _cited(theirs), ours)
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


def _cited(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return by what the pages of a report cite what it was made from: of each manifest that says so."""
    said = {name: json.loads(text) for name, text in files.items() if name.endswith(SUMS)}
    return {
        name: each[manifest.CHECKSUM][: manifest.CITED].encode()
        for name, each in said.items()
        if manifest.CHECKSUM in each
    }


def _citing(
    before: Mapping[str, bytes], after: Mapping[str, bytes], files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the files with the checksums of other manifests on their pages."""
    assert before.keys() == after.keys()
    pages = {name: text for name, text in files.items() if name.endswith(".html")}
    for name, cited in before.items():
        pages = {page: text.replace(cited, after[name]) for page, text in pages.items()}
    return {**files, **pages}


def _same(name: str, ours: bytes | None, theirs: bytes | None) -> bool:
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    if name.endswith(SUMS):
        return _without_sums(ours) == _without_sums(theirs)
    return name.endswith(".html") and as_there(ours) == theirs


def _without_sums(text: bytes) -> bytes:
    """Return a manifest without the sums of pages, of itself, and of the manifests of a year's reports."""
    return re.sub(rb'"(?:[\w/.-]*\.html|manifest_sha256|ssb|demo)": "[0-9a-f]{64}"', b"", text)
