"""The opening of the report: verdict counts and headline numbers, as HTML for the page."""

from __future__ import annotations

from html import escape

import polars as pl

from kommuneregnskap import claims, tables
from kommuneregnskap.chart_style import open_figures, worded
from kommuneregnskap.display import data_note
from kommuneregnskap.export.control import control_html
from kommuneregnskap.export.reconciled import reconciled_html
from kommuneregnskap.norwegian import in_words, number
from kommuneregnskap.survey import Survey


def front_html(
    survey: Survey, tall: pl.DataFrame, vurdering: pl.DataFrame, avstemming: pl.DataFrame
) -> str:
    """Return the opening: how many published numbers got which verdict, then the headline numbers.

    In: the survey, its section numbers (`frames.Tall`), its verdicts (`claims.judge`) and, on open
    figures, how they agree with SSB's own rows (`export.reconciled`): they take the place of the
    controls of account files. The headlines and their order stand in data/definitions/headlines.csv.
    """
    parts = [_verdicts(vurdering), _headlines(survey, tall, vurdering), _about(survey)]
    if survey.open is None:
        return "\n".join([*parts, control_html(survey, tall)])
    lead = f"<p>Regnet av {escape(open_figures(survey))}</p>"
    return "\n".join([lead, *parts, reconciled_html(avstemming, survey)])


def _verdicts(vurdering: pl.DataFrame) -> str:
    rows = [
        f'<li><span class="antall">{number(row["antall"])}</span> '
        f'<span class="dom dom-{row["dom"]}" title="{escape(row["forklaring"])}">{escape(row["navn"])}</span></li>'
        for row in claims.counts(vurdering).iter_rows(named=True)
        if row["antall"]
    ]
    if not rows:
        return "<p>Ingen publiserte tall er registrert for dette året; tallene står uten dom.</p>"
    context = vurdering.filter(pl.col("dom") == "kontekst").height
    return (
        f"<p>{number(len(vurdering) - context)} publiserte tall er prøvd mot regnskapene; "
        f"{number(context)} står som bakgrunn:</p>"
        f'<ul class="domtelling">{"".join(rows)}</ul>'
    )


def _headlines(survey: Survey, tall: pl.DataFrame, vurdering: pl.DataFrame) -> str:
    cards = (
        tables.read("headlines")
        .sort("rekkefoelge")
        .join(
            tall.filter(pl.col("aar") == survey.year).select(
                "verdi", pl.col("enhet").cast(pl.String), tall_id="id"
            ),
            on="tall_id",
            how="inner",
            maintain_order="left",
        )
        .drop_nulls("verdi")
        .join(
            vurdering.filter(pl.col("aar") == survey.year)
            .group_by("tall_id", maintain_order=True)
            .agg(pl.col("dom", "publisert", "klamme_nedre", "klamme_oevre").first()),
            on="tall_id",
            how="left",
            maintain_order="left",
        )
    )
    shown = "".join(
        _card({**row, "tekst": worded(row["tekst"], survey)}) for row in cards.iter_rows(named=True)
    )
    return f'<div class="tallkort-rekke">{shown}</div>'


def _card(row: dict[str, object]) -> str:
    value = in_words(
        float(str(row["verdi"])), str(row["enhet"]), 1 if row["enhet"] == "mrd_kr" else None
    )
    verdict = (
        f'<p class="publisert">Publisert: {escape(str(row["publisert"]))} '
        f'<span class="dom dom-{row["dom"]}">{escape(claims.VERDICTS[str(row["dom"])])}</span></p>'
        if row["dom"]
        else ""
    )
    return (
        f'<section class="tallkort"><p class="tall">{escape(value)}</p>'
        f"<p>{escape(str(row['tekst']))}</p>{_bracket(row)}{verdict}</section>"
    )


def _bracket(row: dict[str, object]) -> str:
    """Show what the published number is held against on open figures: the bracket, not the number above."""
    low, high = row["klamme_nedre"], row["klamme_oevre"]
    if low is None or high is None:
        return ""
    decimals = 0 if row["enhet"] in ("antall", "rang") else 1
    ends = " til ".join(number(float(str(end)), decimals) for end in (low, high))
    return f'<p class="publisert">I utvalg som likner KS\': {ends}</p>'


def _about(survey: Survey) -> str:
    """Say whose accounts these are, as the notebooks do."""
    lines = str(data_note(survey).data).split("\n\n")
    return "".join(f'<p class="kilde">{escape(line)}</p>' for line in lines)
