"""`make validate`, and what a report does with the units that the controls stop."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.report import publish
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import asked
from tests.helpers.accounts import deliver, grown, lines, sound
from tests.helpers.outputs import command, fingerprints, page_text, said
from tests.helpers.steps import without_steps

GOOD = lines(sound())
TYSVAER = lines(sound(), region="114600")
UNBALANCED = lines([*sound(), ("drift", "222", "010", 31)], region="114600")
BROKEN = [TYSVAER[0][:-1], *TYSVAER[1:]]


def validate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return said(project, "validate", "--year", "2024", "--data", "filer", *arguments)


@pytest.fixture
def folder(few_choices: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(few_choices)
    monkeypatch.setenv("COLUMNS", "200")
    return few_choices / "filer"


class TestValidate:
    def test_sound_files(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD)
        run = validate(project)
        assert (run.returncode, without_steps(run.stderr)) == (0, [])
        assert (
            "1 set of accounts: 0 with errors or warnings, 0 with information only, 1 without"
            in (run.stdout)
        )
        assert "No accounts of 2023: changes from the year before (E06, E12, E13)" in run.stdout
        assert "Nothing keeps a unit out of the numbers." in run.stdout
        written = pl.read_csv(project / "reports/2024/kostra-kontroll/kontroll.csv")
        assert written.is_empty()

    def test_what_blocks_is_said_with_what_to_do(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD + UNBALANCED)
        run = validate(project)
        assert run.returncode == 1
        words = " ".join(run.stdout.split())
        assert "│ 114600 Tysvær │ kasse │ │ 2 │ 1 │ │ no │" in words
        assert (
            "110 Driftsregnskapet går i null (2024, error) 114600 Tysvær, 2024/a.txt found belop: 1081 "
            "mot -1050: 31 allowed utgifter over 0, inntekter under 0, og sum fra −30 til 30 amount or "
            "difference 31 (1000 kr) to do Finn differansen"
        ) in words
        assert "Kept out of the numbers of 2024: 1 unit." in words
        rows = pl.read_csv(
            project / "reports/2024/kostra-kontroll/kontroll.csv", infer_schema=False
        )
        assert rows["regnskaper"].unique().to_list() == ["leverte"]
        found = rows.filter(pl.col("kontroll") == "110").row(0, named=True)
        assert (found["region"], found["fil"], found["differanse"]) == (
            "114600",
            "2024/a.txt",
            "31",
        )
        text = page_text(project / "reports/2024/kostra-kontroll")
        assert "2024: 114600 Tysvær, kontroll 110 (Driftsregnskapet går i null)" in text
        assert "Finn differansen: beløp som mangler" in text

    def test_a_unit_is_judged_by_scope(self, project: Path, folder: Path) -> None:
        deliver(folder, TYSVAER)
        consolidated = lines(
            [*sound("0M"), ("drift", "222", "010", 31)], form="0M", region="114600"
        )
        deliver(folder, consolidated, name="b.txt")
        run = validate(project)
        words = " ".join(run.stdout.split())
        assert "│ 114600 Tysvær │ konsolidert │ │ 2 │ 1 │ │ no │" in words
        assert (
            "2 sets of accounts: 1 with errors or warnings, 0 with information only, 1 without"
            in (words)
        )
        assert validate(project, "--scope", "kasse").returncode == 0
        assert validate(project, "--scope", "konsolidert").returncode == 1

    def test_an_earlier_year_blocks_as_it_does_in_the_report(
        self, project: Path, folder: Path
    ) -> None:
        deliver(folder, GOOD)
        deliver(folder, lines([*grown(2021), ("drift", "222", "010", 31)], year=2023), year=2023)
        run = validate(project)
        assert run.returncode == 1
        assert "Kept out of the numbers of 2023: 1 unit." in run.stdout
        with pytest.raises(DataError, match=r"2023/a\.txt.*control 110"):
            publish.publish(asked(2024, source="kostra", data_dir="filer"), strict=True)

    def test_a_file_of_nobody(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD)
        deliver(folder, ["tull"], name="b.txt")
        run = validate(project)
        assert run.returncode == 1
        assert "1 file that does not tell whose it is: a report stops until it is corrected." in (
            run.stdout
        )
        assert "Kept out of the numbers" not in run.stdout
        assert "fil som ikke sier hvem den er fra" in page_text(
            project / "reports/2024/kostra-kontroll"
        )

    def test_a_district_in_error_keeps_nobody_out(
        self, project: Path, folder: Path, one_notebook: Path
    ) -> None:
        deliver(folder, GOOD)
        district = lines([*sound(), ("drift", "222", "999", 1)], region="030101")
        deliver(folder, district, name="b.txt")
        run = validate(project)
        assert (run.returncode, "Nothing keeps a unit out" in run.stdout) == (0, True)
        report, _ = publish.publish(
            asked(2024, source="kostra", data_dir="filer"), strict=True, only="side"
        )
        assert report.is_dir()

    def test_a_folder_of_nothing(self, project: Path, folder: Path) -> None:
        (folder / "2024").mkdir(parents=True)
        run = validate(project)
        assert (run.returncode, run.stdout) == (1, "")
        assert without_steps(run.stderr) == [
            "Error: no accounts of 2024 in filer: its files hold none"
        ]

    def test_a_year_that_is_not_there(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD)
        run = said(project, "validate", "--year", "2022", "--data", "filer")
        assert without_steps(run.stderr) == [
            "Error: no account files of 2022 in filer; give their folder with DATA=folder"
        ]

    @pytest.mark.night
    def test_the_synthetic_panel_passes_and_names_nobody(self, project: Path, folder: Path) -> None:
        run = said(project, "validate", "--source", "demo")
        assert run.returncode == 0
        assert run.stdout.startswith("Synthetic accounts: they say nothing about any real")
        page = page_text(project / "reports/2024/demo-kontroll")
        assert "Syntetiske tall" in page
        assert "Stavanger" not in page + run.stdout

    def test_two_runs_give_the_same_bytes(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD + UNBALANCED)
        command(project, "validate", "--year", "2024", "--data", "filer")
        before = fingerprints(project / "reports")
        command(project, "validate", "--year", "2024", "--data", "filer")
        assert before
        assert fingerprints(project / "reports") == before


class TestReport:
    def test_who_fails_stays_out_and_the_front_says_so(
        self, project: Path, folder: Path, one_notebook: Path
    ) -> None:
        deliver(folder, GOOD + UNBALANCED)
        report, _ = publish.publish(asked(2024, source="kostra", data_dir="filer"), only="side")
        numbers = dict(pl.read_csv(report / "tall.csv").select("id", "verdi").iter_rows())
        assert numbers["svar.antall"] == 1
        assert numbers["resultat.netto_mrd"] == pytest.approx(100 / 1e6)
        text = page_text(report)
        assert "Holdt utenfor etter kontrollene 2024: Tysvær, kontroll 110" in text
        assert "Hovedtallene uten og med Tysvær" in text
        manifest = json.loads((report / "manifest.json").read_text("utf-8"))
        assert [unit["region"] for unit in manifest["utelatt"]] == ["114600"]
        written = pl.read_csv(report / "kontroll.csv", infer_schema=False)
        assert {"110", "E04"} <= set(written["kontroll"])

    def test_the_numbers_with_are_those_of_all(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD + UNBALANCED)
        found = opening.open_survey(year=2024, source="kostra", data_dir="filer")
        with_all = found.with_left_out()
        results = [frame.panel()["netto_driftsresultat"].to_list() for frame in (found, with_all)]
        assert results == [[100], [100, 69]]

    def test_what_cannot_be_added_up_is_said(
        self, project: Path, folder: Path, one_notebook: Path
    ) -> None:
        deliver(folder, GOOD)
        deliver(folder, BROKEN, name="b.txt")
        report, _ = publish.publish(asked(2024, source="kostra", data_dir="filer"), only="side")
        text = page_text(report)
        assert "Holdt utenfor etter kontrollene 2024: Tysvær, kontroll 001" in text
        assert "Hva tallene hadde vært med Tysvær (2024), kan ikke regnes" in text
        assert "Hovedtallene uten og med" not in text

    @pytest.mark.parametrize("text", [UNBALANCED, BROKEN])
    def test_strict_stops_instead(self, project: Path, folder: Path, text: list[str]) -> None:
        deliver(folder, GOOD)
        deliver(folder, text, name="b.txt")
        run = command(project, "report", "--source", "kostra", "--data", "filer", "--strict")
        assert run.returncode == 1
        (line,) = without_steps(run.stderr)
        assert line.startswith("Error: filer/2024/b.txt")
        assert "114600 Tysvær" in line
        assert not (project / "reports/2024/kostra").exists()

    def test_strict_passes_what_is_sound(
        self, project: Path, folder: Path, one_notebook: Path
    ) -> None:
        deliver(folder, GOOD + TYSVAER)
        report, _ = publish.publish(asked(2024, source="kostra", data_dir="filer"), strict=True)
        assert report.is_dir()

    @pytest.mark.heavy
    def test_where_nobody_passes_the_report_says_so_and_judges_nothing(
        self, project: Path, folder: Path
    ) -> None:
        deliver(folder, UNBALANCED)
        report, verdicts = publish.publish(asked(2024, source="kostra", data_dir="filer"))
        assert set(verdicts["dom"]) <= {"ikke_vurdert", "kontekst"}
        text = page_text(report)
        assert "Regnskapet besto ikke kontrollene. Feilene berører brutto driftsinntekter" in text
        assert "de tallene er bare til eget bruk" in text
        assert "(2024: kontroll 110 (Driftsregnskapet går i null)" in text
        assert "Feil i regnskapet berører dette tallet." in text

    def test_a_year_before_that_fails_gives_no_growth(self, project: Path, folder: Path) -> None:
        deliver(folder, GOOD)
        deliver(folder, lines([*grown(2021), ("drift", "222", "010", 31)], year=2023), year=2023)
        found = opening.open_survey(year=2024, source="kostra", data_dir="filer")
        assert findings.stopped(found.kontroll)["aar"].to_list() == [2023]
        assert found.matched(2024).is_empty()
