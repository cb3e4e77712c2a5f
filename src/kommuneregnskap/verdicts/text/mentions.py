"""Every number of a sentence, with what the words around it say: unit, sign, qualifying word, what it is a share of.

What is no number of the release itself (a year, a date, the limit of a group) says so.
"""

from __future__ import annotations

import re
from dataclasses import replace

from kommuneregnskap.verdicts.text.mention import (
    BILLION,
    CLAIM,
    COUNT,
    COUNTED,
    COUNTIES,
    EXACT,
    FRACTION,
    LIMIT,
    MUNICIPALITIES,
    NO_UNIT,
    PEOPLE,
    PERCENT,
    RANGE,
    THESE,
    UNREAD,
    Mention,
)
from kommuneregnskap.verdicts.text.nearby import size_groups
from kommuneregnskap.verdicts.text.numerals import numerals
from kommuneregnskap.verdicts.text.words import Words

JOINED = re.compile(
    r"\s*(?:,|og|til|eller|/|mot|henholdsvis|–|-|—|\u2212)\s*(?:henholdsvis\s+)?", re.IGNORECASE
)
COMPARED = re.compile(
    r"(?:over|under|lavere enn|høyere enn|mindre enn|mer enn|svakere enn|dårligere enn|bedre enn|verre enn|"
    r"større enn|minst|opp til|inntil|færre enn|flere enn|grensen? på)\s*(?:minus\s*|pluss\s*|[\u2212–-])?$",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"(mellom|fra|frå)\s*(?:minus\s*|[\u2212–-])?$", re.IGNORECASE)
APART = re.compile(r"\b(?:varier|spenn|spredning|sprik|konfidens|forskjell)", re.IGNORECASE)
# A verb of units right behind a share: `16 prosent har …`.
HAVE = re.compile(
    r"\s+(?:har|hadde|er|fikk|gikk(?!\s+til)|kom|endte|ligger|lå|sitter|satt|står|melder|oppgir|svarte|tappet|oppnådde|leverte)\b",
    re.IGNORECASE,
)
LABEL = re.compile(r"\bkommuner?\b[^.:]*:\s*$", re.IGNORECASE)  # `Kommuner uten fond: 4`
# `Andelen med negativt resultat økte fra 8 til 21 prosent`
THE_SHARE = re.compile(
    r"\b[Aa]ndelen(?:\s+kommuner)?(?:\s+(?:med|som)\b|\s+negative\b|\s+(?:er|var|har|økte|falt|gikk|auka))"
)
SPOKEN_OF = re.compile(
    r"\bkommun(?:e|ar)|\b(?:de|dei)\s+(?:øvrige|andre|resterende)\s*$", re.IGNORECASE
)
MOST = 1000  # municipalities
# What follows a number of units that are not named again.
COUNTED_SO = re.compile(
    r"\s*(?:\(\d+(?:,\d+)?\s*(?:prosent|pst|%)|,?\s*eller\s+\d|av\s+(?:dem|disse)\b|er\s+i\b|et\s+negativt|"
    r"(?:som|har|hadde|gikk|fikk|med|i tallet|tærte|økte|reduserte|brukte|gjorde|ligger|står|kom|havnet|endte|vise|kan|"
    r"året før|svarte|tappet|melder|tømte)\b)",
    re.IGNORECASE,
)
WHOLE = re.compile(
    r"\s*(?:av\s+)?(?:(?:landets|alle|de|dei|samme|same|samtlige|norske|kommunenes|samlede|brutto|totale|disse|utgifts|den|sine|sin|"
    r"sum|dem)\s+)*",
    re.IGNORECASE,
)
WHO_ANSWERED = re.compile(
    r"\s*av\s+(?:dem|de)\s+som\s+(?:har\s+svart|svarte|er\s+med|har\s+levert)", re.IGNORECASE
)
OF_THESE = re.compile(
    r"\s*av\s+(?:disse|dem|de)\b(?!\s+\w)|\s*av\s+(?:disse|dem)\b(?!\s+kommun)", re.IGNORECASE
)
# «138 kommuner (58 prosent)», «76 kommuner, eller 47 prosent», «er det 126 (60 prosent)»
BESIDE_A_COUNT = re.compile(
    r"(?:(?:fylkes)?kommun(?:e\w*|ar|ane)(?:\s+utenom\s+oslo)?|\bdet\s+\d+|\bhadde\s+\d+|\bkommuner?\b[^.:]*:\s*\d+)\s*"
    r"(?:\(|,?\s*eller\s+|,?\s*tilsvarende\s+|,?\s*det vil si\s+|,?\s*altså\s+|–\s*|,\s*)$",
    re.IGNORECASE,
)
BEFORE_SIGN = re.compile(r"\s*(?:på\s+)?(?:(?:samlet|totalt|i alt|til sammen)\s+(?:på\s+)?)?")
SIGN_AFTER = re.compile(
    r"\s*(?:kroner\s+)?(i minus|i underskudd|i pluss|i overskudd|i merforbruk|minus)\b",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"\b(?:kommuner som|kommuner med|resten|ytterligere|andelen|flere|mange)\b", re.IGNORECASE
)
NEAR, NEAR_BEFORE = 14, 60  # signs between a number without a unit and the one that has it
SIGNS = {"minus", "pluss"}


def mentions(text: str, lexicon: dict[str, Words]) -> list[Mention]:
    """Return the numbers of a sentence in the order in which they stand, with what each is.

    lexicon: `words.lexicon()`.
    """
    found = _shared_units(text, _ranges(text, _in_size_groups(text, numerals(text, lexicon))))
    found = _bare_counts(text, _bounds_of_groups(text, found))
    found = _same_share(text, [_of_what(text, each, lexicon) for each in found])
    found = [_signed(text, _qualified(text, each, lexicon), lexicon) for each in found]
    return [replace(each, trykt=_printed(text, each)) for each in _limits(text, found)]


def _ranges(text: str, found: list[Mention]) -> list[Mention]:
    """Join `2–2,25 prosent` and `4,2 til 4,4 prosent` to one; `fra … til …` stays two numbers."""
    joined: list[Mention] = []
    for each in found:
        last = joined[-1] if joined else None
        apart = last and re.fullmatch(r"\s*(?:til|[–—-])\s*", text[last.end : each.start])
        open_ended = (
            last and last.hva == UNREAD and each.hva == CLAIM and abs(last.verdi) < abs(each.verdi)
        )
        between = last and re.fullmatch(r"\s*og\s*", text[last.end : each.start])
        of_two = BETWEEN.search(text[: last.start]) if last else None
        band = between and of_two and of_two[1].lower() == "mellom" and not APART.search(text)
        if last and open_ended and (band or (apart and not of_two)):
            step = min(last.opploesning, each.opploesning)
            joined[-1] = replace(
                each, start=last.start, verdi=last.verdi, verdi_til=each.verdi, opploesning=step, kvalifikator=RANGE
            )  # fmt: skip
        else:
            joined.append(each)
    return joined


def _in_size_groups(text: str, found: list[Mention]) -> list[Mention]:
    """Mark the ends of a size group, said with or without «innbyggere»: `under 3 000`, `20 000–50 000`."""
    spans = [said.span() for _, wanted in size_groups() for said in wanted.finditer(text)]
    return [
        replace(each, hva=LIMIT, grunn="", enhet=None)
        if any(start <= each.start and each.end <= end for start, end in spans)
        else each
        for each in found
    ]


def _shared_units(text: str, found: list[Mention]) -> list[Mention]:
    """Give a number without a unit that of the next one it is joined to: `10 og 16 prosent`, `fra 2,5 til 1 prosent`.

    Where none follows, that of the one before: `2,5 prosent, mot 4,2 året før`.
    """
    told = list(found)
    for at in reversed(range(len(told) - 1)):
        each, after = told[at], told[at + 1]
        between = text[each.end : after.start]
        close = len(between) <= NEAR and (JOINED.match(between) or not between.strip())
        if _open(each) and after.enhet and close:
            told[at] = _like(each, after)
    for at in range(1, len(told)):
        each, before = told[at], told[at - 1]
        between = text[before.end : each.start]
        likely = each.opploesning < 1 or JOINED.match(between)
        if (
            _open(each)
            and before.enhet in (PERCENT, BILLION)
            and likely
            and len(between) < NEAR_BEFORE
        ):
            told[at] = _like(each, before)
    return told


def _open(each: Mention) -> bool:
    return each.hva == UNREAD and each.grunn == NO_UNIT


def _like(each: Mention, other: Mention) -> Mention:
    """Return a number in the unit of another."""
    kind = other.kvalifikator if other.enhet == COUNTED else EXACT
    return replace(
        each, enhet=other.enhet, hva=CLAIM, grunn="", del_av=other.del_av, kvalifikator=kind
    )


def _bounds_of_groups(text: str, found: list[Mention]) -> list[Mention]:
    """Mark the lower end of a group too, `mellom 20 000 og 50 000 innbyggere`, and the middle part of many."""
    told = list(found)
    for at, each in enumerate(found):
        after = found[at + 1] if at + 1 < len(found) else None
        bound = after and after.hva == LIMIT and JOINED.fullmatch(text[each.end : after.start])
        if (_open(each) and bound) or re.search(r"\bmidt(?:erste|re)\s*$", text[: each.start]):
            told[at] = replace(each, hva=LIMIT, grunn="")
    return told


def _bare_counts(text: str, found: list[Mention]) -> list[Mention]:
    """Take a whole number without a unit for one of municipalities where the sentence speaks of them before it.

    `Av de 210 kommunene er det 126 (60 prosent) som …`, `av dem hadde 76 et negativt resultat`.
    """
    told = list(found)
    for at, each in enumerate(found):
        whole = _open(each) and each.opploesning == 1 and each.verdi > 1 and each.verdi < MOST
        before = text[: each.start]
        counted = COUNTED_SO.match(text, each.end) or LABEL.search(before)
        if whole and SPOKEN_OF.search(before) and counted:
            told[at] = replace(each, hva=CLAIM, grunn="", enhet=COUNTED, kvalifikator=COUNT)
    return told


def _qualified(text: str, each: Mention, lexicon: dict[str, Words]) -> Mention:
    """Take in the qualifying word before a number: `nesten 11 prosent`, `om lag minus 2 prosent`."""
    if each.hva != CLAIM:
        return each
    said = [
        (start, meant)
        for start, end, meant, _ in lexicon["kvalifikator"].all(text[: each.start])
        if text[end : each.start].strip(" \u00a0på").lower() in {"", *SIGNS}
    ]
    if not said:
        return each
    start, meant = said[-1]
    return replace(
        each, start=start, kvalifikator=each.kvalifikator if each.kvalifikator == RANGE else meant
    )


def _signed(text: str, each: Mention, lexicon: dict[str, Words]) -> Mention:
    """Take in a sign in words: `minus 2 prosent`, `4 milliarder i minus`, `et underskudd på 4 milliarder`."""
    measured = (
        each.enhet in (PERCENT, BILLION) and each.kvalifikator != FRACTION and each.verdi >= 0
    )
    if each.hva != CLAIM or not measured:
        return each
    for start, end, _, sign in reversed(lexicon["fortegn"].all(text[: each.end])):
        inside = start >= each.start
        if inside or BEFORE_SIGN.fullmatch(text[end : each.start]):
            begin = start if text[start:end].lower() in SIGNS else each.start
            return _with_sign(replace(each, start=min(begin, each.start)), float(sign or 1))
    after = SIGN_AFTER.match(text, each.end)
    if after:
        negative = re.search("minus|under|mer", after[1], re.IGNORECASE)
        return _with_sign(replace(each, end=after.end()), -1 if negative else 1)
    return each


def _with_sign(each: Mention, sign: float) -> Mention:
    if sign > 0:
        return each
    until = None if each.verdi_til is None else -abs(each.verdi_til)
    return replace(each, verdi=-abs(each.verdi), verdi_til=until)


def _of_what(text: str, each: Mention, lexicon: dict[str, Words]) -> Mention:
    """Say what a share is a share of, where that is said: `16 prosent av kommunene`, `138 kommuner (58 prosent)`."""
    if each.enhet != PERCENT:
        return each
    rest = text[each.end :]
    if WHO_ANSWERED.match(rest):
        return replace(each, del_av=MUNICIPALITIES)
    if OF_THESE.match(rest):
        return replace(each, del_av=THESE)
    whole = WHOLE.match(rest)
    offset = whole.end() if whole else 0
    named = [meant for start, end, meant, _ in lexicon["del_av"].all(rest) if start <= offset < end]
    linked = rest.lstrip().lower().startswith("av ") or each.kvalifikator == FRACTION
    if named and linked:
        return replace(each, del_av=named[0])
    before = text[: each.start]
    labelled = LABEL.search(before) and each.kvalifikator == FRACTION
    shared = not linked and THE_SHARE.search(before)
    if shared or labelled or BESIDE_A_COUNT.search(before):
        return replace(each, del_av=MUNICIPALITIES)
    return each


def _same_share(text: str, found: list[Mention]) -> list[Mention]:
    """Give a share of units that are not named that of the one before: `mens 16 prosent har …`."""
    told: list[Mention] = []
    last = MUNICIPALITIES
    for each in found:
        share = each.enhet == PERCENT
        if share and not each.del_av and HAVE.match(text, each.end):
            told.append(replace(each, del_av=last))
            continue
        if share and each.del_av in (MUNICIPALITIES, PEOPLE, THESE, COUNTIES):
            last = each.del_av
        told.append(each)
    return told


def _limits(text: str, found: list[Mention]) -> list[Mention]:
    """Mark the limits of what is counted: `under 5 prosent`, where a share or a number of units is told beside it."""
    counting = [each for each in found if each.hva == CLAIM and _counts_units(each)]
    told: list[Mention] = []
    for each in found:
        bare = re.sub(r"(?:minus|pluss)\s*$", "", text[: _digits_of(text, each)])
        last = told[-1] if told else None
        banded = each.kvalifikator == RANGE or re.search(r"mellom\s*$", bare) or (
            last and last.hva == LIMIT
            and re.fullmatch(r"\s*(?:prosent\s*)?(?:og|til|–|-)\s*(?:minus\s*)?", text[last.end : each.start])
        )  # fmt: skip
        beside = any(other is not each for other in counting) or SUBJECT.search(text[: each.start])
        measured = (
            each.hva == CLAIM
            and each.enhet == PERCENT
            and not each.del_av.startswith(("komm", "innb", "diss"))
        )
        limit = measured and beside and (COMPARED.search(bare) or banded)
        told.append(replace(each, hva=LIMIT) if limit else each)
    return told


def _counts_units(each: Mention) -> bool:
    return bool(each.enhet == COUNTED or each.del_av or each.kvalifikator == FRACTION)


def _digits_of(text: str, each: Mention) -> int:
    """Return where the number itself begins, behind its qualifying word."""
    found = re.search(r"\d|\b(?:null|en|to|tre|fire|fem|ti)\b", text[each.start : each.end])
    return each.start + (found.start() if found else 0)


def _printed(text: str, each: Mention) -> str:
    return re.sub(r"\s+", " ", text[each.start : each.end]).strip(" ,(")
