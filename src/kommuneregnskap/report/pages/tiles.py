"""The tiles of a front: a section, one number, its direction and how it was in the years before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import polars as pl
from markupsafe import Markup

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report.headlines import news
from kommuneregnskap.report.pages.sparkline import sparkline_svg
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import sections
from kommuneregnskap.tables.numbers import recipe

YEARS = 4  # before the survey year, where there are figures
PERCENT = ("prosent", "prosentpoeng")


@dataclass(frozen=True)
class Tile:
    """A tile: where it leads, its heading, its value, what that is, its direction in words, its drawing.

    value: empty where it is not known; then `what` says what would give it.
    """

    place: str
    heading: str
    value: str
    what: str
    direction: str
    arrow: str
    drawing: Markup


def tiles(survey: Survey, tall: pl.DataFrame, givers: Mapping[str, str]) -> list[Tile]:
    """Return the tiles of sections.csv for a survey. In: its section numbers; givers: number → what would give it."""
    rows = sections.of_one_municipality() if survey.alone else sections.table()
    rows = rows.filter(pl.col("flis").is_not_null())
    ids = rows["flis"].to_list()
    known = _values(survey, tall)
    before = _before(survey, ids)
    whom = _of_whom(tall, survey.year)
    return [
        _tile(
            row | {"flis_tekst": f"{row['flis_tekst']}{whom.get(row['flis'], '')}"},
            survey,
            {**before.get(row["flis"], {}), survey.year: known.get(row["flis"])},
            givers,
        )
        for row in rows.iter_rows(named=True)
    ]


def _values(survey: Survey, tall: pl.DataFrame) -> dict[str, float]:
    own = news(survey, tall).filter(pl.col("aar") == survey.year).drop_nulls("verdi")
    return dict(own.select("id", "verdi").iter_rows())


def _of_whom(tall: pl.DataFrame, year: int) -> dict[str, str]:
    """Say of how many a number is, where some lack what it needs: id → words."""
    part = (
        (pl.col("aar") == year) & pl.col("verdi").is_not_null() & (pl.col("enheter") < pl.col("av"))
    )
    rows = tall.filter(part).select("id", "enheter", "av").iter_rows()
    return {name: f", {number(own)} av {number(of)} kommuner" for name, own, of in rows}


def _before(survey: Survey, ids: Sequence[str]) -> dict[str, dict[int, float]]:
    """Return numbers of earlier years as each year's own survey gives them: id → year → value."""
    found: dict[str, dict[int, float]] = {}
    for earlier in _earlier(survey):
        for name, value in _values(earlier, compute(earlier, ids)).items():
            found.setdefault(name, {})[earlier.year] = value
    return found


def _earlier(survey: Survey) -> Iterator[Survey]:
    for year in range(survey.year - YEARS, survey.year):
        with suppress(KommuneregnskapError):  # no figures of that year, or none of that scope
            yield opened(replace(survey.request, year=year))


def _tile(
    row: Mapping[str, object],
    survey: Survey,
    values: Mapping[int, float | None],
    givers: Mapping[str, str],
) -> Tile:
    name, heading = str(row["flis"]), str(row["kort"])
    place, unit = f"del-{row['rekkefoelge']}", recipe(name, survey.choices).enhet
    own, last = values.get(survey.year), values.get(survey.year - 1)
    if own is None:
        what = f"Ikke kjent; {givers[name]}" if name in givers else "Ikke kjent"
        return Tile(place, heading, "", f"{row['flis_tekst']}. {what}.", "", "", Markup(""))
    shown = {year: each for year, each in sorted(values.items()) if each is not None}
    label = f"{heading}, {row['flis_tekst']}: " + ", ".join(
        f"{year}: {_shown(each, unit)}" for year, each in shown.items()
    )
    years = range(min(shown), survey.year + 1)
    drawn = [values.get(year) for year in years]
    drawing = sparkline_svg(years, drawn, label) if len(shown) > 1 else ""
    direction, arrow = _direction(own, last, unit, survey.year - 1)
    return Tile(
        place, heading, _shown(own, unit), str(row["flis_tekst"]), direction, arrow, Markup(drawing)
    )


def _direction(own: float, last: float | None, unit: str, year: int) -> tuple[str, str]:
    """Return where a number went since the year before, as a reader sees both: words and an arrow."""
    if last is None:
        return "", ""
    before, now = _shown(last, unit), _shown(own, unit)
    if before == now:
        return f"som i {year}", "→"
    return (
        (f"opp fra {before} i {year}", "↗") if own > last else (f"ned fra {before} i {year}", "↘")
    )


def _shown(value: float, unit: str) -> str:
    if unit in PERCENT:
        return f"{number(value, 1)} %"
    return number(value, 0 if unit == "antall" else 1)
