"""A second reader of json-stat2, written straight from the format's description (json-stat.org/format).

A dataset has the ids of its dimensions and their sizes, a dimension a category with `index` (a list, or code → place)
or `label` alone; cells lie row by row, the last dimension fastest. It shares nothing with the first reader, so that
what both say is right. None: no such dataset, or not of the cells that were asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

Cells = dict[tuple[str, ...], tuple[float | None, str | None]]
MOST = 1e12


class NoneError(Exception):
    """It is no such thing."""


def must(holds: object) -> None:
    if not holds:
        raise NoneError


def parsed(content: bytes) -> Any:
    def member(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        must(len({name for name, _ in pairs}) == len(pairs))
        return dict(pairs)

    def no_number(_: str) -> None:
        raise NoneError

    try:
        return json.loads(content, object_pairs_hook=member, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise NoneError from None


def cells(content: bytes, asked: Mapping[str, Sequence[str]]) -> Cells | None:
    """Return value and symbol by the codes of the dimensions asked for, in their order."""
    try:
        return _cells(parsed(content), asked)
    except NoneError:
        return None


def _cells(found: Any, asked: Mapping[str, Sequence[str]]) -> Cells:
    must(isinstance(found, dict) and found.get("class") == "dataset")
    dimensions = found.get("dimension")
    must(isinstance(dimensions, dict))
    both = found if "id" in found else dimensions
    ids, sizes = both.get("id"), both.get("size")
    must(isinstance(ids, list) and isinstance(sizes, list) and ids and set(map(type, ids)) == {str})
    must(len(set(ids)) == len(ids) and all(each in dimensions for each in ids))
    codes = [codes_of(dimensions[each]) for each in ids]
    must([len(each) for each in codes] == sizes)
    places = {each: place for place, each in enumerate(ids)}
    must(
        all(each in places and sorted(codes[places[each]]) == sorted(asked[each]) for each in asked)
    )
    must(all(len(codes[places[each]]) == 1 for each in ids if each not in asked))
    keys = list(product(*codes))
    values = listed(found["value"], len(keys)) if "value" in found else None
    must(values is not None)
    assert values is not None
    status = found.get("status")
    if isinstance(status, list) and len(status) == 1:  # one for all
        (status,) = status
        must(isinstance(status, str | None))
    symbols = [status] * len(keys) if isinstance(status, str | None) else listed(status, len(keys))
    own = [places[each] for each in asked]
    return {
        tuple(key[place] for place in own): (amount(value), symbol(each))
        for key, value, each in zip(keys, values, symbols, strict=True)
    }


def codes_of(dimension: Any) -> list[str]:
    must(isinstance(dimension, dict) and isinstance(dimension.get("category"), dict))
    index, label = (dimension["category"].get(name) for name in ("index", "label"))
    if isinstance(index, dict):
        must(all(type(each) is int for each in index.values()))
        must(sorted(index.values()) == list(range(len(index))))
        index = sorted(index, key=lambda code: index[code])
    elif index is None and isinstance(label, dict):
        index = list(label)
    must(
        isinstance(index, list)
        and all(isinstance(each, str) and each.isprintable() for each in index)
    )
    must(len(set(index)) == len(index))
    return list(index)


def listed(given: Any, count: int) -> list[Any]:
    """Return one entry per cell of a list, or of an object by place."""
    if isinstance(given, dict):
        places = {str(place) for place in range(count)}
        must(set(given) <= places)
        return [given.get(str(place)) for place in range(count)]
    must(isinstance(given, list) and len(given) == count)
    return list(given)


def amount(value: Any) -> float | None:
    must(value is None or type(value) in (int, float))
    must(value is None or abs(value) < MOST)
    return None if value is None else float(value)


def symbol(value: Any) -> str | None:
    must(value is None or isinstance(value, str))
    return value or None
