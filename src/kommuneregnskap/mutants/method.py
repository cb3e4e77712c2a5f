"""Errors in the method, generated: every cell of numbers.csv that means something is changed, one at a time.

An error is seen where a notebook computes another value than the table then gives, or where the table is refused. The
notebooks compute apart from the table, so that a wrong row and a wrong notebook would have to be wrong alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap.mutants import telling
from kommuneregnskap.mutants.run import panel
from kommuneregnskap.notebooks import computing
from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.sources import published_figures
from kommuneregnskap.sources.source import INVENTED
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import replacing
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import bands, choices, numbers, sections
from kommuneregnskap.tables.mutants import YEAR
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema
from kommuneregnskap.verdicts.agreement import same

FILE = "metodemutanter-{year}-demo.csv"
SCHEMA = dict.fromkeys(("tall_id", "kolonne", "fra", "til", "sett"), pl.String)
SEEN, REFUSED, SURVIVES, APART = "ja", "avvist", "nei", "regnes ikke i en notatbok"
TURNED = {"<": ">", ">": "<", "<=": ">", ">=": "<"}
LIMIT = re.compile(r"(?<=[<>] )-?\d+(\.\d+)?|(?<=[<>]= )-?\d+(\.\d+)?")
SIGN = re.compile(r"[<>]=?")
OTHER = "fjorandel=egen,vekting=uveid"  # choices under which the notebooks compute a second time
COUNTY = "fylkeskommune"
WITH_OSLO = {schema.ANSWERED: schema.OUTSIDE_OSLO, schema.FRAME: schema.FRAME_WITH_OSLO}
WHO_ANSWERED = "svart er ja"
FURTHER = 3  # how far a limit is moved, percent or 1000 kr
# What stands beside a concept among those that the table names: put in its place.
CONCEPTS = (
    *("brutto_driftsinntekter", "brutto_driftsutgifter", "netto_driftsresultat"),
    *("brutto_investeringsutgifter", "disposisjonsfond"),
)
KINDS = {
    "sum": ("endring",),
    "endring": ("sum", "vekst"),
    "vekst": ("endring",),
    "lavest": ("hoeyest",),
    "hoeyest": ("lavest",),
    "rang_hoeyest": ("rang_lavest",),
    "rang_lavest": ("rang_hoeyest",),
    "differanse": ("sum_av_tall",),
    "sum_av_tall": ("differanse",),
    "fast_pris": ("differanse",),
}


@dataclass(frozen=True)
class Change:
    """A wrong cell of numbers.csv: in which row and column, what stands there and what is put in its place."""

    tall_id: str
    kolonne: str
    fra: str
    til: str


def changes() -> list[Change]:
    """Return every change that is tried, in the order of the table: numerator, denominator, whom, year, unit, kind."""
    return list(dict.fromkeys(each for one in numbers.rows() for each in _of_row(one)))


def _of_row(one: Recipe) -> Iterator[Change]:
    def change(field: str, to: str) -> Change:
        return Change(one.tall_id, field, str(getattr(one, field)), to)

    for field in ("teller", "nevner") if one.slag != schema.LOOKED_UP else ():
        yield from (change(field, to) for to in _parts(one, getattr(one, field)))
    for field in numbers.CONDITIONS:
        yield from (change(field, to) for to in _conditions(getattr(one, field)))
    if one.slag in schema.SUMS:
        others = [each for each in ("kommune", COUNTY) if each != one.enhetstype]
        yield from (change("enhetstype", to) for to in others)
        yield from (change("utvalg", to) for to in _others(one))
    if one.same_units:  # others have no year before
        yield change("aar", schema.BEFORE if one.aar != schema.BEFORE else schema.NOW)
    yield from (change("slag", to) for to in KINDS.get(one.slag, ()))
    if one.slag in ("sum", "endring", "forhold"):
        units = {"mrd_kr": "antall", "prosent": "kr", "kr": "prosent"}
        yield from (change("enhet", units[each]) for each in (one.enhet,) if each in units)
    if one.nevner and one.nevner != one.teller and one.slag != "sum_av_tall":
        yield Change(
            one.tall_id, "teller|nevner", f"{one.teller}|{one.nevner}", f"{one.nevner}|{one.teller}"
        )


def _others(one: Recipe) -> Iterator[str]:
    """Yield whose a number could be instead; not those of whom it is the same number.

    Oslo is no county municipality: of those none is left out with it. Who answered among all are who answered.
    """
    alike = {one.utvalg}
    of_counties = one.enhetstype == COUNTY
    if of_counties and one.utvalg in WITH_OSLO:
        alike.add(WITH_OSLO[one.utvalg])
    if one.teller_vilkaar == WHO_ANSWERED and not one.nevner:
        alike |= {schema.OUTSIDE_OSLO, schema.ANSWERED} if of_counties else {schema.OUTSIDE_OSLO}
    yield from (to for to in schema.UTVALG if to not in alike)


def _parts(one: Recipe, text: str) -> Iterator[str]:
    """Yield what could stand in the place of a part: other amounts, the whole for an area, other numbers."""
    if not text:
        return
    if one.made_of:
        beside = [each.tall_id for each in numbers.rows() if each.seksjon == one.seksjon]
        place = beside.index(text) if text in beside else 0
        yield from (each for each in beside[max(place - 1, 0) : place + 2] if each != text)
        return
    concept, sign, area = text.partition(AREA_SIGN)
    if concept in (UNITS, PEOPLE):
        yield UNITS if concept == PEOPLE else PEOPLE
        return
    yield from (each + sign + area for each in CONCEPTS if each != concept)
    if area:
        yield concept


def _conditions(text: str) -> Iterator[str]:
    """Yield a condition dropped, a part of it dropped, each sign turned, each limit moved, each band another."""
    if not text:
        return
    yield ""
    for sign in (" og ", " eller "):
        parts = text.split(sign)
        if len(parts) > 1:
            yield from (sign.join(parts[:n] + parts[n + 1 :]) for n in range(len(parts)))
    for found in SIGN.finditer(text):
        yield text[: found.start()] + TURNED[found.group()] + text[found.end() :]
    for found in LIMIT.finditer(text):
        for step in (-FURTHER, FURTHER):
            yield text[: found.start()] + f"{float(found.group()) + step:g}" + text[found.end() :]
    known = bands.bands()["baand"].to_list()
    words = text.split(" ")
    for place, word in enumerate(words):
        if word in known:
            beside = known[(known.index(word) + 1) % len(known)]
            yield " ".join([*words[:place], beside, *words[place + 1 :]])


@dataclass(frozen=True)
class World:
    """A survey, what the notebooks compute on it (id → value), and its numbers as the table has them."""

    survey: Survey
    computed: Mapping[str, float | None]
    right: Evaluator


def worlds() -> list[World]:
    """Run the notebooks that compute on surveys that tell rows apart. Raises as they do.

    The synthetic panel of YEAR as usual and under OTHER, with odd cases (`telling.panels`) both ways, and the open
    figures with cells missing (`telling.lacking`): two rows may mean the same on one that do not on another.
    """
    usual, other = panel(), choices.parse(OTHER)
    first, second = telling.panels(usual)
    open_figures = telling.lacking(open_survey(year=YEAR, source=published_figures.SOURCE.name))
    return [
        world(each)
        for each in (usual, usual.under(other), first, second, second.under(other), open_figures)
    ]


def world(opened: Survey) -> World:
    """Run the notebooks that compute on a survey. Raises as they do."""
    found: dict[str, float | None] = {}
    for path in sections.notebooks():
        found |= computing.values(path, opened)
    right = Evaluator(opened)
    right.values(right.ids, opened.year)
    return World(opened, found, right)


def seen(change: Change, known: Sequence[World]) -> str:
    """Return what becomes of a change on some surveys: the best that one of them says."""
    said = {_seen(change, each) for each in known}
    return next(each for each in (SEEN, REFUSED, SURVIVES, APART) if each in said)


def _seen(change: Change, known: World) -> str:
    """Return whether a notebook sees a change: SEEN, REFUSED by the reader of the table, SURVIVES, or APART.

    APART: no notebook computes the number, or one that is made of it.
    """
    wrong = known.right.altered(change.tall_id, _cells(change))
    touched = [name for name in known.computed if wrong.rests_on(name, change.tall_id)]
    if not touched:
        return APART
    try:
        values = wrong.values(touched, known.survey.year)
    except DataError:
        return REFUSED
    agree = all(same(values[name], known.computed[name]) for name in touched)
    return SURVIVES if agree else SEEN


def _cells(change: Change) -> dict[str, str]:
    return dict(zip(change.kolonne.split("|"), change.til.split("|"), strict=True))


def run(known: Sequence[World], tried: Sequence[Change]) -> pl.DataFrame:
    """Return what became of changes: tall_id, kolonne, fra, til, sett (`ja`, `avvist`, `nei`, `regnes ikke …`)."""
    rows = [(each.tall_id, each.kolonne, each.fra, each.til, seen(each, known)) for each in tried]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def write(found: pl.DataFrame, folder: Path) -> Path:
    """Write what became of every change into a folder; return the file."""
    path = folder / FILE.format(year=YEAR)
    with replacing(path) as temporary:
        found.with_columns(regnskaper=pl.lit(INVENTED)).write_csv(temporary)
    return path
