"""Errors in whole accounts and among those who answered: operations on the delivered records.

Records are those of `delivery.Delivery`, of all units of a year: amounts in 1000 kr with the sign of the file.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.codesets import expand
from kommuneregnskap.tables.mutants import NAME, YEAR, Step, column, refused
from kommuneregnskap.tables.register import WHOLE_UNIT

Records = dict[int, pl.DataFrame]
PLACES = {"funksjon": "funksjon_kapittel", "kapittel": "funksjon_kapittel"} | {
    "art": "art_sektor",
    "sektor": "art_sektor",
}
RESULT, FUND = "netto_driftsresultat", "disposisjonsfond"


def altered(records: Records, step: Step, survey: Survey) -> Records:
    """Return the records of all years with one step of a mutant carried out.

    skaler: amounts times `til` percent. tillegg: a posting `hva` (account, function or chapter, art or
    sector) of `til` (1000 kr). loeft: the same, of as much as lifts the unit's net operating result to
    1. flytt: the value `fra` of field `hva` becomes `til`. bytt: the values `fra` and `til` of `hva`
    change places (`aar`: the years' accounts). dobbelt: the first record stands twice. `hvor` says
    which records; without a year in it those of YEAR.
    """
    year = int(step.hvor.get("aar", YEAR))
    if step.handling == "bytt" and step.hva == "aar":
        one, other = int(step.fra), int(step.til)
        return records | {
            one: records[other].with_columns(aar=pl.lit(step.fra)),
            other: records[one].with_columns(aar=pl.lit(step.til)),
        }
    frame = records[year]
    return records | {
        year: OPERATIONS[step.handling](frame, step, _hit(frame, step, survey), survey)
    }


def _hit(frame: pl.DataFrame, step: Step, survey: Survey) -> pl.Expr:
    """Return which records a step is about."""
    hit = pl.lit(value=True)
    for name, value in step.hvor.items():
        if name == "aar":
            continue
        if name in PLACES:
            codes = frame[PLACES[name]].unique().sort()
            named = expand(value, codes, file=tables.file_of(NAME), line=step.linje, field="hvor")
            hit &= pl.col(PLACES[name]).is_in(named)
        elif name == "enhet":
            hit &= pl.col("region").is_in(regions(step, survey))
        else:
            hit &= pl.col(column(step, name, frame.columns)) == value
    return hit


def regions(step: Step, survey: Survey) -> list[str]:
    """Return the units that a step calls by what they are, six digits: never by a number."""
    panel = survey.panel()
    negative = panel.filter(pl.col(RESULT) < 0).sort(RESULT, "region")
    people = panel.sort("folkemengde", "region")
    chosen = {
        "stoerste": people["region"].tail(1),
        "minste": people["region"].head(1),
        "minst_negative": negative["region"].tail(1),
        "tomme_fond": panel.filter(pl.col(FUND) <= 0)["region"],
        "oslo": pl.Series(units.oslo(survey.year)),
        "foerste_fylke": survey.panel("fylkeskommune")["region"].sort().head(1),
        "respondenter": panel["region"],
    }
    who = step.hvor["enhet"]
    if who not in chosen:
        raise refused(step, "hvor", who, ", ".join(chosen))
    return [region + WHOLE_UNIT for region in chosen[who]]


def _scaled(frame: pl.DataFrame, step: Step, hit: pl.Expr, _survey: Survey) -> pl.DataFrame:
    amount = pl.col("belop") * int(step.til) // 100
    return frame.with_columns(belop=pl.when(hit).then(amount).otherwise("belop"))


def _added(frame: pl.DataFrame, step: Step, hit: pl.Expr, _survey: Survey) -> pl.DataFrame:
    return _with_posting(frame, step, hit, pl.lit(int(step.til)))


def _lifted(frame: pl.DataFrame, step: Step, _hit_: pl.Expr, survey: Survey) -> pl.DataFrame:
    """Add income (negative in the file) that lifts each unit's net operating result to 1."""
    results = survey.panel().select(
        region=pl.col("region") + WHOLE_UNIT, mangler=pl.col(RESULT) - 1
    )
    who = results.filter(pl.col("region").is_in(regions(step, survey)))
    amount = pl.col("region").replace_strict(who["region"], who["mangler"], default=0)
    return _with_posting(frame, step, pl.col("region").is_in(who["region"].to_list()), amount)


def _with_posting(frame: pl.DataFrame, step: Step, hit: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    account, place, kind = step.hva.split()
    template = frame.filter(hit & (pl.col("regnskap") == account)).unique(
        "region", keep="last", maintain_order=True
    )
    if template.is_empty():
        raise refused(step, "hvor", str(dict(step.hvor)), "units with that account")
    posted = template.with_columns(
        funksjon_kapittel=pl.lit(place),
        art_sektor=pl.lit(kind),
        belop=amount.cast(pl.Int64),
        linje=pl.lit(len(frame) + 1, dtype=pl.Int64),
    )
    return pl.concat([frame, posted])


def _moved(frame: pl.DataFrame, step: Step, hit: pl.Expr, _survey: Survey) -> pl.DataFrame:
    field = PLACES.get(step.hva, step.hva)
    value = pl.col(field).replace({step.fra: step.til})
    return frame.with_columns(pl.when(hit).then(value).otherwise(field).alias(field))


def _swapped(frame: pl.DataFrame, step: Step, hit: pl.Expr, _survey: Survey) -> pl.DataFrame:
    """Let two accounts change places, their account classes with them."""
    swap = {step.fra: step.til, step.til: step.fra}
    account = pl.when(hit).then(pl.col(step.hva).replace(swap)).otherwise(step.hva)
    forms = tables.read("skjema").select(
        "skjema", pl.col("regnskap").cast(pl.String), klasse="kontoklasse"
    )
    return (
        frame.with_columns(account.alias(step.hva))
        .join(forms, on=["skjema", "regnskap"], how="left", maintain_order="left")
        .with_columns(kontoklasse=pl.coalesce("klasse", "kontoklasse"))
        .drop("klasse")
    )


def _doubled(frame: pl.DataFrame, _step: Step, hit: pl.Expr, _survey: Survey) -> pl.DataFrame:
    return pl.concat([frame, frame.filter(hit).head(1)])


OPERATIONS = {
    "skaler": _scaled,
    "tillegg": _added,
    "loeft": _lifted,
    "flytt": _moved,
    "bytt": _swapped,
    "dobbelt": _doubled,
}


def answering(survey: Survey, step: Step) -> Survey:
    """Return the survey with others among those who answered, or without the years before.

    svarer, svarer_ikke: units called by what they are (`enhet`), or all of a size group or type.
    uten_aar: the accounts of the years before are not there.
    """
    if step.handling == "uten_aar":
        own = survey.indikatorer.filter(pl.col("aar") == survey.year)
        return replace(survey, years=(survey.year,), indikatorer=own)
    hit = pl.lit(value=True)
    for name, value in step.hvor.items():
        if name == "enhet":
            hit &= (pl.col("region") + WHOLE_UNIT).is_in(regions(step, survey))
        else:
            hit &= pl.col(column(step, name, survey.enheter.columns)) == value
    answered = (
        pl.col("svart") & ~hit.fill_null(value=False)
        if step.handling == "svarer_ikke"
        else pl.col("svart") | hit.fill_null(value=False)
    )
    return replace(survey, enheter=survey.enheter.with_columns(svart=answered))
