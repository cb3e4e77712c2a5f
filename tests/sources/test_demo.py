"""The demo panel: what it says does not change, and it meets every target."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from math import inf
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources import demo
from kommuneregnskap.sources.demo import fresh
from kommuneregnskap.sources.kostra.records import read_records
from kommuneregnskap.support.errors import DataError
from tests.helpers import demo_accounts, tampering
from tests.helpers.demo_accounts import PROJECT, YEARS
from tests.helpers.demo_numbers import numbers
from tests.helpers.examples import by_day
from tests.helpers.real_numbers import invented_number

pytestmark = pytest.mark.slow  # all of them together

# The sha256 of the sorted records and respondents. A change here means that the panel says something
# else than before: say so in CHANGELOG.md and regenerate reports/2024/demo.
CONTENT = "aa4e7cd4b8dc68aaf95c4241560f323a2d37e22185f4241d57d61a5cc7ca445b"

# The one that is divided in 2024 as Ålesund was, and its two parts.
AALESUND = [invented_number(real) for real in ("1507", "1508", "1580")]
TARGETS = pl.read_csv(PROJECT / "data/demo/targets.csv", schema_overrides={"verdi": pl.Float64})


@pytest.fixture(scope="session")
def computed(demo_panel: Path) -> dict[tuple[str, int], float]:
    return numbers(demo_panel)


def test_content_is_what_it_was(demo_panel: Path) -> None:
    assert demo.content_hash(demo_panel) == CONTENT


@pytest.mark.parametrize("threads", by_day(["4", "1"], 2))
def test_the_number_of_threads_changes_no_content(tmp_path: Path, threads: str) -> None:
    program = (
        "import sys; from pathlib import Path; from kommuneregnskap.sources import demo; "
        "demo.build_panel(Path(sys.argv[1])); print(demo.content_hash(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "panel")],
        env={
            **os.environ,
            "POLARS_MAX_THREADS": threads,
            "OMP_NUM_THREADS": threads,
            "PYTHONHASHSEED": "7",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["panel"], "temporary folders are left"


@pytest.mark.parametrize("target", TARGETS.to_dicts(), ids=lambda row: f"{row['id']}-{row['aar']}")
def test_target_is_met(target: dict[str, object], computed: dict[tuple[str, int], float]) -> None:
    value = computed[str(target["id"]), int(str(target["aar"]))]
    low, high = target["fra"], target["til"]
    assert low is not None or high is not None, "a target without bounds"
    assert low is None or value >= float(str(low)), value
    assert high is None or value <= float(str(high)), value


def test_what_the_tables_set_does_not_hang_on_the_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With other draws the numbers that targets.csv calls set come out all the same: the tables make them."""

    def other(name: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{name} 4".encode()).digest()[:8], "big")

    monkeypatch.setattr("kommuneregnskap.sources.demo.integers._seed", other)
    demo.build_panel(tmp_path / "panel")
    assert demo.content_hash(tmp_path / "panel") != CONTENT
    found = numbers(tmp_path / "panel")
    missed = [
        row["id"]
        for row in TARGETS.filter(pl.col("settes") == "ja").to_dicts()
        if not (row["fra"] or -inf) <= found[row["id"], row["aar"]] <= (row["til"] or inf)
    ]
    assert missed == []


def test_target_values_lie_within_their_bounds() -> None:
    odd = TARGETS.filter((pl.col("verdi") < pl.col("fra")) | (pl.col("verdi") > pl.col("til")))
    assert odd.is_empty(), odd


def test_share_of_negative_results_is_not_tuned_to_58_percent(
    computed: dict[tuple[str, int], float],
) -> None:
    share = 100 * computed["resultat.antall_negativ", 2024] / computed["svar.antall", 2024]
    assert 61.2 < share < 61.4


def test_respondents_exist_in_their_year_and_deliver_accounts(demo_panel: Path) -> None:
    for year in YEARS:
        known = _valid_units("kommune", "kommunenummer", year) | _valid_units(
            "fylke", "fylkeskommune", year
        )
        answered = demo_accounts.respondents(demo_panel, year)
        assert answered <= known, year
        assert invented_number("0301") not in answered
        delivered = {
            form: set(demo_accounts.records(demo_panel, year, form)["region"].unique())
            for form in ("0A", "0B", "0C", "0D", "0M", "0N", "0P", "0Q")
        }
        assert answered <= delivered["0A"] | delivered["0C"]
        assert delivered["0A"] == delivered["0B"] == delivered["0M"] == delivered["0N"]
        assert delivered["0C"] == delivered["0D"] == delivered["0P"] == delivered["0Q"]
        assert delivered["0A"] <= known
        assert delivered["0C"] == _valid_units("fylke", "fylkeskommune", year)


def _valid_units(table: str, column: str, year: int) -> set[str]:
    rows = pl.read_csv(PROJECT / "data/codes" / f"{table}.csv", infer_schema=False).filter(
        (pl.col("gyldig_fra").cast(pl.Int32) <= year)
        & (pl.col("gyldig_til").is_null() | (pl.col("gyldig_til").cast(pl.Int32) >= year))
    )
    return set(map(invented_number, rows[column].drop_nulls()))


def test_every_unit_is_there_in_every_year(demo_panel: Path) -> None:
    last = demo_accounts.totals(demo_panel, YEARS[-1])["region"].to_list()
    for year in YEARS:
        assert demo_accounts.totals(demo_panel, year)["region"].to_list() == demo_accounts.in_year(
            last, year
        )


def test_the_like_of_aalesund_is_one_before_2024_and_two_from_then_on(demo_panel: Path) -> None:
    for year in YEARS:
        found = set(demo_accounts.totals(demo_panel, year)["region"]) & set(AALESUND)
        assert found == (set(AALESUND[:1]) if year < 2024 else set(AALESUND[1:]))
        answered = demo_accounts.respondents(demo_panel, year) & set(AALESUND)
        assert answered in (found, set()), "the halves must answer together"


def test_amounts_of_the_like_of_aalesund_go_on_across_the_division(demo_panel: Path) -> None:
    before = demo_accounts.of(demo_accounts.totals(demo_panel, 2023), AALESUND[:1]).sum()
    after = demo_accounts.of(demo_accounts.totals(demo_panel, 2024), AALESUND[1:]).sum()
    for name in ("inntekt", "utgift"):
        assert 0.9 < after[name][0] / before[name][0] < 1.2


def test_reader_of_the_package_reads_what_was_written(demo_panel: Path) -> None:
    path = demo_panel / "2022" / "0C_2022_SYNTETISK.txt"
    read = read_records([path]).collect()
    plain = demo_accounts.records(demo_panel, 2022, "0C")
    assert read.height == plain.height
    assert read["belop"].sum() == plain["belop"].sum()
    assert read["belop"].dtype == pl.Int64


def test_panel_says_that_it_is_synthetic(demo_panel: Path) -> None:
    for year in YEARS:
        folder = demo_panel / str(year)
        assert "SYNTETISKE TALL" in (folder / "SYNTETISK.md").read_text(encoding="utf-8")
        names = {path.name for path in folder.iterdir()} - {"SYNTETISK.md", "respondenter.csv"}
        assert names
        assert all("SYNTETISK" in name for name in names)


def test_generate_gives_the_same_records_without_files(demo_panel: Path) -> None:
    panel = demo.generate()
    made = panel.records(2024, "0D")
    assert made["belop"].sum() == demo_accounts.records(demo_panel, 2024, "0D")["belop"].sum()
    assert made.height == demo_accounts.records(demo_panel, 2024, "0D").height
    assert panel.years == YEARS


def test_failed_build_leaves_the_former_panel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "panel"
    folder.mkdir()
    (folder / "gammel.txt").write_text("fra før", encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError("disken er full")

    monkeypatch.setattr("kommuneregnskap.sources.demo.files.write_records", fail)
    with pytest.raises(OSError, match="full"):
        demo.build_panel(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["panel"]
    assert (folder / "gammel.txt").read_text(encoding="utf-8") == "fra før"


@pytest.fixture
def linked_panel(project: Path, demo_panel: Path) -> Path:
    """The panel in a folder of the project's own, its large files shared with the checkout's."""
    folder = project / "data/demo/panel"
    folder.unlink()
    shutil.copytree(demo_panel, folder, copy_function=os.link)
    for name in ("2022/respondenter.csv", "2022/0C_2022_SYNTETISK.txt", fresh.KEY_FILE):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(content)
    return folder


def test_a_panel_is_known_by_its_files_and_by_what_it_was_built_from(linked_panel: Path) -> None:
    key = fresh._key()
    sealed = (linked_panel / fresh.KEY_FILE).read_bytes()
    assert fresh._seal(key, linked_panel) == sealed
    assert fresh._seal("en annen", linked_panel) != sealed
    for name in ("2022/respondenter.csv", "2022/0C_2022_SYNTETISK.txt"):
        file = linked_panel / name
        whole, at = file.read_bytes(), file.stat().st_mtime_ns
        tampering.flipped(file, random.Random(1))
        os.utime(file, ns=(at, at))
        assert fresh._seal(key, linked_panel) != sealed, name
        file.write_bytes(whole)
        assert fresh._seal(key, linked_panel) == sealed
    (linked_panel / "2022/mer.txt").write_text("", "ascii")
    assert fresh._seal(key, linked_panel) != sealed


def test_of_a_panel_the_years_that_are_read_are_looked_into(linked_panel: Path) -> None:
    key = fresh._key()
    read, others = range(2021, 2025), (2020, 2025)
    assert fresh._stands(key, linked_panel, None)
    tampering.flipped(linked_panel / "2022/0C_2022_SYNTETISK.txt", random.Random(1))
    assert not fresh._stands(key, linked_panel, None)
    assert not fresh._stands(key, linked_panel, read)
    assert fresh._stands(key, linked_panel, others)
    assert not fresh._stands("en annen", linked_panel, others)
    (linked_panel / "2026").mkdir()  # what stands beside them counts, whichever years are read
    assert not fresh._stands(key, linked_panel, others)
    (linked_panel / "2026").rmdir()
    (linked_panel / "SYNTETISK.md").write_text("annet", "utf-8")
    assert not fresh._stands(key, linked_panel, others)
    shutil.rmtree(linked_panel)
    assert not fresh._stands(key, linked_panel, others), "what is not there does not stand"


@pytest.mark.night
def test_a_panel_that_was_tampered_with_is_built_again(linked_panel: Path) -> None:
    sealed = (linked_panel / fresh.KEY_FILE).read_bytes()
    tampering.flipped(linked_panel / "2022/0C_2022_SYNTETISK.txt", random.Random(1))
    demo.ensure_panel(linked_panel)
    assert demo.content_hash(linked_panel) == CONTENT
    assert (linked_panel / fresh.KEY_FILE).read_bytes() == sealed


def test_malformed_table_stops_with_file_line_and_column(project: Path, demo_panel: Path) -> None:
    table = project / "data" / "demo" / "finans.csv"
    text = table.read_text(encoding="utf-8").splitlines()
    text[2] = text[2].replace("kommune", "bydel", 1)
    table.write_text("\n".join(text) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"finans\.csv:3: enhetstype is 'bydel'"):
        demo.generate()


def test_a_changed_table_changes_what_the_panel_says(project: Path) -> None:
    """The content hash is no constant: other numbers in the tables give other accounts."""
    table = project / "data" / "demo" / "fylkesfond.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("2021,2600", "2021,2500"), encoding="utf-8"
    )
    changed = demo.generate().records(2020, "0D")
    fund = changed.filter(pl.col("funksjon_kapittel") == "56")["belop"].sum()
    assert fund == -(16_300 - 1_000 - 2_500) * 1000
    assert changed["belop"].sum() == 0
