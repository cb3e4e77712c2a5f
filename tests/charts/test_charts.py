"""Every chart carries what a figure must carry, on invented and on delivered accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import vl_convert

from kommuneregnskap.charts import published, sections, years
from kommuneregnskap.charts.style import LINE, PALETTE, WATERMARK, Chart
from kommuneregnskap.display.notebook import figure
from kommuneregnskap.display.renderer import MIME, enable_display
from kommuneregnskap.survey import opening, survey
from tests.helpers.computing import drawn

CHARTS: dict[str, Callable[[pl.DataFrame, survey.Survey], Chart]] = {
    name: value
    for module in (sections, published, years)
    for name, value in vars(module).items()
    if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
}
PRINTED = {"sector_over_time"}  # draws what others have printed alone, nothing of the survey


def colours(spec: object) -> set[str]:
    if isinstance(spec, dict):
        return set().union(*(colours(value) for value in spec.values()))
    if isinstance(spec, list):
        return set().union(*(colours(value) for value in spec))
    return {spec} if isinstance(spec, str) and spec.startswith("#") else set()


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_asks_states_its_unit_names_its_source_and_says_it_in_words(
    survey_2024: survey.Survey, name: str
) -> None:
    frame = drawn(name, survey_2024)
    assert "navn" not in frame.columns  # which says not what has the name
    spec = CHARTS[name](frame, survey_2024).to_dict()
    title = spec["title"]
    assert title["text"].endswith("?")
    unit, mark, source = " ".join(title["subtitle"]).partition("Kilde: ")
    assert all(len(line) <= LINE for line in title["subtitle"])
    assert any(
        word in unit.lower() for word in ("prosent", "kroner", "antall", "milliarder", "stolper")
    )
    own = name not in PRINTED
    assert (mark, source.startswith("syntetisk demopanel ")) == ("Kilde: ", own)
    invented = "Syntetiske tall. " if own else ""
    assert spec["description"].startswith(f"{title['text']} {invented}")
    assert ("yntetisk" in spec["description"]) == own
    assert len(spec["description"]) > len(title["text"]) + 60
    assert (title["subtitle"][0] == WATERMARK) == own
    assert not [layer for layer in spec["layer"] if layer["mark"].get("text")]
    assert colours({k: v for k, v in spec.items() if k != "datasets"}) <= set(PALETTE)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_its_numbers_in_norwegian(survey_2024: survey.Survey, name: str) -> None:
    spec = CHARTS[name](drawn(name, survey_2024), survey_2024).to_dict()
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    texts = [part.split("<")[0] for part in svg.split(">")]
    numbers = [text for text in texts if text[:1].isdigit()]
    assert numbers
    assert not [text for text in numbers if "." in text and not text.endswith(".")]


def test_delivered_accounts_carry_no_watermark(invented: Path) -> None:
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    spec = sections.fund_bands(drawn("fund_bands", own), own).to_dict()
    assert "yntetisk" not in json.dumps(spec)
    assert WATERMARK not in json.dumps(spec)
    assert spec["title"]["subtitle"][1].startswith("Kilde: leverte KOSTRA-filer")


def test_where_there_is_nothing_to_draw_the_figure_says_why(invented: Path) -> None:
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    shown = figure(years.revenue_and_expenditure, drawn("revenue_and_expenditure", own), own)
    assert "kilden har ingen regnskaper for 2024" in str(getattr(shown, "data", ""))


def test_a_chart_leaves_the_notebook_as_what_jupyterlab_draws(survey_2024: survey.Survey) -> None:
    enable_display()
    chart = sections.fund_bands(drawn("fund_bands", survey_2024), survey_2024)
    bundle = chart._repr_mimebundle_(None, None)
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data[MIME]["$schema"].endswith("/v5.20.1.json")
    assert data["text/plain"] == data[MIME]["description"]
