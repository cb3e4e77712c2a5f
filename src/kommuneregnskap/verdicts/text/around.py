"""What stands around a number: its clause, whether it is a change, of which year, an end of a spread, or a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from kommuneregnskap.verdicts.text.mention import (
    BILLION,
    CLAIM,
    COUNTED,
    MUNICIPALITIES,
    PEOPLE,
    PERCENT,
    POINTS,
    THESE,
    UNREAD,
    YEAR,
    Mention,
)
from kommuneregnskap.verdicts.text.sentences import Sentence
from kommuneregnskap.verdicts.text.words import Words

CLAUSE = re.compile(
    r",?\s+me(?:ns|dan)\s+|;\s*|:\s+(?=(?:Der|Det|Dette|Her|De|Utgiftene|Inntektene)\b)|,\s+slik at\s+|,\s+men\s+|"
    r"\s+–\s+|(?<!pst)(?<!mrd)(?<!mill)(?<!kr)\.\s+|"
    r"\s+og\s+(?=(?:drifts)?(?:utgift|inntekt)\w*\s+(?:med|økte|steg|vokste|auka))|"
    r",\s+og\s+(?=\w+(?:\s+\w+){0,3}\s+(?:er|har|hadde|ble|var|økte|falt|gikk))",
    re.IGNORECASE,
)
SPREAD = re.compile(
    r"\b(?:konfidens|varier|spenn|spredning|sprik|strekker seg|ytterpunkt|mellom kommunene|forskjell)",
    re.IGNORECASE,
)
LOWER = re.compile(r"\b(?:fra|frå|mellom)\b", re.IGNORECASE)
FROM_TO = re.compile(
    r"[^.;]{0,60}?\b(?:til|og)\s+(?:hele\s+)?(?:\w+\s+){0,5}?\+?$|\s*(?:pst\.|%)?\s*til\s+\+?$",
    re.IGNORECASE,
)
# What a number of the year before stands behind: `mot 2,4`, `ned fra 4,2`.
COMPARED = re.compile(
    r"(?:\bmot|\better|sammenlikna? med|sammenlignet med|sammenliknet med|"
    r"\b(?:ned|opp|vekst|økning|økt|økte|fall|falt|nedgang|reduksjon|redusert|forbedring|gikk|bedring|forverring|"
    r"bedret seg|svekket seg|steg|sank|auka|auke)\s+(?:klart\s+|kraftig\s+|noe\s+)?fr[aå])"
    r"\s*(?:bare|hele|henholdsvis)?\s*(?:på\s+)?$",
    re.IGNORECASE,
)
FROM = re.compile(r"\bfr[aå]\s+$", re.IGNORECASE)
TO_ANOTHER = re.compile(r"\s*(?:\w+\s+){0,4}?til\s")
LEVEL = re.compile(
    r"\b(?:til|ble|blei|var|er|utgjør|utgjorde|endte på|enda på|lå på|ligger på|havnet på|passerte|på hele)\s+"
    r"(?:nå\s+|bare\s+|hele\s+)?(?:på\s+)?$",
    re.IGNORECASE,
)
TO = re.compile(r"\b(?:til|fra|mot)\s+(?:på\s+)?$", re.IGNORECASE)
MORE = re.compile(
    r"\s*(?:kroner\s+)?(?:\(.*?\)\s*)?(?:mer|meir|mindre|høyere|høgare|lågare|betre|lavere|flere|færre|større|bedre|svakere|opp|ned|vekst|"
    r"økning|nedgang|reduksjon)\b",
    re.IGNORECASE,
)
PAIRED = re.compile(
    r"\s*(?:\(|,?\s*eller\s+(?:\w+\s+){0,2}?|,?\s*(?:noe\s+)?(?:som\s+)?(?:tilsvare(?:r|nde)|svarer til)\s+|"
    r",?\s*det vil si\s+|–\s+)"
)
THAN = re.compile(r"\b(?:enn|fra|sammenlign\w*(?:\s+med)?|mot)\s+(?:\w+\s+)?$", re.IGNORECASE)
YEAR_AFTER = re.compile(
    r"\s*(?:kroner\s*)?(?:av\s+(?:brutto\s+)?\w+\s*)?(?:\(?(?:i|for)\s+(?:\w+året\s+)?)(\d{4})\b"
)
YEAR_LABEL = re.compile(r"\(?(\d{4}):\s*$")  # `(2020: 2,6 prosent)`
SINCE = re.compile(r"\bfra\s+(\d{4}),\s+da\b")  # `en oppgang fra 2020, da resultatet var 2,4`
YEAR_LATER = re.compile(r"[^.;,]{0,50}?\b(?:i|for)\s+(\d{4})\b")
YEAR_BEFORE = re.compile(
    r"(?<!fra\s)(?<!siden\s)(?<!til\s)(?<!enn\s)\b(?:i|for)\s+(\d{4})\b", re.IGNORECASE
)
WITH = re.compile(r"\bmed\s+$", re.IGNORECASE)
OF = re.compile(r"\s*av\s+(?:de\s+|alle\s+|landets\s+|i alt\s+|totalt\s+)*")
OF_THOSE = re.compile(
    r"(?:\b[Aa]v\s+(?:de|dei|disse|landets|alle)(?:\s+(?:i alt|totalt))?|(?:^|\s)Av|^De)\s*$"
)
# Numbers of others, not of another year: `mot 97 prosent av kommunene med over …`.
COMPARATIVE = re.compile(
    r"(?:høyere|større|bedre|sterkere|mer|flere|lavere|mindre|færre|svakere|dårligere|verre|høgare|betre|meir|lågare|svakare)$",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\s*(?:av\s+(?!driftsinntekt|inntekt|brutto|de totale|de samme|dei same)|"
    r"(?:i|for|blant|hos)\s+(?!fjor|\d{4}|de samme|dei same|året))",
    re.IGNORECASE,
)
MOT = re.compile(r"\bmot\s*(?:bare|hele)?\s*$", re.IGNORECASE)
GROWTH = re.compile(
    r"(?:vekst|veksten|økningen|nedgangen|reduksjonen|fallet|auken|minken)$", re.IGNORECASE
)
ALL_OF, THOSE = "helhet", "grunnlag"  # `del_av` of kjennetegn.csv
LOW, HIGH = "lavest", "hoeyest"
FOLLOWING = 40  # signs behind a number in which a change may be said


@dataclass(frozen=True)
class Around:
    """A number in its sentence.

    start, end: the clause. change: whether it is a change; fjor: of the year before; year: another one.
    spread: LOW or HIGH, an end of a spread. retning: 1, -1 or 0, the direction of a change. whole: for a number of
    units that others are counted of, ALL_OF: `194 av 427 kommuner`, or THOSE: `av de 225 kommunene`.
    """

    mention: Mention
    sentence: Sentence
    start: int
    end: int
    change: bool = False
    fjor: bool = False
    year: int | None = None
    spread: str = ""
    retning: int = 0
    whole: str = ""

    @property
    def clause(self) -> str:
        """The text of the clause."""
        return self.sentence.text[self.start : self.end]


def around(
    sentence: Sentence, found: list[Mention], year: int, lexicon: dict[str, Words]
) -> list[Around]:
    """Return the numbers of a sentence that may be claims (of `mentions`), each with what stands around it.

    year: the accounting year of the release.
    """
    numbers = [each for each in found if each.hva in (CLAIM, UNREAD)]
    years = [each for each in found if each.hva == YEAR]
    told: list[Around] = []
    for each in numbers:
        this = _Place(sentence, each, numbers, years, lexicon).told(year)
        last = told[-1] if told else None
        between = sentence.text[last.mention.end : each.start] if last else ""
        other_unit = last and last.mention.enhet != each.enhet
        if (
            last
            and other_unit
            and PAIRED.fullmatch(between)
            and each.del_av not in (MUNICIPALITIES, PEOPLE, THESE)
        ):
            # `27 milliarder kroner (8,5 prosent)`: the same thing in another unit.
            this = replace(
                this, change=last.change, fjor=last.fjor, year=last.year, retning=last.retning
            )
        elif last and last.change and not this.change and WITH.search(sentence.text[: each.start]):
            # `Inntektene økte med 3,6 prosent og utgiftene med 2,3`
            this = replace(this, change=True, retning=last.retning)
        told.append(this)
    return told


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause begins and ends in which a part of a sentence stands."""
    cuts = [(0, 0), *(found.span() for found in CLAUSE.finditer(text)), (len(text), len(text))]
    return (
        max(stop for _, stop in cuts if stop <= start),
        min(begin for begin, _ in cuts if begin >= end),
    )


@dataclass(frozen=True)
class _Place:
    """A number, the others of its sentence, and the years that are named there."""

    sentence: Sentence
    each: Mention
    numbers: list[Mention]
    years: list[Mention]
    lexicon: dict[str, Words]

    @cached_property
    def bounds(self) -> tuple[int, int]:
        return clause(self.sentence.text, self.each.start, self.each.end)

    @cached_property
    def before(self) -> str:
        """The clause before the number."""
        return self.sentence.text[self.bounds[0] : self.each.start]

    @cached_property
    def after(self) -> str:
        """The clause behind the number, until the next one."""
        until = min(
            (o.start for o in self.numbers if o.start >= self.each.end), default=self.bounds[1]
        )
        return self.sentence.text[self.each.end : min(until, self.bounds[1])]

    def told(self, year: int) -> Around:
        spread, words = self._spread(), self._said_of_year_before()
        change, direction = self._change()
        said = self._year(compared=words)
        return Around(
            self.each,
            self.sentence,
            *self.bounds,
            change=change and not spread,
            fjor=not spread and (said == year - 1 or (said is None and words)),
            year=None if said in (year, year - 1) else said,
            spread=spread,
            retning=direction,
            whole=self._whole(),
        )

    def _whole(self) -> str:
        """Return whether a number of units is what others are counted of."""
        text, each = self.sentence.text, self.each
        if each.enhet != COUNTED:
            return ""
        if any(OF.fullmatch(text[o.end : each.start]) for o in self.numbers if o.end <= each.start):
            return ALL_OF
        return THOSE if OF_THOSE.search(text[: each.start]) else ""

    def _spread(self) -> str:
        """Return whether a number is the lower or upper end of a spread between municipalities."""
        text = self.sentence.text
        if not SPREAD.search(text):
            return ""
        for low, high in zip(self.numbers, self.numbers[1:], strict=False):
            percent = low.enhet == high.enhet in (PERCENT, BILLION) and self.each in (low, high)
            if (
                percent
                and LOWER.search(text[: low.start])
                and FROM_TO.match(text[low.end : high.start])
            ):
                return LOW if self.each is min(low, high, key=lambda end: end.verdi) else HIGH
        return ""

    def _change(self) -> tuple[bool, int]:
        """Return whether a number is a change, and in which direction the nearest word says."""
        words = self.lexicon["retning"]
        said = words.all(self.before)
        moved = any(not COMPARATIVE.search(self.before[: each[1]]) for each in said)
        direction = int(said[-1][3] or 0) if said else 0
        following = self.sentence.text[self.each.end : self.each.end + FOLLOWING]
        if more := MORE.match(following):
            own = words.all(following[: more.end()])
            return True, int(own[0][3] or 0) if own else direction
        if self.each.enhet == POINTS or self.before.endswith("+"):
            return True, direction or 1
        level = any(each.search(self.before) for each in (COMPARED, LEVEL, FROM))
        grown = (
            bool(said) and GROWTH.search(self.before[: said[-1][1]]) and not TO.search(self.before)
        )
        return moved and (bool(grown) or not level), direction

    def _said_of_year_before(self) -> bool:
        """Return whether a number is of the year before, by the words around it."""
        others = (
            MOT.search(self.before)
            and OTHERS.match(self.after)
            and not self.lexicon["fjor"].all(self.after)
        )
        if COMPARED.search(self.before) and not others:
            return True
        text = self.sentence.text
        until = next((o.start for o in self.numbers if o.start >= self.each.end), self.bounds[1])
        if FROM.search(self.before) and TO_ANOTHER.match(text[self.each.end : until]):
            return True
        later = self.lexicon["fjor"].all(self.after)
        if later and later[0][0] <= 30 and not THAN.search(self.after[: later[0][0]]):
            return True
        earlier = self.lexicon["fjor"].all(self.before)
        if not earlier or THAN.search(self.before[: earlier[-1][0]]):
            return False
        since = self.bounds[0] + earlier[-1][1]
        return not any(since <= other.start < self.each.start for other in self.numbers)

    def _year(self, *, compared: bool) -> int | None:
        """Return the year that a number is said to be of; None where none is. compared: with another year."""
        if said := YEAR_AFTER.match(self.after) or YEAR_LABEL.search(self.before):
            return int(said[1])
        if then := SINCE.search(self.before):
            return int(then[1])
        if compared:
            later = YEAR_LATER.match(self.after)
            return int(later[1]) if later else None
        start, end = self.bounds
        since = max((o.end for o in self.numbers if o.end <= self.each.start), default=start)
        text = self.sentence.text[max(start, since) : self.each.start]
        before = [int(each[1]) for each in YEAR_BEFORE.finditer(text)]
        alone = sum(start <= each.start < end for each in self.years) == 1
        return before[-1] if before and alone else None
