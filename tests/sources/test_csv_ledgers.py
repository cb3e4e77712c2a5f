"""A ledger as CSV goes the same road as a file of records, and gives the same numbers."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kommuneregnskap.controls import findings
from kommuneregnskap.numbers import sections
from kommuneregnskap.sources.kostra import corrections, csv_amounts, delivery, ledger
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import accounts, opening
from tests.conftest import add_row, edit_table
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import as_ledger, as_record, rows_of

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2025
THOUSANDS = {"heading": "Beløp (1000 kr)", "amount": str}
FINDING = ("kontroll", "region", "skjema", "linjer", "antall", "felt", "funnet", "differanse")
GOOD = lines(sound())
HEADER = "aar;region;kontoklasse;funksjon;kapittel;art;sektor;beloep_kr"


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A folder for files; the tables are those of the project."""
    return tmp_path / "egne"


def rows(folder: Path, year: int = 2024) -> list[dict[str, str | int]]:
    return rows_of(folder / str(year) / "a.txt")


def as_csv(
    folder: Path, text: str | bytes, *, year: int = 2024, name: str = "hovedbok.csv"
) -> Path:
    content = text.encode("utf-8") if isinstance(text, str) else text
    return deliver(folder, content, year=year, name=name)


def ledger_of(folder: Path, year: int = 2024, scope: str = "kasse") -> tuple[pl.DataFrame, ...]:
    whole = ledger.accept(delivery.read(folder, year, scope))
    return whole.poster.collect(), whole.balanse.collect(), whole.delivered


def same(one: tuple[pl.DataFrame, ...], other: tuple[pl.DataFrame, ...]) -> bool:
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


KINDS: dict[str, Callable[[list[dict[str, str | int]]], str]] = {
    "record": as_record,
    "kroner": as_ledger,
    "thousands": lambda found: as_ledger(found, **THOUSANDS),
    "tabs": lambda found: as_ledger(found, separator="\t"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_give_the_same_numbers(invented: Path, kind: str) -> None:
    plain = opening.open_survey(year=YEAR, source="kostra", data_dir=str(invented))
    for path in sorted(invented.glob("*.txt")):
        (invented / f"{path.stem}.csv").write_text(KINDS[kind](rows_of(path)), encoding="utf-8")
        path.unlink()
    csv = opening.open_survey(year=YEAR, source="kostra", data_dir=str(invented))
    assert sections.all_numbers(csv).equals(sections.all_numbers(plain))
    assert csv.indikatorer.equals(plain.indikatorer)
    assert csv.kontroll.equals(plain.kontroll)
    assert csv.inputs.keys() == {"0A_9901_2025_OPPDIKTET.csv", "0B_9901_2025_OPPDIKTET.csv"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "posts",
    [
        [*sound(), ("drift", "129", "010", 7)],  # no such function
        [*sound(), ("drift", "222", "011", 7)],  # no such art
        [*sound(), ("balanse", "13", "999", 7)],  # no such sector
        sound()[:5],  # does not balance
        [*sound(), sound()[3]],  # an account twice
        [*sound(), *sound()],  # a delivery twice
    ],
)
def test_the_controls_find_the_same(
    known: Path, kind: str, posts: list[tuple[str, str, str, int]]
) -> None:
    text = lines(posts)
    plain = findings_of(deliver(known / "poster", text))
    found = findings_of(as_csv(known / "csv", KINDS[kind](rows(known / "poster"))))
    # The header is the first line of a CSV file.
    moved = findings_of(deliver(known / "flyttet", ["", *text], name="hovedbok.csv"))
    assert len(plain)
    assert found.select(FINDING).equals(moved.select(FINDING))


@pytest.mark.parametrize(
    ("form", "region"), [("0A", "110300"), ("0C", "110000"), ("0M", "110300"), ("0P", "110000")]
)
def test_the_form_follows_from_class_and_region(known: Path, form: str, region: str) -> None:
    deliver(known / "poster", lines(sound(form), form=form, region=region))
    as_csv(known / "csv", as_ledger(rows(known / "poster")))
    one, other = (delivery.read(known / name, 2024, "").records for name in ("poster", "csv"))
    apart = ("fil", "linje", "belop_tekst")
    assert one.drop(apart).equals(other.drop(apart))


def test_the_scope_may_be_a_column_and_must_go_with_the_class(known: Path) -> None:
    text = "aar;region;omfang;kontoklasse;funksjon;art;beløp 1000 kr\n2024;1103;{};{};222;010;5\n"
    right = delivery.read(as_csv(known / "a", text.format("Konsolidert", 3)), 2024, "konsolidert")
    assert right.records["skjema"].to_list() == ["0M"]
    wrong = findings_of(as_csv(known / "b", text.format("konsolidert", 1)))
    assert wrong.filter(kontroll="009")["funnet"].to_list() == ["1"]
    odd = findings_of(as_csv(known / "c", text.format("konsern", 1)))
    assert odd["funnet"].to_list() == [
        "har regnskapsomfanget «konsern», ikke kasse eller konsolidert"
    ]


@pytest.mark.parametrize(
    ("unit", "text", "thousands"),
    [
        ("kr", "1000", 1),
        ("kr", "1 234 567,50", 1235),
        ("kr", "1\u202f234\u00a0567", 1235),
        ("kr", "1.234.567", 1235),
        ("kr", "1.234.567,89", 1235),
        ("kr", "1234567.89", 1235),
        ("kr", "-500", -1),
        ("kr", "\u2212500", -1),
        ("kr", "499,99-", 0),
        ("kr", "(1 500)", -2),
        ("kr", "- 1500", -2),
        ("kr", "999 999 999 499", 999_999_999),
        ("1000 kr", "12", 12),
        ("1000 kr", "12,5", 13),
        ("1000 kr", "-12,49999", -12),
        ("kr", "150.000", 150),  # øre have two digits
        ("kr", "150,000", 150),
        ("kr", "1,234,567.50", 1235),
        ("1000 kr", "1,234,567", 1_234_567),
        ("1000 kr", "1.234,567", 1235),
        ("1000 kr", "1234,567", 1235),
        ("1000 kr", "0,750", 1),  # no group begins with a zero
    ],
)
def test_amounts_as_norwegian_systems_write_them(unit: str, text: str, thousands: int) -> None:
    read = csv_amounts.read(pl.Series([text]), unit)
    value = csv_amounts.rounded(pl.col("hele"), pl.col("rest"))
    assert read.select(value).to_series().to_list() == [thousands]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "12 34",
        "--5",
        "(5-",
        "1 000 000 000 000",
        "1.23.456",
        "1,234.567",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert csv_amounts.read(pl.Series([text]), "kr").row(0) == (None, None)


@pytest.mark.parametrize("sign", [".", ","])
@pytest.mark.parametrize(
    ("unit", "texts", "expected"),
    [
        ("1000 kr", ["150,000"], None),  # alone it may be either
        ("1000 kr", ["150,000", "1,150,000"], 150_000),
        ("1000 kr", ["150,000", "1,150.5"], 150_000),
        ("1000 kr", ["150,000", "2.5"], 150_000),
        ("1000 kr", ["150,000", "2,5"], 150),
        ("1000 kr", ["150,000", "0,125"], 150),
        ("1000 kr", ["150,000", "1234,125"], 150),
        ("1000 kr", ["150,000", "1.234.567"], 150),
        ("1000 kr", ["150,000", "1 234"], 150),
        ("1000 kr", ["150,000", "1,150,000", "2,5"], None),  # the file contradicts itself
        ("1000 kr", ["150,000", "2.5", "2,5"], None),
        ("kr", ["150,000", "1,150,000"], 150),
        ("kr", ["150,000", "2.50"], 150),
        ("kr", ["150,000", "2,50"], None),  # decimals, and of øre there are two
        ("kr", ["150,000", "1234,500"], None),
        ("kr", ["150,000", "2.50", "2,50"], None),
    ],
)
def test_a_sign_before_three_digits_is_what_the_others_are(
    sign: str, unit: str, texts: list[str], expected: int | None
) -> None:
    swapped = str.maketrans({",": sign, ".": "," if sign == "." else "."})
    whole, rest = csv_amounts.read(
        pl.Series([text.translate(swapped) for text in texts]), unit
    ).row(0)
    assert (whole, rest) == ((expected, 0) if expected is not None else (None, None))


def test_an_amount_that_may_be_two_is_found(known: Path) -> None:
    text = HEADER.replace("_kr", "_1000_kr") + "\n2024;1103;1;222;;010;;150,000\n"
    found = findings_of(as_csv(known, text))
    assert found.filter(kontroll="014")["funnet"].to_list() == ["150,000"]


def test_kroner_are_summed_before_they_are_rounded(known: Path) -> None:
    text = HEADER + "\n" + "2024;1103;1;222;;010;;400,25\n" * 5
    records = delivery.read(as_csv(known, text), 2024, "kasse").records
    assert records["belop"].to_list() == [2]
    assert records["linje"].to_list() == [2]


ENCODED = {
    "utf-8": lambda text: text.encode(),
    "mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "windows": lambda text: text.encode("cp1252"),
    "utf-16": lambda text: text.encode("utf-16"),
    "carriage return": lambda text: text.replace("\n", "\r\n").encode(),
    "blank lines": lambda text: text.replace("\n", "\n\n;;;;;;;\n").encode(),
    "separator told": lambda text: b"sep=;\r\n" + text.encode(),
    "quoted": lambda text: "\n".join(
        ";".join(f'"{cell}"' for cell in line.split(";")) for line in text.splitlines()
    ).encode(),
    "zeros lost": lambda text: text.replace(";010;", ";10;").replace(";080;", ";80;").encode(),
    "separator at the end": lambda text: text.replace("\n", ";\n").encode(),
    "headings": lambda text: (
        text.replace("År", " AAR ").replace("Beløp i kroner", "BELOEP_I_KRONER").encode()
    ),
    "mac": lambda text: text.replace("År", "A\u030ar").encode(),
    "texts": lambda text: "".join(
        f"{'Summer' if number else 'Tekst'};{line}\n"
        for number, line in enumerate(text.splitlines())
    ).encode(),
}


@pytest.mark.parametrize("form", ENCODED)
def test_what_norwegian_systems_write(known: Path, form: str) -> None:
    deliver(known / "poster", GOOD)
    as_csv(known / "csv", ENCODED[form](as_ledger(rows(known / "poster"))))
    assert same(ledger_of(known / "csv"), ledger_of(known / "poster"))


def test_comma_between_fields_and_within_amounts(known: Path) -> None:
    deliver(known / "poster", GOOD)
    amount = lambda thousands: f'"{thousands * 1000},00"'  # noqa: E731
    as_csv(known / "csv", as_ledger(rows(known / "poster"), separator=",", amount=amount))
    assert same(ledger_of(known / "csv"), ledger_of(known / "poster"))


def test_a_lost_zero_of_a_municipality(known: Path) -> None:
    text = HEADER.replace("kapittel;", "").replace("sektor;", "") + "\n2024;{};1;222;010;5000\n"
    for number, told in enumerate(("301", "0301", "30100", "030100")):
        records = delivery.read(as_csv(known / str(number), text.format(told)), 2024, "").records
        assert records["region"].to_list() == ["030100"]


def test_packed_in_an_archive_and_beside_records(known: Path) -> None:
    deliver(known / "poster", GOOD)
    found = as_ledger(rows(known / "poster")).splitlines()
    head, tail = "\n".join(found[:9]), "\n".join([found[0], *found[9:]])
    as_csv(known / "csv", gzip.compress(head.encode()), name="a.csv.gz")
    with zipfile.ZipFile(known / "csv" / "2024" / "b.zip", "w") as archive:
        archive.writestr("del/b.CSV", tail)
        archive.writestr("respondenter.csv", "region\n1103\n")
    assert same(ledger_of(known / "csv"), ledger_of(known / "poster"))
    deliver(known / "csv", lines(sound(), region="110100"), name="andre.txt")
    assert ledger_of(known / "csv")[2]["region"].to_list() == ["1101", "1103"]


def test_records_of_fixed_width_may_be_named_csv(known: Path) -> None:
    deliver(known / "a", GOOD)
    deliver(known / "b", GOOD, name="a.csv")
    assert same(ledger_of(known / "a"), ledger_of(known / "b"))


def test_a_loose_file_of_several_years(known: Path) -> None:
    for year in (2023, 2024):
        deliver(known / "poster", lines(sound(), year=year), year=year)
    both = rows(known / "poster", 2023) + rows(known / "poster", 2024)
    (known / "csv").mkdir()
    (known / "csv" / "alt.csv").write_text(as_ledger(both), encoding="utf-8")
    assert delivery.years_available(known / "csv") == [2023, 2024]
    for year in (2023, 2024):
        assert same(ledger_of(known / "csv", year), ledger_of(known / "poster", year))
        assert findings_of(known / "csv", year).filter(kontroll="004").is_empty()


def test_a_year_in_the_wrong_folder_is_found(known: Path) -> None:
    found = findings_of(as_csv(known, HEADER + "\n2023;1103;1;222;;010;;5000\n"))
    assert found.filter(kontroll="004")["funnet"].to_list() == ["2023"]


def test_without_a_year_the_folder_tells_it(known: Path) -> None:
    text = "region;kontoklasse;funksjon;art;beløp kr\n1103;1;222;010;5000\n"
    assert delivery.read(as_csv(known / "a", text), 2024, "").records["aar"].to_list() == ["2024"]
    (known / "b").mkdir()
    (known / "b" / "h.csv").write_text(text, encoding="utf-8")
    told = delivery.read(known / "b", 2024, "").problems
    assert "has no column of the year (aar)" in str(told[0])
    with pytest.raises(DataError, match=r"no column of the year \(aar\).*folder named by the year"):
        delivery.years_available(known / "b")
    as_csv(known / "c", text)
    (known / "c" / "2024").rename(known / "c" / "gamle")
    with pytest.raises(DataError, match="is no year"):
        delivery.read(known / "c", 2024, "")


def test_a_correction_of_a_ledger(project: Path) -> None:
    known = project / "egne"
    as_csv(known, HEADER + "\n2024;1103;1;222;;010;;5400,50\n2024;1103;1;222;;010;;100\n")
    edit_table(
        project / "data/definitions/corrections.csv",
        lambda table: add_row(
            table,
            aar="2024",
            regnskaper="leverte",
            region="110300",
            skjema="0A",
            kontoklasse="1",
            funksjon_kapittel="222",
            art_sektor="010",
            var="6",
            blir="9",
            begrunnelse="prøve",
            dato="2025-01-01",
            kilde="prøve",
        ),
    )
    read = delivery.read(known, 2024, "")
    assert read.records["belop"].to_list() == [9]
    assert len(read.corrections) == len(corrections.in_force(2024, "leverte")) == 1


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


def oere(thousands: int) -> str:
    return f"{thousands * 1000 + 1}"


def units(folder: Path, twice: tuple[str, ...], *regions: str) -> Path:
    """Write sound accounts in kroner of several units to one file, those of `twice` two times."""
    text = as_ledger([], amount=oere)
    for region in (*regions, *twice):
        deliver(folder / "poster", lines(sound(), region=region))
        text += as_ledger(rows(folder / "poster"), amount=oere).partition("\n")[2]
    return as_csv(folder / "csv", text)


@pytest.mark.parametrize("twice", [("110300",), ("110300", "110600")])
def test_whoever_was_appended_twice_is_kept_out_and_no_other(
    known: Path, twice: tuple[str, ...]
) -> None:
    folder = units(known, twice, "110100", "110300", "110600")
    found = findings_of(folder).filter(kontroll="E02")
    assert found.select("region", "skjema").rows() == [
        (region, form) for region in twice for form in ("0A", "0B")
    ]
    assert found["funnet"][0] == "12 av 12 konti står flere ganger med samme beløp"
    assert findings.stopped(findings_of(folder))["region"].to_list() == list(twice)
    assert set(delivery.read(folder, 2024, "").records["region"]) == {"110100", "110300", "110600"}


def test_a_ledger_with_oere_has_the_findings_of_records(known: Path) -> None:
    deliver(known / "poster", [*GOOD, *GOOD])
    once = as_ledger(rows(known / "poster"), amount=oere)
    as_csv(known / "csv", once)
    moved = findings_of(deliver(known / "flyttet", ["", *GOOD, *GOOD], name="hovedbok.csv"))
    both = ["015", "E02"]
    found = findings_of(known / "csv").filter(pl.col("kontroll").is_in(both))
    assert found.select(FINDING).equals(
        moved.filter(pl.col("kontroll").is_in(both)).select(FINDING)
    )


ACCOUNTS = ("010", "050", "100", "115", "120", "195")


def posted_entries(amount: Callable[[int, int], str], *, by_month: bool) -> list[str]:
    """Return an entry a month on some accounts: `amount` of account and month."""
    pairs = [(account, month) for account in range(len(ACCOUNTS)) for month in range(12)]
    return [
        f"2024;1103;1;222;;{ACCOUNTS[account]};;{amount(account, month)}"
        for account, month in sorted(pairs, key=lambda pair: pair[::-1] if by_month else pair)
    ]


ENTRIES: dict[str, Callable[[int, int], str]] = {
    "the same every month": lambda account, _: f"{account + 1}000,50",
    "of every month": lambda account, month: f"{account + 1}{month:02}0,50",
    "some the same": lambda account, month: f"{account + 1}00{month if account > 3 else 0},50",
}


@pytest.mark.parametrize("by_month", [True, False])
@pytest.mark.parametrize("kind", ENTRIES)
def test_entries_that_were_appended_to_themselves(known: Path, kind: str, by_month: bool) -> None:
    entries = posted_entries(ENTRIES[kind], by_month=by_month)
    once = findings_of(as_csv(known / "en", "\n".join([HEADER, *entries])))
    assert once.filter(kontroll="E02").is_empty()
    twice = findings_of(as_csv(known / "to", "\n".join([HEADER, *entries, *entries])))
    assert twice.filter(kontroll="E02").select("region", "funnet").rows() == [
        ("110300", "6 av 6 konti står flere ganger med samme beløp")
    ]


def test_entries_of_a_preliminary_and_a_final_ledger(known: Path) -> None:
    entries = posted_entries(ENTRIES["of every month"], by_month=True)
    changed = [entry.replace(";010;;1", ";010;;7") for entry in entries]
    found = findings_of(as_csv(known, "\n".join([HEADER, *entries, *changed])))
    assert found.filter(kontroll="E02")["funnet"].to_list() == [
        "5 av 6 konti står flere ganger med samme beløp"
    ]


def test_a_file_with_a_header_alone_holds_no_records(known: Path) -> None:
    deliver(known, GOOD)
    as_csv(known, HEADER + "\n")
    assert findings_of(known).filter(kontroll="E01")["funnet"].to_list() == ["har ingen linjer"]


Codes = st.tuples(
    st.sampled_from(["110100", "110300", "460100"]),
    st.sampled_from(
        [
            ("1", "222", "010"),
            ("1", "202", "600"),
            ("0", "222", "230"),
            ("2", "10", "320"),
            ("2", "5900", "080"),
        ]
    ),
    st.integers(-99_999_999, 999_999_999),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(Codes, min_size=1, max_size=12), st.sampled_from(sorted(KINDS)))
def test_any_ledger_is_the_same_in_either_form(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[tuple[str, tuple[str, str, str], int]],
    kind: str,
) -> None:
    folder = tmp_path_factory.mktemp("hovedbok")
    account = {"1": "drift", "0": "investering", "2": "balanse"}
    text = [
        line
        for region, (kontoklasse, place, art), amount in found
        for line in lines([(account[kontoklasse], place, art, amount)], region=region)
    ]
    deliver(folder / "poster", text)
    as_csv(folder / "csv", KINDS[kind](rows(folder / "poster")))
    assert same(ledger_of(folder / "csv"), ledger_of(folder / "poster"))
