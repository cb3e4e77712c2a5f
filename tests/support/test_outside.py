"""Text from outside in cells of CSV, in Markdown and on terminals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import mistune
import polars as pl
import pytest
import typst

from kommuneregnskap.report.editions.pdf import typst_text
from kommuneregnskap.support import outside
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import plain_csv
from tests.helpers import hostile
from tests.helpers.projects import PROJECT

SIGNS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("text", hostile.FORMULAS)
def test_no_cell_begins_as_a_formula_however_a_spreadsheet_parts_the_line(text: str) -> None:
    line = outside.text_cells(pl.DataFrame({"a": [1], "b": [text], "c": [2]})).write_csv()
    for separator in ",;":
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
            for cell in row:
                assert not cell.strip('" ').startswith(SIGNS), (separator, cell)


@pytest.mark.parametrize("text", [*hostile.NUMBERS, "Bø", "", "a-b", "5 = 5", "x; -5"])
def test_a_number_and_plain_text_stay_as_they_are(text: str) -> None:
    assert outside.as_text(text) == text


@pytest.mark.parametrize("text", hostile.ALL)
def test_what_is_made_text_stays_so(text: str) -> None:
    once = outside.as_text(text)
    assert outside.as_text(once) == once


def test_numbers_are_never_touched_and_names_of_columns_are_texts() -> None:
    frame = pl.DataFrame(
        {"=1": [-1, None], "b": [-1.5, 2.0], "c": pl.Series(["=1", None], dtype=pl.Categorical)}
    )
    found = outside.text_cells(frame)
    assert found.columns == ["'=1", "b", "c"]
    assert found.select("'=1", "b").rows() == frame.select("=1", "b").rows()
    assert found["c"].to_list() == ["'=1", None]


@pytest.mark.parametrize("text", hostile.CONTROLS)
def test_what_steers_a_terminal_is_shown(text: str) -> None:
    shown = outside.visible(text)
    assert shown.isprintable()
    assert shown != text
    assert outside.visible(shown) == shown


def test_spaces_of_numbers_stay() -> None:
    assert outside.visible("3\u202f000\u00a0kr") == "3\u202f000\u00a0kr"


@pytest.mark.parametrize("text", [*hostile.MARKUP, *hostile.FORMULAS, "# x", "- x", "1. x", "> x"])
def test_markdown_shows_the_text_as_it_stands(text: str) -> None:
    words = mistune.create_markdown(renderer=None)(f"Levert av: {outside.in_markdown(text)}.")
    assert isinstance(words, list)
    (paragraph,) = words
    kinds = {each["type"] for each in paragraph["children"]}
    assert kinds <= {"text"}, kinds
    own = "".join(each["raw"] for each in paragraph["children"])
    assert own == f"Levert av: {outside.visible(text)}."
    assert "#link" not in typst_text.markup(outside.in_markdown(text))


def test_print_has_the_text_as_it_stands(tmp_path: Path) -> None:
    """Typst, asked what it was given, as data and as running text."""
    source = tmp_path / "a.typ"
    parts = [f"#metadata({typst_text.value(text)}) <gitt>" for text in hostile.ALL]
    parts += [typst_text.markup(outside.in_markdown(text)) for text in hostile.ALL]
    source.write_text("\n\n".join(parts), encoding="utf-8")
    given = json.loads(typst.query(str(source), "<gitt>", field="value"))
    assert given == [outside.visible(text, "\n\t").replace("\t", " ") for text in hostile.ALL]


@pytest.mark.parametrize(
    "file",
    [
        "2024/ssb/tall",
        "2024/ssb/vurdering",
        "2024/demo/tall",
        "2024/demo/vurdering",
        "2024/evidens",
    ],
)
def test_our_own_tables_are_as_they_were(file: str, tmp_path: Path) -> None:
    stored = PROJECT / "reports" / f"{file}.csv"
    outside.write_csv(pl.read_csv(stored, infer_schema=False), tmp_path / "x.csv")
    frame = pl.read_csv(tmp_path / "x.csv", infer_schema=False)
    assert frame.equals(pl.read_csv(stored, infer_schema=False))


def test_a_cell_is_too_large_whatever_another_package_told_python() -> None:
    """frictionless lifts csv's bound for the whole process as soon as it is imported."""
    before = csv.field_size_limit(10_000_000)
    try:
        outside.refuse_large(["x" * outside.LARGEST, "", "y"])
        with pytest.raises(csv.Error, match=r"field larger than field limit \(131072\)"):
            outside.refuse_large(["", "x" * (outside.LARGEST + 1)])
        with pytest.raises(DataError, match=r"a\.csv:2: not a readable table \(field larger"):
            plain_csv.cells(Path("a.csv"), b"a,b\n" + b"x" * (outside.LARGEST + 1) + b",1\n")
    finally:
        csv.field_size_limit(before)
