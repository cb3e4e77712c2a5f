"""The floor of a report, its notebooks' start and imports alone, for `make bench`:
python -m benchmarks.floor ENGINE."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.cases import PARAMETERS
from benchmarks.commands import EMPTY
from kommuneregnskap.notebooks.run import run_notebooks
from kommuneregnskap.support import paths

if __name__ == "__main__":
    empty = sorted((paths.root() / EMPTY).glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        run_notebooks(empty, PARAMETERS, Path(folder), jobs=2, engine=sys.argv[1])
