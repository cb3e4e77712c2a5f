"""How open figures agree with Statistics Norway's own rows: a table, and its part of the opening."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.pages.text_tables import table_html
from kommuneregnskap.report.resources import About, origin
from kommuneregnskap.sources.statbank.names import COUNTRY, region_names
from kommuneregnskap.sources.statbank.reconcile import ESTIMATE
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.written import Avstemming

SHOWN = 10
KINDS = {
    ("sum", "fylke"): "Sum av kommunene i fylket mot fylkesraden",
    ("sum", "land"): "Sum av kommunene mot landsraden",
    ("sum", "land_uten_oslo"): "Sum av kommunene utenom Oslo mot landsraden uten Oslo",
    ("sum", "fylkeskommunene_uten_oslo"): "Sum av fylkeskommunene mot raden for alle utenom Oslo",
    ("prosent", ""): "Prosent regnet om av beløpene mot trykt prosent",
}


def write_reconciled(found: pl.DataFrame, survey: Survey, accounts: str, file: Path) -> None:
    """Write avstemming.csv and .xlsx: every comparison, with snapshot, vintage and `regnskaper` in each row."""
    told = found.drop("navn").with_columns(
        pl.col("innenfor").replace_strict({True: "ja", False: "nei"}, return_dtype=pl.String),
        uttrekk=pl.lit(survey.figures.snapshot),
        vintage=pl.lit(survey.figures.vintage),
        regnskaper=pl.lit(accounts),
    )
    about = About(
        "Avstemming mot SSBs egne summer",
        origin(survey),
        "Det kommunenes rader i de åpne tallene gir til sammen, holdt mot SSBs egne rader.",
        schema=Avstemming,
    )
    write_table(told, file, about)


def reconciled_html(found: pl.DataFrame, survey: Survey) -> str:
    """Return the opening's part: how many comparisons, those outside the limit, the estimates.

    In: `survey.reconciled`. Where SSB's rows for the country are estimates, their difference from the sum is shown
    whether it is within the limit or not.
    """
    heading = "<h2>Avstemming mot SSBs egne rader</h2>"
    if found.is_empty():
        return (
            f"<section>{heading}<p>Ingenting å avstemme: for dette omfanget har SSB verken beløp på "
            "fylkes- og landsrader eller prosenter med beløp bak.</p></section>"
        )
    outside = found.filter(~pl.col("innenfor"))
    silent = found["innenfor"].null_count()
    said = (
        f"<p>{number(len(found))} sammenlikninger: {number(len(outside))} utenfor grensen"
        + (f", {number(silent)} uten tall på en av sidene" if silent else "")
        + ". Alle står i avstemming.csv; grensene i data/definitions/statbank_limits.csv.</p>"
    )
    parts = [_kinds(found), _estimates(found), _outside(outside, survey)]
    return f"<section>{heading}{said}{''.join(parts)}</section>"


def _kinds(found: pl.DataFrame) -> str:
    counted = (
        found.with_columns(
            regiontype=pl.when(pl.col("kontroll") == "sum").then("regiontype").otherwise(pl.lit(""))
        )
        .group_by("kontroll", "regiontype", anslag=pl.col("forklaring") == ESTIMATE)
        .agg(
            antall=pl.len(),
            utenfor=(~pl.col("innenfor")).sum(),
            uten=pl.col("innenfor").null_count(),
        )
    )
    rows = [
        [
            words + (" (anslag)" if row["anslag"] else ""),
            *(number(row[name]) for name in ("antall", "utenfor", "uten")),
        ]
        for kind, words in KINDS.items()
        for row in counted.sort("anslag").iter_rows(named=True)
        if (row["kontroll"], row["regiontype"]) == kind
    ]
    headings = ["Sammenlikning", "Antall", "Utenfor grensen", "Uten tall på en side"]
    return table_html("Hva som er sammenliknet", headings, rows)


def _estimates(found: pl.DataFrame) -> str:
    """Show where SSB's rows for the country lie furthest from the sum, in percent of the row."""
    share = 100 * pl.col("differanse") / pl.col("ssb").abs()
    rows = (
        found.filter((pl.col("forklaring") == ESTIMATE) & pl.col("differanse").is_not_null())
        .with_columns(pst=pl.when(pl.col("ssb") != 0).then(share))
        .sort(pl.col("differanse").abs(), "navn", "regiontype", descending=[True, False, False])
        .head(SHOWN)
    )
    if rows.is_empty():
        return ""
    caption = (
        "De største forskjellene mot landsradene, som er SSBs anslag og ikke summer (mill. kr)"
    )
    headings = [
        *("Begrep", "Rad", "Sum av enhetene", "SSB", "Differanse", "Prosent"),
        *("Enheter uten tall", "Innenfor grensen"),
    ]
    shown = [
        [
            *(row["navn"], COUNTRY[row["regiontype"]]),
            *(number(row[name] / 1000, 1) for name in ("beregnet", "ssb", "differanse")),
            *(number(row["pst"], 2), number(row["mangler"])),
            "ja" if row["innenfor"] else "nei",
        ]
        for row in rows.iter_rows(named=True)
    ]
    return table_html(caption, headings, shown, texts=(0, 1, 7))


def _outside(outside: pl.DataFrame, survey: Survey) -> str:
    """List what lies furthest outside its limit, apart from the estimates, which are shown anyway."""
    rows = (
        outside.filter(pl.col("forklaring") != ESTIMATE)
        .with_columns(ganger=pl.col("differanse").abs() / pl.col("grense"))
        .sort(
            *("ganger", pl.col("differanse").abs(), "navn", "region"),
            descending=[True, True, False, False],
        )
        .head(SHOWN)
    )
    if rows.is_empty():
        return ""
    names = region_names(rows["region"], survey.year, synthetic=survey.synthetic)
    headings = [
        *(
            "Begrep",
            "Region",
            "Beregnet",
            "SSB",
            "Differanse",
            "Grense",
            "Enheter uten tall",
            "Enhet",
        )
    ]
    shown = [
        [
            *(row["navn"], names.get(row["region"], row["region"])),
            *(number(row[name], _decimals(row)) for name in ("beregnet", "ssb", "differanse")),
            *(number(row["grense"], _decimals(row) + 1), number(row["mangler"]), row["enhet"]),
        ]
        for row in rows.iter_rows(named=True)
    ]
    return table_html("Lengst utenfor grensen", headings, shown, texts=(0, 1, 7))


def _decimals(row: dict[str, object]) -> int:
    return 1 if row["enhet"] == open_figures.PERCENT else 0
