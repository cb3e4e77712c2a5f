"""The published numbers of a survey under every choice that the releases leave open.

Every single alternative of data/definitions/alternatives.csv, and the combinations that
combinations.csv calls meaningful, are computed and judged as if they had been chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from kommuneregnskap.numbers import compute
from kommuneregnskap.support import paths
from kommuneregnskap.support.cache import code_hash, digest, keep
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.hashes import table_hashes
from kommuneregnskap.verdicts import judgement

SINGLE, USUAL = "enkeltvis", "som valgt"
HOLDS, FAILS, OPEN, UNJUDGED = "holder", "faller", "kan ikke regnes", "uten dom"
# A number whose source contradicts itself is judged too: perhaps it holds under another reading.
JUDGED = ("gjenskapt", "kalibrert", "avvik", "selvmotsigelse")
WORKERS = 2
FRAME = "robusthet"
ROW = {
    "id": pl.String,
    "maaler": pl.String,
    "publisert": pl.String,
    "intervall": pl.String,
    "nedre": pl.Float64,
    "oevre": pl.Float64,
    "enhet": pl.String,
    "beregnet": pl.Float64,
    "beregnet_tekst": pl.String,
    "dom": pl.String,
    "inne": pl.Boolean,
    "tall_id": pl.String,
}


def specifications(survey: Survey) -> pl.DataFrame:
    """Return every published number under every specification that bears on it.

    A specification is the survey's own choices (kombinasjon `som valgt`), one choice made otherwise
    (`enkeltvis`) or several (the name in combinations.csv). A choice bears on the numbers whose claim
    names its assumption. Out, in the order of claims and specifications: id, maaler, publisert, intervall,
    nedre, oevre, enhet, beregnet, beregnet_tekst, dom, inne, tall_id (as `judgement.judge`), spesifikasjon (such as
    `sosial=FGK12`; empty for the survey's own), kombinasjon, antakelser (ids, listed), utfall (`holder`,
    `faller`, `kan ikke regnes`, `uten dom`), grunn (bokmål: why it cannot be computed), endret (Bool: another
    value than as chosen). Kept in the cache folder under the hash of everything it depends on. On open
    figures the brackets would have to be drawn anew for each: values without verdicts.
    """
    store = paths.cache() / f"{survey.year}-robusthet-{_key(survey)}"
    if not store.is_dir():
        keep({FRAME: _computed(survey)}, store)
    return pl.read_parquet(store / f"{FRAME}.parquet")


def _computed(survey: Survey) -> pl.DataFrame:
    registered = published.read(survey.year).filter(pl.col("status").cast(pl.String) == "beregnes")
    base = _judged(survey, registered, "", USUAL)
    tried = _specifications(survey)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda each: _under(survey, registered, *each), tried)
        rows = pl.concat([base, *found])
    own = base.select("id", eget="beregnet", egen_dom="dom")
    judged = pl.col("egen_dom").is_in(JUDGED) & pl.lit(survey.gives.respondents)
    order = registered.select("id").with_row_index("plass")
    return (
        rows.join(own, on="id", how="left", maintain_order="left")
        .join(order, on="id", how="left", maintain_order="left")
        .sort("plass", maintain_order=True)
        .with_columns(
            utfall=pl.when(pl.col("beregnet").is_null())
            .then(pl.lit(OPEN))
            .when(~judged)
            .then(pl.lit(UNJUDGED))
            .when("inne")
            .then(pl.lit(HOLDS))
            .otherwise(pl.lit(FAILS)),
            endret=pl.col("beregnet")
            .round(published.ROUNDING)
            .ne_missing(pl.col("eget").round(published.ROUNDING)),
        )
        .drop("eget", "egen_dom", "plass")
    )


def _specifications(survey: Survey) -> list[tuple[str, Choices]]:
    """Return the specifications besides the survey's own: where it is from, choices; each once."""
    own = dict(survey.choices)
    found: dict[Choices, str] = {}
    for name, made in [*((SINGLE, each) for each in choices.singles()), *choices.combined()]:
        if all(own.get(valg) == alternative for valg, alternative in made):
            continue
        found.setdefault(made, name)
    return [(name, made) for made, name in found.items()]


def _under(survey: Survey, registered: pl.DataFrame, name: str, made: Choices) -> pl.DataFrame:
    """Return the published numbers that choices bear on, judged under them."""
    assumptions = [row["antakelse"] for row in choices.described(made)]
    cited = registered.filter(_cites(assumptions))
    spec = choices.text(made)
    if cited.is_empty():
        return _rows(cited, spec, name, assumptions)
    try:
        other = opened(survey, made)
    except KommuneregnskapError as error:
        return _rows(cited, spec, name, assumptions, reason=str(error))
    return _judged(other, cited, spec, name, assumptions)


def _cites(assumptions: Sequence[str]) -> pl.Expr:
    """Return whether a claim names every one of the assumptions."""
    named = pl.col("antakelser").fill_null("").str.split(";")
    return pl.all_horizontal(named.list.contains(each) for each in assumptions)


def opened(survey: Survey, made: Choices) -> Survey:
    """Return the survey under choices, read anew where it is of other accounts."""
    other = survey.under(made)
    if other.setting("omfang") == survey.setting("omfang"):
        return other
    return opening.opened(survey.request.under(other.choices, other.setting("omfang")))


def _judged(
    survey: Survey,
    registered: pl.DataFrame,
    spec: str,
    name: str,
    assumptions: Sequence[str] = (),
) -> pl.DataFrame:
    tall = compute(survey, _asked(registered, survey))
    brackets = None if survey.gives.respondents else judgement.no_brackets()
    judged = judgement.judge(registered, tall, survey, brackets)
    return _rows(judged, spec, name, assumptions)


def _asked(registered: pl.DataFrame, survey: Survey) -> list[str]:
    """Return the section numbers that the claims are held against."""
    ids = registered["tall_id"].replace(choices.numbers(survey.choices)).drop_nulls()
    return ids.unique(maintain_order=True).to_list()


def _rows(
    judged: pl.DataFrame, spec: str, name: str, assumptions: Sequence[str], reason: str = ""
) -> pl.DataFrame:
    """Return the columns of a specification; those that were not computed empty."""
    known = {column: kind for column, kind in ROW.items() if column in judged.columns}
    return judged.select(
        *(pl.col(column).cast(kind) for column, kind in known.items()),
        *(pl.lit(None, dtype=ROW[column]).alias(column) for column in ROW if column not in known),
        pl.lit(spec).alias("spesifikasjon"),
        pl.lit(name).alias("kombinasjon"),
        pl.lit(", ".join(assumptions)).alias("antakelser"),
        pl.lit(reason).alias("grunn"),
    ).select(*ROW, "spesifikasjon", "kombinasjon", "antakelser", "grunn")


def _key(survey: Survey) -> str:
    content = {
        "inputs": survey.inputs,
        "source": [survey.source, survey.request.data_dir],
        "scope": survey.scope,
        "panel": survey.panel_name,
        "survey": survey.fingerprint,
        "tables": table_hashes(),
        "code": code_hash(),
        "polars": pl.__version__,
    }
    return digest(content)[:20]
