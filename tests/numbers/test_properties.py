"""What must hold for any accounts: the order, the split and the scale of records change no share."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sources.kostra.records import read_records
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.accounts import control_years
from kommuneregnskap.tables import units
from tests.helpers.accounts import Post, deliver, lines, sound
from tests.helpers.examples import examples

pytestmark = pytest.mark.varied

REGIONS = [
    "1103",
    "4601",
    "5001",
    "1106",
    "3301",
    "5601",
]  # large enough for amounts ten times as large (E11)
LIMIT = 9_999_999  # leaves room for ten-fold amounts in a field of nine characters
KEY = ["aar", "region", "regnskapsomfang", "begrep", "tjenesteomraade"]
# A survey is read, controlled and evaluated for each example: fewer of them by day, all different.
PROPERTY = settings(
    max_examples=examples(day=5, night=100),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def accounts(draw: st.DrawFn) -> list[Post]:
    """Accounts that break no control: any services and funds, the disposition closes them."""
    amount = st.integers(1, LIMIT // 100)
    services = draw(
        st.lists(
            st.sampled_from(["120", "202", "222", "253", "281", "340"]), min_size=1, max_size=4
        )
    )
    posts: list[Post] = [
        (account, service, art, draw(amount) * sign)
        for service in services
        for account, art, sign in (
            ("drift", "010", 1),
            ("drift", "600", -1),
            ("investering", "230", 1),
        )
    ]
    posts += [("drift", "800", "870", -draw(amount)), ("drift", "840", "800", -draw(amount))]
    posts += [("drift", "870", "500", draw(amount)), ("drift", "880", "530", draw(amount))]
    operating = sum(post[3] for post in posts if post[0] == "drift")
    posts.append(("drift", "880", "540" if operating < 0 else "940", -operating))
    investing = sum(post[3] for post in posts if post[0] == "investering")
    posts.append(("investering", "880", "910", -investing))
    fund = draw(st.integers(0, LIMIT))
    posts += [("balanse", "10", "320", fund + 1), ("balanse", "56", "080", -fund)]
    return [*posts, ("balanse", "5990", "080", -1)]


SURVEY = st.dictionaries(st.sampled_from(REGIONS), accounts(), min_size=1, max_size=4)
Accounts = dict[str, list[Post]]


@contextmanager
def delivered(texts: list[list[str]], year: int = 2024) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    try:
        for place, text in enumerate(texts):
            deliver(folder, text, year=year, name=f"{place}.txt")
        yield folder
    finally:
        shutil.rmtree(folder)


def texts_of(asked: Accounts, factor: int = 1) -> list[list[str]]:
    return [
        lines([(*post[:3], post[3] * factor) for post in posts], region=region + "00")
        for region, posts in asked.items()
    ]


def ledger_of(texts: list[list[str]]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return poster, balanse and the indicators of a delivery, with who was stopped left out."""
    with delivered(texts) as folder:
        found = opening.open_survey(year=2024, source="kostra", data_dir=str(folder))
        assert found.utelatt.is_empty()
        return found.poster.collect(), found.balanse.collect(), found.indikatorer.sort(KEY)


def numbers_of(texts: list[list[str]]) -> pl.DataFrame:
    with delivered(texts) as folder:
        found = opening.open_survey(year=2024, source="kostra", data_dir=str(folder))
        return compute(found)


def same(one: tuple[pl.DataFrame, ...], other: tuple[pl.DataFrame, ...]) -> bool:
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


@PROPERTY
@given(SURVEY, st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_order_of_files_and_lines_changes_nothing(
    asked: Accounts, chance: random.Random, files: int
) -> None:
    """One file a unit, or every unit's lines shuffled over files of whole forms."""
    texts = texts_of(asked)
    forms = [[line for line in text if line[:2] == form] for text in texts for form in ("0A", "0B")]
    chance.shuffle(forms)
    mixed = [[line for form in forms[place::files] for line in form] for place in range(files)]
    for text in mixed:
        chance.shuffle(text)
    assert same(ledger_of(texts), ledger_of([text for text in mixed if text]))


@PROPERTY
@given(SURVEY, st.data())
def test_a_record_split_in_two_changes_nothing(asked: Accounts, data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(sorted(asked)))
    place = data.draw(st.integers(0, len(asked[region]) - 1))
    part = data.draw(st.integers(-LIMIT, LIMIT))
    account, function, art, amount = asked[region][place]
    halves: list[Post] = [(account, function, art, part), (account, function, art, amount - part)]
    split = asked[region][:place] + halves + asked[region][place + 1 :]
    assert same(ledger_of(texts_of(asked)), ledger_of(texts_of(asked | {region: split})))


@PROPERTY
@given(SURVEY, st.integers(2, 10))
def test_scale_moves_every_krone_and_no_percentage(asked: Accounts, factor: int) -> None:
    before, after = (ledger_of(texts_of(asked, by))[2] for by in (1, factor))
    assert after.equals(before.with_columns(belop=pl.col("belop") * factor))
    small, large = (numbers_of(texts_of(asked, by)) for by in (1, factor))
    both = small.join(large, on=["id", "aar"], suffix="_stor", nulls_equal=True)
    assert len(both) == len(small) == len(large)
    krone = pl.col("enhet").cast(pl.String).is_in(["mrd_kr", "kr"])
    wanted = pl.when(krone).then(pl.col("verdi") * factor).otherwise("verdi")
    wrong = both.filter(
        (pl.col("verdi").is_null() != pl.col("verdi_stor").is_null())
        | ((pl.col("verdi_stor") - wanted).abs() > 1e-9 * (1 + wanted.abs()))
    )
    # A change of sign in words is a number of kroner in disguise: its sign is what counts.
    wrong = wrong.filter(
        (pl.col("enhet").cast(pl.String) != "retning")
        | (pl.col("verdi").sign() != pl.col("verdi_stor").sign())
    )
    assert wrong.is_empty(), wrong


@PROPERTY
@given(SURVEY)
def test_the_sum_over_units_is_the_sum_over_files(asked: Accounts) -> None:
    """Straight from the posts, by hand, and of each unit's file on its own."""
    together = ledger_of(texts_of(asked))[2]
    alone = pl.concat(ledger_of([text])[2] for text in texts_of(asked))
    assert together.equals(alone.sort(KEY))
    total = together.filter(pl.col("begrep") == "disposisjonsfond")["belop"].sum()
    assert total == -sum(post[3] for posts in asked.values() for post in posts if post[1] == "56")


renumbered_2024 = tables.read("kommune_endring").filter(pl.col("aar") == 2024)


@PROPERTY
@given(st.data())
def test_renumbering_conserves_totals(data: st.DataObject) -> None:
    """Old and new numbers of a unit are one `kobling`, and no krone falls between them."""
    old = sorted(set(renumbered_2024["fra_nummer"]))
    chosen = data.draw(st.lists(st.sampled_from(old), min_size=1, max_size=5, unique=True))
    asked = {number: data.draw(accounts()) for number in chosen}
    texts = [lines(posts, region=f"{number}00", year=2023) for number, posts in asked.items()]
    with delivered(texts, year=2023) as folder:
        evaluated = control_years(folder, [2023], "kasse", "leverte")[2023].indikatorer
    linked = units.with_link(evaluated, 2023, 2024).collect()
    assert len(linked) == len(evaluated)
    sums = [evaluate.wide(frame, "aar").drop("aar") for frame in (evaluated, linked)]
    assert sums[0].equals(sums[1])
    valid_now = set(tables.valid("kommune", 2024)["kommunenummer"])
    assert set(linked["kobling"]) <= valid_now
    assert set(evaluated["region"]) == set(chosen)


def test_the_sound_accounts_are_what_the_properties_start_from(tmp_path: Path) -> None:
    """The frame of the examples itself: nothing is stopped, and nothing is empty."""
    poster, balanse, evaluated = ledger_of([lines(sound())])
    assert len(poster)
    assert len(balanse)
    assert len(evaluated)
    records = read_records([deliver(tmp_path, lines(sound())) / "2024" / "a.txt"])
    assert len(records.collect()) == len(sound())
