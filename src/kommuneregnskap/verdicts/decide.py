"""The verdicts, what they mean, and which of them a published number gets."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.survey import Survey

VERDICTS = {
    "gjenskapt": "Gjenskapt",
    "kalibrert": "Kalibrert (syntetisk panel)",
    "forenlig": "Forenlig",
    "avvik": "Avvik",
    "selvmotsigelse": "Selvmotsigelse i kilden",
    "kontekst": "Kontekst",
    "ikke_vurdert": "Ikke vurdert",
}
EXPLAINED = {
    "gjenskapt": "regnet av virkelige regnskaper med samme omfang og utvalg, innenfor det trykte intervallet",
    "kalibrert": (
        "innenfor intervallet, men regnet av det syntetiske panelet, som er stilt inn mot slike tall: "
        "veien virker, tallet er ikke noe bevis"
    ),
    "forenlig": (
        "regnet av åpne data med annet omfang eller utvalg; det trykte tallet ligger i klammen som "
        "forskjellen i utvalg tillater"
    ),
    "avvik": "utenfor det trykte intervallet; av åpne tall: intervallet møter ikke klammen",
    "selvmotsigelse": "kilden motsier seg selv; begge lesninger vises med regnestykket",
    "kontekst": "oppgitt av kilden som bakgrunn; kan ikke regnes av regnskapene",
    "ikke_vurdert": "ingen dom: tallet kan ikke regnes av det som er levert, eller regnskapene er fra et annet utvalg",
}
CONTEXT = "bakgrunn i kilden; ikke et tall som regnskapene gir"
SURVEY_SECTION = "svar"


def decide(claims: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Add `dom` and `hvorfor` (bokmål) to published numbers with what was computed for them.

    claims: seksjon, status, tall_id, nedre, oevre, beregnet, klamme_nedre, motsigelse (what the source's
    own arithmetic says against it), inne (Bool: the value lies in the printed interval), moeter (Bool:
    the bracket meets it).
    """
    cases = (
        _on_accounts(survey, _other_panel(claims, survey))
        if survey.gives.respondents
        else _on_open_figures(survey)
    )
    return claims.with_columns(_expressions(cases))


def _other_panel(claims: pl.DataFrame, survey: Survey) -> str:
    """Say, in bokmål, why the accounts are not those of the release; empty where they are.

    Real accounts are taken as the release's when every published number on who answered agrees.
    """
    if survey.unpassed:
        return "ingen av regnskapene besto kontrollene"
    if survey.synthetic:
        return ""
    answered = claims.filter(
        (pl.col("seksjon").cast(pl.String) == SURVEY_SECTION)
        & pl.col("tall_id").is_in(["svar.antall", "svar.folkeandel"])
    )
    units = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune")).height
    whose = f"regnskapene er fra {units} {'kommune' if units == 1 else 'kommuner'}"
    if answered.is_empty():
        return f"{whose}; hvem som svarte KS, er ikke kjent"
    agrees = answered.select(
        ((pl.col("beregnet") >= pl.col("nedre")) & (pl.col("beregnet") <= pl.col("oevre")))
        .fill_null(value=False)
        .all()
    ).item()
    return "" if agrees else f"{whose}, ikke fra utvalget i omtalen"


Case = tuple[pl.Expr, str, str]  # condition, verdict, why (bokmål)


def _of_the_source() -> list[Case]:
    """Return what is decided before anything is computed."""
    return [
        (pl.col("motsigelse").is_not_null(), "selvmotsigelse", ""),
        (
            pl.col("status").cast(pl.String) == "kontekst",
            "kontekst",
            CONTEXT,
        ),
    ]


def _on_open_figures(survey: Survey) -> list[Case]:
    """Return the cases for open figures: the printed interval against the bracket."""
    on_respondents = pl.col("seksjon").cast(pl.String) == SURVEY_SECTION
    consistent = "kalibrert" if survey.synthetic else "forenlig"
    return [
        *_of_the_source(),
        (on_respondents, "ikke_vurdert", "åpne tall sier ikke hvem som svarte KS"),
        (
            pl.col("beregnet").is_null() | pl.col("klamme_nedre").is_null(),
            "ikke_vurdert",
            "tallet kan ikke regnes av SSBs åpne tall for dette omfanget",
        ),
        (
            pl.col("moeter"),
            consistent,
            "det trykte intervallet møter klammen: fra laveste til høyeste verdi i utvalg som likner KS'",
        ),
        (
            pl.lit(value=True),
            "avvik",
            "utenfor klammen; forskjellen i omfang (KS: kommunekassen) er ikke med i den"
            if survey.scope != "kasse"
            else "utenfor klammen",
        ),
    ]


def _on_accounts(survey: Survey, other_panel: str) -> list[Case]:
    """Return the cases for account files; `other_panel` says why they are not the release's, or nothing."""
    on_respondents = pl.col("seksjon").cast(pl.String) == SURVEY_SECTION
    inside = "kalibrert" if survey.synthetic else "gjenskapt"
    return [
        *_of_the_source(),
        (
            pl.col("beregnet").is_null(),
            "ikke_vurdert",
            "tallet kan ikke regnes av det som er levert; se merknadene om kilden",
        ),
        (
            pl.lit(survey.scope != survey.setting("omfang")) & ~on_respondents,
            "ikke_vurdert",
            f"det publiserte tallet gjelder {SCOPES[survey.setting('omfang')]}, her er regnet "
            f"{SCOPES[survey.scope]}",
        ),
        (pl.lit(bool(other_panel)), "ikke_vurdert", other_panel),
        (pl.col("inne"), inside, "innenfor intervallet"),
    ]


def _expressions(cases: list[Case]) -> list[pl.Expr]:
    """Return the expressions `dom` and `hvorfor`; the first condition that holds decides."""
    dom = pl.lit("avvik")
    why = pl.lit("utenfor intervallet")
    for condition, verdict, reason in reversed(cases):
        dom = pl.when(condition).then(pl.lit(verdict)).otherwise(dom)
        why = pl.when(condition).then(pl.lit(reason)).otherwise(why)
    return [dom.alias("dom"), why.alias("hvorfor")]
