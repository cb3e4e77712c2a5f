"""The two locks: what a report runs with, and what tests and linting need beside it; the same versions, all hashed."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec

import pytest

from tests.helpers.environments import PROJECT

LOCKS = ("requirements.lock", "requirements-dev.lock")
DEVELOPMENT = {"duckdb", "moto", "mypy", "nbval", "playwright", "pre-commit", "pytest", "ruff"}


def entries(name: str) -> dict[str, tuple[str, ...]]:
    """Return what a lock says of every package: version and condition, then hashes."""
    text = (PROJECT / name).read_text("utf-8").replace("\\\n", " ")
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        pin, *hashes = line.split(" --hash=")
        package = re.match(r"[A-Za-z0-9._-]+==\S+", pin)
        assert package, line
        found[pin.strip()] = tuple(sorted(each.strip() for each in hashes))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_and_hashed_and_no_index_is_named(name: str) -> None:
    locked = entries(name)
    assert len(locked) > 100
    for pin, hashes in locked.items():
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), pin
    text = (PROJECT / name).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^-|index", text, flags=re.MULTILINE)


def test_a_report_runs_with_the_versions_that_are_tested() -> None:
    run, dev = (entries(name) for name in LOCKS)
    assert {pin: dev.get(pin) for pin in run} == run
    assert {pin.split("==")[0] for pin in dev.keys() - run.keys()} >= DEVELOPMENT


def test_every_dependency_of_the_project_is_in_its_lock() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = project["optional-dependencies"]
    for lock, wanted in (
        (LOCKS[0], project["dependencies"] + extra["install"]),
        (LOCKS[1], project["dependencies"] + extra["install"] + extra["dev"]),
    ):
        locked = {pin.split("==")[0] for pin in entries(lock)}
        names = {re.split(r"[\[>=<]", each)[0] for each in wanted}
        assert names <= locked, f"{lock} lacks {sorted(names - locked)}; see CONTRIBUTING.md"


@pytest.mark.parametrize("name", LOCKS)
def test_what_nothing_here_uses_is_left_out(name: str) -> None:
    """Pyarrow is 170 MB: see pyproject.toml, [tool.uv]."""
    text = (PROJECT / name).read_text("utf-8")
    assert re.search(r"^pyarrow==\S+ ; sys_platform == 'never' ", text, flags=re.MULTILINE)
    assert find_spec("pyarrow") is None
