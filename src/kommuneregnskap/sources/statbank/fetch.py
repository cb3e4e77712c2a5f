"""Fetch what the sections need from StatBank into a new snapshot; resumable, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue, jsonstat, metadata, plan, snapshot, values
from kommuneregnskap.sources.statbank.address import parse
from kommuneregnskap.sources.statbank.catalogue import Area, Row
from kommuneregnskap.sources.statbank.client import SSB_URL, Manners, StatBank
from kommuneregnskap.sources.statbank.plan import Plan
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, ServerError, one_line, shown_path
from kommuneregnskap.support.files import alone
from kommuneregnskap.tables import units

LICENCE = "CC BY 4.0"
SYNTHETIC = (
    "syntetisk"  # in the titles of tables of invented figures, and what a receipt says of them
)
ADDRESS = re.compile(r"/tables/([^/?]+)/(data|metadata)(?:\?|$)")
DATA = "data"
Progress = Callable[[str, int, int], None]
LOCK = ".laas"  # beside the snapshots
NAMED = 5
PLURAL = {"kommune": "municipalities", "fylkeskommune": "counties"}


@dataclass(frozen=True)
class Fetched:
    """What a fetch did: the snapshot made, and figures of the road.

    requests: sent, repeated ones included; bytes: received; resumed: answers kept from an earlier
    attempt; left_out: what the tables do not have, and why; noted: what there is to say of what they have (tabell,
    merknad); vintages: year → vintage.
    """

    snapshot: snapshot.Snapshot
    tables: int
    requests: int
    bytes: int
    seconds: float
    resumed: int
    left_out: list[dict[str, Any]]
    noted: list[dict[str, str]]
    vintages: dict[int, str]


@dataclass
class _Run:
    """One fetch under way: its draft, and what is known of each table."""

    draft: snapshot.Draft
    years: list[int]
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    noted: list[dict[str, str]] = field(default_factory=list)
    _areas: dict[str, list[Area]] = field(default_factory=dict)

    def areas(self, enhetstype: str) -> list[Area]:
        """Return the service areas of municipalities, or of counties."""
        if enhetstype not in self._areas:
            self._areas[enhetstype] = catalogue.areas(self.years, enhetstype)
        return self._areas[enhetstype]

    def keep(self, path: str, query: str, content: bytes) -> None:
        """Keep a whole answer on disk. Raises MalformedError for data that is none, or not what was asked for."""
        found = ADDRESS.search(path)
        if found is None:
            return
        tabell, kind = found.groups()
        if kind == DATA:
            self._take(tabell, jsonstat.read(content, _selection(query)))
        self.draft.store(self.draft.place(tabell, kind, path, query), tabell, content)

    def replay(self, path: str, query: str) -> bytes | None:
        """Return the answer kept from an earlier attempt, unless the table was updated since."""
        found = ADDRESS.search(path)
        if found is None or found.group(2) != DATA:
            return None
        tabell = found.group(1)
        place = self.draft.place(tabell, DATA, path, query)
        content = self.draft.answer(place)
        if content is None:
            return None
        try:
            cells = jsonstat.read(content, _selection(query))
        except jsonstat.MalformedError:
            return None
        if not values.same_time(cells.updated, self.draft.updated.get(tabell)):
            return None
        self._take(tabell, cells)
        self.draft.used.setdefault(tabell, []).append(place)
        self.draft.resumed += 1
        return content

    def _take(self, tabell: str, cells: jsonstat.Cells) -> None:
        """Take an answer's cells. Raises ServerError where the table was published anew meanwhile."""
        first, now = self.draft.updated.get(tabell), cells.updated
        if now is not None and not values.same_time(first, now):
            raise ServerError(
                f"StatBank's table {tabell} was published anew while it was fetched ({first}, then "
                f"{one_line(now, 40)}); run the same command again"
            )
        self.frames.setdefault(tabell, []).append(cells.frame)


def _selection(query: str) -> dict[str, list[str]]:
    return {each["variableCode"]: each["valueCodes"] for each in json.loads(query)["selection"]}


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

    Raises UsageError for a year that cannot be asked for, for what is no address and while another fetch is under way,
    DataError where a table is not what the catalogue expects (with the candidates that a search
    finds) and ServerError where the server does not answer as it should.
    """
    start = time.perf_counter()
    wanted = sorted(set(years))
    catalogue.check_years(wanted)
    by_table = catalogue.rows_by_table(wanted)
    root = folder or paths.snapshots()
    address = parse(url or SSB_URL).url
    # Two fetches at once would ask the server for the same twice.
    busy = f"another fetch into {shown_path(root)} is under way; wait until it is done"
    with alone(root, LOCK, busy):
        run = _Run(snapshot.Draft(root, _key(address, wanted)), wanted)
        try:
            bank = StatBank(url, manners or Manners(), run.keep, run.replay)
        except ServerError:
            run.draft.discard_empty()
            raise
        plans, parts = [], []
        for done, (tabell, rows) in enumerate(by_table.items()):
            if progress:
                progress(f"table {tabell}", done, len(by_table))
            found = _table(bank, run, tabell, rows)
            if found is not None and found.terms:
                plans.append(found)
                parts.append(_values(run, found))
        if not plans:
            run.draft.discard()
            raise ServerError(f"{address} has none of the tables of the catalogue")
        if progress:
            progress("values", len(by_table), len(by_table))
        gathered = values.checked(pl.concat(parts))
        run.noted += _silent(gathered, wanted)
        _check_scale(gathered)
        run.draft.forget_others()
        receipt = _receipt(run, plans, address, retrieved)
        made = snapshot.publish(run.draft.folder, root, retrieved.isoformat(), gathered, receipt)
    opened = snapshot.open_snapshot(made.name, root)
    return Fetched(
        snapshot=opened,
        tables=len(plans),
        requests=bank.requests,
        bytes=bank.recorder.bytes,
        seconds=time.perf_counter() - start,
        resumed=run.draft.resumed,
        left_out=run.left_out,
        noted=run.noted,
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
        found = plan.build(meta, rows, run.areas(rows[0].enhetstype), run.years)
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
        datetime.fromisoformat(meta.updated)
    except ValueError:
        raise ServerError(
            f"StatBank's table {meta.tabell} was updated {meta.updated!r}, which is no date; the vintage "
            "of its figures cannot be told"
        ) from None


def _candidates(bank: StatBank, rows: list[Row]) -> list[tuple[str, str]]:
    """Return the successor that the catalogue names, then what a search for the title finds."""
    row = rows[0]
    named = [(each.etterfoelger, "in the catalogue") for each in rows if each.etterfoelger][:1]
    return named + bank.candidates(row.tittel, catalogue.tables_known())


def _values(run: _Run, each: Plan) -> pl.DataFrame:
    """Return the values of a table; its cells are not needed any more."""
    tabell = each.meta.tabell
    found, said = values.build(each, pl.concat(run.frames.pop(tabell)))
    run.noted += [{"tabell": tabell, "merknad": words} for words in (*each.noted, *said)]
    return found


def _silent(found: pl.DataFrame, years: list[int]) -> list[dict[str, str]]:
    """Note the municipalities, and counties, of a year that a table of theirs has no number for."""
    given = found.filter(pl.col("verdi").is_not_null())
    noted = []
    for tabell, rows in catalogue.rows_by_table(years).items():
        kind = rows[0].enhetstype
        there = found.filter(pl.col("tabell") == tabell)
        for year in years if len(there) else ():
            every = units.frame(year).filter(pl.col("type") == kind)["region"]
            own = given.filter((pl.col("tabell") == tabell) & (pl.col("aar") == year))
            silent = every.filter(~every.is_in(own["region"].implode()))
            if len(silent):
                which = ", ".join(silent.head(NAMED)) + (" …" if len(silent) > NAMED else "")
                words = (
                    f"no number of {year} for {len(silent)} of {len(every)} {PLURAL[kind]}: {which}"
                )
                noted.append({"tabell": tabell, "merknad": words})
    return noted


def _check_scale(found: pl.DataFrame) -> None:
    """Raise DataError where amounts per inhabitant are such that their unit must be another (statbank_scale.csv)."""
    limits = tables.read("statbank_scale").with_columns(pl.col("enhet").cast(pl.String))
    own = found.filter(
        (pl.col("regiontype") == catalogue.MUNICIPALITIES)
        & pl.col("tjenesteomraade").is_null()
        & pl.col("verdi").is_not_null()
    ).join(limits, on=["begrep", "enhet"])
    for (year,), rows in own.group_by("aar"):
        people = units.frame(int(str(year))).select("region", "folkemengde")
        sums = (
            rows.join(people, on="region")
            .group_by("tabell", "begrep", "linje", "minst", "mest")
            .agg(pl.len(), each=pl.col("verdi").sum() / pl.col("folkemengde").sum())
        )
        wrong = sums.filter(
            (pl.col("len") * 2 > people.height)
            & ~pl.col("each").is_between(pl.col("minst"), pl.col("mest"))
        )
        for row in wrong.iter_rows(named=True):
            raise DataError(
                tables.file_of("statbank_scale"),
                line=row["linje"],
                problem=(
                    f"StatBank's table {row['tabell']} has {row['each']:.4g} of {row['begrep']} per inhabitant "
                    f"in {year}, in 1000 kr"
                ),
                allowed=f"{row['minst']:g} to {row['mest']:g}",
                todo="Its amounts are in another unit; read the table before anything is made of it.",
            )


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
            "noter": list(each.meta.notes),
            "begreper": [
                {
                    "begrep": term.row.begrep,
                    "regnskapsomfang": term.row.regnskapsomfang,
                    "ledd": term.row.ledd,
                    "koder": term.fixed,
                    "omraader": sorted(area.tjenesteomraade for area in term.areas),
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
        "merknader": run.noted,
    }


def _absent(each: Plan, years: list[int]) -> dict[str, list[str]]:
    """Return, by year, the municipalities (or counties) that the table has no row for."""
    there = each.meta.dimensions[each.region].codes
    kind = each.terms[0].row.enhetstype
    found = {
        str(year): [
            number
            for number in units.frame(year).filter(pl.col("type") == kind)["region"]
            if number not in there
        ]
        for year in years
    }
    return {year: numbers for year, numbers in found.items() if numbers}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(address: str, years: list[int]) -> str:
    """Name a fetch: asked again, it goes on from the same draft, answer by answer as they fit."""
    return _hash(f"{address}\n{years}".encode())[:12]
