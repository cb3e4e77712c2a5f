"""What each respondent contributes to a section number, so that it can be computed without anyone of them.

It follows from the number's row in numbers.csv: almost every number is a sum, a ratio of sums or a difference of two,
over municipalities; a test computes all of them both ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.formulas import FIRST, LAST, PER_UNIT, SECOND, in_kroner
from kommuneregnskap.numbers.sections import respondents
from kommuneregnskap.numbers.values import SUMS, THOUSANDS_PER_BILLION
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, numbers, units
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.numbers import PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

PARTS = ("teller", "nevner", "teller_2", "nevner_2")
MUNICIPALITIES, INHABITANTS = "kommuner", "folkemengde"
ESTIMATES = ("estimat", "estimat_forhold")
KIND, ANSWER = "kommune", "svart"
# How a kind of numbers.csv is made of contributions, and which parts of it they are.
FORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sum": ("sum", (FIRST,)),
    "forhold": ("forhold", (FIRST, SECOND)),
    "endring": ("endring", (FIRST, FIRST + LAST)),
    "vekst": ("vekst", (FIRST, FIRST + LAST)),
}


@dataclass(frozen=True)
class Contribution:
    """How a section number of municipalities is made of what each of them contributes.

    form: `sum` in mrd. kr; `antall`; `forhold` in percent; `vekst`: teller over nevner less 100 percent;
    `endring`: teller less nevner in mrd. kr; `differanse`: teller/nevner less teller_2/nevner_2; `estimat`
    and `estimat_forhold`: as sum and forhold, grossed up by inhabitants per size group. made_of: for each part
    the recipe and the role in it that gives it; None: the part is one per unit of the first.
    """

    tall_id: str
    form: str
    made_of: tuple[tuple[Recipe, str] | None, ...]

    @property
    def one(self) -> Recipe:
        """The recipe whose units they are."""
        first = self.made_of[0]
        assert first is not None  # only a denominator is left out
        return first[0]

    @property
    def matched(self) -> bool:
        """Whether it is of the same respondents in two years."""
        return self.one.same_units

    @property
    def enhet(self) -> str:
        """The unit of the number, an id of `columns.ENHETER`."""
        kroner = ("sum", "endring", "estimat")
        other = {"antall": "antall", "differanse": "prosentpoeng"}
        return "mrd_kr" if self.form in kroner else other.get(self.form, "prosent")

    def what(self, part: str) -> str | None:
        """Return what a part is an amount of: a concept, MUNICIPALITIES or INHABITANTS; None where there is none."""
        place = PARTS.index(part)
        if place >= len(self.made_of):
            return None
        made = self.made_of[place]
        if made is None:
            return MUNICIPALITIES
        one, second = made[0], made[1].startswith(SECOND)
        text, limited = (
            (one.nevner, one.nevner_vilkaar) if second else (one.teller, one.teller_vilkaar)
        )
        # Who is counted under a condition is known of those who answered alone.
        return text if limited else {UNITS: MUNICIPALITIES, PEOPLE: INHABITANTS}.get(text, text)

    @property
    def counted(self) -> bool:
        """Whether it is a number or a share of municipalities."""
        return MUNICIPALITIES in (self.what("teller"), self.what("nevner"))


def contribution(tall_id: str, made: Choices = ()) -> Contribution | None:
    """Return how a section number is made of contributions under choices; None where it is not."""
    one = numbers.recipe(tall_id, made)
    if one.enhetstype != KIND:
        return None
    if one.slag == "likt":
        found = contribution(one.teller, made)
        return None if found is None else Contribution(tall_id, found.form, found.made_of)
    if one.slag == "differanse":
        return _difference(tall_id, *(contribution(each, made) for each in one.made_of))
    if one.slag == schema.ESTIMATE:
        return _estimate(tall_id, one, numbers.recipe(one.teller, made), made)
    weighed = one.vektes and choices.setting(made, "vekting") != SUMS
    return None if weighed or one.slag not in FORMS else _of_amounts(tall_id, one)


def _of_amounts(tall_id: str, one: Recipe) -> Contribution | None:
    form, roles = FORMS[one.slag]
    parts: tuple[tuple[Recipe, str] | None, ...] = tuple((one, rolle) for rolle in roles)
    # Who leaves is still one of those who could have answered: of them, only those who did can be counted so.
    who_answered = one.utvalg == schema.FRAME and ANSWER in one.condition("teller_vilkaar").columns
    if form == "sum" and one.teller == UNITS and (one.utvalg in ANSWERED or who_answered):
        return Contribution(tall_id, "antall", (*parts, None))
    per_head = one.enhet in PER_UNIT
    return Contribution(tall_id, form, parts) if one.utvalg in ANSWERED and not per_head else None


ANSWERED = (schema.ANSWERED, schema.OUTSIDE_OSLO, schema.SAME, schema.SAME_NEGATIVE)


def _difference(
    tall_id: str, first: Contribution | None, second: Contribution | None
) -> Contribution | None:
    """Return the difference of two ratios or two growths of the same units; others are not described."""
    if first is None or second is None or first.form not in ("forhold", "vekst"):
        return None
    if first.form != second.form or first.one.utvalg != second.one.utvalg:
        return None
    return Contribution(tall_id, "differanse", (*first.made_of, *second.made_of))


def _estimate(tall_id: str, one: Recipe, of: Recipe, made: Choices) -> Contribution | None:
    """Return the ratio estimate by size group, of amounts; by another estimator it is not described."""
    usual = choices.setting(made, "anslag") == choices.setting((), "anslag")
    if of.slag not in ("sum", "forhold") or of.teller == UNITS or not usual:
        return None
    form = "estimat" if of.slag == "sum" else "estimat_forhold"
    own = numbers.among(of, one.utvalg)
    return Contribution(tall_id, form, tuple((own, rolle) for rolle in FORMS[of.slag][1]))


def against(one: Contribution, concept: str) -> Contribution:
    """Return a contribution with a denominator that says what a sum is measured against, a concept."""
    over = numbers.over(one.one, concept)
    return Contribution(one.tall_id, one.form, (*one.made_of[:1], (over, SECOND)))


def of(survey: Survey, chosen: Sequence[Contribution]) -> pl.DataFrame:
    """Return what each respondent municipality contributes to section numbers.

    Out: tall_id, form, samme (Bool), enhet (region; kobling where `samme`), folkemengde (persons),
    stoerrelsesgruppe, teller, nevner, teller_2, nevner_2 (1000 kr, persons or municipalities; null where
    the source lacks it). Estimates have municipalities outside Oslo only. One row per unit and number; none of a sum in
    kroner or of a count that is missing.
    """
    found = Evaluator(survey)
    parts = []
    for each in chosen:
        # A sum in kroner of a part of those it is said of is missing, whoever leaves; so is a count of what nobody has.
        lacks = not survey.gives.whole and (in_kroner(each.one) or each.form == "antall")
        if lacks and found.value(each.one.tall_id, survey.year) is None:
            continue
        rows = found.frame(found.key(each.one, survey.year))
        if each.one.utvalg == schema.FRAME:
            rows = rows.filter("svart")
        parts.append(
            rows.select(
                "enhet",
                "stoerrelsesgruppe",
                pl.col(PEOPLE).alias(INHABITANTS),
                tall_id=pl.lit(each.tall_id),
                form=pl.lit(each.form),
                samme=pl.lit(each.matched),
                **{name: _amount(found, each, place, rows) for place, name in enumerate(PARTS)},
            ).with_columns(
                nevner=pl.when(pl.col("teller").is_not_null()).then(pl.col("nevner"))
                if each.counted
                else pl.col("nevner")
            )
        )
    if not parts:
        return _empty()
    return pl.concat(parts).select(_empty().columns)


def _empty() -> pl.DataFrame:
    text = dict.fromkeys(("enhet", "stoerrelsesgruppe", "tall_id", "form"), pl.String)
    return pl.DataFrame(
        schema=text | {"samme": pl.Boolean} | dict.fromkeys((INHABITANTS, *PARTS), pl.Int64)
    )


def _amount(found: Evaluator, each: Contribution, place: int, rows: pl.DataFrame) -> pl.Expr:
    """Return a part of a number, of each unit: 0 where it is not counted, null where the number is not about it."""
    if place >= len(each.made_of):
        return pl.lit(None, dtype=pl.Int64)
    made = each.made_of[place]
    if made is None:
        return pl.lit(1, dtype=pl.Int64)
    part = found.parts.part(*made, rows)
    amount = part.amount.fill_null(0) if part.zero else part.amount
    value = pl.when(part.own).then(amount).otherwise(0)
    whole = value if part.whole is None else pl.when(part.whole).then(value)
    return whole.cast(pl.Int64)


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
