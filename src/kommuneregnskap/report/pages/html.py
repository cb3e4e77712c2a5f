"""One self-contained HTML page from executed notebooks: no request to anywhere, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import count
from pathlib import Path

from nbconvert.filters import Highlight2HTML, markdown2html

from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report.contents import HIDDEN_TAGS
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.pages.figures import figure_html, script
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.support.norwegian import MISSING

TEMPLATE = "page.html.j2"
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
class Section:
    """One section of the page: its place (`del-1`), its heading, its HTML, the trails of its numbers."""

    place: str
    title: str
    body: str
    trails: str = ""


def export_html(
    sections: Sequence[Section],
    out_file: Path,
    *,
    title: str,
    front_html: str,
    banner: str | None,
    downloads: Sequence[Download] = (),
) -> None:
    """Write the page of a report.

    sections: in order, see `section`; front_html: the opening (see `pages/front.py`); banner: a
    warning that stays on the screen, for invented accounts; downloads: what lies beside the page (see
    `editions.downloads`). Same sections, same bytes.
    """
    page = html_page(
        TEMPLATE,
        title=title,
        front=front_html,
        banner=banner,
        sections=sections,
        downloads=downloads,
        script=script(),
    )
    out_file.write_text(page, encoding="utf-8")


def section(path: Path, *, alive: bool = True) -> Section:
    """Return an executed notebook as a section of the page.

    Charts become inline SVG with their text alternative, code is folded, cells with parameters and
    those that only belong in the notebook are left out. alive: the page's script can draw the charts anew;
    else they are drawings only. Same notebook, same bytes.
    """
    notebook = notebooks.read(path)
    first = next(
        (cell.source for cell in notebook.cells if cell.cell_type == "markdown"), path.stem
    )
    place = f"del-{path.stem.split('_')[0]}"
    names = (f"{place}-{number}" for number in count(1))
    body = "\n".join(
        _markdown(cell.source) if cell.cell_type == "markdown" else _code(cell, names, alive=alive)
        for cell in notebook.cells
        if not HIDDEN_TAGS & set(notebooks.tags(cell))
    )
    return Section(place, first.splitlines()[0].lstrip("# "), body)


def _markdown(source: str) -> str:
    """Render Markdown one heading level down: the page has its own first heading."""
    text = re.sub(r"^(#+)", r"#\1", source, flags=re.MULTILINE)
    html = ANCHOR.sub("", markdown2html(text))
    return re.sub(r'(<h\d) id="[^"]*"', r"\1", html)  # the same headings recur in every section


def _code(cell: notebooks.Notebook, names: Iterator[str], *, alive: bool) -> str:
    highlighted = Highlight2HTML()(cell.source, language="python")
    outputs = "\n".join(filter(None, (_output(each, names, alive=alive) for each in cell.outputs)))
    # What code put out is told apart from what somebody wrote; see `coverage`.
    outputs = f'<div class="resultat">{outputs}</div>' if outputs else ""
    return f'{outputs}\n<details class="kode"><summary>Vis koden</summary>{highlighted}</details>'


def _output(output: notebooks.Notebook, names: Iterator[str], *, alive: bool) -> str:
    if output.output_type == "stream":
        return f'<pre class="utskrift" tabindex="0">{escape(output.text)}</pre>'
    data = output.get("data", {})
    if MIME in data:
        return figure_html(data[MIME], next(names), alive=alive)
    if "text/html" in data:
        return _table(data["text/html"], next(names))
    if "text/markdown" in data:
        return markdown2html(data["text/markdown"])
    return f'<pre class="utskrift" tabindex="0">{escape(data.get("text/plain", ""))}</pre>'


def _table(html: str, name: str) -> str:
    """Return an HTML output; the style of great-tables and polars gives way to the page's."""
    own = FRAME.sub("", STYLE.sub("", html)).replace('border="1" ', "")
    own = own.replace("<td>null</td>", f"<td>{MISSING}</td>")
    own = CONCEPT.sub(rf'<a href="{CARDS}#\1">\2</a>', own)
    own = NAMES.sub(lambda found: OWN.sub(rf"\1-{name}", found.group()), own)
    title = TITLE.search(own)
    label = escape(unescape(TAG.sub("", title.group(1)))) if title else "Tabell"
    return f'<div class="tabell" tabindex="0" role="group" aria-label="{label}">{own}</div>'
