"""The 48-character record: read, written, refused."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kommuneregnskap.sources.kostra.records import (
    RECORD_SCHEMA,
    is_plain,
    lines_in,
    lines_of,
    odd_lines,
    read_records,
    write_records,
)
from kommuneregnskap.support.errors import DataError
from tests.conftest import INVENTED

GOOD = "0A2024 110300                  1100 010      123"


def read_text(tmp_path: Path, text: str | bytes, name: str = "fil.txt") -> pl.DataFrame:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
    return read_records([path]).collect()


def test_fields_lie_where_the_layout_says(tmp_path: Path) -> None:
    row = read_text(tmp_path, GOOD + "\n").drop("fil").row(0, named=True)
    assert row == {
        "skjema": "0A",
        "aar": 2024,
        "kvartal": "",
        "region": "110300",
        "orgnr": "",
        "foretaksnr": "",
        "kontoklasse": "1",
        "funksjon_kapittel": "100",
        "art_sektor": "010",
        "belop": 123,
        "linje": 1,
    }


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_line_ends_of_all_kinds_are_read(tmp_path: Path, end: str) -> None:
    text = (end or "\n").join([GOOD, GOOD.replace("123", "-45")]) + end
    assert read_text(tmp_path, text)["belop"].to_list() == [123, -45]


def test_latin_1_letters_do_not_move_the_fields(tmp_path: Path) -> None:
    # An unused field may hold what it likes as long as it is blank; letters are refused by name.
    odd = GOOD[:13] + "Ærøskøbin" + GOOD[22:]
    with pytest.raises(DataError, match="orgnr is 'Ærøskøbin'; allowed: nine digits or blank"):
        read_text(tmp_path, odd)


def test_packed_files_are_read_like_plain_ones(tmp_path: Path) -> None:
    plain = read_text(tmp_path, GOOD)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(GOOD.encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("mappe/en.txt", GOOD)
        archive.writestr("mappe/to.txt", GOOD)
    packed = read_records([tmp_path / "a.txt.gz"]).collect()
    zipped = read_records([tmp_path / "b.zip"]).collect()
    assert packed.drop("fil").equals(plain.drop("fil"))
    assert len(zipped) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD[:-1], "fil.txt:2: the line has 47 characters"),
        (GOOD + "0", "fil.txt:2: the line has 49 characters"),
        (
            GOOD.replace("   1100", "\t  1100"),
            "fil.txt:2: the line holds a tab (",
        ),
        ("0a" + GOOD[2:], "fil.txt:2: skjema is '0a'; allowed: two capital letters or digits"),
        (GOOD[:2] + "20X4" + GOOD[6:], "fil.txt:2: aar is '20X4'; allowed: four digits"),
        (GOOD[:6] + "5" + GOOD[7:], "fil.txt:2: kvartal is '5'; allowed: blank for the year"),
        (GOOD[:7] + "11030 " + GOOD[13:], "fil.txt:2: region is '11030 '; allowed: six digits"),
        (GOOD[:31] + "x" + GOOD[32:], "fil.txt:2: kontoklasse is 'x'; allowed: one digit"),
        (
            GOOD[:32] + " 100" + GOOD[36:],
            "fil.txt:2: funksjon_kapittel is ' 100'; allowed: 2-4 digits",
        ),
        (GOOD[:36] + "10 " + GOOD[39:], "fil.txt:2: art_sektor is '10 '; allowed: three digits"),
        (GOOD[:39] + "     12,5", "fil.txt:2: belop is '     12,5'; allowed: whole 1000 kr"),
        (GOOD[:39] + "    -  12", "fil.txt:2: belop is '    -  12'; allowed: whole 1000 kr"),
        (GOOD[:39] + "     +123", "fil.txt:2: belop is '     +123'; allowed: whole 1000 kr"),
        (GOOD[:39] + "123      ", "fil.txt:2: belop is '123      '; allowed: whole 1000 kr"),
    ],
)
def test_a_line_that_is_no_record_stops_with_file_line_field_value_and_allowed(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(DataError) as error:
        read_text(tmp_path, f"{GOOD}\n{line}\n{GOOD}\n")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_file_without_records_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="the file holds no records"):
        read_text(tmp_path, text)


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_text(tmp_path, b"PK\x03\x04 not a zip", "x.zip")


@pytest.mark.parametrize("name", ["0A_9901_2025_OPPDIKTET.txt", "0B_9901_2025_OPPDIKTET.txt"])
def test_read_then_write_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    records = read_records([INVENTED / name]).collect()
    write_records(records, tmp_path / name)
    assert (tmp_path / name).read_bytes() == (INVENTED / name).read_bytes()


digits = st.text("0123456789", min_size=1)
RECORD = st.fixed_dictionaries(
    {
        "skjema": st.sampled_from(["0A", "0B", "0C", "0D", "0M", "0N", "0P", "0Q"]),
        "aar": st.integers(2015, 2099),
        "kvartal": st.sampled_from(["", "1", "4"]),
        "region": st.from_regex(r"\A[0-9]{6}\Z"),
        "orgnr": st.one_of(st.just(""), st.from_regex(r"\A[0-9]{9}\Z")),
        "foretaksnr": st.just(""),
        "kontoklasse": st.sampled_from("012345"),
        "funksjon_kapittel": st.from_regex(r"\A[0-9]{2,4}\Z"),
        "art_sektor": st.one_of(st.just(""), st.from_regex(r"\A[0-9]{3}\Z")),
        "belop": st.integers(-99_999_999, 999_999_999),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=20))
def test_write_then_read_is_identity(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    frame = pl.DataFrame(rows, schema=RECORD_SCHEMA)
    path = tmp_path_factory.mktemp("skriv") / "0A.txt.gz"
    write_records(frame, path)
    assert read_records([path]).collect().drop("fil", "linje").equals(frame)
    assert (
        path.read_bytes()[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    )  # no name, no time, no system


def test_a_value_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    frame = read_text(tmp_path, GOOD).with_columns(belop=pl.lit(1_000_000_000))
    with pytest.raises(DataError, match="does not fit its field"):
        write_records(frame, tmp_path / "ut.txt")
    assert not (tmp_path / "ut.txt").exists()


@pytest.mark.parametrize("code", [*range(256)])
def test_no_character_is_odd_in_a_text_that_is_plain(code: int) -> None:
    text = f"{GOOD}\r\n{GOOD[:20]}".encode() + bytes([code]) + f"{GOOD[21:]}\n".encode()
    lines = lines_of([("a.txt", text)], [lines_in(text)])
    plain = is_plain(text)
    assert plain == (chr(code) == "\n" or " " <= chr(code) <= "~")
    if plain:
        assert odd_lines(lines, plain=True).equals(odd_lines(lines))
    else:
        assert len(odd_lines(lines)) == (code < 32 or code == 127)
