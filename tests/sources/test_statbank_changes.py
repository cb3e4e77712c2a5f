"""Tables that changed or were replaced stop with what was expected, what is there, and candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support.errors import DataError
from tests.helpers.pxweb_server import Dim, PxWebServer, Table
from tests.helpers.statbank_small import get


def rename_label(table: Table) -> None:
    table.dims[1].codes["AGD13"] = "Driftsinntekter før overføringer"


def rename_dimension(table: Table) -> None:
    table.dims[1] = replace(table.dims[1], label="begrep i regnskapet")


def drop_code(table: Table) -> None:
    del table.dims[1].codes["AGD13"]


def rename_title(table: Table) -> None:
    table.label = "12137: Barnehager, etter region (K)"


def drop_year(table: Table) -> None:
    del table.dims[-1].codes["2024"]


def add_dimension(table: Table) -> None:
    table.dims.insert(1, Dim("KOKny0000", "eierform", {"0": "Alle", "1": "Egne"}))


def two_contents(table: Table) -> None:
    table.dims[2].codes["KOSbelop0001"] = "Beløp (1000 kr), faste priser"


@pytest.mark.parametrize(
    ("change", "expected", "there"),
    [
        (
            rename_label,
            "expected «Brutto driftsinntekter i alt» with the code AGD13 in «regnskapsbegrep»",
            "there: AGD13 «Driftsinntekter før overføringer»",
        ),
        (rename_dimension, "expected one dimension «regnskapsbegrep»", "«begrep i regnskapet»"),
        (drop_code, "«Brutto driftsinntekter i alt» with the code AGD13", "AGD9 «Brutto drifts"),
        (rename_title, "expected a title with «Finansielle nøkkeltall»", "there: «12137: Barneh"),
        (drop_year, "expected the year 2024", "there: 2023 to 2023"),
        (add_dimension, "dimensions that the catalogue knows", "«eierform» (KOKny0000)"),
        (two_contents, "expected «Beløp (1000 kr)» once", ""),
    ],
)
def test_a_changed_table_stops_with_what_was_expected_and_what_is_there(
    server: PxWebServer,
    root: Path,
    change: Callable[[Table], None],
    expected: str,
    there: str,
) -> None:
    change(server.tables["12137"])
    server.add(Table("14999", "14999: Finansielle nøkkeltall, ny utgave (K)", "2026-06-15", []))
    if change is two_contents:
        # A label that is the words themselves goes before one that only contains them.
        assert get(server, folder=root).left_out == []
        return
    with pytest.raises(DataError) as error:
        get(server, folder=root)
    text = str(error.value)
    assert "statbank.csv:2: StatBank's table 12137: expected" in text
    assert expected in text
    assert there in text
    assert "14999 «14999: Finansielle nøkkeltall, ny utgave (K)»" in text
    assert "\n" not in text
    assert snapshot.ids(root) == []


def test_a_replaced_table_stops_with_the_candidate_that_took_over(
    server: PxWebServer, root: Path
) -> None:
    gone = server.tables.pop("12362")
    server.add(replace(gone, id="14998", label="14998: Utgifter til tjenesteområdene, nytt (K)"))
    with pytest.raises(DataError) as error:
        get(server, folder=root)
    assert "table 12362: expected the table; there: no table of this number" in str(error.value)
    assert "Candidate tables: 14998 «14998: Utgifter til tjenesteområdene, nytt (K)»" in str(
        error.value
    )


def test_the_successor_that_the_catalogue_names_is_the_first_candidate(
    server: PxWebServer, project: Path
) -> None:
    path = project / "data/definitions/statbank.csv"
    table = pl.read_csv(path, infer_schema=False)
    table.with_columns(
        etterfoelger=pl.when(pl.col("tabell") == "12362").then(pl.lit("14997"))
    ).write_csv(path)
    del server.tables["12362"]
    with pytest.raises(DataError, match="Candidate tables: 14997 «in the catalogue»"):
        get(server)


def test_an_area_of_ssb_under_another_name_stops_and_one_that_is_gone_is_not_needed(
    server: PxWebServer, root: Path
) -> None:
    function = server.tables["12362"].dims[1]
    function.codes["FGK14"] = "Kino og teater"
    with pytest.raises(DataError, match=r"statbank_areas.csv:\d+: .*FGK14 «Kino og teater»"):
        get(server, folder=root)
    del function.codes["FGK14"]
    done = get(server, folder=root)
    water = done.snapshot.values.filter(pl.col("tjenesteomraade") == "vann_avloep_renovasjon")
    assert water.filter(pl.col("tabell") == "12362")["verdi"].drop_nulls().len() > 0


def test_functions_that_are_gone_stop_a_key_table(server: PxWebServer, root: Path) -> None:
    function = server.tables["12362"].dims[1]
    function.codes = {code: name for code, name in function.codes.items() if code in ("840", "870")}
    with pytest.raises(
        DataError, match=r"expected the functions of service areas in «funksjon»; there: 840"
    ):
        get(server, folder=root)


def test_another_unit_under_the_same_label_stops(server: PxWebServer, root: Path) -> None:
    contents = server.tables["12137"].dims[2]
    contents.units["KOSbelop0000"] = "mill. kr"
    with pytest.raises(DataError) as error:
        get(server, folder=root)
    expected = "table 12137: expected «Beløp (1000 kr)» in 1000 kr; there: in «mill. kr»"
    assert expected in str(error.value)
    contents.units["KOSbelop0000"] = "1 000 Kroner"
    server.tables["12143"].dims[2].units["KOSbelopbrinv0000"] = "kr"
    done = get(server, folder=root)
    assert {"12143"} == {str(each["tabell"]) for each in done.left_out}
    assert "in prosent; there: in «kr»" in str(done.left_out[0]["grunn"])


def test_what_need_not_be_there_is_left_out_and_said(server: PxWebServer, root: Path) -> None:
    del server.tables["13542"]
    del server.tables["12362"].dims[1].codes["285"]
    server.tables["12364"].dims[1].codes["5900"] = "Noe annet"
    done = get(server, folder=root)
    said = {(each["tabell"], each["begrep"], each["omraade"]) for each in done.left_out}
    assert ("13542", "netto_driftsresultat_pst", "") in said
    assert ("12362", "brutto_investeringsutgifter", "andre_formaal") in said
    assert ("12364", "merforbruk", "") in said
    assert ("12364", "fri_egenkapital_drift", "") in said  # 56 alone is not the concept
    assert done.snapshot.receipt["utelatt"] == done.left_out
    found = done.snapshot.values
    assert found.filter(pl.col("begrep") == "fri_egenkapital_drift").is_empty()
    assert found.filter(pl.col("tjenesteomraade") == "andre_formaal")[
        "tabell"
    ].unique().to_list() == ["12367"]


def test_an_unknown_table_is_one_also_where_the_server_says_400(
    server: PxWebServer, root: Path
) -> None:
    server.as_ssb = True
    del server.tables["12366"]
    done = get(server, folder=root)
    assert {each["grunn"] for each in done.left_out} == {
        "StatBank's table 12366: expected the table; there: no table of this number"
    }
    del server.tables["12134"]
    with pytest.raises(DataError, match=r"12134: expected the table; there: no table") as error:
        get(server, folder=root)
    assert "\n" not in str(error.value)


def test_half_of_the_municipalities_gone_is_named(server: PxWebServer, root: Path) -> None:
    gone = server.tables["12137"].dims[0].codes
    for number in ("1103", "1121"):
        del gone[number]
    done = get(server, [2024], root)
    told = {each["tabell"]: each["merknad"] for each in done.noted}
    assert told["12137"].startswith("no number of 2024 for 354 of 357 municipalities: 1101, 1103")
    assert told["13551"].startswith("no number of 2024 for 352 of 357 municipalities")
    assert done.snapshot.receipt["merknader"] == done.noted
