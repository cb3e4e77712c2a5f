"""What sentences may tell of section numbers."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers.table import compute, told
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey

INTERVAL = ["resultat.estimat_mrd_nedre", "resultat.estimat_mrd_oevre"]


def test_an_interval_has_both_its_ends_or_none(survey_2024: Survey) -> None:
    tall = compute(survey_2024)
    ends = tall.filter(pl.col("id").is_in(INTERVAL))
    assert ends["verdi"].n_unique() == len(INTERVAL)
    assert told(survey_2024, tall)["verdi"].to_list() == tall["verdi"].to_list()
    point = tall.with_columns(
        pl.when(pl.col("id").is_in(INTERVAL)).then(1.5).otherwise("verdi").alias("verdi")
    )
    lost = point["verdi"].is_not_null() & told(survey_2024, point)["verdi"].is_null()
    assert point.filter(lost)["id"].to_list() == INTERVAL
    one_end = point.filter(pl.col("id") != INTERVAL[1])
    assert told(survey_2024, one_end)["verdi"].to_list() == one_end["verdi"].to_list()


def test_where_all_have_answered_an_estimate_has_no_interval_to_tell_of() -> None:
    survey = opening.open_survey(year=2024, source="ssb")
    tall = compute(survey)
    ends = pl.col("id").is_in(INTERVAL)
    assert tall.filter(ends)["verdi"].n_unique() == 1
    shown = told(survey, tall)
    assert shown.filter(ends)["verdi"].null_count() == len(INTERVAL)
    assert shown.filter(pl.col("id") == "resultat.estimat_mrd")["verdi"].null_count() == 0
