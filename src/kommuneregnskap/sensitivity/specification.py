"""The published numbers of a survey under every choice that the releases leave open.

Every single alternative of data/definitions/alternatives.csv, and the combinations that
combinations.csv calls meaningful, are computed and judged as if they had been chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.tried import valued
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, kept, published
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.verdicts import judgement

SINGLE, USUAL = "enkeltvis", "som valgt"
HOLDS, FAILS, OPEN, UNJUDGED = "holder", "faller", "kan ikke regnes", "ikke vurdert"
JUDGED = ("gjenskapt", "kalibrert", "avvik")
FRAME, BEHIND = "robusthet", ("sensitivity.specification",)
ROW = {
    "id": pl.String,
    "maaler": pl.String,
    "publisert": pl.String,
    "intervall": pl.String,
    "nedre": pl.Float64,
    "oevre": pl.Float64,
    "enhet": pl.String,
    "beregnet": pl.Float64,
    "beregnet_tekst": pl.String,
    "dom": pl.String,
    "inne": pl.Boolean,
    "tall_id": pl.String,
    "spesifikasjon": pl.String,
    "kombinasjon": pl.String,
    "antakelser": pl.String,
    "grunn": pl.String,
    "utfall": pl.String,
    "endret": pl.Boolean,
}


def specifications(survey: Survey) -> pl.DataFrame:
    """Return every published number under every specification that bears on it.

    A specification is the survey's own choices (kombinasjon `som valgt`), one choice made otherwise
    (`enkeltvis`) or several (the name in combinations.csv). A choice bears on the numbers whose claim
    names its assumption. Out, in the order of claims and specifications: id, maaler, publisert, intervall,
    nedre, oevre, enhet, beregnet, beregnet_tekst, dom (the verdict of the survey's own), inne, tall_id (as
    `judgement.judge`), spesifikasjon (such as
    `sosial=FGK12`; empty for the survey's own), kombinasjon, antakelser (ids, listed), utfall (`holder`,
    `faller`, `kan ikke regnes`, `ikke vurdert`), grunn (bokmål: why it cannot be computed), endret (Bool: another
    value than as chosen). Kept in the cache folder under the hash of everything it depends on. On open
    figures the brackets would have to be drawn anew for each: values without verdicts.
    """
    return kept_frame(survey, FRAME, BEHIND, _computed)


def _computed(survey: Survey) -> pl.DataFrame:
    registered = published.read(survey.year).filter(pl.col("status").cast(pl.String) == "beregnes")
    rows = _rows(survey, registered)
    own = rows.filter(pl.col("kombinasjon") == USUAL)
    judged = pl.col("dom").is_in(JUDGED) & pl.lit(survey.gives.respondents)
    order = registered.select("id").with_row_index("plass")
    return (
        rows.join(own.select("id", eget="beregnet"), on="id", how="left", maintain_order="left")
        .join(_judged(survey, registered), on="id", how="left", maintain_order="left")
        .join(order, on="id", how="left", maintain_order="left")
        .sort("plass", maintain_order=True)
        .with_columns(inne=published.inside(pl.col("beregnet")))
        .with_columns(
            utfall=pl.when(pl.col("beregnet").is_null())
            .then(pl.lit(OPEN))
            .when(~judged)
            .then(pl.lit(UNJUDGED))
            .when("inne")
            .then(pl.lit(HOLDS))
            .otherwise(pl.lit(FAILS)),
            endret=pl.col("beregnet")
            .round(published.ROUNDING)
            .ne_missing(pl.col("eget").round(published.ROUNDING)),
            publisert="trykt",
        )
        .pipe(judgement.in_words)
        .select(pl.col(name).cast(kind) for name, kind in ROW.items())
    )


def _rows(survey: Survey, registered: pl.DataFrame) -> pl.DataFrame:
    """Return the published numbers that each specification bears on, with their values, and why there are none."""
    tried = [(USUAL, ()), *listed(survey)]
    cited = {made: citing(registered, made) for _, made in tried}
    asked = {made: claims.select("tall_id", "aar").rows() for made, claims in cited.items()}
    values, reasons = valued(survey, {made: ids for made, ids in asked.items() if ids})
    return (
        pl.concat(
            cited[made].with_columns(
                spesifikasjon=pl.lit(choices.text(made)),
                kombinasjon=pl.lit(name),
                antakelser=pl.lit(", ".join(row["antakelse"] for row in choices.described(made))),
            )
            for name, made in tried
        )
        .join(
            values.unique(["spesifikasjon", "tall_id", "aar"]),
            on=["spesifikasjon", "tall_id", "aar"],
            how="left",
            maintain_order="left",
        )
        .join(reasons, on="spesifikasjon", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("holdt_mot", "tall_id").alias("tall_id"), pl.col("grunn").fill_null("")
        )
    )


def _judged(survey: Survey, registered: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts of the survey's own: id, dom. On open figures without brackets."""
    brackets = None if survey.gives.respondents else judgement.no_brackets()
    return judgement.judge(registered, compute(survey), survey, brackets).select("id", "dom")


def listed(survey: Survey) -> list[tuple[str, Choices]]:
    """Return the specifications besides the survey's own: where it is from, choices; each once."""
    own = dict(survey.choices)
    found: dict[Choices, str] = {}
    for name, made in [*((SINGLE, each) for each in choices.singles()), *choices.combined()]:
        if all(own.get(valg) == alternative for valg, alternative in made):
            continue
        found.setdefault(made, name)
    return [(name, made) for made, name in found.items()]


def citing(registered: pl.DataFrame, made: Choices) -> pl.DataFrame:
    """Return the published numbers that choices bear on: whose claims name all of their assumptions."""
    return registered.filter(_cites([row["antakelse"] for row in choices.described(made)]))


def _cites(assumptions: Sequence[str]) -> pl.Expr:
    """Return whether a claim names every one of the assumptions."""
    named = pl.col("antakelser").fill_null("").str.split(";")
    return pl.all_horizontal(
        pl.lit(value=True), *(named.list.contains(each) for each in assumptions)
    )


def kept_frame(
    survey: Survey, name: str, behind: tuple[str, ...], make: Callable[[Survey], pl.DataFrame]
) -> pl.DataFrame:
    """Return what `make` makes of a survey and its verdicts under other choices, kept in the cache folder.

    behind: the modules that it is made by. Raises DataError where the system refuses to write.
    """
    # Of open figures panels are drawn as large as the one that answered, which is kept by its value.
    size = None if survey.gives.respondents else open_figures.panel_size(survey.year)
    made_from = survey.made_from | {"size": size}
    frames = kept.of(
        (survey.year, name), made_from, behind, lambda: {name: make(survey)}, survey.reads
    )
    return frames.frame(name)
