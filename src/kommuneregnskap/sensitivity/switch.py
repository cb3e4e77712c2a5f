"""Each published number under each other choice that bears on it, with the verdict it then has."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.specification import (
    SINGLE,
    kept_frame,
    listed,
    specifications,
)
from kommuneregnskap.sensitivity.tried import Surveys
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.tables.schemas import numbers as schema
from kommuneregnskap.verdicts import brackets, judgement

FRAME, BEHIND = "valg", ("sensitivity.switch",)
WITHOUT = "tallet kan ikke regnes under dette valget"
ROW = {
    "id": pl.String,
    "antakelse": pl.String,
    "spesifikasjon": pl.String,
    "navn": pl.String,
    "endret": pl.Boolean,
    "beregnet": pl.Float64,
    "beregnet_tekst": pl.String,
    "dom": pl.String,
    "hvorfor": pl.String,
}
VERDICT = ("beregnet", "beregnet_tekst", "dom", "hvorfor")
VERDICT_UNDER = pl.Schema({name: ROW[name] for name in ("id", "spesifikasjon", *VERDICT)})


def switched(survey: Survey) -> pl.DataFrame:
    """Return every published number of a survey under each single other choice that its claim names.

    Out, in the order of the claims and of alternatives.csv: id, antakelse, spesifikasjon (such as `disse=negative`),
    navn (of the alternative, bokmål), endret (Bool: another value than as chosen, or none), beregnet (own unit; null
    where it cannot be computed), beregnet_tekst, dom and hvorfor, as `judgement.judge` gives them for the survey under
    the choice: on open figures with brackets drawn anew. A choice that leaves the number as it is leaves its verdict.
    Kept in the cache folder under the hash of everything it depends on.
    """
    return kept_frame(survey, FRAME, BEHIND, _computed)


def _computed(survey: Survey) -> pl.DataFrame:
    claims = published.read(survey.year)
    own = judgement.judge(claims, compute(survey), survey)
    surveys = Surveys(survey)
    values = specifications(survey).filter(pl.col("kombinasjon") == SINGLE)
    found = [
        _under(surveys, rows, claims, own)
        for _, rows in values.group_by("spesifikasjon", maintain_order=True)
    ]
    order = claims.select("id").with_row_index("plass")
    names = {choices.text(made): choices.described(made)[0]["navn"] for _, made in listed(survey)}
    return (
        pl.concat([pl.DataFrame(schema=VERDICT_UNDER), *found])
        .join(
            values.select("id", "spesifikasjon", "endret", antakelse="antakelser"),
            on=["id", "spesifikasjon"],
            how="left",
            maintain_order="left",
        )
        .join(order, on="id", how="left", maintain_order="left")
        .sort("plass", maintain_order=True)
        .with_columns(navn=pl.col("spesifikasjon").replace_strict(names, return_dtype=pl.String))
        .select(pl.col(name).cast(kind) for name, kind in ROW.items())
    )


def _under(
    surveys: Surveys, rows: pl.DataFrame, claims: pl.DataFrame, own: pl.DataFrame
) -> pl.DataFrame:
    """Return the verdicts under one choice: anew of what it changes, of the rest as chosen.

    rows: of the choice, from `specifications`.
    """
    name = rows["spesifikasjon"][0]
    gone = rows.filter("endret", pl.col("beregnet").is_null())
    changed = rows.filter("endret", pl.col("beregnet").is_not_null())
    known = own.filter(pl.col("id").is_in(rows.filter(~pl.col("endret"))["id"].to_list()))
    why = pl.when(pl.col("grunn") == "").then(pl.lit(WITHOUT)).otherwise("grunn")
    parts = [known, gone.with_columns(dom=pl.lit("ikke_vurdert"), hvorfor=why)]
    if len(changed):
        asked = claims.filter(pl.col("id").is_in(changed["id"].to_list()))
        parts.append(_judged(asked, changed, surveys.under(choices.parse(name))))
    return pl.concat(
        part.select("id", pl.lit(name).alias("spesifikasjon"), *VERDICT).cast(VERDICT_UNDER)
        for part in parts
    )


def _judged(claims: pl.DataFrame, rows: pl.DataFrame, other: Survey) -> pl.DataFrame:
    """Return the verdicts of published numbers that a choice changes, in the survey under the choice."""
    asked = rows["tall_id"].unique().sort().to_list()
    recipes = [recipe(name, other.choices) for name in asked]
    runs = [one.teller for one in recipes if one.slag == schema.RUN]
    if other.gives.whole and not runs:  # then a verdict asks for the value and no more
        tall = rows.join(claims.select("id", "aar"), on="id").select(
            "aar", id="tall_id", verdi="beregnet", enheter=None, av=None
        )
        tall = tall.unique(["id", "aar"], keep="first", maintain_order=True)
    else:
        tall = compute(other, [*asked, *runs])
    return judgement.judge(claims, tall, other, brackets.of(other, asked))
