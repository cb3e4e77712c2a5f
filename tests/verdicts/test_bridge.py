"""The bridge from KS' number to SSB's: hand-worked weights and counts, and its steps on whole snapshots."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import bridge
from tests.helpers.statbank_national import National


def own(*rows: tuple[str, str, str, float | None]) -> pl.DataFrame:
    """Return values of one year: region, scope, concept, value."""
    return pl.DataFrame(
        rows,
        schema={
            **dict.fromkeys(("region", "regnskapsomfang", "begrep"), pl.String),
            "verdi": pl.Float64,
        },
        orient="row",
    ).with_columns(regiontype=pl.lit("kommune"), tjenesteomraade=pl.lit(None, dtype=pl.String))


RESULT, REVENUE, SHARE = bridge.RESULT, bridge.REVENUE, bridge.SHARE
THREE = own(
    ("1001", "konsern", RESULT, 10),
    ("1001", "konsern", REVENUE, 1000),
    ("1001", "kasse", SHARE, 2.0),
    ("1002", "konsern", RESULT, -20),
    ("1002", "konsern", REVENUE, 500),
    ("1002", "kasse", SHARE, -1.0),
    ("1003", "konsern", SHARE, 3.0),  # printed only: counts, and has no weight
    ("1004", "konsern", REVENUE, 900),  # no result: is left out
    ("1004", "kasse", SHARE, None),
)


def test_percent_of_the_amounts_else_as_printed_and_nobody_without_a_result() -> None:
    assert bridge.per_unit(THREE, "konsern").rows() == [
        ("1001", 1.0, 1000.0),
        ("1002", -4.0, 500.0),
        ("1003", 3.0, None),
    ]


def test_the_kasse_is_as_printed_and_weighed_by_the_revenue_of_the_konsern() -> None:
    assert bridge.per_unit(THREE, "kasse").rows() == [
        ("1001", 2.0, 1000.0),
        ("1002", -1.0, 500.0),
    ]


def test_the_level_is_weighted_and_the_share_counts_municipalities() -> None:
    rows = bridge.per_unit(THREE, "konsern")
    assert bridge.statistic(rows, bridge.LEVEL) == pytest.approx((10 - 20) / 1500 * 100)
    assert bridge.statistic(rows, bridge.NEGATIVE) == pytest.approx(100 / 3)
    assert bridge.statistic(bridge.per_unit(THREE, "kasse"), bridge.LEVEL) == pytest.approx(1.0)


def test_nobody_has_no_level_and_no_share() -> None:
    nobody = bridge.per_unit(THREE, "konsern").clear()
    assert bridge.statistic(nobody, bridge.LEVEL) is None
    assert bridge.statistic(nobody, bridge.NEGATIVE) is None
    unweighed = bridge.per_unit(THREE, "konsern").filter(pl.col("inntekt").is_null())
    assert bridge.statistic(unweighed, bridge.LEVEL) is None
    assert bridge.statistic(unweighed, bridge.NEGATIVE) == 0


def test_an_aggregate_is_no_municipality() -> None:
    rows = THREE.with_columns(
        regiontype=pl.when(pl.col("region") == "1002")
        .then(pl.lit("land"))
        .otherwise(pl.lit("kommune"))
    )
    assert bridge.per_unit(rows, "konsern")["region"].to_list() == ["1001", "1003"]


def test_there_is_no_bridge_from_account_files(demo_panel: object) -> None:
    steps = bridge.steps(open_survey(year=2024, source="demo"))
    assert steps.is_empty()
    assert list(steps.columns) == list(bridge.SCHEMA)


@pytest.fixture
def steps(ssb: National) -> pl.DataFrame:
    return bridge.steps(open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.june))


def test_the_steps_go_from_print_to_kasse_to_konsern_to_oslo_to_estimate_to_vintage(
    steps: pl.DataFrame,
) -> None:
    printed = steps.filter(pl.col("trinn_navn").str.contains("trykt"))
    rest = steps.filter(~pl.col("trinn_navn").str.contains("trykt"))
    assert printed["trinn"].to_list() == [1, 2]
    assert printed["trinn_navn"].str.split(",").list.first().to_list() == ["Pressen", "KS"]
    assert rest["trinn_navn"].to_list() == [
        "Kommunekassen, utvalg som det KS fikk svar fra",
        "Kommunekassen, alle kommuner utenom Oslo",
        "Konsernet, alle kommuner utenom Oslo",
        "Konsernet, alle kommuner med Oslo",
        "SSB, landet",
        "SSB, landet uten Oslo",
        "SSB, landet uten Oslo (anslag), foreløpige tall",
    ]
    assert rest["vintage"].to_list() == ["endelige"] * 6 + ["foreløpige"]
    assert steps["viser"].null_count() == 0
    assert rest["viser"].to_list()[4] == "SSBs egen sum av alle kommuner"


def test_in_unrevised_figures_the_country_is_an_estimate(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.march)
    shown = dict(bridge.steps(survey).select("trinn_navn", "viser").iter_rows())
    assert shown["SSB, landet (anslag)"] == "SSBs anslag for dem som ikke har rapportert"
    assert "SSB, landet" not in shown


def test_each_change_is_the_value_less_the_one_before(steps: pl.DataFrame) -> None:
    value = steps["verdi"].to_list()
    assert steps["endring_pp"].to_list()[0] is None
    for place in range(1, len(value)):
        assert steps["endring_pp"][place] == pytest.approx(value[place] - value[place - 1])


def test_the_printed_steps_carry_the_interval_and_the_drawn_one_its_bracket(
    steps: pl.DataFrame,
) -> None:
    claim = (
        published.read(2024)
        .filter(pl.col("tall_id").is_in(bridge.NUMBERS[bridge.LEVEL]))
        .row(0, named=True)
    )
    assert steps.select("nedre", "verdi", "oevre").row(0) == (
        claim["nedre"],
        claim["verdi"],
        claim["oevre"],
    )
    drawn = steps.row(2, named=True)
    assert drawn["nedre"] < drawn["verdi"] < drawn["oevre"]


def test_who_answered_is_said_to_be_unknown_and_scope_inseparable_only_where_it_is(
    steps: pl.DataFrame,
) -> None:
    drawn = steps.row(2, named=True)
    assert "hvem som svarte" in drawn["skiller_ikke"]
    assert "omfang" not in drawn["skiller_ikke"]  # the kasse is what KS asks for


def test_the_share_of_negative_has_no_estimate(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.june)
    names = bridge.steps(survey, bridge.NEGATIVE)["trinn_navn"]
    assert not names.str.contains("SSB").any()
    assert names[-1] == "Konsernet, alle kommuner med Oslo, foreløpige tall"


def test_without_another_vintage_the_last_step_is_left_out(
    ssb: National,
) -> None:
    survey = open_survey(year=2023, source="ssb", scope="konsern", data_dir=ssb.june)
    steps = bridge.steps(survey)  # 2023 is final in March and June 2025 alike
    assert set(steps["vintage"].drop_nulls()) == {"endelige"}
    assert not steps["viser"].str.contains("Vintage").any()
