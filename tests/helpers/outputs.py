"""How tests run the command line, and what the files of a report say, whatever they are packed in."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from kommuneregnskap.cli import main
from kommuneregnskap.tables import sections

BUNDLE = re.compile(r'<script type="(?:module|application/gzip)".*?</script>', re.DOTALL)
FOREIGN = {
    "a path of the machine": re.compile(r"(?<![\w.:/])/(?:work|home|root|tmp|usr|Users|opt)/"),
    "a time": re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b"),
    "an address of an object": re.compile(r"\bat 0x[0-9a-f]{6,}"),
}
# Stands in a figure of what others have printed alone: nothing in it is of the accounts, real or invented.
PRINTED = "Kilde: regjeringen.no"
# Its dates are fixed ones; test_workbook and test_release hold it.
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


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a project folder, as the Makefile does."""
    return subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", *arguments],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def said(
    project: Path, *arguments: str, root: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line as `command` does, in this process: where what it says is tried and the process is not.

    root: another project folder than the one it is run in.
    """
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(root or project))
        patch.chdir(project)
        patch.setattr(sys, "argv", ["kommuneregnskap", *arguments])
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def pages(folder: Path) -> list[Path]:
    """Return the pages of a report in their order: its front, its sections, their trails; of a year its front."""
    sides = sections.table()["side"].to_list()
    names = ["index", *sides, *(f"{side}-spor" for side in sides)]
    return [path for path in (folder / f"{name}.html" for name in names) if path.is_file()]


def html_of(folder: Path) -> str:
    """Return the pages of a report as one text."""
    return "\n".join(path.read_text("utf-8") for path in pages(folder))


def page_text(folder: Path) -> str:
    """Return what a reader of the pages of a report sees, without markup, styles and figures."""
    return text_of(html_of(folder))


def text_of(html: str) -> str:
    """Return what a reader sees of HTML, without styles, scripts and figures."""
    html = re.sub(r"<(style|script|svg|pre)\b.*?</\1>", " ", html, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", html))
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))
