"""The simulation: the truth behind it, the draws, the same result for any number of workers, the kept table."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from kommuneregnskap import tables
from kommuneregnskap.estimates import compared, population, simulation, simulation_table
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import quantities
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.estimates import Simulert

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("everyone")]

YEAR, SEED = 2024, 7


def test_everybody_has_accounts_and_those_listed_have_the_same(
    everyone: Population, survey_2024: Survey
) -> None:
    assert everyone.level["svart"].all()
    assert everyone.level["inntekt_fjor"].null_count() == 0
    assert len(everyone.level) == 356
    listed = population.of(survey_2024).level.filter("svart")
    assert (
        everyone.level.join(listed, on="enhet", how="semi")
        .select(listed.columns)
        .equals(
            listed.with_columns(
                inntekt_fjor=everyone.level.join(listed, on="enhet", how="semi")["inntekt_fjor"]
            )
        )
    )


def test_chances_are_the_rates_and_the_second_mechanism_prefers_good_results(
    everyone: Population, chance: simulation.Chances, survey_2024: Survey
) -> None:
    rates = simulation.rates(survey_2024)
    assert rates["over_50000"] == 1
    assert rates["under_3000"] == pytest.approx(64 / 129)
    for each in chance.values():
        means = (
            everyone.level.with_columns(p=pl.Series(each))
            .group_by("stoerrelsesgruppe")
            .agg(pl.col("p").mean())
        )
        assert dict(means.iter_rows()) == pytest.approx(rates)
    level = everyone.level.with_columns(
        lik=pl.Series(chance["etter_stoerrelse"]), ulik=pl.Series(chance["etter_resultat"])
    )
    small = level.filter(pl.col("stoerrelsesgruppe") == "under_3000").sort(population.SHARE)
    assert small["lik"].n_unique() == 1
    assert small["ulik"].is_sorted()
    odds = (pl.col("ulik") / (1 - pl.col("ulik"))).log()
    slope = small.select(odds.diff() / pl.col(population.SHARE).diff()).to_series().drop_nulls()
    spread = small[population.SHARE].std(ddof=0)
    assert isinstance(spread, float)
    assert (slope.drop_nans() * spread).median() == pytest.approx(math.log(2))


def test_a_draw_hides_what_was_not_answered_but_not_the_year_before(
    everyone: Population, chance: simulation.Chances
) -> None:
    drawn = simulation.draw(everyone, chance["etter_stoerrelse"], SEED, 0)
    silent = drawn.level.filter(~pl.col("svart"))
    assert 90 < len(silent) < 175
    assert silent["netto_driftsresultat"].null_count() == len(silent)
    assert silent["inntekt_fjor"].null_count() == 0
    same = drawn.same.filter(~pl.col("svart"))
    assert same["netto_driftsresultat"].null_count() == len(same)
    assert same["netto_driftsresultat_fjor"].null_count() == 0
    again = simulation.draw(everyone, chance["etter_stoerrelse"], SEED, 0)
    other = simulation.draw(everyone, chance["etter_stoerrelse"], SEED, 1)
    assert drawn.level.equals(again.level)
    assert not drawn.level["svart"].equals(other.level["svart"])


def test_bias_spread_and_coverage_worked_by_hand() -> None:
    """Truth 10; estimates 9, 11 and 13: bias 1, standard deviation 2; two of three intervals hold it."""
    found = pl.DataFrame(
        {
            "mekanisme": ["m"] * 3,
            "estimator": ["e"] * 3,
            "stoerrelse": ["s"] * 3,
            "trekk": [0, 1, 2],
            "verdi": [9.0, 11.0, 13.0],
            "standardfeil": [1.0, 2.0, 3.0],
            "nedre": [8.0, 10.0, 12.0],
            "oevre": [10.0, 12.0, 14.0],
        }
    )
    row = simulation.summarised(
        found, pl.DataFrame({"stoerrelse": ["s"], "enhet": ["mrd_kr"], "sann": [10.0]})
    ).row(0, named=True)
    assert row["skjevhet"] == pytest.approx(1)
    assert row["standardavvik"] == pytest.approx(2)
    assert row["rmse"] == pytest.approx((11 / 3) ** 0.5)
    assert row["standardfeil"] == pytest.approx(2)
    assert row["dekning"] == pytest.approx(200 / 3)
    # Half the interval of the bias: 1.96 · 2 / √3. Wilson's of two of three (Wilson 1927), with 1.96² = 3.8415.
    assert row["skjevhet_oevre"] - 1 == pytest.approx(1.959964 * 2 / 3**0.5)
    assert row["skjevhet_nedre"] == pytest.approx(2 - row["skjevhet_oevre"])
    middle, reach = 2 + 3.841459 / 2, 1.959964 * (2 * 1 / 3 + 3.841459 / 4) ** 0.5
    ends = [100 * (middle + side * reach) / (3 + 3.841459) for side in (-1, 1)]
    assert [row["dekning_nedre"], row["dekning_oevre"]] == pytest.approx(ends, rel=1e-6)
    assert (row["trekk"], row["anslag"]) == (3, 3)


def test_draws_are_the_same_in_any_company(
    everyone: Population, chance: simulation.Chances
) -> None:
    own = chance["etter_resultat"]
    many = simulation.answers(everyone, own, SEED, range(5, 9))
    for place, number in enumerate(range(5, 9)):
        alone = simulation.draw(everyone, own, SEED, number).level["svart"].to_list()
        assert many[place].tolist() == alone
    together = simulation.estimates(everyone, chance, SEED, range(4))
    apart = pl.concat(
        simulation.estimates(everyone, chance, SEED, range(number, number + 1))
        for number in range(4)
    )
    keys = ["mekanisme", "trekk", "estimator", "stoerrelse"]
    assert_frame_equal(together.sort(keys), apart.sort(keys), rel_tol=1e-12)


@pytest.mark.night
def test_the_result_does_not_depend_on_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "CHUNK", 1)
    seen: list[tuple[int, int]] = []
    one = simulation.simulate(
        YEAR, 3, SEED, jobs=1, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (3, 3)
    assert one.equals(simulation.simulate(YEAR, 3, SEED, jobs=2), null_equal=True)
    assert one["kommando"].unique().to_list() == [f"make simulate YEAR={YEAR} DRAWS=3 SEED={SEED}"]


@pytest.mark.parametrize(
    ("year", "draws", "seed", "text"),
    [
        (2019, 10, 1, "YEAR is 2019; the synthetic panel has accounts for: 2020"),
        (2024, 0, 1, "DRAWS is 0; at least 1"),
        (2024, 10, -1, "SEED is -1; a whole number from 0"),
    ],
)
def test_what_will_not_do_is_refused(year: int, draws: int, seed: int, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        simulation.simulate(year, draws, seed)


def kept_table() -> pl.DataFrame:
    return tables.read_csv(paths.reports() / f"simulering-{YEAR}-demo.csv", Simulert)


def test_the_kept_table_has_every_estimator_and_enough_draws() -> None:
    table = kept_table()
    assert set(table["estimator"]) == set(tables.read("estimators")["estimator"])
    assert set(table["mekanisme"]) == set(tables.read("response_mechanisms")["mekanisme"])
    assert set(table["stoerrelse"]) == {each.stoerrelse for each in quantities(simulated=True)}
    assert (table["trekk"] >= 10_000).all()
    # A few draws in ten thousand have no weights that meet every margin and are all above zero.
    others = table.filter(pl.col("estimator") != "kalibrert")
    assert others["anslag"].equals(others["trekk"].rename("anslag"))
    assert (table["anslag"] > 0.999 * table["trekk"]).all()
    assert set(table["regnskaper"]) == {"syntetiske"}
    (command,) = table["kommando"].unique()
    assert command == f"make simulate YEAR={YEAR} DRAWS={table['trekk'][0]} SEED={table['froe'][0]}"
    assert simulation_table.read(YEAR).equals(table)


def test_the_kept_table_is_of_todays_estimators(
    everyone: Population, chance: simulation.Chances
) -> None:
    """Its truths are today's, and its first draws lie where the kept mean and spread say."""
    table = kept_table()
    whole = compared.compared(everyone, quantities(simulated=True)).filter(
        pl.col("estimator") == "uvektet"
    )
    truths = dict(whole.select("stoerrelse", "verdi").iter_rows())
    for name, true in table.select("stoerrelse", "sann").unique().iter_rows():
        assert true == pytest.approx(truths[name], abs=1e-6)
    draws = 8
    few = simulation.estimates(everyone, chance, int(table["froe"][0]), range(draws)).drop_nulls(
        "verdi"
    )
    means = few.group_by("mekanisme", "estimator", "stoerrelse").agg(
        pl.col("verdi").mean(), feil=pl.col("standardfeil").mean()
    )
    both = table.join(means, on=["mekanisme", "estimator", "stoerrelse"], validate="1:1")
    assert len(both) == len(table)
    away = (both["verdi"] - both["sann"] - both["skjevhet"]) / both["standardavvik"]
    assert np.abs(away.to_numpy()).max() < 5 / draws**0.5
    computed = both.drop_nulls("standardfeil")
    assert (computed["feil"] / computed["standardfeil"]).is_between(0.8, 1.25).all()


@pytest.mark.night
def test_other_draws_say_the_same(survey_2024: Survey) -> None:
    """Draws of another seed, of n = 3000 against the N kept: no further off than chance takes them.

    A mean of n draws lies within z standard errors, sd / √n, of what it is of; the difference of two such means within
    z · √(sd² / n + sd² / N). A coverage is a mean of n noughts and ones, whose sd is √(p (1 - p)). With 64 rows, z = 5
    is passed by chance once in 20 000 runs. What the kept table is held to (a bias under 0.1 sd, a coverage over 90)
    is with n draws so much less sure: by z / √n of the standard deviation.
    """
    draws, z = 3000, 5
    kept = kept_table()
    found = simulation.simulate(YEAR, draws, SEED, jobs=2)
    keys = ["mekanisme", "estimator", "stoerrelse"]
    both = found.join(kept, on=keys, suffix="_foer", validate="1:1")
    assert len(both) == len(found) == len(kept)
    for row in both.to_dicts():
        name, before = ", ".join(row[key] for key in keys), row["trekk_foer"]
        apart = abs(row["skjevhet"] - row["skjevhet_foer"])
        spread = (
            row["standardavvik"] ** 2 / draws + row["standardavvik_foer"] ** 2 / before
        ) ** 0.5
        assert apart <= z * spread + 1e-6, name
        if row["dekning"] is None:
            assert row["dekning_foer"] is None, name
            continue
        held = (row["dekning"] * draws + row["dekning_foer"] * before) / (draws + before) / 100
        chance = 100 * (held * (1 - held) * (1 / draws + 1 / before)) ** 0.5
        assert abs(row["dekning"] - row["dekning_foer"]) <= z * chance + 1e-6, name
    for row in found.filter(mekanisme="etter_stoerrelse", estimator="stoerrelse").to_dicts():
        assert abs(row["skjevhet"]) < (0.1 + z / draws**0.5) * row["standardavvik"]
        assert row["dekning"] > 90 - 100 * z * (0.9 * 0.1 / draws) ** 0.5


def test_the_stated_errors_are_the_spread_where_size_alone_decides() -> None:
    """Of every estimator that states one, whatever is estimated: within a seventh of the spread of its estimates."""
    rows = kept_table().filter(pl.col("mekanisme") == "etter_stoerrelse").drop_nulls("standardfeil")
    assert set(rows["estimator"]) == set(tables.read("estimators")["estimator"]) - {"tbu"}
    stated = (rows["standardfeil"] / rows["standardavvik"]).to_list()
    assert min(stated) > 6 / 7
    assert max(stated) < 8 / 7


def test_what_the_kept_table_says_of_the_main_estimate() -> None:
    """By size alone it is right; where results decide who answers, no weights of the frame mend it."""
    main = kept_table().filter(
        (pl.col("estimator") == "stoerrelse") & (pl.col("stoerrelse") == "netto_mrd")
    )
    by_size, by_result = main.to_dicts()
    assert abs(by_size["skjevhet"]) < 0.1 * by_size["standardavvik"]
    assert by_size["standardfeil"] == pytest.approx(by_size["standardavvik"], rel=0.1)
    assert by_size["dekning"] > 90
    assert by_result["skjevhet"] > 2 * by_result["standardavvik"]
    assert by_result["dekning"] < 10
