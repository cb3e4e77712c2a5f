"""Published numbers against computed ones: a verdict for each (data/claims/<year>.csv)."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.arithmetic import arithmetic
from kommuneregnskap.norwegian import interval, with_unit
from kommuneregnskap.published import ROUNDING, read
from kommuneregnskap.survey import Survey

__all__ = ["EXPLAINED", "VERDICTS", "arithmetic", "check_lines", "counts", "judge", "read"]

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
    "forenlig": "regnet av åpne data med annet omfang eller utvalg, forenlig med det trykte tallet",
    "avvik": "utenfor det trykte intervallet",
    "selvmotsigelse": "kilden motsier seg selv; begge lesninger vises med regnestykket",
    "kontekst": "oppgitt av kilden som bakgrunn; kan ikke regnes av regnskapene",
    "ikke_vurdert": "ingen dom: tallet kan ikke regnes av det som er levert, eller regnskapene er fra et annet utvalg",
}
SURVEY_SECTION = "svar"


def judge(claims: pl.DataFrame, tall: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Give every published number its verdict.

    In: `read(year)`, the section numbers (`frames.Tall`) and the survey they were computed from.
    Out, in the order of the claims: id, seksjon, maaler, publisert (as printed), verdi, nedre,
    oevre (the interval), intervall (text), beregnet (Float64), beregnet_tekst, enhet, avvik (computed minus
    printed), dom, hvorfor (bokmål), tall_id, aar, antakelser, kilde, sted.
    """
    failed = arithmetic(claims, survey.year).filter(~pl.col("stemmer"))
    joined = claims.join(
        tall.select("aar", tall_id="id", beregnet="verdi"),
        on=["tall_id", "aar"],
        how="left",
        maintain_order="left",
    ).join(
        failed.group_by("resultat", maintain_order=True).agg(
            motsigelse=pl.col("forklaring").first()
        ),
        left_on="id",
        right_on="resultat",
        how="left",
        maintain_order="left",
    )
    value = pl.col("beregnet").round(ROUNDING)
    above = (
        pl.col("nedre").is_null()
        | (value > pl.col("nedre"))
        | (pl.col("nedre_inkludert") & (value == pl.col("nedre")))
    )
    below = (
        pl.col("oevre").is_null()
        | (value < pl.col("oevre"))
        | (pl.col("oevre_inkludert") & (value == pl.col("oevre")))
    )
    judged = joined.with_columns(inne=above & below).with_columns(
        _verdict(survey, other_panel=_other_panel(joined, survey))
    )
    return judged.with_columns(
        pl.struct(pl.all())
        .map_elements(_shown_interval, return_dtype=pl.String)
        .alias("intervall"),
        pl.struct(pl.all())
        .map_elements(_shown_value, return_dtype=pl.String)
        .alias("beregnet_tekst"),
        avvik=pl.when(~pl.col("enhet").cast(pl.String).is_in(["retning"])).then(
            pl.col("beregnet") - pl.col("verdi")
        ),
        hvorfor=pl.coalesce("motsigelse", "hvorfor"),
    ).select(
        "id",
        pl.col("seksjon").cast(pl.String),
        "maaler",
        pl.col("trykt").alias("publisert"),
        "verdi",
        "nedre",
        "oevre",
        "intervall",
        "beregnet",
        "beregnet_tekst",
        pl.col("enhet").cast(pl.String),
        "avvik",
        "dom",
        "hvorfor",
        "tall_id",
        "aar",
        "antakelser",
        "kilde",
        "sted",
    )


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


def _verdict(survey: Survey, other_panel: str) -> list[pl.Expr]:
    """Return the expressions `dom` and `hvorfor`; the first condition that holds decides."""
    on_respondents = pl.col("seksjon").cast(pl.String) == SURVEY_SECTION
    inside = "kalibrert" if survey.synthetic else "gjenskapt"
    cases: list[tuple[pl.Expr, str, str]] = [
        (pl.col("motsigelse").is_not_null(), "selvmotsigelse", ""),
        (
            pl.col("status").cast(pl.String) == "kontekst",
            "kontekst",
            "bakgrunn i kilden; ikke et tall som regnskapene gir",
        ),
        (
            pl.col("beregnet").is_null(),
            "ikke_vurdert",
            "tallet kan ikke regnes av det som er levert; se merknadene om kilden",
        ),
        (
            pl.lit(survey.scope != "kasse") & ~on_respondents,
            "ikke_vurdert",
            "det publiserte tallet gjelder kommunekassen, her er regnet konsoliderte regnskap",
        ),
        (pl.lit(bool(other_panel)) & ~on_respondents, "ikke_vurdert", other_panel),
        (pl.col("inne"), inside, "innenfor intervallet"),
    ]
    dom = pl.lit("avvik")
    why = pl.lit("utenfor intervallet")
    for condition, verdict, reason in reversed(cases):
        dom = pl.when(condition).then(pl.lit(verdict)).otherwise(dom)
        why = pl.when(condition).then(pl.lit(reason)).otherwise(why)
    return [dom.alias("dom"), why.alias("hvorfor")]


def _decimals(row: dict[str, float]) -> int:
    step = row["opploesning"] or 1
    if step >= 1:
        return 0
    return next((n for n in range(4) if abs(step * 10**n - round(step * 10**n)) < 1e-9), 2)


def _shown_interval(row: dict[str, float]) -> str:
    halves = 1 if row["nedre"] is not None and row["nedre"] != row["oevre"] else 0
    return interval(row["nedre"], row["oevre"], _decimals(row) + halves)


def _shown_value(row: dict[str, object]) -> str:
    """Show the computed value with one decimal more than printed, so that rounding can be followed."""
    extra = 1 if row["enhet"] in ("mrd_kr", "prosent", "prosentpoeng") else 0
    return with_unit(row["beregnet"], str(row["enhet"]), _decimals(row) + extra)  # type: ignore[arg-type]


def counts(vurdering: pl.DataFrame) -> pl.DataFrame:
    """Return how many published numbers got each verdict: dom, navn, forklaring, antall, in fixed order."""
    found = vurdering.group_by("dom").agg(antall=pl.len())
    return (
        pl.DataFrame(
            {
                "dom": list(VERDICTS),
                "navn": list(VERDICTS.values()),
                "forklaring": list(EXPLAINED.values()),
            }
        )
        .join(found, on="dom", how="left", maintain_order="left")
        .with_columns(pl.col("antall").fill_null(0).cast(pl.Int64))
    )


def check_lines(vurdering: pl.DataFrame, seksjon: str | None = None) -> str:
    """Return the verdicts of a section as plain text, one published number a line.

    The text that the notebooks' check cells store and nbval compares: rounded once, here.
    """
    rows = vurdering if seksjon is None else vurdering.filter(pl.col("seksjon") == seksjon)
    if rows.is_empty():
        return "Ingen publiserte tall for dette året."
    return "\n".join(
        f"{row['id']}: publisert {row['publisert']} | beregnet {row['beregnet_tekst']} | {row['dom']}"
        for row in rows.iter_rows(named=True)
    )


def changed_lines(stored: str, new: str) -> list[str]:
    """Return what differs between two texts of `check_lines`, a line per published number, for people.

    Each line names the published number as printed, and what the stored and the new text say of it.
    Empty when one of the texts is not of that form.
    """
    before, after = _by_claim(stored), _by_claim(new)
    if not before and not after:
        return []
    absent = ("", "no such published number")
    return [
        f"{name}: {(before.get(name) or after[name])[0]}; stored: {before.get(name, absent)[1]}; "
        f"new: {after.get(name, absent)[1]}"
        for name in [*before, *(name for name in after if name not in before)]
        if before.get(name) != after.get(name)
    ]


def _by_claim(text: str) -> dict[str, tuple[str, str]]:
    """Return the lines of `check_lines` as id → (what was published, what was found)."""
    parts = (line.partition(": ") for line in text.splitlines() if " | " in line)
    return {
        name: (rest.partition(" | ")[0], rest.partition(" | ")[2].replace(" | ", ", "))
        for name, _, rest in parts
    }
