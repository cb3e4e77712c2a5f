"""The figure of nonresponse that depends on the result: what it draws of each source, and what it says in words."""

from __future__ import annotations

import json

import polars as pl
import vl_convert

import kommuneregnskap as kr
from kommuneregnskap.charts.nonresponse import result_decides
from kommuneregnskap.charts.style import LINE, WATERMARK
from kommuneregnskap.sensitivity.nonresponse import propensity, selection, strength
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.statbank_national import National

YEAR = 2024


def drawn(survey: Survey) -> pl.DataFrame:
    odds = propensity.odds(propensity.known(survey))
    simulated = kr.estimates.simulated(YEAR)
    return selection.drawn(survey, strength.curve(survey), odds, simulated)


def marks(spec: dict[str, object]) -> list[str]:
    layers = spec["layer"]
    assert isinstance(layers, list)
    return [layer["mark"]["type"] for layer in layers]


def test_on_the_panel_both_lines_the_simulation_and_the_ratio_found(survey_2024: Survey) -> None:
    rows = drawn(survey_2024)
    spec = result_decides(rows, survey_2024).to_dict()
    assert marks(spec) == ["rect", "rule", "line", "rule", "point"]
    assert spec["title"]["text"].endswith("?")
    assert all(len(line) <= LINE for line in spec["title"]["subtitle"])
    assert WATERMARK in json.dumps(spec)
    words = spec["description"]
    for name in (*selection.ROADS.values(), selection.FROM_TRUTH, selection.FOUND_WORDS):
        assert name in words
    found = rows.filter(pl.col("slag") == selection.FOUND).row(0, named=True)
    low, high = (number(found[end], 2) for end in ("odds_nedre", "odds_oevre"))
    assert f"oddsforhold {number(found['oddsforhold'], 2)} ({low} til {high})" in words
    curve = rows.filter((pl.col("slag") == selection.CURVE) & (pl.col("oddsforhold") == 4))
    for off in curve["skjevhet_pp"]:
        assert f"4,00 gir {number(off, 2)}" in words
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    for label in ("1/4", "1/2", ">1<", ">2<", ">4<"):
        assert label in svg


def test_on_open_figures_one_line_alone(ssb: National) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    spec = result_decides(drawn(survey), survey).to_dict()
    assert marks(spec) == ["rule", "line"]
    assert WATERMARK not in json.dumps(spec)
    assert "simuleringen" not in " ".join(spec["title"]["subtitle"])
