"""A whole national StatBank of invented figures, and snapshots of it fetched through the real road.

The amounts are those of the synthetic panel: consolidated accounts stand for SSB's group accounts
(konsern), treasury accounts for the treasury (kasse). A municipality that the panel does not have gets the
amounts of the panel municipality nearest in size, by its own number of inhabitants. Counties and
KOSTRA groups are sums; the country rows are a little off the sum, as SSB's estimates are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import paths, survey, tables, units
from kommuneregnskap.indicators import ratio
from kommuneregnskap.statbank import fetch, snapshot
from kommuneregnskap.statbank.catalogue import Row
from kommuneregnskap.statbank.client import Manners
from tests import statbank_tables
from tests.pxweb_server import PxWebServer, Value, running

PANEL_SCOPE = {"konsern": "konsolidert", "kasse": "kasse"}
TERMS = {
    ("fri_egenkapital_drift", 1): "disposisjonsfond",
    ("fri_egenkapital_drift", 2): "merforbruk",
}
ESTIMATE = 1.004  # the country rows lie this much over the sum: an estimate, not a sum
RETRIEVED = date(2026, 11, 24)
QUICK = Manners(timeout=20, attempts=2, backoff=0.01)
Amounts = dict[tuple[str, str, str | None], float]  # region, begrep, tjenesteomraade


@contextmanager
def serve_national(
    years: Sequence[int], *, updated: str = statbank_tables.UPDATED
) -> Iterator[PxWebServer]:
    """Run a server with the catalogue's tables for `years`, all municipalities, both scopes."""
    with running() as server:
        server.add(*statbank_tables.national(years, value_of(years), updated=updated))
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


def value_of(years: Sequence[int]) -> statbank_tables.ValueOf:
    """Return what the national StatBank says of a row, region, year and area."""
    known = {
        (scope, year): _amounts(scope, year, max(years))
        for scope in PANEL_SCOPE
        for year in set(years)
    }

    def value(row: Row, region: str, year: int, area: str | None) -> Value:
        amounts = known[(row.regnskapsomfang, year)]
        begrep = TERMS.get((row.begrep, row.ledd), row.begrep)
        found = amounts.get((region, begrep, area))
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
        opened = survey.open_survey(year=last, source="demo", scope=PANEL_SCOPE[scope])
    own = opened.indikatorer.filter((pl.col("aar") == year) & (pl.col("type") == "kommune"))
    every = _everyone(own.select("region", "begrep", "tjenesteomraade", "belop"), year)
    summed = pl.concat([every, *_aggregates(every, year)])
    return {
        (region, begrep, area): float(amount)
        for region, begrep, area, amount in pl.concat([summed, _percentages(summed, year)])
        .select("region", "begrep", "tjenesteomraade", "belop")
        .iter_rows()
    }


def _everyone(own: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the amounts of all municipalities, those the panel lacks by a donor of like size."""
    people = (
        units.frame(year)
        .filter(pl.col("type") == "kommune")
        .select("region", folk=pl.col("folkemengde").cast(pl.Float64))
        .sort("folk", "region")
    )
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
        .select("region", "begrep", "tjenesteomraade", pl.col("belop").cast(pl.Int64))
    )
    whole = pl.concat([own, scaled])
    assert whole["region"].n_unique() == len(people)
    return whole.with_columns(pl.col("belop").cast(pl.Float64))


def _aggregates(every: pl.DataFrame, year: int) -> Iterator[pl.DataFrame]:
    known = tables.valid("kommune", year)
    key = ["region", "begrep", "tjenesteomraade"]
    oslo = units.oslo(year)

    def added(groups: pl.DataFrame, factor: float = 1.0) -> pl.DataFrame:
        return (
            every.join(groups, on="region")
            .with_columns(region="gruppe")
            .group_by(key)
            .agg((pl.col("belop").sum() * factor).round())
        )

    number = pl.col("kommunenummer").alias("region")
    yield added(known.select(number, gruppe=pl.lit("EKA") + pl.col("fylkesnummer")))
    yield added(known.select(number, gruppe="kostra_gruppe").drop_nulls())
    yield added(known.select(number, gruppe=pl.lit(statbank_tables.COUNTRY)), ESTIMATE)
    yield added(
        known.filter(~pl.col("kommunenummer").is_in(oslo)).select(
            number, gruppe=pl.lit(statbank_tables.WITHOUT_OSLO)
        ),
        ESTIMATE,
    )


def _percentages(summed: pl.DataFrame, year: int) -> pl.DataFrame:
    totals = summed.filter(pl.col("tjenesteomraade").is_null()).pivot(
        "begrep", index="region", values="belop"
    )
    defined = tables.valid("indicators", year).filter(
        pl.col("regnskap").cast(pl.String) == "prosent"
    )
    parts = [
        totals.select(
            "region",
            begrep=pl.lit(begrep),
            tjenesteomraade=pl.lit(None, dtype=pl.String),
            belop=ratio(*(pl.col(name) for name in expression.split(" / "))),
        )
        for begrep, expression in defined.select("begrep", "begreper").iter_rows()
    ]
    return pl.concat(parts).drop_nulls("belop")
