"""How good the estimators are where the truth is known: many draws of respondents from invented accounts.

The synthetic panel is built for all municipalities (`demo.write_everyone`), so every quantity is known of
the whole. Each draw lets municipalities answer by chance, as data/definitions/response_mechanisms.csv says,
with the response rates of the survey; every estimator is then tried on those who answered. Draws are
keyed by seed, draw and municipality: the same on every machine and for any number of workers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.estimates import batched, compared, confidence, mechanism, population
from kommuneregnskap.estimates.batched import Answers, Found
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import named, quantities
from kommuneregnskap.estimates.simulation_table import SOURCE, file_of
from kommuneregnskap.sources import demo
from kommuneregnskap.sources.demo import integers
from kommuneregnskap.sources.kostra import corrections, delivery, ledger
from kommuneregnskap.sources.synthetic_panel import SOURCE as PANEL
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.processes import Processes, done
from kommuneregnskap.survey import accounts
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.estimates import WHOLE

SCOPE = "kasse"
RESOLUTION = 2**30  # parts of a pseudo-random draw
CHUNK = 250  # draws that a worker takes at a time
DECIMALS = 6
MAX_SEED, MAX_DRAWS = 2**31 - 1, 1_000_000
Progress = Callable[[int, int], None]
Chances = dict[str, np.ndarray]  # mechanism → the chance that each municipality answers


def truth(year: int) -> Population:
    """Return the synthetic population of a year with everybody's accounts: a population that all answered.

    Raises UsageError for a year that the demo panel does not have.
    """
    if year not in demo.YEARS:
        known = ", ".join(str(each) for each in demo.YEARS)
        raise UsageError(f"YEAR is {year}; the synthetic panel has accounts for: {known}")
    years = [each for each in (year - 1, year) if each in demo.YEARS]
    with tempfile.TemporaryDirectory(prefix="kommuneregnskap-") as name:
        folder = Path(name)
        demo.write_everyone(folder, years)
        read = [ledger.accept(delivery.read(folder, each, SCOPE, PANEL.accounts)) for each in years]
        poster, balanse = (
            pl.concat(frames).collect().lazy()
            for frames in ([one.poster for one in read], [one.balanse for one in read])
        )
    evaluated = accounts.evaluate_years(poster, balanse, years)
    delivered = evaluated.filter(pl.col("aar") == year)["region"].unique().to_list()
    has = pl.col("region").is_in(delivered)
    survey = Survey(
        year=year,
        source=SOURCE,
        scope=SCOPE,
        years=tuple(years),
        enheter=units.with_link(units.frame(year, oppdiktet=True), *accounts.span(year))
        .with_columns(har_drift=has, har_balanse=has, svart=has)
        .collect(),
        indikatorer=evaluated,
        poster=poster,
        balanse=balanse,
        inputs={},
        kontroll=findings.concat([]),
        utelatt=findings.stopped(findings.concat([])).with_columns(regnet_med=pl.lit(value=False)),
        rettelser=corrections.none(),
        request=asked(year, SOURCE, SCOPE),
    )
    return population.of(survey)


def chances(everyone: Population, rates: dict[str, float]) -> Chances:
    """Return by mechanism the chance of each municipality of `everyone.level` to answer: `mechanism.chance`.

    rates: the share of each size group that answers; the odds are those of response_mechanisms.csv.
    """
    rows = tables.read("response_mechanisms").sort("rekkefoelge").to_dicts()
    return {
        row["mekanisme"]: mechanism.chance(everyone.level, rates, row["oddsforhold"])
        for row in rows
    }


def rates(survey: Survey) -> dict[str, float]:
    """Return the share of each size group outside Oslo that answered a survey."""
    return mechanism.rates(population.of(survey).level)


def answers(everyone: Population, chance: np.ndarray, seed: int, numbers: range) -> Answers:
    """Return who answers in some draws (draws × rows of `everyone.level`): each with its chance, by itself.

    Keyed by municipality, seed and number of the draw: the same in whatever company a draw is made.
    """
    keys = everyone.level["enhet"].cast(pl.Int64).to_numpy()
    each = np.arange(numbers.start, numbers.stop)[:, np.newaxis]
    drawn = integers.uniform("svar", keys[np.newaxis, :], seed, each, parts=RESOLUTION)
    return np.asarray((drawn + 0.5) / RESOLUTION < chance)


def draw(everyone: Population, chance: np.ndarray, seed: int, number: int) -> Population:
    """Return the population of one draw; see `answers`."""
    (answered,) = answers(everyone, chance, seed, range(number, number + 1))
    return everyone.answered_by(everyone.level["enhet"].filter(pl.Series(answered)).to_list())


def estimates(everyone: Population, chance: Chances, seed: int, numbers: range) -> pl.DataFrame:
    """Return every estimate of some draws: mekanisme, trekk, estimator, stoerrelse, verdi, standardfeil, nedre, oevre.

    What `compared.compared` gives of each `draw`, all draws at once (`batched.whole`).
    """
    wanted = quantities(simulated=True)
    return pl.concat(
        pl.DataFrame(
            {
                "trekk": np.arange(numbers.start, numbers.stop),
                **{name: getattr(each, name) for name in Found.__dataclass_fields__},
            }
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .select(
            pl.lit(mechanism).alias("mekanisme"),
            "trekk",
            pl.lit(estimator).alias("estimator"),
            pl.lit(quantity).alias("stoerrelse"),
            *Found.__dataclass_fields__,
        )
        for mechanism in chance
        for (estimator, quantity), each in batched.whole(
            everyone, answers(everyone, chance[mechanism], seed, numbers), wanted
        ).items()
    )


def summarised(found: pl.DataFrame, true: pl.DataFrame) -> pl.DataFrame:
    """Return bias, spread and coverage of draws, a row per mechanism, estimator and quantity.

    found: as `estimates`; true: stoerrelse, enhet, sann. Out: mekanisme, estimator, stoerrelse, enhet, sann,
    skjevhet (mean less truth), standardavvik (of the estimates), rmse, standardfeil (the mean of those
    computed) in the quantity's unit (percentage points for percent), dekning (percent of the intervals
    that hold the truth), trekk (draws), anslag (draws that gave a value). And what so few draws leave unsure, as
    surely as the estimates' own intervals (95 percent): skjevhet_nedre and skjevhet_oevre (mean ± 1.96 ·
    standardavvik / √anslag), dekning_nedre and dekning_oevre (Wilson 1927, of a share of draws).
    """
    miss = pl.col("verdi") - pl.col("sann")
    inside = pl.col("sann").is_between(pl.col("nedre"), pl.col("oevre"))
    rows = (
        found.join(true, on="stoerrelse")
        .sort("mekanisme", "estimator", "stoerrelse", "trekk")
        .group_by("mekanisme", "estimator", "stoerrelse", "enhet", "sann", maintain_order=True)
        .agg(
            skjevhet=miss.mean(),
            standardavvik=pl.col("verdi").std(),
            rmse=(miss**2).mean().sqrt(),
            standardfeil=pl.col("standardfeil").mean(),
            dekning=100 * inside.mean(),
            trekk=pl.col("trekk").n_unique(),
            anslag=pl.col("verdi").count(),
            holdt=inside.sum(),
            intervaller=inside.count(),
        )
    )
    reach = confidence.normal() * pl.col("standardavvik") / pl.col("anslag").sqrt()
    low, high = confidence.wilson(pl.col("holdt"), pl.col("intervaller"))
    return rows.with_columns(
        skjevhet_nedre=pl.col("skjevhet") - reach,
        skjevhet_oevre=pl.col("skjevhet") + reach,
        dekning_nedre=low,
        dekning_oevre=high,
    ).drop("holdt", "intervaller")


def simulate(
    year: int, draws: int, seed: int, *, jobs: int = 2, progress: Progress | None = None
) -> pl.DataFrame:
    """Return the simulation of a year on the synthetic panel. Out: `schemas.estimates.Simulert`, without linje.

    Without rows for what an estimator does not give, such as revenue by TBU's rule. draws: respondents
    drawn per mechanism; jobs: processes. Raises UsageError for a year, number of draws or seed that
    will not do.
    """
    if draws < 1:
        raise UsageError(f"DRAWS is {draws}; at least 1 is needed")
    if draws > MAX_DRAWS:
        raise UsageError(f"DRAWS is {draws}; at most {MAX_DRAWS} are drawn")
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"SEED is {seed}; a whole number from 0 to {MAX_SEED}")
    everyone = truth(year)
    chance = chances(everyone, rates(opened(asked(year, SOURCE, SCOPE))))
    parts = [range(first, min(first + CHUNK, draws)) for first in range(0, draws, CHUNK)]
    found = pl.concat(_in_parallel(everyone, chance, seed, parts, jobs, progress))
    whole = compared.compared(everyone, quantities(simulated=True)).filter(
        (pl.col("estimator") == "uvektet") & (pl.col("inndeling").cast(pl.String) == WHOLE)
    )
    table = summarised(found, whole.select("stoerrelse", "enhet", sann="verdi"))
    return _ordered(table.filter(pl.col("anslag") > 0)).select(
        *("mekanisme", "estimator", "stoerrelse"),
        pl.lit(year, dtype=pl.Int32).alias("aar"),
        *("enhet", "sann", "skjevhet", "skjevhet_nedre", "skjevhet_oevre", "standardavvik", "rmse"),
        *("standardfeil", "dekning", "dekning_nedre", "dekning_oevre", "trekk", "anslag"),
        pl.lit(seed).alias("froe"),
        kommando=pl.lit(f"make simulate YEAR={year} DRAWS={draws} SEED={seed}"),
        regnskaper=pl.lit(PANEL.accounts),
    )


def _ordered(table: pl.DataFrame) -> pl.DataFrame:
    """Sort by the order of the definition tables."""
    orders = (
        tables.read("response_mechanisms").sort("rekkefoelge")["mekanisme"],
        tables.read("estimators").sort("rekkefoelge")["estimator"],
        named()["stoerrelse"],
    )
    for order in orders:
        numbered = order.to_frame().with_row_index(f"nr_{order.name}")
        table = table.join(numbered, on=order.name)
    places = [f"nr_{order.name}" for order in orders]
    return table.sort(places).drop(places)


def write(table: pl.DataFrame) -> Path:
    """Write a simulation to reports/simulering-<year>-demo.csv, under a temporary name first."""
    path = file_of(int(table["aar"][0]))
    with replacing(path) as temporary:
        table.with_columns(pl.col(pl.Float64).round(DECIMALS)).write_csv(
            temporary, float_precision=DECIMALS
        )
    return path


def _in_parallel(
    everyone: Population,
    chance: Chances,
    seed: int,
    parts: list[range],
    jobs: int,
    progress: Progress | None,
) -> list[pl.DataFrame]:
    """Return the estimates of all draws, computed by so many processes."""
    total = sum(len(part) for part in parts)
    drawn = 0
    found: dict[range, pl.DataFrame] = {}
    workers = Processes(jobs)
    with _one_thread_each():
        try:
            for part, result in done(workers, partial(estimates, everyone, chance, seed), parts):
                if isinstance(result, BaseException):
                    raise result
                found[part] = result
                drawn += len(part)
                if progress is not None:
                    progress(drawn, total)
        finally:
            workers.stop()
    return [found[part] for part in parts]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let the processes that start now use one thread each: there is one for every core already."""
    names = ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
