"""Who does the work of many like tasks: processes or threads of this machine, or a cluster of dask.

All are a `concurrent.futures` executor. What differs is how one starts, what a dead worker means, and who is there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import suppress
from functools import partial
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.util import Finalize
from pickle import PicklingError
from threading import Lock, Thread, local
from typing import Any, Protocol, TypeVar

from kommuneregnskap.support import spent
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
Hired = tuple[SpawnProcess, Any]  # a process and its pipe, of one class or another by system
Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerError(KommuneregnskapError):
    """A worker ended in the middle of a task: killed, or out of memory."""


class LostError(WorkerError):
    """A process of this machine did; another may be given the same task."""


class Workers(Protocol):
    """Somebody to do tasks: `executor` takes them, `size` of them at a time."""

    @property
    def executor(self) -> Executor:
        """Takes the tasks."""

    size: int

    def missing(self) -> str:
        """Say why nobody works; empty where somebody does."""

    def close(self) -> None:
        """Let everybody go; tasks that have not begun are dropped."""


class Threads:
    """Threads of this process, for tasks that wait for what they start themselves."""

    def __init__(self, jobs: int) -> None:
        self.size = jobs
        self.executor = self._new()

    def _new(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.size)

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

    executor: _Processes

    def _new(self) -> _Processes:
        return _Processes(self.size)

    def close(self) -> None:
        """Wait for the tasks under way, drop the others."""
        super().close()
        self.executor.end()

    def stop(self) -> None:
        """Let everybody go at once, in the middle of a task if need be."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor.end(at_once=True)
        self.executor.shutdown(wait=True)


class _Processes(ThreadPoolExecutor):
    """Threads that each hand their tasks to a process of their own, through a pipe.

    The processes of `concurrent.futures` share semaphores of the system, which not every machine has (/dev/shm) and
    which are left behind when all is killed; and where one dies, nobody knows which task it died of.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._own = local()
        self._everyone: list[Hired] = []
        self._starting = Lock()
        self._ended = False
        # Where a program ends without `end`, it would wait for processes that wait for tasks.
        Finalize(None, self.end, kwargs={"at_once": True}, exitpriority=1)

    def submit(self, work: Callable[..., Result], /, *args: Any, **named: Any) -> Future[Result]:
        """Have `work` done by the first process that is free. Its future raises LostError where that one dies."""
        return super().submit(self._handed_over, work, args, named)

    def _handed_over(self, *task: Any) -> Any:
        process, pipe = self._process()
        try:
            pipe.send(task)
            came_to_its_end, result = pipe.recv()
        except (EOFError, OSError):
            process.join(LET_GO)
            raise LostError(DIED) from None
        if not came_to_its_end:
            raise result
        return result

    def _process(self) -> Hired:
        """Return the process of this thread, a new one where there is none or it died."""
        own: Hired | None = getattr(self._own, "process", None)
        if own is not None and own[0].is_alive():
            return own
        with self._starting:
            if self._ended:
                raise LostError(GONE)
            # Ctrl-C is for the process that hands out the tasks: what a thread blocks, who it starts blocks from the
            # first. (The tracker that multiprocessing starts with the first process unblocks it in the end.)
            if sys.platform != "win32":  # on Windows `_serve` does what it can
                resource_tracker.ensure_running()
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            context = get_context("spawn")
            pipe, its = context.Pipe()
            process = context.Process(target=_serve, args=(its,))
            process.start()
            its.close()
            self._own.process = process, pipe
            self._everyone.append(self._own.process)
        return process, pipe

    def end(self, *, at_once: bool = False) -> None:
        """End the processes: when they have no task, or at once."""
        with self._starting:
            self._ended = True
        for process, pipe in self._everyone:
            if at_once:
                process.terminate()
            else:
                pipe.close()
        for process, _ in self._everyone:
            process.join(LET_GO)


def _serve(pipe: Connection) -> None:
    """Do the tasks that come through a pipe until it is closed, and say of each what came of it."""
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # nobody is there any more
        while True:
            work, args, named = pipe.recv()
            try:
                answer = True, work(*args, **named)
            except BaseException as error:  # raised where the result is asked for
                answer = False, error
            try:
                pipe.send(answer)
            except (AttributeError, TypeError, PicklingError) as error:
                pipe.send((False, error))


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
) -> Generator[tuple[Task, Result | BaseException], None, None]:
    """Do all tasks and give each with its result, or with what it raised, as they come.

    One that fails does not stop the others. One whose process died is tried once more when the others of these are
    done, and is then given with WorkerError. Where no more are asked for, nothing more begins. Raises UsageError when
    nobody is left to work.
    """
    waiting: deque[Task] = deque(tasks)
    again: deque[Task] = deque()
    pending: dict[Future[Result], Task] = {}
    alone = False
    try:
        while waiting or again or pending:
            while waiting and len(pending) < AHEAD * workers.size:
                task = waiting.popleft()
                pending[workers.executor.submit(work, task)] = task
            if again and not pending:
                alone, task = True, again.popleft()
                pending[workers.executor.submit(work, task)] = task
            finished, _ = wait(pending, timeout=WAKE_UP, return_when=FIRST_COMPLETED)
            for future in finished:
                task = pending.pop(future)
                error = WorkerError(GONE) if future.cancelled() else future.exception()
                if isinstance(error, LostError) and not alone:
                    again.append(task)
                else:
                    yield task, (future.result() if error is None else _told(error))
            nobody = "" if finished else workers.missing()
            if nobody:
                raise UsageError(nobody)
    finally:  # who stops asking wants nothing more begun
        for future in pending:
            future.cancel()


def apart(work: Callable[[Task], object], task: Task) -> None:
    """Do a task in a process that ends with it, so that what it took of memory is given back. Raises what it raised."""
    workers = Processes(1)
    try:
        for _, result in done(workers, partial(_for_its_own_sake, work), [task]):
            if isinstance(result, BaseException):
                raise result
            spent.told(result)
    finally:
        workers.stop()


def ended(future: Future[Result]) -> Future[Result]:
    """Return a future when it is done; a signal is seen meanwhile."""
    while not future.done():
        wait([future], timeout=WAKE_UP)
    return future


class Ahead:
    """Tasks whose results are kept, given to workers before anybody needs them.

    What goes wrong in it is nothing to anybody: whoever needs a result makes it, and meets the same.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._under_way: dict[object, Future[list[spent.Spent]]] = {}

    def begin(self, work: Callable[[Task], object], task: Task) -> None:
        """Have a task done."""
        self._under_way[task] = self._workers.executor.submit(_for_its_own_sake, work, task)

    def wait(self, task: object) -> None:
        """Wait until a task is done, where it was begun. What it took is told."""
        future = self._under_way.pop(task, None)
        if future is not None:
            ended(future)
            if future.exception() is None:
                spent.told(future.result())


def _for_its_own_sake(work: Callable[[Task], object], task: Task) -> list[spent.Spent]:
    """Do a task of which nothing comes back but the time it took: what it keeps is in the cache."""
    before = len(spent.counted())
    work(task)
    return spent.counted()[before:]


def _told(error: BaseException) -> BaseException:
    """Return what a task raised; what dask says of workers that died in it as WorkerError."""
    return WorkerError(DIED) if type(error).__name__ == "KilledWorker" else error
