"""The estimates as a notebook shows them: with names, as numbers for prose, against what was printed."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates import kept, quantities, simulation_table
from kommuneregnskap.support.norwegian import UNIT_DECIMALS, number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import frames, published
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP, WHOLE

# Section numbers of the estimate of all, and the quantities that give them.
NUMBERS = {"resultat.estimat_mrd": "netto_mrd", "resultat.estimat_pst": "netto_pst"}
PRINTED = "trykt"
SIMULATED = ("sann", "skjevhet", "standardavvik", "dekning", "dekning_nedre", "dekning_oevre")
NOTHING_PRINTED = "Ingen publiserte anslag for alle kommuner er registrert for året."


def of(survey: Survey) -> pl.DataFrame:
    """Return all estimates of a survey with their names in bokmål.

    Out: the columns of `schemas.estimates.Estimat`, and estimator_navn, stoerrelse_navn, hovedtall
    (Bool: one of the headline quantities), domene_navn. In the order of the tables.
    """
    return named(kept.of(survey))


def named(found: pl.DataFrame) -> pl.DataFrame:
    """Add to estimates the names of estimators, quantities and domains; see `of`."""
    sizes = tables.read("stoerrelsesgruppe")
    group_names = dict(sizes.select("gruppe", "navn").iter_rows())
    is_group = pl.col("inndeling").cast(pl.String) == SIZE_GROUP
    return (
        found.join(
            tables.read("estimators").select("estimator", estimator_navn="navn"),
            on="estimator",
            how="left",
            maintain_order="left",
        )
        .join(
            quantities.named().drop("enhet"),
            on="stoerrelse",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            domene_navn=pl.when(is_group)
            .then(pl.col("domene").replace(group_names))
            .otherwise("domene")
        )
    )


def whole(survey: Survey, stoerrelse: str) -> pl.DataFrame:
    """Return one quantity for all municipalities, a row per estimator. Out: as `of`."""
    return of(survey).filter(
        (pl.col("inndeling").cast(pl.String) == WHOLE) & (pl.col("stoerrelse") == stoerrelse)
    )


def tall(survey: Survey, simulated: pl.DataFrame) -> pl.DataFrame:
    """Return estimates and simulated properties as numbers for `kr.prose`. Out: `frames.Tall`.

    `anslag.<stoerrelse>.<estimator>`, with `_nedre` and `_oevre`, `anslag.uten_svar` (municipalities) and
    `simulering.<mekanisme>.<estimator>.<stoerrelse>` with `_sann`, `_skjevhet`, `_standardavvik`, `_dekning`,
    `_dekning_nedre` and `_dekning_oevre`; missing where they cannot be computed or have not been simulated.
    simulated: `simulation_table.read`.
    """
    ends = {"verdi": "", "nedre": "_nedre", "oevre": "_oevre"}
    own = kept.of(survey).filter(pl.col("inndeling").cast(pl.String) == WHOLE)
    parts = [
        own.select(
            id=pl.format("anslag.{}.{}" + end, "stoerrelse", "estimator"),
            verdi=column,
            enhet=pl.col("enhet").cast(pl.String),
        )
        for column, end in ends.items()
    ]
    parts.append(
        own.filter(pl.col("stoerrelse") == "netto_mrd")
        .head(1)
        .select(
            id=pl.lit("anslag.uten_svar"),
            verdi=(pl.col("kommuner") - pl.col("svart")).cast(pl.Float64),
            enhet=pl.lit("antall"),
        )
    )
    grid = (
        tables.read("response_mechanisms")
        .select("mekanisme")
        .join(tables.read("estimators").select("estimator"), how="cross")
        .join(
            quantities.named().select("stoerrelse", "enhet"),
            how="cross",
        )
        .join(simulated.drop("enhet"), on=["mekanisme", "estimator", "stoerrelse"], how="left")
    )
    of_unit = {"prosent": "prosentpoeng"}
    parts += [
        grid.select(
            id=pl.format("simulering.{}.{}.{}_" + column, "mekanisme", "estimator", "stoerrelse"),
            verdi=pl.col(column).cast(pl.Float64),
            enhet=pl.lit("prosent")
            if column.startswith("dekning")
            else pl.col("enhet")
            if column == "sann"
            else pl.col("enhet").replace(of_unit),
        )
        for column in SIMULATED
    ]
    rows = pl.concat(parts).with_columns(
        pl.lit(survey.year, dtype=pl.Int32).alias("aar"), enheter=None, av=None
    )
    return frames.Tall.validate(rows.select(frames.Tall.column_names()).sort("id"), cast=True)


def printed(survey: Survey, stoerrelse: str) -> pl.DataFrame:
    """Return what was published of a quantity for all municipalities: id, trykt, anslag_navn, verdi, nedre, oevre.

    anslag_navn says who printed it and how; the interval is that of the printed digits and words
    (`published`). Without rows where nothing was published of the year.
    """
    numbers = [each for each, quantity in NUMBERS.items() if quantity == stoerrelse]
    return (
        published.read(survey.year)
        .filter(
            pl.col("tall_id").is_in(numbers)
            & (pl.col("aar") == survey.year)
            & pl.col("verdi").is_not_null()
        )
        .select(
            "id",
            "trykt",
            anslag_navn=pl.format("Trykt ({}): {}", "utgiver", "trykt"),
            verdi=published.middle(),
            nedre="nedre",
            oevre="oevre",
        )
    )


def beside_print(survey: Survey, stoerrelse: str) -> pl.DataFrame:
    """Return a quantity by every estimator that gives it, after what was printed of it.

    Out: slag (PRINTED or `beregnet`), anslag_navn, verdi, nedre, oevre; the ends missing where there are none.
    """
    columns = ("anslag_navn", "verdi", "nedre", "oevre")
    return pl.concat(
        [
            printed(survey, stoerrelse).select(pl.lit(PRINTED).alias("slag"), *columns),
            whole(survey, stoerrelse)
            .drop_nulls("verdi")
            .rename({"estimator_navn": "anslag_navn"})
            .select(pl.lit("beregnet").alias("slag"), *columns),
        ]
    )


def tried(survey: Survey) -> pl.DataFrame:
    """Try every published estimate of all against every estimator: is the estimate inside what was printed?

    Out: id (the published number), publisert (as printed), estimator, estimator_navn, beregnet (the estimate
    and its own interval, as text), innenfor (`inni`, `utenfor`, or `mangler` where there is no estimate). Without
    rows where nothing was published of the year.
    """
    parts = [
        printed(survey, quantity)
        .select("id", publisert="trykt", trykt_nedre="nedre", trykt_oevre="oevre")
        .join(whole(survey, quantity), how="cross", maintain_order="left_right")
        for quantity in NUMBERS.values()
    ]
    value = pl.col("verdi")
    outside = (value < pl.col("trykt_nedre")).fill_null(value=False) | (
        value > pl.col("trykt_oevre")
    ).fill_null(value=False)
    return pl.concat(parts).select(
        *("id", "publisert", "estimator", "estimator_navn"),
        beregnet=pl.struct("verdi", "nedre", "oevre", "enhet").map_elements(
            _in_words, return_dtype=pl.String
        ),
        innenfor=pl.when(value.is_null())
        .then(pl.lit("mangler"))
        .when(outside)
        .then(pl.lit("utenfor"))
        .otherwise(pl.lit("inni")),
    )


def _in_words(found: dict[str, object]) -> str:
    enhet = str(found["enhet"])
    decimals = max(UNIT_DECIMALS[enhet], 2)
    value, low, high = (
        each if isinstance(each, float) else None
        for each in (found["verdi"], found["nedre"], found["oevre"])
    )
    text = with_unit(value, enhet, decimals)
    return text if low is None else f"{text} ({number(low, decimals)} til {number(high, decimals)})"


def check_lines(survey: Survey) -> str:
    """Return `tried` as the text of a check cell: `<id>_<estimator>: publisert … | beregnet … | <innenfor>`."""
    lines = [
        f"{row['id']}_{row['estimator']}: publisert {row['publisert']} | beregnet {row['beregnet']} | "
        f"{row['innenfor']}"
        for row in tried(survey).iter_rows(named=True)
    ]
    return "\n".join(lines) or NOTHING_PRINTED


def simulated(year: int) -> pl.DataFrame:
    """Return the kept simulation (`simulation_table.read`) with names: mekanisme_navn, estimator_navn, stoerrelse_navn.

    The columns of `schemas.estimates.Simulert` and the names. Of invented accounts.
    """
    return (
        simulation_table.read(year)
        .join(
            tables.read("response_mechanisms").select("mekanisme", mekanisme_navn="navn"),
            on="mekanisme",
            how="left",
            maintain_order="left",
        )
        .join(
            tables.read("estimators").select("estimator", estimator_navn="navn"),
            on="estimator",
            how="left",
            maintain_order="left",
        )
        .join(
            quantities.named().select("stoerrelse", "stoerrelse_navn"),
            on="stoerrelse",
            how="left",
            maintain_order="left",
        )
    )
