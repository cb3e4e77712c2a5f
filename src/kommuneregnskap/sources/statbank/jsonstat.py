"""An answer in json-stat2 as a frame: a row per cell, with its value and its status."""

from __future__ import annotations

import json
from itertools import repeat
from typing import Any

import polars as pl

VALUE, STATUS = "verdi", "status"


class MalformedError(ValueError):
    """An answer that is not json-stat2, and why."""


def parse(content: bytes) -> dict[str, Any]:
    """Return the dataset in `content`. Raises MalformedError where it is not JSON or not whole."""
    try:
        dataset = json.loads(content)
    except ValueError:
        raise MalformedError("not JSON") from None
    if not isinstance(dataset, dict) or dataset.get("class") != "dataset":
        raise MalformedError("not a json-stat2 dataset")
    frame(dataset)
    return dataset


def frame(dataset: dict[str, Any]) -> pl.DataFrame:
    """Return one row per cell: a text column per dimension id, `verdi` (Float64) and `status`.

    A cell without a number is null; its symbol stands in `status` (null where the answer gives none).
    Values and status come as a list, or as an object keyed by place. Raises MalformedError where the
    parts do not fit each other.
    """
    try:
        ids, sizes = [str(each) for each in dataset["id"]], [int(n) for n in dataset["size"]]
        codes = [_codes(dataset["dimension"][each]["category"]) for each in ids]
        if [len(each) for each in codes] != sizes:
            raise MalformedError(f"sizes {sizes} do not fit the dimensions")
        cells = 1
        for size in sizes:
            cells *= size
        values = _by_place(dataset["value"], cells)
        status = _by_place(dataset.get("status"), cells)
        columns: dict[str, pl.Series] = {}
        inner = cells
        for identity, own in zip(ids, codes, strict=True):
            inner //= max(len(own), 1)
            block = pl.Series(own, dtype=pl.String)
            place = pl.int_range(cells, eager=True) // max(inner, 1) % max(len(own), 1)
            columns[identity] = block.gather(place)
        return pl.DataFrame(
            {
                **columns,
                VALUE: pl.Series([_number(each) for each in values], dtype=pl.Float64),
                STATUS: pl.Series(
                    [None if each is None else str(each) for each in status], dtype=pl.String
                ),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedError(f"{type(error).__name__}: {error}") from None


def _codes(category: dict[str, Any]) -> list[str]:
    index = category.get("index")
    if isinstance(index, dict):
        return sorted(index, key=lambda code: int(index[code]))
    return [str(each) for each in index] if index is not None else list(category["label"])


def _by_place(given: Any, cells: int) -> list[Any]:
    if given is None or isinstance(given, str):
        return list(repeat(given, cells))
    if isinstance(given, dict):
        result: list[Any] = [None] * cells
        for place, each in given.items():
            if not 0 <= int(place) < cells:
                raise MalformedError(f"place {place} of {cells} cells")
            result[int(place)] = each
        return result
    if len(given) != cells:
        raise MalformedError(f"{len(given)} values for {cells} cells")
    return list(given)


def _number(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise MalformedError(f"{given!r} is no number")
    return float(given)
