"""An edition is one module: what it registers is all that asking, help, page and manifest know of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.cli.options import only_completed
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import editions, manifest
from kommuneregnskap.report.pages.front import export_front
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import evidence, judgement
from tests.conftest import PROJECT

MODULE = '''"""An edition of a test."""

from kommuneregnskap.report.editions import Edition


def write(material, folder):
    (folder / "prøve.txt").write_text(str(material.survey.year), "utf-8")


EDITION = Edition("proeve", "an edition of a test", 9, write, files={"prøve.txt": "En prøve (tekst)"})
'''


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put one module beside the editions, and return its folder."""
    folder = tmp_path / "mer"
    folder.mkdir()
    (folder / "proeve_utgave.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(editions, "__path__", [*editions.__path__, str(folder)])
    yield folder
    sys.modules.pop(f"{editions.__name__}.proeve_utgave", None)


def test_one_module_is_an_edition(added: Path, survey_2024: Survey, tmp_path: Path) -> None:
    everything = ["side", "pdf", "regneark", "figurer", "pressemelding", "proeve"]
    assert editions.names() == everything
    assert editions.parse("proeve") == {"proeve"}
    assert editions.parse("") == set(everything)
    assert only_completed("side,p")[-1] == "side,proeve"

    report = tmp_path / "rapport"
    report.mkdir()
    material = editions.Material([], survey_2024, *[survey_2024.indikatorer.clear()] * 2)
    editions.write(material, report, {"side"})
    assert editions.downloads(report) == [], "not asked for"
    editions.write(material, report, {"proeve"})
    downloads = editions.downloads(report)
    assert downloads == [editions.Download("prøve.txt", "En prøve (tekst)", 1, 4)]

    page = report / "index.html"
    tall = compute(survey_2024)
    made = Made(
        Walks(survey_2024, tall, judgement.judge(judgement.read(2024), tall, survey_2024)), {}, ""
    )
    export_front([made], pl.DataFrame(schema=evidence.SCHEMA), page, downloads=downloads)
    assert "En prøve (tekst)" in page.read_text("utf-8")
    made_of = manifest.basis(survey_2024, {}, [], editions.parse(""))
    assert made_of[manifest.EDITIONS] == sorted(everything)


def test_what_is_no_edition_is_refused_with_all_there_are(added: Path) -> None:
    with pytest.raises(UsageError) as refused:
        editions.parse("side,proeven")
    assert str(refused.value) == (
        "ONLY is 'proeven'; allowed: side, pdf, regneark, figurer, pressemelding, proeve, "
        "or several with commas"
    )
    assert editions.without("pdf") == "side,regneark,figurer,pressemelding,proeve"


def test_two_editions_of_one_name_are_an_error(added: Path) -> None:
    text = (added / "proeve_utgave.py").read_text("utf-8").replace('"proeve"', '"pdf"')
    (added / "proeve_utgave.py").write_text(text, "utf-8")
    with pytest.raises(ImportError, match="two editions are called 'pdf'"):
        editions.names()


def test_the_command_line_s_help_names_it_without_a_heavy_import(added: Path) -> None:
    code = f"""
import sys
from collections.abc import Iterator
from kommuneregnskap.report import editions
editions.__path__.append({str(added)!r})
from kommuneregnskap.cli import main
sys.argv = ["kommuneregnskap", "report", "--help"]
try:
    main()
except SystemExit:
    pass
print([n for n in ("polars", "altair", "typst", "xlsxwriter", "docx") if n in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    *shown, loaded = run.stdout.splitlines()
    for each in (*editions.editions(),):
        assert f"{each.name} ({each.help.split()[0]}" in " ".join(" ".join(shown).split()), each
    assert loaded == "[]"


def test_the_names_stand_in_one_place_each() -> None:
    """Neither the Makefile nor the code that asks, writes and offers names an edition but the page."""
    files = ["Makefile", *(f"src/kommuneregnskap/{name}" for name in ASKING)]
    for name in files:
        text = (PROJECT / name).read_text("utf-8")
        for edition in editions.names()[1:]:
            assert f"ONLY={edition}" not in text
            assert f'"{edition}"' not in text, name


ASKING = (
    "cli/app.py",
    "cli/options.py",
    "report/publish.py",
    "report/make.py",
    "report/manifest.py",
)
