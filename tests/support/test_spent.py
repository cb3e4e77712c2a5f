"""What took time is counted once, where it was done, and added up by name."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kommuneregnskap.support import spent
from kommuneregnskap.support.processes import apart
from kommuneregnskap.support.spent import Spent


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spent, "_found", [])


def burn(seconds: float) -> None:
    """Take that much of a processor, however long that lasts."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def counted_apart(seconds: float) -> None:
    with spent.stage("apart"):
        burn(seconds)


def by_name() -> dict[str, Spent]:
    return {f"{each.within}/{each.name}": each for each in spent.stages()[0]}


def test_a_stage_holds_what_was_done_in_it_by_it_and_by_threads() -> None:
    with spent.stage("one"):
        with spent.stage("inside"):
            burn(0.05)
        with ThreadPoolExecutor(1) as others:
            others.submit(spent.stage("beside")(burn), 0.05).result()
    found = by_name()
    assert list(found) == ["/one", "one/inside", "one/beside", f"/{spent.REST}"]
    assert min(found["one/inside"].cpu, found["one/beside"].cpu) >= 0.05
    assert round(found["/one"].cpu, 9) >= 0.09  # the clock of a process ticks every hundredth
    assert found["/one"].wall >= found["one/inside"].wall + found["one/beside"].wall


def test_stages_of_one_name_are_added_up_and_all_come_to_the_whole() -> None:
    for name in ("one", "two", "one"):
        with spent.stage(name):
            burn(0.02)
    stages, whole = spent.stages()
    assert [each.name for each in stages] == ["one", "two", spent.REST]
    assert sum(each.wall for each in stages) == pytest.approx(whole.wall)
    assert sum(each.cpu for each in stages) == pytest.approx(whole.cpu)
    assert stages[0].wall >= 0.04


def test_what_fails_took_its_time_too() -> None:
    with pytest.raises(ValueError, match="nei"), spent.stage("one"):
        raise ValueError("nei")
    assert list(by_name()) == ["/one", f"/{spent.REST}"]


def test_what_another_process_counted_is_told() -> None:
    with spent.measured("a notebook") as took:
        burn(0.05)
    assert [each.name for each in took] == ["a notebook"]
    assert spent.counted() == []
    with spent.stage("notebooks"):
        spent.told(took)
    assert by_name()["notebooks/a notebook"].cpu == took[0].cpu

    apart(counted_apart, 0.1)
    assert by_name()["/apart"].cpu >= 0.09
