"""A small line of a few years, without axes: the direction at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def sparkline_svg(years: Sequence[int], values: Sequence[float], label: str) -> str:
    """Return a line as SVG of 160 by 48, its last point marked."""
    low, high = min(*values, 0.0), max(*values, 0.0)
    span = (high - low) or 1.0
    first, last = years[0], years[-1]
    points = [
        (6 + 148 * (year - first) / ((last - first) or 1), 42 - 36 * (value - low) / span)
        for year, value in zip(years, values, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="gnist" viewBox="0 0 160 48" role="img" aria-label="{escape(label)}">'
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"/></svg>'
    )
