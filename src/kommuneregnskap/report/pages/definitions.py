"""The page with all definition cards, beside the report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from kommuneregnskap.display import concepts
from kommuneregnskap.display.cards import card_html
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.numbers import sql
from kommuneregnskap.report.pages.figures import FOLDS
from kommuneregnskap.report.pages.html import CARDS
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.survey.survey import Survey

PAGE = CARDS
TEMPLATE = "definitions.html.j2"
QUOTED = re.compile(r'"([a-z_]{6,})"')


def shown_in(sources: Iterable[Path]) -> set[str]:
    """Return the quoted names in the code of notebooks: among them the concepts that they show."""
    return {
        name
        for path in sources
        for cell in notebooks.read(path).cells
        if cell.cell_type == "code"
        for name in QUOTED.findall(cell.source)
    }


def export_definitions(
    survey: Survey, sources: Iterable[Path], out_file: Path, *, banner: str | None
) -> None:
    """Write the definition cards of a survey's year as a page: those in use first, then the others.

    sources: the notebooks of the report. banner: the warning of the report. Same tables, same bytes.
    """
    year = survey.year
    cards = concepts.cards(year)
    in_use = concepts.used(year, shown_in(sources))
    used = [card for card in cards if card.begrep in in_use]
    others = [card for card in cards if card.begrep not in in_use]
    page = html_page(
        TEMPLATE,
        title=f"Definisjoner i regnskapsåret {year}",
        year=year,
        banner=banner,
        script=FOLDS.read_text("utf-8"),
        used_html="\n".join(_card(survey, card) for card in used),
        others_html="\n".join(_card(survey, card) for card in others),
    )
    out_file.write_text(page, encoding="utf-8", newline="\n")


def _card(survey: Survey, card: concepts.Card) -> str:
    return card_html(card, statement=sql.first_of(survey, card.begrep))
