"""The trails in the report: one for every published number that is computed, whole, small, unnamed."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.report import publish
from kommuneregnskap.tables import published, sections

FOLD = re.compile(r'<details class="spor" id="[^"]+">(.*?)</details>', re.DOTALL)
TABLE = re.compile(r"<table><caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>", re.DOTALL)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


def trail_pages(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(folder.glob("*-spor.html"))]


def folds(folder: Path) -> list[str]:
    return [fold for page in trail_pages(folder) for fold in FOLD.findall(page)]


def whole(text: str) -> int:
    return int(text.replace("\u202f", "").replace("\u2212", "-"))


def sums(fold: str) -> list[tuple[str, list[int]]]:
    """Return the tables that end in a sum: caption, and the numbers of the last column."""
    found = []
    for caption, body in TABLE.findall(fold):
        rows = [CELL.findall(row) for row in body.split("</tr>") if CELL.search(row)]
        if rows[-1][0] == "Sum":
            found.append((caption, [whole(row[-1]) for row in rows]))
    return found


def test_every_published_number_that_is_computed_is_followed(published_2024: Path) -> None:
    verdicts = pl.read_csv(published_2024 / "vurdering.csv").drop_nulls("tall_id")
    wanted = verdicts.filter(pl.col("seksjon") != "kontekst").unique(["seksjon", "tall_id"])
    assert len(folds(published_2024)) == len(wanted) > 35
    page = "".join(trail_pages(published_2024))
    for tall_id in wanted["tall_id"]:
        assert f"<code>{tall_id}</code> 2024" in page


def test_every_fold_has_the_statement_of_its_number_once(published_2024: Path) -> None:
    page = "".join(trail_pages(published_2024))
    statements = page.count('<details class="sql"><summary>Regn selv</summary>')
    assert statements == len(folds(published_2024)) > 35
    assert page.count("FROM tidy") >= statements / 2


def test_the_sums_on_the_page_add_up(published_2024: Path) -> None:
    seen = 0
    for fold in folds(published_2024):
        for caption, numbers in sums(fold):
            assert sum(numbers[:-1]) == numbers[-1], caption
            seen += 1
    assert seen > 150


def test_the_folds_name_no_unit_number_or_file(published_2024: Path) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", fold) for fold in folds(published_2024))
    assert "syntetisk fil 0A 2024" in text
    assert ".txt" not in text
    names = set(tables.read("kommune")["navn"]) - set(tables.read("fylke")["navn"]) - {"Os"}
    assert not {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}
    numbers = set(tables.valid("kommune", 2024)["kommunenummer"])
    assert not numbers & set(re.findall(r"(?<![\d\u202f])\d{4}(?![\d\u202f])", text))


def test_the_folder_of_the_year_is_as_it_was(published_2024: Path) -> None:
    assert not list(published_2024.parent.glob("*spor*"))


def test_open_figures_are_followed_to_cells(open_report: Path) -> None:
    found = folds(open_report)
    assert len(found) > 25
    text = " ".join(found)
    assert "SSB 12137" in text
    assert "AGD13 Brutto driftsinntekter i alt" in text
    assert "syntetisk" not in text
    for fold in found:
        for caption, numbers in sums(fold):
            assert sum(numbers[:-1]) == numbers[-1], caption


def test_each_section_has_the_trails_of_the_numbers_it_judges() -> None:
    judging = map(sections.notebook_of, published.read(2024)["seksjon"].unique())
    assert sorted(judging) == [path.stem for path in publish.section_notebooks()][:6]
