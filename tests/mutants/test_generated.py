"""Errors generated from the definition tables: none goes unseen, whatever cell it is in."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from kommuneregnskap.mutants import generated
from kommuneregnskap.mutants.generated import EVERY_CODE, ROW, TABLE, Change
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.columns import Dated
from tests.helpers.projects import PROJECT

KEPT = PROJECT / "reports" / generated.FILE
BY_DAY = 47  # every so manieth is carried out in a usual run
# Columns that say what a row is called, where it comes from and in which order it is shown, and nothing of its meaning.
NAMES = {"linje", "navn", "kilde", "merknad", "sikkerhet", "ssb_kode", "rekkefoelge"}
# What the codes allow is for the controls, whose tests look at every one of them.
FOR_CONTROLS = {"gruppe", "side", "nivaa", "type"}


@pytest.fixture(scope="module")
def made() -> list[Change]:
    return generated.changes()


def change(tabell: str, rad: str, kolonne: str, til: str, year: int) -> Change:
    """Return an error by the name of its row, in the row that holds in 2024, to be seen in a year."""
    rows = reader.read(tabell)
    named = pl.concat_str(list(generated.NAMED_BY[tabell]), separator=" ") == rad
    if "gyldig_fra" in rows.columns:
        named &= pl.lit(2024).is_between("gyldig_fra", pl.col("gyldig_til").fill_null(2024))
    return Change(tabell, rows.filter(named)["linje"].item(), rad, kolonne, til, (year,))


ERRORS = [
    ("indicators", "netto_driftsresultat 4", ROW, "", EVERY_CODE),
    ("indicators", "disposisjonsfond 1", "kapitler", "51", EVERY_CODE),
    ("indicators", "netto_premieavvik 1", "funksjoner", "170, 171, 173", EVERY_CODE),
    ("indicators", "netto_driftsresultat_pst 1", "enhet", "1000 kr", TABLE),
    ("indicators", "netto_driftsresultat_pst 1", "fortegn", "-1", TABLE),
    ("indicators", "disposisjonsfond 1", "omraader", "ja", TABLE),
    ("indicators", "merforbruk 1", "begreper", "disposisjonsfond", TABLE),
    ("tjenesteomraade", "sosial", "rangeres", "nei", EVERY_CODE),
    ("tjenesteomraade", "sosial", "funksjoner", "242, 243, 244, 273, 276, 281", TABLE),
    ("fund_bands", "tomt", "til", "", TABLE),
    ("fund_bands", "tomt", ROW, "", TABLE),
    ("fund_bands", "10_15", ROW, "", TABLE),
    ("stoerrelsesgruppe", "under_3000", "til", "3000", TABLE),
    ("art", "871", "gyldig_fra", "2022", EVERY_CODE),
    ("indicators", "netto_driftsresultat 4", "merknad", "noe annet", ""),
]


def test_an_error_is_seen_by_the_unit_or_refused_when_read() -> None:
    tried = [change(*cells, 2022 if cells[-1] == "2022" else 2024) for *cells, _ in ERRORS]
    found = generated.carried_out(tried)
    assert [(*cells, seen) for (*cells, _), seen in zip(ERRORS, found, strict=True)] == ERRORS


def test_every_cell_that_means_something_is_tried(made: list[Change]) -> None:
    """Each row of each table in each column, but where a cell is empty or says what a row is called."""
    tried = {(each.tabell, each.linje, each.kolonne) for each in made}
    assert len(made) == len(set(made))
    for name, key in generated.NAMED_BY.items():
        schema = reader.ALLOWED_TABLES[name]
        rows = reader.read(name).cast(pl.String)
        if name == "stoerrelsesgruppe":  # those of another division are names alone
            rows = rows.filter(pl.col("oppdeling") == "hoved")
        for column in set(schema.column_names()) - NAMES - FOR_CONTROLS - set(key):
            for line, cell in rows.select("linje", column).iter_rows():
                if cell is None and column != "gyldig_til":
                    continue
                assert (name, int(line), column) in tried, (name, line, column)
        assert issubclass(schema, Dated) == ("gyldig_fra" in schema.column_names())


def test_a_sample_is_seen(made: list[Change]) -> None:
    sample = made[::BY_DAY]
    left = [
        each for each, seen in zip(sample, generated.carried_out(sample), strict=True) if not seen
    ]
    assert left == []


def test_what_is_kept_is_what_is_made_and_nothing_survives(made: list[Change]) -> None:
    kept = pl.read_csv(KEPT)
    counted = Counter((each.tabell, each.kolonne) for each in made)
    assert {
        (name, column): n
        for name, column, n in kept.select("tabell", "kolonne", "laget").iter_rows()
    } == counted
    assert kept["overlevde"].sum() == 0, "run: make mutants"


@pytest.mark.night
def test_none_survives(made: list[Change]) -> None:
    found = generated.run(made)
    assert found.filter(pl.col("sett_av") == "").rows() == []
    kept = pl.read_csv(KEPT, schema_overrides={"overlevende": pl.String}).fill_null("")
    assert generated.summary(found).rows() == kept.rows()
