"""A ledger as CSV that was delivered twice in one file is found, and entries that are alike are not taken for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.controls import findings
from kommuneregnskap.sources.kostra import delivery
from tests.helpers.accounts import deliver, findings_of, lines, sound
from tests.helpers.csv_ledgers import FINDING, HEADER, as_csv, as_ledger, rows

pytestmark = pytest.mark.slow  # all of them together

GOOD = lines(sound())


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
