"""The published numbers, computed from the written files of the demo panel with plain polars."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.helpers import demo_accounts
from tests.helpers.demo_accounts import YEARS, of

MRD = 1e6  # 1000 kr in a billion kr


def numbers(panel: Path) -> dict[tuple[str, int], float]:
    """Return (id, year) → value for everything that targets.csv may name."""
    result: dict[tuple[str, int], float] = {}
    for year in YEARS:
        found = _answers(panel, year) | _results(panel, year) | _counties(panel, year)
        if year > YEARS[0]:
            found |= _changes(panel, year)
        result |= {(name, year): value for name, value in found.items()}
    result |= {(name, 2024): value for name, value in _areas(panel, 2024).items()}
    for year in (2021, 2022, 2023):
        result[f"sektor.gap_{year}", 2024] = _gap(
            panel, year, demo_accounts.municipalities(panel, 2024), 2024
        )
    return result


def _answers(panel: Path, year: int) -> dict[str, float]:
    numbers = demo_accounts.municipalities(panel, year)
    people = demo_accounts.inhabitants(year).with_columns(svart=pl.col("region").is_in(numbers))
    rate = dict(people.group_by("gruppe").agg(100 * pl.col("svart").mean()).iter_rows())
    counties = len(demo_accounts.respondents(panel, year)) - len(numbers)
    return {
        "svar.antall": len(numbers),
        "svar.folkeandel": 100 * people.filter("svart")["folk"].sum() / people["folk"].sum(),
        "svar.antall_fylker": counties,
        "svar.andel_fylker": 100 * counties / demo_accounts.totals(panel, year, county=True).height,
        "svar.oslo": len(demo_accounts.respondents(panel, year) & {demo_accounts.OSLO}),
        "svar.rang_lavest.under_3000": 1 + sum(r < rate["under_3000"] for r in rate.values()),
        **{f"svar.andel.{group}": value for group, value in rate.items()},
    }


def _results(panel: Path, year: int) -> dict[str, float]:
    numbers = demo_accounts.municipalities(panel, year)
    units = of(demo_accounts.totals(panel, year), numbers).join(
        demo_accounts.inhabitants(year), on="region", how="left"
    )
    rate = 100 * units["netto"] / units["inntekt"]
    fund = 100 * units["fond"] / units["inntekt"]
    low = units.filter(rate < -2)
    groups = units.group_by("gruppe").agg(pl.col("netto", "inntekt", "bundne", "folk").sum())
    after = {
        f"resultat.etter_bundne_fond.{row['gruppe']}": 100
        * (row["netto"] - row["bundne"])
        / row["inntekt"]
        for row in groups.to_dicts()
    }
    everyone = demo_accounts.inhabitants(year).group_by("gruppe").agg(alle=pl.col("folk").sum())
    grossed = groups.join(everyone, on="gruppe").select(
        netto=(pl.col("netto") / pl.col("folk") * pl.col("alle")).sum(),
        inntekt=(pl.col("inntekt") / pl.col("folk") * pl.col("alle")).sum(),
    )
    return after | {
        "resultat.netto_pst": 100 * units["netto"].sum() / units["inntekt"].sum(),
        "resultat.inntekter_mrd": units["inntekt"].sum() / MRD,
        "resultat.estimat_mrd": grossed["netto"][0] / MRD,
        "resultat.estimat_pst": 100 * grossed["netto"][0] / grossed["inntekt"][0],
        "resultat.antall_negativ": int((rate < 0).sum()),
        "resultat.antall_under_m2": low.height,
        "resultat.andel_under_m2_av_negative": 100 * low.height / int((rate < 0).sum()),
        "resultat.folkeandel_under_m2": 100 * low["folk"].sum() / units["folk"].sum(),
        "resultat.min_pst": float(rate.min()),  # type: ignore[arg-type]
        "resultat.maks_pst": float(rate.max()),  # type: ignore[arg-type]
        "resultat.gevinst_finans_mrd": units["gevinst"].sum() / MRD,
        "investering.brutto": units["investert"].sum() / MRD,
        "fond.antall_tomme": int((fund <= 0).sum()),
        "fond.antall_0_5": int(((fund > 0) & (fund < 5)).sum()),
        "fond.andel_tomme": 100 * (fund <= 0).sum() / units.height,
        "fond.andel_0_5": 100 * ((fund > 0) & (fund < 5)).sum() / units.height,
        "fond.pst": 100 * units["fond"].sum() / units["inntekt"].sum(),
    }


def _changes(panel: Path, year: int) -> dict[str, float]:
    """Return changes from the year before for the same respondents (a divided unit joined)."""
    now = of(demo_accounts.totals(panel, year), demo_accounts.municipalities(panel, year))
    before = _the_same(panel, year - 1, demo_accounts.municipalities(panel, year), year)
    change = {
        name: now[name].sum() - before[name].sum()
        for name in ("inntekt", "utgift", "investert", "fond")
    }
    return {
        "resultat.netto_pst_fjor": 100 * before["netto"].sum() / before["inntekt"].sum(),
        "resultat.andel_negativ_fjor": 100 * (before["netto"] < 0).sum() / before.height,
        "investering.endring": change["investert"] / MRD,
        "investering.vekst": 100 * change["investert"] / before["investert"].sum(),
        "sektor.inntektsvekst": 100 * change["inntekt"] / before["inntekt"].sum(),
        "sektor.utgiftsvekst": 100 * change["utgift"] / before["utgift"].sum(),
        "sektor.gap": _gap(panel, year, demo_accounts.municipalities(panel, year), year),
        "fond.endring_mrd": change["fond"] / MRD,
    }


def _the_same(panel: Path, year: int, numbers: list[str], survey: int) -> pl.DataFrame:
    wanted = demo_accounts.in_year(numbers, year) if survey >= 2024 else numbers
    return of(demo_accounts.totals(panel, year), wanted)


def _gap(panel: Path, year: int, numbers: list[str], survey: int) -> float:
    now, before = (_the_same(panel, y, numbers, survey) for y in (year, year - 1))
    growth = {c: 100 * (now[c].sum() / before[c].sum() - 1) for c in ("utgift", "inntekt")}
    return growth["utgift"] - growth["inntekt"]


def _counties(panel: Path, year: int) -> dict[str, float]:
    units = demo_accounts.totals(panel, year, county=True)
    result = {
        "resultat.fylke_pst": 100 * units["netto"].sum() / units["inntekt"].sum(),
        "fond.fylke_mrd": units["fond"].sum() / MRD,
    }
    if year > YEARS[0]:
        before = demo_accounts.totals(panel, year - 1, county=True)
        result["fond.fylke_endring_mrd"] = (units["fond"].sum() - before["fond"].sum()) / MRD
    return result


def _areas(panel: Path, year: int) -> dict[str, float]:
    numbers = demo_accounts.municipalities(panel, year)
    before = demo_accounts.in_year(numbers, year - 1)
    spent = demo_accounts.by_area(panel, year, numbers, account="drift")
    former = demo_accounts.by_area(panel, year - 1, before, account="drift")
    invested = demo_accounts.by_area(panel, year, numbers, account="investering")
    growth = {area: 100 * (amount / former[area] - 1) for area, amount in spent.items()}
    whole = sum(invested.values())
    all_growth = _changes(panel, year)["sektor.utgiftsvekst"]
    social = spent["sosial"] - former["sosial"]
    result = {
        "sektor.vekst_mrd.sosial": social / MRD,
        "sektor.del_av_sosial.livsopphold": 100
        * (_function(panel, year, numbers, "281") - _function(panel, year - 1, before, "281"))
        / social,
        "investering.retning.skolelokaler": _schools(panel, year, numbers)
        - _schools(panel, year - 1, before),
    }
    for area in spent:
        share = invested.get(area, 0)
        result |= {
            f"sektor.vekst.{area}": growth[area],
            f"sektor.mervekst.{area}": growth[area] - all_growth,
            f"sektor.rang.{area}": 1 + sum(g > growth[area] for g in growth.values()),
            f"sektor.rang_lavest.{area}": 1 + sum(g < growth[area] for g in growth.values()),
            f"investering.andel.{area}": 100 * share / whole,
            f"investering.rang.{area}": 1 + sum(i > share for i in invested.values()),
        }
    return result


def _schools(panel: Path, year: int, numbers: list[str]) -> float:
    """Return gross investment in school buildings (222) in billions."""
    rows = of(demo_accounts.investering(panel, year), numbers)
    rows = rows.filter(demo_accounts.GROSS_INVESTMENT & (pl.col("funksjon") == "222"))
    return int(rows["belop"].sum()) / MRD


def _function(panel: Path, year: int, numbers: list[str], function: str) -> int:
    rows = of(demo_accounts.drift(panel, year), numbers)
    rows = rows.filter(demo_accounts.GROSS_BY_AREA & (pl.col("funksjon") == function))
    return int(rows["belop"].sum())
