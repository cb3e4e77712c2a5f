"""Opens a survey: finds its accounts, has them read and evaluated, and says what is not there.

A notebook opens its own survey. Where one process runs many notebooks on the same files, as a worker of `sheets`
does, it is opened once and handed out again (`keep_open`); everywhere else it is opened anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from kommuneregnskap import sources
from kommuneregnskap.sources.kostra import corrections, files_of_year, respondents
from kommuneregnskap.sources.source import HasFiles, HasSnapshots
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.support.files import hashed_once
from kommuneregnskap.survey import accounts, matching, open_figures
from kommuneregnskap.survey.request import Request, asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import reads

HELD = "held"  # no content, but a time: that of `held_open`
_kept: dict[str, dict[Request, Survey]] = {}


@wraps(asked)
def open_survey(*wanted: Any, **named: Any) -> Survey:
    """Open the survey that is asked for in these words: `request.asked`, `opened`."""
    return opened(asked(*wanted, **named))


def opened(request: Request) -> Survey:
    """Open a survey: the year and the three before it, as far as the source has them.

    The synthetic panel is built when it is missing. Raises UsageError for a year, snapshot or panel that is not
    there (naming those that are), and DataError for a file or table that is not as it must be.
    """
    for known in _kept.values():
        if request in known:
            reads.note_again(known[request].reads)
            return known[request]
    origin = sources.named(request.source)
    with reads.noted() as found:
        if isinstance(origin, HasSnapshots):
            survey = _on_open_figures(request, origin)
        else:
            survey = _on_account_files(request, sources.with_files(request.source))
        survey = replace(survey, reads=found).under(request.choices)
    for known in _kept.values():
        known[request] = survey
    return survey


@hashed_once()
def _on_account_files(request: Request, origin: HasFiles) -> Survey:
    year, scope = request.year, request.accounts_scope
    folder = origin.folder(request.data_dir)
    first, last = accounts.span(year)
    with reads.unnoted():  # a panel that is built is known by its files
        origin.prepare(folder, range(first, last + 1))
    available = files_of_year.years_available(folder)
    if year not in available:
        raise UsageError(_no_year(year, origin.name, folder, available))
    years = [each for each in range(first, last + 1) if each in available]
    lists = respondents.lists(folder, years)
    kept, inputs = accounts.store_of(folder, years, scope, origin.accounts, lists)
    indikatorer = kept.frame("indikatorer")
    return Survey(
        year=year,
        source=origin.name,
        scope=scope,
        years=tuple(years),
        poster=kept.lazy("poster"),
        balanse=kept.lazy("balanse"),
        inputs=inputs,
        kept=kept,
        enheter=kept.frame("enheter"),
        indikatorer=indikatorer,
        kontroll=kept.frame("kontroll"),
        utelatt=kept.frame("utelatt"),
        rettelser=kept.frame("rettelser"),
        linjer=kept.frame("linjer"),
        forbigaatt=accounts.passed_over(folder, years, kept.frame("forbigaatt")),
        svart_foer=matching.answered_before(
            indikatorer,
            {each: own.numbers if own else None for each, own in lists.items() if each != year},
        ),
        request=request,
    )


def _on_open_figures(request: Request, origin: HasSnapshots) -> Survey:
    year, scope = request.year, request.scope
    snapshot = origin.snapshot(request.data_dir, year)
    panel = request.panel or origin.panels[0]
    found, known, years = open_figures.survey_frames(snapshot, year, scope, panel)
    return Survey(
        year=year,
        source=origin.name,
        scope=scope,
        years=tuple(years),
        poster=found["poster"].lazy(),
        balanse=found["balanse"].lazy(),
        enheter=found["enheter"],
        indikatorer=found["indikatorer"],
        kontroll=found["kontroll"],
        utelatt=found["utelatt"],
        rettelser=corrections.none(),
        inputs={entry["fil"]: entry["sha256"] for entry in snapshot.receipt["filer"]},
        svart_foer=matching.answered_before(found["indikatorer"], dict.fromkeys(years[:-1])),
        open=known,
        request=request.of_snapshot(snapshot.name),
    )


def _no_year(year: int, source: str, folder: Path, available: list[int]) -> str:
    if not available:
        return (
            f"YEAR is {year}; no account files in {shown_path(folder)}. {sources.adding(year)}, or give the folder of "
            f"account files with {typed('DATA=folder')}"
        )
    years = sources.listed(available)
    return f"YEAR is {year}; the source {source} has accounts for: {years}. {sources.adding(year)}"


def keep_open(token: str) -> None:
    """From now on hand out the surveys opened in this process again, as long as the token is the same.

    token: names the content of all files that surveys are opened from; another one forgets them.
    """
    if token not in _kept:
        _kept.clear()
        _kept[token] = {}


@contextmanager
def held_open() -> Iterator[None]:
    """Hand out the surveys opened inside again, until it ends: for work on files that are not to change meanwhile."""
    keep_open(HELD)
    try:
        yield
    finally:
        forget()


def forget() -> None:
    """Open every survey anew again."""
    _kept.clear()
