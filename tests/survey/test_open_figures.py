"""Open figures as a survey: who is in it, panels drawn by size, missing values, scopes, renumbering."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers import compute
from kommuneregnskap.numbers.sections import funds, results
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units
from kommuneregnskap.verdicts import brackets, judgement
from tests.helpers.numbers import value as number
from tests.helpers.statbank_national import LATE, RECLASSED, WITHDRAWN, National

YEAR = 2024


def opened(snapshot: str, scope: str = "konsern", panel: str = "", year: int = YEAR) -> Survey:
    return open_survey(year=year, source="ssb", scope=scope, data_dir=snapshot, panel=panel)


def value(tall: pl.DataFrame, name: str, year: int = YEAR) -> float | None:
    found = tall.filter((pl.col("id") == name) & (pl.col("aar") == year))["verdi"]
    return found[0] if len(found) else None


def answered(survey: Survey) -> set[str]:
    return set(survey.enheter.filter(pl.col("svart"))["region"])


def test_without_a_scope_it_is_the_one_that_open_figures_have(ssb: National) -> None:
    survey = open_survey(YEAR, source="ssb")
    assert (survey.scope, survey.figures.snapshot) == ("konsern", ssb.unmarked[1])
    assert survey.request.folder().name == "ssb"
    assert open_survey(str(YEAR), "ssb", scope=None).scope == "konsern"


# --- panels drawn


@pytest.fixture(scope="module")
def outside_oslo() -> pl.DataFrame:
    everyone = units.frame(YEAR).filter(pl.col("type") == "kommune")
    return everyone.filter(~pl.col("region").is_in(units.oslo(YEAR)))


def test_a_panel_has_the_count_and_near_the_share_of_inhabitants(
    outside_oslo: pl.DataFrame,
) -> None:
    drawn = open_figures.draw(outside_oslo, 225, 84.5, YEAR)
    people = dict(outside_oslo.select("region", "folkemengde").iter_rows())
    shares = [100 * sum(people[each] for each in row) / sum(people.values()) for row in drawn]
    assert len(drawn) == open_figures.DRAWS
    assert all(len(row) == len(set(row)) == 225 for row in drawn)
    assert sum(shares) / len(shares) == pytest.approx(84.5, abs=1)
    assert 75 < min(shares) < max(shares) < 92
    assert len({tuple(row) for row in drawn}) == open_figures.DRAWS


@pytest.mark.parametrize("share", [65, 75, 90])
def test_the_share_asked_for_is_the_share_drawn(outside_oslo: pl.DataFrame, share: int) -> None:
    people = dict(outside_oslo.select("region", "folkemengde").iter_rows())
    drawn = open_figures.draw(outside_oslo, 225, share, YEAR)
    found = [100 * sum(people[each] for each in row) / sum(people.values()) for row in drawn]
    assert sum(found) / len(found) == pytest.approx(share, abs=1.5)


def test_the_same_panels_whatever_the_order_and_others_for_another_year(
    outside_oslo: pl.DataFrame,
) -> None:
    drawn = open_figures.draw(outside_oslo, 225, 84.5, YEAR, draws=3)
    shuffled = outside_oslo.sample(fraction=1, shuffle=True, seed=4)
    assert open_figures.draw(shuffled, 225, 84.5, YEAR, draws=3) == drawn
    assert open_figures.draw(outside_oslo, 225, 84.5, YEAR - 1, draws=3) != drawn


def test_everyone_is_drawn_where_there_are_no_more(outside_oslo: pl.DataFrame) -> None:
    few = outside_oslo.head(5)
    assert open_figures.draw(few, 5, 84.5, YEAR, draws=2) == [sorted(few["region"])] * 2
    assert open_figures.draw(few, 225, 84.5, YEAR, draws=1) == [sorted(few["region"])]


@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023, 2024])
def test_the_size_is_what_the_release_of_the_year_printed(year: int) -> None:
    printed = published.read(year).filter(pl.col("aar") == year)
    expected = tuple(
        printed.filter(pl.col("tall_id") == name)["verdi"][0]
        for name in ("svar.antall", "svar.folkeandel")
    )
    assert open_figures.panel_size(year) == expected


def test_a_year_without_a_printed_size_has_the_nearest_before_it_else_after() -> None:
    assert open_figures.panel_size(2025) == open_figures.panel_size(2024)
    assert open_figures.panel_size(2019) == open_figures.panel_size(2020)


# --- who is in it


def test_oslo_is_out_unless_asked_for(ssb: National) -> None:
    (oslo,) = units.oslo(YEAR)
    without, everyone = opened(ssb.june), opened(ssb.june, panel="alle")
    assert oslo not in answered(without)
    assert answered(everyone) - answered(without) == {oslo}
    assert value(compute(without), "svar.oslo") == 0
    assert value(compute(everyone), "svar.oslo") == 1
    more = value(compute(everyone), "investering.brutto") or 0
    assert more > (value(compute(without), "investering.brutto") or 0) + 5


def test_a_pseudo_panel_is_as_many_as_answered_and_says_nothing_of_those_not_drawn(
    ssb: National,
) -> None:
    survey = opened(ssb.june, panel="pseudo")
    assert len(answered(survey)) == 225
    assert not answered(survey) & set(units.oslo(YEAR))
    assert value(compute(survey), "svar.folkeandel") == pytest.approx(84.5, abs=5)
    assert "2 av kommunene" in " ".join(survey.notes)  # those without figures alone


def test_a_municipality_without_a_result_is_out_and_said_and_never_zero(ssb: National) -> None:
    survey = opened(ssb.march)
    assert {LATE, RECLASSED} & answered(survey) == set()
    assert len(answered(survey)) == 354
    assert results.per_unit(survey).height == 354
    assert survey.indikatorer.filter(
        pl.col("region").is_in([LATE, RECLASSED]) & (pl.col("aar") == YEAR)
    ).is_empty()
    assert (
        "SSB har ikke netto driftsresultat med driftsinntekter for 2 av kommunene; de er holdt "
        "utenfor og ikke regnet som null." in survey.notes
    )
    assert LATE in answered(opened(ssb.june))
    assert WITHDRAWN not in answered(opened(ssb.june))


def test_a_missing_municipality_does_not_look_like_growth(ssb: National) -> None:
    """It has figures of 2023 and none of 2024: it is in neither side of the comparison."""
    survey = opened(ssb.march)
    matched = survey.matched(YEAR)
    assert not {LATE, RECLASSED} & set(matched["kobling"])
    counted = matched.group_by("aar").agg(pl.col("kobling").n_unique()).sort("aar")
    assert counted["kobling"].n_unique() == 1


def test_a_single_missing_amount_is_left_out_of_both_years(ssb: National) -> None:
    survey = opened(ssb.june)
    chosen = survey.matched(YEAR).filter(pl.col("begrep") == "disposisjonsfond")["kobling"][0]
    spoiled = pl.col("begrep").eq("disposisjonsfond") & pl.col("kobling").eq(chosen)
    without = replace(
        survey,
        indikatorer=survey.indikatorer.filter(~(spoiled & (pl.col("aar") == YEAR - 1))),
    )
    both = without.matched(YEAR).filter(pl.col("begrep") == "disposisjonsfond")
    assert chosen not in both["kobling"]
    assert both.group_by("kobling").len()["len"].unique().to_list() == [2]
    assert funds.movement(without).height == funds.movement(survey).height - 1


def test_renumbered_municipalities_are_followed_from_2023_to_2024(ssb: National) -> None:
    survey = opened(ssb.june)
    changed = tables.read("kommune_endring").filter(
        (pl.col("aar") == YEAR) & (pl.col("type").cast(pl.String) != "grensejustering")
    )
    assert len(changed) > 50
    assert survey.matched(YEAR)["kobling"].n_unique() > 340
    tall = compute(survey)
    for name in ("sektor.utgiftsvekst", "investering.vekst", "resultat.netto_pst_fjor"):
        assert value(tall, name) is not None, name
    assert 0 < (value(tall, "sektor.utgiftsvekst") or 0) < 10


# --- scopes


def test_the_kasse_has_counts_and_no_kroner(ssb: National) -> None:
    survey = opened(ssb.june, "kasse")
    tall = compute(survey)
    per_unit = results.per_unit(survey)
    assert per_unit["netto_driftsresultat"].null_count() == len(per_unit)
    assert value(tall, "resultat.antall_negativ") == (per_unit[results.SHARE] < 0).sum() > 100
    assert value(tall, "resultat.andel_negativ") == pytest.approx(
        100 * (per_unit[results.SHARE] < 0).mean()  # type: ignore[operator]
    )
    for name in (
        *("resultat.netto_mrd", "resultat.netto_pst", "resultat.estimat_mrd"),
        *("investering.brutto", "investering.andel.grunnskole", "sektor.utgiftsvekst"),
        *("fond.mrd", "fond.andel_tomme", "fond.antall_tomme"),
    ):
        assert name in set(tall["id"]), name
        assert value(tall, name) is None, name
    assert funds.by_band(survey).is_empty()
    assert "gir SSBs tabeller bare" in " ".join(survey.notes)


def test_the_printed_percentages_are_those_of_the_table(ssb: National) -> None:
    from kommuneregnskap.sources.statbank.snapshot import open_snapshot

    survey = opened(ssb.june, "kasse")
    printed = open_snapshot(ssb.june).values.filter(
        (pl.col("begrep") == "netto_driftsresultat_pst")
        & (pl.col("regnskapsomfang") == "kasse")
        & (pl.col("aar") == YEAR)
    )
    both = results.per_unit(survey).join(printed, on="region")
    assert len(both) == len(answered(survey))
    assert (both[results.SHARE] == both["verdi"]).all()


def test_what_the_konsern_lacks_is_named(ssb: National) -> None:
    said = " ".join(opened(ssb.june).notes)
    assert "gir SSBs tabeller ikke" in said
    assert "netto gevinst på finansielle instrumenter" in said
    assert "Åpne tall sier ikke hvem som svarte KS" in said


# --- requests that cannot be met


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"scope": "konsolidert"}, "SCOPE is 'konsolidert'; for the source ssb: konsern, kasse"),
        ({"panel": "halve"}, "PANEL is 'halve'; allowed: uten_oslo, alle, pseudo"),
        ({"year": 2022}, "YEAR is 2022; the snapshot 2025-03-16 has konsern figures for: 2023"),
    ],
)
def test_a_request_that_cannot_be_met(
    ssb: National, asked: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match="^" + message):
        opened(ssb.march, **asked)  # type: ignore[arg-type]


def test_account_files_have_no_panels(demo_panel: object) -> None:
    with pytest.raises(UsageError, match="only the source ssb has panels"):
        open_survey(year=YEAR, panel="alle")


# --- verdicts


def judged(survey: Survey) -> pl.DataFrame:
    return judgement.judge(judgement.read(YEAR), compute(survey), survey)


def test_inside_the_bracket_is_consistent_and_outside_it_deviates(ssb: National) -> None:
    rows = judged(opened(ssb.unmarked[1]))
    own = rows.filter(pl.col("dom").is_in(["forenlig", "avvik"]))
    assert set(rows["dom"]) == {"forenlig", "avvik", "selvmotsigelse", "kontekst", "ikke_vurdert"}
    low = pl.col("nedre").is_null() | (pl.col("klamme_oevre") >= pl.col("nedre") - 1e-9)
    high = pl.col("oevre").is_null() | (pl.col("klamme_nedre") <= pl.col("oevre") + 1e-9)
    meets = own.select(low & high).to_series()
    assert (own["dom"] == "forenlig").to_list() == meets.to_list()
    assert own["klamme_nedre"].null_count() == 0
    assert own.filter(pl.col("dom") == "avvik")["hvorfor"].str.contains("omfang").all()
    assert own["beregnet_tekst"].str.contains("klamme").any()


def test_invented_figures_are_never_consistent(ssb: National) -> None:
    marked, unmarked = (judged(opened(name)) for name in (ssb.march, ssb.unmarked[0]))
    assert "forenlig" not in set(marked["dom"])
    assert marked["dom"].replace("kalibrert", "forenlig").to_list() == unmarked["dom"].to_list()


def test_open_figures_say_nothing_of_who_answered_and_the_source_still_contradicts_itself(
    ssb: National,
) -> None:
    rows = judged(opened(ssb.unmarked[1]))
    who = rows.filter((pl.col("seksjon") == "svar") & (pl.col("dom") != "kontekst"))
    assert len(who) >= 5
    assert who["dom"].unique().to_list() == ["ikke_vurdert"]
    assert who["klamme_nedre"].null_count() == len(who)
    contradicted = rows.filter(pl.col("dom") == "selvmotsigelse")["id"].to_list()
    assert contradicted == ["k2024_res_andel_negativ", "k2024_presse_ndr_m04"]


def test_the_kasse_is_judged_where_it_can_be_counted(ssb: National) -> None:
    rows = judged(opened(ssb.unmarked[1], "kasse"))
    verdicts = dict(rows.select("id", "dom").iter_rows())
    assert verdicts["k2024_res_antall_negativ"] == "forenlig"
    assert verdicts["k2024_inv_brutto"] == "ikke_vurdert"
    assert rows.filter(pl.col("dom") == "avvik")["hvorfor"].unique().to_list() == [
        "utenfor klammen"
    ]


def test_a_bracket_spans_the_panels_and_its_middle(ssb: National) -> None:
    survey = opened(ssb.june)
    found = brackets.of(survey)
    assert not found["tall_id"].str.starts_with("svar.").any()
    row = found.filter(
        (pl.col("tall_id") == "resultat.antall_negativ") & (pl.col("aar") == YEAR)
    ).row(0, named=True)
    panels = open_figures.pseudo_panels(survey.enheter, YEAR)
    counted = [number(survey.of_regions(each), "resultat.antall_negativ") for each in panels]
    assert (row["klamme_nedre"], row["klamme_oevre"]) == (min(counted), max(counted))
    assert row["klamme_midt"] == pl.Series(counted).median()


def test_account_files_have_no_bracket(survey_2024: Survey) -> None:
    assert brackets.of(survey_2024).is_empty()
