"""The numbers, ranks and directions of a release's text, each with the section number it likely is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from kommuneregnskap.verdicts.text import recognised
from kommuneregnskap.verdicts.text.around import PAIRED, Around, around
from kommuneregnskap.verdicts.text.mention import (
    BILLION,
    CLAIM,
    COUNTED,
    COUNTIES,
    MUNICIPALITIES,
    PEOPLE,
    PERCENT,
    POINTS,
    THESE,
    UNREAD,
    Mention,
)
from kommuneregnskap.verdicts.text.mentions import mentions
from kommuneregnskap.verdicts.text.recognised import Candidate
from kommuneregnskap.verdicts.text.said import DOWN, UP, said
from kommuneregnskap.verdicts.text.section_numbers import is_change, sibling
from kommuneregnskap.verdicts.text.sentences import Sentence, sentences
from kommuneregnskap.verdicts.text.words import Words, lexicon

LEAST = 0.7  # of what speaks for a section number; below it the number is background
PUBLISHER = "KS"
THAT_IS = re.compile(r"(?:Det|Dette)\s+(?:svarer til|tilsvarer|utgjør)\s")
ON = re.compile(r"(?:Det (?:er|var)|I \d{4} var|Året før)\b")
SHARES = (MUNICIPALITIES, PEOPLE, THESE, COUNTIES)
AGAIN = (COUNTED, BILLION)


@dataclass(frozen=True)
class Reading:
    """A number, rank or direction of a text: where, as printed, its value, and the section number it likely is."""

    sted: str
    tekst: str
    trykt: str
    verdi: float
    verdi_til: float | None
    opploesning: float
    enhet: str
    kvalifikator: str
    tall_id: str = ""
    gjelder: int = 0
    utgiver: str = PUBLISHER
    steder: tuple[str, ...] = field(default=())

    @property
    def value(self) -> tuple[str, float, float | None]:
        """What two readings of the same number have in common."""
        return self.enhet, self.verdi, self.verdi_til


@dataclass(frozen=True)
class Unread:
    """A number of a text that could not be read: where, as printed, its sentence, why."""

    sted: str
    trykt: str
    tekst: str
    grunn: str


@dataclass(frozen=True)
class Read:
    """What was read of a text: its numbers, and those that could not be read."""

    readings: list[Reading]
    unread: list[Unread]


def read(text: str, year: int) -> Read:
    """Return the numbers, ranks and directions of a release about an accounting year, in the order of the text.

    Raises DataError as `tables.read`.
    """
    words = lexicon()
    numbers: list[tuple[Around, list[Candidate]]] = []
    told: list[Reading] = []
    unread: list[Unread] = []
    before: list[Mention] = []
    for sentence in sentences(text):
        found = before = _of_the_same(sentence, mentions(sentence.text, words), before)
        beside = around(sentence, found, year, words)
        numbers += [
            (each, recognised.candidates(each, beside, words))
            for each in beside
            if each.mention.hva == CLAIM
        ]
        told += list(_in_words(sentence, found, year, words))
        unread += [
            Unread(sentence.sted, each.trykt, sentence.text, each.grunn)
            for each in found
            if each.hva == UNREAD
        ]
    readings = _merged([*_numbers(numbers, year, words), *told])
    return Read(_in_text_order(_without_repeated_directions(readings), text), unread)


def _of_the_same(sentence: Sentence, found: list[Mention], before: list[Mention]) -> list[Mention]:
    """Give a share whose sentence goes on from the one before that one's: `Det er en nedgang fra 61 prosent`."""
    shares = [each.del_av for each in before if each.enhet == PERCENT and each.hva == CLAIM]
    goes_on = ON.match(sentence.text) and sentence.before and shares and shares[-1] in SHARES
    return [
        replace(each, del_av=shares[-1])
        if goes_on and each.enhet == PERCENT and not each.del_av
        else each
        for each in found
    ]


def _in_words(
    sentence: Sentence, found: list[Mention], year: int, words: dict[str, Words]
) -> Iterator[Reading]:
    for each in said(sentence, found, words):
        yield Reading(
            sentence.sted, sentence.text, each.trykt, each.verdi, each.verdi_til, 1, each.enhet,
            each.kvalifikator, each.tall_id, year, publisher(sentence, words),
        )  # fmt: skip


def publisher(sentence: Sentence, words: dict[str, Words]) -> str:
    """Return whose number a sentence tells: KS', unless it names someone else."""
    return next((meant for _, _, meant, _ in words["utgiver"].all(sentence.text)), PUBLISHER)


def _numbers(
    numbers: list[tuple[Around, list[Candidate]]], year: int, words: dict[str, Words]
) -> list[Reading]:
    """Return the readings of numbers: each is the likeliest section number that no other number is likelier to be."""
    chosen = _chosen(numbers, words)
    known = {
        _same(numbers[at][0]): ids
        for at, ids in sorted(chosen.items(), reverse=True)
        if not numbers[at][0].sentence.is_heading
    }
    told: list[Reading] = []
    for at, (each, _) in enumerate(numbers):
        # Counts, amounts and headings say the same number again without saying of what.
        again = each.year is None and (each.mention.enhet in AGAIN or each.sentence.is_heading)
        elsewhere = known.get(_same(each)) if again else None
        ids = (each.sentence.is_heading and elsewhere) or chosen.get(at) or elsewhere
        ids = ids or _paired(at, numbers, chosen) or ("",)
        sign = next((c.sign for c in numbers[at][1] if c.tall_ids == ids), 1)
        told += [_reading(each, tall_id, sign, year, words) for tall_id in ids]
    return told


def _paired(
    at: int, numbers: list[tuple[Around, list[Candidate]]], chosen: dict[int, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """Return what a number is that says the one before it in another unit: `4 milliarder, tilsvarende 0,6 prosent`."""
    each, before = numbers[at][0], numbers[at - 1][0] if at else None
    if before is None or at - 1 not in chosen:
        return None
    if before.sentence is each.sentence:
        paired = PAIRED.fullmatch(each.sentence.text[before.mention.end : each.mention.start])
    else:
        goes_on = each.sentence.before == before.sentence.text
        paired = THAT_IS.match(each.sentence.text) if goes_on else None
    if not paired:
        return None
    named = (sibling(name, str(each.mention.enhet)) for name in chosen[at - 1])
    found = tuple(name for name in named if name)
    return found if found and not any(set(found) & set(ids) for ids in chosen.values()) else None


def _chosen(
    numbers: list[tuple[Around, list[Candidate]]], words: dict[str, Words]
) -> dict[int, tuple[str, ...]]:
    """Return the section numbers of each number, by its place in the list: what most speaks for is taken first."""
    chosen: dict[int, tuple[str, ...]] = {}
    taken: dict[tuple[str, str], Around] = {}
    every = [(each, at) for at, (_, found) in enumerate(numbers) for each in found]
    for candidate, at in sorted(every, key=lambda pair: (-pair[0].score, pair[1])):
        told = numbers[at][0]
        names = [(name, publisher(told.sentence, words)) for name in candidate.tall_ids]
        free = all(name not in taken or _agree(told, taken[name]) for name in names)
        if at not in chosen and candidate.score >= LEAST and free:
            chosen[at] = candidate.tall_ids
            taken |= {name: told for name in names if name not in taken}
    return chosen


def _same(told: Around) -> tuple[Any, ...]:
    mention = told.mention
    return mention.enhet, mention.verdi, told.fjor, mention.del_av == COUNTIES


def _agree(one: Around, other: Around) -> bool:
    """Whether two numbers may be the same one said in two ways: the one is rounded more than the other."""
    a, b = one.mention, other.mention
    apart = abs(a.verdi - b.verdi) <= max(a.opploesning, b.opploesning) / 2
    return a.verdi == b.verdi or (a.kvalifikator != b.kvalifikator and apart)


def _reading(told: Around, tall_id: str, said: int, year: int, words: dict[str, Words]) -> Reading:
    mention = told.mention
    changes = is_change(tall_id) or (tall_id and mention.enhet == POINTS)
    fell = told.change and told.retning < 0 and mention.verdi > 0 and changes
    sign, until = said * (-1 if fell else 1), mention.verdi_til
    return Reading(
        told.sentence.sted, told.sentence.text, mention.trykt, sign * mention.verdi,
        None if until is None else sign * until, mention.opploesning, str(mention.enhet), mention.kvalifikator,
        tall_id, told.year or (year - 1 if told.fjor else year), publisher(told.sentence, words),
    )  # fmt: skip


def _merged(readings: Iterable[Reading]) -> list[Reading]:
    """Return each number once, with all places where it stands; of those said in words alone too."""
    kept: dict[tuple[Any, ...], Reading] = {}
    for each in readings:
        key = (
            each.tall_id,
            each.value,
            each.gjelder,
            each.utgiver,
            each.kvalifikator if each.tall_id else "",
        )
        first = kept.get(key)
        places = (*first.steder, each.sted) if first else (each.sted,)
        kept[key] = replace(first or each, steder=tuple(dict.fromkeys(places)))
    return list(kept.values())


def _without_repeated_directions(readings: list[Reading]) -> list[Reading]:
    """Leave out the direction of a quantity whose number says it already, or that is said both ways."""
    numbers = {each.tall_id for each in readings if each.kvalifikator not in (UP, DOWN)}
    return [
        each
        for each in readings
        if each.kvalifikator not in (UP, DOWN) or each.tall_id not in numbers
    ]


def _in_text_order(readings: list[Reading], text: str) -> list[Reading]:
    places = {each.sted: at for at, each in enumerate(sentences(text))}
    return sorted(readings, key=lambda each: places[each.sted])
