"""Tables: well-formed, valid per year, a partition, and errors that say where and what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.mutants.definitions import copied_tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import choices, definitions, reader, units
from tests.conftest import PROJECT, add_row, edit_table

YEARS = range(2020, 2026)


@pytest.mark.parametrize("name", sorted(set(tables.ALLOWED_TABLES) - {"corrections"}))
def test_every_table_is_well_formed_and_has_sources(name: str) -> None:
    table = tables.read(name)
    assert len(table) > 0
    source = {"assumptions": "kilde", "qualifiers": "begrunnelse", "arithmetic": "forklaring"}
    # Our own: what they rest on is the row of another table that they name, or the reason they give.
    source |= {
        "alternatives": "antakelse",
        "combinations": "begrunnelse",
        "exemptions": "begrunnelse",
        "klass_differences": "begrunnelse",
        "frames": "betydning",
        "ledger_columns": "forklaring",
        "ordvalg": "begrunnelse",
        "pressemelding": "setning",
        "sections": "tittel",
        "tekstord": "ord",
        "kjennetegn": "ord",
    }
    source |= {"mutants": "navn"}
    assert table[source.get(name, "kilde")].null_count() == 0


def test_every_table_under_data_has_a_schema() -> None:
    for folder in ("codes", "definitions"):
        found = {path.stem for path in (PROJECT / "data" / folder).glob("*.csv")}
        assert found == {
            name for name, schema in tables.ALLOWED_TABLES.items() if schema.folder == folder
        }


@pytest.fixture
def copied() -> Iterator[Path]:
    """A copy of the tables, as the project's own; without what the fixture `project` has besides."""
    with copied_tables() as folder:
        yield folder


class TestKeptByContent:
    """A table is parsed once for its bytes, wherever they lie; a file that changed is always seen."""

    def test_a_copy_is_not_parsed_again(self, copied: Path) -> None:
        copy = tables.read("art")
        assert tables.file_of("art").is_relative_to(copied)
        parsed = reader._parsed.cache_info().misses
        own = tables.read_csv(PROJECT / "data/codes/art.csv", tables.ALLOWED_TABLES["art"])
        assert own.equals(copy)
        assert reader._parsed.cache_info().misses == parsed

    def test_a_change_of_the_same_size_and_time_is_seen(self, copied: Path) -> None:
        path = copied / "data/codes/art.csv"
        before, stamp = tables.read("art"), path.stat()
        changed = path.read_bytes().replace(b",utgift,", b",utgiFt,", 1)
        path.write_bytes(changed)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert path.stat().st_size == stamp.st_size
        with pytest.raises(DataError, match="side is 'utgiFt'"):
            tables.read("art")
        path.write_bytes(changed.replace(b"utgiFt", b"utgift"))
        parsed = reader._parsed.cache_info().misses
        assert tables.read("art").equals(before)
        assert reader._parsed.cache_info().misses == parsed

    def test_what_is_refused_is_refused_by_the_name_of_each_file(self, tmp_path: Path) -> None:
        for name in ("a.csv", "b.csv", "a.csv"):
            path = tmp_path / name
            path.write_text("sektor,navn\n1,x\n", encoding="utf-8")
            with pytest.raises(DataError) as error:
                tables.read_csv(path, tables.ALLOWED_TABLES["sektor"])
            assert error.value.file == path

    def test_a_setting_follows_its_table(self, copied: Path) -> None:
        path = copied / "data/definitions/alternatives.csv"
        before = choices.setting((), "investering")
        stamp = path.stat()
        edit_table(
            path,
            lambda t: t.with_columns(
                verdi=pl.when(pl.col("hva") == "investering").then(pl.lit("x")).otherwise("verdi")
            ),
        )
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert choices.setting((), "investering") == "x" != before


@pytest.mark.parametrize("year", YEARS)
def test_service_areas_partition_the_service_functions(year: int) -> None:
    areas = definitions.areas(year).filter(pl.col("oppdeling") != "alternativ")
    services = tables.valid("funksjon", year).filter(pl.col("type").cast(pl.String) == "tjeneste")
    assert sorted(areas["funksjon"]) == sorted(services["funksjon"])


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2023, ["234", "253", "254", "256", "261"]),
        (2024, ["234", "253", "256", "257", "258", "261"]),
    ],
)
def test_care_is_the_union_across_the_change_of_2024(year: int, expected: list[str]) -> None:
    areas = definitions.areas(year).filter(pl.col("tjenesteomraade") == "pleie_og_omsorg")
    assert sorted(areas["funksjon"]) == expected


@pytest.mark.parametrize(("year", "count"), [(2020, 356), (2023, 356), (2024, 357), (2025, 357)])
def test_municipalities_per_year_have_inhabitants_and_a_county(year: int, count: int) -> None:
    frame = units.frame(year).filter(pl.col("type") == "kommune")
    assert len(frame) == count
    assert frame["folkemengde"].null_count() == 0
    assert frame["fylke"].null_count() == 0
    assert frame["stoerrelsesgruppe"].null_count() == 0


def test_inhabitants_of_a_year_are_those_of_the_first_of_january_after() -> None:
    # SSB 07459: Oslo had 724 290 inhabitants or so on 1 January 2025; the table holds the exact figure.
    people = tables.read("folkemengde").filter(
        (pl.col("kommunenummer") == "0301") & (pl.col("dato") == "2025-01-01")
    )["folkemengde"][0]
    frame = units.frame(2024)
    assert frame.filter(pl.col("region") == "0301")["folkemengde"][0] == people


def test_aalesund_and_haram_are_tied_to_the_municipality_they_were() -> None:
    link = units.links(2021, 2024)
    tied = link.filter(pl.col("region").is_in(["1507", "1508", "1580"]))["kobling"].unique()
    assert len(tied) == 1
    old = units.frame(2023).filter(pl.col("region") == "1507")["folkemengde"][0]
    parts = (
        tables.read("folkemengde")
        .filter(pl.col("kommunenummer").is_in(["1508", "1580"]) & (pl.col("dato") == "2024-01-01"))[
            "folkemengde"
        ]
        .sum()
    )
    assert old == parts


def test_renumbering_2024_maps_every_old_number_and_conserves_inhabitants() -> None:
    before = units.with_link(units.frame(2023), 2023, 2024).collect()
    after = units.with_link(units.frame(2024), 2023, 2024).collect()
    kinds = [frame.filter(pl.col("type") == "kommune") for frame in (before, after)]
    assert set(kinds[0]["kobling"]) == set(kinds[1]["kobling"])
    assert len(set(kinds[1]["kobling"])) == 356


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "definitions/indicators.csv",
            lambda t: t.with_columns(fortegn=pl.lit("2")),
            "data/definitions/indicators.csv:2: fortegn is '2'; allowed: is_in [-1, 1]. Mend the cell.",
        ),
        (
            "codes/art.csv",
            lambda t: t.with_columns(
                side=pl.when(pl.col("art") == "010").then(pl.lit("kost")).otherwise("side")
            ),
            "data/codes/art.csv:2: side is 'kost'; allowed: utgift | inntekt. Mend the cell.",
        ),
        (
            "codes/funksjon.csv",
            lambda t: t.drop("navn"),
            "data/codes/funksjon.csv:1: column 'navn' is missing; allowed: ",
        ),
        (
            "definitions/tjenesteomraade.csv",
            lambda t: t.with_columns(ekstra=pl.lit("x")),
            "data/definitions/tjenesteomraade.csv:1: column 'ekstra' is unknown; allowed: ",
        ),
        (
            "definitions/assumptions.csv",
            lambda t: pl.concat([t, t.head(1)]),
            "key is {'id': 'A01_omfang'}; allowed: each key once. Mend the cell.",
        ),
    ],
)
def test_a_malformed_table_stops_with_file_row_column_value_and_what_is_allowed(
    project: Path, monkeypatch: pytest.MonkeyPatch, table: str, change: object, message: str
) -> None:
    monkeypatch.chdir(project)
    edit_table(project / "data" / table, change)  # type: ignore[arg-type]
    with pytest.raises(DataError) as error:
        tables.read(Path(table).stem)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    monkeypatch.undo()


def test_two_rows_of_a_code_in_the_same_year_are_refused(project: Path) -> None:
    edit_table(
        project / "data/codes/funksjon.csv",
        lambda t: pl.concat([t, t.filter(pl.col("funksjon") == "202")]),
    )
    with pytest.raises(DataError, match="funksjon is '202'; allowed: one row per accounting year"):
        tables.read("funksjon")


@pytest.mark.parametrize(
    ("funksjoner", "message"),
    [
        ("777", "funksjoner is '777'; allowed: a code valid in the year"),
        ("201, 20x", "funksjoner is '20x'; allowed: codes and ranges such as"),
        ("203..210", "allowed: a set that takes in at least one code valid in the year"),
        ("221..211", "allowed: a range from a lower to a higher code"),
        ("201, 202", "funksjoner is '202'; allowed: each function in one area of the partition"),
    ],
)
def test_a_service_area_that_does_not_hold_is_refused(
    project: Path, funksjoner: str, message: str
) -> None:
    edit_table(
        project / "data/definitions/tjenesteomraade.csv",
        lambda t: t.with_columns(
            funksjoner=pl.when(pl.col("tjenesteomraade") == "barnehage")
            .then(pl.lit(funksjoner))
            .otherwise("funksjoner")
        ),
    )
    with pytest.raises(DataError) as error:
        definitions.areas(2024)
    assert message in str(error.value)


def test_a_circular_definition_is_refused(project: Path) -> None:
    edit_table(
        project / "data/definitions/indicators.csv",
        lambda t: add_row(
            t,
            begrep="brutto_driftsinntekter",
            ledd="9",
            navn="x",
            enhet="1000 kr",
            fortegn="1",
            regnskap="begrep",
            begreper="netto_driftsresultat",
            omraader="nei",
            gyldig_fra="2020",
            kilde="test",
            sikkerhet="test",
        ),
    )
    with pytest.raises(DataError, match="do not refer to each other in a circle"):
        definitions.terms(2024)
