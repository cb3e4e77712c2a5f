"""The appendix of the printed report: every chapter whole, with all tables, figures and choices."""

from __future__ import annotations

from kommuneregnskap.report import headlines
from kommuneregnskap.report.editions import Material
from kommuneregnskap.report.editions.pdf.typeset import document, part, without_note
from kommuneregnskap.report.editions.pdf.typst_text import call


def source(material: Material) -> str:
    """Return the appendix as Typst source. Raises ValueError for what has no place in print."""
    title = f"Vedlegg til {headlines.title(material.survey)}"
    every = [each for chapter in material.chapters for each in chapter.parts]
    parts = without_note(every, material.survey)
    body = "\n".join([call("contents", title=title), *map(part, parts)])
    return document(material.survey, title, body, wide=True)
