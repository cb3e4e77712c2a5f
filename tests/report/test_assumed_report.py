"""A report under other choices than the usual ones: its place, its verdicts, and that it says so."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.report import publish
from kommuneregnskap.survey.request import asked
from tests.helpers.projects import PROJECT, copy_project, no_combinations, one_notebook

ASSUMED = "sosial=FGK12,disse=negative"


@pytest.fixture(
    scope="module", params=["one notebook", pytest.param("all", marks=pytest.mark.night)]
)
def assumed(
    request: pytest.FixtureRequest, module_folder: Path, demo_panel: Path, warm: Path
) -> Path:
    """The folder of a report of 2024 under two other choices; by day of one whole notebook."""
    folder = module_folder / request.param / "prosjekt"
    copy_project(folder, demo_panel, warm)
    if request.param == "all":
        no_combinations(folder)
    else:
        one_notebook(folder, ASSUMED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(folder))
        report, _ = publish.publish(asked(2024, assume=ASSUMED, source="demo"), only="side")
    return report


def test_it_stands_beside_the_usual_report_and_says_what_was_chosen(assumed: Path) -> None:
    assert assumed.name == "demo-disse_negative-sosial_FGK12"
    manifest = json.loads((assumed / "manifest.json").read_text("utf-8"))
    assert manifest["rapport"]["assume"] == "disse=negative,sosial=FGK12"
    page = (assumed / "index.html").read_text("utf-8")
    assert "Andre valg enn de vanlige: alle med negativt resultat (disse=negative)" in page
    rows = pl.read_csv(assumed / "vurdering.csv", infer_schema=False)
    assert rows["valg"].unique().to_list() == ["disse=negative,sosial=FGK12"]


def test_its_verdicts_are_those_of_the_choices(assumed: Path) -> None:
    rows = pl.read_csv(assumed / "vurdering.csv", infer_schema=False)
    usual = pl.read_csv(PROJECT / "reports/2024/demo/vurdering.csv", infer_schema=False)
    both = rows.join(usual, on="id", suffix="_vanlig")
    turned = both.filter(pl.col("dom") != pl.col("dom_vanlig"))
    assert dict(turned.select("id", "dom").iter_rows()) == {
        "k2024_res_folkeandel_under_m2": "avvik",
        "k2024_sek_sosial_vekst": "avvik",
        "k2024_sek_sosial_vekst_mrd": "avvik",
        "k2024_sek_livsopphold_del": "avvik",
    }
    moved = rows.filter(pl.col("id") == "k2024_res_folkeandel_under_m2")
    assert moved["tall_id"].item() == "resultat.folkeandel_negativ"


def test_a_choice_that_is_not_there_stops_in_one_line() -> None:
    done = subprocess.run(
        ["make", "--silent", "report", "YEAR=2024", "ASSUME=sosjal=FGK12"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    line, *make = done.stderr.splitlines()
    assert line.startswith("Error: ASSUME has 'sosjal'; allowed: omfang, grunnskole")
    assert all(each.startswith("make") for each in make)
