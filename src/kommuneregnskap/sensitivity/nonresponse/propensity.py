"""Whether last year's result says who answers: response by quintile, and a logit given the size group.

Who answered is known of account files, of open figures never. Last year's result must be known of everybody: of the
survey itself where it has the accounts of all, else of Statistics Norway's open figures of the year before, where
they are at hand; of the synthetic panel, because it is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.estimates import confidence, kept, mechanism, population
from kommuneregnskap.estimates.mechanism import Floats
from kommuneregnskap.estimates.population import RESULT, REVENUE
from kommuneregnskap.estimates.quantities import BEFORE
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sensitivity.nonresponse import rates
from kommuneregnskap.sources.published_figures import SOURCE as FIGURES
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey.accounts import span
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP

QUINTILES = 5
STEPS = 50  # of Newton, which needs about six
NEARLY_ALL = 0.95  # the part of the municipalities whose last year must be known
SHARE_BEFORE = "fjor"
NOBODY_KNOWN = "Åpne tall sier ikke hvem som svarte."
UNKNOWN = "Resultatet året før er ikke kjent for alle: verken i kilden eller i åpne tall som er for hånden."
NO_FIT = "Svarene skiller seg ikke nok innen størrelsesgruppene til at noe kan regnes."
INVENTED = (
    "det syntetiske panelet året før: oppdiktede tall, som ikke sier noe om virkelige kommuner"
)
OWN, OPEN = "kildens egne regnskaper året før", "SSBs åpne tall året før"


@dataclass(frozen=True, eq=False)
class Known:
    """Who answered and what all had the year before.

    rows: a row per municipality comparable with the year before: stoerrelsesgruppe, svart, fjor (net operating
    result in percent of revenue). whose: in bokmål, where the year before is from.
    """

    rows: pl.DataFrame
    whose: str


def known(survey: Survey) -> Known | str:
    """Return who answered and what all had the year before, or in bokmål why it is not known."""
    if not survey.gives.respondents:
        return NOBODY_KNOWN
    people = population.of(survey)
    answered = people.level.group_by("kobling").agg(pl.col("svart").all())
    frame = people.same.select("kobling", SIZE_GROUP).join(answered, on="kobling")
    # Invented units and real figures never meet.
    ways = ((_invented, INVENTED),) if survey.synthetic else ((_own, OWN), (_open, OPEN))
    for find, whose in ways:
        before = find(survey)
        if before is None:
            continue
        share = 100 * pl.col(RESULT) / pl.col(REVENUE)
        rows = frame.join(
            before.filter(pl.col(REVENUE) > 0).select("kobling", share.alias(SHARE_BEFORE)),
            on="kobling",
        ).drop_nulls(SHARE_BEFORE)
        if len(rows) >= NEARLY_ALL * len(frame):
            return Known(rows.sort("kobling"), whose)
    return UNKNOWN


def quintiles(found: Known | str) -> pl.DataFrame:
    """Return the response rate by quintile of last year's result within the size group, worst first.

    Out: kvintil (1 to 5), fra and til (the lowest and highest result in it, percent), kommuner, svart, andel, nedre and
    oevre (percent, `rates.with_interval`). Empty where `known` has nothing.
    """
    schema = {"kvintil": pl.Int64, "fra": pl.Float64, "til": pl.Float64} | {
        "kommuner": pl.Int64, "svart": pl.Int64, "andel": pl.Float64
    }  # fmt: skip
    if isinstance(found, str):
        return rates.with_interval(pl.DataFrame(schema=schema))
    place = pl.col(SHARE_BEFORE).rank("ordinal").over(SIZE_GROUP) - 1
    own = found.rows.with_columns(
        kvintil=(QUINTILES * place // pl.len().over(SIZE_GROUP) + 1).cast(pl.Int64)
    )
    rows = (
        own.group_by("kvintil")
        .agg(
            fra=pl.col(SHARE_BEFORE).min(),
            til=pl.col(SHARE_BEFORE).max(),
            kommuner=pl.len().cast(pl.Int64),
            svart=pl.col("svart").sum().cast(pl.Int64),
        )
        .with_columns(andel=100 * pl.col("svart") / pl.col("kommuner"))
        .sort("kvintil")
    )
    return rates.with_interval(rows.select(list(schema)))


def odds(found: Known | str) -> pl.DataFrame:
    """Return what the odds of answering are multiplied by for every standard deviation of a better result last year.

    A logit of answering with a constant for each size group and last year's result in standard deviations from
    the group's mean, by maximum likelihood (Newton); groups in which all or none answered say nothing of it. Out, one
    row: oddsforhold, nedre, oevre (95 percent, of the logarithm), kommuner (municipalities it is of), grunnlag
    (bokmål, where the year before is from), hvorfor (bokmål, why there is none; null where there is).
    """
    schema = dict.fromkeys(("oddsforhold", "nedre", "oevre"), pl.Float64) | {
        "kommuner": pl.Int64, "grunnlag": pl.String, "hvorfor": pl.String
    }  # fmt: skip

    def row(*values: object) -> pl.DataFrame:
        return pl.DataFrame([values], schema=schema, orient="row")

    if isinstance(found, str):
        return row(None, None, None, 0, None, found)
    rows = found.rows.with_columns(score=mechanism.score(found.rows, SHARE_BEFORE)).filter(
        pl.col("svart").any().over(SIZE_GROUP) & ~pl.col("svart").all().over(SIZE_GROUP)
    )
    fitted = None if rows.is_empty() else _fitted(rows)
    if fitted is None:
        return row(None, None, None, len(rows), found.whose, NO_FIT)
    slope, error = fitted
    ends = [float(np.exp(slope + side * confidence.normal() * error)) for side in (0, -1, 1)]
    return row(*ends, len(rows), found.whose, None)


def _fitted(rows: pl.DataFrame) -> tuple[float, float] | None:
    """Return the slope of the score and its standard error; None where the likelihood has no top."""
    groups = rows[SIZE_GROUP].to_dummies().to_numpy().astype(float)
    design: Floats = np.column_stack([rows["score"].to_numpy(), groups])
    answered = rows["svart"].to_numpy().astype(float)
    slopes = np.zeros(design.shape[1])
    for _ in range(STEPS):
        # Sums of numpy and not of BLAS: the same bytes for any number of threads.
        expected = 1 / (1 + np.exp(-np.einsum("ij,j->i", design, slopes)))
        information = np.einsum("ij,i,ik->jk", design, expected * (1 - expected), design)
        try:
            step = np.linalg.solve(information, np.einsum("ij,i->j", design, answered - expected))
        except np.linalg.LinAlgError:
            return None
        slopes = slopes + step
        if not np.isfinite(slopes).all():
            return None
        if np.abs(step).max() < 1e-10:
            return float(slopes[0]), float(np.sqrt(np.linalg.inv(information)[0, 0]))
    return None


def _invented(survey: Survey) -> pl.DataFrame | None:
    """Return what all of the synthetic panel had the year before: kobling, RESULT and REVENUE (1000 kr)."""
    try:
        same = kept.truth(survey.year).same
    except KommuneregnskapError:
        return None
    return _before(same)


def _own(survey: Survey) -> pl.DataFrame | None:
    """Return what the survey itself knows of the year before."""
    return _before(population.of(survey).same)


def _before(same: pl.DataFrame) -> pl.DataFrame | None:
    columns = (RESULT + BEFORE, REVENUE + BEFORE)
    if not set(columns) <= set(same.columns):
        return None
    return same.select("kobling", **{name.removesuffix(BEFORE): pl.col(name) for name in columns})


def _open(survey: Survey) -> pl.DataFrame | None:
    """Return what open figures at hand say of the year before; None where there are none."""
    year = survey.year - 1
    try:
        figures = opened(asked(year, FIGURES.name))
    except KommuneregnskapError:
        return None
    own = figures.indikatorer.filter((pl.col("aar") == year) & (pl.col("type") == "kommune"))
    links = units.with_link(units.frame(year).select("region"), *span(survey.year)).collect()
    linked = own.drop("kobling").join(links.select("region", "kobling"), on="region")
    whole = evaluate.completed(evaluate.wide(linked, "kobling"), year)
    return (
        whole.select("kobling", RESULT, REVENUE)
        if {RESULT, REVENUE} <= set(whole.columns)
        else None
    )
