"""The draft of a release, as Word and as Markdown."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report.editions import Edition, Material

MARKDOWN, WORD = "pressemelding.md", "pressemelding.docx"


def write(material: Material, folder: Path) -> None:
    """Write pressemelding.md and .docx; see `draft`. Nothing where the accounts have nothing to tell."""
    from kommuneregnskap.report.editions.release import draft  # noqa: PLC0415

    found = draft.release(material.survey, material.tall)
    if found.lead or found.passages:
        draft.write_release(found, folder / MARKDOWN, folder / WORD)


EDITION = Edition(
    "pressemelding",
    "the draft of a release, of real accounts of more than one",
    place=4,
    write=write,
    of_real=True,
    of_many=True,
    files={
        WORD: "Utkast til pressemelding (Word)",
        MARKDOWN: "Utkast til pressemelding (Markdown)",
    },
)
