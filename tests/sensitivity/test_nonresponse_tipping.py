"""What the others must have had: put in their place, it turns the number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from kommuneregnskap import tables
from kommuneregnskap.numbers.sections import respondents, results
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import (
    contributions,
    dropping,
    frame,
    missing,
    rates,
    tipping,
    words,
)
from kommuneregnskap.sensitivity.nonresponse.contributions import PARTS, Contribution
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import numbers, published, units
from tests.helpers.numbers import value
from tests.helpers.real_numbers import invented_number
from tests.helpers.statbank_national import National
from tests.sensitivity.test_nonresponse_influence import three

RESULT, REVENUE = "netto_driftsresultat", "brutto_driftsinntekter"
ESTIMATE = "resultat.estimat_mrd"


def contribution(form: str) -> Contribution:
    """A number made of amounts a and b, of a difference of c and d as well."""
    one = replace(numbers.recipe("resultat.netto_pst"), teller="a", nevner="b")
    two = replace(one, teller="c", nevner="d")
    pairs = [(each, rolle) for each in (one, two) for rolle in ("teller", "nevner")]
    return Contribution("x.y", form, tuple(pairs if form == "differanse" else pairs[:2]))


def case(form: str, svart: list[tuple[int, ...]], gone: list[tuple[int, int]]) -> missing.Case:
    """A number of two size groups. svart: per group teller, nevner, teller_2, nevner_2, n, folk; gone: mangler."""
    own = pl.DataFrame(
        [(f"{place:04}", group, *row[:4]) for place, (group, row) in enumerate(zip("ab", svart, strict=True))],
        schema={"enhet": pl.String, "stoerrelsesgruppe": pl.String, **dict.fromkeys(PARTS, pl.Int64)},
        orient="row",
    )  # fmt: skip
    groups = pl.DataFrame(
        [
            (group, *row, *left, row[4] + left[0], row[5] + left[1])
            for group, row, left in zip("ab", svart, gone, strict=True)
        ],
        schema={"stoerrelsesgruppe": pl.String}
        | dict.fromkeys(
            (*PARTS, "n", "folk", "mangler", "mangler_folk", "kommuner", "alle"), pl.Int64
        ),
        orient="row",
    )
    return missing.Case(contribution(form), own, groups, 2024)


def test_worked_by_hand() -> None:
    """Group a: -30 of 1000 kr for 10 people, 5 missing: 500 kr. Group b: -10 of 2000 for 20, 10 missing: 1000.

    Those missing: 1500 kr of revenue, taken to have -15 and -5. For the sum to be 0 they need +40, 2 2/3 percent.
    """
    own = case("estimat", [(-30, 1000, 0, 0, 1, 10), (-10, 2000, 0, 0, 1, 20)], [(1, 5), (1, 10)])
    assert own.number() == pytest.approx(-60 / 1e6)
    assert own.needed(0) == pytest.approx(40)
    assert own.measure(own.needed(0)) == pytest.approx(100 * 40 / 1500)
    assert own.measure(own.andre[0]) == pytest.approx(100 * -20 / 1500)
    # As a share of revenue the edge at -1 percent of 4500 is -45 in all: -5 from those missing.
    share = case("forhold", [(-30, 1000, 0, 0, 1, 10), (-10, 2000, 0, 0, 1, 20)], [(1, 5), (1, 10)])
    assert share.measure(share.needed(-1)) == pytest.approx(100 * -5 / 1500)
    # Growth: 3000 became 3100 for those who answered; unchanged in all if the others' 1500 lost 100.
    grown = case("vekst", [(1050, 1000, 0, 0, 1, 10), (2050, 2000, 0, 0, 1, 20)], [(1, 5), (1, 10)])
    assert grown.measure(grown.needed(0)) == pytest.approx(100 * -100 / 1500)


GROUP = st.tuples(
    st.integers(-500, 500), st.integers(1, 900), st.integers(-500, 500), st.integers(1, 900),
    st.integers(1, 9), st.integers(10, 9000),
)  # fmt: skip
LEFT = st.tuples(st.integers(1, 9), st.integers(1, 9000))


@settings(max_examples=80, deadline=None)
@given(
    form=st.sampled_from(
        ["sum", "estimat", "endring", "forhold", "vekst", "differanse", "estimat_forhold"]
    ),
    svart=st.lists(GROUP, min_size=2, max_size=2),
    gone=st.lists(LEFT, min_size=2, max_size=2),
    limit=st.floats(-80, 80),
)
def test_the_tipping_value_in_the_place_of_the_missing_turns_the_number(
    form: str, svart: list[tuple[int, ...]], gone: list[tuple[int, int]], limit: float
) -> None:
    scale = 1e-6 if form in ("sum", "estimat", "endring") else 1.0
    own = case(form, svart, gone)
    tip = own.needed(limit * scale)
    assert own.number(tip) == pytest.approx(limit * scale, rel=1e-6, abs=1e-7)
    step = 1e-3 * own.andre[1]
    assert own.number(tip - step) < limit * scale < own.number(tip + step)


def whole(own: Survey, share: float) -> Survey:
    """Return the survey as if all had answered: the others with revenue as taken and this result in percent."""
    outside = respondents.outside_oslo(own)
    per_head = (
        results.per_unit(own)
        .group_by("stoerrelsesgruppe")
        .agg(per=pl.col(REVENUE).sum() / pl.col("folkemengde").sum())
    )
    others = outside.filter(~pl.col("svart")).join(per_head, on="stoerrelsesgruppe")
    revenue = (pl.col("per") * pl.col("folkemengde")).round().cast(pl.Int64)
    rows = pl.concat(
        others.select(
            "aar", "region", regnskapsomfang=pl.lit("kasse"), begrep=pl.lit(name),
            tjenesteomraade=pl.lit(None, dtype=pl.String), belop=value.round().cast(pl.Int64),
            kobling="kobling", type="type",
        )
        for name, value in ((REVENUE, revenue), (RESULT, revenue * share / 100))
    )  # fmt: skip
    known = own.indikatorer.join(others, on=["aar", "region"], how="anti")
    return replace(
        own,
        enheter=own.enheter.with_columns(
            svart=pl.col("svart") | pl.col("region").is_in(outside["region"].to_list())
        ),
        indikatorer=pl.concat([known, rows.select(known.columns)]),
    )


def test_the_published_finding_turns_when_the_others_have_it(survey_2024: Survey) -> None:
    """The sections themselves, with accounts invented for all who did not answer."""
    points = tipping.points(survey_2024)
    tip = points.filter(pl.col("vippepunkt") == "resultat_fortegn").row(0, named=True)
    assert tip["mangler"] == 131
    for share, sign in ((tip["vippe"] - 0.05, -1), (tip["vippe"] + 0.05, 1)):
        found = value(whole(survey_2024, share), ESTIMATE)
        assert found is not None
        assert found * sign > 0
    assert value(whole(survey_2024, tip["vippe"]), ESTIMATE) == pytest.approx(0, abs=1e-3)
    estimate = value(survey_2024, ESTIMATE)
    assert tip["alle"] == pytest.approx(estimate)  # taken as those who answered: the estimate
    assert value(whole(survey_2024, tip["regnet"]), ESTIMATE) == pytest.approx(estimate, abs=1e-3)


def test_half_negative_is_counted(survey_2024: Survey) -> None:
    """138 of 225 are negative: of 356, half is 178, so 40 of the 131 others."""
    row = tipping.points(survey_2024).filter(pl.col("vippepunkt") == "negative_halvparten")
    assert row["vippe"][0] == pytest.approx(100 * (178 - 138) / 131)
    groups = (
        results.per_unit(survey_2024)
        .group_by("stoerrelsesgruppe")
        .agg(andel_negativ=100 * (pl.col("netto_driftsresultat_pst") < 0).mean())
    )
    small = groups.filter(pl.col("stoerrelsesgruppe") != "over_50000")["andel_negativ"]
    assert row["gruppe_lav"][0] == pytest.approx(small.min())
    assert row["gruppe_hoey"][0] == pytest.approx(small.max())


def test_edges_are_those_of_the_printed_intervals(survey_2024: Survey) -> None:
    points = tipping.points(survey_2024).drop_nulls("paastand")
    printed = published.read(2024).select("id", "nedre", "oevre")
    both = points.join(printed, left_on="paastand", right_on="id")
    assert both.height == points.height > 10
    assert ((both["grense"] == both["nedre"]) | (both["grense"] == both["oevre"])).all()


def test_where_all_have_answered_nobody_can_turn_it(survey_2024: Survey, ssb: National) -> None:
    only = replace(survey_2024, enheter=survey_2024.enheter.filter("svart"))
    found = tipping.points(only).drop_nulls("grense")
    assert set(found["hvorfor"]) == {tipping.NOBODY_MISSING}
    assert found["vippe"].null_count() == found.height
    assert found["alle"].null_count() == 0
    shown = words.findings(tipping.points(only), printed=False)
    assert set(shown["vippe"]) == {tipping.NOBODY_MISSING}
    everyone = opening.open_survey(year=2024, source="ssb", data_dir=ssb.unmarked[1])
    row = tipping.points(everyone).filter(pl.col("vippepunkt") == "resultat_fortegn")
    gone = respondents.outside_oslo(everyone).filter(~pl.col("svart")).height
    assert (row["hvorfor"][0] == tipping.NOBODY_MISSING) == (gone == 0)


def test_what_cannot_be_reached_is_said(survey_2024: Survey) -> None:
    """With all but three large ones in, no share of them makes half of all negative."""
    kept = survey_2024.enheter.filter("svart").filter(pl.col("stoerrelsesgruppe") != "over_50000")
    few = replace(
        survey_2024.of_regions(kept["region"].to_list()),
        enheter=survey_2024.enheter.filter("svart").with_columns(
            svart=pl.col("stoerrelsesgruppe") != "over_50000"
        ),
    )
    found = tipping.points(few)
    row = found.filter(pl.col("vippepunkt") == "negative_halvparten").row(0, named=True)
    assert row["vippe"] is None
    assert row["hvorfor"] == tipping.IMPOSSIBLE
    # Nobody of their size answered: what they are measured against is not known.
    amount = found.filter(pl.col("vippepunkt") == "resultat_fortegn").row(0, named=True)
    assert amount["hvorfor"] == tipping.UNKNOWN_GROUP


def test_a_single_delivery_says_what_it_lacks(invented: Path) -> None:
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    points = tipping.points(own)
    # How many they are is known, whatever they are like: half of 357 is 178,5, of the 356 others.
    known = points.drop_nulls("vippe")
    assert known["vippepunkt"].to_list() == ["negative_halvparten"]
    assert known["vippe"][0] == pytest.approx(100 * 178.5 / 356)
    assert known["regnet"][0] is None
    others = points.filter(pl.col("vippepunkt") != "negative_halvparten")
    assert others["hvorfor"].null_count() == 0
    tall = compute(own)
    prose = words.tall(own, points, dropping.fewest(own, tall))
    assert dict(prose.select("id", "verdi").iter_rows())["frafall.mangler"] > 300


def test_drawn_groups_are_the_same_again_and_hold_what_is_taken(survey_2024: Survey) -> None:
    first, again = (tipping.points(survey_2024) for _ in range(2))
    assert first.equals(again)
    rows = first.drop_nulls("vippe")
    assert (rows["trukket_lav"] <= rows["trukket_hoey"]).all()
    inside = rows["regnet"].is_between(rows["trukket_lav"], rows["trukket_hoey"])
    assert inside.all()


def test_every_finding_is_of_a_number_that_is_described() -> None:
    for each in tables.read("tipping")["tall_id"]:
        assert contributions.contribution(each) is not None, each


@pytest.mark.parametrize(
    ("hits", "count", "ends"),
    # Wilson by hand: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964
    [(64, 129, (41.1213, 58.1260)), (20, 20, (83.8875, 100.0)), (0, 12, (0.0, 24.2494))],
)
def test_intervals_of_response_rates(hits: int, count: int, ends: tuple[float, float]) -> None:
    assert interval(hits, count) == pytest.approx(ends, abs=1e-3)


def interval(hits: int, count: int) -> tuple[float, ...]:
    """Return the ends of the interval of a response rate."""
    rows = rates.with_interval(pl.DataFrame({"svart": [hits], "kommuner": [count]}))
    return rows.select("nedre", "oevre").row(0)


def test_intervals_are_those_of_a_second_implementation() -> None:
    for count in (1, 3, 17, 357):
        for hits in range(count + 1):
            ends = binomtest(hits, count).proportion_ci(method="wilson")
            assert interval(hits, count) == pytest.approx([100 * ends.low, 100 * ends.high])


def test_rates_agree_with_the_section(survey_2024: Survey) -> None:
    rows = rates.by_group(survey_2024)
    outside = respondents.outside_oslo(survey_2024)
    share = 100 * pl.col("svart").mean()
    by_size = units.named_groups(outside.group_by("stoerrelsesgruppe").agg(andel=share))
    for kind, table in (
        ("stoerrelsesgruppe", by_size.rename({"gruppe": "domene_navn"})),
        ("fylke", outside.group_by(domene_navn="fylke").agg(andel=share)),
    ):
        both = rows.filter(pl.col("inndeling") == kind).join(table, on="domene_navn", suffix="_del")
        assert both.height == table.height
        assert (both["andel"] - both["andel_del"]).abs().max() < 1e-9  # type: ignore[operator]
    assert rows.filter(pl.col("inndeling") == "alle")["andel"][0] == pytest.approx(22500 / 356)
    assert interval(0, 0) == (None, None)


def test_the_frame_beside_the_respondents_worked_by_hand(tmp_path: Path) -> None:
    own = three(tmp_path)
    found = {row["variabel"]: row for row in frame.compared(own).iter_rows(named=True)}
    people = respondents.outside_oslo(own)
    three_of = people.filter("svart")["folkemengde"]
    row = found["folkemengde"]
    assert row["svart"] == pytest.approx(three_of.sum() / 3)
    assert row["alle"] == pytest.approx(people["folkemengde"].sum() / 356)
    spread = people["folkemengde"].std(ddof=0)
    assert row["standardisert"] == pytest.approx((row["svart"] - row["alle"]) / spread)  # type: ignore[operator]
    assert row["median_svart"] == sorted(three_of)[1]
    # Stavanger (with Finnøy and Rennesøy) and Sandnes (with Forsand) were merged in 2020, Eigersund not.
    assert found["sammenslaatt"]["svart"] == pytest.approx(200 / 3)
    assert frame.accounts(own).is_empty()
    shares = frame.shares(own).filter(pl.col("domene_navn") == "Rogaland").row(0, named=True)
    assert shares["svart"] == pytest.approx(100)
    assert shares["alle"] == pytest.approx(2300 / 356)


def test_growth_of_inhabitants_follows_renumberings(survey_2024: Survey) -> None:
    rows = frame.variables(survey_2024)
    assert rows["folkevekst_1"].null_count() == rows["folkevekst_3"].null_count() == 0
    people = tables.read("folkemengde")
    split = people.filter(pl.col("kommunenummer").is_in(["1507", "1508", "1580"]))
    by_date = dict(split.group_by("dato").agg(pl.col("folkemengde").sum()).iter_rows())
    now, before = by_date["2025-01-01"], by_date["2022-01-01"]
    for part in ("1508", "1580"):
        value = rows.filter(pl.col("region") == invented_number(part))["folkevekst_3"][0]
        assert value == pytest.approx(100 * (now / before - 1))


def test_the_silent_whose_accounts_are_known(survey_2024: Survey, ssb: National) -> None:
    rows = frame.accounts(survey_2024)
    assert rows["kommuner"].to_list() == [225, 24]
    assert rows["netto_pst"][0] == pytest.approx(value(survey_2024, "resultat.netto_pst"))
    everyone = opening.open_survey(year=2024, source="ssb", data_dir=ssb.unmarked[1])
    for table in (
        rates.by_group(everyone), frame.compared(everyone), frame.shares(everyone), frame.accounts(everyone)
    ):  # fmt: skip
        assert table.is_empty()
