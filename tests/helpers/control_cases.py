"""Accounts that break one control each, or just do not, on every form: what must fire, by year.

The lists, margins and exemptions stand here as the control program has them, so that any slip in
controls.csv is seen. A specimen is one region with accounts on all four of its forms: treasury and
consolidated, appropriation accounts and balance sheet (`tests.helpers.accounts.sound`, changed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.helpers.accounts import BALANCE_FORM, Post, lines, sound

FIRST, LAST = 2020, 2026
KINDS = {"kommune": ("0A", "0M"), "fylke": ("0C", "0P")}
SERVICES = {"kommune": "222", "fylke": "520"}
APPROPRIATION = frozenset(BALANCE_FORM)
BALANCE = frozenset(BALANCE_FORM.values())
EVERY = APPROPRIATION | BALANCE
MUNICIPAL, COUNTY, NONE = frozenset({"0A", "0M"}), frozenset({"0C", "0P"}), frozenset()
UNKNOWN_FORM = "0Z"
OSLO, LONGYEARBYEN, FROEYA, ELSEWHERE = "030100", "211100", "501400", "114600"
DISTRICTS = [f"0301{number:02d}" for number in range(1, 16)]

Text = Callable[[str, int, str], list[str]]  # form of the appropriation accounts, year, region


@dataclass(frozen=True)
class Specimen:
    """One region's accounts, and the forms on which each control looked at must fire.

    kind: `kommune` or `fylke`. region: six digits, or "" for any that is free. The forms of the
    other kind are taken out of `fires`.
    """

    name: str
    kind: str
    text: Text
    fires: dict[str, frozenset[str]]
    region: str = ""
    first: int = FIRST
    last: int = LAST

    def records(self, year: int, region: str) -> list[str]:
        """Return the account files' lines for a year and region."""
        return [line for form in KINDS[self.kind] for line in self.text(form, year, region)]

    def expected(self, control: str) -> frozenset[str]:
        """Return the forms of this specimen on which a control must fire."""
        forms = KINDS[self.kind]
        return self.fires[control] & {*forms, *(BALANCE_FORM[form] for form in forms), UNKNOWN_FORM}


def changed(
    extra: tuple[Post, ...], without: tuple[str, ...], form: str, year: int, region: str
) -> list[str]:
    """Return sound accounts with posts added, and without those of some codes."""
    kept = [post for post in sound(form) if post[1] not in without and post[2] not in without]
    return lines([*kept, *extra], form=form, year=year, region=region)


def of(
    control: str,
    kind: str,
    *extra: Post,
    forms: frozenset[str] = APPROPRIATION,
    without: tuple[str, ...] = (),
    region: str = "",
    first: int = FIRST,
    last: int = LAST,
) -> Specimen:
    """Return sound accounts, changed; `S` as function stands for a service of the kind."""
    posts = tuple(
        (account, SERVICES[kind] if place == "S" else place, art, amount)
        for account, place, art, amount in extra
    )
    name = f"{control} {kind} {region or 'hvor som helst'} {posts} uten {without}"
    text = partial(changed, posts, without)
    return Specimen(name, kind, text, {control: forms}, region, first, last)


def both(
    control: str,
    *extra: Post,
    forms: frozenset[str] = APPROPRIATION,
    without: tuple[str, ...] = (),
    first: int = FIRST,
    last: int = LAST,
) -> list[Specimen]:
    """Return the same change of a municipality's and a county's accounts."""
    return [
        of(control, kind, *extra, forms=forms, without=without, first=first, last=last)
        for kind in KINDS
    ]


# --- 003-016: fields of a record -----------------------------------------------------------------


def put(position: int, value: str, form: str, year: int, region: str) -> list[str]:
    """Return sound accounts with a value put into the first line of each form (position from 0)."""
    good = lines(sound(form), form=form, year=year, region=region)
    heads = (0, next(n for n, line in enumerate(good) if line[:2] == BALANCE_FORM[form]))
    return [
        line[:position] + value + line[position + len(value) :] if number in heads else line
        for number, line in enumerate(good)
    ]


def twice(form: str, year: int, region: str) -> list[str]:
    """Return sound accounts with the first and the last line twice."""
    good = lines(sound(form), form=form, year=year, region=region)
    return [*good, good[0], good[-1]]


FIELDS = [
    ("003", 0, "", NONE),
    ("003", 0, UNKNOWN_FORM, frozenset({UNKNOWN_FORM})),
    ("004", 2, "2019", EVERY),
    ("005", 6, "1", EVERY),
    ("007", 13, "987654321", EVERY),
    ("008", 22, "987654321", EVERY),
    ("009", 31, "9", EVERY),
    ("010", 32, "999 ", APPROPRIATION),
    ("011", 32, "999 ", BALANCE),
    ("012", 36, "999", APPROPRIATION),
    ("013", 36, "999", BALANCE),
    ("014", 39, "     12,5", EVERY),
]
RECORDS = [
    *(
        Specimen(f"{control} {kind}", kind, partial(put, position, value), {control: forms})
        for control, position, value, forms in FIELDS
        for kind in KINDS
    ),
    *(Specimen(f"006 {kind}", kind, partial(put, 0, ""), {"006": EVERY}, "999900") for kind in KINDS),
    *(Specimen(f"015 {kind}", kind, twice, {"015": EVERY}) for kind in KINDS),
    *both("016", ("balanse", "5900", "080", -1), forms=BALANCE),
    *both("016", ("balanse", "5970", "080", -1), forms=BALANCE),
    *(
        Specimen(f"E05 {kind}", kind, partial(put, 0, ""), {"E05": EVERY}, LONGYEARBYEN)
        for kind in KINDS
    ),
]  # fmt: skip

# --- 020-081: codes that may not stand together --------------------------------------------------


def has_921(forms: frozenset[str], kind: str, region: str, **years: int) -> Specimen:
    """Return accounts with art 921 in operations; four consolidated ones may have it (025)."""
    return of("025", kind, ("drift", "870", "921", -5), forms=forms, region=region, **years)


CODES = [
    *both("020", ("drift", "841", "010", 5)),
    *both("025", ("drift", "S", "280", 5)),
    *both("025", ("drift", "870", "921", -5)),
    has_921(frozenset({"0A"}), "kommune", "030100"),
    has_921(frozenset({"0A"}), "kommune", "460100"),
    has_921(frozenset({"0C"}), "fylke", "500000"),
    has_921(frozenset({"0A"}), "kommune", "300500", last=2023),
    has_921(frozenset({"0A"}), "kommune", "330100", first=2024),
    *both("030", ("drift", "S", "285", 5)),
    *both("030", ("drift", "S", "660", -5)),
    *both("035", ("drift", "S", "520", 5)),
    *both("035", ("drift", "S", "920", -5)),
    *(of("035", "kommune", ("drift", code, "520", 5), last=2024) for code in ("281", "325")),
    *(
        of("035", "kommune", ("drift", code, "520", 5), forms=NONE, first=2025)
        for code in ("281", "325")
    ),
    of("035", "fylke", ("drift", "701", "520", 5), last=2024),
    of("035", "fylke", ("drift", "701", "520", 5), forms=NONE, first=2025),
    *both("040", ("investering", "800", "230", 5)),
    *both("045", ("investering", "100", "230", 5)),
    *both("050", ("investering", "S", "070", 5)),
    *both("050", ("investering", "S", "877", -5)),
    *(both("050", ("investering", "S", "874", -5), last=2022)),
    *(both("050", ("investering", "S", "874", -5), forms=NONE, first=2023)),
    *both("050", ("investering", "S", "871", -5), forms=NONE, last=2022),
    *both("050", ("investering", "S", "871", -5), first=2023),
    *both("050", ("investering", "S", "875", -5), last=2024),
    *both("050", ("investering", "S", "875", -5), forms=NONE, first=2025),
    *(
        specimen
        for art in ("878", "879")
        for specimen in (
            *both("050", ("investering", "S", art, -5), forms=NONE, last=2024),
            *both("050", ("investering", "S", art, -5), first=2025),
        )
    ),
    *both("055", ("investering", "S", "620", -5)),
    *both("060", ("investering", "S", "729", -5)),
    *both("065", ("drift", "880", "980", -5)),
    *both("065", ("drift", "899", "010", 5)),
    *both("070", ("drift", "899", "530", 5)),
    *both("075", ("drift", "S", "870", -5), forms=MUNICIPAL),
    *both("075", ("drift", "S", "875", -5), forms=MUNICIPAL, last=2023),
    *both("075", ("drift", "S", "875", -5), forms=NONE, first=2024),
    *both("075", ("drift", "S", "878", -5), forms=NONE, last=2024),
    *both("075", ("drift", "S", "878", -5), forms=MUNICIPAL, first=2025),
    *both("080", ("drift", "S", "800", -5)),
    *both("081", ("drift", "850", "700", -5), forms=NONE, last=2023),
    *both("081", ("drift", "850", "700", -5), forms=MUNICIPAL, first=2024),
    *both("081", ("drift", "850", "850", -5), forms=MUNICIPAL, first=2024, last=2024),
    *both("081", ("drift", "850", "850", -5), forms=NONE, first=2025),
]
