"""Notebooks of a folder run by this program's own ways, for `make bench`: python -m benchmarks.run ENGINE FROM TO."""

from __future__ import annotations

import sys
from pathlib import Path

from kommuneregnskap.notebooks.run import run_notebooks

if __name__ == "__main__":
    engine, source, target = sys.argv[1:]
    run_notebooks(sorted(Path(source).glob("*.ipynb")), {}, Path(target), jobs=2, engine=engine)
