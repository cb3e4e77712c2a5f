"""What the command line prints as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from rich.console import RenderableType
from rich.table import Table

from kommuneregnskap.control_schemas import SEVERITIES
from kommuneregnskap.controls import findings
from kommuneregnskap.errors import shown_path
from kommuneregnskap.validation import Validation

if TYPE_CHECKING:  # the client of StatBank is loaded by nothing but a fetch
    from kommuneregnskap.statbank.fetch import Fetched

UNITS_SHOWN = 40
HEADINGS = {"fatal": "Fatal", "feil": "Error", "advarsel": "Warning", "info": "Info"}
STYLES = {"fatal": "bold red", "feil": "red", "advarsel": "yellow", "info": "dim"}


def summary(found: Validation, *, synthetic: bool) -> Iterator[RenderableType]:
    """Yield the summary of a validation: counts per unit and severity, then what blocks."""
    if synthetic:
        yield "Synthetic accounts: they say nothing about any real municipality."
    counted = findings.counts(found.kontroll)
    grave = counted.filter(pl.col("fatal") + pl.col("feil") + pl.col("advarsel") > 0)
    if len(grave):
        yield _units(grave)
    told = set(counted["region"])
    yield (
        f"{_units_in_words(len(found.units))} with accounts: {len(grave)} with errors or warnings, "
        f"{len(counted) - len(grave)} with information only, "
        f"{len(set(found.units['region']) - told)} without remarks."
    )
    stopped = findings.stopped(found.kontroll)
    blocks = findings.blocking(found.kontroll)
    if len(blocks):
        yield _blocks(blocks)
        yield f"Kept out of the numbers: {_units_in_words(len(stopped))}."
    else:
        yield "Nothing keeps a unit out of the numbers."


def _units_in_words(count: int) -> str:
    return f"{count} unit" if count == 1 else f"{count} units"


def _units(counted: pl.DataFrame) -> Table:
    table = Table(title="Findings per unit and severity")
    table.add_column("Unit")
    for name in SEVERITIES:
        table.add_column(HEADINGS[name], justify="right", style=STYLES[name])
    table.add_column("In the numbers")
    for row in counted.head(UNITS_SHOWN).iter_rows(named=True):
        passes = row["fatal"] + row["feil"] == 0
        table.add_row(
            f"{row['region']} {row['enhet']}".strip() or "unknown",
            *(str(row[name] or "") for name in SEVERITIES),
            "yes" if passes else "no",
        )
    if len(counted) > UNITS_SHOWN:
        table.add_row(f"and {len(counted) - UNITS_SHOWN} more", *[""] * (len(SEVERITIES) + 1))
    return table


def _blocks(blocks: pl.DataFrame) -> Table:
    table = Table(title="What keeps units out")
    for heading in ("Control", "Unit", "Where", "Found", "Allowed"):
        table.add_column(heading, overflow="fold")
    for row in blocks.head(UNITS_SHOWN).iter_rows(named=True):
        where = row["fil"] + (f":{row['linjer']}" if row["linjer"] else "")
        table.add_row(
            f"{row['kontroll']} {row['navn']}",
            f"{row['region']} {row['enhet']}".strip() or "unknown",
            where,
            f"{row['felt']}: {row['funnet']}",
            row["tillatt"],
        )
    if len(blocks) > UNITS_SHOWN:
        table.add_row(f"and {len(blocks) - UNITS_SHOWN} more: see kontroll.csv", "", "", "", "")
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
