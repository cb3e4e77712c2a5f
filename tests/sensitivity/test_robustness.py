"""Published numbers under every choice: nothing that moves goes unnamed, and the conclusions follow."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.charts import robustness as charts_robustness
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity import robustness, specification, tried
from kommuneregnskap.sensitivity.specification import FAILS, HOLDS, OPEN, SINGLE, UNJUDGED, USUAL
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.tables import choices, published
from kommuneregnskap.verdicts import judgement
from tests.helpers.statbank_national import National

YEAR = 2024


@pytest.fixture(scope="module")
def specified(warm: Path) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMMUNEREGNSKAP_ROOT", str(warm.parent))
        return specification.specifications(opening.open_survey(year=2024, source="demo"))


def one(rows: pl.DataFrame, claim: str, spec: str) -> dict[str, object]:
    return rows.filter((pl.col("id") == claim) & (pl.col("spesifikasjon") == spec)).row(
        0, named=True
    )


def test_the_survey_itself_stands_first_and_is_judged_as_in_the_report(
    survey_2024: survey.Survey, specified: pl.DataFrame
) -> None:
    own = specified.filter(pl.col("kombinasjon") == USUAL)
    judged = judgement.judge(judgement.read(YEAR), compute(survey_2024), survey_2024)
    in_report = judged.filter(pl.col("dom") != "kontekst").select("id", "dom", "beregnet")
    assert own.select("id", "dom", "beregnet").equals(in_report)
    assert specified.unique("id", keep="first", maintain_order=True)[
        "kombinasjon"
    ].unique().to_list() == [USUAL]


@pytest.mark.parametrize(
    ("claim", "spec", "outcome"),
    [
        ("k2024_sek_sosial_vekst", "sosial=FGK12", FAILS),
        ("k2024_sek_sosial_vekst", "tjenesteutgift=AGD9", HOLDS),
        ("k2024_res_folkeandel_under_m2", "disse=negative", FAILS),
        ("k2024_res_minus_4", "milliarder=med_oslo", HOLDS),
        ("k2024_res_minus_4", "milliarder=med_fylker", FAILS),
        ("k2024_inv_grunnskole_andel", "investering=AGI43", OPEN),
        ("k2024_inv_vekst", "vekst=fast_pris", FAILS),  # 5.8 percent are 1.5 when prices rose 4.3
        ("k2024_sek_gap", "vekst=fast_pris", HOLDS),  # prices move no sign of a difference
        # 138 negative of 225 municipalities and 14 counties: what is printed as 58 percent
        ("k2024_res_andel_negativ", "andel=med_fylker", HOLDS),
        ("k2024_res_andel_negativ", "", FAILS),
        ("k2024_sek_sosial_vekst", "sosial=FGK12,tjenesteutgift=AGD9", FAILS),
    ],
)
def test_a_number_under_a_choice(
    survey_2024: survey.Survey, specified: pl.DataFrame, claim: str, spec: str, outcome: str
) -> None:
    row = one(specified, claim, spec)
    assert row["utfall"] == outcome
    other = survey_2024.under(choices.parse(spec))
    judged = judgement.judge(judgement.read(YEAR), compute(other), other)
    assert row["beregnet"] == judged.filter(pl.col("id") == claim)["beregnet"].item()


@pytest.mark.heavy
def test_a_number_that_a_choice_moves_names_its_assumption(
    survey_2024: survey.Survey, specified: pl.DataFrame
) -> None:
    """Else section 8 would not try it: all numbers are computed here, not only those that name it."""
    registered = published.read(YEAR).filter(pl.col("status").cast(pl.String) == "beregnes")
    own = specified.filter(pl.col("kombinasjon") == USUAL).select("id", eget="beregnet")
    asked = registered.select("tall_id", "aar").rows()
    values, _ = tried.valued(survey_2024, dict.fromkeys(choices.singles(), asked))
    moved_by = 0
    for made in choices.singles():
        of_choice = values.filter(pl.col("spesifikasjon") == choices.text(made)).unique()
        found = registered.join(of_choice, on=["tall_id", "aar"], how="left").join(own, on="id")
        moved = found.filter(pl.col("beregnet").round(9).ne_missing(pl.col("eget").round(9)))
        (assumption,) = {row["antakelse"] for row in choices.described(made)}
        named = pl.col("antakelser").fill_null("").str.split(";").list.contains(assumption)
        assert moved.filter(~named)["id"].to_list() == [], made
        moved_by += len(moved) > 0
    assert moved_by > 25


# Alternatives that move no published number of the panel, and why they cannot.
UNMOVED = {
    "rangering=hele": "the areas that it adds grow neither most nor least of all: ranks of others stay",
    "tomt_fond=null": "no fund is below zero: chapter 56 is a fund, a deficit stands on 5900",
    "fondsgrense=over_0_til_5": "no fund is exactly 5 percent of revenue",
}
# Alternatives that no published number of the year names.
UNNAMED = {"fylkesfond=alle_fond"}


def test_the_panel_tells_alternatives_apart(specified: pl.DataFrame) -> None:
    """Another scope, area, art or way to count gives another number of the panel, but for the few above."""
    tried = {choices.text(made) for made in choices.singles()} - UNNAMED
    single = specified.filter(pl.col("kombinasjon") == SINGLE)
    assert set(single["spesifikasjon"]) == tried
    moved = single.filter(pl.col("endret") & pl.col("beregnet").is_not_null())["spesifikasjon"]
    lacking = {"anslag=inntekter"}  # needs last year's accounts of those who did not answer
    assert tried - set(moved) == {*UNMOVED, *lacking}
    assert set(robustness.without_effect(specified)["spesifikasjon"]) == set(UNMOVED)


def test_another_scope_moves_results_investments_and_funds(specified: pl.DataFrame) -> None:
    moved = specified.filter(pl.col("endret") & (pl.col("spesifikasjon") == "omfang=konsolidert"))
    for part in ("k2024_inv_brutto", "k2024_res_folkeandel_under_m2", "k2024_fond_tomme"):
        assert part in set(moved["id"])
    areas = ("inv_grunnskole_andel", "inv_omsorg_andel", "sek_sosial_vekst", "sek_veier_vekst")
    assert {f"k2024_{name}" for name in areas} <= set(moved["id"])


def specs(*rows: tuple[str, str, str, float | None, str]) -> pl.DataFrame:
    """A few specifications: claim, choice, where it is from, value, outcome."""
    return pl.DataFrame(
        rows,
        schema=["id", "spesifikasjon", "kombinasjon", "beregnet", "utfall"],
        orient="row",
        infer_schema_length=None,
    ).with_columns(
        pl.col("beregnet").cast(pl.Float64),
        maaler=pl.lit("m"),
        publisert=pl.lit("1"),
        enhet=pl.lit("prosent"),
        intervall=pl.lit("i"),
        beregnet_tekst=pl.lit("t"),
    )


@pytest.mark.parametrize(
    ("outcomes", "conclusion", "hangs"),
    [
        ([HOLDS, HOLDS, HOLDS], "staar_fast", ""),
        ([HOLDS, FAILS, HOLDS], "henger_paa_valg", "a=1"),
        ([HOLDS, HOLDS, FAILS], "henger_paa_valg", ""),  # only together with another choice
        ([FAILS, HOLDS, FAILS], "bare_andre_valg", "a=1"),
        ([FAILS, FAILS, FAILS], "faller", ""),
        ([HOLDS, OPEN, OPEN], "uten_valg", ""),
        ([HOLDS, OPEN, HOLDS], "staar_fast", ""),
        ([UNJUDGED, UNJUDGED, UNJUDGED], "uten_dom", ""),
        ([OPEN, OPEN, OPEN], "uten_dom", ""),
    ],
)
def test_the_conclusion_follows_from_the_outcomes(
    outcomes: list[str], conclusion: str, hangs: str
) -> None:
    places = [("", USUAL), ("a=1", SINGLE), ("a=1,b=2", "sammen")]
    rows = [
        ("k", spec, where, None if outcome == OPEN else 1.0, outcome)
        for (spec, where), outcome in zip(places, outcomes, strict=True)
    ]
    row = robustness.summary(specs(*rows)).row(0, named=True)
    assert (row["konklusjon"], row["henger_paa"]) == (conclusion, hangs)
    assert row["ikke_regnet"] == outcomes.count(OPEN)


def test_the_conclusions_of_the_year(specified: pl.DataFrame) -> None:
    found = robustness.summary(specified)
    counted = dict(robustness.conclusions(found).select("konklusjon", "antall").iter_rows())
    assert sum(counted.values()) == specified["id"].n_unique()
    assert counted["staar_fast"] > 10
    assert counted["henger_paa_valg"] > 10
    social = found.filter(pl.col("id") == "k2024_sek_sosial_vekst").row(0, named=True)
    assert social["henger_paa"].split(", ")[:2] == ["sosial=FGK12", "sosial=FGK12a"]


def test_the_figures_say_how_many_hold(survey_2024: survey.Survey, specified: pl.DataFrame) -> None:
    found = robustness.summary(specified)
    hanging = robustness.hanging(specified, found)
    chart = charts_robustness.hanging(hanging, survey_2024).to_dict()
    assert "Syntetiske tall" in chart["description"]
    own = robustness.most_tried(specified, found)
    assert own["id"].n_unique() == 1
    curve = charts_robustness.specification_curve(own, survey_2024).to_dict()
    holds = own.filter(pl.col("utfall") == HOLDS).height
    assert f"{holds} ligger i det trykte intervallet" in curve["description"]


def test_what_has_no_verdict_has_no_outcome(few_choices: Path, invented: Path) -> None:
    """One municipality is not the respondents of the release: values move, nothing holds or fails."""
    opened = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    rows = specification.specifications(opened)
    assert set(rows["utfall"]) <= {UNJUDGED, OPEN}
    assert UNJUDGED in set(rows["utfall"])


def test_open_figures_show_what_a_choice_moves_without_a_verdict(
    ssb: National, open_report: Path
) -> None:
    """Of single choices, which the report has tried."""
    opened = opening.open_survey(year=YEAR, source="ssb", data_dir=ssb.unmarked[1])
    rows = specification.specifications(opened)
    assert set(rows["utfall"]) <= {UNJUDGED, OPEN}
    assert rows.filter("endret").height > 10
