"""What changed between two snapshots of StatBank: values, section numbers, published numbers.

Snapshots are never overwritten, so that the unrevised figures of March and the revised ones of June
can be held beside each other: what SSB changed, and what that changes here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.accounts import span
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import corrections, judgement, revisions

KEY = ["aar", "regnskapsomfang", "region", "begrep", "tjenesteomraade", "enhet"]
CHANGED, APPEARED, GONE, SYMBOL = "endret", "kommet", "falt bort", "annet tegn"
KINDS = (CHANGED, APPEARED, GONE, SYMBOL)
NOT_THERE = "ikke i uttrekket"
TOLERANCE = 1e-9  # sums of floats are not exact in the last digits
VALUES = {
    "aar": pl.Int32,
    "regnskapsomfang": pl.String,
    "tabell": pl.String,
    "region": pl.String,
    "regiontype": pl.String,
    "begrep": pl.String,
    "tjenesteomraade": pl.String,
    "enhet": pl.String,
    "slag": pl.String,
    "foer": pl.Float64,
    "foer_merke": pl.String,
    "naa": pl.Float64,
    "naa_merke": pl.String,
    "endring": pl.Float64,
}


@dataclass(frozen=True)
class Comparison:
    """What changed from one snapshot to another for a survey year, scope and panel.

    before, after: the surveys. years: accounting years that both have; alone: those of the survey that
    only one has. values, numbers, verdicts: the frames of the functions of these names, values with what SSB says of
    each change (`corrections.explained`). concepts: `revisions.concepts`. judged: how many published numbers were
    judged in both.
    """

    before: Survey
    after: Survey
    years: tuple[int, ...]
    alone: tuple[int, ...]
    values: pl.DataFrame
    numbers: pl.DataFrame
    verdicts: pl.DataFrame
    concepts: pl.DataFrame
    judged: int

    @property
    def synthetic(self) -> bool:
        """Whether figures of either snapshot are invented."""
        return self.before.synthetic or self.after.synthetic

    @property
    def accounts(self) -> str:
        """What every row says of where its number comes from: invented where one of the two is."""
        return self.before.accounts if self.before.synthetic else self.after.accounts

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return self.values.is_empty() and self.numbers.is_empty() and self.verdicts.is_empty()


def compare(
    before: Survey, after: Survey, values_before: pl.DataFrame, values_after: pl.DataFrame
) -> Comparison:
    """Compare two surveys on open figures of one year, scope and panel.

    values_before, values_after: the values of their snapshots (`schemas.statbank.Verdier`).
    """
    year, (first, second) = after.year, (set(before.years), set(after.years))
    tall = [compute(each) for each in (before, after)]
    judged = [
        judgement.judge(judgement.read(year), found, each)
        for found, each in zip(tall, (before, after), strict=True)
    ]
    shared = sorted(first & second)
    changed = values(values_before, values_after, after.scope, shared)
    return Comparison(
        before=before,
        after=after,
        years=tuple(shared),
        alone=tuple(each for each in range(span(year)[0], year + 1) if each in first ^ second),
        values=corrections.explained(changed, before.figures.updated, after.figures.updated),
        numbers=numbers(*tall),
        verdicts=verdicts(*judged),
        concepts=revisions.concepts(values_before, values_after, after.scope, shared),
        judged=len(judged[0]),
    )


def values(
    before: pl.DataFrame, after: pl.DataFrame, scope: str, years: Collection[int]
) -> pl.DataFrame:
    """Return the values of two snapshots (`schemas.statbank.Verdier`) that are not the same.

    scope: `konsern` or `kasse`; years: accounting years that both have. Out: aar, regnskapsomfang,
    tabell (SSB's, of the later snapshot where it has the value), region, regiontype, begrep,
    tjenesteomraade, enhet (1000 kr, prosent), slag (one of KINDS), foer, naa and endring (in `enhet`;
    null where missing), foer_merke, naa_merke (SSB's symbol where the value is missing, NOT_THERE where the
    snapshot has no such row); sorted by year, region, concept and area. A missing value is never
    zero: it appears or is gone.
    """
    first, second = (
        frame.filter((pl.col("regnskapsomfang") == scope) & pl.col("aar").is_in(list(years)))
        .select(
            *KEY,
            pl.col("tabell", "regiontype", "verdi").name.suffix(f"_{name}"),
            merke=pl.col("merke"),
            der=pl.lit(value=True),
        )
        .rename({"merke": f"{name}_merke", "der": f"der_{name}"})
        for name, frame in (("foer", before), ("naa", after))
    )
    both = first.join(second, on=KEY, how="full", coalesce=True, nulls_equal=True).with_columns(
        foer="verdi_foer",
        naa="verdi_naa",
        tabell=pl.coalesce("tabell_naa", "tabell_foer"),
        regiontype=pl.coalesce("regiontype_naa", "regiontype_foer"),
        **{
            f"{name}_merke": pl.when(pl.col(f"der_{name}").is_null())
            .then(pl.lit(NOT_THERE))
            .otherwise(f"{name}_merke")
            for name in ("foer", "naa")
        },
    )
    was, is_ = pl.col("foer").is_not_null(), pl.col("naa").is_not_null()
    kind = (
        pl.when(was & is_ & (pl.col("foer") != pl.col("naa")))
        .then(pl.lit(CHANGED))
        .when(~was & is_)
        .then(pl.lit(APPEARED))
        .when(was & ~is_)
        .then(pl.lit(GONE))
        .when(~was & ~is_ & (pl.col("foer_merke") != pl.col("naa_merke")))
        .then(pl.lit(SYMBOL))
    )
    return (
        both.with_columns(slag=kind, endring=pl.col("naa") - pl.col("foer"))
        .filter(pl.col("slag").is_not_null())
        .select(pl.col(name).cast(kind_) for name, kind_ in VALUES.items())
        .sort("aar", "region", "begrep", "tjenesteomraade", "enhet", nulls_last=False)
    )


def numbers(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the section numbers (`frames.Tall` of both surveys) that are not the same.

    Out: id, aar, enhet, foer, naa, endring (in `enhet`; null where missing), sorted by id and year.
    """
    key = ["id", "aar", "enhet"]
    first, second = (
        tall.select("id", "aar", pl.col("enhet").cast(pl.String), pl.col("verdi").alias(name))
        for name, tall in (("foer", before), ("naa", after))
    )
    return (
        first.join(second, on=key, how="full", coalesce=True)
        .filter(_differs("foer", "naa"))
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .select(*key, "foer", "naa", "endring")
        .sort("id", "aar")
    )


def verdicts(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the published numbers (`judgement.judge` of both surveys) that are judged differently.

    Out: id, seksjon, maaler, publisert, intervall, enhet, hva (what changed: `beregnet`, `klamme`,
    `dom`, separated by `;`), beregnet_foer, beregnet_naa, klamme_nedre_foer, klamme_oevre_foer,
    klamme_nedre_naa, klamme_oevre_naa (in `enhet`), tekst_foer, tekst_naa (as shown), dom_foer, dom_naa,
    hvorfor_naa; in the order of the claims. Both are judgements of the same claims.
    """
    compared = ["beregnet", "klamme_nedre", "klamme_oevre", "beregnet_tekst", "dom", "hvorfor"]
    about = ["id", "seksjon", "maaler", "publisert", "intervall", "enhet"]
    joined = before.select("id", pl.col(compared).name.suffix("_foer")).join(
        after.select(*about, pl.col(compared).name.suffix("_naa")), on="id", maintain_order="left"
    )
    ends = [_differs(f"{end}_foer", f"{end}_naa") for end in ("klamme_nedre", "klamme_oevre")]
    changes = {
        "beregnet": _differs("beregnet_foer", "beregnet_naa"),
        "klamme": pl.any_horizontal(ends),
        "dom": pl.col("dom_foer") != pl.col("dom_naa"),
    }
    words = [pl.when(changed).then(pl.lit(name)) for name, changed in changes.items()]
    return (
        joined.with_columns(hva=pl.concat_str(words, separator=";", ignore_nulls=True))
        .filter(pl.any_horizontal(changes.values()))
        .rename({"beregnet_tekst_foer": "tekst_foer", "beregnet_tekst_naa": "tekst_naa"})
        .select(
            *about,
            "hva",
            *(f"{name}_{when}" for name in compared[:3] for when in ("foer", "naa")),
            *("tekst_foer", "tekst_naa", "dom_foer", "dom_naa", "hvorfor_naa"),
        )
    )


def visible(judged: pl.DataFrame) -> pl.DataFrame:
    """Return those of `verdicts` that show: another verdict first, then another value or bracket as shown."""
    moved = pl.col("dom_foer") != pl.col("dom_naa")
    return judged.filter(moved | (pl.col("tekst_foer") != pl.col("tekst_naa"))).sort(
        moved, descending=True, maintain_order=True
    )


def _differs(one: str, other: str) -> pl.Expr:
    """Whether two columns are not the same number; missing in one of them is a difference."""
    far = (pl.col(one) - pl.col(other)).abs() > TOLERANCE * (1 + pl.col(other).abs())
    lacking = pl.col(one).is_null() != pl.col(other).is_null()
    return lacking | far.fill_null(value=False)


def counts(changed: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return how many values changed, by columns of `values`: by, one column per KINDS, alle; most first."""
    return (
        changed.group_by(by)
        .agg(
            *((pl.col("slag") == kind).sum().cast(pl.Int64).alias(kind) for kind in KINDS),
            alle=pl.len().cast(pl.Int64),
        )
        .sort("alle", *by, descending=[True, *[False] * len(by)])
    )


def largest(
    changed: pl.DataFrame, begrep: str, enhet: str, year: int, regiontype: str
) -> pl.DataFrame:
    """Return the changes of one concept's total in a year, the largest first. Out: the columns of `values`.

    Only values that both snapshots have: one that appeared has no size of its change.
    """
    return changed.filter(
        (pl.col("begrep") == begrep)
        & (pl.col("enhet") == enhet)
        & (pl.col("aar") == year)
        & (pl.col("regiontype") == regiontype)
        & pl.col("tjenesteomraade").is_null()
        & pl.col("endring").is_not_null()
    ).sort(pl.col("endring").abs(), "region", descending=[True, False])


def result_moves(found: Comparison) -> dict[str, int]:
    """Return for how many municipalities the net operating result of the survey year appeared and is gone."""
    measured = {open_figures.RESULT, open_figures.RESULT_SHARE}
    own = found.values.filter(
        pl.col("begrep").is_in(list(measured))
        & (pl.col("aar") == found.after.year)
        & (pl.col("regiontype") == open_figures.MUNICIPALITY)
        & pl.col("tjenesteomraade").is_null()
    )
    return {kind: own.filter(pl.col("slag") == kind)["region"].n_unique() for kind in KINDS}


def of_result(found: Comparison, regiontype: str = open_figures.MUNICIPALITY) -> pl.DataFrame:
    """Return the changes of the net operating result in the survey year, the largest first.

    In 1000 kr, or in percent where the scope has no amounts; columns as `values`.
    """
    measures = (
        (open_figures.RESULT, open_figures.AMOUNT),
        (open_figures.RESULT_SHARE, open_figures.PERCENT),
    )
    parts = (
        largest(found.values, begrep, enhet, found.after.year, regiontype)
        for begrep, enhet in measures
    )
    return next((part for part in parts if len(part)), found.values.clear())
