"""Where every number that a reader sees comes from: computed, published, defined in a table, or typed.

Read from the page itself. What stands outside the output of code is text that somebody wrote: a number
in it is typed. What stands in output is typed where it is part of a text that a notebook, a chart or a
template holds; else it comes from a table under data/, or was computed. The aim is that none is typed; the
few that must be stand in data/definitions/exemptions.csv with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.support import paths

NUMBER = re.compile(r"\d+(?:[.,\u202f\u00a0]\d+)*")
GLUED = re.compile(r"[A-Za-zÆØÅæøå_]")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
LETTER = re.compile(r"[A-Za-zÆØÅæøå]")
SEVERAL = re.compile(r"[A-Za-zÆØÅæøå]|, |\.\.|–")
TEMPLATE_CODE = re.compile(r"\{[{%#].*?[}%#]\}|<style>.*?</style>|<[^>]*>", re.DOTALL)
UNSEEN = ("style", "script", "title")
FRONT, TRAIL = "index", "-spor"  # the names of pages, see `pages.front` and `pages.trail`
FOLDED = "kode"  # the code of a cell, folded away
OUTPUT = "resultat"  # what code put out; see `pages.html`
VOID = ("meta", "br", "hr", "img", "link", "input", "col", "wbr")
SHORTEST = 4  # characters of a table's cell or a text that is looked for inside others
CODE, HEADING, YEAR = "kode", "nummer på del", "årstall"
COMPUTED, PUBLISHED, DEFINED = "beregnet", "publisert", "definert"
EXCUSED, TYPED = "skrevet, med grunn", "skrevet"
CLASSES = (COMPUTED, PUBLISHED, DEFINED, YEAR, CODE, HEADING, EXCUSED, TYPED)
SCHEMA = dict.fromkeys(("sted", "klasse", "tall", "tekst"), pl.String)


@dataclass(frozen=True)
class Text:
    """A piece of visible text: the page it stands in, its tag, whether code put it out."""

    sted: str
    tag: str
    output: bool
    text: str


@dataclass(frozen=True)
class Sources:
    """What a number can come from: texts typed in notebooks (by their page) and in the package, and
    the cells of claims and of other tables that hold digits among words."""

    typed: dict[str, list[str]]
    common: list[str]
    claims: list[str]
    definitions: list[str]
    excused: list[str]


def numbers(page: Path, sources: Sources) -> pl.DataFrame:
    """Return every number that is visible on a page: sted, klasse (CLASSES), tall, tekst (around it).

    page: of a report. sources: `known`. A whole number of four digits between 2000 and 2099
    that nobody typed is a year; what is glued to letters is a code or an id.
    """
    wanted = _Wanted(sources)
    rows = [
        {
            "sted": piece.sted,
            "klasse": klasse,
            "tall": found.group(),
            "tekst": _around(piece, found),
        }
        for piece in _pieces(page.read_text(encoding="utf-8"), page.stem)
        for found, klasse in _classified(piece, wanted)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def of_report(folder: Path, sources: Sources) -> pl.DataFrame:
    """Return `numbers` of the pages of a report: its front, its sections and their trails."""
    sides = tables.sections.table()["side"].to_list()
    names = [FRONT, *sides, *(f"{side}{TRAIL}" for side in sides)]
    pages = [folder / f"{name}.html" for name in names]
    return pl.concat(numbers(page, sources) for page in pages if page.is_file())


def counts(found: pl.DataFrame) -> pl.DataFrame:
    """Return how many numbers are of each class: klasse, antall, in fixed order."""
    counted = found.group_by("klasse").agg(antall=pl.len())
    return (
        pl.DataFrame({"klasse": CLASSES})
        .join(counted, on="klasse", how="left", maintain_order="left")
        .with_columns(pl.col("antall").fill_null(0))
    )


def untraced(found: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers that somebody typed, without a reason in exemptions.csv."""
    return found.filter(pl.col("klasse") == TYPED)


def known() -> Sources:
    """Return what numbers can come from, in the project's notebooks, package and tables."""
    rows = tables.sections.table()
    paths_of = {path.stem: path for path in tables.sections.notebooks()}
    typed = {
        side: list(_of_notebook(paths_of[name]))
        for side, name in rows.select("side", "notatbok").iter_rows()
    }
    common = [
        *(text for path in paths.code_files() if path.suffix == ".py" for text in _of_module(path)),
        *(
            text
            for path in paths.code_files()
            if path.suffix == ".j2"
            for text in _of_template(path)
        ),
    ]
    data = paths.tables()
    excused = tables.read("exemptions").filter(pl.col("slag").cast(pl.String) == "tall")["id"]
    return Sources(
        typed=typed,
        common=_sentences(common),
        claims=_cells([data / "claims"]),
        definitions=_cells([data / "codes", data / "definitions"]),
        excused=excused.to_list(),
    )


def _of_notebook(path: Path) -> Iterator[str]:
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "code":
            yield from _strings(ast.parse(cell.source))


def _of_module(path: Path) -> Iterator[str]:
    yield from _strings(ast.parse(path.read_text(encoding="utf-8")))


def _strings(tree: ast.AST) -> Iterator[str]:
    """Yield the fixed parts of strings with a digit in them; docstrings are seen by no reader."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (part for part in PLACEHOLDER.split(node.value) if NUMBER.search(part))


def _of_template(path: Path) -> Iterator[str]:
    text = TEMPLATE_CODE.sub("\n", path.read_text(encoding="utf-8"))
    yield from (line for line in text.splitlines() if NUMBER.search(line))


def _sentences(texts: Iterable[str]) -> list[str]:
    """Keep what a reader could meet as words: with a letter and a space, not an id, a tag or a pattern."""
    kept = {" ".join(text.split()) for text in texts}
    return sorted(
        text
        for text in kept
        if len(text) >= SHORTEST and LETTER.search(text) and " " in text and "<" not in text
    )


def _cells(folders: Iterable[Path]) -> list[str]:
    """Return the cells that hold a digit among words or several codes, the longest first.

    As the table has them, and with ranges as a reader sees them.
    """
    found: set[str] = set()
    for path in (path for folder in folders for path in sorted(folder.glob("*.csv"))):
        for column in pl.read_csv(path, infer_schema=False).get_columns():
            found |= {
                " ".join(cell.split())
                for cell in column.drop_nulls().unique()
                if NUMBER.search(cell) and SEVERAL.search(cell)
            }
    found |= {cell.replace("..", "–") for cell in found}
    return sorted((cell for cell in found if len(cell) >= SHORTEST), key=len, reverse=True)


class _Reader(HTMLParser):
    """Collects the visible text of a page."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[Text] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(re.split(r"[ \n]+", data)).strip()
        if not text or any(tag in UNSEEN for tag, _ in self.open) or self._has(FOLDED):
            return
        tag = self.open[-1][0] if self.open else ""
        self.pieces.append(Text(self.place, tag, self._has(OUTPUT), text))

    def _has(self, name: str) -> bool:
        return any(name in str(attrs.get("class") or "").split() for _, attrs in self.open)


def _pieces(html: str, place: str) -> list[Text]:
    reader = _Reader(place)
    reader.feed(html)
    return [piece for piece in reader.pieces if NUMBER.search(piece.text)]


class _Wanted:
    """The texts of `Sources` as they are looked for: those long enough, the shortest first; and whole ones."""

    def __init__(self, sources: Sources) -> None:
        self.typed = {place: _searched(texts) for place, texts in sources.typed.items()}
        self.whole = {
            place: {text.strip() for text in texts} for place, texts in sources.typed.items()
        }
        self.common, self.claims, self.definitions, self.excused = (
            _searched(texts)
            for texts in (sources.common, sources.claims, sources.definitions, sources.excused)
        )


def _searched(texts: Iterable[str]) -> list[str]:
    stripped = {text.strip() for text in texts}
    long = (text for text in stripped if len(text) >= SHORTEST and SEVERAL.search(text))
    return sorted(long, key=lambda text: (len(text), text))


def _classified(piece: Text, wanted: _Wanted) -> Iterator[tuple[re.Match[str], str]]:
    own = list(_spans(piece.text, wanted.typed.get(piece.sted, [])))
    if piece.text in wanted.whole.get(piece.sted, ()):  # a short one, too, where it is all of it
        own.append((0, len(piece.text)))
    written = list(_spans(piece.text, wanted.common))
    claims = list(_spans(piece.text, wanted.claims))
    defined = list(_spans(piece.text, wanted.definitions))
    excused = list(_spans(piece.text, wanted.excused))
    for found in NUMBER.finditer(piece.text):
        at = found.span()
        if _is_code(piece.text, at):
            klasse = CODE
        elif piece.tag in ("h1", "a") and piece.text.startswith(f"{found.group()}. "):
            klasse = HEADING
        # A text of the notebook is typed, also where a table happens to say the same.
        elif not piece.output or _inside(at, own):
            klasse = EXCUSED if _inside(at, excused) else TYPED
        elif _inside(at, claims):
            klasse = PUBLISHED
        elif _inside(at, defined):
            klasse = DEFINED
        elif _inside(at, written):
            klasse = EXCUSED if _inside(at, excused) else TYPED
        else:
            klasse = YEAR if re.fullmatch(r"20\d\d", found.group()) else COMPUTED
        yield found, klasse


def _is_code(text: str, at: tuple[int, int]) -> bool:
    start, end = at
    return bool(GLUED.match(text[start - 1 : start]) or GLUED.match(text[end : end + 1]))


def _spans(text: str, wanted: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where the wanted texts, the shortest first, stand in a text."""
    for each in wanted:
        if len(each) > len(text):
            return
        start = text.find(each)
        while start >= 0:
            yield (start, start + len(each))
            start = text.find(each, start + 1)


def _inside(at: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(start <= at[0] and at[1] <= end for start, end in spans)


def _around(piece: Text, found: re.Match[str]) -> str:
    start, end = max(0, found.start() - 40), found.end() + 40
    return piece.text[start:end].strip()
