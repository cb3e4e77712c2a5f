"""A release as plain text, cut into sentences that know their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")
MARKUP = re.compile(r"[*_`]{2,}|^#+\s*|^>\s*")
BULLET = re.compile(r"^\s*(?:[•▪◦·‣*]|[-–—]\s)\s*|^\s*\d{1,2}[.)]\s+(?=[A-ZÆØÅ])")
POINT = re.compile(r"^\s*[•▪◦·‣*]\s*|^\s*-\s+")
# Where a sentence ends: a mark, a space, and what begins another. Abbreviations and dates go on.
END = re.compile(r"(?<=[.!?…»”])\s+(?=[«“”\"–—-]?\s?[A-ZÆØÅ0-9])")
GOES_ON = re.compile(
    r"\b(?:ca|nr|kap|jf|mv|osv|bl\.a|f\.eks|dvs|inkl|ekskl|hhv|tlf|kl|st)\.$", re.IGNORECASE
)
UNITS = re.compile(
    r"\b(?:pst|mrd|mill|kr|pr)\.$", re.IGNORECASE
)  # they end a sentence before a capital letter
MONTH = re.compile(
    r"(?:januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember|kvartal|plass|år)",
    re.IGNORECASE,
)
SHORT = 0.72  # of the longest line: what is shorter ends before the margin
HEADING = 90  # signs: what is longer is no heading
HEADING_NAME, POINT_NAME, PARAGRAPH_NAME = "overskrift", "punkt", "avsnitt"


@dataclass(frozen=True)
class Sentence:
    """A sentence: its place in words, its text, and what stands around it.

    heading: the one above. before: the sentence before; earlier: those before that in its paragraph. topic: the
    paragraph before under the same heading.
    """

    sted: str
    text: str
    heading: str = ""
    before: str = ""
    earlier: str = ""
    topic: str = ""
    is_heading: bool = False


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text in order, each with its place: `avsnitt 3, setning 2`, `overskrift 1`.

    text: as copied from a page, a PDF or a Word file, with or without lines broken at the margin; addresses of
    pages and persons are left out. A short line without a full stop before a paragraph is a heading.
    """
    found: list[Sentence] = []
    numbers = dict.fromkeys((HEADING_NAME, POINT_NAME, PARAGRAPH_NAME), 0)
    heading = topic = ""
    for kind, paragraph in _paragraphs(text):
        numbers[kind] += 1
        place, before, earlier = f"{kind} {numbers[kind]}", "", ""
        if kind == HEADING_NAME:
            heading, topic = paragraph, ""
            found.append(Sentence(place, paragraph, is_heading=True))
            continue
        for number, sentence in enumerate(_cut(paragraph), start=1):
            sted = f"{place}, setning {number}"
            found.append(Sentence(sted, sentence, heading, before, earlier, topic))
            earlier, before = f"{earlier} {before}".strip(), sentence
        topic = paragraph
    return found


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind of each paragraph and its text in one line."""
    lines = [MARKUP.sub("", ADDRESS.sub("", line)).rstrip() for line in text.splitlines()]
    widest = max((len(line) for line in lines), default=0)
    block: list[str] = []
    point = False
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        if not line.strip():
            # A list from a PDF may have an empty line inside a point: what goes on begins with a small letter.
            if block and not (following.strip()[:1].islower() and not _ends(block[-1])):
                yield _told(block, point)
                block = []
            continue
        if block and (BULLET.match(line) or _apart(block, line, widest)):
            yield _told(block, point)
            block = []
        if not block:
            point = bool(POINT.match(line))
            line = BULLET.sub("", line)  # noqa: PLW2901
        block.append(line.strip())
    if block:
        yield _told(block, point)


def _apart(block: list[str], line: str, widest: int) -> bool:
    """Whether a line begins something new: after a heading, or after a sentence that ended before the margin."""
    last, first = block[-1], line.strip()[:1]
    ended_early = len(last) < SHORT * widest
    heading = (
        len(block) == 1
        and not _ends(last)
        and (first.isupper() or first.isdigit())
        and not last.endswith(",")
    )
    return ended_early and not first.islower() and (heading or _ends(last))


def _ends(line: str) -> bool:
    return line.rstrip(" »”\"')")[-1:] in {".", "!", "?", ":", "…"}


def _told(block: list[str], point: bool) -> tuple[str, str]:
    text = re.sub(r"(?<=[a-zæøå])-\s+(?=[a-zæøå])(?!og\b|eller\b)", "- ", " ".join(block))
    text = re.sub(r"\s+", " ", text).strip()
    if point:
        return POINT_NAME, text
    return (HEADING_NAME if len(text) < HEADING and not _ends(text) else PARAGRAPH_NAME), text


def _cut(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph."""
    parts: list[str] = []
    start = 0
    for gap in END.finditer(paragraph):
        before, after = paragraph[start : gap.start()], paragraph[gap.end() :]
        if not _goes_on(before, after):
            parts.append(before)
            start = gap.end()
    return [part for part in (*parts, paragraph[start:]) if part.strip()]


def _goes_on(before: str, after: str) -> bool:
    """Whether a full stop is that of an abbreviation, an ordinal or a date."""
    if re.search(r"\b\d{1,2}\.$", before):
        return bool(MONTH.match(after)) or after[:1].isdigit()
    return bool(GOES_ON.search(before) or (UNITS.search(before) and not after[:1].isupper()))
