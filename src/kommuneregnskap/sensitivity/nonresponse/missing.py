"""A number and those who are missing from it: what is known of each side, and the algebra between them."""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap.estimates import confidence
from kommuneregnskap.numbers.sections import respondents
from kommuneregnskap.numbers.values import THOUSANDS_PER_BILLION
from kommuneregnskap.sensitivity.nonresponse import contributions
from kommuneregnskap.sensitivity.nonresponse.contributions import INHABITANTS, PARTS, Contribution
from kommuneregnskap.sources.demo import integers
from kommuneregnskap.survey.survey import Survey

DIFFERENCE, GROWTH, CHANGE = "differanse", "vekst", "endring"
OF_TWO_YEARS = (GROWTH, CHANGE)  # the denominator is the year before: known by how much it grew
DRAWS = 1000
PARTS_OF_DRAW = 2**30


class Case:
    """A number and those who are missing from it.

    recipe: how the number is made; own: its contributions, of respondents outside Oslo; groups: a row per
    size group with n and folk (who answered), mangler and mangler_folk (who did not), and the sums. svart:
    sums of teller, nevner, teller_2, nevner_2 over those who answered; andre: the same of the others, as
    they are taken to be (nan where that cannot be said). band: what `drawn` groups have.
    """

    def __init__(
        self, recipe: Contribution, own: pl.DataFrame, groups: pl.DataFrame, year: int
    ) -> None:
        self.recipe = recipe
        self.own = own
        self.groups = groups
        self.svart = [float(groups[name].sum()) for name in PARTS]
        self.andre = [self._others(name) for name in PARTS]
        self.band = drawn(self, year)

    @classmethod
    def of(cls, survey: Survey, recipe: Contribution, own: pl.DataFrame) -> Case:
        """Return the case of a number; own: its rows of `contributions.of`."""
        everyone = _frame(survey, recipe.matched)
        own = own.filter(pl.col("teller").is_not_null()).join(
            everyone.select("enhet"), on="enhet", how="semi"
        )
        answered = own.group_by("stoerrelsesgruppe").agg(
            pl.len().alias("n"),
            pl.col(INHABITANTS).sum().alias("folk"),
            *(pl.col(name).sum() for name in PARTS),
        )
        groups = (
            everyone.group_by("stoerrelsesgruppe")
            .agg(kommuner=pl.col("antall").sum(), alle=pl.col(INHABITANTS).sum())
            .join(answered, on="stoerrelsesgruppe", how="left")
            .with_columns(pl.col("n", "folk", *PARTS).fill_null(0))
            .sort("stoerrelsesgruppe")
        )
        gone = everyone.join(own.select("enhet"), on="enhet", how="anti")
        missing = gone.group_by("stoerrelsesgruppe").agg(
            mangler=pl.col("antall").sum(), mangler_folk=pl.col(INHABITANTS).sum()
        )
        groups = groups.join(missing, on="stoerrelsesgruppe", how="left").with_columns(
            pl.col("mangler", "mangler_folk").fill_null(0)
        )
        return cls(recipe, own, groups, survey.year)

    def _others(self, part: str) -> float:
        """Return a sum of those who did not answer, all groups together: see `_by_group`."""
        found = self._by_group(part)
        return float("nan") if found is None else float(found["mangler"].sum())

    def _by_group(self, part: str) -> pl.DataFrame | None:
        """Return a sum of those who did not answer: known from the frame, else as those who answered.

        Out: stoerrelsesgruppe, mangler, of the groups where someone is missing. None where nobody of such a
        group answered, so that nothing can be said of it.
        """
        gone = self.groups.filter(pl.col("mangler") > 0)
        spec = self.recipe.what(part)
        if spec == contributions.MUNICIPALITIES:
            amount = pl.col("mangler")
        elif spec == INHABITANTS:
            amount = pl.col("mangler_folk")
        elif spec is None:
            amount = pl.lit(0)
        else:
            if bool((gone["n"] == 0).any()):
                return None
            of, taken = ("n", "mangler") if self.recipe.counted else ("folk", "mangler_folk")
            amount = pl.col(part) / pl.col(of) * pl.col(taken)
        return gone.select("stoerrelsesgruppe", mangler=amount.cast(pl.Float64))

    @property
    def missing(self) -> tuple[int, int]:
        """Return how many municipalities and inhabitants are missing."""
        return int(self.groups["mangler"].sum()), int(self.groups["mangler_folk"].sum())

    def number(self, teller: float | None = None) -> float:
        """Return the number of all municipalities, with `teller` of those missing (None: as taken)."""
        taken = self.andre[0] if teller is None else teller
        a, b, c, d = (
            own + other for own, other in zip(self.svart, (taken, *self.andre[1:]), strict=True)
        )
        form = self.recipe.form
        if form in ("sum", "estimat"):
            return a / THOUSANDS_PER_BILLION
        if form == CHANGE:
            return (a - b) / THOUSANDS_PER_BILLION
        ratio = 100 * a / b if b > 0 else float("nan")
        if form == GROWTH:
            return ratio - 100
        if form == DIFFERENCE:
            return ratio - (100 * c / d if d > 0 else float("nan"))
        return ratio

    def within(self, share: float) -> tuple[float, float] | None:
        """Return the lowest and the highest number that all can have (Manski 2003, Partial Identification, ch. 1).

        Nothing is taken for granted but that what each of those missing is measured by (`measured`) lies where the
        middle `share` (0 to 1) of those who answered in its size group have it: with 1 from the lowest to the
        highest. What a sum is measured against is taken as in `number`. None where a group has nobody to go by.
        """
        known = self._by_group("nevner")
        if known is None or not set(known["stoerrelsesgruppe"]) <= set(
            self.own["stoerrelsesgruppe"]
        ):
            return None
        tail = (1 - share) / 2
        own = measured(self.own, self.recipe.form).drop_nulls("maalt")
        ends = own.group_by("stoerrelsesgruppe").agg(
            lav=pl.col("maalt").quantile(tail, "lower"),
            hoey=pl.col("maalt").quantile(1 - tail, "higher"),
        )
        both = known.join(ends, on="stoerrelsesgruppe", maintain_order="left")
        low, high = (
            self.number(float((both["mangler"] * both[end]).sum()) / 100) for end in ("lav", "hoey")
        )
        return low, high

    def needed(self, limit: float) -> float:
        """Return the numerator of those missing that makes `number` equal to the limit."""
        a, b, c, d = self.svart
        form = self.recipe.form
        if form in ("sum", "estimat"):
            return limit * THOUSANDS_PER_BILLION - a
        if form == CHANGE:
            return limit * THOUSANDS_PER_BILLION + b + self.andre[1] - a
        share = limit / 100 + (form == GROWTH)
        if form == DIFFERENCE:
            share += (c + self.andre[2]) / (d + self.andre[3])
        return share * (b + self.andre[1]) - a

    def measure(self, teller: float) -> float:
        """Return a numerator of those missing as what readers know it by: see `measured`; nan if unknown."""
        nevner = self.andre[1]
        if not nevner > 0:
            return float("nan")
        share = teller / nevner - (self.recipe.form in OF_TWO_YEARS)
        if self.recipe.form == DIFFERENCE:
            share -= self.andre[2] / self.andre[3] if self.andre[3] > 0 else float("nan")
        return 100 * share


def _frame(survey: Survey, matched: bool) -> pl.DataFrame:
    """Return all municipalities outside Oslo: enhet, folkemengde, stoerrelsesgruppe, antall (municipalities).

    Those that are one across a renumbering or split are one row where a number compares two years. Without
    those whose inhabitants are not known.
    """
    rows = respondents.outside_oslo(survey).drop_nulls("stoerrelsesgruppe")
    if not matched:
        return rows.select(
            "stoerrelsesgruppe", INHABITANTS, enhet="region", antall=pl.lit(1, dtype=pl.Int64)
        )
    return contributions.with_people(
        rows.group_by("kobling").agg(antall=pl.len().cast(pl.Int64)).sort("kobling"), survey
    ).select("stoerrelsesgruppe", INHABITANTS, "enhet", "antall")


def measured(rows: pl.DataFrame, form: str) -> pl.DataFrame:
    """Add `maalt`, what readers know a contribution by: percent of its denominator, growth or difference.

    In: teller, nevner, teller_2, nevner_2. Unit: percent or percentage points; null where a denominator is
    not positive.
    """
    ratio: pl.Expr = pl.when(pl.col("nevner") > 0).then(pl.col("teller") / pl.col("nevner"))
    if form in OF_TWO_YEARS:
        ratio = ratio - 1
    if form == DIFFERENCE:
        ratio = ratio - pl.when(pl.col("nevner_2") > 0).then(
            pl.col("teller_2") / pl.col("nevner_2")
        )
    return rows.with_columns(maalt=100 * ratio)


def drawn(case: Case, year: int) -> tuple[float | None, float | None]:
    """Return what groups as the missing have, drawn from those who answered: the middle 95 percent.

    1 000 groups, each of as many municipalities per size group as are missing, drawn with replacement from those who
    answered in it; the measure of each group taken together. It is what the missing would have if it
    were chance who answered within a size group. None where a size group has nobody to draw from. Keyed
    by number, year, draw and place: the same draws everywhere.
    """
    gone = case.groups.filter(pl.col("mangler") > 0)
    if gone.is_empty() or bool((gone["n"] == 0).any()):
        return None, None
    sums = np.zeros((DRAWS, len(PARTS)))
    for group, count in gone.select("stoerrelsesgruppe", "mangler").iter_rows():
        own = case.own.filter(pl.col("stoerrelsesgruppe") == group).sort("enhet")
        amounts = own.select(pl.col(*PARTS).fill_null(0).cast(pl.Float64)).to_numpy()
        keys = integers.uniform(
            f"vippepunkt {case.recipe.tall_id} {group}",
            year,
            np.arange(DRAWS)[:, np.newaxis],
            np.arange(count)[np.newaxis, :],
            parts=PARTS_OF_DRAW,
        )
        sums += amounts[keys * len(own) // PARTS_OF_DRAW].sum(axis=1)
    values = measured(pl.DataFrame(sums, schema=list(PARTS)), case.recipe.form)[
        "maalt"
    ].drop_nulls()
    if values.is_empty():
        return None, None
    low, high = np.quantile(values.to_numpy(), confidence.middle(), method="inverted_cdf")
    return float(low), float(high)
