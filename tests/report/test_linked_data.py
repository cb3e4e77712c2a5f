"""What a front says to programs: valid by schema.org's own vocabulary, rated by real evidence alone, and only data."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap.report import citation, manifest
from kommuneregnskap.report.licences import CC_BY
from kommuneregnskap.report.pages import linked_data
from kommuneregnskap.support.outside import visible
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.decide import VERDICTS
from tests.helpers.addresses import SOURCES, ids
from tests.helpers.hostile import MARKUP
from tests.helpers.projects import PROJECT

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
# The words of schema.org that the pages use, and what those are made of: term, kind, of (types above it, or whose
# property it is), values (what a property may be).
with (PROJECT / "tests/data/schemaorg.csv").open(encoding="utf-8", newline="") as _rows:
    WORDS = {row["term"]: row for row in csv.DictReader(_rows)}
SIMPLE = {
    "URL": re.compile(r"https://\S+|#\S+|[\w.-]+(?:/[\w.-]*)*"),
    "Date": re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?"),
    "DateTime": re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?"),
}
Thing = dict[str, Any]


def graph_of(page: Path) -> list[Thing]:
    (found,) = BLOCK.findall(page.read_text("utf-8"))
    content = json.loads(found)
    assert content["@context"] == "https://schema.org"
    return list(content["@graph"])


def things(content: object) -> Iterator[Thing]:
    """Every thing in a graph, whatever it is in."""
    for each in content if isinstance(content, list) else [content]:
        if isinstance(each, dict):
            yield each
            for value in each.values():
                yield from things(value)


def is_a(kind: str, wanted: str) -> bool:
    """Whether a type of schema.org is another, or one below it."""
    return kind == wanted or any(is_a(above, wanted) for above in WORDS[kind]["of"].split())


def faults(graph: list[Thing]) -> list[str]:
    """What in a graph is not as schema.org's vocabulary has it."""
    types = {
        each["@id"]: each["@type"] for each in things(graph) if "@type" in each and "@id" in each
    }
    found = []
    for each in things(graph):
        kind = each.get("@type")
        if kind is None:
            found += (
                [] if set(each) == {"@id"} and each["@id"] in types else [f"no such thing: {each}"]
            )
            continue
        if WORDS.get(kind, {}).get("kind") != "type":
            found.append(f"no such type: {kind}")
            continue
        for name, value in each.items():
            if name.startswith("@"):
                continue
            word = WORDS.get(name)
            if word is None or not any(is_a(kind, domain) for domain in word["of"].split()):
                found.append(f"{kind} has no {name}")
                continue
            for one in value if isinstance(value, list) else [value]:
                if not any(fits(one, wanted, types) for wanted in word["values"].split()):
                    found.append(f"{kind}.{name} is no {word['values']}: {one!r}")
    return found


def fits(value: object, wanted: str, types: dict[str, str]) -> bool:
    if isinstance(value, dict):
        kind = value.get("@type") or types.get(value.get("@id", ""), "")
        return bool(kind) and is_a(kind, wanted)
    if isinstance(value, int | float):
        return wanted == "Number"
    text = isinstance(value, str) and bool(value.strip())
    return text and (
        wanted == "Text" or bool(wanted in SIMPLE and SIMPLE[wanted].fullmatch(str(value)))
    )


@pytest.mark.parametrize("folder", ["", *SOURCES])
def test_a_front_is_valid_by_the_vocabulary_of_schema_org(year_2024: Path, folder: str) -> None:
    graph = graph_of(year_2024 / folder / "index.html")
    assert faults(graph) == []
    assert [each["@type"] for each in graph[:2]] == ["Organization", "Dataset"]
    names = [each["@id"] for each in things(graph) if "@type" in each and "@id" in each]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("thing", "fault"),
    [
        ({"@type": "Klaim"}, "no such type: Klaim"),
        ({"@type": "Claim", "ratingValue": 1}, "Claim has no ratingValue"),
        ({"@type": "Rating", "bestRating": ""}, "Rating.bestRating is no Number Text: ''"),
        ({"@type": "ClaimReview", "itemReviewed": "tekst"}, "ClaimReview.itemReviewed is no Thing: 'tekst'"),
        ({"@type": "Claim", "datePublished": "mars"}, "Claim.datePublished is no Date DateTime: 'mars'"),
        ({"@type": "Dataset", "creator": {"@id": "#x"}}, "no such thing: {'@id': '#x'}"),
        ({"@type": "Review", "reviewRating": {"@type": "Place"}}, "Review.reviewRating is no Rating"),
    ],
)  # fmt: skip
def test_what_is_not_valid_is_found(thing: Thing, fault: str) -> None:
    assert [each for each in faults([thing]) if each.startswith(fault)]


def test_every_published_number_is_a_claim_at_its_address_rated_by_its_verdict(
    year_2024: Path,
) -> None:
    page = year_2024 / "index.html"
    graph, places = graph_of(page), ids(page)
    claims = {each["url"]: each for each in things(graph) if each.get("@type") == "Claim"}
    printed = published.read(2024).filter(pl.col("utgiver").cast(pl.String) != evidence.OURSELVES)
    assert set(claims) == {f"#{name}" for name in printed["id"]}
    assert all(places[url.removeprefix("#")] == 1 for url in claims)
    own = claims["#k2024_res_antall_negativ"]
    assert (
        own["text"] == "Antall kommuner med netto driftsresultat under null, 2024: «138 kommuner»"
    )
    assert own["author"]["name"] == "KS"
    assert own["datePublished"] == "2025-03-05"
    reviews = {each["url"]: each for each in graph if each["@type"] == "ClaimReview"}
    found = pl.read_csv(year_2024 / "evidens.csv", schema=evidence.SCHEMA)
    rated = evidence.settled(found).filter(pl.col("utgiver") != evidence.OURSELVES)
    assert set(reviews) == {f"#{name}" for name in rated["id"]}
    verdicts = dict(rated.select("id", "dom").iter_rows())
    for url, review in reviews.items():
        rating = review["reviewRating"]
        assert rating["alternateName"] == VERDICTS[verdicts[url.removeprefix("#")]]
        assert rating["worstRating"] == 1 <= rating["ratingValue"] <= rating["bestRating"] == 4
    assert reviews["#k2024_res_antall_negativ"]["reviewRating"]["ratingValue"] == 3, "kan stemme"
    assert reviews["#k2024_tbu_andel_negativ"]["reviewRating"]["ratingValue"] == 4, "stemmer"


def test_the_data_set_says_what_it_is_made_of_and_where_it_lies(year_2024: Path) -> None:
    for folder in ("", *SOURCES):
        data = graph_of(year_2024 / folder / "index.html")[1]
        real = folder != "demo"
        files = [each["contentUrl"] for each in data["distribution"]]
        assert all((year_2024 / folder / file).is_file() for file in files)
        assert ({"evidens.csv"} if not folder else {"tall.csv", "vurdering.csv"}) <= set(files)
        assert ("spatialCoverage" in data) == real, "invented accounts are of no country"
        assert ("(syntetisk)" in data["name"]) == (not real)
        assert ("oppdiktede" in data["description"]) == (folder != "ssb")
        assert data["temporalCoverage"] == "2024"
        assert [each["license"] for each in data["isBasedOn"]] == [CC_BY.address] * real
        said = {
            source: manifest.checksum(manifest.read(year_2024 / source / manifest.FILE) or {})
            for source in SOURCES
        }
        sums = [each["value"] for each in data["identifier"]]
        assert sums == ([said[folder]] if folder else list(said.values()))


def test_invented_accounts_rate_nothing(year_2024: Path) -> None:
    kinds = [each["@type"] for each in graph_of(year_2024 / "demo/index.html")]
    assert "Claim" in kinds
    assert "ClaimReview" not in kinds


def test_the_verdicts_that_rate_are_in_order_and_the_others_rate_nothing() -> None:
    assert [VERDICTS[name] for name in linked_data.RATED] == [
        "Avviker", "Uavklart", "Kan stemme", "Stemmer"
    ]  # fmt: skip
    assert set(VERDICTS) - set(linked_data.RATED) == {"kalibrert", "kontekst", "ikke_vurdert"}


@pytest.mark.parametrize(
    "text",
    [
        *MARKUP,
        "</script><script>kapret=1</script>",
        "<!--<script>",
        "a\u2028b\u202ec",
        '"},{"@id":"',
    ],
)
def test_no_text_ends_the_block_or_begins_another(text: str) -> None:
    claim = {
        "id": "k2024_x", "maaler": text, "gjelder": 2024, "trykt": text, "utgiver": text,
        "vintage": "2025", "kilde": text,
    }  # fmt: skip
    found = {
        "dom": "forenlig", "syntetisk": "nei", "beregnet": 1.0, "beregnet_tekst": text, "hvorfor": text
    }  # fmt: skip
    thing = linked_data.claim_of(claim, found)
    block = str(linked_data.block(thing))
    (inner,) = BLOCK.findall(block)
    assert block == f'<script type="application/ld+json">{inner}</script>'
    assert not re.search("[<>&\u2028\u2029\u202e]", inner)
    said = json.loads(inner)["claimReviewed"]
    assert said == visible(citation.said(claim))
