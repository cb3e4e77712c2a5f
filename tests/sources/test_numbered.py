"""Codes as numbers: in the order of the texts, alone and together, however many there could be of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.kostra import numbered, records
from kommuneregnskap.sources.kostra.numbered import CODES, Numbered, combined
from kommuneregnskap.survey import accounts
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.csv_ledgers import HEADER, as_csv

ROWS = pl.DataFrame(
    [
        ("0B", "110300", "2", "10", "320"),
        ("0A", "110300", "1", "222", "010"),
        ("0A", "110100", "1", "100", "600"),
        ("0A", "110100", "0", "100", None),
    ],
    schema=dict.fromkeys(CODES, pl.String),
    orient="row",
)


def keys(*names: str) -> list[int]:
    found = Numbered.of(ROWS)
    return found.places.select(found.key(*names)).to_series().to_list()


def test_a_key_has_the_order_of_the_columns() -> None:
    # Three texts of each column, the missing one last: 0A 0B –; 0 1 2 –. «100» comes after «10».
    assert keys("skjema") == [1, 0, 0, 0]
    assert keys("funksjon_kapittel") == [0, 2, 1, 1]
    assert keys("skjema", "kontoklasse") == [1 * 4 + 2, 1, 1, 0]
    assert keys("art_sektor") == [1, 0, 2, 3]


def test_the_row_of_each_pair_is_its_key() -> None:
    found = Numbered.of(ROWS)
    every = found.every("skjema", "kontoklasse")
    pairs = ROWS.select("skjema", "kontoklasse").rows()
    assert [every.row(key) for key in keys("skjema", "kontoklasse")] == pairs


def test_numbers_of_cut_lines_are_those_of_their_fields() -> None:
    text = "\n".join([*lines(sound()), *lines(sound("0C"), form="0C", region="110000")]).encode()
    cut = records.cut(records.lines_of([("a.txt", text)], [records.lines_in(text)]))
    at_once, row_by_row = Numbered.cut(cut), Numbered.of(cut.typed())
    assert at_once.places.equals(row_by_row.places)
    for name in CODES:
        assert at_once.texts[name].to_list() == row_by_row.texts[name].to_list()


@pytest.mark.parametrize("size", [10, 2**32, 2**62])
def test_a_key_is_exact_however_many_there_could_be(size: int) -> None:
    frame = pl.DataFrame({"a": [0, 1, 1], "b": [size - 1, 0, size - 1]})
    key = frame.select(combined([(pl.col("a"), 2), (pl.col("b"), size)])).to_series()
    assert key.to_list() == [size - 1, size, 2 * size - 1]
    assert key.dtype == (pl.Int64 if 2 * size < numbered.LARGEST else pl.Int128)


def test_a_year_with_too_many_codes_for_small_numbers_is_read_and_controlled_alike(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [("drift", "222", "800", -5), ("drift", "229", "010", 0), ("drift", "22x", "010", 5)]
    for year in (2023, 2024):
        deliver(known, lines([*sound(), *wrong] * 2, year=year), year=year)
        deliver(known, lines(sound(), year=year, region="114600"), year=year, name="b.txt")
    as_csv(known, f"{HEADER}\n2024;1146;1;222;;010;;5000\n2024;1146;1;222;;010;;1700\n")
    usual = accounts.control_years(known, [2023, 2024], "", "leverte")
    monkeypatch.setattr(numbered, "LARGEST", 1)
    large = accounts.control_years(known, [2023, 2024], "", "leverte")
    assert {"015", "080", "E02", "E12", "010"} <= set(usual[2024].kontroll["kontroll"])
    for year, found in usual.items():
        for name in accounts.FIELDS:
            assert getattr(found, name).equals(getattr(large[year], name)), (year, name)
