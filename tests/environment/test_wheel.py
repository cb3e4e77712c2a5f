"""The package installed from its wheel, in a folder that has nothing of the project: a checkout's report."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import listing
from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.elsewhere import differing
from tests.helpers.environments import PROJECT
from tests.helpers.offline import MADE_SO, REFUSED, offline
from tests.helpers.projects import TYSVAER, copy_project
from tests.helpers.wheels import (
    Installed,
    beside_these_packages,
    built,
    checkout,
    into_nothing,
    pythons,
)

REPORT = ("report", "--year", "2024")
INSIDE = "kommuneregnskap/project/"
# What a package of a year takes along of the project.
OF_PROJECT = (
    *("pyproject.toml", "requirements.lock", "README.md", "LICENSE", "CITATION.cff"),
    "benchmarks/results.csv",
)
MOST = 2_000_000  # bytes; what is larger has something in it that does not belong there
DEADLINE = 120  # seconds


@pytest.fixture(scope="module")
def wheel(module_folder: Path) -> Path:
    """The wheel of a checkout without git, in which somebody has worked with files of their own."""
    project = checkout(module_folder / "prosjekt")
    for name in (
        "data/raw/2024/0A.txt",
        "data/raw/ssb/2026-01-01/verdier.parquet",
        "data/demo/panel/2024/a.txt",
        "data/.gitignored/.cache/x",
        "notebooks/.ipynb_checkpoints/x.ipynb",
        "reports/2024/kostra/index.html",
        "src/kommuneregnskap/__pycache__/x.pyc",
        ".cache/x",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("mitt eget", "utf-8")
    return built(project, module_folder / "ut")


@pytest.fixture(scope="module")
def installed(wheel: Path, module_folder: Path, demo_panel: Path, warm: Path) -> Installed:
    """The wheel beside the packages of the tests, for a user who has made a report: what is kept is by content."""
    made = beside_these_packages(wheel, module_folder / "installert")
    made.cache.mkdir(parents=True)
    for store in warm.iterdir():
        (made.cache / store.name).symlink_to(store)
    shutil.copytree(demo_panel, made.cache / "panel")
    return made


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "skrivebord, æ"
    folder.mkdir()
    return folder


def test_it_holds_the_package_and_what_it_reads_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as package:
        names = {name for name in package.namelist() if ".dist-info/" not in name}
        own = {name: package.read(name) for name in names}
    wanted = {}
    for name in listing.files(PROJECT):
        if name.startswith("src/"):
            wanted[name.removeprefix("src/")] = name
        if (
            name.startswith(("data/", "notebooks/"))
            or name == "reports/simulering-2024-demo.csv"
            or name in OF_PROJECT
        ):
            wanted[INSIDE + name] = name
    assert names == wanted.keys()
    assert all(own[name] == (PROJECT / source).read_bytes() for name, source in wanted.items())
    assert {name for name in names if name.startswith(f"{INSIDE}data/raw/")} == {
        f"{INSIDE}data/raw/README.md",
        f"{INSIDE}data/raw/SOURCES.csv",
    }
    assert wheel.stat().st_size < MOST


@pytest.mark.heavy
def test_its_report_is_that_of_a_checkout(
    installed: Installed, desk: Path, year_2024: Path
) -> None:
    """To the byte, but for commands on pages; and it leaves reports in the folder one works in, and nothing else.

    It asks no network for anything.
    """
    alone = offline(desk.parent, desk)["PYTHONPATH"]
    run = installed.run(desk, *REPORT, "--source", "demo", "--jobs", "2", PYTHONPATH=alone)
    assert run.returncode == 0, run.stderr
    assert (desk.parent / MADE_SO).is_file()
    assert REFUSED not in run.stderr
    assert not differing(year_2024 / "demo", desk / "reports/2024/demo")
    for name in ("tall.csv", "vurdering.csv"):
        committed = PROJECT / "reports/2024/demo" / name
        assert (desk / "reports/2024/demo" / name).read_bytes() == committed.read_bytes()
    page = (desk / "reports/2024/demo/index.html").read_text("utf-8")
    assert "kommuneregnskap trace --year 2024 --source demo --id " in page
    assert "make " not in page
    assert [path.name for path in desk.iterdir()] == ["reports"]
    assert [path.name for path in installed.home.iterdir()] == [".cache"]
    assert [path.name for path in installed.cache.parent.iterdir()] == ["kommuneregnskap"]
    again = installed.run(desk, *REPORT, "--source", "demo")
    assert "Nothing has changed since it was made" in again.stdout


def test_account_files_below_the_folder_one_works_in_count(
    installed: Installed, desk: Path
) -> None:
    text = lines(grown(2024), region=TYSVAER)
    deliver(desk / "data/raw", text)
    deliver(desk / "andre filer", text)
    kept = installed.run(desk, "validate", "--year", "2024")
    given = installed.run(desk, "validate", "--year", "2024", "--data", "andre filer")
    assert kept.stdout.startswith("1 set of accounts: "), kept.stderr
    assert kept.stdout == given.stdout
    (desk / "inne").mkdir()
    inside = installed.run(desk / "inne", "validate", "--year", "2024")
    assert inside.returncode == 1
    assert inside.stderr == (
        "Error: no account files of 2024 in data/raw; give their folder with --data folder\n"
    )


def test_a_folder_that_is_named_is_the_project(
    installed: Installed, desk: Path, demo_panel: Path, tmp_path: Path
) -> None:
    """Its tables, its reports, its cache: as for a checkout."""
    project = tmp_path / "prosjekt"
    copy_project(project, demo_panel)
    deliver(project / "data/raw", lines(grown(2024), region=TYSVAER))
    table = project / "data/definitions/controls.csv"
    table.write_text(table.read_text("utf-8").splitlines()[0] + "\nfeil\n", "utf-8")
    told = installed.run(desk, "validate", "--year", "2024", KOMMUNEREGNSKAP_ROOT=str(project))
    assert told.returncode == 1
    assert f"{project}/data/definitions/controls.csv:2: " in told.stderr
    shutil.copy(PROJECT / "data/definitions/controls.csv", table)
    told = installed.run(desk, "validate", "--year", "2024", KOMMUNEREGNSKAP_ROOT=str(project))
    assert told.stdout.startswith("1 set of accounts: "), told.stderr
    assert f"{project}/reports/2024/" in told.stdout
    assert (project / ".cache").is_dir()
    assert not list(desk.iterdir())


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("diff", "--year", "2024"), "kommuneregnskap diff --year 2024 --from 2026-09-19 --to "),
        (("report", "--year", "2031"), "kommuneregnskap fetch --year 2031 (docs/new-year.md)"),
        (
            ("check", "--year", "2023", "--runner", "nbclient"),
            "kommuneregnskap report --year 2023\n",
        ),
    ],
    ids=lambda value: value[0],
)
def test_commands_that_messages_name_work_there(
    installed: Installed, desk: Path, words: tuple[str, ...], command: str
) -> None:
    run = installed.run(desk, *words)
    assert run.returncode == 1
    assert command in run.stderr
    assert not re.search(r"\bmake (?!it first)", run.stderr)
    assert not list(desk.iterdir())


@pytest.mark.parametrize("words", ["tables --write", "notebooks --clean", "notebooks --accept"])
def test_what_is_installed_is_not_edited(installed: Installed, desk: Path, words: str) -> None:
    run = installed.run(desk, *words.split())
    assert run.returncode == 1
    assert run.stderr.startswith(
        "Error: the tables and notebooks of an installed package are not edited; "
    )
    assert run.stderr.count("\n") == 1


def test_from_an_archive_it_says_what_to_do(wheel: Path, desk: Path) -> None:
    """Python can import from a zip; tables, templates and notebooks are files."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from kommuneregnskap.support import errors, paths\n"
        "try:\n    paths.tables()\nexcept errors.UsageError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(wheel)],
        cwd=desk,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.startswith("the package is read from an archive ("), said.stderr
    assert "install it: python -m pip install" in said.stdout


@pytest.mark.slow
def test_lab_opens_the_notebooks_in_a_folder_of_ones_own(installed: Installed, desk: Path) -> None:
    """What was worked in before stays; a notebook finds what a report finds."""
    (desk / "notebooks").mkdir()
    (desk / "notebooks/1_investments.ipynb").write_text("mitt", "utf-8")
    runtime, settings = desk.parent / "runtime", desk.parent / "config"
    settings.mkdir()
    (settings / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"allow_root": True, "open_browser": False, "port": 0}}), "utf-8"
    )
    own = {"JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(settings)}
    with (desk.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(installed.program), "lab"],
            cwd=desk,
            env=installed.environment(**own),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: list(runtime.glob("jpserver-*.json")), process)
    finally:
        process.terminate()
        process.wait(DEADLINE)
        wait_for(lambda: not list(runtime.glob("jpserver-*.json")))
    shipped = sorted(path.name for path in (PROJECT / "notebooks").glob("*.ipynb"))
    assert sorted(path.name for path in (desk / "notebooks").glob("*.ipynb")) == shipped
    assert (desk / "notebooks/explore.ipynb").read_bytes() == (
        PROJECT / "notebooks/explore.ipynb"
    ).read_bytes()
    assert (desk / "notebooks/1_investments.ipynb").read_text("utf-8") == "mitt"
    assert "Traceback" not in (desk.parent / "log").read_text("utf-8")


def wait_for(
    condition: Callable[[], object], process: subprocess.Popen[bytes] | None = None
) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        assert process is None or process.poll() is None
        time.sleep(0.1)


@pytest.mark.night
@pytest.mark.parametrize("minor", sorted({sys.version_info[1], *pythons()}))
def test_installed_into_an_empty_environment_with_what_it_asks_for(
    wheel: Path,
    desk: Path,
    tmp_path: Path,
    year_2024: Path,
    minor: int,
    record_property: Callable[[str, object], None],
) -> None:
    """As a user does it. On another Python than that of the tests, what names it is another: the manifests."""
    python = pythons().get(minor, Path(sys.executable))
    begun = time.monotonic()
    made = into_nothing(wheel, python, tmp_path / "tomt")
    there = time.monotonic()
    run = made.run(desk, *REPORT)
    ended = time.monotonic()
    assert run.returncode == 0, run.stderr
    found = set(differing(year_2024, desk / "reports" / "2024", other_packages=True))
    assert {Path(name).name for name in found} <= {"manifest.json"}, found
    packed = made.run(desk, "package", "--year", "2024")
    assert packed.returncode == 0, packed.stderr
    with zipfile.ZipFile(desk / "reports/2024/kommuneregnskap-2024.zip") as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert {f"project/{name}" for name in OF_PROJECT} < names
    print(
        f"\nPython 3.{minor}: installed in {there - begun:.0f} s, first report in {ended - there:.0f} s"
    )
    newer = "" if pythons() and max(pythons()) > minor else ", the newest here"
    record_property("counted", (f"first reports from the wheel on Python 3.{minor}{newer}", 1))
