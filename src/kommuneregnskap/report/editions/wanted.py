"""Which editions of a report are asked for."""

from __future__ import annotations

from kommuneregnskap.support.errors import UsageError

PAGE, PRINT, BOOK, FIGURES, RELEASE = "side", "pdf", "regneark", "figurer", "pressemelding"
EDITIONS = (PAGE, PRINT, BOOK, FIGURES, RELEASE)


def parse(only: str) -> frozenset[str]:
    """Return the editions that are asked for, such as `side,pdf`; nothing asked for: all.

    The page is always made. Raises UsageError for what is none.
    """
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in EDITIONS]
    if unknown:
        raise UsageError(
            f"ONLY is {unknown[0]!r}; allowed: {', '.join(EDITIONS)}, or several with commas"
        )
    return frozenset(names or EDITIONS)
