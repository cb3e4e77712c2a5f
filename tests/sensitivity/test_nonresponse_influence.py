"""What one respondent means: hand-worked, and against the sections computed anew without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.dataframe.group_by import GroupBy

from kommuneregnskap import tables
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import (
    contributions,
    dropping,
    influence,
    tipping,
    words,
)
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.examples import by_day
from tests.helpers.real_numbers import write_real
from tests.helpers.statbank_national import National


def described(own: Survey) -> list[str]:
    """Return the section numbers of a survey that is made of contributions."""
    ids = compute(own)["id"].unique(maintain_order=True).to_list()
    return [each for each in ids if contributions.contribution(each) is not None]


def answered(own: Survey) -> list[str]:
    return own.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))["region"].to_list()


def agrees(own: Survey, leaving: list[str]) -> None:
    """Hold every described number, with all and without each of `leaving`, against the sections themselves."""
    found = influence.without_each(own, described(own))
    everyone = own.enheter.filter("svart")["region"].to_list()
    whole = found.unique("tall_id").select("tall_id", regnet="verdi")
    rows = [(whole, compute(own))]
    for region in leaving:
        rest = own.of_regions([each for each in everyone if each != region])
        rows.append(
            (
                found.filter(pl.col("region") == region).select("tall_id", regnet="uten"),
                compute(rest),
            )
        )
    for mine, brute in rows:
        both = mine.join(
            brute.filter(pl.col("aar") == own.year).select("verdi", tall_id="id"), on="tall_id"
        )
        assert both.height == mine.height > 0
        assert both["regnet"].is_null().equals(both["verdi"].is_null())
        assert (both["regnet"] - both["verdi"]).abs().max() < 1e-9  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.parametrize("year", by_day([2024, 2022], 2))
def test_every_number_agrees_with_the_sections_without_the_unit(
    demo_panel: Path, year: int
) -> None:
    own = opening.open_survey(year=year, source="demo")
    regions = answered(own)
    largest = own.enheter.filter(pl.col("region").is_in(regions)).sort("folkemengde")["region"]
    split = own.enheter.filter(pl.col("region").is_in(regions) & pl.col("kobling").is_duplicated())[
        "region"
    ].to_list()[:1]
    agrees(own, [largest[-1], *(split or regions[7:8])])


def test_all_headline_numbers_are_there(survey_2024: Survey) -> None:
    found = influence.without_each(survey_2024)
    assert found["tall_id"].unique(maintain_order=True).to_list() == influence.headlines()
    assert set(found.group_by("tall_id").len()["len"]) == {225}
    assert influence.absent(survey_2024).is_empty()


def test_groups_in_another_order_give_the_same_digits(
    survey_2024: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is raised to all municipalities has decimals: their sum hangs on an order that threads may change."""
    usual, given_order = influence.without_each(survey_2024), GroupBy.agg

    def in_any_order(self: GroupBy, *what: Any, **named: Any) -> pl.DataFrame:
        found = given_order(self, *what, **named)
        return found if self.maintain_order else found.sample(fraction=1, shuffle=True, seed=seed)

    monkeypatch.setattr(GroupBy, "agg", in_any_order)
    for seed in range(12):
        assert influence.without_each(survey_2024).equals(usual), seed


def test_open_figures_agree_too(ssb: National) -> None:
    own = opening.open_survey(year=2024, source="ssb", data_dir=ssb.unmarked[1])
    agrees(own, answered(own)[3:4])
    assert influence.turned(own, compute(own)).is_empty()  # the bracket decides
    assert words.verdicts(dropping.fewest(own, compute(own))).is_empty()


def three(folder: Path) -> Survey:
    """A survey of three municipalities: results 100 of 1000, 40 of 1000 and 300 of 3000 (1000 kr)."""
    weak = [
        (account, place, kind, {("222", "010"): 960, ("880", "540"): 20, ("880", "570"): 20,
                                ("880", "970"): -20, ("880", "910"): -420}.get((place, kind), amount))
        for account, place, kind, amount in sound()
    ]  # fmt: skip
    large = [(account, place, kind, 3 * amount) for account, place, kind, amount in sound()]
    text = [
        *lines(sound(), region="110300"),
        *lines(weak, region="110100"),
        *lines(large, region="110800"),
    ]
    return opening.open_survey(year=2024, source="kostra", data_dir=str(deliver(folder, text)))


def test_three_municipalities_worked_by_hand(tmp_path: Path) -> None:
    own = three(tmp_path)
    found = influence.without_each(own, ["resultat.netto_pst", "resultat.netto_mrd", "svar.antall"])
    share = found.filter(pl.col("tall_id") == "resultat.netto_pst")
    assert share["verdi"][0] == pytest.approx(100 * 440 / 5000)
    assert dict(share.select("region", "uten").iter_rows()) == pytest.approx(
        {"1103": 100 * 340 / 4000, "1101": 100 * 400 / 4000, "1108": 100 * 140 / 2000}
    )
    # 8,8 percent becomes 7,0 without the large one, 10,0 without the weak one, 8,5 without the third.
    assert share["region"].to_list() == ["1108", "1101", "1103"]
    amount = found.filter(pl.col("tall_id") == "resultat.netto_mrd")
    assert dict(amount.select("region", "endring").iter_rows()) == pytest.approx(
        {"1103": -1e-4, "1101": -4e-5, "1108": -3e-4}
    )
    assert found.filter(pl.col("tall_id") == "svar.antall")["uten"].to_list() == [2, 2, 2]


def test_who_is_named_where_the_report_names_who_delivered(tmp_path: Path) -> None:
    named = words.most_influential(three(tmp_path), "resultat.netto_pst")["kommune"].to_list()
    assert named == ["Sandnes (1108)", "Eigersund (1101)", "Stavanger (1103)"]


def names_nobody(survey: Survey) -> None:
    shown = words.most_influential(survey, "resultat.estimat_mrd", 225)
    assert shown["kommune"][0] == "kommune nr. 1, over 50\u202f000 innbyggere"
    assert shown["kommune"].str.contains(r"^kommune nr\. \d+, [^,]+ innbyggere$").all()
    assert set(words.spread(survey, "resultat.estimat_mrd")["gruppe"]) <= set(
        tables.read("stoerrelsesgruppe")["navn"]
    )
    assert shown.columns == ["kommune", "verdi", "uten", "endring"]


def test_nobody_is_named_among_many(survey_2024: Survey) -> None:
    names_nobody(survey_2024)


@pytest.mark.night
def test_nobody_is_named_among_many_whose_accounts_are_as_if_real(
    tmp_path: Path, demo_panel: Path
) -> None:
    folder = write_real(demo_panel, tmp_path / "ekte")
    names_nobody(opening.open_survey(year=2024, source="kostra", data_dir=str(folder)))


def test_of_one_who_is_alone_nothing_is_computed_and_the_reason_is_said(invented: Path) -> None:
    alone = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    assert influence.without_each(alone).is_empty()
    reasons = dict(influence.absent(alone).iter_rows())
    assert set(reasons) == set(influence.headlines())
    assert set(reasons.values()) == {influence.ALONE}
    assert words.headlines(alone)["hvem"].to_list() == [influence.ALONE] * len(reasons)


def test_a_number_that_is_not_described_is_absent_with_its_reason(project: Path) -> None:
    edit_table(
        project / "data/definitions/headlines.csv",
        lambda table: table.with_columns(
            tall_id=pl.col("tall_id").replace({"svar.antall": "sektor.rang.sosial"})
        ),
    )
    own = opening.open_survey(year=2024, source="demo")
    assert dict(influence.absent(own).iter_rows()) == {
        "sektor.rang.sosial": influence.NOT_DESCRIBED
    }
    shown = words.headlines(own)
    assert shown.height == len(influence.headlines())
    assert shown["hvem"][-1] == influence.NOT_DESCRIBED


def test_other_choices_are_followed_or_the_number_is_left_out(demo_panel: Path) -> None:
    """Four size groups make another estimate that is followed; unweighted shares are no ratio of sums."""
    own = opening.open_survey(year=2024, assume="grupper=fire", source="demo")
    assert influence.absent(own).is_empty()
    estimate = influence.without_each(own, ["resultat.estimat_mrd"])["verdi"][0]
    tall = compute(own)
    assert estimate == pytest.approx(values.value(tall, "resultat.estimat_mrd", 2024))
    other = own.under(choices.parse("vekting=uveid,anslag=samlet"))
    reasons = dict(influence.absent(other).iter_rows())
    assert reasons["resultat.netto_pst"] == influence.OTHER_CHOICE
    assert reasons["resultat.estimat_mrd"] == influence.OTHER_CHOICE
    assert "resultat.antall_negativ" not in reasons
    points = tipping.points(other).filter(pl.col("vippepunkt") == "resultat_fortegn")
    assert points["hvorfor"].to_list() == [influence.OTHER_CHOICE]


def test_a_year_without_the_one_before_has_no_growth(demo_panel: Path) -> None:
    own = opening.open_survey(year=2020, source="demo")
    reasons = dict(influence.absent(own).iter_rows())
    assert reasons == {"sektor.vekst.sosial": influence.NO_VALUE}


@pytest.mark.slow
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_dropping_a_unit_and_adding_it_back(survey_2024: Survey, data: st.DataObject) -> None:
    """Whoever has answered: without a unit is as if it had not, and with it again nothing is changed."""
    everyone = answered(survey_2024)
    chosen = data.draw(st.sets(st.sampled_from(everyone), min_size=20, max_size=60))
    leaving = data.draw(st.sampled_from(sorted(chosen)))
    before = survey_2024.of_regions(chosen)
    without = before.of_regions(chosen - {leaving})
    again = without.of_regions(chosen)
    ids = ["resultat.netto_pst", "sektor.gap", "fond.andel_tomme", "investering.andel.grunnskole"]
    with_it, back = (influence.without_each(each, ids) for each in (before, again))
    assert with_it.equals(back)
    left = influence.without_each(without, ids).unique("tall_id").select("tall_id", "verdi")
    mine = with_it.filter(pl.col("region") == leaving).select("tall_id", "uten")
    both = mine.join(left, on="tall_id")
    assert both.height == len(ids)
    assert (both["uten"] - both["verdi"]).abs().max() < 1e-9  # type: ignore[operator]
