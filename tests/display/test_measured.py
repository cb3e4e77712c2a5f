"""Per inhabitant, at fixed prices, as a share: in one call each, worked by hand."""

from __future__ import annotations

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from tests.helpers.two_towns import delivered

INCOME = "brutto_driftsinntekter"
# Inhabitants of Bodø on 1 January of the year after (SSB 07459), and its revenue in 2024 (SSB 12137).
PEOPLE = {2023: 53712, 2024: 53725}
REVENUE = 5862166


@pytest.fixture(scope="module")
def real() -> Survey:
    return kr.open_survey(year=2024, source="ssb")


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = delivered(tmp_path_factory.mktemp("towns"))
    return kr.open_survey(year=2024, source="kostra", data_dir=str(folder))


def by_year(frame: pl.DataFrame) -> dict[int, float | None]:
    return dict(frame.select("aar", "verdi").iter_rows())


def test_per_inhabitant_is_of_the_people_of_each_year(real: Survey, towns: Survey) -> None:
    found = kr.per_inhabitant(kr.unit("Bodø", INCOME, survey=real))
    assert by_year(found)[2024] == pytest.approx(1000 * REVENUE / PEOPLE[2024])
    assert set(found["enhet"]) == {"kr per innbygger"}
    assert "verdi_faste_priser" not in found.columns
    own = kr.per_inhabitant(kr.unit("Bodø", INCOME, survey=towns))
    assert by_year(own) == {
        2023: pytest.approx(1000 * 10000 / PEOPLE[2023]),
        2024: pytest.approx(1000 * 20000 / PEOPLE[2024]),
    }


def test_fixed_prices_are_missing_where_the_deflator_of_a_year_between_is(real: Survey) -> None:
    """Prices grew by 4.3 percent from 2023 to 2024 and by 6.4 to 2022; of 2023 nothing was found."""
    income = kr.unit("Bodø", INCOME, survey=real)
    nominal = by_year(income)
    fixed = kr.fixed_prices(income)
    assert by_year(fixed) == {
        2021: None, 2022: None, 2023: pytest.approx(nominal[2023] * 1.043), 2024: nominal[2024],
    }  # fmt: skip
    assert set(fixed["enhet"]) == {"1000 kr i 2024-priser"}
    assert by_year(kr.fixed_prices(income, 2023))[2024] == pytest.approx(nominal[2024] / 1.043)
    assert by_year(kr.fixed_prices(income, 2022)) == {
        2021: pytest.approx(nominal[2021] * 1.064), 2022: nominal[2022], 2023: None, 2024: None,
    }  # fmt: skip


def test_the_tidy_frame_has_both_prices(real: Survey) -> None:
    tidy = kr.tidy(real)
    income = tidy.filter(pl.col("begrep") == INCOME, pl.col("region") == "1804")
    assert income["verdi_faste_priser"].to_list() == kr.fixed_prices(income)["verdi"].to_list()
    other = tidy.filter(pl.col("enhet") != "1000 kr")
    assert other["verdi_faste_priser"].null_count() == len(other) > 0


def test_the_two_go_together_in_either_order(real: Survey) -> None:
    income = kr.unit("Bodø", INCOME, survey=real)
    one = kr.fixed_prices(kr.per_inhabitant(income))
    other = kr.per_inhabitant(kr.fixed_prices(income))
    assert set(one["enhet"]) == set(other["enhet"]) == {"kr per innbygger i 2024-priser"}
    assert one["verdi"].to_list() == pytest.approx(other["verdi"].to_list())
    with pytest.raises(
        UsageError, match=r"no amounts in 1000 kr .* it has kr per innbygger i 2024"
    ):
        kr.fixed_prices(one)


def test_a_share_is_of_revenue_or_of_what_is_named(towns: Survey) -> None:
    """Interest 20 of revenue 1000, and 20 of financial spending 20 + 4 + 6."""
    interest = kr.concept("renter", arter="500", survey=towns)
    found = kr.share(interest, survey=towns)
    assert found["verdi"].to_list() == pytest.approx([2.0] * 4)
    assert set(found["enhet"]) == {"prosent av brutto driftsinntekter"}
    assert kr.share(interest, of="netto_finansutgifter", survey=towns)["verdi"].to_list() == (
        pytest.approx([100 * 20 / 30] * 4)
    )
    areas = kr.concept("brutto_investeringsutgifter", areas=True, survey=towns)
    parts = kr.share(areas, of="brutto_investeringsutgifter", survey=towns)
    school = parts.filter(pl.col("tjenesteomraade") == "grunnskole")
    assert school["verdi"].to_list() == pytest.approx([100.0] * 4)


def test_a_share_of_nothing_is_missing(towns: Survey) -> None:
    """Functions 222 and 870 come to 880; of a result below zero there is no share."""
    interest = kr.concept("renter", arter="500", survey=towns)
    none = kr.share(interest, of="netto_premieavvik", survey=towns)
    assert none["verdi"].to_list() == [None] * 4


def test_a_frame_of_another_kind_is_refused_in_one_line(real: Survey, towns: Survey) -> None:
    shares = kr.unit("Bodø", "netto_driftsresultat_pst", survey=real)
    for call in (kr.per_inhabitant, kr.fixed_prices, kr.share):
        with pytest.raises(UsageError, match=r"no amounts in 1000 kr .*; it has prosent"):
            call(shares)
        with pytest.raises(UsageError, match=r"give rows of kr\.tidy\(\), kr\.unit"):
            call(real.panel())
        with pytest.raises(UsageError, match=r"is a LazyFrame; give rows of kr\.tidy\(\)"):
            call(shares.lazy())
    income = kr.unit("Bodø", INCOME, survey=real)
    with pytest.raises(
        UsageError, match=r"the rows are of aapne tall, and the survey .* is of leverte"
    ):
        kr.share(income, survey=towns)
    with pytest.raises(UsageError, match="'netto_driftsresultat_pst' is no amount"):
        kr.share(income, of="netto_driftsresultat_pst", survey=real)
    with pytest.raises(UsageError, match="'inntekter' in 2024; nearest: brutto_driftsinntekter"):
        kr.share(income, of="inntekter", survey=real)
