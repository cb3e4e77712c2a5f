"""Runs notebooks with papermill, and publishes a folder only when everything in it is ready."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import papermill as pm
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks import warm
from kommuneregnskap.notebooks.engines import OWN_KERNEL, WARM
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.support.files import writing
from kommuneregnskap.support.files import alone
from kommuneregnskap.notebooks.errors import NotebookError, failed, one_line, refuse_unknown, unfinished

CELL_TIMEOUT = 600  # seconds; a cell of the report takes well under one
WAKE_UP = 0.2  # seconds
MAX_SOCKET_FOLDER = 70  # characters; the path of a socket may have about 100
KERNEL = "python3"
KERNEL_LOG = "kernel.log"
Progress = Callable[[str, str], None]


def run_notebooks(
    sources: Sequence[Path],
    parameters: Mapping[str, object],
    out_dir: Path,
    *,
    jobs: int = 3,
    timeout: int = CELL_TIMEOUT,
    engine: str = OWN_KERNEL,
    progress: Progress | None = None,
) -> list[Path]:
    """Execute notebooks with papermill, `jobs` at a time, and return the executed files in order.

    engine: with `kernel` each notebook gets a Jupyter kernel of its own; with `warm` papermill's parameters and
    cells are run in processes that stay, with a fresh namespace each (`warm`). The working folder is the caller's.
    What is written has the same bytes from run to run, and by either. `progress` is called with the name and
    `start` or `done`.

    Raises UsageError for a parameter that a notebook does not declare, before anything runs, and
    NotebookError when a notebook fails, times out, loses its kernel or leaves a cell unrun.
    """
    for source in sources:
        refuse_unknown(source, parameters)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    out_dir.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda _name, _state: None)
    if engine == WARM:
        made = warm.executed(sources, parameters, out_dir, jobs=jobs, timeout=timeout, tell=tell)
        found = {path.name: path for path in made}
        return [found[source.name] for source in sources]
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        futures = [
            pool.submit(_run_one, source, parameters, out_dir / source.name, timeout, tell)
            for source in sources
        ]
        _first_failure(futures)
        return [future.result() for future in futures]
    finally:
        # Not waiting: on an interrupt the kernels end with this process, see `interruptible`.
        pool.shutdown(wait=False, cancel_futures=True)


def _first_failure(futures: Sequence[Future[Path]]) -> None:
    """Wait for all, or for the first that fails; then let the running ones end and raise it.

    Wakes up now and then: polars lets system calls resume after a signal, so that a Ctrl-C would
    wait, unseen, until a notebook ends.
    """
    pending = set(futures)
    failed: list[Future[Path]] = []
    while pending and not failed:
        done, pending = wait(pending, timeout=WAKE_UP, return_when=FIRST_EXCEPTION)
        failed = [future for future in futures if future in done and future.exception()]
    if failed:
        for future in pending:
            future.cancel()
        wait([future for future in pending if not future.cancelled()])
        failed[0].result()


def _run_one(
    source: Path, parameters: Mapping[str, object], target: Path, timeout: int, tell: Progress
) -> Path:
    tell(source.stem, "start")
    roomy = len(tempfile.gettempdir()) <= MAX_SOCKET_FOLDER
    with tempfile.TemporaryDirectory(
        prefix="kr-", dir=None if roomy else "/tmp", ignore_cleanup_errors=True
    ) as folder:
        executed = _executed(source, parameters, timeout, Path(folder))
    _refuse_unrun(source, executed)
    notebooks.write(notebooks.normalise(executed), target)
    tell(source.stem, "done")
    return target


def _executed(
    source: Path, parameters: Mapping[str, object], timeout: int, folder: Path
) -> notebooks.Notebook:
    """Execute a notebook in a kernel of its own; `folder` holds the kernel's sockets and log."""
    name = shown_path(source)
    try:
        return pm.execute_notebook(
            str(source),
            None,
            parameters=dict(parameters),
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            execution_timeout=timeout,
            record_timing=False,
            shutdown_kernel="immediate",
            config=_kernel_settings(folder),
            kernel_manager_class=QuietKernel,
        )
    except PapermillExecutionError as error:
        raise failed(source, error.source, f"{error.ename}: {error.evalue}") from None
    except DeadKernelError:
        raise NotebookError(
            f"{name}: the kernel died (out of memory, or killed). {_last_words(folder)}".rstrip()
        ) from None
    except CellTimeoutError:
        raise NotebookError(f"{name}: a cell took more than {timeout} s") from None
    except RuntimeError as error:  # what jupyter_client raises when a kernel does not come up
        reason = _last_words(folder) or one_line(str(error))
        raise NotebookError(f"{name}: the kernel did not start: {reason}") from None


class QuietKernel(AsyncKernelManager):
    """A kernel whose own messages go to a file beside its connection file, not to the terminal."""

    async def start_kernel(self, **options: object) -> None:  # type: ignore[override]
        """Start the kernel; options as in jupyter_client."""
        with Path(self.connection_file).with_name(KERNEL_LOG).open("wb") as log:
            await super().start_kernel(stderr=log, **options)


def _kernel_settings(folder: Path) -> Config:
    """Return the settings of a kernel that is spoken to through files in a folder of its own.

    Not through network ports: a port found free may be taken by another kernel before this one binds
    it, and anyone on the machine can connect to a port.
    """
    return Config(
        {"KernelManager": {"transport": "ipc", "connection_file": str(folder / "k.json")}}
    )


def _last_words(folder: Path) -> str:
    """Return the last line that a kernel wrote of itself."""
    log = folder / KERNEL_LOG
    lines = log.read_text("utf-8", errors="replace").split("\n") if log.is_file() else []
    return one_line(next((line for line in reversed(lines) if line.strip()), ""))


def _refuse_unrun(source: Path, executed: notebooks.Notebook) -> None:
    """A cell that calls sys.exit(0) ends the kernel without an error: the cells after it never ran."""
    for number, cell in enumerate(executed.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        state = cell.metadata.get("papermill", {})
        if (
            cell.execution_count is None
            or state.get("status") != "completed"
            or state.get("exception")
        ):
            raise unfinished(source, number)


