"""Fetch what the sections need from StatBank into a new snapshot; resumable, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue, jsonstat, metadata, plan, snapshot, values
from kommuneregnskap.sources.statbank.catalogue import Row
from kommuneregnskap.sources.statbank.client import SSB_URL, Manners, StatBank
from kommuneregnskap.sources.statbank.plan import Plan
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import ServerError, shown_path
from kommuneregnskap.support.files import alone

LICENCE = "CC BY 4.0"
SYNTHETIC = (
    "syntetisk"  # in the titles of tables of invented figures, and what a receipt says of them
)
ADDRESS = re.compile(r"/tables/([^/?]+)/(data|metadata)(?:\?|$)")
METADATA, DATA = "metadata", "data"
Progress = Callable[[str, int, int], None]
LOCK = ".laas"  # beside the snapshots


@dataclass(frozen=True)
class Fetched:
    """What a fetch did: the snapshot made, and figures of the road.

    requests: sent, repeated ones included; bytes: received; resumed: answers kept from an earlier
    attempt; left_out: what the tables do not have, and why; vintages: year → vintage.
    """

    snapshot: snapshot.Snapshot
    tables: int
    requests: int
    bytes: int
    seconds: float
    resumed: int
    left_out: list[dict[str, Any]]
    vintages: dict[int, str]


@dataclass
class _Run:
    """One fetch under way: its draft, and what is known of each table."""

    draft: snapshot.Draft
    years: list[int]
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, path: str, query: str, content: bytes) -> None:
        """Keep a whole answer on disk. Raises MalformedError for data that is none."""
        found = ADDRESS.search(path)
        if found is None:
            return
        tabell, kind = found.groups()
        if kind == DATA:
            self._take(tabell, jsonstat.parse(content))
        else:
            _json(content)
        self.draft.store(self.draft.place(tabell, kind, path, query), tabell, content)

    def replay(self, path: str, query: str) -> bytes | None:
        """Return the answer kept from an earlier attempt, unless the table was updated since."""
        found = ADDRESS.search(path)
        if found is None or found.group(2) != DATA:
            return None
        tabell = found.group(1)
        place = self.draft.place(tabell, DATA, path, query)
        if not place.is_file():
            return None
        content = place.read_bytes()
        try:
            dataset = jsonstat.parse(content)
        except jsonstat.MalformedError:
            return None
        if not values.same_time(dataset.get("updated"), self.draft.updated.get(tabell)):
            return None
        self._take(tabell, dataset)
        self.draft.used.setdefault(tabell, []).append(place)
        self.draft.resumed += 1
        return content

    def _take(self, tabell: str, dataset: dict[str, Any]) -> None:
        """Take an answer's cells. Raises ServerError where the table was published anew meanwhile."""
        first, now = self.draft.updated.get(tabell), dataset.get("updated")
        if now is not None and not values.same_time(first, now):
            raise ServerError(
                f"StatBank's table {tabell} was published anew while it was fetched ({first}, then {now}); "
                "run the same command again"
            )
        self.frames.setdefault(tabell, []).append(jsonstat.frame(dataset))


def _json(content: bytes) -> None:
    try:
        json.loads(content)
    except ValueError:
        raise jsonstat.MalformedError("not JSON") from None


def fetch(
    years: Sequence[int],
    *,
    retrieved: date,
    url: str = "",
    folder: Path | None = None,
    manners: Manners | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch all tables of the catalogue for `years` and return the new snapshot.

    retrieved: the day that names the snapshot. url: a PxWebApi 2, SSB's own when empty. folder: where
    snapshots lie, data/raw/ssb when None. progress(what, done, of) is called before each table.
    Asked again after an interruption, it goes on from the answers already received.

    Raises UsageError for a year that cannot be asked for and while another fetch is under way,
    DataError where a table is not what the catalogue expects (with the candidates that a search
    finds) and ServerError where the server does not answer as it should.
    """
    start = time.perf_counter()
    wanted = sorted(set(years))
    catalogue.check_years(wanted)
    by_table = catalogue.rows_by_table(wanted)
    root = folder or paths.snapshots()
    address = (url or SSB_URL).rstrip("/")
    # Two fetches at once would ask the server for the same twice.
    busy = f"another fetch into {shown_path(root)} is under way; wait until it is done"
    with alone(root, LOCK, busy):
        run = _Run(snapshot.Draft(root, _key(address, wanted)), wanted)
        try:
            bank = StatBank(url, manners or Manners(), run.keep, run.replay)
        except ServerError:
            run.draft.discard_empty()
            raise
        plans = []
        for done, (tabell, rows) in enumerate(by_table.items()):
            if progress:
                progress(f"table {tabell}", done, len(by_table))
            found = _table(bank, run, tabell, rows)
            if found is not None and found.terms:
                plans.append(found)
        if not plans:
            run.draft.discard()
            raise ServerError(f"{address} has none of the tables of the catalogue")
        if progress:
            progress("values", len(by_table), len(by_table))
        gathered = pl.concat([_values(run, each) for each in plans])
        run.draft.forget_others()
        receipt = _receipt(run, plans, address, retrieved)
        made = snapshot.publish(
            run.draft.folder, root, retrieved.isoformat(), values.checked(gathered), receipt
        )
    opened = snapshot.open_snapshot(made.name, root)
    return Fetched(
        snapshot=opened,
        tables=len(plans),
        requests=bank.requests,
        bytes=bank.recorder.bytes,
        seconds=time.perf_counter() - start,
        resumed=run.draft.resumed,
        left_out=run.left_out,
        vintages={year: opened.vintage(year) for year in wanted},
    )


def _table(bank: StatBank, run: _Run, tabell: str, rows: list[Row]) -> Plan | None:
    """Fetch one table; None where it does not exist and no row of it is required."""
    try:
        answer = bank.metadata(tabell)
        if answer is None:
            raise metadata.MismatchError(
                rows[0].linje, table=tabell, expected="the table", there="no table of this number"
            )
        meta = metadata.read(tabell, answer)
        _check_updated(meta)
        found = plan.build(meta, rows, catalogue.areas(run.years), run.years)
    except metadata.MismatchError as error:
        if any(row.kreves for row in rows):
            raise error.with_candidates(_candidates(bank, rows)) from None
        run.left_out += [plan.left_out(row, str(error.problem)) for row in rows]
        return None
    run.draft.updated[tabell] = meta.updated
    run.left_out += found.left_out
    if found.terms:
        bank.data(tabell, found.selection)
    return found


def _check_updated(meta: metadata.Metadata) -> None:
    try:
        values.vintage_of(meta.updated, 2020)
    except ValueError:
        raise ServerError(
            f"StatBank's table {meta.tabell} was updated {meta.updated!r}, which is no date; the vintage "
            "of its figures cannot be told"
        ) from None


def _candidates(bank: StatBank, rows: list[Row]) -> list[tuple[str, str]]:
    """Return the successor that the catalogue names, then what a search for the title finds."""
    row = rows[0]
    named = [(each.etterfoelger, "in the catalogue") for each in rows if each.etterfoelger][:1]
    return named + bank.candidates(row.tittel, row.tabell)


def _values(run: _Run, each: Plan) -> pl.DataFrame:
    return values.build(each, pl.concat(run.frames[each.meta.tabell]))


def _receipt(run: _Run, plans: list[Plan], address: str, retrieved: date) -> dict[str, Any]:
    """Return the receipt without its list of files: no clock, no folder, the same for the same answers."""
    folder = run.draft.folder
    listed = [
        {
            "tabell": each.meta.tabell,
            "tittel": each.meta.label,
            "oppdatert": each.meta.updated,
            "vintage": {
                str(year): values.vintage_of(each.meta.updated, year) for year in run.years
            },
            "spoerring": each.selection,
            "celler": each.cells,
            "kommuner_mangler": _absent(each, run.years),
            "begreper": [
                {
                    "begrep": term.row.begrep,
                    "regnskapsomfang": term.row.regnskapsomfang,
                    "ledd": term.row.ledd,
                    "koder": term.fixed,
                    "omraader": sorted(term.areas),
                    "desimaler": term.decimals,
                }
                for term in each.terms
            ],
            "svar": sorted(
                path.relative_to(folder).as_posix() for path in run.draft.used[each.meta.tabell]
            ),
        }
        for each in plans
    ]
    return {
        "hentet": retrieved.isoformat(),
        "kilde": address,
        "ssb": address == SSB_URL,
        "lisens": LICENCE,
        SYNTHETIC: any(SYNTHETIC in metadata.same(each.meta.label) for each in plans),
        "aar": run.years,
        "katalog_sha256": _hash(tables.existing_file("statbank").read_bytes()),
        "pxwebpy": version("pxwebpy"),
        "tabeller": listed,
        "utelatt": run.left_out,
    }


def _absent(each: Plan, years: list[int]) -> dict[str, list[str]]:
    """Return, by year, the municipalities that the table has no number for."""
    there = each.meta.dimensions[each.region].codes
    found = {
        str(year): [n for n in tables.valid("kommune", year)["kommunenummer"] if n not in there]
        for year in years
    }
    return {year: numbers for year, numbers in found.items() if numbers}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(address: str, years: list[int]) -> str:
    """Name a fetch: asked again, it goes on from the same draft, answer by answer as they fit."""
    return _hash(f"{address}\n{years}".encode())[:12]
