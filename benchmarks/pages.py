"""What pages cost a browser: `python -m benchmarks.pages [OLD_PAGE.html [PAGE.html ...]]`, CPU until it is idle.

The pages named after the first, or all of the newest year under reports/. They are opened in turns, so that what else
the machine does meets them alike, each time in a process that has just begun; medians, and the ratio to the old page.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from kommuneregnskap.support import paths
from tools.browser import on_the_machine, why_none

REPETITIONS = 7
WINDOW = {"width": 1280, "height": 900}
# Milliseconds of CPU that count as none, between two looks; so many looks in a row and the page is idle.
QUIET, LOOK, LOOKS = 2, 150, 5
LONGEST = 200  # looks
MEASURED = {
    "main thread": "TaskDuration",
    "layout": "LayoutDuration",
    "style": "RecalcStyleDuration",
    "script": "ScriptDuration",
}
LOADED = """() => { const [page] = performance.getEntriesByType("navigation");
  return [page.loadEventEnd, document.getElementsByTagName("*").length]; }"""


def main() -> None:
    """Open every page REPETITIONS times and print a line for each."""
    named = [Path(word).resolve() for word in sys.argv[1:]]
    missing = [str(path) for path in named if not path.is_file()]
    if missing:
        raise SystemExit(f"no such page: {missing[0]}; name pages that are there")
    old, pages = named[:1], named[1:] or _newest()
    if not pages:
        raise SystemExit("no page under reports/; make report first, or name pages")
    taken = _taken([*old, *pages])
    print(f"{'page':<34}{'elements':>9}{'load':>7}{''.join(f'{name:>13}' for name in MEASURED)}")
    for page, each in taken.items():
        ratio = each["main thread"] / taken[old[0]]["main thread"] if old else None
        print(_line(_called(page), each, ratio))
    print(f"milliseconds, of CPU but for load; medians of {REPETITIONS}, in turns")


def _newest() -> list[Path]:
    """Return the pages of the newest year: its front, those of its reports."""
    years = sorted(path.parent for path in paths.reports().glob("[0-9]*/index.html"))
    return sorted([*years[-1].glob("*.html"), *years[-1].glob("*/*.html")]) if years else []


def _taken(pages: Sequence[Path]) -> dict[Path, dict[str, float]]:
    """Return the medians of each page."""
    browser_path = on_the_machine()
    if browser_path is None:
        raise SystemExit(why_none())
    found: dict[Path, dict[str, list[float]]] = {page: defaultdict(list) for page in pages}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for _ in range(REPETITIONS):
            for page in pages:
                for name, value in _opened(browser, page).items():
                    found[page][name].append(value)
        browser.close()
    return {
        page: {name: statistics.median(values) for name, values in each.items()}
        for page, each in found.items()
    }


def _opened(browser: Browser, path: Path) -> dict[str, float]:
    """Open a page and wait until it does nothing more: milliseconds, and how many elements it has then."""
    with browser.new_context(viewport=WINDOW, offline=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        session = context.new_cdp_session(page)
        # CPU of the thread, not the time that passes while others have the machine.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(path.as_uri())
        spent = _idle(session, page)
        if complaints:  # what does not run costs nothing
            raise SystemExit(f"{path}: {complaints[0]}")
        load, elements = page.evaluate(LOADED)
        return {"elements": elements, "load": load} | {
            name: 1000 * spent[metric] for name, metric in MEASURED.items()
        }


def _idle(session: CDPSession, page: Any) -> Mapping[str, float]:
    """Return what has been spent when nothing more is."""
    before, quiet = _metrics(session), 0
    for _ in range(LONGEST):
        page.wait_for_timeout(LOOK)
        now = _metrics(session)
        still = 1000 * (now["TaskDuration"] - before["TaskDuration"]) < QUIET
        quiet = quiet + 1 if still else 0
        if quiet == LOOKS:
            return now
        before = now
    raise SystemExit("a page does not come to rest")


def _metrics(session: CDPSession) -> dict[str, float]:
    said = session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in said}


def _called(page: Path) -> str:
    inside = page.is_relative_to(paths.reports())
    return str(page.relative_to(paths.reports())) if inside else f"…{str(page)[-32:]}"


def _line(name: str, each: Mapping[str, float], ratio: float | None) -> str:
    times = "".join(f"{each[kind]:>13.0f}" for kind in MEASURED)
    told = f"{name:<34}{each['elements']:>9.0f}{each['load']:>7.0f}{times}"
    return told if ratio is None else f"{told}   {ratio:.3f} of the old page"


if __name__ == "__main__":
    main()
