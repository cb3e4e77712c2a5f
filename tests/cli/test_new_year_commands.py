"""The commands of a new year as they are typed: what they print, and how they refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEXT = Path(__file__).parents[1] / "data/omtale/2026.txt"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kommuneregnskap", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_year_is_begun_checked_and_covered(project: Path) -> None:
    begun = run("new-year", "--year", "2026", "--text", str(TEXT))
    assert begun.returncode == 0, begun.stderr
    assert "    126 = 126 antall, telling: resultat.antall_negativ" in begun.stdout
    assert "  not read: 12 34 56 78 in " in begun.stdout
    assert "Written: data/claims/2026.csv" in begun.stdout.replace(str(project) + "/", "")
    checked = run("claims", "--year", "2026")
    assert checked.returncode == 0, checked.stderr
    assert (
        "  holds: 100 · 126 / 210 kommunene gives 60; k2026_res_andel_negativ is 59.5 to 60.5 (*)"
        in checked.stdout
    )
    assert checked.stdout.endswith("46 rows, 0 accepted, 46 proposed.\n")
    covered = run("coverage", "--year", "2026", "--text", str(TEXT))
    assert covered.stdout.endswith("47 numbers, ranks and directions: 46 proposed, 1 not read.\n")


def test_a_draft_of_ours_is_covered_too(project: Path, tmp_path: Path) -> None:
    """Our own draft is Markdown: 61.3 percent is no number that KS printed, 138 municipalities is."""
    draft = tmp_path / "pressemelding.md"
    draft.write_text(
        "# Utkast\n\n138 kommuner (61,3 prosent) har negativt netto driftsresultat.\n",
        encoding="utf-8",
    )
    said = run("coverage", "--text", str(draft), "--year", "2024").stdout.splitlines()
    assert said[0] == "registered: 138 kommuner = k2024_res_antall_negativ (avsnitt 1, setning 1)"
    assert said[1].startswith(
        "registered with another value: 61,3 prosent = k2024_res_andel_negativ"
    )
    assert project.is_dir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("claims", "--year", "2026"),
            "there is no data/claims/2026.csv; propose one: make new-year YEAR=2026",
        ),
        (("coverage",), "TEXT is not given"),
        (("coverage", "--text", "nei.txt"), "is no file that can be read"),
        (("new-year", "--year", "to"), "an accounting year has four digits"),
    ],
)
def test_what_is_refused_is_one_line(project: Path, words: tuple[str, ...], said: str) -> None:
    refused = run(*words)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.replace(str(project) + "/", "").splitlines()
    assert said in line
