"""For whoever explores: which frames there are."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.tidy_frame import TIDY, tidy
from kommuneregnskap.survey.survey import Survey


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
