"""Whole numbers only: keyed pseudo-random draws and exact splitting of totals.

Every draw is a function of its keys (a name, the municipality number, the function, the year …) and
of nothing else, so neither the order of rows, the number of threads nor the versions of the
libraries change a single amount. No float is added or multiplied anywhere in the panel.
Source of the mixing step: splitmix64 (Steele, Lea and Flood 2014, in the public domain).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Words: TypeAlias = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def uniform(name: str, *keys: Ints | int, parts: int = 1000) -> Ints:
    """Return draws 0..parts-1, one for each combination of the (broadcast) keys."""
    words = _words(name, keys) >> np.uint64(33)
    return np.asarray(words % np.uint64(parts), dtype=np.int64)


def bell(name: str, *keys: Ints | int) -> Ints:
    """Return draws with a bell shape about 0: within ±2000, standard deviation about 577."""
    words = _words(name, keys)
    quarters = [(words >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    total = quarters[0] + quarters[1] + quarters[2] + quarters[3]
    return np.asarray((total.astype(np.int64) * 1000 >> 16) - 2000, dtype=np.int64)


def uneven(draws: Ints) -> Ints:
    """Return draws of `bell` with more that are small and a few that are large: standard deviation about 850."""
    return np.asarray(draws * (500 + np.abs(draws)) // 1000, dtype=np.int64)


def allocate(total: Ints, weights: Ints) -> Ints:
    """Split each total over the last axis of `weights`, exactly, by largest remainder.

    `total`: shape of `weights` without its last axis, any sign. `weights`: >= 0; where all are zero
    the total must be zero. Remainders that are equal go to the first place. Raises ValueError
    where a total has nothing to be split over.
    """
    whole = np.abs(total)[..., np.newaxis]
    base = weights.sum(axis=-1, keepdims=True)
    if bool(((base == 0) & (whole != 0)).any()):
        raise ValueError("a total other than zero has only zero weights")
    base = np.maximum(base, 1)
    share, remainder = np.divmod(whole * weights, base)
    left = whole[..., 0] - share.sum(axis=-1)
    order = np.argsort(-remainder, axis=-1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(weights.shape[-1]) + np.zeros_like(order), axis=-1)
    share += rank < left[..., np.newaxis]
    return np.asarray(share * np.sign(total)[..., np.newaxis], dtype=np.int64)


def _words(name: str, keys: tuple[Ints | int, ...]) -> Words:
    state: Words = np.asarray(_seed(name), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            state = _scramble(state ^ (np.asarray(key).astype(np.uint64) * _GOLDEN + _GOLDEN))
    return state


def _scramble(state: Words) -> Words:
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return np.asarray(state ^ (state >> np.uint64(31)), dtype=np.uint64)


@lru_cache(maxsize=256)
def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
