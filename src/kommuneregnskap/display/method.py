"""How the method shows in a notebook: definitions, service areas, assumptions, verdicts."""

from __future__ import annotations

import html
from collections.abc import Mapping

import polars as pl
from great_tables import GT
from IPython.display import HTML

from kommuneregnskap import tables
from kommuneregnskap.display.cards import definition_card
from kommuneregnskap.display.notebook import table
from kommuneregnskap.display.table import NUMBER, Column, ShownTable, content, rendered, texts
from kommuneregnskap.display.terms import cards
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.nearest import nearest
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.codesets import WITHOUT
from kommuneregnskap.verdicts import agreement, calibrated, judgement


def definition(survey: Survey, *names: str) -> HTML:
    """Return the definition of concepts, or of service areas, as their tables have them in the survey year.

    Concepts (`begrep`) from indicators.csv, service areas from tjenesteomraade.csv; none named: the areas that
    expenditure is divided into. Raises UsageError for a name that stands in neither, and for both kinds at once.
    """
    known = {
        table_: set(tables.valid(table_, survey.year)[column])
        for table_, column in (("indicators", "begrep"), ("tjenesteomraade", "tjenesteomraade"))
    }
    if set(names) <= known["tjenesteomraade"]:
        return _areas(survey, *names)
    for name in names:
        if name not in known["indicators"]:
            near = nearest(name, set().union(*known.values()))
            raise UsageError(
                f"no concept is called {name!r} in {survey.year}; nearest: {', '.join(near)}"
            )
    return _concepts(survey, *names)


def _concepts(survey: Survey, *begreper: str) -> HTML:
    """Return the definition of concepts as indicators.csv has them in the survey year.

    Those that a choice of the survey puts in the place of others stand there: `choices.concepts`.
    """
    instead = choices.concepts(survey.choices)
    begreper = tuple(dict.fromkeys(instead.get(name, name) for name in begreper))
    rows = tables.valid("indicators", survey.year).filter(pl.col("begrep").is_in(begreper))
    order = {name: place for place, name in enumerate(begreper)}
    cards = [
        {
            "navn": group["navn"][0],
            "formel": _formula(group),
            "ssb": group["ssb_kode"][0] or "–",
            "enhet": group["enhet"][0],
            "kilde": group["kilde"][0],
            "plass": order[group["begrep"][0]],
        }
        for group in rows.partition_by("begrep", maintain_order=True)
    ]
    shown = pl.DataFrame(cards).sort("plass").with_columns(pl.col("enhet").cast(pl.String))
    found = table(
        shown,
        {
            "navn": "Begrep",
            "formel": "Definisjon",
            "ssb": "SSB-kode",
            "enhet": "Enhet",
            "kilde": "Kilde",
        },
        title=f"Definisjoner i regnskapsåret {survey.year}",
        unit="Fra data/definitions/indicators.csv; kodene er KOSTRAs",
    )
    if not isinstance(found, ShownTable):
        return found
    return ShownTable(_marked(str(found.data), rows), found.content)


def _marked(shown: str, rows: pl.DataFrame) -> str:
    """Mark the concepts' names, so that the report can lead from each to its definition card."""
    for begrep, navn in rows.select("begrep", "navn").unique().sort("begrep").iter_rows():
        cell = f">{html.escape(navn)}</td>"
        marked = f'><span data-begrep="{begrep}">{html.escape(navn)}</span></td>'
        shown = shown.replace(cell, marked, 1)
    return shown


def _formula(terms: pl.DataFrame) -> str:
    """Return the terms of one concept as a formula in codes."""
    return " ".join(_term(row, first=n == 0) for n, row in enumerate(terms.iter_rows(named=True)))


def _term(row: Mapping[str, object], *, first: bool) -> str:
    if row["regnskap"] == "prosent":
        numerator, denominator = (_name(part) for part in str(row["begreper"]).split(" / "))
        return f"100 · {numerator} / {denominator}"
    sign = "−" if int(str(row["fortegn"])) < 0 else ("" if first else "+")
    if row["begreper"]:
        return f"{sign} {_name(str(row['begreper']))}".strip()
    parts = [
        f"{label} {str(row[column]).replace(WITHOUT, ' uten ')}"
        for column, label in (
            ("arter", "art"),
            ("kapitler", "kapittel"),
            ("funksjoner", "funksjon"),
        )
        if row[column]
    ]
    return f"{sign} {row['regnskap']} ({'; '.join(parts)})".strip()


def _name(begrep: str) -> str:
    names = tables.read("indicators").filter(pl.col("begrep") == begrep)["navn"]
    return str(names[0]).lower() if len(names) else begrep


def _terms(survey: Survey) -> HTML:
    """Return the terms that collide, a card each: who means what by it, and what that comes to."""
    formulas = {
        group["begrep"][0]: _formula(group)
        for group in tables.valid("indicators", survey.year).partition_by("begrep")
    }
    found = cards(survey)
    shown = found.select(
        "navn",
        hvem=pl.format("{}: {}", "hvem", "variant"),
        definisjon=pl.format(
            "{} {} Brukt: {}. Kilde: {}.", "definisjon", "foerer_til", "brukt", "kilde"
        ),
        formel=pl.coalesce(pl.col("begrep").replace_strict(formulas, default=None), "formel"),
        prosent=pl.col("prosent").map_elements(
            lambda value: number(value, 1), return_dtype=pl.String, skip_nulls=False
        ),
    )
    headings = {
        "hvem": "Hvem",
        "definisjon": "Hva det er, hva det fører til, hvor det er brukt",
        "formel": "Formel",
        "prosent": "Beregnet her, %",
    }
    title, note = "Ord som betyr ulike ting", "Syntetiske tall." if survey.synthetic else ""
    unit = (
        "Fra data/definitions/definisjonskort.csv; beregnet i prosent av driftsinntektene til "
        + worded("kommunene som har svart", survey)
    )
    gt = GT(shown, id="kort", groupname_col="navn").cols_label(cases=headings)  # type: ignore[arg-type]
    gt = gt.tab_header(title=title, subtitle=unit).cols_align("right", columns="prosent")
    if note:
        gt = gt.tab_source_note(note)
    columns = texts({"navn": "Ord"} | headings) | {
        "prosent": Column(headings["prosent"], NUMBER, 1)
    }
    raw = shown.with_columns(found["prosent"])
    return rendered(gt, content(raw, columns, title=title, unit=unit, note=note))


def _areas(survey: Survey, *areas: str) -> HTML:
    """Return which functions make up service areas in the survey year; none named: the partition.

    An area that a choice of the survey makes of another's functions stands as that: `choices.areas`.
    """
    rows = tables.valid("tjenesteomraade", survey.year)
    instead = choices.areas(survey.choices)
    areas = tuple(instead.get(name, name) for name in areas)
    chosen = (
        pl.col("tjenesteomraade").is_in(areas)
        if areas
        else pl.col("oppdeling").cast(pl.String) == "hoved"
    )
    return table(
        rows.filter(chosen).with_columns(pl.col("ssb_kode").fill_null("–")),
        {"navn": "Område", "funksjoner": "Funksjoner", "ssb_kode": "SSB-gruppe", "kilde": "Kilde"},
        title=f"Tjenesteområder i regnskapsåret {survey.year}",
        unit="Fra data/definitions/tjenesteomraade.csv",
    )


def assumptions(*ids: str, survey: Survey | None = None) -> HTML:
    """Return the choices that a section rests on, with what was chosen and why; none named: all.

    With a survey, what was chosen there stands where that is not the usual choice.
    """
    known = tables.read("assumptions")
    rows = known.filter(pl.col("id").is_in(ids)) if ids else known
    missing = sorted(set(ids) - set(rows["id"]))
    if missing:
        raise KeyError(f"no assumption {missing[0]!r}")
    made = {
        row["antakelse"]: row["navn"] for row in choices.described(survey.choices if survey else ())
    }
    chosen = pl.col("id").replace_strict(made, default=None, return_dtype=pl.String)
    return table(
        rows.with_columns(nr=_by_number("id"), valgt=pl.coalesce(chosen + " (her)", "valgt")),
        {
            "nr": "Nr.",
            "spoersmaal": "Spørsmål",
            "valgt": "Valgt",
            "alternativer": "Alternativer",
            "begrunnelse": "Hvorfor",
        },
        title="Antakelser",
        unit="Fra data/definitions/assumptions.csv",
    )


def card(survey: Survey, begrep: str = "") -> HTML:
    """Return the definition card of a concept; none named: the terms that others use otherwise, a card each.

    Raises UsageError for a name that is not defined in the year.
    """
    return definition_card(survey, begrep) if begrep else _terms(survey)


def _by_number(column: str) -> pl.Expr:
    """Return ids of assumptions as readers know them: by their numbers, `A02` for `A02_grunnskole`."""
    return pl.col(column).str.replace_all(r"(A\d+)_\w+", "$1")


def judge(survey: Survey, tall: pl.DataFrame, seksjon: str | None = None) -> HTML:
    """Show the published numbers with interval, computed value and a badge per verdict; of a section, or all.

    As a frame: `verdicts.judge`.
    """
    rows = judgement.judge(judgement.read(survey.year), tall, survey)
    if seksjon is not None:
        rows = rows.filter(pl.col("seksjon") == seksjon)
    if rows.is_empty():
        return HTML(f"<p>Ingen publiserte tall er registrert for {survey.year}.</p>")
    title = "Publiserte tall og hvordan de holder"
    shown = rows.select(
        "maaler",
        "publisert",
        "intervall",
        "beregnet_tekst",
        "dom",
        "hvorfor",
        antakelser=_by_number("antakelser").fill_null("").str.replace_all(";", ", "),
    )
    headings = {
        "maaler": "Hva som måles",
        "publisert": "Publisert",
        "intervall": "Intervall",
        "beregnet_tekst": "Beregnet",
        "dom": "Vurdering",
        "hvorfor": "Hvorfor",
        "antakelser": "Antakelser",
    }
    gt = GT(shown, id="dommer").tab_header(title=title).cols_label(cases=headings)  # type: ignore[arg-type]
    gt = gt.fmt(_badge, columns="dom")
    note = (
        "Syntetiske tall: «stilt inn» betyr at panelet er laget for å gi slike tall. "
        + (calibrated.said(rows) if seksjon is None else "")
        if survey.synthetic
        else ""
    ).rstrip()
    if note:
        gt = gt.tab_source_note(note)
    words = shown.with_columns(pl.col("dom").cast(pl.String).replace_strict(judgement.VERDICTS))
    return rendered(gt, content(words, texts(headings), title=title, note=note))


def _badge(dom: str) -> str:
    return f'<span class="dom dom-{dom}">{html.escape(judgement.VERDICTS[dom])}</span>'


def check(survey: Survey, values: Mapping[str, float | None], seksjon: str = "") -> str:
    """Return the text of a check cell: what the notebook computed beside the table's numbers, with verdicts.

    values: `{"investering.andel.grunnskole": value, ...}`, each published number of the section among them.
    Raises DifferenceError where the two do not agree. See `verdicts.agreement.check`.
    """
    return agreement.check(survey, values, seksjon)
