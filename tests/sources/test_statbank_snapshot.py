"""Snapshots: named, verified against their receipt, opened without a network; and a national one."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import reconcile, snapshot
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import opening
from kommuneregnskap.tables import units
from tests.conftest import PROJECT
from tests.helpers import tampering
from tests.helpers.offline import MADE_SO, REFUSED, offline
from tests.helpers.pxweb_server import running
from tests.helpers.real_numbers import real
from tests.helpers.statbank_national import MARCH, RETRIEVED, national_snapshot
from tests.helpers.statbank_small import get, small


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ssb")
    with running() as server:
        get(small(server), folder=root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of a snapshot that a test may change."""
    target = tmp_path / "ssb" / "2026-11-24"
    for path in (made / "2026-11-24").rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(made / "2026-11-24")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return target.parent


def test_names_are_in_the_order_of_days_and_numbers(tmp_path: Path) -> None:
    names = ["2026-11-24", "2026-11-24-2", "2026-11-24-10", "2027-03-15"]
    for name in [*reversed(names), ".utkast-abc", "notater", "2026"]:
        (tmp_path / name).mkdir()
    (tmp_path / "2026-12-01").write_text("a file")
    assert snapshot.ids(tmp_path) == names
    assert snapshot.ids(tmp_path / "nowhere") == []


def test_no_snapshot_and_an_unknown_one_are_answered_with_those_there_are(
    root: Path, project: Path
) -> None:
    with pytest.raises(UsageError, match="fetch one: make fetch YEAR=2024"):
        snapshot.open_snapshot()
    with pytest.raises(UsageError, match=r"snapshot is '2020-01-01'; in .*: 2026-11-24"):
        snapshot.open_snapshot("2020-01-01", root)
    with pytest.raises(UsageError):
        snapshot.open_snapshot("../2026-11-24", root)


def change_a_byte(folder: Path) -> None:
    path = folder / "verdier.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(bytes(content))


def change_an_answer(folder: Path) -> None:
    path = next((folder / "raw").glob("12137-data-*"))
    path.write_bytes(path.read_bytes().replace(b"1000", b"1001", 1))


def lose_an_answer(folder: Path) -> None:
    next((folder / "raw").glob("12362-data-*")).unlink()


def receipt_of(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "kvittering.json"
        receipt = json.loads(path.read_text("utf-8"))
        del receipt[snapshot.SEAL]
        change(receipt)
        path.write_text(json.dumps(receipt), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_a_byte, r"verdier.parquet: sha256 is '\w{64}'; allowed: \w{64} .the receipt."),
        (change_an_answer, r"12137-data-\w+.json: sha256 is"),
        (lose_an_answer, r"12362-data-\w+.json: cannot be read .* but is in the receipt"),
        (lambda folder: (folder / "kvittering.json").unlink(), "is no readable receipt"),
        (lambda folder: (folder / "kvittering.json").write_text("{"), "is no readable receipt"),
        (receipt_of(lambda r: r.pop("filer")), "is no readable receipt"),
        (receipt_of(lambda r: r.update(filer=r["filer"][:3])), "does not list verdier.parquet"),
        (receipt_of(lambda r: r["filer"][0].update(sha256="0" * 64)), "sha256 is"),
    ],
)
def test_a_snapshot_that_is_not_what_its_receipt_says_is_not_opened(
    root: Path, change: Callable[[Path], object], message: str
) -> None:
    assert snapshot.open_snapshot("", root).name == "2026-11-24"
    change(root / "2026-11-24")
    with pytest.raises(DataError, match=message) as error:
        snapshot.open_snapshot("", root)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.night)])
def test_a_flipped_bit_in_any_file_of_a_snapshot_is_one_line(root: Path, count: int) -> None:
    whole = snapshot.open_snapshot("", root)
    for file, seed in tampering.bits(root / whole.name, count, seed=9):
        content = file.read_bytes()
        said = tampering.flipped(file, random.Random(seed))
        if snapshot.SEAL.encode() in file.read_bytes() or file.name != snapshot.RECEIPT:
            with pytest.raises(DataError) as error:
                snapshot.open_snapshot("", root)
            assert "\n" not in str(error.value), said
        else:  # in the name of the seal: what it says is as it was
            found = snapshot.open_snapshot("", root)
            assert found.values.equals(whole.values), said
            assert {key: found.receipt[key] for key in whole.receipt} == whole.receipt, said
        file.write_bytes(content)


def test_a_snapshot_of_another_form_is_not_opened(root: Path) -> None:
    folder = root / "2026-11-24"
    pl.DataFrame({"tabell": ["12137"]}).write_parquet(folder / "verdier.parquet")
    entry = snapshot.file_entry(folder, folder / "verdier.parquet")
    receipt_of(lambda r: r["filer"][-1].update(entry))(folder)
    with pytest.raises(DataError, match="is not of the form that this version reads"):
        snapshot.open_snapshot("", root)


def test_nothing_but_a_fetch_loads_a_client_of_the_network() -> None:
    code = (
        "import sys, kommuneregnskap.report.publish, kommuneregnskap.report.controls;"
        "import kommuneregnskap.cli.printed.statbank;"
        "from kommuneregnskap.sources.statbank import snapshot, reconcile, catalogue;"
        "print([each for each in ('pxweb', 'requests_cache') if each in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_main_job_runs_without_any_network(published_2024: Path, tmp_path: Path) -> None:
    """The report of open figures that all tests read was made so; so made, whatever asks for a network is refused."""
    probe = "import socket; socket.create_connection(('127.0.0.1', 9))"
    refused = subprocess.run(
        [sys.executable, "-c", probe],
        env=offline(tmp_path, PROJECT),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert REFUSED in refused.stderr
    assert (published_2024.parent / "ssb/index.html").is_file()
    assert (published_2024.parents[3] / MADE_SO).is_file(), "that report was made otherwise"


# --- a national snapshot --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory, demo_panel: Path) -> snapshot.Snapshot:
    folder = tmp_path_factory.mktemp("land")
    (folder / "data").mkdir()
    for name in ("codes", "definitions"):
        (folder / "data" / name).symlink_to(PROJECT / "data" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(folder))
        return national_snapshot(folder, [2023, 2024], updated=MARCH)


def test_a_national_snapshot_has_every_municipality_and_both_scopes(
    national: snapshot.Snapshot,
) -> None:
    assert national.name == RETRIEVED.isoformat()
    assert national.synthetic
    assert all(each["kommuner_mangler"] == {} for each in national.receipt["tabeller"])
    for year, count in ((2023, 356), (2024, 357)):
        own = national.values.filter((pl.col("aar") == year) & (pl.col("regiontype") == "kommune"))
        assert own["region"].n_unique() == count
        per = own.group_by("regnskapsomfang", "begrep", "tjenesteomraade").agg(
            pl.col("region").n_unique(), pl.col("verdi").null_count()
        )
        assert set(per["region"]) == {count}
        # A percentage has no value only where there is nothing to divide by.
        assert per.filter(pl.col("verdi") > 0).is_empty()
    assert set(national.values["regnskapsomfang"]) == {"konsern", "kasse"}


def test_the_national_figures_are_those_of_the_synthetic_panel(
    national: snapshot.Snapshot,
) -> None:
    panel = real(opening.open_survey(year=2024, scope="konsolidert").panel(), "region")
    own = national.values.filter(
        (pl.col("aar") == 2024)
        & (pl.col("begrep") == "netto_driftsresultat")
        & (pl.col("regiontype") == "kommune")
    )
    both = panel.join(own, on="region")
    assert len(both) == len(panel) == 225
    assert (both["netto_driftsresultat"] == both["verdi"]).all()


@pytest.mark.parametrize(
    ("year", "explained", "percent"), [(2023, "sum", 0), (2024, "estimat", -0.4)]
)
def test_national_sums_and_percentages_agree_and_the_country_is_off_by_the_estimate_until_revised(
    national: snapshot.Snapshot, year: int, explained: str, percent: float
) -> None:
    found = reconcile.reconcile(national.values, year)
    assert found["innenfor"].all()
    assert found["innenfor"].null_count() == 0
    counties = found.filter(pl.col("regiontype") == "fylke", pl.col("kontroll") == "sum")
    assert counties["region"].n_unique() == len(tables.valid("fylke", year))
    assert set(counties["forklaring"]) == {"sum"}
    country = found.filter(
        (pl.col("begrep") == "brutto_driftsinntekter")
        & pl.col("regiontype").str.starts_with("land")
    )
    assert set(country["forklaring"]) == {explained}
    assert set(country["grense"] == 0) == {explained == "sum"}
    off = country.select(100 * pl.col("differanse") / pl.col("beregnet")).to_series()
    assert off.to_list() == pytest.approx([percent, percent], abs=0.01 if percent else 0)
    assert country["mangler"].to_list() == [0, 0]
    assert sorted(country["enheter"]) == [
        units.frame(year).filter(pl.col("type") == "kommune").height - 1,
        units.frame(year).filter(pl.col("type") == "kommune").height,
    ]


def test_a_merged_or_split_municipality_is_counted_under_the_number_of_its_year(
    national: snapshot.Snapshot,
) -> None:
    """Ålesund (1507) was split into 1508 and 1580 in 2024; Viken's numbers ended in 2023."""
    own = national.values.filter(pl.col("begrep") == "brutto_driftsinntekter")
    kinds = {
        (region, year): kind
        for region, year, kind in own.select("region", "aar", "regiontype").iter_rows()
    }
    assert kinds[("1507", 2023)] == kinds[("1508", 2024)] == kinds[("1580", 2024)] == "kommune"
    assert not {("1507", 2024), ("1508", 2023), ("3005", 2024), ("3301", 2023)} & set(kinds)
