"""Runs notebooks: papermill's parameters and cells, one or many at a time, the same bytes from run to run."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import papermill as pm  # first: it loads `engine` itself, as an entry point, in the middle of its own import
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from kommuneregnskap.notebooks import OWN_KERNEL, WARM, files
from kommuneregnskap.notebooks.engine import OwnKernel, Warm
from kommuneregnskap.notebooks.errors import NotebookError, failed, one_line, refuse_before_running
from kommuneregnskap.notebooks.workers import notebook_workers
from kommuneregnskap.support import spent
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.support.processes import Threads, WorkerError, done
from kommuneregnskap.survey import opening
from kommuneregnskap.tables import reader, reads

CELL_TIMEOUT = 600  # seconds; a cell of the report takes well under one
DIED = "the kernel died (out of memory, or killed)."
Progress = Callable[[str, str], None]
Read = Callable[[str, dict[str, str] | None], None]

papermill_engines.register(WARM, Warm)
papermill_engines.register(OWN_KERNEL, OwnKernel)


@dataclass(frozen=True)
class Task:
    """A notebook to run: the file, its parameters, by what, where it is written, seconds a cell may take."""

    source: Path
    parameters: dict[str, object]
    engine: str
    target: Path
    timeout: int


def run_notebooks(
    sources: Sequence[Path],
    parameters: Mapping[str, object],
    out_dir: Path,
    *,
    jobs: int = 3,
    timeout: int = CELL_TIMEOUT,
    engine: str = WARM,
    workers: Threads | None = None,
    progress: Progress | None = None,
    read: Read | None = None,
) -> list[Path]:
    """Execute notebooks, `jobs` at a time, and return the executed files in order.

    engine: `warm`, in a few processes that stay, or `kernel`, in a Jupyter kernel for each (`engine`). The bytes are
    the same by either and from run to run. The working folder is the caller's. workers: who runs them, where somebody
    stands ready, who stays; else `jobs` are hired for it. timeout: seconds a cell may take.
    `progress` is called with the name and `start` or `done`, `read` before that with the name of the file and the
    tables that it read: name → sha256, None where one of them became another meanwhile.

    Raises UsageError for a parameter that a notebook does not declare, before anything runs, and
    NotebookError when a notebook fails, times out, loses its kernel or leaves a cell unrun: nothing more begins then.
    """
    for source in sources:
        refuse_before_running(source, parameters)
    out_dir.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda _name, _state: None)
    tasks = [Task(s, dict(parameters), engine, out_dir / s.name, timeout) for s in sources]
    own = workers or notebook_workers(min(jobs, len(tasks)), engine)
    try:
        for task in tasks:
            tell(task.source.stem, "start")
        with closing(done(own, write, tasks)) as came:
            for task, result in came:
                refuse_failed(task, result)
                if isinstance(result, tuple):
                    names, took = result
                    spent.told(took)
                    if read is not None:
                        read(task.source.name, names)
                tell(task.source.stem, "done")
    finally:
        if workers is None:
            own.stop()
    return [task.target for task in tasks]


def refuse_failed(task: Task, result: object) -> None:
    """Raise what came of a task, where that is an error; NotebookError where its process died."""
    if isinstance(result, WorkerError):
        raise NotebookError(f"{shown_path(task.source)}: {DIED}")
    if isinstance(result, BaseException):
        raise result


def write(task: Task) -> tuple[dict[str, str] | None, list[spent.Spent]]:
    """Do a task: execute its notebook and write what it is then. Raises as `execute`.

    Tables are taken as they stand when it begins. Returns which it read, and what it took.
    """
    with spent.measured(task.source.stem) as took:
        names = _write(task)
    return names, took


def _write(task: Task) -> dict[str, str] | None:
    if task.engine == WARM:  # a process of its own, that may keep what the next notebook asks for
        opening.keep_open(json.dumps(task.parameters, sort_keys=True, default=str))
    try:
        with reader.held(), reads.noted() as found:
            executed = execute(
                task.source, task.parameters, engine=task.engine, timeout=task.timeout
            )
    except KeyboardInterrupt:  # of the notebook's own: the one of the keyboard does not reach here
        raise NotebookError(f"{shown_path(task.source)}: KeyboardInterrupt in a cell") from None
    files.write(executed, task.target)
    return None if found.changed else found.hashes()


def execute(
    source: Path,
    parameters: Mapping[str, object],
    *,
    engine: str = WARM,
    timeout: int = CELL_TIMEOUT,
) -> files.Notebook:
    """Execute a notebook with papermill and return it, normalised; `warm` runs it in this process.

    timeout: seconds a cell may take (in this process: where this is its main thread; 0: as long as it likes).
    Raises UsageError for a parameter that the notebook does not declare, NotebookError, naming notebook and cell,
    when a cell fails or ends the run, KeyboardInterrupt on Ctrl-C.
    """
    refuse_before_running(source, parameters)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    name = shown_path(source)
    try:
        executed = pm.execute_notebook(
            str(source),
            None,
            parameters=dict(parameters),
            engine_name=engine,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=timeout,
        )
    except PapermillExecutionError as error:
        raise failed(source, error.source, f"{error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise NotebookError(f"{name}: a cell took more than {timeout} s") from None
    except DeadKernelError as error:
        raise NotebookError(f"{name}: {DIED} {one_line(str(error))}".rstrip()) from None
    except RuntimeError as error:  # what jupyter_client raises when a kernel does not come up
        raise NotebookError(f"{name}: the kernel did not start: {one_line(str(error))}") from None
    _refuse_unrun(source, executed)
    return files.normalise(executed)


def _refuse_unrun(source: Path, executed: files.Notebook) -> None:
    """A cell that calls sys.exit(0) ends the run without an error: the cells after it never ran."""
    for cell in executed.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None or cell.metadata.papermill.status != "completed":
            raise failed(source, cell.source, "the cell did not run to its end")
