"""What a front says to programs, in the words of schema.org: the data set, and the published numbers with verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import polars as pl
from markupsafe import Markup

from kommuneregnskap.charts.style import VINTAGES
from kommuneregnskap.report import citation
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.licences import CC_BY, MIT
from kommuneregnskap.report.manifest import CHECKSUM
from kommuneregnskap.report.pages.claims import best_of, printed_of
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.support.outside import visible
from kommuneregnskap.verdicts.decide import VERDICTS
from kommuneregnskap.verdicts.evidence import OURSELVES

# The verdicts that rate a number, from the worst to the best: a rating is the place in this list, from one on.
# `kalibrert` is of invented accounts, `kontekst` and `ikke_vurdert` are no verdicts on the number: they rate nothing.
RATED = ("avvik", "uavklart", "forenlig", "gjenskapt")
SSB, STATBANK = "Statistisk sentralbyrå (SSB)", "https://www.ssb.no/statbank"
WHO = {
    "SSB": SSB,
    "presse": "pressen",
    "TBU": "Det tekniske beregningsutvalget for kommunal og fylkeskommunal økonomi",
}
KINDS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DATASET, PROJECT = "#datasett", "#prosjekt"
# What would end a data block, or begin another, and what a line of a script may not hold.
ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
Thing = dict[str, Any]


def of_front(made: Sequence[Made], found: pl.DataFrame, downloads: Sequence[Download]) -> Markup:
    """Return the data block of a front: a Dataset, and for each published number a Claim, with ClaimReview where rated.

    made, found, downloads: as for `front.export_front`. A number is rated by its best evidence where that is real, and
    never by invented accounts. Addresses are relative to the page. Nothing in the text ends the block.
    """
    printed = printed_of(made) if len(found) else {}
    claims = [
        claim_of(printed[row["id"]], row)
        for row, _ in (best_of(own, made) for own in found.partition_by("id", maintain_order=True))
        if row["utgiver"] != OURSELVES
    ]
    graph = [_project(), _dataset(made, downloads), *claims]
    return block({"@context": "https://schema.org", "@graph": graph})


def block(content: Mapping[str, Any]) -> Markup:
    """Return JSON-LD as a data block of a page; texts as a page shows them (`visible`)."""
    text = json.dumps(_seen(content), ensure_ascii=False, separators=(",", ":")).translate(ESCAPED)
    return Markup(f'<script type="application/ld+json">{text}</script>')


def _seen(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _seen(each) for name, each in content.items()}
    if isinstance(content, list):
        return [_seen(each) for each in content]
    return visible(content) if isinstance(content, str) else content


def _project() -> Thing:
    return {"@type": "Organization", "@id": PROJECT, "name": citation.AUTHORS}


def _dataset(made: Sequence[Made], downloads: Sequence[Download]) -> Thing:
    year, real = made[0].survey.year, [each for each in made if not each.survey.synthetic]
    opened = [each for each in real if each.survey.gives.snapshots]
    whose = "virkelige regnskaper" if real else citation.INVENTED
    of_norway = {"spatialCoverage": {"@type": "Country", "name": "Norge"}} if real else {}
    return {
        "@type": "Dataset",
        "@id": DATASET,
        "name": f"Kommuneregnskap {year}" + ("" if real else " (syntetisk)"),
        "description": (
            f"KS' publiserte tall om kommuneregnskapene for {year}, regnet ut igjen av {whose}: hvert tall med verdi, "
            f"vurdering, kilde og metode. {' '.join(each.cited.source for each in made)}"
        ),
        "license": [MIT.address, CC_BY.address] if opened else MIT.address,
        "creator": {"@id": PROJECT},
        "version": version(citation.PACKAGE),
        "inLanguage": "nb",
        "temporalCoverage": str(year),
        **of_norway,
        "identifier": [
            {
                "@type": "PropertyValue",
                "propertyID": CHECKSUM,
                "name": each.whose,
                "value": each.checksum,
            }
            for each in made
            if each.checksum
        ],
        "isBasedOn": [_of_ssb(each) for each in opened if each.survey.figures.official],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": each.navn,
                "contentUrl": each.address,
                "encodingFormat": kind,
            }
            for each in downloads
            for ending, kind in KINDS.items()
            if each.address.endswith(ending)
        ],
    }


def _of_ssb(made: Made) -> Thing:
    known = made.survey.figures
    return {
        "@type": "Dataset",
        "name": f"Statistikkbanken, uttrekk {known.snapshot}",
        "description": f"SSBs tabeller over kommuneregnskapene, {VINTAGES[known.vintage]}.",
        "url": STATBANK,
        "license": CC_BY.address,
        "creator": {"@type": "Organization", "name": SSB},
    }


def claim_of(claim: Mapping[str, Any], found: Mapping[str, Any]) -> Thing:
    """Return a published number, and the review of it where its verdict rates it."""
    address = f"#{claim['id']}"
    item = {
        "@type": "Claim",
        "@id": f"{address}-paastand",
        "name": claim["maaler"],
        "text": citation.said(claim),
        "url": address,
        "author": {"@type": "Organization", "name": WHO.get(claim["utgiver"], claim["utgiver"])},
        "datePublished": claim["vintage"],
        "appearance": {"@type": "CreativeWork", "name": claim["kilde"]},
    }
    if found["syntetisk"] == "ja" or found["dom"] not in RATED or found["beregnet"] is None:
        return item
    return {
        "@type": "ClaimReview",
        "@id": f"{address}-vurdering",
        "url": address,
        "claimReviewed": citation.said(claim),
        "author": {"@id": PROJECT},
        "itemReviewed": item,
        "isBasedOn": {"@id": DATASET},
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": RATED.index(found["dom"]) + 1,
            "worstRating": 1,
            "bestRating": len(RATED),
            "alternateName": VERDICTS[found["dom"]],
            "ratingExplanation": f"{found['beregnet_tekst']}: {found['hvorfor']}",
        },
    }
