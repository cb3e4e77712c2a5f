"""Who is estimated for: all municipalities outside Oslo, and what is known of each of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates.quantities import BEFORE
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.survey.accounts import span
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published, units

RESULT, REVENUE = "netto_driftsresultat", "brutto_driftsinntekter"
SHARE = "netto_driftsresultat_pst"
KNOWN = ("enhet", "kobling", "stoerrelsesgruppe", "fylke", "folkemengde", "antall", "inntekt_fjor")
ESTIMATE_OF_ALL = (
    "resultat.estimat_pst"  # the section number that a release's estimate is tried against
)


@dataclass(frozen=True)
class Population:
    """The municipalities of a year.

    level: a row per municipality: KNOWN (enhet: its number; folkemengde in persons; antall 1;
    inntekt_fjor: revenue the year before, 1000 kr, null where unknown), svart, and a column per concept
    (1000 kr; `…_pst` in percent), null for those who have not answered. same: the same for units that
    are comparable with the year before (enhet: the `kobling`, see `units.links`), with a column
    `<concept>_fjor` beside each concept; of those who have not answered the year before may be known.
    published: the result of all municipalities the year before as it was published, percent, or None.
    """

    year: int
    level: pl.DataFrame
    same: pl.DataFrame
    published: float | None

    def answered_by(self, regions: Collection[str]) -> Population:
        """Return the population as if only these municipalities had answered."""
        among = pl.col("enhet").is_in(list(regions)) & pl.col("svart")
        level = _hidden(self.level.with_columns(svart=among), ())
        whole = level.group_by("kobling").agg(pl.col("svart").all())
        same = self.same.drop("svart").join(whole, on="kobling", maintain_order="left")
        return replace(self, level=level, same=_hidden(same, (BEFORE,)))


def estimated_for(survey: Survey) -> pl.DataFrame:
    """Return the municipalities that are estimated for: all outside Oslo, or with it (assumption A08)."""
    without = units.oslo(survey.year) if survey.setting("anslag_ramme") != "alle" else ()
    return survey.enheter.filter((pl.col("type") == "kommune") & ~pl.col("region").is_in(without))


def of(survey: Survey) -> Population:
    """Return the population of a survey's year: all municipalities outside Oslo, answered or not.

    With Oslo where that is the survey's choice (`estimated_for`).

    Inhabitants, county and size group are known of everybody (`units.frame`). The year before is known
    of those whose accounts the source has; where a municipality has since been divided, its parts are
    given its revenue by inhabitants.
    """
    frame = estimated_for(survey).select(
        "kobling", "stoerrelsesgruppe", "fylke", "folkemengde", "svart", enhet="region", antall=1
    )
    before = _before(survey)
    people = pl.col("folkemengde")
    level = (
        frame.join(
            before.select("kobling", fjor=pl.col(REVENUE)),
            on="kobling",
            how="left",
            maintain_order="left",
        )
        .with_columns(inntekt_fjor=pl.col("fjor") * people / people.sum().over("kobling"))
        .select(*KNOWN, "svart")
        .join(
            _amounts(survey), left_on="enhet", right_on="region", how="left", maintain_order="left"
        )
    )
    return Population(
        survey.year,
        level.sort("enhet"),
        _same(survey, frame, before),
        published_before(survey.year),
    )


def _amounts(survey: Survey) -> pl.DataFrame:
    """Return what those who answered delivered: region, a column per concept and percentage."""
    shares = tables.valid("indicators", survey.year).filter(
        pl.col("regnskap").cast(pl.String) == "prosent"
    )["begrep"]
    own = survey.panel().drop("aar", "kobling", "folkemengde", "stoerrelsesgruppe")
    return (
        own.with_columns(evaluate.percent(name, survey.year) for name in shares)
        .join(survey.printed(SHARE), on="region", how="left", maintain_order="left")
        .with_columns(pl.coalesce(SHARE, "trykt").alias(SHARE))
        .drop("trykt")
    )


def _before(survey: Survey) -> pl.DataFrame:
    """Return the year before of every `kobling` all of whose parts have accounts then, a column per concept."""
    year = survey.year - 1
    own = survey.indikatorer.filter((pl.col("aar") == year) & (pl.col("type") == "kommune"))
    if year not in survey.years or own.is_empty():
        return pl.DataFrame(schema={"kobling": pl.String, RESULT: pl.Int64, REVENUE: pl.Int64})
    parts = units.with_link(units.known(year), *span(survey.year)).filter(
        pl.col("type") == "kommune"
    )
    whole = (
        parts.collect()
        .with_columns(har=pl.col("region").is_in(own["region"].unique().to_list()))
        .group_by("kobling")
        .agg(pl.col("har").all())
        .filter("har")
    )
    return evaluate.completed(evaluate.wide(own, "kobling"), year).join(
        whole, on="kobling", how="semi"
    )


def _same(survey: Survey, frame: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    people = pl.col("folkemengde").sum()
    joined = (
        frame.sort("enhet")
        .group_by("kobling", maintain_order=True)
        .agg(pl.col("fylke").first(), people, pl.col("svart").all())
        .with_columns(
            enhet="kobling",
            antall=1,
            stoerrelsesgruppe=units.size_group(pl.col("folkemengde")).replace(
                choices.groups(survey.choices)
            ),
        )
        .join(before.select("kobling", inntekt_fjor=REVENUE), on="kobling", how="left")
        .select(*KNOWN, "svart")
    )
    matched = survey.matched(survey.year)
    if matched.is_empty():
        empty = {name: pl.lit(None, dtype=pl.Int64) for name in (REVENUE, REVENUE + BEFORE)}
        return joined.with_columns(svart=pl.lit(value=False), **empty).sort("enhet")
    both = evaluate.completed(evaluate.wide(matched, "aar", "kobling"), survey.year)
    own = pl.col("aar") == survey.year
    concepts = [name for name in both.columns if name not in ("aar", "kobling")]
    now = both.filter(own).drop("aar")
    then = both.filter(~own).select("kobling", pl.col(concepts).name.suffix(BEFORE))
    others = before.join(now, on="kobling", how="anti").select(
        "kobling", pl.col([name for name in concepts if name in before.columns]).name.suffix(BEFORE)
    )
    return (
        joined.join(now, on="kobling", how="left")
        .join(pl.concat([then, others], how="diagonal"), on="kobling", how="left")
        .with_columns(svart=pl.col("svart") & pl.col("kobling").is_in(now["kobling"].to_list()))
        .sort("enhet")
    )


def _hidden(rows: pl.DataFrame, but: tuple[str, ...]) -> pl.DataFrame:
    """Take out what those who have not answered delivered; columns that end in `but` stay."""
    own = [
        name
        for name in rows.columns
        if name not in (*KNOWN, "svart") and not name.endswith(but or ("\0",))
    ]
    return rows.with_columns(pl.when("svart").then(pl.col(own)).name.keep())


def published_before(year: int) -> float | None:
    """Return what a release of the year before said of all municipalities: percent, the middle of a range."""
    said = published.read(year - 1).filter(
        (pl.col("tall_id") == ESTIMATE_OF_ALL)
        & (pl.col("aar") == year - 1)
        & pl.col("verdi").is_not_null()
    )
    if said.is_empty():
        return None
    return float(said.select(published.middle()).to_series()[0])
