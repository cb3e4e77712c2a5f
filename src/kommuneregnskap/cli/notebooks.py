"""The commands that keep the committed notebooks and compare what they say with what is stored."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


@asks("data")
def check(request: Request) -> None:
    """Run notebooks again and compare their published numbers with the stored ones. Example: check --year 2024"""
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    executed = request.folder() / "notebooks"
    if not executed.is_dir():
        raise UsageError(
            f"no report in {shown_path(executed.parent)}; make it first: make report YEAR={request.year}"
        )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    result = subprocess.run(
        [*command, str(paths.notebooks()), str(executed)], cwd=paths.root(), check=False
    )
    raise typer.Exit(result.returncode)


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
    """Keep the committed notebooks: clean, check, or accept new numbers. Example: notebooks --check"""
    from kommuneregnskap.notebooks.files import clean_notebook, is_clean, store_check_outputs  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    sources = sorted(paths.notebooks().glob("*.ipynb"))
    if accept:
        from kommuneregnskap.report.publish import publish, section_notebooks  # noqa: PLC0415
        from kommuneregnskap.survey.request import asked  # noqa: PLC0415

        folder, _ = publish(asked(2024), only="side")
        for path in section_notebooks():
            store_check_outputs(path, folder / "notebooks" / path.name)
        _accept_sheet()
    elif clean:
        for path in sources:
            clean_notebook(path)
    elif check_only:
        odd = [shown_path(path) for path in sources if not is_clean(path)]
        if odd:
            raise UsageError(f"{', '.join(odd)}: output outside check cells; run: make format")


def _accept_sheet() -> None:
    """Store the check cell's new numbers in the notebook of a sheet, of the usual year and source."""
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from kommuneregnskap.notebooks import files as notebooks  # noqa: PLC0415
    from kommuneregnskap.notebooks.run import execute  # noqa: PLC0415
    from kommuneregnskap.report.one_sheet import notebook  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="kr-") as folder:
        executed = Path(folder) / notebook().name
        notebooks.write(execute(notebook(), {}), executed)
        notebooks.store_check_outputs(notebook(), executed)


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command()(check)
    app.command()(notebooks)
