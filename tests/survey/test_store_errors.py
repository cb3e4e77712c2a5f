"""The commands on partitioned parquet, and one line for the user: what, what is allowed, what to do."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from kommuneregnskap.cli.app import app
from kommuneregnskap.sources.kostra.ledger import Ledger
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey import store
from kommuneregnskap.tables import frames
from tests.helpers import tampering
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.s3_server import BUCKET, S3
from tests.helpers.steps import without_steps
from tests.helpers.stores import FRAMES, Ledgers, content, made, overwrite, put


@pytest.fixture
def ledgers() -> Ledgers:
    """One year of one post."""
    rows = {("1103", "drift", "222", "010"): 5}
    own = Ledger(made(frames.Poster, 2022, rows), made(frames.Balanse, 2022, {}), pl.DataFrame())
    return {2022: own}


def test_the_commands_say_what_is_invented(s3: S3, demo_panel: Path, tmp_path: Path) -> None:
    place = f"s3://{BUCKET}/kommando"
    invented = "synthetic accounts: invented, they say nothing of any municipality"
    run = CliRunner().invoke(app, ["partition", "--years", "2024", "--to", place])
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith(f"{place}: 2024 kasse, ")
    assert run.output.endswith(f"; {invented}\n")
    values = str(tmp_path / "verdier")
    run = CliRunner().invoke(app, ["evaluate", "--from", place, "--years", "2024", "--to", values])
    assert run.exit_code == 0, run.output
    assert run.output.endswith(f"; {invented}\n")
    assert set(store.scan_indicators(values, [2024]).collect()["aar"]) == {2024}


def test_delivered_accounts_are_not_called_invented_and_errors_stay_out(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "filer", lines(sound()))
    wrong = [post for post in sound() if post[2] != "590"]  # nothing is depreciated, nor in balance
    deliver(folder, lines(wrong, region="110600"), name="b.txt")
    place = str(tmp_path / "lager")
    run = CliRunner().invoke(
        app, ["partition", "--source", "kostra", "--data", str(folder), "--to", place]
    )
    assert run.exit_code == 0, run.output
    assert run.stdout == f"{place}: 2024 kasse, rows: 16, units in a year: up to 1\n"
    assert "1 of 1: 2024" in run.stderr.splitlines()
    assert without_steps(run.stderr) == [
        "2024: kept out by the controls: 1, see make validate YEAR=2024"
    ]
    assert set(store.scan(place, [2024])[0].collect()["region"]) == {"1103"}
    assert store.accounts_of(place, 2024, "kasse") == "leverte"


def said_of(function: Callable[[], object]) -> str:
    with pytest.raises(KommuneregnskapError) as found:
        function()
    line = str(found.value)
    assert len(line.splitlines()) == 1
    return line


@pytest.fixture
def small(tmp_path: Path, ledgers: Ledgers) -> str:
    """A store with one year."""
    place = str(tmp_path / "lager")
    put(place, ledgers)
    return place


def test_a_year_that_is_not_there(small: str) -> None:
    said = said_of(lambda: store.scan(small, [2022, 2019]))
    assert said == (
        f"no kasse accounts of 2019 in {small}, which has kasse accounts of 2022. Write them: "
        f"python -m kommuneregnskap partition --source … --years 2019 --scope kasse --to {small}"
    )


def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    said = said_of(lambda: store.scan(str(tmp_path), [2024]))
    assert said.startswith(
        f"no kasse accounts of 2024 in {tmp_path}, which is no store, or has no kasse accounts."
    )


def test_parquet_of_others(tmp_path: Path) -> None:
    for frame in FRAMES:
        file = Path(store.address(str(tmp_path), frame, 2024, "kasse"))
        file.parent.mkdir(parents=True)
        pl.DataFrame({"a": [1]}).write_parquet(file)
    said = said_of(lambda: store.scan(str(tmp_path), [2024]))
    assert said == (
        f"{store.address(str(tmp_path), 'poster', 2024, 'kasse')}: is not as it was written, or was written by "
        "another program or version. Write the year again."
    )


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.night)])
def test_a_flipped_bit_in_a_part_is_one_line_and_never_other_rows(small: str, count: int) -> None:
    store.evaluate_years(small, [2022], small)
    for file, seed in tampering.bits(Path(small), count, seed=3):
        whole = file.read_bytes()
        flipped = tampering.flipped(file, random.Random(seed))
        read = store.scan_indicators if "indikatorer" in flipped else store.scan
        said = said_of(lambda read=read: read(small, [2022]))
        assert "is not as it was written" in said, flipped
        file.write_bytes(whole)


@pytest.mark.parametrize("way", tampering.WAYS, ids=lambda way: way.__name__)
def test_a_part_that_was_tampered_with_is_one_line(small: str, way: tampering.Way) -> None:
    file = Path(store.address(small, "balanse", 2022, "kasse"))
    way(file)
    if way is tampering.linked:
        assert store.scan(small, [2022])[1].collect().is_empty(), "the same bytes"
    else:
        said_of(lambda: store.scan(small, [2022]))


def test_other_rows_in_object_storage_are_not_evaluated(s3: S3, ledgers: Ledgers) -> None:
    """Of bytes it answers for itself; who writes other rows under the notes of the former is told from them."""
    place = f"s3://{BUCKET}/andre"
    put(place, ledgers)
    address = store.address(place, "poster", 2022, "kasse")
    notes = store.object_storage.notes(address)
    assert notes is not None
    other = pl.read_parquet(content(address, s3)).with_columns(belop=pl.lit(6, pl.Int64))
    buffer = io.BytesIO()
    other.write_parquet(
        buffer, metadata={name: notes[name] for name in notes if name != "ARROW:schema"}
    )
    overwrite(place, address, buffer.getvalue(), s3)
    said = said_of(lambda: store.evaluate_years(place, [2022], place))
    assert "was not written together with a balance sheet" in said


@pytest.mark.parametrize(
    "place",
    [
        "",
        "ftp://vert/mappe",
        "s3://",
        "s3:///lager",
        "s3://Ikke Gyldig/lager",
        "http://vert/lager",
    ],
)
def test_a_place_that_is_none(place: str, ledgers: Ledgers) -> None:
    expected = f"is {place!r}; allowed: a folder, or s3://bucket/prefix"
    assert said_of(lambda: store.scan(place, [2024])) == f"FROM {expected}"
    assert said_of(lambda: put(place, ledgers)) == f"TO {expected}"


def test_a_file_is_no_store(tmp_path: Path, ledgers: Ledgers) -> None:
    file = tmp_path / "fil.parquet"
    file.touch()
    assert "which is a file; allowed: a folder" in said_of(lambda: put(str(file), ledgers))


@pytest.mark.parametrize("scope", ["konsern", "", "kasse/../x"])
def test_a_scope_that_is_none(small: str, scope: str) -> None:
    said = said_of(lambda: store.scan(small, [2022], scope))
    assert said == f"SCOPE is {scope!r}; allowed: kasse, konsolidert"


def test_no_year_asked_for(small: str) -> None:
    said = said_of(lambda: store.scan(small, []))
    assert said == "YEARS is empty; allowed: years such as 2024 or 2021-2024"


def test_a_missing_bucket(s3: S3, ledgers: Ledgers) -> None:
    expected = f"{s3.url} has no bucket 'finnesikke'; make it there, or name another"
    assert said_of(lambda: put("s3://finnesikke/a", ledgers)) == expected
    assert said_of(lambda: store.scan("s3://finnesikke/a", [2024])) == expected


def test_an_empty_bucket(s3: S3) -> None:
    said = said_of(lambda: store.scan(f"s3://{BUCKET}/tom", [2024]))
    assert f"no kasse accounts of 2024 in s3://{BUCKET}/tom, which is no store" in said


def test_no_access(s3: S3, ledgers: Ledgers) -> None:
    place = f"s3://{BUCKET}/laast"
    with s3.locked():
        for said in (
            said_of(lambda: put(place, ledgers)),
            said_of(lambda: store.scan(place, [2024])),
        ):
            assert said.startswith(f"{s3.url} gives no access to {place}/")
            assert said.endswith(
                "(InvalidAccessKeyId); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what "
                "they may do there"
            )


def test_no_server(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    start = time.monotonic()
    said = said_of(lambda: store.scan(f"s3://{BUCKET}/a", [2024]))
    assert time.monotonic() - start < 8
    assert said == (
        "http://127.0.0.1:9 does not answer as object storage (Connection refused); "
        "check AWS_ENDPOINT_URL, and try again"
    )


def test_an_endpoint_that_is_no_address(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "127.0.0.1:9000")
    said = said_of(lambda: store.scan(f"s3://{BUCKET}/a", [2024]))
    assert said.startswith("AWS_ENDPOINT_URL is '127.0.0.1:9000'; allowed: the address of a server")


def test_no_keys(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    said = said_of(lambda: store.scan(f"s3://{BUCKET}/a", [2024]))
    assert said.startswith(f"s3://{BUCKET}/a needs AWS_SECRET_ACCESS_KEY in the environment")


def test_a_source_without_the_year(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        app, ["partition", "--years", "2018,2024", "--to", str(tmp_path / "x")]
    )
    assert str(run.exception).startswith("YEARS is 2018; ")
    assert "has account files of 2020-2025" in str(run.exception)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("years", "said"), [("i fjor", "YEARS is 'i fjor'; "), ("2024-2021", "YEARS is empty; ")]
)
def test_years_that_are_none(tmp_path: Path, years: str, said: str) -> None:
    for words in (["partition"], ["evaluate", "--from", str(tmp_path)]):
        run = CliRunner().invoke(app, [*words, "--years", years, "--to", str(tmp_path / "x")])
        assert str(run.exception).startswith(said)


def test_on_the_terminal(s3: S3) -> None:
    place = "s3://finnesikke"
    run = subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", "evaluate", "--from", place, "--to", place],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert (run.returncode, run.stdout) == (1, "")
    message = f"{s3.url} has no bucket 'finnesikke'; make it there, or name another"
    assert without_steps(run.stderr) == [f"Error: {message}"]


def test_values_of_other_accounts_or_definitions_are_refused(
    small: str, ledgers: Ledgers, project: Path
) -> None:
    (year,) = ledgers
    asked = [year]
    again = f"python -m kommuneregnskap evaluate --years {year} --scope kasse --from {small} --to {small}"
    none = said_of(lambda: store.scan_indicators(small, asked))
    assert none == f"no values of {year}, kasse, in {small}. Evaluate the accounts: {again}"
    store.evaluate_years(small, asked, small)
    assert store.scan_indicators(small, asked).collect().height > 0
    file = store.address(small, "indikatorer", year, "kasse")
    with (project / "data/definitions/indicators.csv").open("a", encoding="utf-8") as table:
        table.write("\n")
    stale = said_of(lambda: store.scan_indicators(small, asked))
    assert stale == (
        f"{file}: was evaluated by other definitions than those of now. Evaluate again: {again}"
    )
    own = ledgers[year]
    twice = Ledger(own.poster.with_columns(pl.col("belop") * 2), own.balanse, own.delivered)
    put(small, {year: twice})
    other = said_of(lambda: store.scan_indicators(small, asked))
    assert other == (
        f"{file}: was evaluated from other accounts than stand there now. Evaluate them: {again}"
    )
