"""Service areas added up from single functions, and what SSB's own rows say of functions without a number."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.statbank import functions
from kommuneregnskap.sources.statbank.catalogue import Area
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_small import cell, get

YEAR = 2024
HEALTH = Area("helse", {YEAR: ("241", "253", "254")}, "FGK9", "Helse", 1)
HOME = Area("omsorg", {YEAR: ("253", "254")})
CLINIC = Area("klinikk", {YEAR: ("241",)})
OTHER = Area("annet", {YEAR: ("285", "290")})
AREAS = [HEALTH, HOME, CLINIC, OTHER]


def added(**given: float | str) -> tuple[dict[str, tuple[float | None, str | None]], list[str]]:
    """Return the areas of one municipality, of cells `f253=3` (a number or a symbol), and what is said."""
    cells = pl.DataFrame(
        [
            (YEAR, "1103", code.removeprefix("f"))
            + ((float(found), None) if isinstance(found, int | float) else (None, found))
            for code, found in given.items()
        ],
        schema={
            **{"aar": pl.Int32, "region": pl.String, "kode": pl.String},
            **{"verdi": pl.Float64, "merke": pl.String},
        },
        orient="row",
    )
    found, said = functions.added(cells, AREAS)
    rows = found.select("tjenesteomraade", "verdi", "merke").iter_rows()
    return {area: (value, symbol) for area, value, symbol in rows}, said


def test_an_area_is_the_sum_of_its_functions() -> None:
    found, said = added(f241=1, f253=20, f254=300, FGK9=321, f285=4, f290=5)
    assert found == {
        "helse": (321, None),
        "omsorg": (320, None),
        "klinikk": (1, None),
        "annet": (9, None),
    }
    assert said == []


@pytest.mark.parametrize("symbol", [".", "..", ":"])
def test_a_function_without_a_number_is_nothing_where_ssbs_own_row_says_so(symbol: str) -> None:
    found, said = added(f241=1, f253=20, f254=symbol, FGK9=21, f285=4, f290=5)
    assert found["helse"] == (21, None)
    assert found["omsorg"] == (20, None)  # part of an area that SSB has a row for
    assert said == []


def test_a_hidden_function_is_not_nothing_and_the_area_is_ssbs_own_row_or_missing() -> None:
    found, said = added(f241=1, f253=20, f254=":", FGK9=24, f285=4, f290=5)
    assert found["helse"] == (24, None)
    assert found["omsorg"] == (None, ":")
    assert found["klinikk"] == (1, None)
    assert said == ["helse is SSB's own row (FGK9) in 1 cases where a function has no number"]


def test_without_a_row_of_ssbs_a_missing_function_makes_the_area_missing() -> None:
    found, _ = added(f241=1, f253=20, f254=300, FGK9="..", f285=4, f290="..")
    assert found["helse"] == (321, None)
    assert found["annet"] == (None, "..")
    found, _ = added(f241=1, f253=20, FGK9="..", f285=4, f290=5)
    assert found["helse"] == found["omsorg"] == (None, None)  # 254 is not in the table at all


def test_nobody_knows_anything() -> None:
    found, said = added(f241="..", f253="..", f254="..", FGK9="..", f285=".", f290="..")
    assert found["helse"] == found["omsorg"] == found["klinikk"] == (None, "..")
    assert found["annet"] == (None, ".")
    assert said == []


def test_nothing_at_all_is_nothing() -> None:
    found, _ = added(f241="..", f253="..", f254="..", FGK9=0, f285=0, f290=0)
    assert found["omsorg"] == (0, None)


@pytest.mark.parametrize(("own", "said"), [(322, 0), (323, 1), (320, 0), (319, 1)])
def test_a_sum_that_is_not_ssbs_own_row_is_said_beyond_rounding(own: int, said: int) -> None:
    found, notes = added(f241=1, f253=20, f254=300, FGK9=own, f285=4, f290=5)
    assert found["helse"] == (321, None)
    assert len(notes) == said
    if said:
        assert notes[0].startswith(
            "the functions of helse do not add up to SSB's own row (FGK9) in 1"
        )
        assert notes[0].endswith(f"furthest off: 1103 in 2024, {321 - own:+d}")


def test_areas_of_the_years_are_made_of_the_functions_of_the_years(
    server: PxWebServer, root: Path
) -> None:
    """Pleie og omsorg is no area of SSB's; 254 became 257 and 258 in 2024, and is asked for in 2023 alone."""
    table = server.tables["12362"]
    for code, year, amount in (("254", 2023, 1000), ("257", 2024, 2000), ("258", 2024, 3000)):
        table.cells[cell(table, "1103", year, code="AGD10", function=code)] = amount
    table.cells[(*cell(table, "1103", 2023, code="AGD10", function="254")[:-1], "2024")] = 9_999
    found = get(server, folder=root).snapshot.values.filter(
        (pl.col("region") == "1103")
        & (pl.col("tjenesteomraade") == "pleie_og_omsorg")
        & (pl.col("begrep") == "brutto_driftsutgifter_tjeneste")
        & (pl.col("regnskapsomfang") == "konsern")
    )
    # Four functions of 100 each stand beside them: 234, 253, 256 and 261.
    assert dict(found.select("aar", "verdi").iter_rows()) == {2023: 1400, 2024: 5400}


def test_areas_that_ssb_has_no_row_for_are_in_every_fetch(server: PxWebServer, root: Path) -> None:
    done = get(server, folder=root)
    assert done.left_out == []
    areas = set(done.snapshot.values.filter(pl.col("tabell") == "12362")["tjenesteomraade"])
    assert {"pleie_og_omsorg", "sosial", "kommunehelse", "introduksjonsordning"} <= areas
    entry = next(each for each in done.snapshot.receipt["tabeller"] if each["tabell"] == "12362")
    asked = entry["spoerring"]["KOKfunksjon0000"]
    assert {"253", "281", "FGK9", "FGK12"} <= set(asked)
    assert not {"840", "870", "FGK6a"} & set(asked)
    assert "pleie_og_omsorg" in entry["begreper"][0]["omraader"]


def test_what_the_functions_say_is_told_with_the_table(server: PxWebServer, root: Path) -> None:
    table = server.tables["12362"]
    function = next(each for each in table.dims if each.label == "funksjon")
    function.codes["392"] = "Andre religiøse formål"
    table.cells[cell(table, "1103", 2024, code="AGD2", function="FGK15")] = 12
    noted = [
        each["merknad"] for each in get(server, folder=root).noted if each["tabell"] == "12362"
    ]
    klass = "Tilskudd til tros- og livssynssamfunn"
    assert f"functions under another name: 392 «Andre religiøse formål» (Klass: «{klass}»)" in noted
    assert [each for each in noted if "FGK15" in each] == [
        "netto_driftsutgifter_tjeneste: the functions of kirke do not add up to SSB's own row (FGK15) in 1 cases; "
        "furthest off: 1103 in 2024, +288"
    ]


def test_symbols_that_are_not_known_are_missing_and_said(server: PxWebServer, root: Path) -> None:
    table = server.tables["12137"]
    table.cells[cell(table, "1103", 2024, code="AGD13")] = "\x1b[31m?"
    done = get(server, folder=root)
    assert {
        "tabell": "12137",
        "merknad": r"the symbol «\x1b[31m?», which is not known, in 1 cells: taken as missing",
    } in done.noted
    row = done.snapshot.values.filter(
        (pl.col("begrep") == "brutto_driftsinntekter")
        & (pl.col("region") == "1103")
        & (pl.col("aar") == 2024)
    )
    assert row.select("verdi", "merke").rows() == [(None, r"\x1b[31m?")]


def test_county_figures_are_fetched_and_stand_apart(server: PxWebServer, root: Path) -> None:
    values = get(server, folder=root).snapshot.values
    found = values.filter(pl.col("tabell") == "12366")
    own = found.filter(pl.col("begrep") == "brutto_driftsinntekter")
    kinds = {
        (row[0], row[1]): row[2:]
        for row in own.select("region", "aar", "regiontype", "verdi").rows()
    }
    assert kinds[("1100", 2024)] == ("fylkeskommune", 1000)
    assert kinds[("3000", 2023)] == ("fylkeskommune", 1000)
    assert ("3000", 2024) not in kinds  # Viken ended with 2023
    assert kinds[("EAFKUO", 2024)] == ("fylkeskommunene_uten_oslo", 14_000)
    assert kinds[("EAFK", 2024)][0] == "fylkeskommunene"
    assert "0300" not in set(found["region"])
    areas = values.filter(pl.col("tabell") == "12163")
    assert {"fylke_opplaering", "fylke_samferdsel"} <= set(areas["tjenesteomraade"])
