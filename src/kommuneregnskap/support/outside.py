"""Text from outside: what a terminal may have of it, and cells of CSV that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line has to start fast
    import polars as pl

# What a spreadsheet computes where a cell begins with it (ASCII, fullwidth), and what it may drop before it looks.
SIGNS = "=+\\-@＝＋－＠"
LINES = "\t\r\n"  # signs that part a text, which a cell may have within it
DROPPED = r'["\s]*'
BEGINS = re.compile(rf"{DROPPED}[{SIGNS}]|[\t\r\n]")
# Where a Norwegian Excel begins a new cell within one of a CSV with commas, up to the next.
WITHIN = re.compile(rf"([;\t\r\n]{DROPPED})([{SIGNS}][^;\t\r\n]*)")
SUSPECT = rf"(?:^|[;\t\r\n]){DROPPED}[{SIGNS}]|^[\t\r\n]|[\p{{C}}\p{{Zl}}\p{{Zp}}&&[^{LINES}]]"
# A number with its sign, maybe with words and other numbers after it (`-0,4 prosent − 1,0 prosent`): without a sign
# that a spreadsheet computes by.
NUMBER = re.compile(r'[+\-]\d[\w \u00a0\u202f.,%−–]*["\s]*')
GUARD = "'"
LARGEST = (
    131_072  # signs of a cell: Python's own bound, which other packages lift for the whole process
)
MARKS = re.compile(r"[\\`*_\[\]<>~$|]|&(?=#?\w+;)|^[#>+\-](?=\s)|(?<=^\d)\.(?=\s)")


def visible(text: object, keep: str = "") -> str:
    r"""Return text as a terminal may have it: what steers one, hides or turns signs, as its escape (`\x1b`).

    Line ends are among them, but for those in `keep`; spaces of every width are not.
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    return "".join(sign if _printed(sign) or sign in keep else repr(sign)[1:-1] for sign in plain)


def _printed(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def in_markdown(text: str) -> str:
    """Return text as Markdown shows it as it stands: no sign in it marks anything up."""
    return MARKS.sub(r"\\\g<0>", visible(text))


def as_text(text: str) -> str:
    """Return a cell of CSV as text: visible, and with an apostrophe before what a spreadsheet would compute.

    A number written as text (`-12`, `-0,4 prosent`) stays as it is.
    """
    if NUMBER.fullmatch(text):
        return text
    inside = WITHIN.sub(_guarded, visible(text, LINES))
    return GUARD + inside if BEGINS.match(text) else inside


def _guarded(cell: re.Match[str]) -> str:
    before, rest = cell.groups()
    return cell.group() if NUMBER.fullmatch(rest) else before + GUARD + rest


def refuse_large(row: Sequence[str]) -> None:
    """Raise csv.Error for a row with a cell of more than LARGEST signs, as csv does where nobody told it otherwise."""
    if any(len(cell) > LARGEST for cell in row):
        raise csv.Error(f"field larger than field limit ({LARGEST})")


def text_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with its texts, and its columns' names, as `as_text` leaves them; numbers as they are."""
    import polars as pl  # noqa: PLC0415

    texts = [
        name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)
    ]
    found = frame.with_columns(pl.col(texts).cast(pl.String))
    suspects = [name for name in texts if found[name].str.contains(SUSPECT).any()]
    safe = pl.col(suspects).map_elements(as_text, return_dtype=pl.String, skip_nulls=True)
    return found.with_columns(safe).rename({name: as_text(name) for name in found.columns})


def write_csv(frame: pl.DataFrame, file: Path, decimals: int | None = None) -> None:
    """Write a frame that may hold text from outside as CSV, see `text_cells`; numbers with so many decimals."""
    text_cells(frame).write_csv(file, float_precision=decimals)
