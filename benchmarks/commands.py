"""What is measured as a user meets it: whole commands, in a project folder of their own."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import v4

from benchmarks import national, rivals_notebooks
from kommuneregnskap.report.publish import section_notebooks
from kommuneregnskap.support import paths

PYTHON = sys.executable
# Of the sources at hand, which are the open figures that come along and the synthetic panel; and of that alone.
# As `make report` says it; make itself takes less than a tenth of a second.
REPORT = [PYTHON, "-m", "kommuneregnskap", "report", "--year", "2024", "--jobs", "3"]
OF_PANEL = [*REPORT, "--source", "demo"]
FILES = "filer"  # account files of an invented country
EMPTY, EMPTY_RUN = "tomme", "tomme-kjoert"
SHARE = re.compile(r"grunnskole,2024,2024,,(\d+) prosent,\1,")
# What the notebooks of a report import before they compute anything.
IMPORTS = (
    "import altair\nimport polars\nimport kommuneregnskap as kr\n"
    "_ = [getattr(kr, name) for name in dir(kr)]"
)
DECLARED = "\n".join(
    [
        "year = 2024",
        *(f'{name} = ""' for name in ("source", "scope", "data_dir", "panel", "assume")),
    ]
)
Key = tuple[str, str]  # what, and by whom; empty: by this program


@dataclass(frozen=True)
class Command:
    """A command, and what is done to the project folder before each time (nothing of it is measured).

    argv: of the project folder. warms: whether a first time, not counted, fills the file cache and what is kept; not
    where nothing is to be there yet, or all is since the command before. of_j: whether it is shown beside J,
    `jupyter execute` of the section notebooks.
    """

    argv: Callable[[Path], list[str]]
    before: Callable[[Path], None]
    repetitions: int
    warms: bool = True
    of_j: bool = False


def _nothing(_project: Path) -> None:
    pass


def _forget(project: Path) -> None:
    """Leave what a fresh clone has: nothing kept, no report, no panel built."""
    for made in (".cache", "reports/2024", "data/demo/panel"):
        shutil.rmtree(project / made, ignore_errors=True)


def _forget_files(project: Path) -> None:
    """Leave nothing of a report of account files, which are there."""
    _change_a_file(project)
    for made in (".cache", "reports/2024"):
        shutil.rmtree(project / made, ignore_errors=True)


def _change_a_number(project: Path) -> None:
    """Print the published share of schools as another number than ever before: nothing of it is kept yet."""
    table = project / "data" / "claims" / "2024.csv"

    def one_more(found: re.Match[str]) -> str:
        more = int(found[1]) + 1
        return f"grunnskole,2024,2024,,{more} prosent,{more},"

    changed = SHARE.sub(one_more, table.read_text("utf-8"), count=1)
    table.write_text(changed, encoding="utf-8")


def _edit(file: Path, old: str, new: str) -> None:
    """Put a text in the place of another, once: so that what was changed before is changed further."""
    file.write_text(file.read_text("utf-8").replace(old, new, 1), encoding="utf-8")


def _change_a_sentence(project: Path) -> None:
    """Say the first sentence of the draft of a release otherwise."""
    _edit(project / "data/definitions/pressemelding.csv", ",{kommunene} ", ",Ja {kommunene} ")


def _change_a_chart(project: Path) -> None:
    """Have a chart function of the project's own copy of the program give its chart another title."""
    charts = project / "src/kommuneregnskap/charts/sections.py"
    if not charts.is_file():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(paths.source_code(), project / "src/kommuneregnskap", ignore=ignored)
    _edit(charts, 'title="', 'title="Ja: ')


def _change_an_indicator(project: Path) -> None:
    """Say something else of an indicator: of a row that bears on every evaluation."""
    _edit(project / "data/definitions/indicators.csv", ",sikker,", ",sikker,Ja. ")


def _change_a_file(project: Path) -> None:
    """Deliver an amount of one municipality anew, one more than before."""
    folder = project / FILES
    if not folder.is_dir():
        folder.mkdir()
        national.write_files(folder)
        for count in folder.glob("*.antall"):  # of its own, beside the years
            count.unlink()
    file = sorted((folder / "2024").iterdir())[7]
    first, _, rest = file.read_text("latin-1").partition("\n")
    text, amount = first[:39], int(first[39:])
    file.write_text(f"{text}{amount + 1:>9}\n{rest}", encoding="latin-1", newline="\n")


def write_empty(project: Path) -> None:
    """Write as many notebooks as a report has that import what those do, and compute nothing."""
    (project / EMPTY).mkdir()
    for path in section_notebooks():
        cells = [v4.new_code_cell(DECLARED), v4.new_code_cell(IMPORTS)]
        cells[0].metadata["tags"] = ["parameters"]
        for number, cell in enumerate(cells):
            cell.id = f"celle-{number}"
        notebook = v4.new_notebook(cells=cells)
        notebook.metadata = nbformat.read(path, as_version=4).metadata
        nbformat.write(notebook, project / EMPTY / path.name)


def _of_files(project: Path) -> list[str]:
    return [*REPORT, "--source", "kostra", "--data", str(project / FILES)]


def _of_copy(project: Path) -> list[str]:
    """Return the command as the program runs it that is copied into the project, see `_change_a_chart`."""
    run = (
        f"import sys; sys.path.insert(0, {str(project / 'src')!r}); sys.argv[1:] = {REPORT[3:]!r}; "
        "from kommuneregnskap.cli import main; main()"
    )
    return [PYTHON, "-c", run]


def _always(*argv: str) -> Callable[[Path], list[str]]:
    return lambda _project: list(argv)


def _empty(engine: str) -> Command:
    return Command(
        lambda project: [
            *(PYTHON, "-m", "benchmarks.run", engine),
            *(str(project / name) for name in (EMPTY, EMPTY_RUN)),
        ],
        _nothing,
        3,
    )


def _notebooks(by: str) -> Command:
    return Command(
        lambda project: rivals_notebooks.command(project, by),
        lambda project: rivals_notebooks.lay_out(project, by),
        rivals_notebooks.TOOLS[by],
        warms=not by,  # what is kept when ours has run is there for all
    )


def _report(
    argv: Sequence[str] | Callable[[Path], list[str]],
    *,
    before: Callable[[Path], None] = _nothing,
    repetitions: int = 3,
    warms: bool = True,
) -> Command:
    said = argv if callable(argv) else _always(*argv)
    return Command(said, before, repetitions, warms, of_j=True)


COMMANDS: dict[Key, Command] = {
    ("kommuneregnskap --help", ""): Command(
        _always(PYTHON, "-m", "kommuneregnskap", "--help"), _nothing, 9
    ),
    ("floor: empty notebooks, warm processes", ""): _empty("warm"),
    ("floor: empty notebooks, kernels", ""): _empty("kernel"),
    **{(rivals_notebooks.NOTEBOOKS, by): _notebooks(by) for by in rivals_notebooks.TOOLS},
    ("report of the year, nothing there yet", ""): _report(REPORT, before=_forget, warms=False),
    ("report of the year, accounts evaluated", ""): _report([*REPORT, "--force"]),
    ("report of the year, nothing changed", ""): _report(REPORT, repetitions=5),
    ("report of the year, a published number changed", ""): _report(
        REPORT, before=_change_a_number, repetitions=1
    ),
    ("report of the year, a sentence of the draft changed", ""): _report(
        REPORT, before=_change_a_sentence, repetitions=1
    ),
    ("report of the year, a chart function changed", ""): _report(
        _of_copy, before=_change_a_chart, repetitions=1
    ),
    ("report of the year, a row of an indicator changed", ""): _report(
        REPORT, before=_change_an_indicator, repetitions=1
    ),
    ("report of the panel, accounts evaluated", ""): _report([*OF_PANEL, "--force"]),
    ("report of the panel, accounts evaluated, page only", ""): _report(
        [*OF_PANEL, "--force", "--only", "side"], warms=False
    ),
    ("report of account files, nothing there yet", ""): _report(
        _of_files, before=_forget_files, repetitions=1, warms=False
    ),
    ("report of account files, one municipality's changed", ""): _report(
        _of_files, before=_change_a_file, repetitions=1
    ),
}


def copy_project(project: Path) -> None:
    """Copy tables, notebooks, open figures and what the panel is made from to a folder of its own.

    So no report of the user is touched, and none of the user's own account files is at hand.
    """
    for name in ("codes", "definitions", "claims", "demo", "ssb"):
        shutil.copytree(paths.root() / "data" / name, project / "data" / name)
    skipped = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(paths.notebooks(), project / "notebooks", ignore=skipped)
    (project / "reports").mkdir()
    for path in paths.reports().glob("simulering-*.csv"):
        shutil.copy(path, project / "reports")
    write_empty(project)
    rivals_notebooks.prepare(project, section_notebooks())
