"""A whole national StatBank of invented figures, and snapshots of it fetched through the real road.

The amounts are those of the synthetic panel: consolidated accounts stand for SSB's group accounts
(konsern), treasury accounts for the treasury (kasse). A municipality that the panel does not have gets the
amounts of the panel municipality nearest in size, by its own number of inhabitants; so with the counties' own
accounts. Counties and KOSTRA groups are sums; the country rows are a little off the sum, as SSB's estimates are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sources.statbank import fetch, snapshot
from kommuneregnskap.sources.statbank.catalogue import Row, rows_by_table
from kommuneregnskap.sources.statbank.client import Manners
from kommuneregnskap.sources.statbank.values import PRELIMINARY, vintage_of
from kommuneregnskap.support import paths
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.definitions import leaves, terms
from tests.helpers import real_numbers, statbank_tables
from tests.helpers.pxweb_server import PxWebServer, Value, running

PANEL_SCOPE = {"konsern": "konsolidert", "kasse": "kasse"}
TERMS = {
    ("fri_egenkapital_drift", 1): "disposisjonsfond",
    ("fri_egenkapital_drift", 2): "merforbruk",
}
ESTIMATE = 1.004  # unrevised, the country rows lie this much over the sum: an estimate, not a sum
RETRIEVED = date(2026, 11, 24)
QUICK = Manners(timeout=20, attempts=2, backoff=0.01)
REVENUE = "brutto_driftsinntekter"
Amounts = dict[tuple[str, str, str | None], float]  # region, begrep, funksjon


@contextmanager
def serve_national(
    years: Sequence[int], *, updated: str = statbank_tables.UPDATED
) -> Iterator[PxWebServer]:
    """Run a server with the catalogue's tables for `years`, all municipalities, both scopes."""
    with running() as server:
        server.add(*statbank_tables.national(years, value_of(years), updated=updated))
        _estimate(server, [year for year in years if vintage_of(updated, year) == PRELIMINARY])
        yield server


def national_snapshot(
    project: Path,
    years: Sequence[int],
    *,
    updated: str = statbank_tables.UPDATED,
    retrieved: date = RETRIEVED,
) -> snapshot.Snapshot:
    """Fetch a national snapshot into data/raw/ssb of `project` (KOMMUNEREGNSKAP_ROOT must name it)."""
    assert paths.root() == project
    with serve_national(years, updated=updated) as server:
        done = fetch.fetch(years, retrieved=retrieved, url=server.url, manners=QUICK)
    return done.snapshot


@dataclass(frozen=True)
class National:
    """A project folder with four national snapshots of the accounting years 2023 and 2024.

    march, june: invented, unrevised and revised; june has 2022 too and REVISIONS in it. unmarked: the
    same two from a server that does not call its figures invented.
    """

    project: Path
    march: str = "2025-03-16"
    june: str = "2025-06-20"
    unmarked: tuple[str, str] = ("2025-03-17", "2025-06-21")


# What happens to the figures of 2024 between March and June, by municipality.
LATE, REVISED, WITHDRAWN, RECLASSED = "1151", "4601", "1835", "5636"
SHIFT = 250_000  # 1000 kr, added to the net operating result of REVISED in June
REVISIONS = {"kommet": LATE, "endret": REVISED, "falt bort": WITHDRAWN, "annet tegn": RECLASSED}
MARK = " (syntetisk)"
MARCH, JUNE = "2025-03-15T07:00:00Z", "2025-06-16T06:00:00Z"


def national_project(project: Path) -> National:
    """Fetch the four snapshots of `National` into a project folder (KOMMUNEREGNSKAP_ROOT must name it)."""
    assert paths.root() == project
    whole, years = National(project), (2022, 2023, 2024)
    original = statbank_tables.national(years, value_of(years))
    with running() as server:
        for days, invented in (((whole.march, whole.june), True), (whole.unmarked, False)):
            for day, updated, change in zip(days, (MARCH, JUNE), (_march, _june), strict=True):
                server.add(*(replace(table, cells=dict(table.cells)) for table in original))
                change(server)
                for table in server.tables.values():
                    table.updated = updated
                    table.label = table.label if invented else table.label.replace(MARK, "")
                asked = years if day == whole.june else years[1:]
                fetched = date.fromisoformat(day)
                fetch.fetch(asked, retrieved=fetched, url=server.url, manners=QUICK)
    return whole


def _estimate(server: PxWebServer, years: Sequence[int]) -> None:
    """Put an estimate in place of the amounts of the country's rows, which are integers."""
    for table in server.tables.values():
        for key, found in table.cells.items():
            of_country = key[0] in (statbank_tables.COUNTRY, statbank_tables.WITHOUT_OSLO)
            if of_country and key[-1] in map(str, years) and isinstance(found, int):
                table.cells[key] = round(found * ESTIMATE)


def _march(server: PxWebServer) -> None:
    _estimate(server, [2024])
    _mark(server, LATE, "..")
    _mark(server, RECLASSED, "..")


def _june(server: PxWebServer) -> None:
    _mark(server, RECLASSED, ":")
    _mark(server, WITHDRAWN, ".")
    _revise(server)


def _mark(server: PxWebServer, region: str, symbol: str) -> None:
    """Put a symbol in place of every value of a municipality in 2024."""
    for table in server.tables.values():
        for key in table.cells:
            if key[0] == region and key[-1] == "2024":
                table.cells[key] = symbol


def _revise(server: PxWebServer) -> None:
    """Add SHIFT to the net operating result of REVISED in group accounts, as the catalogue codes it."""
    row = (
        tables.valid("statbank", 2024)
        .filter(
            (pl.col("begrep") == "netto_driftsresultat")
            & (pl.col("enhetstype").cast(pl.String) == "kommune")
            & (pl.col("regnskapsomfang").cast(pl.String) == "konsern")
        )
        .row(0, named=True)
    )
    table = server.tables[row["tabell"]]
    for key, found in table.cells.items():
        if key[0] == REVISED and key[-1] == "2024" and row["ssb_kode"] in key:
            table.cells[key] = float(found or 0) + SHIFT


def value_of(years: Sequence[int]) -> statbank_tables.ValueOf:
    """Return what the national StatBank says of a row, region, year and function or area of its own.

    A function that nothing is posted on is 0 where the region has accounts.
    """
    known = {
        (scope, year): _amounts(scope, year, max(years))
        for scope in PANEL_SCOPE
        for year in set(years)
    }

    def value(row: Row, region: str, year: int, code: str | None) -> Value:
        amounts = known[(row.regnskapsomfang, year)]
        begrep = TERMS.get((row.begrep, row.ledd), row.begrep)
        if code is not None:
            if (region, REVENUE, None) not in amounts:
                return "."
            made_of = statbank_tables.made_of(row.enhetstype, tuple(years))[code][year]
            return int(sum(amounts.get((region, begrep, each), 0.0) for each in made_of))
        found = amounts.get((region, begrep, None))
        if found is None:
            return "."
        sign = row.fortegn if (row.begrep, row.ledd) not in TERMS else 1
        return round(found, 1) if row.enhet == "prosent" else int(found) * sign

    return value


@lru_cache(maxsize=32)
def _amounts(scope: str, year: int, last: int) -> Amounts:
    # The panel of the checkout, evaluated once and kept, whatever project a test works in.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KOMMUNEREGNSKAP_ROOT", raising=False)
        opened = opening.open_survey(year=last, source="demo", scope=PANEL_SCOPE[scope])
        own = real_numbers.real(_given(opened, year, scope), "region")
    found = []
    for kind in ("kommune", "fylkeskommune"):
        of_kind = own.join(_units(year, kind), on="region", how="semi")
        every = _everyone(of_kind, _units(year, kind))
        found += [every, *_aggregates(every, year, kind)]
    summed = pl.concat(found)
    return {
        (region, begrep, function): float(amount)
        for region, begrep, function, amount in pl.concat([summed, _percentages(summed, year)])
        .select("region", "begrep", "funksjon", "belop")
        .iter_rows()
    }


def _given(opened: Survey, year: int, scope: str) -> pl.DataFrame:
    """Return the panel's amounts of a year, as concepts of the scope that is served.

    Out: region, begrep, funksjon (null for the total), belop (1000 kr).
    """
    served = pl.lit(scope).alias("regnskapsomfang")
    evaluated = evaluate.evaluate(
        opened.poster.with_columns(served), opened.balanse.with_columns(served), year
    )
    totals = evaluated.filter(pl.col("tjenesteomraade").is_null()).select(
        "region", "begrep", pl.lit(None, dtype=pl.String).alias("funksjon"), "belop"
    )
    posted = opened.poster.filter(pl.col("aar") == year).collect()
    by_function = {
        row.begrep for rows in rows_by_table([year]).values() for row in rows if row.omraader
    }
    parts = [
        posted.filter(
            pl.col("regnskap") == term.regnskap,
            pl.col("art").is_in(term.arter or posted["art"].unique().to_list()),
            pl.col("funksjon").is_in(term.funksjoner or posted["funksjon"].unique().to_list()),
        ).select(
            *("region", pl.lit(begrep).alias("begrep"), "funksjon"),
            belop=pl.col("belop") * sign * term.fortegn,
        )
        for begrep in sorted(by_function)
        for term, sign in leaves(terms(year), begrep)
    ]
    sums = pl.concat(parts).group_by("region", "begrep", "funksjon").agg(pl.col("belop").sum())
    return pl.concat([totals, sums])


def _units(year: int, kind: str) -> pl.DataFrame:
    return (
        units.frame(year)
        .filter(pl.col("type") == kind)
        .select("region", folk=pl.col("folkemengde").cast(pl.Float64))
        .sort("folk", "region")
    )


def _everyone(own: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return the amounts of all units, those the panel lacks by a donor of like size."""
    donors = people.join(own.select("region").unique(), on="region", how="semi")
    rest = people.join(donors, on="region", how="anti").sort("folk")
    matched = rest.join_asof(
        donors.rename({"region": "giver", "folk": "givers"}).sort("givers"),
        left_on="folk",
        right_on="givers",
        strategy="nearest",
    )
    scaled = (
        matched.join(own.rename({"region": "giver"}), on="giver")
        .with_columns(belop=(pl.col("belop") * pl.col("folk") / pl.col("givers")).round())
        .select("region", "begrep", "funksjon", pl.col("belop").cast(pl.Int64))
    )
    whole = pl.concat([own, scaled])
    assert whole["region"].n_unique() == len(people)
    return whole.with_columns(pl.col("belop").cast(pl.Float64))


def _aggregates(every: pl.DataFrame, year: int, kind: str) -> Iterator[pl.DataFrame]:
    known = tables.valid("kommune", year)
    key = ["region", "begrep", "funksjon"]
    oslo = units.oslo(year)

    def added(groups: pl.DataFrame) -> pl.DataFrame:
        own = every.join(groups, on="region").with_columns(region="gruppe")
        return own.group_by(key).agg(pl.col("belop").sum())

    if kind != "kommune":
        whole = pl.lit(statbank_tables.COUNTIES_WITHOUT_OSLO)
        yield added(every.select("region").unique().with_columns(gruppe=whole))
        return
    number = pl.col("kommunenummer").alias("region")
    yield added(known.select(number, gruppe=pl.lit("EKA") + pl.col("fylkesnummer")))
    yield added(known.select(number, gruppe="kostra_gruppe").drop_nulls())
    yield added(known.select(number, gruppe=pl.lit(statbank_tables.COUNTRY)))
    yield added(
        known.filter(~pl.col("kommunenummer").is_in(oslo)).select(
            number, gruppe=pl.lit(statbank_tables.WITHOUT_OSLO)
        )
    )


def _percentages(summed: pl.DataFrame, year: int) -> pl.DataFrame:
    totals = evaluate.completed(
        summed.filter(pl.col("funksjon").is_null()).pivot("begrep", index="region", values="belop"),
        year,
    )
    defined = tables.valid("indicators", year).filter(
        pl.col("regnskap").cast(pl.String) == "prosent"
    )
    parts = [
        totals.select(
            "region",
            begrep=pl.lit(begrep),
            funksjon=pl.lit(None, dtype=pl.String),
            belop=evaluate.ratio(*(pl.col(name) for name in expression.split(" / "))),
        )
        for begrep, expression in defined.select("begrep", "begreper").iter_rows()
    ]
    return pl.concat(parts).drop_nulls("belop")
