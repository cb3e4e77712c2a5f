"""What was fetched, and what changed between two snapshots, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from rich.console import RenderableType
from rich.table import Table

from kommuneregnskap.sources.statbank.names import region_names
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.open_figures import AMOUNT

if TYPE_CHECKING:  # loaded by the command that needs it alone
    from kommuneregnskap.sources.statbank.fetch import Fetched
    from kommuneregnskap.verdicts.differences import Comparison

LARGEST = 10
WORDS = {
    "endret": "changed",
    "kommet": "appeared",
    "falt bort": "gone",
    "annet tegn": "missing with another symbol",
}


def differences(found: Comparison) -> Iterator[RenderableType]:
    """Yield what changed between two snapshots: counts, the largest results, published numbers."""
    from kommuneregnskap.verdicts.differences import of_result, visible  # noqa: PLC0415

    if found.synthetic:
        yield "Synthetic figures: they say nothing about any real municipality."
    for end, survey in (("From", found.before), ("To", found.after)):
        if survey.gives.snapshots:
            known = survey.figures
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


def noted(found: Fetched) -> Iterator[str]:
    """Yield, with the tables it is said of, what there is to know of the values that are in the snapshot."""
    tables: dict[str, list[str]] = {}
    for entry in found.noted:
        tables.setdefault(entry["merknad"], []).append(entry["tabell"])
    for words, where in tables.items():
        yield f"Noted: table {', '.join(dict.fromkeys(where))}: {words}."
