"""The addresses that the pages of a year promise: of published numbers, section numbers, figures and tables."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

SOURCES = ("ssb", "demo")
ID = re.compile(r'(?<=\s)id="([^"]+)"')
# What is executed, drawn or styled holds no place of the page.
NO_PLACE = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)
THING = re.compile(r'<(?:figure class="figur"|div class="tabell") id="([^"]+)"')
ROW = re.compile(r'<tr id="([^"]+)"')


def ids(page: Path) -> Counter[str]:
    """Return the ids of a page, and how often each stands there."""
    return Counter(ID.findall(NO_PLACE.sub("", page.read_text("utf-8"))))


def column(file: Path, name: str = "id") -> list[str]:
    """Return a column of a CSV, each value once."""
    with file.open(encoding="utf-8", newline="") as rows:
        return list(dict.fromkeys(row[name] for row in csv.DictReader(rows)))


def promised(year: Path) -> set[str]:
    """Return `page#id` of every published number, section number, figure and table of a year.

    year: its folder. Numbers are those of vurdering.csv and tall.csv, wherever on the pages they stand; what has no
    place is `#id`. Figures and tables are those that the section pages have.
    """
    found = set()
    for source in SOURCES:
        folder = year / source
        pages = {path: path.relative_to(year).as_posix() for path in sorted(folder.glob("*.html"))}
        for name in column(folder / "vurdering.csv"):
            found |= {f"index.html#{name}", f"{source}/index.html#{name}"}
        rows = {
            row: name
            for path, name in pages.items()
            for row in ROW.findall(path.read_text("utf-8"))
        }
        for name in column(folder / "tall.csv"):
            found.add(f"{rows.get(f'tall-{name}', source)}#tall-{name}")
        for path, name in pages.items():
            found |= {f"{name}#{thing}" for thing in THING.findall(path.read_text("utf-8"))}
    return found


def resolving(addresses: set[str], year: Path) -> set[str]:
    """Return those of the addresses that lead to one element, and no more, of the pages in a folder of a year."""
    names = {address.partition("#")[0] for address in addresses}
    known = {name: ids(year / name) for name in names if (year / name).is_file()}
    split = {address: address.partition("#") for address in addresses}
    return {
        each for each, (page, _, place) in split.items() if known.get(page, Counter())[place] == 1
    }
