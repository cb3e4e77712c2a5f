"""The commands that open the notebooks, keep them, and compare what they say with what is stored."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks
from kommuneregnskap.cli.panels import DEVELOPMENT, EVERYBODY, REVIEW
from kommuneregnskap.cli.terminal import say
from kommuneregnskap.support import paths
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


NBVAL, NBCLIENT = "nbval", "nbclient"
TOUR = "explore.ipynb"


def lab() -> None:
    """Open JupyterLab on a guided tour of the figures; an installed package puts its notebooks into a folder first.

    Example: lab
    """
    own = paths.root() / "notebooks"
    if paths.of_wheel():
        own.mkdir(exist_ok=True)
        for path in paths.notebooks().glob("*.ipynb"):
            if not (own / path.name).exists():  # what was worked in stays
                shutil.copyfile(path, own / path.name)
    # Notebooks lie in a folder of their own, and find what a report finds.
    finds = os.environ | {paths.RAW: str(paths.raw().absolute())}
    words = [sys.executable, "-m", "jupyterlab", f"{own.name}/{TOUR}"]
    with subprocess.Popen(words, cwd=paths.root(), env=finds, stderr=sys.stderr) as running:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it asks back
        try:
            raise typer.Exit(running.wait())
        finally:
            running.terminate()
            signal.signal(signal.SIGINT, before)


@asks("data")
def check(
    request: Request,
    runner: Annotated[
        str, typer.Option(help="nbval, or nbclient: executed by it and compared here.")
    ] = NBVAL,
) -> None:
    """Run the notebooks again and compare their published numbers with the stored ones.

    Example: check --year 2024
    """
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    if runner not in (NBVAL, NBCLIENT):
        raise UsageError(f"RUNNER is {runner!r}; allowed: {NBVAL}, {NBCLIENT}")

    executed = request.folder() / "notebooks"
    if not executed.is_dir():
        raise UsageError(
            f"no report in {shown_path(executed.parent)}; make it first: {typed(f'make report YEAR={request.year}')}"
        )
    if runner == NBVAL and find_spec(NBVAL) is None:
        raise UsageError(f"{NBVAL} is not installed; do without: --runner {NBCLIENT}")
    run = _compare if runner == NBCLIENT else _nbval
    own = str(paths.raw())
    with tempfile.TemporaryDirectory(prefix="kr-") as nothing:
        # What is stored is of the figures that come along; the report is of what it was made of.
        wrong = [run(paths.notebooks(), nothing), run(executed, own)]
    raise typer.Exit(max(wrong))


def _nbval(folder: Path, raw: str) -> int:
    """Run nbval over the notebooks of a folder, with what is at hand in the folder `raw`; return how it ended."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    result = subprocess.run(
        [*command, str(folder)],
        cwd=paths.root(),
        env=os.environ | {paths.RAW: raw},
        check=False,
    )
    return result.returncode


def _compare(folder: Path, raw: str) -> int:
    """Execute the notebooks of a folder, say of each what it stores otherwise, and return the code to end with.

    raw: the folder of own files and fetched figures, as the notebooks are to find it.
    """
    from kommuneregnskap.notebooks import compared, files  # noqa: PLC0415
    from kommuneregnskap.support.errors import KommuneregnskapError, shown_path  # noqa: PLC0415

    wrong = 0
    for path in sorted(folder.glob("*.ipynb")):
        if not any(files.CHECK_TAG in files.tags(cell) for cell in files.read(path).cells):
            continue
        try:
            with _finding(raw):
                found = compared.changes(path)
        except KommuneregnskapError as error:
            found = [str(error)]
        wrong += bool(found)
        say(
            "\n".join([f"{shown_path(path)}: {'changed' if found else 'as stored'}", *found]),
            lines=True,
        )
    return min(wrong, 1)


@contextmanager
def _finding(raw: str) -> Iterator[None]:
    """Let kernels that are started here find own files and fetched figures in a folder."""
    before = dict(os.environ)
    os.environ[paths.RAW] = raw
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def notebooks(
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove output outside check cells.")
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check", help="Only say what is not clean.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Store the check cells' new numbers.")
    ] = False,
) -> None:
    """Clean the committed notebooks, check that they are clean, or accept new numbers.

    Example: notebooks --check
    """
    from kommuneregnskap.notebooks.files import clean_notebook, is_clean  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    sources = sorted(paths.notebooks().glob("*.ipynb"))
    if not sources:
        raise UsageError(
            f"no notebooks in {shown_path(paths.notebooks())}; work in the project's folder"
        )
    if accept or clean:
        paths.refuse_shipped()
    if accept:
        from kommuneregnskap.report.accepted import accept as store  # noqa: PLC0415

        store()
    elif clean:
        for path in sources:
            clean_notebook(path)
    elif check_only:
        odd = [shown_path(path) for path in sources if not is_clean(path)]
        if odd:
            raise UsageError(f"{', '.join(odd)}: output outside check cells; run: make format")


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=EVERYBODY)(lab)
    app.command(rich_help_panel=REVIEW)(check)
    app.command(rich_help_panel=DEVELOPMENT)(notebooks)
