"""From those who answered to all municipalities: estimates with standard errors and intervals.

`population` (who is estimated for, and what is known of them), `quantities` (what is estimated),
`confidence` (how sure intervals are), `grouped` (ratios within groups), `ungrouped` (one ratio of all), `calibrated`
(several margins at once), `rule` (what TBU did for 2020), `compared` (all of it side by side), `batched` (the same of
many draws at once), `kept` (in the cache), `shown` (as notebooks show it), `mechanism` (who answers, by chance) and
`simulation` (draws where the truth is known).
What is estimated and how stands in data/definitions; variances come from svy, which is imported by the
modules that compute, so that reading a section costs nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kommuneregnskap.estimates.population import estimated_for
from kommuneregnskap.support.face import lazily

__all__ = [
    "estimated_for",
    "headline",
    "ratio_estimate",
    "result_by",
    "total",
]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kommuneregnskap.estimates.quantities import Quantity
    from kommuneregnskap.estimates.values import Value
    from kommuneregnskap.survey.survey import Survey


def ratio_estimate(panel: pl.DataFrame, frame: pl.DataFrame, concept: str) -> pl.DataFrame:
    """Estimate the total of `concept` over `frame`, post-stratified by size group.

    Within each size group the respondents' sum is scaled by inhabitants: estimate = sum(concept of
    respondents) / sum(inhabitants of respondents) * inhabitants of the group. `panel`: respondents
    with stoerrelsesgruppe, folkemengde (persons) and `concept` (1000 kr). `frame`: the population
    with region, stoerrelsesgruppe, folkemengde.

    Out: stoerrelsesgruppe, svart (units), kommuner (units), folk_svart, folkemengde (persons), sum,
    estimat, standardfeil, nedre, oevre (1000 kr, Float64; the estimate is null in a group that nobody
    answered from, the last three also where one answered for several). Method: separate ratio
    estimator with finite population correction, Cochran, Sampling Techniques, ch. 6.11.
    """
    from kommuneregnskap.estimates import grouped  # noqa: PLC0415 (svy is slow to import)

    return grouped.by_group(panel, frame, concept)


def total(estimate: pl.DataFrame) -> float | None:
    """Return the sum of `estimat` over the size groups; None where a group has no respondents."""
    if estimate["estimat"].null_count() or estimate.is_empty():
        return None
    return float(estimate["estimat"].sum())


def headline(
    panel: pl.DataFrame, frame: pl.DataFrame, wanted: Sequence[Quantity]
) -> dict[str, Value]:
    """Return the estimates of quantities, by `stoerrelse`, in their own units: ratios of sums by size group.

    panel, frame and method as `ratio_estimate`, the panel with the columns that they need (`Quantity.columns`); shares
    of municipalities are post-stratified by size group. All missing where a group has no respondents.
    """
    from kommuneregnskap.estimates import grouped  # noqa: PLC0415 (svy is slow to import)

    return grouped.headline(panel, frame, wanted)


def result_by(
    survey: Survey, estimator: str, wanted: Sequence[Quantity] | None = None
) -> dict[str, Value]:
    """Return quantities by one of the estimators, by `stoerrelse`, in their own units.

    wanted: which (None: those whose estimates are section numbers).
    """
    from kommuneregnskap.estimates import compared, quantities  # noqa: PLC0415 (svy is slow to import)

    asked = quantities.in_section_numbers() if wanted is None else wanted
    return compared.result_by(survey, estimator, asked)


# What section 9 shows: svy is slow to import, so it waits until it is asked for.
SHOWN = ("beside_print", "check_lines", "of", "simulated", "tall", "tried")
__getattr__, _shown = lazily(__name__, dict.fromkeys(SHOWN, "estimates.shown"))


def __dir__() -> list[str]:
    return sorted([*__all__, *_shown()])
