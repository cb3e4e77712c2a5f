"""The first fetch on a machine, from a server like SSB's, beside the figures that come with the project."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from tests.cli.test_statbank_cli import run
from tests.helpers import statbank_real as real
from tests.helpers.projects import PROJECT
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_national import MARK
from tests.helpers.statbank_small import cell
from tests.helpers.statbank_tables import COUNTRY

pytestmark = pytest.mark.slow  # whole fetches

ALONG = PROJECT / "data/ssb"
YEAR, DAY = 2024, "2026-11-24"
FIGURES = open_snapshot(folder=ALONG)
OF_YEAR = FIGURES.values.filter((pl.col("aar") == YEAR) & (pl.col("regiontype") != "annet"))
REVENUE, DEBT = "AGD13", "KG31"


@pytest.fixture(scope="module")
def server() -> Iterator[PxWebServer]:
    with real.serve_real([YEAR], limit=(40, 1.0), value=real.bundled(FIGURES.values)) as served:
        for table in served.tables.values():
            table.label = table.label.replace(MARK, "")
        yield served


def asked(server: PxWebServer, project: Path, *more: str) -> list[str]:
    done = run(project, "--year", f"{YEAR}-{YEAR}", "--url", server.url, "--retrieved", DAY, *more)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{more[-1] if more else 'data/raw/ssb'}/{DAY}")
    return done.stdout.splitlines()[1:]


def test_the_first_fetch_says_what_is_the_same_and_names_what_is_another(
    server: PxWebServer, project: Path
) -> None:
    shutil.copytree(ALONG, project / "data/ssb")
    (said,) = asked(server, project)
    along = rf"the bundled figures \(data/ssb/{FIGURES.name}\)"
    count = OF_YEAR.height
    assert re.fullmatch(
        rf"Compared with {along}: {count} are the same, none differ; \d{{5,}} more were fetched\.",
        said,
    )
    assert not list((project / "reports").rglob("endringer.csv"))

    table, areas = server.tables["12137"], server.tables["12362"]
    key = cell(table, "1103", YEAR, code=REVENUE)
    before = table.cells[key]
    table.cells[key] = int(before or 0) + 1000
    table.cells[cell(table, "1547", YEAR, code=REVENUE)] = ".."
    debts = [f"11{each}" for each in ("06", "08", 11, 12, 14, 19, 20, 21, 22, 24, 27, 30, 33, 34)]
    debts += [f"11{each}" for each in (35, 44, 45, 46, 49, 51, 60)]
    for each in debts:
        found = cell(table, each, YEAR, code=DEBT)
        table.cells[found] = int(table.cells[found] or 0) - 1
    for function in ("FGK7", "201"):  # SSB's own row and the function that holds all of it
        found = cell(areas, COUNTRY, YEAR, code="AGD2", function=function)
        areas.cells[found] = int(areas.cells[found] or 0) + 500

    shutil.rmtree(project / "data/raw/ssb")
    assert asked(server, project)[-1] == (
        f"What it changes in a report: make diff YEAR={YEAR} FROM={FIGURES.name} TO={DAY}"
    )
    assert asked(server, project, "--data", "data/raw/ssb") == []  # it is not the first

    first, *named, last = asked(server, project, "--data", "øyeblikk")
    changed = len(debts) + 2
    assert f"{count - changed - 1} are the same, {changed} changed, 1 gone;" in first
    words = [re.sub(r"\s", " ", each).strip() for each in named]
    revenue = re.sub(r"\B(?=(\d{3})+$)", " ", str(before))
    assert words[0].startswith(
        f"12137, {YEAR}, 1103 Stavanger: Brutto driftsinntekter: {revenue} before, "
    )
    assert words[0].endswith(" now (1 000), 1000 kr")
    assert words[1].startswith(
        f"12362, {YEAR}, Landet: Netto driftsutgifter på tjenester: Barnehage: "
    )
    assert words[1].endswith("now (500), 1000 kr")
    assert len(named) == 20
    folder = f"reports/{YEAR}/ssb-medfulgte-{FIGURES.name}-{DAY}"
    assert last == (
        f"These and 4 more are in {folder}/endringer.csv. SSB revises its figures: a difference is no error."
    )
    written = pl.read_csv(project / folder / "endringer.csv", infer_schema=False)
    assert written.height == changed + 1
    assert written.filter(pl.col("slag") == "falt bort").select(
        *("tabell", "region", "navn", "naa_merke", "fra_uttrekk", "fra_oppdatert"),
        *("til_uttrekk", "til_oppdatert"),
    ).rows() == [("12137", "1547", "Aukra", "..", FIGURES.name, "2026-06-15", DAY, real.REVISED)]
