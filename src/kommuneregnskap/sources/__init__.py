"""Where accounts come from: KOSTRA files and ledgers, SSB's StatBank, the synthetic panel.

Each is a `source.Source` in a module of its own, and stands in REGISTERED: that is all a new one needs.

Public: `NAMES`, `DEFAULT`, `named(name)`, `with_files(name)`, `scopes()`, `panels()`, `is_invented(accounts)`.
"""

from __future__ import annotations

from kommuneregnskap.sources import account_files, published_figures, synthetic_panel
from kommuneregnskap.sources.source import INVENTED, HasFiles, Source
from kommuneregnskap.support.errors import UsageError

REGISTERED: tuple[Source, ...] = (
    synthetic_panel.SOURCE,
    account_files.SOURCE,
    published_figures.SOURCE,
)
NAMES = tuple(source.name for source in REGISTERED)
DEFAULT = NAMES[0]


def named(name: str) -> Source:
    """Return the source of that name. Raises UsageError, naming those there are."""
    for source in REGISTERED:
        if source.name == name:
            return source
    raise UsageError(f"SOURCE is {name!r}; allowed: {', '.join(NAMES)}")


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
