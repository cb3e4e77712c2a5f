"""A chart on a page: its title, unit and source as text of the page, drawn as SVG for every reader and for a phone, and
its Vega-Lite for those whose browser runs scripts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert

from kommuneregnskap.charts.narrow import narrow
from kommuneregnskap.charts.style import FIGURE
from kommuneregnskap.report import citation, contents, drawings
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.report.pages import slim
from kommuneregnskap.report.pages.addresses import cite_html
from kommuneregnskap.support import cache, paths

SCRIPT = Path(__file__).with_name("page.js")
CITE = SCRIPT.with_name("cite.js")
FOLDS = SCRIPT.with_name("folds.js")  # all that a page of definitions runs
# Vega's own text as a script of its own, that lets nothing but its three names out of it.
WHOLE = '(() => {{"use strict";\n{}\n}})();'
DATA_BLOCK = '<script type="application/json">'
DATA = "data"  # in `usermeta`: where the numbers behind the figure lie, as seen from the page
LARGEST = {"bred": 1.15, "smal": 1.3}  # how much a drawing may grow where there is room
Spec = Mapping[str, Any]


def figure_html(spec: Spec, name: str, *, alive: bool = True, cited: Cited | None = None) -> str:
    """Return a chart as a figure of the page.

    spec: Vega-Lite as `display.renderer` leaves it, of `of` with the address of its numbers; name: unique on the page,
    part of the ids. The drawing carries the text alternative. There are two, the page's styles choose by the width of
    the figure. `alive` adds the spec, which `page.js` draws anew with tooltips and choices; the narrow drawing is
    then for those without scripts. cited: of the report it is in; with it comes a fold that the figure is cited from.
    """
    wide = _on_page(spec)
    small = narrow(wide)
    label = escape(str(spec.get("description", "Figur")))
    drawn = _drawing(wide, name, "bred", kept=alive)
    second = _drawing(small, f"{name}-s", "smal", kept=alive)
    second = f"<noscript>{second}</noscript>" if alive else second
    drawing = f'<div class="tegning" role="img" aria-label="{label}">{drawn}{second}</div>'
    more = f'<div class="valg"></div>{_data(wide, small)}' if alive else ""
    above, below = _words(spec)
    fold = cite_html(name, _citation(spec, cited)) if cited else ""
    return f'<figure class="figur" id="{name}">{above}{drawing}{more}{below}{fold}</figure>'


def of(executed: Path, files: str = "") -> list[Spec]:
    """Return the charts of an executed notebook in order. files: where their files lie (`figurer/`), if anywhere.

    Each knows the address of its numbers then (`DATA`).
    """
    found = contents.figures([contents.chapter(executed)])
    if not files:
        return [figure.spec for figure in found]
    return [
        {
            **figure.spec,
            "usermeta": {**figure.spec.get("usermeta", {}), DATA: f"{files}{figure.name}.csv"},
        }
        for figure in found
    ]


def by_name(executed: Sequence[Path], files: str = "") -> dict[str, Spec]:
    """Return the charts of executed notebooks under the names of the functions that drew them; files: as `of`."""
    return {
        spec["usermeta"][FIGURE]: spec
        for path in executed
        for spec in of(path, files)
        if FIGURE in spec.get("usermeta", {})
    }


def _citation(spec: Spec, cited: Cited) -> str:
    """Return what a chart is cited as; its own source is what it says of it, and its mark that it is invented."""
    said = spec.get("usermeta", {})
    title = said.get("tittel") or str(spec.get("description", "Figur"))
    own = (said.get(name, "") for name in ("kilde", "merke"))
    return citation.of_thing("figur", title, said.get("enhet", ""), cited, *own)


def _on_page(spec: Spec) -> dict[str, Any]:
    """Return a chart without what the page says in its own words, on the page's own ground."""
    left_out = ("title", "usermeta", "background")
    return {name: value for name, value in spec.items() if name not in left_out} | {
        "background": None
    }


def _words(spec: Spec) -> tuple[str, str]:
    """Return what stands above a figure and below it: title and unit; source and the way to the numbers."""
    said = spec.get("usermeta", {})
    marked = said.get("merke", "")
    mark = f' <span class="oppdiktet">{escape(marked.capitalize())}</span>' if marked else ""
    above = (
        f'<figcaption><p class="figurtittel">{escape(said["tittel"])}{mark}</p>'
        f'<p class="figurenhet">{escape(said["enhet"])}</p></figcaption>'
        if "tittel" in said
        else ""
    )
    address = said.get(DATA)
    link = f' <a href="{escape(address)}">Tallene bak figuren (CSV)</a>' if address else ""
    source = escape(said.get("kilde", ""))
    return above, f'<p class="figurkilde">{source}{link}</p>' if source or link else ""


def _drawing(spec: Spec, name: str, kind: str, *, kept: bool) -> str:
    """Return a drawing, no larger than its letters should be."""
    root = slim.slim(drawings.svg(spec, kept=kept), name)
    width = float(root.get("width", "0"))
    root.attrib = {
        "class": kind,
        "aria-hidden": "true",
        "focusable": "false",
        "viewBox": root.get("viewBox", ""),
        "width": f"{width * LARGEST[kind]:.0f}",
    }
    return slim.text(root)


def _data(wide: Spec, small: Spec) -> str:
    """Return both layouts and their data as a data block of the page; nothing in it can end the block."""
    both = {
        "bred": {key: value for key, value in wide.items() if key != "datasets"},
        "smal": {key: value for key, value in small.items() if key != "datasets"},
        "datasets": wide.get("datasets", {}),
    }
    text = json.dumps(both, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"{DATA_BLOCK}{text}</script>"


@lru_cache(maxsize=1)
def script() -> str:
    """Return what makes figures and tables of a page alive: page.js, cite.js, folds.js. It draws by `library`."""
    return "\n".join(["", *(each.read_text("utf-8") for each in (SCRIPT, CITE, FOLDS))])


def library(*parts: str) -> str:
    """Return what draws the figures that are alive in these parts of a page (HTML): Vega, as vl-convert brings it.

    Empty where there are none. Raises DataError where the system refuses to write.
    """
    return _vega() if any(DATA_BLOCK in part for part in parts) else ""


@lru_cache(maxsize=1)
def _vega() -> str:
    """Return Vega. Bundling takes a second or two, so it is kept in the cache folder under vl-convert's version."""
    store = paths.cache() / f"vega-{version('vl-convert-python')}.js"
    kept = cache.bytes_of(store, lambda: vl_convert.javascript_bundle().encode())  # type: ignore[call-arg]
    return WHOLE.format(kept.decode())
