"""What notebooks are run by, as papermill knows it: processes that stay, or a Jupyter kernel for each.

`warm` runs the cells in this process, in an IPython of their own (`shell`): no kernel starts, which takes longer than
most notebooks run. Anyone with this package can use it: `papermill --engine warm in.ipynb out.ipynb -p year 2023`.
`kernel` is papermill's own way, with kernels that know nothing of the user's settings (`kernels`). Both write the
same outputs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.engines import Engine, NBClientEngine
from traitlets.config import Config

from kommuneregnskap.notebooks.kernels import READ, QuietKernel, last_words

MAX_SOCKET_FOLDER = 70  # characters; the path of a socket may have about 100


class Warm(Engine):  # type: ignore[misc]
    """Runs the cells of a notebook in this process; what they change in it is put back afterwards."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, execution_timeout: int | None = None, **_: object
    ) -> None:
        """Run the cells until one fails, as papermill asks of an engine.

        Raises CellTimeoutError for a cell over the time limit, KeyboardInterrupt on Ctrl-C, RuntimeError inside
        another notebook.
        """
        from kommuneregnskap.notebooks import shell  # noqa: PLC0415 (every `import papermill` loads this module)

        with shell.fresh() as own:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    runs = cell.cell_type == "code" and cell.source.strip()
                    if runs and not shell.run(own, cell, execution_timeout or 0):
                        nb_man.cell_exception(cell, index)
                        break
                finally:
                    nb_man.cell_complete(cell, index)


class OwnKernel(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook in a kernel of its own, spoken to through files in a folder of its own."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the cells as papermill does.

        Raises DeadKernelError, RuntimeError for a kernel that did not start, both with what the kernel said of
        itself, and CellTimeoutError.
        """
        roomy = len(tempfile.gettempdir()) <= MAX_SOCKET_FOLDER
        with tempfile.TemporaryDirectory(
            prefix="kr-", dir=None if roomy else "/tmp", ignore_cleanup_errors=True
        ) as folder:
            options |= {
                "record_timing": False,
                "shutdown_kernel": "immediate",
                "config": Config({"KernelManager": {"connection_file": f"{folder}/k.json"}}),
                "kernel_manager_class": QuietKernel,
            }
            from kommuneregnskap.tables import reads  # noqa: PLC0415 (every `import papermill` loads this module)

            try:
                super().execute_managed_notebook(nb_man, kernel_name, **options)
                reads.note_told(Path(folder) / READ)
            except DeadKernelError:
                raise DeadKernelError(last_words(Path(folder))) from None
            except RuntimeError as error:
                raise RuntimeError(last_words(Path(folder)) or str(error)) from None
