"""For whoever explores: which frames there are."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.opening import latest
from kommuneregnskap.display.tidy_frame import AMOUNT, TIDY, tidy
from kommuneregnskap.survey.survey import Survey

PANEL, UNITS = "panel", "enheter"


def overview(survey: Survey | None = None) -> pl.DataFrame:
    """Return the frames that a survey gives, a row per column; `kr.sql` has them as tables of the same names.

    survey: the one that was opened last, where none is given. Out: ramme (`tidy` is `kr.tidy(survey)`, `panel` is
    `survey.panel()`, the others are attributes of the survey: `survey.enheter`; `poster` and `balanse` are lazy,
    `.collect()` fetches them), rader (how many), kolonne, type (of polars), enhet, betydning (bokmål).
    """
    found = latest(survey)
    described = tables.read("frames").drop("linje")
    described = pl.concat([described, _panel(found, described)])
    names = frames()
    rows = pl.DataFrame(
        {"ramme": names, "rader": [_length(frame_of(found, name)) for name in names]},
        schema={"ramme": pl.String, "rader": pl.Int64},
    )
    return rows.join(described, on="ramme", how="left", maintain_order="left")


def frames() -> list[str]:
    """Return the names of the frames that there are, `tidy` first."""
    return [*tables.read("frames")["ramme"].unique(maintain_order=True), PANEL]


def frame_of(survey: Survey, name: str) -> pl.DataFrame | pl.LazyFrame:
    """Return the frame of a survey that `overview` lists under `name`."""
    if name == PANEL:
        return survey.panel()
    found: pl.DataFrame | pl.LazyFrame = tidy(survey) if name == TIDY else getattr(survey, name)
    return found


def _panel(survey: Survey, described: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `Survey.panel`: those of its units as they are described, concepts by their names."""
    columns = pl.DataFrame(
        [(name, str(dtype)) for name, dtype in survey.panel().schema.items()],
        schema=["kolonne", "type"],
        orient="row",
    )
    of_units = described.filter(pl.col("ramme") == UNITS).select("kolonne", "enhet", "betydning")
    concepts = tables.valid("indicators", survey.year).unique("begrep", keep="first")
    named = concepts.select("navn", kolonne="begrep")
    return (
        columns.join(of_units, on="kolonne", how="left", maintain_order="left")
        .join(named, on="kolonne", how="left", maintain_order="left")
        .select(
            pl.lit(PANEL).alias("ramme"),
            "kolonne",
            "type",
            pl.when(pl.col("navn").is_not_null())
            .then(pl.lit(AMOUNT))
            .otherwise("enhet")
            .alias("enhet"),
            pl.coalesce("betydning", "navn").alias("betydning"),
        )
    )


def _length(frame: pl.DataFrame | pl.LazyFrame) -> int:
    return int(frame.lazy().select(pl.len()).collect().item())
