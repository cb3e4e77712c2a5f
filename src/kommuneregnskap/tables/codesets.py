"""Code sets as SSB writes them: `010..480, 520, 590`, expanded against the codes valid in a year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from kommuneregnskap.support.errors import DataError

ITEM = re.compile(r"^([0-9]+)(?:\.\.([0-9]+))?$")
WITHOUT = " uten "


def expand(
    expression: str, codes: pl.Series, *, file: Path | str, line: int | None, field: str
) -> list[str]:
    """Return the codes of `codes` that `expression` names, in the order of the code list.

    `expression`: codes and ranges separated by commas, ends included; codes after ` uten ` are left
    out (`010..480 uten 298, 379`). A range takes in the codes between its ends that are in the list
    and have as many digits; a code that stands alone must be in the list.

    Raises DataError for a part that is no code or range, for a lone code or the end of a range that
    is not in the list in any year's sense, and for a set that comes out empty.
    """
    included, _, excluded = expression.partition(WITHOUT)
    where = {"file": file, "line": line, "field": field}
    wanted = _parse(included, codes, where)
    unwanted = _parse(excluded, codes, where) if excluded else set()
    result = [code for code in codes.to_list() if code in wanted and code not in unwanted]
    if not result:
        raise DataError(
            file,
            line=line,
            field=field,
            value=expression,
            allowed="a set that takes in at least one code valid in the year",
            todo="Mend the set or its validity.",
        )
    return result


def _parse(text: str, codes: pl.Series, where: Mapping[str, object]) -> set[str]:
    known = set(codes.to_list())
    found: set[str] = set()
    for part in (piece.strip() for piece in text.split(",")):
        match = ITEM.match(part)
        if match is None:
            raise _error(where, part, "codes and ranges such as 010..480, 520, 590")
        first, last = match.group(1), match.group(2)
        if last is None:
            if first not in known:
                raise _error(where, part, "a code valid in the year")
            found.add(first)
        elif len(first) != len(last) or first > last:
            raise _error(where, part, "a range from a lower to a higher code of as many digits")
        else:
            found |= {code for code in known if len(code) == len(first) and first <= code <= last}
    return found


def _error(where: Mapping[str, object], value: str, allowed: str) -> DataError:
    return DataError(
        str(where["file"]),
        line=where["line"] if isinstance(where["line"], int) else None,
        field=str(where["field"]),
        value=value,
        allowed=allowed,
        todo="Mend the set or its validity.",
    )
