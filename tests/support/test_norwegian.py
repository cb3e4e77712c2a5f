"""Numbers as a Norwegian reader expects them."""

from __future__ import annotations

import pytest

from kommuneregnskap.support.norwegian import interval, listing, number, with_unit


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, 1, "1\u202f234,5"),
        (-0.44, 1, "−0,4"),
        (0.25, 1, "0,3"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (-0.04, 1, "0,0"),
        (None, 1, "–"),
        (17, 0, "17"),
    ],
)
def test_number(value: float | None, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "enhet", "text"),
    [
        (56.4, "mrd_kr", "56,40 milliarder kroner"),
        (16.97, "prosent", "17,0 prosent"),
        (2, "rang", "nr. 2"),
        (-3.2, "retning", "ned"),
        (0.1, "retning", "opp"),
        (0.0, "retning", "uendret"),
        (138, "antall", "138"),
        (None, "prosent", "–"),
    ],
)
def test_with_unit(value: float | None, enhet: str, text: str) -> None:
    assert with_unit(value, enhet) == text


def test_intervals_in_words() -> None:
    assert interval(16.5, 17.5, 1) == "16,5 til 17,5"
    assert interval(None, 0, 0) == "under 0"
    assert interval(0, None, 0) == "over 0"
    assert interval(138, 138, 0) == "138"


def test_listing() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b og c"
