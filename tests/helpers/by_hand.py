"""A second reader of KOSTRA records, written straight from the layout, one character after the other.

It shares nothing with the first one, so that what both say is right.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

DIGITS = set("0123456789")
CAPITALS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
BYTE_ORDER_MARK = "ï»¿"  # as it looks in ISO-8859-1
# Which account a form and a class are of, as the forms are described.
ACCOUNTS = {
    **{(form, "1"): "drift" for form in ("0A", "0C")},
    **{(form, "0"): "investering" for form in ("0A", "0C")},
    **{(form, "2"): "balanse" for form in ("0B", "0D")},
    **{(form, "3"): "drift" for form in ("0M", "0P")},
    **{(form, "4"): "investering" for form in ("0M", "0P")},
    **{(form, "5"): "balanse" for form in ("0N", "0Q")},
}
Row = tuple[str | int, ...]
Posts = Counter[tuple[str, ...]]  # account and its two codes → 1000 kr
HANDED_OVER = (
    "linje", "skjema", "aar", "kvartal", "region", "orgnr", "foretaksnr", "kontoklasse",
    "funksjon_kapittel", "art_sektor", "belop_tekst", "belop",
)  # fmt: skip


def shaped(line: str) -> bool:
    """Return whether a line has the shape of a record, whatever stands in its fields."""
    control = any(ord(sign) < 32 or ord(sign) == 127 for sign in line)
    return len(line) == 48 and not control and not line.startswith(BYTE_ORDER_MARK)


def form_named(line: str) -> str:
    """Return what stands in the place of a line's form."""
    return line.removeprefix(BYTE_ORDER_MARK)[:2]


def meant_as_records(content: bytes) -> bool:
    """Return whether a line of a text begins with a form and a year, whatever signs stand before and between them."""
    for line in content.decode("latin-1").replace("\r", "\n").split("\n"):
        start = line.removeprefix(BYTE_ORDER_MARK).lstrip(" \t\"'")
        form, year = start[:2], start[2:].lstrip(" \t;,")[:4]
        if (
            (len(form), len(year)) == (2, 4)
            and set(form) <= DIGITS | CAPITALS
            and set(year) <= DIGITS
        ):
            return True
    return False


def lines_delivered(content: bytes) -> int:
    """Return how many lines a text has, empty ones among them."""
    text = content.rstrip(b"\x1a")
    return text.count(b"\n") + (text != b"" and not text.endswith(b"\n"))


def amount_of(line: str) -> int | None:
    """Return the amount of a line of the right shape, None where it is none."""
    amount = line[39:].lstrip(" ")
    digits = amount.removeprefix("-")
    return int(amount) if digits != "" and set(digits) <= DIGITS else None


def record(line: str) -> Row | None:
    """Return the fields of a line, None where it is no record."""
    if not shaped(line):
        return None
    form, year, quarter, region = line[:2], line[2:6], line[6], line[7:13]
    numbers, account = (line[13:22], line[22:31]), line[31]
    place, kind, amount = line[32:36].rstrip(" "), line[36:39], amount_of(line)
    good = (
        set(form) <= DIGITS | CAPITALS
        and all(set(text) <= DIGITS for text in (year, region, account, place))
        and quarter in " 1234"
        and all(set(text) <= DIGITS or text == " " * 9 for text in numbers)
        and len(place) >= 2
        and (set(kind) <= DIGITS or kind == "   ")
    )
    if not good or amount is None:
        return None
    strip = [text.strip(" ") for text in numbers]
    return (
        form,
        int(year),
        quarter.strip(),
        region,
        *strip,
        account,
        place,
        kind.strip(),
        amount,
    )


def numbered(content: bytes) -> list[tuple[int, str]]:
    """Return the lines of a text that are not empty, with their numbers; what old programs end a text with is none."""
    text = content.rstrip(b"\x1a")
    rows = [raw.rstrip(b"\r").decode("latin-1") for raw in text.split(b"\n")]
    return [(number, row) for number, row in enumerate(rows, 1) if row != ""]


def by_hand(content: bytes) -> list[Row] | None:
    """Return the records of a plain file, or None where a line is none: the layout, letter by letter."""
    rows = []
    for _, line in numbered(content):
        row = record(line)
        if row is None:
            return None
        rows.append(row)
    return rows or None


def handed_over(number: int, line: str) -> tuple[int | str | None, ...]:
    """Return a line of the right shape as it goes to the controls: HANDED_OVER, null for what is no amount."""
    ends = [0, 2, 6, 7, 13, 22, 31, 32, 36, 39]
    texts = [line[start:end].rstrip(" ") for start, end in pairwise(ends)]
    return (number, *texts, line[39:], amount_of(line))


def added_up(content: bytes) -> dict[str, Posts]:
    """Return what the records of a text come to, by hand: unit → account, its two codes → amount other than 0."""
    units: dict[str, Posts] = {}
    for row in (record(line) for _, line in numbered(content)):
        if row is None or row[1] != 2024 or any(row[place] for place in (2, 4, 5)):
            continue
        form, _, _, region, _, _, account, place, kind, amount = row
        if (form, account) in ACCOUNTS:
            key = (ACCOUNTS[str(form), str(account)], str(place), str(kind))
            units.setdefault(str(region), Counter())[key] += int(amount)
    return {
        region: Counter({key: amount for key, amount in found.items() if amount})
        for region, found in units.items()
    }
