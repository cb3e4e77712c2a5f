"""An answer in json-stat2 as a frame: a row per cell, with its value and its status.

Read after the format's description (json-stat.org/format) and its author's toolkit: codes of a dimension in `index` as
a list or an object, or in `label` alone; values as a list or an object by place; status as a list, a list of one, an
object by place, or one text for all; `role` is not needed. What comes from outside is not believed: an answer must
hold the cells that were asked for and no others, every number must be one, and what it costs to read is bounded by
what was asked.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import polars as pl

from kommuneregnskap.support.errors import one_line

VALUE, STATUS = "verdi", "status"
CELL = 64  # bytes that a cell may take in an answer: a number, a symbol with its place
PARTS = 100_000  # parts of JSON beside cells: codes, labels and notes of a table
PARTS_OF_A_CELL = 3
PLACE = re.compile(r"0|[1-9][0-9]{0,8}")
LARGEST = 1e12  # no amount in 1000 kr comes near: a thousand times all that is produced in Norway in a year


class MalformedError(ValueError):
    """An answer that is not json-stat2, or not what was asked for, and why."""


@dataclass(frozen=True)
class Cells:
    """What an answer holds. updated: as it says itself, None where it does not.

    frame: a text column per dimension id, `verdi` (Float64) and `status`, a row per cell.
    """

    updated: str | None
    frame: pl.DataFrame


def loaded(content: bytes, cells: int = 0) -> Any:
    """Return what JSON holds. Raises MalformedError for what is none, or more than an answer of `cells` can be.

    No NaN and no Infinity (they are no JSON), no member of an object twice, no nesting without end.
    """
    parts = sum(content.count(sign) for sign in (b",", b"[", b"{"))
    if parts > PARTS + PARTS_OF_A_CELL * cells:
        raise MalformedError(f"of {parts} parts, more than an answer to such a request can have")
    try:
        return json.loads(content, parse_constant=_no_number, object_pairs_hook=_object)
    except RecursionError:
        raise MalformedError("nested without end") from None
    except MalformedError:
        raise
    except ValueError:
        raise MalformedError("not JSON") from None


def _no_number(text: str) -> NoReturn:
    raise MalformedError(f"with {text} in the place of a number")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        seen: set[str] = set()
        twice = next(name for name, _ in members if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise MalformedError(f"with «{one_line(twice, 40)}» twice in one object")
    return found


def read(content: bytes, asked: Mapping[str, Sequence[str]]) -> Cells:
    """Return the cells of an answer to a query for `asked` (codes by dimension id).

    A cell without a number is null; its symbol stands in `status` (null where the answer gives none). Raises
    MalformedError where the answer is no dataset, its parts do not fit each other, or its cells are not those asked.
    """
    cells = 1
    for wanted in asked.values():
        cells *= len(wanted)
    dataset = loaded(content, cells)
    if not isinstance(dataset, dict) or dataset.get("class") != "dataset":
        raise MalformedError("not a json-stat2 dataset")
    try:
        codes_of = _dimensions(dataset, asked)
        if dataset["value"] is None:
            raise KeyError("value")
        values = [_number(each) for each in _by_place(dataset["value"], cells, "values")]
        status = [_symbol(each) for each in _by_place(dataset.get("status"), cells, "status")]
    except KeyError as error:
        raise MalformedError(f"without {one_line(error.args[0], 40)}") from None
    except (TypeError, AttributeError):
        raise MalformedError("not of the form of a json-stat2 dataset") from None
    updated = dataset.get("updated")
    return Cells(None if updated is None else str(updated), _frame(codes_of, cells, values, status))


def codes(category: Mapping[str, Any]) -> list[str]:
    """Return the codes of a dimension in their order. Raises MalformedError where two have one place."""
    index, label = category.get("index"), category.get("label")
    if isinstance(index, list):
        found = [_text(each) for each in index]
    elif isinstance(index, dict):
        places = list(index.values())
        if any(isinstance(each, bool) or not isinstance(each, int) for each in places) or sorted(
            places
        ) != list(range(len(places))):
            raise MalformedError("with places of codes that are not 0, 1, 2 … each once")
        found = sorted(index, key=index.__getitem__)
    elif index is None and isinstance(label, dict):
        found = list(label)
    else:
        raise MalformedError("without the codes of a dimension")
    if len(set(found)) != len(found):
        raise MalformedError("with a code twice in one dimension")
    odd = [each for each in found if not each.isprintable()]
    if odd:
        raise MalformedError(f"with a code that cannot be shown ({one_line(odd[0], 40)})")
    return found


def ordered(dataset: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """Return the ids of the dimensions and their sizes, which stood in `dimension` before version 2."""
    if not isinstance(dataset["dimension"], dict):
        raise MalformedError("without its dimensions")
    both = dataset if "id" in dataset else dataset["dimension"]
    ids, sizes = both["id"], both["size"]
    if not isinstance(ids, list) or not isinstance(sizes, list):
        raise MalformedError("without lists of its dimensions and their sizes")
    return [_text(each) for each in ids], sizes


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given.isprintable():
        raise MalformedError(f"with {one_line(repr(given), 40)} in the place of a code")
    return given


def _dimensions(
    dataset: Mapping[str, Any], asked: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the codes by dimension in the order of the answer, which are those asked for."""
    ids, sizes = ordered(dataset)
    found = {each: codes(dataset["dimension"][each]["category"]) for each in ids}
    if len(found) != len(ids) or [len(each) for each in found.values()] != sizes:
        raise MalformedError(f"with sizes {one_line(sizes, 60)} that do not fit the dimensions")
    for identity, wanted in asked.items():
        got = found.get(identity)
        if got is None:
            raise MalformedError(f"without the dimension {identity}")
        if len(got) != len(wanted) or set(got) != set(wanted):
            odd = [*(set(got) - set(wanted)), *(set(wanted) - set(got))]
            raise MalformedError(
                f"of {len(got)} codes in {identity} where {len(wanted)} were asked for, such as "
                f"{one_line(min(odd), 40)!r}"
            )
    more = [each for each in found if each not in asked and len(found[each]) != 1]
    if more:
        raise MalformedError(f"of more cells than were asked for ({one_line(more[0], 40)})")
    return found


def _by_place(given: Any, cells: int, what: str) -> list[Any]:
    """Return one entry per cell, of a list, of an object by place, or of one text for all."""
    if given is None or isinstance(given, str):
        return [given] * cells
    if isinstance(given, dict):
        result: list[Any] = [None] * cells
        for place, each in given.items():
            if not PLACE.fullmatch(place) or int(place) >= cells:
                raise MalformedError(
                    f"with {what} at the place {one_line(place, 20)} of {cells} cells"
                )
            result[int(place)] = each
        return result
    if len(given) == 1 and what == "status":
        return [given[0]] * cells
    if len(given) != cells:
        raise MalformedError(f"of {len(given)} {what} for {cells} cells")
    return list(given)


def _number(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise MalformedError(f"with {one_line(repr(given), 40)} in the place of a number")
    if not -LARGEST < given < LARGEST:
        raise MalformedError(f"with {_shown(given)}, which can be no amount")
    return float(given)


def _shown(given: float) -> str:
    return (
        f"{given:.3g}"
        if isinstance(given, float) and math.isfinite(given)
        else "a number beyond counting"
    )


def _symbol(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        raise MalformedError(f"with {one_line(repr(given), 40)} in the place of a symbol")
    return one_line(given, 20)


def _frame(
    codes_of: Mapping[str, list[str]],
    cells: int,
    values: list[float | None],
    status: list[str | None],
) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {}
    inner = cells
    place = pl.int_range(cells, eager=True)
    for identity, own in codes_of.items():
        inner //= len(own)
        columns[identity] = pl.Series(own, dtype=pl.String).gather(place // inner % len(own))
    return pl.DataFrame(
        {
            **columns,
            VALUE: pl.Series(values, dtype=pl.Float64),
            STATUS: pl.Series(status, dtype=pl.String),
        }
    )
