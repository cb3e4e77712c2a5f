"""Maps and small multiples: nobody overlaps, nobody invented is named, and the reader's choices do something."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

import kommuneregnskap as kr
from kommuneregnskap.charts import groups, maps
from kommuneregnskap.charts.style import EVERYONE, WATERMARK, Drawn
from kommuneregnskap.numbers.sections import cartogram, places
from kommuneregnskap.survey import opening, survey
from tests.helpers.computing import drawn
from tests.helpers.statbank_national import National

CHARTS: dict[str, Callable[[pl.DataFrame, survey.Survey], Drawn]] = {
    name: value
    for module in (groups, maps)
    for name, value in vars(module).items()
    if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
}
# An invented municipality lies nowhere: maps are of real ones.
INVENTED = sorted(set(CHARTS) - {"values", "response"})


@pytest.mark.parametrize("name", INVENTED)
def test_a_chart_asks_states_its_unit_and_source_and_says_it_in_words(
    survey_2024: survey.Survey, name: str
) -> None:
    spec = CHARTS[name](drawn(name, survey_2024), survey_2024).to_dict()
    assert spec["title"]["text"].endswith("?")
    assert "Kilde: syntetisk demopanel" in " ".join(spec["title"]["subtitle"])
    assert spec["description"].startswith(f"{spec['title']['text']} Syntetiske tall. ")
    assert len(spec["description"]) > len(spec["title"]["text"]) + 100
    assert spec["title"]["subtitle"][0] == WATERMARK
    assert "<path" in vl_convert.vegalite_to_svg(json.dumps(spec))


def overlaps(found: pl.DataFrame) -> float:
    """The largest overlap of two circles in km; negative where none touch."""
    x, y, radius = found.select("x", "y", "radius").to_numpy().T
    apart = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    overlap = radius[:, None] + radius[None, :] - apart
    np.fill_diagonal(overlap, -np.inf)
    return float(overlap.max())


@pytest.fixture(scope="module")
def open_figures() -> survey.Survey:
    return opening.open_survey(year=2024, source="ssb")


def test_no_circle_of_the_map_covers_another_and_areas_are_inhabitants(
    open_figures: survey.Survey,
) -> None:
    found = places.everyone(open_figures)
    assert found.height == 356
    assert overlaps(found) <= 0.02  # km: coordinates have two decimals
    density = found["folkemengde"] / found["radius"] ** 2
    large = density.filter(found["folkemengde"] > 5000)
    assert large.max() / large.min() < 1.01  # type: ignore[operator]


def test_a_municipality_stays_near_its_place(open_figures: survey.Survey) -> None:
    found = places.everyone(open_figures)
    north = found.group_by("fylke").agg(pl.col("y").mean()).sort("y")["fylke"].to_list()
    assert north[-3:] == ["Nordland", "Troms", "Finnmark"]
    assert north[0] == "Agder"
    known = kr.tables.valid("kommune", 2024).select("lon", "lat", region="kommunenummer")
    where = cartogram.projected(found.drop("x", "y").join(known, on="region"))
    moved = np.hypot(where["x"] - found["x"], where["y"] - found["y"])
    assert float(np.median(moved)) < 25  # km, in a country of 1 750


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(5, 30), st.floats(58, 71), st.integers(1, 700_000)),
        min_size=1,
        max_size=25,
        unique_by=lambda each: each[:2],
    )
)
def test_circles_never_overlap_wherever_they_are(rows: list[tuple[float, float, int]]) -> None:
    given_ = pl.DataFrame(rows, schema=["lon", "lat", "folkemengde"], orient="row")
    found = cartogram.circles(given_)
    assert found.height == len(rows)
    assert found["radius"].min() > 0  # type: ignore[operator]
    assert len(rows) == 1 or overlaps(found) <= 0.02
    assert cartogram.circles(given_).equals(found)


def test_an_invented_municipality_lies_nowhere(survey_2024: survey.Survey) -> None:
    for found in (places.everyone(survey_2024), places.valued(survey_2024)):
        assert found.is_empty()
    shown = kr.figure(
        kr.charts.response, places.everyone(survey_2024), survey_2024, empty="ingen steder"
    )
    assert "ingen steder" in shown.data


def test_the_map_of_who_is_there_says_it_in_words(open_figures: survey.Survey) -> None:
    spec = maps.response(places.everyone(open_figures), open_figures).to_dict()
    assert spec["title"]["text"].endswith("?")
    assert "Nordland" in spec["description"]
    assert WATERMARK not in json.dumps(spec)
    assert "<path" in vl_convert.vegalite_to_svg(json.dumps(spec))


def test_the_map_of_real_accounts_names_and_colours_by_fifths(ssb: National) -> None:
    """On a server that calls itself nothing the figures stand as real ones."""
    own = opening.open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    rows = places.valued(own)
    assert rows["maal"].n_unique() == len(places.MEASURES)
    first = rows.filter(pl.col("maal") == rows["maal"][0]).drop_nulls("verdi")
    sizes = first.group_by("femdel").len().sort("femdel")
    assert sizes["femdel"].to_list() == [1, 2, 3, 4, 5]
    assert sizes["len"].max() - sizes["len"].min() <= 1  # type: ignore[operator]
    ends = (
        first.group_by("femdel")
        .agg(lav=pl.col("verdi").min(), hoey=pl.col("verdi").max())
        .sort("femdel")
    )
    assert (ends["hoey"].head(-1) <= ends["lav"].tail(-1)).all()
    spec = maps.values(rows, own).to_dict()
    assert WATERMARK not in json.dumps(spec)
    assert "Stavanger" in json.dumps(spec, ensure_ascii=False)
    assert {each["name"] for each in spec["params"]} == {"framhev", "maal"}


def test_panels_hold_every_respondent_once(survey_2024: survey.Survey) -> None:
    rows = places.results_spread(survey_2024)
    for draw in (groups.results_by_group, groups.results_by_county):
        spec = draw(rows, survey_2024).to_dict()
        drawn = [each for data in spec["datasets"].values() for each in data if "antall" in each]
        assert sum(each["antall"] for each in drawn) == len(rows) == 225


def test_a_choice_of_measure_holds_all_measures_of_all_groups(survey_2024: survey.Survey) -> None:
    table = kr.numbers.investments.by_size_group(survey_2024)
    spec = groups.investment_by_group(table, survey_2024).to_dict()
    (choice,) = spec["params"]
    data = [each for rows in spec["datasets"].values() for each in rows if "gruppe" in each]
    assert choice["value"] == choice["bind"]["options"][0]
    for option in choice["bind"]["options"]:
        assert sum(each["maal"] == option for each in data) == len(table)


def test_a_highlighted_group_is_one_of_those_drawn(survey_2024: survey.Survey) -> None:
    rows = places.results_spread(survey_2024)
    (choice,) = groups.result_distribution(rows, survey_2024).to_dict()["params"]
    assert choice["bind"]["options"] == [EVERYONE, *kr.tables.main_groups()["navn"]]
    assert choice["value"] == EVERYONE


def test_every_finding_has_a_sentence_and_a_figure_that_a_notebook_draws(
    published_2024: Path, open_report: Path
) -> None:
    """The map of who answered is of real municipalities alone."""
    from kommuneregnskap.report.pages.figures import by_name

    made = [
        path
        for report in (published_2024, open_report)
        for path in report.glob("notebooks/*.ipynb")
    ]
    drawn = by_name(sorted(made))
    for row in kr.tables.read("headlines").iter_rows(named=True):
        assert row["figur"] in drawn, row["tall_id"]
        assert re.search(rf"\{{(\w+:)?{re.escape(row['tall_id'])}\b", row["setning"])
