"""The published numbers of a survey under every choice that the releases leave open.

Every single alternative of data/definitions/alternatives.csv, and the combinations that
combinations.csv calls meaningful, are computed and judged as if they had been chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kommuneregnskap.numbers import compute
from kommuneregnskap.numbers.otherwise import Otherwise
from kommuneregnskap.support import cache, paths
from kommuneregnskap.support.cache import code_hash, digest
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published, reader
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.hashes import table_hashes
from kommuneregnskap.verdicts import judgement

SINGLE, USUAL = "enkeltvis", "som valgt"
HOLDS, FAILS, OPEN, UNJUDGED = "holder", "faller", "kan ikke regnes", "ikke vurdert"
JUDGED = ("gjenskapt", "kalibrert", "avvik")
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
    "spesifikasjon": pl.String,
    "kombinasjon": pl.String,
    "antakelser": pl.String,
    "grunn": pl.String,
    "utfall": pl.String,
    "endret": pl.Boolean,
}


def specifications(survey: Survey) -> pl.DataFrame:
    """Return every published number under every specification that bears on it.

    A specification is the survey's own choices (kombinasjon `som valgt`), one choice made otherwise
    (`enkeltvis`) or several (the name in combinations.csv). A choice bears on the numbers whose claim
    names its assumption. Out, in the order of claims and specifications: id, maaler, publisert, intervall,
    nedre, oevre, enhet, beregnet, beregnet_tekst, dom (the verdict of the survey's own), inne, tall_id (as
    `judgement.judge`), spesifikasjon (such as
    `sosial=FGK12`; empty for the survey's own), kombinasjon, antakelser (ids, listed), utfall (`holder`,
    `faller`, `kan ikke regnes`, `ikke vurdert`), grunn (bokmål: why it cannot be computed), endret (Bool: another
    value than as chosen). Kept in the cache folder under the hash of everything it depends on. On open
    figures the brackets would have to be drawn anew for each: values without verdicts.
    """
    store = paths.cache() / f"{survey.year}-robusthet-{key_of(survey)}"
    return cache.of(store, lambda: {FRAME: _computed(survey)}).frame(FRAME)


@reader.held()
def _computed(survey: Survey) -> pl.DataFrame:
    registered = published.read(survey.year).filter(pl.col("status").cast(pl.String) == "beregnes")
    tried = Tried(survey, registered)
    own = tried.under((), USUAL)
    rows = pl.concat([own, *(tried.under(made, name) for name, made in listed(survey))])
    judged = pl.col("dom").is_in(JUDGED) & pl.lit(survey.gives.respondents)
    order = registered.select("id").with_row_index("plass")
    return (
        rows.join(own.select("id", eget="beregnet"), on="id", how="left", maintain_order="left")
        .join(_judged(survey, registered), on="id", how="left", maintain_order="left")
        .join(order, on="id", how="left", maintain_order="left")
        .sort("plass", maintain_order=True)
        .with_columns(inne=published.inside(pl.col("beregnet")))
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
            publisert="trykt",
        )
        .pipe(judgement.in_words)
        .select(pl.col(name).cast(kind) for name, kind in ROW.items())
    )


def _judged(survey: Survey, registered: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts of the survey's own: id, dom. On open figures without brackets."""
    brackets = None if survey.gives.respondents else judgement.no_brackets()
    return judgement.judge(registered, compute(survey), survey, brackets).select("id", "dom")


def listed(survey: Survey) -> list[tuple[str, Choices]]:
    """Return the specifications besides the survey's own: where it is from, choices; each once."""
    own = dict(survey.choices)
    found: dict[Choices, str] = {}
    for name, made in [*((SINGLE, each) for each in choices.singles()), *choices.combined()]:
        if all(own.get(valg) == alternative for valg, alternative in made):
            continue
        found.setdefault(made, name)
    return [(name, made) for made, name in found.items()]


class Tried:
    """The published numbers of a survey under specifications: what reads the same of them is computed once."""

    def __init__(self, survey: Survey, registered: pl.DataFrame) -> None:
        self._survey = survey
        self._registered = registered
        self._numbers = Otherwise()
        self._of_scope: dict[str, Survey] = {}

    def under(self, made: Choices, name: str) -> pl.DataFrame:
        """Return the published numbers that choices bear on, with their values; name: what `kombinasjon` says."""
        assumptions = [row["antakelse"] for row in choices.described(made)]
        cited, other, reason = self.citing(made), None, ""
        try:
            other = self.survey(made) if len(cited) else None
        except KommuneregnskapError as error:
            reason = str(error)
        return self.with_values(cited, other).with_columns(
            spesifikasjon=pl.lit(choices.text(made)),
            kombinasjon=pl.lit(name),
            antakelser=pl.lit(", ".join(assumptions)),
            grunn=pl.lit(reason),
        )

    def citing(self, made: Choices) -> pl.DataFrame:
        """Return the published numbers that choices bear on: whose claims name all of their assumptions."""
        return self._registered.filter(
            _cites([row["antakelse"] for row in choices.described(made)])
        )

    def with_values(self, claims: pl.DataFrame, other: Survey | None) -> pl.DataFrame:
        """Add what claims are held against under the choices of a survey: beregnet (own unit); None: nothing."""
        if other is None:
            return claims.with_columns(beregnet=pl.lit(None, pl.Float64))
        claims = claims.with_columns(pl.col("tall_id").replace(choices.numbers(other.choices)))
        values = [
            number and self._numbers.value(other, number, year)
            for number, year in claims.select("tall_id", "aar").iter_rows()
        ]
        return claims.with_columns(pl.Series("beregnet", values, dtype=pl.Float64))

    def survey(self, made: Choices) -> Survey:
        """Return the survey under choices, read anew where it is of other accounts."""
        other = self._survey.under(made)
        scope = other.setting("omfang")
        if scope == self._survey.setting("omfang"):
            return other
        if scope not in self._of_scope:
            of_scope = self._survey.under((("omfang", scope),)).choices
            self._of_scope[scope] = opening.opened(self._survey.request.under(of_scope, scope))
        return self._of_scope[scope].under(made)


def _cites(assumptions: Sequence[str]) -> pl.Expr:
    """Return whether a claim names every one of the assumptions."""
    named = pl.col("antakelser").fill_null("").str.split(";")
    return pl.all_horizontal(
        pl.lit(value=True), *(named.list.contains(each) for each in assumptions)
    )


def key_of(survey: Survey) -> str:
    """Return the hash of all that the numbers of a survey under other choices depend on."""
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
