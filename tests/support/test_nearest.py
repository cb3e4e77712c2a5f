"""What is nearest to a name that is mistyped, and the ways in which one is typed."""

from __future__ import annotations

import pytest

from kommuneregnskap.support.nearest import nearest, plain, spelt


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Bodø", "bodo"),
        ("  Våler  ", "valer"),
        ("Ål", "al"),
        ("Unjárga", "unjarga"),
        ("Porsáŋgu", "porsangu"),
        ("Værøy", "vaeroy"),
        ("Å\u030as", "as"),  # marks of their own, as some keyboards write them
    ],
)
def test_a_name_without_its_letters(name: str, typed: str) -> None:
    assert plain(name) == typed


def test_a_name_is_typed_in_several_ways() -> None:
    assert spelt("Bodø") == {"bodø", "bodo", "bodoe"}
    assert spelt("Ås") == {"ås", "as", "aas"}
    assert spelt("oslo") == {"oslo"}


def test_the_nearest_come_first_without_regard_to_case_and_letters() -> None:
    known = ["Bodø", "Bø", "Bokn", "Oslo"]
    assert nearest("BODO", known, most=1) == ["Bodø"]
    assert nearest("bokm", known, most=1) == ["Bokn"]
    assert nearest("xyz", known, least=0.6) == []
    assert len(nearest("xyz", known)) == 3
    assert nearest("bo", ["Bø", "BO"], most=1) == ["BO"]
