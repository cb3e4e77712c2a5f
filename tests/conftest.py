"""Shared fixtures: the built demo panel, project folders that tests may change, invented accounts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from kommuneregnskap.mutants import run
from kommuneregnskap.sources import demo
from kommuneregnskap.support import locks, paths
from kommuneregnskap.survey import object_storage, opening, survey
from tests.helpers import projects
from tests.helpers.examples import asked_for_all
from tests.helpers.kept import kept, written_in
from tests.helpers.projects import PROJECT, copy_project
from tests.helpers.pxweb_server import PxWebServer, running
from tests.helpers.statbank_national import National
from tests.helpers.statbank_small import small

if TYPE_CHECKING:
    from tests.helpers.s3_server import S3

REPORTS = f"{projects.NAME}/reports/2024"
INVENTED = PROJECT / "tests" / "data" / "oppdiktet"


@pytest.fixture(scope="session")
def demo_panel() -> Path:
    """The built synthetic panel of the checkout; one worker builds it, the others wait."""
    demo.ensure_panel(projects.PANEL)
    return projects.PANEL


@pytest.fixture(scope="session")
def warm(evaluated: Path) -> Path:
    """The cache `evaluated` with what a usual report of 2024 computes; one worker fills it, the others wait.

    Project folders of tests begin with it, as a user's second report does: keys are by content, so whatever a
    test changes is computed anew, once for all tests that change the same.
    """
    kept("varm", lambda folder: projects.warm(folder, evaluated), grows=True)
    return evaluated


@pytest.fixture(scope="session")
def evaluated(demo_panel: Path) -> Path:
    """The cache folder of all tests' projects, with the evaluated accounts of several years."""
    return kept("vurdert", projects.evaluated, grows=True) / ".cache"


@pytest.fixture(scope="session")
def survey_2024(demo_panel: Path, evaluated: Path) -> survey.Survey:
    return opening.open_survey(year=2024, source="demo")


@pytest.fixture(scope="session")
def mutant_world(demo_panel: Path) -> run.World:
    """The panel that deliberate errors are made in, and what every check says of it unaltered."""
    return run.world()


@pytest.fixture
def project(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    demo_panel: Path,
    evaluated: Path,
) -> Path:
    """A project folder of its own with copies of all tables and notebooks, for tests that change them.

    Its cache is `warm` for slow tests, which make reports; others do not wait for that.
    """
    folder = tmp_path / "prosjekt æøå"
    slow = request.node.get_closest_marker("slow") is not None
    copy_project(folder, demo_panel, request.getfixturevalue("warm") if slow else evaluated)
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(folder))
    return folder


@pytest.fixture(scope="session")
def published_2024(warm: Path) -> Path:
    """The folder of a real report of 2024 on the synthetic panel: that of `year_2024`."""
    return kept("rapport", lambda folder: projects.published(folder, warm)) / REPORTS / "demo"


@pytest.fixture(scope="session")
def year_2024(published_2024: Path) -> Path:
    """The folder of the year 2024, as `make report YEAR=2024` makes it; one worker makes it, the others wait."""
    return published_2024.parent


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def one_municipality(evaluated: Path) -> Path:
    """A project in which one municipality's own files are reported. Nobody works in it."""
    return kept("alene", lambda folder: projects.of_one(folder, evaluated)) / projects.NAME


@pytest.fixture(scope="session")
def fetched(demo_panel: Path, evaluated: Path) -> Path:
    """A project with four national snapshots as it was made. Nobody works in it."""
    return kept("nasjonal", lambda folder: projects.national(folder, evaluated)) / projects.NAME


@pytest.fixture(scope="session")
def national(tmp_path_factory: pytest.TempPathFactory, fetched: Path) -> National:
    """Four national snapshots in a project of this run, which all its workers work in."""
    shared = shared_folder(tmp_path_factory)
    folder = shared / "nasjonal" / projects.NAME
    with (shared / "nasjonal.lock").open("w") as lock:
        locks.wait_for(lock)
        if not folder.is_dir():
            shutil.copytree(fetched, folder, symlinks=True)
    return National(folder)


@pytest.fixture
def ssb(national: National, monkeypatch: pytest.MonkeyPatch) -> National:
    """The national snapshots, and their project as the one that commands work in."""
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(national.project))
    return national


@pytest.fixture(scope="session")
def open_report(national: National, fetched: Path) -> Path:
    """The folder of a report on the revised figures of 2024 that call themselves nothing, in `national`'s project."""
    there = Path("reports/2024/ssb")
    name = "aapen med utgaver" if asked_for_all() else "aapen"
    made = kept(name, lambda folder: projects.open_report(folder, fetched)) / projects.NAME
    with (national.project / ".rapport.lock").open("w") as lock:
        locks.wait_for(lock)
        if not (national.project / there).is_dir():
            shutil.copytree(made / there, national.project / there)
    return national.project / there


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder for megabytes that the tests of a module share; it goes when they are through.

    As `tmp_path` goes with a test that passed (pyproject.toml): else a run would leave gigabytes to the machine.
    """
    folder = tmp_path_factory.mktemp("felles")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_project(module_folder: Path, demo_panel: Path, evaluated: Path) -> Path:
    """A project folder of its own for all tests of a module."""
    made = module_folder / "prosjekt æøå"
    copy_project(made, demo_panel, evaluated)
    return made


@pytest.fixture
def spor(module_project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module's project folder, as the one that commands work in."""
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(module_project))
    return module_project


@pytest.fixture
def few_choices(project: Path) -> Path:
    """The project without combinations of choices, for reports of other accounts: the most of what they take."""
    projects.no_combinations(project)
    return project


@pytest.fixture
def one_notebook(project: Path) -> Path:
    """The project with one whole notebook and the usual choices alone: `projects.one_notebook`."""
    projects.one_notebook(project)
    return project


@pytest.fixture
def invented(project: Path) -> Path:
    """The invented municipality 9901, known to the tables of `project`; returns its folder."""
    edit_table(
        project / "data/codes/kommune.csv",
        lambda table: add_row(
            table,
            kommunenummer="9901",
            navn="Oppdiktet",
            fylkesnummer="11",
            gyldig_fra="2020",
            kilde="oppdiktet for tester",
        ),
    )
    edit_table(
        project / "data/codes/folkemengde.csv",
        lambda table: add_row(
            table,
            kommunenummer="9901",
            dato="2026-01-01",
            folkemengde="10000",
            kilde="oppdiktet for tester",
        ),
    )
    folder = project / "oppdiktet"
    shutil.copytree(INVENTED, folder)
    return folder


def edit_table(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Rewrite a CSV table (all text) with a change."""
    change(pl.read_csv(path, infer_schema=False)).write_csv(path)


def add_row(table: pl.DataFrame, **values: str) -> pl.DataFrame:
    row = {name: values.get(name) for name in table.columns}
    return pl.concat([table, pl.DataFrame([row], schema=table.schema)])


@pytest.fixture
def server() -> Iterator[PxWebServer]:
    """A small StatBank on loopback: `statbank_small.small`."""
    with running() as started:
        yield small(started)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """A real S3-compatible server on loopback, with a bucket."""
    from tests.helpers.s3_server import running as s3_running

    with s3_running() as started:
        yield started


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server as the environment of polars and of commands tells it."""
    for name in object_storage.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for snapshots, not there yet."""
    return tmp_path / "øyeblikk"


@pytest.fixture(autouse=True)
def _same_folder() -> Iterator[None]:
    """No test leaves the process in another working folder."""
    before = Path.cwd()
    yield
    assert Path.cwd() == before


@pytest.fixture(scope="session", autouse=True)
def _kept_as_made() -> Iterator[None]:
    """No test writes where others read: a test that works in what is kept works in a copy."""
    yield
    assert not written_in()


assert paths.root() == PROJECT or os.environ.get("KOMMUNEREGNSKAP_ROOT")
