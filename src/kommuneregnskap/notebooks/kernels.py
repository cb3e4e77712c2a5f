"""Kernels that are the same for everyone: this environment's Python, and none of the user's own settings.

A user may have another Python called `python3`, files that IPython runs at each start, settings of Jupyter and of
polars: all meant for their own work. In JupyterLab they hold; where a report is made or its numbers are checked they
would change what is written.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default

LOG, READ = "kernel.log", "read.txt"
TELL = "KOMMUNEREGNSKAP_READS"  # `reads.TELL`, which is slow to import
PERSONAL = (  # how variables of the environment begin that set how notebooks run, charts and frames look
    *("JUPYTER", "IPYTHON", "IPYKERNEL", "IPY_", "PYTHONSTARTUP", "MPL", "MATPLOTLIB"),
    *("POLARS_FMT", "POLARS_TABLE", "POLARS_VERBOSE", "POLARS_WARN", "POLARS_ENGINE"),
    *("POLARS_QUERY_MONITORING", "POLARS_IDEAL_MORSEL", "POLARS_MAX_EXPR"),
)
KERNEL = KernelSpec(
    argv=[
        *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
        "--HistoryManager.enabled=False",
    ],
    display_name="Python 3 (ipykernel)",
    language="python",
    metadata={"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
)


def impersonal() -> dict[str, str]:
    """Return the environment without what is the user's own way to look at things."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}


class ImpersonalKernel(KernelManager):
    """A kernel with no settings but its own, whatever the notebook calls it, spoken to through files.

    Not through network ports: a port found free may be taken by another kernel before this one binds it, and anyone
    on the machine can connect to a port. Where the system has no such files for it, it is a port of this machine.
    """

    @default("transport")
    def _transport_default(self) -> str:
        return "ipc" if zmq.has("ipc") else "tcp"

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernel there is."""
        return KERNEL

    def start_kernel(self, **options: object) -> Any:
        """Start the kernel; options as in jupyter_client. What it keeps goes beside its connection file."""
        return super().start_kernel(env=impersonal() | self._variables(), **options)

    def _variables(self) -> dict[str, str]:
        return {"IPYTHONDIR": str(Path(self.connection_file).with_name("ipython"))}


class QuietKernel(ImpersonalKernel, AsyncKernelManager):
    """One that tells what it reads of tables, and its own messages, in files beside its connection file."""

    async def start_kernel(self, **options: object) -> None:  # type: ignore[override]
        """Start the kernel; options as in jupyter_client."""
        with Path(self.connection_file).with_name(LOG).open("wb") as log:
            await super().start_kernel(stderr=log, **options)

    def _variables(self) -> dict[str, str]:
        return super()._variables() | {TELL: str(Path(self.connection_file).with_name(READ))}


def last_words(folder: Path) -> str:
    """Return the last line that a kernel in this folder wrote of itself; empty where it wrote nothing."""
    log = folder / LOG
    lines = log.read_text("utf-8", errors="replace").split("\n") if log.is_file() else []
    return next((line for line in reversed(lines) if line.strip()), "")
