"""The whole road: from account files to the published folder, as a user starts it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.notebooks import OWN_KERNEL, WARM
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import publish
from kommuneregnskap.report.manifest import PACKAGES
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.verdicts import judgement
from tests.helpers.disturbed import visible
from tests.helpers.outputs import (
    BUNDLE,
    FOREIGN,
    PRINTED,
    command,
    fingerprints,
    html_of,
    page_text,
    pages,
    said,
    texts,
)
from tests.helpers.projects import PROJECT, copy_simulation, own_cache
from tests.helpers.steps import without_steps

CONTENTS = [
    *(
        "definisjoner.html",
        "figurer",
        "index.html",
        "kontroll.csv",
        "kontroll.metadata.json",
        "kontroll.parquet",
        "kontroll.xlsx",
        "manifest.json",
    ),
    *(
        "notebooks",
        "rapport.pdf",
        "tabeller",
        "tabeller-vedlegg.xlsx",
        "tabeller.xlsx",
        "tall.csv",
        "tall.metadata.json",
        "tall.parquet",
        "tall.xlsx",
    ),
    *("vedlegg.pdf", "vurdering.csv", "vurdering.metadata.json", "vurdering.parquet"),
    "vurdering.xlsx",
]


def test_the_folder_holds_what_the_readme_says(published_2024: Path) -> None:
    made = {path.name for path in published_2024.iterdir()}
    assert sorted(made - {path.name for path in pages(published_2024)[1:]}) == CONTENTS
    executed = sorted(path.name for path in (published_2024 / "notebooks").iterdir())
    assert executed == [path.name for path in publish.section_notebooks()]
    real = published_2024.parent / "ssb"
    of_real = {path.name for path in real.iterdir()} - {path.name for path in pages(real)[1:]}
    kinds = ("csv", "xlsx", "parquet", "metadata.json")
    differs = {f"{name}.{kind}" for name in ("avstemming", "kontroll") for kind in kinds}
    assert of_real ^ set(CONTENTS) == {*differs, "pressemelding.docx", "pressemelding.md"}


@pytest.mark.parametrize("name", ["tall.csv", "vurdering.csv"])
def test_the_committed_numbers_are_those_the_code_gives(year_2024: Path, name: str) -> None:
    """Of the open figures; those of the panel are held to a report made anew in test_wheel.py."""
    committed = PROJECT / "reports/2024/ssb" / name
    assert (year_2024 / "ssb" / name).read_text("utf-8") == committed.read_text("utf-8")


def test_every_published_number_of_the_year_has_a_verdict(published_2024: Path) -> None:
    verdicts = pl.read_csv(published_2024 / "vurdering.csv")
    printed = pl.read_csv(PROJECT / "data/claims/2024.csv", infer_schema=False)
    assert verdicts["id"].to_list() == printed["id"].to_list()
    assert set(verdicts["dom"]) == {"kalibrert", "avvik", "kontekst"}
    assert verdicts.filter(pl.col("dom") == "avvik").select("id", "merke").rows() == [
        ("k2024_res_andel_negativ", "selvmotsigelse"),
        ("k2024_presse_ndr_m04", "uforenlig"),
    ]


@pytest.mark.night
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("engine", "kept"),
    [(WARM, ("*-robusthet-*",)), (OWN_KERNEL, ())],
)
def test_a_second_run_gives_identical_bytes(
    project: Path,
    year_2024: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    kept: tuple[str, ...],
) -> None:
    """The whole year, made elsewhere, two notebooks at a time, on more threads, with nothing kept of the first.

    By a kernel for each notebook with nothing at all; else but what every choice gives. By day it is made again by what
    a wheel installs, and a small one as on Windows.
    """
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    own_cache(project, *kept)
    copy_simulation(project)
    shutil.copytree(PROJECT / "data" / "ssb", project / "data" / "ssb")
    words = ("report", "--year", "2024", "--engine", engine, "--jobs", "2")
    made = command(project, *words)
    assert made.returncode == 0, made.stderr
    assert visible(project / "reports/2024") == visible(year_2024)


@pytest.mark.parametrize("source", ["ssb", "demo"])
def test_outputs_name_no_machine_and_no_time(year_2024: Path, source: str) -> None:
    for name, text in texts(year_2024 / source):
        own = BUNDLE.sub("", text)  # Vega's own code has dates in it
        for what, pattern in FOREIGN.items():
            assert not pattern.search(own), f"{name} names {what}"


def test_every_output_says_that_the_accounts_are_synthetic(published_2024: Path) -> None:
    assert SYNTHETIC_WARNING in page_text(published_2024)
    for name in ("tall.csv", "vurdering.csv"):
        assert pl.read_csv(published_2024 / name)["regnskaper"].unique().to_list() == ["syntetiske"]
    assert json.loads((published_2024 / "manifest.json").read_text("utf-8"))["syntetisk"] is True
    for path in (published_2024 / "notebooks").iterdir():
        assert SYNTHETIC_WARNING in path.read_text("utf-8")
    figures = re.findall(r"<figure.*?</figure>", html_of(published_2024), flags=re.DOTALL)
    assert len(figures) >= 11
    (printed,) = [figure for figure in figures if "yntetisk" not in figure]
    assert PRINTED in printed


def test_no_real_municipality_is_named_beside_invented_numbers(published_2024: Path) -> None:
    """Oslo is named because the survey is stated to be without it."""
    names = set(tables.read("kommune")["navn"]) - {"Oslo"}
    counties = set(tables.read("fylke")["navn"])
    text = page_text(published_2024)
    named = {name for name in names - counties if re.search(rf"\b{re.escape(name)}\b", text)}
    assert named <= {"Os"}
    html = html_of(published_2024)
    drawn = " ".join(re.findall(r'<script type="application/json">(.*?)</script>', html))
    assert len(drawn) > 100_000  # what the figures are drawn from
    assert [name for name in names - counties if f'"{name}"' in drawn] == []


def test_the_manifest_names_what_the_report_was_made_from(published_2024: Path) -> None:
    manifest = json.loads((published_2024 / "manifest.json").read_text("utf-8"))
    assert manifest["rapport"] == {
        "year": 2024,
        "source": "demo",
        "scope": "kasse",
        "data_dir": "",
        "panel": "",
        "assume": "",
    }
    assert manifest["aar_med_regnskap"] == [2021, 2022, 2023, 2024]
    for name in ("tall.csv", "vurdering.csv", "index.html"):
        digest = hashlib.sha256((published_2024 / name).read_bytes()).hexdigest()
        assert manifest["resultat_sha256"][name] == digest
    own = hashlib.sha256((PROJECT / "data/definitions/indicators.csv").read_bytes()).hexdigest()
    assert manifest["tabeller_sha256"]["data/definitions/indicators.csv"] == own
    assert manifest["regnskapsfiler_sha256"]
    assert set(manifest["pakker"]) == set(PACKAGES)


@pytest.mark.heavy
def test_nbval_passes_over_the_executed_notebooks_and_fails_on_an_altered_one(
    project: Path, published_2024: Path
) -> None:
    """`make check` as a user runs it: before there is a report, after a change, and without one."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(PROJECT / name, project)
    copy_simulation(project)
    shutil.copytree(
        PROJECT / "data" / "ssb", project / "data" / "ssb"
    )  # what the notebooks store is of
    check = ("check", "--year", "2024", "--source", "demo")
    none = command(project, *check)
    assert none.returncode == 1
    assert "make report YEAR=2024" in none.stderr
    folder = project / "reports/2024/demo"
    shutil.copytree(published_2024, folder)
    # One notebook of the project's own; of the report's another one, which is altered.
    for each, left in ((project, "1_investments"), (folder, "5_respondents")):
        for other in (each / "notebooks").glob("*.ipynb"):
            if other.stem != left:
                other.unlink()
    path = folder / "notebooks/5_respondents.ipynb"
    notebook = notebooks.read(path)
    output = notebook.cells[-1].outputs[0]
    assert "225" in output.text
    output.text = output.text.replace("her 225", "her 226")
    notebooks.write(notebook, path)
    wrong = command(project, *check)
    assert wrong.returncode == 1
    assert "stored: her 226" in wrong.stdout
    assert "new: her 225" in wrong.stdout
    assert re.search(r"\b1 failed, \d+ passed", wrong.stdout)  # all cells of the other hold
    shutil.copy(published_2024 / "notebooks/5_respondents.ipynb", path)
    fine = command(project, *check)
    assert fine.returncode == 0, fine.stdout


@pytest.mark.night
def test_another_year_is_calibrated_as_well(few_choices: Path) -> None:
    project = few_choices
    folder, verdicts = publish.publish(asked(2025, source="demo"), only="side")
    assert folder == project / "reports/2025/demo"
    assert set(verdicts["dom"]) <= {"kalibrert", "kontekst"}
    assert verdicts.filter(pl.col("dom") == "kalibrert").height >= 5
    assert "Kommuneregnskap 2025" in page_text(folder)


@pytest.mark.heavy
@pytest.mark.night
@pytest.mark.parametrize("year", [2025, 2023, 2022])
def test_the_notebooks_run_for_every_year_and_its_numbers_are_calibrated(
    project: Path, year: int
) -> None:
    """All but the one that waits for every choice to be tried. By day 2024 and a new year have whole reports."""
    for path in publish.section_notebooks():
        if not path.stem.startswith("8_"):
            executed = execute(path, {"year": year})
            assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")
    survey = open_survey(year=year, source="demo")
    verdicts = judgement.judge(judgement.read(year), compute(survey), survey)
    assert set(verdicts["dom"]) <= {"kalibrert", "kontekst"}
    assert verdicts.filter(pl.col("dom") == "kalibrert").height >= 5


def test_consolidated_accounts_get_no_verdict_on_results(project: Path) -> None:
    survey = open_survey(year=2024, scope="konsolidert", source="demo")
    assert survey.request.folder() == project / "reports/2024/demo-konsolidert"
    of_results = judgement.read(2024).filter(pl.col("seksjon") == "resultat")
    verdicts = judgement.judge(of_results, compute(survey), survey)
    assert len(verdicts) > 10
    assert set(verdicts["dom"]) <= {"ikke_vurdert", "kontekst"}


@pytest.mark.night
def test_a_report_of_consolidated_accounts_stands_in_its_own_folder(one_notebook: Path) -> None:
    folder, verdicts = publish.publish(asked(2024, scope="konsolidert", source="demo"), only="side")
    assert folder == one_notebook / "reports/2024/demo-konsolidert"
    results = verdicts.filter(pl.col("seksjon") == "resultat")["dom"]
    assert set(results) <= {"ikke_vurdert", "kontekst"}


def test_an_unknown_year_is_answered_with_the_years_there_are(project: Path) -> None:
    run = said(project, "report", "--year", "2031")
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("Error: YEAR is 2031; there are accounts for: demo: 2020-2025. To")
    assert run.stderr.count("\n") == 1
    assert "make fetch YEAR=2031" in run.stderr
    assert not (project / "reports").exists() or not list((project / "reports").iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--year", "i fjor"), ["YEAR is 'i fjor'", "four digits"]),
        (("--source", "ks"), ["ks", "demo", "kostra"]),
        (("--scope", "alt"), ["alt", "kasse", "konsolidert"]),
        (("--source", "kostra", "--data", "ingen/mappe"), ["ingen/mappe", "folder"]),
    ],
)
def test_a_request_that_cannot_be_met_is_one_line(
    project: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    run = said(project, "report", *arguments)
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("Error: ")
    assert all(word in run.stderr for word in words)


@pytest.mark.heavy
def test_a_report_from_one_units_own_files(invented: Path, few_choices: Path) -> None:
    """What a municipality sees that reports on its own delivery: itself, and no survey of one."""
    project = few_choices
    run = command(
        project, "report", "--year", "2025", "--source", "kostra", "--data", str(invented)
    )
    assert run.returncode == 0, run.stderr
    folder = project / "reports/2025/kostra"
    text = page_text(folder)
    assert SYNTHETIC_WARNING not in text
    assert "Kommuneregnskap 2025: Oppdiktet kommune" in text
    assert "Regnskapet til Oppdiktet kommune" in text
    assert "har svart" not in text
    assert not (folder / "pressemelding.md").exists()
    assert "kilden har ingen regnskaper for 2024" in text
    assert "5,1 prosent av driftsinntektene" in text  # 29 200 of 574 250, see test_invented_unit
    verdicts = pl.read_csv(folder / "vurdering.csv")
    assert set(verdicts["dom"]) == {"ikke_vurdert", "kontekst"}
    assert verdicts["regnskaper"].unique().to_list() == ["leverte"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["rapport"]["data_dir"] == "oppdiktet"
    assert manifest["syntetisk"] is False
    assert not [name for name, text in texts(folder) if str(project) in text]


def test_a_broken_file_stops_the_report_and_leaves_the_former(invented: Path) -> None:
    project = invented.parent
    former = project / "reports/2025/kostra"
    former.mkdir(parents=True)
    (former / "index.html").write_text("forrige", "utf-8")
    before = fingerprints(former)
    file = next(invented.glob("0A*"))
    file.write_text(file.read_text("latin-1") + "ikke en post\n", "latin-1")
    run = command(
        project, "report", "--year", "2025", "--source", "kostra", "--data", str(invented)
    )
    assert run.returncode == 1
    (line,) = without_steps(run.stderr)
    assert file.name in line
    assert fingerprints(project / "reports/2025/kostra") == before


def test_a_missing_data_folder_is_refused_before_anything_is_made(project: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        publish.publish(asked(2025, source="kostra", data_dir=str(project / "finnes ikke")))
    assert not (project / "reports").exists()


def test_the_front_counts_the_verdicts_of_the_table(published_2024: Path) -> None:
    text = page_text(published_2024)
    verdicts = pl.read_csv(published_2024 / "vurdering.csv")
    context = verdicts.filter(pl.col("dom") == "kontekst").height
    said = f"{len(verdicts) - context} publiserte tall er prøvd mot regnskapene; {context} står som"
    assert said in text
    for row in judgement.counts(verdicts).iter_rows(named=True):
        if row["antall"] and row["dom"] != "kontekst":
            assert f"{row['antall']} {row['dom_navn']}" in text
