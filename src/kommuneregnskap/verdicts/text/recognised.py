"""Which section number a number of a text is, by the words that stand by it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kommuneregnskap.verdicts.text import nearby
from kommuneregnskap.verdicts.text.around import HIGH, LOW, Around
from kommuneregnskap.verdicts.text.cues import AREA, GROUP, Cue, cues
from kommuneregnskap.verdicts.text.mention import (
    BILLION,
    COUNTED,
    COUNTIES,
    MUNICIPALITIES,
    PEOPLE,
    PERCENT,
    POINTS,
    THESE,
    YEARS,
)
from kommuneregnskap.verdicts.text.section_numbers import is_change, is_of_year_before, row_of
from kommuneregnskap.verdicts.text.sentences import Sentence
from kommuneregnskap.verdicts.text.words import Words

# How much a word counts, by where it stands: REFERRED is in the sentence before, where this one says «disse».
IN_CLAUSE, REFERRED, IN_SENTENCE, BEFORE, EARLIER, HEADING = 3.0, 2.6, 2.0, 1.0, 0.8, 0.7
REFERRING = re.compile(
    r"\b(?:[Dd]isse|dem)\b|^(?:Der\b|Året før\b|(?:Det|Dette)\s+(?:er|var|ble|betyr|tilsvarer|utgjør|gjelder)\b|"
    r"(?:Vekst|Økning|Nedgang|Fall|Reduksjon)(?:en|et)?\b)"
)
# What is said of municipalities and county municipalities together is a number of neither.
TOGETHER = re.compile(
    r"kommun\w+\s+og\s+fylkeskommun\w+\s+(?:samlet|sett under ett|under ett|til sammen)|"
    r"kommunesektoren\s+(?:samlet|som helhet)|samlet\s+for\s+kommun\w+\s+og\s+fylkes",
    re.IGNORECASE,
)
FAR = 90  # signs beyond which nearness no longer counts
GROWTH = "vekst"
ENDS = {"anslag_nedre": LOW, "anslag_oevre": HIGH}  # kinds of numbers.csv
SUBSETS = (
    MUNICIPALITIES,
    PEOPLE,
    THESE,
    GROWTH,
    COUNTIES,
)  # shares of these are no ratio to revenue
BY_AREA, BY_GROUP = (
    ("investering", "sektor"),
    ("resultat", "svar"),
)  # sections with numbers of areas, of size groups
ANSWERS, OF_BOTH = "svar.", "med_fylker"
COUNTY_ID = "fylke"  # in the id of what is of county municipalities
COUNTY = re.compile(r"fylkeskommun", re.IGNORECASE)
MUNICIPAL = re.compile(r"(?<!fylkes)(?<!fylkes-)\bkommun(?!esektor)", re.IGNORECASE)
LOWEST = re.compile(r"lavest|svakest|dårligst|lågast|svakast|på bunn", re.IGNORECASE)
HIGHEST = re.compile(r"høyest|beste\b|\bbest\b|sterkest|på topp|høgast", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A section number that a number of a text may be (several, of areas listed together), and what speaks for it.

    sign: -1 where it is said the other way round.
    """

    tall_ids: tuple[str, ...]
    score: float
    sign: int = 1


def candidates(told: Around, beside: list[Around], lexicon: dict[str, Words]) -> list[Candidate]:
    """Return the section numbers that a number may be, the likeliest first.

    told: a number of a sentence; beside: all numbers of the sentence.
    """
    if told.year is not None:
        return []
    areas, groups = nearby.areas(told, beside, lexicon), nearby.groups(told, beside)
    at = (told.mention.start, told.mention.end)
    found: list[Candidate] = []
    for cue in cues():
        if cue.slag == told.mention.enhet and _fits(cue, told, areas, groups):
            points = score(cue, told.sentence, (told.start, told.end), at)
            if points is not None and _supported(cue, told, at):
                sign = -1 if (cue.verdi or 0) < 0 else 1
                found.append(Candidate(ids(cue, areas, groups), points + _specific(cue), sign))
    return sorted(found, key=lambda each: -each.score)


def _supported(cue: Cue, told: Around, at: tuple[int, int]) -> bool:
    """Whether the sentence itself says something of what a number is, and not those before it alone."""
    if cue.del_av or "{" in cue.tall_id or told.mention.enhet in (YEARS, POINTS):
        return True
    points = [_group(each, told.sentence, (told.start, told.end), at) for each in cue.groups]
    return max(each or 0.0 for each in points) >= IN_SENTENCE


def ids(cue: Cue, areas: list[str], groups: list[str]) -> tuple[str, ...]:
    """Return the section numbers of a row of kjennetegn.csv for the areas, or the size group, that are named."""
    if AREA in cue.tall_id:
        return tuple(cue.tall_id.replace(AREA, area) for area in areas)
    return (cue.tall_id.replace(GROUP, groups[0]) if groups else cue.tall_id,)


def _fits(cue: Cue, told: Around, areas: list[str], groups: list[str]) -> bool:
    """Whether form, year, set and share of a number are those of the section number."""
    if (AREA in cue.tall_id and not areas) or (GROUP in cue.tall_id and not groups):
        return False
    if is_of_year_before(cue.tall_id) != told.fjor or not _form_fits(cue, told):
        return False
    both = TOGETHER.search(told.sentence.text) and not cue.tall_id.startswith(ANSWERS)
    if both and OF_BOTH not in cue.tall_id:
        return False
    return _end_fits(cue, told, groups) and _share_fits(cue, told, areas, groups)


def _form_fits(cue: Cue, told: Around) -> bool:
    """Whether a number is a change, a level or a count, as the section number is."""
    mention = told.mention
    if mention.enhet == COUNTED and not _count_fits(cue, told):
        return False
    if is_change(cue.tall_id):
        return told.change
    return not told.change or mention.enhet not in (PERCENT, BILLION) or bool(mention.del_av)


def _count_fits(cue: Cue, told: Around) -> bool:
    """Whether a number of units is of the kind, and in the place, that the section number has."""
    if (COUNTY_ID in cue.tall_id) != (told.mention.del_av == COUNTIES):
        return False
    return told.whole == cue.del_av


def _end_fits(cue: Cue, told: Around, groups: list[str]) -> bool:
    """Whether a number is the end of a spread where the section number is a lowest or highest one."""
    kind = row_of(cue.tall_id).slag
    kind = ENDS.get(kind, kind)
    if kind not in (LOW, HIGH):
        return not told.spread
    if told.spread:
        return told.spread == kind
    superlative = LOWEST if kind == LOW else HIGHEST
    return bool(superlative.search(told.clause)) and not groups


def _share_fits(cue: Cue, told: Around, areas: list[str], groups: list[str]) -> bool:
    """Whether a share is of what the section number is a share of, and of nobody else's."""
    mention, section = told.mention, cue.tall_id.split(".")[0]
    if cue.del_av and mention.enhet == PERCENT and mention.del_av != cue.del_av:
        return False
    if not cue.del_av and mention.enhet == PERCENT and mention.del_av in SUBSETS:
        return GROUP in cue.tall_id and mention.del_av == MUNICIPALITIES
    of_areas = areas and section in BY_AREA and mention.enhet != YEARS and cue.del_av != GROWTH
    of_groups = groups and section in BY_GROUP and mention.enhet == PERCENT
    if (of_areas and AREA not in cue.tall_id) or (of_groups and GROUP not in cue.tall_id):
        return False
    return COUNTY_ID in cue.tall_id or not of_counties(told)


def of_counties(told: Around) -> bool:
    """Return whether something is said of county municipalities alone: by the nearest words that say of whom."""
    sentence = told.sentence
    for text in (told.clause, sentence.text, sentence.before, sentence.earlier, sentence.heading):
        if COUNTY.search(text) or MUNICIPAL.search(text):
            return not MUNICIPAL.search(text)
    return False


def _specific(cue: Cue) -> float:
    """Return how much more a row counts for asking more: of what, of whom, several words."""
    return (
        0.5 * bool(cue.del_av)
        + 0.4 * (len(cue.groups) - 1)
        + 0.3 * ("{" in cue.tall_id)
        + 0.5 * (COUNTY_ID in cue.tall_id)
    )


def score(
    cue: Cue, sentence: Sentence, clause: tuple[int, int], at: tuple[int, int]
) -> float | None:
    """Return how much the words around speak for a section number; None where one is missing or forbidden.

    clause, at: where in the sentence the clause, and the number itself, begin and end.
    """
    if cue.banned and cue.banned.search(sentence.text[slice(*clause)]):
        return None
    points = [_group(group, sentence, clause, at) for group in cue.groups]
    return None if None in points else sum(each or 0.0 for each in points) / len(points)


def _group(
    group: re.Pattern[str], sentence: Sentence, clause: tuple[int, int], at: tuple[int, int]
) -> float | None:
    text, (start, end) = sentence.text, clause
    places = [found.span() for found in group.finditer(text)]
    inside = [place for place in places if start <= place[0] < end]
    for near, weight in ((inside, IN_CLAUSE), (places, IN_SENTENCE)):
        if near:
            distance = min(at[0] - e if e <= at[0] else max(0, s - at[1]) for s, e in near)
            return weight + max(0.0, 1 - distance / FAR)
    if group.search(sentence.before):
        return REFERRED if REFERRING.search(text[:end]) else BEFORE
    if group.search(sentence.earlier) or group.search(sentence.topic):
        return EARLIER
    return HEADING if group.search(sentence.heading) else None
