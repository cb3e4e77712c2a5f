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

from kommuneregnskap.numbers import sections
from kommuneregnskap.sources.kostra import corrections, csv_amounts, delivery, ledger
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import accounts, opening
from tests.conftest import add_row, edit_table
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import as_ledger, as_record, rows_of

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
        "1,234",
        "1.234",
        "1,234.56",
        "--5",
        "(5-",
        "1 000 000 000 000",
        "1.23.456",
    ],
)
def test_what_is_no_amount_or_may_be_two_is_none(text: str) -> None:
    assert csv_amounts.read(pl.Series([text]), "kr").row(0) == (None, None)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.234", "2,50"], 123_400),
        (["1.234", "1.234.567"], 123_400),
        (["1.234", "2.5"], None),  # points are decimal ones, and øre have two digits
        (["1.234", "2.5", "2,5"], None),  # the file contradicts itself
    ],
)
def test_one_dot_is_what_the_other_dots_are(texts: list[str], expected: int | None) -> None:
    whole, rest = csv_amounts.read(pl.Series(texts), "kr").row(0)
    assert (whole * csv_amounts.PARTS + rest if whole is not None else None) == expected


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
    for read in (
        lambda: delivery.read(known / "b", 2024, ""),
        lambda: delivery.years_available(known / "b"),
    ):
        with pytest.raises(DataError, match=r"column aar is missing.*folder named by the year"):
            read()
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


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "region;kontoklasse;funksjon;art;Saldo;beloep_kr",
            "column is 'Saldo'; allowed: the headings in data/definitions/ledger_columns.csv: skjema, aar",
        ),
        ("region;funksjon;art;beloep_kr", "the column kontoklasse is missing"),
        (
            "region;kontoklasse;art;beloep_kr",
            "the column funksjon_kapittel is missing; allowed: funksjon_kapittel or funksjon or kapittel",
        ),
        ("region;kontoklasse;funksjon;beloep_kr", "the column art_sektor is missing"),
        ("kontoklasse;funksjon;art;beloep_kr", "the column region is missing"),
        ("region;kontoklasse;funksjon;art;", "the column belop is missing"),
        (
            "region;kontoklasse;funksjon;art;Beløp",
            "column is 'Beløp'; allowed: a heading that tells the unit",
        ),
        (
            "region;kontoklasse;funksjon;art;beloep_kr;Beløp 1000 kr",
            "column is 'Beløp 1000 kr'; allowed: one column for belop; 'beloep_kr' is it as well",
        ),
        (
            "region;knr;kontoklasse;funksjon;art;beloep_kr",
            "column is 'knr'; allowed: one column for region",
        ),
        ('region;"kontoklasse;funksjon;art;beloep_kr', "is no CSV (unexpected end of data)"),
    ],
)
def test_a_header_that_does_not_tell_what_it_must(known: Path, header: str, message: str) -> None:
    as_csv(known, header + "\n1103;1;222;010;5000\n")
    with pytest.raises(DataError) as error:
        delivery.read(known, 2024, "")
    assert "hovedbok.csv:1: " in str(error.value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


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
        ("2024;1103;1;222;;010;;1.234", "014", "belop", "1.234"),
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


def test_a_ledger_with_oere_that_is_appended_to_itself_is_found(known: Path) -> None:
    deliver(known / "poster", GOOD)
    amount = lambda thousands: f"{thousands * 1000 + 1}"  # noqa: E731
    once = as_ledger(rows(known / "poster"), amount=amount)
    twice = once + once.partition("\n")[2]
    assert "E01" not in findings_of(as_csv(known / "en", once))["kontroll"].to_list()
    found = findings_of(as_csv(known / "to", twice)).filter(kontroll="E01")
    assert found["funnet"].to_list() == ["har de fleste kontiene flere ganger med samme beløp"]


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
