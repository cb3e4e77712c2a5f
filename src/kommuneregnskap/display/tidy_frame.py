"""One tidy frame of a survey: every amount, percentage and unit a row, with all that a section number asks of it.

Every section number that is no estimate can be computed from this frame alone; `numbers.sql` says how.
"""

from __future__ import annotations

from itertools import product

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.opening import latest
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.survey import matching
from kommuneregnskap.survey.survey import IN_THE_YEAR, Survey
from kommuneregnskap.tables import deflator, units
from kommuneregnskap.tables.frames import KINDS
from kommuneregnskap.tables.numbers import UNITS

TIDY = "tidy"
AMOUNT, PERCENT, COUNT = "1000 kr", "prosent", "antall"
KEY = ("aar", "region", "begrep", "tjenesteomraade")
UNIT = ("aar", "region", "kobling", "enhetstype")
GROUPS = ("fylke", "fylkesnummer", "kostra_gruppe", "stoerrelsesgruppe")
COMPARED = {"sammenliknes_foer": 0, "sammenliknes_etter": 1}  # → years from the later of the two


def tidy(survey: Survey | None = None) -> pl.DataFrame:
    """Return all indicators of all units and years as one long frame, percentages among them.

    survey: the one that was opened last, where none is given (`opening.latest`). Out: aar, region (four digits),
    navn (in that year), begrep, begrep_navn, tjenesteomraade (empty: the whole unit), verdi (at the year's own prices),
    enhet (`1000 kr`, `prosent` or `antall`), verdi_faste_priser (1000 kr at prices of the survey year; empty for what
    is no amount, and where the deflator of a year between is missing), innbyggere_i_aaret (persons, of the row's own
    year); fylke, fylkesnummer, kostra_gruppe, stoerrelsesgruppe (of the survey year, under the number of the row's
    year; empty for units that were merged or split since); kobling (the same across renumberings), enhetstype; of the
    survey year by number: innbyggere (persons; empty for numbers that are gone), svart (no for those that are gone);
    svarte_i_aaret (whether the unit answered the survey of the row's own year); sammenliknes_foer and
    sammenliknes_etter (whether the amount counts where its year is held against the one before, or after: of the
    same units, all of which have answered, with accounts in both; as the choice `delte` has it); regnskaper (whose
    accounts, as `kr.save` says it) and vintage (of open figures).

    One row, one number. Percentages are those of indicators.csv of each unit, as printed where the source gives no
    amounts. Every unit of the survey year, those without accounts too, has a row of its own: begrep `enheter`, 1.
    """
    found = latest(survey)
    return found.once((TIDY,), lambda: _tidy(found))


def _tidy(survey: Survey) -> pl.DataFrame:
    amounts = survey.indikatorer.select(
        *UNIT[:3], *_kind(), "begrep", "tjenesteomraade",
        verdi=pl.col("belop").cast(pl.Float64), enhet=pl.lit(AMOUNT),
    )  # fmt: skip
    shares = [_percentages(survey, year) for year in survey.years]
    return (
        pl.concat([_with_comparisons(survey, amounts), *shares, _units(survey)], how="diagonal")
        .join(_of_survey_year(survey), on="region", how="left")
        .join(_of_year(survey), on=["aar", "region"], how="left")
        .join(_answered(survey), on=["aar", "region"], how="left")
        .join(_names(survey.year), on="begrep", how="left")
        .with_columns(
            pl.col(pl.Boolean).fill_null(value=False),
            pl.coalesce("begrep_navn", "begrep"),
            pl.lit(survey.accounts).alias("regnskaper"),
            pl.lit(survey.open.vintage if survey.open else None, pl.String).alias("vintage"),
            verdi_faste_priser=pl.when(pl.col("enhet") == AMOUNT).then(
                pl.col("verdi") * pl.col("prisfaktor")
            ),
        )
        .select(tables.read("frames").filter(pl.col("ramme") == TIDY)["kolonne"].to_list())
        .sort(*KEY, nulls_last=False)
    )


def _kind() -> list[pl.Expr]:
    return [pl.col("type").cast(pl.String).alias("enhetstype")]


def _units(survey: Survey) -> pl.DataFrame:
    """Return a row for every unit of the survey year."""
    return survey.enheter.select(
        *UNIT[:3], *_kind(), begrep=pl.lit(UNITS), tjenesteomraade=pl.lit(None, pl.String),
        verdi=pl.lit(1.0), enhet=pl.lit(COUNT),
    )  # fmt: skip


def _of_survey_year(survey: Survey) -> pl.DataFrame:
    """Return what is said of a number wherever it stands: region, svart, innbyggere of the survey year."""
    return survey.enheter.select("region", "svart", innbyggere="folkemengde")


def _of_year(survey: Survey) -> pl.DataFrame:
    """Return what is said of a unit in each year: aar, region, navn, innbyggere_i_aaret, GROUPS, prisfaktor."""
    own = survey.enheter.select("region", "fylke", "stoerrelsesgruppe").join(
        units.places(survey.year).drop("areal_km2"), on="region", how="left"
    )
    in_the_year = survey.setting("folkedato") == IN_THE_YEAR
    years = []
    for year in survey.years:
        numbers = units.numbers_in(survey.year, year)
        years.append(
            units.known(year, in_the_year=in_the_year)
            .select("aar", "region", "navn", innbyggere_i_aaret="folkemengde")
            .join(numbers, on="region", how="left")
            .join(own.select("region", *GROUPS), left_on="nummer", right_on="region", how="left")
            .with_columns(
                prisfaktor=pl.lit(deflator.factor(year, survey.year), pl.Float64),
            )
        )
    return pl.concat(years).drop("nummer")


def _answered(survey: Survey) -> pl.DataFrame:
    """Return who answered the survey of which year: aar, region, svarte_i_aaret."""
    own = survey.enheter.filter("svart").select("aar", "region")
    every = pl.concat([own, survey.svart_foer.select("aar", "region")]).unique()
    return every.with_columns(svarte_i_aaret=pl.lit(value=True))


def _names(year: int) -> pl.DataFrame:
    listed = tables.valid("indicators", year).unique("begrep", keep="first")
    named = listed.select("begrep", begrep_navn="navn")
    return pl.concat([named, pl.DataFrame({"begrep": [UNITS], "begrep_navn": ["Enheter"]})])


def _with_comparisons(survey: Survey, amounts: pl.DataFrame) -> pl.DataFrame:
    """Add whether each amount counts where its year is held against the one before, and after."""
    pairs = [(year, _compared(survey, year, kind)) for year, kind in product(survey.years, KINDS)]
    for name, back in COMPARED.items():
        found = [rows.filter(pl.col("aar") == year - back) for year, rows in pairs]
        counted = pl.concat([amounts.select(KEY).clear(), *found])
        amounts = amounts.join(
            counted.with_columns(pl.lit(value=True).alias(name)),
            on=KEY, how="left", nulls_equal=True, maintain_order="left",
        )  # fmt: skip
    return amounts


def _compared(survey: Survey, year: int, kind: str) -> pl.DataFrame:
    """Return the amounts of `year` and the year before that are held against each other: KEY.

    A total that is known in one of the years only is none of them: what is missing would look like growth.
    """
    rows = survey.matched(year, kind, whose=matching.SAME)
    total = pl.col("tjenesteomraade").is_null()
    both = pl.col("aar").n_unique().over("kobling", "begrep", "tjenesteomraade") == 2
    parts = survey.comparable(year, kind).parts.select("aar", "region", "kobling")
    return rows.filter(~total | both).join(parts, on=["aar", "kobling"], how="inner").select(KEY)


def _percentages(survey: Survey, year: int) -> pl.DataFrame:
    """Return the percentages that indicators.csv defines, of all units of a year; printed ones of the survey year."""
    keys = [*UNIT[:3], "type"]
    own = survey.indikatorer.filter(pl.col("aar") == year)
    defined = tables.valid("indicators", year).filter(pl.col("regnskap").cast(pl.String) == PERCENT)
    names = defined["begrep"].to_list()
    wide = evaluate.completed(evaluate.wide(own, *keys), year)
    found = wide.select(*keys, *(evaluate.percent(name, year) for name in names)).unpivot(
        names, index=keys, variable_name="begrep", value_name="verdi"
    )
    known = found.drop_nulls("verdi").select(*UNIT[:3], *_kind(), "begrep", "verdi")
    if year == survey.year:
        printed = _printed(survey).filter(pl.col("begrep").is_in(names))
        known = pl.concat(
            [known, printed.join(known, on=["region", "begrep"], how="anti", maintain_order="left")]
        )
    return known.with_columns(enhet=pl.lit(PERCENT))


def _printed(survey: Survey) -> pl.DataFrame:
    """Return the percentages that the source prints of units of the survey year: UNIT, begrep, verdi."""
    of_units = survey.enheter.select(*UNIT[:3], *_kind())
    return (
        survey.all_printed.drop_nulls("verdi")
        .join(of_units, on=["aar", "region"], how="inner")
        .select(*UNIT, "begrep", "verdi")
    )
