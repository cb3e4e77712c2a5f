"""What a survey cannot compute and why, in bokmål, for the reader."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kommuneregnskap import open_data, units
from kommuneregnskap.evaluation import YEARS_BEFORE
from kommuneregnskap.norwegian import listing
from kommuneregnskap.open_data import OpenData


def notes(
    year: int,
    years: Sequence[int],
    enheter: pl.DataFrame,
    utelatt: pl.DataFrame,
    rettelser: pl.DataFrame,
    open_: OpenData | None,
) -> list[str]:
    """Return a sentence for everything that is missing, left out or corrected.

    As the fields of `survey.Survey`: the survey year, the years with accounts, the units, those the
    controls stopped, the corrections used, and what is known of open figures (None: account files).
    """
    result = [
        *_controls(year, utelatt, rettelser),
        *(_open(year, enheter, open_) if open_ is not None else []),
        *_years(year, years),
    ]
    answered = enheter.filter("svart")
    without_balance = answered.filter(~pl.col("har_balanse")).height
    if open_ is None and without_balance:
        result.append(
            f"{without_balance} enheter har levert bevilgningsregnskap uten balanse og er ikke "
            "med i tallene om fond."
        )
    return result


def _years(year: int, years: Sequence[int]) -> list[str]:
    missing = [each for each in range(year - YEARS_BEFORE, year) if each not in years]
    if year - 1 in missing:
        return [
            f"Vekst og endring fra {year - 1} er ikke beregnet: kilden har ingen regnskaper "
            f"for {year - 1}."
        ]
    if missing:
        return [
            "Vekst i tidligere år er ikke beregnet: kilden har ingen regnskaper for "
            + ", ".join(str(each) for each in missing)
            + "."
        ]
    return []


def _open(year: int, enheter: pl.DataFrame, open_: OpenData) -> list[str]:
    """Say what open figures are and who is missing from them."""
    result = [
        "Åpne tall sier ikke hvem som svarte KS. De kan vise om et publisert tall er forenlig med "
        "tallene for alle kommuner, ikke gjenskape det."
    ]
    without = units.oslo(year) if open_.panel != open_data.EVERYONE else []
    lacking = enheter.filter(
        (pl.col("type") == "kommune") & ~pl.col("svart") & ~pl.col("region").is_in(without)
    )
    if len(lacking):
        result.append(
            f"SSB har ikke netto driftsresultat for {len(lacking)} av kommunene; de er holdt "
            "utenfor og ikke regnet som null."
        )
    return result


def _controls(year: int, utelatt: pl.DataFrame, rettelser: pl.DataFrame) -> list[str]:
    """Say who the controls left out, or that nobody passed and those stopped are counted."""
    result = []
    own = utelatt.filter(pl.col("aar") == year)
    if bool(utelatt["regnet_med"].any()):
        result.append(
            "Ingen av enhetene besto kontrollene. Tallene er likevel regnet av dem som kan "
            f"summeres, og må leses deretter: {_named(own.filter('regnet_med'))}."
        )
    elif len(own):
        result.append(
            f"Holdt utenfor tallene fordi regnskapet ikke besto kontrollene: {_named(own)}."
        )
    if len(rettelser):
        result.append(f"{len(rettelser)} beløp er rettet etter data/definitions/corrections.csv.")
    return result


def _named(left_out: pl.DataFrame) -> str:
    """Return the units with the controls that stopped them, in words."""
    return "; ".join(
        f"{row['enhet'] or row['region']} (kontroll {listing(row['kontroller'])})"
        for row in left_out.iter_rows(named=True)
    )
