"""The first snapshot fetched on a machine beside the figures that come with the project: a table of what differs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.pages.difference import with_names
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.survey.request import asked
from kommuneregnskap.verdicts import first_fetch

KIND, FILE = "medfulgte", "endringer.csv"


@dataclass(frozen=True)
class First:
    """What the first fetch found: the snapshots, what differs, and the table of it (None: nothing differs)."""

    before: Snapshot
    after: Snapshot
    found: first_fetch.Held
    file: Path | None


def against_bundled(made: Snapshot, root: Path) -> First | None:
    """Hold the first snapshot of a folder against the newest that comes with the project.

    Writes what differs into reports/<year>/ssb-medfulgte-<from>-<to>/endringer.csv, the year the last that was
    fetched: the columns of `differences.values`, navn, and both snapshots with the day on which SSB updated the
    table. None where `root` has another snapshot too, where none came along, and for invented figures. Raises
    DataError where what came along is not as its receipt says.
    """
    along = snapshot.ids(paths.bundled())
    if snapshot.ids(root) != [made.name] or not along or made.synthetic:
        return None
    before = snapshot.open_snapshot(along[-1], paths.bundled())
    found = first_fetch.held(before.values, made.values)
    if found.changed.is_empty():
        return First(before, made, found, None)
    folder = asked(max(made.years), "ssb").folder(f"{KIND}-{before.name}-{made.name}")
    told = with_names(found.changed, synthetic=False).with_columns(
        fra_uttrekk=pl.lit(before.name),
        fra_oppdatert=_updated(before),
        til_uttrekk=pl.lit(made.name),
        til_oppdatert=_updated(made),
    )
    write_table(told, folder / FILE)
    return First(before, made, found, folder / FILE)


def _updated(of: Snapshot) -> pl.Expr:
    """Return when the table of a row was updated, as the snapshot's receipt has it."""
    days = {str(each["tabell"]): str(each["oppdatert"]) for each in of.receipt["tabeller"]}
    return pl.col("tabell").replace_strict(days, default=None, return_dtype=pl.String)
