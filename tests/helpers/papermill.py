"""The papermill of the command line, as anyone with this package starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import PROJECT


def papermill(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run papermill in a folder, with the engines that pyproject.toml says the package brings."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = folder / "installert" / f"kommuneregnskap-{project['version']}.egg-info"
    installed.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{name} = {place}" for name, place in project["entry-points"]["papermill.engine"].items()
    ]
    (installed / "entry_points.txt").write_text("[papermill.engine]\n" + "\n".join(lines), "utf-8")
    path = [str(installed.parent), str(PROJECT / "src"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
        capture_output=True,
        text=True,
        check=False,
    )
