"""Brackets on open figures: what a section number is in panels like the one that answered KS.

Who answered is not public. A published number of respondents can be tried against all municipalities
only as far as the choice of respondents allows: between the lowest and the highest value over
pseudo-panels (`open_figures.draw`). The difference in scope is not in the bracket.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kommuneregnskap.numbers import panels
from kommuneregnskap.numbers.panel_estimates import PANEL
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, kept, published, reader
from kommuneregnskap.tables.hashes import as_they_stand

DRAWN = "trukket"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "tall_id": pl.String,
    "aar": pl.Int32,
    "klamme_nedre": pl.Float64,
    "klamme_oevre": pl.Float64,
    "klamme_midt": pl.Float64,
    DRAWN: pl.List(pl.Float64),
}
FRAME = "klammer"
BEHIND = ("verdicts.brackets",)


@reader.held()
def of(survey: Survey, ids: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the bracket of what published numbers are held against, or of the section numbers `ids` alone.

    Out: tall_id, aar, klamme_nedre, klamme_oevre, klamme_midt, trukket.

    The lowest, the highest and the middle value (median) over the pseudo-panels, and the value in each
    of them, in the number's own unit. None for numbers of who answered: the panels are drawn to be as many.
    Empty for surveys on account files: their respondents are known. Kept in the cache folder under the hash of
    everything it depends on, so that seven notebooks read what was computed once.
    """
    if survey.gives.respondents:
        return pl.DataFrame(schema=SCHEMA)
    held = _held_against(survey) if ids is None else sorted(ids)
    return kept.of(
        (survey.year, FRAME),
        _made_from(survey, held),
        BEHIND,
        lambda: {FRAME: _computed(survey, held)},
        survey.reads,
    ).frame(FRAME)


def _held_against(survey: Survey) -> list[str]:
    """Return the section numbers that published numbers of any year are held against under the survey's choices."""
    named = published.read_all()["tall_id"].drop_nulls()
    return sorted({*named, *named.replace(choices.numbers(survey.choices))})


def _computed(survey: Survey, held: list[str]) -> pl.DataFrame:
    drawn = _drawn(survey)
    if not drawn:
        return pl.DataFrame(schema=SCHEMA)
    value = pl.col("verdi")
    # Where there are no more than answered KS, all draws are the same one.
    places = {each: place for place, each in enumerate(dict.fromkeys(map(tuple, drawn)))}
    times = pl.DataFrame({PANEL: [places[tuple(each)] for each in drawn]})
    return (
        panels.over(survey, [list(each) for each in places], held)
        .join(times.cast({PANEL: pl.Int32}), on=PANEL, maintain_order="right_left")
        .group_by(tall_id="id", aar="aar", maintain_order=True)
        .agg(
            klamme_nedre=value.min(),
            klamme_oevre=value.max(),
            klamme_midt=value.median(),
            trukket=value,
        )
        .select(list(SCHEMA))
        .sort("tall_id", "aar")
    )


def _drawn(survey: Survey) -> list[list[str]]:
    """Return the pseudo-panels, drawn once for all choices that leave the municipalities as they are."""

    def draw() -> pl.DataFrame:
        found = open_figures.pseudo_panels(survey.enheter, survey.year)
        return pl.DataFrame({DRAWN: found}, schema={DRAWN: pl.List(pl.String)})

    frame = survey.of_answers(("pseudopanels", as_they_stand()), draw)
    return [list(each) for each in frame[DRAWN]]


def _made_from(survey: Survey, held: list[str]) -> dict[str, object]:
    return {
        "numbers": held,
        "inputs": survey.inputs,
        "scope": survey.scope,  # not the panel: the brackets of all of them are the same draws
        "choices": survey.choices,
        "size": open_figures.panel_size(survey.year),
        "draws": open_figures.DRAWS,
    }
