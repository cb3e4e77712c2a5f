"""A checkout without git, or made under other rules for line endings, is as good as any."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from tests.helpers import listing
from tests.helpers.environments import PROJECT

NOBODY = ("-c", "user.name=test", "-c", "user.email=test", "-c", "commit.gpgsign=false")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")


def git(folder: Path, *words: str) -> str:
    run = subprocess.run(
        ["git", *NOBODY, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return run.stdout


@needs_git
def test_without_git_the_same_files_are_the_projects(tmp_path: Path) -> None:
    """Where git answers, .gitignore read by hand says the same; so where it does not, no file escapes a test."""
    shutil.copy(PROJECT / ".gitignore", tmp_path)
    names = (
        "README.md .venv/bin/python .venv.lock src/a.py src/__pycache__/a.pyc data/demo/panel/x data/demo/x.csv"
        " data/raw/README.md data/raw/2025/x.txt reports/2024/demo/tall.csv reports/2024/demo/index.html"
        " reports/2023/demo/tall.csv reports/rapport-2024.png reports/x.png tests/data/a.pyc tests/.cache/x"
    )
    for name in names.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lenke").symlink_to("src")
    walked = listing.files(tmp_path)
    git(tmp_path, "init", "-q")
    assert listing.files(tmp_path) == walked
    assert {"README.md", "reports/2024/demo/tall.csv", "data/raw/README.md"} <= set(walked)
    assert not {".venv/bin/python", "reports/2024/demo/index.html"} & set(walked)


def test_this_checkout_is_listed_alike_with_and_without_git() -> None:
    assert listing.by_walking(PROJECT) == listing.files(PROJECT)


@needs_git
def test_line_endings_are_the_projects_whatever_git_is_told(tmp_path: Path) -> None:
    """Checksums are of bytes: a clone under the rules of Windows has the same."""
    ours, theirs = tmp_path / "a", tmp_path / "b"
    names = listing.files(PROJECT)
    for name in names:
        (ours / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, ours / name)
    git(ours, "init", "-q")
    git(ours, "add", "--all")
    git(ours, "commit", "-q", "--message", "all")
    assert "i/crlf" not in git(ours, "ls-files", "--eol")
    assert "i/mixed" not in git(ours, "ls-files", "--eol")
    git(tmp_path, "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "-q", "a", "b")
    for name in names:
        assert (theirs / name).read_bytes() == (PROJECT / name).read_bytes(), name
    assert os.access(theirs / ".ci/run", os.X_OK)


def committed(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--message", "all")


class TestContinuousIntegration:
    """.ci/run, with a make that does nothing, or leaves something behind."""

    def run(self, folder: Path, made: str = "", **machine: str) -> subprocess.CompletedProcess[str]:
        programs = folder.parent / "programmer"
        programs.mkdir(exist_ok=True)
        (programs / "make").write_text(f"#!/bin/sh\n{made}\n", "utf-8")
        (programs / "make").chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [".ci/run"], cwd=folder, env=os.environ | {"PATH": path} | machine,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        made = tmp_path / "prosjekt"
        (made / ".ci").mkdir(parents=True)
        shutil.copy(PROJECT / ".ci/run", made / ".ci")
        return made

    def test_it_fails_where_git_cannot_answer(self, folder: Path) -> None:
        run = self.run(folder)
        assert run.returncode == 1
        assert "git cannot say what changed here" in run.stderr

    @needs_git
    def test_it_fails_where_git_answers_for_another_folder(self, folder: Path) -> None:
        git(folder.parent, "init", "-q")
        assert self.run(folder).returncode == 1

    @needs_git
    @pytest.mark.parametrize("command", ["develop", "lint", "report", "test"])
    def test_it_fails_where_a_command_does(self, folder: Path, command: str) -> None:
        committed(folder)
        assert self.run(folder, f'[ "$1" != {command} ]').returncode == 1

    @needs_git
    def test_it_fails_where_something_is_left_behind(self, folder: Path) -> None:
        committed(folder)
        assert self.run(folder).returncode == 0
        assert self.run(folder, GIT_DIR="/ingen", GIT_INDEX_FILE="/ingen").returncode == 0
        run = self.run(folder, "touch rest")
        assert run.returncode == 1
        assert "?? rest" in run.stderr


def test_what_the_run_of_tests_sets_was_there_before_it_was_read() -> None:
    """Tests side by side have one thread each: polars looks once, when it is loaded."""
    told = os.environ.get("POLARS_MAX_THREADS")
    assert told or "PYTEST_XDIST_WORKER" not in os.environ
    assert pl.thread_pool_size() == int(told or len(os.sched_getaffinity(0)))


def test_what_is_tried_in_part_by_day_is_tried_whole_by_night() -> None:
    """A test that asks for fewer examples by day is selected by night too; so is one that asks through a fixture."""
    asking, lost = 0, []
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"))
        for part in module.body:
            if {"examples", "asked_for_all"}.isdisjoint(called(part)):
                continue
            asking += 1
            own = part if getattr(part, "name", "").startswith("test_") else module
            if not marks(own) | marks_of_all(module):
                lost.append(f"{path.name}:{part.lineno}")
    assert asking > 8
    assert lost == []


def called(part: ast.AST) -> set[str]:
    """Return the names of the functions that a piece of code calls."""
    return {
        node.func.id
        for node in ast.walk(part)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def marks(part: ast.AST) -> set[str]:
    """Return which of the markers that night selects stand in a piece of code."""
    return {
        node.attr
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    } & {"varied", "night"}


def marks_of_all(module: ast.Module) -> set[str]:
    """Return which of them all tests of a module have."""
    own = [
        part
        for part in module.body
        if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "pytestmark"
    ]
    return {mark for part in own for mark in marks(part)}
