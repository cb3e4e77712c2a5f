"""Accounts as partitioned parquet, in a folder and on a real S3-compatible server: the same there as anywhere."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sources.kostra import delivery, ledger
from kommuneregnskap.sources.kostra.ledger import Ledger
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import store
from kommuneregnskap.tables import frames, invented
from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.s3_server import BUCKET, S3
from tests.helpers.steps import without_steps
from tests.helpers.stores import FRAMES, Ledgers, content, made, one_scope, overwrite, put

pytestmark = pytest.mark.slow  # all of them together

YEARS = (2023, 2024)


@pytest.fixture(scope="module")
def ledgers(demo_panel: Path) -> Ledgers:
    """The synthetic accounts of two years and one county, both scopes, as they are delivered."""
    county = invented.county_number(pl.col("region")) == str(invented.FIRST_COUNTY)
    return {
        year: Ledger(
            *(part.filter(county).collect().lazy() for part in (whole.poster, whole.balanse)),
            whole.delivered.filter(county),
        )
        for year in YEARS
        for whole in [ledger.accept(delivery.read(demo_panel, year, ""))]
    }


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a store: a folder with blank, æ and signs that a pattern knows, or a prefix of the bucket."""
    if request.param == "folder":
        return str(tmp_path / "lager [æ] uke=1")
    request.getfixturevalue("s3")
    return f"s3://{BUCKET}/{tmp_path.name} æ"


@pytest.mark.parametrize("scope", ["kasse", "konsolidert"])
def test_what_is_scanned_is_what_was_written(place: str, ledgers: Ledgers, scope: str) -> None:
    put(place, ledgers, scope)
    found = store.scan(place, YEARS, scope)
    for name, schema, frame in zip(FRAMES, (frames.Poster, frames.Balanse), found, strict=True):
        whole = pl.concat([one_scope(getattr(own, name), scope) for own in ledgers.values()])
        assert len(whole) > 1000
        assert_frame_equal(schema.validate(frame.collect()), whole)
        assert frame.collect_schema() == whole.schema
    assert store.years_there(place, scope) == list(YEARS)


codes = st.sampled_from(["0301", "1103", "5001"])
amounts = st.integers(-(2**62), 2**62)
posts = st.dictionaries(
    st.tuples(
        codes,
        st.sampled_from(["drift", "investering"]),
        st.sampled_from(["100", "222"]),
        st.sampled_from(["010", "870"]),
    ),
    amounts,
    max_size=6,
)
sheets = st.dictionaries(
    st.tuples(codes, st.sampled_from(["10", "9999"]), codes), amounts, max_size=4
)


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.dictionaries(st.integers(1990, 2030), st.tuples(posts, sheets), min_size=1, max_size=3)
)
def test_any_ledger_comes_back(tmp_path_factory: pytest.TempPathFactory, drawn: dict) -> None:
    """Also an empty one, the largest amounts, and years in any order."""
    place = str(tmp_path_factory.mktemp("lager"))
    written = {
        year: Ledger(
            made(frames.Poster, year, own), made(frames.Balanse, year, balance), pl.DataFrame()
        )
        for year, (own, balance) in drawn.items()
    }
    put(place, written)
    for index, name in enumerate(FRAMES):
        found = store.scan(place, list(written), "kasse")[index].collect()
        whole = pl.concat([getattr(own, name) for own in written.values()]).collect()
        assert_frame_equal(found, whole, check_row_order=False)


def test_evaluated_there_is_evaluated_here(place: str, ledgers: Ledgers) -> None:
    put(place, ledgers)
    told = store.evaluate_years(place, YEARS, place)
    found = store.scan_indicators(place, YEARS).collect()
    own = [
        evaluate.evaluate(*(one_scope(getattr(ledgers[year], name), "kasse").lazy() for name in FRAMES), year)
        for year in YEARS
    ]  # fmt: skip
    assert_frame_equal(frames.Indikatorer.validate(found), pl.concat(own))
    assert told["rader"].to_list() == list(map(len, own))
    assert set(told["regnskaper"]) == {"syntetiske"}


def test_other_years_and_scopes_are_not_opened(place: str, ledgers: Ledgers, s3_server: S3) -> None:
    put(place, ledgers)
    put(place, ledgers, "konsolidert")
    for frame in FRAMES:
        for year, scope in ((2023, "kasse"), (2024, "konsolidert")):
            overwrite(place, store.address(place, frame, year, scope), b"oppstykket", s3_server)
    poster, balanse = store.scan(place, [2024])
    assert_frame_equal(poster.collect(), one_scope(ledgers[2024].poster, "kasse"))
    assert_frame_equal(balanse.collect(), one_scope(ledgers[2024].balanse, "kasse"))
    assert len(store.evaluate_years(place, [2024], place)) == 1
    with pytest.raises(
        DataError,
        match=r"poster/aar=2023/.*: (cannot be read as parquet \(.*\)|is not as .*)\. Write the year again",
    ):
        store.scan(place, YEARS)


def test_a_filter_on_the_year_opens_that_year_alone(
    place: str, ledgers: Ledgers, s3_server: S3
) -> None:
    """The year is in the address: what is damaged after a scan was made is in nobody's way."""
    put(place, ledgers)
    poster, _ = store.scan(place, YEARS)
    overwrite(place, store.address(place, "poster", 2024, "kasse"), b"oppstykket", s3_server)
    found = poster.filter(pl.col("aar") == 2023).collect()
    assert_frame_equal(found, one_scope(ledgers[2023].poster, "kasse"))


def test_the_same_accounts_give_the_same_bytes(tmp_path: Path, s3: S3, ledgers: Ledgers) -> None:
    """In whatever order and pieces they come, in a folder and on a server."""
    own = ledgers[2024]
    mixed = Ledger(
        *(pl.concat([part.collect().sample(fraction=1, shuffle=True, seed=3).head(n), part.collect().join(
            part.collect().sample(fraction=1, shuffle=True, seed=3).head(n), on=part.collect().columns, how="anti")],
            rechunk=False).lazy() for part, n in ((own.poster, 1000), (own.balanse, 10))),
        own.delivered,
    )  # fmt: skip
    remote = f"s3://{BUCKET}/bytes"
    for place, each in ((str(tmp_path / "a"), own), (str(tmp_path / "b"), mixed), (remote, own)):
        put(place, {2024: each})
        store.evaluate_years(place, [2024], place)
    for frame in (*FRAMES, "indikatorer"):
        first, second, third = (
            content(store.address(place, frame, 2024, "kasse"), s3)
            for place in (str(tmp_path / "a"), str(tmp_path / "b"), remote)
        )
        assert first == second == third


def test_every_row_and_file_says_whose_accounts(
    place: str, ledgers: Ledgers, s3_server: S3
) -> None:
    put(place, {2024: ledgers[2024]})
    store.evaluate_years(place, [2024], place)
    for frame in (*FRAMES, "indikatorer"):
        file = content(store.address(place, frame, 2024, "kasse"), s3_server)
        assert set(pl.read_parquet(file)["regnskaper"]) == {"syntetiske"}
        assert pl.read_parquet_metadata(file)["regnskaper"] == "syntetiske"
    assert store.accounts_of(place, 2024, "kasse") == "syntetiske"


def test_parts_of_two_writes_are_refused(place: str, ledgers: Ledgers, s3_server: S3) -> None:
    """As a write leaves them that was broken off between the balance sheet and the postings."""
    put(place, {2024: ledgers[2024]})
    address = store.address(place, "poster", 2024, "kasse")
    former = content(address, s3_server)
    halved = ledgers[2024].poster.filter(pl.col("region") < "6120")
    put(place, {2024: Ledger(halved, ledgers[2024].balanse, ledgers[2024].delivered)})
    overwrite(place, address, former, s3_server)
    with pytest.raises(DataError, match="was not written together with a balance sheet") as found:
        store.scan(place, [2024])
    assert (
        "Write the year again: python -m kommuneregnskap partition --source … --years 2024"
        in str(found.value)
    )


def test_a_killed_write_leaves_whole_years(tmp_path: Path) -> None:
    years = [2021, 2022, 2023, 2024]
    for year in years:
        deliver(tmp_path / "filer", lines(grown(year), year=year), year=year)
    place = str(tmp_path / "lager")
    command = [sys.executable, "-m", "kommuneregnskap", "partition", "--years", "2021-2024"]
    command += ["--source", "kostra", "--data", "filer", "--to", place]
    first = Path(store.address(place, "balanse", 2021, "kasse"))
    with subprocess.Popen(command, cwd=tmp_path) as writer:
        deadline = time.monotonic() + 60
        while not first.is_file() and time.monotonic() < deadline:
            time.sleep(0.001)
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    there = store.years_there(place)
    assert there in ([], [2021])
    for year in there:
        assert len(store.scan(place, [year])[0].collect()) == 12
    with pytest.raises(UsageError, match="no kasse accounts of 2023"):
        store.scan(place, [*there, 2023])
    again = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert without_steps(again.stderr.decode()) == []
    assert store.years_there(place) == years
    assert len(store.scan(place, years)[0].collect()) == 12 * len(years)
