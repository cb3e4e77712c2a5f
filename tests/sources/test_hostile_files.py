"""Files that are broken in every way we could think of: one clear line, and the former report stands."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.report import publish
from kommuneregnskap.sources.kostra import files
from kommuneregnskap.sources.kostra.records import AMOUNT_WIDTH, RECORD_LENGTH
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey.request import asked
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.outputs import fingerprints
from tests.helpers.steps import without_steps

pytestmark = pytest.mark.slow  # all of them together

GOOD = lines(sound())
UNIT = "110300 Stavanger"
FILE = "../filer/2024/a.txt"
AGAIN = "Check the file and its permissions, or deliver it again."
SHAPE = (
    "; allowed: 48 tegn i ISO-8859-1, uten tabulator og andre styretegn; i en CSV-fil like mange felt "
    "som i overskriften, og ingen summer. Rett linjen: i poster har feltene faste plasser, i en CSV-fil "
    "skal hver linje være en post. Filen kontrolleres ikke videre før dette er rettet."
)
READABLE = (
    "; allowed: en fil eller et arkiv som kan åpnes, innenfor mappen, med minst én linje; av CSV med "
    "overskriftene i data/definitions/ledger_columns.csv. Se etter filen og rettighetene, i CSV overskriften "
    "og anførselstegnene, eller lever den på nytt."
)
AMOUNT = (
    "; allowed: blanke, eventuelt minus rett foran sifrene, ett eller flere sifre (1000 kr); i en "
    "CSV-fil et tall som 1 234,50 i enheten overskriften sier. Skriv beløpet i hele tusen kroner, "
    "høyrestilt, uten desimaler og skilletegn; i en CSV-fil med desimalkomma og mellomrom mellom tusener."
)
REGION = (
    "; allowed: kommuner (og fylkeskommuner for 0C, 0D, 0P og 0Q) i 2024, fire sifre og 00. Rett "
    "nummeret til det som gjaldt i 2024."
)


def shape(found: str, line: int = 1, unit: str = f", {UNIT}") -> str:
    name = "Hver linje har 48 tegn og ingen tabulator"
    return f"{FILE}:{line}: control 001 ({name}){unit}: linje is '{found}'{SHAPE}"


def unreadable(found: str, file: str = FILE) -> str:
    return f"{file}: control E01 (Filen kan leses): fil is {found!r}{READABLE}"


def amount(found: str) -> str:
    return f"{FILE}:1: control 014 (Beløpet er et helt tall), {UNIT}: belop is '{found}'{AMOUNT}"


def with_amount(text: str) -> list[str]:
    return [GOOD[0][:39] + text, *GOOD[1:]]


def region(found: str, unit: str) -> str:
    return (
        f"{FILE}:1: control 006 (Regionen finnes i registeret for året), {unit}: region is "
        f"'{found}'{REGION}"
    )


def of_region(number: str) -> list[str]:
    return lines(sound(), region=number)


def zipped(folder: Path, member: str, content: bytes) -> None:
    (folder / "2024").mkdir(parents=True)
    with zipfile.ZipFile(folder / "2024" / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)


def linked(folder: Path) -> None:
    deliver(folder.parent / "annet", GOOD)
    (folder / "2024").mkdir(parents=True)
    (folder / "2024" / "a.txt").symlink_to(folder.parent / "annet" / "2024" / "a.txt")


def twice(folder: Path) -> None:
    deliver(folder, GOOD)
    deliver(folder, lines([*sound(), ("drift", "222", "010", 7)]), name="b.txt")


def nested(folder: Path) -> None:
    deliver(folder, GOOD)
    (folder / "2024" / "mappe").mkdir()


TWO_YEARS = lines(sound(), year=2023)[:1] + GOOD[1:]
QUARTER = [line[:6] + "4" + line[7:] for line in GOOD]
UNKNOWN_FORM = ["0Z" + line[2:] for line in GOOD]
ENTERPRISE = ["0I" + line[2:31] + "3" + line[32:] for line in GOOD[:8]]
CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty file": (lambda f: deliver(f, ""), unreadable("har ingen linjer")),
    "blank lines": (lambda f: deliver(f, "\n\r\n\n"), unreadable("har ingen linjer")),
    "blanks": (lambda f: deliver(f, "   \n  \n"), unreadable("har ingen linjer")),
    "47 characters": (lambda f: deliver(f, [GOOD[0][:-1], *GOOD[1:]]), shape("47 tegn")),
    "49 characters": (lambda f: deliver(f, [GOOD[0], GOOD[1] + "0", *GOOD[2:]]), shape("49 tegn", 2)),
    "480 characters": (lambda f: deliver(f, "".join(GOOD[:10])), shape("480 tegn")),
    "tab": (lambda f: deliver(f, [GOOD[0].replace("   ", "\t  ", 1), *GOOD[1:]]), shape("tabulator")),
    "tabs for columns": (lambda f: deliver(f, ["0A\t2024\t1103"]), shape("tabulator", unit="")),
    "lone CR": (lambda f: deliver(f, "\r".join(GOOD)), shape("vognretur uten linjeskift")),
    "NUL": (lambda f: deliver(f, ["\x00" + GOOD[0][1:], *GOOD[1:]]), shape("tegnet NUL")),
    "unit separator": (lambda f: deliver(f, [GOOD[0] + "\x1fskjult", *GOOD[1:]]), shape("55 tegn")),
    "byte-order mark": (
        lambda f: deliver(f, ("\ufeff" + "\n".join(GOOD)).encode()),
        shape("byterekkefølgemerke fra UTF-8"),
    ),
    "UTF-8": (
        lambda f: deliver(f, "\n".join([GOOD[0][:13] + "æøå" + GOOD[0][16:], *GOOD[1:]]).encode()),
        shape("51 tegn"),
    ),
    "UTF-16": (
        lambda f: deliver(f, "\n".join(GOOD).encode("utf-16")),
        unreadable("er tekst i UTF-16; lagre den i ISO-8859-1, én byte for hvert tegn"),
    ),
    "Latin-1 in a neighbouring field": (
        lambda f: deliver(f, [GOOD[0][:13] + "æøå" + GOOD[0][16:], *GOOD[1:]]),
        f"{FILE}:1: control 007 (Organisasjonsnummeret er blankt), {UNIT}: orgnr is 'æøå'; allowed: "
        "blankt. Fjern organisasjonsnummeret: årsregnskapet til kommunen er merket med region.",
    ),
    "decimals": (lambda f: deliver(f, with_amount("   -600,5")), amount("   -600,5")),
    "plus": (lambda f: deliver(f, with_amount("     +600")), amount("     +600")),
    "thousands separator": (lambda f: deliver(f, with_amount("   -1.600")), amount("   -1.600")),
    "blank in the digits": (lambda f: deliver(f, with_amount("   -1 600")), amount("   -1 600")),
    "detached minus": (lambda f: deliver(f, with_amount("    - 600")), amount("    - 600")),
    "minus behind": (lambda f: deliver(f, with_amount("     600-")), amount("     600-")),
    "exponent": (lambda f: deliver(f, with_amount("     -6e2")), amount("     -6e2")),
    "two years in one file": (
        lambda f: deliver(f, TWO_YEARS),
        f"{FILE}:1: control 004 (Årgangen er den mappen er for), {UNIT}: aar is '2023'; allowed: 2024. "
        "Legg filen i mappen for sitt år, eller rett årgangen.",
    ),
    "quarter": (
        lambda f: deliver(f, QUARTER),
        f"{FILE}:1: control 005 (Kvartalet er blankt), {UNIT}: kvartal is '4'; allowed: blankt, for "
        "årsregnskap. Lever årsregnskapet: en kvartalsfil er ikke et helt år.",
    ),
    "wrong form": (
        lambda f: deliver(f, UNKNOWN_FORM),
        f"{FILE}:1: control 003 (Skjemaet er et av årsregnskapets), {UNIT}: skjema is '0Z'; allowed: "
        "skjemaene i data/codes/skjema.csv. Rett skjemaet, eller ta filen ut av mappen hvis den hører "
        "til noe annet.",
    ),
    "unknown municipality": (lambda f: deliver(f, of_region("999900")), region("999900", "999900")),
    "ceased in 2024": (
        lambda f: deliver(f, of_region("300500")),
        region("300500 (opphørte i 2024, nå 3301)", "300500"),
    ),
    "delivered twice": (
        twice,
        f"../filer/2024/a.txt, 2024/b.txt: control E02 (Et skjema er levert én gang), {UNIT}: fil is "
        "'12 konti står i flere filer'; allowed: hver konto i én fil, og én leveranse i filen. Ta ut "
        "leveransen som ikke gjelder.",
    ),
    "only the other scope": (
        lambda f: deliver(f, lines(sound("0M"), form="0M")),
        "no unit has delivered kasse accounts for 2024 in ../filer; other scope: konsolidert",
    ),
    "only an enterprise": (
        lambda f: deliver(f, ENTERPRISE),
        "no unit has delivered kasse accounts for 2024 in ../filer; other scope: konsolidert",
    ),
    "only Svalbard": (
        lambda f: deliver(f, of_region("211100")),
        "no unit has delivered kasse accounts for 2024 in ../filer; other scope: konsolidert",
    ),
    "zip that climbs out": (
        lambda f: zipped(f, "../../a.txt", "\n".join(GOOD).encode()),
        unreadable("har et medlem som klatrer ut av arkivet, eller står to ganger i det", "../filer/2024/a.zip"),
    ),
    "zip that is none": (
        lambda f: deliver(f, b"PK\x03\x04", name="a.zip"),
        unreadable("kan ikke leses (File is not a zip file)", "../filer/2024/a.zip"),
    ),
    "truncated gz": (
        lambda f: deliver(f, gzip.compress("\n".join(GOOD).encode())[:-9], name="a.gz"),
        unreadable(
            "kan ikke leses (Compressed file ended before the end-of-stream marker was reached)",
            "../filer/2024/a.gz",
        ),
    ),
    "link out of the folder": (linked, unreadable("er en lenke ut av mappen")),
    "folder in the year": (
        nested,
        "../filer/2024/mappe: is a folder within the year's folder, and its files would not be read. "
        "Put its files directly into the year's folder.",
    ),
    "spreadsheet": (
        lambda f: deliver(f, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 regneark", name="a.xls"),
        unreadable("er et regneark eller dokument av gammelt slag; lagre hovedboken som CSV").replace(
            "a.txt", "a.xls"
        ),
    ),
}  # fmt: skip


REPORT = [
    sys.executable,
    "-m",
    "kommuneregnskap",
    "report",
    "--source",
    "kostra",
    "--data",
    "../filer",
]


@pytest.fixture
def former(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A former report of the same year and source, in the project that is the working folder."""
    monkeypatch.chdir(project)
    folder = project / "reports" / "2024" / "kostra"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("forrige rapport", encoding="utf-8")
    (folder / "tall.csv").write_text("id\n", encoding="utf-8")
    return folder


def refused(former: Path, **wanted: object) -> str:
    """Ask for a report and return the message; the former report and all else must be as before."""
    reports = former.parents[1]
    before = fingerprints(reports)
    data = reports.parents[1] / "filer"
    with pytest.raises(KommuneregnskapError) as error:
        publish.publish(asked(2024, source="kostra", data_dir=str(data)), **wanted)  # type: ignore[arg-type]
    assert fingerprints(reports) == before
    return str(error.value)


@pytest.mark.parametrize("name", CASES)
def test_hostile_file(former: Path, name: str) -> None:
    make, message = CASES[name]
    make(former.parents[3] / "filer")
    assert refused(former) == message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["47 characters", "decimals", "wrong form", "zip that climbs out"])
def test_hostile_file_from_the_command_line(former: Path, name: str) -> None:
    """One line on the terminal, no traceback, exit code 1."""
    make, message = CASES[name]
    make(former.parents[3] / "filer")
    run = subprocess.run(REPORT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert without_steps(run.stderr) == [f"Error: {message}"]


def test_a_bomb_is_cut_off(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small archive that unpacks without end is bounded by size, here by a smaller one."""
    folder = former.parents[3] / "filer"
    zipped(folder, "a.txt", b"0" * 30_000_000)
    assert (folder / "2024" / "a.zip").stat().st_size < 100_000
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1_000_000)
    assert refused(former) == unreadable(
        "pakker ut til mer enn et år kan være", "../filer/2024/a.zip"
    )


def test_the_bound_holds_for_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 2000)
    for number in range(4):
        deliver(tmp_path, GOOD, name=f"{number}.txt")
    contents, problems = files.read_contents(sorted((tmp_path / "2024").iterdir()))
    assert len(contents) == 2
    assert len(problems) == 2


def test_no_sum_can_leave_64_bits() -> None:
    """As many records of the largest amount as a year's files may hold still fit an Int64."""
    records = files.MAX_UNPACKED_BYTES // RECORD_LENGTH
    largest = 10**AMOUNT_WIDTH - 1
    assert records * largest < 2**63 - 1


def test_sums_beyond_32_bits_are_exact(tmp_path: Path) -> None:
    text = with_amount("999999999") + [GOOD[0][:39] + "999999999"] * 9
    found = findings_of(deliver(tmp_path, text)).filter(pl.col("kontroll") == "110")
    assert found["differanse"].to_list() == [10 * 999_999_999 + 600]


def unprivileged() -> list[str]:
    """Return what to put before a command so that file permissions count, also for root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


def test_a_file_that_may_not_be_read(former: Path) -> None:
    folder = deliver(former.parents[3] / "filer", GOOD)
    (folder / "2024" / "a.txt").chmod(0)
    before = fingerprints(former.parents[1])
    run = subprocess.run([*unprivileged(), *REPORT], capture_output=True, text=True, check=False)
    (folder / "2024" / "a.txt").chmod(0o644)
    assert without_steps(run.stderr) == [
        f"Error: {FILE}: cannot be read (Permission denied). {AGAIN}"
    ]
    assert run.returncode == 1
    assert fingerprints(former.parents[1]) == before
