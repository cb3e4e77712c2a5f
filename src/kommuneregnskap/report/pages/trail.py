"""Trails in the report: a fold for every published number, from the number down to its largest rows."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import polars as pl
from markupsafe import Markup

from kommuneregnskap.display.statement import sql_fold
from kommuneregnskap.numbers import sql
from kommuneregnskap.numbers.trail import tables, words
from kommuneregnskap.numbers.trail.labels import UTVALG, row_of
from kommuneregnskap.numbers.trail.steps import Trail
from kommuneregnskap.numbers.trail.tables import Shown
from kommuneregnskap.report.pages.figures import script
from kommuneregnskap.report.pages.html import TEMPLATE
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.report.pages.text_tables import table_html
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.sections import notebook_of
from kommuneregnskap.verdicts import judgement

LEAD = (
    "Hvert publiserte tall ned til radene det er regnet av. Hvert trinn er summen av det neste. "
    f"Linjene i filene viser kommandoen {typed('make trace')}."
)


def trails_html(walks: Walks) -> dict[str, str]:
    """Return, by section of the claims, a list of folds: the trail of every published number in it.

    In: the numbers of a survey. Raises TrailError where a step is not the sum of the next. The rows are those of the
    ledger; the lines in the files are for `make trace`.
    """
    survey, tall, vurdering = walks.survey, walks.tall, walks.vurdering
    known = tall.filter(pl.col("aar") == survey.year)["id"].to_list()
    wanted = vurdering.filter(
        (pl.col("aar") == survey.year)
        & pl.col("tall_id").is_in(known)
        & (pl.col("dom") != "kontekst")
    ).unique(["seksjon", "tall_id"], keep="first", maintain_order=True)
    folds: dict[str, list[str]] = {}
    for section, tall_id in wanted.select("seksjon", "tall_id").iter_rows():
        trail = walks.follower.follow(tall_id, survey.year).checked()
        folds.setdefault(section, []).append(_fold(trail, survey, section))
    return {section: "\n".join(each) for section, each in folds.items()}


def export_trails(folds: str, out_file: Path, *, title: str, whole: str, banner: str) -> None:
    """Write the trails of a section as a page of its own. folds: of `trails_html`; else as `html.export_section`."""
    text = html_page(
        TEMPLATE,
        title=f"{title}: ned til radene",
        whole=whole,
        front="index.html",
        banner=banner,
        lead=LEAD,
        parts=[
            {
                "place": "spor",
                "title": title,
                "body": Markup(f'<div class="resultat">{folds}</div>'),
            }
        ],
        script=script(),
    )
    out_file.write_text(text, encoding="utf-8", newline="\n")


def _fold(trail: Trail, survey: Survey, section: str) -> str:
    own = trail.paastander.filter(pl.col("seksjon") == section)
    first = own.row(0, named=True)
    badge = (
        f'<span class="dom dom-{first["dom"]}">{escape(judgement.VERDICTS[first["dom"]])}</span>'
    )
    parts = [*_claims(trail), *_computation(trail)]
    if trail.verdi is None:
        parts.append(
            f"<p>{escape(' '.join(survey.gaps) or 'Kilden har ikke tallene som trengs.')}</p>"
        )
    parts += [_table(shown) for each in trail.sums for shown in tables.of_sum(each, survey)]
    parts += [_table(shown) for shown in tables.around(trail)]
    parts.append(f'<p class="kilde">{len(trail.kontroll)} kontroller; alle stemmer.</p>')
    parts.append(sql_fold(sql.told(survey, trail.tall_id, trail.aar)))
    return (
        f'<details class="spor" id="{escape(trail.tall_id)}"><summary>'
        f"{escape(first['maaler'])}: {escape(first['publisert'])} → "
        f"{escape(first['beregnet_tekst'])} {badge}</summary>\n" + "\n".join(parts) + "</details>"
    )


def _claims(trail: Trail) -> list[str]:
    rows = [
        f"<li>«{escape(row['publisert'])}» ({escape(row['kilde'])}, {escape(row['sted'])}): intervallet "
        f"{escape(row['intervall'])}, {escape(row['hvorfor'])}"
        + (
            f"; antakelser {escape(row['antakelser'].replace(';', ', '))}"
            if row["antakelser"]
            else ""
        )
        + "</li>"
        for row in trail.paastander.iter_rows(named=True)
    ]
    return [f"<ul>{''.join(rows)}</ul>"]


def _computation(trail: Trail) -> Iterable[str]:
    for each in trail.steps:
        one = each.recipe
        yield (
            f"<p><code>{escape(one.tall_id)}</code> {each.aar}: {escape(one.navn)}, "
            f"{escape(UTVALG[one.utvalg])}.<br>{escape(words.formula(each))} = "
            f"{escape(with_unit(each.verdi, one.enhet))} "
            f'<span class="kilde">({row_of(one)}, del {escape(notebook_of(one.seksjon).split("_")[0])})</span></p>'
        )


def _table(shown: Shown) -> str:
    """Return a table of a trail as HTML."""
    numeric = [shown.frame.schema[name].is_numeric() for name in shown.headings]
    rows = [
        [
            number(cell, shown.decimals) if is_number else str(cell or "")
            for cell, is_number in zip(row, numeric, strict=True)
        ]
        for row in shown.frame.iter_rows()
    ]
    texts = [place for place, name in enumerate(shown.headings) if name in shown.words]
    return table_html(shown.title, list(shown.headings.values()), rows, texts)
