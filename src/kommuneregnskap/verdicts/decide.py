"""The verdicts, what they mean, and which of them a published number gets."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers.concepts import unsound
from kommuneregnskap.sources.published_figures import EVERYONE, PSEUDO, WITHOUT_OSLO
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import coverage, published
from kommuneregnskap.tables.numbers import recipe

VERDICTS = {
    "gjenskapt": "Stemmer",
    "kalibrert": "Stilt inn (syntetisk)",
    "forenlig": "Kan stemme",
    "uavklart": "Uavklart",
    "avvik": "Avviker",
    "kontekst": "Bakgrunn",
    "ikke_vurdert": "Ikke vurdert",
}
EXPLAINED = {
    "gjenskapt": (
        "regnet av virkelige regnskaper for de samme kommunene og i samme omfang, og innenfor det trykte intervallet"
    ),
    "kalibrert": (
        "innenfor intervallet, men regnet av det syntetiske panelet, som er stilt inn mot slike tall: det viser at "
        "metoden virker, og er ikke noe bevis for tallet"
    ),
    "forenlig": (
        "regnet av åpne tall med et annet omfang eller utvalg: det trykte intervallet rommer nok av verdiene i trukne "
        "utvalg som likner det KS fikk svar fra"
    ),
    "uavklart": (
        "regnet av åpne tall: det trykte intervallet rommer for få av verdiene til at tallet kan sies å stemme, og for "
        "mange til at det avviker; eller tallet gjelder de samme kommunene i et annet omfang og ligger utenfor"
    ),
    "avvik": "utenfor det trykte intervallet; regnet av åpne tall rommer intervallet så godt som ingen av verdiene",
    "kontekst": "kan ikke regnes av regnskapene, eller gjelder et annet utvalg enn her",
    "ikke_vurdert": (
        "kan ikke regnes av tallene som er til rådighet, for få kommuner har det, eller det er et beløp av et annet "
        "omfang eller utvalg"
    ),
}
LACKING = "tallet kan ikke regnes av uttrekket av SSBs åpne tall for dette omfanget"
CONTEXT = "bakgrunn i kilden: ikke et tall som regnskapene gir, eller av et utvalg eller omfang som ikke er oppgitt"
BESIDE = "bakgrunn i kilden: verdien vises ved siden av og vurderes ikke"
SURVEY_SECTION = "svar"


def decide(claims: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Add `dom` and `hvorfor` (bokmål) to published numbers with what was computed for them.

    claims: seksjon, maaler, trykt, status, tall_id, nedre, oevre, beregnet, klamme_nedre, inne (Bool: the value lies
    in the printed interval), andel_inne (percent of the panels drawn that do), forenlig_fra_pst and avvik_under_pst
    (of its qualifier), enhet, omfang, panel, enheter and av (how many the number is of, of how many), kant (Bool: a
    run of years that ends where the figures do).
    """
    cases = (
        _on_accounts(survey, _other_panel(claims, survey))
        if survey.gives.respondents
        else _on_open_figures(survey, claims)
    )
    judged = claims.with_columns(_expressions(cases))
    if survey.gives.whole:
        return judged
    part = ~pl.col("dom").is_in(UNTRIED) & (pl.col("enheter") < pl.col("av"))
    with_count = pl.format("{}; {}", "hvorfor", computed_of())
    return judged.with_columns(pl.when(part).then(with_count).otherwise("hvorfor").alias("hvorfor"))


UNTRIED = ("ikke_vurdert", "kontekst")


def computed_of() -> pl.Expr:
    """Say of how many a number is computed, in bokmål. In: enheter, av."""
    return pl.format("regnet av {} av {} kommuner", "enheter", "av")


def _lacking() -> list[Case]:
    """Return the cases of open figures that lack something: nobody has it, a sum of a part, too few."""
    missing, whole = pl.col("beregnet").is_null(), pl.col("enheter") >= pl.col("av")
    asked = (pl.col("av") > 0).fill_null(value=False)
    few = coverage.few(pl.col("enheter"), pl.col("av"))
    limit = number(coverage.least(coverage.OTHERS))
    return [
        (
            missing & asked & (pl.col("enheter") == 0),
            "ikke_vurdert",
            pl.format("ingen av {} kommuner har alt som tallet trenger, i uttrekket", "av"),
        ),
        (
            few,
            "ikke_vurdert",
            pl.format(
                "{} av {} kommuner har alt som tallet trenger, i uttrekket; et tall av færre enn {} prosent av dem "
                "vurderes ikke",
                *("enheter", "av", pl.lit(limit)),
            ),
        ),
        (
            missing & asked & ~whole,
            "ikke_vurdert",
            pl.format(
                "{} av {} kommuner har alt som tallet trenger, i uttrekket; en sum i kroner, eller en endring av "
                "den, av færre enn {} prosent av dem sies ikke",
                *("enheter", "av", pl.lit(number(coverage.least(coverage.AMOUNTS)))),
            ),
        ),
    ]


def _runs() -> Case:
    """Return the case of a run of years that the figures do not follow to its beginning."""
    return (
        pl.col("kant") & (pl.col("beregnet") < pl.col("nedre")),
        "ikke_vurdert",
        pl.format(
            "regnskapene rekker ikke lenger tilbake: det er minst {} år på rad, og kan være så mange som det er trykt",
            pl.col("beregnet").cast(pl.Int64),
        ),
    )


def _other_panel(claims: pl.DataFrame, survey: Survey) -> str:
    """Say, in bokmål, why the accounts are not those of the release; empty where they are.

    Real accounts are taken as the release's when all that it says of who answered agrees: every number of that
    section that is tried, how many they are, their part of inhabitants and of each size group, the counties, Oslo.
    What cannot be computed does not agree.
    """
    if unsound(survey):
        return "ingen av regnskapene besto kontrollene"
    if survey.synthetic:
        return ""
    answered = claims.filter(
        (pl.col("seksjon").cast(pl.String) == SURVEY_SECTION)
        & (pl.col("status").cast(pl.String) == "beregnes")
    )
    units = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune")).height
    whose = f"regnskapene er fra {units} {'kommune' if units == 1 else 'kommuner'}"
    if answered.is_empty():
        return f"{whose}; hvem som svarte KS, er ikke kjent"
    other = answered.filter(~pl.col("inne").fill_null(value=False))
    if other.is_empty():
        return ""
    said = "; ".join(
        f"{row['maaler'].lower()}: {row['trykt']}" for row in other.iter_rows(named=True)
    )
    return f"{whose}, ikke fra utvalget i pressemeldingen. Det stemmer ikke med dem: {said}"


KRONER = ("mrd_kr", "kr")
RESPONDENTS, COUNTIES = "respondenter", "fylkeskommuner"  # the set of a claim
OF_ALL = "alle"  # its status
WITH_OSLO = {
    EVERYONE: "med",
    WITHOUT_OSLO: "uten",
    PSEUDO: "",
}  # what a panel is to a claim's `oslo`
VINTAGES = {"forelopig": "foreløpige", "endelig": "endelige"}
Case = tuple[pl.Expr, str, str | pl.Expr]  # condition, verdict, why (bokmål)


def _of_the_source(survey: Survey) -> list[Case]:
    """Return what is decided before anything is computed."""
    return [
        (
            pl.col("status").cast(pl.String) == "kontekst",
            "kontekst",
            pl.when(pl.col("beregnet").is_null()).then(pl.lit(CONTEXT)).otherwise(pl.lit(BESIDE)),
        ),
        (
            of_all() & ~of_same(survey),
            "kontekst",
            pl.format(
                "gjelder {} for alle kommuner {}: SSBs åpne tall av dem prøver det",
                pl.col("omfang").cast(pl.String).replace(SCOPES),
                pl.col("oslo").cast(pl.String).replace({"med": "med Oslo", "uten": "utenom Oslo"}),
            ),
        ),
    ]


def _percent(share: float) -> str:
    """Return a share of the panels for a reader: never none or all where it is not."""
    return number(share, 0 if share in (0, 100) or 1 <= share <= 99 else 2)


def _on_open_figures(survey: Survey, claims: pl.DataFrame) -> list[Case]:
    """Return the cases for open figures: how many of the panels drawn lie in the printed interval."""
    on_respondents = pl.col("seksjon").cast(pl.String) == SURVEY_SECTION
    in_kroner = pl.col("enhet").cast(pl.String).is_in(KRONER)
    other_scope = pl.col("omfang").cast(pl.String) != survey.scope
    drawn = pl.format(
        "{} prosent av {} trukne utvalg som likner KS', ligger i det trykte intervallet",
        pl.col("andel_inne").map_elements(_percent, return_dtype=pl.String),
        pl.lit(open_figures.DRAWS),
    )
    left_out = (
        "" if survey.scope == "kasse" else "; forskjellen i omfang (KS: kommunekassen) er ikke med"
    )
    consistent = "kalibrert" if survey.synthetic else "forenlig"
    figures = _said_of(survey)
    return [
        *_of_the_source(survey),
        (on_respondents, "ikke_vurdert", "åpne tall sier ikke hvem som svarte KS"),
        *_lacking(),
        _runs(),
        (of_all() & pl.col("beregnet").is_null(), "ikke_vurdert", LACKING),
        *_of_all_in_another_scope(survey, claims, figures),
        (of_all() & pl.col("inne"), "kalibrert" if survey.synthetic else "gjenskapt", figures),
        (of_all(), "avvik", figures),
        (pl.col("beregnet").is_null(), "ikke_vurdert", LACKING),
        (
            pl.col("panel").cast(pl.String) == COUNTIES,
            "ikke_vurdert",
            f"KS' tall er av kassen i fylkeskommunene som svarte, SSBs åpne tall er av alle ({survey.scope}): "
            "verdien vises ved siden av og vurderes ikke",
        ),
        (pl.col("klamme_nedre").is_null(), "ikke_vurdert", LACKING),
        (
            in_kroner & (other_scope | (pl.col("panel").cast(pl.String) == RESPONDENTS)),
            "ikke_vurdert",
            "et beløp i kroner av et annet omfang eller utvalg: det vises ved siden av og vurderes ikke",
        ),
        (
            other_scope & pl.col("tall_id").is_in(_of_one_scope(claims["tall_id"])),
            "ikke_vurdert",
            f"tallet for {SCOPES[survey.scope]} omfatter noe annet enn det publiserte: det vises ved siden av og "
            "vurderes ikke",
        ),
        (pl.col("andel_inne") >= pl.col("forenlig_fra_pst"), consistent, drawn),
        (pl.col("andel_inne") >= pl.col("avvik_under_pst"), "uavklart", drawn),
        (pl.lit(value=True), "avvik", drawn + pl.lit(left_out)),
    ]


def _of_all_in_another_scope(survey: Survey, claims: pl.DataFrame, figures: pl.Expr) -> list[Case]:
    """Return the cases of a number of the same municipalities in another scope: outside, the scope may be why."""
    other = of_all() & (pl.col("omfang").cast(pl.String) != survey.scope)
    in_kroner = pl.col("enhet").cast(pl.String).is_in(KRONER)
    apart = in_kroner | pl.col("tall_id").is_in(_of_one_scope(claims["tall_id"]))
    said = figures + pl.format(
        "; tallet gjelder {}, her er regnet {}",
        pl.col("omfang").cast(pl.String).replace(SCOPES),
        pl.lit(SCOPES[survey.scope]),
    )
    outside = pl.lit("; utenfor intervallet, men forskjellen i omfang er ikke med")
    return [
        (other & apart, "ikke_vurdert", said + pl.lit("; det vises ved siden av og vurderes ikke")),
        (other & pl.col("inne"), "kalibrert" if survey.synthetic else "forenlig", said),
        (other, "uavklart", said + outside),
    ]


def of_all() -> pl.Expr:
    """Return whether a published number is of all municipalities, of a stated scope, with or without Oslo."""
    return pl.col("status").cast(pl.String) == OF_ALL


def stated(survey: Survey) -> pl.Expr:
    """Return whether a survey is of the scope and the municipalities that a number of all of them is of."""
    if survey.gives.respondents:
        return pl.lit(value=False)
    return of_same(survey) & (pl.col("omfang").cast(pl.String) == survey.scope)


def of_same(survey: Survey) -> pl.Expr:
    """Return whether a survey is of the municipalities that a number of all of them is of, of whatever scope."""
    if survey.gives.respondents:
        return pl.lit(value=False)
    return pl.col("oslo").cast(pl.String) == WITH_OSLO[survey.panel_name]


def _said_of(survey: Survey) -> pl.Expr:
    """Say which figures a number of all municipalities is tried on, and which it was said of, in bokmål."""
    whose = "med Oslo" if survey.panel_name == EVERYONE else "utenom Oslo"
    tried = f"regnet av {VINTAGES[survey.figures.vintage]} tall for alle kommuner {whose}, som tallet gjelder"
    final = pl.col("gjelder").cast(pl.Int32) + 1
    # SSB's revised figures come in the middle of June of the year after.
    preliminary = published.when() < pl.format("{}-06-15", final)
    return pl.lit(tried) + pl.when(preliminary).then(pl.lit("; sagt av foreløpige tall")).otherwise(
        pl.lit("")
    )


def _of_one_scope(ids: pl.Series) -> list[str]:
    """Return the section numbers that are something else in accounts of another scope."""
    return [name for name in ids.drop_nulls().unique() if recipe(name).samme_omfang]


def _on_accounts(survey: Survey, other_panel: str) -> list[Case]:
    """Return the cases for account files; `other_panel` says why they are not the release's, or nothing."""
    on_respondents = pl.col("seksjon").cast(pl.String) == SURVEY_SECTION
    inside = "kalibrert" if survey.synthetic else "gjenskapt"
    return [
        *_of_the_source(survey),
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
        _runs(),
        (pl.col("inne"), inside, "innenfor intervallet"),
    ]


def _expressions(cases: list[Case]) -> list[pl.Expr]:
    """Return the expressions `dom` and `hvorfor`; the first condition that holds decides."""
    dom = pl.lit("avvik")
    why = pl.lit("utenfor intervallet")
    for condition, verdict, reason in reversed(cases):
        dom = pl.when(condition).then(pl.lit(verdict)).otherwise(dom)
        said = pl.lit(reason) if isinstance(reason, str) else reason
        why = pl.when(condition).then(said).otherwise(why)
    return [dom.alias("dom"), why.alias("hvorfor")]
