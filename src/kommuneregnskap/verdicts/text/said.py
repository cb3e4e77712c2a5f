"""What a sentence says without a number: directions, ranks, all or none, and what words alone say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kommuneregnskap.verdicts.text import nearby, recognised
from kommuneregnskap.verdicts.text.around import Around, clause
from kommuneregnskap.verdicts.text.cues import AREA, GROUP, Cue, cues
from kommuneregnskap.verdicts.text.mention import COUNT, DIRECTION, PERCENT, RANK, Mention
from kommuneregnskap.verdicts.text.section_numbers import row_of
from kommuneregnskap.verdicts.text.sentences import Sentence
from kommuneregnskap.verdicts.text.words import Words

ALL, WORDS = "mengde", "hendelse"  # kinds of kjennetegn.csv
UP, DOWN, PLACE, PLACES = "retning_opp", "retning_ned", "rang", "rang_mellom"
NOT = re.compile(r"\b(?:ikke|verken|uten at)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
# What is not of the year before: `lavere enn minus 2 prosent`, `mer enn ventet`.
ELSEWHERE = re.compile(
    r"\s+enn\s+(?!i\s+(?:fjor|\d{4})|året|\d{4}|for ett? år siden|tidligere)", re.IGNORECASE
)
IT = re.compile(r"(?:Det|Dette|Den)\s+(?:er|var|betyr|innebærer|utgjør)\b")
SECOND = re.compile(r"\bnest\s*-?$", re.IGNORECASE)
COUNTIES = re.compile(r"\s+(?:de\s+|landets\s+)?(?:\w+\s+)?fylkeskommun", re.IGNORECASE)
UNITS = re.compile(
    r"\s+(?:de\s+|landets\s+|våre\s+)?(?:\w+\s+)?(?:fylkeskommun|kommun)", re.IGNORECASE
)
LONGEST = 50  # signs of what is said in words
CLOSE = 100  # signs between a direction and what it is of


@dataclass(frozen=True)
class Said:
    """Something that is said in words: the section number, how it is printed, its value and qualifying word."""

    tall_id: str
    trykt: str
    verdi: float
    verdi_til: float | None
    enhet: str
    kvalifikator: str
    start: int


@dataclass(frozen=True)
class _Read:
    """A row of kjennetegn.csv that the words around a place speak for, and the section numbers it gives."""

    cue: Cue
    ids: tuple[str, ...]
    score: float


def said(sentence: Sentence, numbers: list[Mention], lexicon: dict[str, Words]) -> list[Said]:
    """Return what a sentence says in words alone, in order; numbers: `mentions` of it."""
    found = [
        *_directions(sentence, numbers, lexicon),
        *_ranks(sentence, lexicon),
        *_amounts(sentence, lexicon),
        *_events(sentence, lexicon),
    ]
    return sorted(found, key=lambda each: each.start)


def _directions(
    sentence: Sentence, numbers: list[Mention], lexicon: dict[str, Words]
) -> Iterator[Said]:
    text = sentence.text
    for start, end, _, sign in lexicon[DIRECTION].all(text):
        inside = any(each.start <= start < each.end for each in numbers)
        if inside or NOT.search(text[:start]) or ELSEWHERE.match(text, end):
            continue
        for read in _of_quantities(sentence, start, end, lexicon)[:1]:
            name = read.ids[0]
            way = UP if (sign or 0) > 0 else DOWN
            yield Said(name, text[start:end], 0, None, _unit(name), way, start)


def _unit(tall_id: str) -> str:
    return row_of(tall_id).enhet or DIRECTION


def _of_quantities(
    sentence: Sentence, start: int, end: int, lexicon: dict[str, Words]
) -> list[_Read]:
    """Return what a direction may be of: what is named near it, of municipalities and of no single service area."""
    place = _at(sentence, start, end)
    counties, areas = recognised.of_counties(place), _between_commas(place, lexicon)
    return [
        read
        for read in _likely(place, DIRECTION, lexicon)
        if (recognised.COUNTY_ID in read.cue.tall_id or not counties)
        and (AREA in read.cue.tall_id or not areas)
        and (_distance(read.cue, place) <= CLOSE or _refers(read.cue, sentence))
    ]


def _ranks(sentence: Sentence, lexicon: dict[str, Words]) -> Iterator[Said]:
    text = sentence.text
    for start, end, side, _ in lexicon[RANK].all(text):
        number, begin = _ordinal(text, start, lexicon)
        likely = _likely(_at(sentence, start, end), RANK, lexicon)
        fitting = [read for read in likely if row_of(read.cue.tall_id).slag == f"rang_{side}"]
        for read in fitting[:1]:
            several = len(read.ids) > 1
            until, kind = (float(len(read.ids)), PLACES) if several else (None, PLACE)
            for name in read.ids:
                yield Said(name, text[begin:end], number, until, RANK, kind, begin)


def _ordinal(text: str, start: int, lexicon: dict[str, Words]) -> tuple[float, int]:
    """Return the place that the word before a superlative says, and where it begins: `nest størst`, `tredje størst`."""
    before = text[:start].rstrip(" -")
    if SECOND.search(before):
        return 2.0, before.lower().rindex("nest")
    last = re.search(r"[A-Za-zæøåÆØÅ]+$", before)
    number = lexicon["ordenstall"].worth(last.group()) if last else None
    return (number, last.start()) if number and last else (1.0, start)


def _amounts(sentence: Sentence, lexicon: dict[str, Words]) -> Iterator[Said]:
    """Yield what is said of all or none: `alle fylkeskommuner`, `samtlige kommuner med over 50 000 innbyggere`."""
    text = sentence.text
    for start, end, _, share in lexicon[ALL].all(text):
        if not UNITS.match(text, end):
            continue
        county = bool(COUNTIES.match(text, end))
        likely = _likely(_at(sentence, start, end), ALL, lexicon)
        fitting = [read for read in likely if (recognised.COUNTY_ID in read.cue.tall_id) == county]
        for read in fitting[:1]:
            yield Said(read.ids[0], text[start:end], float(share or 0), None, PERCENT, COUNT, start)


def _events(sentence: Sentence, lexicon: dict[str, Words]) -> Iterator[Said]:
    """Yield what a sentence says by all groups of words of a row, once for each section number."""
    told: set[str] = set()
    text = sentence.text
    for cue in cues():
        first = cue.groups[0].search(text)
        forbidden = cue.banned and cue.banned.search(text)
        if (
            cue.slag != WORDS
            or not first
            or forbidden
            or not all(g.search(text) for g in cue.groups)
        ):
            continue
        areas = nearby.areas(_at(sentence, *first.span()), [], lexicon)
        for name in recognised.ids(cue, areas[:1], []):
            if name not in told:
                told.add(name)
                trykt = _printed(text, cue)
                value = float(cue.verdi or 0)
                yield Said(
                    name, trykt, value, None, _unit(name), cue.kvalifikator or COUNT, first.start()
                )


def _printed(text: str, cue: Cue) -> str:
    """Return the words of a row as they stand: from the first to the last of them, or the first alone."""
    found = [each for group in cue.groups if (each := group.search(text))]
    start, end = min(each.start() for each in found), max(each.end() for each in found)
    if end - start > LONGEST:
        start, end = found[0].span()
    word = re.compile(r"\w*").match(text, end)
    return text[start : word.end() if word else end]


def _at(sentence: Sentence, start: int, end: int) -> Around:
    """Return a part of a sentence as if it were a number."""
    place = Mention(start, end, sentence.text[start:end], 0, 1)
    return Around(place, sentence, *clause(sentence.text, start, end))


def _likely(place: Around, kind: str, lexicon: dict[str, Words]) -> list[_Read]:
    """Return the rows of a kind that the words around a place speak for, the likeliest first."""
    areas, groups = nearby.areas(place, [], lexicon), nearby.groups(place, [])
    at = (place.mention.start, place.mention.end)
    found: list[_Read] = []
    for cue in cues():
        named = (AREA not in cue.tall_id or areas) and (GROUP not in cue.tall_id or groups)
        here = cue.groups[0].search(place.clause)
        if cue.slag != kind or not named or not (here or _understood(kind, cue, place.sentence)):
            continue
        points = recognised.score(cue, place.sentence, (place.start, place.end), at)
        if points is not None:
            more = 0.4 * (len(cue.groups) - 1)
            found.append(_Read(cue, recognised.ids(cue, areas, groups), points + more))
    return sorted(found, key=lambda each: -each.score)


def _understood(kind: str, cue: Cue, sentence: Sentence) -> bool:
    """Whether what is said goes on from what stands before: of a direction by `Det er …`, of a rank by the topic."""
    if kind == RANK:
        return bool(
            AREA in cue.tall_id
            and any(map(cue.groups[0].search, (sentence.before, sentence.heading)))
        )
    return kind == DIRECTION and _refers(cue, sentence)


def _refers(cue: Cue, sentence: Sentence) -> bool:
    """Whether a sentence begins with a word for what the one before is about, and that is of the row: `Det er …`."""
    return bool(IT.match(sentence.text) and cue.groups[0].search(sentence.before))


def _between_commas(place: Around, lexicon: dict[str, Words]) -> bool:
    """Whether what is said is of a service area: one stands between the same commas."""
    text = place.sentence.text
    start = text.rfind(",", 0, place.mention.start) + 1
    end = text.find(",", place.mention.end)
    return bool(lexicon["omraade"].all(text[start : end if end >= 0 else len(text)]))


def _distance(cue: Cue, place: Around) -> int:
    """Return how many signs lie between a place and the first words of a row."""
    at, until = place.mention.start - place.start, place.mention.end - place.start
    spans = [found.span() for found in cue.groups[0].finditer(place.clause)]
    return min((max(0, at - end, start - until) for start, end in spans), default=CLOSE + 1)
