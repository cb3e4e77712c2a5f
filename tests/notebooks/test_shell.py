"""Notebooks run inside this process: the bytes of a kernel of their own, and nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from kommuneregnskap.notebooks import ENGINES, OWN_KERNEL
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.notebooks.kernels import PERSONAL
from kommuneregnskap.notebooks.run import execute, run_notebooks
from kommuneregnskap.support.errors import UsageError
from tests.helpers.settings import personal
from tests.notebooks.test_run import notebook

# Everything a cell can put out: text in both streams, in pieces, between displays; the last expression in several
# formats; a display shown anew; a cleared one; settings of polars and altair; a definition; awaiting.
CELLS = [
    "import sys\nprint('a'); print('b', file=sys.stderr)\nprint(repr(kommune), year)",
    "from IPython.display import HTML, Markdown, clear_output, display\nprint('før')\n"
    "display(Markdown('**midt**'))\nprint('etter')",
    "HTML('<p>hei</p>')",
    "import polars as pl\npl.Config.set_decimal_separator(',')\n"
    "pl.DataFrame({'a': [1.5, None], 'b': ['kort', 'et langt navn']})",
    "import altair as alt\nfrom kommuneregnskap.display.renderer import enable_display\nenable_display()\n"
    "alt.Chart(pl.DataFrame({'a': [1, 2]})).mark_bar().encode(x='a:Q').interactive()",
    "vist = display(Markdown('gammelt'), display_id='d')",
    "display(Markdown('nytt'), display_id='d', update=True)",
    "print('bort')\nclear_output()\nprint('igjen')",
    "import asyncio\nawait asyncio.sleep(0)\n_ = 3\n[n**2 for n in range(_)]",
    "",
    "x = 1;",
    "1 + 1;",
    "__name__, In[1][:6], sorted(Out)[:2]",
]  # fmt: skip


GIVEN = {"year": 2023, "kommune": "0301"}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A notebook with all kinds of output, and what it is executed in a kernel of its own."""
    folder = tmp_path_factory.mktemp("rik")
    source = notebook(folder, *CELLS)
    (executed,) = run_notebooks([source], GIVEN, folder / "ut", engine=OWN_KERNEL)
    return source, executed.read_bytes()


def test_the_bytes_are_those_of_a_kernel_and_again_the_second_time(
    rich: tuple[Path, bytes], tmp_path: Path
) -> None:
    source, of_kernel = rich
    for number in range(2):
        target = tmp_path / f"{number}.ipynb"
        notebooks.write(execute(source, GIVEN), target)
        assert target.read_text("utf-8").splitlines() == of_kernel.decode().splitlines()
        assert target.read_bytes() == of_kernel


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_s_own_settings_change_nothing(
    rich: tuple[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    for name, value in personal(tmp_path).items():
        monkeypatch.setenv(name, value)
    source, usual = rich
    (executed,) = run_notebooks([source], GIVEN, tmp_path / "ut", engine=engine)
    assert executed.read_text("utf-8").splitlines() == usual.decode().splitlines()
    assert executed.read_bytes() == usual
    assert os.environ["POLARS_FMT_MAX_ROWS"] == "1"


def test_every_setting_of_polars_is_the_user_s_own() -> None:
    assert [name for name in pl.Config.state(env_only=True) if not name.startswith(PERSONAL)] == []


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """A notebook that changes everything it can reach leaves this process as it was."""
    source = notebook(
        tmp_path,
        "import os, sys, warnings, polars as pl\nos.chdir('/')\n"
        "from kommuneregnskap.display.renderer import enable_display\n"
        "os.environ['NYTT'] = '1'\nsys.path.insert(0, '/ingen')\nenable_display()\n"
        "import altair as alt\nalt.theme.enable('dark')\nalt.data_transformers.enable('json')\n"
        "pl.Config.set_tbl_rows(3)\nwarnings.simplefilter('error')\nhemmelig = 7",
    )

    def state() -> list[object]:
        return [
            Path.cwd(), dict(os.environ), list(sys.path), sys.stdout, sys.stderr, sys.stdin, sys.modules["__main__"],
            sys.displayhook, alt.renderers.active, alt.theme.active, alt.data_transformers.active,
            pl.Config.state(), list(warnings.filters),
            InteractiveShell.initialized(),
        ]  # fmt: skip

    before = state()
    execute(source, {})
    assert state() == before
    other = notebook(tmp_path, "hemmelig", name="2_annen")
    with pytest.raises(NotebookError, match="NameError: name 'hemmelig' is not defined"):
        execute(other, {})
    assert state() == before


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("raise ValueError('tallet\\nmangler')", r"cell 4 \(Beregning\): ValueError: tallet mangler"),
        ("1 +", r"cell 4 \(Beregning\): SyntaxError: "),
        ("import sys; sys.exit(0)", r"cell 4 \(Beregning\): the cell did not run to its end"),
        ("raise SystemExit", r"cell 4 \(Beregning\): the cell did not run to its end"),
        ("import sys; sys.exit(3)", r"SystemExit: 3"),
        ("input()", "EOFError"),
    ],
)  # fmt: skip
def test_a_cell_that_fails_or_ends_the_run_is_named(tmp_path: Path, cell: str, reason: str) -> None:
    source = notebook(tmp_path, cell, "print('etter')")
    with pytest.raises(NotebookError, match=reason) as error:
        execute(source, {})
    assert str(error.value).startswith(str(source)) or "1_prøve.ipynb" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown parameter 'aar'; allowed: year, kommune"):
        execute(notebook(tmp_path, "x = 1"), {"aar": 2023})


@pytest.fixture
def _listening() -> Iterator[None]:
    """A shell that runs the tests in the background lets them ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_listening")
def test_an_interrupt_goes_on_to_whoever_asked(tmp_path: Path) -> None:
    source = notebook(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n[0] * 10")
    with pytest.raises(KeyboardInterrupt):
        execute(source, {})
    assert not InteractiveShell.initialized()
