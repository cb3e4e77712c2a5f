"""Section numbers in sentences: placeholders, words of precision and direction, conditions.

In a sentence, `{id}` is the number with its unit and `{id:1}` the same with one decimal (`:-2`: in hundreds).
`{abs:id}` is the number without its sign; `{ord:id:0}` the same after the word that its rounding asks for,
see `ordvalg.csv`. `{tell:id|kommune|kommuner}` counts, `{tall:id}` says a small count in words, `{av:id}` is how
many units the number is of; `{navn:id}` is the name of the service area that the id ends with. `{id|opp|ned}`
gives the first word above zero and else the second; `{id:1|opp|ned|uendret}` the third where the number rounds to
zero. `{aar}` and `{fjor}` are the survey year and the one before. In an id, `@1` is the area that ranks first in
its section, `@-1` the one that ranks lowest; an area that shares its place has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from kommuneregnskap.support.norwegian import UNIT_DECIMALS, UNIT_WORDS, in_words, number
from kommuneregnskap.tables import reader

PLACEHOLDER = re.compile(
    r"\{(?:(abs|ord|tell|tall|av|navn):)?([a-z][a-z0-9_.@-]*)(?::(-?[0-9]))?"
    r"(?:\|([^|}]*)\|([^|}]*)(?:\|([^|}]*))?)?\}"
)
CONDITION = re.compile(r"([a-z][a-z0-9_.@-]*)(?::(-?[0-9]))? *(!=|<|>|=) *(-?[0-9]+)")
RANKED = re.compile(r"@(-?)([0-9]+)")
SMALLEST = (
    1000  # of a printed number that would round to zero: no more than three decimals are tried
)
NOISE = 6  # decimals of a rounding's distance; what is below comes from binary fractions
BILLION, THOUSAND = "mrd_kr", 1000
# Counts that running text has in words.
COUNTS = [
    "null",
    "én",
    "to",
    "tre",
    "fire",
    "fem",
    "seks",
    "sju",
    "åtte",
    "ni",
    "ti",
    "elleve",
    "tolv",
]


class MissingNumberError(Exception):
    """A sentence needs a number that the survey does not have."""


@dataclass(frozen=True)
class Numbers:
    """The section numbers of one year by id: values (None where missing), units, of how many; names of areas."""

    year: int
    values: Mapping[str, float | None]
    units: Mapping[str, str]
    areas: Mapping[str, str]
    of: Mapping[str, int | None] = field(default_factory=dict)

    def id_of(self, name: str) -> str:
        """Return an id with `@1` replaced by the area of that rank. Raises MissingNumberError where none is."""
        found = RANKED.search(name)
        if found is None:
            return name
        section = name.split(".", maxsplit=1)[0]
        kind = f"{section}.rang_lavest." if found.group(1) else f"{section}.rang."
        ranked = sorted(
            each
            for each, value in self.values.items()
            if each.startswith(kind) and value == float(found.group(2))
        )
        if len(ranked) != 1:  # nobody, or several that share the place
            raise MissingNumberError(name)
        return name.replace(found.group(), ranked[0].removeprefix(kind))

    def value(self, name: str) -> float:
        """Return a number. Raises KeyError for an id that is none, MissingNumberError where it is missing."""
        if name not in self.values:
            raise KeyError(f"no section number {name!r}")
        found = self.values[name]
        if found is None:
            raise MissingNumberError(name)
        return found


def numbers_of(tall: pl.DataFrame, year: int) -> Numbers:
    """Return the section numbers of a year for sentences. In: `frames.Tall`."""
    own = tall.filter(pl.col("aar") == year)
    other = tall.filter(pl.col("aar") != year)["id"].unique(maintain_order=True).to_list()
    values: dict[str, float | None] = dict.fromkeys(other)
    return Numbers(
        year,
        values | dict(own.select("id", "verdi").iter_rows()),
        dict(tall.select("id", pl.col("enhet").cast(pl.String)).iter_rows()),
        dict(reader.valid("tjenesteomraade", year).select("tjenesteomraade", "navn").iter_rows()),
        dict(own.select("id", "enheter").iter_rows()),
    )


def filled(sentence: str, numbers: Numbers) -> str | None:
    """Return a sentence with its numbers filled in, or None where one of them is missing.

    Raises KeyError for an id that is no section number.
    """
    try:
        return PLACEHOLDER.sub(lambda match: _filled(match, numbers), sentence)
    except MissingNumberError:
        return None


def holds(condition: str, numbers: Numbers) -> bool:
    """Return whether all of `id:decimals > 0; …` hold; the numbers are rounded as given first.

    Not where a number is missing. Raises KeyError for an id that is no section number, ValueError for what
    is no condition.
    """
    try:
        return all(_holds(part.strip(), numbers) for part in condition.split(";"))
    except MissingNumberError:
        return False


def _holds(part: str, numbers: Numbers) -> bool:
    found = CONDITION.fullmatch(part)
    if found is None:
        raise ValueError(part)
    name, decimals, sign, limit = found.groups()
    number_id = numbers.id_of(name)
    value, bound = numbers.value(number_id), Decimal(limit)
    own = rounded(value, _decimals(decimals, numbers.units[number_id])) if decimals else value
    difference = Decimal(repr(float(own))) - bound
    return {"<": difference < 0, ">": difference > 0, "=": difference == 0, "!=": difference != 0}[
        sign
    ]


def _decimals(given: str | None, unit: str) -> int:
    return UNIT_DECIMALS[unit] if given is None else int(given)


def _filled(match: re.Match[str], numbers: Numbers) -> str:
    kind, name, decimals, above, below, at = match.groups()
    if name in ("aar", "fjor"):
        return str(numbers.year - (name == "fjor"))
    name = numbers.id_of(name)
    value = numbers.value(name)
    if kind in NAMED:
        return NAMED[kind](name, numbers)
    if kind == "tell":
        return f"{number(value)} {above if value == 1 else below}"
    unit = numbers.units[name]
    if above is not None:
        places = _decimals(decimals, unit)
        own = float(rounded(value, places)) if decimals or at is not None else value
        return above if own > 0 else at if own == 0 and at is not None else below
    if kind == "ord":
        return worded_number(value, unit, None if decimals is None else int(decimals))
    return in_words(abs(value) if kind else value, unit, int(decimals) if decimals else None)


def _area(name: str, numbers: Numbers) -> str:
    return _lower(numbers.areas[name.rsplit(".", maxsplit=1)[-1]])


def _count(name: str, numbers: Numbers) -> str:
    """Return a count in words, where running text has it so."""
    value = numbers.value(name)
    return COUNTS[int(value)] if value in range(len(COUNTS)) else number(value)


def _of_how_many(name: str, numbers: Numbers) -> str:
    """Return how many units a number is of. Raises MissingNumberError where that is not known."""
    whole = numbers.of.get(name)
    if whole is None:
        raise MissingNumberError(name)
    return number(whole)


NAMED: dict[str | None, Callable[[str, Numbers], str]] = {
    "navn": _area,
    "tall": _count,
    "av": _of_how_many,
}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def rounded(value: float, decimals: int) -> Decimal:
    """Return a number rounded half away from zero to `decimals` (below zero: to tens, hundreds)."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def worded_number(value: float, unit: str, decimals: int | None = None) -> str:
    """Return the size of a number as it may be said: `nesten 10 prosent` for 9.8, `om lag 10` for 10.03.

    value: in `unit`; less than a billion kroner is said in millions. The word follows from where the
    number lies from the printed one, by ordvalg.csv; an exact number has none, nor has one with decimals, which says
    itself how exact it is. A number that is smaller than the last printed digit gets more decimals, so that 0.6 is
    not said to be 1, nor 0.4 to be nothing.
    """
    size, places = abs(value), UNIT_DECIMALS[unit] if decimals is None else decimals
    words = UNIT_WORDS[unit]
    if unit == BILLION and 0 < size < 1:
        size, places, words = size * THOUSAND, 0, "millioner kroner"
    while size and size * 10**places < 1 and 10**places < SMALLEST:
        places += 1
    printed = rounded(size, places)
    if size and printed == 0:
        return f"nær null {words}".strip()
    said = number(float(printed), max(places, 0))
    word = "" if places > 0 else _word(size, printed, places)
    return " ".join(filter(None, (word, said, words)))


def _word(size: float, printed: Decimal, places: int) -> str:
    """Return the word of ordvalg.csv for how far a number lies from the printed one, in printed units."""
    distance = float((Decimal(repr(float(size))) - printed).scaleb(places))
    away = round(distance, NOISE)
    for row in reader.read("ordvalg").iter_rows(named=True):
        low, high = row["nedre"], row["oevre"]
        if low == high == away or low <= away < high:
            return row["ord"] or ""
    return ""
