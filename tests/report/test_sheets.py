"""Sheets for many units with real workers: made once, restartable, one failure stops nobody, nobody is named."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from distributed import Client

from kommuneregnskap import tables
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.run import OWN_KERNEL, run_notebooks
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.report import one_sheet, sheets
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from tests.helpers import tampering
from tests.helpers.projects import PROJECT, copy_project

pytestmark = pytest.mark.heavy

DEADLINE = 120.0  # seconds, on a slow machine
UNITS = ("6117", "6118", "6119", "6120", "6122")
FINE, FAILS, KILLS_ONCE, KILLS = "6117", "6118", "6119", "6120"
TROUBLE = """import os, pathlib, signal
mark = pathlib.Path(os.environ["KOMMUNEREGNSKAP_ROOT"]) / "drept"
assert unit != "{fails}", "dette arket\\nsvikter"
if unit == "{kills}" or (unit == "{once}" and not mark.exists()):
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)"""


def add_cell(project: Path, code: str) -> None:
    """Add a cell to the notebook of a sheet, before its check."""
    path = project / "notebooks/municipality.ipynb"
    notebook = notebooks.read(path)
    cell = notebooks.nbformat.v4.new_code_cell(code, id="uro")
    notebook.cells.insert(len(notebook.cells) - 1, cell)
    notebooks.write(notebook, path)


@dataclass(frozen=True)
class Troubled:
    """A project whose notebook fails for some units, and what two local processes made of it."""

    project: Path
    found: sheets.Sheets


@pytest.fixture(scope="module")
def troubled(module_folder: Path, demo_panel: Path, warm: Path) -> Iterator[Troubled]:
    project = module_folder / "prosjekt æøå"
    copy_project(project, demo_panel, warm)
    add_cell(project, TROUBLE.format(fails=FAILS, kills=KILLS, once=KILLS_ONCE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(project))
        found = sheets.make_sheets(asked(2024, source="demo"), units=",".join(UNITS), jobs=2)
        yield Troubled(project, found)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    opening.forget()


def test_one_failure_and_dead_workers_stop_nobody(troubled: Troubled) -> None:
    """The unit that killed its worker once was tried again; the one that always does is listed."""
    found = troubled.found
    assert set(found.failed) == {FAILS, KILLS}
    assert re.fullmatch(
        r".*municipality\.ipynb, cell \d+ \(Kontroll\): AssertionError: dette arket svikter",
        found.failed[FAILS],
    )
    assert found.failed[KILLS].startswith("the worker died each time it was tried")
    assert (found.made, found.kept) == (3, 0)
    assert (troubled.project / "drept").exists()
    names = {path.name for path in found.folder.iterdir()}
    beside = {"index.html", "manifest.json", "definisjoner.html"}
    assert names == {"6117.html", "6119.html", "6122.html"} | beside


def test_index_and_manifest_say_how_it_went(troubled: Troubled) -> None:
    manifest = json.loads((troubled.found.folder / "manifest.json").read_text("utf-8"))
    status = {row["ark"]: row["status"] for row in manifest["ark"]}
    assert [status[ark] for ark in UNITS] == ["ferdig", "feilet", "ferdig", "feilet", "ferdig"]
    assert {status[ark] for ark in status if ark not in UNITS} == {"ikke laget"}
    assert manifest["syntetisk"] is True
    index = (troubled.found.folder / "index.html").read_text("utf-8")
    assert re.findall(r'<a href="(\d+\.html)">', index) == ["6117.html", "6119.html", "6122.html"]
    assert "feilet: " in index
    assert "Syntetiske tall" in index


def test_a_sheet_has_the_bytes_of_one_from_a_kernel_of_its_own(
    troubled: Troubled, tmp_path: Path
) -> None:
    empty = dict.fromkeys(("data_dir", "panel", "assume"), "")
    parameters = {"year": 2024, "source": "demo", "scope": "kasse"} | empty
    survey = open_survey(**parameters)
    task = one_sheet.Task(FINE, parameters, one_sheet.basis(survey, parameters))
    (executed,) = run_notebooks(
        [one_sheet.notebook()], parameters | {"unit": FINE}, tmp_path, engine=OWN_KERNEL
    )
    page = one_sheet.rendered(notebooks.read(executed), survey, task)
    assert page == (troubled.found.folder / f"{FINE}.html").read_text("utf-8")
    other = one_sheet.Task(FINE, parameters, {**task.basis, "code": "0", "tables": "1"})
    assert one_sheet.make(other) == one_sheet.Outcome(differs="tables, code")


def test_nothing_on_a_demo_sheet_names_a_real_municipality(troubled: Troubled) -> None:
    """No name and no number of any year's register, no county, no exact number of inhabitants."""
    register = tables.read("kommune")
    counties = tables.read("fylke")
    # Words of the language that are also names are looked for as they would stand: with a capital.
    names = {*register["navn"], *counties["navn"]}
    numbers = set(register["kommunenummer"]) | set(counties["fylkeskommune"].drop_nulls())
    years = {str(year) for year in range(2015, 2031)}
    for path in sorted(troubled.found.folder.iterdir()):
        if path.name == "definisjoner.html":
            continue  # the tables' definitions, the same for every source
        assert path.stem not in numbers
        text = path.read_text("utf-8")
        words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
        found = {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words)}
        assert not found, path.name
        assert not (set(re.findall(r"(?<![\w,.])\d{4}(?![\w,])", words)) & (numbers - years)), (
            path.name
        )


def test_a_sheet_asks_nobody_for_anything(troubled: Troubled) -> None:
    page = (troubled.found.folder / "6117.html").read_text("utf-8")
    links = re.findall(r'(?:src|href)="([^"#]*)', page)
    assert {link for link in links if link} == {"index.html", "definisjoner.html"}
    assert "@import" not in page
    assert "<script" not in page
    assert page.count('role="img"') == 2
    assert 'role="note"' in page, "the banner"


def test_the_next_run_makes_what_is_missing_or_was_tampered_with_and_nothing_else(
    troubled: Troubled,
) -> None:
    folder = troubled.found.folder
    before = {
        path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.glob("6*.html")
    }
    (folder / "6122.html").unlink()
    tampering.flipped(folder / "6119.html", random.Random(2))
    (folder / ".6123.html.part").write_text("halvt", "utf-8")
    (folder / "999.html").write_text("en som ikke er med lenger", "utf-8")
    again = sheets.make_sheets(asked(2024, source="demo"), units="6117,6119,6122", jobs=1)
    assert (again.made, again.kept, again.failed) == (2, 1, {})
    after = {
        path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.glob("*.html")
    }
    assert set(before) | {"index.html", "definisjoner.html"} == set(after)
    assert all(after[name][1] == before[name][1] for name in ("6119.html", "6122.html"))
    assert after["6117.html"] == before["6117.html"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {row["ark"] for row in manifest["ark"] if row["status"] == "feilet"} == {FAILS, KILLS}


@pytest.mark.night
def test_a_sheet_that_was_tampered_with_is_made_again_to_the_same_bytes(troubled: Troubled) -> None:
    """Every one is asked for, and those that are whole are left alone."""
    folder = troubled.found.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    tampering.flipped(folder / "6117.html", random.Random(1))
    tampering.linked(folder / "6119.html")
    for name in ("index.html", "definisjoner.html"):
        tampering.foldered(folder / name)
    again = sheets.make_sheets(asked(2024, source="demo"), units="6117,6119,6122", jobs=1)
    assert (again.made, again.kept, again.failed) == (2, 1, {})
    assert not (folder / "6119.html").is_symlink()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_sheets_know_themselves_where_a_run_was_stopped_before_its_manifest(
    troubled: Troubled,
) -> None:
    folder = troubled.found.folder
    before = {path.name: path.read_bytes() for path in folder.glob("6*.html")}
    tampering.truncated(folder / "manifest.json")
    again = sheets.make_sheets(asked(2024, source="demo"), units=",".join(UNITS[::4]), jobs=1)
    assert (again.made, again.kept, again.failed) == (0, 2, {})
    assert {path.name: path.read_bytes() for path in folder.glob("6*.html")} == before


@pytest.mark.parametrize("count", [200, pytest.param(5000, marks=pytest.mark.night)])
def test_a_sheet_with_a_flipped_bit_is_not_the_one_that_was_made(
    troubled: Troubled, count: int
) -> None:
    file = troubled.found.folder / f"{FINE}.html"
    said = json.loads((troubled.found.folder / "manifest.json").read_text("utf-8"))
    key = one_sheet.key(said["grunnlag_sha256"], FINE)
    whole, chance = file.read_bytes(), random.Random(7)
    assert one_sheet.is_of(whole, key)
    assert not one_sheet.is_of(whole, one_sheet.key(said["grunnlag_sha256"], FAILS))
    for _ in range(count):
        content, bit = bytearray(whole), chance.randrange(8 * len(whole))
        content[bit // 8] ^= 1 << bit % 8
        assert not one_sheet.is_of(bytes(content), key), bit


def command(project: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kommuneregnskap", "sheets", *arguments],
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.mark.night  # by day a run that ended before its manifest, above
def test_ctrl_c_keeps_what_is_finished(project: Path, survey_2024: Survey) -> None:
    """As a terminal sends it: to the whole group of processes."""
    folder = project / "reports/2024/demo-ark"
    units = unit_sheet.sheets(survey_2024)["ark"].head(8)
    run = command(project, "--units", ",".join(units), "--jobs", "1")
    until(lambda: list(folder.glob("6*.html")) or run.poll() is not None)
    assert run.poll() is None, run.communicate()
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=DEADLINE)
    assert run.returncode == 130, said
    assert "finished sheets are kept, the same command goes on" in said[1]
    assert "Traceback" not in said[1]
    finished = sorted(path.name for path in folder.glob("6*.html"))
    assert 1 <= len(finished) < 8
    assert (folder / "index.html").is_file()
    run = command(project, "--units", "6117,6118", "--jobs", "1")
    said = run.communicate(timeout=DEADLINE)
    assert run.returncode == 0, said
    kept = len({"6117.html", "6118.html"} & set(finished))
    assert f"{2 - kept} made, {kept} unchanged, 0 failed" in said[0]


# As docs/scale.md has it: without the second dask's web server listens to everybody.
ON_THE_MACHINE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


@contextmanager
def cluster(folder: Path, project: Path, workers: int) -> Iterator[str]:
    """A dask scheduler and its workers on loopback, as a user starts them; gives the address."""
    where = folder / "scheduler.json"
    env = os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)}
    start = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen(
            [*start, "scheduler", *ON_THE_MACHINE, "--port", "0", "--scheduler-file", str(where)],
            env=env, cwd=folder, start_new_session=True, **quiet,
        )
    ]  # fmt: skip
    try:
        until(where.is_file)
        address = json.loads(where.read_text("utf-8"))["address"]
        processes += [
            subprocess.Popen(
                [*start, "worker", address, *ON_THE_MACHINE, "--nthreads", "1", "--local-directory", str(folder)],
                env=env, cwd=folder, start_new_session=True, **quiet,
            )
            for _ in range(workers)
        ]  # fmt: skip
        yield address
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)


def ports(address: str) -> list[int]:
    """The ports that a scheduler and its first worker listen on."""
    with Client(address) as client:
        client.wait_for_workers(1)
        info = client.scheduler_info()
    worker = next(iter(info["workers"].values()))
    served = [*info["services"].values(), *worker["services"].values()]
    talking = [info["address"], worker["nanny"], *info["workers"]]
    return [*served, *(int(each.rpartition(":")[2]) for each in talking)]


def test_a_cluster_as_the_notes_start_it_listens_on_the_machine_itself(tmp_path: Path) -> None:
    """127.0.0.2 is this machine too: only what listens to everybody answers there."""
    notes = (PROJECT / "docs/scale.md").read_text("utf-8")
    (scheduler,) = re.findall(r"^\.venv/bin/dask scheduler (.*)$", notes, re.MULTILINE)
    (worker,) = re.findall(r"^\.venv/bin/dask worker (.*)$", notes, re.MULTILINE)
    assert shlex.split(scheduler) == [*ON_THE_MACHINE[:3], "127.0.0.1:8787"]
    assert shlex.split(worker)[1:5] == [*ON_THE_MACHINE]
    with cluster(tmp_path, tmp_path, 1) as address:
        found = ports(address)
        assert len(found) == 5
        for port in found:
            socket.create_connection(("127.0.0.1", port), timeout=DEADLINE).close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port), timeout=DEADLINE)


def test_a_dask_cluster_gives_the_same_and_survives_a_dead_worker(
    troubled: Troubled, tmp_path: Path
) -> None:
    """The unit that kills its worker the first time is given to the other one, or to the worker's successor."""
    folder = troubled.found.folder
    local = {path.name: path.read_bytes() for path in folder.glob("6*.html")}
    for path in folder.glob("6*.html"):
        path.unlink()
    (troubled.project / "drept").unlink(missing_ok=True)
    with cluster(tmp_path, troubled.project, 2) as address:
        found = sheets.make_sheets(
            asked(2024, source="demo"), units=f"{FINE},{FAILS},{KILLS_ONCE},6122", scheduler=address
        )
    assert set(found.failed) == {FAILS}
    assert (troubled.project / "drept").exists()
    assert found.made == 3
    assert {path.name: path.read_bytes() for path in folder.glob("6*.html")} == local


def test_a_scheduler_that_does_not_answer_is_told_within_seconds(project: Path) -> None:
    started = time.monotonic()
    with pytest.raises(
        UsageError, match=r"SCHEDULER is 'tcp://127\.0\.0\.1:9', and no dask scheduler"
    ) as error:
        sheets.make_sheets(asked(2024, source="demo"), units="6117", scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - started < 60
    assert "\n" not in str(error.value)
    with pytest.raises(UsageError, match="and no dask scheduler answers there"):
        sheets.make_sheets(asked(2024, source="demo"), units="6117", scheduler="ingen steder")


def test_dask_is_loaded_only_when_asked_for() -> None:
    code = "import sys, kommuneregnskap.report.sheets; print('distributed' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_a_unit_that_is_not_there_stops_before_anything_is_made(project: Path) -> None:
    with pytest.raises(
        UsageError, match="UNITS has '0301', which has no accounts in 2024; allowed: "
    ):
        sheets.make_sheets(asked(2024, source="demo"), units="6117,0301")
    assert not (project / "reports/2024/demo-ark").exists()


def test_delivered_accounts_are_named_and_carry_no_warning(invented: Path) -> None:
    """One municipality alone has its measures, and no place among others."""
    found = sheets.make_sheets(asked(2025, source="kostra", data_dir=str(invented)), jobs=1)
    assert (found.made, found.failed) == (1, {})
    page = (found.folder / "9901.html").read_text("utf-8")
    assert '<h1 class="resultat">9901 Oppdiktet, ' in page
    assert "yntetisk" not in page
    assert "Netto driftsresultat" in page
    assert not re.search(r"\b1 av 1\b", page), "nobody to be compared with"
    assert paths.reports() in found.folder.parents


def test_a_worker_tells_in_one_line_what_it_cannot_do(demo_panel: Path) -> None:
    made = one_sheet.make(one_sheet.Task("6117", {"year": 1901, "source": "demo"}, {}))
    assert made.differs.startswith("YEAR is 1901; the source demo has accounts for: 20")


def test_the_open_figures_have_sheets_too(ssb: object) -> None:
    survey = opening.open_survey(year=2024, source="ssb", scope="konsern")
    ark = unit_sheet.sheets(survey)["ark"]
    assert len(ark) > 300
    assert not unit_sheet.place(survey, ark[0]).is_empty()
