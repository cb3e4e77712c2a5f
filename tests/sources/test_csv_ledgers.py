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

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sources.kostra import corrections, delivery, files_of_year, ledger
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening
from tests.conftest import add_row, edit_table
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import FINDING, HEADER, as_csv, as_ledger, as_record, rows, rows_of
from tests.helpers.examples import by_day

pytestmark = pytest.mark.slow  # all of them together

GOOD = lines(sound())


YEAR = 2025


THOUSANDS = {"heading": "Beløp (1000 kr)", "amount": str}


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
    assert compute(csv).equals(compute(plain))
    assert csv.indikatorer.equals(plain.indikatorer)
    assert csv.kontroll.equals(plain.kontroll)
    assert csv.inputs.keys() == {"0A_9901_2025_OPPDIKTET.csv", "0B_9901_2025_OPPDIKTET.csv"}


@pytest.mark.parametrize("kind", by_day(list(KINDS), 2))
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
    assert files_of_year.years_available(known / "csv") == [2023, 2024]
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
        files_of_year.years_available(known / "b")
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


def test_a_breach_is_found_in_whichever_of_several_files_it_stands(known: Path) -> None:
    deliver(known, lines(sound()))
    good, bad = "2024;1103;1;222;;010;;5000\n", "2024;1101;1;222;;800;;-5000\n"
    as_csv(known, f"{HEADER}\n{good * 3}", name="b.csv")
    as_csv(known, f"{HEADER}\n{bad * 3}{good * 5}", name="c.csv")
    found = findings_of(known).filter(kontroll="080").select("region", "funnet").rows()
    assert found == [("110100", "funksjon 222, art 800 i drift")]
