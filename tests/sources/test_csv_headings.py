"""What of a ledger as CSV is found to be wrong: its headings, its lines, its totals."""

from __future__ import annotations

from pathlib import Path

import pytest

from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.survey import accounts
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import HEADER, as_csv, as_ledger, rows, rows_of

pytestmark = pytest.mark.slow  # all of them together

GOOD = lines(sound())


LEDGER = "region;kontoklasse;funksjon;art;"


@pytest.mark.parametrize(
    ("header", "message", "told"),
    [
        (
            LEDGER + "Saldo;beloep_kr",
            "has an unknown heading ('Saldo'); allowed: the headings in "
            "data/definitions/ledger_columns.csv: skjema, aar",
            "har en ukjent overskrift ('Saldo')",
        ),
        (
            "region;funksjon;art;beloep_kr",
            "lacks a column (kontoklasse)",
            "mangler en kolonne (kontoklasse)",
        ),
        (
            "region;kontoklasse;art;beloep_kr",
            "lacks a column (funksjon_kapittel / funksjon / kapittel)",
            "mangler en kolonne (funksjon_kapittel / funksjon / kapittel)",
        ),
        (
            "region;kontoklasse;funksjon;beloep_kr",
            "lacks a column (art_sektor / art / sektor)",
            "mangler en kolonne (art_sektor / art / sektor)",
        ),
        (
            "kontoklasse;funksjon;art;beloep_kr",
            "lacks a column (region)",
            "mangler en kolonne (region)",
        ),
        (LEDGER, "lacks a column (belop)", "mangler en kolonne (belop)"),
        (
            LEDGER + "Beløp",
            "has amounts without a unit ('Beløp'); allowed: a heading that tells the unit",
            "har beløp uten enhet ('Beløp')",
        ),
        (
            LEDGER + "beloep_kr;Beløp 1000 kr",
            "has two columns for one field ('beloep_kr', 'Beløp 1000 kr'); allowed: one column for belop",
            "har to kolonner for samme felt ('beloep_kr', 'Beløp 1000 kr')",
        ),
        (
            LEDGER + "knr;beloep_kr",
            "has two columns for one field ('region', 'knr')",
            "har to kolonner for samme felt ('region', 'knr')",
        ),
        (
            LEDGER + "funksjon_kapittel;beloep_kr",
            "has two columns for one field ('funksjon', 'funksjon_kapittel')",
            "har to kolonner for samme felt ('funksjon', 'funksjon_kapittel')",
        ),
        (
            "region;kontoklasse;kapittel;art_sektor;sektor;beloep_kr",
            "has two columns for one field ('art_sektor', 'sektor')",
            "har to kolonner for samme felt ('art_sektor', 'sektor')",
        ),
        (
            'region;"kontoklasse;funksjon;art;beloep_kr',
            "is no CSV (unexpected end of data)",
            "er ikke CSV (unexpected end of data)",
        ),
        (
            "x;y",
            "is no ledger: none of its headings is known ('x')",
            "er ingen hovedbok; ingen av overskriftene er kjent ('x')",
        ),
    ],
)
def test_a_header_that_does_not_tell_what_it_must(
    known: Path, header: str, message: str, told: str
) -> None:
    deliver(known, lines(sound(), region="110100"))
    as_csv(known, header + "\n1103;1;222;010;5000\n")
    read = delivery.read(known, 2024, "")
    error = str(read.problems[0])
    assert "hovedbok.csv:1: " in error
    assert message in error
    assert "\n" not in error
    assert read.records["region"].unique().to_list() == ["110100"]
    (one,) = findings_of(known).to_dicts()
    assert (one["kontroll"], one["fil"], one["linjer"]) == ("E01", "2024/hovedbok.csv", "1")
    assert one["funnet"] == told


def test_a_quote_deep_in_a_file_is_a_finding_and_the_others_are_read(known: Path) -> None:
    deliver(known, lines(sound(), region="110100"))
    text = HEADER + ";tekst\n" + "2024;1103;1;222;;010;;5000;Hansen\n" * 3
    as_csv(known, text + '2024;1103;1;222;;010;;5000;"Br. "Hansen" AS"\n')
    as_csv(known, "x;y\nringe;i morgen\n", name="notater.csv")
    found = findings_of(known)
    assert found["kontroll"].to_list() == ["E01", "E01"]
    assert found.select("fil", "linje").rows() == [
        ("2024/hovedbok.csv", 5),
        ("2024/notater.csv", 1),
    ]
    assert found["funnet"][0].startswith("er ikke CSV (")
    assert delivery.read(known, 2024, "").records["region"].unique().to_list() == ["110100"]


def test_a_broken_byte_is_told_as_such_where_headings_tell_it(known: Path) -> None:
    deliver(known / "poster", GOOD)
    text = as_ledger(rows(known / "poster")).encode()
    found = findings_of(as_csv(known / "csv", text + b"2024;1103;1;222;;010;;5000 \xe5\n"))
    assert found["funnet"].to_list() == ["har ikke alle tegn i ett tegnsett ('Ã…r')"]


@pytest.mark.parametrize(
    ("line", "control", "field", "value"),
    [
        ("2024;1103;1;222;;010;5000", "001", "linje", "har 7 felt, overskriften har 8"),
        ("Sum;;;;;;;5000", "001", "linje", "er en sumlinje («Sum»)"),
        ("2024;1103;1;Totalt alle;;;;5000", "001", "linje", "er en sumlinje («Totalt alle»)"),
        (
            "2024;1103;7;222;;010;;5000",
            "001",
            "linje",
            "har kontoklassen «7»; den finnes ikke i data/codes/skjema.csv",
        ),
        ("2024;1103;1;222;;010;;12x", "014", "belop", "12x"),
        ("2024;1103;1;222;;010;;1.23.4", "014", "belop", "1.23.4"),
        (
            "2024;1103;;222;;010;;5000",
            "001",
            "linje",
            "har kontoklassen «»; den finnes ikke i data/codes/skjema.csv",
        ),
        ("2024;1103;1;skole;;010;;5000", "010", "funksjon_kapittel", "skole"),
        ("2024;1103;1;;10;010;;5000", "010", "funksjon_kapittel", ""),
        ("2024;1103;2;;98;;080;5000", "011", "funksjon_kapittel", "98"),
        ("2024;1103;1;222;;xx;;5000", "012", "art_sektor", "xx"),
        ("2024;9999;1;222;;010;;5000", "006", "region", "999900"),
        ("i fjor;1103;1;222;;010;;5000", "004", "aar", "i fjor"),
    ],
)
def test_a_line_that_does_not_hold_is_found_with_its_number(
    known: Path, line: str, control: str, field: str, value: str
) -> None:
    found = findings_of(as_csv(known, f"{HEADER}\n2024;1103;1;222;;020;;1000\n\n{line}\n"))
    one = found.filter(kontroll=control).row(0, named=True)
    assert (one["fil"], one["linje"], one["felt"], one["funnet"]) == (
        "2024/hovedbok.csv",
        4,
        field,
        value,
    )
    assert one["alvorlighet"] in ("feil", "fatal")


def test_an_odd_line_stops_its_unit_and_no_other(known: Path) -> None:
    deliver(known, lines(sound(), region="110100"))
    as_csv(
        known,
        as_ledger(rows_of(known / "2024" / "a.txt")).replace("1101", "1103") + "Sum;;;;;;;5000\n",
    )
    kept = accounts.control_years(known, [2024], "kasse", "leverte")[2024]
    assert kept.delivered["region"].to_list() == ["1101"]
    assert kept.kontroll.filter(kontroll="001")["region"].to_list() == ["110300"]


@pytest.mark.parametrize(
    "text",
    ["Sum", "SUMMER", "Delsum:", "Sum drift", "Driftsutgifter i alt", "Totalt", "Til sammen"],
)
@pytest.mark.parametrize(
    "cells", ["2024;1103;1;222;;;;5000", "2024;1103;;222;;010;;5000", ";;;;;;;5000"]
)
def test_a_total_says_so_and_lacks_a_code(known: Path, text: str, cells: str) -> None:
    good = "Skole;2024;1103;1;222;;010;;5000"
    found = findings_of(as_csv(known, f"tekst;{HEADER}\n{good}\n{text};{cells}\n"))
    told = found.filter(kontroll="001").select("linje", "funnet").rows()
    assert told == [(3, f"er en sumlinje («{text}»)")]


@pytest.mark.parametrize("text", ["Total E&P", "Sum-avskr", "Sum", "I alt Maling AS"])
def test_a_line_with_its_codes_is_no_total(known: Path, text: str) -> None:
    header = "tekst;region;kontoklasse;funksjon;art;kapittel;sektor;beloep_kr"
    read = delivery.read(as_csv(known, f"{header}\n{text};1103;1;222;010;;;5000\n"), 2024, "")
    assert read.odd.is_empty()
    assert read.records["belop"].to_list() == [5]


def test_a_file_with_a_header_alone_holds_no_records(known: Path) -> None:
    deliver(known, GOOD)
    as_csv(known, HEADER + "\n")
    assert findings_of(known).filter(kontroll="E01")["funnet"].to_list() == ["har ingen linjer"]
