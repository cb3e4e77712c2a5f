"""Accounts that do not add up, or just do: both sides of every margin, and who is let off."""

from __future__ import annotations

from functools import partial

from tests.helpers.accounts import Post, lines
from tests.helpers.control_cases import (
    APPROPRIATION,
    BALANCE,
    CODES,
    COUNTY,
    DISTRICTS,
    ELSEWHERE,
    FIRST,
    FROEYA,
    LAST,
    LONGYEARBYEN,
    MUNICIPAL,
    NONE,
    OSLO,
    RECORDS,
    SERVICES,
    Specimen,
    both,
    of,
)

WAGES, OUTLAY, LOAN, FUND = ("S", "010"), ("S", "230"), ("880", "910"), ("56", "080")
# control, account, function or chapter, art or sector, what it is moved from, margin, forms
DEVIATIONS: list[tuple[str, str, str, str, tuple[str, str] | None, int, frozenset[str]]] = [
    ("095", "investering", "S", "230", None, 30, APPROPRIATION),
    ("110", "drift", "S", "010", None, 30, APPROPRIATION),
    ("E04", "drift", "S", "010", None, 30, APPROPRIATION),
    ("125", "balanse", "10", "320", None, 10, BALANCE),
    ("140", "investering", "880", "970", LOAN, 30, APPROPRIATION),
    ("140", "drift", "880", "570", ("880", "540"), 30, APPROPRIATION),
    ("155", "drift", "S", "590", WAGES, 30, APPROPRIATION),
    ("160", "drift", "870", "590", WAGES, 0, APPROPRIATION),
    ("165", "drift", "S", "990", WAGES, 0, APPROPRIATION),
    ("170", "investering", "290", "230", OUTLAY, 30, MUNICIPAL),
    ("175", "drift", "290", "010", WAGES, 30, MUNICIPAL),
    ("180", "investering", "465", "230", OUTLAY, 30, COUNTY),
    ("185", "drift", "465", "010", WAGES, 30, COUNTY),
]


def shift(account: str, place: str, kind: str, amount: int, source: tuple[str, str]) -> list[Post]:
    """Return a post and its opposite on another key: the account as a whole still nets to zero."""
    return [(account, place, kind, amount), (account, *source, -amount)]


def deviations(
    control: str,
    account: str,
    place: str,
    kind: str,
    source: tuple[str, str] | None,
    margin: int,
    forms: frozenset[str],
    first: int = FIRST,
    last: int = LAST,
) -> list[Specimen]:
    """Return deviations of the margin, which is allowed, and of one more, which is not."""
    found = []
    for amount in (margin, -margin, margin + 1, -margin - 1):
        posts = shift(account, place, kind, amount, source) if source else []
        posts = posts or [(account, place, kind, amount)]
        firing = forms if abs(amount) > margin else NONE
        if amount:
            found += both(control, *posts, forms=firing, first=first, last=last)
    return found


MEMORANDUM = ("190", "balanse", "9100", "080", FUND)


def trade(
    control: str,
    account: str,
    amount: int,
    region: str,
    fires: bool,
    kind: str = "kommune",
    **years: int,
) -> Specimen:
    """Return an internal purchase without its sale of that amount in Oslo's accounts (126, 127)."""
    source = WAGES if account == "drift" else OUTLAY
    posts = shift(account, "251", "298", amount, source)
    forms = MUNICIPAL if fires else NONE
    return of(control, kind, *posts, forms=forms, region=region, **years)


def trades(control: str, account: str) -> list[Specimen]:
    """Return internal trade of the city (to 2024) and of its districts (from 2025), and of others."""
    sides = ((10, False), (-10, False), (11, True), (-11, True))
    return [
        *(trade(control, account, amount, OSLO, fires, last=2024) for amount, fires in sides),
        *(trade(control, account, amount, "030107", fires, first=2025) for amount, fires in sides),
        *(trade(control, account, 99, region, True, first=2025) for region in DISTRICTS),
        *(trade(control, account, 99, region, False, last=2024) for region in DISTRICTS),
        trade(control, account, 99, OSLO, False, first=2025),
        trade(control, account, 99, ELSEWHERE, False),
        trade(control, account, 99, OSLO, False, kind="fylke", last=2024),
        trade(control, account, 99, "030107", False, kind="fylke", first=2025),
    ]


# --- who is let off: accounts where hardly anything adds up --------------------------------------

# Depreciation and its counter-entry cancel among themselves (150, 145), so they do agree (155).
WRECK: list[Post] = [
    *(("drift", "S", art, amount) for art, amount in (("010", -500), ("600", 300), ("990", 7))),
    *(("drift", "S", "590", amount) for amount in (50, -50)),
    *(("drift", "860", "990", amount) for amount in (50, -50)),
    ("drift", "870", "590", 7),
    ("drift", "290", "010", 99),
    ("drift", "880", "570", 100),
    ("investering", "S", "230", -500),
    ("investering", "880", "910", 300),
    ("investering", "290", "230", 99),
]
ALL_OF_WRECK = (
    "085", "090", "095", "100", "105", "110", "130", "135", "140", "145", "150", "160", "165",
    "170", "175",
)  # fmt: skip
HALF: list[Post] = [("investering", "S", "230", 500), ("investering", *LOAN, -500)]
UNMATCHED: list[Post] = [("drift", "S", "590", 50), ("drift", *WAGES, -50)]


def only(posts: list[Post], form: str, year: int, region: str) -> list[str]:
    """Return these posts and no others."""
    kind = "kommune" if form in MUNICIPAL else "fylke"
    own = [
        (account, SERVICES[kind] if place == "S" else place, *rest)
        for account, place, *rest in posts
    ]
    return lines([tuple(post) for post in own], form=form, year=year, region=region)  # type: ignore[misc]


def let_off(region: str, exempt: tuple[str, ...]) -> list[Specimen]:
    """Return wrecked accounts of a region that is let off some controls, and no others."""
    wreck = {name: NONE if name in exempt else MUNICIPAL for name in ALL_OF_WRECK}
    unmatched = {"155": NONE if "155" in exempt else MUNICIPAL}
    half = {"E08": NONE if "E08" in exempt else MUNICIPAL}
    return [
        Specimen(f"vrak {region}", "kommune", partial(only, WRECK), wreck, region),
        Specimen(f"umatchet {region}", "kommune", partial(only, UNMATCHED), unmatched, region),
        Specimen(f"halvt {region}", "kommune", partial(only, HALF), half, region),
    ]


def unequal(region: str) -> Specimen:
    """Return accounts whose net operating result would not agree, of a region that is no unit (E04)."""
    return of("E04", "kommune", ("drift", "S", "010", 99), forms=NONE, region=region)


OFF, OFF_MEMORANDUM = [("balanse", "55", "080", -6)], [("balanse", "9200", "080", -6)]
MADE_UP: list[Post] = [("balanse", "55", "080", -11), ("balanse", "9200", "080", 11)]
PRESENCE = [
    *both("085", without=("230",)),
    *both("085", ("investering", "S", "230", -500), ("investering", *LOAN, 500)),
    *both("090", without=("729", "970", "910")),
    *both("100", ("drift", "S", "010", -1050)),
    *both("105", without=("870", "800", "600", "990")),
    *both("110", ("drift", "S", "010", -1050), ("drift", "S", "600", 1050)),
    *both("115", without=("10",), forms=BALANCE),
    *both("120", without=("56",), forms=BALANCE),
    *both("125", ("balanse", "10", "320", -1000), ("balanse", "56", "080", 1000), forms=BALANCE),
    # Memorandum accounts that do not cancel, with a balance sheet that does not, or the other way.
    *both("125", *OFF, *OFF_MEMORANDUM, forms=BALANCE, last=2024),
    *both("125", *OFF, *OFF_MEMORANDUM, forms=NONE, first=2025),
    *both("125", *MADE_UP, forms=NONE, last=2024),
    *both("125", *MADE_UP, forms=BALANCE, first=2025),
    *both("130", without=("870",)),
    *both("135", without=("800",)),
    *both("145", ("drift", "860", "990", 50)),
    *both("145", without=("990",), forms=NONE),
    *both("150", ("drift", "S", "590", -50)),
    *both("150", without=("590",), forms=NONE),
    *(
        Specimen(f"E08 {kind}", kind, partial(only, HALF), {"E08": APPROPRIATION})
        for kind in SERVICES
    ),
]

SPECIMENS = [
    *RECORDS,
    *CODES,
    *(specimen for row in DEVIATIONS for specimen in deviations(*row)),
    *deviations(*MEMORANDUM, margin=30, forms=BALANCE, last=2024),
    *deviations(*MEMORANDUM, margin=10, forms=BALANCE, first=2025),
    *PRESENCE,
    *trades("126", "drift"),
    *trades("127", "investering"),
    *(each for region in DISTRICTS for each in let_off(region, (*ALL_OF_WRECK, "155", "E08"))),
    *let_off(LONGYEARBYEN, ("130", "135")),
    *let_off(FROEYA, ("135",)),
    *let_off(OSLO, ()),
    *let_off(ELSEWHERE, ()),
    *(unequal(region) for region in (*DISTRICTS, LONGYEARBYEN)),
]
