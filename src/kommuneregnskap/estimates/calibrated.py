"""Weights that meet several margins at once (generalised regression), with svy's calibration.

Size groups that everybody answered from are met by their number alone, so their weight stays one; the
others are calibrated to their number by size group and by county and to their inhabitants. The
variance is that of the residuals from the same regression (Deville and Särndal 1992), by svy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from kommuneregnskap.estimates import grouped, values
from kommuneregnskap.estimates.grouped import GROUP, Grouped, alpha
from kommuneregnskap.estimates.quantities import Quantity, rule
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.tables.schemas.estimates import COUNTY, SIZE_GROUP

if TYPE_CHECKING:
    import svy

OTHERS = "andre fylker"
NO_FIT = "Vektene lar seg ikke kalibrere til alle marginene på én gang."
NEGATIVE = "Kalibreringen ga vekter som ikke er over null."


def counties(frame: pl.DataFrame, rows: pl.DataFrame) -> dict[str, str]:
    """Return the margin that each county counts in: itself, or OTHERS where too few answered.

    frame: the municipalities to be weighted for; rows: those of them who answered; both with fylke. See `shared`.
    """
    answered = dict.fromkeys(sorted(frame[COUNTY].unique()), 0) | dict(
        rows.group_by(COUNTY).len().iter_rows()
    )
    return shared(answered, rule("minste_svar_margin"))


def shared(answered: Mapping[str, int], least: float) -> dict[str, str]:
    """Return the margin that each county counts in; answered: how many answered in each; least: how many are enough.

    Those with fewer share a margin; where that margin has too few as well, the smallest of the rest is
    taken into it, until it has enough.
    """
    ordered = sorted(answered, key=lambda name: (answered[name], name))
    together: list[str] = []
    for name in ordered:
        enough = sum(answered[each] for each in together) >= least
        if answered[name] >= least and (enough or not together):
            break
        together.append(name)
    return {name: OTHERS if name in together else name for name in ordered}


def calibrated(frame: pl.DataFrame, rows: pl.DataFrame, margins: Sequence[str]) -> svy.Sample | str:
    """Return the sample with calibrated weights, or in bokmål why there is none.

    frame: all municipalities; rows: those who answered; both with gruppe, hjelp, enhet and the margins. margins:
    what is met beside the number of each group, of fylke (numbers by county) and sizes such as folkemengde.
    """
    import svy  # noqa: PLC0415 (slow to import)
    from svy.errors import SvyError  # noqa: PLC0415

    group = Grouped(frame, rows)
    if group.empty:
        return values.EMPTY_GROUP
    whole = group.known.filter(pl.col("med") == pl.col("kommuner"))[GROUP].to_list()
    complete = pl.col(GROUP).is_in(whole)
    rest = frame.filter(~complete)
    if rest.is_empty():
        return group.sample()
    margin = counties(rest, rows.filter(~complete)) if COUNTY in margins else {}
    sizes = [name for name in margins if name not in (SIZE_GROUP, COUNTY)]

    # The first county is left out: the size groups add up to the number of municipalities already, and
    # svy 0.35 gives no credit for the margins in the variance where they say the same thing twice.
    names = sorted(set(margin.values()))[1:]

    def with_margins(part: pl.DataFrame) -> pl.DataFrame:
        own = pl.col(COUNTY).replace_strict(margin, default=OTHERS, return_dtype=pl.String)
        return part.with_columns(
            *(
                pl.when(complete)
                .then(0.0)
                .otherwise(pl.col(size).cast(pl.Float64))
                .alias(f"i alt {size}")
                for size in sizes
            ),
            *(((own == name) & ~complete).cast(pl.Float64).alias(f"i {name}") for name in names),
        )

    everyone = with_margins(frame)
    numeric = [*(f"i alt {size}" for size in sizes), *(f"i {name}" for name in names)]
    controls: dict[Any, Any] = {
        svy.Cat(GROUP): dict(frame.group_by(GROUP).len().sort(GROUP).iter_rows()),
        **everyone.select(pl.col(numeric).sum()).to_dicts()[0],
    }
    sample = group.sample(with_margins(group.rows))
    try:
        fitted = sample.weighting.calibrate(controls=controls, wgt_name="kalibrert")
    except SvyError:
        return NO_FIT
    return fitted if (fitted.data["kalibrert"] > 0).all() else NEGATIVE


def estimates(
    frame: pl.DataFrame, rows: pl.DataFrame, wanted: list[Quantity], margins: Sequence[str]
) -> dict[str, Value]:
    """Return each quantity with calibrated weights, in svy's units: 1000 kr, ratios, shares from 0 to 1.

    frame, rows and margins as `calibrated`; all missing, with the reason, where the weights do not fit.
    """
    sample = calibrated(frame, rows, margins)
    if isinstance(sample, str):
        return {each.stoerrelse: values.missing(sample) for each in wanted}
    group = Grouped(frame, rows)
    found: dict[str, Value] = {}
    for each in wanted:
        if each.is_share:
            value = grouped.share(sample, each.stoerrelse)
        else:
            by = sample.estimation
            result = (
                by.total(each.teller, alpha=alpha())
                if each.denominator is None
                else by.ratio(each.teller, each.denominator, alpha=alpha())
            )
            value = values.of_row(grouped.one(result).to_polars().to_dicts()[0])
        found[each.stoerrelse] = group.judged(value)
    return found
