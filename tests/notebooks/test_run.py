"""The notebook runner against what papermill and kernels can do: nothing fails unseen."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

import nbformat
import pytest

from kommuneregnskap.notebooks import ENGINES, OWN_KERNEL, WARM
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.notebooks.run import Task, refuse_failed, run_notebooks, write
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import publishing
from kommuneregnskap.support.processes import Processes, Threads, done

PARAMETERS = 'year: int = 2024\nkommune: str = "0000"'


def notebook(folder: Path, *cells: str, name: str = "1_prøve", declared: str = PARAMETERS) -> Path:
    """Write a notebook with a parameters cell and the given code cells under a heading."""
    v4 = nbformat.v4
    content = [
        v4.new_markdown_cell("# Prøve"),
        v4.new_code_cell(declared, metadata={"tags": [notebooks.PARAMETERS_TAG]}),
        v4.new_markdown_cell("## Beregning"),
        *(v4.new_code_cell(source) for source in cells),
    ]
    for number, cell in enumerate(content):
        cell.id = f"celle-{number}"
    path = folder / f"{name}.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=content, metadata=kernel), path)
    return path


def printed(path: Path) -> str:
    cells = notebooks.read(path).cells
    return "".join(o.text for c in cells for o in c.get("outputs", []) if "text" in o)


def run(source: Path, out: Path, **parameters: object) -> Path:
    """Execute a notebook in a kernel of its own."""
    given = {"year": 2024} | parameters
    (executed,) = run_notebooks([source], given, out, engine=OWN_KERNEL)
    return executed


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path, engine: str) -> None:
    mark = tmp_path / "kjørt"
    first = notebook(tmp_path, f"open({str(mark)!r}, 'w').close()", declared="aar: int = 2024")
    second = notebook(tmp_path, "x = 1", name="2_prøve")
    with pytest.raises(UsageError) as error:
        run_notebooks([first, second], {"aar": 2023}, tmp_path / "ut", engine=engine)
    assert str(error.value).endswith(
        "2_prøve.ipynb: unknown parameter 'aar'; allowed: year, kommune"
    )
    assert not mark.exists()
    assert not (tmp_path / "ut").exists()


LIMIT = 2  # seconds
ENDS = {
    "raise ValueError('tallet\\nmangler')": r"cell 4 \(Beregning\): ValueError: tallet mangler$",
    "import sys; sys.exit(0)": r"cell 4 \(Beregning\): the cell did not run to its end$",
    "raise SystemExit": r"cell 4 \(Beregning\): the cell did not run to its end$",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "import time; time.sleep(600)": f"a cell took more than {LIMIT} s",
    "import os; os._exit(0)": "the kernel died",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "the kernel died",
}
# Warm processes leave this one to the process that hands out the notebooks.
INTERRUPT = {
    "import os, signal; os.kill(os.getpid(), signal.SIGINT); [0] * 10": "KeyboardInterrupt"
}
ALL_ENDS = {WARM: ENDS, OWN_KERNEL: ENDS | INTERRUPT}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_that_ends_the_run_early_is_an_error(tmp_path: Path, engine: str) -> None:
    """Tried side by side, as `run_notebooks` does it but for stopping at the first: processes are few."""
    cells = dict(enumerate(ALL_ENDS[engine]))
    tasks = [
        Task(
            notebook(tmp_path, cell, "x = 1", name=f"{n}_slutt"), {}, engine, tmp_path / "ut", LIMIT
        )
        for n, cell in cells.items()
    ]
    workers = Processes(1) if engine == WARM else Threads(2)
    found = {task.source: result for task, result in done(workers, write, tasks)}
    workers.close()
    assert not (tmp_path / "ut").exists()
    for task, (cell, reason) in zip(tasks, ALL_ENDS[engine].items(), strict=True):
        with pytest.raises(NotebookError, match=reason) as error:
            refuse_failed(task, found[task.source])
        assert task.source.name in str(error.value), cell
        assert "\n" not in str(error.value)


def test_a_kernel_that_does_not_start_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation: the kernel ends before it answers, and its last words are told."""
    (tmp_path / "ipykernel_launcher.py").write_text("raise OSError('ingen plass')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    source = notebook(tmp_path, "x = 1")
    with pytest.raises(NotebookError) as error:
        run(source, tmp_path / "ut")
    assert str(error.value).endswith(
        "1_prøve.ipynb: the kernel did not start: OSError: ingen plass"
    )


def test_one_failing_notebook_fails_the_run_and_names_itself(tmp_path: Path) -> None:
    """Those under way end first, so that nobody writes into a folder that is taken away."""
    sources = [notebook(tmp_path, "1 / 0", name="1_ond"), notebook(tmp_path, "x = 1", name="2_god")]
    with pytest.raises(NotebookError, match=r"1_ond\.ipynb, cell 4 \(Beregning\): ZeroDivision"):
        run_notebooks(sources, {"year": 2024}, tmp_path / "ut", jobs=2, engine=OWN_KERNEL)
    assert [path.name for path in (tmp_path / "ut").iterdir()] == ["2_god.ipynb"]


def test_the_bytes_are_the_same_however_many_run_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side they share no folder and no state. A municipality number is text: 0301 must not become 301."""
    cells = (
        "import os, polars as pl\nprint(os.getcwd(), repr(year), repr(kommune))",
        "print('felles' in globals()); felles = year",
        "pl.DataFrame({'a': [1, 2]})",
    )
    sources = [notebook(tmp_path, *cells, name=f"{n}_lik") for n in range(1, 4)]
    given = {"year": 2023, "kommune": "0301"}
    three = run_notebooks(sources, given, tmp_path / "tre", jobs=3, engine=OWN_KERNEL)
    told: list[tuple[str, str]] = []
    warm = run_notebooks(
        sources, given, tmp_path / "varm", jobs=2, progress=lambda *state: told.append(state)
    )
    # The path of a socket may have about 100 characters, that of the temporary folder more.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("m" * 100)))
    Path(tempfile.gettempdir()).mkdir()
    one = run_notebooks(sources[:1], given, tmp_path / "en", jobs=1, engine=OWN_KERNEL)
    assert [path.name for path in warm] == [path.name for path in sources]
    names = [path.stem for path in sources]
    assert told[:3] == [(name, "start") for name in names]
    assert sorted(told[3:]) == [(name, "done") for name in names]
    assert {path.read_bytes() for path in (*three, *warm)} == {one[0].read_bytes()}
    assert printed(one[0]) == f"{Path.cwd()} 2023 '0301'\nFalse\n"
    text = one[0].read_text("utf-8")
    assert not re.search(r"start_time|end_time|duration|\d\d:\d\d:\d\d|papermill\"", text)
    assert str(tmp_path) not in text


@pytest.mark.parametrize("content", ["", "{}", "ikke json", '{"cells": [], "nbformat": 4}'])
def test_a_file_that_is_no_notebook_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "1_ødelagt.ipynb"
    path.write_text(content, "utf-8")
    with pytest.raises(NotebookError, match=r"1_ødelagt\.ipynb: cannot be read") as error:
        run(path, tmp_path / "ut")
    assert "\n" not in str(error.value)


def folder_of(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "index.html").write_text(text, "utf-8")
    return path


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".draft", ".former"))


def test_a_draft_replaces_the_former_folder_only_when_all_went_well(tmp_path: Path) -> None:
    target = folder_of(tmp_path / "demo", "forrige")
    with pytest.raises(FileNotFoundError), publishing(target) as draft:
        (draft / "index.html").rename(draft / "finnes" / "ikke")
    assert (target / "index.html").read_text("utf-8") == "forrige"
    with publishing(target) as draft:
        (draft / "index.html").write_text("ny", "utf-8")
        assert (target / "index.html").read_text("utf-8") == "forrige"
    assert (target / "index.html").read_text("utf-8") == "ny"
    assert hidden(tmp_path) == []


def test_a_run_killed_between_the_two_renames_is_healed(tmp_path: Path) -> None:
    folder_of(tmp_path / ".demo.former", "forrige")
    folder_of(tmp_path / ".demo.draft", "ny")
    target = tmp_path / "demo"
    with pytest.raises(ZeroDivisionError), publishing(target):
        raise ZeroDivisionError
    assert (target / "index.html").read_text("utf-8") == "forrige"
    assert hidden(tmp_path) == []


def test_two_runs_of_the_same_report_do_not_mix(tmp_path: Path) -> None:
    target = folder_of(tmp_path / "demo", "forrige")
    with publishing(target) as draft:
        (draft / "index.html").write_text("første", "utf-8")
        with pytest.raises(UsageError, match="another run is making"), publishing(target):
            pytest.fail("the second run must not begin")
    assert (target / "index.html").read_text("utf-8") == "første"


@pytest.mark.parametrize("engine", [WARM, OWN_KERNEL])
def test_the_tables_that_a_notebook_read_are_told_as_they_were(project: Path, engine: str) -> None:
    """By a process that stays, which holds them; by a kernel, where one that changed meanwhile is nothing to go by."""
    table = project / "data/definitions/series.csv"
    before = hashlib.sha256(table.read_bytes()).hexdigest()
    read = "import kommuneregnskap as kr\nkr.tables.read('series').height"
    change = f"with open({str(table)!r}, 'a') as t: t.write('\\n')\nkr.tables.read('series').height"
    told: dict[str, dict[str, str] | None] = {}
    sources = [notebook(project, read, name="1_en"), notebook(project, read, change, name="2_to")]
    run_notebooks(
        sources, {"year": 2024}, project / "ut", jobs=1, engine=engine, read=told.__setitem__
    )
    known = {"definitions/series.csv": before}
    assert told == {"1_en.ipynb": known, "2_to.ipynb": known if engine == WARM else None}
