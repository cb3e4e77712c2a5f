"""What each respondent contributes to a section number, so that it can be computed without anyone of them.

Method: data/definitions/contributions.csv. Almost every section number is a sum, a ratio of sums or a
difference of two, over municipalities; a test computes all of them both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.sections import funds, respondents, results
from kommuneregnskap.numbers.values import THOUSANDS_PER_BILLION
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, units
from kommuneregnskap.tables.schemas.nonresponse import AREA

PARTS = ("teller", "nevner", "teller_2", "nevner_2")
MUNICIPALITIES, INHABITANTS = "kommuner", "folkemengde"
MATCHED = ("samme", "fondsendring")  # frames of the same respondents in both years, by kobling
ESTIMATES = ("estimat", "estimat_forhold")
SPEC = re.compile(
    r"(?P<navn>\w+?)(/(?P<omraade>\w+))?(@(?P<aar>foer))?(=(?P<verdi>\w+))?(\*(?P<vilkaar>\w+))?"
)


@dataclass(frozen=True)
class Recipe:
    """A row of contributions.csv for one section number, with the service area filled in."""

    tall_id: str
    form: str
    ramme: str
    teller: str
    nevner: str | None
    teller_2: str | None
    nevner_2: str | None

    @property
    def matched(self) -> bool:
        """Whether it is of the same respondents in two years."""
        return self.ramme in MATCHED

    @property
    def enhet(self) -> str:
        """The unit of the number, an id of `columns.ENHETER`."""
        kroner = ("sum", "endring", "estimat")
        other = {"antall": "antall", "differanse": "prosentpoeng"}
        return "mrd_kr" if self.form in kroner else other.get(self.form, "prosent")

    @property
    def counted(self) -> bool:
        """Whether it is a number or a share of municipalities."""
        return MUNICIPALITIES in (self.nevner, self.teller)


def recipe(tall_id: str) -> Recipe | None:
    """Return how a section number is made of contributions; None where contributions.csv does not say."""
    for row in tables.read("contributions").iter_rows(named=True):
        pattern = re.escape(row["tall_id"]).replace(re.escape(AREA), r"(?P<omraade>\w+)")
        hit = re.fullmatch(pattern, tall_id)
        if hit:
            area = hit.groupdict().get("omraade", "")
            parts = {name: row[name] and row[name].replace(AREA, area) for name in PARTS}
            return Recipe(tall_id=tall_id, form=row["form"], ramme=row["ramme"], **parts)
    return None


def of(survey: Survey, chosen: list[Recipe]) -> pl.DataFrame:
    """Return what each respondent municipality contributes to section numbers.

    Out: tall_id, form, samme (Bool), enhet (region; kobling where `samme`), folkemengde (persons),
    stoerrelsesgruppe, teller, nevner, teller_2, nevner_2 (1000 kr, persons or municipalities; null where
    the source lacks it). Estimates have municipalities outside Oslo only. One row per unit and number.
    """
    matched_amounts = _matched(survey, chosen)
    own = _own(survey, chosen)
    frames = {
        "regnskap": own(results.per_unit(survey)),
        "fond": own(funds.per_unit(survey)),
        "svar": own(respondents.outside_oslo(survey).filter("svart")),
        "samme": matched_amounts,
        "fondsendring": with_people(funds.movement(survey), survey),
    }
    outside = respondents.outside_oslo(survey)["region"].to_list()
    parts = []
    for each in chosen:
        rows = frames[each.ramme]
        if each.form in ESTIMATES:
            rows = rows.filter(pl.col("enhet").is_in(outside))
        zero = survey.gives.whole  # a file without the row has no amount; a table is silent
        parts.append(
            rows.select(
                "enhet",
                INHABITANTS,
                "stoerrelsesgruppe",
                tall_id=pl.lit(each.tall_id),
                form=pl.lit(each.form),
                samme=pl.lit(each.matched),
                **{name: _amount(rows, getattr(each, name), zero) for name in PARTS},
            ).with_columns(nevner=_counted(each))
        )
    return pl.concat(parts) if parts else _empty()


def _empty() -> pl.DataFrame:
    text = dict.fromkeys(("enhet", "stoerrelsesgruppe", "tall_id", "form"), pl.String)
    return pl.DataFrame(
        schema=text | {"samme": pl.Boolean} | dict.fromkeys((INHABITANTS, *PARTS), pl.Int64)
    )


def _counted(each: Recipe) -> pl.Expr:
    """Return the denominator; a municipality of which nothing is known counts in neither side."""
    if each.nevner != MUNICIPALITIES:
        return pl.col("nevner")
    return pl.when(pl.col("teller").is_not_null()).then(pl.col("nevner"))


def _amount(rows: pl.DataFrame, spec: str | None, zero: bool) -> pl.Expr:
    """Return the column that a cell of contributions.csv names, as Int64."""
    if spec is None:
        return pl.lit(None, dtype=pl.Int64)
    hit = SPEC.fullmatch(spec)
    assert hit is not None  # the schema has let it through
    name = column_of(spec)
    if name == MUNICIPALITIES:
        return pl.lit(1, dtype=pl.Int64)
    if name not in rows.columns:
        return pl.lit(0 if zero and hit["omraade"] else None, dtype=pl.Int64)
    value = pl.col(name)
    if hit["verdi"]:
        value = value == hit["verdi"]
    if hit["vilkaar"]:
        value = pl.when(pl.col(hit["vilkaar"])).then(value).otherwise(0)
    value = value.cast(pl.Int64)
    return value.fill_null(0) if zero and hit["omraade"] else value


def column_of(spec: str) -> str:
    """Return the column that a cell of contributions.csv is about, without condition and value."""
    return re.split(r"[=*]", spec)[0]


def _area_concepts(chosen: list[Recipe]) -> pl.DataFrame:
    """Return the concepts by service area that the recipes need: begrep, tjenesteomraade."""
    hits = [
        SPEC.fullmatch(spec) for each in chosen for name in PARTS if (spec := getattr(each, name))
    ]
    pairs = sorted({(hit["navn"], hit["omraade"]) for hit in hits if hit and hit["omraade"]})
    return pl.DataFrame(
        pairs, schema={"begrep": pl.String, "tjenesteomraade": pl.String}, orient="row"
    )


def _own(survey: Survey, chosen: list[Recipe]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return a function that gives a frame of the survey year its key and its amounts by area."""
    by_area = (
        survey.indikatorer.filter(pl.col("aar") == survey.year)
        .join(_area_concepts(chosen), on=["begrep", "tjenesteomraade"], how="semi")
        .with_columns(spalte=pl.col("begrep") + "/" + pl.col("tjenesteomraade"))
        .group_by("region", "spalte")
        .agg(pl.col("belop").sum())
    )
    spread = by_area.pivot("spalte", index="region", values="belop", sort_columns=True)

    def keyed(rows: pl.DataFrame) -> pl.DataFrame:
        if spread.width > 1:
            rows = rows.join(spread, on="region", how="left", maintain_order="left")
        return rows.with_columns(enhet="region")

    return keyed


def _matched(survey: Survey, chosen: list[Recipe]) -> pl.DataFrame:
    """Return a row per kobling of the same respondents: a column per amount, those of last year with @foer."""
    rows = survey.matched(survey.year)
    needed = pl.concat(
        [
            _area_concepts(chosen),
            rows.filter(pl.col("tjenesteomraade").is_null())
            .select("begrep", "tjenesteomraade")
            .unique(),
        ]
    )
    named = rows.join(
        needed, on=["begrep", "tjenesteomraade"], how="semi", nulls_equal=True
    ).with_columns(
        spalte=pl.col("begrep")
        + pl.when(pl.col("tjenesteomraade").is_null())
        .then(pl.lit(""))
        .otherwise("/" + pl.col("tjenesteomraade"))
        + pl.when(pl.col("aar") == survey.year).then(pl.lit("")).otherwise(pl.lit("@foer"))
    )
    spread = named.pivot("spalte", index="kobling", values="belop", sort_columns=True)
    return with_people(spread.sort("kobling"), survey)


def with_people(rows: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Add the key, the inhabitants and the size group of a kobling, its parts taken together."""
    people = (
        survey.enheter.filter(pl.col("type") == "kommune")
        .group_by("kobling")
        .agg(pl.col(INHABITANTS).sum())
        .with_columns(
            stoerrelsesgruppe=units.size_group(pl.col(INHABITANTS)).replace(
                choices.groups(survey.choices)
            )
        )
    )
    return rows.join(people, on="kobling", how="left", maintain_order="left").with_columns(
        enhet="kobling"
    )


def sums() -> list[pl.Expr]:
    """Return the sums of the parts, and of how many they are (`n_<part>`), over rows of `of`."""
    return [
        expression
        for name in PARTS
        for expression in (
            pl.col(name).sum().cast(pl.Float64),
            pl.col(name).count().cast(pl.Int64).alias(f"n_{name}"),
        )
    ]


def value() -> pl.Expr:
    """Return the section number over columns of `sums` and `form`: mrd. kr, a count, or percent.

    Null where a sum is of nobody or a denominator is not positive, as in the sections.
    """
    a, b, c, d = (pl.col(name) for name in PARTS)
    form = pl.col("form")
    known = pl.col("n_teller") > 0
    ratio = pl.when(b > 0).then(100 * a / b)
    return (
        pl.when(form == "antall")
        .then(a)
        .when(~known)
        .then(None)
        .when(form.is_in(["sum", "estimat"]))
        .then(a / THOUSANDS_PER_BILLION)
        .when(form == "endring")
        .then((a - b) / THOUSANDS_PER_BILLION)
        .when(form.is_in(["forhold", "estimat_forhold"]))
        .then(ratio)
        .when(form == "vekst")
        .then(ratio - 100)
        .when(form == "differanse")
        .then(ratio - pl.when(d > 0).then(100 * c / d))
    )


def people_of(survey: Survey) -> pl.DataFrame:
    """Return the inhabitants of all municipalities outside Oslo: stoerrelsesgruppe, alle (persons).

    Without those whose inhabitants, and so whose size, are not known.
    """
    return (
        respondents.outside_oslo(survey)
        .drop_nulls("stoerrelsesgruppe")
        .group_by("stoerrelsesgruppe")
        .agg(alle=pl.col(INHABITANTS).sum())
    )
