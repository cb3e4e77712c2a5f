"""Every table as a file that is none: missing, of other signs, without an end; and a year that is no year."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kommuneregnskap import tables
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey.request import year_of
from kommuneregnskap.tables import published, reader
from kommuneregnskap.tables.schemas.controls import Respondent
from tests.helpers.examples import examples
from tests.helpers.outputs import said
from tests.helpers.projects import inside

NAMES = sorted(reader.ALLOWED_TABLES)
READ: dict[str, Callable[[], object]] = {
    **{name: lambda name=name: tables.read(name) for name in NAMES},  # type: ignore[misc]
    **{
        f"demo {name}": lambda name=name: reader.read_demo(name)  # type: ignore[misc]
        for name in sorted(reader.DEMO_TABLES)
    },
    "2024": lambda: published.read(2024),
}


def file_of(name: str) -> Path:
    if name.startswith("demo "):
        return paths.demo_tables(name.removeprefix("demo "))
    return paths.claims(name) if name.isdigit() else tables.file_of(name)


def on_line_2(content: bytes, odd: bytes) -> bytes:
    head, _, rest = content.partition(b"\n")
    return head + b"\n" + odd + (rest or b"x\n")


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "empty CSV"),
    "one line break": (lambda _: b"\n", "empty CSV"),
    "of the other encoding": (lambda own: on_line_2(own, b"\xe6"), ":2: not a readable table (not U"),
    "two bytes a sign": (lambda own: own.decode().encode("utf-16"), "not UTF-8"),
    "with a NUL": (lambda own: on_line_2(own, b"\x00"), ":2: not a readable table (the sign '\\x00'"),
    "with an escape": (lambda own: b"\x1b[2J" + own, ":1: not a readable table (the sign '\\x1b'"),
    "with a cell of 10 MB": (lambda own: on_line_2(own, b"x" * 10_000_000), ":2: not a readable table (field larger"),
    "with a quote without end": (lambda own: on_line_2(own, b'"'), ":2: not a readable table ("),
    "with a column twice": (lambda own: own.replace(b"\n", b",x,x\n", 1), "the column 'x' stands twice"),
    "with a column more": (lambda own: own.replace(b"\n", b",x\n"), "column 'x' is unknown"),
    "with a row of one field more": (lambda own: on_line_2(own, b","), ":2: not a readable table"),
    "with its first column in another name": (lambda own: b"x" + own, "is missing"),
}  # fmt: skip


DAY = 4  # by day one damage in so many of a table, others of the next


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A project folder with links to the tables."""
    for name in READ:
        own = file_of(name)
        link = tmp_path / own.relative_to(paths.root())
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(own)
    return tmp_path


@pytest.mark.varied
@pytest.mark.parametrize("name", READ)
def test_a_table_that_is_none_is_told_by_its_file(copies: Path, name: str) -> None:
    with inside(copies):
        path = file_of(name)
        whole, content = READ[name](), path.read_bytes()
        step = examples(DAY, 1)
        for damage in list(DAMAGES)[sorted(READ).index(name) % step :: step]:
            change, words = DAMAGES[damage]
            path.unlink()
            path.write_bytes(change(content))
            with pytest.raises(DataError) as error:
                READ[name]()
            line = str(error.value)
            # A single row of one column may be told by its rule as well.
            assert path.name in line, damage
            assert words in line or damage == "with a row of one field more", f"{damage}: {line}"
            assert line.isprintable(), damage
            assert len(line.partition(path.name)[2]) < 700, damage
        for same in (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), content + b"\n\n"):
            path.write_bytes(same)
            assert READ[name]().equals(whole), same[:20]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["kommune", "corrections", "2024"])
def test_what_stands_in_the_place_of_a_table_is_told(copies: Path, name: str) -> None:
    with inside(copies):
        path = file_of(name)
        path.unlink()
        for make in (
            Path.mkdir,
            os.mkfifo,
            lambda link: link.symlink_to(link.name),
            lambda link: link.symlink_to("ingen"),
        ):
            make(path)
            with pytest.raises(DataError, match=path.name) as error:
                READ[name]()
            assert "missing" not in str(error.value)
            path.rmdir() if path.is_dir() else path.unlink()


def test_a_line_is_that_of_the_file_also_after_blank_ones(tmp_path: Path) -> None:
    path = tmp_path / "respondenter.csv"
    path.write_bytes(b"region\n\n1103\n \n110\n")
    with pytest.raises(DataError, match=r"respondenter\.csv:5: region is '110'"):
        tables.read_csv(path, Respondent)


def test_a_file_of_published_numbers_that_is_named_by_no_year_is_told(copies: Path) -> None:
    (copies / "data/claims/20²5.csv").write_bytes(b"")
    with inside(copies), pytest.raises(DataError, match=r"20²5\.csv: is not named by a year"):
        published.years()


@pytest.mark.parametrize("year", [2024, "2024", " 2024\n", np.int64(2024), np.int32(2024)])
def test_a_year_in_any_kind_is_one(year: object) -> None:
    assert year_of(year) == 2024


@pytest.mark.parametrize(
    "year",
    [
        *(None, True, 2024.0, 2024.5, float("nan"), float("inf"), -2024, 0, 10**40, 10**5000),
        *("20²5", "٢٠٢٤", "２０２４", "", "2024.0", "+2024", "2_024", "2" * 100_000, b"2024"),
        *([2024], {}, np.float64(2024), np.array([2024, 2025])),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_no_year_is_told_in_a_line(year: object) -> None:
    with pytest.raises(UsageError, match="YEAR is") as error:
        year_of(year)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 620


@pytest.mark.parametrize("kind", ["nowhere", "a file", "not UTF-8", "a circle"])
@pytest.mark.parametrize(
    "words",
    [("validate",), ("tables", "--check"), ("notebooks", "--check"), ("demo",), ("report",)],
)
def test_a_project_folder_that_is_none_is_told(
    tmp_path: Path, kind: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "fil").write_text("x")
    (tmp_path / "sirkel").symlink_to("sirkel")
    name = {"nowhere": "ingen", "a file": "fil", "a circle": "sirkel"}.get(kind) or os.fsdecode(
        b"m\xe6ppe"
    )
    before = sorted(path.name for path in tmp_path.iterdir())
    run = said(tmp_path, *words, root=tmp_path / name)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: ")
    assert run.stderr.count("\n") == 1
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == before
