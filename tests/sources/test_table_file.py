"""A table of one's own as a file: as spreadsheets and StatBank write it, its numbers as numbers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.table_file import read
from kommuneregnskap.support.errors import DataError, UsageError


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "egen.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_spreadsheet_of_ours_is_read_whatever_its_letters(tmp_path: Path, encoding: str) -> None:
    text = (
        "Kommunenr;Årsverk;Beløp;Merknad\r\n0301;1 234,5;1.234,50;første\r\n1804;12;-7,00;\r\n\r\n"
    )
    found = read(written(tmp_path, text, encoding))
    assert found.to_dict(as_series=False) == {
        "Kommunenr": ["0301", "1804"],  # a code that begins with zero stays text
        "Årsverk": [1234.5, 12.0],
        "Beløp": [1234.5, -7.0],
        "Merknad": ["første", None],
    }


def test_a_download_of_statbank_is_read_with_its_title_and_signs(tmp_path: Path) -> None:
    text = (
        '"01222: Folkemengde, etter region, år og statistikkvariabel"\n\n"region","år","Folkemengde"\n'
        '"K-0301 Oslo","2024",717710\n"K-1804 Bodø","2024",..\n'
    )
    found = read(written(tmp_path, text))
    assert found.columns == ["region", "år", "Folkemengde"]
    assert found["Folkemengde"].to_list() == [717710, None]
    assert found["år"].to_list() == [2024, 2024]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2"], [1, 2]),
        (["1.5", "2"], [1.5, 2.0]),
        (["1,5", "2"], [1.5, 2.0]),
        (["1.234", "2"], [1.234, 2.0]),  # a point alone is a decimal point
        (["1.234,0", "2"], [1234.0, 2.0]),
        (["\u22127", "8"], [-7, 8]),
        (["1\u00a0000", "1\u202f001"], [1000, 1001]),
        (["-", "2"], ["-", "2"]),  # may be nothing or missing: text as it is
        (["1,5", "to"], ["1,5", "to"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        ([".", ":"], [".", ":"]),
    ],
)
def test_a_column_is_of_numbers_where_all_of_it_is(
    tmp_path: Path, cells: list[str], values: list[object]
) -> None:
    rows = "".join(f"{n}\t{cell}\n" for n, cell in enumerate(cells))
    assert read(written(tmp_path, f"a\tb\n{rows}"))["b"].to_list() == values


def test_a_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pl.DataFrame({"kommunenummer": [301], "x": [1.5]})
    frame.write_parquet(tmp_path / "egen.parquet")
    assert read(tmp_path / "egen.parquet").equals(frame)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no table"),
        ("bare en kolonne\n1\n2\n", "is no table"),
        ("a;a\n1;2\n", "heading is 'a'; allowed: each heading once"),
        ("a;b\n1;2\n1;2;3\n", r"egen.csv:3: has 3 cells; allowed: 2"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(written(tmp_path, text))


def test_another_kind_of_file_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'tall.xlsx'; save it as CSV"):
        read("tall.xlsx")
    with pytest.raises(UsageError, match=r"borte.csv cannot be read \(No such file"):
        read(tmp_path / "borte.csv")
    with pytest.raises(UsageError, match=r"egen.parquet cannot be read \(is no parquet\)"):
        read(written(tmp_path, "a;b", name="egen.parquet"))
