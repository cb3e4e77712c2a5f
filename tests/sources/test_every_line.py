"""Every delivered line is counted, stopped, or passed over for a reason with a name, and the three add up."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.report.controls import validate
from kommuneregnskap.report.publish import publish
from kommuneregnskap.sources.kostra import respondents, tally
from kommuneregnskap.sources.source import SCOPES
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import accounts, opening
from kommuneregnskap.survey.request import asked
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import HEADER
from tests.helpers.projects import own_cache

STAVANGER, TYSVAER, BERGEN, DISTRICT = "110300", "114600", "460100", "030107"
GOOD, OTHER = lines(sound()), lines(sound("0M"), form="0M")
NOTHING = lines([("drift", "222", "010", 0), ("drift", "222", "600", 0)])


def became(folder: Path, scope: str = "") -> dict[str, tuple[int, int, int, int, str]]:
    """Return what is said of each file of 2024: delivered, counted, stopped, passed over, why."""
    lists = respondents.lists(folder, [2024])
    found = accounts.control_years(folder, [2024], scope, "leverte")
    out = findings.stopped(found[2024].kontroll)
    rows = accounts.tallied(found, out, lists).drop("aar").rows()
    for name, delivered, *parts, _ in rows:
        assert sum(parts) == delivered, name
    return {name: tuple(rest) for name, *rest in rows}


def everything(folder: Path) -> Path:
    """Deliver files of every kind there is, with lines of every kind."""
    deliver(folder, [*GOOD, "", *NOTHING, *OTHER], name="begge.txt")
    deliver(folder, [*lines(sound(), region=TYSVAER)[:-1], "0A2024"], name="odde.txt")
    deliver(folder, lines(sound(), region=DISTRICT), name="bydel.txt")
    deliver(folder, ["0I" + line[2:] for line in GOOD[:3]], name="kf.txt")
    deliver(folder, [line[:-1] for line in OTHER], name="odde_andre.txt")
    deliver(folder, "Kjære SSB,\n\nher er regnskapet.\n", name="brev.txt")
    deliver(folder, b"", name="tom.txt")
    deliver(folder, gzip.compress(b"\n".join(line.encode() for line in OTHER)), name="andre.gz")
    rows = [f"2024;4601;1;222;;010;;{amount}000" for amount in (5, 7, 0)]
    deliver(folder, "\n".join([HEADER, *rows, "", "Sum;;;;;;;12000"]), name="hovedbok.csv")
    deliver(folder, "ukjent;overskrift\n1;2\n3;4\n", name="annet.csv")
    with zipfile.ZipFile(folder / "2024/pakke.zip", "w") as archive:
        archive.writestr("mappe/a.txt", "\r\n".join(lines(sound(), region="114900")))
        archive.writestr("__MACOSX/mappe/._a.txt", "x")
        archive.writestr("Thumbs.db", "x")
    (folder / "loes.txt").write_text("\n".join(lines(sound(), year=2023)) + "\n", "latin-1")
    both = [*lines(sound(), year=2023, region="115100"), *lines(sound(), region="115100")]
    (folder / "to_aar.txt").write_text("\n".join(both) + "\n", "latin-1")
    return folder


def told(folder: Path) -> dict[str, int]:
    """Count the lines of the texts below a folder, in plain Python."""
    counts = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = str(path.relative_to(folder))
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                text = archive.read("mappe/a.txt")
            name += "!mappe/a.txt"
        else:
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        counts[name] = len(text.decode("latin-1").splitlines())
    return counts


@pytest.mark.parametrize("scope", ["", *SCOPES])
def test_the_three_add_up_to_the_lines_of_each_file(tmp_path: Path, scope: str) -> None:
    folder = everything(tmp_path)
    found = became(folder, scope)
    wanted = told(folder)
    del wanted["loes.txt"]  # tells another year alone, and is not opened for this one
    assert {name: row[0] for name, row in found.items()} == wanted


def test_what_lines_are_passed_over_for(tmp_path: Path) -> None:
    found = became(everything(tmp_path), "kasse")
    here = {name.removeprefix("2024/"): row[1:] for name, row in found.items()}
    whole = len(OTHER)
    assert here["begge.txt"] == (
        len(GOOD), 0, 3 + whole, f"annet regnskapsomfang: {whole}, beløpet er 0: 2, blank: 1",
    )  # fmt: skip
    assert here["odde.txt"] == (0, len(GOOD), 0, "")
    assert here["odde_andre.txt"] == (0, 0, whole, f"annet regnskapsomfang: {whole}")
    assert here["bydel.txt"] == (0, 0, 16, "region som ikke er en egen enhet: 16")
    assert here["kf.txt"] == (0, 0, 3, "annet skjema: 3")
    assert here["brev.txt"] == (0, 3, 0, "")
    assert here["tom.txt"] == (0, 0, 0, "")
    assert here["andre.gz"] == (0, 0, whole, f"annet regnskapsomfang: {whole}")
    # A total is no entry: the file is stopped.
    assert here["hovedbok.csv"] == (0, 4, 2, "blank: 1, overskrift: 1")
    assert here["annet.csv"] == (0, 3, 0, "")
    assert here["pakke.zip!mappe/a.txt"] == (16, 0, 0, "")
    assert found["to_aar.txt"][1:] == (
        0,
        32,
        0,
        "",
    )  # control 004: what is of another year stops it


def test_lines_of_those_who_are_not_on_the_list(tmp_path: Path) -> None:
    folder = deliver(tmp_path, GOOD + lines(sound(), region=TYSVAER))
    (folder / "2024/respondenter.csv").write_text("region\n1146\n", "utf-8")
    assert became(folder)["2024/a.txt"] == (32, 16, 0, 16, "ikke på listen over svar: 16")


def test_entries_of_a_ledger_are_counted_as_they_were_delivered(tmp_path: Path) -> None:
    """In kroner several of them become one record."""
    rows = [f"2024;1103;1;{code};;{art};;{amount}" for code, art, amount in (
        ("222", "010", "500,50"), ("222", "010", "999,50"), ("800", "870", "-1500"),
    )]  # fmt: skip
    folder = deliver(tmp_path, "\n".join([HEADER, *rows]), name="hovedbok.csv")
    assert became(folder)["2024/hovedbok.csv"][0] == 4
    assert became(folder)["2024/hovedbok.csv"][3:] == (1, "overskrift: 1")


class TestOddLinesBesideAnotherScope:
    """An odd line names its form: only one of the other scope may be left to that."""

    def test_lines_of_this_scope_in_a_file_of_the_other(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD)
        deliver(tmp_path, [*OTHER, *(line[:-1] for line in GOOD[:2])], name="b.txt")
        for scope, told_lines in (("kasse", ["17, 18"]), ("konsolidert", []), ("", ["17, 18"])):
            found = findings_of(tmp_path, scope=scope)
            stopped = findings.stopped(found)["region"].to_list()
            assert stopped == [STAVANGER] * len(told_lines), scope
            assert found.filter(pl.col("kontroll") == "001")["linjer"].to_list() == told_lines

    def test_lines_of_the_other_scope_in_a_file_of_both(self, tmp_path: Path) -> None:
        deliver(tmp_path, [*GOOD, *OTHER[:3], OTHER[3][:-1]])
        assert findings.stopped(findings_of(tmp_path, scope="kasse")).is_empty()
        assert findings_of(tmp_path, scope="konsolidert")["kontroll"].to_list()[0] == "001"

    @pytest.mark.parametrize(
        "odd", ["x" * 40, "\t" + GOOD[0], '"' + GOOD[0] + '"', "\n0a" + GOOD[0][2:-1]]
    )
    def test_a_line_that_names_no_form_stops_whoever_the_file_is_of(
        self, tmp_path: Path, odd: str
    ) -> None:
        deliver(tmp_path, GOOD)
        deliver(tmp_path, [*OTHER, odd], name="b.txt")
        for scope in SCOPES:
            assert STAVANGER in findings.stopped(findings_of(tmp_path, scope=scope))["region"]


PASSED_OVER = (
    "desktop.ini", "Desktop.INI", "Thumbs.db", "ehthumbs.db", "Thumbs.db:encryptable", "~$regnskap.docx",
    "~WRL0001.tmp", "a.txt:Zone.Identifier", "a.txt~", "#a.txt#", ".DS_Store", "._a.txt", ".~lock.a.csv#",
    "Icon\r", "a.txt.lnk", "ssb.url", "LES MEG.md", "SOURCES.csv",
)  # fmt: skip
FOLDERS = ("__MACOSX", "$RECYCLE.BIN", "System Volume Information", "@eaDir", "lost+found", ".git")


@pytest.mark.parametrize("packed", [False, True])
def test_what_systems_leave_is_passed_over_and_named(tmp_path: Path, packed: bool) -> None:
    deliver(tmp_path, GOOD)
    junk = [*PASSED_OVER, *(f"{folder}/a.txt" for folder in FOLDERS)]
    if packed:
        with zipfile.ZipFile(tmp_path / "2024/b.zip", "w") as archive:
            archive.writestr("b.txt", "\n".join(lines(sound(), region=TYSVAER)))
            for name in junk:
                archive.writestr(name, "[.ShellClassInfo]\n")
    else:
        for name in junk:
            (tmp_path / "2024" / name).parent.mkdir(exist_ok=True)
            (tmp_path / "2024" / name).write_text("[.ShellClassInfo]\n", "utf-8")
    found = accounts.control_years(tmp_path, [2024], "", "leverte")[2024]
    assert found.kontroll.is_empty()
    passed = accounts.passed_over(tmp_path, [2024], found.forbigaatt)
    within = "2024/b.zip!" if packed else "2024/"
    named = junk if packed else [*PASSED_OVER, *FOLDERS]
    assert passed["fil"].to_list() == sorted(within + name for name in named)
    assert all(passed["hvorfor"])


def test_what_comes_to_lie_there_later_is_named_too(project: Path) -> None:
    """Nothing that is kept depends on it."""
    folder = deliver(project / "egne", GOOD)
    assert validate(asked(2024, "kostra", data_dir=str(folder))).forbigaatt.is_empty()
    first = opening.open_survey(2024, source="kostra", data_dir=str(folder))
    (folder / "2024/desktop.ini").write_text("[.ShellClassInfo]\n", "utf-8")
    again = opening.open_survey(2024, source="kostra", data_dir=str(folder))
    assert (first.forbigaatt["fil"].to_list(), first.inputs) == ([], again.inputs)
    assert again.forbigaatt["fil"].to_list() == ["2024/desktop.ini"]
    found = validate(asked(2024, "kostra", data_dir=str(folder)))
    assert found.forbigaatt["fil"].to_list() == ["2024/desktop.ini"]


@pytest.mark.parametrize("name", ["２０２４", "²⁰²⁴", "2024a", "kopi"])
def test_a_folder_that_is_no_year_is_not_overlooked(tmp_path: Path, name: str) -> None:
    deliver(tmp_path, GOOD)
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.txt").write_bytes((tmp_path / "2024/a.txt").read_bytes())
    with pytest.raises(DataError, match="holds account files, is no year"):
        findings_of(tmp_path)


@pytest.mark.parametrize("name", ["a.bak", "a.old", "kopi av a.txt", "a.txt.part", "thumbs.txt"])
def test_what_people_leave_is_read(tmp_path: Path, name: str) -> None:
    """A copy is a second delivery, and half a download half of one."""
    deliver(tmp_path, GOOD)
    deliver(tmp_path, GOOD, name=name)
    assert set(findings_of(tmp_path)["kontroll"]) == {"E02", "015"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "har ingen linjer"),
        (b"\r\n\r\n", "har ingen linjer"),
        ("Kjære SSB\nher er det\n".encode(), "har ingen poster; ingen linje begynner"),
        (b"PK\x03\x04" + bytes(range(256)) * 9, "er et regneark eller et annet pakket dokument"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\n\x00" * 99, "er et regneark eller dokument av"),
        (b"%PDF-1.7\n%\xe2\xe3\n" * 5, "er en PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "er et bilde"),
        (b"<html>\n<body>\n", "er en nettside"),
        (gzip.compress(b"\n".join(line.encode() for line in GOOD)), "er et arkiv av et annet slag"),
        ("\n".join(GOOD).encode("utf-16"), "er tekst i UTF-16"),
        ("\n".join(GOOD).encode("utf-16-le"), "er tekst i UTF-16"),
        ("\n".join(GOOD).encode("utf-16-be"), "er tekst i UTF-16"),
        (b"PAR1" + b"\n" * 30, "er en parquet-fil"),
    ],
)  # fmt: skip
def test_a_file_without_records_is_told_in_one_finding(
    tmp_path: Path, content: bytes, said: str
) -> None:
    deliver(tmp_path, content, name="b.txt")
    deliver(tmp_path, GOOD)
    found = findings_of(tmp_path)
    assert found.select("kontroll", "fil", "alvorlighet", "region").rows() == [
        ("E01", "2024/b.txt", "fatal", "")
    ]
    assert found["funnet"][0].startswith(said)
    assert became(tmp_path)["2024/b.txt"][2] == became(tmp_path)["2024/b.txt"][0]


class TestListOfRespondents:
    def list_of(self, folder: Path, content: bytes) -> Path:
        deliver(folder, GOOD + lines(sound(), region=TYSVAER))
        path = folder / "2024/respondenter.csv"
        path.write_bytes(content)
        return path

    @pytest.mark.parametrize(
        "content",
        [
            b"region\n1103\n\n1146\n",
            b"region\n\n\n1103\n1146\n\n\n",
            b"region\r\n1103\r\n\r\n1146\r\n",
            b"\xef\xbb\xbfregion\n1103\n  \n1146",
            b'region\n"1103"\n""\n1146\n',
        ],
    )
    def test_blank_lines_are_no_units(self, tmp_path: Path, content: bytes) -> None:
        self.list_of(tmp_path, content)
        found = respondents.listed(tmp_path, 2024)
        assert found is not None
        assert found.numbers.to_list() == ["1103", "1146"]
        assert findings_of(tmp_path).is_empty()

    def test_an_odd_cell_behind_a_blank_line_is_told_with_its_own_line(
        self, tmp_path: Path
    ) -> None:
        self.list_of(tmp_path, b"region\n\n\n11o3\n")
        with pytest.raises(DataError, match=r"respondenter\.csv:4: region is '11o3'"):
            respondents.listed(tmp_path, 2024)

    @pytest.mark.parametrize("kind", ["folder", "outward", "dangling", "pipe", "utf16", "empty"])
    def test_what_is_no_plain_file_in_the_folder_stops_the_run(
        self, tmp_path: Path, kind: str
    ) -> None:
        folder = tmp_path / "egne"
        path = self.list_of(folder, b"")
        path.unlink()
        elsewhere = tmp_path / "andres.csv"
        elsewhere.write_text("region\n1103\n", "utf-8")
        match kind:
            case "folder":
                path.mkdir()
            case "outward":
                path.symlink_to(elsewhere)
            case "dangling":
                path.symlink_to(folder / "2024/borte.csv")
            case "pipe":
                os.mkfifo(path)
            case "utf16":
                path.write_bytes("region\n1103\n".encode("utf-16"))
            case _:
                path.write_bytes(b"")
        with pytest.raises(DataError, match=r"respondenter\.csv") as error:
            opening.open_survey(year=2024, source="kostra", data_dir=str(folder))
        assert "\n" not in str(error.value)
        with pytest.raises(DataError, match=r"respondenter\.csv"):
            findings_of(folder)

    def test_a_link_within_the_folder_is_read(self, tmp_path: Path) -> None:
        path = self.list_of(tmp_path, b"region\n1103\n")
        path.rename(tmp_path / "2024/.liste")
        path.symlink_to(tmp_path / "2024/.liste")
        found = respondents.listed(tmp_path, 2024)
        assert found is not None
        assert found.numbers.to_list() == ["1103"]


class TestReadOnce:
    """What is kept has the name of the bytes it was read from, whatever becomes of the file meanwhile."""

    @pytest.mark.parametrize("renamed", [False, True])
    def test_a_file_rewritten_between_its_hash_and_its_reading(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: bool
    ) -> None:
        own_cache(project)
        first = lines([("drift", "222", "010", 1000), ("drift", "800", "870", -1000)])
        second = lines([("drift", "222", "010", 5000), ("drift", "800", "870", -5000)])
        folder = deliver(tmp_path, first)
        file = folder / "2024/a.txt"
        hashes = accounts.files_of_year.content_hashes

        def rewritten(*asked_for: object) -> dict[str, str]:
            found = hashes(*asked_for)  # type: ignore[arg-type]
            if renamed:
                file.with_suffix(".ny").write_text("\n".join(second) + "\n", "latin-1")
                file.with_suffix(".ny").replace(file)
            else:
                file.write_text("\n".join(second) + "\n", "latin-1")
            return found

        def spent() -> int:
            survey = opening.open_survey(year=2024, source="kostra", data_dir=str(folder))
            return int(survey.poster.filter(pl.col("art") == "010").collect()["belop"].item())

        with monkeypatch.context() as patched:
            patched.setattr(accounts.files_of_year, "content_hashes", rewritten)
            assert spent() == 5000
            survey = opening.open_survey(year=2024, source="kostra", data_dir=str(folder))
        assert survey.inputs == hashes(folder, 2024)
        deliver(folder, first)
        assert spent() == 1000
        deliver(folder, second)
        assert spent() == 5000


def test_the_manifest_and_the_page_say_what_became_of_the_lines(one_notebook: Path) -> None:
    folder = one_notebook / "egne"
    deliver(folder, [*GOOD, *NOTHING])
    (folder / "2024/desktop.ini").write_text("[x]\n", "utf-8")
    request = asked(year=2024, source="kostra", data_dir=str(folder))
    made, _ = publish(request, only="side")
    said = json.loads((made / "manifest.json").read_text("utf-8"))
    assert said["linjer"] == [
        {"aar": 2024, "fil": "2024/a.txt", "leverte": 18, "regnet_med": 16, "stanset": 0,
         "forbigaatt": 2, "hvorfor": "beløpet er 0: 2"}
    ]  # fmt: skip
    assert [row["fil"] for row in said["forbigaatt"]] == ["2024/desktop.ini"]
    found = validate(request)
    page = (found.folder / "index.html").read_text("utf-8")
    assert "<td>2024/a.txt</td>" in page
    assert "beløpet er 0: 2" in page
    assert "2024/desktop.ini (fra operativsystemet" in page
    assert tally.TALLY.keys() == found.linjer.schema.keys()
