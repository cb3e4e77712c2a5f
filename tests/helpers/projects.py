"""Project folders of tests, and what is made in them once for all who only read it (`kept`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.estimates import kept
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import drawings, publish
from kommuneregnskap.report.package import archive
from kommuneregnskap.sensitivity import specification
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import asked
from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.examples import asked_for_all
from tests.helpers.offline import REFUSED, offline
from tests.helpers.statbank_national import National, national_project

PROJECT = Path(__file__).resolve().parents[2]
PANEL = PROJECT / "data" / "demo" / "panel"
NAME = "prosjekt æøå"
PACKAGE = "kommuneregnskap-2024"  # of the year 2024, see `packed`
OWN, TYSVAER = "filer", "114600"  # one municipality's own files
LATELY = 3600  # seconds


@contextmanager
def inside(project: Path) -> Iterator[None]:
    """Work in a project folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(project))
        yield


def copy_project(folder: Path, panel: Path, cache: Path | None = None) -> None:
    """Copy the tables and notebooks into a project folder; its cache is a shared one, see `warm`, or its own."""
    for name in ("codes", "definitions", "claims"):
        shutil.copytree(PROJECT / "data" / name, folder / "data" / name)
    (folder / "data" / "demo").mkdir()
    for table in (PROJECT / "data" / "demo").glob("*.csv"):
        shutil.copy(table, folder / "data" / "demo")
    (folder / "data" / "demo" / "panel").symlink_to(panel)
    if cache is None:
        (folder / ".cache").mkdir()
    else:
        (folder / ".cache").symlink_to(cache)
    shutil.copytree(
        PROJECT / "notebooks",
        folder / "notebooks",
        ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
    )


def own_cache(folder: Path, *holds: str) -> Path:
    """Give a project a cache of its own in place of the shared one: with the entries of these patterns."""
    cache = folder / ".cache"
    shared = [store.resolve() for pattern in holds for store in cache.glob(pattern)]
    cache.unlink()
    cache.mkdir()
    for store in shared:
        (cache / store.name).symlink_to(store)
    return cache


def copy_simulation(folder: Path) -> None:
    """The kept simulation, which section 9 shows where there is one."""
    (folder / "reports").mkdir(exist_ok=True)
    shutil.copy(PROJECT / "reports" / "simulering-2024-demo.csv", folder / "reports")


# The surveys that several tests open: a year that two of them look at is evaluated once.
SURVEYS = ((2024, "kasse"), (2024, "konsolidert"), (2023, "kasse"), (2025, "kasse"))


def evaluated(folder: Path) -> None:
    """Make a project with the evaluated accounts of SURVEYS in its cache, and have them in the checkout's as well.

    It begins with what a report of the checkout has evaluated just before: keys are by content.
    """
    copy_project(folder, PANEL)
    for store in filter(_lately, (PROJECT / ".cache").glob("2*")):
        shutil.copytree(store, folder / ".cache" / store.name)
    before = {store.name for store in (folder / ".cache").iterdir()}
    with inside(folder), ThreadPoolExecutor(2) as pool:
        for opened in pool.map(lambda each: opening.open_survey(each[0], "demo", each[1]), SURVEYS):
            assert opened.enheter["svart"].any()
    _in_the_checkout(folder, before)


def _lately(place: Path) -> bool:
    """Whether something was made in the hour before now, as by `make report` before `make test`."""
    return place.exists() and place.stat().st_mtime > time.time() - LATELY


def _in_the_checkout(folder: Path, before: set[str]) -> None:
    """Have what was made in a cache since it held `before` in the checkout's as well, where many tests read it."""
    for store in (folder / ".cache").glob("2*"):
        own = PROJECT / ".cache" / store.name
        if store.name not in before and not own.is_dir():
            part = shutil.copytree(store, own.with_name(f".{own.name}.part"), dirs_exist_ok=True)
            part.replace(own)


def warm(folder: Path, cache: Path) -> None:
    """Put all that a usual report of 2024 computes into a cache, and the drawings of the checkout."""
    copy_project(folder, PANEL, cache)
    for place in ("vega-*.js", f"{drawings.FOLDER}/*"):
        for file in (PROJECT / ".cache").glob(place):
            own = folder / ".cache" / file.relative_to(PROJECT / ".cache")
            own.parent.mkdir(exist_ok=True)
            if not own.exists():
                if not file.is_dir():
                    continue  # of a cache that kept otherwise
                part = shutil.copytree(file, own.with_name(f".{own.name}.part"), dirs_exist_ok=True)
                part.replace(own)
    before = {store.name for store in (folder / ".cache").iterdir()}
    with inside(folder):
        opened = opening.open_survey(year=2024, source="demo")
        specification.specifications(opened)
        kept.of(opened)
    _in_the_checkout(folder, before)


def published(folder: Path, cache: Path) -> None:
    """Make the year 2024 in a project `NAME`, as a user does on a new machine: no network, no files of one's own.

    That is the report of the open figures that come along, that of the synthetic panel, and the front of both. If the
    panel's was made in the checkout just before, with the fonts that are here now, it is there already, and stands
    where it is of the same content: the command decides. So a panel's report is made anew by day elsewhere: without a
    network by test_wheel.py, which holds it to this one, and by test_times.py.
    """
    copy_project(folder / NAME, PANEL, cache)
    shutil.copytree(PROJECT / "data" / "ssb", folder / NAME / "data" / "ssb")
    copy_simulation(folder / NAME)
    demo = Path("reports/2024/demo")
    if _lately(PROJECT / demo / "index.html") and _drawn_here(PROJECT / demo / "figurer"):
        of_others = shutil.ignore_patterns(".*", "~$*")  # beside a report that somebody looks at
        shutil.copytree(PROJECT / demo, folder / NAME / demo, ignore=of_others)
    run = subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", "report", "--year", "2024"],
        cwd=folder / NAME,
        env=offline(folder, folder / NAME),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert REFUSED not in run.stderr


def _drawn_here(pictures: Path) -> bool:
    """Whether the pictures of a report are as this machine draws them; a browser that was got since brings fonts."""
    drawn = min(pictures.glob("*.svg"), default=None)
    return drawn is not None and drawn.with_suffix(".png").read_bytes() == drawings.png_of(
        drawn.read_text("utf-8")
    )


def of_one(folder: Path, cache: Path) -> None:
    """Report one municipality's own files of two years, page alone, in a project `NAME` that has open figures too."""
    project = folder / NAME
    copy_project(project, PANEL, cache)
    shutil.copytree(PROJECT / "data" / "ssb", project / "data" / "ssb")
    no_combinations(project)
    for year in (2023, 2024):
        deliver(project / OWN, lines(grown(year), year=year, region=TYSVAER), year=year)
    with inside(project):
        publish.publish(
            asked(2024, source="kostra", data_dir=str(project / OWN)), jobs=2, only="side"
        )


def no_combinations(project: Path) -> None:
    """Leave a project no combinations of choices: the most of what a report of other accounts takes."""
    table = project / "data/definitions/combinations.csv"
    table.write_text(table.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")


def one_notebook(project: Path, others: str = "") -> None:
    """Leave a project one whole notebook and the usual choices alone: what a report says outside of its sections.

    Of the other notebooks the heading and the parameters are left. others: choices that are left too, as in ASSUME.
    """
    no_combinations(project)
    table = project / "data/definitions/alternatives.csv"
    rows = pl.read_csv(table, infer_schema=False)
    asked_for = pl.format("{}={}", "valg", "alternativ").is_in(others.split(","))
    rows.filter((pl.col("valgt") == "ja") | asked_for).write_csv(table)
    for path in sorted((project / "notebooks").glob("[0-9]_*.ipynb"))[1:]:
        notebook = notebooks.read(path)
        notebook.cells = notebook.cells[:2]
        notebooks.write(notebook, path)


def packed(folder: Path, project: Path) -> None:
    """Pack the year 2024 of a project in a copy of it, and unpack it in `folder/ut`."""
    shutil.copytree(project, folder / NAME, symlinks=True)
    with inside(folder / NAME):
        made = archive.pack(asked(2024)).file
    with zipfile.ZipFile(made) as package:
        package.extractall(folder / "ut")


def national(folder: Path, cache: Path) -> None:
    """Fetch the snapshots of `National` in a project `NAME`, which tries no combinations of choices."""
    copy_project(folder / NAME, PANEL, cache)
    no_combinations(folder / NAME)
    copy_simulation(folder / NAME)
    with inside(folder / NAME):
        national_project(folder / NAME)


def open_report(folder: Path, fetched: Path) -> None:
    """Report the revised figures of 2024 that call themselves nothing, in a copy of that project; by day its pages."""
    shutil.copytree(fetched, folder / NAME, symlinks=True)
    with inside(folder / NAME):
        revised = asked(2024, source="ssb", data_dir=National(folder).unmarked[1])
        publish.publish(revised, only="" if asked_for_all() else "side")
