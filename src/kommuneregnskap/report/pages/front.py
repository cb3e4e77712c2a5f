"""The opening of the report: the findings with a figure each, and the verdict counts, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import polars as pl

from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.display.notebook import data_lines
from kommuneregnskap.report import headlines
from kommuneregnskap.report.pages.control import control_html
from kommuneregnskap.report.pages.figures import Spec, figure_html
from kommuneregnskap.report.pages.reconciled import reconciled_html
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement

NEW_LINE = "\n"


def front_html(
    survey: Survey,
    tall: pl.DataFrame,
    vurdering: pl.DataFrame,
    avstemming: pl.DataFrame,
    figures: Mapping[str, Spec],
) -> str:
    """Return the opening: the findings with a figure each, then how many published numbers got which verdict.

    In: the survey, its section numbers (`frames.Tall`), its verdicts (`judgement.judge`), on open figures how they
    agree with SSB's own rows (`survey.reconciled`; they take the place of the controls of account files), and the
    charts of the notebooks (`figures.by_name`). The findings, their order, sentences and figures stand in
    data/definitions/headlines.csv; one that cannot be computed is left out, as is a figure that was not drawn.
    """
    found = findings_html(headlines.findings(survey, tall, vurdering), figures)
    if said := headlines.demonstration(survey):
        found = f"<p>{escape(said)}</p>"
    parts = [found, _verdicts(vurdering), _about(survey)]
    if survey.gives.controls:
        return "\n".join([*parts, control_html(survey, tall)])
    lead = f"<p>Regnet av {escape(open_figures(survey))}</p>"
    return "\n".join([lead, *parts, reconciled_html(avstemming, survey)])


def findings_html(found: Sequence[Mapping[str, Any]], figures: Mapping[str, Spec]) -> str:
    """Return findings (`headlines.findings`), each with what was published and its figure where that was drawn."""
    return f'<div class="funnliste">{NEW_LINE.join(_finding(row, figures) for row in found)}</div>'


def _verdicts(vurdering: pl.DataFrame) -> str:
    rows = [
        f'<li><span class="antall">{number(row["antall"])}</span> '
        f'<span class="dom dom-{row["dom"]}" title="{escape(row["forklaring"])}">{escape(row["dom_navn"])}</span></li>'
        for row in judgement.counts(vurdering).iter_rows(named=True)
        if row["antall"]
    ]
    counted = f'<ul class="domtelling">{"".join(rows)}</ul>' if rows else ""
    return f"<p>{headlines.tried(vurdering)}</p>{counted}"


def _finding(row: Mapping[str, Any], figures: Mapping[str, Spec]) -> str:
    """Return a finding: its sentence, what was published with the verdict, and its figure."""
    place = row["rekkefoelge"]
    verdict = (
        f'<p class="publisert">Publisert: {escape(row["publisert"])} '
        f'<span class="dom dom-{row["dom"]}">{escape(judgement.VERDICTS[row["dom"]])}</span></p>'
        if row["dom"]
        else ""
    )
    spec = figures.get(row["figur"])
    # The same chart is alive in its section; here it is a picture.
    drawn = "" if spec is None else figure_html(spec, f"funn-{place}", alive=False)
    return (
        f'<section class="hovedfunn" aria-label="Funn {place}"><div>'
        f'<p class="setning">{escape(row["setning"])}</p>{_bracket(row)}{verdict}</div>{drawn}</section>'
    )


def _bracket(row: Mapping[str, Any]) -> str:
    """Show what the published number is held against on open figures: the bracket, not the number above."""
    low, high = row["klamme_nedre"], row["klamme_oevre"]
    if low is None or high is None:
        return ""
    decimals = 0 if row["enhet"] in ("antall", "rang") else 1
    ends = " til ".join(number(end, decimals) for end in (low, high))
    return f'<p class="publisert">I utvalg som likner KS\': {ends}</p>'


def _about(survey: Survey) -> str:
    """Say whose accounts these are, as the notebooks do."""
    lines = data_lines(survey)
    return "".join(f'<p class="kilde">{escape(line)}</p>' for line in lines)
