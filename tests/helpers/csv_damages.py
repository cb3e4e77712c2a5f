"""Damages to the cells and lines of a table in CSV, as chance has them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable

from tests.helpers import damages

Rows = list[list[str]]
ODD = (
    "", " ", "0", "-0", "1", "-1", "00", "1e400", "1e5", "1_000", "+5", "0x10", "1.0", "1,5",
    "20²5", "٢٠٢٤", "２０２４",
    "nan", "inf", "-inf", "null", "None", "9" * 25, "-" + "9" * 25, "9" * 5000, "x" * 150_000, "æøå",
    "e\u0301", "\u202e4202",
    "\x1b[31m", "\x00", "\ufeff", "a\nb", "a\rb", '"', '""', "'", ";", ",", "\t", "=1+1", "2024 ", " 2024",
    "2024\n", "true",
    "\u00a0", "\u2212" + "5", "ja", "kasse", "../..", "%s{}",
)  # fmt: skip
BYTES = (
    damages.overwrite, damages.insert, damages.flip, damages.cut, damages.truncate, damages.repeat, damages.line_ends,
    damages.change_digit, damages.swap_lines, damages.repeat_line,
)  # fmt: skip


def cell(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    if row:
        row[chance.randrange(len(row))] = chance.choice(ODD)
    return rows


def cell_of_another_row(chance: random.Random, rows: Rows) -> Rows:
    one, other = chance.choice(rows), chance.choice(rows)
    if one and other:
        place = chance.randrange(min(len(one), len(other)))
        one[place] = other[place]
    return rows


def dropped(chance: random.Random, rows: Rows) -> Rows:
    del rows[chance.randrange(len(rows))]
    return rows or [[]]


def doubled(chance: random.Random, rows: Rows) -> Rows:
    place = chance.randrange(len(rows))
    return [*rows[:place], list(rows[place]), *rows[place:]]


def moved(chance: random.Random, rows: Rows) -> Rows:
    """Put the columns in another order, in all rows or in one."""
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    chosen = chance.choice([rows, [chance.choice(rows)]])
    for row in chosen:
        row[:] = [row[place] for place in order if place < len(row)]
    return rows


def without_column(chance: random.Random, rows: Rows) -> Rows:
    place = chance.randrange(max(len(rows[0]), 1))
    for row in chance.choice([rows, rows, [chance.choice(rows)]]):
        del row[place : place + 1]
    return rows


def with_column(chance: random.Random, rows: Rows) -> Rows:
    for row in chance.choice([rows, [chance.choice(rows)]]):
        row.append(chance.choice(["", "x", rows[0][0] if rows[0] else "y"]))
    return rows


ROWS: tuple[Callable[[random.Random, Rows], Rows], ...] = (
    cell, cell, cell, cell_of_another_row, dropped, doubled, moved, without_column, with_column,
)  # fmt: skip


def spoilt(chance: random.Random, header: list[str], rows: Rows) -> bytes:
    """Return a table with none to three damages to its rows, then to its lines, its encoding, its bytes."""
    found = [list(header), *[list(row) for row in rows]]
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        found = chance.choice(ROWS)(chance, found)
    content = written(chance, found)
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        content = chance.choice(BYTES)(chance, content)
    return content


def written(chance: random.Random, rows: Rows) -> bytes:
    out = io.StringIO()
    separator = chance.choices([",", ";", "\t"], [95, 4, 1])[0]
    ends = chance.choices(["\n", "\r\n", "\r"], [80, 15, 5])[0]
    quoting = chance.choices([csv.QUOTE_MINIMAL, csv.QUOTE_ALL], [80, 20])[0]
    csv.writer(out, delimiter=separator, lineterminator=ends, quoting=quoting).writerows(rows)
    lines = out.getvalue().split(ends)
    for _ in range(chance.choices([0, 1, 2], [80, 15, 5])[0]):
        lines.insert(
            chance.randrange(len(lines) + 1),
            chance.choice(["", " ", "\t", "," * (len(rows[0]) - 1)]),
        )
    text = ends.join(lines)
    if chance.random() < 0.15:
        text = text.rstrip("\r\n")
    encoding = chance.choices(["utf-8", "utf-8-sig", "latin-1", "utf-16"], [84, 8, 6, 2])[0]
    return text.encode(encoding, "replace")
