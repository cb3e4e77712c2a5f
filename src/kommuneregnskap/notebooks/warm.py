"""Runs notebooks in a few processes that stay warm: a fresh namespace for each, one start of Python for many.

Starting a kernel and importing what a notebook needs takes longer than most notebooks; see `inprocess`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.notebooks import inprocess
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.survey import opening
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.support.processes import Processes, WorkerError, done

Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class _Task:
    """A notebook to run: the file, its parameters, where it is written, seconds a cell may take."""

    source: Path
    parameters: dict[str, object]
    target: Path
    timeout: int


def executed(
    sources: Sequence[Path],
    parameters: Mapping[str, object],
    out_dir: Path,
    *,
    jobs: int,
    timeout: int,
    tell: Progress,
) -> Iterator[Path]:
    """Execute notebooks and give the written files as they are finished; the bytes are those of `run`'s kernels.

    Raises NotebookError when a notebook fails, takes too long or ends its process; nothing more is begun then.
    """
    workers = Processes(max(1, min(jobs, os.cpu_count() or 1, len(sources))))
    tasks = [_Task(source, dict(parameters), out_dir / source.name, timeout) for source in sources]
    try:
        for source in sources:
            tell(source.stem, "start")
        for task, result in done(workers, _execute, tasks):
            if isinstance(result, WorkerError):
                raise NotebookError(
                    f"{shown_path(task.source)}: the kernel died (out of memory, or killed)."
                )
            if isinstance(result, BaseException):
                raise result
            tell(task.source.stem, "done")
            yield task.target
    finally:
        workers.stop()


def _execute(task: _Task) -> None:
    opening.keep_open(json.dumps(task.parameters, sort_keys=True, default=str))
    try:
        notebook = inprocess.execute(task.source, task.parameters, timeout=task.timeout)
    except KeyboardInterrupt:  # of the notebook's own: the one of the keyboard does not reach here
        raise NotebookError(f"{shown_path(task.source)}: KeyboardInterrupt in a cell") from None
    notebooks.write(notebook, task.target)
