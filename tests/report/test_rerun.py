"""What is not made again, and what is: by content alone, and never so that a number differs from one made anew."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.report import manifest, publish
from kommuneregnskap.report.publish import UNCHANGED
from kommuneregnskap.support import paths
from kommuneregnskap.support.files import remove
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import sections
from tests.helpers import tampering
from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.outputs import command, fingerprints
from tests.helpers.projects import copy_simulation
from tests.helpers.statbank_national import National

PARAMETERS = {"year": 2024, "source": "demo", "scope": "kasse", "data_dir": "", "panel": "", "assume": ""}  # fmt: skip


@pytest.fixture
def standing(project: Path, published_2024: Path) -> Path:
    """A project of its own with the report of 2024 as it was made elsewhere."""
    copy_simulation(project)
    report = project / "reports/2024/demo"
    shutil.copytree(published_2024, report)
    return report


def run(**wanted: object) -> list[tuple[str, str]]:
    """Make the report of 2024 and return what was said of its notebooks."""
    said: list[tuple[str, str]] = []
    request = asked(2024, assume=str(wanted.pop("assume", "")))
    publish.publish(request, progress=lambda *step: said.append(step), **wanted)  # type: ignore[arg-type]
    return [step for step in said if step[1] in ("done", manifest.KEPT, UNCHANGED)]


def altered(table: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_csv(table, infer_schema=False)).write_csv(table)


def printed_otherwise(rows: pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Let published numbers be one more than they are."""
    more = (pl.col("verdi").cast(pl.Float64) + 1).cast(pl.String)
    return lambda table: table.with_columns(
        verdi=pl.when(rows & pl.col("verdi").is_not_null()).then(more).otherwise("verdi"),
        trykt=pl.when(rows).then(pl.lit("noe annet")).otherwise("trykt"),
    )


def keys(survey: Survey) -> dict[str, str]:
    return manifest.keys(
        manifest.basis(survey, PARAMETERS, publish.section_notebooks(), {"side"}), survey
    )


def test_nothing_is_made_when_nothing_changed_whatever_the_clock_says(standing: Path) -> None:
    for path in (*paths.notebooks().iterdir(), paths.claims("2024"), standing / "index.html"):
        os.utime(path, (0, 0))
    before, place = fingerprints(standing), standing.stat().st_ino
    assert run() == [("demo", UNCHANGED)]
    assert (fingerprints(standing), standing.stat().st_ino) == (before, place)
    again = command(paths.root(), "report", "--year", "2024", "--source", "demo")
    first, second = again.stdout.splitlines()
    assert first == "reports/2024/demo/index.html: 49 kalibrert, 2 avvik, 52 kontekst"
    assert second.startswith("Nothing has changed since it was made")
    assert standing.stat().st_ino == place


@pytest.mark.parametrize("name", ["rapport.pdf", "tabeller/1-1_brutto.csv", "index.html"])
def test_a_file_that_was_changed_or_removed_is_made_again(standing: Path, name: str) -> None:
    file = standing / name
    if not file.is_file():
        file = next(file.parent.iterdir())
    found = manifest.former(standing)
    made_of = _made_of(standing)
    assert found is not None
    assert found.is_made_from(made_of)
    file.write_text("annet", encoding="utf-8")
    assert not found.is_made_from(made_of)
    file.unlink()
    assert not found.is_made_from(made_of)


@pytest.mark.parametrize("count", [25, pytest.param(2000, marks=pytest.mark.night)])
def test_a_report_with_a_flipped_bit_does_not_stand(standing: Path, count: int) -> None:
    """In any of its files, the manifest among them; and no notebook with one is taken over."""
    made_of = _made_of(standing)
    survey = open_survey(year=2024, source="demo")
    for file, seed in tampering.bits(standing, count, seed=5):
        whole = file.read_bytes()
        said = tampering.flipped(file, random.Random(seed))
        found = manifest.former(standing)
        assert (found is None) is (file.name == manifest.FILE), said
        if found is not None:
            assert not found.is_made_from(made_of), said
            assert file not in [path for path, _ in found.executed(made_of, survey).values()], said
        file.write_bytes(whole)
    found = manifest.former(standing)
    assert found is not None
    assert found.is_made_from(made_of)


@pytest.mark.parametrize("name", ["notebooks/4_funds.ipynb", "tall.csv", "manifest.json"])
def test_a_report_that_was_tampered_with_does_not_stand(standing: Path, name: str) -> None:
    made_of = _made_of(standing)
    content = (standing / name).read_bytes()
    for way in tampering.WAYS:
        way(standing / name)
        found = manifest.former(standing)
        assert found is None or not found.is_made_from(made_of), way.__name__
        remove(standing / name)
        for elsewhere in standing.glob("**/* et annet sted"):
            elsewhere.unlink()
        (standing / name).write_bytes(content)
    for more in ("notebooks/10_mer.ipynb", "figurer/mer.svg", "mer.csv"):
        (standing / more).write_text("", "utf-8")
        found = manifest.former(standing)
        assert found is not None
        assert not found.is_made_from(made_of), more
        (standing / more).unlink()
    for others in (".DS_Store", "~$rapport.docx", "notebooks/.ipynb_checkpoints/4_funds.ipynb"):
        (standing / others).parent.mkdir(exist_ok=True)
        (standing / others).write_text("", "utf-8")
    found = manifest.former(standing)
    assert found is not None
    assert found.is_made_from(made_of)


def test_a_manifest_that_leaves_out_a_file_says_nothing(standing: Path) -> None:
    said = json.loads((standing / manifest.FILE).read_text("utf-8"))
    del said[manifest.RESULTS]["kontroll.csv"]
    (standing / "kontroll.csv").unlink()
    (standing / manifest.FILE).write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
    assert manifest.former(standing) is None


@pytest.mark.night
def test_what_was_tampered_with_is_made_again_to_the_same_bytes(standing: Path) -> None:
    before = fingerprints(standing)
    tampering.flipped(standing / "notebooks/4_funds.ipynb", random.Random(1))
    tampering.flipped(standing / "index.html", random.Random(2))
    tampering.foldered(standing / "tall.csv")
    (standing / "mer.csv").write_text("", "utf-8")
    said = dict(run())
    assert said.pop("4_funds") == "done"
    assert set(said.values()) == {manifest.KEPT}
    assert fingerprints(standing) == before


def _made_of(report: Path) -> manifest.Basis:
    """What the standing report would be made from now."""
    said = json.loads((report / "manifest.json").read_text("utf-8"))
    survey = open_survey(year=2024, source="demo")
    return manifest.basis(survey, PARAMETERS, publish.section_notebooks(), said[manifest.EDITIONS])


def test_a_changed_number_runs_what_shows_it(standing: Path) -> None:
    survey = open_survey(year=2024, source="demo")
    before = keys(survey)
    schools = pl.col("id") == "k2024_inv_grunnskole_andel"
    altered(paths.claims("2024"), printed_otherwise(schools))
    same = {name for name, own in keys(survey).items() if own == before[name]}
    assert same == {"2_results.ipynb", "3_sector_costs.ipynb", "4_funds.ipynb"}


@pytest.mark.parametrize("synthetic", [True, False])
def test_on_real_accounts_a_verdict_rests_on_who_answered(
    standing: Path, monkeypatch: pytest.MonkeyPatch, synthetic: bool
) -> None:
    """Accounts are the release's where its numbers on who answered agree, and only then is a number judged."""
    survey = open_survey(year=2024, source="demo")
    monkeypatch.setattr(type(survey), "synthetic", synthetic)
    before = keys(survey)
    altered(paths.claims("2024"), printed_otherwise(pl.col("id") == "k2024_svar_folkeandel"))
    assert (keys(survey)["4_funds.ipynb"] == before["4_funds.ipynb"]) is synthetic


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "section"), sections.of_one().items())
def test_a_notebook_of_one_section_shows_nothing_of_the_others(
    standing: Path, name: str, section: str
) -> None:
    survey = open_survey(year=2024, source="demo")
    before = keys(survey)[f"{name}.ipynb"]
    beside = manifest.bearing(2024, section)
    others = ~pl.col("id").is_in(list(beside))
    for table in sorted((paths.root() / "data/claims").glob("20*.csv")):
        altered(table, printed_otherwise(others))
    assert keys(survey)[f"{name}.ipynb"] == before
    executed = execute(paths.notebooks() / f"{name}.ipynb", PARAMETERS)
    notebooks.write(executed, standing / "nytt.ipynb")
    former = standing / "notebooks" / f"{name}.ipynb"
    assert (standing / "nytt.ipynb").read_bytes() == former.read_bytes()
    altered(paths.claims("2024"), printed_otherwise(~others))
    assert keys(survey)[f"{name}.ipynb"] != before


@pytest.mark.parametrize("place", ["data/definitions/headlines.csv", "data/claims/arithmetic.csv"])
def test_a_table_that_all_may_use_runs_all(standing: Path, place: str) -> None:
    survey = open_survey(year=2024, source="demo")
    before = keys(survey)
    altered(paths.root() / place, lambda table: table.reverse())
    assert all(own != before[name] for name, own in keys(survey).items())


@pytest.mark.heavy
def test_a_changed_notebook_runs_alone_and_the_report_is_as_if_made_anew(standing: Path) -> None:
    before = fingerprints(standing)
    with (paths.notebooks() / "4_funds.ipynb").open("a", encoding="utf-8") as notebook:
        notebook.write("\n")
    said = dict(run())
    assert said.pop("4_funds") == "done"
    assert len(said) == 8
    assert set(said.values()) == {manifest.KEPT}
    after = fingerprints(standing)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"manifest.json"}


def test_the_order_of_published_numbers_is_shown_and_counts(standing: Path) -> None:
    survey = open_survey(year=2024, source="demo")
    before = keys(survey)
    altered(paths.claims("2024"), lambda table: table.reverse())
    assert keys(survey)["1_investments.ipynb"] != before["1_investments.ipynb"]


def test_under_another_choice_a_section_may_rest_on_any_published_number(standing: Path) -> None:
    """TBU's rule starts from last year's estimate."""
    survey = open_survey(year=2024, assume="anslag=TBU", source="demo")
    before = keys(survey)
    altered(paths.claims("2023"), printed_otherwise(pl.col("id") == "k2023_res_estimat"))
    assert all(own != before[name] for name, own in keys(survey).items())


def test_another_snapshot_may_be_shown_beside_the_own(project: Path, national: National) -> None:
    there = project / "data/raw/ssb"
    shutil.copytree(
        national.project / "data/raw/ssb" / national.unmarked[1], there / national.unmarked[1]
    )
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=national.unmarked[1])
    before = manifest.basis(survey, PARAMETERS, [], {"side"})
    shutil.copytree(
        national.project / "data/raw/ssb" / national.unmarked[0], there / national.unmarked[0]
    )
    assert manifest.basis(survey, PARAMETERS, [], {"side"}) != before


@pytest.mark.parametrize("part", [manifest.RESULTS, manifest.EXECUTED])
@pytest.mark.parametrize("said", [{}, [], 3, None])
def test_a_manifest_that_says_less_stops_nobody(standing: Path, part: str, said: object) -> None:
    file = standing / "manifest.json"
    whole = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(whole | {part: said}), encoding="utf-8")
    (standing / "vurdering.csv").unlink()
    before = manifest.former(standing)
    assert before is None or not before.is_made_from(_made_of(standing))
    survey = open_survey(year=2024, source="demo")
    assert before is None or not before.executed(_made_of(standing), survey)


@pytest.mark.parametrize("said", ["", "{", "[]"])
def test_what_is_no_manifest_stops_nobody(standing: Path, said: str) -> None:
    (standing / "manifest.json").write_text(said, encoding="utf-8")
    assert manifest.former(standing) is None


def test_a_table_that_changes_while_a_report_is_made_leaves_nothing_to_be_taken_over(
    standing: Path,
) -> None:
    """Neither the report nor a notebook stands, whether the change is there at the end or was taken back."""
    survey = open_survey(year=2024, source="demo")
    made_of = _made_of(standing)
    said = json.loads((standing / "manifest.json").read_text("utf-8"))
    tables = {"definitions/series.csv": made_of[manifest.TABLES]["data/definitions/series.csv"]}
    sound = dict.fromkeys(said[manifest.READ], tables)
    manifest.write(made_of, survey, sound, standing)
    stands = manifest.former(standing)
    assert stands is not None
    assert stands.is_made_from(made_of)
    assert len(stands.executed(made_of, survey)) == len(sound)
    taken_back = sound | {"4_funds.ipynb": {"definitions/series.csv": "0" * 64}}
    moving: dict[str, dict[str, str] | None] = {**sound, "4_funds.ipynb": None}
    for read in (taken_back, moving):
        manifest.write(made_of, survey, read, standing)
        found = manifest.former(standing)
        assert found is not None
        assert not found.executed(made_of, survey)
        assert found.is_made_from(made_of) is (read is moving)
    altered(paths.root() / "data/definitions/headlines.csv", lambda table: table.reverse())
    manifest.write(made_of, survey, sound, standing)
    found = manifest.former(standing)
    assert found is not None
    assert not found.is_made_from(made_of)
    assert not found.executed(_made_of(standing), survey)


def test_files_of_years_that_only_the_front_shows_are_looked_at(project: Path) -> None:
    for year in range(2020, 2025):
        deliver(project / "filer", lines(grown(year), year=year, region="114600"), year=year)
    asked_for = {"source": "kostra", "data_dir": str(project / "filer")}
    survey = open_survey(year=2024, **asked_for)
    before, own = manifest.basis(survey, PARAMETERS, [], set()), keys(survey)
    deliver(project / "filer", lines(grown(2025), year=2020, region="114600"), year=2020)
    again = open_survey(year=2024, **asked_for)
    assert manifest.basis(again, PARAMETERS, [], set()) != before
    assert keys(again) == own
