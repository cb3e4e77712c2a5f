"""No number that a reader of the report sees was typed by somebody, and one that is, is found."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from kommuneregnskap import tables
from kommuneregnskap.cli.app import app
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import coverage
from kommuneregnskap.report.publish import section_notebooks
from tests.helpers.outputs import html_of


@pytest.fixture(scope="module")
def sources() -> coverage.Sources:
    return coverage.known()


def test_no_number_on_the_page_is_typed(published_2024: Path, sources: coverage.Sources) -> None:
    found = coverage.of_report(published_2024, sources)
    assert coverage.untraced(found)["tekst"].to_list() == []
    count = dict(coverage.counts(found).iter_rows())
    assert count[coverage.COMPUTED] > 1000
    assert count[coverage.PUBLISHED] > 300
    assert count[coverage.DEFINED] > 300
    assert sum(count.values()) == len(found)


def test_no_number_on_the_page_of_open_figures_is_typed(
    open_report: Path, sources: coverage.Sources
) -> None:
    found = coverage.of_report(open_report, sources)
    assert coverage.untraced(found)["tekst"].to_list() == []


def test_every_number_of_the_page_is_among_those_found(
    published_2024: Path, sources: coverage.Sources
) -> None:
    """Counted another way: all digits that are left when code, tags and styles are taken out."""
    html = html_of(published_2024)
    for unseen in (
        "<style>.*?</style>",
        "<script.*?</script>",
        "<title>.*?</title>",
        '<details class="kode">.*?</details>',
        '<pre class="kode">.*?</pre>',
    ):
        html = re.sub(unseen, " ", html, flags=re.DOTALL)
    text = re.sub(r"&#?\w+;", " ", re.sub(r"<[^>]*>", " ¤ ", html))
    found = coverage.of_report(published_2024, sources)
    digits = sum(len(re.findall(r"\d", number)) for number in found["tall"])
    assert digits == len(re.findall(r"\d", text))


PLANTED = {
    "beside a section": ("</h2>", "</h2><p>Det er 17 prosent mer enn ventet.</p>", "17"),
    "that a table happens to say": (
        "</h2>",
        "</h2><p>Investeringene var 56,4 milliarder.</p>",
        "56,4",
    ),
    "in the opening": ("<nav", "<p>Av 225 kommuner</p><nav", "225"),
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_typed_number_is_found(
    tmp_path: Path, published_2024: Path, sources: coverage.Sources, place: str
) -> None:
    before, after, number = PLANTED[place]
    page = tmp_path / "index.html"
    html = (published_2024 / "index.html").read_text("utf-8")
    page.write_text(html.replace(before, after, 1), encoding="utf-8")
    typed = coverage.untraced(coverage.numbers(page, sources))
    assert typed["tall"].to_list() == [number]


def test_a_number_typed_in_code_is_found_in_what_it_puts_out(
    tmp_path: Path, sources: coverage.Sources
) -> None:
    """In a string of the notebook, alone in a cell, and in a chart's own text; a computed one is not."""
    html = (
        '<section id="resultat"><div class="resultat"><p>Ventet var 17 prosent, det ble 18 prosent.</p>'
        "<td>10</td><td>11</td><svg><text>Grensen på 3 prosent</text></svg></div></section>"
    )
    page = tmp_path / "fond.html"
    page.write_text(html, encoding="utf-8")
    own = coverage.Sources(
        typed={"fond": ["Ventet var 17 prosent, det ble ", "10"]},
        common=["Grensen på 3 prosent"],
        claims=["17 prosent"],
        definitions=[],
        excused=[],
    )
    found = coverage.numbers(page, own)
    assert coverage.untraced(found)["tall"].to_list() == ["17", "10", "3"]
    assert found.filter(pl.col("klasse") == coverage.COMPUTED)["tall"].to_list() == ["18", "11"]


def test_every_exemption_is_of_a_text_that_is_there(sources: coverage.Sources) -> None:
    """An exemption that no notebook or template needs any more must go."""
    written = [
        *sources.common,
        *(text for texts in sources.typed.values() for text in texts),
        *(cell.source for path in section_notebooks() for cell in notebooks.read(path).cells),
    ]
    for text in tables.read("exemptions").filter(pl.col("slag").cast(pl.String) == "tall")["id"]:
        assert any(text in each for each in written), text


def test_the_command_counts_and_fails_on_a_typed_number(
    project: Path, published_2024: Path
) -> None:
    folder = project / "reports/2024/demo"
    run = CliRunner().invoke(app, ["numbers", "--year", "2024"])
    assert run.exit_code == 1
    assert "make it first" in str(run.exception)
    folder.mkdir(parents=True)
    html = (published_2024 / "index.html").read_text("utf-8")
    (folder / "index.html").write_text(html, encoding="utf-8")
    run = CliRunner().invoke(app, ["numbers", "--year", "2024"])
    assert run.exit_code == 0
    assert "0 of " in run.stdout
    (folder / "index.html").write_text(
        html.replace("<nav", "<p>Av 225 kommuner</p><nav", 1), encoding="utf-8"
    )
    run = CliRunner().invoke(app, ["numbers", "--year", "2024"])
    assert run.exit_code == 1
    assert "index: 225 in «Av 225 kommuner»" in run.stdout
