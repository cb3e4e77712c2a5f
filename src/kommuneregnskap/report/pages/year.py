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
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.sources import account_files, published_figures
from kommuneregnskap.support.norwegian import MISSING, listing, number
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.open_figures import PANEL_WORDS
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.numbers import recipe
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


def export_year(
    made: Sequence[Made], found: pl.DataFrame, tables: Sequence[str], out_file: Path
) -> None:
    """Write the front of a year.

    made: the report of each source at hand, best evidence first. found: `evidence.of`. tables: where it is written
    beside the page, as CSV and as a workbook. The findings are those of headlines.csv, each from the first real
    source that has it; none from invented accounts. Same reports, same bytes.
    """
    year = made[0].survey.year
    told, figures = _findings(made, found)
    page = html_page(
        TEMPLATE,
        title=f"Kommuneregnskap {year}",
        banner=None if any(not each.survey.synthetic for each in made) else SYNTHETIC_WARNING,
        lead=[_lead(each.survey) for each in made if not each.survey.synthetic or len(made) == 1],
        findings=findings_html(told, figures) if told else "",
        unknown=_unknown(made, {row["tall_id"] for row in told}, found),
        groups=_groups(found),
        limits=f"{_settled(found)} {_limits()}",
        parts=_parts(made, found, out_file.parent),
        columns=[_column(each.survey) for each in made],
        reports=[
            {
                "address": f"{_folder(each, out_file.parent)}/index.html",
                "title": f"{_column(each.survey)}: {headlines.title(each.survey)}",
            }
            for each in made
        ],
        table=tables[0],
        book=tables[1],
    )
    out_file.write_text(page, encoding="utf-8")


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


def _findings(
    made: Sequence[Made], found: pl.DataFrame
) -> tuple[list[dict[str, Any]], dict[str, Spec]]:
    """Return the findings, and the charts of the reports they are from.

    Each from the source that is the best evidence of a published number of it, else from the first that has it.
    """
    best = dict(
        found.filter((pl.col("best") == evidence.YES) & ~pl.col("dom").is_in(evidence.UNDECIDED))
        .unique("tall_id", keep="first", maintain_order=True)
        .select("tall_id", "grunnlag")
        .iter_rows()
    )
    told: dict[int, dict[str, Any]] = {}
    figures: dict[str, Spec] = {}
    for each in made:
        for row in headlines.findings(each.survey, each.tall, each.vurdering):
            whose = best.get(row["tall_id"], each.survey.source)
            if row["rekkefoelge"] not in told and whose == each.survey.source:
                told[row["rekkefoelge"]] = row
                if row["figur"] in each.figures:
                    figures.setdefault(row["figur"], each.figures[row["figur"]])
    return [told[place] for place in sorted(told)], figures


def _unknown(made: Sequence[Made], told: set[str], found: pl.DataFrame) -> list[str]:
    """Say which findings no real source at hand gives, and what would give them."""
    givers = dict(found.drop_nulls("kan_gis_av").select("tall_id", "kan_gis_av").iter_rows())
    gone: dict[str, list[str]] = {}
    words = dict(found.drop_nulls("tall_id").select("tall_id", "maaler").reverse().iter_rows())
    year = made[0].survey.year
    ids = {name for each in made for name in each.tall.filter(pl.col("aar") == year)["id"]}
    for row in tables.read("headlines").sort("rekkefoelge").iter_rows(named=True):
        # What is known of all municipalities need not be estimated for them.
        known = row["tall_id"] not in givers and recipe(row["tall_id"]).estimated
        if row["tall_id"] in ids - told and not (known and not made[0].survey.synthetic):
            giver = givers.get(row["tall_id"], account_files.SOURCE.name)
            name = words.get(row["tall_id"]) or recipe(row["tall_id"]).navn
            gone.setdefault(giver, []).append(name[:1].lower() + name[1:])
    return [
        f"Ikke kjent fra åpne tall eller egne filer: {listing(names)}; {GIVERS[giver]}."
        for giver, names in gone.items()
    ]


def _groups(found: pl.DataFrame) -> list[dict[str, Any]]:
    counted = evidence.counts(found).filter(pl.col("dom") != "kontekst")
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


def _settled(found: pl.DataFrame) -> str:
    """Say how many of KS' numbers real figures give a verdict."""
    by_ks = pl.col("utgiver") == evidence.KS
    decided = evidence.settled(found).filter(by_ks).height
    tried = found.filter(by_ks & (pl.col("dom") != "kontekst"))["id"].n_unique()
    return f"Av KS' {number(tried)} tall har {number(decided)} fått en dom av virkelige tall."


def _limits() -> str:
    """Say when open figures bear out a number that was printed of those who answered, and when they do not."""
    of_all = tables.read("qualifiers").unique(
        ["forenlig_fra_pst", "avvik_under_pst"], maintain_order=True
    )
    exact, *ends = of_all.select("forenlig_fra_pst", "avvik_under_pst").iter_rows()
    said = "; ".join(
        f"der bare en grense eller en retning er sagt, {number(low)} og {number(high)}"
        for low, high in ends
    )
    return (
        "Åpne tall sier ikke hvem som svarte KS. Et trykt tall er forenlig når minst "
        f"{number(exact[0])} prosent av trukne utvalg som likner KS', ligger i intervallet, og avvik når færre enn "
        f"{number(exact[1])} prosent gjør det; {said}."
    )


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
    of_ssb = row["grunnlag"] == published_figures.SOURCE.name
    if of_ssb and not given and row["best"] == evidence.YES and row["kan_gis_av"]:
        why = f"ikke kjent fra åpne tall; {GIVERS[row['kan_gis_av']]}"
    if row["utvalg"] in PANEL_WORDS and given:
        why = f"{why} ({PANEL_WORDS[row['utvalg']]})"
    if row["utvalg"] == published_figures.EVERYONE:
        why += "; regnet med make report SOURCE=ssb PANEL=alle"
    return {
        "value": row["beregnet_tekst"] if given else MISSING,
        "dom": row["dom"],
        "name": VERDICTS[row["dom"]],
        "why": why,
    }
