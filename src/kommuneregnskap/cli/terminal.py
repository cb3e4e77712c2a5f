"""What commands say: in signs that the terminal has, and text from outside as text, whatever stands in it."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.progress import TextColumn
from rich.segment import Segment
from rich.text import Text

from kommuneregnskap.support.outside import visible

if TYPE_CHECKING:
    from rich.progress import Task

READABLE = "kommuneregnskap-readable"
LINES = "\n\t"  # what parts the lines and words of our own texts
# What Unicode itself does not take apart into signs that every terminal has.
WORDS = {
    **dict.fromkeys("−–‐‑‒", "-"),
    **dict.fromkeys("«»“”„", '"'),
    **dict.fromkeys("‘’‚", "'"),
    **{"—": "--", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=", "×": "x", "±": "+/-"},
    **{"•": "*", "·": ".", "⁄": "/"},
    **{"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa", "ß": "ss", "đ": "d"},
}


def prepare() -> None:
    """Let no sign stop what is said: what the terminal's encoding lacks is written in signs that it has."""
    codecs.register_error(READABLE, _readable)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=READABLE)


def _readable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(sign: str) -> str:
    """Return a sign in ASCII: in words, or without its accents, or a question mark."""
    if sign in WORDS:
        return WORDS[sign]
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(WORDS.get(part, part if part.isascii() else "") for part in parts) or "?"


def say(text: object, *, err: bool = False, lines: bool = False) -> None:
    """Print a line, or with `lines` a text of ours that has several; on stderr with `err`."""
    print(visible(text, LINES if lines else ""), file=sys.stderr if err else sys.stdout, flush=True)


def console(*, err: bool = False) -> Console:
    """Return a console for tables and styled text, which takes nothing that it prints for markup."""
    made = Console(stderr=err, markup=False, emoji=False)
    made.push_render_hook(_Visible())
    return made


class _Visible(RenderHook):
    """Shows what is printed as `visible` does; the console's own codes for colours come after it."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(each) for each in renderables]


class _Shown:
    def __init__(self, inner: ConsoleRenderable) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self.inner, options):
            yield Segment(text if control else visible(text, LINES), style, control)


class Description(TextColumn):
    """What a progress bar is at, as text."""

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def render(self, task: Task) -> Text:
        """Return the description of a task."""
        return Text(visible(task.description))


def refused(arguments: Iterable[str]) -> str:
    """Return what is wrong with arguments that hold signs which steer a terminal; empty where none does."""
    odd = [each for each in arguments if _steers(each)]
    return (
        f"an argument holds a sign that cannot be printed: '{visible(odd[0])}'; give it without"
        if odd
        else ""
    )


def _steers(argument: str) -> bool:
    """Return whether an argument has control signs; a path may have bytes of another encoding (`Cs`)."""
    return any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in argument)
