"""What a table says of itself, and codes found in it by label and code, never assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank.catalogue import ALTERNATIVES, Row
from kommuneregnskap.sources.statbank.jsonstat import PLACE, MalformedError, codes, ordered
from kommuneregnskap.support.errors import DataError, ServerError, one_line

REGION, TIME, CONTENTS, FUNCTION, SCOPE = (
    "region",
    "år",
    "statistikkvariabel",
    "funksjon",
    "regnskapsomfang",
)
SHOWN = 6
STEM = 5  # letters of a word that are compared
WORD = re.compile(r"[^\W\d_]{4,}")


class MismatchError(DataError):
    """A table is not as the catalogue expects: what was expected and what is there, at its row."""

    def __init__(
        self, linje: int, *, table: str, expected: str, there: str, file: str = ""
    ) -> None:
        self.linje = linje
        self.table = table
        super().__init__(
            tables.file_of(file or "statbank"),
            line=linje,
            problem=f"StatBank's table {table}: expected {expected}; there: {there}",
        )

    def with_candidates(self, candidates: list[tuple[str, str]]) -> DataError:
        """Return the error with the tables that may have taken over, and what to do."""
        named = "; ".join(f"{table} «{title}»" for table, title in candidates) or "none found"
        return DataError(
            self.file,
            line=self.line,
            problem=self.problem,
            todo=f"Candidate tables: {named}. Correct the row after reading the table's definitions.",
        )


@dataclass(frozen=True)
class Dimension:
    """A dimension of a table: its id, label, codes with labels in order; units and decimals of contents."""

    id: str
    label: str
    codes: dict[str, str]
    eliminated: bool = False
    units: dict[str, str] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Metadata:
    """A table's own description: title, when it was updated, its dimensions by id, notes that must be shown."""

    tabell: str
    label: str
    updated: str
    dimensions: dict[str, Dimension]
    notes: tuple[str, ...] = ()


def same(text: str) -> str:
    """Return `text` as labels are compared: case, line breaks and double spaces make no difference."""
    return " ".join(text.casefold().split())


def fits(label: str, words: str) -> bool:
    """Return whether a label contains one of the alternatives (`a | b`) of the catalogue."""
    return any(same(each) in same(label) for each in words.split(ALTERNATIVES))


def read(tabell: str, answer: Any) -> Metadata:
    """Return the metadata of a table (json-stat2). Raises ServerError where it is none."""
    try:
        ids, _ = ordered(answer)
        dimensions = {each: _dimension(each, answer["dimension"][each]) for each in ids}
        return Metadata(
            tabell,
            one_line(answer["label"]),
            one_line(answer["updated"], 40),
            dimensions,
            _notes(answer.get("note"), answer.get("extension")),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        said = "" if isinstance(error, MalformedError) else f"{type(error).__name__}: "
        raise ServerError(
            f"StatBank's description of table {tabell} cannot be read ({said}{one_line(error)}); try again later"
        ) from None


def _dimension(identity: str, given: dict[str, Any]) -> Dimension:
    category = given["category"]
    labels = category.get("label") or {}
    units = category.get("unit") or {}
    return Dimension(
        id=identity,
        label=one_line(given.get("label") or identity),
        codes={code: one_line(labels.get(code, code)) for code in codes(category)},
        eliminated=bool((given.get("extension") or {}).get("elimination", False)),
        units={code: one_line(unit.get("base") or "", 40) for code, unit in units.items()},
        decimals={
            code: int(unit["decimals"]) for code, unit in units.items() if "decimals" in unit
        },
    )


def _notes(notes: Any, extension: Any) -> tuple[str, ...]:
    """Return the notes of a table that its publisher says must be shown with its numbers."""
    must = (extension or {}).get("noteMandatory") or {}
    listed = list(notes or [])
    return tuple(
        one_line(listed[int(place)], 1000)
        for place, wanted in sorted(must.items())
        if wanted is True and PLACE.fullmatch(place) and int(place) < len(listed)
    )


def check_title(meta: Metadata, row: Row) -> None:
    """Raise MismatchError where the table's title does not contain the words of the catalogue."""
    if not fits(meta.label, row.tittel):
        raise MismatchError(
            row.linje,
            table=meta.tabell,
            expected=f"a title with «{row.tittel}»",
            there=f"«{meta.label}»",
        )


def dimension(meta: Metadata, label: str, linje: int) -> Dimension:
    """Return the one dimension labelled so. Raises MismatchError naming the labels there are."""
    found = [each for each in meta.dimensions.values() if same(each.label) == same(label)]
    if len(found) != 1:
        raise MismatchError(
            linje,
            table=meta.tabell,
            expected=f"one dimension «{label}»",
            there=", ".join(f"«{each.label}» ({each.id})" for each in meta.dimensions.values()),
        )
    return found[0]


def code(
    meta: Metadata, where: Dimension, wanted: str, words: str, linje: int, *, file: str = ""
) -> str:
    """Return the code that the catalogue means, as the table has it.

    wanted: the code expected, whose label must contain `words`; empty where only the label is known,
    which must then fit one code alone (a label that is the words themselves goes first). Raises
    MismatchError with what is there: the label the code has now, or the codes whose labels fit.
    """
    alike = {each: label for each, label in where.codes.items() if fits(label, words)}
    if wanted and wanted in alike:
        return wanted
    if not wanted:
        exact = [c for c, label in alike.items() if same(label) in words_of(words)]
        choice = exact or list(alike)
        if len(choice) == 1:
            return choice[0]
    expected = f"«{words}»" + (f" with the code {wanted}" if wanted else " once")
    raise MismatchError(
        linje,
        table=meta.tabell,
        expected=f"{expected} in «{where.label}»",
        there=_there(where, wanted, alike),
        file=file,
    )


def check_unit(
    meta: Metadata, contents: Dimension, code: str, row: Row, allowed: Sequence[str]
) -> None:
    """Raise MismatchError where a table says that its values are in another unit than the catalogue's.

    allowed: what SSB may call the unit. A table that says nothing of it is believed by its label.
    """
    unit = contents.units.get(code, "")
    if unit and same(unit) not in {same(each) for each in allowed}:
        raise MismatchError(
            row.linje,
            table=meta.tabell,
            expected=f"«{contents.codes[code]}» in {row.enhet}",
            there=f"in «{unit}»",
        )


def akin(label: str, words: str) -> bool:
    """Return whether a label shares a word with others: five letters at its beginning, or all of a short one."""
    one, other = ({each[:STEM] for each in WORD.findall(same(text))} for text in (label, words))
    return bool(one & other)


def words_of(words: str) -> list[str]:
    """Return the alternatives of the catalogue as labels are compared."""
    return [same(each) for each in words.split(ALTERNATIVES)]


def _there(where: Dimension, wanted: str, alike: dict[str, str]) -> str:
    if wanted in where.codes:
        return f"{wanted} «{where.codes[wanted]}»"
    return listed(alike or where.codes)


def listed(codes: Mapping[str, str]) -> str:
    """Return the first codes with their labels, and how many more there are."""
    shown = ", ".join(f"{each} «{label}»" for each, label in list(codes.items())[:SHOWN])
    return shown + (f" and {len(codes) - SHOWN} more" if len(codes) > SHOWN else "")
