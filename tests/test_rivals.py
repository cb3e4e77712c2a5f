"""Every rival comes to what we come to, at a small size, and one that does not is refused before a time is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from nbformat import v4

from benchmarks import cases, national, rivals, rivals_notebooks
from benchmarks.__main__ import measured, run_notebooks
from kommuneregnskap.notebooks import files
from kommuneregnskap.sources.kostra import delivery, ledger

Key = tuple[str, str]
TOOLS = [by for by in rivals_notebooks.TOOLS if by]


@pytest.fixture(scope="module")
def loaded(demo_panel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the cases load, of the synthetic panel and of a few rows of hierarchies."""
    accounts = ledger.accept(delivery.read(demo_panel, 2024, "kasse"))
    poster, balanse = pl.collect_all([accounts.poster, accounts.balanse])
    rows = [national.account_rows(count, seed) for count, seed in ((3_000, 4), (300, 5))]
    without_balance = balanse.filter(pl.col("region") != balanse["region"][0])
    return {
        rivals.LEDGER: (some_files(demo_panel, tmp_path_factory.mktemp("filer")), [2024]),
        rivals.INDICATORS: [(2024, poster, without_balance)],
        rivals.HIERARCHIES: (*rows, national.hierarchies(), 1),
    }


def some_files(panel: Path, folder: Path) -> Path:
    """Copy account files of the panel, and nothing else that lies beside them."""
    (folder / "2024").mkdir()
    for path in sorted((panel / "2024").glob("*.txt"))[:60]:
        shutil.copy(path, folder / "2024")
    return folder


@pytest.mark.parametrize("key", rivals.RIVALS, ids=lambda key: rivals.named(*key))
def test_a_rival_comes_to_the_same(loaded: dict[str, Any], key: Key) -> None:
    own = rivals.RIVALS[key].own(loaded[key[0]])
    assert all(len(frame) > 1000 for frame in own)
    assert rivals.compare(rivals.RIVALS[key], loaded[key[0]]) == ""


def amount_changed(frame: pl.DataFrame) -> pl.DataFrame:
    last = frame.columns[-1]
    one = pl.int_range(pl.len()) == 7
    return frame.with_columns(pl.col(last) + one.cast(pl.Int64))


def code_changed(frame: pl.DataFrame) -> pl.DataFrame:
    place = pl.int_range(pl.len()) == 7
    return frame.with_columns(
        pl.when(place).then(pl.lit("0000")).otherwise("region").alias("region")
    )


SPOILT: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "an amount": (amount_changed, "1 of "),
    "a code": (code_changed, " rows differ, the first ("),
    "a row left out": (lambda frame: frame[1:], " rows, and "),
    "a row twice": (lambda frame: frame[[0, *range(1, len(frame) - 1), 0]], " rows differ"),
    "an amount missing": (
        lambda frame: frame.with_columns(
            pl.when(pl.int_range(pl.len()) != 7).then(pl.col(frame.columns[-1]))
        ),
        "1 of ",
    ),
    "another kind of number": (
        lambda frame: frame.with_columns(pl.col(frame.columns[-1]).cast(pl.Float64)),
        "columns {",
    ),
}


@pytest.mark.parametrize("key", rivals.RIVALS, ids=lambda key: rivals.named(*key))
def test_a_rival_that_gives_something_else_is_refused(loaded: dict[str, Any], key: Key) -> None:
    rival = rivals.RIVALS[key]
    gave, own = rival.frames(rival.run(rival.load(loaded[key[0]]))), rival.own(loaded[key[0]])
    # Each does its work once: what is spoilt is what it gave.
    rival = replace(rival, own=lambda _: own, load=lambda _: None, run=lambda _: None)
    for what, (spoil, words) in SPOILT.items():
        spoilt = replace(rival, frames=lambda _, spoil=spoil: [spoil(frame) for frame in gave])
        said = rivals.compare(spoilt, loaded[key[0]])
        assert words in said, what
        assert "\n" not in said, what
    assert rivals.compare(replace(rival, frames=lambda _: []), loaded[key[0]]).startswith(
        "0 frames"
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project folder whose one section notebook is three cells, run by ourselves."""
    folder = tmp_path_factory.mktemp("rivaler")
    lay_notebook(folder, "print(6 * 7)\nprint('to linjer')")
    executed(folder, rivals_notebooks.OURS)
    return folder


def lay_notebook(project: Path, check: str) -> None:
    cells = [v4.new_code_cell("year = 2024"), v4.new_code_cell("1 + 1"), v4.new_code_cell(check)]
    for number, (cell, tag) in enumerate(
        zip(cells, (files.PARAMETERS_TAG, "", files.CHECK_TAG), strict=True)
    ):
        cell.id, cell.metadata["tags"] = f"celle-{number}", [tag] if tag else []
    cells[-1].outputs = [v4.new_output("stream", name="stdout", text="lagret")]
    files.write(files.clean(v4.new_notebook(cells=cells)), project / "1_first.ipynb")
    rivals_notebooks.prepare(project, [project / "1_first.ipynb"])


def executed(project: Path, by: str) -> Path:
    rivals_notebooks.lay_out(project, by)
    subprocess.run(
        rivals_notebooks.command(project, by),
        check=True, capture_output=True, env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
    )  # fmt: skip
    return rivals_notebooks.folder_of(project, by) / "1_first.ipynb"


@pytest.mark.slow
@pytest.mark.parametrize("by", TOOLS)
def test_a_tool_executes_the_same_notebooks_and_what_it_says_otherwise_is_seen(
    project: Path, by: str
) -> None:
    rivals_notebooks.lay_out(project, by)
    unrun = rivals_notebooks.compare(project, by)
    assert unrun == "1_first.ipynb, check cell 1: '', and '42' here"
    path = executed(project, by)
    assert rivals_notebooks.compare(project, by) == ""
    notebook = files.read(path)
    output = notebook.cells[-1].outputs[0]
    output.text = output.text.replace("to linjer", "tre linjer")
    files.write(notebook, path)
    said = rivals_notebooks.compare(project, by)
    assert said == "1_first.ipynb, check cell 1: 'tre linjer', and 'to linjer' here"


def test_a_spoilt_result_of_a_rival_ends_the_run_in_one_line_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = (rivals.HIERARCHIES, "scipy sparse")
    (tmp_path / cases.ROWS).mkdir()
    for name, count, seed in (("kasse", 3_000, 4), ("saer", 300, 5)):
        rows = national.account_rows(count, seed)
        rows.write_parquet(tmp_path / cases.ROWS / f"{name}.parquet")
    rivals.refuse_unequal(tmp_path, [key])
    assert capsys.readouterr().out == f"{key[0]} by {key[1]}: the same as ours\n"
    sound = rivals.RIVALS[key]
    spoilt = replace(sound, run=lambda loaded: amount_changed(sound.run(loaded)))
    monkeypatch.setitem(rivals.RIVALS, key, spoilt)
    with pytest.raises(
        SystemExit, match=f"{key[0]} by {key[1]} gives something else: 1 of "
    ) as end:
        next(measured(tmp_path, [(key[0], ""), key]))
    assert "\n" not in str(end.value)
    assert capsys.readouterr().out == ""


@pytest.mark.night
def test_a_notebook_that_says_something_else_elsewhere_ends_the_run_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_notebook(tmp_path, "print(type(get_ipython()).__name__)")
    asked = [(rivals_notebooks.NOTEBOOKS, by) for by in ("", rivals_notebooks.PAPERMILL)]
    with pytest.raises(SystemExit, match="by papermill gives something else") as end:
        run_notebooks(asked, tmp_path)
    assert "check cell 1: 'ZMQInteractiveShell', and " in str(end.value)
    assert "\n" not in str(end.value)
    assert capsys.readouterr().out == ""  # no time of ours either
