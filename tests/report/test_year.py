"""The front of a year, and what `make report YEAR=2024` makes on a new machine."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.report import accepted, manifest, one_sheet
from kommuneregnskap.report.publish import Made
from kommuneregnskap.report.workshop import Workshop
from kommuneregnskap.report.year import is_outdated, publish_year
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import file_hash, is_own_file
from kommuneregnskap.survey.request import Request, asked
from kommuneregnskap.tables import sections
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.judgement import value_and_bracket
from tests.helpers import tampering
from tests.helpers.examples import examples
from tests.helpers.outputs import BUNDLE, FOREIGN, fingerprints, text_of
from tests.helpers.projects import PROJECT

COMMITTED = PROJECT / "reports" / "2024"


def rows(page: str) -> dict[str, str]:
    """Return what stands of the published numbers on a front, by id, as text."""
    found = re.findall(
        r'<details class="tall" id="(k\d{4}_\w+)"[^>]*>(.*?)</details>', page, re.DOTALL
    )
    return {name: text_of(text) for name, text in found}


@pytest.fixture
def page(year_2024: Path) -> str:
    return (year_2024 / "index.html").read_text("utf-8")


def test_the_reports_of_both_sources_and_their_front_are_made(year_2024: Path) -> None:
    assert {path.name for path in year_2024.iterdir() if not path.name.startswith(".")} == {
        "demo", "ssb", "index.html", "manifest.json",
        "evidens.csv", "evidens.xlsx", "evidens.parquet", "evidens.metadata.json",
    }  # fmt: skip
    said = json.loads((year_2024 / "manifest.json").read_text("utf-8"))
    assert list(said["rapporter_sha256"]) == ["ssb", "demo"], "best evidence first"


@pytest.mark.parametrize("name", ["evidens.csv", "ssb/tall.csv", "ssb/vurdering.csv"])
def test_what_is_in_git_is_what_is_made(year_2024: Path, name: str) -> None:
    assert (year_2024 / name).read_text("utf-8") == (COMMITTED / name).read_text("utf-8")


def test_it_opens_with_what_is_true_of_norway(page: str) -> None:
    opening = text_of(page.split('<div class="ramme">', maxsplit=1)[0])
    assert "1,8 milliarder kroner i minus i 2024, 0,3 prosent av driftsinntektene" in opening
    assert "206 kommuner hadde underskudd" in opening
    assert "Driftsutgiftene økte med 6,6 prosent" in opening
    assert "138 av 225 er 61,3 prosent, ikke 58." in opening, "a finding"
    assert 'class="banner"' not in page, "nothing that stands first is invented"


def test_four_tiles_say_one_number_each_with_its_direction(page: str) -> None:
    tiles = re.findall(r'<a class="flis" href="#(.*?)">(.*?)</a>', page, re.DOTALL)
    assert [place for place, _ in tiles] == [f"del-{number}" for number in range(1, 5)]
    for (_, tile), words in zip(
        tiles,
        (
            "4,7 %",
            "57,9 % av kommunene gikk i minus",
            "6,6 %",
            "11,3 % disposisjonsfond av driftsinntektene, 249 av 356 kommuner",
        ),
        strict=True,
    ):
        text = text_of(tile)
        assert words in text
        assert re.search(r"(opp|ned) fra \d+,\d % i 2023", text)
        assert '<svg class="smaafigur"' in tile


def test_what_open_figures_do_not_give_says_so_and_what_would(page: str) -> None:
    text = text_of(page)
    assert "Ikke kjent fra åpne tall: grunnskolens andel av brutto investeringer; et" in text
    assert "et uttrekk fra SSB gir det (make fetch)" in text
    first = text.split("Publisert av KS")[0]
    assert "17 prosent av investeringene" not in first, "only the panel has it"
    assert "225 kommuner har svart" not in first, "only the panel has it"


def test_every_published_number_that_was_tried_stands_with_all_of_its_evidence(
    year_2024: Path, page: str
) -> None:
    found = pl.read_csv(year_2024 / "evidens.csv", schema=evidence.SCHEMA)
    shown = rows(page)
    tried = found.filter((pl.col("dom") != "kontekst").any().over("id"))
    assert set(shown) == set(tried["id"])
    for row in tried.filter(pl.col("beregnet").is_not_null()).iter_rows(named=True):
        value, bracket = value_and_bracket(row["beregnet_tekst"])
        given = f"{value}, i utvalg som likner KS' {bracket}" if bracket else value
        assert text_of(given) in shown[row["id"]], row["id"]
    own = shown["k2024_res_antall_negativ"]
    assert "138 kommuner" in own
    given = "206, i utvalg som likner KS' 124 til 147"
    assert own.index(given) < own.index("Kan stemme", own.index(given)) < own.index("Stilt inn")
    assert "58,0 prosent" in shown["k2024_tbu_andel_negativ"]
    assert "Stemmer" in shown["k2024_tbu_andel_negativ"]


def test_the_counts_of_ks_of_others_and_of_the_panel_stand_apart(
    year_2024: Path, page: str
) -> None:
    found = pl.read_csv(year_2024 / "evidens.csv", schema=evidence.SCHEMA)
    counted = evidence.counts(found).filter(pl.col("dom") != "kontekst")
    text = text_of(page)
    for name in evidence.GROUPS:
        own = counted.filter(pl.col("gruppe") == name)
        assert f"{evidence.GROUPS[name]} ({own['antall'].sum()}): " in text
    part = page.split('<div class="gikk"')[1].split("</p>", maxsplit=1)[0]
    assert "dom-forenlig" in part
    assert "dom-kalibrert" not in part


def test_nothing_of_the_machine_is_in_it(year_2024: Path, page: str) -> None:
    page = BUNDLE.sub("", page)
    for what, pattern in FOREIGN.items():
        assert not pattern.search(page), what
    assert not re.search(r'(?:src|href)="https?:', page), "nothing is asked of anywhere"


def test_invented_accounts_have_no_findings_and_no_release(year_2024: Path) -> None:
    assert (year_2024 / "ssb" / "pressemelding.md").is_file()
    assert not (year_2024 / "demo" / "pressemelding.md").exists()
    assert not (year_2024 / "demo" / "pressemelding.docx").exists()
    demo = (year_2024 / "demo" / "index.html").read_text("utf-8")
    assert 'class="flis"' not in demo
    assert "Funn om året står bare der regnskapene er virkelige" in unescape(demo)
    assert 'class="flis"' in (year_2024 / "ssb" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("name", [path.stem for path in sections.notebooks()])
def test_on_the_panel_the_check_cells_say_what_is_kept(year_2024: Path, name: str) -> None:
    """Where every number has a value: what nbval does for the open figures that the notebooks store."""
    executed = files.read(year_2024 / "demo" / "notebooks" / f"{name}.ipynb")
    kept = (PROJECT / accepted.panel_text(name).relative_to(PROJECT)).read_text("utf-8")
    assert kept
    assert "".join(files.check_texts(executed)) == kept


@pytest.mark.parametrize("name", [path.stem for path in sections.notebooks()])
def test_the_notebooks_store_what_open_figures_give(year_2024: Path, name: str) -> None:
    executed = files.read(year_2024 / "ssb" / "notebooks" / f"{name}.ipynb")
    assert files.check_texts(executed) == files.check_texts(
        files.read(PROJECT / "notebooks" / f"{name}.ipynb")
    )


@pytest.mark.varied
def test_a_front_is_made_anew_only_where_a_report_is(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(request: Request, _workshop: Workshop) -> Callable[[], Made]:
        folder = project / "reports" / "2020" / request.source
        (folder / "notebooks").mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        made.append(request.source)
        return lambda: (folder, pl.DataFrame())

    first = publish_year(asked(2020), make)
    assert made == ["demo"], "the only source that has the year"
    text = first.read_text("utf-8")
    assert 'class="banner"' in text, "all of it is invented"
    assert 'class="flis"' not in text
    before = first.stat().st_mtime_ns
    publish_year(asked(2020), make)
    assert first.stat().st_mtime_ns == before
    folder, whole = first.parent, fingerprints(first.parent)
    ways = (tampering.linked, tampering.foldered, tampering.truncated)
    for place, name in enumerate(("index.html", "evidens.csv", "manifest.json")):
        for way in examples(ways[place : place + 1], ways):
            way(folder / name)
            publish_year(asked(2020), make)
            assert {each: fingerprints(folder)[each] for each in whole} == whole, (name, way)
            assert all(is_own_file(folder / each) for each in whole)


def test_a_report_made_alone_leaves_the_front_behind_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    folder = tmp_path / "reports" / "2024"
    assert not is_outdated(2024), "there is none"
    (folder / "demo").mkdir(parents=True)
    (folder / "demo" / "manifest.json").write_text("{}", encoding="utf-8")
    own = file_hash(folder / "demo" / "manifest.json")
    (folder / "manifest.json").write_text(
        manifest.text({"rapporter_sha256": {"demo": own}}), encoding="utf-8"
    )
    assert not is_outdated(2024)
    (folder / "demo" / "manifest.json").write_text("{ }", encoding="utf-8")
    assert is_outdated(2024)
    tampering.flipped(folder / "manifest.json", random.Random(1))
    assert is_outdated(2024), "it does not say of which it is"


def test_a_year_that_nobody_has_names_the_years_there_are() -> None:
    with pytest.raises(UsageError) as raised:
        asked(2031)
    assert str(raised.value) == (
        "YEAR is 2031; there are accounts for: ssb: 2021-2025; demo: 2020-2025. To add it, give data/codes its "
        "inhabitants and what codes are new, then put account files in data/raw/2031 or fetch SSB's "
        "figures: make fetch YEAR=2031 (docs/new-year.md)"
    )


def test_on_the_panel_a_sheet_says_what_is_kept(demo_panel: Path) -> None:
    """Of open figures there are no rows that a sheet's measures could be computed from once more."""
    executed = execute(one_sheet.notebook(), {"source": "demo"})
    kept = (PROJECT / accepted.panel_text("municipality").relative_to(PROJECT)).read_text("utf-8")
    assert "av radene" in kept
    assert "".join(files.check_texts(executed)) == kept
