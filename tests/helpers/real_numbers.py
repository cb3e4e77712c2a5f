"""The synthetic panel under real numbers: for tests in which it stands for what real municipalities deliver."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.tables import invented

REGION = slice(7, 11)  # of a record


def invented_number(real: str) -> str:
    """Return the invented number of the unit that is as large as a real one."""
    known = invented.numbers().filter(pl.col("nummer") == real)
    return str(known["oppdiktet"].item())


def real(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return rows with the real numbers in place of the invented ones in `columns`."""
    known = invented.numbers()
    return rows.with_columns(pl.col(columns).replace(known["oppdiktet"], known["nummer"]))


def write_real(panel: Path, folder: Path) -> Path:
    """Write the files of the panel to `folder` under real numbers; returns it."""
    number = {invented_: real_ for real_, invented_ in invented.numbers().iter_rows()}
    for path in sorted(panel.glob("*/*.*")):
        target = folder / path.relative_to(panel)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            lines = path.read_text("ascii").splitlines()
            told = [line[:7] + number[line[REGION]] + line[11:] for line in lines]
            target.write_text("\n".join(told) + "\n", "ascii", newline="\n")
        elif path.suffix == ".csv":
            head, *names = path.read_text("ascii").splitlines()
            target.write_text(
                "\n".join([head, *sorted(number[name] for name in names)]) + "\n", "ascii"
            )
    return folder
