"""Charts drawn: Vega-Lite from a notebook to SVG, and from there to PNG and to print, each chart once.

A drawing is kept in the cache folder under the hash of its Vega-Lite and of what draws it, of a PNG also the machine's
fonts: a report that is made anew draws the charts that changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import version

import vl_convert

from kommuneregnskap.support import cache, paths

VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
IN_MEMORY = 128  # drawings kept in the process; a report has about twenty charts, each for page, phone and file
PRINT_FONT = "Libertinus Serif"
SANS = re.compile(r'font-family="sans-serif"')
SCALE = 2.0  # pixels of a PNG per pixel of the figure
FOLDER = "tegninger"  # in the cache
# By which fonts are told apart: a chart's texts in PNG are drawn with those that the machine has.
WRITTEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="20">'
    '<text y="15" font-family="sans-serif">Ag8å <tspan font-weight="bold">Ag8å</tspan></text></svg>'
)
KEPT_DRAWINGS = 800  # of some 200 kB; those drawn or used longest ago go first


def svg(spec: Mapping[str, object], *, kept: bool = True) -> str:
    """Return a chart as SVG. In: its Vega-Lite as `display.renderer` leaves it. Same chart, same text.

    kept: whether the drawing goes to the cache folder; those of hundreds of sheets would crowd out the report's.
    """
    return _svg(_key(spec)) if kept else str(vl_convert.vegalite_to_svg(_key(spec)))


def png(spec: Mapping[str, object]) -> bytes:
    """Return a chart as PNG with `SCALE` pixels per pixel of the figure."""
    return _png(_key(spec))


def for_print(spec: Mapping[str, object]) -> str:
    """Return a chart as SVG for print: its texts in the font of the pages, which Typst has with it.

    The font is narrower than the one the chart was measured with, so that all texts have room.
    """
    return SANS.sub(f'font-family="{PRINT_FONT}"', svg(spec))


def _key(spec: Mapping[str, object]) -> str:
    drawn = {name: value for name, value in spec.items() if name != "usermeta"}
    return json.dumps({**drawn, "$schema": VEGA_LITE})


@lru_cache(maxsize=IN_MEMORY)
def _svg(key: str) -> str:
    return _once(key, "svg", lambda: str(vl_convert.vegalite_to_svg(key)).encode()).decode()


@lru_cache(maxsize=IN_MEMORY)
def _png(key: str) -> bytes:
    return _once(f"{_fonts()} {key}", "png", lambda: png_of(_svg(key)))


def png_of(drawn: str) -> bytes:
    """Return a drawing as PNG, from its SVG, with the fonts that the machine has now."""
    return bytes(vl_convert.svg_to_png(drawn, scale=SCALE))


@lru_cache(maxsize=1)
def _fonts() -> str:
    """Return by what the fonts of this machine are known: the hash of what they write."""
    return hashlib.sha256(png_of(WRITTEN)).hexdigest()


def _once(key: str, kind: str, draw: Callable[[], bytes]) -> bytes:
    """Return a drawing from the cache folder, drawn where it is not there. DataError where that cannot be written."""
    drawn_by = f"{version('vl-convert-python')} {SCALE} {key}"
    store = paths.cache() / FOLDER / f"{hashlib.sha256(drawn_by.encode()).hexdigest()}.{kind}"

    def drawn() -> bytes:
        cache.clean_out(store.parent, KEPT_DRAWINGS - 1)
        return draw()

    return cache.bytes_of(store, drawn)
