"""The environment of this checkout: built once, used by every command, the same whatever the machine has set.

    python3 -I tools/environment.py run            build .venv from requirements.lock where it is not complete
    python3 -I tools/environment.py dev            and add what tests and linting need: requirements-dev.lock
    python3 -I tools/environment.py with PROGRAM … run a program of .venv/bin, away from the machine's settings

Needs nothing but Python's own library, since it runs before there is an environment. Not for Windows, where nothing of
this is needed: docs/commands.md, «Without make».
"""

from __future__ import annotations

import configparser
import hashlib
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

fcntl: Any = None  # Windows has it not
with suppress(ImportError):
    fcntl = importlib.import_module("fcntl")

ROOT = Path(__file__).resolve().parents[1]
HELD = "KOMMUNEREGNSKAP_ENVIRONMENT_HELD"
# What no run of this project imports; what of pip is used here is compiled by that.
UNUSED = r"/site-packages/(?:(?:pip|setuptools|pkg_resources|_distutils_hack)/|.*/tests?/)"
NEWS = "@jupyterlab/apputils-extension:announcements"
BY_HAND = "On Windows .venv is built by hand: docs/commands.md, «Without make»."

# What a machine may have set for other purposes, and what would change what a command does: names, and beginnings.
DROPPED = frozenset(
    {
        "BASH_ENV",
        "CDPATH",
        "ENV",
        "GREP_OPTIONS",
        "JUPYTER_CONFIG_PATH",
        "JUPYTER_PATH",
        "KOMMUNEREGNSKAP_RAW",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PLAYWRIGHT_BROWSERS_PATH",
        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
        "PWDEBUG",
        "SOURCE_DATE_EPOCH",
        "VIRTUAL_ENV",
        "VIRTUAL_ENV_PROMPT",
        "__PYVENV_LAUNCHER__",
    }
)
DROPPED_PREFIXES = (
    "CONDA_",
    "COVERAGE_",
    "COV_CORE_",
    "GIT_",
    "HYPOTHESIS_",
    "IPYTHON",
    "MPL",
    "MYPY",
    "PIP_",
    "POLARS_",
    "PYTEST_",
    "PYTHON",
    "RUFF_",
    "TYPST_",
)
# What such a beginning has that only says how much of the machine to use, or where it has room.
USE = ("POLARS_MAX_THREADS", "POLARS_TEMP_DIR")

# Of all that pip can be told, what says where packages come from and how they are reached. The locks say which
# packages; everything else (user, target, constraint, no-binary, dry-run …) would change what is installed or where.
PIP_KEPT = frozenset(
    {
        "CACHE_DIR",
        "CERT",
        "CLIENT_CERT",
        "DEFAULT_TIMEOUT",
        "EXTRA_INDEX_URL",
        "FIND_LINKS",
        "INDEX_URL",
        "KEYRING_PROVIDER",
        "NO_CACHE_DIR",
        "NO_INDEX",
        "PROXY",
        "PYPI_URL",
        "RESUME_RETRIES",
        "RETRIES",
        "TIMEOUT",
        "TRUSTED_HOST",
        "USE_DEPRECATED",
        "USE_FEATURE",
    }
)
KEPT = frozenset(USE) | {f"PIP_{name}" for name in PIP_KEPT}


class SetupError(Exception):
    """What a user can mend, in a line."""


def clean(machine: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return the environment that commands of the checkout `root` run in, on a machine that has set `machine`."""
    kept = {
        name: value
        for name, value in machine.items()
        if name in KEPT or (name not in DROPPED and not name.startswith(DROPPED_PREFIXES))
    }
    return kept | {
        "KOMMUNEREGNSKAP_ROOT": str(root),
        # Kernels are those of .venv, whatever kernel of the same name the user has, and run no start-up file of theirs.
        "IPYTHONDIR": str(root / ".venv" / "share" / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
    }


def pip_environment(machine: Mapping[str, str], files: list[Path]) -> dict[str, str]:
    """Return the environment for pip: of its variables and files (the weakest first) only what PIP_KEPT names."""
    told: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        parser.read(file, "utf-8")
        for section in ("global", "install"):
            if parser.has_section(section):
                told |= {_variable(name): value for name, value in parser.items(section)}
    told |= {
        name.removeprefix("PIP_"): value
        for name, value in machine.items()
        if name.startswith("PIP_") and value
    }
    return clean(machine) | {
        "PIP_CONFIG_FILE": os.devnull,  # no other file is read
        **{f"PIP_{name}": value for name, value in told.items() if name in PIP_KEPT},
    }


def _variable(option: str) -> str:
    """Return the end of the name of the variable that says the same as a line of a file."""
    return option.replace("-", "_").upper()


def pip_files(python: Path, machine: Mapping[str, str]) -> list[Path]:
    """Ask pip which files it would read, the weakest first."""
    # As variables, since a file can say these for every command of pip.
    asking = dict.fromkeys(("PIP_GLOBAL", "PIP_QUIET", "PIP_SITE", "PIP_USER", "PIP_VERBOSE"), "0")
    if "PIP_CONFIG_FILE" in machine:
        asking["PIP_CONFIG_FILE"] = machine["PIP_CONFIG_FILE"]
    listed = subprocess.run(
        [str(python), "-I", "-m", "pip", "config", "debug"],
        env=clean(machine) | asking, capture_output=True, text=True, check=False, encoding="utf-8",
    ).stdout  # fmt: skip
    named: dict[str, list[Path]] = {}
    kind = ""
    for line in listed.splitlines():
        if heading := re.fullmatch(r"(env_var|env|global|site|user):", line):
            kind = heading[1]
        elif file := re.fullmatch(r"  (.+), exists: True", line):
            named.setdefault(kind, []).append(Path(file[1]))
    if named.get("env"):  # a file that a variable names stands for the user's own
        named.pop("user", None)
    return [
        file
        for kind in ("global", "user", "site", "env")
        for file in named.get(kind, [])
        if file.is_file()
    ]


class Environment:
    """The folder .venv of a checkout: what is in it, how it is built, who uses it.

    Three files tell: `.complete` (first line: of which checkout; second: made from what) is written last, and what
    lacks it is never used; `.complete-dev` the same for what is added for development; `.dev-begun` that it was
    begun. `.venv.lock` beside it is held by everyone: shared by commands that run, alone by who builds, so that
    nothing is removed under a running command and two that find no environment do not destroy each other's. It is
    handed on to the programs that build, so that an orphan of a killed make is waited for too.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.before = root / ".venv.before"
        self.python = self.folder / "bin" / "python"
        self.machine = dict(os.environ)

    def made_from(self, *, dev: bool = False) -> str:
        """Return a digest of what decides what is installed: the locks, and what pyproject.toml says of the package."""
        with (self.root / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)
        package = [project.get("build-system"), project.get("project")]
        package.append(project.get("tool", {}).get("hatch"))
        digest = hashlib.sha256(json.dumps(package, sort_keys=True).encode())
        for name in ("requirements.lock", *(["requirements-dev.lock"] if dev else [])):
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def stamp(self, *, dev: bool = False) -> Path:
        """Return the file that says that the environment is complete."""
        return self.folder / (".complete-dev" if dev else ".complete")

    def complete(self, *, dev: bool = False) -> bool:
        """Whether the environment is this checkout's, works, and holds what the locks say now."""
        if self.folder.is_symlink() and not self.folder.exists():
            return False
        try:
            told = self.stamp(dev=dev).read_text("utf-8").splitlines()
        except OSError:
            return False
        return told == [str(self.root), self.made_from(dev=dev)] and os.access(self.python, os.X_OK)

    def build(self, *, dev: bool) -> None:
        """Build what is not complete; wait while others build or use it, and then see whether it still has to be."""
        if self.machine.get(HELD) == str(self.root):
            raise SetupError(
                ".venv must be rebuilt, and is used by the command that started this one. Let that end first, "
                "then: make setup"
            )
        self.check_permission()
        with (self.root / ".venv.lock").open("a") as lock:
            self.wait_for(lock.fileno())
            for kind in (False, True) if dev else (False,):
                if self.complete(dev=kind):
                    self.stamp(
                        dev=kind
                    ).touch()  # newer than the locks, which have the same content
                elif kind:
                    self.add_development(lock.fileno())
                else:
                    self.build_anew(lock.fileno())

    def check_permission(self) -> None:
        """Stop where nothing could be built, before anything is touched."""
        present = self.folder.exists() and not self.folder.is_symlink()
        if not os.access(self.root, os.W_OK) or (present and not os.access(self.folder, os.W_OK)):
            raise SetupError(
                ".venv must be rebuilt, and there is no permission to write it. Give write permission to "
                "this folder and .venv, or work in a copy of your own."
            )

    def wait_for(self, lock: int) -> None:
        """Take the lock for this process alone."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that builds or uses .venv ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)

    def build_anew(self, lock: int) -> None:
        """Build .venv; what stood there is put back where that fails, and removed where it does not."""
        print("Setting up .venv (half a minute, once) ...", flush=True)
        if self.folder.is_symlink():
            self.folder.unlink()  # what it leads to is somebody else's
        elif self.before.exists():  # a former attempt was killed: this is what it was building
            shutil.rmtree(self.folder, ignore_errors=True)
        elif self.folder.exists():
            self.folder.rename(self.before)
        try:
            self.call(lock, sys.executable, "-I", "-m", "venv", str(self.folder))
            self.install_installer(lock)
            self.pip(lock, "--require-hashes", "-r", str(self.root / "requirements.lock"))
            self.pip(lock, "--no-build-isolation", "--editable", str(self.root))
            if (self.folder / "bin" / "jupyter").exists():
                self.ask_for_no_news()
            self.compile(lock)
            self.write_stamp(dev=False)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.before.exists():
                self.before.rename(self.folder)
            raise
        shutil.rmtree(self.before, ignore_errors=True)

    def ask_for_no_news(self) -> None:
        """Tell JupyterLab, where it looks for it, not to ask for news: nothing here needs a network."""
        file = self.folder / "etc" / "jupyter" / "labconfig" / "page_config.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        said = {"disabledExtensions": {NEWS: True}}
        file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8", newline="\n")

    def add_development(self, lock: int) -> None:
        """Add what only tests and linting need; what another lock added is not left beside it."""
        begun = self.folder / ".dev-begun"
        if begun.exists():
            self.build_anew(lock)
        print("Adding what tests and linting need to .venv (once) ...", flush=True)
        begun.touch()
        self.pip(lock, "--require-hashes", "-r", str(self.root / "requirements-dev.lock"))
        self.compile(lock)
        self.write_stamp(dev=True)

    def install_installer(self, lock: int) -> None:
        """Install the pip of the lock first: for the rest it takes less than half of what that of this Python does."""
        locked = (self.root / "requirements.lock").read_text("utf-8")
        if own := re.search(r"^pip==.*\n(?: .*\n)*", locked, re.MULTILINE):
            file = self.folder / "pip.lock"
            file.write_text(own[0], encoding="utf-8", newline="\n")
            self.pip(lock, "--require-hashes", "-r", str(file))
            file.unlink()

    def pip(self, lock: int, *words: str) -> None:
        """Install without resolving: the locks are complete, and leave out on purpose what [tool.uv] says."""
        settings = pip_environment(self.machine, pip_files(self.python, self.machine))
        common = ("--quiet", "--disable-pip-version-check", "--no-input")
        self.call(
            lock,
            *(str(self.python), "-I", "-m", "pip", *common, "install", "--no-deps", "--no-compile", *words),
            env=settings,
            warns=True,
        )  # fmt: skip

    def compile(self, lock: int) -> None:
        """Compile bytecode here, so that no run pays for it: but of packages' own tests, which none runs."""
        folders = [str(self.folder / "lib"), str(self.root / "src")]
        words = ("compileall", "-q", "-j", "0", "-x", UNUSED)
        self.call(lock, str(self.python), "-I", "-m", *words, *folders)

    def write_stamp(self, *, dev: bool) -> None:
        """Say that the environment is complete: of which checkout, and made from what."""
        stamp = self.stamp(dev=dev)
        fresh = stamp.with_name(stamp.name + ".new")
        fresh.write_text(
            f"{self.root}\n{self.made_from(dev=dev)}\n", encoding="utf-8", newline="\n"
        )
        fresh.replace(stamp)

    def call(
        self, lock: int, *words: str, env: Mapping[str, str] | None = None, warns: bool = False
    ) -> None:
        """Run a program that builds; it holds the lock as long as it lives, and is heard where it fails."""
        done = subprocess.run(
            words,
            cwd=self.root,
            env=env or clean(self.machine, self.root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if warns else subprocess.STDOUT,
            pass_fds=(lock,),
            check=False,
        )
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace").strip()
            shown = " ".join(Path(word).name for word in words[:4])
            failed = f"Setting up .venv failed at: {shown} … Nothing half built is left; correct that and try again."
            raise SetupError(f"{said}\n{failed}" if said else failed)

    def use(self, program: str, *words: str) -> NoReturn:
        """Become a program of .venv/bin, in a clean environment, holding the lock that keeps .venv in its place."""
        path = self.folder / "bin" / program
        own = clean(self.machine, self.root)
        try:
            lock = os.open(self.root / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            pass  # nothing may be written here, so nobody builds
        else:
            if self.machine.get(HELD) != str(self.root):
                fcntl.flock(lock, fcntl.LOCK_SH)
            os.set_inheritable(lock, True)
            own[HELD] = str(self.root)
        os.execve(path, [str(path), *words], own)


def stopped(number: int, _frame: object) -> NoReturn:
    """Let a signal end what was begun in order."""
    raise SystemExit(128 + number)


def main(words: list[str]) -> int:
    """Do what the words say; return the exit code."""
    if fcntl is None:
        print(BY_HAND, file=sys.stderr)
        return 2
    environment = Environment()
    if words[:1] == ["with"] and len(words) > 1:
        environment.use(*words[1:])
    if words not in (["run"], ["dev"]):
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    try:
        environment.build(dev=words == ["dev"])
    except SetupError as failed:
        print(failed, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; nothing half built is left.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
