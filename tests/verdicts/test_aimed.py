"""How many calibrated numbers the synthetic panel was set to, and what the page says of it."""

from __future__ import annotations

import csv

import polars as pl

from kommuneregnskap.display import method
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import headlines
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import calibrated, judgement
from tests.helpers.projects import PROJECT


def test_the_page_says_how_many_were_set_and_how_many_follow(survey_2024: Survey) -> None:
    tall = compute(survey_2024)
    judged = judgement.judge(judgement.read(2024), tall, survey_2024)
    with (PROJECT / "data/demo/targets.csv").open(encoding="utf-8", newline="") as file:
        own = {r["id"] for r in csv.DictReader(file) if r["aar"] == "2024" and r["settes"] == "ja"}
    agreeing = judged.filter(pl.col("dom") == "kalibrert")["tall_id"].to_list()
    count = sum(each in own for each in agreeing)
    assert (count, len(agreeing)) == (24, 49)
    said = (
        "Panelet er stilt inn mot 24 av 49 kalibrerte tall; 25 følger av det som er stilt inn. "
        "Ingen av dem er bevis."
    )
    assert calibrated.said(judged) == said
    assert headlines.tried(judged).endswith(f"står som bakgrunn. {said}")
    assert said in str(method.judge(survey_2024, tall).data)
    assert said not in str(method.judge(survey_2024, tall, "fond").data)


def test_a_number_is_set_in_its_own_year_alone() -> None:
    rows = pl.DataFrame(
        [
            ("fond.fylke_mrd", 2022, "kalibrert"),
            ("fond.fylke_mrd", 2024, "kalibrert"),
            ("svar.antall", 2024, "avvik"),
        ],
        schema={"tall_id": pl.String, "aar": pl.Int32, "dom": pl.String},
        orient="row",
    )
    assert calibrated.aimed(rows).select("aar", "settes").rows() == [(2022, True), (2024, False)]
    assert calibrated.said(rows.filter(pl.col("dom") == "avvik")) == ""
