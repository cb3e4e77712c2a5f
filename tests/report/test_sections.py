"""Which sections there are is said in one table: a tenth is a notebook and a row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat import v4

from kommuneregnskap.mutants.definitions import copied_tables
from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.report import coverage, publish
from kommuneregnskap.report.pages import html
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import published, sections
from tests.conftest import PROJECT, add_row, edit_table

TABLE = "data/definitions/sections.csv"


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the tables and notebooks, as the project's own."""
    with copied_tables() as folder:
        for path in (PROJECT / "notebooks").glob("*.ipynb"):
            (folder / "notebooks").mkdir(exist_ok=True)
            shutil.copy(path, folder / "notebooks")
        monkeypatch.chdir(folder)
        yield folder


def tenth(folder: Path) -> Path:
    """Write the notebook of a tenth section; its row is another matter."""
    path = folder / "notebooks/10_fees.ipynb"
    cells = [
        v4.new_markdown_cell("# 10. Hva tok kommunene i gebyrer?\n\nEn prøve."),
        v4.new_code_cell("year: int = 2024", metadata={"tags": [files.PARAMETERS_TAG]}),
        v4.new_code_cell("print(year + 1)"),
    ]
    files.write(files.clean(v4.new_notebook(cells=cells)), path)
    return path


def with_row(folder: Path, **cells: str) -> None:
    row = {
        "seksjon": "gebyr",
        "rekkefoelge": "10",
        "notatbok": "10_fees",
        "tittel": "Hva tok kommunene i gebyrer?",
        "bare_egne_tall": "ja",
        "side": "gebyrer",
        "kort": "Gebyrer",
    }
    edit_table(folder / TABLE, lambda table: add_row(table, **(row | cells)))


def test_a_tenth_section_is_a_notebook_and_a_row(copied: Path) -> None:
    path = tenth(copied)
    with_row(copied)
    assert publish.section_notebooks()[-1] == path
    assert len(publish.section_notebooks()) == 10
    assert sections.of_one()["10_fees"] == "gebyr"
    assert "gebyrer" in coverage.known().typed
    files.write(execute(path, {"year": 2025}), copied / path.name)
    made = html.section(copied / path.name)
    assert made.title == "10. Hva tok kommunene i gebyrer?"
    assert "2026" in made.body
    page = copied / "gebyrer.html"
    html.export_section(made, page, whole="Prøve", banner="")
    assert "10. Hva tok kommunene i gebyrer?" in page.read_text("utf-8")


def test_a_published_number_may_be_of_the_tenth(copied: Path) -> None:
    claims = copied / "data/claims/2024.csv"
    text = claims.read_text("utf-8")
    claims.write_text(text.replace(",kontekst,", ",gebyr,", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"seksjon is 'gebyr'; allowed: investering, resultat, "):
        published.read(2024)
    tenth(copied)
    with_row(copied)
    assert "gebyr" in published.read(2024)["seksjon"]


def test_a_section_without_a_notebook_is_refused(copied: Path) -> None:
    with_row(copied)
    with pytest.raises(DataError) as error:
        publish.section_notebooks()
    assert str(error.value) == (
        f"{TABLE}:11: notatbok is '10_fees'; allowed: the name of a notebook in notebooks. "
        "Make 10_fees.ipynb, or remove the row."
    )


def test_a_numbered_notebook_that_no_section_names_is_refused(copied: Path) -> None:
    tenth(copied)
    with pytest.raises(DataError) as error:
        publish.section_notebooks()
    assert str(error.value) == (
        f"notebooks/10_fees.ipynb: no section is made of it; allowed: a notebook that a row of {TABLE} "
        "names. Add a row, or give it a name that does not begin with a number."
    )


def test_a_notebook_of_the_user_is_left_alone(copied: Path) -> None:
    tenth(copied).rename(copied / "notebooks/mine_gebyrer.ipynb")
    assert len(publish.section_notebooks()) == 9


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"notatbok": "11_fees"}, "the row breaks the rule notebook_has_the_number"),
        ({"rekkefoelge": "9", "notatbok": "9_fees"}, "rekkefoelge is '9'"),
        ({"seksjon": "fond"}, "key is {'seksjon': 'fond'}; allowed: each key once"),
        ({"bare_egne_tall": "kanskje"}, "allowed: ja | nei"),
    ],
)
def test_a_malformed_row_is_refused(copied: Path, cells: dict[str, str], message: str) -> None:
    with_row(copied, **cells)
    with pytest.raises(DataError) as error:
        sections.notebooks()
    assert message in str(error.value)
