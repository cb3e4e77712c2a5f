"""The notebook runner against what papermill and kernels can do: nothing fails unseen."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.engine import ENGINES, OWN_KERNEL, WARM
from kommuneregnskap.notebooks.run import NotebookError, run_notebooks
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import publishing

PARAMETERS = 'year: int = 2024\nkommune: str = "0000"'


def notebook(folder: Path, *cells: str, name: str = "1_prøve") -> Path:
    """Write a notebook with a parameters cell and the given code cells under a heading."""
    v4 = nbformat.v4
    content = [
        v4.new_markdown_cell("# Prøve"),
        v4.new_code_cell(PARAMETERS, metadata={"tags": [notebooks.PARAMETERS_TAG]}),
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


def run(
    source: Path,
    out: Path,
    *,
    timeout: int = 60,
    engine: str = OWN_KERNEL,
    **parameters: object,
) -> Path:
    (executed,) = run_notebooks(
        [source], {"year": 2024} | parameters, out, timeout=timeout, engine=engine
    )
    return executed


WITH_BOTH = pytest.mark.parametrize("engine", ENGINES)


@WITH_BOTH
def test_parameters_reach_the_notebook_with_their_types(tmp_path: Path, engine: str) -> None:
    """A municipality number is text: 0301 must not become 301."""
    source = notebook(tmp_path, "print(repr(year), repr(kommune))")
    executed = run(source, tmp_path / "ut", engine=engine, year=2023, kommune="0301")
    assert printed(executed) == "2023 '0301'\n"


def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    mark = tmp_path / "kjørt"
    source = notebook(tmp_path, f"open({str(mark)!r}, 'w').close()")
    with pytest.raises(UsageError) as error:
        run(source, tmp_path / "ut", aar=2023)
    assert str(error.value).endswith(
        "1_prøve.ipynb: unknown parameter 'aar'; allowed: year, kommune"
    )
    assert not mark.exists()
    assert not (tmp_path / "ut").exists()


@WITH_BOTH
def test_a_failing_cell_is_named_with_its_heading_and_reason(tmp_path: Path, engine: str) -> None:
    source = notebook(tmp_path, "x = 1", "raise ValueError('tallet\\nmangler')")
    with pytest.raises(NotebookError) as error:
        run(source, tmp_path / "ut", engine=engine)
    assert str(error.value).endswith(
        "1_prøve.ipynb, cell 5 (Beregning): ValueError: tallet mangler"
    )
    assert list((tmp_path / "ut").iterdir()) == []


ENDS = {
    "import sys; sys.exit(0)": "SystemExit|did not run to its end",
    "raise SystemExit": "SystemExit|did not run to its end",
    "import os; os._exit(0)": "the kernel died",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "the kernel died",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
}
# Warm processes leave this one to the process that hands out the notebooks.
INTERRUPT = "import os, signal; os.kill(os.getpid(), signal.SIGINT); [0] * 10"


@pytest.mark.parametrize(
    ("engine", "cell", "reason"),
    [(engine, *case) for engine in ENGINES for case in ENDS.items()]
    + [(OWN_KERNEL, INTERRUPT, "KeyboardInterrupt")],
)
def test_a_cell_that_ends_the_run_early_is_an_error(
    tmp_path: Path, engine: str, cell: str, reason: str
) -> None:
    source = notebook(tmp_path, cell, "print('etter')")
    with pytest.raises(NotebookError, match=reason) as error:
        run(source, tmp_path / "ut", engine=engine)
    assert "1_prøve.ipynb" in str(error.value)
    assert "\n" not in str(error.value)
    assert list((tmp_path / "ut").iterdir()) == []


@WITH_BOTH
def test_a_cell_over_the_time_limit_is_an_error(tmp_path: Path, engine: str) -> None:
    source = notebook(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(NotebookError, match="a cell took more than 1 s"):
        run(source, tmp_path / "ut", timeout=1, engine=engine)


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


def test_a_long_path_to_the_temporary_folder_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of a socket may have about 100 characters."""
    long = tmp_path / ("m" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    source = notebook(tmp_path, "print(year)")
    assert printed(run(source, tmp_path / "ut")) == "2024\n"


def test_one_failing_notebook_fails_the_run_and_names_itself(tmp_path: Path) -> None:
    sources = [notebook(tmp_path, "x = 1", name=f"{n}_god") for n in (1, 2)]
    sources.append(notebook(tmp_path, "1 / 0", name="3_ond"))
    with pytest.raises(NotebookError, match=r"3_ond\.ipynb, cell 4 \(Beregning\): ZeroDivision"):
        run_notebooks(sources, {"year": 2024}, tmp_path / "ut", jobs=3)


@WITH_BOTH
def test_notebooks_side_by_side_share_no_folder_and_no_state(tmp_path: Path, engine: str) -> None:
    """Papermill changes the folder of the whole process when asked to; nothing here asks it to."""
    cells = ("import os; print(os.getcwd())", "print('felles' in globals()); felles = year")
    sources = [notebook(tmp_path, *cells, name=f"{n}_samtidig") for n in range(1, 7)]
    executed = run_notebooks(sources, {"year": 2024}, tmp_path / "ut", jobs=3, engine=engine)
    assert [path.name for path in executed] == [path.name for path in sources]
    assert {printed(path) for path in executed} == {f"{Path.cwd()}\nFalse\n"}


def test_the_bytes_are_the_same_however_many_run_at_a_time(tmp_path: Path) -> None:
    cells = ("import polars as pl; pl.DataFrame({'a': [1, 2]})", "print(year)")
    sources = [notebook(tmp_path, *cells, name=f"{n}_lik") for n in range(1, 4)]
    one = run_notebooks(sources, {"year": 2023}, tmp_path / "en", jobs=1)
    three = run_notebooks(sources, {"year": 2023}, tmp_path / "tre", jobs=3)
    warm = run_notebooks(sources, {"year": 2023}, tmp_path / "varm", jobs=2, engine=WARM)
    for first, *others in zip(one, three, warm, strict=True):
        assert [path.read_bytes() for path in others] == [first.read_bytes()] * 2
        text = first.read_text("utf-8")
        assert not re.search(r"start_time|end_time|duration|\d\d:\d\d:\d\d|papermill\"", text)
        assert str(tmp_path) not in text


@pytest.mark.parametrize("content", ["", "{}", "ikke json", '{"cells": [], "nbformat": 4}'])
def test_a_file_that_is_no_notebook_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "1_ødelagt.ipynb"
    path.write_text(content, "utf-8")
    with pytest.raises(NotebookError, match=r"1_ødelagt\.ipynb: cannot be read") as error:
        run(path, tmp_path / "ut")
    assert "\n" not in str(error.value)


def test_progress_tells_of_every_notebook(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    sources = [notebook(tmp_path, "x = 1", name=name) for name in ("1_a", "2_b")]
    run_notebooks(
        sources,
        {"year": 2024},
        tmp_path / "ut",
        jobs=1,
        progress=lambda name, state: told.append((name, state)),
    )
    assert told == [("1_a", "start"), ("1_a", "done"), ("2_b", "start"), ("2_b", "done")]


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
