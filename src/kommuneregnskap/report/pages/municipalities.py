"""The finder on the front of a year: a municipality beside its KOSTRA group, county and size group, and the country.

Every value is computed in `numbers.municipalities`; here they are rounded as they are shown and laid out for
municipalities.js, which looks up and writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from kommuneregnskap import tables
from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.numbers import municipalities, unit_sheet, unit_years
from kommuneregnskap.report.pages.rendered import TEMPLATES
from kommuneregnskap.sources.published_figures import EVERYONE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.sheets import GROWTH, PER_PERSON, PERCENT

TEMPLATE = "municipalities.html.j2"
SCRIPT = Path(__file__).with_name("municipalities.js")
UNITS = {
    PERCENT: ("prosent", "prosent av driftsinntektene"),
    PER_PERSON: ("kroner", "kroner per innbygger"),
    GROWTH: ("prosent", "prosent fra året før"),
}
FIRST_CHANGE = 2019  # municipalities that were gone before it are found by none
Key = tuple[str, str]


def municipalities_html(survey: Survey) -> Markup:
    """Return the finder as a part of a page: heading, search, what it answers into, data. Same survey, same bytes.

    Empty where the survey is not of open figures. The page needs `script` among its scripts; sheets are linked where
    they stand beside the page.
    """
    if not survey.gives.snapshots:
        return Markup("")
    folder = survey.request.folder("ark")
    data = content(survey, made={path.stem for path in folder.glob("[0-9]*.html")})
    everyone = replace(survey, open=replace(survey.figures, panel=EVERYONE))
    return Markup(
        TEMPLATES.get_template(TEMPLATE).render(
            source=open_figures(everyone),
            count=len(data["kommuner"]),
            sheets=f"{folder.name}/index.html" if data["ark"] else "",
            year=survey.year,
            data=Markup(_json(data)),
        )
    )


def script() -> str:
    """Return what makes the finder alive; it stands in a block of its own and may follow other scripts."""
    return SCRIPT.read_text("utf-8")


def _json(data: object) -> str:
    """Return data as the content of a block in a page; nothing in it can end the block."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def content(survey: Survey, made: Iterable[str] = ()) -> dict[str, Any]:
    """Return the finder's data: lists in a fixed order, without repeated names; values as whole numbers.

    aar: the years. maal: measures (navn, tegn, enhet, desimaler, setning, vekst). grupper: what they are compared
    with (navn, beskrivelse, slag), and for them by measure samlet (a value per year), median, kjent and av. kommuner:
    nummer, navn, other names, inhabitants, groups, first year as the same unit, values (measure by measure, year by
    year), ranks (measure by measure, one for each group). gamle: former numbers and names, and who they are now.
    ark: folder and numbers of the sheets that are made. A value is in units of its last decimal; null is not known.
    """
    measures = municipalities.measures(survey)
    groups = _groups(survey)
    pairs = groups.select("sammenlikning", "gruppe").iter_rows()
    order = {(str(kind), str(group)): place for place, (kind, group) in enumerate(pairs)}
    own = _municipalities(survey, measures, order)
    numbers = {str(row[0]): place for place, row in enumerate(own)}
    have = sorted(set(numbers) & set(made))
    return {
        "aar": list(survey.years),
        "maal": [_measure(row) for row in measures.iter_rows(named=True)],
        "grupper": [
            [row["gruppe_navn"], row["beskrivelse"], row["sammenlikning"]]
            for row in groups.iter_rows(named=True)
        ],
        **_compared(survey, measures, order),
        "kommuner": own,
        "gamle": _former(survey.year, numbers),
        "ark": [survey.request.folder("ark").name, have] if have else None,
    }


def _measure(row: Mapping[str, Any]) -> list[object]:
    sign, words = UNITS[row["maal"]]
    named = [row["maal_navn"], sign, words, row["desimaler"], row["setning"]]
    return [*named, int(row["maal"] == GROWTH)]


def whole(value: float | None, decimals: int) -> int | None:
    """Return a value in units of its last shown decimal, rounded half away from zero; None where it is missing."""
    if value is None:
        return None
    return int(Decimal(repr(value)).scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))


def _groups(survey: Survey) -> pl.DataFrame:
    """Return all that municipalities are compared with, in order: sammenlikning, gruppe, gruppe_navn, beskrivelse."""
    described = tables.valid("kostragruppe", survey.year).select(
        "gruppe", "beskrivelse", sammenlikning=pl.lit(unit_sheet.KOSTRA)
    )
    place = {name: order for order, name in enumerate(unit_sheet.COMPARISONS)}
    return (
        unit_sheet.members(survey)
        .select("sammenlikning", "gruppe", "gruppe_navn")
        .unique()
        .join(described, on=["sammenlikning", "gruppe"], how="left")
        .with_columns(pl.col("beskrivelse").fill_null(""))
        .sort(pl.col("sammenlikning").replace_strict(place), "gruppe")
    )


def _compared(survey: Survey, measures: pl.DataFrame, order: Mapping[Key, int]) -> dict[str, Any]:
    rows = municipalities.compared(survey).rows(named=True)
    found = {
        (order[row["sammenlikning"], row["gruppe"]], row["rekkefoelge"], row["aar"]): row
        for row in rows
    }
    kinds = measures.select("rekkefoelge", "desimaler").rows()

    def each(column: str, group: int, year: int) -> list[object]:
        cells = [(found.get((group, place, year)), decimals) for place, decimals in kinds]
        return [
            whole(cell[column], decimals) if cell is not None else None for cell, decimals in cells
        ]

    size = unit_sheet.members(survey).group_by("sammenlikning", "gruppe").len()
    sizes = {(kind, group): count for kind, group, count in size.iter_rows()}
    return {
        "samlet": [
            [
                list(years)
                for years in zip(
                    *(each("samlet", group, year) for year in survey.years), strict=True
                )
            ]
            for group in order.values()
        ],
        "median": [each("median", group, survey.year) for group in order.values()],
        "kjent": [
            [
                0 if (cell := found.get((group, place, survey.year))) is None else cell["antall"]
                for place, _ in kinds
            ]
            for group in order.values()
        ],
        "av": [sizes[key] for key in order],
    }


def _municipalities(
    survey: Survey, measures: pl.DataFrame, order: Mapping[Key, int]
) -> list[list[object]]:
    kinds = measures.select("rekkefoelge", "desimaler").rows()
    values = {
        (region, place, year): value
        for year, region, place, value in municipalities.values(survey).iter_rows()
    }
    ranks = {
        (row["region"], row["rekkefoelge"], row["sammenlikning"]): row["rang"]
        for row in municipalities.places(survey).iter_rows(named=True)
    }
    groups = {
        (region, kind): order[kind, group]
        for region, kind, group, _ in unit_sheet.members(survey).iter_rows()
    }
    since = _since(survey)
    other = {
        row["kommunenummer"]: [row[name] for name in ("samisk_navn", "kvensk_navn") if row[name]]
        for row in tables.valid("kommune", survey.year).iter_rows(named=True)
    }
    own = survey.enheter.filter(pl.col("type") == unit_years.MUNICIPALITY).sort("region")
    return [
        [
            region,
            name,
            other.get(region, []),
            people,
            [groups.get((region, kind)) for kind in unit_sheet.COMPARISONS],
            since[region],
            [
                whole(values.get((region, place, year)), decimals)
                for place, decimals in kinds
                for year in survey.years
            ],
            [
                ranks.get((region, place, kind))
                for place, _ in kinds
                for kind in unit_sheet.COMPARISONS
            ],
        ]
        for region, name, people in own.select("region", "navn", "folkemengde").iter_rows()
    ]


def _since(survey: Survey) -> dict[str, int]:
    """Return the first year of the survey in which each municipality was the same unit as now."""
    return {
        region: year
        for year in sorted(survey.years, reverse=True)
        for region in unit_years.alone(survey, year)["region"]
    }


def _former(year: int, now: Mapping[str, int]) -> list[list[object]]:
    """Return numbers and names that are no longer used: nummer, navn, the municipalities they are now."""
    linked = units.links(FIRST_CHANGE, year).rows()
    become: dict[str, list[int]] = {}
    for region, link in linked:
        if region in now:
            become.setdefault(link, []).append(now[region])
    link_of = dict(linked)
    before = tables.read("kommune_endring").sort("aar").select("fra_nummer", "fra_navn")
    known = dict(before.iter_rows())
    return [
        [number, name, sorted(become[link_of[number]])]
        for number, name in sorted(known.items())
        if number not in now and link_of.get(number) in become
    ]
