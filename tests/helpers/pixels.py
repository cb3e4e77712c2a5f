"""A page as pixels: a PNG read with nothing but the standard library and numpy, and where its ink is."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

FOOT, HEAD = 0.92, 0.06  # of a page's height: below stands its foot, above its head
WHITE = 250


@dataclass(frozen=True)
class Picture:
    """Which rows of a page have ink, between its head and its foot."""

    rows: np.ndarray


def read(png: bytes) -> Picture:
    """Read a PNG of eight bits a channel, without interlacing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, data = 8, b""
    width = height = channels = 0
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height = int.from_bytes(body[:4]), int.from_bytes(body[4:8])
            channels = {0: 1, 2: 3, 6: 4}[body[9]]
        data += body if kind == b"IDAT" else b""
        place += length + 12
    lines = _unfiltered(zlib.decompress(data), width * channels, height, channels)
    ink = (lines.reshape(height, width, channels)[:, :, : min(channels, 3)] < WHITE).any(
        axis=(1, 2)
    )
    return Picture(ink[int(HEAD * height) : int(FOOT * height)])


def _unfiltered(raw: bytes, width: int, height: int, step: int) -> np.ndarray:
    lines = np.zeros((height, width), dtype=np.uint8)
    before = bytearray(width)
    for n in range(height):
        kind, *line = raw[n * (width + 1) : (n + 1) * (width + 1)]
        own = bytearray(line)
        for i in range(width):
            left = own[i - step] if i >= step else 0
            above, corner = before[i], before[i - step] if i >= step else 0
            own[i] = (own[i] + _guess(kind, left, above, corner)) & 255
        lines[n] = own
        before = own
    return lines


def _guess(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        ways = {each: abs(left + above - corner - each) for each in (left, above, corner)}
        return min((left, above, corner), key=lambda each: ways[each])
    return (0, left, above, (left + above) // 2)[kind]


def lowest_ink(picture: Picture) -> float:
    """Return how far down a page its text goes, as a part of the room that it has."""
    return float(np.flatnonzero(picture.rows).max(initial=0)) / len(picture.rows)


def widest_gap(picture: Picture) -> float:
    """Return the tallest empty strip above the lowest ink, as a part of the page's room."""
    inked = np.flatnonzero(picture.rows)
    return float(np.diff(inked, prepend=0).max(initial=0)) / len(picture.rows)
