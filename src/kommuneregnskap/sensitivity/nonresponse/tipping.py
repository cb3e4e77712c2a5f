"""How extreme those who did not answer would have to be to turn a finding.

Method: data/definitions/tipping.csv lists the findings that are read as being of all municipalities. The number of
all outside Oslo is a function of sums over those who answered and those who did not; what the
latter would have to have together for the number to reach a limit follows by solving for it. What
they are measured against (revenue, last year's expenditure …) is counted where the frame has it (municipalities,
inhabitants), and else taken as those who answered in the same size group have it per inhabitant. Growth of
revenue, where it is the other side of a difference, likewise.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sensitivity.nonresponse import contributions
from kommuneregnskap.sensitivity.nonresponse.contributions import INHABITANTS, Contribution
from kommuneregnskap.sensitivity.nonresponse.influence import OTHER_CHOICE, otherwise, whole
from kommuneregnskap.sensitivity.nonresponse.missing import Case, measured
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published

NOBODY_MISSING = "alle kommuner utenom Oslo er med: ingen kan snu tallet"
NO_VALUE = "kilden har ikke tallene som trengs"
UNKNOWN_GROUP = "ingen har svart i en størrelsesgruppe der noen mangler"
IMPOSSIBLE = "kan ikke nås, hva de andre enn har"
NOT_PRINTED = "ingen har trykt tallet for dette året"
QUANTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}
SCHEMA = {
    **dict.fromkeys(("vippepunkt", "tall_id", "hva", "maal", "paastand"), pl.String),
    **dict.fromkeys(("grense", "alle", "vippe", "regnet"), pl.Float64),
    **dict.fromkeys(
        ("gruppe_lav", "gruppe_hoey", "trukket_lav", "trukket_hoey", *QUANTILES, "like_ytterlige"),
        pl.Float64,
    ),
    **dict.fromkeys(("mangler", "mangler_folk"), pl.Int64),
    "hvorfor": pl.String,
}


def points(survey: Survey) -> pl.DataFrame:
    """Return the tipping point of every finding of tipping.csv, a row per limit.

    Out, in the order of the table, limits from below, the measure in percent or percentage points:

    - vippepunkt, tall_id, hva (what it means to turn), maal (what the others are measured by)
    - paastand: id of the published number whose edge the limit is; null for a limit of the table
    - grense, alle: in the number's unit; alle is the number of all municipalities outside Oslo with those
      who did not answer taken as those who did, by size group
    - vippe: what the others must have had together for the number to be `grense`
    - regnet: what `alle` takes them to have had
    - gruppe_lav, gruppe_hoey: lowest and highest size group among those who answered, of the groups
      where someone is missing
    - trukket_lav, trukket_hoey: see `missing.drawn`
    - p10, median, p90: of those who answered, weighted to the sizes of the missing; null for shares of
      municipalities and inhabitants
    - like_ytterlige: percent of them, so weighted, at `vippe` or beyond it, seen from `regnet`
    - mangler (municipalities), mangler_folk (persons)
    - hvorfor: why there is no `vippe` (bokmål); null where there is
    """
    rows = tables.read("tipping")
    recipes = {row["tall_id"]: _measured(survey, row) for row in rows.iter_rows(named=True)}
    parts = contributions.of(survey, [each for each in recipes.values() if each is not None])
    limits = _limits(survey)
    other = [
        *_otherwise(survey, parts),
        *(name for name, each in recipes.items() if each is None and survey.choices),
    ]
    found = []
    for row in rows.iter_rows(named=True):
        each = recipes[row["tall_id"]]
        own = parts.filter(pl.col("tall_id") == row["tall_id"])
        case = None if each is None else Case.of(survey, each, own)
        edges = (
            [(None, row["grense"])]
            if row["grense"] is not None
            else limits.filter(pl.col("tall_id") == row["tall_id"]).select("id", "kant").rows()
        )
        if row["tall_id"] in other:
            found.append(_row(row, None, row["grense"], None, {"hvorfor": OTHER_CHOICE}))
            continue
        found += [_point(row, case, *edge) for edge in edges] or [
            _row(row, None, None, case, {"hvorfor": NOT_PRINTED})
        ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def _measured(survey: Survey, row: dict[str, object]) -> Contribution | None:
    """Return how the number of a row is made of contributions, against what a sum is measured by."""
    found = contributions.contribution(str(row["tall_id"]), survey.choices)
    if found is None or row["maalt_mot"] is None:
        return found
    return contributions.against(found, str(row["maalt_mot"]))


def _otherwise(survey: Survey, parts: pl.DataFrame) -> list[str]:
    """Return the numbers that the survey's choices make otherwise than contributions say."""
    if not survey.choices:
        return []
    return otherwise(survey, whole(survey, parts).select("tall_id", verdi=contributions.value()))


def _limits(survey: Survey) -> pl.DataFrame:
    """Return the edges of printed intervals of the survey year: id, tall_id, kant; directions have none."""
    rows = published.read(survey.year).filter(
        (pl.col("status").cast(pl.String) == "beregnes") & (pl.col("aar") == survey.year)
    )
    rows = rows.with_columns(pl.col("tall_id").replace(choices.numbers(survey.choices)))
    printed = rows.filter(pl.col("enhet").cast(pl.String) != "retning").with_row_index("plass")
    return (
        printed.unpivot(["nedre", "oevre"], index=["plass", "id", "tall_id"], value_name="kant")
        .drop_nulls("kant")
        .unique(["id", "kant"], maintain_order=True)
        .sort("plass", "kant")
    )


def _point(
    row: dict[str, object], case: Case | None, claim: str | None, limit: float
) -> dict[str, object]:
    """Return a row of `points` for one limit."""
    if case is None or case.own.is_empty():
        return _row(row, claim, limit, None, {"hvorfor": NO_VALUE})
    if not case.missing[0]:
        return _row(row, claim, limit, case, {"hvorfor": NOBODY_MISSING, "alle": case.number()})
    tip = case.measure(case.needed(limit))
    if not np.isfinite(tip):
        return _row(row, claim, limit, case, {"hvorfor": UNKNOWN_GROUP})
    taken = case.measure(case.andre[0])
    low, high = row["minst"], row["hoeyst"]
    beyond = (low is not None and tip < float(str(low))) or (
        high is not None and tip > float(str(high))
    )
    values: dict[str, object] = {
        "alle": case.number(),
        "vippe": None if beyond else tip,
        "regnet": taken,
        "hvorfor": IMPOSSIBLE if beyond else None,
    }
    return _row(row, claim, limit, case, values | _beside(case, tip, taken, beyond=beyond))


def _row(
    row: dict[str, object],
    claim: str | None,
    limit: float | None,
    case: Case | None,
    values: dict[str, object],
) -> dict[str, object]:
    missing = (None, None) if case is None else case.missing
    known = {"paastand": claim, "grense": limit, "mangler": missing[0], "mangler_folk": missing[1]}
    result = {name: {**row, **known, **values}.get(name) for name in SCHEMA}
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in result.items()
    }


def _beside(case: Case, tip: float, taken: float, *, beyond: bool) -> dict[str, object]:
    """Return what those who answered have, of the sizes that the missing have."""
    per_group = measured(
        case.groups.filter((pl.col("mangler") > 0) & (pl.col("n") > 0)), case.recipe.form
    )
    result: dict[str, object] = {
        "gruppe_lav": per_group["maalt"].min(),
        "gruppe_hoey": per_group["maalt"].max(),
        "trukket_lav": case.band[0],
        "trukket_hoey": case.band[1],
    }
    if case.recipe.counted or case.recipe.what("nevner") == INHABITANTS:
        return result  # one municipality is negative or not: no quantiles
    weights = per_group.select("stoerrelsesgruppe", vekt=pl.col("mangler") / pl.col("n"))
    units = measured(case.own, case.recipe.form).join(weights, on="stoerrelsesgruppe", how="inner")
    units = units.drop_nulls("maalt").sort("maalt", "enhet")
    if units.is_empty():
        return result
    value, weight = units["maalt"].to_numpy(), units["vekt"].to_numpy()
    for name, share in QUANTILES.items():
        result[name] = float(np.quantile(value, share, weights=weight, method="inverted_cdf"))
    if not beyond and np.isfinite(taken):
        at_or_beyond = value >= tip if tip > taken else value <= tip
        result["like_ytterlige"] = 100 * float(weight[at_or_beyond].sum() / weight.sum())
    return result
