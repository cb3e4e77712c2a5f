"""What was fetched, and what changed between two snapshots, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from rich.console import RenderableType
from rich.table import Table

from kommuneregnskap.sources.statbank.names import concept_name, region_names
from kommuneregnskap.support import paths
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.open_figures import AMOUNT

if TYPE_CHECKING:  # loaded by the command that needs it alone
    from kommuneregnskap.report.first_fetch import First
    from kommuneregnskap.sources.statbank.fetch import Fetched
    from kommuneregnskap.verdicts.differences import Comparison

LARGEST, LINES = 10, 20
WORDS = {
    "endret": "changed",
    "kommet": "appeared",
    "falt bort": "gone",
    "annet tegn": "missing with another symbol",
}


def differences(found: Comparison) -> Iterator[RenderableType]:
    """Yield what changed between two snapshots: counts, the largest results, published numbers."""
    from kommuneregnskap.verdicts.corrections import EXPLANATION, UNEXPLAINED  # noqa: PLC0415
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
    said = found.values.filter(pl.col(EXPLANATION) != UNEXPLAINED).height
    yield f"Explained by SSB's log of corrections: {said} of {len(found.values)} changed values."
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
        yield "No published number has changed in value, bracket or verdict."


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


def first_fetched(done: First) -> Iterator[str]:
    """Yield how the first figures fetched agree with those that came along: counts, and each difference, largest first.

    At most LINES of them; then where all of them stand.
    """
    found = done.found
    per_kind = dict(found.changed.group_by("slag").len().iter_rows())
    kinds = "".join(f", {count} {WORDS[kind]}" for kind, count in sorted(per_kind.items()))
    yield (
        f"Compared with the bundled figures ({shown_path(done.before.folder)}): {found.equal} are the same"
        f"{kinds or ', none differ'}; {found.more} more were fetched."
    )
    if done.file is None:
        return
    largest = found.changed.sort(
        pl.col("endring").abs(), "aar", "region", "begrep", descending=[True, *[False] * 3],
        nulls_last=True,
    )  # fmt: skip
    for row in _with_words(largest.head(LINES)).iter_rows(named=True):
        unit = "" if row["endring"] is None else f" ({number(row['endring'], 0)})"
        now = number(row["naa"], 0) if row["naa"] is not None else f"– ({row['naa_merke']})"
        yield (
            f"  {row['tabell']}, {row['aar']}, {row['hvem']}: {row['hva']}: {number(row['foer'], 0)} before, "
            f"{now} now{unit}, {row['enhet']}"
        )
    left = len(largest) - LINES
    yield (
        f"{f'These and {left} more' if left > 0 else 'They'} are in {shown_path(done.file)}. SSB revises "
        "its figures: a difference is no error."
    )
    if done.after.folder.parent == paths.snapshots():
        yield (
            "What it changes in a report: "
            + typed(
                f"make diff YEAR={max(done.after.years)} FROM={done.before.name} TO={done.after.name}"
            )
        )


def _with_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what a reader calls the region (hvem) and the concept (hva) of each row in its year."""
    parts = []
    for (year,), own in rows.with_row_index("plass").partition_by("aar", as_dict=True).items():
        names = region_names(own["region"], int(str(year)), synthetic=False)
        who = pl.col("region").replace_strict(names)
        parts.append(own.with_columns(hvem=who, hva=concept_name(int(str(year)))))
    return pl.concat(parts).sort("plass")


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
