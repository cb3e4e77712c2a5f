"""Markdown and Python values as Typst: every text becomes a string, so that none is taken for markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import Any

import mistune

from kommuneregnskap.support.outside import visible

PARSED = mistune.create_markdown(renderer=None, plugins=["table", "strikethrough"])
Token = Mapping[str, Any]


def quoted(text: str) -> str:
    """Return a text as a string literal of Typst."""
    escaped = (
        visible(text, "\n\t")
        .replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\t", " ")
    )
    return f'"{escaped}"'


def value(thing: object) -> str:
    """Return a Python value as Typst code: text, number, truth, list, dictionary with plain keys."""
    if isinstance(thing, str):
        return quoted(thing)
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, Mapping):
        return "(" + "".join(f"{name}: {value(each)}, " for name, each in thing.items()) + ")"
    if isinstance(thing, Sequence):
        return "(" + "".join(f"{value(each)}, " for each in thing) + ")"
    return str(thing)


def call(name: str, **arguments: object) -> str:
    """Return a call of a function of the template, on lines of its own."""
    given = "".join(f"  {key}: {value(each)},\n" for key, each in arguments.items())
    return f"#{name}(\n{given})\n"


def markup(markdown: str) -> str:
    """Return Markdown as Typst markup: headings, paragraphs, lists, quotes, code, emphasis, links.

    Raises ValueError for a construct that has no rendering here: nothing is dropped in silence.
    """
    tokens = PARSED(markdown)
    return "\n\n".join(filter(None, (_block(token) for token in tokens))) + "\n"  # type: ignore[arg-type]


def _block(token: Token) -> str:
    kind = str(token["type"])
    if kind == "blank_line":
        return ""
    if kind not in BLOCKS:
        raise ValueError(f"no rendering of {kind!r} in print")
    return BLOCKS[kind](token)


def _inline(tokens: Sequence[Token]) -> str:
    return "".join(_span(token) for token in tokens)


def _span(token: Token) -> str:
    kind = str(token["type"])
    if kind not in SPANS:
        raise ValueError(f"no rendering of {kind!r} in print")
    return SPANS[kind](token)


def _heading(token: Token) -> str:
    level = int(token["attrs"]["level"])
    return f"#heading(level: {level})[{_inline(token['children'])}]"


def _list(token: Token) -> str:
    kind = "enum" if token["attrs"]["ordered"] else "list"
    items = "".join(
        f"[{' '.join(_block(part) for part in item['children'])}], " for item in token["children"]
    )
    return f"#{kind}({items})"


def _table(token: Token) -> str:
    head, body = token["children"]
    rows = [row["children"] for row in body["children"]]
    header = ", ".join(f"strong[{_inline(cell['children'])}]" for cell in head["children"])
    cells = "".join(f"[{_inline(cell['children'])}], " for row in rows for cell in row)
    return f"#table(columns: {len(head['children'])}, table.header({header}), {cells})"


def _wrapped(name: str) -> Callable[[Token], str]:
    return lambda token: f"#{name}[{_inline(token['children'])}]"


def _text(token: Token) -> str:
    return f"#{quoted(unescape(str(token['raw'])))};"


def _link(token: Token) -> str:
    """Return a link to an address; one to a file of the project is only its text: paper leads nowhere."""
    address, shown = str(token["attrs"]["url"]), _inline(token["children"])
    return f"#link({quoted(address)})[{shown}]" if "://" in address else shown


BLOCKS: dict[str, Callable[[Token], str]] = {
    "heading": _heading,
    "paragraph": lambda token: _inline(token["children"]),
    "block_text": lambda token: _inline(token["children"]),
    "block_quote": lambda token: (
        f"#quote(block: true)[{' '.join(_block(part) for part in token['children'])}]"
    ),
    "block_code": lambda token: f"#raw({quoted(str(token['raw']))}, block: true)",
    "list": _list,
    "table": _table,
    "block_html": _text,
    "thematic_break": lambda _token: "#line(length: 100%, stroke: 0.4pt)",
}
SPANS: dict[str, Callable[[Token], str]] = {
    "text": _text,
    "strong": _wrapped("strong"),
    "emphasis": _wrapped("emph"),
    "strikethrough": _wrapped("strike"),
    "codespan": lambda token: f"#raw({quoted(str(token['raw']))})",
    "link": _link,
    "inline_html": _text,  # as it stands: on paper there is nothing to mark up
    "softbreak": lambda _token: " ",
    "linebreak": lambda _token: "#linebreak();",
}
