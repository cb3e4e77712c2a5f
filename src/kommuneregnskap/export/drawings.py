"""Charts drawn: Vega-Lite from a notebook to SVG, and from there to PNG and to print, each chart once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

import vl_convert

VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
KEPT = 64  # drawings kept in the process; a report has about twenty
PRINT_FONT = "Libertinus Serif"
SANS = re.compile(r'font-family="sans-serif"')
SCALE = 2.0  # pixels of a PNG per pixel of the figure


def svg(spec: Mapping[str, object]) -> str:
    """Return a chart as SVG. In: its Vega-Lite as `display_renderer` leaves it. Same chart, same text."""
    return _svg(_key(spec))


def png(spec: Mapping[str, object]) -> bytes:
    """Return a chart as PNG with `SCALE` pixels per pixel of the figure."""
    return _png(_key(spec))


def for_print(spec: Mapping[str, object]) -> str:
    """Return a chart as SVG for print: its texts in the font of the pages, which Typst has with it.

    The font is narrower than the one the chart was measured with, so that all texts have room.
    """
    return SANS.sub(f'font-family="{PRINT_FONT}"', svg(spec))


def _key(spec: Mapping[str, object]) -> str:
    return json.dumps({**spec, "$schema": VEGA_LITE})


@lru_cache(maxsize=KEPT)
def _svg(key: str) -> str:
    return str(vl_convert.vegalite_to_svg(key))


@lru_cache(maxsize=KEPT)
def _png(key: str) -> bytes:
    return bytes(vl_convert.svg_to_png(_svg(key), scale=SCALE))
