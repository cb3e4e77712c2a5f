"""The open choices of a release, which of them is made, and what the others are.

Method is data: data/definitions/alternatives.csv says for each assumption of assumptions.csv which
alternatives there are and what each changes. A survey carries the choices it is computed under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain, product
from typing import Any, TypeVar

import polars as pl

from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.claims import AREA, GROUP, LACKING, NUMBER, SETTING

FILE = "alternatives"
ANY_AREA = "{tjenesteomraade}"  # in an id of numbers.csv
READ = (FILE, "assumptions")  # what `table` is made of
Choices = tuple[
    tuple[str, str], ...
]  # (valg, alternativ) of those not as usual, in the table's order
IN_WORDS = ("antakelse", "valg", "alternativ", "navn")
Row = dict[str, Any]
Value = TypeVar("Value")
# What is read of choices: the function that reads it, and what it is asked besides the choices.
Read = tuple[Callable[..., object], tuple[str, ...]]
_NOTES: ContextVar[dict[Read, object] | None] = ContextVar("notes", default=None)


@contextmanager
def noting() -> Iterator[dict[Read, object]]:
    """Note what is read of choices inside, and what was read: all that the outcome can hang on.

    Every function here that turns choices into values notes itself. What is noted inside is noted outside as well.
    """
    outside, inside = _NOTES.get(), dict[Read, object]()
    token = _NOTES.set(inside)
    try:
        yield inside
    finally:
        _NOTES.reset(token)
        if outside is not None:
            outside.update(inside)


def is_noting() -> bool:
    """Return whether what is read of choices is noted."""
    return _NOTES.get() is not None


def noted(value: Value, read: Callable[..., Value], *asked: str) -> Value:
    """Return a value that was read of choices, noted where `noting` does."""
    notes = _NOTES.get()
    if notes is not None:
        notes[read, asked] = value
    return value


def reads_alike(made: Choices, notes: dict[Read, object]) -> bool:
    """Return whether choices give everything that was noted of others, as it was."""
    return all(read(made, *asked) == value for (read, asked), value in notes.items())


@reader.made_of(*READ)  # asked for many times over in every section
def table() -> pl.DataFrame:
    """Return the alternatives, a row per effect, in the order of the assumptions.

    Columns: those of `schemas.claims.Alternativ` with `valgt` as Bool and `virkning` as text. Raises
    DataError where an assumption is unknown, or has not exactly one alternative that is chosen.
    """
    rows = reader.read(FILE).with_columns(
        pl.col("virkning").cast(pl.String), valgt=pl.col("valgt").cast(pl.String) == "ja"
    )
    known = reader.read("assumptions")["id"].to_list()
    odd = rows.filter(~pl.col("antakelse").is_in(known))
    if len(odd):
        raise DataError(
            reader.file_of(FILE),
            line=int(odd["linje"][0]),
            field="antakelse",
            value=odd["antakelse"][0],
            allowed="an id of assumptions.csv",
        )
    chosen = rows.group_by("antakelse", maintain_order=True).agg(
        pl.col("linje").first(), n=pl.col("alternativ").filter("valgt").n_unique()
    )
    wrong = chosen.filter(pl.col("n") != 1)
    if len(wrong):
        raise DataError(
            reader.file_of(FILE),
            line=int(wrong["linje"][0]),
            field="valgt",
            value=f"{wrong['n'][0]} of {wrong['antakelse'][0]}",
            allowed="ja for exactly one alternative of each assumption",
        )
    return rows


@reader.made_of(*READ)
def parse(text: str) -> Choices:
    """Return the choices that a text such as `sosial=FGK12,disse=negative` makes, in the table's order.

    A choice is named by its short name (`valg`), its assumption (`A09_sosial`) or the number of it
    (`A09`). What is the usual choice anyway is left out, so that the same method has one name. Raises
    UsageError for what is not in the table, naming what is, and for a choice made twice.
    """
    rows = _rows()
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, sign, alternative = (each.strip() for each in part.partition("="))
        if not sign:
            raise UsageError(
                f"ASSUME has {part!r}; allowed: choice=alternative, such as {_example(rows)}"
            )
        valg = _choice(rows, name)
        own = [row for row in rows if row["valg"] == valg]
        chosen = [row for row in own if row["alternativ"] == alternative]
        if not chosen:
            allowed = ", ".join(dict.fromkeys(row["alternativ"] for row in own))
            raise UsageError(f"ASSUME has {valg}={alternative!r}; allowed: {allowed}")
        lacking = [row["merknad"] for row in chosen if row["virkning"] == LACKING]
        if lacking:
            raise UsageError(
                f"ASSUME has {valg}={alternative}, which cannot be computed: {lacking[0]}"
            )
        if found.setdefault(valg, alternative) != alternative:
            raise UsageError(f"ASSUME chooses {valg} twice: {found[valg]} and {alternative}")
    usual = {(row["valg"], row["alternativ"]) for row in rows if row["valgt"]}
    order = list(dict.fromkeys(row["valg"] for row in rows))
    kept = [each for each in found.items() if each not in usual]
    return tuple(sorted(kept, key=lambda item: order.index(item[0])))


def _choice(rows: list[Row], name: str) -> str:
    for row in rows:
        if name in (row["valg"], row["antakelse"], row["antakelse"].split("_")[0]):
            return str(row["valg"])
    allowed = ", ".join(dict.fromkeys(row["valg"] for row in rows))
    raise UsageError(f"ASSUME has {name!r}; allowed: {allowed} (data/definitions/alternatives.csv)")


def _example(rows: list[Row]) -> str:
    row = next(row for row in rows if not row["valgt"] and row["virkning"] != LACKING)
    return f"{row['valg']}={row['alternativ']}"


def _distinct(rows: pl.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows["alternativ"]))


def text(choices: Choices) -> str:
    """Return choices as the text that `parse` reads; empty when all are the usual ones."""
    return noted(",".join(f"{valg}={alternative}" for valg, alternative in choices), text)


def _holding(choices: Choices) -> list[Row]:
    """Return the rows of `table` that hold under choices: those made, and the usual ones for the rest.

    So small a table is read in Python in a twentieth of a query's time.
    """
    made = dict(choices)
    return [
        row
        for row in _rows()
        if (made[row["valg"]] == row["alternativ"] if row["valg"] in made else row["valgt"])
    ]


@reader.made_of(*READ)
def _rows() -> list[Row]:
    """Return the rows of `table`."""
    return table().to_dicts()


def setting(choices: Choices, name: str) -> str:
    """Return the value of a setting under choices. Raises DataError where the table does not set it."""
    found = _settings(choices, reader.contents(*READ))
    if name not in found:
        raise DataError(
            reader.file_of(FILE),
            field="hva",
            value=name,
            allowed="a row that sets it, for the choice that is made",
            todo="Add the row.",
        )
    return noted(found[name], setting, name)


@lru_cache(maxsize=512)
def _settings(choices: Choices, _read: tuple[reader.Content, ...]) -> dict[str, str]:
    # A choice that changes something else leaves its setting as it is.
    usual = [row for row in _rows() if row["valgt"]]
    every = [*usual, *_holding(choices)]
    return {row["hva"]: row["verdi"] for row in every if row["virkning"] == SETTING}


def effects(choices: Choices, kind: str) -> dict[str, str]:
    """Return what choices replace: `hva` → `verdi` of one kind (AREA, GROUP or NUMBER)."""
    found = _effects(choices, kind, reader.contents(*READ)) if choices else {}
    return noted(found, effects, kind)


@lru_cache(maxsize=1024)
def _effects(choices: Choices, kind: str, _read: tuple[reader.Content, ...]) -> dict[str, str]:
    return {row["hva"]: row["verdi"] for row in _holding(choices) if row["virkning"] == kind}


def concepts(choices: Choices) -> dict[str, str]:
    """Return what settings that choices change are usually, and what they are now: value → value."""
    read = reader.contents(*READ)
    usual, now = (_settings(each, read) for each in ((), choices))
    found = {usual[name]: now[name] for name in usual if usual[name] != now[name]}
    return noted(found, concepts)


def areas(choices: Choices) -> dict[str, str]:
    """Return service areas that are made of another area's functions: area → area whose they are."""
    return effects(choices, AREA)


def area(choices: Choices, name: str) -> str:
    """Return the service area whose functions one is made of: itself where no choice says otherwise."""
    found = _effects(choices, AREA, reader.contents(*READ)) if choices else {}
    return noted(found.get(name, name), area, name)


def groups(choices: Choices) -> dict[str, str]:
    """Return size groups that are part of another: group → group."""
    return effects(choices, GROUP)


def numbers(choices: Choices) -> dict[str, str]:
    """Return section numbers in whose place published numbers are held against another: id → id.

    A row with `{tjenesteomraade}` stands for every service area.
    """
    found = _numbers(choices, reader.contents(*READ, "tjenesteomraade")) if choices else {}
    return noted(found, numbers)


@lru_cache(maxsize=1024)
def _numbers(choices: Choices, _read: tuple[reader.Content, ...]) -> dict[str, str]:
    areas = reader.read("tjenesteomraade")["tjenesteomraade"].unique(maintain_order=True)
    return {
        name.replace(ANY_AREA, area): instead.replace(ANY_AREA, area)
        for name, instead in effects(choices, NUMBER).items()
        for area in (areas if ANY_AREA in name else [""])
    }


def singles() -> list[Choices]:
    """Return every single choice that is not the usual one and can be computed, in the table's order."""
    rows = table().filter(~pl.col("valgt") & (pl.col("virkning") != LACKING))
    return [
        ((valg, each),)
        for valg, each in rows.select("valg", "alternativ").unique(maintain_order=True).iter_rows()
    ]


def combined() -> list[tuple[str, Choices]]:
    """Return the combinations of combinations.csv with two or more unusual choices: name, choices.

    All alternatives of the named choices, each with each. Raises DataError for an unknown choice.
    """
    rows = table().filter(pl.col("virkning") != LACKING)
    order = list(dict.fromkeys(rows["valg"]))
    found = []
    for row in reader.read("combinations").iter_rows(named=True):
        named = [each.strip() for each in row["valg"].split(",")]
        unknown = [each for each in named if each not in order]
        if unknown:
            raise DataError(
                reader.file_of("combinations"),
                line=row["linje"],
                field="valg",
                value=unknown[0],
                allowed=", ".join(order),
            )
        found += [
            (row["kombinasjon"], each) for each in _products(rows, sorted(named, key=order.index))
        ]
    return found


def _products(rows: pl.DataFrame, named: Iterable[str]) -> list[Choices]:
    options = [_options(rows, each) for each in named]
    made = (tuple(chain.from_iterable(picks)) for picks in product(*options))
    return [each for each in made if len(each) > 1]


def _options(rows: pl.DataFrame, valg: str) -> list[tuple[tuple[str, str], ...]]:
    """Return what can be chosen of one thing: nothing unusual, or one of the alternatives."""
    other = rows.filter((pl.col("valg") == valg) & ~pl.col("valgt"))
    return [(), *(((valg, each),) for each in _distinct(other))]


def described(choices: Choices) -> list[dict[str, str]]:
    """Return what choices say in words: antakelse, valg, alternativ, navn (bokmål) of each one made."""
    made = dict(choices)
    first: dict[str, Row] = {}
    for row in _holding(choices):
        if row["valg"] in made:
            first.setdefault(row["valg"], row)
    return [{name: str(row[name]) for name in IN_WORDS} for row in first.values()]
