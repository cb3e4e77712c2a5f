"""Opens a survey once in a process that makes many notebooks of it.

A notebook opens its own survey. Where one process runs hundreds of notebooks on the same files, as a worker
of `sheets` does, it is opened once and handed out again; everywhere else it is opened anew, as ever.
"""

from __future__ import annotations

from kommuneregnskap import survey as surveys
from kommuneregnskap.survey import Survey

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
    newest). scope: `kasse` or `konsolidert`; for ssb `konsern` or `kasse`. panel: for ssb `uten_oslo`
    (also when empty), `alle` or `pseudo`. assume: open choices made otherwise than usual, such as
    `sosial=FGK12,disse=negative`. Reads the survey year and the three before it, as far as there are.

    Raises UsageError for a year, source, scope or choice that is not there (naming those that are), and
    DataError for a file or table that is not as it must be.
    """
    asked = (str(year), source, scope, data_dir, panel, assume)
    for found in _kept.values():
        if asked in found:
            return found[asked]
    opened = surveys.open_survey(
        year=year, source=source, scope=scope, data_dir=data_dir, panel=panel, assume=assume
    )
    for found in _kept.values():
        found[asked] = opened
    return opened


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
