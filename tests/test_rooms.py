"""Sixteen rooms: a package imports only from those before it, and no KOSTRA code stands in Python."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import kommuneregnskap as kr
from kommuneregnskap.support import paths

ROOMS = [
    "support",
    "tables",
    "sources",
    "indicators",
    "controls",
    "survey",
    "estimates",
    "numbers",
    "verdicts",
    "sensitivity",
    "charts",
    "display",
    "notebooks",
    "mutants",
    "report",
    "cli",
]
SOURCE = paths.source_code()
FILES = sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a module's dotted name below the package; a package has the name of its folder."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES if path.parent != SOURCE}


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports name the room they are from"
            whole = {f"{node.module}.{a.name}" for a in node.names}
            found |= {name if within(name) in MODULES else str(node.module) for name in whole}
    return {within(name) for name in found if name.split(".")[0] == "kommuneregnskap"}


def within(name: str) -> str:
    return name.removeprefix("kommuneregnskap").removeprefix(".")


def test_a_room_imports_only_from_those_before_it() -> None:
    for name, path in MODULES.items():
        room = name.split(".")[0]
        assert room in ROOMS, f"{name} is in none of the rooms"
        for other in imported(path):
            assert other, f"{name} imports the whole package; name the room"
            at = ROOMS.index(other.split(".")[0])
            assert at <= ROOMS.index(room), f"{name} imports {other}, from a later room"


def test_inside_a_room_there_are_no_circles() -> None:
    try:
        list(TopologicalSorter({n: imported(p) for n, p in MODULES.items()}).static_order())
    except CycleError as error:
        pytest.fail(f"imports go in a circle: {' -> '.join(error.args[1])}")


def test_only_rooms_stand_at_the_top() -> None:
    assert {path.name for path in FILES if path.parent == SOURCE} == {"__init__.py", "__main__.py"}
    assert {path.name for path in SOURCE.iterdir() if path.is_dir()} - {"__pycache__"} == {*ROOMS}


def test_tests_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    folders = {path.name for path in tests.iterdir() if path.is_dir()} - {"__pycache__"}
    assert set(ROOMS) <= folders
    assert folders - set(ROOMS) <= {"data", "helpers", "environment"}


def test_what_begins_with_an_underscore_is_its_module_s_own() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kommuneregnskap"):
                own = [each.name for each in node.names if each.name.startswith("_")]
                assert not own, f"{name_of(path)} imports {own[0]} of {node.module}"


def test_the_face_is_small_and_loads() -> None:
    assert len(dir(kr)) <= 34
    for name in dir(kr):
        assert getattr(kr, name) is not None


def test_no_kostra_code_stands_in_python() -> None:
    code = re.compile(
        r"['\"](?:AGD\d+|AGI\d+|FGK\d+\w?|KG\d+)['\"]|(?:art|funksjon|kapittel)['\"]\)? *== *['\"]\d{2,4}['\"]"
    )
    for path in FILES:
        assert not code.search(path.read_text(encoding="utf-8")), path


def test_public_functions_have_docstrings() -> None:
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
