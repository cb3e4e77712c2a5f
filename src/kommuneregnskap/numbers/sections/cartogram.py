"""A map without borders: each municipality a circle near its place, as large as its population.

After D. Dorling (1996), Area cartograms: their use and creation.
"""

from __future__ import annotations

import numpy as np
import polars as pl

EARTH_RADIUS = 6371.0  # km
CENTRE = (
    15.0,
    65.0,
)  # degrees east and north: the middle of the projection, so that Norway stands upright
FILLED = 0.11  # of the rectangle around all places: what the circles cover together
PULL = 0.03  # of the way back to its place that a circle goes in a step
STEPS, SETTLING = 120, 2000  # steps with the pull, then at most so many without it
GAP = 1.0  # km that are kept free around a circle while it moves, so that a rest of overlap is none
DECIMALS = 2


def projected(places: pl.DataFrame) -> pl.DataFrame:
    """Return places in kilometres: Lambert's azimuthal equal-area projection of a sphere (Snyder 1987, ch. 24).

    In: lon, lat (degrees). Out: those and x, y (km east and north of the centre).
    """
    east, north = (pl.col("lon") - CENTRE[0]).radians(), pl.col("lat").radians()
    middle = float(np.radians(CENTRE[1]))
    cosine = np.sin(middle) * north.sin() + np.cos(middle) * north.cos() * east.cos()
    scale = EARTH_RADIUS * (2 / (1 + cosine)).sqrt()
    return places.with_columns(
        x=scale * north.cos() * east.sin(),
        y=scale * (np.cos(middle) * north.sin() - np.sin(middle) * north.cos() * east.cos()),
    )


def circles(places: pl.DataFrame) -> pl.DataFrame:
    """Return circles that do not overlap, each as near its place as the others let it.

    In: lon, lat (degrees), folkemengde (persons). Out: the same rows with x, y, radius (km, two decimals);
    areas are in proportion to folkemengde. Same rows, same circles.
    """
    found = projected(places)
    start = found.select("x", "y").to_numpy()
    people = found["folkemengde"].cast(pl.Float64).to_numpy()
    if not len(start):
        return found.with_columns(radius=pl.lit(None, pl.Float64))
    width, height = np.maximum(np.ptp(start, axis=0), 1.0)
    radius = np.sqrt(people * FILLED * width * height / (np.pi * people.sum()))
    moved = _apart(start, radius + GAP / 2)
    return found.with_columns(
        x=pl.Series(moved[:, 0]), y=pl.Series(moved[:, 1]), radius=pl.Series(radius)
    ).with_columns(pl.col("x", "y", "radius").round(DECIMALS))


def _apart(start: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Push overlapping circles apart along the line between them, the smaller one farther."""
    needed = radius[:, None] + radius[None, :]
    np.fill_diagonal(needed, 0.0)
    # The lighter of two gives way: a share of the push in proportion to the other's area.
    yields = radius[None, :] ** 2 / (radius[:, None] ** 2 + radius[None, :] ** 2)
    x, y = start.T.copy()
    for step in range(STEPS + SETTLING):
        east, north = x[:, None] - x[None, :], y[:, None] - y[None, :]
        distance = np.sqrt(east * east + north * north)
        overlap = needed - distance
        np.maximum(overlap, 0.0, out=overlap)
        if step >= STEPS and overlap.max() < GAP:
            break
        push = overlap * yields / np.maximum(distance, 1e-9)
        x, y = x + (push * east).sum(axis=1), y + (push * north).sum(axis=1)
        if step < STEPS:
            x, y = x + PULL * (start[:, 0] - x), y + PULL * (start[:, 1] - y)
    return np.column_stack([x, y])
