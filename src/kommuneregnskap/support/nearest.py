"""What somebody may have meant: the names nearest to one that is not there."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from difflib import get_close_matches

# Letters that do not come apart into a plain one and a mark.
PLAIN = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t"})
LONG = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


def plain(text: str) -> str:
    """Return a name as it is typed without Norwegian or Sami letters: small, no marks, `bodo` for `Bodø`."""
    apart = unicodedata.normalize("NFKD", _small(text).translate(PLAIN))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def spelt(text: str) -> set[str]:
    """Return the ways a name is typed: as it is, `bodo` and `bodoe` for `Bodø`."""
    return {_small(text), plain(text), plain(_small(text).translate(LONG))}


def nearest(name: str, known: Collection[str], most: int = 3, least: float = 0) -> list[str]:
    """Return the names of `known` that are most like one, best first; like without regard to case and marks.

    most: how many at most; least: how like they must be, from 0 (anything) to 1 (the same).
    """
    by_plain: dict[str, list[str]] = {}
    for each in sorted(known):
        by_plain.setdefault(plain(each), []).append(each)
    like = get_close_matches(plain(name), by_plain, n=most, cutoff=least)
    return [each for text in like for each in by_plain[text]][:most]


def _small(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
