"""The front of a year: what was found, and every published number with its evidence beside it, one column a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.report import headlines
from kommuneregnskap.report.pages.figures import Spec
from kommuneregnskap.report.pages.front import findings_html
from kommuneregnskap.report.pages.html import TEMPLATES
from kommuneregnskap.sources import account_files, published_figures
from kommuneregnskap.support.norwegian import MISSING, listing, number
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.open_figures import PANEL_WORDS
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.decide import EXPLAINED, VERDICTS

TEMPLATE = "year.html.j2"
GIVERS = {
    published_figures.SOURCE.name: "et uttrekk fra SSB gir det (make fetch)",
    account_files.SOURCE.name: "bare kommunenes egne kontofiler gir det",
}


@dataclass(frozen=True)
class Made:
    """The report of one source: the survey, its section numbers and verdicts, its folder, its charts by name."""

    survey: Survey
    tall: pl.DataFrame
    vurdering: pl.DataFrame
    folder: Path
    figures: Mapping[str, Spec]


def export_year(made: Sequence[Made], found: pl.DataFrame, table: str, out_file: Path) -> None:
    """Write the front of a year.

    made: the report of each source at hand, best evidence first. found: `evidence.of`. table: where it is written
    beside the page. The findings are those of headlines.csv, each from the first real source that has it; none from
    invented accounts. Same reports, same bytes.
    """
    year = made[0].survey.year
    told, figures = _findings(made)
    page = TEMPLATES.get_template(TEMPLATE).render(
        title=f"Kommuneregnskap {year}",
        banner=None if any(not each.survey.synthetic for each in made) else SYNTHETIC_WARNING,
        lead=[_lead(each.survey) for each in made],
        findings=findings_html(told, figures) if told else "",
        unknown=_unknown(made, {row["tall_id"] for row in told}, found),
        groups=_groups(found),
        parts=_parts(made, found, out_file.parent),
        columns=[_column(each.survey) for each in made],
        reports=[
            {
                "address": f"{_folder(each, out_file.parent)}/index.html",
                "title": f"{_column(each.survey)}: {headlines.title(each.survey)}",
            }
            for each in made
        ],
        table=table,
    )
    out_file.write_text(page.rstrip() + "\n", encoding="utf-8")


def _folder(each: Made, beside: Path) -> str:
    return each.folder.relative_to(beside).as_posix()


def _column(survey: Survey) -> str:
    """Name a source at the head of its column, and of which municipalities and scope it is."""
    if survey.synthetic:
        return "Syntetisk panel (viser bare metoden)"
    if survey.gives.snapshots:
        return f"SSBs åpne tall, {SCOPES[survey.scope]}"
    return f"Egne kontofiler, {SCOPES[survey.scope]}"


def _lead(survey: Survey) -> str:
    if survey.gives.snapshots:
        return f"Åpne tall: {open_figures(survey)}"
    return f"{_column(survey)}: {survey.origin.words}."


def _findings(made: Sequence[Made]) -> tuple[list[dict[str, Any]], dict[str, Spec]]:
    """Return the findings, each from the first report that has it, and the charts of those reports."""
    told: dict[int, dict[str, Any]] = {}
    figures: dict[str, Spec] = {}
    for each in made:
        for row in headlines.findings(each.survey, each.tall, each.vurdering):
            if row["rekkefoelge"] not in told:
                told[row["rekkefoelge"]] = row
                if row["figur"] in each.figures:
                    figures.setdefault(row["figur"], each.figures[row["figur"]])
    return [told[place] for place in sorted(told)], figures


def _unknown(made: Sequence[Made], told: set[str], found: pl.DataFrame) -> list[str]:
    """Say which findings no real source at hand gives, and what would give them."""
    givers = dict(found.drop_nulls("kan_gis_av").select("tall_id", "kan_gis_av").iter_rows())
    gone: dict[str, list[str]] = {}
    year = made[0].survey.year
    ids = {name for each in made for name in each.tall.filter(pl.col("aar") == year)["id"]}
    for row in tables.read("headlines").sort("rekkefoelge").iter_rows(named=True):
        if row["tall_id"] in ids - told:
            giver = givers.get(row["tall_id"], account_files.SOURCE.name)
            gone.setdefault(giver, []).append(row["tekst"])
    return [
        f"Ikke kjent fra virkelige tall som er for hånden: {listing(names)}; {GIVERS[giver]}."
        for giver, names in gone.items()
    ]


def _groups(found: pl.DataFrame) -> list[dict[str, Any]]:
    counted = evidence.counts(found)
    groups = []
    for (title,), rows in counted.group_by(["gruppe_navn"], maintain_order=True):
        groups.append(
            {
                "title": f"{title}: {number(float(rows['antall'].sum()))}",
                "rows": [
                    {
                        "antall": number(row["antall"]),
                        "dom": row["dom"],
                        "navn": row["dom_navn"],
                        "forklaring": EXPLAINED[row["dom"]],
                    }
                    for row in rows.iter_rows(named=True)
                ],
            }
        )
    return groups


def _parts(made: Sequence[Made], found: pl.DataFrame, beside: Path) -> list[dict[str, Any]]:
    """Return the sections that have published numbers, in their order, each with its rows and where it is computed."""
    parts = []
    for row in tables.read("sections").sort("rekkefoelge").iter_rows(named=True):
        tried = (pl.col("dom") != "kontekst").any().over("id")
        own = found.filter((pl.col("seksjon") == row["seksjon"]) & tried)
        if own.is_empty():
            continue
        place = f"del-{row['rekkefoelge']}"
        parts.append(
            {
                "place": place,
                "title": row["tittel"],
                "rows": _rows(own, [each.survey.source for each in made]),
                "made": [
                    {
                        "words": _column(each.survey),
                        "section": f"{_folder(each, beside)}/index.html#{place}",
                        "notebook": f"{_folder(each, beside)}/notebooks/{row['notatbok']}.ipynb",
                    }
                    for each in made
                ],
            }
        )
    return parts


def _rows(own: pl.DataFrame, order: Sequence[str]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for row in own.iter_rows(named=True):
        shown = rows.setdefault(
            row["id"],
            {
                "id": row["id"],
                "what": row["maaler"],
                "published": row["publisert"],
                "by": row["utgiver"],
                "cells": [None] * len(order),
            },
        )
        shown["cells"][order.index(row["grunnlag"])] = _cell(row)
    return list(rows.values())


def _cell(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a source gives for a published number: value, verdict, why, and of whom where that is another set."""
    given = row["beregnet"] is not None
    why = row["hvorfor"]
    if not given and row["best"] == evidence.YES and row["kan_gis_av"]:
        why = f"ikke kjent fra åpne tall; {GIVERS[row['kan_gis_av']]}"
    if row["utvalg"] in PANEL_WORDS and given:
        why = f"{PANEL_WORDS[row['utvalg']]}: {why}"
    return {
        "value": row["beregnet_tekst"] if given else MISSING,
        "dom": row["dom"],
        "name": VERDICTS[row["dom"]],
        "why": why,
    }
