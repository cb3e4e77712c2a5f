"""Runs a notebook inside this process: the same outputs as a kernel of its own, without its start.

A kernel takes seconds to start, most notebooks take tenths to run. Here IPython itself runs the cells, in a
namespace of their own and with displays as a kernel has them; what modules keep between notebooks (display
settings, counters of names, warnings already given) is put back, so that the bytes are those of a fresh kernel.
Code that ends its process ends this one: `run.run_notebooks` uses processes that may.
"""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from threading import RLock, Timer, current_thread, main_thread
from traceback import format_exception
from typing import Any

import altair as alt
import polars as pl
from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbclient.exceptions import CellTimeoutError
from nbformat import v4
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from kommuneregnskap.notebooks.kernels import impersonal

ONE_AT_A_TIME = RLock()  # standard output and IPython's shell are the process's own


def run(shell: Any, cell: Any, limit: int) -> bool:
    """Run a cell in a shell, put its output in it, and return whether it came to its end.

    limit: seconds it may take, where this is the main thread of the process (0: as long as it likes). An error is
    put out as a kernel does. Raises CellTimeoutError for a cell over its limit, KeyboardInterrupt on Ctrl-C.
    """
    outputs: _Outputs = shell.outputs
    outputs.begin(shell.execution_count)
    with _limited(limit):
        result = shell.run_cell(cell.source, store_history=True)
    cell.outputs, cell.execution_count = outputs.found, outputs.count
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return True
    if isinstance(error, _TooLongError):
        raise CellTimeoutError.error_from_timeout_and_cell("", limit, cell)
    if isinstance(error, KeyboardInterrupt):
        raise error
    kind, within = type(error), error.__traceback__
    lines = format_exception(kind, error, within.tb_next if within else None)  # not IPython's own
    text = [line.rstrip("\n") for line in lines]
    cell.outputs.append(
        v4.new_output("error", ename=kind.__name__, evalue=str(error), traceback=text)
    )
    return False


class _TooLongError(BaseException):
    """A cell over its time limit; no `except Exception` of a notebook catches it."""


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Interrupt what takes longer, once it is back in Python."""
    if not seconds or current_thread() is not main_thread():
        yield
        return
    if sys.platform == "win32":  # which has no alarm
        timer = Timer(seconds, _raise_in_main_thread)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        return

    def over(_number: int, _frame: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _raise_in_main_thread() -> None:
    """Raise _TooLongError in the main thread from another one."""
    thread, error = ctypes.c_ulong(main_thread().ident or 0), ctypes.py_object(_TooLongError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


class _Outputs:
    """What a cell puts out, in order; text written in pieces is one output."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.named: dict[str, list[Any]] = {}
        self.count = 0
        self.clears = False

    def begin(self, count: int) -> None:
        self.found, self.count, self.clears = [], count, False

    def add(self, output: Any, name: str = "") -> None:
        if self.clears:
            self.clear(wait=False)
        if name:
            self.named.setdefault(name, []).append(output)
        for last in reversed(self.found):
            if last.output_type != "stream" or output.output_type != "stream":
                break
            if last.name == output.name:  # a kernel keeps the two streams apart between displays
                last.text += output.text
                return
        self.found.append(output)

    def update(self, output: Any, name: str) -> None:
        for shown in self.named.get(name, []):
            shown.data, shown.metadata = output.data, output.metadata

    def clear(self, *, wait: bool) -> None:
        self.clears = wait
        if not wait:
            self.found = []


class _Text(io.TextIOBase):
    """Standard output or error of the cells."""

    encoding = "utf-8"

    def __init__(self, outputs: _Outputs, name: str) -> None:
        self.outputs, self.stream = outputs, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self.outputs.add(v4.new_output("stream", name=self.stream, text=text))
        return len(text)


class _Published(DisplayPublisher):
    """What `display` shows, and shows anew."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        shown = v4.new_output("display_data", _plain(data), metadata=metadata or {})
        name = (transient or {}).get("display_id", "")
        outputs: _Outputs = self.shell.outputs
        if update:
            outputs.update(shown, name)
        else:
            outputs.add(shown, name)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait=wait)


class _Hook(DisplayHook):
    """What the last expression of a cell gives."""

    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shown = v4.new_output(
            "execute_result",
            _plain(format_dict),
            metadata=md_dict or {},
            execution_count=self.shell.outputs.count,
        )
        self.shell.outputs.add(shown)

    def finish_displayhook(self) -> None:
        self._is_active = False


def _plain(data: Any) -> Any:
    return json_clean(encode_images(data))  # type: ignore[no-untyped-call]


class _Shell(InteractiveShell):
    """IPython as a kernel has it: displays in every format, no history, nothing kept on disk."""

    display_pub_class = Type(_Published)
    displayhook_class = Type(_Hook)
    outputs = AnyTrait()

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Show nothing: `run` puts out what failed; a coloured traceback takes longer than a notebook."""

    showsyntaxerror = showtraceback


@contextmanager
def fresh() -> Iterator[Any]:
    """Give a new shell, and put back afterwards what it and the cells changed in this process.

    Raises RuntimeError inside another notebook.
    """
    with ONE_AT_A_TIME, ExitStack() as stack:
        if InteractiveShell.initialized():
            raise RuntimeError("a notebook cannot be run inside another one; use a process for it")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kr-"))
        stack.enter_context(_modules())
        stack.enter_context(pl.Config(restore_defaults=True))
        settings: Any = (alt.renderers, alt.data_transformers, alt.theme)
        for setting in settings:
            stack.enter_context(setting.enable("default"))
        stack.enter_context(_surroundings())
        outputs = _Outputs()
        quiet = Config({"HistoryManager": {"enabled": False}})
        shell = _Shell.instance(config=quiet, ipython_dir=folder)
        stack.callback(_Shell.clear_instance)
        stack.callback(shell.restore_sys_module_state)
        shell.outputs = outputs
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(redirect_stdout(_Text(outputs, "stdout")))
        stack.enter_context(redirect_stderr(_Text(outputs, "stderr")))
        yield shell


@contextmanager
def _modules() -> Iterator[None]:
    """IPython puts its namespace in the place of the program's own module: that is put back."""
    main, path = sys.modules["__main__"], list(sys.path)
    try:
        yield
    finally:
        sys.modules["__main__"], sys.path[:] = main, path


@contextmanager
def _surroundings() -> Iterator[None]:
    """The working folder, the environment and an empty standard input, as a kernel has them."""
    folder, variables, typed = Path.cwd(), dict(os.environ), sys.stdin
    sys.stdin = io.StringIO()
    for name in variables.keys() - impersonal().keys():
        del os.environ[name]
    try:
        yield
    finally:
        sys.stdin = typed
        os.chdir(folder)
        if dict(os.environ) != variables:
            os.environ.clear()
            os.environ.update(variables)
