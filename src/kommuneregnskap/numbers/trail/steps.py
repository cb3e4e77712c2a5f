"""What a trail is: each step a frame, each step the sum of the next, and checks that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from kommuneregnskap.numbers.amounts import Amount
from kommuneregnskap.numbers.step import Step
from kommuneregnskap.support.errors import KommuneregnskapError

SAME_NUMBER = (
    1e-9  # of its size: two roads of whole numbers may differ in the last bit of the division
)
CHECK_SCHEMA = {
    "steg": pl.String,
    "hva": pl.String,
    "over": pl.Float64,
    "under": pl.Float64,
    "stemmer": pl.Boolean,
}


class TrailError(KommuneregnskapError):
    """A step of a trail is not the sum of the next: which one, and by how much."""


@dataclass(frozen=True)
class Sum:
    """One sum of a trail, followed down.

    nr: its number in the trail; rolle: what it is in the computation, in words. ledd: the terms
    (`rows.TERMS_SCHEMA`); enheter: enhet (shown), stoerrelsesgruppe, bidrag, largest first; grupper:
    the same by size group; rader: the largest rows; resten: how many further rows, and their sum.
    """

    nr: int
    tall_id: str
    rolle: str
    amount: Amount
    ledd: pl.DataFrame
    enheter: pl.DataFrame
    grupper: pl.DataFrame
    rader: pl.DataFrame
    resten: tuple[int, int]

    @property
    def sum_of_terms(self) -> int:
        """Return the sum over the terms."""
        return int(self.ledd["sum"].sum())

    @property
    def sum_of_units(self) -> int:
        """Return the sum over the units, by their groups."""
        return int(self.grupper["bidrag"].sum())

    @property
    def sum_of_rows(self) -> int:
        """Return the sum over the largest rows and the rest."""
        return int(self.rader["bidrag"].sum()) + self.resten[1]


@dataclass(frozen=True)
class Trail:
    """The trail of one section number. Amounts in 1000 kr; what a reader sees is in bokmål.

    tall_id, aar, verdi, enhet: the section number. paastander: the published numbers it is tried against
    (rows of `judgement.judge`). step: how it comes about. sums: what it is a computation of, followed down.
    grense: the units nearest a limit, or that set an extreme: nr, enhet, stoerrelsesgruppe, maal, verdi,
    grense, teller. rangering: of a rank, its competitors. kontroll: the checks, CHECK_SCHEMA.
    """

    tall_id: str
    aar: int
    verdi: float | None
    enhet: str
    paastander: pl.DataFrame
    step: Step
    sums: list[Sum] = field(default_factory=list)
    grense: pl.DataFrame = field(default_factory=pl.DataFrame)
    rangering: pl.DataFrame = field(default_factory=pl.DataFrame)
    kontroll: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHECK_SCHEMA))

    @property
    def steps(self) -> list[Step]:
        """Return the number's own computation and those of the numbers it is made of, each once."""
        return list(_followed(self.step))

    def checked(self) -> Trail:
        """Return the trail. Raises TrailError at the first check that does not add up."""
        for row in self.kontroll.filter(~pl.col("stemmer")).iter_rows(named=True):
            raise TrailError(
                f"{self.tall_id} {self.aar} does not add up at «{row['steg']}», {row['hva']}: "
                f"{_plain(row['over'])} against {_plain(row['under'])}. The accounts, the definitions or the "
                "code were changed on the way; do not use the number before it is found"
            )
        return self


def check(step_: str, what: str, over: float | None, under: float | None) -> tuple[object, ...]:
    """Return one check (CHECK_SCHEMA): whole numbers must be the same, computed ones to the last bits."""
    if over is None or under is None:
        same = over is None and under is None
    elif isinstance(over, int) and isinstance(under, int):
        same = over == under
    else:
        same = abs(over - under) <= SAME_NUMBER * max(1.0, abs(over))
    return (
        step_,
        what,
        None if over is None else float(over),
        None if under is None else float(under),
        same,
    )


def _followed(of: Step) -> Iterator[Step]:
    """Yield a computation and those below it; of a rank only the number itself, not its competitors."""
    yield of
    below: Sequence[Step] = of.numbers[:1] if of.recipe.slag.startswith("rang") else of.numbers
    for each in below:
        yield from _followed(each)


def _plain(value: float | None) -> str:
    return "missing" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
