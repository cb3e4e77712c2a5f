"""Those who make the reports of a year: one report is written while the next is begun, and what is begun is ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from kommuneregnskap.report.publish import Made
from kommuneregnskap.report.workshop import Workshop
from kommuneregnskap.report.year import publish_year
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.files import publishing
from kommuneregnskap.support.processes import Ahead, Processes
from kommuneregnskap.survey.request import Request, asked
from kommuneregnskap.tables import reader
from tests.helpers.projects import PROJECT

DEADLINE = 60


def pid(_asked: object = None) -> int:
    return os.getpid()


def marked(folder: Path) -> None:
    (folder / "made").write_text(str(os.getpid()), encoding="utf-8")


def failing(_folder: Path) -> None:
    raise UsageError("no")


def writing_slowly(folder: Path) -> None:
    """Write on and on, as long as nobody is stopped: each time into a folder that is made where it is gone."""
    for number in range(200):
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        (folder / "deep" / str(number)).touch()
        (folder / "begun").touch()
        time.sleep(0.05)


def wait_for(there: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def sources() -> list[str]:
    return [each.source for each in (asked(2024, source="ssb"), asked(2024, source="demo"))]


def test_what_is_done_beside_takes_the_tables_that_are_held_here(project: Path) -> None:
    table = project / "data/definitions/sections.csv"
    before = table.read_bytes()
    with Workshop(2) as workshop, reader.held():
        own = reader.read("sections")
        table.write_text("changed meanwhile\n", encoding="utf-8")
        assert workshop.beside(reader.read, "sections").result(DEADLINE).equals(own)
    with pytest.raises(DataError, match=r"sections\.csv"):
        reader.read("sections")
    table.write_bytes(before)


def test_a_report_is_written_while_the_next_one_is_begun(sources: list[str]) -> None:
    second_began, said = Event(), list[str]()

    def begin(request: Request, _workshop: Workshop) -> Callable[[], Made]:
        first = request.source == sources[0]
        said.append(f"begun {request.source}")
        if not first:
            second_began.set()

        def write() -> Made:
            assert second_began.wait(DEADLINE), "the second waits for the first"
            said.append(f"written {request.source}")
            raise UsageError("far enough") if not first else DataError(PROJECT, problem="no")

        return write

    with pytest.raises(UsageError, match="far enough"):
        publish_year(asked(2024), begin, jobs=2)
    assert said[:2] == [f"begun {name}" for name in sources]
    assert sorted(said[2:]) == sorted(f"written {name}" for name in sources)


def test_with_one_job_each_is_written_before_the_next_is_begun(sources: list[str]) -> None:
    said = list[str]()

    def begin(request: Request, _workshop: Workshop) -> Callable[[], Made]:
        said.append(f"begun {request.source}")

        def write() -> Made:
            said.append(f"written {request.source}")
            if request.source == sources[-1]:
                raise UsageError("far enough")
            return PROJECT, pl.DataFrame()

        return write

    with pytest.raises(UsageError, match="far enough"):
        publish_year(asked(2024), begin, jobs=1)
    assert said == [f"{what} {name}" for name in sources for what in ("begun", "written")]


def test_a_report_under_way_is_written_to_its_end_where_the_next_one_fails(
    sources: list[str],
) -> None:
    failed, written = Event(), list[str]()

    def begin(request: Request, workshop: Workshop) -> Callable[[], Made]:
        if request.source != sources[0]:
            failed.set()
            raise UsageError("the second cannot be made")

        def write() -> Made:
            assert failed.wait(DEADLINE)
            time.sleep(0.2)
            assert workshop.workers.executor.submit(pid).result(DEADLINE) != os.getpid()
            assert workshop.beside(pid).result(DEADLINE) == os.getpid()
            written.append(request.source)
            return PROJECT, pl.DataFrame()

        return write

    with pytest.raises(UsageError, match="the second cannot be made"):
        publish_year(asked(2024), begin, jobs=2)
    assert written == sources[:1]


def test_what_is_computed_ahead_is_waited_for_and_what_fails_is_nobodys_trouble(
    tmp_path: Path,
) -> None:
    workers = Processes(1)
    try:
        ahead = Ahead(workers)
        ahead.begin(marked, tmp_path)
        ahead.wait(tmp_path)
        assert int((tmp_path / "made").read_text("utf-8")) != os.getpid()
        ahead.begin(failing, tmp_path)
        ahead.wait(tmp_path)
        ahead.wait("never begun")
    finally:
        workers.stop()


def test_a_report_replaces_the_former_when_it_is_complete_and_one_that_is_not_is_gone(
    tmp_path: Path,
) -> None:
    for name in ("complete", "failed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "former").touch()
    drafts = list[Path]()

    def run() -> None:
        with Workshop(2) as workshop:
            done, complete = workshop.draft(publishing(tmp_path / "complete"))
            (done / "new").touch()
            complete()
            failed, _ = workshop.draft(publishing(tmp_path / "failed"))
            drafts.append(failed)
            workshop.workers.executor.submit(writing_slowly, failed)
            wait_for((failed / "begun").exists)
            raise UsageError("far enough")

    with pytest.raises(UsageError, match="far enough"):
        run()
    assert [path.name for path in (tmp_path / "complete").iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "failed").iterdir()] == ["former"]
    time.sleep(0.2)  # in which somebody who is still there would write
    assert [path.exists() for path in drafts] == [False]


def test_a_report_that_is_written_when_the_run_is_told_to_stop_replaces_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "report").mkdir()
    told, written = Event(), list[Future[None]]()

    def run() -> None:
        with Workshop(2) as workshop:
            draft, complete = workshop.draft(publishing(tmp_path / "report"))

            def write() -> None:
                (draft / "new").touch()
                told.set()
                time.sleep(0.5)
                complete()

            written.append(workshop.meanwhile(write))
            told.wait(DEADLINE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert isinstance(written[0].exception(), CancelledError)
    assert {path.name for path in tmp_path.iterdir()} == {"report", ".report.lock"}
    assert list((tmp_path / "report").iterdir()) == []


def test_nobody_is_there_before_there_is_something_to_do() -> None:
    with Workshop(3) as workshop:
        assert not {"workers", "_beside", "_writing"} & set(vars(workshop))
        workshop.wait_for(asked(2024, source="demo"))
        assert "workers" not in vars(workshop)
        assert workshop.meanwhile(lambda: 7).result(DEADLINE) == 7
        assert isinstance(vars(workshop)["_writing"], ThreadPoolExecutor)
