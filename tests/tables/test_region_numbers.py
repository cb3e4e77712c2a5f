"""Numbers of municipalities as systems write them, and which number a unit has in another year."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.tables import units
from kommuneregnskap.tables.region_numbers import four_digits, number_of


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0301", "0301"),
        (301, "0301"),
        ("301", "0301"),
        (301.0, "0301"),
        ("301,0", "0301"),
        ("K-0301", "0301"),
        ("K-301", "0301"),
        ("0301 Oslo", "0301"),
        (" 1804 ", "1804"),
        ("5612 Guovdageaidnu - Kautokeino", "5612"),
        ("Oslo", None),
        ("03", None),
        ("30100", None),
        ("301.5", None),
        ("0301 0", None),
        ("EKG11", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_has_four_digits_however_it_is_written(
    written: object, number: str | None
) -> None:
    assert number_of(written) == number


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.Int16, pl.String])
def test_a_column_of_any_kind_is_read(kind: type[pl.DataType]) -> None:
    column = pl.Series([301, 1804, None]).cast(kind)
    assert pl.select(four_digits(pl.lit(column))).to_series().to_list() == ["0301", "1804", None]


def test_a_unit_is_followed_across_its_numbers_and_not_across_a_split() -> None:
    """2024: Tromsø 5401 became 5501, Ålesund 1507 was split into 1508 and 1580, Bodø stayed."""
    then = dict(units.numbers_in(2024, 2023).iter_rows())
    assert then["5401"] == "5501"
    assert then["1804"] == "1804"
    assert then["0301"] == "0301"
    assert not {"1507", "1508", "1580"} & {*then, *then.values()}
    back = dict(units.numbers_in(2023, 2024).iter_rows())
    assert back["5501"] == "5401"
    same = dict(units.numbers_in(2024, 2024).iter_rows())
    assert same["1508"] == "1508"
    assert all(old == new for old, new in same.items())
