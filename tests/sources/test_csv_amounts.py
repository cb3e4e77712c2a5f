"""Amounts of a ledger as CSV: as systems write them, in the unit that the heading names."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.kostra import csv_amounts, delivery
from tests.helpers.accounts import findings_of
from tests.helpers.csv_ledgers import HEADER, as_csv

pytestmark = pytest.mark.slow  # all of them together


@pytest.mark.parametrize(
    ("unit", "text", "thousands"),
    [
        ("kr", "1000", 1),
        ("kr", "1 234 567,50", 1235),
        ("kr", "1\u202f234\u00a0567", 1235),
        ("kr", "1.234.567", 1235),
        ("kr", "1.234.567,89", 1235),
        ("kr", "1234567.89", 1235),
        ("kr", "-500", -1),
        ("kr", "\u2212500", -1),
        ("kr", "499,99-", 0),
        ("kr", "(1 500)", -2),
        ("kr", "- 1500", -2),
        ("kr", "999 999 999 499", 999_999_999),
        ("1000 kr", "12", 12),
        ("1000 kr", "12,5", 13),
        ("1000 kr", "-12,49999", -12),
        ("kr", "150.000", 150),  # øre have two digits
        ("kr", "150,000", 150),
        ("kr", "1,234,567.50", 1235),
        ("1000 kr", "1,234,567", 1_234_567),
        ("1000 kr", "1.234,567", 1235),
        ("1000 kr", "1234,567", 1235),
        ("1000 kr", "0,750", 1),  # no group begins with a zero
    ],
)
def test_amounts_as_norwegian_systems_write_them(unit: str, text: str, thousands: int) -> None:
    read = csv_amounts.read(pl.Series([text]), unit)
    value = csv_amounts.rounded(pl.col("hele"), pl.col("rest"))
    assert read.select(value).to_series().to_list() == [thousands]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "12 34",
        "--5",
        "(5-",
        "1 000 000 000 000",
        "1.23.456",
        "1,234.567",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert csv_amounts.read(pl.Series([text]), "kr").row(0) == (None, None)


@pytest.mark.parametrize("sign", [".", ","])
@pytest.mark.parametrize(
    ("unit", "texts", "expected"),
    [
        ("1000 kr", ["150,000"], None),  # alone it may be either
        ("1000 kr", ["150,000", "1,150,000"], 150_000),
        ("1000 kr", ["150,000", "1,150.5"], 150_000),
        ("1000 kr", ["150,000", "2.5"], 150_000),
        ("1000 kr", ["150,000", "2,5"], 150),
        ("1000 kr", ["150,000", "0,125"], 150),
        ("1000 kr", ["150,000", "1234,125"], 150),
        ("1000 kr", ["150,000", "1.234.567"], 150),
        ("1000 kr", ["150,000", "1 234"], 150),
        ("1000 kr", ["150,000", "1,150,000", "2,5"], None),  # the file contradicts itself
        ("1000 kr", ["150,000", "2.5", "2,5"], None),
        ("kr", ["150,000", "1,150,000"], 150),
        ("kr", ["150,000", "2.50"], 150),
        ("kr", ["150,000", "2,50"], None),  # decimals, and of øre there are two
        ("kr", ["150,000", "1234,500"], None),
        ("kr", ["150,000", "2.50", "2,50"], None),
    ],
)
def test_a_sign_before_three_digits_is_what_the_others_are(
    sign: str, unit: str, texts: list[str], expected: int | None
) -> None:
    swapped = str.maketrans({",": sign, ".": "," if sign == "." else "."})
    whole, rest = csv_amounts.read(
        pl.Series([text.translate(swapped) for text in texts]), unit
    ).row(0)
    assert (whole, rest) == ((expected, 0) if expected is not None else (None, None))


def test_an_amount_that_may_be_two_is_found(known: Path) -> None:
    text = HEADER.replace("_kr", "_1000_kr") + "\n2024;1103;1;222;;010;;150,000\n"
    found = findings_of(as_csv(known, text))
    assert found.filter(kontroll="014")["funnet"].to_list() == ["150,000"]


def test_kroner_are_summed_before_they_are_rounded(known: Path) -> None:
    text = HEADER + "\n" + "2024;1103;1;222;;010;;400,25\n" * 5
    records = delivery.read(as_csv(known, text), 2024, "kasse").records
    assert records["belop"].to_list() == [2]
    assert records["linje"].to_list() == [2]
