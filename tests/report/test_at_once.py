"""Two runs at once: each makes what it makes alone, or says in a line that another is at it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers.disturbed import Prints, Project, ended, project_in, put_former, refused, visible
from tests.helpers.projects import PROJECT
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_small import small

pytestmark = pytest.mark.night

REPORT = ("report", "--only", "side", "--jobs", "2", "--year")
THIS_YEAR, LAST_YEAR = (*REPORT, "2024", "--source", "demo"), (*REPORT, "2023", "--source", "demo")
OPEN_FIGURES = (*REPORT, "2024", "--source", "ssb")
SHEETS = ("sheets", "--year", "2024", "--source", "demo", "--units", "6117,6118,6119")
PARTITION = ("partition", "--years", "2023-2024", "--to", "lager")
SIMULATE = ("simulate", "--draws", "20", "--jobs", "2")
PLACES = {
    THIS_YEAR: "reports/2024/demo",
    LAST_YEAR: "reports/2023/demo",
    OPEN_FIGURES: "reports/2024/ssb",
    SHEETS: "reports/2024/demo-ark",
    PARTITION: "lager",
    SIMULATE: "reports",
}
DIFFERENT = [
    (THIS_YEAR, LAST_YEAR),
    (THIS_YEAR, OPEN_FIGURES),
    (THIS_YEAR, SHEETS),
    (LAST_YEAR, PARTITION),
    (SHEETS, PARTITION),
]
REFUSED = "Error: another run is making "


@pytest.fixture
def projects(tmp_path: Path, demo_panel: Path, evaluated: Path) -> tuple[Project, Project]:
    """Two projects, where nothing is evaluated of other years than 2024."""
    made = tuple(
        project_in(tmp_path / name, demo_panel, evaluated, small=True) for name in ("e", "s")
    )
    for each in made:
        shutil.copytree(PROJECT / "data/ssb", each.root / "data/ssb")
    return made[0], made[1]


def alone(project: Project, words: tuple[str, ...]) -> Prints:
    project.whole(*words)
    return visible(project.root / PLACES[words])


@pytest.mark.parametrize("both", DIFFERENT, ids=lambda both: "-".join(each[0] for each in both))
def test_different_ones(
    projects: tuple[Project, Project], both: tuple[tuple[str, ...], ...]
) -> None:
    """With a cold cache, which both of them fill."""
    one, two = projects
    wanted = [alone(one, words) for words in both]
    runs = [two.start(*words) for words in both]
    for run, words, prints in zip(runs, both, wanted, strict=True):
        said = ended(run)
        assert said.returncode == 0, said
        assert "Traceback" not in said.stderr
        assert visible(two.root / PLACES[words]) == prints


@pytest.mark.parametrize(
    "words", [THIS_YEAR, SHEETS, PARTITION, SIMULATE], ids=lambda each: each[0]
)
def test_the_same_twice(projects: tuple[Project, Project], words: tuple[str, ...]) -> None:
    one, two = projects
    wanted = alone(one, words)
    if words == THIS_YEAR:
        put_former(two.root / PLACES[words])
    done = [ended(run) for run in [two.start(*words) for _ in range(2)]]
    codes = [each.returncode for each in done]
    assert 0 in codes, done
    for said in done:
        assert said.returncode == 0 or refused(said).startswith(REFUSED), said
    assert visible(two.root / PLACES[words]) == wanted


def test_the_same_fetched_twice(projects: tuple[Project, Project], server: PxWebServer) -> None:
    """A snapshot of each, or one is refused: no snapshot is of two fetches."""
    one, two = projects
    small(server, range(2021, 2025))
    words = (
        "fetch",
        "--year",
        "2024",
        "--retrieved",
        "2026-11-24",
        "--url",
        server.url,
        "--data",
        "o",
    )
    one.whole(*words)
    wanted = visible(one.root / "o/2026-11-24")
    for said in [ended(run) for run in [two.start(*words) for _ in range(2)]]:
        assert said.returncode == 0 or refused(said).startswith("Error: another fetch into"), said
    for folder in (two.root / "o").glob("2*"):
        assert visible(folder) == wanted
    assert not list((two.root / "o").glob(".utkast*"))
