"""Every chart carries what a figure must carry, on invented and on delivered accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import vl_convert

import kommuneregnskap as kr
from kommuneregnskap.charts import published
from kommuneregnskap.charts import sections as charts
from kommuneregnskap.charts.style import BLUE, LINE, ORANGE, PALE, WATERMARK, Chart
from kommuneregnskap.display.notebook import figure
from kommuneregnskap.display.renderer import MIME, enable_display
from kommuneregnskap.numbers import compute
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.verdicts import history, judgement, restatements

Data = Callable[[survey.Survey], pl.DataFrame]
CHARTS: dict[str, tuple[Callable[[pl.DataFrame, survey.Survey], Chart], Data]] = {
    "investment_shares": (charts.investment_shares, kr.numbers.investments.by_area),
    "result_by_group": (charts.result_by_group, kr.numbers.results.by_size_group),
    "revenue_and_expenditure": (
        charts.revenue_and_expenditure,
        kr.numbers.sector_costs.growth_by_year,
    ),
    "growth_by_area": (charts.growth_by_area, kr.numbers.sector_costs.by_area),
    "fund_bands": (charts.fund_bands, kr.numbers.funds.by_band),
    "fund_by_group": (charts.fund_by_group, kr.numbers.funds.by_size_group),
    "response_by_group": (charts.response_by_group, kr.numbers.respondents.by_size_group),
    "verdict_counts": (
        published.verdict_counts,
        lambda s: judgement.counts(judgement.judge(judgement.read(s.year), compute(s), s)),
    ),
    "said_over_time": (
        published.said_over_time,
        lambda s: history.marks(
            history.all_claims(),
            restatements.links(history.all_claims()),
            kr.numbers.compute(s),
            s,
        ),
    ),
}
COLOURS = {BLUE, ORANGE, PALE, "#000000", "#444444", "#e5e5e5"}


def colours(spec: object) -> set[str]:
    if isinstance(spec, dict):
        return set().union(*(colours(value) for value in spec.values()))
    if isinstance(spec, list):
        return set().union(*(colours(value) for value in spec))
    return {spec} if isinstance(spec, str) and spec.startswith("#") else set()


def test_every_chart_function_is_tried() -> None:
    own = {
        name
        for module in (charts, published)
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }
    assert own == set(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_asks_states_its_unit_names_its_source_and_says_it_in_words(
    survey_2024: survey.Survey, name: str
) -> None:
    draw, data = CHARTS[name]
    spec = draw(data(survey_2024), survey_2024).to_dict()
    title = spec["title"]
    assert title["text"].endswith("?")
    unit, mark, source = " ".join(title["subtitle"]).partition("Kilde: ")
    assert all(len(line) <= LINE for line in title["subtitle"])
    assert any(
        word in unit.lower() for word in ("prosent", "kroner", "antall", "milliarder", "stolper")
    )
    assert (mark, source[:20]) == ("Kilde: ", "syntetisk demopanel ")
    assert spec["description"].startswith(f"{title['text']} Syntetiske tall. ")
    assert len(spec["description"]) > len(title["text"]) + 60
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark["text"] for mark in marks if mark.get("text")] == [WATERMARK]
    assert colours({k: v for k, v in spec.items() if k != "datasets"}) <= COLOURS


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_its_numbers_in_norwegian(survey_2024: survey.Survey, name: str) -> None:
    draw, data = CHARTS[name]
    svg = vl_convert.vegalite_to_svg(json.dumps(draw(data(survey_2024), survey_2024).to_dict()))
    texts = [part.split("<")[0] for part in svg.split(">")]
    numbers = [text for text in texts if text[:1].isdigit()]
    assert numbers
    assert not [text for text in numbers if "." in text and not text.endswith(".")]


def test_delivered_accounts_carry_no_watermark(invented: Path) -> None:
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    spec = charts.fund_bands(kr.numbers.funds.by_band(own), own).to_dict()
    assert "yntetisk" not in json.dumps(spec)
    assert WATERMARK not in json.dumps(spec)
    assert spec["title"]["subtitle"][1].startswith("Kilde: leverte KOSTRA-filer")


def test_where_there_is_nothing_to_draw_the_figure_says_why(invented: Path) -> None:
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    shown = figure(charts.revenue_and_expenditure, kr.numbers.sector_costs.growth_by_year(own), own)
    assert "kilden har ingen regnskaper for 2024" in str(getattr(shown, "data", ""))


def test_a_chart_leaves_the_notebook_as_what_jupyterlab_draws(survey_2024: survey.Survey) -> None:
    enable_display()
    chart = charts.fund_bands(kr.numbers.funds.by_band(survey_2024), survey_2024)
    bundle = chart._repr_mimebundle_(None, None)
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data[MIME]["$schema"].endswith("/v5.20.1.json")
    assert data["text/plain"] == data[MIME]["description"]
