"""What the command line prints as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kommuneregnskap.controls import findings
from kommuneregnskap.report import coverage
from kommuneregnskap.report.controls import Validation
from kommuneregnskap.sources.statbank.names import region_names
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.open_figures import AMOUNT
from kommuneregnskap.tables.schemas.controls import SEVERITIES

if TYPE_CHECKING:  # loaded by the command that needs it alone
    from kommuneregnskap.mutants.matrix import Matrix
    from kommuneregnskap.sources.statbank.fetch import Fetched
    from kommuneregnskap.verdicts.differences import Comparison

UNITS_SHOWN = 40
LARGEST = 10
WORDS = {
    "endret": "changed",
    "kommet": "appeared",
    "falt bort": "gone",
    "annet tegn": "missing with another symbol",
}
HEADINGS = {"fatal": "Fatal", "feil": "Error", "advarsel": "Warning", "info": "Info"}
STYLES = {"fatal": "bold red", "feil": "red", "advarsel": "yellow", "info": "dim"}


def summary(found: Validation, *, synthetic: bool) -> Iterator[RenderableType]:
    """Yield the summary of a validation: counts per unit and severity, then what blocks and what to do.

    What comes from files is shown as it is, never read as markup.
    """
    if synthetic:
        yield Text("Synthetic accounts: they say nothing about any real municipality.")
    counted = findings.per_unit(found.own, found.units)
    grave = counted.filter(pl.col("fatal") + pl.col("feil") + pl.col("advarsel") > 0)
    if len(grave):
        yield _units(grave)
    silent = pl.sum_horizontal(SEVERITIES) == 0
    yield Text(
        f"{_in_words(len(counted), 'set')} of accounts: {len(grave)} with errors or warnings, "
        f"{len(counted.filter(~silent)) - len(grave)} with information only, "
        f"{len(counted.filter(silent))} without remarks."
    )
    if not found.compared:
        yield Text(
            f"No accounts of {found.year - 1}: changes from the year before (E06) were not looked at."
        )
    for row in found.rettelser.iter_rows(named=True):
        yield Text(
            f"Corrected ({row['aar']}): {row['region']} {row['skjema']} {row['funksjon_kapittel']} "
            f"{row['art_sektor']} from {row['var']} to {row['blir']}: {row['begrunnelse']}"
        )
    yield from _verdict(found)


def simulated(table: pl.DataFrame) -> Table:
    """Return what a simulation says of the first quantity, per mechanism and estimator, as a table."""
    quantity = table["stoerrelse"][0]
    shown = Table(
        title=f"{quantity}, {table['trekk'][0]} draws of invented accounts, truth {number(table['sann'][0], 2)}"
    )
    for heading in ("Mechanism", "Estimator"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("Bias", "Std. dev.", "Mean s.e.", "Coverage"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.filter(pl.col("stoerrelse") == quantity).iter_rows(named=True):
        values = (number(row[name], 2) for name in ("skjevhet", "standardavvik", "standardfeil"))
        shown.add_row(row["mekanisme"], row["estimator"], *values, number(row["dekning"], 1))
    return shown


def _verdict(found: Validation) -> Iterator[RenderableType]:
    blocks = findings.blocking(findings.of_units(found.kontroll)).sort(
        "aar", descending=True, maintain_order=True
    )
    for row in blocks.head(UNITS_SHOWN).iter_rows(named=True):
        yield _block(row)
    if len(blocks) > UNITS_SHOWN:
        yield Text(f"and {len(blocks) - UNITS_SHOWN} more: see kontroll.csv")
    stopped = findings.stopped(found.kontroll)
    unknown = findings.unknown_units(found.kontroll)["fil"].n_unique()
    known = stopped.filter(pl.col("region") != "")
    if unknown:
        yield Text(
            f"{_in_words(unknown, 'file')} that do not tell whose they are: a report stops until they "
            "are mended."
        )
    for year, count in known.group_by("aar").len().sort("aar", descending=True).iter_rows():
        yield Text(f"Kept out of the numbers of {year}: {_in_words(count, 'unit')}.")
    if stopped.is_empty():
        yield Text("Nothing keeps a unit out of the numbers.")


def _block(row: dict[str, object]) -> Text:
    """Return a finding that blocks: what, who, where; found, allowed, difference; what to do."""
    where = str(row["fil"]) + (f":{row['linjer']}" if row["linjer"] else "")
    unit = f"{row['region']} {row['enhet']}".strip() or "unknown unit"
    text = Text()
    text.append(f"\n{row['kontroll']} {row['navn']}", style="bold red")
    text.append(f"  ({row['aar']}, {row['alvorlighet']})\n")
    text.append(f"  {unit}" + (f", {where}" if where else "") + "\n")
    text.append(f"  found    {row['felt']}: {row['funnet']}\n")
    text.append(f"  allowed  {row['tillatt']}\n")
    if row["differanse"] is not None:
        text.append(f"  amount or difference  {row['differanse']} (1000 kr)\n")
    text.append(f"  do       {row['tiltak']}")
    return text


def _in_words(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _units(counted: pl.DataFrame) -> Table:
    table = Table(title="Findings per unit and severity")
    table.add_column("Unit")
    table.add_column("Accounts")
    for name in SEVERITIES:
        table.add_column(HEADINGS[name], justify="right", style=STYLES[name])
    table.add_column("In the numbers")
    for row in counted.head(UNITS_SHOWN).iter_rows(named=True):
        table.add_row(
            Text(f"{row['region']} {row['enhet']}".strip() or "unknown"),
            row["omfang"],
            *(str(row[name] or "") for name in SEVERITIES),
            "yes" if row["bestaar"] else "no",
        )
    if len(counted) > UNITS_SHOWN:
        table.add_row(f"and {len(counted) - UNITS_SHOWN} more", *[""] * (len(SEVERITIES) + 2))
    return table


def differences(found: Comparison) -> Iterator[RenderableType]:
    """Yield what changed between two snapshots: counts, the largest results, published numbers."""
    from kommuneregnskap.verdicts.differences import of_result, visible  # noqa: PLC0415

    if found.synthetic:
        yield "Synthetic figures: they say nothing about any real municipality."
    for end, survey in (("From", found.before), ("To", found.after)):
        if survey.open is not None:
            known = survey.open
            yield f"{end} {known.snapshot}: {known.vintage}, updated {known.updated}"
    if found.empty:
        yield "No change: the same values, the same numbers, the same verdicts."
        return
    per_kind = dict(found.values.group_by("slag").len().iter_rows())
    kinds = ", ".join(f"{count} {WORDS[kind]}" for kind, count in sorted(per_kind.items()))
    yield f"Values: {kinds or 'none changed'}. Section numbers changed: {len(found.numbers)}."
    results = of_result(found)
    if len(results):
        names = region_names(results["region"], found.after.year, synthetic=found.synthetic)
        yield _results(results.head(LARGEST), len(results), names)
    if len(found.verdicts):
        shown = visible(found.verdicts)
        if len(shown):
            yield _verdicts(shown)
        yield (
            f"Published numbers changed: {len(found.verdicts)}, {len(shown)} of them in the digits shown."
        )
    else:
        yield "No published number has another value, bracket or verdict."


def _results(rows: pl.DataFrame, of: int, names: dict[str, str]) -> Table:
    table = Table(title=f"Net operating result, largest of {of} changes ({rows['enhet'][0]})")
    for heading in ("Municipality", "Before", "Now", "Change"):
        table.add_column(heading, justify="left" if heading == "Municipality" else "right")
    decimals = 0 if rows["enhet"][0] == AMOUNT else 1
    for row in rows.iter_rows(named=True):
        shown = (number(row[name], decimals) for name in ("foer", "naa", "endring"))
        table.add_row(names.get(row["region"], row["region"]), *shown)
    return table


def _verdicts(rows: pl.DataFrame) -> Table:
    table = Table(title="Published numbers that changed")
    for heading in ("Published number", "Printed", "Before", "Now", "Verdict"):
        table.add_column(heading, overflow="fold")
    for row in rows.iter_rows(named=True):
        same = row["dom_foer"] == row["dom_naa"]
        verdict = row["dom_naa"] if same else f"{row['dom_foer']} → {row['dom_naa']}"
        table.add_row(row["id"], row["publisert"], row["tekst_foer"], row["tekst_naa"], verdict)
    return table


def fetched(found: Fetched) -> str:
    """Return what a fetch did in one line: snapshot, tables, values, requests, bytes, seconds, vintages."""
    vintages = ", ".join(f"{year} {vintage}" for year, vintage in found.vintages.items())
    went_on = f", went on from {found.resumed} answers received before" if found.resumed else ""
    return (
        f"{shown_path(found.snapshot.folder)}: {found.tables} tables, "
        f"{found.snapshot.values.height} values, {found.requests} requests, {found.bytes} bytes, "
        f"{found.seconds:.1f} s{went_on}; {vintages}"
    )


def left_out(found: Fetched) -> Iterator[str]:
    """Yield, by reason, what the tables do not have: its values are missing in the snapshot."""
    reasons: dict[str, list[str]] = {}
    for entry in found.left_out:
        what = str(entry["begrep"]) + (f" ({entry['omraade']})" if entry["omraade"] else "")
        reasons.setdefault(str(entry["grunn"]), []).append(what)
    for reason, concepts in reasons.items():
        yield f"Left out: {', '.join(dict.fromkeys(concepts))}. {reason}."


def matrix_tables(found: Matrix) -> Iterator[RenderableType]:
    """Yield the table of mutants with the checks that saw them, then how busy each kind of check is."""
    table = Table(title="Mutants and the checks that saw them", title_justify="left")
    for heading in ("Id", "Mutant", "Seen by", "Outcome"):
        table.add_column(heading, overflow="fold")
    for row in found.mutanter.iter_rows(named=True):
        style = None if not row["ventet"] and row["antall"] else "bold red"
        table.add_row(row["id"], row["navn"], row["fanget_av"] or "–", row["utfall"], style=style)
    yield table
    kinds = Table(title="Checks", title_justify="left")
    for heading in ("Kind", "Checks", "Saw at least one", "Saw only one"):
        kinds.add_column(heading, justify="left" if heading == "Kind" else "right")
    per_kind = found.proever.group_by("slag", maintain_order=True).agg(
        n=pl.len(), seen=(pl.col("antall") > 0).sum(), once=(pl.col("antall") == 1).sum()
    )
    for counted in per_kind.iter_rows():
        kinds.add_row(*(str(cell) for cell in counted))
    yield kinds
    killed = len(found.mutanter) - len(found.survivors)
    yield f"{killed} of {len(found.mutanter)} mutants seen, {len(found.unexpected)} by other checks than expected"


def coverage_tables(found: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield how many numbers on a page are of each class, then those that somebody typed.

    found: `coverage.numbers`.
    """
    table = Table(title="Numbers on the page", title_justify="left")
    table.add_column("Class")
    table.add_column("Numbers", justify="right")
    for klasse, count in coverage.counts(found).iter_rows():
        table.add_row(klasse, str(count))
    yield table
    typed = coverage.untraced(found)
    yield f"{len(typed)} of {len(found)} numbers are typed and have no reason in exemptions.csv"
    for row in typed.iter_rows(named=True):
        yield f"  {row['sted']}: {row['tall']} in «{row['tekst']}»"
