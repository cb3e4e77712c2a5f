"""Open figures as a survey: who is in it, panels drawn by size, missing values, scopes, renumbering."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers.sections import funds, results
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units
from kommuneregnskap.verdicts import brackets, decide, judgement
from tests.helpers.computing import drawn
from tests.helpers.numbers import value as number
from tests.helpers.statbank_national import LATE, RECLASSED, WITHDRAWN, National

YEAR = 2024


def opened(snapshot: str, scope: str = "konsern", panel: str = "", year: int = YEAR) -> Survey:
    return open_survey(year=year, source="ssb", scope=scope, data_dir=snapshot, panel=panel)


def value(tall: pl.DataFrame, name: str, year: int = YEAR) -> float | None:
    found = tall.filter((pl.col("id") == name) & (pl.col("aar") == year))["verdi"]
    return found[0] if len(found) else None


def answered(survey: Survey) -> set[str]:
    return set(survey.everyone().filter("svart")["region"])


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


SIZE = open_figures.panel_size(YEAR)
assert SIZE is not None


def test_a_panel_is_what_the_release_says_of_its_respondents(outside_oslo: pl.DataFrame) -> None:
    drawn = open_figures.draw(outside_oslo, SIZE, YEAR, open_figures.DRAWS)
    assert len(drawn) == len({tuple(row) for row in drawn}) == open_figures.DRAWS >= 400
    for row in drawn:
        own = outside_oslo.filter(pl.col("region").is_in(row))
        assert len(own) == len(row) == 225
        share = 100 * own["folkemengde"].sum() / outside_oslo["folkemengde"].sum()
        assert 84.45 <= share < 84.55
        groups = dict(own.group_by("stoerrelsesgruppe").len().iter_rows())
        everyone = dict(outside_oslo.group_by("stoerrelsesgruppe").len().iter_rows())
        assert groups["over_50000"] == everyone["over_50000"]
        assert 49.5 <= 100 * groups["under_3000"] / everyone["under_3000"] < 50.5


@pytest.mark.parametrize("share", [65, 75, 90])
def test_the_share_asked_for_is_the_share_drawn(outside_oslo: pl.DataFrame, share: int) -> None:
    """Where it can be: with no more said than how many, every panel has it to a tenth of a percent."""
    size = open_figures.Printed(225, share, (share - 0.05, share + 0.05))
    people = dict(outside_oslo.select("region", "folkemengde").iter_rows())
    for row in open_figures.draw(outside_oslo, size, YEAR, draws=20):
        found = 100 * sum(people[each] for each in row) / sum(people.values())
        assert found == pytest.approx(share, abs=0.05)


def test_a_share_that_no_panel_can_have_is_come_as_near_as_they_can(
    outside_oslo: pl.DataFrame,
) -> None:
    people = outside_oslo.sort("folkemengde", descending=True)
    size = open_figures.Printed(225, 99.9, (99.85, 99.95))
    drawn = open_figures.draw(outside_oslo, size, YEAR, draws=3)
    assert drawn == [sorted(people.head(225)["region"])] * 3


def test_each_municipality_of_a_printed_group_is_drawn_about_as_often(
    outside_oslo: pl.DataFrame,
) -> None:
    drawn = open_figures.draw(outside_oslo, SIZE, YEAR, open_figures.DRAWS)
    times = pl.Series([each for row in drawn for each in row]).value_counts(name="ganger")
    small = outside_oslo.filter(pl.col("stoerrelsesgruppe") == "under_3000")["region"]
    own = times.filter(pl.col("").is_in(small.to_list()))["ganger"]
    assert len(own) == len(small)
    assert own.min() > 150  # type: ignore[operator]  # 200 of 400, five standard deviations of 10
    assert own.max() < 250  # type: ignore[operator]


def test_the_same_panels_whatever_the_order_and_others_for_another_year(
    outside_oslo: pl.DataFrame,
) -> None:
    drawn = open_figures.draw(outside_oslo, SIZE, YEAR, draws=3)
    shuffled = outside_oslo.sample(fraction=1, shuffle=True, seed=4)
    assert open_figures.draw(shuffled, SIZE, YEAR, draws=3) == drawn
    assert open_figures.draw(outside_oslo, SIZE, YEAR - 1, draws=3) != drawn


def test_everyone_is_drawn_where_there_are_no_more(outside_oslo: pl.DataFrame) -> None:
    few = outside_oslo.head(5)
    assert open_figures.draw(few, SIZE, YEAR, draws=2) == [sorted(few["region"])] * 2


@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023, 2024])
def test_the_size_is_what_the_release_of_the_year_printed(year: int) -> None:
    printed = published.read(year).filter(pl.col("aar") == year)
    count, people = (
        printed.filter(pl.col("tall_id") == name).row(0, named=True)
        for name in ("svar.antall", "svar.folkeandel")
    )
    size = open_figures.panel_size(year)
    assert size is not None
    assert (size.count, size.people) == (count["verdi"], people["verdi"])
    assert size.between == (people["nedre"], people["oevre"])
    assert dict(size.groups) == ({"over_50000": 100, "under_3000": 50} if year == 2024 else {})


def test_a_year_without_a_printed_size_has_the_nearest_before_it_else_after() -> None:
    assert open_figures.panel_size(2025) == open_figures.panel_size(2024)
    assert open_figures.panel_size(2019) == open_figures.panel_size(2020)


# --- who is in it


def test_oslo_is_out_unless_asked_for(ssb: National) -> None:
    oslo = "0301"
    without, everyone = opened(ssb.unmarked[1]), opened(ssb.unmarked[1], panel="alle")
    assert oslo not in answered(without)
    assert answered(everyone) - answered(without) == {oslo}
    assert value(compute(without), "svar.oslo") == 0
    assert value(compute(everyone), "svar.oslo") == 1
    invested = (
        compute(each).filter(pl.col("id") == "investering.andel_av_driftsinntekter")
        for each in (without, everyone)
    )
    (own, less), (with_oslo, more) = (each.select("enheter", "verdi").row(0) for each in invested)
    assert with_oslo == own + 1
    assert more != less


def test_a_pseudo_panel_is_as_many_as_answered_and_says_nothing_of_those_not_drawn(
    ssb: National,
) -> None:
    survey = opened(ssb.unmarked[1], panel="pseudo")
    assert len(answered(survey)) == 225
    assert not answered(survey) & set(units.oslo(YEAR))
    assert value(compute(survey), "svar.folkeandel") == pytest.approx(84.5, abs=5)
    assert "2 av kommunene" in " ".join(survey.notes)  # those without figures alone


def test_a_municipality_without_a_result_is_out_and_said_and_never_zero(ssb: National) -> None:
    survey = opened(ssb.unmarked[0])
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
    assert LATE in answered(opened(ssb.unmarked[1]))
    assert WITHDRAWN not in answered(opened(ssb.unmarked[1]))


def test_a_missing_municipality_does_not_look_like_growth(ssb: National) -> None:
    """It has figures of 2023 and none of 2024: it is in neither side of the comparison."""
    survey = opened(ssb.unmarked[0])
    matched = survey.matched(YEAR)
    assert not {LATE, RECLASSED} & set(matched["kobling"])
    counted = matched.group_by("aar").agg(pl.col("kobling").n_unique()).sort("aar")
    assert counted["kobling"].n_unique() == 1


def test_a_single_missing_amount_is_left_out_of_both_years(ssb: National) -> None:
    survey = opened(ssb.unmarked[1])
    chosen = survey.matched(YEAR).filter(pl.col("begrep") == "disposisjonsfond")["kobling"][0]
    spoiled = pl.col("begrep").eq("disposisjonsfond") & pl.col("kobling").eq(chosen)
    without = replace(
        survey,
        indikatorer=survey.indikatorer.filter(~(spoiled & (pl.col("aar") == YEAR - 1))),
    )
    both = without.matched(YEAR).filter(pl.col("begrep") == "disposisjonsfond")
    assert chosen not in both["kobling"]
    assert both.group_by("kobling").len()["len"].unique().to_list() == [2]
    with_fund, fewer = (
        len(each.compared().drop_nulls(["disposisjonsfond", "disposisjonsfond_foer"]))
        for each in (survey, without)
    )
    assert fewer == with_fund - 1
    # Two have no figures at all in June: the sum is of the others, which are more than nine in ten.
    for each, of in ((survey, with_fund), (without, fewer)):
        row = funds.movement_in_all(each).row(0, named=True)
        assert row["kommuner"] == of
        assert row["foer"] + row["oekt"] + row["redusert"] == pytest.approx(row["naa"])


def test_renumbered_municipalities_are_followed_from_2023_to_2024(ssb: National) -> None:
    survey = opened(ssb.unmarked[1])
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
    survey = opened(ssb.unmarked[1], "kasse")
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
    assert drawn("fund_bands", survey).is_empty()
    assert "gir uttrekket av SSBs tabeller bare" in " ".join(survey.notes)


def test_the_printed_percentages_are_those_of_the_table(ssb: National) -> None:
    from kommuneregnskap.sources.statbank.snapshot import open_snapshot

    survey = opened(ssb.unmarked[1], "kasse")
    printed = open_snapshot(ssb.unmarked[1]).values.filter(
        (pl.col("begrep") == "netto_driftsresultat_pst")
        & (pl.col("regnskapsomfang") == "kasse")
        & (pl.col("aar") == YEAR)
    )
    both = results.per_unit(survey).join(printed, on="region")
    assert len(both) == len(answered(survey))
    assert (both[results.SHARE] == both["verdi"]).all()


def test_what_the_konsern_lacks_is_named(ssb: National) -> None:
    said = " ".join(opened(ssb.unmarked[1]).notes)
    assert "gir uttrekket av SSBs tabeller ikke" in said
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
        open_survey(year=YEAR, source="demo", panel="alle")


# --- verdicts


def judged(survey: Survey) -> pl.DataFrame:
    return judgement.judge(judgement.read(YEAR), compute(survey), survey)


def test_how_many_of_the_panels_lie_in_the_interval_decides(ssb: National) -> None:
    rows = judged(opened(ssb.unmarked[1]))
    limits = published.read(YEAR).select("id", "forenlig_fra_pst", "avvik_under_pst", "enhet")
    own = rows.filter(pl.col("dom").is_in(["forenlig", "uavklart", "avvik"])).join(limits, on="id")
    assert set(own["dom"]) >= {"forenlig", "avvik"}
    expected = (
        pl.when(pl.col("andel_inne") >= pl.col("forenlig_fra_pst"))
        .then(pl.lit("forenlig"))
        .when(pl.col("andel_inne") < pl.col("avvik_under_pst"))
        .then(pl.lit("avvik"))
        .otherwise(pl.lit("uavklart"))
    )
    assert own["dom"].to_list() == own.select(expected).to_series().to_list()
    assert own["klamme_nedre"].null_count() == 0
    assert own["hvorfor"].str.contains(r"prosent av 400 trukne utvalg").all()
    assert own.filter(pl.col("dom") == "avvik")["hvorfor"].str.contains("omfang").all()
    assert own["beregnet_tekst"].str.contains(r"\(i utvalg .* til ").any()


def test_kroner_and_what_is_something_else_in_group_accounts_are_shown_and_not_judged(
    ssb: National,
) -> None:
    rows = judged(opened(ssb.unmarked[1]))
    kroner = rows.filter(pl.col("enhet").is_in(["mrd_kr", "kr"]) & (pl.col("dom") != "kontekst"))
    assert len(kroner) >= 4
    assert kroner["beregnet"].count() >= 2  # estimates: sums are of all, and two have no figures
    assert set(kroner["dom"]) == {"ikke_vurdert"}
    funds = rows.filter(pl.col("id").is_in(["k2024_fond_tomme", "k2024_fond_0_5"]))
    assert funds["dom"].to_list() == ["ikke_vurdert"] * 2
    assert funds["beregnet"].null_count() == 0


@pytest.mark.parametrize(
    ("word", "share", "verdict"),
    [
        ("eksakt", 5, "forenlig"),
        ("eksakt", 4.75, "uavklart"),
        ("eksakt", 1, "uavklart"),
        ("eksakt", 0.75, "avvik"),
        ("retning_ned", 95, "forenlig"),
        ("retning_ned", 94.75, "uavklart"),
        ("retning_ned", 5, "uavklart"),
        ("retning_ned", 4.75, "avvik"),
        ("over", 2.5, "avvik"),  # one panel of 40 settled it once
    ],
)
def test_the_limits_of_a_verdict(ssb: National, word: str, share: float, verdict: str) -> None:
    claims = judgement.read(YEAR).filter(pl.col("tall_id") == "resultat.antall_negativ")
    limits = tables.read("qualifiers").filter(pl.col("kvalifikator") == word)
    claim = claims.head(1).with_columns(
        *(
            pl.lit(limits[name].item()).alias(name)
            for name in ("forenlig_fra_pst", "avvik_under_pst")
        ),
        beregnet=pl.lit(1.0),
        klamme_nedre=pl.lit(0.0),
        andel_inne=pl.lit(share),
        inne=pl.lit(value=False),
        enheter=pl.lit(356),
        av=pl.lit(356),
        kant=pl.lit(value=False),
    )
    assert decide.decide(claim, opened(ssb.unmarked[1]))["dom"].item() == verdict


def test_invented_figures_are_never_consistent(ssb: National) -> None:
    marked, unmarked = (judged(opened(name)) for name in (ssb.march, ssb.unmarked[0]))
    assert "forenlig" not in set(marked["dom"])
    assert "kalibrert" in set(marked["dom"])
    assert "kalibrert" not in set(unmarked["dom"])


def test_open_figures_say_nothing_of_who_answered_and_the_source_still_contradicts_itself(
    ssb: National,
) -> None:
    rows = judged(opened(ssb.unmarked[1]))
    who = rows.filter((pl.col("seksjon") == "svar") & (pl.col("dom") != "kontekst"))
    assert len(who) >= 5
    assert who["dom"].unique().to_list() == ["ikke_vurdert"]
    assert who["klamme_nedre"].null_count() == len(who)
    marked = rows.drop_nulls("merke")
    assert marked.select("id", "merke").rows() == [
        ("k2024_res_andel_negativ", "selvmotsigelse"),
        ("k2024_presse_ndr_m04", "uforenlig"),
    ]
    assert not {"selvmotsigelse", "uforenlig"} & set(rows["dom"])


def test_the_kasse_is_judged_where_it_can_be_counted(ssb: National) -> None:
    rows = judged(opened(ssb.unmarked[1], "kasse"))
    verdicts = dict(rows.select("id", "dom").iter_rows())
    assert verdicts["k2024_res_antall_negativ"] == "forenlig"
    assert verdicts["k2024_inv_brutto"] == "ikke_vurdert"
    why = rows.filter(pl.col("dom").is_in(["forenlig", "uavklart", "avvik"]))["hvorfor"]
    assert not why.str.contains("omfang").any()


def test_a_bracket_spans_the_panels_and_its_middle(ssb: National) -> None:
    survey = opened(ssb.unmarked[1])
    found = brackets.of(survey)
    assert not found["tall_id"].str.starts_with("svar.").any()
    row = found.filter(
        (pl.col("tall_id") == "resultat.antall_negativ") & (pl.col("aar") == YEAR)
    ).row(0, named=True)
    panels = open_figures.pseudo_panels(survey.enheter, YEAR)
    each = row["trukket"]
    assert len(each) == len(panels)
    for place in range(0, len(panels), 40):
        assert each[place] == number(survey.of_regions(panels[place]), "resultat.antall_negativ")
    assert (row["klamme_nedre"], row["klamme_oevre"]) == (min(each), max(each))
    assert row["klamme_midt"] == pl.Series(each).median()


def test_a_panel_without_the_number_does_not_bear_it_out(ssb: National) -> None:
    survey = opened(ssb.unmarked[1])
    tall, found = compute(survey), brackets.of(survey)
    drawn = found.with_columns(trukket=pl.lit([138.0, None, None, None], dtype=pl.List(pl.Float64)))
    rows = judgement.judge(judgement.read(YEAR), tall, survey, drawn)
    assert rows.filter(pl.col("id") == "k2024_res_antall_negativ")["andel_inne"].item() == 25


def test_account_files_have_no_bracket(survey_2024: Survey) -> None:
    assert brackets.of(survey_2024).is_empty()
