"""The drawing for a phone, made of the wide one: nothing is lost, cut off or over something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree as Xml

import pytest
import vl_convert

import kommuneregnskap as kr
from kommuneregnskap.charts.narrow import NARROW, narrow
from kommuneregnskap.charts.style import PALETTE, WATERMARK, WIDTH
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.computing import drawn

# One of each kind of layout: rows of bars, of points, columns, small charts, panels, lines.
KINDS = [
    "investment_shares",
    "tipping_points",
    "investment_over_years",
    "results_by_group",
    "specification_curve",
    "result_decides",
]
SVG = "{http://www.w3.org/2000/svg}"
PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")


def spec_of(name: str, survey: Survey) -> dict[str, object]:
    return getattr(kr.charts, name)(drawn(name, survey), survey).to_dict()


def picture(spec: dict[str, object]) -> Xml.Element:
    text = json.dumps({name: value for name, value in spec.items() if name != "usermeta"})
    return Xml.fromstring(vl_convert.vegalite_to_svg(text))


def words(root: Xml.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", KINDS)
def test_the_same_marks_are_drawn_in_half_the_width(survey_2024: Survey, name: str) -> None:
    spec = spec_of(name, survey_2024)
    given = json.dumps(spec)
    small = narrow(spec)
    assert json.dumps(spec) == given, "what is given stays as it is"
    assert small["datasets"] == spec["datasets"]
    wide, slim = (
        picture({key: value for key, value in each.items() if key != "title"})
        for each in (spec, small)
    )
    assert float(wide.get("width", "0")) <= WIDTH + 20
    assert NARROW * 0.85 < float(slim.get("width", "0")) <= NARROW + 4
    for kind in ("bar", "point", "line", "rule"):
        assert len(marks(wide, kind)) == len(marks(slim, kind))
    assert not [text for text in words(slim) if "…" in text], "a text is cut off"
    assert not [text for text in words(wide) if "…" in text], "a text is cut off"


def marks(root: Xml.Element, kind: str) -> list[Xml.Element]:
    name = {"bar": "rect", "point": "symbol"}.get(kind, kind)
    groups = [
        group
        for group in root.iter(f"{SVG}g")
        if re.search(rf"\bmark-{name} role-mark\b", group.get("class", ""))
    ]
    return [each for group in groups for each in group]


def test_names_of_rows_stand_above_their_bars(survey_2024: Survey) -> None:
    root = picture(narrow(spec_of("investment_shares", survey_2024)))
    texts = {"".join(text.itertext()): text for text in root.iter(f"{SVG}text")}
    tops = [
        float(found[1])
        for bar in marks(root, "bar")
        if (found := re.match(r"M[\d.-]+,([\d.]+)", bar.get("d", "")))
    ]
    names = [float(PLACE.search(texts[name].get("transform", ""))[2]) for name in NAMES]  # type: ignore[index]
    assert len(tops) > len(names)
    for place, name in enumerate(names):
        assert name < tops[place]
        assert place == 0 or name > tops[place - 1] + 12


NAMES = ("Vann, avløp og renovasjon", "Grunnskole", "Pleie og omsorg")


def test_a_map_shrinks_as_a_whole() -> None:
    survey = open_survey(year=2024, source="ssb")
    spec = spec_of("values", survey)
    small = narrow(spec)
    ratio = (small["width"] - 10) / (spec["width"] - 10)  # type: ignore[operator]
    assert small["height"] == pytest.approx(spec["height"] * ratio, abs=1)  # type: ignore[operator]
    (before,), (after,) = ([*sizes(each)] for each in (spec, small))
    assert after == [pytest.approx(end * ratio**2) for end in before]


def sizes(spec: object) -> Iterator[list[float]]:
    if isinstance(spec, dict):
        if isinstance(spec.get("size"), dict) and "scale" in spec["size"]:
            yield spec["size"]["scale"]["range"]
        for value in spec.values():
            yield from sizes(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from sizes(value)


@pytest.mark.parametrize(
    "name", ["fund_bands_over_years", "specification_curve", "results_by_group"]
)
def test_all_that_is_drawn_has_a_colour_of_the_one_table(survey_2024: Survey, name: str) -> None:
    """Else it would be on a dark page what it is on a light one."""
    spec = spec_of(name, survey_2024)
    for root in map(picture, (spec, narrow(spec))):
        used = {each.get(key, "none") for each in root.iter() for key in ("fill", "stroke")}
        assert used - {"none", "transparent", "white"} <= set(PALETTE)


def test_the_mark_of_invented_accounts_overlaps_no_value(survey_2024: Survey) -> None:
    """It stands in the lines above the chart, which Vega lays out above all that is drawn."""
    for name in KINDS:
        root = picture(spec_of(name, survey_2024))
        (title,) = [g for g in root.iter(f"{SVG}g") if "role-title-subtitle" in g.get("class", "")]
        said = "".join(title.itertext())
        assert said.startswith(WATERMARK)
        assert "".join(root.itertext()).count(WATERMARK) == 1
