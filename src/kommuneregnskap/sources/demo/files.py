"""The panel as files: the same 48-character records as real deliveries, marked as synthetic."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from kommuneregnskap.sources.demo import accounts, frame, inputs
from kommuneregnskap.sources.demo.records import Panel
from kommuneregnskap.sources.kostra.records import write_records

MARK = "SYNTETISK"
RESPONDENTS = "respondenter.csv"
NOTICE_FILE = f"{MARK}.md"  # .md, so that the reader of account files passes it by
NOTICE = """SYNTETISKE TALL – IKKE EKTE REGNSKAP

Filene i denne mappen er laget av programmet (kommuneregnskap.sources.demo) og er oppdiktet: beløpene,
hvem som har svart, og kommunene og fylkeskommunene selv, som har løpenumre under oppdiktede fylker.
De er like mange og like store som de virkelige, for at svarandeler og størrelsesgrupper skal bli som i
undersøkelsen. Tallene er kalibrert til det som er publisert om summer og antall (data/demo/targets.csv),
og viser bare at metoden, koden og rapporten henger sammen.

Sier ingenting om noen kommune. Bygges på nytt med: make demo
"""


def generate(*, everyone: bool = False) -> Panel:
    """Return the panel without writing anything; `everyone`: with those who never answered.

    Deterministic: the same tables give the same amounts on every machine. Raises DataError where a
    table is missing, ValueError where the tables cannot be met.
    """
    read = frame.with_everyone(inputs.read()) if everyone else inputs.read()
    frames = [frame.municipalities(read), frame.counties()]
    return Panel(read, {one.kind: accounts.accounts(one, read) for one in frames})


def build_panel(folder: Path) -> None:
    """Write the panel to `folder`, replacing what is there: <year>/<form>_<year>_SYNTETISK.txt.

    Every year also gets respondenter.csv (column region: four-digit numbers valid that year) and
    the notice SYNTETISK.md. Written to a temporary folder beside it and renamed.
    """
    panel = generate()
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    try:
        for year in panel.years:
            _write_year(panel, year, temporary / str(year))
        (temporary / NOTICE_FILE).write_text(NOTICE, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.replace(former)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def write_everyone(folder: Path, years: Sequence[int]) -> None:
    """Write the accounts of all municipalities outside Oslo and all counties to `folder`, year by year.

    As `build_panel`, with those who never answered and without saying who did: for trying estimates where
    the truth is known. The folder must not exist.
    """
    panel = generate(everyone=True)
    for year in years:
        _write_year(panel, year, folder / str(year))
        (folder / str(year) / RESPONDENTS).unlink()


def _write_year(panel: Panel, year: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    for form in panel.forms:
        write_records(panel.records(year, form), folder / f"{form}_{year}_{MARK}.txt")
    panel.respondents(year).write_csv(folder / RESPONDENTS)
    (folder / NOTICE_FILE).write_text(NOTICE, encoding="utf-8", newline="\n")


def content_hash(folder: Path) -> str:
    """Return the sha256 of the content of a built panel: the sorted records and the respondents.

    Sorted, so that it is a hash of what is said, not of the order or the bytes of the files.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/*.txt")) + sorted(folder.glob("*/*.csv")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update("\n".join(sorted(path.read_text("ascii").splitlines())).encode())
    return digest.hexdigest()
