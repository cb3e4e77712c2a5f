"""The door for SQL: the same answers as the frames, one line for what is not there, and nothing that changes."""

from __future__ import annotations

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.display import tour
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey


@pytest.fixture(scope="module")
def real() -> Survey:
    return kr.open_survey(year=2024, source="ssb")


def test_it_answers_from_the_same_frames(real: Survey) -> None:
    found = kr.sql(
        "SELECT navn, verdi FROM tidy WHERE begrep = 'netto_driftsresultat' AND aar = 2024 ORDER BY verdi LIMIT 3",
        survey=real,
    )
    rows = kr.concept("netto_driftsresultat", survey=real).filter(pl.col("aar") == 2024)
    assert found.equals(rows.bottom_k(3, by="verdi").sort("verdi").select("navn", "verdi"))
    negative = kr.sql(
        "with p as (select * from panel) select count(*) as n from p where netto_driftsresultat < 0",
        survey=real,
    )
    assert negative["n"].to_list() == [206]  # as the report says of 2024 outside Oslo


def test_a_frame_of_one_s_own_is_a_table_too(real: Survey) -> None:
    own = pl.DataFrame({"nr": ["1804", "0301"], "x": [1, 2]})
    found = kr.sql(
        "select navn, x from enheter join egne on enheter.region = egne.nr order by x",
        survey=real,
        egne=own,
    )
    assert found.rows() == [("Bodø", 1), ("Oslo", 2)]


@pytest.mark.parametrize("name", tour.frames())
def test_every_listed_table_and_column_can_be_asked_for(survey_2024: Survey, name: str) -> None:
    listed = kr.overview(survey_2024).filter(pl.col("ramme") == name)
    columns = ", ".join(f'"{each}"' for each in listed["kolonne"])
    found = kr.sql(f"select {columns} from {name} limit 1", survey=survey_2024)
    assert found.columns == listed["kolonne"].to_list()
    assert listed["betydning"].null_count() == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select nav from tidy", "no column is called 'nav' there; nearest: navn, "),
        ("select NAVN from tidy", "no column is called 'NAVN' there; nearest: navn, "),
        (
            "select navn from tidi",
            "no table is called 'tidi'; nearest: tidy; there are tidy, enheter, ",
        ),
        ("select navn from", "polars cannot run the statement: "),
        ("select percentile(verdi) from tidy", "unsupported function 'percentile'"),
        ("drop table tidy", "'drop table tidy'; it begins with select or with"),
        ("delete from tidy", "it begins with select or with"),
        ("", "it begins with select or with"),
        ("select 1; drop table tidy", "polars cannot run the statement: "),
        ("select * from poster", "poster has no rows: the source ssb has sums and no ledger"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(real: Survey, query: str, words: str) -> None:
    with pytest.raises(UsageError) as told:
        kr.sql(query, survey=real)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
