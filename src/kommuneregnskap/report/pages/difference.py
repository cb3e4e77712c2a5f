"""What changed between two snapshots, for people: three tables and a page in bokmål."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.report.pages.text_tables import table_html
from kommuneregnskap.sources.statbank.names import concept_name, region_names
from kommuneregnskap.support.norwegian import MISSING, UNIT_WORDS, listing, number, with_unit
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.open_figures import AMOUNT, MUNICIPALITY
from kommuneregnskap.tables import units
from kommuneregnskap.verdicts import corrections, differences, judgement
from kommuneregnskap.verdicts.differences import Comparison

TEMPLATE = "difference.html.j2"
TOP, FOLD, ROWS_SHOWN = 10, 15, 400  # largest changes; longer tables are folded; rows on the page
Part = dict[str, object]


def export_difference(found: Comparison, folder: Path) -> None:
    """Write endringer, begreper, tall and vurdering (.csv, .xlsx) and index.html. Same snapshots, same bytes."""
    for name, frame in (
        ("endringer", with_names(found.values, synthetic=found.synthetic)),
        ("begreper", found.concepts),
        ("tall", found.numbers),
        ("vurdering", found.verdicts),
    ):
        write_table(frame.with_columns(**_whose(found)), folder / f"{name}.csv")
    page = html_page(
        TEMPLATE,
        title=f"Endringer i SSBs tall for {found.after.year}",
        banner=SYNTHETIC_WARNING if found.synthetic else None,
        snapshots=[("Fra", open_figures(found.before)), ("Til", open_figures(found.after))],
        about=_about(found),
        empty=found.empty,
        counts=_counts(found),
        fold=FOLD,
        parts=_parts(found),
    )
    (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")


def _whose(found: Comparison) -> dict[str, pl.Expr]:
    """Return what every row says of the snapshots it is about, so that a row cut out still says so."""
    ends = {"fra": found.before.figures, "til": found.after.figures}
    return {
        f"{end}_{what}": pl.lit(getattr(known, name))
        for end, known in ends.items()
        for what, name in (
            ("uttrekk", "snapshot"),
            ("vintage", "vintage"),
            ("oppdatert", "updated"),
        )
    } | {"regnskaper": pl.lit(found.accounts)}


def with_names(values: pl.DataFrame, *, synthetic: bool) -> pl.DataFrame:
    """Add the municipalities' names of the year (navn) to changed values; invented figures name nobody.

    values: `differences.values`, with or without what SSB says of them.
    """
    frames = [pl.DataFrame(schema={"aar": pl.Int32, "region": pl.String, "navn": pl.String})]
    if not synthetic:
        years = values["aar"].unique()
        frames += [units.frame(year).select("aar", "region", "navn") for year in years]
    named = values.join(pl.concat(frames), on=["aar", "region"], how="left", maintain_order="left")
    order = values.columns
    place = order.index("region") + 1
    return named.select(*order[:place], "navn", *order[place:])


def _about(found: Comparison) -> str:
    years = listing([str(year) for year in found.years])
    alone = (
        f" {listing([str(year) for year in found.alone])} finnes bare i ett av uttrekkene og er ikke "
        "sammenliknet."
        if found.alone
        else ""
    )
    return f"Sammenliknet: {SCOPES[found.after.scope]}, regnskapsårene {years}.{alone}"


def _counts(found: Comparison) -> list[tuple[str, str]]:
    per_kind = dict(found.values.group_by("slag").len().iter_rows())
    return [
        *(
            (number(per_kind[kind]), f"verdier: {kind}")
            for kind in differences.KINDS
            if kind in per_kind
        ),
        (number(len(found.numbers)), "av rapportens tall endret"),
        (number(len(found.verdicts)), f"av {number(found.judged)} publiserte tall endret"),
    ]


def _part(title: str, *pieces: str, note: str = "", folded: int = 0) -> Part:
    return {"title": title, "html": "".join(pieces), "note": note, "folded": folded}


def _parts(found: Comparison) -> list[Part]:
    """Return the sections of the page. A section that nothing changed in says so."""
    return [
        _published(found),
        _section_numbers(found),
        _results(found),
        _revised(found),
        _explained(found),
        _by_concept(found),
        _by_municipality(found),
        _of_ssb(found),
        _everything(found),
    ]


def _published(found: Comparison) -> Part:
    title = "Publiserte tall"
    if found.verdicts.is_empty():
        nothing = "Ingen publiserte tall har fått et annet beregnet tall, andre utvalg eller en annen vurdering."
        return _part(title, note=nothing)
    shown = differences.visible(found.verdicts)
    rows = [
        [
            *(row["maaler"], row["publisert"], row["intervall"]),
            *(row["tekst_foer"], row["tekst_naa"]),
            *(judgement.VERDICTS[row["dom_foer"]], judgement.VERDICTS[row["dom_naa"]]),
        ]
        for row in shown.iter_rows(named=True)
    ]
    headings = [
        "Hva som måles",
        "Publisert",
        "Intervall",
        "Før",
        "Nå",
        "Vurdering før",
        "Vurdering nå",
    ]
    moved = found.verdicts.filter(pl.col("dom_foer") != pl.col("dom_naa")).height
    hidden = len(found.verdicts) - len(shown)
    said = number(moved) if moved else "Ingen"
    note = f"{said} publiserte tall har fått en annen vurdering." + (
        f" {number(hidden)} er endret så lite at det ikke vises; de står i vurdering.csv."
        if hidden
        else ""
    )
    table = table_html("Publiserte tall", headings, rows, range(7)) if rows else ""
    return _part(title, table, note=note)


def _section_numbers(found: Comparison) -> Part:
    title = "Rapportens tall"
    if found.numbers.is_empty():
        return _part(title, note="Ingen av rapportens tall er endret.")
    rows = [
        [
            *(row["id"], str(row["aar"]), UNIT_WORDS[row["enhet"]] or row["enhet"]),
            *(_number(row[name], row["enhet"]) for name in ("foer", "naa", "endring")),
        ]
        for row in found.numbers.iter_rows(named=True)
    ]
    headings = ["Tall", "År", "Enhet", "Før", "Nå", "Endring"]
    table = table_html("Rapportens tall", headings, rows, (0, 1, 2))
    return _part(title, table, folded=len(rows))


def _number(value: float | None, enhet: str) -> str:
    return with_unit(value, enhet, 3) if enhet == "retning" else number(value, _places(enhet))


def _places(enhet: str) -> int:
    return 0 if enhet in ("antall", "rang", "aar", AMOUNT) else 2


def _results(found: Comparison) -> Part:
    title = f"Netto driftsresultat {found.after.year}: de største endringene"
    rows, moved = differences.of_result(found), differences.result_moves(found)
    words = {differences.APPEARED: "har fått", differences.GONE: "har ikke lenger"}
    note = f"{_municipalities(len(rows))} har et annet netto driftsresultat enn før" + "".join(
        f"; {_municipalities(moved[kind]).lower()} {verb} tall" for kind, verb in words.items()
    )
    table = _values("Netto driftsresultat", rows.head(TOP), found) if len(rows) else ""
    return _part(title, table, note=f"{note}.")


def _municipalities(count: int) -> str:
    return f"{number(count) if count else 'Ingen'} {'kommune' if count == 1 else 'kommuner'}"


def _values(caption: str, rows: pl.DataFrame, found: Comparison) -> str:
    """Return values as a table: who, what, before and now with SSB's symbols, change, kind, SSB's table."""
    shown = rows.with_columns(hva=concept_name(found.after.year))
    names = {
        year: region_names(rows["region"], year, synthetic=found.synthetic) for year in found.years
    }
    cells = [
        [
            names[row["aar"]][row["region"]],
            *(str(row["aar"]), row["hva"], row["enhet"]),
            *(_value(row, name) for name in ("foer", "naa")),
            number(row["endring"], 1 if row["enhet"] != AMOUNT else 0),
            *(row["slag"], row["tabell"], row[corrections.EXPLANATION]),
        ]
        for row in shown.iter_rows(named=True)
    ]
    headings = ["Region", "År", "Begrep", "Enhet", "Før", "Nå", "Endring", "Hva", "SSBs tabell"]
    headings.append("Forklaring")
    return table_html(caption, headings, cells, (0, 1, 2, 3, 7, 8, 9))


def _value(row: dict[str, object], name: str) -> str:
    value = row[name]
    if value is None:
        return f"{MISSING} ({row[f'{name}_merke']})"
    return number(float(str(value)), 0 if row["enhet"] == AMOUNT else 1)


REVISED = (
    "Før, nå og endring er summen over dem som har tallet i begge uttrekkene; «alle hos SSB» er SSBs egen rad, som er "
    "et anslag til tallene er endelige. Prosenter legges ikke sammen, og endringen i dem er prosentpoeng. "
    "Tjenesteområdene står i begreper.csv."
)


def _revised(found: Comparison) -> Part:
    """Show what each concept was and is, changed or not: the sum of the same units, and SSB's own row of all."""
    title = "Hva de to uttrekkene sier, begrep for begrep"
    own = found.concepts.filter(pl.col("tjenesteomraade").is_null())
    shown = own.with_columns(hva=concept_name(found.after.year))
    values = ("foer", "naa", "endring", "alle_foer", "alle_naa", "alle_endring")
    rows = [
        [
            *(row["hva"], row["regiontype"], str(row["aar"]), row["enhet"]),
            *(number(row[name], 0 if row["enhet"] == AMOUNT else 1) for name in values),
            *(number(row[name]) for name in ("enheter", "endret", "kommet", "falt_bort")),
        ]
        for row in shown.iter_rows(named=True)
    ]
    headings = [
        *("Begrep", "Hvem", "År", "Enhet", "Før", "Nå", "Endring"),
        *("Alle hos SSB før", "Alle hos SSB nå", "Endring for alle"),
        *("Enheter i begge", "Endret", "Kommet", "Falt bort"),
    ]
    table = table_html("Begrepene før og nå", headings, rows, (0, 1, 2, 3))
    return _part(title, table, note=REVISED, folded=len(rows))


def _explained(found: Comparison) -> Part:
    """Show what SSB's log of corrections says of the changes, and how many it says nothing of."""
    title = "Forklart av SSBs rettelogg"
    counted = differences.counts(found.values, corrections.EXPLANATION)
    rows = [
        [row[corrections.EXPLANATION], number(row["alle"])] for row in counted.iter_rows(named=True)
    ]
    note = "Den ordinære revisjonen i juni står ikke i retteloggen, så det den endrer, er uforklart her."
    table = table_html("Endrede verdier etter forklaring", ["Forklaring", "Verdier"], rows)
    return _part(title, table if rows else "", note=note if rows else "Ingen verdi er endret.")


def _by_concept(found: Comparison) -> Part:
    title = "Etter begrep"
    own = found.values.filter(pl.col("regiontype") == MUNICIPALITY)
    if own.is_empty():
        return _part(title, note="Ingen verdi for noen kommune er endret.")
    counted = differences.counts(own, "begrep", "tjenesteomraade", "aar", "tabell").with_columns(
        hva=concept_name(found.after.year)
    )
    rows = [
        [
            *(row["hva"], str(row["aar"]), row["tabell"]),
            *(number(row[kind]) for kind in differences.KINDS),
        ]
        for row in counted.iter_rows(named=True)
    ]
    headings = ["Begrep", "År", "SSBs tabell", *(kind.capitalize() for kind in differences.KINDS)]
    table = table_html("Antall verdier for kommuner", headings, rows, (0, 1, 2))
    return _part(title, table, folded=len(rows))


def _by_municipality(found: Comparison) -> Part:
    title = "Etter kommune"
    own = found.values.filter(pl.col("regiontype") == MUNICIPALITY)
    if own.is_empty():
        return _part(title, note="Ingen verdi for noen kommune er endret.")
    year = found.after.year
    names = region_names(own["region"], year, synthetic=found.synthetic)
    results = {row["region"]: row for row in differences.of_result(found).iter_rows(named=True)}
    rows = []
    for row in differences.counts(own, "region").sort("region").iter_rows(named=True):
        result = results.get(row["region"])
        rows.append(
            [
                names.get(row["region"], row["region"]),
                *(number(row[kind]) for kind in differences.KINDS),
                number(result["endring"], 1 if result["enhet"] != AMOUNT else 0) if result else "",
            ]
        )
    unit = next(iter(results.values()), {"enhet": AMOUNT})["enhet"]
    headings = [
        "Kommune",
        *(kind.capitalize() for kind in differences.KINDS),
        f"Netto driftsresultat {year}, endring ({unit})",
    ]
    note = f"Verdier er endret for {_municipalities(len(rows))}."
    table = table_html("Antall verdier", headings, rows)
    return _part(title, table, note=note, folded=len(rows))


def _of_ssb(found: Comparison) -> Part:
    """Show SSB's own rows for the country: unrevised, estimates that change without any municipality's change."""
    title = "SSBs egne rader for landet"
    rows = found.values.filter(
        pl.col("regiontype").is_in(["land", "land_uten_oslo"])
        & pl.col("tjenesteomraade").is_null()
        & (pl.col("aar") == found.after.year)
    )
    if rows.is_empty():
        return _part(title, note="Ingen av SSBs landsrader er endret.")
    table = _values("Landsradene er anslag i foreløpige tall og summer i endelige", rows, found)
    return _part(title, table, folded=len(rows))


def _everything(found: Comparison) -> Part:
    title = "Alle verdier"
    if found.values.is_empty():
        return _part(title, note="Ingen verdi er endret.")
    rows = found.values.head(ROWS_SHOWN)
    left = len(found.values) - len(rows)
    note = (
        f"De første {ROWS_SHOWN} av {number(len(found.values))} vises; alle står i endringer.csv."
        if left
        else ""
    )
    return _part(title, _values("Alle verdier", rows, found), note=note, folded=len(rows))
