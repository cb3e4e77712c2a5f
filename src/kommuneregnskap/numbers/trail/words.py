"""A computation in words and figures, for the reader: `100 · 9 588 000 / 56 400 000`."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.formulas import scaled
from kommuneregnskap.numbers.step import Step
from kommuneregnskap.numbers.trail.steps import Sum
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.tables import deflator
from kommuneregnskap.tables.schemas import numbers as schema

KINDS = {
    "sum": "sum",
    "forhold": "forhold mellom summer",
    "endring": "endring fra året før",
    "vekst": "vekst fra året før",
    "endringsandel": "andel av en endring",
    "lavest": "laveste forhold blant enhetene",
    "hoeyest": "høyeste forhold blant enhetene",
    "anslag": "anslag for alle, gruppe for gruppe",
    "differanse": "differanse mellom to tall",
    "sum_av_tall": "sum av to tall",
    "forhold_av_tall": "forhold mellom to tall",
    "likt": "samme tall",
    "rang_hoeyest": "plass, høyest først",
    "rang_lavest": "plass, lavest først",
    "rekke": "år på rad over null",
    "fast_pris": "vekst i faste priser",
    "prisvekst": "slått opp i tabellen over deflatoren",
}
DECIMALS = 3


def kind(step: Step) -> str:
    """Return what kind of computation it is, in words."""
    return KINDS[step.recipe.slag]


def formula(step: Step) -> str:
    """Return the computation of a number in figures; amounts in 1000 kr, numbers in their own unit."""
    if step.recipe.of_numbers:
        return _of_numbers(step)
    if step.recipe.slag.startswith("anslag"):
        return _of_estimate(step)
    slag, enhet = step.recipe.slag, step.recipe.enhet
    # Room for four sums, so that one dictionary says how each kind uses those it has.
    a, b, c, d = [*(_whole(each.verdi) for each in step.amounts), *[""] * 4][:4]
    in_billions = scaled(1, enhet) != 1
    return {
        "sum": f"{a} / 1 000 000" if in_billions else a,
        "endring": f"({a} − {b}) / 1 000 000",
        "vekst": f"100 · ({a} − {b}) / {b}",
        "endringsandel": f"100 · ({a} − {b}) / ({c} − {d})",
    }.get(slag, f"{1000 if enhet == 'kr' else 100} · {a} / {b}")


def _of_numbers(step: Step) -> str:
    slag = step.recipe.slag
    if slag.startswith("rang"):
        first = step.numbers[0]
        return f"{_value(first)} blant {len(step.numbers)} verdier"
    if slag == "rekke":
        return ", ".join(f"{each.aar}: {_value(each)}" for each in step.numbers)
    if slag == schema.LOOKED_UP:
        return _looked_up(step.aar)
    parts = [f"({_value(each)})" for each in step.numbers]
    if slag == schema.FIXED_PRICES:
        growth, prices = parts
        return f"100 · ((1 + {growth} / 100) / (1 + {prices} / 100) − 1)"
    if slag == "forhold_av_tall":
        return f"100 · {' / '.join(parts)}"
    return (" + " if slag == "sum_av_tall" else " − ").join(parts)


def _looked_up(year: int) -> str:
    found = deflator.of_year(year)
    if found is None:
        return f"{deflator.FILE} har ingen prisvekst for {year}"
    return f"{number(found.prisvekst, 1)} i {deflator.FILE} ({found.status}): {found.kilde}"


def _of_estimate(step: Step) -> str:
    groups = step.grupper if step.grupper is not None else pl.DataFrame()
    parts = [
        _whole(float(groups[f"{each.rolle}_anslag"].sum()) if len(groups) else None)
        for each in step.amounts
    ]
    return f"{parts[0]} / 1 000 000" if len(parts) == 1 else f"100 · {parts[0]} / {parts[1]}"


def value(step: Step) -> str:
    """Return the value of a number with its unit, in words."""
    return with_unit(step.verdi, step.recipe.enhet)


def _value(step: Step) -> str:
    return number(step.verdi, DECIMALS)


def _whole(amount: float | None) -> str:
    text = number(amount)
    return f"({text})" if amount is not None and amount < 0 else text


def row_cells(one: Sum) -> list[list[object]]:
    """Return the largest rows of a sum: unit, group, account or table, two places, code, amount,

    contribution (1000 kr), file and line.
    """
    found = []
    for row in one.rader.iter_rows(named=True):
        file = f"{row['fil']}:{row['linje']}" if row.get("fil") else str(row.get("svar") or "")
        code = row.get("kode") or " ".join(
            filter(None, (row.get("skjema"), row.get("kontoklasse")))
        )
        found.append(
            [
                *(row["enhet"], row["gruppe"], row.get("regnskap") or f"SSB {row.get('tabell')}"),
                *(row.get("konto", ""), row.get("motkonto", ""), code),
                *(row["belop"], row["bidrag"], file),
            ]
        )
    return found


def form_of(regnskap: str, enhetstype: str, scope: str) -> str:
    """Return the form that an account of a kind of unit is delivered in: `0A`."""
    forms = tables.read("skjema").filter(
        (pl.col("regnskap").cast(pl.String) == regnskap)
        & (pl.col("enhetstype").cast(pl.String) == enhetstype)
        & (pl.col("regnskapsomfang").cast(pl.String) == scope)
    )
    return ", ".join(forms["skjema"].unique(maintain_order=True))
