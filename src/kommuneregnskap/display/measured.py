"""Amounts seen otherwise, in one call each: per inhabitant, at fixed prices, as a share of another amount."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.explored import concept
from kommuneregnskap.display.opening import latest
from kommuneregnskap.display.tidy_frame import AMOUNT
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import deflator

PER_PERSON = "kr per innbygger"
PRICES = "{} i {}-priser"
REAL, PEOPLE = "verdi_faste_priser", "innbyggere_i_aaret"


def per_inhabitant(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the amounts of a frame in kroner per inhabitant, of the inhabitants of each row's own year.

    frame: rows of `kr.tidy`, `kr.unit` or `kr.concept`, also at fixed prices. Out: those rows that are amounts (1000
    kr), with verdi and enhet (`kr per innbygger`); the others are left out, and so is the column verdi_faste_priser,
    whose number verdi no longer is (`kr.fixed_prices` gives it). Missing where the inhabitants are. Raises UsageError
    for a frame without amounts.
    """
    _refuse(frame, [PEOPLE])
    units = [each for each in frame["enhet"].unique() if each.startswith(AMOUNT)]
    return _amounts(frame, units).with_columns(
        verdi=1000 * pl.col("verdi") / pl.col(PEOPLE),
        enhet=pl.col("enhet").str.replace(AMOUNT, PER_PERSON, literal=True),
    )


def fixed_prices(frame: pl.DataFrame, year: int | None = None) -> pl.DataFrame:
    """Return the amounts of a frame at the prices of one year, by the municipal deflator (data/codes/deflator.csv).

    frame: rows of `kr.tidy`, `kr.unit` or `kr.concept`, also per inhabitant. year: whose prices; the last year of the
    frame where none is given. Out: those rows that are amounts, with verdi and enhet (`1000 kr i 2024-priser`); the
    others, and the column verdi_faste_priser, are left out. Missing where the deflator of a year between the two is.
    Raises UsageError for a frame without amounts at the prices of their own year.
    """
    _refuse(frame)
    rows = _amounts(frame, [AMOUNT, PER_PERSON])
    of = year if year is not None else max(rows["aar"], default=0)
    factors = pl.DataFrame(
        [(each, deflator.factor(each, of)) for each in rows["aar"].unique()],
        schema={"aar": frame.schema["aar"], "prisfaktor": pl.Float64},
        orient="row",
    )
    return (
        rows.join(factors, on="aar", how="left", maintain_order="left")
        .with_columns(
            verdi=pl.col("verdi") * pl.col("prisfaktor"),
            enhet=pl.format(PRICES, "enhet", pl.lit(of)),
        )
        .drop("prisfaktor")
    )


def share(
    frame: pl.DataFrame, of: str = "brutto_driftsinntekter", survey: Survey | None = None
) -> pl.DataFrame:
    """Return the amounts of a frame in percent of another amount of the same unit and year.

    frame: rows of `kr.tidy`, `kr.unit` or `kr.concept`. of: the concept that is the whole: gross operating revenue,
    where none is given; of service areas the concept itself gives each area's part of it. survey: where that concept
    is looked up, the one that was opened last where none is given. Out: those rows that are amounts (1000 kr), with
    verdi and enhet (`prosent av …`); the others, and the column verdi_faste_priser, are left out. Missing where the
    whole is, or is not above zero. Raises UsageError for a frame without amounts, or of other accounts than those of
    the survey, and for a concept that is not there, naming the nearest.
    """
    asked = latest(survey)
    _refuse(frame, ["region", "regnskaper"])
    rows = _amounts(frame, [AMOUNT])
    if set(rows["regnskaper"]) - {asked.accounts}:
        raise UsageError(
            f"the rows are of {', '.join(sorted(set(rows['regnskaper'])))}, and the survey opened last is of "
            f"{asked.accounts}; say which with survey="
        )
    whole = concept(of, survey=asked)
    if set(whole["enhet"]) - {AMOUNT}:
        raise UsageError(f"{of!r} is no amount; give a concept in {AMOUNT}")
    named = str(tables.valid("indicators", asked.year).filter(pl.col("begrep") == of)["navn"][0])
    return (
        rows.join(
            whole.select("aar", "region", _hele="verdi"),
            on=["aar", "region"],
            how="left",
            maintain_order="left",
        )
        .with_columns(
            verdi=evaluate.ratio(pl.col("verdi"), pl.col("_hele")),
            enhet=pl.lit(f"prosent av {named[0].lower()}{named[1:]}"),
        )
        .drop("_hele")
    )


def _refuse(frame: pl.DataFrame, needed: Collection[str] = ()) -> None:
    """Raise UsageError for what is not of the form of the tidy frame."""
    if not isinstance(frame, pl.DataFrame):
        raise UsageError(
            f"what is given is a {type(frame).__name__}; give rows of kr.tidy(), kr.unit(…) or kr.concept(…)"
        )
    lacking = [name for name in ("aar", "verdi", "enhet", *needed) if name not in frame.columns]
    if lacking:
        raise UsageError(
            f"the frame has no column {', '.join(lacking)}; give rows of kr.tidy(), kr.unit(…) or kr.concept(…), "
            "with all their columns"
        )


def _amounts(frame: pl.DataFrame, units: Collection[str]) -> pl.DataFrame:
    """Return the rows in one of some units. Raises UsageError where there are rows, and none of them is."""
    rows = frame.filter(pl.col("enhet").is_in(list(units))).drop(REAL, strict=False)
    if rows.is_empty() and len(frame):
        had = ", ".join(sorted(set(frame["enhet"])))
        raise UsageError(
            f"the frame has no amounts in {AMOUNT} at the prices of their own year; it has {had}"
        )
    return rows
