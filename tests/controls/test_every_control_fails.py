"""Every control on every one of its forms, in every version; and no slip in controls.csv goes unseen.

The first test holds the specimens against the controls; the others alter each row of the table (its
margin, its forms, its exemptions, its severity, its years) and ask that the specimens see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls import CONTROLS
from kommuneregnskap.controls.rules import Rule
from kommuneregnskap.tables.register import regions_of
from kommuneregnskap.tables.schemas.controls import SEVERITIES
from tests.helpers.control_cases import APPROPRIATION, BALANCE
from tests.helpers.control_corpus import YEARS, Corpus, Fired, corpus, rules_of
from tests.helpers.examples import by_day, examples

# In the control program; all others are errors (feil) in every year.
INFO, WARNING = {"030", "045", "055", "E05"}, {"015"}
CHANGED = {  # severity to 2024 and from 2025
    "035": ("info", "advarsel"),
    "081": ("feil", "advarsel"),
    "126": ("feil", "advarsel"),
    "127": ("feil", "advarsel"),
    "190": ("advarsel", "feil"),
}
# Amounts cannot be added up where form, unit, account or amount is in doubt.
NOT_SUMMED = {f"{number:03d}" for number in range(3, 15)} | {"E05", "E08"}
# Tested in files of their own: they are about files, lists and several units, not about records.
OF_FILES = {"001", "E01", "E02", "E03", "E06", "E07", "E09", "E10", "E11", "E12", "E13"}


@pytest.fixture(scope="session")
def of_year(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Corpus]:
    return lru_cache(lambda year: corpus(tmp_path_factory.mktemp(f"prøver{year}"), year))


def severity(control: str, year: int) -> str:
    if control in CHANGED:
        return CHANGED[control][year >= 2025]
    return "info" if control in INFO else "advarsel" if control in WARNING else "feil"


def as_expected(here: Corpus, control: str, fired: set[Fired]) -> bool:
    """Return whether a control's findings are exactly those that the specimens expect."""
    graded = severity(control, here.year)
    return fired == {(*place, graded) for place in here.expected(control)}


@pytest.mark.slow
@pytest.mark.parametrize("year", by_day(YEARS[::-1], 2))
def test_the_specimens_break_what_they_must(of_year: Callable[[int], Corpus], year: int) -> None:
    here = of_year(year)
    names = {(at, region, s.kind): s.name for at, region, s in here.placed}
    wrong = []
    for control in sorted(set(CONTROLS) - OF_FILES):
        found = here.found(control)
        fired = set(found.select("mappe", "skjema", "region").rows())
        for number, form, region in fired ^ here.expected(control):
            kind = "fylke" if form in ("0C", "0D", "0P", "0Q") else "kommune"
            wrong.append((control, form, names.get((number, region, kind), "ukjent skjema")))
        assert found.drop("alvorlighet").is_duplicated().sum() == 0, control
        assert set(found["alvorlighet"]) <= {severity(control, year)}, control
        assert set(found["kan_regnes"]) <= {control not in NOT_SUMMED}, control
    assert wrong == []


# --- mutants -------------------------------------------------------------------------------------


def altered(rule: Rule, elsewhere: set[str]) -> Iterator[tuple[str, Rule]]:
    """Yield the mutants of a row: one form, exempt region or severity more or less, a margin moved.

    elsewhere: forms on which another term of the control finds the same (025); to have them here as
    well would double the findings, which the first test refuses.
    """
    for form in rule.skjema:
        others = [other for other in rule.skjema if other != form]
        yield f"without form {form}", replace(rule, skjema=others)
    kin = BALANCE if set(rule.skjema) <= BALANCE else APPROPRIATION
    for form in sorted(kin - set(rule.skjema) - elsewhere):
        yield f"with form {form}", replace(rule, skjema=[*rule.skjema, form])
    for name, regions in rule.regions.items():
        for region in regions:
            fewer = {**rule.regions, name: [other for other in regions if other != region]}
            yield f"{name} without {region}", replace(rule, regions=fewer)
        if regions:
            yield f"without {name}", replace(rule, regions={**rule.regions, name: []})
    if "margin" in said(rule):
        for step in (-1, 1) if rule.margin else (1,):
            yield f"margin {step:+d}", replace(rule, margin=rule.margin + step)
    for grade in SEVERITIES:
        if grade != rule.alvorlighet:
            yield f"severity {grade}", replace(rule, alvorlighet=grade)


def said(rule: Rule) -> set[str]:
    """Return which columns of the rule's row are filled in."""
    row = tables.valid("controls", rule.year).filter(
        (pl.col("kontroll") == rule.kontroll) & (pl.col("ledd") == rule.ledd)
    )
    return {name for name, value in row.row(0, named=True).items() if value is not None}


def real_alone(rule: Rule) -> Rule:
    """The rule without the invented regions beside the real ones that its row names: deliveries here are real."""
    known = regions_of(rule.year)["region"].to_list()
    return replace(
        rule,
        regions={
            name: [each for each in named if each in known] for name, named in rule.regions.items()
        },
    )


def beginning(year: int) -> list[Rule]:
    """Return the rows of a year that are not those of the year tested before."""
    earlier = [replace(rule, year=year) for near in YEARS if near < year for rule in rules_of(near)]
    return [rule for rule in rules_of(year) if rule not in earlier]


@pytest.mark.varied
@pytest.mark.parametrize("year", YEARS)
def test_no_altered_row_goes_unseen(of_year: Callable[[int], Corpus], year: int) -> None:
    """Each row in the first of the years tested that it holds in; by day one of six."""
    here = of_year(year)
    survivors = []
    for rule in beginning(year)[:: examples(6, 1)]:
        terms = [other for other in rules_of(year) if other.kontroll == rule.kontroll]
        elsewhere = {form for other in terms if other.ledd != rule.ledd for form in other.skjema}
        own, beside = here.own[rule.kontroll, rule.ledd], here.beside(rule)
        assert as_expected(here, rule.kontroll, own | beside), rule.kontroll
        for name, mutant in altered(real_alone(rule), elsewhere):
            if mutant.alvorlighet == rule.alvorlighet:
                fired = here.fired(mutant)
            else:
                fired = {(*place[:3], mutant.alvorlighet) for place in own}
            if as_expected(here, rule.kontroll, fired | beside):
                survivors.append((rule.kontroll, rule.ledd, name))
    assert survivors == []


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_no_row_can_begin_later_or_end_earlier(of_year: Callable[[int], Corpus], year: int) -> None:
    """Every row is seen in every year: without it something that must fire does not."""
    here = of_year(year)
    unseen = [
        (rule.kontroll, rule.ledd)
        for rule in rules_of(year)
        if as_expected(here, rule.kontroll, here.beside(rule))
    ]
    assert unseen == []


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_no_row_can_begin_earlier_or_end_later(of_year: Callable[[int], Corpus], year: int) -> None:
    """A row of a neighbouring year, beside those of the year, is seen (where the table lets it in)."""
    here = of_year(year)
    held = {(rule.kontroll, rule.ledd) for rule in rules_of(year)}
    others = [rule for near in YEARS if near != year for rule in rules_of(near)]
    strangers = [rule for rule in others if (rule.kontroll, rule.ledd) not in held]
    assert {rule.kontroll for rule in strangers} == ({"081"} if year < 2024 else set())
    for rule in strangers:
        fired = here.fired(replace(rule, year=year))
        assert not as_expected(here, rule.kontroll, fired), rule.kontroll


def test_every_year_in_which_a_row_begins_or_ends_is_tested() -> None:
    table = tables.read("controls")
    ends = {*table["gyldig_fra"], *table["gyldig_til"].drop_nulls()}
    assert ends <= set(YEARS)
