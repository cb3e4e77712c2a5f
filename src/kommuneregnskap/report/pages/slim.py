"""A drawing as a page carries it: what Vega writes for programs and what draws nothing is left out.

Vega gives each mark a description of its own, each group three wrappers and each number fifteen digits. On a page the
drawing is one picture with one text alternative, drawn to a hundredth of a pixel, in the page's own type.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

SVG = "http://www.w3.org/2000/svg"
SAID = re.compile(r"^(?:aria-.*|role|class|version|pointer-events|font-family|stroke-miterlimit)$")
NUMBER = re.compile(r"-?\d+\.\d{3,}")
# A circle as Vega writes it: two arcs around its middle.
CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")
PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
NOWHERE = re.compile(r"translate\(0(?:\.0)?,0(?:\.0)?\)")
# What a group may say once for all that is in it.
INHERITED = ("fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor")
DEFAULTS = {"opacity": "1", "stroke-width": "1", "font-weight": "normal", "text-anchor": "start"}
OWN_IDS = re.compile(r"\b(clip|gradient_)(\d+)\b")  # Vega's names within a drawing


def slim(drawing: str, name: str) -> Xml.Element:
    """Return an SVG of Vega's as a page has it. name: unique on the page, what its ids begin with."""
    root = Xml.fromstring(OWN_IDS.sub(rf"{name}-\1\2", drawing))
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        element.attrib = {
            key: NUMBER.sub(_rounded, value)
            for key, value in element.attrib.items()
            if not SAID.match(key) and DEFAULTS.get(key) != value
        }
        if NOWHERE.fullmatch(element.get("transform", "")):
            del element.attrib["transform"]
    _without_nothing(root)
    for element in root.iter("path"):
        _as_circle(element)
    _hoisted(root)
    return root


def text(root: Xml.Element) -> str:
    """Return a drawing as text within a page, where nothing names its language."""
    return Xml.tostring(root, encoding="unicode")


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found.group()):.2f}".rstrip("0").rstrip(".")


def _without_nothing(parent: Xml.Element) -> None:
    """Take away what draws nothing, and groups that say nothing of what is in them."""
    kept: list[Xml.Element] = []
    for child in list(parent):
        _without_nothing(child)
        if (child.tag == "path" and not _is_seen(parent, child)) or (
            child.tag == "g" and not len(child)
        ):
            continue
        kept += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = kept


def _is_seen(parent: Xml.Element, path: Xml.Element) -> bool:
    """Return whether a path has a colour, or is a shape that something else refers to."""
    coloured = "fill" in path.attrib or "stroke" in path.attrib
    return path.get("display") != "none" and (coloured or parent.tag == "clipPath")


def _as_circle(path: Xml.Element) -> None:
    shape = CIRCLE.fullmatch(path.get("d", ""))
    place = PLACE.fullmatch(path.get("transform", ""))
    if shape and place:
        path.tag = "circle"
        del path.attrib["d"], path.attrib["transform"]
        path.attrib = {"cx": place[1], "cy": place[2], "r": shape[1], **path.attrib}


def _hoisted(parent: Xml.Element) -> None:
    """Let a group say what all that is in it say alike."""
    for child in parent:
        _hoisted(child)
    if parent.tag != "g" or len(parent) < 2:
        return
    for key in INHERITED:
        values = {child.get(key) for child in parent}
        if len(values) == 1 and (value := values.pop()) is not None and key not in parent.attrib:
            parent.set(key, value)
            for child in parent:
                del child.attrib[key]
