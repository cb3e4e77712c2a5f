"""What changed between two snapshots: through the command as a user starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.report import differences
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.request import asked
from tests.conftest import PROJECT
from tests.helpers.examples import by_day
from tests.helpers.outputs import FOREIGN, fingerprints, page_text, texts
from tests.helpers.statbank_national import (
    LATE,
    RECLASSED,
    REVISED,
    REVISIONS,
    SHIFT,
    WITHDRAWN,
    National,
)
from tests.helpers.statbank_tables import COUNTRY, WITHOUT_OSLO
from tests.helpers.steps import without_steps

YEAR = 2024


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(
        path, infer_schema_length=None, schema_overrides={"region": pl.String, "navn": pl.String}
    )


def compared(national: National, first: str, second: str) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(national.project))
        return differences.compare(asked(YEAR, "ssb"), first, second).folder


@pytest.fixture(scope="module")
def command(national: National) -> subprocess.CompletedProcess[str]:
    """The command, asked for what changed between the snapshots that call themselves synthetic."""
    return run(national.project, *between(national.march, national.june))


@pytest.fixture(scope="module")
def invented(national: National, command: subprocess.CompletedProcess[str]) -> Path:
    """What it wrote."""
    assert command.returncode == 0, command.stderr
    return national.project / f"reports/{YEAR}/ssb-endring-{national.march}-{national.june}"


@pytest.fixture(scope="module")
def named(national: National) -> Path:
    """What changed between those that do not."""
    return compared(national, *national.unmarked)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", "diff", *arguments],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def between(first: str, second: str) -> tuple[str, ...]:
    return ("--year", str(YEAR), "--from", first, "--to", second)


def test_the_command_says_what_changed_and_writes_it(
    ssb: National, command: subprocess.CompletedProcess[str]
) -> None:
    done = command
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Synthetic figures")
    assert f"From {ssb.march}: forelopig, updated 2025-03-15" in done.stdout
    assert f"To {ssb.june}: endelig, updated 2025-06-16" in done.stdout
    assert re.search(rf"{REVISED} +│ .* │ +250\u202f000 │", done.stdout)
    assert "k2024_res_minus_4" in "".join(done.stdout.split())
    name = f"reports/{YEAR}/ssb-endring-{ssb.march}-{ssb.june}"
    assert done.stdout.rstrip().endswith(f"{name}/index.html")
    folder = ssb.project / name
    assert sorted(path.name for path in folder.iterdir()) == [
        *("begreper.csv", "begreper.xlsx", "endringer.csv", "endringer.xlsx", "index.html"),
        *("tall.csv", "tall.xlsx", "vurdering.csv", "vurdering.xlsx"),
    ]
    found = read(folder / "endringer.csv")
    per_kind = {kind: set(found.filter(pl.col("slag") == kind)["region"]) for kind in REVISIONS}
    country = {COUNTRY, WITHOUT_OSLO}  # estimates in March
    assert per_kind == {kind: {region} for kind, region in REVISIONS.items()} | {
        "endret": {REVISED} | country
    }
    assert found["forklaring"].unique().to_list() == ["uforklart"]
    assert "Explained by SSB's log of corrections: 0 of" in done.stdout
    concepts = read(folder / "begreper.csv").filter(
        (pl.col("begrep") == "netto_driftsresultat") & (pl.col("regiontype") == "kommune")
    )
    own = concepts.row(by_predicate=pl.col("aar") == YEAR, named=True)
    assert (own["endring"], own["endret"], own["kommet"]) == (SHIFT, 1, 1)
    assert own["alle_endring"] == own["alle_naa"] - own["alle_foer"]
    changed = found.filter(pl.col("region") == REVISED)
    assert changed.select("begrep", "tabell", "endring").rows() == [
        ("netto_driftsresultat", 12137, SHIFT)
    ]
    assert found.filter(pl.col("region") == RECLASSED)["naa_merke"].unique().to_list() == [":"]


def test_every_row_says_which_snapshots_and_vintages(ssb: National, invented: Path) -> None:
    for name in ("endringer", "begreper", "tall", "vurdering"):
        rows = read(invented / f"{name}.csv")
        assert len(rows)
        expected = {
            "fra_uttrekk": ssb.march,
            "fra_vintage": "forelopig",
            "fra_oppdatert": "2025-03-15",
            "til_uttrekk": ssb.june,
            "til_vintage": "endelig",
            "til_oppdatert": "2025-06-16",
            "regnskaper": "syntetiske",
        }
        for column, value in expected.items():
            assert rows[column].unique().to_list() == [value], (name, column)


def test_the_page_tells_both_vintages_the_changes_and_the_symbols(
    ssb: National, invented: Path
) -> None:
    text = page_text(invented)
    assert SYNTHETIC_WARNING in text
    assert f"uttrekk {ssb.march}, foreløpige (ureviderte) tall (oppdatert 15. mars 2025)" in text
    assert f"uttrekk {ssb.june}, endelige (reviderte) tall (oppdatert 16. juni 2025)" in text
    assert "2022 finnes bare i ett av uttrekkene og er ikke sammenliknet." in text
    assert "1 kommune har et annet netto driftsresultat enn før" in text
    assert "1 kommune har fått tall; 1 kommune har ikke lenger tall" in text
    for symbol in ("– (..)", "– (:)", "– (.)"):
        assert symbol in text
    assert "nan" not in text.lower().split()
    html = (invented / "index.html").read_text("utf-8")
    assert not re.search(r"<(script|link|img|iframe)\b|https?://|url\(", html)


def test_invented_figures_name_nobody_and_others_name_whom_they_are_about(
    ssb: National, invented: Path, named: Path
) -> None:
    names = dict(tables.valid("kommune", YEAR).select("kommunenummer", "navn").iter_rows())
    moved = {names[region] for region in (LATE, REVISED, WITHDRAWN, RECLASSED)}
    assert not {name for name in moved if name in page_text(invented)}
    assert read(invented / "endringer.csv")["navn"].null_count() > 0
    assert not moved & set(read(invented / "endringer.csv")["navn"].drop_nulls())
    assert all(name in page_text(named) for name in moved)
    assert SYNTHETIC_WARNING not in page_text(named)
    rows = read(named / "endringer.csv")
    assert moved == set(rows["navn"].drop_nulls())
    assert rows["regnskaper"].unique().to_list() == ["aapne tall"]


def test_no_change_is_said(ssb: National) -> None:
    """The unrevised figures under another mark: the same values."""
    done = run(ssb.project, *between(ssb.march, ssb.unmarked[0]))
    assert done.returncode == 0, done.stderr
    folder = ssb.project / f"reports/{YEAR}/ssb-endring-{ssb.march}-{ssb.unmarked[0]}"
    assert read(folder / "endringer.csv").is_empty()
    assert read(folder / "tall.csv").is_empty()
    text = page_text(folder)
    assert "Ingen verdi er endret." in text  # the verdict is another where figures are invented
    assert "Ingen av rapportens tall er endret." in text
    root = ssb.project / "data/raw/ssb"
    copy = root / "2025-03-16-2"
    shutil.copytree(root / ssb.march, copy)
    try:
        done = run(ssb.project, *between(ssb.march, copy.name))
        assert "No change: the same values, the same numbers, the same verdicts.\n" in done.stdout
        page = ssb.project / f"reports/{YEAR}/ssb-endring-{ssb.march}-{copy.name}"
        assert "Ingen endring: de to uttrekkene gir de samme verdiene" in page_text(page)
        assert "<h2>" not in (page / "index.html").read_text("utf-8")
    finally:
        shutil.rmtree(copy)


def test_scope_and_panel_have_folders_of_their_own(ssb: National) -> None:
    done = differences.compare(asked(YEAR, "ssb", scope="kasse", panel="alle"), *ssb.unmarked)
    assert done.folder.name == f"ssb-endring-{'-'.join(ssb.unmarked)}-kasse-alle"
    assert set(read(done.folder / "endringer.csv")["regnskapsomfang"]) == {"kasse"}
    text = page_text(done.folder)
    assert "Sammenliknet: kommunekassen" in text
    assert "(oppdatert 16. juni 2025), alle kommuner." in text


def test_two_runs_give_the_same_bytes_and_name_no_machine_and_no_time(
    ssb: National, named: Path
) -> None:
    before = fingerprints(named)
    for name, text in texts(named):
        for what, pattern in FOREIGN.items():
            assert not pattern.search(text), f"{name} names {what}"
    receipt = open_snapshot(ssb.unmarked[0]).receipt
    assert fingerprints(differences.compare(asked(YEAR, "ssb"), *ssb.unmarked).folder) == before
    assert open_snapshot(ssb.unmarked[0]).receipt == receipt


@pytest.mark.parametrize(
    ("arguments", "message"),
    by_day(
        [
            (between("2025-03-16", "2025-03-16"), "FROM and TO are both '2025-03-16', and"),
            (between("2025-01-01", "2025-03-16"), "FROM is '2025-01-01', which is no snapshot; in"),
            (
                between("2025-03-16", ""),
                "TO not given: which two snapshots to compare; in data/raw/ssb: 2",
            ),
            (
                ("--year", "2024"),
                "FROM and TO not given: which two snapshots to compare; in data/raw/ssb",
            ),
            (
                ("--year", "2022", "--from", "2025-03-16", "--to", "2025-06-20"),
                "YEAR is 2022; the snapshot 2025-03-16 has konsern figures for: 2023-2024. To add it, ",
            ),
            (
                (*between("2025-03-16", "2025-06-20"), "--scope", "konsolidert"),
                "SCOPE is 'konsolidert'",
            ),
            (
                (*between("2025-03-16", "2025-06-20"), "--panel", "halve"),
                "PANEL is 'halve'; allowed",
            ),
        ],
        3,
    ),
)
def test_a_request_that_cannot_be_met_is_one_line(
    ssb: National, arguments: tuple[str, ...], message: str
) -> None:
    done = run(ssb.project, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = without_steps(done.stderr)
    assert line.startswith(f"Error: {message}")


def test_without_any_snapshot_it_is_said(project: Path) -> None:
    with pytest.raises(UsageError, match=r"no snapshot; in .*: none. To get one: make fetch YEAR="):
        differences.compare(asked(YEAR, "ssb"), "2025-03-16", "2025-06-20")
    assert not (project / "reports").exists()


def test_what_comes_along_alone_is_nothing_to_compare(project: Path) -> None:
    """The way on stands in the answer: which there is, how another is got, what to ask then."""
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb", dirs_exist_ok=True)
    name = max(path.name for path in (PROJECT / "data/ssb").iterdir())
    done = run(project, "--year", "2024")
    assert done.returncode == 1
    assert without_steps(done.stderr) == [
        f"Error: FROM and TO not given: which two snapshots to compare; in data/ssb: {name} (bundled). To get another: "
        f"make fetch YEAR=2024, which says its name; then: make diff YEAR=2024 FROM={name} TO=that name"
    ]
