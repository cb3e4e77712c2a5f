"""Answers in json-stat2: every form that the format permits is read, what is not of it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kommuneregnskap.sources.statbank import jsonstat, metadata
from kommuneregnskap.support.errors import ServerError

ASKED = {"a": ["1", "2"], "b": ["x", "y", "z"]}
AB = {
    "a": {"label": "a", "category": {"index": {"1": 0, "2": 1}}},
    "b": {"label": "b", "category": {"index": ["x", "y", "z"]}},
}
WHOLE: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "label": "Tabell",
    "updated": "2026-06-15T06:00:00Z",
    "id": ["a", "b"],
    "size": [2, 3],
    "dimension": AB,
    "value": [1, 2, None, 4, 5.5, None],
    "status": {"2": ".."},
}
VALUES = [1, 2, None, 4, 5.5, None]
ROLE = {"time": ["a"], "metric": ["b"]}


def read(**changes: Any) -> list[tuple[Any, ...]]:
    """Return the rows of an answer with some parts changed; a part that is `...` is left out."""
    answer = {name: part for name, part in (WHOLE | changes).items() if part is not ...}
    frame = jsonstat.read(json.dumps(answer).encode(), ASKED).frame
    return frame.sort("a", "b").select("a", "b", "verdi", "status").rows()


def test_cells_come_in_the_order_of_the_dimensions_with_value_and_status() -> None:
    assert read() == [
        *(("1", "x", 1.0, None), ("1", "y", 2.0, None), ("1", "z", None, "..")),
        *(("2", "x", 4.0, None), ("2", "y", 5.5, None), ("2", "z", None, None)),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"value": {"0": 1, "1": 2, "3": 4, "4": 5.5}},
        {"value": {"0": 1, "1": 2, "2": None, "3": 4, "4": 5.5}},
        {"status": [None, None, "..", None, None, None]},
        {"status": {"2": "..", "3": ""}},
        {"status": ["", "", "..", "", "", ""]},
        {"role": ROLE},
        {"role": None},
        {"role": {"time": "a"}},
        {"role": []},
        {"note": ["en note"], "link": {}, "source": "SSB", "href": "x", "extension": {"px": {}}},
        {"dimension": {"a": {"category": {"label": {"1": "en", "2": "to"}}}, "b": AB["b"]}},
        {"dimension": {"a": {"category": {"index": ["1", "2"], "label": {}}}, "b": AB["b"]}},
        {"dimension": {"a": {"category": {"index": {"2": 1, "1": 0}}}, "b": AB["b"]}},
        {"dimension": AB | {"c": {"category": {"label": {"T": "I alt"}}}}, "id": ["a", "b", "c"]}
        | {"size": [2, 3, 1]},
        {"dimension": AB | {"id": ["a", "b"], "size": [2, 3]}, "id": ..., "size": ...},
        {
            "id": ["b", "a"],
            "size": [3, 2],
            "value": [1, 4, 2, 5.5, None, None],
            "status": {"4": ".."},
        },
        {"size": [2.0, 3.0]},
        {"updated": ...},
        {"version": ...},
    ],
    ids=str,
)
def test_every_form_that_the_format_permits_says_the_same(changes: dict[str, Any]) -> None:
    assert read(**changes) == read()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (".", ["."] * 6),
        (["."], ["."] * 6),
        ("", [None] * 6),
        ([""], [None] * 6),
        ({}, [None] * 6),
        (None, [None] * 6),
        (..., [None] * 6),
    ],
)
def test_one_status_may_stand_for_all_cells(status: Any, expected: list[str | None]) -> None:
    assert [row[3] for row in read(status=status)] == expected


def test_a_dimension_that_was_not_asked_for_may_be_there_with_one_code_alone() -> None:
    more = AB | {"c": {"category": {"index": ["T", "U"]}}}
    with pytest.raises(jsonstat.MalformedError, match=r"of more cells than were asked for \(c\)"):
        read(dimension=more, id=["a", "b", "c"], size=[2, 3, 2], value=[1] * 12)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": [1, 2]}, "of 2 values for 6 cells"),
        ({"value": [1, 2, 3, 4, 5, "6"]}, "with '6' in the place of a number"),
        ({"value": [1, 2, 3, 4, 5, float("nan")]}, "with NaN in the place of a number"),
        ({"value": [1, 2, 3, 4, 5, 10**400]}, "with a number beyond counting, which can be no"),
        ({"value": {"6": 1}}, "with values at the place 6 of 6 cells"),
        ({"value": {"01": 1}}, "with values at the place 01 of 6 cells"),
        ({"size": [3, 2]}, r"with sizes \[3, 2\] that do not fit the dimensions"),
        ({"dimension": {"a": AB["a"]}}, "without b"),
        ({"status": [".."] * 2}, "of 2 status for 6 cells"),
        ({"status": {"0": 3}}, "with 3 in the place of a symbol"),
        ({"value": ...}, "without value"),
        ({"class": "bundle"}, "not a json-stat2 dataset"),
    ],
    ids=str,
)
def test_an_answer_whose_parts_do_not_fit_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(jsonstat.MalformedError, match=said):
        read(**changes)


@pytest.mark.parametrize(
    "category",
    [
        {"index": {"1": 0, "2": 1}, "label": {"1": "en", "2": "to"}},
        {"index": ["1", "2"], "label": {"2": "to", "1": "en"}},
        {"label": {"1": "en", "2": "to"}},
    ],
)
def test_a_description_may_list_codes_in_any_form(category: dict[str, Any]) -> None:
    """Case of a bug report: `index` as a list, which the format allows, could not be read."""
    found = metadata.read("12137", WHOLE | {"dimension": AB | {"a": {"category": category}}})
    assert found.dimensions["a"].codes == {"1": "en", "2": "to"}
    assert found.dimensions["a"].label == "a"
    assert found.dimensions["b"].codes == {"x": "x", "y": "y", "z": "z"}


def test_notes_that_must_be_shown_are_kept() -> None:
    notes = {"note": ["en", "to", "tre"], "extension": {"noteMandatory": {"1": True, "9": True}}}
    assert metadata.read("12137", WHOLE | notes).notes == ("to",)
    assert metadata.read("12137", WHOLE).notes == ()


def test_a_description_that_cannot_be_read_says_why() -> None:
    twice = WHOLE | {"dimension": AB | {"a": {"category": {"index": {"1": 0, "2": 0}}}}}
    with pytest.raises(ServerError, match=r"table 12137 cannot be read \(with places of codes"):
        metadata.read("12137", twice)
