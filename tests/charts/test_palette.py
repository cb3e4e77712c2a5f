"""The one table of colours: what the page's styles say of them, and that letters stand out on both grounds."""

from __future__ import annotations

import re

import pytest

from kommuneregnskap.charts.style import BLUE, GREY, INK, ORANGE, PALE, PALETTE, PAPER
from kommuneregnskap.charts.years import BAND_COLOURS, ENDS
from kommuneregnskap.support import paths

CSS = (paths.source_code() / "report/pages/figures.css").read_text("utf-8")
READABLE, SEEN = 4.5, 3.0  # WCAG: of letters, of what a figure is made of


def contrast(one: str, other: str) -> float:
    low, high = sorted(light(each) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def light(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_s_styles_have_every_colour_by_light_and_by_dark() -> None:
    defined = dict.fromkeys(re.findall(r"(--[\w-]+): #", CSS))
    bright, dark = (
        {name: re.findall(rf"{name}: (#\w{{6}})", CSS)[place] for name in defined}
        for place in (0, 1)
    )
    assert {bright[name]: dark[name] for name in defined} == PALETTE
    for name, colour in bright.items():
        for what in ("fill", "stroke"):
            assert f'[{what}="{colour}"] {{ {what}: var({name}); }}' in CSS
    assert CSS.count("[fill=") == CSS.count("[stroke=") == len(PALETTE)


@pytest.mark.parametrize(
    "ground", [lambda colour: colour, PALETTE.__getitem__], ids=["light", "dark"]
)
def test_letters_and_marks_stand_out(ground) -> None:  # type: ignore[no-untyped-def]
    for letters in (INK, GREY):
        assert contrast(ground(letters), ground(PAPER)) >= READABLE
    for mark in (BLUE, ORANGE):
        assert contrast(ground(mark), ground(PAPER)) >= SEEN
    assert contrast(ground(INK), ground(PALE)) >= READABLE
    for place, band in enumerate(BAND_COLOURS):
        on_it = PAPER if place in ENDS else INK
        assert contrast(ground(on_it), ground(band)) >= READABLE, band
