"""Published values of real municipalities through the road, and the arithmetic they must satisfy.

tests/data/ssb_published_values.csv: SSB's tables 12137 and 12362, kommunekonsern (CC BY 4.0), as published
for Kvitsøy, Time and Oslo. They are of SSB's own areas; on which functions they are posted is invented here: all of
an area on its first one, and of Kvitsøy's 117 of FGK9 17 on kommunehelse and 100 on pleie og omsorg.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.sources.statbank.catalogue import Row, areas
from tests.conftest import PROJECT
from tests.helpers.pxweb_server import Value, running
from tests.helpers.statbank_small import get, small

INVENTED_SPLIT = {("232", 2024): 17, ("234", 2024): 100}
KVITSOEY = "1144"


@lru_cache(maxsize=1)
def published() -> pl.DataFrame:
    return pl.read_csv(PROJECT / "tests/data/ssb_published_values.csv", infer_schema=False)


@lru_cache(maxsize=1)
def amounts() -> dict[tuple[str, int, str, str], int]:
    rows = published().select("region", "aar", "ssb_kode", "tjenesteomraade", "belop_1000kr")
    return {
        (region, int(year), code, area or ""): int(amount)
        for region, year, code, area, amount in rows.iter_rows()
    }


def code_of_area(year: int) -> dict[str, str]:
    """Return SSB's code of each area that it has a row for."""
    return {area.tjenesteomraade: area.ssb_kode for area in areas([year]) if area.ssb_kode}


@cache
def areas_of(code: str, year: int) -> list[str]:
    """Return SSB's own areas that a code of the dimension of functions is, or is the first function of."""
    return [
        area.ssb_kode
        for area in areas([year])
        if area.ssb_kode and code in (area.ssb_kode, area.functions[year][0])
    ]


def value(row: Row, region: str, year: int, code: str | None) -> Value:
    """Return the published value; all of an area stands on its first function, 0 on the others; else a symbol."""
    if code is None:
        return amounts().get((region, year, row.ssb_kode, ""), "..")
    if region == KVITSOEY and row.ssb_kode == "AGI5" and (code, year) in INVENTED_SPLIT:
        return INVENTED_SPLIT[(code, year)]
    of_kvitsoey = region == KVITSOEY and (row.ssb_kode, year) == ("AGI5", 2024)
    for area in areas_of(code, year):
        if (region, year, row.ssb_kode, area) in amounts():
            return amounts()[(region, year, row.ssb_kode, area)]
    return 0 if of_kvitsoey else ".."


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[snapshot.Snapshot]:
    with running() as server:
        small(server, value=value)
        yield get(server, folder=tmp_path_factory.mktemp("ssb")).snapshot


def test_every_published_value_comes_out_as_published(found: snapshot.Snapshot) -> None:
    begrep = {
        row["ssb_kode"]: row["begrep"]
        for row in tables.read("statbank").iter_rows(named=True)
        if row["tabell"] in ("12137", "12362")
    }
    tried = 0
    for (region, year, code, area), amount in amounts().items():
        names = {found_code: name for name, found_code in code_of_area(max(year, 2023)).items()}
        if year not in found.years or (area and area not in names):
            continue  # 2025 is not fetched; FGK6a is no area
        own = found.values.filter(
            (pl.col("region") == region)
            & (pl.col("aar") == year)
            & (pl.col("begrep") == begrep[code])
            & (pl.col("enhet") == "1000 kr")
            & (pl.col("regnskapsomfang") == "konsern")
            & pl.col("tjenesteomraade").eq_missing(names[area] if area else None)
        )
        assert own["verdi"].to_list() == [amount], (region, year, code, area)
        tried += 1
    assert tried == 37


def investments(found: snapshot.Snapshot, year: int = 2024) -> pl.DataFrame:
    return found.values.filter(
        (pl.col("region") == KVITSOEY)
        & (pl.col("aar") == year)
        & (pl.col("begrep") == "brutto_investeringsutgifter")
        & (pl.col("enhet") == "1000 kr")
    )


def test_the_investments_of_the_areas_add_up_to_the_total_for_kvitsoey(
    found: snapshot.Snapshot,
) -> None:
    rows = investments(found)
    main = tables.valid("tjenesteomraade", 2024).filter(
        pl.col("oppdeling").cast(pl.String) == "hoved"
    )
    areas = rows.join(main, on="tjenesteomraade", how="semi")
    whole = rows.filter(pl.col("tjenesteomraade").is_null())["verdi"].to_list()
    assert areas["verdi"].sum() == 12_734
    assert whole == [12_734]


def test_property_management_would_count_investments_twice(found: snapshot.Snapshot) -> None:
    """The trap: FGK6a stands beside the areas in the table, 4 139, and is in none of ours."""
    overlap = amounts()[(KVITSOEY, 2024, "AGI5", "FGK6a")]
    assert overlap == 4_139
    rows = investments(found)
    assert overlap not in rows["verdi"].to_list()
    assert rows.drop_nulls("tjenesteomraade").drop_nulls("verdi")["verdi"].sum() + overlap != 12_734
    asked = next(each for each in found.receipt["tabeller"] if each["tabell"] == "12362")
    assert "FGK6a" not in asked["spoerring"]["KOKfunksjon0000"]


def test_what_is_not_published_stays_missing(found: snapshot.Snapshot) -> None:
    oslo = found.values.filter(
        (pl.col("region") == "0301") & (pl.col("begrep") == "netto_laanegjeld")
    )
    assert oslo.select("verdi", "merke").rows() == [(None, ".."), (None, "..")]


def test_the_file_of_published_values_names_its_source(tmp_path: Path) -> None:
    assert set(published()["kilde"].str.slice(0, 4)) == {"SSB "}
    assert len(published()) == 39
