"""A fetch from a server that behaves as SSB's own was seen to do in 2026."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import requests

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import fetch, snapshot
from kommuneregnskap.sources.statbank.fetch import Fetched
from kommuneregnskap.support.errors import DataError
from tests.helpers import statbank_real as real
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_small import DAY, QUICK, get
from tests.helpers.statbank_tables import IDS, WITHOUT_OSLO

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2025


@pytest.fixture(scope="module")
def served() -> Iterator[PxWebServer]:
    with real.serve_real([YEAR], limit=(40, 1.0)) as server:
        yield server


@pytest.fixture(scope="module")
def fetched(served: PxWebServer, tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    return get(served, [YEAR], tmp_path_factory.mktemp("ssb"))


def test_a_whole_fetch_takes_31_calls_and_none_is_refused(
    served: PxWebServer, fetched: Fetched
) -> None:
    assert fetched.requests == 31
    assert {each.status for each in served.seen} == {200}
    assert fetched.tables == 15
    # Functions that Oslo alone has are not among the 80; so much is left out, and said.
    assert {each["omraade"] for each in fetched.left_out} == {"andre_formaal"}
    assert all("has no 691, 692" in str(each["grunn"]) for each in fetched.left_out)
    assert fetched.noted == []
    assert fetched.vintages == {YEAR: "endelig"}


def test_it_has_the_regions_functions_and_arts_that_were_seen(served: PxWebServer) -> None:
    codes = served.tables["12362"].dims[0].codes
    assert len(codes) == real.REGIONS
    assert len([code for code in codes if code.isdigit()]) == real.NUMBERS
    assert codes["5001"] == "Trondheim - Tråante"
    by_label = {each.label: each for each in served.tables["12367"].dims}
    assert len(by_label["funksjon"].codes) == real.FUNCTIONS
    assert len(by_label["art"].codes) == real.ARTS


def test_only_what_means_something_in_the_year_is_asked_for(fetched: Fetched) -> None:
    entry = next(each for each in fetched.snapshot.receipt["tabeller"] if each["tabell"] == "12362")
    asked = entry["spoerring"]
    counties, groups = len(tables.valid("fylke", YEAR)), 17
    assert len(asked[IDS["region"]]) == 357 + counties + groups + 2
    assert asked[IDS["år"]] == [str(YEAR)]
    assert all(len(set(codes)) == len(codes) for codes in asked.values())
    assert entry["noter"] == [real.NOTE]


def test_every_municipality_and_county_has_every_area(fetched: Fetched) -> None:
    areas = fetched.snapshot.values.filter(pl.col("tjenesteomraade").is_not_null())
    for tabell, kind, count in (("12362", "kommune", 357), ("12163", "fylkeskommune", 14)):
        own = areas.filter((pl.col("tabell") == tabell) & (pl.col("regiontype") == kind))
        per = own.group_by("begrep", "tjenesteomraade").agg(
            pl.col("region").n_unique(), pl.col("verdi").null_count()
        )
        assert set(per.select("region", "verdi").rows()) == {(count, 0)}
    wanted = {"pleie_og_omsorg", "sosial", "kommunehelse", "vann", "avloep", "grunnskole_fgk8a"}
    assert wanted <= set(areas.filter(pl.col("tabell") == "12362")["tjenesteomraade"])


def test_the_misspelt_label_is_found(fetched: Fetched) -> None:
    own = fetched.snapshot.values.filter(pl.col("begrep") == "netto_driftsresultat_pst")
    assert set(own["tabell"]) == {"12134", "13542"}


@pytest.mark.parametrize(("factor", "per_inhabitant"), [(1000, "6."), (0.001, "0.06")])
def test_amounts_in_another_unit_under_the_same_label_and_unit_stop(
    served: PxWebServer, tmp_path: Path, factor: float, per_inhabitant: str
) -> None:
    table = served.tables["12137"]
    kept = dict(table.cells)
    try:
        for key, found in kept.items():
            table.cells[key] = found * factor if isinstance(found, int) else found
        with pytest.raises(DataError) as error:
            get(served, [YEAR], tmp_path)
    finally:
        table.cells = kept
    line = str(error.value)
    assert "statbank_scale.csv:2: StatBank's table 12137 has " + per_inhabitant in line
    assert "allowed: 20 to 1000. Its amounts are in another unit" in line
    assert "\n" not in line
    assert snapshot.ids(tmp_path) == []


def test_what_it_refuses_it_refuses_as_seen(served: PxWebServer) -> None:
    base = f"{served.url}/tables"
    unknown = requests.get(f"{base}/99999/metadata", timeout=5)
    assert (unknown.status_code, unknown.json()["status"]) == (400, 404)
    assert unknown.json()["title"] == "Non-existent table"
    long = requests.get(f"{base}/12137/data?valueCodes[Tid]={'2024,' * 500}", timeout=5)
    assert (long.status_code, long.text[:9]) == (404, "<!DOCTYPE")
    selection = {IDS["region"]: ["0301"], IDS["regnskapsbegrep"]: ["AGD13"], "Tid": [str(YEAR)]}

    def asked(**changes: list[str]) -> requests.Response:
        chosen = selection | {"ContentsCode": ["KOSbelop0000"]} | changes
        body = [{"variableCode": name, "valueCodes": codes} for name, codes in chosen.items()]
        return requests.post(f"{base}/12137/data", json={"selection": body}, timeout=5)

    fine = asked()
    assert (fine.status_code, fine.json()["value"]) == (200, [1_000_000])
    assert fine.headers["x-ratelimit-policy"] == "40;w=1s"
    twice = asked(**{IDS["region"]: ["0301", "0301"]})
    assert (twice.status_code, twice.content) == (500, b"")
    assert asked(Tid=["1999"]).json()["title"] == "Non-existent value"


def test_more_calls_than_the_limit_wait_and_none_is_refused(
    served: PxWebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "max_cells", 20_000)
    served.seen.clear()
    done = get(served, [YEAR], tmp_path)
    assert done.requests > 40
    assert {each.status for each in served.seen} == {200}


def test_the_unrevised_figures_have_no_country_without_oslo(tmp_path: Path) -> None:
    with real.serve_real([YEAR], updated=real.UNREVISED, limit=(40, 0.5)) as server:
        done = fetch.fetch([YEAR], retrieved=DAY, url=server.url, folder=tmp_path, manners=QUICK)
    assert done.vintages == {YEAR: "forelopig"}
    own = done.snapshot.values.filter(pl.col("begrep") == "brutto_driftsinntekter")
    gone = own.filter(pl.col("region") == WITHOUT_OSLO)
    assert gone.select("verdi", "merke").rows() == [(None, "..")]
    assert own.filter(pl.col("region") == "EAK")["verdi"].null_count() == 0
