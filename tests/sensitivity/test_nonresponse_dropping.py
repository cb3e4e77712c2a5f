"""How few respondents a number or a verdict hangs on: no smaller set turns it, and those found do."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import contributions, dropping, influence
from kommuneregnskap.sensitivity.nonresponse.contributions import PARTS
from kommuneregnskap.survey.survey import Survey
from tests.sensitivity.test_nonresponse_influence import answered


def units(form: str, rows: list[tuple[int, ...]]) -> pl.DataFrame:
    """Return contributions of a number; per unit teller, nevner, teller_2, nevner_2, folkemengde."""
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys((*PARTS, "folkemengde"), pl.Int64),
        orient="row",
    ).with_columns(
        enhet=pl.int_range(pl.len()).cast(pl.String).str.zfill(4),
        stoerrelsesgruppe=pl.when(pl.int_range(pl.len()) % 2 == 0)
        .then(pl.lit("smaa"))
        .otherwise(pl.lit("store")),
        form=pl.lit(form),
        tall_id=pl.lit("x.y"),
        samme=pl.lit(value=False),
    )


def number(rows: pl.DataFrame) -> float | None:
    return rows.group_by("form").agg(contributions.sums()).select(contributions.value()).item()  # type: ignore[no-any-return]


AMOUNTS = st.tuples(
    st.integers(-50, 50), st.integers(1, 90), st.integers(-50, 50), st.integers(1, 90),
    st.integers(100, 9000),
)  # fmt: skip
LIMITS = {"sum": 1e-6, "antall": 1, "endring": 1e-6, "forhold": 1, "vekst": 1, "differanse": 1}


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(AMOUNTS, min_size=2, max_size=7),
    form=st.sampled_from(sorted(LIMITS)),
    # Tenths: no end nearer to a value than values are told apart (`published.ROUNDING`).
    width=st.integers(2, 400).map(lambda tenths: tenths / 10),
)
def test_no_smaller_set_turns_a_number(
    rows: list[tuple[int, ...]], form: str, width: float
) -> None:
    """Against every set of units that may leave; for differences the answer is an upper bound that turns it."""
    own = units(form, rows)
    value = number(own)
    assert value is not None
    step = width * LIMITS[form]
    ends = {
        "nedre": value - step,
        "oevre": value + step,
        "nedre_inkludert": True,
        "oevre_inkludert": False,
    }

    def outside(left: pl.DataFrame) -> bool:
        now = number(left)
        return now is not None and not (
            round(ends["nedre"], 9) <= round(now, 9) < round(ends["oevre"], 9)
        )

    count, _, exact, then = dropping.least(ends, own, {"smaa": 1, "store": 1})
    smallest = next(
        (
            size
            for size in range(1, len(own))
            for gone in combinations(range(len(own)), size)
            if outside(own.filter(~pl.int_range(pl.len()).is_in(gone)))
        ),
        None,
    )
    if exact:
        assert count == smallest
    elif count is not None:
        assert smallest is not None
        assert count >= smallest
    if count is not None:
        assert then is not None
        assert not ends["nedre"] < then < ends["oevre"]


def test_how_few_turn_a_verdict_and_that_they_do(survey_2024: Survey) -> None:
    tall = compute(survey_2024)
    rows = dropping.fewest(survey_2024, tall)
    by_id = {row["id"]: row for row in rows.iter_rows(named=True)}
    # Counts fall when a counted one leaves; a direction of 5 percent growth hangs on most of them, gains on no set.
    assert by_id["k2024_svar_antall"]["snur"] == 225
    assert by_id["k2024_res_antall_negativ"]["faerrest"] == 1
    assert by_id["k2024_sek_utgift_retning"]["faerrest"] > 225 / 2
    assert by_id["k2024_res_finansavkastning"]["faerrest"] is None
    alone = rows.filter(pl.col("snur") > 0)
    assert (alone["faerrest"] == 1).all()
    assert (rows.filter(pl.col("snur") == 0)["faerrest"].drop_nulls() > 1).all()
    # The two without whom «16 percent with 0 to 5» no longer holds, taken out for real.
    pair = by_id["k2024_fond_0_5"]
    assert (pair["faerrest"], pair["eksakt"]) == (2, True)
    own = contributions.of(
        survey_2024, [each for each in [contributions.contribution("fond.andel_0_5")] if each]
    )
    gone = own.filter(pl.col("teller") == 1)["enhet"].head(2).to_list()
    rest = survey_2024.of_regions(
        [each for each in survey_2024.enheter.filter("svart")["region"] if each not in gone]
    )
    value = compute(rest).filter(pl.col("id") == "fond.andel_0_5")["verdi"][0]
    assert value == pytest.approx(pair["naar"])
    assert not 15.5 <= value < 16.5


def test_an_estimate_loses_its_group_with_its_only_respondent(survey_2024: Survey) -> None:
    large = survey_2024.enheter.filter(
        pl.col("svart") & (pl.col("stoerrelsesgruppe") == "over_50000")
    )
    kept = [
        each for each in answered(survey_2024) if each not in large["region"].to_list()[1:]
    ]  # fmt: skip
    found = influence.without_each(survey_2024.of_regions(kept), ["resultat.estimat_mrd"])
    gone = found.filter(pl.col("uten").is_null())
    assert gone["region"].to_list() == [large["region"][0]]
    empty = replace(
        survey_2024, enheter=survey_2024.enheter.with_columns(svart=pl.lit(value=False))
    )
    assert influence.without_each(empty).is_empty()
