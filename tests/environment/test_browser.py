"""Which browser the tests use: the machine's, else one that is fetched, else none, with a reason."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.helpers.browser import chromium
from tools import browser


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: the only folder of programs it has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(browser, "BROWSERS", tmp_path / ".browsers")
    monkeypatch.setattr(browser, "FOUND", tmp_path / ".browsers" / "found")
    monkeypatch.setattr(browser, "MAC", ())
    return folder


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which ways of getting a browser were gone; none leads anywhere."""
    gone: list[str] = []

    def way(name: str) -> str:
        gone.append(name)
        return f"no {name}"

    monkeypatch.setattr(browser, "WAYS", (lambda: way("download"), lambda: way("package")))
    return gone


def program(folder: Path, name: str, code: int = 0) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_the_machines_own_is_taken_and_remembered(programs: Path, tried: list[str]) -> None:
    program(programs, "chromium", 1)  # a stub that only says what to install
    own = program(programs, "google-chrome")
    assert browser.main() == 0
    assert browser.on_the_machine() == own
    assert browser.remembered() == str(own)
    assert not tried


def test_where_nothing_can_be_got_that_is_remembered_and_said(
    programs: Path, tried: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert browser.main() == 0
    assert tried == ["download", "package"]
    assert browser.on_the_machine() is None
    assert capsys.readouterr().out.endswith(
        "Tests in a browser are skipped, no Chromium: no download; no package\n"
    )
    assert browser.main() == 0
    assert tried == ["download", "package"], "not at every run"
    with (
        pytest.raises(pytest.skip.Exception, match="no Chromium: no download; no package"),
        chromium(),
    ):
        pass


def test_it_is_tried_again_after_a_day_and_under_ci(
    programs: Path, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.main()
    yesterday = time.time() - browser.DAY - 1
    os.utime(browser.FOUND, (yesterday, yesterday))
    browser.main()
    assert len(tried) == 4
    monkeypatch.setenv("CI", "true")
    browser.main()
    assert len(tried) == 6


def test_a_browser_that_is_installed_later_is_found(programs: Path, tried: list[str]) -> None:
    browser.main()
    own = program(programs, "chromium-browser")
    browser.main()
    assert browser.on_the_machine() == own
    own.unlink()
    assert browser.on_the_machine() is None, "and one that is gone is not"


def test_playwrights_own_goes_into_the_projects_folder(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[list[str], float, dict[str, str]]] = []

    def quietly(words: list[str], seconds: float, env: dict[str, str] | None = None) -> str | None:
        calls.append((words, seconds, env or {}))
        return "no network" if "install" in words else None

    monkeypatch.setattr(browser, "quietly", quietly)
    assert browser.playwrights_own() == "playwright cannot fetch one (no network)"
    [(words, seconds, env)] = calls
    assert words[1:] == ["-m", "playwright", "install", "chromium"]
    assert env["PLAYWRIGHT_BROWSERS_PATH"] == str(browser.BROWSERS)
    assert 0 < seconds <= 600


def test_what_playwright_fetched_is_used(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its driver says it is: really asked; only the download is not."""
    monkeypatch.setattr(browser, "quietly", lambda *_words, **_more: None)
    got = browser.playwrights_own()
    assert isinstance(got, Path)
    assert got.is_relative_to(browser.BROWSERS)


@pytest.mark.parametrize(("root", "words"), [([], []), (["sudo", "-n"], ["sudo", "-n"])])
def test_the_systems_package_is_installed_only_where_nobody_is_asked(
    programs: Path, monkeypatch: pytest.MonkeyPatch, root: list[str], words: list[str]
) -> None:
    apt = program(programs, "apt-get")
    calls: list[list[str]] = []

    def quietly(called: list[str], _seconds: float) -> str | None:
        calls.append(called)
        return (
            None
            if called[0].endswith(("chromium", "--version")) or called[-1] != "--version"
            else "no"
        )

    monkeypatch.setattr(browser, "quietly", quietly)
    monkeypatch.setattr(browser, "as_root", lambda: None)
    assert browser.systems_package() == "apt-get needs root: sudo apt-get install chromium"
    assert not calls
    monkeypatch.setattr(browser, "as_root", lambda: root)
    own = program(programs, "chromium")
    assert browser.systems_package() == own
    assert calls[0] == [*words, str(apt), "update", "-qq"]
    assert calls[1][-1] == "chromium"


def test_a_program_that_hangs_is_given_up() -> None:
    assert browser.quietly(["sleep", "5"], 0.2) == "no answer in 0 s"


def test_of_a_failure_its_error_is_said_not_where_in_a_script() -> None:
    said = "echo begins; echo 'Error: no network'; echo '  at line 3'; exit 4"
    assert browser.quietly(["sh", "-c", said], 5) == "Error: no network"
    assert browser.quietly(["sh", "-c", "exit 4"], 5) == "exit 4"
    assert browser.quietly(["sh", "-c", "echo x"], 5) is None
    assert browser.quietly(["/ingen"], 5) == "No such file or directory"
