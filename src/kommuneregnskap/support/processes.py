"""Who does the work of many like tasks: processes or threads of this machine, or a cluster of dask.

All are a `concurrent.futures` executor. What differs is how one starts, what a dead worker means, and who is there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any, Protocol, TypeVar

from kommuneregnskap.support.errors import KommuneregnskapError, UsageError

WAKE_UP = (
    0.2  # seconds; polars lets system calls resume after a signal, so a long wait would not see one
)
LET_GO = 10  # seconds that processes may take to end
ANSWER = 10  # seconds that a scheduler may take to answer
LONELY = 30  # seconds that a cluster may be without workers
AHEAD = 2  # tasks handed out per worker: none waits, and few are lost with a worker
DIED = "the worker died each time it was tried (killed, or out of memory)"
GONE = "the scheduler let the task go before it was done"
Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerError(KommuneregnskapError):
    """A worker ended in the middle of a task: killed, or out of memory."""


class Workers(Protocol):
    """Somebody to do tasks: `executor` takes them, `size` of them at a time."""

    executor: Executor
    size: int

    def renewed(self) -> None:
        """Be ready again after a worker died."""

    def missing(self) -> str:
        """Say why nobody works; empty where somebody does."""

    def close(self) -> None:
        """Let everybody go; tasks that have not begun are dropped."""


class Threads:
    """Threads of this process, for tasks that wait for what they start themselves."""

    def __init__(self, jobs: int) -> None:
        self.size = jobs
        self.executor: Executor = self._new()

    def _new(self) -> Executor:
        return ThreadPoolExecutor(self.size)

    def renewed(self) -> None:
        """Do nothing: a thread does not die."""

    def missing(self) -> str:
        """Return nothing: who dies breaks its task, and is seen there."""
        return ""

    def close(self) -> None:
        """Wait for the tasks under way, drop the others."""
        self.executor.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Do as `close`, but wait for nobody where the run was told to stop: they end with this process."""
        told = isinstance(sys.exception(), KeyboardInterrupt)
        self.executor.shutdown(wait=not told, cancel_futures=True)


class Processes(Threads):
    """Processes of this machine, started anew (not forked: polars has threads)."""

    def _new(self) -> Executor:
        return ProcessPoolExecutor(self.size, mp_context=get_context("spawn"), initializer=_begin)

    def renewed(self) -> None:
        """Start new processes in the place of those that are gone."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self._new()

    def stop(self) -> None:
        """Let everybody go at once, in the middle of a task if need be.

        Waits for the thread that looks after them: it gives back the system's semaphores, of which a warning would
        tell the user where this process ends first.
        """
        processes = list((getattr(self.executor, "_processes", None) or {}).values())
        keeper = getattr(self.executor, "_executor_manager_thread", None)
        self.executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        if keeper is not None:
            keeper.join(LET_GO)


def _begin() -> None:
    """Leave Ctrl-C to the process that hands out the tasks, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process that was killed cannot tell its workers, who would wait for tasks for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


class Cluster:
    """The workers of a dask.distributed scheduler.

    A task whose worker dies is given to another by the scheduler itself, as often as its setting
    `distributed.scheduler.allowed-failures` says. Raises UsageError where no scheduler answers, or none of its
    workers.
    """

    def __init__(self, address: str) -> None:
        from distributed import Client  # noqa: PLC0415 (only who asks for a cluster pays for it)

        self.address = address
        self.client: Any
        client: Any = Client  # its types say less than its documentation
        try:
            self.client = client(address, timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UsageError(
                f"SCHEDULER is {address!r}, and no dask scheduler answers there ({reason}); start one "
                "(dask scheduler) with workers (dask worker ADDRESS), or leave SCHEDULER out"
            ) from None
        try:
            self.client.wait_for_workers(1, timeout=ANSWER)
        except TimeoutError:
            self.client.close()
            raise UsageError(self._nobody()) from None
        self.executor: Executor = self.client.get_executor(pure=False)
        self.size = max(self._threads(), 1)
        self.waited = 0.0

    def _threads(self) -> int:
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return sum(int(worker["nthreads"]) for worker in workers.values())

    def _nobody(self) -> str:
        return (
            f"SCHEDULER is {self.address!r}, which has no workers; start some on machines with the same "
            f"project files: dask worker {self.address} --nthreads 1 --nworkers 2"
        )

    def renewed(self) -> None:
        """Do nothing: the scheduler gives the tasks of a dead worker to another."""

    def missing(self) -> str:
        """Say that no worker is left, when none has been for a while."""
        self.waited = 0.0 if self._threads() else self.waited + WAKE_UP
        return self._nobody() if self.waited > LONELY else ""

    def close(self) -> None:
        """Drop what has not begun, and let go of the scheduler, which goes on without us."""
        self.executor.shutdown(wait=False)
        self.client.close()


def hired(scheduler: str, jobs: int) -> Workers:
    """Return who does the work: a cluster where a scheduler is named, else `jobs` processes."""
    return Cluster(scheduler) if scheduler else Processes(jobs)


def done(
    workers: Workers, work: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[tuple[Task, Result | BaseException]]:
    """Do all tasks and give each with its result, or with what it raised, as they come.

    One that fails does not stop the others. Where a process dies, those it may have been working on are tried once
    more, one at a time, so that the one that kills its worker is found: that one is given with WorkerError.
    Raises UsageError when nobody is left to work.
    """
    waiting: deque[Task] = deque(tasks)
    suspects: deque[Task] = deque()
    pending: dict[Future[Result], Task] = {}
    tried_alone = False
    while waiting or suspects or pending:
        if suspects and not pending:
            tried_alone = True
            _submit(workers, work, suspects.popleft(), pending)
        while waiting and not suspects and not tried_alone and len(pending) < AHEAD * workers.size:
            _submit(workers, work, waiting.popleft(), pending)
        finished, _ = wait(pending, timeout=WAKE_UP, return_when=FIRST_COMPLETED)
        lost: list[Task] = []
        for future in finished:
            task = pending.pop(future)
            error = WorkerError(GONE) if future.cancelled() else future.exception()
            if isinstance(error, BrokenProcessPool):
                lost.append(task)
            else:
                yield task, (future.result() if error is None else _told(error))
        if lost:
            # The pool is broken: everything that was handed out is lost with it.
            lost += pending.values()
            pending.clear()
            workers.renewed()
            if tried_alone:
                yield lost[0], WorkerError(DIED)
            else:
                suspects.extend(lost)
        tried_alone = tried_alone and bool(pending)
        nobody = "" if finished else workers.missing()
        if nobody:
            raise UsageError(nobody)


def _submit(
    workers: Workers,
    work: Callable[[Task], Result],
    task: Task,
    pending: dict[Future[Result], Task],
) -> None:
    """Hand out a task; a pool that broke before it noticed is renewed first."""
    try:
        future = workers.executor.submit(work, task)
    except BrokenProcessPool:
        workers.renewed()
        future = workers.executor.submit(work, task)
    pending[future] = task


def _told(error: BaseException) -> BaseException:
    """Return what a task raised; what dask says of workers that died in it as WorkerError."""
    return WorkerError(DIED) if type(error).__name__ == "KilledWorker" else error
