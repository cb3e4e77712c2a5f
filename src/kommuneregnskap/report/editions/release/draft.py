"""The draft of a release: sentences of pressemelding.csv filled with the section numbers of the survey."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.notebook import data_lines, warning
from kommuneregnskap.report import sentences
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.outside import in_markdown
from kommuneregnskap.support.workbook import CREATED
from kommuneregnskap.survey.survey import Survey

DRAFT = "Utkast til pressemelding, satt sammen av tallene i rapporten."
FACTS = "Fakta"
LANGUAGE = "nb-NO"
# Points: a release stands on one page also where Word's own fonts are lacking.
SIZES = {"Normal": 10, "Title": 20, "Subtitle": 10, "Heading 1": 12, "Caption": 8}
BETWEEN = 4


@dataclass
class Passage:
    """A part of the release: its heading and its paragraphs."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Release:
    """A release in bokmål: title, warning of the accounts (or empty), lead, passages, facts, source and notes."""

    title: str
    warning: str
    lead: str
    passages: list[Passage]
    facts: list[str]
    notes: list[str]


def release(survey: Survey, tall: pl.DataFrame) -> Release:
    """Return the draft of the release of a survey.

    In: its section numbers (`frames.Tall`). A sentence stands where its condition holds and all of its
    numbers are there; a heading where a sentence follows, and of several for one part the first that fits. Raises
    DataError for a row of pressemelding.csv that names what is no section number.
    """
    rows = sentences.told(survey, tall)
    of = {kind: [row["setning"] for row in rows if row["slag"] == kind] for kind in KINDS}
    return Release(
        of["tittel"][0],
        warning(survey),
        " ".join(of["ingress"]),
        _passages(rows),
        of["fakta"],
        [source_line(survey), *_notes(survey)],
    )


KINDS = ("tittel", "ingress", "fakta")


def _passages(rows: Sequence[Mapping[str, str]]) -> list[Passage]:
    """Return the headings with their paragraphs; of headings of one part the first, and none without a paragraph."""
    passages, part, paragraph = [Passage("")], "", ""
    for row in rows:
        own = passages[-1].paragraphs
        if row["slag"] == "mellomtittel" and row["avsnitt"] != part:
            passages.append(Passage(row["setning"]))
            part = row["avsnitt"]
        elif row["slag"] == "setning" and row["avsnitt"] == paragraph and own:
            own[-1] += f" {row['setning']}"
        elif row["slag"] == "setning":
            own.append(row["setning"])
            paragraph = row["avsnitt"]
    return [each for each in passages if each.paragraphs]


def _notes(survey: Survey) -> list[str]:
    """Return what must be said of delivered accounts: who is left out, what was corrected."""
    return data_lines(survey)[1:] if survey.gives.respondents else []


def write_release(found: Release, markdown: Path, word: Path) -> None:
    """Write a release as Markdown and as a Word document. Same release, same bytes.

    Raises DataError where they cannot be written.
    """
    for file, content in ((markdown, as_markdown(found).encode()), (word, as_word(found))):
        with replacing(file) as temporary:
            temporary.write_bytes(content)


def as_markdown(found: Release) -> str:
    """Return a release as Markdown."""
    text = in_markdown
    parts = [f"> **{text(found.warning)}**"] if found.warning else []
    parts += [f"# {text(found.title)}", f"*{DRAFT}*", f"**{text(found.lead)}**" * bool(found.lead)]
    for each in found.passages:
        parts += [f"## {text(each.heading)}" * bool(each.heading), *map(text, each.paragraphs)]
    if found.facts:
        parts += [f"## {FACTS}", "\n".join(f"- {text(fact)}" for fact in found.facts)]
    parts += map(text, found.notes)
    return "\n\n".join(part for part in parts if part) + "\n"


def as_word(found: Release) -> bytes:
    """Return a release as a Word document in bokmål, with headings; no date, no name of a machine."""
    import docx  # noqa: PLC0415 (only who asks for a release pays for it)
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    document = docx.Document()
    for name, size in SIZES.items():
        document.styles[name].font.size = Pt(size)
    document.styles["Normal"].paragraph_format.space_after = Pt(BETWEEN)
    properties = document.core_properties
    properties.title, properties.author = found.title, "kommuneregnskap"
    properties.language, properties.comments = LANGUAGE, DRAFT
    properties.created = properties.modified = CREATED
    properties.last_modified_by, properties.revision = "kommuneregnskap", 1
    for style in document.styles.element.iter(qn("w:lang")):
        style.set(qn("w:val"), LANGUAGE)
    if found.warning:
        document.add_paragraph(found.warning, style="Intense Quote")
    document.add_heading(found.title, 0)
    document.add_paragraph(DRAFT, style="Subtitle")
    if found.lead:
        document.add_paragraph().add_run(found.lead).bold = True
    for each in found.passages:
        if each.heading:
            document.add_heading(each.heading, 1)
        for text in each.paragraphs:
            document.add_paragraph(text)
    if found.facts:
        document.add_heading(FACTS, 1)
    for text in found.facts:
        document.add_paragraph(text, style="List Bullet")
    for text in found.notes:
        document.add_paragraph(text, style="Caption")
    stream = io.BytesIO()
    document.save(stream)
    return _timeless(stream.getvalue())


def _timeless(package: bytes) -> bytes:
    """Return a zip package with the same files and no time of writing."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as before,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            entry = zipfile.ZipInfo(name, CREATED.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, before.read(name))
    return stream.getvalue()
