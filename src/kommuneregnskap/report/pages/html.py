"""A self-contained page from an executed notebook: no request to anywhere, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

from nbconvert.filters import Highlight2HTML, markdown2html

from kommuneregnskap.display import table
from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.display.table import INVENTED_NOTE
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import citation, headings
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.report.contents import HIDDEN_TAGS, places
from kommuneregnskap.report.pages import figures
from kommuneregnskap.report.pages.addresses import cite_html
from kommuneregnskap.report.pages.figures import Spec, figure_html, library, script
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
TABLE = "<table"
# The place of a table is that of its frame on the page, and not the one great-tables puts within it.
INNER = re.compile(r'(?<=<div) id="(?:tabell|dommer|kort)-[^"]*"')


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


@dataclass(frozen=True)
class _Shown:
    """How the outputs of a notebook are shown: its name, its charts in order, and as `section` is told."""

    notebook: str
    specs: Iterator[Spec]
    alive: bool
    cited: Cited | None


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
        library=library(page.body),
    )
    out_file.write_text(text, encoding="utf-8", newline="\n")


def section(
    path: Path,
    *,
    alive: bool = True,
    folded: bool = True,
    files: str = "",
    cited: Cited | None = None,
) -> Section:
    """Return an executed notebook as a page, in parts that begin with its headings of the second level.

    Charts become inline SVG with their text alternative, code and long tables are folded, cells with parameters and
    those that only belong in the notebook are left out. alive: the page's script can draw the charts anew;
    else they are drawings only. folded: what stands under a heading of the third level is a fold. files: where the
    figures' files lie, if anywhere (see `figures.of`). cited: of the report it is in; with it figures and tables have a
    fold that they are cited from. Their ids are of the cell that put them out, so that one more cell changes no
    address. Same notebook, same bytes.
    """
    title, parts = path.stem, [("", [""])]
    shown = _Shown(path.stem, iter(figures.of(path, files)), alive, cited)
    for level, piece in _pieces(path, shown):
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


def _pieces(path: Path, shown: _Shown) -> Iterator[tuple[int, str]]:
    """Give what a page shows of a notebook, in order: its headings with their levels, and HTML (level 0)."""
    title, said = path.stem, ""
    for place, cell in enumerate(notebooks.read(path).cells):
        if HIDDEN_TAGS & set(notebooks.tags(cell)):
            continue
        if cell.cell_type != "markdown":
            where = f"{title.rstrip('.')}{'' if title.endswith('?') else '.'} {said}".strip()
            yield 0, _code(cell, places(cell.get("id") or str(place)), where, shown)
            continue
        for text in PARTS.split(cell.source):
            heading = HEADING.match(text)
            if heading:
                level, said = len(heading.group(1)), heading.group(2).strip()
                yield level, said
                title, said = (said, "") if level == 1 else (title, said)
            yield 0, _markdown(text[heading.end() if heading else 0 :])


def _place(heading: str) -> str:
    """Return what a heading is called in an address."""
    plain = heading.lower().replace("æ", "ae").replace("ø", "o").replace("å", "a")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _markdown(source: str) -> str:
    html = ANCHOR.sub("", markdown2html(source))
    return re.sub(r'(<h\d) id="[^"]*"', r"\1", html)  # the same headings recur in every section


def _code(cell: notebooks.Notebook, names: Iterator[str], said: str, shown: _Shown) -> str:
    """Return what a cell put out, and its code as a fold; said: the headings it stands under."""
    highlighted = Highlight2HTML()(cell.source, language="python")
    highlighted = highlighted.replace("<pre>", '<pre tabindex="0">')
    outputs = "\n".join(filter(None, (_output(each, names, said, shown) for each in cell.outputs)))
    # What code put out is told apart from what somebody wrote; see `coverage`.
    outputs = f'<div class="resultat">{outputs}</div>' if outputs else ""
    return f'{outputs}\n<details class="kode"><summary>Vis koden</summary>{highlighted}</details>'


def _output(output: notebooks.Notebook, names: Iterator[str], said: str, shown: _Shown) -> str:
    if output.output_type == "stream":
        return f'<pre class="utskrift" tabindex="0">{escape(output.text)}</pre>'
    data = output.get("data", {})
    if MIME in data:
        name = f"figur-{next(names)}"
        return figure_html(next(shown.specs), name, alive=shown.alive, cited=shown.cited)
    if table.MIME in data and not data[table.MIME]["tittel"]:
        content = data[table.MIME] | {"tittel": said}
        return _table(_frame(content, shown.notebook), next(names), content, shown)
    if "text/html" in data:
        html, name = data["text/html"], next(names)
        content = {"tittel": said} | data.get(table.MIME, {})
        return (
            _table(html, name, content, shown)
            if TABLE in html
            else _group(_plain(html, name), "Tabell")
        )
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


def _table(html: str, name: str, content: Mapping[str, Any], shown: _Shown) -> str:
    """Return a table with its address, and the fold it is cited from; content: what `display.table` says of it."""
    own = INNER.sub("", _plain(html, name))
    title = TITLE.search(own)
    label = unescape(TAG.sub("", title.group(1))) if title else "Tabell"
    place = f"tabell-{name}"
    fold = ""
    if shown.cited:
        unit, note = content.get("enhet", ""), content.get("merknad", "")
        mark = note if note.startswith(INVENTED_NOTE.removesuffix(".")) else ""
        named = content.get("tittel") or label
        said = citation.of_thing("tabell", named, unit, shown.cited, mark=mark)
        fold = cite_html(place, said)
    rows = own.count("<tr") - 1
    table_ = _group(own, label, f' id="{escape(place)}"') + fold
    if rows <= ROWS:
        return table_
    return f'<details class="tabellfold"><summary>{escape(label)} ({rows} rader)</summary>{table_}</details>'


def _plain(html: str, name: str) -> str:
    """Return an HTML output as the page has it: the style of great-tables and polars gives way to the page's."""
    own = FRAME.sub("", STYLE.sub("", html)).replace('border="1" ', "")
    own = own.replace("<td>null</td>", f"<td>{MISSING}</td>")
    own = CONCEPT.sub(rf'<a href="{CARDS}#\1">\2</a>', own)
    return NAMES.sub(lambda found: OWN.sub(rf"\1-{name}", found.group()), own)


def _group(html: str, label: str, more: str = "") -> str:
    return f'<div class="tabell"{more} tabindex="0" role="group" aria-label="{escape(label)}">{html}</div>'
