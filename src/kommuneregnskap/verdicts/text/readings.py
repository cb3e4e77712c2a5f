"""The numbers, ranks and directions of a release's text, each with the section number it likely is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from kommuneregnskap.verdicts.text import recognised
from kommuneregnskap.verdicts.text.around import Around, around
from kommuneregnskap.verdicts.text.mention import BILLION, CLAIM, COUNTED, COUNTIES, UNREAD, Mention
from kommuneregnskap.verdicts.text.mentions import mentions
from kommuneregnskap.verdicts.text.recognised import Candidate
from kommuneregnskap.verdicts.text.said import DOWN, UP, said
from kommuneregnskap.verdicts.text.section_numbers import is_change
from kommuneregnskap.verdicts.text.sentences import Sentence, sentences
from kommuneregnskap.verdicts.text.words import Words, lexicon

LEAST = 1.5  # of what speaks for a section number; below it the number is background
PUBLISHER = "KS"
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
    for sentence in sentences(text):
        found = mentions(sentence.text, words)
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
    known = {_same(numbers[at][0]): ids for at, ids in sorted(chosen.items(), reverse=True)}
    told: list[Reading] = []
    for at, (each, _) in enumerate(numbers):
        # Counts, amounts and headings say the same number again without saying of what.
        again = each.year is None and (each.mention.enhet in AGAIN or each.sentence.is_heading)
        ids = chosen.get(at) or (known.get(_same(each)) if again else None) or ("",)
        told += [_reading(each, tall_id, year, words) for tall_id in ids]
    return told


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


def _reading(told: Around, tall_id: str, year: int, words: dict[str, Words]) -> Reading:
    mention = told.mention
    fell = told.change and told.retning < 0 and mention.verdi > 0 and is_change(tall_id)
    sign, until = -1 if fell else 1, mention.verdi_til
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
