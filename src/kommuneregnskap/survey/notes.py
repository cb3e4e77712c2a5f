"""What a survey is and is not, what it cannot compute and why, in bokmål, for the reader."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.published_figures import EVERYONE
from kommuneregnskap.support.norwegian import date, listing, number
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.open_figures import OpenData
from kommuneregnskap.tables import coverage, published, units

MAX_NAMED = 10  # real deliveries are named when they are few; invented ones never
SCOPES = {
    "kasse": "kommunekassen",
    "konsolidert": "konsolidert regnskap",
    "konsern": "kommunekonsernet",
}
MOST_NAMED = 15


def who(enheter: pl.DataFrame, open_: OpenData) -> list[str]:
    """Say whom open figures are of, and what they can show. In: `survey.Survey.enheter`."""
    count = enheter.filter(pl.col("svart") & (pl.col("type") == open_figures.MUNICIPALITY)).height
    return [
        "Åpne tall sier ikke hvem som svarte KS. Der det står at kommuner har svart, menes de "
        f"{number(count)} som er med her: {open_figures.PANEL_WORDS[open_.panel]}, så langt SSB har tall for "
        "dem. De kan vise om et publisert tall er forenlig med tallene for alle kommuner, ikke gjenskape "
        "det."
    ]


def carried(year: int) -> list[str]:
    """Say where the inhabitants of a year are those of an earlier date, its own not being entered yet."""
    since = units.carried(year)
    return (
        [
            f"Folkemengden {date(units.population_date(year))} er ikke lagt inn; tallene er fra {date(since)}."
        ]
        if since
        else []
    )


def waiting(year: int) -> list[str]:
    """Say how many published numbers of a year are proposed and accepted by nobody: they have no verdict."""
    count = len(published.proposed(year))
    numbers = (
        "publisert tall er foreslått og venter"
        if count == 1
        else "publiserte tall er foreslått og venter"
    )
    return [f"{number(count)} {numbers} på å bli godkjent; de er ikke vurdert."] if count else []


def absent(scope: str) -> str:
    """Say, where a number is missing, why, and where it stands what SSB gives (see `lacking`)."""
    return f"Uttrekket av SSBs tabeller gir det ikke for {SCOPES[scope]}; hva det gir, står først i rapporten."


def lacking(year: int, scope: str, indikatorer: pl.DataFrame, open_: OpenData) -> list[str]:
    """Say which concepts of indicators.csv SSB's tables do not give for the scope in the year.

    Names what is lacking or, where that is more, what there is. Concepts made of others are not named, nor those
    that are defined for another scope.
    """
    given = set(indikatorer.filter(pl.col("aar") == year)["begrep"])
    printed = set(open_.prosent.filter(pl.col("aar") == year)["begrep"])
    named = tables.valid("indicators", year).unique("begrep", keep="first", maintain_order=True)
    meant = pl.col("omfang").cast(pl.String)
    named = named.filter(meant.is_null() | (meant == scope))
    amounts = named.filter(
        (pl.col("regnskap").cast(pl.String) != open_figures.PERCENT)
        & (pl.col("begreper").is_null() | pl.col("begrep").is_in(list(given)))
    )
    is_given = pl.col("begrep").is_in(list(given))
    gone = _named(amounts.filter(~is_given))
    if not gone:
        return []
    single = "Enkeltfunksjoner og enkeltarter gir det ikke."
    if len(gone) <= MOST_NAMED:
        return [
            f"For {SCOPES[scope]} gir uttrekket av SSBs tabeller ikke {listing(gone)}. {single}"
        ]
    there = _named(named.filter(is_given | pl.col("begrep").is_in(list(printed))))
    return [f"For {SCOPES[scope]} gir uttrekket av SSBs tabeller bare {listing(there)}. {single}"]


def partly(enheter: pl.DataFrame, panel: pl.DataFrame, year: int) -> list[str]:
    """Say what open figures give for a part of those who are in the survey: how many, and that numbers are of them.

    In: `survey.Survey.enheter` and `survey.Survey.panel`. What they give for nobody is for `lacking`.
    """
    everyone = enheter.filter(
        pl.col("svart") & (pl.col("type") == open_figures.MUNICIPALITY)
    ).height
    named = tables.valid("indicators", year).unique("begrep", keep="first", maintain_order=True)
    own = named.filter(pl.col("begreper").is_null() & pl.col("begrep").is_in(panel.columns))
    known = {name: panel[name].count() for name in own["begrep"]}
    counts = own.with_columns(kjent=pl.col("begrep").replace_strict(known, return_dtype=pl.Int64))
    some = counts.filter(pl.col("kjent").is_between(0, everyone, closed="none"))
    needed = coverage.needed(coverage.AMOUNTS, everyone)
    without = ", og summer i kroner av dem er ikke regnet"
    return [
        f"Uttrekket har {listing(_named(rows))} for {number(count)} av {number(everyone)} kommuner: "
        f"det som regnes av dem, gjelder bare disse{without if count < needed else ''}."
        for (count,), rows in some.partition_by("kjent", as_dict=True, maintain_order=True).items()
    ]


def _named(rows: pl.DataFrame) -> list[str]:
    return [name[0].lower() + name[1:] for name in rows["navn"]]


def missing(
    year: int,
    years: Sequence[int],
    enheter: pl.DataFrame,
    utelatt: pl.DataFrame,
    rettelser: pl.DataFrame,
    open_: OpenData | None,
) -> list[str]:
    """Return a sentence for everything that is missing, left out or corrected.

    As the fields of `survey.Survey`: the survey year, the years with accounts, the units, those the
    controls stopped, the corrections used, and what is known of open figures (None: account files). Nothing of those
    that are counted although the controls stopped them (`counted_all_the_same`).
    """
    result = [
        *_controls(year, utelatt, rettelser),
        *(_left_out(year, enheter, open_) if open_ is not None else []),
        *_years(year, years),
    ]
    answered = enheter.filter("svart")
    without_balance = answered.filter(~pl.col("har_balanse")).height
    if open_ is None and without_balance:
        result.append(
            f"{without_balance} enheter har levert bevilgningsregnskap uten balanse og er ikke "
            "med i tallene om fond."
        )
    return result


def _left_out(year: int, enheter: pl.DataFrame, open_: OpenData) -> list[str]:
    """Say how many municipalities open figures have no result for."""
    without = units.oslo(year) if open_.panel != EVERYONE else ()
    gone = enheter.filter(
        (pl.col("type") == open_figures.MUNICIPALITY)
        & ~pl.col("har_drift")
        & ~pl.col("region").is_in(without)
    ).height
    if not gone:
        return []
    return [
        f"SSB har ikke netto driftsresultat med driftsinntekter for {gone} av kommunene; "
        f"{'den' if gone == 1 else 'de'} er holdt utenfor og ikke regnet som null."
    ]


def _years(year: int, years: Sequence[int]) -> list[str]:
    missing = [each for each in range(year - YEARS_BEFORE, year) if each not in years]
    if year - 1 in missing:
        return [
            f"Vekst og endring fra {year - 1} er ikke beregnet: kilden har ingen regnskaper "
            f"for {year - 1}."
        ]
    if missing:
        return [
            "Vekst i tidligere år er ikke beregnet: kilden har ingen regnskaper for "
            + ", ".join(str(each) for each in missing)
            + "."
        ]
    return []


def _controls(year: int, utelatt: pl.DataFrame, rettelser: pl.DataFrame) -> list[str]:
    """Say who the controls left out, and what was corrected."""
    result = []
    own = utelatt.filter((pl.col("aar") == year) & ~pl.col("regnet_med"))
    if len(own):
        result.append(
            f"Holdt utenfor tallene fordi regnskapet ikke besto kontrollene: {_stopped(own)}."
        )
    if len(rettelser):
        result.append(f"{len(rettelser)} beløp er rettet etter data/definitions/corrections.csv.")
    return result


def counted_all_the_same(utelatt: pl.DataFrame, *, alone: bool) -> str:
    """Say that nobody passed, and which of those stopped are counted. In: as `missing`.

    alone: whether they are one municipality's own accounts, which need not be named.
    """
    own = utelatt.filter("regnet_med").sort("aar", descending=True, maintain_order=True)
    if alone:
        by = "; ".join(f"{year}: kontroll {listing(names)}" for year, names in _by_year(own))
        return f"Regnskapet besto ikke kontrollene. Tallene er likevel regnet, og må leses deretter ({by})."
    by = "; ".join(
        f"{year}: {_stopped(own.filter(pl.col('aar') == year))}" for year, _ in _by_year(own)
    )
    return (
        "Ingen av enhetene besto kontrollene. Tallene er likevel regnet av dem som kan summeres, og må "
        f"leses deretter ({by})."
    )


def _by_year(left_out: pl.DataFrame) -> list[tuple[int, list[str]]]:
    """Return the controls that stopped units, by year in the order of the rows."""
    rows = left_out.explode("kontroller").group_by("aar", maintain_order=True)
    return [
        (int(str(year)), part["kontroller"].unique(maintain_order=True).to_list())
        for (year,), part in rows
    ]


def _stopped(left_out: pl.DataFrame) -> str:
    """Return the units with the controls that stopped them, in words."""
    return "; ".join(
        f"{row['enhet'] or row['region']} (kontroll {listing(row['kontroller'])})"
        for row in left_out.iter_rows(named=True)
    )
