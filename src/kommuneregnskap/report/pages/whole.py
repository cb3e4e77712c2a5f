"""The pages of one report: its front, each section on a page of its own, and their trails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import polars as pl

from kommuneregnskap.display.notebook import data_lines, warning
from kommuneregnskap.report import headlines
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.pages import addresses
from kommuneregnskap.report.pages.claims import trail_page
from kommuneregnskap.report.pages.control import control_html
from kommuneregnskap.report.pages.front import export_front
from kommuneregnskap.report.pages.html import Part, Section, export_section
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.one_municipality import export_one, sections_of_one
from kommuneregnskap.report.pages.reconciled import reconciled_html
from kommuneregnskap.report.pages.trail import export_trails
from kommuneregnskap.tables import sections
from kommuneregnskap.verdicts import evidence


def export_pages(
    made: Made,
    pages: Mapping[str, Section],
    trails: Mapping[str, str],
    avstemming: pl.DataFrame,
    folder: Path,
    *,
    downloads: Sequence[Download],
) -> None:
    """Write the pages of a report into its folder: index.html, <side>.html and <side>-spor.html.

    made: the report, its address empty. pages: notebook -> its page (`html.section`); trails: section -> its folds
    (`trail.trails_html`); avstemming: `survey.reconciled`; downloads: what lies beside. Same report, same bytes.
    """
    survey = made.survey
    said = {"whole": headlines.title(survey), "banner": warning(survey)}
    front, more = folder / "index.html", _more(made, avstemming)
    if survey.alone:
        names = dict(sections.table().select("side", "seksjon").iter_rows())
        for side, page in sections_of_one(survey, pages).items():
            section = names[side]
            export_section(_with_numbers(page, made, section), folder / f"{side}.html", **said)
        export_one(made, front, downloads=downloads, more=more)
        return
    for row in sections.table().iter_rows(named=True):
        own = trail_page(row["seksjon"]) if row["seksjon"] in trails else ""
        page = _with_numbers(pages[row["notatbok"]], made, row["seksjon"])
        export_section(page, folder / f"{row['side']}.html", trail=own, **said)
        if own:
            export_trails(trails[row["seksjon"]], folder / own, title=row["tittel"], **said)
    export_front([made], evidence.of([survey]), front, downloads=downloads, more=more)


def _with_numbers(page: Section, made: Made, section: str) -> Section:
    """Return the page of a section with every number of it at the end, each at its address."""
    html = addresses.numbers_html(made.survey, made.tall, section, made.cited)
    part = Part(addresses.PLACE, addresses.TITLE, html)
    return replace(page, parts=[*page.parts, part]) if html else page


def _more(made: Made, avstemming: pl.DataFrame) -> str:
    """Return what the front of one report says besides: how many verdicts, whose accounts, how they agree.

    Of one municipality nothing is said of verdicts: what was published is not of it.
    """
    survey = made.survey
    lines = "".join(f'<p class="kilde">{escape(line)}</p>' for line in data_lines(survey))
    beside = (
        control_html(survey, made.tall)
        if survey.gives.controls
        else reconciled_html(avstemming, survey)
    )
    tried = "" if survey.alone else f"<p>{headlines.tried(made.vurdering)}</p>"
    return f"{tried}{lines}{beside}"
