"""Numbers in sentences: words of precision, words of direction, conditions; the tables behind them."""

from __future__ import annotations

import shutil
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import wording
from kommuneregnskap.tables.schemas import review
from tests.conftest import PROJECT, add_row, edit_table

SAID = [
    (9.8, "prosent", 0, "nesten 10 prosent"),
    (9.5, "prosent", 0, "nesten 10 prosent"),
    (9.49, "prosent", 0, "over 9 prosent"),
    (9.84, "prosent", 0, "nesten 10 prosent"),
    (9.86, "prosent", 0, "knapt 10 prosent"),
    (9.95, "prosent", 0, "om lag 10 prosent"),
    (10.0, "prosent", 0, "10 prosent"),
    (10.03, "prosent", 0, "om lag 10 prosent"),
    (10.05, "prosent", 0, "vel 10 prosent"),
    (10.2, "prosent", 0, "vel 10 prosent"),
    (10.25, "prosent", 0, "over 10 prosent"),
    (10.4, "prosent", 0, "over 10 prosent"),
    (10.499999, "prosent", 0, "over 10 prosent"),
    (17.0000000001, "prosent", 0, "17 prosent"),
    (-0.61, "prosent", 1, "0,6 prosent"),
    (-3.71062, "mrd_kr", 1, "3,7 milliarder kroner"),
    (0.47631, "mrd_kr", 1, "over 476 millioner kroner"),
    (0.9996, "mrd_kr", 1, "nesten 1\u202f000 millioner kroner"),
    (13704.08, "kr", -2, "om lag 13\u202f700 kroner"),
    (60.0, "kr", -2, "60 kroner"),
    (0.6, "prosent", 0, "0,6 prosent"),
    (0.04, "prosent", 0, "0,04 prosent"),
    (0.0004, "prosent", 0, "nær null prosent"),
    (0.0, "prosent", 0, "0 prosent"),
    (99.7, "prosent", 0, "nesten 100 prosent"),
    (100.0, "prosent", 0, "100 prosent"),
]


@pytest.mark.parametrize(("value", "unit", "decimals", "said"), SAID)
def test_the_word_follows_the_rounding(value: float, unit: str, decimals: int, said: str) -> None:
    assert wording.worded_number(value, unit, decimals) == said


def test_every_distance_has_one_word() -> None:
    ranges = tables.read("ordvalg").filter(pl.col("nedre") < pl.col("oevre")).sort("nedre")
    ends = ranges.select("nedre", "oevre").rows()
    assert (ends[0][0], ends[-1][1]) == (-0.5, 0.5)
    assert all(before[1] == after[0] for before, after in pairwise(ends))


@given(
    st.floats(0.001, 1e6, allow_nan=False).map(lambda value: round(value, 6)),
    st.integers(0, 2),
)
def test_no_word_says_what_is_not_so(value: float, decimals: int) -> None:
    """«Nesten» and «knapt» stand before what is not reached, «vel» and «over» before what is passed."""
    word, _, rest = (
        wording.worded_number(value, "prosent", decimals).rpartition(" prosent")[0].rpartition(" ")
    )
    printed = Decimal(rest.replace("\u202f", "").replace(",", "."))
    exact = Decimal(repr(value))
    assert printed > 0
    assert abs(exact - printed) <= Decimal(1).scaleb(-decimals) / 2
    if word in ("nesten", "knapt"):
        assert exact < printed
    elif word in ("vel", "over"):
        assert exact > printed
    elif word == "":  # what has decimals says itself how exact it is
        assert exact == printed or "," in rest
    else:
        assert word == "om lag"
        assert abs(exact - printed) <= Decimal("0.05").scaleb(-decimals) + Decimal("1e-6")


def numbers(**values: float | None) -> wording.Numbers:
    """Percentages by id, dots written as double underscores."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    units = {name: "antall" if "antall" in name else "prosent" for name in named}
    areas = {"skole": "Skole", "vei": "Veier og gater"}
    return wording.Numbers(2024, named, units, areas, {"b.antall": 7})


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (2.0, "økte"),
        (0.05, "økte"),
        (0.049, "var uendret"),
        (0.0, "var uendret"),
        (-0.049, "var uendret"),
        (-0.05, "falt"),
        (-2.0, "falt"),
    ],
)
def test_the_direction_follows_the_sign_after_rounding(value: float, word: str) -> None:
    known = numbers(x__y=value)
    assert wording.filled("Det {x.y:1|økte|falt|var uendret}.", known) == f"Det {word}."


def test_what_a_placeholder_can_say() -> None:
    known = numbers(
        a__rang__skole=1.0, a__rang__vei=2.0, a__rang_lavest__vei=1.0, a__del__skole=12.34,
        a__del__vei=-7.0, a__antall=1.0, b__antall=2.0,
    )  # fmt: skip
    for sentence, said in {
        "{navn:a.del.@1} og {navn:a.del.@2}": "skole og veier og gater",
        "{a.del.@1:1} {a.del.@-1}": "12,3 prosent \u22127,0 prosent",
        "{abs:a.del.vei:0}": "7 prosent",
        "{tell:a.antall|kommune|kommuner}, {tell:b.antall|kommune|kommuner}": "1 kommune, 2 kommuner",
        "{tall:b.antall} år på rad av {av:b.antall}": "to år på rad av 7",
        "{aar} og {fjor}": "2024 og 2023",
        "{a.del.vei|opp|ned}": "ned",
        "{a.del.vei:0|pluss |minus |}{abs:a.del.vei:0}": "minus 7 prosent",
    }.items():
        assert wording.filled(sentence, known) == said


def test_a_sentence_that_lacks_a_number_is_none() -> None:
    known = numbers(a__x=None, b__rang__skole=1.0, b__rang__vei=1.0, b__x__skole=1.0)
    assert wording.filled("Det er {a.x}.", known) is None
    assert wording.filled("{navn:b.x.@1} er størst", known) is None, "two share the first place"
    assert wording.filled("{navn:b.x.@7} er nummer sju", known) is None
    with pytest.raises(KeyError, match=r"a\.z"):
        wording.filled("Det er {a.z}.", known)


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("a.x:1 < 0", -0.05, True),
        ("a.x:1 < 0", -0.04, False),
        ("a.x:1 = 0", -0.04, True),
        ("a.x = 0", -0.04, False),
        ("a.x:0 > 50", 50.4, False),
        ("a.x:0 > 50", 50.5, True),
        ("a.x:1 != 0", 0.05, True),
        ("a.x > -2; a.x < 2", 1.0, True),
        ("a.x > -2; a.x < 2", 2.0, False),
        ("a.x > -2", None, False),
        ("a.x = 0", None, False),
    ],
)
def test_a_condition_is_held_against_the_rounded_number(
    condition: str, value: float | None, holds: bool
) -> None:
    assert wording.holds(condition, numbers(a__x=value)) is holds


@pytest.mark.parametrize(
    ("column", "value"), [("vilkaar", "fond.pst er stor"), ("slag", "avsnitt"), ("setning", None)]
)
def test_a_row_that_is_no_sentence_is_refused_with_its_line(
    tmp_path: Path, column: str, value: str | None
) -> None:
    row = {"nr": "900", "slag": "setning", "avsnitt": "x", "vilkaar": None, "setning": "Ja."}
    file = tmp_path / "pressemelding.csv"
    shutil.copy(PROJECT / "data/definitions" / file.name, file)
    edit_table(file, lambda table: add_row(table, **{**row, column: value}))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=rf"pressemelding\.csv:\d+: {column} is"):
        tables.read_csv(file, review.Pressemelding)
