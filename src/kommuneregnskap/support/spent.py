"""Where the seconds of a run go: its stages one after the other, and what was done in each, by any process.

Always counted, since counting costs nothing; told where somebody asks (`stages`). Nothing of it is written to a file.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

REST = "the rest"


@dataclass(frozen=True)
class Spent:
    """What took time: a stage of the run (`within` is empty), or work that was done in one.

    wall: seconds from its beginning to its end; of work that is done side by side these add up to more than the
    stage's. cpu: seconds of processors; of a stage those of all threads and of every process that ended in it, of work
    those of its thread, or of the process that did it.
    """

    name: str
    within: str
    wall: float
    cpu: float


_BEGUN = time.perf_counter()
_found: list[Spent] = []
_open: list[str] = []  # the stage that the main thread is in, where it is in one


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the block as a stage of the run; inside another stage, or in another thread, as work done in that."""
    whole = not _open and _in_main()
    clock = _of_all if whole else time.thread_time
    wall, cpu = time.perf_counter(), clock()
    if whole:
        _open.append(name)
    try:
        yield
    finally:
        within = "" if whole else _now() or REST
        _found.append(Spent(name, within, time.perf_counter() - wall, clock() - cpu))
        if whole:
            _open.clear()


@contextmanager
def measured(name: str) -> Iterator[list[Spent]]:
    """Count the block for another process, or thread, to be told of: gives the list that will hold it.

    In the main thread it is all that this process does meanwhile, with what is started for it.
    """
    clock = _of_all if _in_main() else time.thread_time
    wall, cpu, own = time.perf_counter(), clock(), list[Spent]()
    yield own
    own.append(Spent(name, "", time.perf_counter() - wall, clock() - cpu))


def told(others: Collection[Spent]) -> None:
    """Count what another process has counted: as work done in the stage that this one is in, by whatever thread."""
    none = "" if _in_main() else REST  # only the main thread has stages of the run
    _found.extend(replace(each, within=_now() or each.within or none) for each in others)


def counted() -> list[Spent]:
    """Return what this process has counted, for `told` in another."""
    return list(_found)


def stages() -> tuple[list[Spent], Spent]:
    """Return the stages until now, those of one name added up, each before what was done in it, and the whole.

    What no stage has is the last of them, REST. The whole is since this module was imported, its cpu since the process
    began; of a system that does not tell what processes took that have ended, as much as the stages say.
    """
    added: dict[tuple[str, str], Spent] = {}
    for each in _found:
        before = added.get((each.within, each.name), Spent(each.name, each.within, 0, 0))
        both = replace(before, wall=before.wall + each.wall, cpu=before.cpu + each.cpu)
        added[each.within, each.name] = both
    own = [each for each in added.values() if not each.within]
    wall, cpu = (sum(getattr(each, kind) for each in own) for kind in ("wall", "cpu"))
    whole = Spent("", "", time.perf_counter() - _BEGUN, max(_of_all(), cpu))
    rest = Spent(REST, "", whole.wall - wall, whole.cpu - cpu)
    inner = [each for each in added.values() if each.within]
    found = [
        row
        for each in (*own, rest)
        for row in (each, *(one for one in inner if one.within == each.name))
    ]
    return found, whole


def _now() -> str:
    return "".join(_open[:1])


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _of_all() -> float:
    """Return the seconds of processors of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])
