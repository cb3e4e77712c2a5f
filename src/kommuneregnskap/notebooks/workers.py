"""Who runs notebooks; apart from how these are run, which takes a second to import."""

from __future__ import annotations

import os

from kommuneregnskap.notebooks import OWN_KERNEL
from kommuneregnskap.support.processes import Processes, Threads


def notebook_workers(jobs: int, engine: str) -> Threads:
    """Return who runs `jobs` notebooks at a time, no more processes than this machine has processors."""
    if engine == OWN_KERNEL:  # each is a process already, and threads of this one wait for them
        return Threads(max(1, jobs))
    return Processes(max(1, min(jobs, os.cpu_count() or 1)))
