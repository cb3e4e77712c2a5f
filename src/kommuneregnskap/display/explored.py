"""For whoever explores: all of one unit, or one concept of all, one's own too; as rows of the tidy frame."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.opening import latest
from kommuneregnskap.display.tidy_frame import tidy
from kommuneregnskap.support.errors import UsageError, one_line
from kommuneregnskap.support.nearest import nearest
from kommuneregnskap.survey import named, own_concept
from kommuneregnskap.survey.own_concept import Codes
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.numbers import UNITS

AREA = "tjenesteomraade"


def unit(
    who: str | int, *begreper: str, areas: bool = False, survey: Survey | None = None
) -> pl.DataFrame:
    """Return all that is known of one municipality or county municipality, by name or number: `kr.unit("Bodø")`.

    who: `Bodø`, `bodo`, `1804`, 1804, `Gáivuotna` (Kåfjord); where two share a name, with the county: `Herøy
    (Nordland)`.
    begreper: these concepts alone; none named: all. areas: by service area, and not for the unit as a whole.
    survey: the one that was opened last, where none is given.

    Out: rows and columns of `kr.tidy`, by begrep and aar. Of an earlier year only where the unit was the same one,
    also under another number: what was merged or split since has no rows. Raises UsageError for a name or number that
    is nobody's (naming the nearest, or what became of it), one that two share, a concept that is not defined (naming
    the nearest), and a unit without accounts. Of a concept that the source has of nobody there are no rows, and a line
    below the cell says so.
    """
    asked = latest(survey)
    found = named.find(asked, who)
    rows = tidy(asked)
    own = _of_concepts(asked, rows, begreper) if begreper else pl.col("begrep") != UNITS
    kept = rows.filter(own, _whole(areas=areas)).join(
        _numbers(asked, found["region"]), on=["aar", "region"], how="semi"
    )
    if kept.is_empty() and not begreper and not areas:
        raise UsageError(
            f"{found['navn']} ({found['region']}) has no accounts in {asked.year} here; there are "
            f"{named.some(asked)}"
        )
    return kept.sort("begrep", AREA, "aar", nulls_last=False)


def concept(
    begrep: str,
    *,
    arter: Codes = "",
    funksjoner: Codes = "",
    kapitler: Codes = "",
    regnskap: str = "drift",
    fortegn: int = 1,
    areas: bool = False,
    survey: Survey | None = None,
) -> pl.DataFrame:
    """Return one concept of all units and years, also one of your own: `kr.concept("renter", arter="500")`.

    Without codes, `begrep` is one of the tables. With them it is your own, under that name: the sum of all rows of the
    ledger with these arter and these funksjoner, or of these kapitler of the balance sheet. Codes are written as
    `"500"`, `500`, `"500-509"`, `"50*"` (all that begin so), `"010..480 uten 298"`, with commas between, or as a list.
    regnskap: `drift` or `investering`, or the kontoklasse. fortegn: income, debt and equity stand with a minus in the
    ledger; −1 turns it. areas: by service area, and not for the unit as a whole. survey: the one that was opened last,
    where none is given.

    Out: rows and columns of `kr.tidy`; of your own concept in 1000 kr, 0 for a unit with accounts that has posted
    nothing on the codes; no rows, and a line that says so, of one that the source has of nobody. Raises UsageError for
    a concept that is not defined (naming the nearest), a code that is not valid in the survey year, and your own
    concept where the source has no ledger, such as SSB's open figures.
    """
    asked = latest(survey)
    codes = {"arter": arter, "funksjoner": funksjoner, "kapitler": kapitler}
    given = {name: each for name, each in codes.items() if isinstance(each, int) or each}
    if not given:
        rows = tidy(asked)
        return rows.filter(_of_concepts(asked, rows, (begrep,)), _whole(areas=areas))
    if begrep in tables.read("indicators")["begrep"]:
        raise UsageError(
            f"{begrep!r} is defined in indicators.csv; give your own concept another name, or leave out its codes"
        )
    own = own_concept.with_own(asked, begrep, given, regnskap, fortegn)
    return tidy(own).filter(pl.col("begrep") == begrep, _whole(areas=areas))


def _whole(*, areas: bool) -> pl.Expr:
    return pl.col(AREA).is_not_null() if areas else pl.col(AREA).is_null()


def _of_concepts(survey: Survey, rows: pl.DataFrame, begreper: tuple[str, ...]) -> pl.Expr:
    """Return which rows are of concepts, and say so of one that the source gives of nobody.

    Raises UsageError, naming the nearest, for one that is not defined in the year.
    """
    defined = tables.valid("indicators", survey.year)
    names = dict(defined.select("begrep", "navn").iter_rows())
    for begrep in begreper:
        if begrep not in names:
            words = {navn: each for each, navn in names.items()}
            near = dict.fromkeys(
                words.get(each, each) for each in nearest(str(begrep), {*names, *words}, 5)
            )
            raise UsageError(
                f"no concept is called {one_line(begrep)!r} in {survey.year}; nearest: {', '.join([*near][:3])}"
            )
        if begrep not in rows["begrep"]:
            had = ", ".join(sorted(set(rows["begrep"]) - {UNITS}))
            print(
                f"{begrep} mangler for alle i kilden {survey.source}, {survey.scope}. Den har {had}."
            )
    return pl.col("begrep").is_in(begreper)


def _numbers(survey: Survey, region: str) -> pl.DataFrame:
    """Return the numbers of a unit of the survey year in all years in which it was one and the same: aar, region."""
    return pl.concat(
        units.numbers_in(survey.year, year)
        .filter(pl.col("nummer") == region)
        .select(pl.lit(year, pl.Int32).alias("aar"), "region")
        for year in survey.years
    )
