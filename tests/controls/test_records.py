"""Controls 001-015: lines and fields, one by one; and what of a file and unit is stopped."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from tests.helpers.accounts import deliver, findings_of, lines, sound

GOOD = lines(sound())


def changed(position: int, text: str, line: int = 0) -> list[str]:
    """Return the sound lines with `text` put at a position (from 0) of one of them."""
    old = GOOD[line]
    new = old[:position] + text + old[position + len(text) :]
    return [*GOOD[:line], new, *GOOD[line + 1 :]]


def one(folder: Path, control: str) -> dict[str, object]:
    rows = findings_of(folder).filter(pl.col("kontroll") == control)
    assert len(rows) == 1, findings_of(folder).select("kontroll", "funnet")
    return rows.row(0, named=True)


@pytest.mark.parametrize(
    ("control", "position", "text", "field", "value"),
    [
        ("003", 0, "0Z", "skjema", "0Z"),
        ("003", 0, "0a", "skjema", "0a"),
        ("004", 2, "2023", "aar", "2023"),
        ("004", 2, "20 4", "aar", "20 4"),
        ("005", 6, "1", "kvartal", "1"),
        ("007", 13, "987654321", "orgnr", "987654321"),
        ("007", 13, "Æ", "orgnr", "Æ"),
        ("008", 22, "987654321", "foretaksnr", "987654321"),
        ("009", 31, "2", "kontoklasse", "2"),
        ("009", 31, " ", "kontoklasse", ""),
        ("010", 32, "999 ", "funksjon_kapittel", "999"),
        ("010", 32, " 80", "funksjon_kapittel", " 80"),
        ("012", 36, "874", "art_sektor", "874"),
        ("012", 36, "87 ", "art_sektor", "87"),
        ("014", 39, "    -12,5", "belop", "    -12,5"),
        ("014", 39, "    - 600", "belop", "    - 600"),
        ("014", 39, "     +600", "belop", "     +600"),
        ("014", 39, "   -1 600", "belop", "   -1 600"),
        ("014", 39, "   -1.600", "belop", "   -1.600"),
        ("014", 39, "-600     ", "belop", "-600     "),
        ("014", 39, "         ", "belop", "         "),
    ],
)
def test_a_field_that_does_not_hold(
    tmp_path: Path, control: str, position: int, text: str, field: str, value: str
) -> None:
    row = one(deliver(tmp_path, changed(position, text)), control)
    assert (row["felt"], row["funnet"], row["linjer"]) == (field, value, "1")
    assert (row["fil"], row["region"], row["enhet"]) == ("2024/a.txt", "110300", "Stavanger")


@pytest.mark.parametrize(("control", "position", "text"), [("011", 32, "77  "), ("013", 36, "123")])
def test_a_chapter_or_sector_that_does_not_exist(
    tmp_path: Path, control: str, position: int, text: str
) -> None:
    assert one(deliver(tmp_path, changed(position, text, line=12)), control)["linjer"] == "13"


def test_nine_digits_are_an_amount(tmp_path: Path) -> None:
    found = findings_of(deliver(tmp_path, changed(39, "999999999")))
    assert "014" not in set(found["kontroll"])
    assert found.filter(pl.col("kontroll") == "110")["differanse"].to_list() == [1_000_000_599]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (GOOD[0][:-1], "47 tegn"),
        (GOOD[0] + " ", "49 tegn"),
        (GOOD[0] * 10, "480 tegn"),
        ("\t".join([GOOD[0][:8], GOOD[0][9:]]), "tabulator"),
        ("\x00" + GOOD[0][1:], "tegnet NUL"),
        ("\x0b" + GOOD[0][1:], "styretegn"),
        ("\r".join(GOOD[:3]), "vognretur uten linjeskift"),
        ("\u00ef\u00bb\u00bf" + GOOD[0], "byterekkefølgemerke fra UTF-8"),
    ],
)
def test_001_is_fatal_and_alone(tmp_path: Path, line: str, found: str) -> None:
    """A line that is no record stops its file; nothing else is said of it, whatever else is wrong."""
    folder = deliver(tmp_path, [line, *changed(39, "  broken!", line=3)])
    rows = findings_of(folder)
    assert rows.select("kontroll", "alvorlighet", "region", "linjer", "funnet").rows() == [
        ("001", "fatal", "110300", "1", found)
    ]


def test_001_leaves_other_files_alone(tmp_path: Path) -> None:
    deliver(tmp_path, [GOOD[0][:-1], *GOOD])
    deliver(tmp_path, lines(sound(), region="114600"), name="b.txt")
    found = findings_of(tmp_path)
    assert set(found["region"]) == {"110300"}
    assert findings.stopped(found)["region"].to_list() == ["110300"]


def test_015_warns_and_sums(tmp_path: Path) -> None:
    half = [("drift", "222", "010", 450), ("drift", "222", "010", 450)]
    rest = [post for post in sound() if post[1:3] != ("222", "010")]
    row = one(deliver(tmp_path, lines([*rest, *half])), "015")
    assert (row["alvorlighet"], row["antall"], row["funnet"]) == ("advarsel", 2, "1 222 010")
    assert findings.stopped(findings_of(tmp_path)).is_empty()


class TestRegister:
    @pytest.mark.parametrize(
        ("region", "shown"),
        [
            ("999900", "999900"),
            ("110399", "110399"),
            ("11 300", "11 300"),
            ("300500", "300500 (opphørte i 2024, nå 3301)"),
            ("150700", "150700 (opphørte i 2024, nå 1508 og 1580)"),
            ("110000", "110000"),  # a county number in a municipal form
        ],
    )
    def test_006_regions_that_are_not_there_in_2024(
        self, tmp_path: Path, region: str, shown: str
    ) -> None:
        text = [line[:7] + region + line[13:] for line in GOOD]
        rows = findings_of(deliver(tmp_path, text)).filter(pl.col("kontroll") == "006")
        assert rows["funnet"].to_list() == [shown] * 2
        assert set(rows["skjema"]) == {"0A", "0B"}

    def test_006_a_number_that_is_not_there_yet(self, tmp_path: Path) -> None:
        deliver(tmp_path, lines(sound(), year=2023, region="330100"), year=2023)
        rows = findings_of(tmp_path, 2023).filter(pl.col("kontroll") == "006")
        assert rows["funnet"].to_list() == ["330100 (gjelder fra 2024, før det 3005)"] * 2

    def test_006_stops_the_unit_whose_file_holds_the_odd_line(self, tmp_path: Path) -> None:
        deliver(tmp_path, changed(7, "999900"))
        stopped = findings.stopped(findings_of(tmp_path))
        assert stopped["region"].to_list() == ["110300", "999900"]

    def test_006_leaves_the_others_of_a_common_file(self, tmp_path: Path) -> None:
        text = [*GOOD, *lines(sound(), region="114600"), *lines(sound(), region="999900")]
        stopped = findings.stopped(findings_of(deliver(tmp_path, text)))
        assert stopped["region"].to_list() == ["999900"]

    def test_svalbard_and_districts_are_controlled_and_stop_nobody(self, tmp_path: Path) -> None:
        deliver(tmp_path, lines(sound(), region="211100"), name="svalbard.txt")
        deliver(tmp_path, lines(sound(), region="030107"), name="bydel.txt")
        broken = [*sound(), ("drift", "222", "280", 50)]
        deliver(tmp_path, lines(broken, region="030108"), name="bydel2.txt")
        found = findings_of(tmp_path)
        assert set(found.filter(pl.col("kontroll") == "E05")["enhet"]) == {
            "Longyearbyen lokalstyre",
            "Vestre Aker, bydel i Oslo",
            "Nordre Aker, bydel i Oslo",
        }
        assert "025" in set(found.filter(pl.col("region") == "030108")["kontroll"])
        assert findings.stopped(found).is_empty()


def test_lists_of_lines_are_cut_short(tmp_path: Path) -> None:
    text = [line[:6] + "3" + line[7:] for line in GOOD[:12]] + GOOD[12:]
    row = one(deliver(tmp_path, text), "005")
    assert (row["linjer"], row["antall"]) == ("1, 2, 3, 4, 5, 6, 7, 8 og 4 til", 12)
    fewer = [line[:6] + "3" + line[7:] for line in GOOD[:2]] + GOOD[2:]
    assert one(deliver(tmp_path / "b", fewer), "005")["linjer"] == "1, 2"


def test_the_gravest_come_first(tmp_path: Path) -> None:
    extra = [("drift", "222", "285", 5), ("drift", "222", "280", 5)]
    deliver(tmp_path, lines([*sound(), *extra]))
    deliver(tmp_path, "kort\n" + "\n".join(lines(sound(), region="114600")), name="b.txt")
    order = findings_of(tmp_path)["alvorlighet"].unique(maintain_order=True).to_list()
    assert order == ["fatal", "feil", "info"]
