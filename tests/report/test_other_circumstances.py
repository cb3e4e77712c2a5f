"""What bears on no number: another clock, other times of files, other settings of the machine. The same bytes."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.helpers.disturbed import Prints, Project, project_in, visible
from tests.helpers.environments import with_environment
from tests.helpers.programs import clock

pytestmark = pytest.mark.night

REPORT = ("report", "--year", "2024", "--force")
SIDE = (*REPORT, "--only", "side")
SHEETS = ("sheets", "--year", "2024", "--units", "6117,6118")
CLOCK = (str(Path(clock.__file__)),)
DAY = 24 * 3600.0
TIMES = {"1970": 0.0, "1980": 10 * 365 * DAY, "2038": 2**31 - 3.0, "2100": 47_482 * DAY}
SETTINGS = [
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "4294967295"},
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "Amerika/Ikke_der"},
    {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
    {"LANG": "nb_NO.UTF-8", "LC_ALL": "nb_NO.UTF-8"},
    {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "nb_NO.ISO-8859-1", "PYTHONIOENCODING": "latin-1"},
    {"COLUMNS": "20", "LINES": "5"},
    {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    {"POLARS_MAX_THREADS": "7", "RAYON_NUM_THREADS": "7", "OMP_NUM_THREADS": "5"},
    {"POLARS_FMT_MAX_ROWS": "2", "POLARS_FMT_STR_LEN": "3", "POLARS_TABLE_WIDTH": "20"},
    {"POLARS_FMT_TABLE_FORMATTING": "ASCII_FULL", "POLARS_VERBOSE": "0"},
    {"PYTHONOPTIMIZE": "1"},
    {"PYTHONOPTIMIZE": "2"},
    {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
    {"PYTHONWARNINGS": "error"},
    {"PYTHONDEVMODE": "1"},
    {"NO_COLOR": "1", "TERM": "dumb", "CI": "1"},
    {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"},
    {"SOURCE_DATE_EPOCH": "0"},
    {"MPLBACKEND": "tkagg", "MPLCONFIGDIR": "/ikke/der", "DISPLAY": ":99"},
    {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
    {"USER": None, "LOGNAME": None, "PATH": "/ikke/der"},
]


@dataclass(frozen=True)
class Same:
    """A project, and one where nothing is set."""

    project: Project
    undisturbed: Project
    there: dict[tuple[str, ...], Prints] = field(default_factory=dict)

    def wanted(self, words: tuple[str, ...]) -> Prints:
        """Return what a command makes where nothing is set."""
        if words not in self.there:
            self.undisturbed.whole(*words)
            self.there[words] = self.made(words, self.undisturbed)
        return self.there[words]

    def made(self, words: tuple[str, ...], by: Project | None = None) -> Prints:
        """Return what a command made."""
        name = "demo-ark" if words == SHEETS else "demo"
        return visible((by or self.project).folder(name))

    def again(
        self,
        *words: str,
        program: tuple[str, ...] = ("-m", "kommuneregnskap"),
        env: dict[str, str | None] | None = None,
    ) -> None:
        """Make it anew, with nothing in the cache, and hold it against what was made there."""
        self.project.cold()
        shutil.rmtree(self.project.root / "reports/2024", ignore_errors=True)
        said = self.project.run(*words, program=program, env=env)
        assert said.returncode == 0, said
        assert "Traceback" not in said.stderr, said
        assert self.made(words) == self.wanted(words)


@pytest.fixture(scope="module")
def same(module_folder: Path, demo_panel: Path, evaluated: Path) -> Same:
    undisturbed, project = (
        project_in(module_folder / name, demo_panel, evaluated, small=True) for name in ("u", "l")
    )
    return Same(project, undisturbed)


@pytest.mark.parametrize("words", [REPORT, SHEETS], ids=lambda words: words[0])
@pytest.mark.parametrize("time", TIMES)
def test_another_clock(same: Same, words: tuple[str, ...], time: str) -> None:
    same.again(*words, program=CLOCK, env={clock.CLOCK: str(TIMES[time])})


@pytest.mark.parametrize("time", TIMES)
def test_files_of_another_time(same: Same, time: str) -> None:
    """What the report is made of, what is kept, and the report itself."""
    for path in [same.project.root, *same.project.root.rglob("*")]:
        os.utime(path, (TIMES[time], TIMES[time]), follow_symlinks=False)
    said = same.project.run(*REPORT)
    assert said.returncode == 0, said
    assert same.made(REPORT) == same.wanted(REPORT)
    same.again(*REPORT)


@pytest.mark.parametrize("env", SETTINGS, ids=lambda env: next(iter(env)))
def test_other_settings(same: Same, env: dict[str, str | None]) -> None:
    same.again(*SIDE, env=env)


ALL_AT_ONCE = {name: value for each in SETTINGS for name, value in each.items() if name != "PATH"}


def test_other_settings_by_way_of_the_makefile(same: Same) -> None:
    """All of them at once, through what the Makefile runs commands by."""
    with_environment(same.project.root)
    by_way = ("-I", "-S", "tools/environment.py", "with", "python", "-m", "kommuneregnskap")
    same.again(*SIDE, program=by_way, env=ALL_AT_ONCE)


def test_a_report_of_other_versions_is_made_anew(same: Same) -> None:
    """Of a package, of Python, of the program: what stands is taken for another, and the new one is the same."""
    manifest = same.project.root / "reports/2024/demo/manifest.json"
    words = tuple(word for word in REPORT if word != "--force")
    same.again(*REPORT)
    whole = json.loads(manifest.read_text("utf-8"))
    for change in (
        {"pakker": whole["pakker"] | {"polars": "0.1"}},
        {"pakker": {k: v for k, v in whole["pakker"].items() if k != "typst"}},
        {"python": "3.99"},
        {"kode": whole["kode"] | {"versjon": "0"}},
    ):
        other = whole | change
        other["utfoert_av"] = dict.fromkeys(whole["utfoert_av"], "av noe annet")
        manifest.write_text(json.dumps(other), "utf-8")
        (manifest.parent / "notebooks/1_investments.ipynb").write_text("{}", "utf-8")
        said = same.project.run(*words)
        assert said.returncode == 0, said
        assert "Nothing has changed" not in said.stdout
        assert same.made(REPORT) == same.wanted(REPORT)


def test_packages_of_another_version(same: Same, tmp_path: Path) -> None:
    """The installed polars says that it is another one: the report says so, and nothing else in it is another."""
    files = distribution("polars").files or []
    metadata = next(each for each in files if each.name == "METADATA")
    own = tmp_path / Path(str(metadata)).parent.name
    shutil.copytree(Path(str(metadata.locate())).parent, own)
    text = (own / "METADATA").read_text("utf-8")
    version = distribution("polars").version
    (own / "METADATA").write_text(
        text.replace(f"\nVersion: {version}\n", "\nVersion: 99.9\n"), "utf-8"
    )
    same.again(*SIDE)
    words = tuple(word for word in SIDE if word != "--force")
    said = same.project.run(*words, env={"PYTHONPATH": str(tmp_path)})
    assert said.returncode == 0, said
    assert "Nothing has changed" not in said.stdout
    found = same.made(SIDE)
    assert {name for name in found if found[name] != same.wanted(SIDE).get(name)} == {
        "manifest.json"
    }
    made = json.loads((same.project.root / "reports/2024/demo/manifest.json").read_text("utf-8"))
    assert made["pakker"]["polars"] == "99.9"
    assert found.keys() == same.wanted(SIDE).keys()
