"""Numbers in digits and in words, each with the unit that follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from kommuneregnskap.verdicts.text.mention import (
    BILLION,
    COUNT,
    COUNTED,
    COUNTIES,
    DATE,
    FRACTION,
    KRONER,
    LIMIT,
    NO_UNIT,
    PERCENT,
    PHONE_NUMBER,
    RANGE,
    UNREAD,
    YEAR,
    YEARS,
    Mention,
)
from kommuneregnskap.verdicts.text.words import LETTER, TENS, Words

SPACE = "[ \u00a0\u202f\u2009]"
DIGITS = (
    rf"(?:\d{{1,3}}(?:{SPACE}\d{{3}})+(?:,\d+)?|\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
)
QUARTERS = {"¼": 0.25, "½": 0.5, "¾": 0.75}
NUMBER = re.compile(
    rf"(?<![0-9A-Za-zÆØÅæøå.,])(?P<sign>(?:[\u2212–-]|\u2212{SPACE})(?=\d))?\+?"
    rf"(?P<digits>{DIGITS})(?P<quarter>[¼½¾])?(?![A-Za-zÆØÅæøå])"
)
DATES = re.compile(
    r"\b\d{1,2}\.\s?(?:\d{1,2}\.(?:\s?\d{2,4})?|(?:januar|februar|mars|april|mai|juni|juli|august|september|"
    r"oktober|november|desember)(?:\s\d{4})?)|\bkl(?:okka|\.)?\s?\d{1,2}(?:[.:]\d{2})?|\b\d{4}[-–]\d{2}[-–]\d{2}\b",
    re.IGNORECASE,
)
LAW = re.compile(
    r"§+\s*\d+(?:-\d+)?|\b(?:side|punkt|tabell|figur|faktaboks|kapittel|kap\.)\s+\d+(?:[.–-]\d+)*",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?:\+47\s?)?(?:\b\d{2}\s\d{2}\s\d{2}\s\d{2}\b|\b\d{3}\s\d{2}\s\d{3}\b|\b\d{8}\b)"
)
DECADES = re.compile(r"\b(\d{4})(?:-\s(?:og|til|eller)\s(\d{4}))?-(?:tallet|årene)\b")
OF_TEN = re.compile(
    rf"\s*av\s+(?:de\s+|alle\s+)?(?P<whole>\d{{1,3}}|{LETTER}+)\b(?!\s*(?:prosent|milliard))",
    re.IGNORECASE,
)
EVERY = re.compile(
    r"\b(hver|annenhver)(?:\s+(?P<which>[a-zæøå]+))?(?=\s+(?:fylkeskommun|kommun|innbygg|investeringskron|kron|av\b|et\b|en\b|eit\b|har\b|hadde\b|ligger\b|gikk\b|havnet\b))",
    re.IGNORECASE,
)
OF_COUNTIES = re.compile(r"\s*(?:av\s+)?(?:de\s+|landets\s+)?fylkeskommun", re.IGNORECASE)
IN_A_ROW = re.compile(r"\s+år(?:et)?\s+på\s+rad", re.IGNORECASE)
INHABITANTS = re.compile(
    r"\s*(?:innbygg|personer|mennesker|år\b(?!\s+på\s+rad)|åringer)", re.IGNORECASE
)
OF_MANY = re.compile(
    r"\s+av\s+(?:de\s+|alle\s+|landets\s+|dei\s+)*(?:\d[\d ]*\s+)?(fylkeskommun|kommun)",
    re.IGNORECASE,
)
LONGEST_FRACTION = 5  # the largest denominator of a fraction that is said in words
TENTH, MOST_OF = 10, 20
AHEAD = 60  # signs within which a unit follows


def numerals(text: str, lexicon: dict[str, Words]) -> list[Mention]:
    """Return the numbers of a sentence in order; of two readings of the same signs the more special one."""
    kept: list[Mention] = []
    for each in (*_apart(text), *_in_words(text, lexicon), *_in_digits(text, lexicon)):
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def _apart(text: str) -> Iterator[Mention]:
    """Yield dates, telephone numbers, places in laws and texts, and decades: no numbers of accounts."""
    for found in (*DATES.finditer(text), *LAW.finditer(text)):
        yield Mention(*found.span(), found.group(), 0, 1, hva=DATE)
    for found in PHONE.finditer(text):
        yield Mention(*found.span(), found.group(), 0, 1, hva=UNREAD, grunn=PHONE_NUMBER)
    for found in DECADES.finditer(text):
        years = [int(year) for year in found.groups() if year]
        yield Mention(*found.span(), "", years[0], 1, YEARS, years[-1] + 9, RANGE)


def _in_digits(text: str, lexicon: dict[str, Words]) -> Iterator[Mention]:
    for found in NUMBER.finditer(text):
        number, step = value(found["digits"])
        if found["quarter"]:
            number, step = number + QUARTERS[found["quarter"]], 0.25
        # A dash behind a number is one of a range: `2–4`.
        negative = found["sign"] and not re.search(rf"\d{SPACE}?$", text[: found.start()])
        start = found.start() if negative else found.start("digits")
        yield from _with_unit(
            text, start, found.end(), -number if negative else number, step, lexicon
        )


def value(digits: str) -> tuple[float, float]:
    """Return the value of digits as printed and one unit of the last of them."""
    plain = re.sub(SPACE, "", digits)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", plain):
        plain = plain.replace(".", "")
    plain = plain.replace(",", ".")
    decimals = len(plain.partition(".")[2])
    return float(plain), round(10.0**-decimals, decimals)


def _in_words(text: str, lexicon: dict[str, Words]) -> Iterator[Mention]:
    """Yield `en tredjedel`, `halvparten`, `doblet`, `tredje år på rad`, `fem prosent`."""
    yield from _fractions(text, lexicon)
    for start, end, _, growth in lexicon["gange"].all(text):
        yield Mention(start, end, "", float(growth or 0), 10, PERCENT)
    counts = list(_counts(text, lexicon))
    ordinals = [(start, end, float(n or 0)) for start, end, _, n in lexicon["ordenstall"].all(text)]
    for start, end, number in (*ordinals, *counts):
        if row := IN_A_ROW.match(text, end):
            yield Mention(start, row.end(), "", number, 1, YEARS, kvalifikator=COUNT)
    for start, end, number in counts:
        for each in _with_unit(text, start, end, number, 1, lexicon):
            # «en milliard» is a number, «en kommune» and «to store» are none.
            if each.enhet and (number > 1 or each.enhet != COUNTED):
                yield each


def _counts(text: str, lexicon: dict[str, Words]) -> Iterator[tuple[int, int, float]]:
    """Yield where a number stands in words, and its value; `trettifem` and `femtiåtte` too."""
    words = lexicon["tallord"]
    spelled = re.compile(rf"(?<!{LETTER})({'|'.join(TENS)})(?:og)?({LETTER}+)", re.IGNORECASE)
    for found in spelled.finditer(text):
        tens, ones = (words.worth(part) for part in found.groups())
        if tens and ones and ones < TENTH:
            yield found.start(), found.end(), tens + ones
    for start, end, _, number in words.all(text):
        yield start, end, float(number or 0)


def _fractions(text: str, lexicon: dict[str, Words]) -> Iterator[Mention]:
    """Yield `en tredjedel`, `halvparten`, `hver tredje kommune`, `seks av ti`, `9 av 10 fylkeskommuner`."""
    counts = list(_counts(text, lexicon))
    for start, end, _, whole in lexicon["broek"].all(text):
        before = [
            (at, part)
            for at, until, part in counts
            if text[until:start].isspace() and until < start
        ]
        begin, part = before[-1] if before else (start, 1.0)
        yield _fraction(begin, end, Fraction(int(part), int(whole or 1)))
    for found in EVERY.finditer(text):
        nth = (
            2
            if found[1].lower() == "annenhver"
            else lexicon["ordenstall"].worth(found["which"] or "")
        )
        if nth:
            yield _fraction(found.start(), found.end(), Fraction(1, int(nth)))
    digits = [(f.start("digits"), f.end(), value(f["digits"])[0]) for f in NUMBER.finditer(text)]
    for start, end, part in (*counts, *digits):
        of = OF_TEN.match(text, end)
        said = of["whole"] if of else ""
        nominal = float(said) if said.isdigit() else lexicon["tallord"].worth(said)
        if not of or not nominal or not 0 < part <= nominal <= MOST_OF or part != int(part):
            continue
        if OF_COUNTIES.match(text, of.end()):
            yield Mention(
                start, of.end(), "", part, 1, COUNTED, kvalifikator=COUNT, del_av=COUNTIES
            )
        else:
            yield _fraction(start, of.end(), Fraction(int(part), int(nominal)))


def _fraction(start: int, end: int, share: Fraction) -> Mention:
    """Return a fraction in percent; its precision is the distance to the nearest simple one, see qualifiers.csv."""
    simple = {Fraction(a, b) for b in range(1, LONGEST_FRACTION + 1) for a in range(b + 1)}
    tenths = share.denominator in (TENTH, LONGEST_FRACTION)
    step = (
        Fraction(1, TENTH)
        if tenths
        else min(abs(share - other) for other in simple if other != share)
    )
    percent = round(float(100 * share), 2)
    return Mention(
        start, end, "", percent, round(float(100 * step), 2), PERCENT, kvalifikator=FRACTION
    )


def _with_unit(
    text: str, start: int, end: int, number: float, step: float, lexicon: dict[str, Words]
) -> Iterator[Mention]:
    """Yield a number with the unit that follows; inhabitants, ages and years are no claims."""
    after = text[end : end + AHEAD]
    if re.match(r"\.?\s*(?:plass|nummer)\b", after):
        return
    unit = next(
        (u for u in lexicon["enhet"].all(after) if not after[: u[0]].strip(" \u00a0\u202f\u2009-")),
        None,
    )
    if unit:
        yield _measured(text, (start, end), (number, step), unit)
    elif INHABITANTS.match(after):
        yield Mention(start, end, "", number, step, hva=LIMIT)
    elif step == 1 and 1900 <= number <= 2100 and text[start:end].isdigit():
        yield Mention(start, end, "", number, step, hva=YEAR)
    elif of := OF_MANY.match(after):
        whose = COUNTIES if of[1].lower().startswith("f") else ""
        yield Mention(start, end, "", number, step, COUNTED, kvalifikator=COUNT, del_av=whose)
    else:
        yield Mention(start, end, "", number, step, hva=UNREAD, grunn=NO_UNIT)


def _measured(
    text: str,
    at: tuple[int, int],
    number: tuple[float, float],
    unit: tuple[int, int, str, float | None],
) -> Mention:
    """Return a number in the claims' unit of the unit that stands behind it."""
    start, end = at
    _, until, meant, factor = unit
    worth, stop = float(factor or 1), end + until
    if meant == BILLION and (
        kroner := re.match(r"\s+(?:norske\s+)?kroner|\s+kr\b\.?", text[stop:])
    ):
        stop += kroner.end()
    if meant == KRONER and number[0] >= 1e6:
        meant, worth = BILLION, 1e-9
    if meant == BILLION and INHABITANTS.match(text, stop):
        return Mention(start, stop, "", number[0], number[1], hva=LIMIT)
    whose = COUNTIES if meant == COUNTED and "fylke" in text[end:stop].lower() else ""
    amount, step = (round(each * worth, 12) for each in number)
    return Mention(
        start, stop, "", amount, step, meant, kvalifikator=COUNT if meant == COUNTED else "eksakt", del_av=whose
    )  # fmt: skip
