"""One word for one thing: the pages of a year have none of the words that CONTRIBUTING.md names as not ours."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from tests.helpers.projects import PROJECT

NO_TEXT = re.compile(
    r'<(script|style)\b.*?</\1>|<details class="kode">.*?</details>|<code>.*?</code>|<[^>]+>',
    re.DOTALL,
)
HEDGED = re.compile(r"\b(?:nesten|knapt|vel|nær) \d[\d ]*,\d")  # «om lag 4,2» was printed so
HYPHEN = re.compile(r"(?<![\w.,-])-\d+,\d")  # in the place of a minus


def avoided() -> list[str]:
    """The words in the last column of the table."""
    part = (PROJECT / "CONTRIBUTING.md").read_text("utf-8").split("## Words\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return [word for *_, words in rows[1:] for word in words.split("; ")]


WORDS = avoided()


def text_of(page: Path) -> str:
    return unescape(NO_TEXT.sub(" ", page.read_text("utf-8")))


def found(text: str) -> list[str]:
    own = (word for word in WORDS if re.search(rf"(?<![\w-]){re.escape(word)}(?!\w)", text))
    return [*own, *HEDGED.findall(text), *HYPHEN.findall(text)]


@pytest.mark.parametrize("source", ["", "ssb", "demo"])
def test_no_page_has_a_word_that_is_not_ours(year_2024: Path, source: str) -> None:
    for page in sorted((year_2024 / source).glob("*.html")):
        text = text_of(page)
        assert len(text) > 500, page.name
        assert found(text) == [], page.name


def test_a_word_that_is_not_ours_is_found() -> None:
    assert {"dom", "klamme", "omtalen", "kanten", "Del av kommunene"} <= set(WORDS)
    assert found("Hvert tall har en dom ved siden av klammen.") == ["dom", "klammen"]
    assert found("Resultatet ble -0,5 prosent, knapt 10,8.") == ["knapt 10,8", "-0,5"]
    assert found("Området fikk nesten 11 prosent, 206 (i utvalg 124 til 147) kommuner.") == []
