"""Tables as a PxWebApi 2 gives them, and what can go wrong with a request: parts of `pxweb_server`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

ROLES = {"time": ("år",), "geo": ("region",), "metric": ("statistikkvariabel",)}
Value = float | int | str | None  # text is one of SSB's symbols, with no number


@dataclass
class Dim:
    """A dimension: its id, label and codes with labels; units give contents their decimals."""

    id: str
    label: str
    codes: dict[str, str]
    elimination: bool = False
    decimals: int | None = None
    units: dict[str, str] = field(default_factory=dict)
    codelists: tuple[dict[str, str], ...] = ()

    def as_json(self, chosen: list[str]) -> dict[str, Any]:
        category: dict[str, Any] = {
            "index": {code: place for place, code in enumerate(chosen)},
            "label": {code: self.codes[code] for code in chosen},
        }
        if self.decimals is not None:
            category["unit"] = {
                code: {"base": self.units.get(code, ""), "decimals": self.decimals}
                for code in chosen
            }
        return {
            "label": self.label,
            "category": category,
            "extension": {
                "elimination": self.elimination,
                "show": "code_value",
                "codelists": list(self.codelists),
            },
        }


@dataclass
class Table:
    """A table: its cells by code, in the order of the dimensions; cells that are not given are `default`."""

    id: str
    label: str
    updated: str
    dims: list[Dim]
    cells: dict[tuple[str, ...], Value] = field(default_factory=dict)
    discontinued: bool = False
    default: Value = ".."
    notes: tuple[str, ...] = ()  # the first of them must be shown

    def dataset(self, chosen: dict[str, list[str]], *, data: bool) -> dict[str, Any]:
        asked = [each for each in self.dims if each.id in chosen]
        result: dict[str, Any] = {
            "version": "2.0",
            "class": "dataset",
            "label": self.label,
            "source": "syntetisk",
            "updated": self.updated,
            "role": {
                role: [each.id for each in asked if each.label in own]
                for role, own in ROLES.items()
            },
            "id": [each.id for each in asked],
            "size": [len(chosen[each.id]) for each in asked],
            "dimension": {each.id: each.as_json(chosen[each.id]) for each in asked},
        }
        if self.notes:
            result["note"] = list(self.notes)
            result["extension"] = {"noteMandatory": {"0": True}}
        if not data:
            return result
        # A dimension that is eliminated counts by its first code, which is its total.
        order = [chosen.get(each.id) or [next(iter(each.codes))] for each in self.dims]
        found = [self.cells.get(key, self.default) for key in product(*order)]
        result["value"] = [None if isinstance(each, str) else each for each in found]
        symbols = {str(n): each for n, each in enumerate(found) if isinstance(each, str)}
        if symbols:
            result["status"] = symbols
        return result


@dataclass
class Fault:
    """Something that goes wrong with requests whose path contains `part` (`part$`: ends so).

    times: how often (-1: always).
    kind: `status` (with `status` and `headers`), `slow` (waits `seconds`, then answers), `broken`
    (half an answer, then the connection is closed), `text` (answers `text` with status 200), `changed`
    (the answer as changed by `change`), `raw` (`act` does what it likes with the connection). after: how many
    such requests go well first.
    """

    part: str
    kind: str
    times: int = 1
    after: int = 0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    text: str = ""
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    act: Callable[[Any], None] | None = None


@dataclass
class Seen:
    """A request that was received."""

    method: str
    path: str
    status: int
    bytes: int
