"""Every published number under every other choice: the value and the verdict of the survey under it."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.specification import SINGLE, listed
from kommuneregnskap.sensitivity.switch import switched
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import asked
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.verdicts import judgement
from tests.helpers.examples import by_day

SHOWN = ["id", "beregnet", "beregnet_tekst", "dom", "hvorfor"]
SINGLES = [choices.text(made) for made in choices.singles()]


def under(source: str, name: str) -> pl.DataFrame:
    """Return the verdicts of a survey that is opened under a choice: all numbers, as a report of it has them."""
    made = choices.parse(name)
    scope = dict(made).get("omfang", "")
    request = asked(2024, source, scope, assume=name)
    survey = opened(request)
    return judgement.judge(judgement.read(2024), compute(survey), survey)


@pytest.mark.parametrize("name", by_day([n for n in SINGLES if "omfang" not in n], 16))
@pytest.mark.parametrize("source", ["ssb", "demo"])
def test_the_switch_says_what_a_report_under_the_choice_says(source: str, name: str) -> None:
    rows = switched(opened(asked(2024, source))).filter(
        pl.col("spesifikasjon") == name, pl.col("endret"), pl.col("beregnet").is_not_null()
    )
    whole = under(source, name).filter(pl.col("id").is_in(rows["id"].to_list()))
    # Estimates under other choices are made by arrays, those of a report by svy; all else is the same to the last bit.
    made = choices.parse(name)
    by_arrays = [row["id"] for row in whole.to_dicts() if recipe(row["tall_id"], made).estimated]
    estimated = pl.col("id").is_in(by_arrays)
    ours, theirs = (frame.select(SHOWN) for frame in (rows, whole))
    assert ours.filter(~estimated).equals(theirs.filter(~estimated))
    assert_frame_equal(ours.filter(estimated), theirs.filter(estimated), rel_tol=1e-12, abs_tol=0)


def test_what_a_choice_does_not_change_is_as_chosen() -> None:
    survey = opened(asked(2024, "demo"))
    rows = switched(survey).filter(~pl.col("endret"))
    own = judgement.judge(judgement.read(2024), compute(survey), survey)
    assert len(rows) > 50
    joined = rows.join(own, on="id", suffix="_egen")
    assert joined["dom"].equals(joined["dom_egen"])
    assert joined["beregnet_tekst"].equals(joined["beregnet_tekst_egen"])


def test_every_choice_that_a_claim_names_is_there() -> None:
    survey = opened(asked(2024, "demo"))
    found = switched(survey)
    names = {choices.text(made) for name, made in listed(survey) if name == SINGLE}
    assert set(found["spesifikasjon"]) <= names
    assert found.height == found.unique(["id", "spesifikasjon"]).height > 200
    own = found.filter(pl.col("id") == "k2024_res_folkeandel_under_m2")
    assert "disse=negative" in own["spesifikasjon"].to_list()


def test_a_reading_of_these_changes_number_and_verdict_on_open_figures() -> None:
    """63.5 percent of the inhabitants live where the result is negative: no third, whoever answered."""
    found = switched(opened(asked(2024, "ssb"))).filter(
        pl.col("id") == "k2024_res_folkeandel_under_m2",
        pl.col("spesifikasjon") == "disse=negative",
    )
    row = found.row(0, named=True)
    assert row["beregnet_tekst"].startswith("63,5 prosent (i utvalg 60,5 til 66,5)")
    assert row["dom"] == "avvik"
    assert row["navn"] == "alle med negativt resultat"
