"""Estimates: worked by hand, against formulas of our own, and what must not change them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kommuneregnskap import estimates, tables
from kommuneregnskap.estimates import compared, kept, population, shown, values
from kommuneregnskap.estimates.grouped import Grouped, prepared
from kommuneregnskap.estimates.quantities import Quantity, quantities
from kommuneregnskap.numbers import estimated
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.conftest import edit_table
from tests.helpers.numbers import value

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


@pytest.mark.slow
@pytest.mark.parametrize("year", [2020, 2022, 2023, 2024, 2025])
def test_the_published_estimate_is_what_it_was(year: int, demo_panel: object) -> None:
    """Sum over size groups of the respondents' sum per inhabitant times inhabitants, in plain polars."""
    survey = open_survey(year=year, source="demo")
    panel, frame = estimated.answered(survey)
    people = dict(frame.group_by("stoerrelsesgruppe").agg(pl.col("folkemengde").sum()).iter_rows())
    sums = panel.group_by("stoerrelsesgruppe").agg(
        pl.col("folkemengde", population.RESULT, population.REVENUE).sum()
    )
    wanted = {
        name: sum(
            row[name] / row["folkemengde"] * people[row["stoerrelsesgruppe"]]
            for row in sums.to_dicts()
        )
        for name in (population.RESULT, population.REVENUE)
    }
    row = {
        name: value(survey, f"resultat.{name}")
        for name in ("estimat_mrd", "estimat_pst", "estimat_mrd_nedre", "estimat_mrd_oevre")
    }
    assert row["estimat_mrd"] == pytest.approx(wanted[population.RESULT] / 1e6, rel=1e-12)
    assert row["estimat_pst"] == pytest.approx(
        100 * wanted[population.RESULT] / wanted[population.REVENUE], rel=1e-12
    )
    assert row["estimat_mrd_nedre"] < row["estimat_mrd"] < row["estimat_mrd_oevre"]


def named(*names: str) -> list[Quantity]:
    return [each for each in quantities() if each.stoerrelse in names]


def test_what_is_kept_is_what_would_be_computed(survey_2024: Survey) -> None:
    everything = kept.of(survey_2024)
    people = population.of(survey_2024)
    again = pl.concat(
        [compared.compared(people, quantities()), compared.domains(people, quantities())]
    )
    assert everything.equals(again, null_equal=True)
    direct = estimates.headline(*estimated.answered(survey_2024), named("netto_mrd", "netto_pst"))
    found = kept.headline(survey_2024, "stoerrelse")
    assert found is not None
    for name, own in direct.items():
        assert own.verdi == pytest.approx(found[name].verdi)
        assert own.nedre == pytest.approx(found[name].nedre)


def test_the_percent_has_the_variance_of_its_linearised_residuals(survey_2024: Survey) -> None:
    """Särndal, Swensson and Wretman, ch. 5.6 and 7: by formulas of our own, group by group."""
    panel, frame = estimated.answered(survey_2024)
    found = estimates.headline(panel, frame, named("netto_mrd", "netto_pst"))
    amount, revenue, variance = 0.0, 0.0, 0.0
    parts = []
    for (group,), rows in panel.group_by("stoerrelsesgruppe"):
        everyone = frame.filter(pl.col("stoerrelsesgruppe") == group)
        x = rows["folkemengde"].to_numpy().astype(float)
        y, z = (
            rows[name].to_numpy().astype(float) for name in (population.RESULT, population.REVENUE)
        )
        raised = float(everyone["folkemengde"].sum()) / x.sum()
        amount, revenue = amount + raised * y.sum(), revenue + raised * z.sum()
        parts.append((len(everyone), x, y, z, raised))
    for size, x, y, z, raised in parts:
        n = len(x)
        u = y - amount / revenue * z
        e = u - u.sum() / x.sum() * x
        variance += (1 - n / size) * n / (n - 1) * raised**2 * ((e - e.mean()) ** 2).sum()
    assert found["netto_pst"].verdi == pytest.approx(100 * amount / revenue)
    assert found["netto_pst"].standardfeil == pytest.approx(100 * variance**0.5 / revenue)


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
    survey = open_survey(year=2024, source="demo")
    chosen = (
        (pl.col("estimator") == estimator)
        & (pl.col("inndeling").cast(pl.String) == "alle")
        & (pl.col("stoerrelse") == "netto_mrd")
    )
    before = kept.of(survey).filter(chosen)
    edit_table(tables.file_of(table), change)
    after = kept.of(survey).filter(chosen)
    assert before[column][0] != pytest.approx(after[column][0], rel=1e-4)


def test_the_check_tells_inside_from_outside(survey_2024: Survey) -> None:
    lines = dict(line.split(": ", 1) for line in shown.check_lines(survey_2024).splitlines())
    assert lines["k2024_res_minus_4_stoerrelse"].endswith("| inni")
    assert lines["k2024_presse_ndr_m04_stoerrelse"].endswith("| utenfor")
    assert lines["k2024_res_minus_4_inntekt_fjor"].endswith("| beregnet – | mangler")


def test_numbers_are_made_of_the_same_estimates_whether_they_are_kept_or_not(
    survey_2024: Survey,
) -> None:
    kept.of(survey_2024)
    ready = estimated.found(survey_2024)
    anew = estimated._computed(survey_2024, survey_2024.setting("anslag"))
    assert list(ready) == list(anew)
    for name, each in anew.items():
        assert ready[name].verdi == pytest.approx(each.verdi, rel=1e-12), name
