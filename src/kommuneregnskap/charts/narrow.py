"""A chart laid out for a phone: the same marks and words in a drawing of `NARROW` pixels, made of the wide one.

Names of rows stand above their marks, small charts below each other, axes have fewer numbers and long titles several
lines. It takes Vega-Lite as it leaves a notebook and looks at nothing but how the chart is laid out, so that a new
chart has its narrow drawing without a line of its own.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from kommuneregnskap.charts.style import TEXT, WIDTH

Spec = dict[str, Any]
NARROW = 316  # what a phone of 360 pixels has room for
INSET = 10  # what Vega keeps clear at the sides
AXIS = 52  # what a quantitative axis and its title take at the left
TICKS = 4
LETTER = 6.2  # width of a letter in the middle, in pixels
LINE_HEIGHT, ABOVE, BELOW = 14, 3, 9  # of names above marks: a line, over it, under the marks
MARKS = 22  # the most that the marks of a row take
GAP = 12  # between small charts


def narrow(spec: Mapping[str, Any]) -> Spec:
    """Return a chart's Vega-Lite for a narrow screen; in: Vega-Lite of `style`. The data are untouched."""
    data = spec.get("datasets")
    drawn = deepcopy({name: value for name, value in spec.items() if name != "datasets"})
    if "vconcat" in drawn:
        for part in drawn["vconcat"]:
            _laid_out(part, NARROW - AXIS)
    elif "spec" in drawn:
        _faceted(drawn, data or {})
    else:
        _laid_out(drawn, NARROW)
    for axis in _axes(drawn):
        if isinstance(axis.get("title"), str):
            axis["title"] = _broken(axis["title"])
    config = drawn.setdefault("config", {})
    config.setdefault("axisQuantitative", {})["tickCount"] = TICKS
    config["legend"] = config.get("legend", {}) | _legends(drawn)
    return drawn if data is None else drawn | {"datasets": data}


def _laid_out(part: Spec, width: int) -> None:
    """Give one panel its width, and its rows of names theirs."""
    before = float(part.get("width", WIDTH))
    part["width"] = width
    for layer in _layers(part):
        if layer["mark"]["type"] == "bar" and "size" in layer["mark"]:
            layer["mark"]["size"] = max(2, round(layer["mark"]["size"] * width / before))
    if _is_map(part):
        # On so small a map the names of places would cover them.
        part["layer"] = [each for each in part["layer"] if each["mark"]["type"] != "text"]
        shrunk = (width - INSET) / (before - INSET)
        part["height"] = round(part["height"] * shrunk)
        for size in _encodings(part, "size"):
            size["scale"]["range"] = [end * shrunk**2 for end in size["scale"]["range"]]
        return
    rows = [y for y in _encodings(part, "y") if y.get("type") == "nominal" and y.get("sort")]
    if rows and "axis" in rows[0]:
        _above(part, rows)
    for axis in _axes(part):
        if len(values := axis.get("values") or []) > TICKS and all(
            isinstance(each, int) for each in values
        ):
            axis["values"] = _fewer(values)


def _above(part: Spec, rows: list[Spec]) -> None:
    """Put the names of rows above their marks, which move down within their row."""
    names = [str(name) for name in rows[0]["sort"]]
    lines = max(name.count("|") + 1 for name in names)
    step = float(part["height"]) / len(names)
    of_rows = [
        layer
        for layer in _layers(part)
        if layer.get("encoding", {}).get("y", {}).get("type") == "nominal"
    ]
    sides = [each["mark"].get("dy", 0) for each in of_rows if each["mark"]["type"] == "text"]
    texts = {side: any(side * dy > 0 for dy in sides) for side in (-1, 1)}
    over = ABOVE + LINE_HEIGHT * (lines + texts[-1])
    marks = min(step, MARKS)
    new_step = over + marks + LINE_HEIGHT * texts[1] + BELOW
    down = over + marks / 2 - new_step / 2  # of the marks' middle from that of the row
    part["height"] = round(new_step * len(names))
    for y in rows:
        if y.get("axis"):
            y["axis"] |= {
                "labelAlign": "left",
                "labelPadding": 0,
                "labelOffset": round(-new_step / 2 + ABOVE + TEXT / 2),
                "labelLimit": NARROW - INSET,
            }
    for layer in of_rows:
        layer["mark"]["yOffset"] = round(down)
        if layer["mark"]["type"] == "bar":
            layer["mark"]["height"] = {"band": round(16 / new_step, 3)}


def _faceted(spec: Spec, data: Mapping[str, Any]) -> None:
    """Put small charts below each other, or by twos where they are small."""
    inner = spec["spec"]
    columns = 2 if 2 * (inner["width"] * 0.6) + GAP < NARROW else 1
    left = 30
    inner["width"] = (NARROW - INSET - columns * left - (columns - 1) * GAP) // columns
    spec["columns"], spec["spacing"] = columns, GAP
    header = spec["facet"].setdefault("header", {})
    header["labelLimit"] = inner["width"] + left
    names = [str(name) for name in spec["facet"].get("sort") or []]
    if max(map(len, names), default=0) * (LETTER + 0.6) > header["labelLimit"]:
        # At a comma, else before the last word.
        broken = "', ', ',|'" if any(", " in name for name in names) else "/ (?=[^ ]*$)/, '|'"
        header["labelExpr"] = f"split(replace(datum.label, {broken}), '|')"
    for axis in _axes(inner):
        if len(values := axis.get("values") or []) > TICKS:
            axis["values"] = _fewer(values)


def _fewer(values: list[int]) -> list[int]:
    """Return every second of some even steps, those of round numbers."""
    step = 2 * (values[1] - values[0])
    return [value for value in values if value % step == 0] or values[::2]


def _broken(title: str) -> str | list[str]:
    lines = textwrap.wrap(title, int((NARROW - AXIS) / LETTER))
    return lines if len(lines) > 1 else title


def _legends(spec: Spec) -> Spec:
    """Return how legends are set: below each other, each in as many columns as there is room for."""
    longest = max(
        (
            len(str(name))
            for channel in ("color", "shape", "strokeDash")
            for each in _encodings(spec, channel)
            for name in (each.get("scale") or {}).get("domain") or []
        ),
        default=0,
    )
    room = longest * LETTER + 28
    for channel in ("color", "shape", "strokeDash"):
        for each in _encodings(spec, channel):
            legend = each.get("legend")
            if isinstance(legend, dict) and "direction" in legend:
                legend["columns"] = 1
            elif isinstance(legend, dict):
                legend.pop("columns", None)
    columns = max(1, math.floor(NARROW / room)) if longest else 1
    below = {"direction": "vertical", "anchor": "start"}
    return {"columns": columns, "layout": {"top": below, "bottom": below}}


def _layers(part: Spec) -> Iterator[Spec]:
    """Yield every part of a chart that has marks."""
    if "mark" in part:
        if isinstance(part["mark"], str):
            part["mark"] = {"type": part["mark"]}
        yield part
    for name in ("layer", "vconcat"):
        for each in part.get(name, []):
            yield from _layers(each)
    if "spec" in part:
        yield from _layers(part["spec"])


def _encodings(part: Spec, channel: str) -> Iterator[Spec]:
    for layer in _layers(part):
        found = layer.get("encoding", {}).get(channel)
        if isinstance(found, dict) and "field" in found:
            yield found


def _axes(part: Spec) -> Iterator[Spec]:
    """Yield the axes of a chart, and the channels that give an axis its title."""
    for channel in ("x", "y"):
        for each in _encodings(part, channel):
            yield each
            if isinstance(each.get("axis"), dict):
                yield each["axis"]


def _is_map(part: Spec) -> bool:
    return any("range" in (each.get("scale") or {}) for each in _encodings(part, "size"))
