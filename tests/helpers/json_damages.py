"""Damages to answers in JSON, as chance has them: to their structure, to their bytes, and to how they are sent."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from typing import Any

from tests.helpers import damages

# What JSON's own writer has no word for stands as a text between these until all is written.
RAW = "@@"
NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e13",
    "0.1e1",
    "-0",
    "9" * 400,
    "9" * 5000,
    "1E5",
    "01",
)
NODES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 2.5, 2.0, 10**9, 10**20, -(10**15), "", " ", "x", "1", "2", "²", "٣", "01",
    "a", "b",
    "verdi", "status", "region", "id", "2024", "\ud800", "\u202e", "\x1b[2J", "x" * 3000, [], {}, [None], [1], ["1"],
    {"0": 1}, {"1": 0}, {"-1": 1}, {"x": {}}, "..", ".", ":", "2026-06-15T06:00:00Z", "i går", "dataset", "collection",
    *(f"{RAW}{each}{RAW}" for each in NUMBERS),
)  # fmt: skip
BYTES = (
    damages.overwrite, damages.insert, damages.flip, damages.cut, damages.truncate, damages.repeat,
    damages.change_digit, damages.change_digit,
)  # fmt: skip
Road = list[Any]


def roads(node: Any, road: Road | None = None) -> list[Road]:
    """Return the way to every node: the keys and places on it."""
    road = road or []
    found = [road]
    inside = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, each in inside:
        found += roads(each, [*road, key])
    return found


def at(node: Any, road: Road) -> Any:
    for key in road:
        node = node[key]
    return node


def copied(node: Any) -> Any:
    """Return a node of its own, so that no other changes with it."""
    return json.loads(json.dumps(node))


def changed(answer: Any, road: Road, change: Callable[[Any], Any]) -> Any:
    """Return an answer with one node as `change` makes it."""
    if not road:
        return change(answer)
    parent = at(answer, road[:-1])
    parent[road[-1]] = change(parent[road[-1]])
    return answer


def replaced(chance: random.Random, answer: Any) -> Any:
    return changed(answer, chance.choice(roads(answer)), lambda _: copied(chance.choice(NODES)))


def removed(chance: random.Random, answer: Any) -> Any:
    road = chance.choice(roads(answer))
    if road:
        del at(answer, road[:-1])[road[-1]]
    return answer


def swapped(chance: random.Random, answer: Any) -> Any:
    """Put two nodes in each other's place, where neither is inside the other."""
    ways = [road for road in roads(answer) if road]
    if len(ways) < 2:
        return answer
    one, other = chance.sample(ways, 2)
    if one == other[: len(one)] or other == one[: len(other)]:
        return answer
    first, second = copied(at(answer, one)), copied(at(answer, other))
    return changed(changed(answer, one, lambda _: second), other, lambda _: first)


def other_form(chance: random.Random, answer: Any) -> Any:
    """Turn a list into an object by place, an object into its keys or values, a number into text."""

    def turned(node: Any) -> Any:
        if isinstance(node, list):
            return {str(place): each for place, each in enumerate(node)}
        if isinstance(node, dict):
            return chance.choice([list(node), list(node.values()), dict(reversed(node.items()))])
        return str(node) if not isinstance(node, str) else [node]

    return changed(answer, chance.choice(roads(answer)), turned)


def more(chance: random.Random, answer: Any) -> Any:
    """Add to a list or an object what it has already, or something odd."""

    def grown(node: Any) -> Any:
        odd, node = copied(chance.choice(NODES)), copied(node)
        if isinstance(node, list):
            return [*node, copied(chance.choice([*node, odd]))]
        if isinstance(node, dict):
            return node | {chance.choice([*map(str, node), "0", "x", "²", "99"]): odd}
        return [node]

    return changed(answer, chance.choice(roads(answer)), grown)


def nested(chance: random.Random, answer: Any) -> Any:
    """Put a node inside many lists."""
    depth = chance.choice([1, 2, 50, 100])

    def deep(node: Any) -> Any:
        for _ in range(depth):
            node = [node]
        return node

    return changed(answer, chance.choice(roads(answer)), deep)


STRUCTURE = (replaced, replaced, replaced, removed, swapped, other_form, other_form, more, nested)


def spoilt(chance: random.Random, answer: Any) -> bytes:
    """Return an answer with none to three damages of its structure, and of its bytes often none."""
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        answer = chance.choice(STRUCTURE)(chance, answer)
    content = written(chance, answer)
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        content = chance.choice(BYTES)(chance, content)
    return content


def written(chance: random.Random, answer: Any) -> bytes:
    """Return JSON, with words that are none, sometimes a member twice, sometimes in another encoding."""
    text = json.dumps(answer, ensure_ascii=chance.random() < 0.5)
    text = text.replace(f'"{RAW}', "").replace(f'{RAW}"', "")
    if chance.random() < 0.02:
        text = text.replace("{", '{"class": "dataset", ', 1)
    encoding = chance.choices(["utf-8", "utf-8-sig", "utf-16", "latin-1"], [94, 2, 2, 2])[0]
    return text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "replace")


def sent(chance: random.Random, content: bytes) -> bytes:
    """Return a whole answer of HTTP, one in three as no server should send it."""
    status = chance.choices([200, 204, 206, 301, 400, 404, 418, 429, 500, 503], [80, *[3] * 9])[0]
    headers = {"Content-Type": chance.choice(["application/json", "text/html; charset=x", ""])}
    if chance.random() < 0.2:
        content = gzip.compress(content, 1)
        headers["Content-Encoding"] = "gzip"
        if chance.random() < 0.5:
            content = chance.choice(BYTES)(chance, content)
    length = len(content) + chance.choices([0, 7, -7], [9, 1, 1])[0]
    headers["Content-Length"] = str(max(length, 0))
    if status == 429:
        headers["Retry-After"] = chance.choice(["0", "0.01", "-1", "soon", "²", "9999"])
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Odd\r\n{head}\r\n".encode() + content
