"""Which published numbers hold under every choice that the releases leave open, and which hang on one.

In: `specification.specifications`, a row per published number and way of computing it.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.sensitivity.specification import FAILS, HOLDS, OPEN, SINGLE, USUAL
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.schemas.claims import LACKING

FIRM, HANGS, ONLY_OTHERWISE, NEVER = "staar_fast", "henger_paa_valg", "bare_andre_valg", "faller"
CONCLUSIONS = {
    FIRM: "Står fast: holder under alle valg som kan regnes",
    HANGS: "Henger på et valg: holder som valgt, men ikke under alle valg",
    ONLY_OTHERWISE: "Holder ikke som valgt, men under et annet valg",
    NEVER: "Holder ikke under noe valg",
    "uten_valg": "Ingen åpne valg som kan regnes, berører tallet",
    "uten_dom": "Kan ikke vurderes av disse regnskapene",
}


def summary(specified: pl.DataFrame) -> pl.DataFrame:
    """Return, for every published number, whether it holds under all choices, and what it hangs on.

    In: `specifications`. Out, in the order of the claims: id, maaler, publisert, enhet, beregnet_tekst (as
    chosen), lavest, hoeyest (over all specifications, in the unit of the claim), spesifikasjoner (computed,
    the survey's own among them), holder, faller (how many), ikke_regnet, konklusjon (key of CONCLUSIONS),
    henger_paa (the single alternatives that turn it, such as `sosial=FGK12`; empty where none does).
    """
    base = pl.col("kombinasjon") == USUAL
    computed = pl.col("utfall") != OPEN
    turned = (pl.col("kombinasjon") == SINGLE) & pl.col("utfall").is_in([HOLDS, FAILS])
    own = pl.col("utfall").filter(base).first()
    rows = specified.group_by("id", maintain_order=True).agg(
        pl.col("maaler", "publisert", "enhet", "intervall").drop_nulls().first(),
        pl.col("beregnet_tekst").filter(base).first(),
        lavest=pl.col("beregnet").min(),
        hoeyest=pl.col("beregnet").max(),
        spesifikasjoner=computed.sum(),
        andre=(computed & ~base).sum(),
        holder=(pl.col("utfall") == HOLDS).sum(),
        faller=(pl.col("utfall") == FAILS).sum(),
        ikke_regnet=(~computed).sum(),
        eget=own,
        henger_paa=pl.col("spesifikasjon").filter(turned & (pl.col("utfall") != own)),
    )
    return rows.with_columns(
        konklusjon=pl.when(~pl.col("eget").is_in([HOLDS, FAILS]))
        .then(pl.lit("uten_dom"))
        .when(pl.col("andre") == 0)
        .then(pl.lit("uten_valg"))
        .when(pl.col("faller") == 0)
        .then(pl.lit(FIRM))
        .when(pl.col("eget") == HOLDS)
        .then(pl.lit(HANGS))
        .when(pl.col("holder") > 0)
        .then(pl.lit(ONLY_OTHERWISE))
        .otherwise(pl.lit(NEVER)),
        henger_paa=pl.col("henger_paa").list.join(", "),
    ).drop("eget", "andre")


def hanging(specified: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the specifications of the published numbers that hang on a choice. In: see `summary`."""
    ids = found.filter(pl.col("konklusjon").is_in([HANGS, ONLY_OTHERWISE]))["id"]
    return specified.filter(
        pl.col("id").is_in(ids.to_list()) & pl.col("utfall").is_in([HOLDS, FAILS])
    )


def most_tried(specified: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the specifications of the one hanging number that was computed in most ways."""
    own = hanging(specified, found)
    if own.is_empty():
        return own
    counted = own.group_by("id", maintain_order=True).len().sort("len", descending=True)
    return own.filter(pl.col("id") == counted["id"][0])


def conclusions(found: pl.DataFrame) -> pl.DataFrame:
    """Return how many published numbers have each conclusion: konklusjon, konklusjon_navn, antall, in fixed order."""
    counted = found.group_by("konklusjon").agg(antall=pl.len())
    return (
        pl.DataFrame(
            {"konklusjon": list(CONCLUSIONS), "konklusjon_navn": list(CONCLUSIONS.values())}
        )
        .join(counted, on="konklusjon", how="left", maintain_order="left")
        .with_columns(pl.col("antall").fill_null(0))
    )


def matrix(specified: pl.DataFrame) -> pl.DataFrame:
    """Return the table claim × alternative: a row per published number and single alternative.

    Those whose value is another than as chosen, or that cannot be computed. In: `specifications`. Out:
    maaler, publisert, valgt (value as chosen), spesifikasjon, alternativ_navn (bokmål), beregnet_tekst, utfall, grunn.
    """
    own = specified.filter(pl.col("kombinasjon") == USUAL).select("id", valgt="beregnet_tekst")
    return (
        specified.filter((pl.col("kombinasjon") == SINGLE) & pl.col("endret"))
        .join(own, on="id", how="left", maintain_order="left")
        .join(_words(), on="spesifikasjon", how="left", maintain_order="left")
        .select(
            "id", "maaler", "publisert", "valgt", "spesifikasjon", "alternativ_navn", "beregnet_tekst",
            "utfall", "grunn",
        )
    )  # fmt: skip


def without_effect(specified: pl.DataFrame) -> pl.DataFrame:
    """Return the single alternatives that move no published number of the year: spesifikasjon, alternativ_navn, tall.

    In: `specifications`. `tall`: how many published numbers name the assumption.
    """
    return (
        specified.filter(pl.col("kombinasjon") == SINGLE)
        .group_by("spesifikasjon", maintain_order=True)
        .agg(tall=pl.len(), endret=pl.col("endret").sum())
        .filter(pl.col("endret") == 0)
        .join(_words(), on="spesifikasjon", how="left", maintain_order="left")
        .select("spesifikasjon", "alternativ_navn", "tall")
    )


def _words() -> pl.DataFrame:
    """Return what single alternatives are called: spesifikasjon, alternativ_navn (bokmål)."""
    return (
        choices.table()
        .unique(["valg", "alternativ"], keep="first", maintain_order=True)
        .select(spesifikasjon=pl.format("{}={}", "valg", "alternativ"), alternativ_navn="navn")
    )


def lacking() -> pl.DataFrame:
    """Return the alternatives that no account files give: antakelse, alternativ_navn, merknad (why, bokmål)."""
    rows = choices.table().filter(pl.col("virkning") == LACKING)
    return rows.select("antakelse", pl.col("navn").alias("alternativ_navn"), "merknad")


def check_lines(found: pl.DataFrame) -> str:
    """Return the conclusions as plain text, one published number a line; in: `summary`.

    The text that the check cell stores and nbval compares: rounded once, here.
    """
    if found.is_empty():
        return "Ingen publiserte tall for dette året."
    return "\n".join(
        f"{row['id']}: publisert {row['publisert']} | beregnet {_span(row)} | {row['konklusjon']}"
        for row in found.iter_rows(named=True)
    )


def _span(row: dict[str, object]) -> str:
    low, high = row["lavest"], row["hoeyest"]
    if low is None or high is None:
        return "ikke"
    held = f"holder i {row['holder']} av {row['spesifikasjoner']}"
    if row["enhet"] == "retning":
        return f"{row['beregnet_tekst']}, {held}"
    decimals = 0 if row["enhet"] in ("antall", "rang") else 2
    ends = dict.fromkeys(number(float(str(end)), decimals) for end in (low, high))
    return f"{' til '.join(ends)}, {held}"
