"""Who makes the reports of a year: processes that run notebooks, and threads that compute and write beside them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from contextvars import copy_context
from functools import cached_property
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from kommuneregnskap.notebooks import WARM
from kommuneregnskap.notebooks.workers import notebook_workers
from kommuneregnskap.support import spent
from kommuneregnskap.support.processes import Ahead, Processes, Threads
from kommuneregnskap.survey.request import Request

NOTEBOOKS = "notebooks"  # the stage of a run (`spent`) that the processes which run them end in
P = ParamSpec("P")
Result = TypeVar("Result")


class Workshop:
    """Those who make one report after the other; nobody is there before there is something to do.

    The next report's notebooks run while the pages of the one before are written. With one job everything has its
    turn: that takes the least memory. engine: see `run.run_notebooks`.
    """

    def __init__(self, jobs: int, engine: str = WARM) -> None:
        self.jobs, self.engine = jobs, engine
        self._stopped = False
        self._drafts: list[ExitStack] = []

    @cached_property
    def workers(self) -> Threads:
        """Run notebooks, of one report after the other."""
        return notebook_workers(self.jobs, self.engine)

    @cached_property
    def _ahead(self) -> Ahead:
        return Ahead(self.workers)

    @cached_property
    def _beside(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)

    @cached_property
    def _writing(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)

    @property
    def _has_processes(self) -> bool:
        """Whether processes run the notebooks, free for other things before; not where little memory is to be used."""
        return self.jobs > 1 and isinstance(self.workers, Processes)

    def get_ready(self) -> None:
        """Have the processes that run notebooks load what each of these needs."""
        for _ in range(self.workers.size if self._has_processes else 0):
            self.workers.executor.submit(ready)

    def ahead(self, work: Callable[[Request], object], request: Request) -> None:
        """Have done now what is kept for a report that is not begun yet."""
        if self._has_processes:
            self._ahead.begin(work, request)

    def wait_for(self, request: Request) -> None:
        """Wait until what was to be done ahead for a report is."""
        if "_ahead" in vars(self):
            with spent.stage("what was computed ahead"):
                self._ahead.wait(request)

    def beside(
        self, work: Callable[P, Result], *given: P.args, **named: P.kwargs
    ) -> Future[Result]:
        """Have something done beside, one thing after the other, by the tables that are held here (`reader.held`)."""
        here = copy_context()
        return self._beside.submit(lambda: here.run(work, *given, **named))

    def draft(self, publishing: AbstractContextManager[Path]) -> tuple[Path, Callable[[], None]]:
        """Return the folder that a report is written to, and what has it replace the former one when it is complete.

        publishing: see `files.publishing`. What is not complete when everybody has gone is removed then: until that
        somebody may still write to it. Where the run was told to stop, nothing more is replaced.
        """
        left = ExitStack()
        folder = left.enter_context(publishing)
        self._drafts.append(left)

        def complete() -> None:
            if self._stopped:
                raise CancelledError
            left.close()

        return folder, complete

    def meanwhile(self, work: Callable[[], Result]) -> Future[Result]:
        """Have the pages of a report written while the next one is begun."""
        if self.jobs > 1:
            return self._writing.submit(work)
        done = Future[Result]()
        done.set_result(work())
        return done

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Let everybody go: when the reports under way are written, or at once where the run is told to stop."""
        if kind is None or issubclass(kind, Exception):
            self._leave("_writing")
        self._stopped = True
        if "workers" in vars(self):
            with spent.stage(NOTEBOOKS):
                self.workers.stop()
        self._leave("_beside", "_writing")
        for left in self._drafts:
            left.__exit__(CancelledError, CancelledError(), None)

    def _leave(self, *names: str) -> None:
        """Wait for these to do what they have to; from the moment on where nobody needs more, only what they are at."""
        for name in names:
            if name in vars(self):
                vars(self)[name].shutdown(wait=True, cancel_futures=self._stopped)


def ready() -> None:
    """Load what every notebook that is run in this process needs."""
    from kommuneregnskap.display import method, notebook  # noqa: F401, PLC0415
    from kommuneregnskap.notebooks import run, shell  # noqa: F401, PLC0415
