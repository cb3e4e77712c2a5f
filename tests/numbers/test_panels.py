"""Section numbers in many panels at once are those of each panel computed alone."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.numbers import panels
from kommuneregnskap.numbers.evaluator import in_table
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from tests.helpers.examples import by_day

LOOKED_UP = "sektor.prisvekst"


@pytest.mark.parametrize(
    "text",
    by_day(
        [
            "",
            "fjoraar=egen",
            "fjorandel=egen,delte=stoerste",
            "vekting=innbyggere,delte=utelatt",
            "andel=landet",
            "anslag=samlet",
            "anslag=TBU",
            "anslag=uvektet",
            "anslag=inntekter",
            "anslag=kalibrert",
        ],
        3,
    ),
)
def test_each_panel_has_its_own_numbers(survey_2024: Survey, text: str) -> None:
    survey = survey_2024.under(choices.parse(text)) if text else survey_2024
    regions = survey.enheter.filter(pl.col("har_drift"))["region"].sort().to_list()
    drawn = [[], regions[:1], regions[::3], regions[1::2]]
    ids = in_table(survey)
    found = panels.over(survey, drawn, ids)
    assert panels.over(survey, drawn[:1], ids).equals(found.filter(pl.col("panel") == 0))
    assert not found["id"].str.starts_with("svar.").any()
    assert LOOKED_UP in ids
    assert LOOKED_UP not in set(found["id"])
    for panel, own in enumerate(drawn):
        alone = compute(survey.of_regions(own), ids)
        both = found.filter(pl.col("panel") == panel).join(
            alone.filter(~pl.col("id").str.starts_with("svar."), pl.col("id") != LOOKED_UP),
            on=["id", "aar"],
            how="full",
            suffix="_alene",
        )
        assert both["id"].null_count() == 0
        assert both["verdi"].count() > (100 if len(own) > 1 else -1)
        wrong = both.filter(
            ~(pl.col("verdi") - pl.col("verdi_alene")).abs().lt(1e-9).fill_null(value=True)
            | (pl.col("verdi").is_null() != pl.col("verdi_alene").is_null())
        )
        assert wrong.is_empty()
