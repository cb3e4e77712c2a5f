"""Accepts what check cells say: of open figures in the notebooks, of the synthetic panel as texts beside the tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.report.one_sheet import notebook as sheet
from kommuneregnskap.report.publish import publish, section_notebooks
from kommuneregnskap.sources import published_figures, synthetic_panel
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.support.files import replacing
from kommuneregnskap.survey.request import Request, asked

YEAR = 2024


def accept() -> None:
    """Store what the check cells of the notebooks say now: on the open figures that come along, and on the panel."""
    along = snapshot.ids(paths.bundled())[-1]
    figures = asked(YEAR, published_figures.SOURCE.name, data_dir=along)
    panel = asked(YEAR, synthetic_panel.SOURCE.name)
    with tempfile.TemporaryDirectory(prefix="kr-") as folder:
        for path, executed in _executed(figures, Path(folder)):
            files.store_check_outputs(path, executed)
        for path, executed in _executed(panel, Path(folder)):
            text = "".join(files.check_texts(files.read(executed)))
            with replacing(panel_text(path.stem)) as part:
                part.write_text(text, encoding="utf-8", newline="\n")


def panel_text(name: str) -> Path:
    """Return the file of what a notebook's check cells say on the synthetic panel."""
    folder = f"kontroll-{YEAR}-{synthetic_panel.SOURCE.name}"
    return paths.root() / "tests" / "data" / folder / f"{name}.txt"


def _executed(request: Request, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Make the report of a request, and one sheet; give each notebook, and where it is as it was executed."""
    made, _ = publish(request, only="side")
    for path in section_notebooks():
        yield path, made / "notebooks" / path.name
    executed = folder / sheet().name
    files.write(execute(sheet(), request.parameters), executed)
    yield sheet(), executed
