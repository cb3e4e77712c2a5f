"""The invented municipalities vary as real ones do: growth and results of all of them, beside SSB's open figures.

Open figures: SSB's table 12137 (CC BY 4.0), as bundled in data/ssb: group accounts of all municipalities outside Oslo.
They have no service areas of single municipalities, so that growth by area is not compared.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources import demo
from kommuneregnskap.survey import opening
from tests.helpers import demo_accounts

pytestmark = pytest.mark.slow  # the panel with everyone is built

YEARS = (2023, 2024, 2025)  # both years of each have open figures of all
CONCEPTS = {
    "inntekt": "brutto_driftsinntekter",
    "utgift": "brutto_driftsutgifter",
    "netto": "netto_driftsresultat",
}
MEASURES = ("inntekt_vekst", "utgift_vekst", "resultat")
ALL = "alle"
# What the panel's spread may be of the real one. Real revenue of large municipalities grows by less different rates:
# the panel makes revenue of costs and result, the state makes it of inhabitants.
MARGINS = {"inntekt_vekst": (0.7, 1.9), "utgift_vekst": (0.7, 1.3), "resultat": (0.7, 1.3)}
WHOLE = (0.8, 1.2)
APART = 0.15  # how far correlations may differ
Pairs = pl.DataFrame


@pytest.fixture(scope="module")
def real() -> Pairs:
    """Growth and results of all municipalities in open figures: aar, enhet, gruppe and MEASURES, percent."""
    survey = opening.open_survey(year=2025, source="ssb")
    rows = []
    for year in YEARS:
        both = survey.compared(year).select(
            enhet="kobling",
            gruppe="stoerrelsesgruppe",
            **{name: pl.col(concept) for name, concept in CONCEPTS.items()},
            **{f"{name}_foer": pl.col(f"{concept}_foer") for name, concept in CONCEPTS.items()},
        )
        rows.append(measured(both, year))
    return pl.concat(rows)


@pytest.fixture(scope="module")
def invented(module_folder: Path) -> Pairs:
    """Growth and results of all invented municipalities, those that never answered among them."""
    folder = module_folder / "panel"
    demo.write_everyone(folder, range(YEARS[0] - 1, YEARS[-1] + 1))
    rows = []
    for year in YEARS:
        former = demo_accounts.former_numbers() if year == 2024 else {}
        now, then = (
            demo_accounts.totals(folder, each)
            .with_columns(pl.col("region").replace(former))
            .group_by("region")
            .agg(pl.col(*CONCEPTS).sum())
            for each in (year, year - 1)
        )
        groups = demo_accounts.inhabitants(year - 1 if year == 2024 else year)
        both = now.join(then, on="region", suffix="_foer").join(groups, on="region")
        rows.append(measured(both.rename({"region": "enhet"}), year))
    return pl.concat(rows)


def measured(both: pl.DataFrame, year: int) -> Pairs:
    def growth(name: str) -> pl.Expr:
        return 100 * (pl.col(name) / pl.col(f"{name}_foer") - 1)

    return both.select(
        "enhet",
        "gruppe",
        aar=pl.lit(year),
        inntekt_vekst=growth("inntekt"),
        utgift_vekst=growth("utgift"),
        resultat=100 * pl.col("netto") / pl.col("inntekt"),
        resultat_foer=100 * pl.col("netto_foer") / pl.col("inntekt_foer"),
    )


def spreads(pairs: Pairs) -> dict[tuple[str, str], float]:
    """Return the standard deviation within a year, mean of the years, by group and measure."""
    both = pl.concat([pairs, pairs.with_columns(gruppe=pl.lit(ALL))])
    by_year = both.group_by("gruppe", "aar").agg(pl.col(MEASURES).std())
    found = by_year.group_by("gruppe").agg(pl.col(MEASURES).mean())
    return {(row["gruppe"], name): row[name] for row in found.to_dicts() for name in MEASURES}


def correlations(pairs: Pairs) -> dict[str, float]:
    """Return rank correlations, mean of the years: results and growth with last year's, revenue with expenditure."""
    earlier = pairs.select("enhet", pl.col("aar") + 1, pl.col(MEASURES[:2]).name.suffix("_foer"))
    joined = pairs.join(earlier, on=["enhet", "aar"], how="left")
    ranked = {
        "resultat": ("resultat", "resultat_foer"),
        "vekst": ("inntekt_vekst", "utgift_vekst"),
        **{name: (name, f"{name}_foer") for name in MEASURES[:2]},
    }
    by_year = joined.group_by("aar").agg(
        pl.corr(
            *(pl.col(each).filter(pl.col(second).is_not_null()) for each in (first, second)),
            method="spearman",
        ).alias(name)
        for name, (first, second) in ranked.items()
    )
    return {name: float(by_year[name].fill_nan(None).mean()) for name in ranked}  # type: ignore[arg-type]


def test_all_municipalities_are_compared(real: Pairs, invented: Pairs) -> None:
    assert set(real.group_by("aar").len()["len"]) == {355}
    # Oslo is not invented, and the two halves of the one divided are compared as one in 2024.
    assert dict(invented.group_by("aar").len().sort("aar").iter_rows()) == {
        2023: 355,
        2024: 355,
        2025: 356,
    }


def test_growth_and_results_spread_as_in_open_figures(real: Pairs, invented: Pairs) -> None:
    of_real, of_panel = spreads(real), spreads(invented)
    shares = {key: of_panel[key] / value for key, value in of_real.items()}
    assert len(shares) == 3 * 6
    off = {
        key: round(share, 2)
        for key, share in shares.items()
        if not (WHOLE if key[0] == ALL else MARGINS[key[1]])[0]
        <= share
        <= (WHOLE if key[0] == ALL else MARGINS[key[1]])[1]
    }
    assert off == {}


def test_small_ones_vary_more_than_large_ones(real: Pairs, invented: Pairs) -> None:
    for found in (spreads(real), spreads(invented)):
        for name in MEASURES:
            assert found["under_3000", name] > 2 * found["over_50000", name]


def test_years_hang_together_as_in_open_figures(real: Pairs, invented: Pairs) -> None:
    of_real, of_panel = correlations(real), correlations(invented)
    assert of_real.keys() == of_panel.keys()
    off = {
        name: (round(of_panel[name], 2), round(value, 2))
        for name, value in of_real.items()
        if abs(of_panel[name] - value) > APART
    }
    assert off == {}
