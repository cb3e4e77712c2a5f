"""Which section number a user means: by its id, a published number, or its words in another order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import polars as pl

from kommuneregnskap.support.errors import UsageError

CLOSEST = 5


def resolve(text: str, claims: pl.DataFrame, numbers: Iterable[str]) -> tuple[str, str]:
    """Return the section number that a user means, and the published number it was named by.

    text: the id of a section number or of a published number, or a section number's words in another
    order. claims: id, tall_id. numbers: the section numbers there are. Out: tall_id, claim id (empty
    where a section number was named). Raises UsageError, naming the closest, where there is none.
    """
    named = dict(claims.select("id", "tall_id").iter_rows())
    known = list(dict.fromkeys(numbers))
    if text in known:
        return text, ""
    if named.get(text):
        return str(named[text]), text
    if text in named:
        raise UsageError(
            f"ID is {text!r}, which is context of its source and not computed from accounts; "
            f"computed are: {', '.join(_closest(text, [k for k, v in named.items() if v]))}"
        )
    words = sorted(text.split("."))
    same = [each for each in known if sorted(each.split(".")) == words]
    if len(same) == 1:
        return same[0], ""
    closest = same or _closest(text, [*known, *named])
    raise UsageError(
        f"ID is {text!r}; allowed: a section number or a published number, such as "
        f"{', '.join(closest)} (all of them: tall.csv and vurdering.csv of the report)"
    )


def _closest(text: str, ids: list[str]) -> list[str]:
    """Return the ids that are most alike, those with the same words before those with the same letters."""
    words = set(re.split(r"[._]", text))
    alike = difflib.get_close_matches(text, ids, CLOSEST, 0.6)
    shared = sorted(ids, key=lambda each: -len(words & set(re.split(r"[._]", each))))
    return list(dict.fromkeys([*alike, *shared]))[:CLOSEST]
