"""A run that is killed at any moment leaves what stood there, and the next one makes what an undisturbed one makes."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import store
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.disturbed import SEED, Prints, Project, project_in, put_former, spread, visible
from tests.helpers.outputs import fingerprints
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_small import small

pytestmark = pytest.mark.night

KILLS = 12
REPORT = ("report", "--year", "2024", "--only", "side")
SHEETS = ("sheets", "--year", "2024", "--units", "6117,6118,6119,6122", "--jobs", "2")
YEARS = range(2021, 2025)
KINDS = ("poster", "balanse", "indikatorer")
IN_STORE = ("--years", "2021-2024", "--to", "lager")
PARTITION = ("partition", "--source", "kostra", "--data", "filer", *IN_STORE)
EVALUATE = ("evaluate", "--from", "lager", *IN_STORE)
SIMULATE = ("simulate", "--draws", "20", "--jobs", "2")


@pytest.fixture
def undisturbed(tmp_path: Path, demo_panel: Path, evaluated: Path) -> Project:
    return project_in(tmp_path / "uforstyrret", demo_panel, evaluated)


@pytest.fixture
def disturbed(tmp_path: Path, demo_panel: Path, evaluated: Path) -> Project:
    return project_in(tmp_path / "forstyrret", demo_panel, evaluated)


def same_names(one: Path, other: Path) -> None:
    """Nothing is left behind, hidden or not."""
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}


def test_a_report_killed_at_any_moment(undisturbed: Project, disturbed: Project) -> None:
    """The former one stands, or the new one, whole; what the killed runs left in the cache does no harm."""
    span = undisturbed.whole(*REPORT)
    wanted = fingerprints(undisturbed.folder("demo"))
    folder = disturbed.folder("demo")
    before = put_former(folder)
    held = 0
    for number, part in enumerate(spread(random.Random(SEED), KILLS)):
        ended = disturbed.killed(*REPORT, after=span * part, group=number % 2 == 0)
        found = fingerprints(folder)
        assert found == wanted if ended else found in (before, wanted), f"kill {number}, {part}"
        held += found == before
        if found == wanted:
            disturbed.cold()
            before = put_former(folder)
    assert held >= KILLS // 3, "most runs were killed before they were done"
    disturbed.whole(*REPORT)
    assert fingerprints(folder) == wanted
    same_names(folder.parent, undisturbed.folder("demo").parent)


def test_sheets_killed_at_any_moment(undisturbed: Project, disturbed: Project) -> None:
    """Every file there is whole; the next run makes what is missing."""
    span = undisturbed.whole(*SHEETS)
    wanted = fingerprints(undisturbed.folder("demo-ark"))
    folder = disturbed.folder("demo-ark")
    for number, part in enumerate(spread(random.Random(SEED), KILLS)):
        disturbed.killed(*SHEETS, after=span * part, group=number % 2 == 0)
        found = fingerprints(folder) if folder.exists() else {}
        sheets = {name: each for name, each in found.items() if name[0].isdigit()}
        assert sheets.items() <= wanted.items(), f"kill {number}, {part}"
        if number % 3 == 2:
            disturbed.cold()
            shutil.rmtree(folder, ignore_errors=True)
    disturbed.whole(*SHEETS)
    assert fingerprints(folder) == wanted


def at_moments(last: int, count: int) -> list[int]:
    """Return random changes of `last`, the last few among them: those that publish."""
    chosen = random.Random(SEED).sample(range(1, last + 1), min(count, last))
    return sorted({*chosen, last - 1, last})


class TestBetweenTwoChanges:
    """Killed just before a file is written, renamed or removed, by the process that publishes."""

    def test_a_year_of_reports(self, tmp_path: Path, demo_panel: Path, evaluated: Path) -> None:
        """The report stands or the former one; the front is of what stands, or is made again."""
        undisturbed, disturbed = (
            project_in(tmp_path / name, demo_panel, evaluated, small=True) for name in ("u", "f")
        )
        last = undisturbed.moments(*REPORT)
        wanted = visible(undisturbed.folder(""))
        for moment in at_moments(last, 16):
            disturbed.cold()
            before = put_former(disturbed.folder("demo"))
            disturbed.killed_at(moment, *REPORT)
            found = fingerprints(disturbed.folder("demo"))
            new = {name[5:]: each for name, each in wanted.items() if name.startswith("demo/")}
            assert found in (before, new), moment
            disturbed.whole(*REPORT)
            assert visible(disturbed.folder("")) == wanted, moment
        same_names(disturbed.folder(""), undisturbed.folder(""))

    def test_sheets(self, undisturbed: Project, disturbed: Project) -> None:
        last = undisturbed.moments(*SHEETS)
        wanted = fingerprints(undisturbed.folder("demo-ark"))
        for moment in at_moments(last, 10):
            shutil.rmtree(disturbed.folder("demo-ark"), ignore_errors=True)
            disturbed.killed_at(moment, *SHEETS)
            disturbed.whole(*SHEETS)
            assert fingerprints(disturbed.folder("demo-ark")) == wanted, moment

    def test_a_simulation(self, undisturbed: Project, disturbed: Project) -> None:
        """The table is the former one or the new one."""
        table = "reports/simulering-2024-demo.csv"
        last = undisturbed.moments(*SIMULATE)
        before, wanted = ((each.root / table).read_bytes() for each in (disturbed, undisturbed))
        for moment in at_moments(last, 3):
            (disturbed.root / table).write_bytes(before)
            ended = disturbed.killed_at(moment, *SIMULATE)
            assert (disturbed.root / table).read_bytes() in (
                (wanted,) if ended else (before, wanted)
            )
            disturbed.whole(*SIMULATE)
            assert (disturbed.root / table).read_bytes() == wanted, moment


def accounts_in(project: Project, revenue: int) -> None:
    """Put sound account files of YEARS into a project, with a revenue of their own (and the expenditure it allows)."""
    own = {-100: -revenue, 900: 800 + revenue}
    for year in YEARS:
        posts = [(*post[:3], own.get(post[3], post[3])) for post in sound()]
        deliver(project.root / "filer", lines(posts, year=year), year=year)


class TestStore:
    """A year is the former one, the new one, or one that is refused in a line when it is read."""

    @pytest.fixture
    def stores(self, undisturbed: Project, disturbed: Project) -> tuple[Project, Project]:
        """Two projects with the same account files; in the second a store of other accounts."""
        accounts_in(disturbed, 150)
        disturbed.whole(*PARTITION)
        disturbed.whole(*EVALUATE)
        for each in (undisturbed, disturbed):
            accounts_in(each, 100)
        return undisturbed, disturbed

    def years(self, project: Project, before: Prints, wanted: Prints) -> None:
        """Look at every year of a store as its readers do."""
        found = visible(project.root / "lager")
        for name, each in found.items():
            assert each in (before.get(name), wanted[name]), name
        for year in YEARS:
            names = [f"{kind}/aar={year}/regnskapsomfang=kasse/{kind}.parquet" for kind in KINDS]
            whole = any(
                all(found[name] == side[name] for name in names[:2]) for side in (before, wanted)
            )
            if whole:
                store.scan(str(project.root / "lager"), [year])
                continue
            with pytest.raises(DataError) as refused:
                store.scan(str(project.root / "lager"), [year])
            assert "\n" not in str(refused.value)

    @pytest.mark.parametrize("words", [PARTITION, EVALUATE], ids=["partition", "evaluate"])
    def test_killed_between_two_changes(
        self, stores: tuple[Project, Project], words: tuple[str, ...]
    ) -> None:
        undisturbed, disturbed = stores
        if words == EVALUATE:
            for each in stores:
                each.whole(*PARTITION)
        last = undisturbed.moments(*words)
        wanted = visible(undisturbed.root / "lager")
        before = visible(disturbed.root / "lager")
        former = shutil.copytree(disturbed.root / "lager", disturbed.root / "forrige")
        for moment in at_moments(last, 14):
            shutil.rmtree(disturbed.root / "lager")
            shutil.copytree(former, disturbed.root / "lager")
            disturbed.killed_at(moment, *words)
            self.years(disturbed, before, before | wanted)
        disturbed.whole(*words)
        assert visible(disturbed.root / "lager") == before | wanted

    def test_killed_at_any_moment(self, stores: tuple[Project, Project]) -> None:
        undisturbed, disturbed = stores
        span = undisturbed.whole(*PARTITION)
        wanted = visible(undisturbed.root / "lager")
        before = visible(disturbed.root / "lager")
        for number, part in enumerate(spread(random.Random(SEED), KILLS)):
            disturbed.killed(*PARTITION, after=span * part, group=number % 2 == 0)
            self.years(disturbed, before, before | wanted)
        disturbed.whole(*PARTITION)
        assert visible(disturbed.root / "lager") == before | wanted


class TestFetch:
    """A snapshot is there whole, or not at all; the next fetch gives what an undisturbed one gives."""

    def words(self, server: PxWebServer, folder: str) -> tuple[str, ...]:
        asked = ("--year", "2024", "--retrieved", "2026-11-24")
        return ("fetch", *asked, "--url", server.url, "--data", folder)

    def left(self, folder: Path, wanted: Prints) -> None:
        """Snapshots that can be opened, all of them the one that is wanted."""
        for name in snapshot.ids(folder) if folder.is_dir() else []:
            assert fingerprints(snapshot.open_snapshot(name, folder).folder) == wanted

    def whole(self, project: Project, words: tuple[str, ...], folder: Path, wanted: Prints) -> None:
        project.whole(*words)
        self.left(folder, wanted)
        assert not [path for path in folder.iterdir() if path.name.startswith(".utkast")]

    def test_killed_between_two_changes(self, server: PxWebServer, undisturbed: Project) -> None:
        small(server, YEARS)
        last = undisturbed.moments(*self.words(server, "hele"))
        wanted = fingerprints(undisturbed.root / "hele/2026-11-24")
        for moment in at_moments(last, 14):
            folder = undisturbed.root / f"drept {moment}"
            words = self.words(server, folder.name)
            undisturbed.killed_at(moment, *words)
            self.left(folder, wanted)
            self.whole(undisturbed, words, folder, wanted)

    def test_killed_at_any_moment(self, server: PxWebServer, undisturbed: Project) -> None:
        """One after the other into the same folder: each goes on where the one before was killed."""
        small(server, YEARS)
        span = undisturbed.whole(*self.words(server, "hele"))
        wanted = fingerprints(undisturbed.root / "hele/2026-11-24")
        folder = undisturbed.root / "drept"
        words = self.words(server, folder.name)
        for number, part in enumerate(spread(random.Random(SEED), KILLS)):
            undisturbed.killed(*words, after=span * part, group=number % 2 == 0)
            self.left(folder, wanted)
            if number % 4 == 3:
                self.whole(undisturbed, words, folder, wanted)
                shutil.rmtree(folder)
        self.whole(undisturbed, words, folder, wanted)
