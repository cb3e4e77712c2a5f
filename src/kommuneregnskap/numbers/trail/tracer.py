"""Follows section numbers down to their rows and checks every step on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from kommuneregnskap.numbers.amounts import Amount
from kommuneregnskap.numbers.step import Step, step
from kommuneregnskap.numbers.trail import nearest
from kommuneregnskap.numbers.trail.cells import Cells
from kommuneregnskap.numbers.trail.labels import Labels, concept_in_words, in_order
from kommuneregnskap.numbers.trail.rows import Rows, largest
from kommuneregnskap.numbers.trail.steps import CHECK_SCHEMA, Sum, Trail, check
from kommuneregnskap.survey.survey import Survey

TOP = 15


class Tracer:
    """Follows the section numbers of one survey; what several trails need is looked up once.

    source: where the rows come from. top: how many of the largest are shown. short: sums of other survey
    years than the number's (years in a row) are not followed.
    """

    def __init__(
        self,
        survey: Survey,
        tall: pl.DataFrame,
        vurdering: pl.DataFrame,
        source: Rows | Cells,
        top: int = TOP,
        *,
        short: bool = False,
    ) -> None:
        self.survey = survey
        self.tall = tall
        self.vurdering = vurdering
        self.bench = source.bench
        self.source = source
        self.top = top
        self.short = short
        self._sums: dict[tuple[object, ...], tuple[Sum, dict[str, int]]] = {}

    def follow(self, tall_id: str, year: int) -> Trail:
        """Return the trail of a section number of a year; see `Trail`. Checks are not yet raised."""
        own = self.tall.filter((pl.col("id") == tall_id) & (pl.col("aar") == year)).row(
            0, named=True
        )
        found = step(self.bench, tall_id, year)
        claims = self.vurdering.filter(
            (pl.col("tall_id") == tall_id)
            & (pl.col("aar") == year)
            & (pl.col("dom") != "kontekst")  # of others than this survey is of
        )
        trail = Trail(tall_id, year, own["verdi"], str(own["enhet"]), claims, found)
        checks = list(self._number_checks(trail))
        limits: list[pl.DataFrame] = []
        for each in trail.steps:
            for amount in each.amounts:
                if amount.verdi is not None and not (self.short and each.aar != year):
                    self._add(trail, each, amount, checks, limits)
        return Trail(
            tall_id, year, own["verdi"], str(own["enhet"]), claims, found, trail.sums,
            pl.concat(limits) if limits else pl.DataFrame(),
            nearest.ranking(found),
            pl.DataFrame(checks, schema=CHECK_SCHEMA, orient="row"),
        )  # fmt: skip

    def _number_checks(self, trail: Trail) -> Iterator[tuple[object, ...]]:
        for row in trail.paastander.iter_rows(named=True):
            yield check("påstand", f"{row['id']}: beregnet", row["beregnet"], trail.verdi)
        yield check("tall", "tallet regnet på nytt fra tabellen", trail.verdi, trail.step.verdi)
        known = {
            (name, year): value
            for name, year, value in self.tall.select("id", "aar", "verdi").iter_rows()
        }
        for each in trail.steps[1:]:
            if (each.recipe.tall_id, each.aar) in known and not each.av_de_samme:
                value = known[(each.recipe.tall_id, each.aar)]
                yield check("tall", f"{each.recipe.tall_id} {each.aar}", value, each.verdi)

    def _add(
        self,
        trail: Trail,
        of: Step,
        amount: Amount,
        checks: list[tuple[object, ...]],
        limits: list[pl.DataFrame],
    ) -> None:
        """Follow one sum down; of a count, the units nearest the limit and the amounts behind it."""
        nr = len(trail.sums) + 1
        trail.sums.append(self._sum(nr, of, amount.rolle, amount, checks))
        if of.recipe.slag in ("lavest", "hoeyest") and amount.rolle == "teller":
            limits.append(nearest.extremes(self.bench, nr, of))
        if not amount.counted:
            return
        limits += nearest.limits(self.bench, nr, amount, of)
        for begrep, year in nearest.behind(of, amount):
            part = self.bench.behind(amount, begrep, year)
            if part.verdi is not None:
                nr = len(trail.sums) + 1
                trail.sums.append(self._sum(nr, of, f"bak {amount.rolle}", part, checks))

    def _sum(
        self, nr: int, of: Step, rolle: str, amount: Amount, checks: list[tuple[object, ...]]
    ) -> Sum:
        """Return a sum followed down, and add its checks. The same sum of the same units is followed once."""
        one = of.recipe
        whose = frozenset(amount.deler["enhet"])
        key = (one.enhetstype, one.utvalg, amount.begrep, amount.tjenesteomraade, amount.aar, whose)
        if key not in self._sums:
            self._sums[key] = self._new_sum(of, amount)
        found, sums = self._sums[key]
        name = f"{nr}. {concept_in_words(amount)} {amount.aar}"
        total = amount.verdi or 0
        checks.append(check("enheter", f"{name}: sum over enhetene", total, sums["enheter"]))
        if not amount.counted:
            checks.append(check("ledd", f"{name}: sum over leddene", total, sums["ledd"]))
            what = f"{name}: enheter der radene gir et annet beløp"
            checks.append(check("rader", what, 0, sums["ulike"]))
            what = f"{name}: de største radene og resten"
            checks.append(check("rader", what, sums["ledd"], sums["rader"]))
        return replace(found, nr=nr, tall_id=one.tall_id, rolle=rolle, amount=amount)

    def _new_sum(self, of: Step, amount: Amount) -> tuple[Sum, dict[str, int]]:
        """Return a sum followed down, without its place in a trail, and what is to be compared."""
        labels = Labels(self.bench, of.recipe, of.aar, amount)
        units = labels.units()
        groups = in_order(
            units.group_by("gruppe").agg(
                enheter=pl.len().cast(pl.Int64), bidrag=pl.col("bidrag").sum()
            )
        )
        sums = {"enheter": int(groups["bidrag"].sum())}
        shown = labels.shown(units)
        if amount.counted:
            nothing = pl.DataFrame()
            return Sum(0, "", "", amount, nothing, shown, groups, nothing, (0, 0)), sums
        terms = self.source.terms(amount)
        rows = self.source.rows(amount)
        top = largest(rows, self.top)
        given, most = int(rows["bidrag"].sum()), int(top["bidrag"].sum())
        rest = rows.height - top.height, given - most
        sums |= {
            "ledd": int(terms["sum"].sum()),
            "ulike": _different(rows, amount),
            "rader": most + rest[1],
        }
        return Sum(0, "", "", amount, terms, shown, groups, labels.rows(top), rest), sums


def _different(rows: pl.DataFrame, amount: Amount) -> int:
    """Return how many units' rows add up to another amount than the unit has."""
    by_rows = rows.group_by("enhet").agg(rader=pl.col("bidrag").sum())
    by_unit = amount.deler.group_by("enhet").agg(pl.col("belop").sum())
    both = by_rows.join(by_unit, on="enhet", how="full", coalesce=True)
    return both.filter(pl.col("rader").fill_null(0) != pl.col("belop").fill_null(0)).height
