"""Small sound accounts for the tests of the controls: a few lines that break no control.

Operating account (1000 kr): revenue 600 + 300 + 100, expenditure 900 + 50 (depreciation, with its
counter-entry), result 100 = 60 set aside + 40 transferred. Investment: 500 = 60 + 40 + 400. Balance:
1000 against 1000, and memorandum accounts 20 against 20.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.sources.kostra.records import RECORD_SCHEMA, format_records
from kommuneregnskap.survey import accounts

Post = tuple[str, str, str, int]  # account, function or chapter, art or sector, 1000 kr
CLASSES = {
    "kasse": {"drift": "1", "investering": "0", "balanse": "2"},
    "konsolidert": {"drift": "3", "investering": "4", "balanse": "5"},
}
BALANCE_FORM = {"0A": "0B", "0C": "0D", "0M": "0N", "0P": "0Q"}


def sound(form: str = "0A") -> list[Post]:
    """Return the posts of sound accounts; counties have services of their own."""
    service = "520" if form in ("0C", "0P") else "222"
    return [
        ("drift", "800", "870", -600),
        ("drift", "840", "800", -300),
        ("drift", service, "600", -100),
        ("drift", service, "010", 900),
        ("drift", service, "590", 50),
        ("drift", "860", "990", -50),
        ("drift", "880", "540", 60),
        ("drift", "880", "570", 40),
        ("investering", service, "230", 500),
        ("investering", "841", "729", -60),
        ("investering", "880", "970", -40),
        ("investering", "880", "910", -400),
        ("balanse", "10", "320", 1000),
        ("balanse", "56", "080", -1000),
        ("balanse", "9100", "080", 20),
        ("balanse", "9999", "080", -20),
    ]


def grown(year: int, form: str = "0A") -> list[Post]:
    """Return sound accounts that are a tenth larger each year after 2020, as no two years are the same (E12)."""
    return [(*post[:3], post[3] * (year - 2010) // 10) for post in sound(form)]


def lines(
    posts: list[Post], *, form: str = "0A", year: int = 2024, region: str = "110300"
) -> list[str]:
    """Return posts as record lines: the appropriation accounts first, then the balance sheet."""
    classes = CLASSES["konsolidert" if form in ("0M", "0P") else "kasse"]
    rows = [
        {
            "skjema": BALANCE_FORM[form] if account == "balanse" else form,
            "aar": year,
            "kvartal": "",
            "region": region,
            "orgnr": "",
            "foretaksnr": "",
            "kontoklasse": classes[account],
            "funksjon_kapittel": place,
            "art_sektor": kind,
            "belop": amount,
        }
        for account, place, kind, amount in posts
    ]
    return format_records(pl.DataFrame(rows, schema=RECORD_SCHEMA)).to_list()


def deliver(
    folder: Path, text: list[str] | bytes | str, *, year: int = 2024, name: str = "a.txt"
) -> Path:
    """Write lines (or a text, or bytes) as a file of a year; return the folder of the source."""
    content = "\n".join(text) + "\n" if isinstance(text, list) else text
    data = content.encode("latin-1") if isinstance(content, str) else content
    (folder / str(year)).mkdir(parents=True, exist_ok=True)
    (folder / str(year) / name).write_bytes(data)
    return folder


def findings_of(folder: Path, year: int = 2024, scope: str = "") -> pl.DataFrame:
    """Return what the controls find in the files of a year."""
    return accounts.control_years(folder, [year], scope, "leverte")[year].kontroll


def found(
    folder: Path,
    *extra: Post,
    without: tuple[str, ...] = (),
    form: str = "0A",
    year: int = 2024,
    region: str = "110300",
) -> set[str]:
    """Return the numbers of the controls that fire on sound accounts with `extra` posts.

    `without`: arts and chapters (third or second field) whose sound posts are left out. That a region
    is special (E05) and that an extra post stands beside a sound one (015) is not counted.
    """
    posts = [post for post in sound(form) if post[1] not in without and post[2] not in without]
    deliver(folder, lines([*posts, *extra], form=form, year=year, region=region), year=year)
    return set(findings_of(folder, year)["kontroll"]) - {"E05", "015"}
