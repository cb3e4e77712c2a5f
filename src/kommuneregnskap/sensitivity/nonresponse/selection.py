"""Nonresponse that depends on the result, as a reader sees it: a figure, tables, numbers for prose."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates.quantities import main_estimator
from kommuneregnskap.numbers import values
from kommuneregnskap.sensitivity.nonresponse import bounds, strength
from kommuneregnskap.sensitivity.nonresponse.strength import ALL, ANSWERS, HEADLINE, STEPS
from kommuneregnskap.support.norwegian import number, with_unit
from kommuneregnskap.survey.survey import Survey

CURVE, SIMULATED, FOUND = "kurve", "simulert", "beregnet"
ROADS = {ANSWERS: "Regnet av svarene", ALL: "Regnet av alle"}
FROM_TRUTH = "Snitt i simuleringen"
FOUND_WORDS = "Beregnet av fjorårets resultat"
DRAWN = "netto_pst"
FIGURE = {
    **dict.fromkeys(("slag", "navn"), pl.String),
    **dict.fromkeys(("oddsforhold", "skjevhet_pp", "odds_nedre", "odds_oevre"), pl.Float64),
}
ASSUMED = {100: "mellom laveste og høyeste", 50: "i den midterste halvdelen"}
MIDDLE = "i de midterste {} prosentene"


def drawn(
    survey: Survey, curve: pl.DataFrame, odds: pl.DataFrame, simulated: pl.DataFrame
) -> pl.DataFrame:
    """Return the curve of the result in percent for a chart, with what is known of where on it the truth lies.

    In: `strength.curve`, `propensity.odds`, `simulation_table.read`. Out: slag (`kurve`: a point of a line;
    `simulert`: the mean of the simulation, of the survey's year, on the synthetic panel; `beregnet`: an odds ratio
    that was found), navn (bokmål), oddsforhold, skjevhet_pp (percentage points; null of `beregnet`), odds_nedre and
    odds_oevre (of the odds ratio; null of the others). No rows without a curve.
    """
    lines = curve.filter(pl.col("stoerrelse") == DRAWN).select(
        pl.lit(CURVE).alias("slag"),
        pl.col("grunnlag").replace(ROADS).alias("navn"),
        "oddsforhold",
        skjevhet_pp="skjevhet",
        odds_nedre=pl.lit(None, pl.Float64),
        odds_oevre=pl.lit(None, pl.Float64),
    )
    ratios = tables.read("response_mechanisms").select("mekanisme", "oddsforhold")
    of_year = simulated.filter(
        (pl.col("estimator") == main_estimator()["estimator"])
        & (pl.col("stoerrelse") == DRAWN)
        & (pl.col("aar") == survey.year)
        & pl.lit(survey.origin.synthetic)
    )
    points = of_year.join(ratios, on="mekanisme").select(
        pl.lit(SIMULATED).alias("slag"),
        pl.lit(FROM_TRUTH).alias("navn"),
        "oddsforhold",
        skjevhet_pp="skjevhet",
        odds_nedre=pl.lit(None, pl.Float64),
        odds_oevre=pl.lit(None, pl.Float64),
    )
    found = odds.drop_nulls("oddsforhold").select(
        pl.lit(FOUND).alias("slag"),
        pl.lit(FOUND_WORDS).alias("navn"),
        "oddsforhold",
        odds_nedre="nedre",
        odds_oevre="oevre",
        skjevhet_pp=pl.lit(None, pl.Float64),
    )
    parts = (lines, points, found) if len(lines) else (lines,)
    return pl.concat([part.select(pl.col(name).cast(kind) for name, kind in FIGURE.items())
                      for part in parts])  # fmt: skip


def table(curve: pl.DataFrame) -> pl.DataFrame:
    """Return the curve at five strengths, a row each: from the answers where there are any, else from all.

    In: `strength.curve`. Out: odds (bokmål: `1/4`, `2`), and for each of HEADLINE anslag_, sann_ and skjevhet_ with its
    name after it (own units, percentage points).
    """
    if curve.is_empty():
        return pl.DataFrame(schema={"odds": pl.String})
    road = next(each for each in ROADS if each in curve["grunnlag"].to_list())
    places = strength.ratios()[:: STEPS // 2].tolist()
    rows = curve.filter((pl.col("grunnlag") == road) & pl.col("oddsforhold").is_in(places))
    wide = rows.pivot(
        "stoerrelse", index="oddsforhold", values=["anslag", "sann", "skjevhet"]
    ).sort("oddsforhold")
    return wide.with_columns(
        odds=pl.col("oddsforhold").map_elements(_odds, return_dtype=pl.String)
    ).drop("oddsforhold")


def _odds(ratio: float) -> str:
    """Return an odds ratio in words: `1/4`, `1`, `2`."""
    above = max(ratio, 1 / ratio)
    text = number(above, 0 if abs(above - round(above)) < 1e-9 else 2)
    return text if ratio >= 1 else f"1/{text}"


def assumed(share: int) -> str:
    """Return in bokmål where each of those missing is taken to lie: in the middle percent of its size group."""
    return ASSUMED.get(share, MIDDLE.format(number(share)))


def outer(found: pl.DataFrame) -> pl.DataFrame:
    """Return `bounds.of` in words: antatt (where the missing are taken to lie), and a column per number of all.

    Out: antatt, prosent, kroner, negative: from and to, with units; a share of municipalities with their number.
    """
    columns = dict(zip(bounds.HEADLINE, ("prosent", "kroner", "negative"), strict=True))
    units = {"prosent": "prosent", "kroner": "mrd_kr", "negative": "prosent"}
    rows: dict[int, dict[str, str]] = {}
    for row in found.iter_rows(named=True):
        name = columns[row["tall_id"]]
        places = 2 if name != "negative" else 1
        text = f"{number(row['nedre'], places)} til {with_unit(row['oevre'], units[name], places)}"
        if row["nedre_kommuner"] is not None:
            text += (
                f" ({number(row['nedre_kommuner'])} til {number(row['oevre_kommuner'])} kommuner)"
            )
        rows.setdefault(row["andel"], {"antatt": assumed(row["andel"])})[name] = text
    schema = dict.fromkeys(("antatt", *columns.values()), pl.String)
    return pl.DataFrame(list(rows.values()), schema=schema)


def tall(
    survey: Survey, curve: pl.DataFrame, found: pl.DataFrame, odds: pl.DataFrame
) -> pl.DataFrame:
    """Return what the prose says of nonresponse that depends on the result, as section numbers `svarvalg.*`.

    In: `strength.curve`, `bounds.of`, `propensity.odds`. Out, `frames.Tall`:

    - anslag_<n>.<stoerrelse>, sann_<n>.<stoerrelse>, skjevhet_<n>.<stoerrelse>: at odds ratios of 2 (`dobbel`) and 1/2
      (`halv`), from the answers; where there are none, with `alle_` before them, from the results of all
    - nedre_<andel>, oevre_<andel>: the bounds of the result (percent)
    - odds, odds_nedre, odds_oevre: the odds ratio that was found
    """
    rows: list[tuple[str, float | None, str]] = []
    used = ANSWERS if ANSWERS in curve["grunnlag"].to_list() else ALL
    own = curve.filter(pl.col("grunnlag") == used)
    for road, prefix in ((ANSWERS, ""), (ALL, "alle_")):
        for quantity in HEADLINE:
            for name, ratio in (("halv", 0.5), ("dobbel", 2.0)):
                near = own.filter(
                    (pl.col("grunnlag") == road)
                    & (pl.col("stoerrelse") == quantity)
                    & ((pl.col("oddsforhold") - ratio).abs() < 1e-9)
                )
                unit = "mrd_kr" if quantity == "netto_mrd" else "prosent"
                point = unit if unit == "mrd_kr" else "prosentpoeng"
                for column, enhet in (("anslag", unit), ("sann", unit), ("skjevhet", point)):
                    value = near[column].first() if len(near) else None
                    rows.append((f"{prefix}{column}_{name}.{quantity}", value, enhet))  # type: ignore[arg-type]
    percent = found.filter(pl.col("tall_id") == "resultat.estimat_pst")
    for share in bounds.shares():
        ends = percent.filter(pl.col("andel") == share)
        for end in ("nedre", "oevre"):
            rows.append((f"{end}_{share}", ends[end].first() if len(ends) else None, "prosent"))  # type: ignore[arg-type]
    first = odds.row(0, named=True)
    rows += [("odds", first["oddsforhold"], "antall")]
    rows += [(f"odds_{end}", first[end], "antall") for end in ("nedre", "oevre")]
    return values.checked(
        pl.DataFrame(
            [(f"svarvalg.{name}", survey.year, value, enhet) for name, value, enhet in rows],
            schema={"id": pl.String, "aar": pl.Int32, "verdi": pl.Float64, "enhet": pl.String},
            orient="row",
        )
    )
