"""Controls 016 and 085-190 and E04: both sides of every margin, and every exemption."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.accounts import Post, found

pytestmark = pytest.mark.slow  # all of them together

SERVICE = "222"
OSLO, DISTRICT, LONGYEARBYEN, FROEYA = "030100", "030103", "211100", "501400"


def shift(account: str, place: str, kind: str, amount: int, against: tuple[str, str]) -> list[Post]:
    """Return a post and its opposite on another key, so that the account as a whole still nets to zero."""
    return [(account, place, kind, amount), (account, *against, -amount)]


def test_sound_accounts_break_no_control(tmp_path: Path) -> None:
    for form in ("0A", "0C", "0M", "0P"):
        region = "110300" if form in ("0A", "0M") else "110000"
        for year in range(2020, 2027):
            folder = tmp_path / form / str(year)
            assert found(folder, form=form, year=year, region=region) == set(), (form, year)


WAGES = (SERVICE, "010")
LOAN = ("880", "910")
FUND = ("56", "080")
# control, posts for a deviation of `amount`, margin
MARGINS = [
    ("095", lambda amount: [("investering", SERVICE, "230", amount)], 30),
    ("110", lambda amount: [("drift", *WAGES, amount)], 30),
    ("E04", lambda amount: [("drift", *WAGES, amount)], 30),
    ("125", lambda amount: [("balanse", "10", "320", amount)], 10),
    ("140", lambda amount: shift("investering", "880", "970", amount, LOAN), 30),
    ("155", lambda amount: shift("drift", SERVICE, "590", amount, WAGES), 30),
    ("160", lambda amount: shift("drift", "870", "590", amount, WAGES), 0),
    ("165", lambda amount: shift("drift", SERVICE, "990", amount, WAGES), 0),
    ("170", lambda amount: shift("investering", "290", "230", amount, (SERVICE, "230")), 30),
    ("175", lambda amount: shift("drift", "290", "010", amount, WAGES), 30),
    ("190", lambda amount: shift("balanse", "9100", "080", amount, FUND), 30),
]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("control", "posts", "margin"), MARGINS, ids=[row[0] for row in MARGINS])
def test_both_sides_of_the_margin(
    tmp_path: Path, control: str, posts, margin: int, sign: int
) -> None:
    inside = found(tmp_path / "inne", *posts(sign * margin)) if margin else set()
    assert control not in inside
    assert control in found(tmp_path / "ute", *posts(sign * (margin + 1)))


def test_margins_end_exactly_where_they_say_and_nothing_else_fires(tmp_path: Path) -> None:
    assert found(tmp_path / "a", ("drift", *WAGES, 30)) == set()
    assert found(tmp_path / "b", ("drift", *WAGES, 31)) == {"110", "E04"}
    assert found(tmp_path / "c", ("balanse", "10", "320", 10)) == set()
    assert found(tmp_path / "d", ("balanse", "10", "320", 11)) == {"125"}


@pytest.mark.parametrize(("control", "account"), [("180", "investering"), ("185", "drift")])
def test_cooperation_between_counties(tmp_path: Path, control: str, account: str) -> None:
    kind = "230" if account == "investering" else "010"
    for amount, expected in ((30, set()), (-30, set()), (31, {control}), (-31, {control})):
        posts = shift(account, "465", kind, amount, ("520", kind))
        assert found(tmp_path / str(amount), *posts, form="0C", region="110000") == expected


@pytest.mark.parametrize(("amount", "fires"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize("chapter", ["5900", "5970"])
def test_016_shortfall_chapters_are_not_negative(
    tmp_path: Path, chapter: str, amount: int, *, fires: bool
) -> None:
    assert ("016" in found(tmp_path, ("balanse", chapter, "080", amount))) is fires


def test_one_sided_accounts(tmp_path: Path) -> None:
    """Accounts that hold one side only break the controls of presence, and of netting to zero."""
    cost = ("drift", "010", "590", "540", "570")
    assert {"100", "110"} <= found(tmp_path / "100", without=cost)
    assert {"105", "110", "130", "135"} <= found(
        tmp_path / "105", without=("870", "800", "600", "990")
    )
    assert {"085", "095"} <= found(tmp_path / "085", without=("230",))
    assert {"090", "095"} <= found(tmp_path / "090", without=("729", "970", "910"))
    assert {"115", "125"} <= found(tmp_path / "115", without=("10",))
    assert {"120", "125"} <= found(tmp_path / "120", without=("56",))
    # zero is neither above nor below
    even = found(
        tmp_path / "null", ("investering", "222", "230", -500), ("investering", "880", "910", 500)
    )
    assert {"085", "090"} <= even


def test_an_account_that_is_not_there_is_not_asked_for(tmp_path: Path) -> None:
    bare = found(tmp_path, ("drift", "880", "540", 40), without=("230", "729", "970", "910", "570"))
    assert bare == set()


def test_145_and_150_fire_where_entries_cancel_among_themselves(tmp_path: Path) -> None:
    counter = [("drift", "860", "990", 50), ("drift", *WAGES, -50)]
    assert {"145", "155"} <= found(tmp_path / "a", *counter)
    depreciation = [("drift", SERVICE, "590", -50), ("drift", *WAGES, 50)]
    assert {"150", "155"} <= found(tmp_path / "b", *depreciation)
    gone = found(tmp_path / "c", without=("590", "990"))
    assert gone == set(), "without any entries neither fires"


class TestOslo:
    @pytest.mark.parametrize(("control", "account"), [("126", "drift"), ("127", "investering")])
    def test_internal_trade_cancels(self, tmp_path: Path, control: str, account: str) -> None:
        kind = "010" if account == "drift" else "230"
        for amount, fires in ((10, False), (-10, False), (11, True), (-11, True)):
            posts = shift(account, "251", "298", amount, (SERVICE, kind))
            there = found(tmp_path / f"{account}{amount}", *posts, region=OSLO)
            assert (control in there) is fires, amount

    def test_other_municipalities_may_not_use_the_arts_at_all(self, tmp_path: Path) -> None:
        posts = shift("drift", "251", "298", 500, WAGES)
        there = found(tmp_path, *posts)
        assert "126" not in there
        assert "012" in there

    def test_from_2025_the_control_is_of_the_districts_and_only_warns(self, tmp_path: Path) -> None:
        posts = shift("drift", "251", "298", 11, WAGES)
        assert "126" not in found(tmp_path / "by", *posts, region=OSLO, year=2025)
        assert "126" in found(tmp_path / "bydel", *posts, region=DISTRICT, year=2025)
        assert "126" not in found(tmp_path / "bydel24", *posts, region=DISTRICT, year=2024)

    def test_districts_need_not_add_up(self, tmp_path: Path) -> None:
        """A district has no taxes, no funds and no result of its own: only its records are controlled."""
        alone = found(
            tmp_path,
            ("drift", "870", "590", 7),
            ("drift", "290", "010", 99),
            without=("870", "800", "990", "540", "570", "970", "910", "600"),
            region=DISTRICT,
        )
        assert alone == set()


class TestTaxAndGrant:
    """Control 130 lets off Longyearbyen and districts; 135 lets off Frøya as well."""

    @pytest.mark.parametrize(
        ("region", "tax", "grant"),
        [
            ("110300", True, True),
            (FROEYA, True, False),
            (LONGYEARBYEN, False, False),
            (DISTRICT, False, False),
            (OSLO, True, True),
        ],
    )
    def test_who_is_let_off(self, tmp_path: Path, region: str, *, tax: bool, grant: bool) -> None:
        no_tax = found(
            tmp_path / "skatt", ("drift", "840", "800", -600), without=("870",), region=region
        )
        no_grant = found(
            tmp_path / "ramme", ("drift", "222", "600", -300), without=("840",), region=region
        )
        assert ("130" in no_tax) is tax
        assert ("135" in no_grant) is grant

    def test_a_positive_sum_is_no_tax(self, tmp_path: Path) -> None:
        assert "130" in found(tmp_path, ("drift", "800", "870", 600), ("drift", "222", "600", -600))


def test_190_is_stricter_from_2025(tmp_path: Path) -> None:
    for amount, fires in ((10, False), (11, True), (-10, False), (-11, True)):
        posts = shift("balanse", "9100", "080", amount, FUND)
        assert ("190" in found(tmp_path / str(amount), *posts, year=2025)) is fires
