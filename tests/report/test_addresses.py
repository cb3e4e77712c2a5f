"""Every number, figure and table has an address that is the same when the report is made again."""

from __future__ import annotations

import re
import shutil
from functools import partial
from html import unescape
from pathlib import Path

import polars as pl
import pytest
from nbformat import v4

from kommuneregnskap.display.table import frame_bundle
from kommuneregnskap.notebooks import files
from kommuneregnskap.numbers.names import full_name
from kommuneregnskap.report import manifest, publish
from kommuneregnskap.report.pages import addresses
from kommuneregnskap.report.pages.html import section
from kommuneregnskap.report.year import publish_year
from kommuneregnskap.survey.request import asked
from kommuneregnskap.tables.numbers import recipe
from tests.conftest import edit_table
from tests.helpers.addresses import SOURCES, THING, column, ids, promised, resolving
from tests.helpers.outputs import pages
from tests.helpers.projects import PROJECT, copy_simulation

CHANGED = "k2024_res_antall_negativ"


def test_every_number_figure_and_table_of_a_year_has_an_address(year_2024: Path) -> None:
    found = promised(year_2024)
    assert resolving(found, year_2024) == found
    places = [each.partition("#")[2] for each in found]
    assert sum(place.startswith("k2024_") for place in places) == 3 * 103
    assert sum(place.startswith("tall-") for place in places) == 2 * 338
    assert sum(place.startswith("figur-") for place in places) > 30
    assert sum(place.startswith("tabell-") for place in places) > 100


def test_a_section_number_stands_on_the_page_of_its_own_section(year_2024: Path) -> None:
    found = promised(year_2024)
    assert "ssb/resultat.html#tall-resultat.netto_pst" in found
    assert "ssb/anslag.html#tall-resultat.estimat_pst_nedre" in found
    assert "demo/utgifter.html#tall-sektor.vekst.barnevern" in found


@pytest.mark.parametrize("source", ["", *SOURCES])
def test_no_id_stands_twice_on_a_page(year_2024: Path, source: str) -> None:
    for page in pages(year_2024 / source):
        assert [name for name, count in ids(page).items() if count > 1] == [], page.name


def test_every_address_resolves_in_a_report_made_again_and_after_a_change_of_a_claims_text(
    project: Path, year_2024: Path
) -> None:
    """Made again from what it was made from, and where one published number says something else than before."""
    before = promised(year_2024)
    copy_simulation(project)
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb")
    shutil.copytree(year_2024, project / "reports/2024")

    changed = pl.when(pl.col("id") == CHANGED)
    edit_table(
        project / "data/claims/2024.csv",
        lambda rows: rows.with_columns(
            trykt=changed.then(pl.lit("139 kommuner")).otherwise("trykt"),
            maaler=changed.then(pl.lit("Kommuner i minus")).otherwise("maaler"),
        ),
    )
    again = publish_year(asked(2024, source="ssb"), partial(publish.begin, only="side")).parent
    page = (again / "index.html").read_text("utf-8")
    assert "Kommuner i minus, 2024: «139 kommuner»" in unescape(page)
    assert page != (year_2024 / "index.html").read_text("utf-8")
    assert before - resolving(before, again) == set()


def test_one_more_cell_changes_no_address(tmp_path: Path) -> None:
    """A table, a figure or a text before it, a cell that gives two tables, and a title that is worded otherwise."""
    frame = pl.DataFrame({"brutto": [1.5, 2.5], "aar": ["a", "b"]})

    def shown(name: str, times: int = 1) -> object:
        output = v4.new_output("execute_result", data=frame_bundle(frame), execution_count=1)
        return v4.new_code_cell(name, id=name, outputs=[output] * times, execution_count=1)

    def places(*cells: object) -> list[str]:
        path = tmp_path / "1_prove.ipynb"
        files.write(v4.new_notebook(cells=[v4.new_markdown_cell("# 1. Prøve"), *cells]), path)
        return THING.findall(section(path).body)

    few = places(shown("fond"), shown("to", 2))
    assert few == ["tabell-fond", "tabell-to", "tabell-to-2"]
    more = places(shown("ny"), shown("fond"), v4.new_markdown_cell("## Nytt"), shown("to", 2))
    assert more == ["tabell-ny", *few]


def test_the_checksum_of_a_citation_begins_the_manifests(year_2024: Path) -> None:
    for source in SOURCES:
        said = manifest.read(year_2024 / source / manifest.FILE)
        assert said is not None
        short = manifest.checksum(said)
        assert said[manifest.CHECKSUM].startswith(short)
        assert len(short) == 12
        for page in ("resultat.html", "index.html"):
            assert f"kontrollsum {short}." in (year_2024 / source / page).read_text("utf-8")
        of_year = re.findall(r"kontrollsum (\w+)\.", (year_2024 / "index.html").read_text("utf-8"))
        assert (short in of_year) == (source == "ssb"), "real figures come first"


def test_the_checksum_is_of_what_numbers_are_made_from_and_nothing_else() -> None:
    made_of = {"rapport": {"year": 2024}, manifest.TABLES: {"a.csv": "1"}}
    short = manifest.checksum(made_of)
    beside = {manifest.EDITIONS: ["pdf"], manifest.PASSED_OVER: [1], manifest.RESULTS: {"a": "b"}}
    shown = {manifest.NOTEBOOKS: {"4_funds.ipynb": "c"}}
    assert manifest.checksum(made_of | beside | shown) == short
    assert manifest.checksum(made_of | {manifest.TABLES: {"a.csv": "2"}}) != short


def test_a_number_of_an_area_a_group_or_a_band_is_called_by_it() -> None:
    for name, said in {
        "investering.andel.grunnskole": "Tjenesteområdets andel av brutto investeringsutgifter: Grunnskole",
        "resultat.netto_pst.under_3000": (
            "Netto driftsresultat i prosent av driftsinntektene i størrelsesgruppen: Under 3 000 innbyggere"
        ),
        "fond.andel_i_baand.0_5": (
            "Andel av kommunene med disposisjonsfond i båndet: Over 0 og under 5 prosent"
        ),
        "resultat.antall_negativ": "Kommuner med netto driftsresultat under null",
    }.items():
        assert full_name(recipe(name), 2024).replace("\u202f", " ") == said


def test_a_report_of_one_municipality_has_rows_of_what_is_its_own_alone(
    one_municipality: Path,
) -> None:
    folder = one_municipality / "reports/2024/kostra"
    rows = {name for page in pages(folder) for name in ids(page) if name.startswith("tall-")}
    assert addresses.address("resultat.netto_pst") in rows
    assert addresses.address("resultat.antall_negativ") not in rows, "it counts municipalities"
    assert rows < {addresses.address(name) for name in column(folder / "tall.csv")}
