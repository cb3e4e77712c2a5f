"""A concept of one's own, of arts, functions or chapters: evaluated on the ledger as those of indicators.csv are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.support.errors import UsageError, one_line
from kommuneregnskap.support.nearest import nearest
from kommuneregnskap.survey import accounts
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.codesets import WITHOUT
from kommuneregnskap.tables.definitions import BALANCE, Term

Codes = str | int | Iterable[str | int]
# Where the codes of an argument stand, and how many digits they have; chapters have two to four.
LISTED = {"arter": ("art", 3), "funksjoner": ("funksjon", 3), "kapitler": ("kapittel", 0)}
ITEM = re.compile(r"^(\d+)(?:\s*(?:\.\.|-|–)\s*(\d+)|(\*))?$")
FORMS = "a code (500), a range (500-509), all that begin so (50*), several with commas between or as a list"


def with_own(
    survey: Survey, begrep: str, codes: dict[str, Codes], regnskap: str, fortegn: int
) -> Survey:
    """Return the survey with one concept, made of the codes given, in the place of those of the tables.

    codes: `arter`, `funksjoner`, `kapitler`, empty ones for all; `kapitler` are those of the balance sheet. regnskap:
    `drift` or `investering`, or its account class; fortegn: 1, or −1 for what stands with a minus in the file.
    A unit with accounts that has posted nothing on the codes has 0; a year in which none of the codes is valid is left
    out. Raises UsageError for a survey without a ledger, and for a code that is unknown in the survey year.
    """
    if not survey.gives.rows:
        raise UsageError(
            f"{one_line(begrep)!r} is made of codes, and the source {survey.source} has sums and no ledger; open "
            'account files, kr.open_survey(year=…, source="kostra", data_dir="folder"), or the invented panel, '
            'source="demo"'
        )
    given = {name: each for name, each in codes.items() if _parts(each)}
    if fortegn not in (1, -1):
        raise UsageError(f"fortegn is {fortegn!r}; allowed: 1, -1")
    account = _account(survey, regnskap, given)
    found = []
    for year in survey.years:
        sets = {name: _expanded(name, each, year, survey.year) for name, each in given.items()}
        if all(sets.values()):
            whole = {name: list[str]() for name in LISTED} | sets
            term = Term(
                begrep,
                1,
                fortegn,
                account,
                **whole,
                begreper="",
                omraader=account != BALANCE,
                omfang="",
            )
            found.append(evaluate.evaluate(survey.poster, survey.balanse, year, [term]))
    return replace(survey, indikatorer=accounts.linked(pl.concat(found), survey.years))


def _account(survey: Survey, regnskap: str, given: dict[str, Codes]) -> str:
    """Return which account is meant, by its name or its class in the survey's scope; of chapters the balance."""
    if "kapitler" in given:
        if len(given) > 1:
            raise UsageError(
                "kapitler are of the balance sheet, which has no arter and funksjoner; give them alone"
            )
        return BALANCE
    forms = tables.read("skjema").filter(
        pl.col("regnskap").cast(pl.String) != BALANCE,
        pl.col("regnskapsomfang").cast(pl.String) == survey.scope,
    )
    classes: dict[str, str] = dict(
        forms.select(pl.col("kontoklasse", "regnskap").cast(pl.String)).iter_rows()
    )
    named = classes.get(str(regnskap), str(regnskap))
    if named not in classes.values():
        allowed = ", ".join(dict.fromkeys(classes.values()))
        raise UsageError(
            f"regnskap is {one_line(regnskap)!r}; allowed: {allowed} (or its kontoklasse: {', '.join(classes)}); the "
            "balance sheet has kapitler=…"
        )
    return named


def _parts(given: Codes) -> list[str]:
    """Return codes, ranges and beginnings as they were given, one by one."""
    listed = [given] if isinstance(given, str | int) else list(given)
    return [part.strip() for each in listed for part in re.split("[,;]", str(each)) if part.strip()]


def _expanded(name: str, given: Codes, year: int, survey_year: int) -> list[str]:
    """Return the codes of a list that are meant, of those valid in a year; in the survey year each must be."""
    listed, width = LISTED[name]
    known = tables.valid(listed, year)[listed].to_list()
    strict = year == survey_year
    included, _, excluded = given.partition(WITHOUT) if isinstance(given, str) else (given, "", "")
    wanted = _among(name, _parts(included), known, width, year if strict else None)
    unwanted = _among(name, _parts(excluded), known, width, year if strict else None)
    found = [code for code in known if code in wanted and code not in unwanted]
    if strict and not found:
        raise UsageError(f"{name}: {one_line(given)} takes in no {listed} that is valid in {year}")
    return found


def _among(
    name: str, parts: Sequence[str], known: list[str], width: int, year: int | None
) -> set[str]:
    """Return the known codes that parts name. year: the one in which a code that stands alone must be valid."""
    found: set[str] = set()
    for part in parts:
        match = ITEM.match(part)
        if match is None:
            raise UsageError(f"{name}: {one_line(part)!r} is no code; allowed: {FORMS}")
        first, last, more = match.groups()
        if more:
            found |= {code for code in known if code.startswith(first)}
            continue
        low, high = first.zfill(width), (last or first).zfill(width)
        inside = {
            code for code in known if len(code) == len(low) == len(high) and low <= code <= high
        }
        if year is not None and not inside:
            raise UsageError(_unknown(name, part, known, year))
        found |= inside
    return found


def _unknown(name: str, part: str, known: list[str], year: int) -> str:
    """Say that a code is not valid in a year: when it is, where it is at all, and the nearest that are."""
    listed, width = LISTED[name]
    rows = tables.read(listed).filter(pl.col(listed) == part.zfill(width))
    valid = "; ".join(
        f"{low} to {high or 'now'}"
        for low, high in rows.select("gyldig_fra", "gyldig_til").iter_rows()
    )
    when = f" (it is from {valid})" if valid else ""
    if any(code.startswith(part) for code in known):
        when += f" ('{part}*' is all that begin so)"
    return f"{name}: {part} is no {listed} in {year}{when}; nearest: {', '.join(nearest(part.zfill(width), known))}"
