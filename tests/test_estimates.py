"""Estimates: worked by hand, against formulas of our own, and what must not change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kommuneregnskap import estimates, tables
from kommuneregnskap.errors import DataError
from kommuneregnskap.estimates import calibrated, compared, kept, population, rule, shown, values
from kommuneregnskap.estimates.grouped import Grouped, prepared
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import quantities
from kommuneregnskap.sections import numbers, results
from kommuneregnskap.survey import Survey, open_survey
from tests.conftest import edit_table
from tests.statbank_national import National

pytestmark = pytest.mark.filterwarnings("error::svy.core.warnings.SvyUserWarning")
MAIN = "stoerrelse"


def units(*rows: tuple[str, str, float, float | None]) -> pl.DataFrame:
    """Municipalities: name, group, inhabitants, amount (None: has not answered)."""
    return pl.DataFrame(
        [(name, group, people, amount, 1, "Fylke") for name, group, people, amount in rows],
        schema=["enhet", "gruppe", "folkemengde", "belop", "antall", "fylke"],
        orient="row",
    )


# Group a: four, two of them answered; group b: two, both of them answered.
SMALL = units(
    ("1", "a", 10, 20), ("2", "a", 20, None), ("3", "a", 30, 90), ("4", "a", 40, None),
    ("5", "b", 50, 5), ("6", "b", 60, 7),
)  # fmt: skip


def grouped(frame: pl.DataFrame, group: str | None, auxiliary: str) -> Grouped:
    ready = prepared(frame, group, auxiliary)
    return Grouped(ready, ready.drop_nulls("belop"))


def test_a_separate_ratio_worked_by_hand() -> None:
    """a: ratio 110/40 = 2.75, raised by 100 inhabitants 275; b: everybody, 12. Residuals of a: ±7.5.

    Variance: (100/40)² · (1 − 2/4) · 2/(2 − 1) · (7.5² + 7.5²) = 703.125, nothing from b; 4 − 2 degrees.
    """
    found = grouped(SMALL, "gruppe", "folkemengde").sums({"sum": ("belop", None)})["sum"]
    assert found.verdi == pytest.approx(287)
    assert found.standardfeil == pytest.approx(703.125**0.5)
    reach = stats.t.ppf(0.975, 2) * 703.125**0.5
    assert (found.nedre, found.oevre) == pytest.approx((287 - reach, 287 + reach))
    assert found.df == 2


def test_an_expansion_worked_by_hand() -> None:
    """Five, three answered 1, 2, 6: mean 3, total 15; variance 25 · (1 − 3/5) · 7/3."""
    frame = units(*((str(n), "a", 1, x) for n, x in enumerate([1, 2, 6, None, None])))
    found = grouped(frame, None, "antall").sums({"sum": ("belop", None)})["sum"]
    assert found.verdi == pytest.approx(15)
    assert found.standardfeil == pytest.approx((25 * 0.4 * 7 / 3) ** 0.5)


def test_a_share_worked_by_hand() -> None:
    """a: one of two, of four; b: two of two. (4·½ + 2)/6; variance (4/6)² · (1 − 2/4) · ½/2."""
    ready = prepared(SMALL, "gruppe", "antall").with_columns(
        flagg=pl.Series([1, 0, 0, 0, 1, 1], dtype=pl.Int64)
    )
    found = Grouped(ready, ready.drop_nulls("belop")).shares(["flagg"])["flagg"]
    assert found.verdi == pytest.approx(4 / 6)
    assert found.standardfeil == pytest.approx(((4 / 6) ** 2 * 0.5 * 0.5 / 2) ** 0.5)
    assert found.nedre is not None
    assert found.oevre is not None
    assert 0 < found.nedre < 4 / 6 < found.oevre < 1


def test_by_size_group_of_the_same_and_the_whole_is_their_sum() -> None:
    frame = SMALL.rename({"enhet": "region", "gruppe": "stoerrelsesgruppe"})
    rows = estimates.ratio_estimate(frame.drop_nulls("belop"), frame, "belop")
    assert rows.select("stoerrelsesgruppe", "svart", "kommuner", "folk_svart", "sum").rows() == [
        ("a", 2, 4, 40, 110),
        ("b", 2, 2, 110, 12),
    ]
    assert rows["estimat"].to_list() == pytest.approx([275, 12])
    assert rows["standardfeil"].to_list() == pytest.approx([703.125**0.5, 0])
    assert rows["nedre"][1] == rows["oevre"][1] == pytest.approx(12)
    assert estimates.total(rows) == pytest.approx(287)


def test_a_full_answer_has_no_sampling_error() -> None:
    everyone = SMALL.with_columns(pl.col("belop").fill_null(3))
    for group, auxiliary in ((None, "antall"), (None, "folkemengde"), ("gruppe", "folkemengde")):
        found = grouped(everyone, group, auxiliary).sums({"sum": ("belop", None)})["sum"]
        assert found.verdi == pytest.approx(everyone["belop"].sum())
        assert found.standardfeil == 0
        assert found.nedre == found.oevre == found.verdi


def test_without_the_finite_population_correction_the_error_would_be_larger() -> None:
    """The mutant: two of four answered as if of very many. The hand-worked numbers tell them apart."""
    group = grouped(SMALL, "gruppe", "folkemengde")
    group.rows = group.rows.with_columns(kommuner=pl.lit(1e9))
    found = group.sums({"sum": ("belop", None)})["sum"]
    assert found.standardfeil is not None
    assert found.standardfeil > 1.4 * 703.125**0.5


def test_one_answer_for_several_gives_a_value_and_no_interval() -> None:
    frame = SMALL.with_columns(belop=pl.when(pl.col("enhet") != "3").then("belop"))
    found = grouped(frame, "gruppe", "folkemengde").sums({"sum": ("belop", None)})["sum"]
    assert found.verdi == pytest.approx(20 / 10 * 100 + 12)
    assert (found.standardfeil, found.nedre, found.hvorfor) == (None, None, values.ALONE)


def test_a_group_without_answers_gives_nothing_and_says_so() -> None:
    frame = SMALL.with_columns(belop=pl.when(pl.col("gruppe") == "b").then("belop"))
    found = grouped(frame, "gruppe", "folkemengde").sums({"sum": ("belop", None)})["sum"]
    assert (found.verdi, found.hvorfor) == (None, values.EMPTY_GROUP)


@st.composite
def populations(draw: st.DrawFn) -> pl.DataFrame:
    """Two groups of three to eight, at least two answers in each, and one that did not answer."""
    rows = []
    for group in ("a", "b"):
        size = draw(st.integers(3, 8))
        answers = draw(st.integers(2, size - 1))
        for n in range(size):
            amount = draw(st.integers(-1000, 1000)) if n < answers else None
            rows.append((f"{group}{n}", group, draw(st.integers(1, 5000)), amount))
    return units(*rows)


@settings(max_examples=25, deadline=None)
@given(frame=populations(), factor=st.sampled_from([0.001, 7.0, 1e6]), data=st.data())
def test_kroner_scale_and_order_does_not_matter(
    frame: pl.DataFrame, factor: float, data: st.DataObject
) -> None:
    asked = {"sum": ("belop", None)}
    found = grouped(frame, "gruppe", "folkemengde").sums(asked)["sum"]
    order = data.draw(st.permutations(range(len(frame))))
    again = grouped(frame[list(order)], "gruppe", "folkemengde").sums(asked)["sum"]
    assert again == found
    scaled = frame.with_columns(pl.col("belop") * factor)
    larger = grouped(scaled, "gruppe", "folkemengde").sums(asked)["sum"]
    for name in ("verdi", "standardfeil", "nedre", "oevre"):
        wanted = factor * getattr(found, name)
        assert getattr(larger, name) == pytest.approx(wanted, rel=1e-9, abs=1e-9 * factor)


@pytest.mark.parametrize("year", [2020, 2022, 2023, 2024, 2025])
def test_the_published_estimate_is_what_it_was(year: int, demo_panel: object) -> None:
    """Sum over size groups of the respondents' sum per inhabitant times inhabitants, in plain polars."""
    survey = open_survey(year=year)
    panel, frame = results._in_the_estimate(survey)
    people = dict(frame.group_by("stoerrelsesgruppe").agg(pl.col("folkemengde").sum()).iter_rows())
    sums = panel.group_by("stoerrelsesgruppe").agg(
        pl.col("folkemengde", results.RESULT, results.REVENUE).sum()
    )
    wanted = {
        name: sum(
            row[name] / row["folkemengde"] * people[row["stoerrelsesgruppe"]]
            for row in sums.to_dicts()
        )
        for name in (results.RESULT, results.REVENUE)
    }
    row = results.national(survey).row(0, named=True)
    assert row["estimat_mrd"] == pytest.approx(wanted[results.RESULT] / 1e6, rel=1e-12)
    assert row["estimat_pst"] == pytest.approx(
        100 * wanted[results.RESULT] / wanted[results.REVENUE], rel=1e-12
    )
    assert row["estimat_mrd_nedre"] < row["estimat_mrd"] < row["estimat_mrd_oevre"]


def test_what_is_kept_is_what_would_be_computed(survey_2024: Survey) -> None:
    everything = kept.of(survey_2024)
    people = population.of(survey_2024)
    again = pl.concat(
        [compared.compared(people, quantities()), compared.domains(people, quantities())]
    )
    assert everything.equals(again, null_equal=True)
    direct = estimates.headline(
        *results._in_the_estimate(survey_2024), results.RESULT, results.REVENUE
    )
    found = kept.headline(survey_2024, "stoerrelse")
    assert found is not None
    for name, value in direct.items():
        assert value.verdi == pytest.approx(found[name].verdi)
        assert value.nedre == pytest.approx(found[name].nedre)


def test_the_percent_has_the_variance_of_its_linearised_residuals(survey_2024: Survey) -> None:
    """Särndal, Swensson and Wretman, ch. 5.6 and 7: by formulas of our own, group by group."""
    panel, frame = results._in_the_estimate(survey_2024)
    found = estimates.headline(panel, frame, results.RESULT, results.REVENUE)
    amount, revenue, variance = 0.0, 0.0, 0.0
    parts = []
    for (group,), rows in panel.group_by("stoerrelsesgruppe"):
        everyone = frame.filter(pl.col("stoerrelsesgruppe") == group)
        x = rows["folkemengde"].to_numpy().astype(float)
        y, z = (rows[name].to_numpy().astype(float) for name in (results.RESULT, results.REVENUE))
        raised = float(everyone["folkemengde"].sum()) / x.sum()
        amount, revenue = amount + raised * y.sum(), revenue + raised * z.sum()
        parts.append((len(everyone), x, y, z, raised))
    for size, x, y, z, raised in parts:
        n = len(x)
        u = y - amount / revenue * z
        e = u - u.sum() / x.sum() * x
        variance += (1 - n / size) * n / (n - 1) * raised**2 * ((e - e.mean()) ** 2).sum()
    assert found["prosent"].verdi == pytest.approx(100 * amount / revenue)
    assert found["prosent"].standardfeil == pytest.approx(100 * variance**0.5 / revenue)


def calibrated_2024(survey: Survey) -> tuple[Population, pl.DataFrame]:
    people = population.of(survey)
    ready = prepared(people.level, "stoerrelsesgruppe", "antall")
    margins = ["stoerrelsesgruppe", "fylke", "folkemengde"]
    sample = calibrated.calibrated(ready, ready.filter("svart"), margins)
    assert not isinstance(sample, str)
    return people, sample.data


def test_calibrated_weights_meet_every_margin_and_leave_the_largest_alone(
    survey_2024: Survey,
) -> None:
    people, rows = calibrated_2024(survey_2024)
    weight = pl.col("kalibrert")
    for margin in ("stoerrelsesgruppe", "fylke"):
        met = dict(rows.group_by(margin).agg(weight.sum()).iter_rows())
        wanted = dict(people.level.group_by(margin).len().iter_rows())
        large = {"over_50000"} if margin == "stoerrelsesgruppe" else set()
        assert set(met) == set(wanted)
        together = calibrated.counties(
            people.level.filter(pl.col("stoerrelsesgruppe") != "over_50000"),
            rows.filter(pl.col("stoerrelsesgruppe") != "over_50000"),
        )
        apart = {name for name in wanted if margin != "fylke" or together[name] == name} | large
        for name in apart:
            assert met[name] == pytest.approx(wanted[name]), name
    assert rows.select((weight * pl.col("folkemengde")).sum()).item() == pytest.approx(
        people.level["folkemengde"].sum()
    )
    assert rows.filter(pl.col("stoerrelsesgruppe") == "over_50000")["kalibrert"].to_list() == (
        pytest.approx([1.0] * 20)
    )


def test_the_calibrated_variance_is_that_of_the_residuals(survey_2024: Survey) -> None:
    """Deville and Särndal 1992: residuals of the weighted regression on the margins, by numpy."""
    people, rows = calibrated_2024(survey_2024)
    aux = rows.select(pl.selectors.starts_with("__svy_aux")).to_numpy()
    before, after = rows["vekt"].to_numpy(), rows["kalibrert"].to_numpy()
    y = rows[results.RESULT].to_numpy().astype(float)
    root = np.sqrt(before)
    slope = np.linalg.lstsq(aux * root[:, np.newaxis], y * root, rcond=None)[0]
    scores = rows.with_columns(e=pl.Series(after * (y - aux @ slope)))
    size, n = pl.col("kommuner").first(), pl.len()
    variance = (
        scores.group_by("gruppe")
        .agg(((1 - n / size) * n * pl.col("e").var()).alias("v"))["v"]
        .sum()
    )
    found = compared.compared(people, quantities()[:1]).filter(pl.col("estimator") == "kalibrert")
    assert found["verdi"].item() == pytest.approx((after * y).sum() / 1e6)
    assert found["standardfeil"].item() == pytest.approx(variance**0.5 / 1e6)


def test_counties_with_few_answers_share_a_margin_that_has_enough() -> None:
    def of(**answers: int) -> dict[str, str]:
        frame = pl.DataFrame({"fylke": [name for name in answers for _ in range(9)]})
        rows = pl.DataFrame(
            {"fylke": [name for name, n in answers.items() for _ in range(n)]},
            schema={"fylke": pl.String},
        )
        return calibrated.counties(frame, rows)

    other = calibrated.OTHERS
    assert of(a=3, b=5, c=9) == {"a": "a", "b": "b", "c": "c"}
    assert of(a=2, b=1, c=9) == {"b": other, "a": other, "c": "c"}
    assert of(a=0, b=5, c=9) == {"a": other, "b": other, "c": "c"}


def tbu_case(*, before_known: bool) -> Population:
    """Respondents: revenue 100 to 110, result 2 to 1.1; the other one: revenue 50 and result 2 before."""
    same = pl.DataFrame(
        {
            "svart": [True, False],
            "netto_driftsresultat": [1.1, None],
            "brutto_driftsinntekter": [110.0, None],
            "netto_driftsresultat_fjor": [2.0, 2.0 if before_known else None],
            "brutto_driftsinntekter_fjor": [100.0, 50.0 if before_known else None],
        }
    )
    return Population(2024, pl.DataFrame(), same, None if before_known else 3.0)


def test_the_rule_of_2020_worked_by_hand() -> None:
    """1 % from 2 %: a change of −1. The other from 4 % to 4 − 1 − 0.125 = 2.875; weighed 100 to 50."""
    found = rule.percent(tbu_case(before_known=True), None)
    assert found.verdi == pytest.approx((100 * 1 + 50 * 2.875) / 150)
    assert (found.standardfeil, found.nedre, found.hvorfor) == (None, None, rule.NO_INTERVAL)


def test_the_rule_from_the_published_level_worked_by_hand() -> None:
    """All had 3 %, as printed; −1; and 0.125 less for the 45 % of revenue that did not answer."""
    found = rule.percent(tbu_case(before_known=False), 200.0)
    assert found.verdi == pytest.approx(3 - 1 - 0.125 * 0.45)
    silent = replace(tbu_case(before_known=False), published=None)
    assert rule.percent(silent, 200.0).hvorfor == rule.NO_LEVEL


def test_domains_say_what_they_carry(survey_2024: Survey) -> None:
    found = kept.of(survey_2024).filter(pl.col("stoerrelse") == "netto_mrd")
    groups = found.filter(pl.col("inndeling").cast(pl.String) == "stoerrelsesgruppe")
    largest = groups.row(-1, named=True)
    assert (largest["domene"], largest["svart"], largest["kommuner"]) == ("over_50000", 20, 20)
    assert largest["standardfeil"] == 0
    assert largest["nedre"] == largest["oevre"] == largest["verdi"]
    whole = found.filter(
        (pl.col("inndeling").cast(pl.String) == "alle") & (pl.col("estimator") == MAIN)
    )
    assert groups["verdi"].sum() == pytest.approx(whole["verdi"].item())
    assert (groups["standardfeil"] ** 2).sum() == pytest.approx(whole["standardfeil"].item() ** 2)


def test_a_county_that_answered_in_full_is_its_own_sum(survey_2024: Survey) -> None:
    panel, frame = results._in_the_estimate(survey_2024)
    full = frame.group_by("fylke").agg(pl.col("svart").all()).filter("svart")["fylke"].to_list()
    assert full
    own = panel.join(frame.select("region", "fylke"), on="region")
    for county in full:
        rows = own.filter(pl.col("fylke") == county)
        found = {
            row["stoerrelse"]: row
            for row in kept.of(survey_2024).filter(pl.col("domene") == county).to_dicts()
        }
        assert found["netto_mrd"]["verdi"] == pytest.approx(rows[results.RESULT].sum() / 1e6)
        assert found["andel_negativ"]["verdi"] == pytest.approx(
            100 * (rows[results.RESULT] < 0).mean()
        )
        assert found["andel_negativ"]["standardfeil"] == 0


def test_a_domain_with_few_answers_is_missing_with_its_reason(survey_2024: Survey) -> None:
    frame = results._in_the_estimate(survey_2024)[1]
    few = frame.filter("svart").sort("region").group_by("stoerrelsesgruppe").head(4)
    found = kept.of(survey_2024.of_regions(few["region"].to_list())).filter(
        (pl.col("inndeling").cast(pl.String) != "alle")
        & (pl.col("svart") < 5)
        & (pl.col("svart") < pl.col("kommuner"))
    )
    assert found["verdi"].null_count() == len(found)
    assert all(why in (compared.NOBODY, compared.TOO_FEW.format(5)) for why in found["hvorfor"])
    assert found.filter(pl.col("hvorfor") == compared.TOO_FEW.format(5)).height > 100


def test_a_survey_of_one_municipality_has_reasons_and_no_numbers(
    survey_2024: Survey,
) -> None:
    region = survey_2024.panel()["region"][0]
    one = survey_2024.of_regions([region])
    found = kept.of(one)
    assert found["verdi"].null_count() == len(found)
    assert found["hvorfor"].null_count() == 0
    assert set(results.national(one).row(0)) == {None}
    assert shown.check_lines(one).count("mangler") > 0


def test_open_figures_of_everybody_have_next_to_no_sampling_error(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    found = shown.whole(survey, "netto_mrd").filter(pl.col("estimator") == MAIN)
    row = found.row(0, named=True)
    own = numbers.value(results.tall(survey), "resultat.netto_mrd", 2024)
    assert own is not None
    assert row["verdi"] == pytest.approx(own, abs=0.05)
    assert row["standardfeil"] < 0.05
    assert shown.whole(survey, "netto_mrd").filter(pl.col("estimator") == "inntekt_fjor")[
        "hvorfor"
    ].to_list() in ([None], [compared.NO_AUXILIARY["inntekt_fjor"].format(354, 356)])


def without_margins(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(marginer=pl.when(pl.col("estimator") != "kalibrert").then("marginer"))


def whole_group(table: pl.DataFrame) -> pl.DataFrame:
    main = pl.col("estimator") == MAIN
    return table.with_columns(grupper=pl.when(main).then(pl.lit("alle")).otherwise("grupper"))


def set_rule(name: str, value: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            verdi=pl.when(pl.col("regel") == name).then(pl.lit(value)).otherwise("verdi")
        )

    return change


def test_a_calibration_without_margins_is_refused(project: object) -> None:
    path = tables.file_of("estimators")
    edit_table(path, without_margins)
    with pytest.raises(DataError, match="marginer_of_calibration"):
        tables.read("estimators")


@pytest.mark.parametrize(
    ("table", "change", "estimator", "column"),
    [
        ("estimators", whole_group, MAIN, "verdi"),
        ("estimation_rules", set_rule("sikkerhet", "90"), MAIN, "nedre"),
        ("estimation_rules", set_rule("tbu_svakere", "0"), "tbu", "verdi"),
        ("estimation_rules", set_rule("minste_svar_margin", "12"), "kalibrert", "verdi"),
    ],
    ids=["no groups", "90 percent", "no weaker", "fewer counties"],
)
def test_a_changed_table_changes_the_estimates(
    project: object,
    table: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    estimator: str,
    column: str,
) -> None:
    survey = open_survey(year=2024)
    chosen = (pl.col("estimator") == estimator) & (pl.col("inndeling").cast(pl.String) == "alle")
    before = kept.of(survey).filter(chosen)
    edit_table(tables.file_of(table), change)
    after = kept.of(survey).filter(chosen)
    assert before[column][0] != pytest.approx(after[column][0], rel=1e-4)


def test_the_check_tells_inside_from_outside(survey_2024: Survey) -> None:
    lines = dict(line.split(": ", 1) for line in shown.check_lines(survey_2024).splitlines())
    assert lines["k2024_res_minus_4_stoerrelse"].endswith("| inni")
    assert lines["k2024_presse_ndr_m04_stoerrelse"].endswith("| utenfor")
    assert lines["k2024_res_minus_4_inntekt_fjor"].endswith("| beregnet – | mangler")
