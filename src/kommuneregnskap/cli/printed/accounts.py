"""What the controls found, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kommuneregnskap.cli.printed.words import SYNTHETIC
from kommuneregnskap.controls import findings
from kommuneregnskap.report.controls import Validation
from kommuneregnskap.support.outside import visible
from kommuneregnskap.tables.schemas.controls import SEVERITIES

UNITS_SHOWN, LONGEST = 40, 300  # blocks; signs of what one of them quotes
HEADINGS = {"fatal": "Fatal", "feil": "Error", "advarsel": "Warning", "info": "Info"}
STYLES = {"fatal": "bold red", "feil": "red", "advarsel": "yellow", "info": "dim"}


def summary(found: Validation, *, synthetic: bool) -> Iterator[RenderableType]:
    """Yield the summary of a validation: counts per unit and severity, then what blocks and what to do.

    What comes from files is shown as it is, never read as markup.
    """
    if synthetic:
        yield Text(SYNTHETIC)
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
            f"No accounts of {found.year - 1}: changes from the year before (E06, E12, E13) were not checked."
        )
    yield from _lines(found)
    for row in found.rettelser.iter_rows(named=True):
        yield Text(
            f"Corrected ({row['aar']}): {row['region']} {row['skjema']} {row['funksjon_kapittel']} "
            f"{row['art_sektor']} from {row['var']} to {row['blir']}: {row['begrunnelse']}"
        )
    yield from _verdict(found)


def _lines(found: Validation) -> Iterator[RenderableType]:
    """Yield what became of every line, and the files that were passed over."""
    total = found.linjer.select(pl.sum("leverte", "regnet_med", "stanset", "forbigaatt"))
    said = dict(zip(("delivered", "counted", "stopped", "passed over"), total.row(0), strict=True))
    yield Text(f"Lines: {', '.join(f'{count} {what}' for what, count in said.items())}.")
    for row in found.forbigaatt.head(UNITS_SHOWN).iter_rows(named=True):
        yield Text(f"Passed over: {row['fil']} ({row['hvorfor']})")


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
        whose = (
            "that does not tell whose it is" if unknown == 1 else "that do not tell whose they are"
        )
        mended = "it is" if unknown == 1 else "they are"
        yield Text(
            f"{_in_words(unknown, 'file')} {whose}: a report stops until {mended} corrected."
        )
    for year, count in known.group_by("aar").len().sort("aar", descending=True).iter_rows():
        yield Text(f"Kept out of the numbers of {year}: {_in_words(count, 'unit')}.")
    if stopped.is_empty():
        yield Text("Nothing keeps a unit out of the numbers.")


def _block(row: dict[str, object]) -> Text:
    """Return a finding that blocks: what, who, where; found, allowed, difference; what to do."""
    where = _shown(str(row["fil"]) + (f":{row['linjer']}" if row["linjer"] else ""))
    unit = _shown(f"{row['region']} {row['enhet']}".strip() or "unknown unit")
    text = Text()
    text.append(f"\n{row['kontroll']} {row['navn']}", style="bold red")
    text.append(f"  ({row['aar']}, {HEADINGS[str(row['alvorlighet'])].lower()})\n")
    text.append(f"  {unit}" + (f", {where}" if where else "") + "\n")
    text.append(f"  found    {row['felt']}: {_shown(row['funnet'])}\n")
    text.append(f"  allowed  {row['tillatt']}\n")
    if row["differanse"] is not None:
        text.append(f"  amount or difference  {row['differanse']} (1000 kr)\n")
    text.append(f"  to do    {row['tiltak']}")
    return text


def _shown(text: object) -> str:
    """Return what a file says as one line that a reader sees the end of; kontroll.csv has all of it."""
    line = visible(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _in_words(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _units(counted: pl.DataFrame) -> Table:
    table = Table(title="Findings per unit and severity")
    table.add_column("Unit")
    table.add_column("Scope")
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
