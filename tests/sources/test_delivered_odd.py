"""Deliveries that are odd as a whole: nothing is added twice, nobody is lost, no file is waited for."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.sources.kostra import delivery, files_of_year
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import opening
from tests.helpers.accounts import Post, deliver, findings_of, lines, sound
from tests.helpers.steps import without_steps

pytestmark = pytest.mark.slow  # all of them together

STAVANGER, TYSVAER, BERGEN, OSLO = "110300", "114600", "460100", "030100"
GOOD = lines(sound())


def of(folder: Path, control: str, year: int = 2024) -> pl.DataFrame:
    return findings_of(folder, year).filter(pl.col("kontroll") == control)


def stopped(folder: Path, year: int = 2024) -> list[str]:
    return findings.stopped(findings_of(folder, year))["region"].to_list()


def answered(folder: Path, year: int = 2024) -> list[str]:
    opened = opening.open_survey(year=year, source="kostra", data_dir=str(folder))
    return opened.enheter.filter("svart")["region"].to_list()


def changed(posts: list[Post], *amounts: int) -> list[Post]:
    """The same posts with other amounts on the first of them."""
    return [(*post[:3], amount) for post, amount in zip(posts, amounts, strict=False)] + posts[
        len(amounts) :
    ]


class TestAppended:
    @pytest.mark.parametrize("amounts", [(), (-601,), (-602, -299)])
    def test_a_revision_behind_the_first_delivery(
        self, tmp_path: Path, amounts: tuple[int, ...]
    ) -> None:
        deliver(tmp_path, GOOD + lines(changed(sound(), *amounts)))
        assert of(tmp_path, "E02")["skjema"].to_list() == ["0A", "0B"]
        assert stopped(tmp_path) == [STAVANGER]

    @pytest.mark.parametrize("percent", [200, 110, 93])
    @pytest.mark.parametrize("times", [1, 2])
    def test_a_revision_with_every_amount_another(
        self, tmp_path: Path, percent: int, times: int
    ) -> None:
        """It balances by itself, account class by account class."""
        again = [(*post[:3], post[3] * percent // 100) for post in sound()]
        deliver(tmp_path, GOOD + lines(again) * times)
        assert of(tmp_path, "E02")["skjema"].to_list() == ["0A", "0B"]
        assert stopped(tmp_path) == [STAVANGER]

    @pytest.mark.parametrize("without", ["drift", "investering", "balanse"])
    def test_a_revision_of_a_part(self, tmp_path: Path, without: str) -> None:
        again = [(*post[:3], post[3] * 2) for post in sound() if post[0] != without]
        deliver(tmp_path, GOOD + lines(again))
        assert stopped(tmp_path) == [STAVANGER]

    def test_a_revision_with_other_accounts_beside(self, tmp_path: Path) -> None:
        again = [(*post[:3], post[3] * 2) for post in sound() if post[2] != "600"]
        more = [("drift", "202", "010", -100), ("drift", "202", "600", -100)]
        deliver(tmp_path, GOOD + lines([*more, *again]))
        assert stopped(tmp_path) == [STAVANGER]

    def test_the_two_in_one_file_sorted_by_account_are_one(self, tmp_path: Path) -> None:
        """Nothing tells them from two entries on each account: the sums are told, and added up (015)."""
        again = lines([(*post[:3], post[3] * 2) for post in sound()])
        both = [line for pair in zip(GOOD, again, strict=True) for line in pair]
        deliver(tmp_path, both)
        assert of(tmp_path, "E02").is_empty()
        assert len(of(tmp_path, "015")) == len(GOOD)

    def test_vouchers_that_balance_by_themselves_are_none(self, tmp_path: Path) -> None:
        vouchers = [
            post
            for month in range(1, 13)
            for post in [(*post[:3], post[3] * (10 + month)) for post in sound()[:8]]
        ]
        deliver(tmp_path, lines([*vouchers, *sound()[8:]]))
        assert of(tmp_path, "E02").is_empty()

    def test_with_a_line_more(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD + lines([*sound(), ("drift", "202", "010", 5)]))
        assert stopped(tmp_path) == [STAVANGER]

    def test_a_balance_alone(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD + GOOD[12:])
        assert of(tmp_path, "E02")["skjema"].to_list() == ["0B"]

    def test_lines_of_single_transactions_are_none(self, tmp_path: Path) -> None:
        """Every account in two lines of different amounts: allowed, and summed."""
        halves = [
            (*post[:3], part) for post in sound() for part in (post[3] // 3, post[3] - post[3] // 3)
        ]
        deliver(tmp_path, lines(halves))
        assert of(tmp_path, "E02").is_empty()
        assert stopped(tmp_path) == []

    def test_parts_without_an_account_in_common_are_one_delivery(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD[:8], name="drift.txt")
        deliver(tmp_path, GOOD[8:], name="resten.txt")
        assert findings_of(tmp_path).is_empty()


class TestWithoutAccount:
    def test_investment_alone_is_no_answer(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD[8:])
        assert of(tmp_path, "E08")["funnet"].to_list() == ["ingen beløp i drift"]
        assert stopped(tmp_path) == [STAVANGER]

    def test_lines_of_nothing_are_no_answer(self, tmp_path: Path) -> None:
        deliver(tmp_path, lines([(*post[:3], 0) for post in sound()]))
        assert stopped(tmp_path) == [STAVANGER]

    def test_a_balance_of_nothing_is_none(self, tmp_path: Path, project: Path) -> None:
        nothing = [(*post[:3], 0) for post in sound()[12:]]
        deliver(tmp_path, lines([*sound()[:12], *nothing]))
        assert of(tmp_path, "E03")["funnet"].to_list() == ["0A uten 0B"]
        opened = opening.open_survey(year=2024, source="kostra", data_dir=str(tmp_path))
        assert opened.enheter.filter("svart")["har_balanse"].to_list() == [False]

    def test_a_line_of_nothing_is_not_looked_at(self, tmp_path: Path) -> None:
        nothing = lines([("drift", "222", "010", 0)])[0]
        deliver(tmp_path, [*GOOD, nothing[:6] + "4" + nothing[7:]])
        assert findings_of(tmp_path).is_empty()


class TestArchives:
    def pack(self, folder: Path, *members: tuple[str, list[str]]) -> Path:
        (folder / "2024").mkdir(parents=True)
        with zipfile.ZipFile(folder / "2024" / "a.zip", "w") as archive:
            for name, text in members:
                archive.writestr(name, "\n".join(text))
        return folder

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_members_of_one_name_are_refused(self, tmp_path: Path) -> None:
        self.pack(tmp_path, ("a.txt", GOOD), ("a.txt", lines(sound(), region=TYSVAER)))
        assert of(tmp_path, "E01")["funnet"].to_list() == [
            "har et medlem som klatrer ut av arkivet, eller står to ganger i det"
        ]

    def test_what_a_mac_and_people_add_is_passed_over(self, tmp_path: Path) -> None:
        junk = ["ikke en post"]
        self.pack(
            tmp_path,
            ("mappe/a.txt", GOOD),
            ("__MACOSX/mappe/._a.txt", junk),
            ("mappe/.DS_Store", junk),
            ("LESMEG.md", junk),
            ("respondenter.csv", ["region"]),
        )
        assert findings_of(tmp_path).is_empty()

    def test_a_broken_member_of_any_kind_is_an_error_of_ours(self, tmp_path: Path) -> None:
        (tmp_path / "2024").mkdir()
        path = tmp_path / "2024" / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("a.txt", "\n".join(GOOD * 40))
        raw = bytearray(path.read_bytes())
        raw[60:90] = b"\xff" * 30
        path.write_bytes(raw)
        assert of(tmp_path, "E01")["funnet"][0].startswith("kan ikke leses")

    def test_an_old_end_of_text_is_no_line(self, tmp_path: Path) -> None:
        deliver(tmp_path, "\r\n".join(GOOD) + "\r\n\x1a")
        assert findings_of(tmp_path).is_empty()


class TestDamagedCopies:
    """A line twice, one of them damaged in a field: both are handed over as they stand, and neither is counted."""

    AMOUNT = 900  # of the line

    @pytest.mark.parametrize(
        ("place", "odd", "control", "field", "found"),
        [
            (1, "\u00db", "003", "skjema", "0\u00db"),
            (5, "\u0081", "004", "aar", "202\u0081"),
            (4, ";", "004", "aar", "20;4"),
            (7, "\u00a0", "006", "region", "\u00a010300"),
            (12, "\u00f9", "006", "region", "11030\u00f9"),
            (20, "\u00ef\u00bb\u00bf", "007", "orgnr", " " * 7 + "\u00ef\u00bb"),
            (31, "L", "009", "kontoklasse", "L"),
            (35, "h", "010", "funksjon_kapittel", "222h"),
            (36, " 01", "012", "art_sektor", " 01"),
            (39, "      9e2", "014", "belop", "      9e2"),
        ],
    )
    def test_stop_their_unit(
        self, tmp_path: Path, place: int, odd: str, control: str, field: str, found: str
    ) -> None:
        line = GOOD[3]
        assert line.endswith(f" {self.AMOUNT}")
        copy = line[:place] + odd + line[place + len(odd) :]
        deliver(tmp_path, [*GOOD, copy])
        deliver(tmp_path, lines(sound(), region=BERGEN), name="b.txt")
        delivered = delivery.read(tmp_path, 2024, "").records.filter(
            pl.col("fil").str.ends_with("a.txt")
        )
        last = delivered.row(-1, named=True)
        amount = None if field == "belop" else self.AMOUNT
        assert delivered["linje"].to_list() == list(range(1, len(GOOD) + 2))
        assert (last["belop_tekst" if field == "belop" else field], last["belop"]) == (
            found,
            amount,
        )
        told = findings_of(tmp_path)
        assert found in told.filter(pl.col("kontroll") == control)["funnet"].to_list()
        units = findings.stopped(told)["region"].to_list()
        assert (STAVANGER in units, BERGEN in units) == (True, False)


class TestNeighbours:
    def test_a_district_that_does_not_exist_leaves_oslo_alone(self, tmp_path: Path) -> None:
        deliver(tmp_path, lines(sound(), region=OSLO), name="oslo.txt")
        deliver(tmp_path, lines(sound(), region="030116"), name="odd.txt")
        assert stopped(tmp_path) == ["030116"]
        assert answered(tmp_path) == ["0301"]

    def test_a_unit_of_odd_lines_only_is_named(self, tmp_path: Path) -> None:
        other = [line[:-1] for line in lines(sound(), region=TYSVAER)]
        deliver(tmp_path, GOOD + other)
        deliver(tmp_path, lines(sound(), region=BERGEN), name="b.txt")
        assert stopped(tmp_path) == [STAVANGER, TYSVAER]

    def test_odd_lines_that_name_nobody_among_several_units(self, tmp_path: Path) -> None:
        deliver(tmp_path, [*GOOD, *lines(sound(), region=TYSVAER), "x" * 47])
        assert "" in stopped(tmp_path)

    def test_a_line_of_an_unknown_number_does_not_tell_whose_a_file_is(
        self, tmp_path: Path
    ) -> None:
        whole = lines(sound(), region="999900")[:1]
        deliver(tmp_path, [*whole, "x" * 47])
        assert stopped(tmp_path) == [""]

    def test_an_enterprise_beside_its_municipality_costs_it_nothing(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD)
        deliver(tmp_path, ["0I" + line[2:31] + "3" + line[32:] for line in GOOD[:8]], name="kf.txt")
        assert of(tmp_path, "E10").select("region", "skjema", "alvorlighet").rows() == [
            (STAVANGER, "0I", "info")
        ]
        assert answered(tmp_path) == ["1103"]


class TestLists:
    def write(self, folder: Path, *numbers: str, name: str = "2024/respondenter.csv") -> None:
        (folder / name).write_text("\n".join(["region", *numbers]) + "\n", "utf-8")

    def test_delivered_and_not_listed(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD + lines(sound(), region=TYSVAER))
        self.write(tmp_path, "1146")
        assert of(tmp_path, "E09").select("region", "alvorlighet").rows() == [
            (STAVANGER, "advarsel")
        ]
        assert answered(tmp_path) == ["1146"]

    def test_listed_under_a_number_that_is_none(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD)
        self.write(tmp_path, "1103", "3005", "9999", "4601")
        assert sorted(of(tmp_path, "E07").select("region", "funnet").rows()) == [
            ("300500", "opphørte i 2024, nå 3301"),
            ("460100", "ingen levering"),
            ("999900", "ukjent nummer"),
        ]

    def test_a_list_of_nobody_who_delivered_makes_no_report(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD)
        self.write(tmp_path, "4601")
        with pytest.raises(UsageError, match=r"none of those listed in respondenter\.csv .*: 4601"):
            answered(tmp_path)

    def test_a_list_for_the_folder_is_of_the_survey_year(self, tmp_path: Path) -> None:
        before = [(*post[:3], post[3] * 9 // 10) for post in sound()]
        deliver(tmp_path, lines(before, region="300500", year=2023), year=2023)
        deliver(tmp_path, lines(sound(), region="330100"))
        self.write(tmp_path, "3301", name="respondenter.csv")
        opened = opening.open_survey(year=2024, source="kostra", data_dir=str(tmp_path))
        assert opened.kontroll.filter(pl.col("kontroll").is_in(["E07", "E09"])).is_empty()
        assert opened.enheter.filter("svart")["region"].to_list() == ["3301"]


class TestLoose:
    """Files beside the folders of the years."""

    def loose(self, folder: Path, name: str, text: list[str]) -> None:
        (folder / name).write_bytes("\n".join(text).encode("latin-1"))

    def test_each_year_takes_its_own(self, tmp_path: Path) -> None:
        self.loose(tmp_path, "i_fjor.txt", lines(sound(), year=2023))
        self.loose(tmp_path, "i_aar.txt", GOOD)
        assert files_of_year.years_available(tmp_path) == [2023, 2024]
        assert [stopped(tmp_path, year) for year in (2023, 2024)] == [[], []]

    def test_a_broken_first_line_does_not_move_a_file_to_another_year(self, tmp_path: Path) -> None:
        old = lines(sound(), year=2023)
        self.loose(tmp_path, "i_fjor.txt", [old[0][:-1], *old[1:]])
        self.loose(tmp_path, "i_aar.txt", lines(sound(), region=TYSVAER))
        assert stopped(tmp_path, 2024) == []
        assert stopped(tmp_path, 2023) == [STAVANGER]

    def test_two_years_in_one_file_are_said_in_both(self, tmp_path: Path) -> None:
        self.loose(tmp_path, "begge.txt", lines(sound(), year=2023) + GOOD)
        for year in (2023, 2024):
            assert set(of(tmp_path, "004", year)["region"]) == {STAVANGER}

    def test_members_of_two_years_go_to_their_own(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "begge.zip", "w") as archive:
            archive.writestr("2023.txt", "\n".join(lines(sound(), year=2023)))
            archive.writestr("2024.txt", "\n".join(GOOD))
        assert [stopped(tmp_path, year) for year in (2023, 2024)] == [[], []]

    def test_a_year_that_is_none_is_said(self, tmp_path: Path) -> None:
        self.loose(tmp_path, "a.txt", lines(sound(), year=2042))
        deliver(tmp_path, lines(sound(), region=TYSVAER))
        assert set(of(tmp_path, "004")["funnet"]) == {"2042"}

    @pytest.mark.parametrize("name", ["2024 rettet", "Tysvær", "20241"])
    def test_account_files_in_a_folder_that_is_no_year(self, tmp_path: Path, name: str) -> None:
        deliver(tmp_path, GOOD)
        (tmp_path / name).mkdir()
        self.loose(tmp_path / name, "a.txt", lines(sound(), region=TYSVAER))
        with pytest.raises(DataError, match="holds account files, is no year, and would not be"):
            findings_of(tmp_path)

    def test_other_folders_are_nobodys_business(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD)
        (tmp_path / "notater").mkdir()
        (tmp_path / "notater" / "les.txt").write_text("husk melk")
        assert findings_of(tmp_path).is_empty()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    os.mkfifo(tmp_path / "2024" / "b.txt")
    assert of(tmp_path, "E01")["funnet"].to_list() == ["er ingen vanlig fil"]
    with pytest.raises(DataError, match=r"b\.txt: is no ordinary file"):
        answered(tmp_path)


def test_a_file_name_of_two_lines_is_shown_on_one(tmp_path: Path) -> None:
    deliver(tmp_path, [GOOD[0][:-1]], name="to\nlinjer.txt")
    with pytest.raises(DataError) as error:
        answered(tmp_path)
    assert "to\\nlinjer.txt" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("odd", ["   [/b] 1", "[bold]1  "])
def test_what_stands_in_files_is_no_markup(project: Path, odd: str) -> None:
    deliver(project / "filer", [GOOD[0][:39] + odd, *GOOD[1:]], name="a[bold].txt")
    run = subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", "validate", "--data", "filer"],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert without_steps(run.stderr) == []
    assert f"belop: {odd}" in run.stdout
    assert "a[bold].txt:1" in run.stdout
