"""What changed between two snapshots: by hand, and through the command as a user starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap import comparison, differences, tables
from kommuneregnskap.display import SYNTHETIC_WARNING
from kommuneregnskap.errors import UsageError
from kommuneregnskap.export.parts import region_names
from kommuneregnskap.statbank import values
from kommuneregnskap.statbank.snapshot import open_snapshot
from tests.statbank_national import LATE, RECLASSED, REVISED, REVISIONS, SHIFT, WITHDRAWN, National
from tests.test_report_end_to_end import FOREIGN, fingerprints, page_text

YEAR = 2024


def row(region: str, verdi: float | None, merke: str | None = None, **changes: Any) -> Any:
    return {
        "tabell": "12137",
        "regnskapsomfang": "konsern",
        "aar": YEAR,
        "region": region,
        "regiontype": "kommune",
        "begrep": "netto_driftsresultat",
        "tjenesteomraade": None,
        "verdi": verdi,
        "enhet": "1000 kr",
        "merke": merke,
        "vintage": "endelig",
    } | changes


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return values.checked(
        pl.DataFrame(rows, infer_schema_length=None).cast(
            {"aar": pl.Int32, "verdi": pl.Float64, "tjenesteomraade": pl.String, "merke": pl.String}
        )
    )


BEFORE = frame(
    row("1101", 10),
    row("1103", 20),
    row("1106", None, ".."),
    row("1108", 30),
    row("1111", None, ".."),
    row("1112", 0),
    row("1114", 5),
    row("1119", 7, aar=2022),
    row("1120", 1, regnskapsomfang="kasse"),
    row("1121", 40, begrep="brutto_driftsutgifter_tjeneste", tjenesteomraade="grunnskole"),
)
AFTER = frame(
    row("1101", 10),
    row("1103", 25),
    row("1106", 0),
    row("1108", None, "."),
    row("1111", None, ":"),
    row("1112", None, "."),
    row("1119", 9, aar=2022),
    row("1120", 2, regnskapsomfang="kasse"),
    row("1121", 44, begrep="brutto_driftsutgifter_tjeneste", tjenesteomraade="grunnskole"),
    row("1122", 6, tabell="13551"),
)


def test_values_change_appear_and_are_gone_and_missing_is_never_zero() -> None:
    found = differences.values(BEFORE, AFTER, "konsern", [YEAR])
    own = ["region", "slag", "foer", "foer_merke", "naa", "naa_merke", "endring"]
    assert found.select(own).rows() == [
        ("1103", "endret", 20, None, 25, None, 5),
        ("1106", "kommet", None, "..", 0, None, None),
        ("1108", "falt bort", 30, None, None, ".", None),
        ("1111", "annet tegn", None, "..", None, ":", None),
        ("1112", "falt bort", 0, None, None, ".", None),
        ("1114", "falt bort", 5, None, None, "ikke i uttrekket", None),
        ("1121", "endret", 40, None, 44, None, 4),
        ("1122", "kommet", None, "ikke i uttrekket", 6, None, None),
    ]
    assert found["tabell"].to_list() == ["12137"] * 7 + ["13551"]
    assert found.filter(pl.col("region") == "1121")["tjenesteomraade"].item() == "grunnskole"


def test_only_the_scope_and_the_years_asked_for() -> None:
    both = differences.values(BEFORE, AFTER, "konsern", [2022, YEAR])
    assert both.filter(pl.col("aar") == 2022)["endring"].to_list() == [2]
    kasse = differences.values(BEFORE, AFTER, "kasse", [YEAR])
    assert kasse.select("region", "endring").rows() == [("1120", 1)]


def test_the_same_values_have_no_difference() -> None:
    found = differences.values(AFTER, AFTER, "konsern", [2022, YEAR])
    assert found.is_empty()
    assert list(found.columns) == list(differences.VALUES)


def test_counts_by_region_and_the_largest_change_of_a_total() -> None:
    found = differences.values(BEFORE, AFTER, "konsern", [2022, YEAR])
    counted = differences.counts(found, "regiontype").row(0, named=True)
    assert counted == {
        "regiontype": "kommune",
        "endret": 3,
        "kommet": 2,
        "falt bort": 3,
        "annet tegn": 1,
        "alle": 9,
    }
    first = differences.largest(found, "netto_driftsresultat", "1000 kr", YEAR, "kommune")
    assert first["region"].to_list() == ["1103"]


def tall(**found: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": list(found), "verdi": list(found.values())},
        schema={"id": pl.String, "verdi": pl.Float64},
    ).with_columns(aar=pl.lit(YEAR, dtype=pl.Int32), enhet=pl.lit("prosent"))


def test_section_numbers_that_changed_appeared_or_are_gone() -> None:
    found = differences.numbers(
        tall(a=1.0, b=2.0, c=None, d=4.0, e=None, f=0.1 + 0.2),
        tall(a=1.0, b=2.5, c=3.0, d=None, e=None, f=0.3),
    )
    assert found.select("id", "foer", "naa", "endring").rows() == [
        ("b", 2.0, 2.5, 0.5),
        ("c", None, 3.0, None),
        ("d", 4.0, None, None),
    ]


def judgement(*rows: tuple[str, float | None, float | None, float | None, str]) -> pl.DataFrame:
    named = ("id", "beregnet", "klamme_nedre", "klamme_oevre", "dom")
    columns = dict(zip(named, zip(*rows, strict=True), strict=True))
    numeric = dict.fromkeys(named[1:4], pl.Float64)
    return pl.DataFrame(columns, schema_overrides=numeric).with_columns(
        *(pl.lit("x").alias(name) for name in ("seksjon", "maaler", "publisert", "intervall")),
        enhet=pl.lit("prosent"),
        beregnet_tekst=pl.col("beregnet").round(0).cast(pl.String),
        hvorfor=pl.lit("y"),
    )


def test_published_numbers_whose_value_bracket_or_verdict_changed() -> None:
    before = judgement(
        ("same", 1, 0, 2, "forenlig"),
        ("value", 1, 0, 2, "forenlig"),
        ("bracket", 1, 0, 2, "forenlig"),
        ("verdict", 1.1, 0, 2, "forenlig"),
        ("gone", 1, None, None, "avvik"),
    )
    after = judgement(
        ("same", 1, 0, 2, "forenlig"),
        ("value", 3, 0, 2, "forenlig"),
        ("bracket", 1, 0, 2.5, "forenlig"),
        ("verdict", 1.2, 1, 3, "avvik"),
        ("gone", None, None, None, "ikke_vurdert"),
    )
    found = differences.verdicts(before, after)
    assert found.select("id", "hva").rows() == [
        ("value", "beregnet"),
        ("bracket", "klamme"),
        ("verdict", "beregnet;klamme;dom"),
        ("gone", "beregnet;dom"),
    ]
    # What shows comes first by verdict; the bracket alone is not in the text of these rows.
    assert differences.visible(found)["id"].to_list() == ["verdict", "gone", "value"]


def test_regions_are_called_what_a_reader_calls_them() -> None:
    asked = ["1103", "EKA11", "EAK", "EAKUO", "EKG07", "1507"]  # 1507 is no number of the year
    assert region_names(asked, YEAR, synthetic=False) == {
        "1103": "1103 Stavanger",
        "EKA11": "Rogaland (fylke)",
        "EAK": "Landet",
        "EAKUO": "Landet uten Oslo",
        "EKG07": "EKG07",
        "1507": "1507",
    }
    assert region_names(["1103"], YEAR, synthetic=True) == {"1103": "1103"}


# --- as a user starts it


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(
        path, infer_schema_length=None, schema_overrides={"region": pl.String, "navn": pl.String}
    )


def compared(national: National, first: str, second: str) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(national.project))
        return comparison.compare(YEAR, first, second).folder


@pytest.fixture(scope="module")
def invented(national: National) -> Path:
    """What changed between the snapshots that call themselves synthetic."""
    return compared(national, national.march, national.june)


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


def test_the_command_says_what_changed_and_writes_it(ssb: National) -> None:
    done = run(ssb.project, *between(ssb.march, ssb.june))
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
        *("endringer.csv", "index.html", "tall.csv", "vurdering.csv")
    ]
    found = read(folder / "endringer.csv")
    per_kind = {kind: set(found.filter(pl.col("slag") == kind)["region"]) for kind in REVISIONS}
    assert per_kind == {kind: {region} for kind, region in REVISIONS.items()}
    changed = found.filter(pl.col("region") == REVISED)
    assert changed.select("begrep", "tabell", "endring").rows() == [
        ("netto_driftsresultat", 12137, SHIFT)
    ]
    assert found.filter(pl.col("region") == RECLASSED)["naa_merke"].unique().to_list() == [":"]


def test_every_row_says_which_snapshots_and_vintages(ssb: National, invented: Path) -> None:
    for name in ("endringer", "tall", "vurdering"):
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
    done = comparison.compare(YEAR, *ssb.unmarked, scope="kasse", panel="alle")
    assert done.folder.name == f"ssb-endring-{'-'.join(ssb.unmarked)}-kasse-alle"
    assert set(read(done.folder / "endringer.csv")["regnskapsomfang"]) == {"kasse"}
    text = page_text(done.folder)
    assert "Sammenliknet: kommunekassen" in text
    assert "(oppdatert 16. juni 2025), alle kommuner." in text


def test_two_runs_give_the_same_bytes_and_name_no_machine_and_no_time(
    ssb: National, named: Path
) -> None:
    before = fingerprints(named)
    for path in named.iterdir():
        for what, pattern in FOREIGN.items():
            assert not pattern.search(path.read_text("utf-8")), f"{path.name} names {what}"
    receipt = open_snapshot(ssb.unmarked[0]).receipt
    assert fingerprints(comparison.compare(YEAR, *ssb.unmarked).folder) == before
    assert open_snapshot(ssb.unmarked[0]).receipt == receipt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (between("2025-03-16", "2025-03-16"), "FROM and TO are both '2025-03-16'; give two"),
        (between("2025-01-01", "2025-03-16"), "FROM is '2025-01-01', which is no snapshot; in"),
        (between("2025-03-16", ""), "TO is '', which is no snapshot; in data/raw/ssb: 2025-03-16,"),
        (
            ("--year", "2022", "--from", "2025-03-16", "--to", "2025-06-20"),
            "YEAR is 2022; the snapshot 2025-03-16 has konsern figures for: 2023, 2024.",
        ),
        (
            (*between("2025-03-16", "2025-06-20"), "--scope", "konsolidert"),
            "SCOPE is 'konsolidert'",
        ),
        ((*between("2025-03-16", "2025-06-20"), "--panel", "halve"), "PANEL is 'halve'; allowed"),
    ],
)
def test_a_request_that_cannot_be_met_is_one_line(
    ssb: National, arguments: tuple[str, ...], message: str
) -> None:
    done = run(ssb.project, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: {message}")
    assert done.stderr.count("\n") == 1


def test_without_any_snapshot_it_is_said(project: Path) -> None:
    with pytest.raises(UsageError, match=r"no snapshot; in .*: none"):
        comparison.compare(YEAR, "2025-03-16", "2025-06-20")
    assert not (project / "reports").exists()
