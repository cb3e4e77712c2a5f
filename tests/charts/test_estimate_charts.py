"""The charts of estimates: what a figure must carry, also where the figure alone is of invented accounts."""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl
import pytest
import vl_convert

import kommuneregnskap as kr
from kommuneregnskap.charts import estimates
from kommuneregnskap.charts.style import LINE, WATERMARK, Chart
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.statbank_national import National


def simulated() -> pl.DataFrame:
    return kr.estimates.simulated(2024).filter(pl.col("stoerrelse") == "netto_mrd")


CHARTS: dict[
    str, tuple[Callable[[pl.DataFrame, Survey], Chart], Callable[[Survey], pl.DataFrame]]
] = {
    "result_by_estimator": (
        estimates.result_by_estimator,
        lambda survey: kr.estimates.beside_print(survey, "netto_mrd"),
    ),
    "result_by_domain": (
        estimates.result_by_domain,
        lambda survey: kr.estimates.of(survey).filter(
            (pl.col("inndeling").cast(pl.String) == "stoerrelsesgruppe")
            & (pl.col("stoerrelse") == "netto_pst")
        ),
    ),
    "coverage": (estimates.coverage, lambda _: simulated()),
}


def test_every_chart_function_is_tried() -> None:
    public = {name for name in vars(estimates) if not name.startswith("_")}
    own = {
        name
        for name in public
        if getattr(vars(estimates)[name], "__module__", "") == estimates.__name__
    }
    assert own == set(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_asks_names_its_source_is_marked_and_speaks_norwegian(
    survey_2024: Survey, name: str
) -> None:
    draw, data = CHARTS[name]
    spec = draw(data(survey_2024), survey_2024).to_dict()
    assert spec["title"]["text"].endswith("?")
    assert all(len(line) <= LINE for line in spec["title"]["subtitle"])
    assert "Kilde: syntetisk demopanel" in " ".join(spec["title"]["subtitle"])
    assert spec["description"].startswith(f"{spec['title']['text']} Syntetiske tall. ")
    assert spec["title"]["subtitle"][0] == WATERMARK
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    numbers = [part.split("<")[0] for part in svg.split(">")]
    assert not [text for text in numbers if text[:1].isdigit() and "." in text[:-1]]


def test_coverage_says_what_so_many_draws_leave_unsure(survey_2024: Survey) -> None:
    rows = simulated()
    spec = estimates.coverage(rows, survey_2024).to_dict()
    main = rows.filter(estimator="stoerrelse", mekanisme="etter_stoerrelse").row(0, named=True)
    ends = (number(main[name], 1) for name in ("dekning", "dekning_nedre", "dekning_oevre"))
    said = "Etter størrelsesgruppe, svar etter størrelse: {} ({} til {})".format(*ends)
    assert said in spec["description"]
    assert "strekene er det så mange trekninger" in " ".join(spec["title"]["subtitle"])


def test_the_text_alternative_has_every_estimate_with_its_interval(survey_2024: Survey) -> None:
    draw, data = CHARTS["result_by_estimator"]
    words = draw(data(survey_2024), survey_2024).to_dict()["description"]
    for part in (
        "Trykt (KS): 4 milliarder kroner i minus: −4,00 (−4,50 til −3,50)",
        "Etter størrelsesgruppe: −3,71 (−4,66 til −2,77)",
        "TBUs regel: −3,74",
    ):
        assert part in words


def test_the_simulation_is_marked_in_a_report_on_real_figures_too(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    assert not survey.synthetic
    spec = estimates.coverage(CHARTS["coverage"][1](survey), survey).to_dict()
    assert WATERMARK in json.dumps(spec)
    assert "syntetisk demopanel" in " ".join(spec["title"]["subtitle"])
    own = estimates.result_by_estimator(
        kr.estimates.beside_print(survey, "netto_mrd"), survey
    ).to_dict()
    assert WATERMARK not in json.dumps(own)
