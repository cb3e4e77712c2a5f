"""Which section number a user means, and what is answered to one that there is not."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.numbers.asked import resolve
from kommuneregnskap.support.errors import UsageError

CLAIMS = pl.DataFrame({"id": ["k2024_a", "k2024_b"], "tall_id": ["sum.a.b", None]})
NUMBERS = ["sum.a.b", "sum.b.c", "sum.c.b", "rest.d"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sum.a.b", ("sum.a.b", "")),
        ("k2024_a", ("sum.a.b", "k2024_a")),
        ("sum.b.a", ("sum.a.b", "")),  # the same words in another order
        ("d.rest", ("rest.d", "")),
    ],
)
def test_a_number_is_found_by_its_id_a_claim_or_its_words(
    asked: str, found: tuple[str, str]
) -> None:
    assert resolve(asked, CLAIMS, NUMBERS) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("b.sum.c", "sum.b.c, sum.c.b"),  # two have these words
        ("sum.a.bb", "sum.a.b"),
        ("k2024_b", "context"),
        ("", "allowed"),
    ],
)
def test_an_unknown_number_is_answered_with_the_closest(asked: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        resolve(asked, CLAIMS, NUMBERS)
    assert "\n" not in str(error.value)
