"""Building the environment: two at once, killed half way, failing, beside another checkout's; what pip is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from jupyterlab_server.config import get_page_config

from tests.helpers.environments import PROJECT
from tools.environment import Environment, SetupError, pip_environment, pip_files

PROJECT_FILE = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "liten"
version = "1"
"""
# Stands for all packages: begins, waits while told to, fails where told to, and leaves one module.
BACKEND = """
import pathlib, time, zipfile
def get_requires_for_build_editable(config_settings=None):
    return []
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    here = pathlib.Path(__file__).parent
    (here / "begun").touch()
    while (here / "wait").exists():
        time.sleep(0.05)
    if (here / "fail").exists():
        raise RuntimeError("told to fail")
    name = "liten-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        wheel.writestr("liten.py", f"HERE = {str(here)!r}")
        wheel.writestr("liten-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: liten\\nVersion: 1\\n")
        wheel.writestr("liten-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("liten-1.dist-info/RECORD", "")
    return name
"""
DEADLINE = 300  # seconds, of which an idle machine needs ten


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the real Makefile and tool, whose environment is built in seconds, and is built."""
    folder = tmp_path_factory.mktemp("oppsett") / "liten, æ"
    (folder / "src").mkdir(parents=True)
    shutil.copy(PROJECT / "Makefile", folder)
    shutil.copytree(PROJECT / "tools", folder / "tools")
    (folder / "pyproject.toml").write_text(PROJECT_FILE, "utf-8")
    (folder / "backend.py").write_text(BACKEND, "utf-8")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text("# empty\n", "utf-8")
    return folder


def start(folder: Path, target: str = "setup", **machine: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", "--no-print-directory", target],
        cwd=folder,
        env=os.environ | machine,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ended(run: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = run.communicate(timeout=DEADLINE)
    return run.returncode, "\n".join(
        line for line in said.splitlines() if not line.startswith("WARNING:")
    )


def wait_until_begun(folder: Path) -> None:
    end = time.monotonic() + DEADLINE
    while not (folder / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def where(folder: Path) -> str:
    """Return which checkout the module that was installed is of."""
    python = folder / ".venv/bin/python"
    asked = [str(python), "-I", "-c", "import liten; print(liten.HERE)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
def test_two_at_once_on_a_machine_with_settings_of_its_own(small: Path, tmp_path: Path) -> None:
    """The second waits for the first and finds it ready; everything lands in .venv, nothing where pip was told to."""
    elsewhere = tmp_path / "annet"
    home = tmp_path / "hjem"
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text(
        f"[global]\nuser = true\nquiet = 3\n[install]\ntarget = {elsewhere}\ndry-run = true\n",
        "utf-8",
    )
    machine = {
        "HOME": str(home), "PIP_USER": "1", "PIP_PREFIX": str(elsewhere), "PIP_ROOT": str(elsewhere),
        "PIP_NO_BINARY": ":all:", "PIP_CONSTRAINT": str(elsewhere), "PIP_REQUIREMENT": str(elsewhere),
        "PYTHONPATH": str(elsewhere), "PYTHONWARNINGS": "error", "PYTHONUSERBASE": str(elsewhere),
        "TMPDIR": str(tmp_path / "med mellomrom"), "PYTHONOPTIMIZE": "2", "XDG_CONFIG_HOME": "",
    }  # fmt: skip
    (tmp_path / "med mellomrom").mkdir()
    both = [start(small, **machine) for _ in range(2)]
    codes, said = zip(*map(ended, both), strict=True)
    assert codes == (0, 0), said
    assert "\n".join(said).count("Setting up .venv") == 1
    assert "\n".join(said).count("Waiting for another command") == 1
    assert where(small) == str(small)
    assert not elsewhere.exists()
    assert (small / ".venv/.complete").read_text("utf-8").splitlines()[0] == str(small)
    (small / "begun").unlink()
    (small / "requirements.lock").touch()
    assert ended(start(small)) == (0, ""), "newer, of the same content"
    assert not (small / "begun").exists()


@pytest.mark.slow
def test_one_that_is_killed_or_interrupted_leaves_what_was_there(small: Path) -> None:
    """What a killed one started may still be building: the next waits for that too, and then builds anew.

    Where that is interrupted, the former environment stands again, complete for what it was made from.
    """
    lock = small / "requirements.lock"
    usual, stamp = lock.read_bytes(), (small / ".venv/.complete").read_bytes()
    (small / "wait").touch()
    lock.write_text("# another\n", "utf-8")
    killed = start(small)
    wait_until_begun(small)
    children = subprocess.run(
        ["pgrep", "-P", str(killed.pid)], capture_output=True, text=True, check=True
    )
    for pid in (killed.pid, *map(int, children.stdout.split())):
        os.kill(pid, signal.SIGKILL)
    assert not (small / ".venv/.complete").exists()
    (small / "begun").unlink()
    again = start(small)
    assert again.stdout is not None
    assert again.stdout.readline().startswith("Waiting for another command")
    (small / "wait").unlink()
    assert again.stdout.readline().startswith("Setting up .venv")
    (small / "wait").touch()
    wait_until_begun(small)
    assert not (small / ".venv/.complete").exists()
    os.killpg(again.pid, signal.SIGINT)
    code, said = ended(again)
    (small / "wait").unlink()
    assert code != 0
    assert "Interrupted; nothing half built is left." in said
    assert "Traceback" not in said
    assert (small / ".venv/.complete").read_bytes() == stamp
    assert not (small / ".venv.before").exists()
    lock.write_bytes(usual)
    assert ended(start(small)) == (0, ""), "as before, so nothing is built"
    assert where(small) == str(small)
    killed.communicate()


def test_one_that_fails_shows_what_was_said(tmp_path: Path) -> None:
    words = (sys.executable, "-c", "print('the reason'); raise SystemExit(3)")
    with (tmp_path / "lock").open("w") as lock, pytest.raises(SetupError) as failed:
        Environment(tmp_path).call(lock.fileno(), *words)
    assert str(failed.value).startswith("the reason\nSetting up .venv failed at: python")


@pytest.mark.slow
def test_a_copied_checkout_gets_an_environment_of_its_own(small: Path, tmp_path: Path) -> None:
    """Also one whose `.venv` leads to another's: only the link is removed."""
    before = sorted((small / ".venv").rglob("*"))
    copy = tmp_path / "kopi"
    shutil.copytree(small, copy, ignore=shutil.ignore_patterns(".venv"))
    (copy / ".venv").symlink_to(small / ".venv")
    code, said = ended(start(copy, "develop"))
    assert code == 0, said
    assert said.count("Setting up .venv") == said.count("Adding what tests and linting need") == 1
    assert where(copy) == str(copy)
    assert not (copy / ".venv").is_symlink()
    assert sorted((small / ".venv").rglob("*")) == before
    assert where(small) == str(small)
    made = Environment(copy)
    assert made.complete()
    assert made.complete(dev=True)
    (copy / "requirements-dev.lock").write_text("# another\n", "utf-8")
    assert made.complete()
    assert not made.complete(dev=True)


def test_an_environment_is_complete_for_its_checkout_and_its_locks_alone(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    made = Environment(tmp_path)
    made.python.parent.mkdir(parents=True)
    made.python.touch(0o755)
    assert not made.complete()
    made.write_stamp(dev=False)
    assert made.complete()
    assert not made.complete(dev=True)
    settings = tmp_path / "pyproject.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("line-length = 100", "line-length = 90"), "utf-8")
    assert made.complete(), "how code is formatted decides nothing that is installed"
    settings.write_text(text.replace('"altair>=6.3"', '"altair>=6.4"'), "utf-8")
    assert not made.complete()
    settings.write_text(text, "utf-8")
    moved = tmp_path / "flyttet"
    shutil.copytree(tmp_path, moved, ignore=shutil.ignore_patterns("flyttet"))
    assert not Environment(moved).complete()
    made.python.unlink()
    assert not made.complete(), "its Python is gone"


class TestPip:
    """From where packages come is the machine's to say; which and whereto is not."""

    def test_variables(self) -> None:
        kept = {
            "PIP_INDEX_URL": "i", "PIP_EXTRA_INDEX_URL": "e f", "PIP_FIND_LINKS": "l", "PIP_CERT": "c",
            "PIP_PROXY": "p", "PIP_CLIENT_CERT": "d", "PIP_TRUSTED_HOST": "t", "PIP_CACHE_DIR": "k",
            "PIP_DEFAULT_TIMEOUT": "180", "PIP_NO_INDEX": "1", "PIP_USE_FEATURE": "truststore",
        }  # fmt: skip
        others = (
            "USER TARGET PREFIX ROOT CONSTRAINT REQUIREMENT NO_DEPS NO_BINARY ONLY_BINARY DRY_RUN REQUIRE_VIRTUALENV"
            " ISOLATED PYTHON REPORT REQUIRE_HASHES NO_COMPILE IGNORE_INSTALLED PRE BREAK_SYSTEM_PACKAGES"
        )
        dropped = dict.fromkeys(others.split(), "1")
        made = pip_environment(kept | {f"PIP_{name}": value for name, value in dropped.items()}, [])
        pip = {name: value for name, value in made.items() if name.startswith("PIP_")}
        assert pip == kept | {"PIP_CONFIG_FILE": os.devnull}

    def test_files_the_weakest_first_and_variables_before_them(self, tmp_path: Path) -> None:
        weak, strong = tmp_path / "weak.conf", tmp_path / "strong.conf"
        weak.write_text("[global]\nindex_url = a\nproxy = p\nuser = true\n", "utf-8")
        strong.write_text(
            "[install]\nindex_url = b\nfind-links =\n  one\n  two\ntarget = x\n[list]\ncert = no\n",
            "utf-8",
        )
        made = pip_environment({"PIP_PROXY": "q"}, [weak, strong])
        pip = {name: value.split() for name, value in made.items() if name.startswith("PIP_")}
        assert pip == {
            "PIP_CONFIG_FILE": [os.devnull],
            "PIP_FIND_LINKS": ["one", "two"],
            "PIP_INDEX_URL": ["b"],
            "PIP_PROXY": ["q"],
        }

    def test_pip_says_which_files_even_where_they_silence_it(self, tmp_path: Path) -> None:
        home, named = tmp_path / "hjem", tmp_path / "navngitt.conf"
        users = home / ".config/pip/pip.conf"
        users.parent.mkdir(parents=True)
        for file in (users, named):
            file.write_text("[global]\nquiet = 3\nuser = true\nsite = true\n", "utf-8")
        machine = {"HOME": str(home), "PATH": os.environ["PATH"], "PIP_USER": "1"}
        python = Path(sys.executable)
        assert pip_files(python, machine)[-1] == users
        told = pip_files(python, machine | {"PIP_CONFIG_FILE": str(named)})
        assert told[-1] == named
        assert users not in told, "pip reads it in place of the user's own"


def test_the_environment_was_built_by_the_pip_of_the_lock_and_asks_for_no_news() -> None:
    """Of the checkout whose environment runs this."""
    locked = (PROJECT / "requirements.lock").read_text("utf-8")
    assert f"\npip=={version('pip')} " in locked
    news = get_page_config([str(Path(sys.prefix) / "etc/jupyter/labconfig")])
    assert news["disabledExtensions"] == ["@jupyterlab/apputils-extension:announcements"]
