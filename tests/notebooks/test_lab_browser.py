"""`make lab`, as a user starts it: JupyterLab opens, runs a notebook, draws its charts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import copy_project
from tests.helpers.browser import Watch, chromium
from tests.helpers.environments import with_environment

DEADLINE = 120.0  # seconds, on a slow machine
TOKEN = "proeve"


@dataclass(frozen=True)
class Lab:
    """A running server: its address, and the project folder it serves."""

    address: str
    project: Path


@pytest.fixture(scope="module")
def lab(module_folder: Path, demo_panel: Path, evaluated: Path) -> Iterator[Lab]:
    """Start `make lab` in a copy of the project, without opening a browser window of its own."""
    folder, project = module_folder, module_folder / "prosjekt"
    copy_project(project, demo_panel, evaluated)
    with_environment(project)
    settings = {
        "ServerApp": {"allow_root": True, "open_browser": False, "port": 0, "ip": "127.0.0.1"},
        "IdentityProvider": {"token": TOKEN},
    }
    for kind in ("config", "data", "runtime", "workspaces", "settings"):
        (folder / kind).mkdir()
    (folder / "config/jupyter_server_config.json").write_text(json.dumps(settings), "utf-8")
    own = {
        "KOMMUNEREGNSKAP_ROOT": str(project),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["make", "lab"],
            cwd=project,
            env=os.environ | own,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Lab(address_of(folder, process), project)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(DEADLINE)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def address_of(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until the server answers, and return its address."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "log").read_text("utf-8")
        for path in (folder / "runtime").glob("jpserver-*.json"):
            try:
                address = str(json.loads(path.read_text("utf-8"))["url"])
                with urllib.request.urlopen(f"{address}api?token={TOKEN}", timeout=5):
                    return address
            except (OSError, ValueError):
                pass
        time.sleep(0.1)
    raise AssertionError(f"no answer in {DEADLINE} s: {(folder / 'log').read_text('utf-8')}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def run_all(browser: Browser, lab: Lab, name: str) -> tuple[Page, Watch]:
    """Open a notebook and run all its cells, with the menu that a user would use."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(DEADLINE * 1000)
    watch = Watch(page)
    page.goto(f"{lab.address}lab/tree/{name}.ipynb?reset&token={TOKEN}")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    return page, watch


def outside(lab: Lab, watch: Watch) -> list[str]:
    """Return the requests that went anywhere but to the server."""
    own = lab.address.removeprefix("http").rstrip("/")
    inside = ("http" + own, "ws" + own, "data:", "blob:")
    return [url for url in watch.requests if not url.startswith(inside)]


def test_a_section_runs_and_draws_its_charts_without_a_network(browser: Browser, lab: Lab) -> None:
    page, watch = run_all(browser, lab, "4_funds")
    check = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output")
    check.get_by_text("k2024_fond_tomme").wait_for()
    chart = page.locator(".jp-RenderedVegaCommon5 canvas, .jp-RenderedVegaCommon5 svg").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    assert box["width"] > 400
    assert box["height"] > 100
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count()
        == 0
    )
    banner = page.locator(".jp-RenderedMarkdown blockquote").first
    assert "Syntetiske tall" in (banner.text_content() or "")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert outside(lab, watch) == []
    page.close()


def test_explore_runs_to_its_end_and_draws_its_charts(browser: Browser, lab: Lab) -> None:
    """The tour that `make lab` opens: the last code cell has run, both charts are there, none failed."""
    page, watch = run_all(browser, lab, "explore")
    last = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output")
    last.get_by_text("kommuner.xlsx").wait_for()
    charts = page.locator(".jp-RenderedVegaCommon5")
    assert charts.count() == 2
    for number in range(2):
        drawn = charts.nth(number).locator("canvas, svg").first
        drawn.scroll_into_view_if_needed()
        box = drawn.bounding_box()
        assert box
        assert box["width"] > 400
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count()
        == 0
    )
    assert outside(lab, watch) == []
    page.close()


def test_the_lab_opens_on_the_tour(lab: Lab) -> None:
    """The server leaves a page that leads a browser to what it was started with."""
    (page,) = (lab.project.parent / "runtime").glob("jpserver-file-to-run-*-open.html")
    assert "/lab/tree/explore.ipynb" in page.read_text("utf-8")
