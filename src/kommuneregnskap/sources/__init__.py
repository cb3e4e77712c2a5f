"""Where accounts come from: KOSTRA files and ledgers, SSB's StatBank, the synthetic panel.

Each is a `source.Source` in a module of its own, and stands in REGISTERED, best evidence first: that is all a new one
needs.

Public: `NAMES`, `named(name)`, `at_hand(year)`, `adding(year)`, `with_files(name)`, `scopes()`, `panels()`,
`is_invented(accounts)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from kommuneregnskap.sources import account_files, published_figures, synthetic_panel
from kommuneregnskap.sources.source import INVENTED, HasFiles, Source
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError

REGISTERED: tuple[Source, ...] = (
    account_files.SOURCE,
    published_figures.SOURCE,
    synthetic_panel.SOURCE,
)
NAMES = tuple(source.name for source in REGISTERED)


def named(name: str) -> Source:
    """Return the source of that name. Raises UsageError, naming those there are."""
    for source in REGISTERED:
        if source.name == name:
            return source
    raise UsageError(f"SOURCE is {name!r}; allowed: {', '.join(NAMES)}")


def at_hand(year: int, scope: str = "", panel: str = "") -> list[Source]:
    """Return the sources that have accounts of a year on this machine, best evidence first.

    Own account files, SSB's open figures, the synthetic panel; of those only which have the scope and the panel, where
    one is named. Raises UsageError where none has the year, with the years of each.
    """
    fitting = [
        each
        for each in REGISTERED
        if scope in ("", *each.scopes) and (not panel or panel in each.panels)
    ]
    if not fitting:
        said, allowed = (
            ("SCOPE", scopes()) if scope and scope not in scopes() else ("PANEL", panels())
        )
        raise UsageError(
            f"{said} is {scope if said == 'SCOPE' else panel!r}; allowed: {', '.join(allowed)}"
        )
    years = {each.name: each.years() for each in fitting}
    found = [each for each in fitting if year in years[each.name]]
    if not found:
        have = "; ".join(f"{name}: {listed(own)}" for name, own in years.items() if own)
        raise UsageError(
            f"YEAR is {year}; there are accounts for: {have or 'no year'}. {adding(year)}"
        )
    return found


def adding(year: int) -> str:
    """Return how a year that is not there is added, in a sentence; for the error that says so."""
    from kommuneregnskap import tables  # noqa: PLC0415 (names of sources are asked for by the shell's completion)

    known = tables.years_known()
    if year < known[0]:
        return f"A year before {known[0]} cannot be added: data/codes has no codes of it"
    codes = "give data/codes its inhabitants and what codes are new, then " * (year > known[-1])
    return (
        f"To add it, {codes}put account files in data/raw/{year} or fetch SSB's figures: "
        f"{typed(f'make fetch YEAR={year}')} (docs/new-year.md)"
    )


def listed(years: Sequence[int]) -> str:
    """Return years in words, runs of them as one: `2020-2023, 2025`."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def with_files(name: str) -> HasFiles:
    """Return the source of that name that has account files. Raises UsageError, naming those that have."""
    having = {source.name: source for source in REGISTERED if isinstance(source, HasFiles)}
    if name not in having:
        raise UsageError(f"SOURCE is {name!r}; allowed: {', '.join(having)}")
    return having[name]


def scopes(*, only_files: bool = False) -> tuple[str, ...]:
    """Return every scope that some source has, or some source with account files."""
    chosen = (each for each in REGISTERED if each.gives.controls or not only_files)
    return tuple(dict.fromkeys(scope for source in chosen for scope in source.scopes))


def panels() -> tuple[str, ...]:
    """Return every panel that some source has."""
    return tuple(dict.fromkeys(panel for source in REGISTERED for panel in source.panels))


def is_invented(accounts: str) -> bool:
    """Return whether rows of such accounts (`source.Source.accounts`) are of invented ones."""
    return accounts == INVENTED
