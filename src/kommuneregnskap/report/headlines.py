"""What every edition of the report opens with, in words: the findings of headlines.csv, and the verdicts counted."""

from __future__ import annotations

from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import prose
from kommuneregnskap.numbers.table import told
from kommuneregnskap.sources.published_figures import EVERYONE, PSEUDO, WITHOUT_OSLO
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.support.outside import visible
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.verdicts import calibrated, judgement
from kommuneregnskap.verdicts.decide import SURVEY_SECTION


def title(survey: Survey) -> str:
    """Return the title of the report."""
    own = survey.alone
    whose = f": {own['navn']} kommune" if own else survey.origin.title
    return f"Kommuneregnskap {survey.year}{whose}"


def news(survey: Survey, tall: pl.DataFrame) -> pl.DataFrame:
    """Return the section numbers as findings and release may tell them: without those that mean something else.

    In and out: `frames.Tall`. In accounts of another scope than KS asks for, what numbers.csv calls `samme_omfang` is
    missing: that no fund is empty where companies' funds are in it is no news. So is what too few have the parts of
    (`numbers.told`).
    """
    tall = told(survey, tall)
    if survey.scope == survey.setting("omfang"):
        return tall
    elsewhere = [name for name in tall["id"].unique() if recipe(name, survey.choices).samme_omfang]
    return tall.with_columns(pl.when(~pl.col("id").is_in(elsewhere)).then("verdi").alias("verdi"))


# What the municipalities of open figures are called, by the panel.
OPEN_PANELS = {
    WITHOUT_OSLO: "kommunene utenom Oslo",
    EVERYONE: "kommunene",
    PSEUDO: "kommunene i utvalget",
}


def of_whom(text: str, survey: Survey) -> str:
    """Return a sentence with `{kommunene}` as whoever the survey is of: respondents, all, or the only one by name.

    `{kommunene,}` is the same where a comma follows what is said of them: `kommunene som har svart,`.
    """
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))["navn"]
    relative = ""
    if not survey.gives.respondents:
        whose = OPEN_PANELS[survey.panel_name]
    elif len(answered) == 1:
        whose = visible(answered[0])
    else:
        whose, relative = "kommunene som har svart", ","
    whose = whose.replace("{", "").replace("}", "")  # a name is no placeholder
    return text.replace("{kommunene,}", whose + relative).replace("{kommunene}", whose)


def findings(survey: Survey, tall: pl.DataFrame, vurdering: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the findings (headlines.csv) that the survey has, in order.

    Invented accounts have none, nor one municipality's: what stands there is its own (`pages/one_municipality.py`).

    In: section numbers (`frames.Tall`) and verdicts (`judgement.judge`). Out, a row each: rekkefoelge, tall_id, enhet,
    setning (filled), figur (the chart beside it), publisert, dom (both None where nothing was published),
    klamme_nedre, klamme_oevre (the bracket on open figures, in the number's unit).
    """
    if survey.synthetic or survey.alone:
        return []
    of_year = news(survey, tall).filter(pl.col("aar") == survey.year)
    own = (
        of_year.drop_nulls("verdi")
        .filter(~pl.col("id").is_in(_said_elsewhere(survey)))
        .select("id", "enhet")
    )
    rows = (
        tables.read("headlines")
        .sort("rekkefoelge")
        .join(own, left_on="tall_id", right_on="id", how="inner", maintain_order="left")
        .join(
            vurdering.filter((pl.col("aar") == survey.year) & (pl.col("dom") != "kontekst"))
            .unique("tall_id", keep="first", maintain_order=True)
            .select("tall_id", "dom", "publisert", "klamme_nedre", "klamme_oevre"),
            on="tall_id",
            how="left",
            maintain_order="left",
        )
    )
    return [
        {**row, "setning": _capital(str(prose(tall, survey, of_whom(row["setning"], survey)).data))}
        for row in rows.drop("linje", "tekst", "kilde").iter_rows(named=True)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said_elsewhere(survey: Survey) -> list[str]:
    """Return the findings that say nothing where it is not known who answered: on them, and estimates from them."""
    if survey.gives.respondents:
        return []
    ids = tables.read("headlines")["tall_id"].to_list()
    found = {name: recipe(name, survey.choices) for name in ids}
    return [n for n, one in found.items() if one.estimated or one.seksjon == SURVEY_SECTION]


def demonstration(survey: Survey) -> str:
    """Say, on invented accounts, what stands in the place of findings; empty for real ones."""
    if not survey.synthetic:
        return ""
    return (
        "Denne rapporten viser hvordan tallene regnes, på oppdiktede regnskaper. Funn om året står bare der "
        "regnskapene er virkelige: i rapporten av SSBs åpne tall eller av egne kontofiler."
    )


def verdicts(vurdering: pl.DataFrame) -> list[list[str]]:
    """Return how many published numbers got each verdict that was given: count, name, what it says."""
    return [
        [number(row["antall"]), row["dom_navn"], row["forklaring"]]
        for row in judgement.counts(vurdering).iter_rows(named=True)
        if row["antall"]
    ]


def tried(vurdering: pl.DataFrame) -> str:
    """Say how many published numbers were held against the accounts; of invented ones, how many they were set to."""
    if vurdering.is_empty():
        return (
            "Ingen publiserte tall er registrert for dette året; tallene er ikke vurdert mot noe."
        )
    context = vurdering.filter(pl.col("dom") == "kontekst").height
    return (
        f"{number(len(vurdering) - context)} publiserte tall er prøvd mot regnskapene; "
        f"{number(context)} står som bakgrunn. {calibrated.said(vurdering)}"
    ).rstrip()
