"""The codes of records as numbers, row for row: a national year is grouped, joined and sorted by one whole number.

Texts cost several times as much as numbers wherever rows are compared; the few distinct texts of a column are told
apart once, and what is asked of a code is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

import polars as pl

from kommuneregnskap.sources.kostra.records import Cut

CODES = ("skjema", "region", "kontoklasse", "funksjon_kapittel", "art_sektor")
FORM = ("skjema", "kontoklasse")  # what tells of which account a record is
LARGEST = 2**63


def whole(sizes: Iterable[int]) -> type[pl.DataType]:
    """Return the type of a number that stands for several, each with how many there could be of it."""
    return pl.Int64 if prod(sizes) < LARGEST else pl.Int128


def combined(parts: Iterable[tuple[pl.Expr, int]]) -> pl.Expr:
    """Return numbers from 0, each with how many there could be of it, as one whose order is theirs, the first first."""
    parts = list(parts)
    kind = whole(size for _, size in parts)
    found = pl.lit(0, kind)
    for number, size in parts:
        found = found * size + number.cast(kind)
    return found


@dataclass(frozen=True)
class Numbered:
    """Columns of text as numbers: the place of each text among the distinct ones of its column, which are in order.

    texts: the distinct texts by column, a null last of all. places: a frame of the same columns, row for row.
    """

    texts: Mapping[str, pl.Series]
    places: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Numbered:
        """Number those of the columns CODES that rows have."""
        names = [name for name in CODES if name in rows.columns]
        told = rows.lazy().select(pl.col(names).unique().drop_nulls().sort().implode()).collect()
        texts = {name: told[name].explode(empty_as_null=False) for name in names}
        places = rows.lazy().select(
            pl.col(name).cast(pl.Enum(own)).to_physical().cast(pl.UInt32).fill_null(len(own))
            for name, own in texts.items()
        )
        nobody = pl.Series([None], dtype=pl.String)
        return cls({name: own.append(nobody) for name, own in texts.items()}, places.collect())

    @classmethod
    def cut(cls, cut: Cut) -> Numbered:
        """Number the columns CODES of `cut.typed()`: each text that many lines have in common once."""
        heads, codes = cls.of(cut.heads), cls.of(cut.codes)
        return cls(
            {**heads.texts, **codes.texts},
            heads.places[cut.lines["head"]].hstack(codes.places[cut.lines["code"]]),
        )

    def key(self, *names: str) -> pl.Expr:
        """Return columns of `places` as one number, whose order is that of the columns, the first one first."""
        return combined((pl.col(name), len(self.texts[name])) for name in names)

    def every(self, *names: str) -> pl.DataFrame:
        """Return all there could be of some columns, in the order of their `key`: the row of each is its key."""
        found = self.texts[names[0]].to_frame(names[0])
        for name in names[1:]:
            found = found.join(
                self.texts[name].to_frame(name), how="cross", maintain_order="left_right"
            )
        return found
