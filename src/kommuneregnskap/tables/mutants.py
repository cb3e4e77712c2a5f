"""The list of mutants: data/definitions/mutants.csv as steps of an alteration and what must see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader

NAME = "mutants"
YEAR = 2024  # the year of the published numbers and controls that the list names


@dataclass(frozen=True)
class Step:
    """One step of an alteration: the operation, where (`hvor`: column → value), and its parameters."""

    handling: str
    tabell: str
    hvor: Mapping[str, str]
    hva: str
    fra: str
    til: str
    linje: int


@dataclass(frozen=True)
class Mutant:
    """A deliberate error. gjelder: concepts and areas it is about; expected: the checks that must see it."""

    id: str
    slag: str
    navn: str
    steps: tuple[Step, ...]
    gjelder: tuple[str, ...]
    expected: frozenset[str]


@reader.made_of(NAME)
def listed() -> tuple[Mutant, ...]:
    """Return the mutants of the table, in its order. Raises DataError for a table that does not hold."""
    groups = reader.read(NAME).partition_by("id", maintain_order=True)
    return tuple(_mutant(group.sort("ledd").to_dicts()) for group in groups)


def _mutant(rows: list[dict[str, object]]) -> Mutant:
    first = rows[0]
    return Mutant(
        id=str(first["id"]),
        slag=str(first["slag"]),
        navn=str(first["navn"]),
        steps=tuple(_step(row) for row in rows),
        gjelder=words(first["gjelder"]),
        expected=frozenset(words(first["fanges_av"])),
    )


def words(cell: object) -> tuple[str, ...]:
    """Return the parts of a cell that are separated by semicolons."""
    return tuple(part.strip() for part in str(cell or "").split(";") if part.strip())


def _step(row: Mapping[str, object]) -> Step:
    parts = [part.partition("=") for part in words(row["hvor"])]
    return Step(
        handling=str(row["handling"]),
        tabell=str(row["tabell"] or ""),
        hvor={name.strip(): value.strip() for name, _, value in parts},
        hva=str(row["hva"] or ""),
        fra=str(row["fra"] or ""),
        til=str(row["til"] or ""),
        linje=int(str(row["linje"])),
    )


def column(step: Step, name: str, known: Collection[str]) -> str:
    """Return a name of `hvor` that is a column. Raises DataError where it is none."""
    if name not in known:
        raise refused(step, "hvor", name, f"a column: {', '.join(known)}")
    return name


def refused(step: Step, field: str, value: str, allowed: str) -> DataError:
    """Return the error of a cell of mutants.csv that cannot be carried out."""
    return DataError(
        reader.file_of(NAME), line=step.linje, field=field, value=value, allowed=allowed
    )
