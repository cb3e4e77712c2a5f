"""Addresses on a page, and what is cited at them: a fold beside a figure or a table, a row for every section number."""

from __future__ import annotations

from html import escape

import polars as pl

from kommuneregnskap.numbers.names import full_name
from kommuneregnskap.numbers.table import told
from kommuneregnskap.report import citation
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.support.norwegian import MISSING, in_words, number
from kommuneregnskap.support.outside import visible
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables.numbers import recipe

PLACE, TITLE = "alle-tall", "Alle tall i delen"
BILLIONS = "mrd_kr"
UNITS = {"kommune": "kommuner", "fylkeskommune": "fylkeskommuner"}


def address(tall_id: str) -> str:
    """Return what a section number is called in an address: `tall-resultat.netto_pst`."""
    return f"tall-{tall_id}"


def cite_html(place: str, citation: str) -> str:
    """Return the fold that a figure or a table is cited from; place: its id on the page.

    It can be read without scripts; with them it has buttons that copy (`cite.js`).
    """
    return (
        f'<details class="siter"><summary>Sitér</summary><a href="#{escape(place)}">Lenke hit</a> '
        f"{escape(visible(citation))}</details>"
    )


def numbers_html(survey: Survey, tall: pl.DataFrame, section: str, cited: Cited) -> str:
    """Return every number of a section in the survey year as a folded table, a row with an address each.

    tall: `frames.Tall`. A value that too few have all of (`numbers.told`) is not told here either. Of one
    municipality's own accounts only what is of it has a row. Empty for a section without numbers. A number is cited as
    its row and the line above the table, which is why that line says the rest of every citation once.
    """
    rows = [_row(row, survey) for row in _of_section(survey, tall, section).iter_rows(named=True)]
    if not rows:
        return ""
    rest = escape(visible(cited.rest))
    heads = ("Tall", str(survey.year), "Enheter som har alt, av alle")
    head = "".join(f'<th scope="col"{_right(n)}>{text}</th>' for n, text in enumerate(heads))
    return (
        f'<h2>{TITLE}</h2>\n<details class="resultat tabellfold"><summary>{TITLE} ({number(len(rows))} tall)</summary>'
        f'<p class="kilde">Hvert tall har sin egen adresse. Et tall siteres med raden og dette: {rest}</p>'
        f'<div class="tabell alletall" tabindex="0" role="group" aria-label="{TITLE}">'
        f'<table data-hale="{rest}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def count_of(row: dict[str, object], survey: Survey) -> str:
    """Return how many units a section number is of, of how many: `356 av 356 kommuner`; empty where of none."""
    if row["enheter"] is None:
        return ""
    have, of = (number(float(str(row[name]))) for name in ("enheter", "av"))
    return f"{have} av {of} {UNITS[recipe(str(row['id']), survey.choices).enhetstype]}"


def name_of(tall_id: str, survey: Survey) -> str:
    """Return what a section number is called, as it must read for the survey."""
    return worded(full_name(recipe(tall_id, survey.choices), survey.year), survey)


def _of_section(survey: Survey, tall: pl.DataFrame, section: str) -> pl.DataFrame:
    own = told(survey, tall).filter(pl.col("aar") == survey.year)
    own = own.filter(
        [recipe(name, survey.choices).seksjon == section for name in own["id"].to_list()]
    )
    return own.drop_nulls("verdi") if survey.alone else own


def _row(row: dict[str, object], survey: Survey) -> str:
    """Return the row of a number; it holds what `cite.js` cites it as, but for what all of them say alike."""
    place, value = escape(address(str(row["id"]))), row["verdi"]
    name = visible(name_of(str(row["id"]), survey))
    shown = _shown(None if value is None else float(str(value)), str(row["enhet"]))
    count = count_of(row, survey)
    cited = escape(citation.of_number(name, survey.year, shown, count))
    return (
        f'<tr id="{place}" data-siter="{cited}"><th scope="row"><a href="#{place}">{escape(name)}</a></th>'
        f"<td{_right(1)}>{escape(shown)}</td><td{_right(2)}>{count or MISSING}</td></tr>\n"
    )


def _shown(value: float | None, unit: str) -> str:
    """Return a value in words; nothing is no billions."""
    return in_words(value, "kr" if value == 0 and unit == BILLIONS else unit)


def _right(place: int) -> str:
    return ' class="tall-kolonne"' if place else ""
