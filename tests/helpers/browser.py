"""A real Chromium for tests: what it is told, and what it must not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tools.browser import on_the_machine, why_none

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium that tools/browser.py finds; without one the test is skipped, which under CI is a failure."""
    path = on_the_machine()
    if path is None:
        pytest.skip(why_none())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What a page asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )


def barriers(page: Page) -> dict[str, list[str]]:
    """Return what keeps somebody from using a page as axe sees it: the rule, and the first elements that break it.

    axe is not asked to write down all that is as it should be: that takes longer than finding what is not.
    """
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return {
        each["id"]: [node["html"][:160] for node in each["nodes"][:3]]
        for each in found
        if each["impact"] in ("serious", "critical")
    }


def until(page: Page, condition: str) -> None:
    """Wait until an expression holds on a page: asked from outside, since its policy refuses what waits inside."""
    for _ in range(600):
        if page.evaluate(f"() => {condition}"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {condition}")


ALIVE = "figure.figur:has(> script)"
# Everything, also what is off screen: for those who measure it.
LAID_OUT = """() => document.querySelectorAll('main > section, .figur, .talliste')
  .forEach(each => { each.style.contentVisibility = 'visible'; })"""


def enliven(found: Locator) -> None:
    """Point at figures until each is drawn anew: at its title and its middle by turns."""
    for figure in found.all():
        for _ in range(600):
            figure.locator("figcaption, .tegning").first.hover()
            figure.hover()
            if "er-levende" in (figure.get_attribute("class") or ""):
                break
            figure.page.wait_for_timeout(100)
        else:
            raise AssertionError(f"never alive: {figure.get_attribute('id')}")
