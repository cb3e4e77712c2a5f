"""A table of one's own beside the accounts: numbers however they are written, and a word on what matches nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey


@pytest.fixture(scope="module")
def real() -> Survey:
    return kr.open_survey(year=2024, source="ssb")


@pytest.fixture(scope="module")
def income(real: Survey) -> pl.DataFrame:
    return kr.concept("brutto_driftsinntekter", survey=real)


def known(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.drop_nulls("x").select("aar", "region", "x").sort("region", "aar").rows()


@pytest.mark.parametrize(
    "numbers",
    [
        [301, 1804],
        [301.0, 1804.0],
        ["301", "1804"],
        ["0301", "1804"],
        ["K-0301", "K-1804"],
        ["0301 Oslo", "1804 Bodø"],
        ["301.0", "1804.0"],
    ],
)
@pytest.mark.parametrize("heading", ["kommunenummer", "Kommunenr", "KNR", "region"])
def test_numbers_match_however_they_are_written(
    income: pl.DataFrame, numbers: list[object], heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = income.filter(pl.col("aar") == 2024)
    found = kr.join(now, pl.DataFrame({heading: numbers, "x": [1, 2]}))
    assert known(found) == [(2024, "0301", 1), (2024, "1804", 2)]
    assert found.columns == [*now.columns, "x"]
    assert found.drop("x").equals(now), "all rows of the frame, in their order"
    assert capsys.readouterr().out == ""


def test_a_file_is_joined_as_a_frame_is(income: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "egen.csv"
    path.write_text("Knr;Årsverk;navn\n301;50 000,5;Oslo\n1804;4 000,0;Bodø\n", "cp1252")
    found = kr.join(income.filter(pl.col("aar") == 2024), path).drop_nulls("Årsverk")
    assert found.select("navn", "Årsverk", "navn_egen").rows() == [
        ("Oslo", 50000.5, "Oslo"), ("Bodø", 4000.0, "Bodø"),
    ]  # fmt: skip


def test_a_table_of_today_s_numbers_follows_a_unit_back(income: pl.DataFrame) -> None:
    """Tromsø was 5401 until 2023; a table that has that number too speaks for those years itself."""
    found = kr.join(income, pl.DataFrame({"knr": [5501], "x": [1]}))
    assert known(found) == [
        (2021, "5401", 1),
        (2022, "5401", 1),
        (2023, "5401", 1),
        (2024, "5501", 1),
    ]
    both = kr.join(income, pl.DataFrame({"knr": [5401, 5501], "x": [1, 2]}))
    assert [x for *_, x in known(both)] == [1, 1, 1, 2]
    split = kr.join(income, pl.DataFrame({"knr": [1508], "x": [1]}))
    assert known(split) == [(2024, "1508", 1)]


@pytest.mark.parametrize("years", [[2023, 2024], ["2023", "2024"]])
def test_years_are_matched_where_the_table_has_them(
    income: pl.DataFrame, years: list[object]
) -> None:
    own = pl.DataFrame({"knr": ["301", "301"], "År": years, "x": [1, 2]})
    assert known(kr.join(income, own)) == [(2023, "0301", 1), (2024, "0301", 2)]


def test_rows_that_match_nothing_are_named_with_what_they_became(
    income: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    now = income.filter(pl.col("aar") == 2024)
    own = pl.DataFrame(
        {"knr": ["1804", "5401", "1507", "9999", "Hele landet"], "x": [1, 2, 3, 4, 5]}
    )
    assert known(kr.join(now, own)) == [(2024, "1804", 1)]
    assert capsys.readouterr().out == (
        "4 av 5 rader i din tabell passer ikke til noen rad: 5401 (opphørte i 2024, nå 5501), "
        "1507 (opphørte i 2024, nå 1508 og 1580), 9999 og Hele landet.\n"
    )
    many = pl.DataFrame({"knr": [1804, *range(9900, 9915)], "x": range(16)})
    kr.join(now, many)
    assert capsys.readouterr().out.endswith("9909 og 5 til.\n")


def test_the_panel_of_a_survey_can_be_joined(real: Survey) -> None:
    found = kr.join(real.panel(), pl.DataFrame({"knr": [1804], "x": [1]}), survey=real)
    assert known(found) == [(2024, "1804", 1)]
    assert len(found) == len(real.panel())


def test_what_cannot_be_joined_is_answered_in_one_line(income: pl.DataFrame) -> None:
    own = pl.DataFrame({"kode": [301, 1804], "x": [1, 2]})
    with pytest.raises(
        UsageError, match=r"no column kommunenummer; say which .* on=…; there are kode, x"
    ):
        kr.join(income, own)
    assert known(kr.join(income.filter(pl.col("aar") == 2024), own, on="kode"))[0] == (
        2024,
        "0301",
        1,
    )
    with pytest.raises(UsageError, match="no column 'nr'; there are kode, x"):
        kr.join(income, own, on="nr")
    with pytest.raises(
        UsageError, match=r"0301 stands in 2 rows .* are 1 and 3\); keep one, or give the years"
    ):
        kr.join(income, pl.concat([own, own]), on="kode")
    with pytest.raises(
        UsageError,
        match=r"none of the 2 rows of your table matches .* kode has 1, 2, region has 0301",
    ):
        kr.join(income, own.with_columns(kode=pl.Series([1, 2])), on="kode")
    with pytest.raises(UsageError, match="the first table has no column region"):
        kr.join(own, own)
