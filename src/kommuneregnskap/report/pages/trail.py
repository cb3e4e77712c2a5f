"""Trails in the report: a fold for every published number, from the number down to its largest rows."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import polars as pl

from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.trail import words
from kommuneregnskap.numbers.trail.cells import Cells
from kommuneregnskap.numbers.trail.labels import UTVALG, concept, concept_in_words, role_in_words
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.steps import Sum, Trail
from kommuneregnskap.numbers.trail.tracer import Tracer
from kommuneregnskap.report.pages.parts import table_html
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement

ROWS_SHOWN = 5


def trails_html(survey: Survey, tall: pl.DataFrame, vurdering: pl.DataFrame) -> dict[str, str]:
    """Return, by section of the claims, a list of folds: the trail of every published number in it.

    In: the survey, its section numbers (`frames.Tall`) and its verdicts (`claims.judge`). Raises
    TrailError where a step is not the sum of the next. The rows are those of the ledger; the lines in the
    files are for `make trace`.
    """
    bench = Bench(survey)
    source = Rows(bench) if survey.gives.rows else Cells(bench)
    tracer = Tracer(survey, tall, vurdering, source, ROWS_SHOWN, short=True)
    known = tall.filter(pl.col("aar") == survey.year)["id"].to_list()
    wanted = vurdering.filter(
        (pl.col("aar") == survey.year) & pl.col("tall_id").is_in(known)
    ).unique(["seksjon", "tall_id"], keep="first", maintain_order=True)
    folds: dict[str, list[str]] = {}
    for section, tall_id in wanted.select("seksjon", "tall_id").iter_rows():
        trail = tracer.follow(tall_id, survey.year).checked()
        folds.setdefault(section, []).append(_fold(trail, survey, section))
    return {section: _list(each) for section, each in folds.items()}


def _list(folds: list[str]) -> str:
    return (
        "<h3>Spor</h3>\n<p>Hvert publiserte tall ned til radene det er regnet av. Hvert trinn er summen av "
        "det neste. Linjene i filene: <code>make trace ID=…</code></p>\n" + "\n".join(folds)
    )


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
    for each in trail.sums:
        parts += _sum(each, survey)
    parts += [*_limits(trail), *_ranking(trail)]
    parts.append(f'<p class="kilde">{len(trail.kontroll)} kontroller; alle stemmer.</p>')
    return (
        f'<details class="spor"><summary>{escape(first["maaler"])}: {escape(first["publisert"])} → '
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
            f'<span class="kilde">(sections.{one.funksjon}, del {escape(one.notatbok.split("_")[0])})</span></p>'
        )


def _sum(one: Sum, survey: Survey) -> list[str]:
    amount = one.amount
    name = f"{one.nr}. {concept_in_words(amount)} {amount.aar}, {role_in_words(one.rolle)} i {one.tall_id}"
    unit = "" if amount.counted else ", 1000 kr"
    head = f"{name}: {number(amount.verdi)}{unit}"
    if amount.vilkaar:
        head += f" ({amount.vilkaar})"
    groups = [
        [row["gruppe"], number(row["enheter"]), number(row["bidrag"])]
        for row in one.grupper.iter_rows(named=True)
    ]
    groups.append(["Sum", number(one.grupper["enheter"].sum()), number(one.sum_of_units)])  # type: ignore[arg-type]
    if amount.counted:
        return [table_html(head, ["Gruppe", "Enheter", "Sum"], groups)]
    terms = [
        [
            f"{'−' if row['fortegn'] < 0 else '+'} {row['regnskap']}: {row['koder']}",
            concept(row["vei"].split(" > ")[-1], amount.aar),
            *(number(row["rader"]), number(row["sum"])),
        ]
        for row in one.ledd.iter_rows(named=True)
    ]
    terms.append(["Sum", " ", number(one.ledd["rader"].sum()), number(one.sum_of_terms)])  # type: ignore[arg-type]
    return [
        table_html(head, ["Ledd", "Begrep", "Rader", "Sum"], terms, (0, 1)),
        table_html("Enhetene etter størrelse", ["Gruppe", "Enheter", "Sum"], groups),
        table_html(
            "De største radene", ["Enhet", "Rad", "Fra", "Bidrag"], _rows(one, survey), (0, 1, 2)
        ),
    ]


def _rows(one: Sum, survey: Survey) -> list[list[str]]:
    listed = [
        [f"{row[0]}, {row[1]}", _where(row), _file(row, one, survey), number(int(str(row[7])))]
        for row in words.row_cells(one)
    ]
    count, rest = one.resten
    return [
        *listed,
        [f"Resten: {number(count)} rader", " ", " ", number(rest)],
        ["Sum", " ", " ", number(one.sum_of_rows)],
    ]


def _where(row: list[object]) -> str:
    """Say where a row stands: account, function and art, or chapter and sector; of SSB the code."""
    return " ".join(str(part) for part in row[2:6] if part)


def _file(row: list[object], one: Sum, survey: Survey) -> str:
    """Say what a row comes from; the files of invented accounts are as invented as they are."""
    if not survey.gives.rows:
        return f"uttrekk {survey.figures.snapshot}"
    form = words.form_of(str(row[2]), one.amount.recipe.enhetstype, survey.scope)
    return f"{'syntetisk fil' if survey.synthetic else 'fil'} {form} {one.amount.aar}"


def _limits(trail: Trail) -> Iterable[str]:
    for near in (
        trail.grense.partition_by("nr", "maal", maintain_order=True) if len(trail.grense) else []
    ):
        percent = "prosent" in near["maal"][0]
        rows = [
            [
                f"{row['enhet']}, {row['gruppe']}",
                *(number(row[name], 2 if percent else 0) for name in ("verdi", "grense")),
                row["teller"],
            ]
            for row in near.iter_rows(named=True)
        ]
        title = f"Nærmest grensen i sum {near['nr'][0]}: {near['maal'][0]}"
        yield table_html(title, ["Enhet", "Verdi", "Grense", "Telles"], rows, (0, 3))


def _ranking(trail: Trail) -> Iterable[str]:
    if len(trail.rangering):
        rows = [
            [number(row["rang"]), row["id"], with_unit(row["verdi"], row["enhet"])]
            for row in trail.rangering.iter_rows(named=True)
        ]
        yield table_html("Rangert", ["Plass", "Tall", "Verdi"], rows, (0, 1))
