"""The table of the municipal deflator: what it holds, what is refused, and growth at fixed prices worked by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import deflator
from tests.conftest import PROJECT, edit_table

TABLE = "data/codes/deflator.csv"


def test_every_row_says_where_it_was_read_and_how_sure_it_is() -> None:
    rows = tables.read("deflator")
    assert rows["aar"].is_sorted()
    assert rows["aar"].is_unique().all()
    assert set(rows["status"]) <= {"anslag", "endelig"}
    addresses = rows["adresse"].str.extract(r"^https://([^/]+)/")
    assert set(addresses) <= {"www.ks.no", "stortinget.no", "www.regjeringen.no"}
    # Published in the year it is about, or the year after: an estimate before, a final number not.
    published = rows["dato"].str.slice(0, 4).cast(pl.Int32)
    assert (published >= rows["aar"]).all()
    final = rows.filter(pl.col("status").cast(pl.String) == "endelig")
    assert (final["dato"].str.slice(0, 4).cast(pl.Int32) > final["aar"]).all()


def test_the_values_are_those_that_were_looked_up() -> None:
    """RNB23's final number of 2022 and the estimates of NB22, RNB24 and RNB25; nothing was found of 2020 and 2023."""
    found = dict(tables.read("deflator").select("aar", "prisvekst").iter_rows())
    assert found == {2021: 3.3, 2022: 6.4, 2024: 4.3, 2025: 3.9}
    assert deflator.percent(2022) == 6.4
    assert deflator.percent(2023) is None


def test_a_factor_is_the_growth_of_all_years_between_or_missing() -> None:
    """3.3 percent in 2021, 6.4 in 2022, 4.3 in 2024, 3.9 in 2025; nothing was found of 2020 and 2023."""
    assert deflator.factor(2024, 2024) == 1
    assert deflator.factor(2023, 2024) == pytest.approx(1.043)
    assert deflator.factor(2023, 2025) == pytest.approx(1.083677)  # 1.043 · 1.039
    assert deflator.factor(2025, 2023) == pytest.approx(1 / 1.083677)
    assert deflator.factor(2022, 2024) is None
    assert deflator.factor(2024, 2022) is None
    assert deflator.factor(2020, 2022) == pytest.approx(1.099112)  # 1.033 · 1.064


@pytest.mark.parametrize(
    ("nominal", "prices", "real"),
    [
        (4.3, 4.3, 0.0),
        (0.0, 25.0, -20.0),
        (10.0, 0.0, 10.0),
        (32.0, 20.0, 10.0),
        (-12.0, 10.0, -20.0),
        (5.0, -12.5, 20.0),
    ],
)
def test_growth_at_fixed_prices_by_hand(nominal: float, prices: float, real: float) -> None:
    assert deflator.real(nominal, prices) == pytest.approx(real, abs=1e-12)


def test_the_sentence_says_which_number_and_whose_or_that_there_is_none() -> None:
    final, missing = deflator.said(2022), deflator.said(2023)
    assert "for 2022, 6,4 prosent (endelig; Finansdepartementet, Revidert" in final
    assert missing.startswith("Veksten i faste priser mangler: den kommunale deflatoren for 2023")
    assert "anslag; " in deflator.said(2024)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("prisvekst", "NaN", "prisvekst"),
        ("prisvekst", "inf", "prisvekst"),
        ("prisvekst", "4,3", "prisvekst is '4,3'"),
        ("prisvekst", "430", "prisvekst is '430"),
        ("prisvekst", "", "prisvekst"),
        ("status", "foreløpig", "allowed: anslag | endelig"),
        ("kilde", "", "kilde"),
        ("adresse", "ks.no", "adresse is 'ks.no'"),
        ("dato", "mai 2024", "dato is 'mai 2024'"),
        ("aar", "2021", "each key once"),
    ],
)
def test_a_wrong_cell_is_refused(project: Path, column: str, value: str, said: str) -> None:
    last = pl.int_range(pl.len()) == pl.len() - 1
    edit_table(
        project / TABLE,
        lambda t: t.with_columns(pl.when(last).then(pl.lit(value)).otherwise(column).alias(column)),
    )
    with pytest.raises(DataError) as error:
        deflator.percent(2024)
    assert said in str(error.value)
    assert "deflator.csv" in str(error.value)


def test_the_project_has_the_table_that_the_numbers_look_in() -> None:
    assert (PROJECT / TABLE).is_file()
    assert Path(TABLE).name == deflator.FILE
