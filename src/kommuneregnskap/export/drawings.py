"""Charts drawn: Vega-Lite from a notebook to SVG, and from there to PNG and PDF, each chart once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import vl_convert

VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
KEPT = 64  # drawings kept in the process; a report has about twenty
SCALE = 2.0  # pixels of a PNG per pixel of the figure


def svg(spec: Mapping[str, object]) -> str:
    """Return a chart as SVG. In: its Vega-Lite as `display_renderer` leaves it. Same chart, same text."""
    return _svg(_key(spec))


def png(spec: Mapping[str, object]) -> bytes:
    """Return a chart as PNG with `SCALE` pixels per pixel of the figure."""
    return _png(_key(spec))


def pdf(spec: Mapping[str, object]) -> bytes:
    """Return a chart as a page of PDF, for print: vectors, with the fonts that it uses."""
    return _pdf(_key(spec))


def _key(spec: Mapping[str, object]) -> str:
    return json.dumps({**spec, "$schema": VEGA_LITE})


@lru_cache(maxsize=KEPT)
def _svg(key: str) -> str:
    return str(vl_convert.vegalite_to_svg(key))


@lru_cache(maxsize=KEPT)
def _png(key: str) -> bytes:
    return bytes(vl_convert.svg_to_png(_svg(key), scale=SCALE))


@lru_cache(maxsize=KEPT)
def _pdf(key: str) -> bytes:
    return bytes(vl_convert.svg_to_pdf(_svg(key)))
