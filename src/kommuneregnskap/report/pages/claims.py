"""The published numbers of a section, each with what every source gives for it and how that came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from kommuneregnskap.report import citation
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.sources import account_files, published_figures
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.open_figures import PANEL_WORDS
from kommuneregnskap.tables import published, sections
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.decide import VERDICTS
from kommuneregnskap.verdicts.judgement import value_and_bracket

Shown = dict[str, Any]
PUBLISHERS = {"presse": "pressen"}  # where the name in the table is no name in a sentence
GIVERS = {
    published_figures.SOURCE.name: f"et uttrekk fra SSB gir det ({typed('make fetch')})",
    account_files.SOURCE.name: "bare kommunenes egne kontofiler gir det",
}


def claims_of(rows: pl.DataFrame, made: Sequence[Made]) -> list[Shown]:
    """Return published numbers for the page, in their order.

    rows: of `evidence.of`. made: the reports in the order of their columns. Out, each: id, what, published, by, cells
    (a value per report), dom, name, given (what each source gives, and why), walk (`Walks.computed` of the best
    source that has the value; None where none has), otherwise (`Walks.otherwise`), rows (the page of its trail), cite
    (what it is cited as).
    """
    kept = rows.filter((pl.col("dom") != "kontekst").any().over("id"))
    printed = printed_of(made)
    return [
        {**_claim(own, made), "cite": cited(own, made, printed)}
        for own in kept.partition_by("id", maintain_order=True)
    ]


def background_of(rows: pl.DataFrame, made: Sequence[Made]) -> list[Shown]:
    """Return the published numbers that are background in every source, which the page has no row for: id, cite."""
    left = rows.filter((pl.col("dom") == "kontekst").all().over("id"))
    printed = printed_of(made)
    return [
        {"id": own["id"][0], "cite": cited(own, made, printed)}
        for own in left.partition_by("id", maintain_order=True)
    ]


def printed_of(made: Sequence[Made]) -> dict[str, dict[str, Any]]:
    """Return the rows of `published.read` of the year of the reports, by id."""
    return {row["id"]: row for row in published.read(made[0].survey.year).to_dicts()}


def best_of(own: pl.DataFrame, made: Sequence[Made]) -> tuple[dict[str, Any], Made]:
    """Return the best row of the evidence for one published number, and the report that it is of."""
    first = own.sort("plass").row(0, named=True)
    return first, next(each for each in made if each.survey.source == first["grunnlag"])


def cited(own: pl.DataFrame, made: Sequence[Made], printed: Mapping[str, Shown]) -> str:
    """Return what a published number is cited as, with the verdict on its best evidence; own: its rows of that."""
    first, report = best_of(own, made)
    return citation.of_claim(printed[first["id"]], first, report.cited)


def _claim(own: pl.DataFrame, made: Sequence[Made]) -> Shown:
    by_source = {row["grunnlag"]: row for row in own.iter_rows(named=True)}
    first = own.sort("plass").row(0, named=True)
    walked = _walked(own, made)
    shown: Shown = {
        "id": first["id"],
        "what": first["maaler"],
        "published": first["publisert"],
        "by": PUBLISHERS.get(first["utgiver"], first["utgiver"]),
        "cells": [_value(by_source.get(each.survey.source)) for each in made],
        "dom": first["dom"],
        "name": VERDICTS[first["dom"]],
        "given": [
            _given(by_source[each.survey.source], each)
            for each in made
            if each.survey.source in by_source
        ],
        "walk": None,
        "otherwise": None,
    }
    if walked is not None:
        each, tall_id = walked
        shown["walk"] = each.walks.computed(tall_id)
        shown["whose"], shown["source"] = each.whose, each.survey.source
        section = each.walks.section_of(tall_id)
        shown["rows"] = f"{each.address}{trail_page(section)}#{tall_id}" if section else ""
        shown["usual"] = _given(by_source[each.survey.source], each)
        shown["otherwise"] = each.walks.otherwise(first["id"])
    return shown


def trail_page(section: str) -> str:
    """Return the file name of the page with a section's trails."""
    return f"{sections.of(section)['side']}-spor.html"


def _walked(own: pl.DataFrame, made: Sequence[Made]) -> tuple[Made, str] | None:
    """Return the report in which a number is followed: of the best source that has the value that is shown."""
    reports = {each.survey.source: each for each in made}
    for row in own.sort("plass").iter_rows(named=True):
        each = reports[row["grunnlag"]]
        if row["tall_id"] and not each.survey.choices and each.walks.has(row):
            return each, row["tall_id"]
    return None


def _value(row: Mapping[str, Any] | None) -> str:
    return (
        MISSING
        if row is None or row["beregnet"] is None
        else value_and_bracket(row["beregnet_tekst"])[0]
    )


def _given(row: Mapping[str, Any], each: Made) -> dict[str, str]:
    """Return what a source gives for a number: value, bracket, verdict, why, and of whom where that is another set."""
    has = row["beregnet"] is not None
    value, bracket = value_and_bracket(row["beregnet_tekst"]) if has else (MISSING, "")
    why = row["hvorfor"]
    if (
        each.survey.gives.snapshots
        and not has
        and row["best"] == evidence.YES
        and row["kan_gis_av"]
    ):
        why = f"ikke kjent fra åpne tall; {GIVERS[row['kan_gis_av']]}"
    if row["utvalg"] in PANEL_WORDS and has:
        why = f"{why} ({PANEL_WORDS[row['utvalg']]})"
    if row["utvalg"] == published_figures.EVERYONE:
        why += f"; regnet med {typed('make report SOURCE=ssb PANEL=alle')}"
    return {
        "whose": f"{each.column}, {SCOPES[row['omfang']]}",
        "value": value,
        "bracket": bracket,
        "dom": row["dom"],
        "name": VERDICTS[row["dom"]],
        "why": why,
    }
