"""The table of net operating expenditure by service area."""

from __future__ import annotations

import polars as pl
from IPython.display import HTML

from kommuneregnskap.display.notebook import table
from kommuneregnskap.survey import net_costs
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.survey import Survey

TITLE = "Netto driftsutgifter etter område"
HOLDS = (
    "Netto tall; de er ikke bruttotallene i pressemeldingen, og ingen av dem vurderes mot disse."
)
LACKING = "Uttrekket har ikke netto driftsutgifter etter område for landet dette året."
BILLION = 1e6  # 1000 kr in mrd. kr


def net_costs_by_area(survey: Survey) -> HTML:
    """Return the areas' net operating expenditure (mrd. kr) in both years, with the change: `survey.net_costs.by_area`.

    On open figures titled as SSB's, of the whole country. A sentence where they are not known.
    """
    found = net_costs.by_area(survey)
    is_open = survey.gives.snapshots
    of_whom = (
        f"SSB (AGD2), landet med Oslo, {SCOPES[survey.scope]}"
        if is_open
        else "De samme kommunene begge år"
    )
    estimate = " Årets tall er SSBs anslag." if found["anslag"].any() else ""
    return table(
        found.with_columns(pl.col("foer", "naa", "endring") / BILLION),
        {
            "omraade": "Område",
            "ssb_kode": "SSB-gruppe",
            "foer": f"{survey.year - 1}, mrd. kr",
            "naa": f"{survey.year}, mrd. kr",
            "endring": "Endring, mrd. kr",
        },
        title=f"{TITLE} (SSB, åpne tall)" if is_open else TITLE,
        unit=of_whom if survey.alone else f"{of_whom}. {HOLDS}{estimate}",
        decimals=2,
        survey=survey,
        empty=LACKING if is_open else "",
    )
