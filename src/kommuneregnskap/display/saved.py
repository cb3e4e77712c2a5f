"""A way out of here: a frame as a file to take away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from kommuneregnskap.display.notebook import warning
from kommuneregnskap.support import workbook
from kommuneregnskap.support.errors import UsageError, one_line, shown_path
from kommuneregnskap.support.files import replacing, writing
from kommuneregnskap.support.outside import visible, write_csv
from kommuneregnskap.survey.survey import Survey

WHOSE = "regnskaper"
CSV, PARQUET, XLSX = ".csv", ".parquet", ".xlsx"
NO_CELL = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object)


def save(frame: pl.DataFrame | pl.LazyFrame, file: str | Path, survey: Survey) -> Path:
    """Write a frame as .csv, .parquet or .xlsx (by the name's ending) and return the file.

    `.xlsx` opens in any spreadsheet with a double click: codes keep their zeros, text is text, 0/0 is `NaN`, and a
    column with a number or a day that spreadsheets do not keep is text. `.csv` is for programs (commas, decimal
    points, UTF-8), a text that a spreadsheet would compute has an apostrophe before it; `.parquet` keeps every type.

    Every row says whose accounts it is of (`regnskaper`: `syntetiske`, `leverte` or open figures); in a workbook the
    warning of such a survey (`notebook.warning`: invented, unsound, other choices) stands above the table as well. A
    file of that name is replaced when the new one is ready. Raises UsageError for another ending and for what the
    kind of file cannot hold, DataError where the system refuses to write.
    """
    target = _target(file)
    told = _told(frame, survey)
    kind, above = target.suffix.lower(), warning(survey)
    _refuse(told, kind, above)
    with replacing(target) as temporary:
        WRITERS[kind](told, temporary, above)
    return target


def _target(file: str | Path) -> Path:
    """Return the file to write. Raises UsageError for a name that is none, or has no place."""
    target = Path(file)
    if target.suffix.lower() not in WRITERS:
        raise UsageError(f"the file is {str(file)!r}; its name must end in {', '.join(WRITERS)}")
    if "\0" in str(file):
        raise UsageError(f"the file is {str(file)!r}; a name cannot hold that sign")
    with writing(target):
        if not target.parent.is_dir():
            raise UsageError(f"there is no folder {shown_path(target.parent)}; make it first")
        if target.is_dir():
            raise UsageError(f"{shown_path(target)} is a folder; give the file another name")
    return target


def _told(frame: pl.DataFrame | pl.LazyFrame, survey: Survey) -> pl.DataFrame:
    """Return the frame, fetched where it is lazy, with whose accounts its rows are of."""
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise UsageError(
            f"what is to be saved is a {type(frame).__name__}; give a polars DataFrame"
        )
    found = frame.lazy().collect()
    if WHOSE in found.columns and set(found[WHOSE]) - {survey.accounts, None}:
        raise UsageError(
            f"the frame has a column {WHOSE!r} of its own, which says whose accounts a row is of; "
            "give it another name"
        )
    return found.with_columns(pl.lit(survey.accounts).alias(WHOSE))


def _refuse(frame: pl.DataFrame, kind: str, above: str) -> None:
    """Raise UsageError for what a kind of file cannot hold, in a line that says what to do."""
    for name, dtype in frame.schema.items():
        if isinstance(dtype, NO_CELL if kind != PARQUET else pl.Object):
            other = f", or save as {PARQUET}" if not isinstance(dtype, pl.Object) else ""
            raise UsageError(
                f"column '{visible(name)}' is {one_line(dtype)}, which {kind} cannot hold; make text or numbers "
                f"of it{other}"
            )
    if kind == XLSX and (reason := workbook.unfit(frame, above)):
        raise UsageError(f"{reason}; save as {CSV} or {PARQUET}")


def _csv(frame: pl.DataFrame, file: Path, _above: str) -> None:
    spans = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Duration)]
    write_csv(frame.with_columns(pl.col(spans).dt.to_string("iso")), file)


WRITERS: dict[str, Callable[[pl.DataFrame, Path, str], None]] = {
    CSV: _csv,
    PARQUET: lambda frame, file, _above: frame.write_parquet(file),
    XLSX: workbook.write_workbook,
}
