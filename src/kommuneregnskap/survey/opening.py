"""Opens a survey: finds its accounts, has them read and evaluated, and says what is not there.

A notebook opens its own survey. Where one process runs many notebooks on the same files, as a worker of `sheets`
does, it is opened once and handed out again (`keep_open`); everywhere else it is opened anew.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.sources import demo
from kommuneregnskap.sources.kostra import corrections, delivery, ledger
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.survey import accounts, matching, open_figures
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import OPEN, Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.choices import Choices

SOURCES = (*delivery.SOURCES, OPEN)
USUAL_SCOPE = delivery.SCOPES[0]
_kept: dict[str, dict[tuple[str, ...], Survey]] = {}


def open_survey(
    *,
    year: int,
    source: str = "demo",
    scope: str = "kasse",
    data_dir: str = "",
    panel: str = "",
    assume: str = "",
) -> Survey:
    """Open the survey of accounting year `year`.

    source: `demo` (the bundled synthetic panel, built when missing), `kostra` (account files in
    `data_dir`, else in data/raw) or `ssb` (the snapshot of StatBank named `data_dir`, else the
    newest). scope: `kasse` or `konsolidert`; for ssb `konsern` or `kasse`. panel: for ssb one of
    `open_figures.PANELS` (empty: `uten_oslo`), else empty. assume: open choices that are made otherwise than
    usual, such as `sosial=FGK12,disse=negative` (`choices.parse`). Reads the survey year and the three
    before it, as far as the source has them.

    Raises UsageError for a year, source, scope or choice that is not there (naming those that are), and
    DataError for a file or table that is not as it must be.
    """
    asked = (str(year), source, scope, data_dir, panel, assume)
    for found in _kept.values():
        if asked in found:
            return found[asked]
    if source not in SOURCES:
        raise UsageError(f"SOURCE is {source!r}; allowed: {', '.join(SOURCES)}")
    made = choices.parse(assume)
    if source == OPEN:
        opened = _on_open_data(year, scope, data_dir, panel or open_figures.WITHOUT_OSLO)
    elif panel:
        raise UsageError(
            f"PANEL is {panel!r}; only the source ssb has panels, {source} has respondents"
        )
    else:
        opened = _on_account_files(year, source, scope, data_dir, made)
    opened = opened.under(made)
    for found in _kept.values():
        found[asked] = opened
    return opened


def _on_account_files(year: int, source: str, scope: str, data_dir: str, made: Choices) -> Survey:
    assumed = choices.setting(made, "omfang")
    if assumed not in (USUAL_SCOPE, scope) and scope == USUAL_SCOPE:
        scope = assumed  # the published numbers are taken to be of that scope
    folder = delivery.source_folder(source, data_dir)
    if source == "demo":
        demo.ensure_panel(folder)
    available = delivery.years_available(source, data_dir)
    if year not in available:
        raise UsageError(_no_year(year, source, folder, available))
    years = [each for each in range(year - YEARS_BEFORE, year + 1) if each in available]
    inputs = delivery.content_hashes(folder, years)
    store = accounts.store_of(folder, inputs, years, scope, delivery.ACCOUNTS[source])

    def frame(name: str) -> pl.DataFrame:
        return pl.read_parquet(store / f"{name}.parquet")

    indikatorer = frame("indikatorer")
    return Survey(
        year=year,
        source=source,
        scope=scope,
        years=tuple(years),
        poster=pl.scan_parquet(store / "poster.parquet"),
        balanse=pl.scan_parquet(store / "balanse.parquet"),
        inputs=inputs,
        store=store,
        enheter=frame("enheter"),
        indikatorer=indikatorer,
        kontroll=frame("kontroll"),
        utelatt=frame("utelatt"),
        rettelser=frame("rettelser"),
        svart_foer=matching.answered_before(
            indikatorer,
            {each: ledger.respondents(folder, each, survey_year=False) for each in years[:-1]},
        ),
        data_dir=data_dir,
    )


def _on_open_data(year: int, scope: str, name: str, panel: str) -> Survey:
    snapshot = open_snapshot(name)
    found, known, years = open_figures.survey_frames(snapshot, year, scope, panel)
    return Survey(
        year=year,
        source=OPEN,
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
        store=paths.cache(),
        svart_foer=matching.answered_before(found["indikatorer"], dict.fromkeys(years[:-1])),
        open=known,
        data_dir=name,
    )


def _no_year(year: int, source: str, folder: Path, available: list[int]) -> str:
    if not available:
        return (
            f"no account files in {shown_path(folder)}; put KOSTRA files there (or in a folder per year), or "
            "give their folder with DATA=folder"
        )
    years = ", ".join(str(each) for each in available)
    return f"YEAR is {year}; the source {source} has accounts for: {years}"


def keep_open(token: str) -> None:
    """From now on hand out the surveys opened in this process again, as long as the token is the same.

    token: names the content of all files that surveys are opened from; another one forgets them.
    """
    if token not in _kept:
        _kept.clear()
        _kept[token] = {}


def forget() -> None:
    """Open every survey anew again."""
    _kept.clear()
