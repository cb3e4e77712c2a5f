"""The evidence for every published number: what each source at hand gives for it, and its verdict; the best first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.concepts import amounts_of
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sources import account_files, published_figures
from kommuneregnskap.sources.published_figures import EVERYONE, WITHOUT_OSLO
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import judgement
from kommuneregnskap.verdicts.decide import (
    RESPONDENTS,
    SURVEY_SECTION,
    VERDICTS,
    WITH_OSLO,
    of_all,
    of_same,
    stated,
)

UNDECIDED = ("ikke_vurdert", "kontekst")
YES, NO = "ja", "nei"
KS, OTHERS, INVENTED = "KS", "andre", "syntetisk"
OURSELVES = "prosjektet"  # figures that the project holds beside the published ones
GROUPS = {
    KS: "KS' egne tall",
    OTHERS: "Tall fra andre",
    INVENTED: "Det syntetiske panelet (viser metoden, ikke Norge)",
}
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "seksjon": pl.String,
    "maaler": pl.String,
    "tall_id": pl.String,
    "publisert": pl.String,
    "utgiver": pl.String,
    "enhet": pl.String,
    "grunnlag": pl.String,
    "syntetisk": pl.String,
    "plass": pl.Int64,
    "best": pl.String,
    "omfang": pl.String,
    "utvalg": pl.String,
    "vintage": pl.String,
    "beregnet": pl.Float64,
    "klamme_nedre": pl.Float64,
    "klamme_oevre": pl.Float64,
    "andel_inne": pl.Float64,
    "beregnet_tekst": pl.String,
    "dom": pl.String,
    "merke": pl.String,
    "hvorfor": pl.String,
    "kan_gis_av": pl.String,
}


def of(surveys: Sequence[Survey]) -> pl.DataFrame:
    """Return the evidence for every published number of a year: a row for each source, the best first.

    surveys: one of each source at hand, of the same year, in the order of `sources.REGISTERED`. Out, in the order of
    the claims: id, seksjon, maaler, tall_id, publisert (as printed), utgiver, enhet; grunnlag (the source), syntetisk,
    omfang, utvalg (a panel of open figures, or respondenter), vintage (of open figures); beregnet, klamme_nedre,
    klamme_oevre, andel_inne, beregnet_tekst, dom, merke, hvorfor as `judgement.judge` gives them; plass (1: the best
    of them) and best (`ja` for what a reader sees first: never a synthetic one). Real figures come before invented
    ones, of those what has a verdict before what has none, then what has a value, then in the order given. A number
    of all municipalities is tried on those it is of, where open figures have them. kan_gis_av: the source that would
    give a value where no real one at hand does, `ssb` by a fetch; null where nothing gives it.
    """
    if not surveys:
        return pl.DataFrame(schema=SCHEMA)
    claims = published.read(surveys[0].year).with_row_index("nummer")
    places = [
        pl.col("syntetisk") == YES,
        pl.col("dom").is_in(UNDECIDED),
        pl.col("beregnet").is_null(),
        pl.col("kilde_nr"),
    ]
    rows = pl.concat(
        _of_source(each, claims).with_columns(kilde_nr=pl.lit(number, dtype=pl.Int64))
        for number, each in enumerate(surveys)
    )
    known = ((pl.col("syntetisk") == NO) & pl.col("beregnet").is_not_null()).any().over("nummer")
    return (
        rows.sort("nummer", *places)
        .with_columns(plass=pl.int_range(1, pl.len() + 1).over("nummer"))
        .with_columns(
            best=_yes((pl.col("plass") == 1) & (pl.col("syntetisk") == NO)),
            kan_gis_av=pl.when(~known & (pl.col("dom") != "kontekst")).then(
                pl.col("tall_id").replace_strict(
                    _givers(claims, surveys), default=None, return_dtype=pl.String
                )
            ),
        )
        .select(list(SCHEMA))
    )


def counts(evidence: pl.DataFrame) -> pl.DataFrame:
    """Return how many published numbers got each verdict: those of KS, those of others, and on invented accounts.

    In: `of`. Out: gruppe, gruppe_navn, dom, dom_navn, antall, in the order of `GROUPS` and `VERDICTS`, without zeros.
    The first two count the best real evidence, where a real source is at hand. The project's own figures are in none.
    """
    best = evidence.filter(pl.col("best") == YES)
    own = pl.col("utgiver") == KS
    parts = {
        KS: best.filter(own),
        OTHERS: best.filter(~own & (pl.col("utgiver") != OURSELVES)),
        INVENTED: evidence.filter((pl.col("syntetisk") == YES) & (pl.col("utgiver") != OURSELVES)),
    }
    order = {name: number for number, name in enumerate(VERDICTS)}
    return pl.concat(
        part.group_by("dom")
        .agg(antall=pl.len().cast(pl.Int64))
        .sort(pl.col("dom").replace_strict(order))
        .select(
            gruppe=pl.lit(name),
            gruppe_navn=pl.lit(GROUPS[name]),
            dom="dom",
            dom_navn=pl.col("dom").replace_strict(VERDICTS, return_dtype=pl.String),
            antall="antall",
        )
        for name, part in parts.items()
    )


def settled(evidence: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `of` that decide: the best real evidence with a verdict on a value."""
    return evidence.filter(
        (pl.col("best") == YES) & pl.col("beregnet").is_not_null() & ~pl.col("dom").is_in(UNDECIDED)
    )


def _givers(claims: pl.DataFrame, surveys: Sequence[Survey]) -> dict[str, str]:
    """Return which source would give each section number: a fetch of SSB's tables, else account files."""
    fetched = any(each.open is not None and not _came_along(each) for each in surveys)
    of_ssb = set() if fetched else _of_ssb(surveys[0].year)
    return {
        name: published_figures.SOURCE.name
        if (parts := amounts_of(name)) and parts <= of_ssb
        else account_files.SOURCE.name
        for name in claims["tall_id"].drop_nulls().unique(maintain_order=True)
    }


def _came_along(survey: Survey) -> bool:
    return snapshot.folder_of(survey.figures.snapshot).parent == paths.bundled()


def _of_ssb(year: int) -> set[tuple[str, str]]:
    """Return the amounts that a fetch gives of all municipalities, of the usual scope: concept and area (or empty)."""
    table = tables.valid("statbank", year).with_columns(
        pl.col("enhetstype", "regnskapsomfang", "omraader", "enhet").cast(pl.String)
    )
    own = table.filter(
        (pl.col("enhetstype") == "kommune")
        & (pl.col("regnskapsomfang") == published_figures.SOURCE.scopes[0])
        & (pl.col("enhet") == open_figures.AMOUNT)
    )
    areas = tables.valid("tjenesteomraade", year)["tjenesteomraade"].unique(maintain_order=True)
    return {
        (concept, area)
        for concept, by_area in own.select("begrep", "omraader").iter_rows()
        for area in (areas if by_area == YES else [""])
    }


def _of_source(survey: Survey, claims: pl.DataFrame) -> pl.DataFrame:
    """Return what one source gives for each published number: of those the number is of, where it has them.

    Where it has them in another scope alone, of that.
    """
    tried = [(survey, _judged(survey, claims))]
    tried += [(each, _judged(each, claims, of_it=True)) for each in _of_others(survey, claims)]
    frames = [
        frame.with_columns(
            egen=pl.lit(number == 0),
            gjelder=claims.select(of_all() & stated(each)).to_series(),
            samme=claims.select(of_all() & of_same(each)).to_series(),
        )
        for number, (each, frame) in enumerate(tried)
    ]
    return (
        pl.concat(frames)
        .filter(pl.any_horizontal("egen", "gjelder", "samme"))
        .sort("nummer", ~pl.col("gjelder"), ~pl.col("samme"), ~pl.col("egen"))
        .unique("nummer", keep="first", maintain_order=True)
        .drop("egen", "gjelder", "samme")
    )


def _judged(survey: Survey, claims: pl.DataFrame, *, of_it: bool = False) -> pl.DataFrame:
    """Judge the claims on a survey; of_it: with values of those alone that are of its municipalities."""
    own = claims.filter(of_all() & of_same(survey))
    tall = compute(survey, judgement.asked_for(own, survey) if of_it else None)
    found = judgement.judge(published.read(survey.year), tall, survey)
    if not survey.gives.respondents:  # who is in open figures is not who answered
        answered = pl.col("seksjon") == SURVEY_SECTION
        found = found.with_columns(
            pl.when(~answered).then("beregnet").alias("beregnet"),
            pl.when(answered)
            .then(pl.lit(MISSING))
            .otherwise("beregnet_tekst")
            .alias("beregnet_tekst"),
        )
    return pl.concat(
        [claims.select("nummer", pl.col("utgiver").cast(pl.String)), found],
        how="horizontal",
    ).with_columns(
        grunnlag=pl.lit(survey.source),
        syntetisk=pl.lit(YES if survey.synthetic else NO),
        omfang=pl.lit(survey.scope),
        utvalg=pl.lit(survey.panel_name or RESPONDENTS),
        vintage=pl.lit(survey.whose.get("vintage"), dtype=pl.String),
    )


def _of_others(survey: Survey, claims: pl.DataFrame) -> list[Survey]:
    """Return the surveys on the same open figures of the scopes and sets that numbers of all municipalities are of.

    Of each set also in the survey's own scope, for numbers of a scope that the figures do not have.
    """
    if survey.gives.respondents:
        return []
    panels = {WITH_OSLO[panel]: panel for panel in (EVERYONE, WITHOUT_OSLO)}
    asked = (
        claims.filter(of_all())
        .select(pl.col("omfang", "oslo").cast(pl.String))
        .unique(maintain_order=True)
        .filter(pl.col("omfang").is_in(survey.origin.scopes) & pl.col("oslo").is_in(list(panels)))
    )
    wanted = dict.fromkeys([*asked.iter_rows(), *((survey.scope, each) for each in asked["oslo"])])
    found = []
    for scope, oslo in wanted:
        other = replace(survey.request, scope=scope, panel=panels[oslo])
        if (scope, panels[oslo]) != (survey.scope, survey.panel_name):
            with suppress(UsageError):  # the snapshot has no figures of that scope in the year
                found.append(opened(other))
    return found


def _yes(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit(YES)).otherwise(pl.lit(NO))
