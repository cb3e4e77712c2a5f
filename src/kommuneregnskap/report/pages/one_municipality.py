"""The front of a report of one municipality's own accounts: its year, its numbers, its place among all others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from markupsafe import Markup

from kommuneregnskap.charts.sheet import place
from kommuneregnskap.charts.style import Drawn, open_figures
from kommuneregnskap.display.notebook import figure, warning
from kommuneregnskap.report import headlines, of_one, sentences
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.manifest import VERDICTS
from kommuneregnskap.report.pages.definitions import PAGE as CARDS
from kommuneregnskap.report.pages.figures import figure_html, library, script
from kommuneregnskap.report.pages.front import figure_of
from kommuneregnskap.report.pages.html import Part, Section
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.rendered import TEMPLATES, html_page
from kommuneregnskap.report.pages.tiles import tiles
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import whole_name, worded
from kommuneregnskap.tables import sections

TEMPLATE, AMONG = "one_municipality.html.j2", "among_others.html.j2"
BESIDE, RESULT = "Blant andre kommuner", "Resultat"
OF_PUBLISHED = Path(VERDICTS).stem
# What ran and what is drawn stands as it is.
CODE = re.compile(r"(<details class=\"kode\">.*?</details>|<figure.*?</figure>)", re.DOTALL)


def export_one(
    made: Made,
    out_file: Path,
    *,
    downloads: Sequence[Download] = (),
    more: str = "",
) -> None:
    """Write the front of a report of one municipality (`Survey.alone`). In: as `front.export_front`."""
    survey, beside = made.survey, of_one.beside(made.survey)
    parts = [_part(row, made, beside) for row in sections.of_one_municipality().to_dicts()]
    page = html_page(
        TEMPLATE,
        title=headlines.title(survey),
        banner=warning(survey) or None,
        name=whole_name(survey),
        year=survey.year,
        said=sentences.of_one(survey, made.tall),
        tiles=tiles(survey, made.tall, of_one.givers(survey)),
        told=beside.measures,
        loose=[each for each in beside.measures if each["section"] is None],
        groups=beside.groups,
        basis=beside.basis,
        parts=parts,
        cards=f"{made.address}{CARDS}",
        downloads=[each for each in downloads if not each.address.startswith(OF_PUBLISHED)],
        more=Markup(more),
        script=script(),
        library=library(*(part["figure"] for part in parts)),
    )
    out_file.write_text(page, encoding="utf-8", newline="\n")


def sections_of_one(survey: Survey, pages: Mapping[str, Section]) -> dict[str, Section]:
    """Return the pages of a report of one municipality: side → page, its results first, then its place, then the rest.

    pages: notebook → its page (`html.section`). What they say of respondents is said of the municipality.
    """
    beside = of_one.beside(survey)
    return {
        row["side"]: Section(
            row["tittel"], _parts(pages[row["notatbok"]], row["seksjon"], survey, beside)
        )
        for row in sections.of_one_municipality().to_dicts()
    }


def _parts(page: Section, section: str, survey: Survey, beside: of_one.Beside) -> list[Part]:
    """Return the parts of a section's page in the order in which they are of use."""
    own = [
        replace(part, body="".join(_worded(text, survey) for text in CODE.split(part.body)))
        for part in page.parts
        if part.title  # what stands above the first heading is the title
    ]
    told = [each for each in beside.measures if each["section"] == section]
    among = TEMPLATES.get_template(AMONG).render(
        told=told, figure=Markup(_figure(beside, section, "blant-andre")), title=BESIDE
    )
    return [
        *(part for part in own if part.title == RESULT),
        Part("blant-andre", BESIDE, among),
        *(part for part in own if part.title != RESULT),
    ]


def _worded(text: str, survey: Survey) -> str:
    return text if CODE.fullmatch(text) else worded(text, survey)


def _part(row: Mapping[str, Any], made: Made, beside: of_one.Beside) -> dict[str, Any]:
    """Return a section: its measures in words, where they stand among others, and where it goes on."""
    name, own = row["seksjon"], f"del-{row['rekkefoelge']}"
    return {
        "place": own,
        "title": row["tittel"],
        "short": row["kort"],
        "told": [each for each in beside.measures if each["section"] == name],
        "figure": Markup(figure_of(name, made, own) + _figure(beside, name, f"{own}-plass")),
        "address": f"{made.address}{row['side']}.html",
        "notebook": f"{made.address}notebooks/{row['notatbok']}.ipynb",
    }


def _figure(beside: of_one.Beside, section: str, name: str) -> str:
    """Return where it stands in its group, a strip per measure; empty where there is nobody to stand beside."""
    rows = beside.peers(section)
    if beside.others is None or rows.is_empty():
        return ""
    spec = cast("Drawn", figure(place, rows, beside.survey)).to_dict()
    said = spec["usermeta"]
    said["kilde"] = f"{said['kilde']} De andre: {open_figures(beside.others)}"
    return figure_html(spec, f"{name}-figur")
