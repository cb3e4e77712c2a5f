"""A browser for the tests: the machine's Chromium, or else one that this project gets for itself.

    make test runs it: looks, gets one where there is none and the machine lets it, and remembers what came of it

What was found stands in `.browsers/found`, one line: the path, or that there is none and why. The machine's own
programs are looked for anew each time, so that a browser installed later is found; getting one is tried again after
a day, and always under CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ROOT / ".browsers"
FOUND = BROWSERS / "found"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
NONE = "none: "
DAY = 24 * 3600
STARTS = 60  # seconds for a browser to say its version
FETCHING = 600  # seconds for a download of some 170 MB, or for the system's package
CONNECTING = "15000"  # milliseconds until a server that does not answer is given up
# Where playwright's own Chromium would be.
PLACE = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as driver: print(driver.chromium.executable_path)"
)


def on_the_machine() -> Path | None:
    """Return a Chromium that is there and starts: the one found last time, else the machine's own."""
    told = remembered()
    if told and not told.startswith(NONE) and os.access(told, os.X_OK):
        return Path(told)
    candidates = [*(path for path in map(shutil.which, NAMES) if path), *MAC]
    return next((Path(path) for path in candidates if starts(path)), None)


def remembered() -> str | None:
    """Return what was found last time: a path, or `none: ` and why; None where nobody has looked."""
    try:
        return FOUND.read_text("utf-8").strip() or None
    except OSError:
        return None


def why_none() -> str:
    """Say why there is no browser, for those who skip a test for it."""
    told = remembered() or NONE + "make test gets one, or install chromium"
    return f"no Chromium: {told.removeprefix(NONE)}"


def remember(text: str) -> None:
    """Write down what was found, whole or not at all."""
    BROWSERS.mkdir(exist_ok=True)
    fresh = FOUND.with_name(f"found.{os.getpid()}")
    fresh.write_text(text + "\n", encoding="utf-8", newline="\n")
    fresh.replace(FOUND)


def starts(path: str | Path) -> bool:
    """Whether a program is there and starts: not a stub that asks for something else, not without its libraries."""
    return quietly([str(path), "--version"], STARTS) is None


def quietly(words: list[str], seconds: float, env: Mapping[str, str] | None = None) -> str | None:
    """Run a program; return None where it succeeded, else what it said of that."""
    try:
        done = subprocess.run(
            words,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {seconds:.0f} s"
    except OSError as error:
        return error.strerror or str(error)
    said = done.stdout.decode("utf-8", "replace").strip().splitlines()
    if done.returncode == 0:
        return None
    errors = [
        line for line in said if line.startswith(("E:", "Error:"))
    ]  # before a trace of a script
    return [f"exit {done.returncode}", *said, *errors][-1]


def as_root() -> list[str] | None:
    """Return what makes a command run as root without asking anybody; None where nothing does."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    return [sudo, "-n"] if sudo and quietly([sudo, "-n", "true"], 10) is None else None


def playwrights_own() -> Path | str:
    """Get the Chromium that belongs to playwright into this project's folder; return it, or why not."""
    env = os.environ | {
        "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS),
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": CONNECTING,
    }
    failed = quietly([sys.executable, "-m", "playwright", "install", "chromium"], FETCHING, env)
    if failed is not None:
        return f"playwright cannot fetch one ({failed})"
    path = subprocess.run(
        [sys.executable, "-c", PLACE], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()
    root = as_root()
    if not starts(path) and root is not None:
        words = [*root, sys.executable, "-m", "playwright", "install-deps", "chromium"]
        quietly(words, FETCHING, env)
    return Path(path) if starts(path) else "playwright's does not start (libraries are missing)"


def systems_package() -> Path | str:
    """Install the system's package where nobody has to be asked; return the program, or why not."""
    apt = shutil.which("apt-get")
    root = as_root()
    if apt is None:
        return "install chromium with this system's packages"
    if root is None:
        return "apt-get needs root: sudo apt-get install chromium"
    quietly([*root, apt, "update", "-qq"], FETCHING)
    words = [
        *root,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        apt,
        "install",
        "-y",
        "-qq",
        "chromium",
    ]
    failed = quietly(words, FETCHING)
    if failed is not None:
        return f"apt-get install chromium failed ({failed})"
    return on_the_machine() or "the system's chromium does not start"


WAYS: tuple[Callable[[], Path | str], ...] = (playwrights_own, systems_package)


def main() -> int:
    """Find a browser or get one, and remember which; the tests that need one are skipped where there is none."""
    told = remembered()
    path = on_the_machine()
    if path is not None:
        remember(str(path))
        return 0
    recent = FOUND.exists() and time.time() - FOUND.stat().st_mtime < DAY
    if told and told.startswith(NONE) and recent and not os.environ.get("CI"):
        print(f"Tests in a browser are skipped, {why_none()}")
        return 0
    print("The tests need a browser, and there is none: getting Chromium (once) ...", flush=True)
    reasons = []
    for way in WAYS:
        got = way()
        if isinstance(got, Path):
            remember(str(got))
            return 0
        reasons.append(got)
    remember(NONE + "; ".join(reasons))
    print(f"Tests in a browser are skipped, {why_none()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
