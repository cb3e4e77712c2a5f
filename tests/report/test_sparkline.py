"""The small figure beside a number: where its points lie, what it does without values, how few parts it has."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kommuneregnskap.report.pages.sparkline import HEIGHT, WIDTH, sparkline_svg

AMOUNTS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


def points(svg: str) -> list[list[tuple[float, float]]]:
    return [
        [
            (float(x), float(y))
            for x, y in (pair.split(",") for pair in line.get("points", "").split())
        ]
        for line in Xml.fromstring(svg).iter("polyline")
    ]


def test_it_goes_from_left_to_right_and_from_low_to_high_and_marks_the_last_year() -> None:
    svg = sparkline_svg([2021, 2022, 2024], [10, 30, 20], "Tall: 10, 30 og 20")
    ((first, second, last),) = points(svg)
    assert (first, second, last) == (
        (5.0, 43.0),
        (55.0, 5.0),
        (155.0, 24.0),
    )  # 2023 is not asked for
    (dot,) = Xml.fromstring(svg).iter("circle")
    assert (dot.get("cx"), dot.get("cy")) == ("155.0", "24.0")
    assert Xml.fromstring(svg).get("aria-label") == "Tall: 10, 30 og 20"
    assert "<line" not in svg


def test_zero_is_drawn_where_values_pass_it() -> None:
    (line,) = Xml.fromstring(sparkline_svg([2022, 2023], [1.0, -1.0], "")).iter("line")
    assert line.get("y1") == "24.0"
    (line,) = Xml.fromstring(sparkline_svg([2022, 2023], [0, 2], "")).iter("line")
    assert line.get("y1") == "43.0"


def test_a_missing_year_breaks_the_line() -> None:
    svg = sparkline_svg([2019, 2020, 2021, 2022, 2023], [1, 2, None, 3, 4], "")
    assert [len(run) for run in points(svg)] == [2, 2]
    alone = sparkline_svg([2022, 2023, 2024], [1, None, None], "")
    assert points(alone) == []
    assert Xml.fromstring(alone).find("circle") is not None


def test_of_nothing_there_is_no_figure() -> None:
    assert sparkline_svg([], [], "") == sparkline_svg([2023, 2024], [None, float("nan")], "") == ""
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        sparkline_svg([2023, 2024], [1], "")


def test_what_it_says_is_text() -> None:
    svg = sparkline_svg([2024], [1], '"/><script>alert(1)</script>')
    assert "<script" not in svg
    assert Xml.fromstring(svg).get("aria-label") == '"/><script>alert(1)</script>'


@given(st.lists(AMOUNTS, max_size=12))
def test_every_point_lies_within_and_the_parts_are_few(values: list[float | None]) -> None:
    svg = sparkline_svg(range(2010, 2010 + len(values)), values, "x")
    if not svg:
        assert all(value is None for value in values)
        return
    parts = list(Xml.fromstring(svg).iter())
    assert len(parts) < 30
    places = [place for run in points(svg) for place in run]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
