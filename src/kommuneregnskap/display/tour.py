"""For whoever explores: which frames there are, and a way out of here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import warning
from kommuneregnskap.display.tidy_frame import TIDY, tidy
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.support.files import replacing
from kommuneregnskap.survey.survey import Survey

CREATED = datetime(2000, 1, 1)  # not the clock's: the same frame gives the same bytes


def overview(survey: Survey) -> pl.DataFrame:
    """Return the frames that a survey gives, a row per column.

    Out: ramme (`tidy` is `kr.tidy(survey)`, the others are attributes of the survey: `survey.enheter`; `poster`
    and `balanse` are lazy, `.collect()` fetches them), rader (how many), kolonne, type (of polars), enhet, betydning
    (bokmål).
    """
    described = tables.read("frames").drop("linje")
    names = described["ramme"].unique(maintain_order=True).to_list()
    rows = pl.DataFrame(
        {"ramme": names, "rader": [_length(frame_of(survey, name)) for name in names]},
        schema={"ramme": pl.String, "rader": pl.Int64},
    )
    return rows.join(described, on="ramme", how="left", maintain_order="left")


def frame_of(survey: Survey, name: str) -> pl.DataFrame | pl.LazyFrame:
    """Return the frame of a survey that `overview` lists under `name`."""
    found: pl.DataFrame | pl.LazyFrame = tidy(survey) if name == TIDY else getattr(survey, name)
    return found


def _length(frame: pl.DataFrame | pl.LazyFrame) -> int:
    return int(frame.lazy().select(pl.len()).collect().item())


def save(frame: pl.DataFrame, file: str | Path, survey: Survey) -> Path:
    """Write a frame as .csv, .parquet or .xlsx (by the name's ending) and return the file.

    Every row says whose accounts it is of (`regnskaper`: `syntetiske`, `leverte` or open figures); in a workbook the
    warning of such a survey (`notebook.warning`: invented, unsound, other choices) stands above the table as well. A
    file of that name is replaced when the new one is ready. Raises UsageError for another ending, DataError where
    the system refuses to write.
    """
    target = Path(file)
    if target.suffix not in WRITERS:
        raise UsageError(f"the file is {str(file)!r}; its name must end in {', '.join(WRITERS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {shown_path(target.parent)}; make it first")
    with replacing(target) as temporary:
        told = frame.with_columns(regnskaper=pl.lit(survey.accounts))
        WRITERS[target.suffix](told, temporary, warning(survey))
    return target


def _workbook(frame: pl.DataFrame, file: Path, above: str) -> None:
    import xlsxwriter  # noqa: PLC0415 (only who asks for a workbook pays for it)

    with xlsxwriter.Workbook(file) as book:
        book.set_properties({"created": CREATED, "author": "kommuneregnskap"})
        sheet = book.add_worksheet()
        frame.write_excel(book, sheet, position=(2, 0) if above else (0, 0), autofit=True)
        if above:
            sheet.write_string(
                0, 0, above, book.add_format({"bold": True, "font_color": "#b00020"})
            )


WRITERS: dict[str, Callable[[pl.DataFrame, Path, str], None]] = {
    ".csv": lambda frame, file, _above: frame.write_csv(file),
    ".parquet": lambda frame, file, _above: frame.write_parquet(file),
    ".xlsx": _workbook,
}
