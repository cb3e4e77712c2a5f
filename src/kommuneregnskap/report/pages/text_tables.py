"""A table of texts on a page."""

from __future__ import annotations

from collections.abc import Container
from html import escape

from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.support.outside import visible


def table_html(
    caption: str, headings: list[str], rows: list[list[str]], texts: Container[int] = (0,)
) -> str:
    """Return a table of texts; the columns in `texts` are words, the others numbers set to the right."""

    def style(place: int) -> str:
        return "" if place in texts else ' class="tall-kolonne"'

    head = "".join(
        f'<th scope="col"{style(place)}>{escape(text)}</th>' for place, text in enumerate(headings)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{style(n)}>{escape(visible(text or MISSING))}</td>" for n, text in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="tabell" tabindex="0" role="group" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )
