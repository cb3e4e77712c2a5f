"""A self-contained page from an executed notebook: no request to anywhere, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from itertools import count
from pathlib import Path
from typing import Any

from nbconvert.filters import Highlight2HTML, markdown2html

from kommuneregnskap.display import table
from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import headings
from kommuneregnskap.report.contents import HIDDEN_TAGS
from kommuneregnskap.report.pages import figures
from kommuneregnskap.report.pages.figures import Spec, figure_html, script
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.support.norwegian import MISSING, number

TEMPLATE = "section.html.j2"
PARTS = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
HEADING = re.compile(r"(#{1,3}) (.*)")
H3 = re.compile(r"(<h3>.*?</h3>)")
FOLD = r'<details class="del"><summary>\1</summary>'
ROWS = 24  # of a table that is shown unfolded
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>')
# Polars' own frame of a table: its style, its size, the types of its columns.
FRAME = re.compile(
    r"<small>shape: .*?</small>|(?<=</tr>)<tr>(?:<td>[a-z0-9\[\]., ]+</td>)+</tr>(?=</thead>)"
)
# The names that the tables give their cells, and where they are named; a cell may have two headings.
NAMES = re.compile(r'\b(?:id|headers)="[^"]*"')
OWN = re.compile(r'(?<=["\s])(tabell|dommer|kort)\b')
# Names of concepts, which lead to their definition cards (see `display.method.definition`).
CONCEPT = re.compile(r'<span data-begrep="([a-z_]+)">(.*?)</span>')
CARDS = "definisjoner.html"
TITLE = re.compile(r'class="gt_heading gt_title[^>]*>(.*?)</td>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Part:
    """A part of a page, under a heading of its own: its place (`beregning`), its heading, its HTML."""

    place: str
    title: str
    body: str


@dataclass(frozen=True)
class Section:
    """A notebook as a page: its heading and its parts."""

    title: str
    parts: list[Part]

    @property
    def body(self) -> str:
        """Return all parts as one text."""
        return "\n".join(part.body for part in self.parts)


def export_section(
    page: Section,
    out_file: Path,
    *,
    whole: str,
    banner: str,
    trail: str = "",
) -> None:
    """Write a section as a page of its own, that opens alone.

    page: see `section`; whole: the title of the report that it is of, whose front it leads to; banner: a warning that
    stays on the screen; trail: the page with its trails. Same section, same bytes.
    """
    text = html_page(
        TEMPLATE,
        title=page.title,
        whole=whole,
        front="index.html",
        banner=banner,
        parts=page.parts,
        trail=trail,
        script=script(),
    )
    out_file.write_text(text, encoding="utf-8", newline="\n")


def section(path: Path, *, alive: bool = True, folded: bool = True, files: str = "") -> Section:
    """Return an executed notebook as a page, in parts that begin with its headings of the second level.

    Charts become inline SVG with their text alternative, code and long tables are folded, cells with parameters and
    those that only belong in the notebook are left out. alive: the page's script can draw the charts anew;
    else they are drawings only. folded: what stands under a heading of the third level is a fold. files: where the
    figures' files lie, if anywhere (see `figures.of`). Same notebook, same bytes.
    """
    names = (f"figur-{number}" for number in count(1))
    title, parts = path.stem, [("", [""])]
    for level, piece in _pieces(path, names, iter(figures.of(path, files)), alive=alive):
        if level == 1:
            title = piece
        elif level == 2:
            parts.append((piece, [f"<h2>{escape(piece)}</h2>"]))
        elif level == 3:
            parts[-1][1].append(f"<h3>{escape(piece)}</h3>")
        else:
            parts[-1][1][-1] += f"\n{piece}"
    fold = _folded if folded else "\n".join
    made = [Part(_place(heading), heading, fold(texts)) for heading, texts in parts]
    return Section(title, [part for part in made if part.body.strip()])


def _folded(texts: list[str]) -> str:
    """Return a part whose texts after the first are folds, each under its heading."""
    first, *rest = texts
    return "\n".join([first, *(H3.sub(FOLD, text, count=1) + "</details>" for text in rest)])


def _pieces(
    path: Path, names: Iterator[str], specs: Iterator[Spec], *, alive: bool
) -> Iterator[tuple[int, str]]:
    """Give what a page shows of a notebook, in order: its headings with their levels, and HTML (level 0)."""
    for cell in notebooks.read(path).cells:
        if HIDDEN_TAGS & set(notebooks.tags(cell)):
            continue
        if cell.cell_type != "markdown":
            yield 0, _code(cell, names, specs, alive=alive, notebook=path.stem)
            continue
        for text in PARTS.split(cell.source):
            heading = HEADING.match(text)
            if heading:
                yield len(heading.group(1)), heading.group(2).strip()
            yield 0, _markdown(text[heading.end() if heading else 0 :])


def _place(heading: str) -> str:
    """Return what a heading is called in an address."""
    plain = heading.lower().replace("æ", "ae").replace("ø", "o").replace("å", "a")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _markdown(source: str) -> str:
    html = ANCHOR.sub("", markdown2html(source))
    return re.sub(r'(<h\d) id="[^"]*"', r"\1", html)  # the same headings recur in every section


def _code(
    cell: notebooks.Notebook,
    names: Iterator[str],
    specs: Iterator[Spec],
    *,
    alive: bool,
    notebook: str,
) -> str:
    highlighted = Highlight2HTML()(cell.source, language="python")
    highlighted = highlighted.replace("<pre>", '<pre tabindex="0">')
    shown = (_output(each, names, specs, alive=alive, notebook=notebook) for each in cell.outputs)
    outputs = "\n".join(filter(None, shown))
    # What code put out is told apart from what somebody wrote; see `coverage`.
    outputs = f'<div class="resultat">{outputs}</div>' if outputs else ""
    return f'{outputs}\n<details class="kode"><summary>Vis koden</summary>{highlighted}</details>'


def _output(
    output: notebooks.Notebook,
    names: Iterator[str],
    specs: Iterator[Spec],
    *,
    alive: bool,
    notebook: str,
) -> str:
    if output.output_type == "stream":
        return f'<pre class="utskrift" tabindex="0">{escape(output.text)}</pre>'
    data = output.get("data", {})
    if MIME in data:
        return figure_html(next(specs), next(names), alive=alive)
    if table.MIME in data and not data[table.MIME]["tittel"]:
        return _table(_frame(data[table.MIME], notebook), next(names))
    if "text/html" in data:
        return _table(data["text/html"], next(names))
    if "text/markdown" in data:
        return markdown2html(data["text/markdown"])
    return f'<pre class="utskrift" tabindex="0">{escape(data.get("text/plain", ""))}</pre>'


def _frame(content: Mapping[str, Any], notebook: str) -> str:
    """Return a frame that is shown as it is with the names of its columns in words, as print and workbook have it.

    One row alone stands as a list: what, and its value.
    """
    columns = [
        (escape(headings.in_words(each["navn"], notebook)), each) for each in content["kolonner"]
    ]
    rows = content["rader"]
    if len(rows) == 1:
        lines = zip(columns, rows[0], strict=True)
        body = "".join(
            f'<tr><th scope="row">{name}</th>{_cell(value, each)}</tr>'
            for (name, each), value in lines
        )
        return f'<table class="enkel"><tbody>{body}</tbody></table>'
    heads = "".join(f'<th scope="col"{_aligned(each)}>{name}</th>' for name, each in columns)
    body = "".join(f"<tr>{''.join(_cells(row, columns))}</tr>" for row in rows)
    return f'<table class="enkel"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _aligned(column: Mapping[str, Any]) -> str:
    return ' class="tall-kolonne"' if column["slag"] == table.NUMBER else ""


def _cells(row: list[Any], columns: list[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    return (_cell(value, each) for value, (_, each) in zip(row, columns, strict=True))


def _cell(value: object, column: Mapping[str, Any]) -> str:
    """Return a cell: a number as the reader has it, else text."""
    shown = MISSING if value is None else str(value)
    if column["slag"] == table.NUMBER and isinstance(value, int | float):
        shown = number(value, column["desimaler"])
    return f"<td{_aligned(column)}>{escape(shown)}</td>"


def _table(html: str, name: str) -> str:
    """Return an HTML output; the style of great-tables and polars gives way to the page's."""
    own = FRAME.sub("", STYLE.sub("", html)).replace('border="1" ', "")
    own = own.replace("<td>null</td>", f"<td>{MISSING}</td>")
    own = CONCEPT.sub(rf'<a href="{CARDS}#\1">\2</a>', own)
    own = NAMES.sub(lambda found: OWN.sub(rf"\1-{name}", found.group()), own)
    title = TITLE.search(own)
    label = escape(unescape(TAG.sub("", title.group(1)))) if title else "Tabell"
    shown = f'<div class="tabell" tabindex="0" role="group" aria-label="{label}">{own}</div>'
    rows = own.count("<tr") - 1
    if rows <= ROWS:
        return shown
    return f'<details class="tabellfold"><summary>{label} ({rows} rader)</summary>{shown}</details>'
