"""The draft of a release: sentences of pressemelding.csv filled with the section numbers of the survey."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.notebook import data_lines, warning
from kommuneregnskap.report.headlines import news
from kommuneregnskap.report.sentences import SECTION, TABLE, YEAR, sentence
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.outside import in_markdown
from kommuneregnskap.support.workbook import CREATED
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables import wording

DRAFT = "Utkast til pressemelding, satt sammen av tallene i rapporten."
# Ends a paragraph with invented numbers: one that is cut out still says so.
NOTE = "Syntetiske tall."
LANGUAGE = "nb-NO"


@dataclass
class Passage:
    """A part of the release: its heading and its paragraphs."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Release:
    """A release in bokmål: title, warning of the accounts (or empty), lead, passages, source and notes."""

    title: str
    warning: str
    lead: str
    passages: list[Passage]
    notes: list[str]


def release(survey: Survey, tall: pl.DataFrame) -> Release:
    """Return the draft of the release of a survey.

    In: its section numbers (`frames.Tall`). A sentence stands where its condition holds and all of its
    numbers are there; a heading where a sentence follows. Raises DataError for a row of
    pressemelding.csv that names what is no section number.
    """
    numbers = wording.numbers_of(news(survey, tall), survey.year)
    title, passages = "", [Passage("")]
    lead: list[str] = []
    paragraph = ""
    for row in tables.read(TABLE).sort("nr").iter_rows(named=True):
        if row["slag"] in (YEAR, SECTION):
            continue
        text = sentence(row, numbers)
        if text is None or (row["slag"] == "tittel" and title):
            continue
        text = worded(text, survey)
        if row["slag"] == "tittel":
            title = text
        elif row["slag"] == "ingress":
            lead.append(text)
        elif row["slag"] == "mellomtittel":
            passages.append(Passage(text))
        elif row["avsnitt"] == paragraph and passages[-1].paragraphs:
            passages[-1].paragraphs[-1] += f" {text}"
        else:
            passages[-1].paragraphs.append(text)
            paragraph = row["avsnitt"]
    return Release(
        title,
        warning(survey),
        _noted(" ".join(lead), survey),
        [
            Passage(each.heading, [_noted(text, survey) for text in each.paragraphs])
            for each in passages
            if each.paragraphs
        ],
        [source_line(survey), *data_lines(survey)[1:]],
    )


def _noted(text: str, survey: Survey) -> str:
    has_number = any(character.isdigit() for character in text)
    return f"{text} {NOTE}" if has_number and survey.synthetic else text


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
    parts += map(text, found.notes)
    return "\n\n".join(part for part in parts if part) + "\n"


def as_word(found: Release) -> bytes:
    """Return a release as a Word document in bokmål, with headings; no date, no name of a machine."""
    import docx  # noqa: PLC0415 (only who asks for a release pays for it)
    from docx.oxml.ns import qn  # noqa: PLC0415

    document = docx.Document()
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
