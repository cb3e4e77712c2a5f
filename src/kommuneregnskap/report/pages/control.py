"""What the controls found, for people: a table, a page, and their part of the report's opening."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING, unsound
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.report.resources import About, Origin
from kommuneregnskap.sources import is_invented
from kommuneregnskap.support.norwegian import in_words, listing, number
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables.numbers import counts_units
from kommuneregnskap.tables.schemas.controls import SEVERITIES
from kommuneregnskap.tables.written import Funn

TEMPLATE = "control.html.j2"
ROWS_SHOWN = 200  # of one severity on the page; kontroll.csv has them all
TITLES = {
    "fatal": "Fatale feil",
    "feil": "Feil",
    "advarsel": "Advarsler",
    "info": "Til orientering",
}
FOLDED = ("info",)


def write_findings(
    kontroll: pl.DataFrame, accounts: str, file: Path, origin: Origin | None = None
) -> None:
    """Write kontroll.csv and .xlsx: one row per control, unit, file and value found, the gravest first.

    kontroll: `findings.FINDING`, amounts in 1000 kr. accounts: `syntetiske` or `leverte`, in every row. origin: with it
    what the table is stands beside.
    """
    told = kontroll.drop("linje").with_columns(
        pl.when("kan_regnes").then(pl.lit("ja")).otherwise(pl.lit("nei")).alias("kan_regnes"),
        regnskaper=pl.lit(accounts),
    )
    said = "Hvert brudd kontrollene fant i regnskapsfilene, det alvorligste først."
    about = About("Alle funn i kontrollene", origin, said, schema=Funn) if origin else None
    write_table(told, file, about)


def export_control_page(
    kontroll: pl.DataFrame,
    year: int,
    units: pl.DataFrame,
    rettelser: pl.DataFrame,
    out_file: Path,
    *,
    accounts: str,
    compared: bool,
    linjer: pl.DataFrame,
    forbigaatt: pl.DataFrame,
) -> None:
    """Write the page of a validation: counts, who is kept out, and every finding with what to do.

    kontroll, units, rettelser, compared, linjer, forbigaatt: as in `controls.Validation`. accounts: `syntetiske` or
    `leverte`.
    """
    per_severity = dict(kontroll.group_by("alvorlighet").len().iter_rows())
    own = findings.of_year(kontroll, year)
    sets = findings.per_unit(own, units)
    earlier = sorted(set(kontroll["aar"]) - {year})
    page = html_page(
        TEMPLATE,
        title=f"Kontroll av regnskapsfiler {year}",
        banner=SYNTHETIC_WARNING if is_invented(accounts) else None,
        about=_about(len(sets), year, earlier, compared=compared),
        year=year,
        counts=[(name, number(per_severity.get(name, 0))) for name in SEVERITIES],
        stopped=[
            {**row, "kontroller": listing(row["kontroller"])}
            for row in findings.stopped(kontroll)
            .sort("aar", descending=True, maintain_order=True)
            .iter_rows(named=True)
        ],
        sets=sets.to_dicts(),
        corrections=corrected_html(rettelser),
        lines=linjer.to_dicts(),
        passed=forbigaatt.to_dicts(),
        groups=[_group(kontroll, name) for name in SEVERITIES if per_severity.get(name)],
        rules=tables.valid("controls", year)
        .unique("kontroll", keep="first")
        .sort("kontroll")
        .to_dicts(),
    )
    out_file.write_text(page, encoding="utf-8", newline="\n")


def _about(sets: int, year: int, earlier: list[int], *, compared: bool) -> str:
    parts = [
        f"{number(sets)} regnskap for {year} er kontrollert. Fatale feil og feil holder en enhet "
        "utenfor tallene; advarsler og det som er til orientering, gjør det ikke."
    ]
    if earlier:
        parts.append(
            f"Årene rapporten for {year} sammenlikner med, er også kontrollert; de har funn i "
            f"{listing([str(each) for each in earlier])}."
        )
    if not compared:
        parts.append(
            f"Det er ingen regnskap for {year - 1}: endringer fra året før (E06, E12, E13) er ikke sett på."
        )
    return " ".join(parts)


def _group(kontroll: pl.DataFrame, severity: str) -> dict[str, object]:
    rows = kontroll.filter(pl.col("alvorlighet") == severity)
    amount = pl.col("differanse").map_elements(number, return_dtype=pl.String, skip_nulls=True)
    left = len(rows) - ROWS_SHOWN
    return {
        "title": TITLES[severity],
        "rows": rows.head(ROWS_SHOWN).with_columns(amount.fill_null("")).to_dicts(),
        "note": f"De første {ROWS_SHOWN} vises; {number(left)} til står i kontroll.csv."
        if left > 0
        else "",
        "folded": severity in FOLDED,
    }


def control_html(survey: Survey, tall: pl.DataFrame) -> str:
    """Return the controls' part of the report's opening: who was left out and why, what it changes,
    and the corrections used.

    tall: the section numbers of the survey (`frames.Tall`).
    """
    parts = [
        _counts(survey),
        _left_out(survey),
        _difference(survey, tall),
        corrected_html(survey.rettelser),
    ]
    return "".join(part for part in parts if part)


def _counts(survey: Survey) -> str:
    own = findings.of_year(survey.kontroll, survey.year)
    per_severity = dict(own.group_by("alvorlighet").len().iter_rows())
    words = {
        "fatal": "fatale feil",
        "feil": "feil",
        "advarsel": "advarsler",
        "info": "til orientering",
    }
    found = listing([f"{number(per_severity.get(name, 0))} {word}" for name, word in words.items()])
    rules = tables.valid("controls", survey.year)["kontroll"].n_unique()
    whose = "Regnskapet" if survey.alone else "Regnskapene"
    return (
        f'<p class="kilde">{whose} for {survey.year} er prøvd med {rules} kontroller, SSBs og '
        f"prosjektets egne: {found} (kontroll.csv).</p>"
    )


def _left_out(survey: Survey) -> str:
    if survey.utelatt.is_empty():
        return ""
    if survey.unpassed and not unsound(survey):
        return _harmless(survey)
    items = "".join(f"<li>{escape(text)}</li>" for text in _stopped(survey))
    heading = "Holdt utenfor etter kontrollene"
    if survey.unpassed:
        heading = (
            "Regnskapet besto ikke kontrollene"
            if survey.alone
            else "Ingen enheter besto kontrollene"
        )
    return f'<section class="stanset"><h2>{heading}</h2><ul>{items}</ul></section>'


def _stopped(survey: Survey) -> Iterator[str]:
    """Give, for all whom the controls stopped in a year, who, by what, and whether they are counted all the same."""
    for row in survey.utelatt.iter_rows(named=True):
        by = f"kontroll {listing(row['kontroller'])}"
        if survey.alone:
            yield f"{row['aar']}: {by}"
            continue
        counted = " (regnet med, fordi ingen besto)" if row["regnet_med"] else ""
        yield f"{row['aar']}: {row['enhet'] or row['region']}, {by}{counted}"


def _harmless(survey: Survey) -> str:
    """Count, without a warning, the errors of accounts that are counted all the same and bear on no number shown."""
    counted = survey.utelatt.filter("regnet_med")
    wrong = findings.blocking(survey.kontroll).join(counted, on=["aar", "region"], how="semi")
    names = listing(wrong.unique("kontroll", maintain_order=True)["navn"].to_list())
    errors = "én feil" if len(wrong) == 1 else f"{number(len(wrong))} feil"
    return (
        f'<p class="kilde">Kontrollene fant {errors} som ikke berører noe tall her: {escape(names)} '
        "(kontroll.csv).</p>"
    )


def _difference(survey: Survey, tall: pl.DataFrame) -> str:
    """Show the headline numbers without and with the units that were left out."""
    back = survey.utelatt.filter(pl.col("kan_regnes") & ~pl.col("regnet_med"))
    if back.is_empty():
        return _not_computable(survey)
    both = (
        _headlines(survey)
        .join(_own(tall, survey.year, "uten"), on="tall_id", maintain_order="left")
        .join(
            _own(compute(survey.with_left_out()), survey.year, "med").drop("enhet"),
            on="tall_id",
            maintain_order="left",
        )
    )
    rows = "".join(
        f"<tr><td>{escape(worded(row['tekst'], survey))}</td>"
        f'<td class="gt_right">{escape(in_words(row["uten"], row["enhet"], _decimals(row)))}</td>'
        f'<td class="gt_right">{escape(in_words(row["med"], row["enhet"], _decimals(row)))}</td></tr>'
        for row in both.iter_rows(named=True)
    )
    years, names = (back[name].unique(maintain_order=True).to_list() for name in ("aar", "enhet"))
    units = f"regnskapet for {listing(list(map(str, years)))}" if survey.alone else listing(names)
    return (
        '<div class="tabell" tabindex="0" role="group" aria-label="Med og uten de utelatte"><table>'
        f"<caption>Hovedtallene uten og med {escape(units)}</caption><thead><tr>"
        '<th scope="col">Tall</th><th scope="col" class="gt_right">Uten (brukt i rapporten)</th>'
        '<th scope="col" class="gt_right">Med</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_not_computable(survey)}"
    )


def _headlines(survey: Survey) -> pl.DataFrame:
    """Return the headline numbers in order; of one municipality without those that count municipalities."""
    rows = tables.read("headlines").sort("rekkefoelge")
    if not survey.alone:
        return rows
    counting = [name for name in rows["tall_id"] if counts_units(name, survey.choices)]
    return rows.filter(~pl.col("tall_id").is_in(counting))


def _not_computable(survey: Survey) -> str:
    """Name those left out whose amounts cannot be added up: the comparison is without them."""
    lost = survey.utelatt.filter(~pl.col("kan_regnes"))
    if lost.is_empty():
        return ""
    named = listing(
        [
            f"regnskapet for {row['aar']}"
            if survey.alone
            else f"{row['enhet'] or row['region']} ({row['aar']})"
            for row in lost.to_dicts()
        ]
    )
    return (
        f'<p class="kilde">Hva tallene hadde vært med {escape(named)}, kan ikke regnes: beløpene lar '
        "seg ikke summere.</p>"
    )


def _own(tall: pl.DataFrame, year: int, name: str) -> pl.DataFrame:
    return tall.filter(pl.col("aar") == year).select(
        pl.col("verdi").alias(name), pl.col("enhet").cast(pl.String), tall_id="id"
    )


def _decimals(row: dict[str, object]) -> int | None:
    return 2 if row["enhet"] in ("mrd_kr", "prosent") else None


def corrected_html(rettelser: pl.DataFrame) -> str:
    """Return the corrections that were used as a section; empty where none was."""
    if rettelser.is_empty():
        return ""
    items = "".join(
        f"<li>{row['aar']} {row['region']}, skjema {row['skjema']}, {row['funksjon_kapittel']} "
        f"{row['art_sektor']}: fra {number(row['var'])} til {number(row['blir'])} (1000 kr). "
        f"{escape(row['begrunnelse'])} ({escape(row['kilde'])}, {row['dato']})</li>"
        for row in rettelser.iter_rows(named=True)
    )
    return f"<section><h2>Rettet i de leverte regnskapene</h2><ul>{items}</ul></section>"
