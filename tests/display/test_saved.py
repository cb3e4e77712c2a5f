"""`kr.save`: every cell has its right value in every kind of file, or a line says why not and what to do."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.display.saved import save
from kommuneregnskap.support import workbook
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError
from kommuneregnskap.survey.survey import Survey
from tests.helpers import hostile
from tests.helpers.workbook import Workbook

NAN, INF = float("nan"), float("inf")
UTC = dt.UTC


def cells(file: Path) -> list[list[object]]:
    """The table of a workbook by rows, without what stands above it and the column `regnskaper`."""
    (values,) = Workbook(file).values.values()
    rows = sorted({row for _, row in values if row >= 3})
    wide = max(ord(column) - 65 for column, _ in values)
    return [[values.get((chr(65 + place), row)) for place in range(wide)] for row in rows]


def saved(frame: pl.DataFrame | pl.LazyFrame, folder: Path, survey: Survey) -> list[list[object]]:
    return cells(save(frame, folder / "tall.xlsx", survey))


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ([NAN, INF, -INF, 1.5, None], ["NaN", "inf", "-inf", 1.5, None]),
        ([2**53 + 1, 1], ["9007199254740993", "1"]),
        ([-(10**15), 1], ["-1000000000000000", "1"]),
        ([10**15 - 1], [999999999999999.0]),
        (pl.Series([2**100], dtype=pl.Int128), [str(2**100)]),
        (pl.Series([2**64 - 1], dtype=pl.UInt64), [str(2**64 - 1)]),
        ([Decimal("1.20"), None], [1.2, None]),
        ([Decimal("123456789012345678.20"), Decimal("1.00")], ["123456789012345678.20", "1.00"]),
        ([dt.date(1900, 3, 1), None], [61.0, None]),
        ([dt.date(1850, 1, 1), dt.date(2020, 1, 1)], ["1850-01-01", "2020-01-01"]),
        ([dt.datetime(2020, 1, 1, 12)], [43831.5]),
        ([dt.datetime(2020, 1, 1, 1, 2, 3, 456789)], ["2020-01-01T01:02:03.456789"]),
        ([dt.datetime(2020, 1, 1, tzinfo=UTC)], ["2020-01-01T00:00:00.000000+00:00"]),
        ([dt.time(1, 2, 3)], ["01:02:03"]),
        ([dt.timedelta(days=1, seconds=3)], ["P1DT3S"]),
        ([True, None, False], ["1", None, "0"]),
        (pl.Series(["0301", None], dtype=pl.Categorical), ["0301", None]),
        (pl.Series(["0301"], dtype=pl.Enum(["0301"])), ["0301"]),
        ([None, None], [None, None]),
        (["http://127.0.0.1", "mailto:a", "'a", "  a ", "1e5"], ["http://127.0.0.1", "mailto:a", "'a", "  a ", "1e5"]),
        (["a\x00b", "\x1b[31m"], ["a\\x00b", "\\x1b[31m"]),
        (["x" * 32_767, "😀" * 16_383], ["x" * 32_767, "😀" * 16_383]),
    ],
)  # fmt: skip
def test_a_workbook_has_the_right_value_of_every_kind(
    survey_2024: Survey, tmp_path: Path, column: object, shown: list[object]
) -> None:
    frame = pl.DataFrame({"v": column})
    assert [row[0] for row in saved(frame, tmp_path, survey_2024)] == ["v", *shown]


def test_columns_are_told_apart_by_case_and_may_have_any_name(
    survey_2024: Survey, tmp_path: Path
) -> None:
    names = ["År", "år", "", " ", "=1+1", "x" * 300]
    frame = pl.DataFrame({name: [place] for place, name in enumerate(names)})
    assert saved(frame, tmp_path, survey_2024) == [names, [0, 1, 2, 3, 4, 5]]


def test_text_is_text_in_a_workbook(survey_2024: Survey, tmp_path: Path) -> None:
    texts = [*hostile.FORMULAS, *hostile.MARKUP, *hostile.NUMBERS]
    file = save(pl.DataFrame({"v": texts}), tmp_path / "a.xlsx", survey_2024)
    assert Workbook(file).formulas == {"Sheet1": {}}
    assert [row[0].replace("_x000D_", "\r") for row in cells(file)[1:]] == texts  # type: ignore[attr-defined]


def test_text_is_text_in_csv_and_numbers_are_numbers(survey_2024: Survey, tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": ["=1+1", "-12"], "n": [-1.5, NAN], "s": [dt.timedelta(days=1)] * 2})
    file = save(frame, tmp_path / "a.csv", survey_2024)
    assert file.read_text("utf-8").splitlines() == [
        "t,n,s,regnskaper",
        "'=1+1,-1.5,P1D,syntetiske",
        "-12,NaN,P1D,syntetiske",
    ]


def test_parquet_keeps_everything(survey_2024: Survey, tmp_path: Path) -> None:
    frame = pl.DataFrame({"År": ["=1+1"], "år": [[1]], "s": [{"a": NAN}], "b": [b"x"]})
    read = pl.read_parquet(save(frame, tmp_path / "a.parquet", survey_2024))
    assert read.drop("regnskaper").equals(frame)


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".CSV", ".Xlsx"])
@pytest.mark.parametrize(
    "frame", [pl.DataFrame(), pl.DataFrame({"a": []}), pl.LazyFrame({"a": [1]})]
)
def test_an_empty_frame_and_a_lazy_one_are_frames(
    survey_2024: Survey, tmp_path: Path, ending: str, frame: pl.DataFrame
) -> None:
    first = save(frame, tmp_path / f"a{ending}", survey_2024).read_bytes()
    assert save(frame, tmp_path / f"b{ending}", survey_2024).read_bytes() == first


TOO_MUCH = [
    ({"l": [[1]]}, ".csv", "column 'l' is List(Int64), which .csv cannot hold"),
    ({"l": [[1]]}, ".xlsx", "column 'l' is List(Int64), which .xlsx cannot hold"),
    ({"s": [{"a": 1}]}, ".csv", "or save as .parquet"),
    ({"b": [b"x"]}, ".XLSX", "or save as .parquet"),
    ({"\x1b[31m": [object()]}, ".parquet", r"column '\x1b[31m' is Object"),
    ({"t": ["a", "x" * 32_768]}, ".xlsx", "column 't', row 2: the text is longer"),
    ({"t": ["😀" * 16_384]}, ".xlsx", "save as .csv or .parquet"),
    ({"x" * 32_768: [1]}, ".xlsx", "a column's name has 32768 signs"),
    ({str(n): [1] for n in range(16_384)}, ".xlsx", "has 16385 columns; a sheet has 16384"),
    ({"n": range(1_048_574)}, ".xlsx", "has 1048574 rows; a sheet has room for 1048573"),
    ({"regnskaper": ["mine"]}, ".csv", "a column 'regnskaper' of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "ending", "words"), TOO_MUCH)
def test_what_a_file_cannot_hold_is_refused_and_nothing_is_written(
    survey_2024: Survey, tmp_path: Path, columns: dict[str, object], ending: str, words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        save(pl.DataFrame(columns), tmp_path / f"a{ending}", survey_2024)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a\0.csv", "y" * 252 + ".csv", "mappe.csv", "a", ".csv", "a.csv/b.csv"]
)
def test_a_place_that_is_none_is_one_line(survey_2024: Survey, tmp_path: Path, name: str) -> None:
    (tmp_path / "mappe.csv").mkdir()
    (tmp_path / "a.csv").write_text("min")
    with pytest.raises(KommuneregnskapError):
        save(pl.DataFrame({"a": [1]}), tmp_path / name, survey_2024)
    assert (tmp_path / "a.csv").read_text() == "min"
    with pytest.raises(UsageError, match="is a dict; give a polars DataFrame"):
        save({"a": [1]}, tmp_path / "b.csv", survey_2024)  # type: ignore[arg-type]


def test_a_report_s_workbook_cuts_what_has_no_room_and_says_so(tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": ["😀" * 20_000, "kort"], "n": [NAN, 1.0]})
    workbook.write_workbook(frame, tmp_path / "a.xlsx")
    (values,) = Workbook(tmp_path / "a.xlsx").values.values()
    cut = str(values["A", 2])
    assert cut.endswith("hele teksten står i CSV-fila)")
    assert workbook.signs(cut) <= workbook.SIGNS
    assert (values["A", 3], values["B", 2], values["B", 3]) == ("kort", "NaN", 1.0)


def test_more_rows_than_a_sheet_has_go_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS", 4)
    workbook.write_workbook(pl.DataFrame({"n": range(7)}), tmp_path / "a.xlsx")
    sheets = Workbook(tmp_path / "a.xlsx").values.values()
    assert [[value for _, value in sorted(sheet.items())] for sheet in sheets] == [
        ["n", 0, 1, 2],
        ["n", 3, 4, 5],
        ["n", 6],
    ]


def test_a_workbook_in_memory_is_the_same_twice() -> None:
    def made() -> bytes:
        stream = io.BytesIO()
        with workbook.book(stream) as to:
            workbook.write_frame(to, pl.DataFrame({"a": [1]}), above="over")
        return stream.getvalue()

    assert made() == made()
