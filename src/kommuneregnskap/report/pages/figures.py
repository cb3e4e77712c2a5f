"""A chart on a page: drawn as SVG for every reader, and its Vega-Lite for those whose browser runs scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert

from kommuneregnskap.display.notebook import FIGURE
from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import drawings
from kommuneregnskap.support import cache, paths

OWN_IDS = re.compile(r"\b(clip|gradient_)(\d+)\b")  # Vega's names within a drawing
# What would end, or change, a block of code in a page.
ENDS = re.compile(r"<(/script|!--)", re.IGNORECASE)
SCRIPT = Path(__file__).with_name("page.js")
Spec = Mapping[str, Any]


def figure_html(spec: Spec, name: str, *, alive: bool = True) -> str:
    """Return a chart as a figure of the page.

    spec: Vega-Lite as `display.renderer` leaves it; name: unique on the page, part of the ids. The drawing carries
    the text alternative. `alive` adds the spec, which `page.js` draws anew with tooltips and choices.
    """
    svg = OWN_IDS.sub(rf"{name}-\1\2", drawings.svg(spec, kept=alive))
    svg = svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    label = escape(str(spec.get("description", "Figur")))
    drawing = f'<div class="tegning" role="img" aria-label="{label}" tabindex="0">{svg}</div>'
    more = f'<div class="valg"></div>{_data(spec)}' if alive else ""
    return f'<figure class="figur" id="{name}">{drawing}{more}</figure>'


def _data(spec: Spec) -> str:
    """Return the spec as a data block of the page; nothing in it can end the block."""
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def by_name(executed: Sequence[Path]) -> dict[str, Spec]:
    """Return the charts of executed notebooks under the names of the functions that drew them."""
    return {
        data[MIME]["usermeta"][FIGURE]: data[MIME]
        for path in executed
        for cell in notebooks.read(path).cells
        for output in cell.get("outputs", [])
        if MIME in (data := output.get("data", {})) and FIGURE in data[MIME].get("usermeta", {})
    }


@lru_cache(maxsize=1)
def script() -> str:
    """Return what makes the page's figures and tables alive: Vega, as vl-convert brings it, and page.js.

    Bundling takes a second or two, so the result is kept in the cache folder under vl-convert's version.
    Raises DataError where the system refuses to write.
    """
    store = paths.cache() / f"vega-{version('vl-convert-python')}.js"
    kept = cache.bytes_of(store, lambda: vl_convert.javascript_bundle().encode())  # type: ignore[call-arg]
    bundle = ENDS.sub(r"<\\\1", kept.decode())
    own = SCRIPT.read_text("utf-8")
    return f"\n{bundle}\n{own}"
