"""For whoever explores: which frames there are, one tidy frame of everything, and a way out of here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.support.files import replacing
from kommuneregnskap.survey.survey import Survey

TIDY = "tidy"
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


def tidy(survey: Survey) -> pl.DataFrame:
    """Return all indicators of all units and years as one long frame, percentages among them.

    Out: aar, region (four digits), kobling (the same across renumberings), enhetstype, stoerrelsesgruppe, svart (the
    last two of the survey year; empty and false for units that are gone), begrep, navn (the concept's),
    tjenesteomraade (empty: the whole unit), verdi, enhet (`1000 kr` or `prosent`). One row, one number.
    """
    groups = survey.enheter.select("region", "stoerrelsesgruppe", "svart")
    amounts = survey.indikatorer.select(
        "aar", "region", "kobling", pl.col("type").cast(pl.String).alias("enhetstype"),
        "begrep", "tjenesteomraade", verdi=pl.col("belop").cast(pl.Float64), enhet=pl.lit("1000 kr"),
    )  # fmt: skip
    shares = [_percentages(survey, year) for year in survey.years]
    return (
        pl.concat([amounts, *shares])
        .join(groups, on="region", how="left")
        .join(_names(survey.year), on="begrep", how="left")
        .with_columns(pl.col("svart").fill_null(value=False))
        .select(tables.read("frames").filter(pl.col("ramme") == TIDY)["kolonne"].to_list())
        .sort("aar", "region", "begrep", "tjenesteomraade", nulls_last=False)
    )


def _names(year: int) -> pl.DataFrame:
    return tables.valid("indicators", year).select("begrep", "navn").unique("begrep", keep="first")


def _percentages(survey: Survey, year: int) -> pl.DataFrame:
    """Return the percentages that indicators.csv defines, of all units of a year."""
    keys = ["aar", "region", "kobling", "type"]
    own = survey.indikatorer.filter(pl.col("aar") == year)
    defined = tables.valid("indicators", year).filter(
        pl.col("regnskap").cast(pl.String) == "prosent"
    )
    names = defined["begrep"].to_list()
    wide = evaluate.completed(evaluate.wide(own, *keys), year)
    return (
        wide.select(*keys, *(evaluate.percent(name, year) for name in names))
        .unpivot(names, index=keys, variable_name="begrep", value_name="verdi")
        .drop_nulls("verdi")
        .select(
            "aar", "region", "kobling", pl.col("type").cast(pl.String).alias("enhetstype"),
            "begrep", pl.lit(None, dtype=pl.String).alias("tjenesteomraade"), "verdi",
            enhet=pl.lit("prosent"),
        )
    )  # fmt: skip


def save(frame: pl.DataFrame, file: str | Path, survey: Survey) -> Path:
    """Write a frame as .csv, .parquet or .xlsx (by the name's ending) and return the file.

    Every row says whose accounts it is of (`regnskaper`: `syntetiske`, `leverte` or open figures). A file of
    that name is replaced when the new one is ready. Raises UsageError for another ending, DataError where
    the system refuses to write.
    """
    target = Path(file)
    if target.suffix not in WRITERS:
        raise UsageError(f"the file is {str(file)!r}; its name must end in {', '.join(WRITERS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {shown_path(target.parent)}; make it first")
    with replacing(target) as temporary:
        WRITERS[target.suffix](frame.with_columns(regnskaper=pl.lit(survey.accounts)), temporary)
    return target


def _workbook(frame: pl.DataFrame, file: Path) -> None:
    import xlsxwriter  # noqa: PLC0415 (only who asks for a workbook pays for it)

    with xlsxwriter.Workbook(file) as book:
        book.set_properties({"created": CREATED, "author": "kommuneregnskap"})
        frame.write_excel(book, autofit=True)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": lambda frame, file: frame.write_csv(file),
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".xlsx": _workbook,
}
