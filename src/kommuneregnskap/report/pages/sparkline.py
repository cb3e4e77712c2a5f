"""A small figure beside a number: its way over the years, without axes, the last year marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 160, 48
EDGE = 5  # pixels around it, so that the mark of the last year has room
DOT = 4


def sparkline_svg(years: Sequence[int], values: Sequence[float | None], label: str) -> str:
    """Return the values over the years as SVG of `WIDTH` x `HEIGHT`; empty where not one is known.

    Years need not follow each other: they stand as far apart as they are, and where a value is missing the line is
    broken. A line at zero where values are on both sides of it, or at it. label: the text alternative, with the
    numbers. Colours follow the page (figures.css). Same values, same text.
    """
    known = {
        year: value
        for year, value in zip(years, values, strict=True)
        if value is not None and math.isfinite(value)
    }
    if not known:
        return ""
    ends = min(known.values()), max(known.values())
    places = {year: (_x(year, years), _y(value, ends)) for year, value in known.items()}
    parts = [_line(run, places) for run in _runs(sorted(years), places)]
    if ends[0] <= 0 <= ends[1] and ends[0] < ends[1]:
        zero = f"{_y(0, ends):.1f}"
        parts.insert(
            0,
            f'<line x1="0" x2="{WIDTH}" y1="{zero}" y2="{zero}" stroke="var(--graa, #4d5660)" '
            'stroke-width="1" stroke-dasharray="3 3"/>',
        )
    x, y = places[max(known)]
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT}" fill="var(--blaa, #0072B2)"/>'
    return (
        f'<svg class="smaafigur" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(label)}" focusable="false">{"".join(parts)}{dot}</svg>'
    )


def _x(year: int, years: Sequence[int]) -> float:
    span = max(years) - min(years)
    share = (year - min(years)) / span if span else 0.5
    return EDGE + share * (WIDTH - 2 * EDGE)


def _y(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    # Divided before they are taken from each other: amounts may be as large as they like.
    scale = max(abs(low), abs(high)) or 1.0
    span = high / scale - low / scale
    share = (value / scale - low / scale) / span if span else 0.5
    return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)


def _runs(years: Sequence[int], places: dict[int, tuple[float, float]]) -> list[list[int]]:
    """Return the years with values, as many together as follow each other among those asked for."""
    runs: list[list[int]] = [[]]
    for year in years:
        if year in places:
            runs[-1].append(year)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _line(run: Sequence[int], places: dict[int, tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (places[year] for year in run))
    return (
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" '
        'stroke-linecap="round"/>'
    )
