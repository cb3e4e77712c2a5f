"""The specimens of `tests.helpers.control_sums` as delivered files of a year, and what the controls say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import CONTROLS, Case
from kommuneregnskap.controls.rules import Rule, rules
from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.survey import accounts
from tests.helpers.accounts import BALANCE_FORM, deliver
from tests.helpers.control_cases import KINDS, UNKNOWN_FORM, Specimen
from tests.helpers.control_sums import SPECIMENS

# Every year in which a row of controls.csv begins or ends, and the last one known.
YEARS = (2020, 2022, 2023, 2024, 2025, 2026)
# What is said of whom: folder number, form, region (together they name a specimen), severity.
Fired = tuple[int, str, str, str]
RESERVED = {specimen.region for specimen in SPECIMENS if specimen.region}


@dataclass(frozen=True)
class Corpus:
    """All specimens of a year, delivered in as many folders as it takes to give each its own region.

    placed: folder number and region of every specimen. cases: a controlled delivery per folder.
    findings: what `accounts.control_years` found, with `mappe` (folder number).
    """

    year: int
    placed: list[tuple[int, str, Specimen]]
    cases: list[Case]
    findings: pl.DataFrame
    few: dict[str, dict[int, Case]] = field(default_factory=dict)

    @cached_property
    def own(self) -> dict[tuple[str, int], set[Fired]]:
        """What each rule of the year finds by itself: control and term → fired."""
        return {(rule.kontroll, rule.ledd): self.fired(rule) for rule in rules_of(self.year)}

    def beside(self, rule: Rule) -> set[Fired]:
        """Return what the other terms of the rule's control find."""
        same = [
            fired
            for (control, term), fired in self.own.items()
            if control == rule.kontroll and term != rule.ledd
        ]
        return set().union(*same)

    def of(self, control: str) -> list[tuple[int, str, Specimen]]:
        return [place for place in self.placed if control in place[2].fires]

    def expected(self, control: str) -> set[tuple[int, str, str]]:
        """Return what must fire: folder number, form and region."""
        return {
            (number, form, region)
            for number, region, specimen in self.of(control)
            for form in specimen.expected(control)
        }

    def found(self, control: str) -> pl.DataFrame:
        """Return the findings of a control in the specimens that look at it."""
        return _looked_at(self.findings.filter(pl.col("kontroll") == control), self.of(control))

    def fired(self, rule: Rule) -> set[Fired]:
        """Return what one rule finds, run by itself on the specimens that look at its control."""
        places = self.of(rule.kontroll)
        found: set[Fired] = set()
        for number, case in self._cases_of(rule.kontroll).items():
            rows = CONTROLS[rule.kontroll](case, rule).collect().with_columns(mappe=number)
            found |= {
                (number, form, region, rule.alvorlighet)
                for form, region in _looked_at(rows, places).select("skjema", "region").rows()
            }
        return found

    def _cases_of(self, control: str) -> dict[int, Case]:
        """Return the deliveries with the records of the specimens that look at a control, no others."""
        if control not in self.few:
            places = self.of(control)
            self.few[control] = {
                number: self._case(number, places)
                for number in sorted({number for number, _, _ in places})
            }
        return self.few[control]

    def _case(self, number: int, places: list[tuple[int, str, Specimen]]) -> Case:
        case = self.cases[number]
        records = _looked_at(case.delivery.records.with_columns(mappe=number), places)
        return replace(case, delivery=replace(case.delivery, records=records.drop("mappe")))


def _looked_at(rows: pl.DataFrame, places: list[tuple[int, str, Specimen]]) -> pl.DataFrame:
    """Keep the rows (mappe, skjema, region) that are of these specimens."""
    appropriation = pl.col("skjema").replace(
        {balance: form for form, balance in BALANCE_FORM.items()}
    )
    of_forms = {
        (number, region, form)
        for number, region, specimen in places
        for form in (*KINDS[specimen.kind], UNKNOWN_FORM)
    }
    wanted = pl.DataFrame(sorted(of_forms), schema=["mappe", "region", "form"], orient="row")
    return (
        rows.with_columns(pl.col("mappe").cast(pl.Int64), form=appropriation)
        .join(wanted, on=["mappe", "region", "form"], how="semi", maintain_order="left")
        .drop("form")
    )


def _free_regions(year: int) -> dict[str, list[str]]:
    municipalities = tables.valid("kommune", year)["kommunenummer"].sort()
    counties = tables.valid("fylke", year)["fylkeskommune"].drop_nulls().sort()
    return {
        kind: [number + "00" for number in numbers if number + "00" not in RESERVED]
        for kind, numbers in (("kommune", municipalities), ("fylke", counties))
    }


def place(year: int, specimens: Iterable[Specimen]) -> list[tuple[int, str, Specimen]]:
    """Give each specimen of a year a folder number and a region that it has to itself there."""
    free = _free_regions(year)
    taken: set[tuple[int, str, str]] = set()
    placed = []
    for specimen in specimens:
        if not specimen.first <= year <= specimen.last:
            continue
        choices = [specimen.region] if specimen.region else free[specimen.kind]
        number = 0
        while not (left := [r for r in choices if (number, specimen.kind, r) not in taken]):
            number += 1
        taken.add((number, specimen.kind, left[0]))
        placed.append((number, left[0], specimen))
    return placed


def corpus(folder: Path, year: int) -> Corpus:
    """Deliver the specimens of a year below `folder`, and control them."""
    placed = place(year, SPECIMENS)
    cases, findings = [], []
    for number in range(max(place[0] for place in placed) + 1):
        here = folder / str(number)
        text = [
            line
            for at, region, specimen in placed
            if at == number
            for line in specimen.records(year, region)
        ]
        deliver(here, text, year=year)
        controlled = accounts.control_years(here, [year], "", "leverte")[year]
        cases.append(Case(delivery.read(here, year, ""), controlled.indikatorer))
        findings.append(controlled.kontroll.with_columns(mappe=number))
    return Corpus(year, placed, cases, pl.concat(findings))


@cache
def rules_of(year: int) -> list[Rule]:
    """Return the rules of a year that the specimens look at, their code sets sorted."""
    looked_at = {control for specimen in SPECIMENS for control in specimen.fires}
    return [
        replace(rule, codes={name: sorted(codes) for name, codes in rule.codes.items()})
        for rule in rules(year)
        if rule.kontroll in looked_at
    ]
