"""What a unit's sheet shows besides charts: its name, its place in words, its tables, its check."""

from __future__ import annotations

from typing import Any

import polars as pl
from IPython.display import HTML, Markdown

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import table
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.support.norwegian import listing, with_unit
from kommuneregnskap.support.outside import in_markdown
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.sheets import GROWTH, PER_PERSON, PERCENT

KINDS = {
    PERCENT: "Prosent av brutto driftsinntekter",
    PER_PERSON: "Kroner per innbygger, løpende priser",
    GROWTH: "Vekst fra året før i prosent, løpende priser",
}
QUARTERS = {1: "laveste", 2: "nest laveste", 3: "nest høyeste", 4: "høyeste"}
AMONG = {
    unit_sheet.KOSTRA: "KOSTRA",
    unit_sheet.GROUP: "størrelse",
    unit_sheet.COUNTY: "fylket",
    unit_sheet.ALL: "alle",
}


def title(survey: Survey, ark: str) -> Markdown:
    """Return who the sheet is of: name, size group, county, KOSTRA group; on invented accounts all invented."""
    own = unit_sheet.sheet(survey, ark)
    names = tables.read("kostragruppe").filter(pl.col("gruppe") == own[unit_sheet.KOSTRA])["navn"]
    who = in_markdown(f"{heading(own)}. {', '.join([own['fylke'], *names.head(1)])}")
    return Markdown(f"**{who}. Regnskapsåret {survey.year}.**")


def heading(own: dict[str, str]) -> str:
    """Return the heading of a sheet (a row of `unit_sheet.sheets`): its name and size group."""
    group = own["gruppe"] or "uten innbyggertall"
    return f"{own['tittel']}, {group[0].lower()}{group[1:]}"


def prose(survey: Survey, ark: str) -> Markdown:
    """Say where the unit lies in its KOSTRA group and its size group, a sentence per measure that is drawn."""
    rows = unit_sheet.place(survey, ark).filter(pl.col("figur") == "ja")
    if rows.is_empty():
        return Markdown("Enheten har ingen av målene i dette året.")
    said = [
        f"- {_sentence(part.rows(named=True))}"
        for part in rows.partition_by("rekkefoelge", maintain_order=True)
    ]
    unknown = unit_sheet.lacking(survey, ark)
    if unknown:
        names = listing([f"{name[0].lower()}{name[1:]}" for name in unknown])
        said.append(f"- Ikke kjent for {survey.year}: {names}.")
    return Markdown("\n".join(said))


def _sentence(rows: list[dict[str, Any]]) -> str:
    """Say a measure's value and its places, from the rows of `unit_sheet.place` of it."""
    by_kind = {row["sammenlikning"]: row for row in rows if row["rang"] is not None}
    placed = [by_kind[name] for name in (unit_sheet.KOSTRA, unit_sheet.GROUP) if name in by_kind]
    said = [f"{rows[0]['maal_navn']}: {_with_unit(rows[0], 'verdi')}", *map(_placed, placed)]
    return f"{'; '.join(said)}."


def _placed(row: dict[str, Any]) -> str:
    whose = "størrelsesgruppen" if row["sammenlikning"] == unit_sheet.GROUP else row["gruppe_navn"]
    quarter = f"den {QUARTERS[row['fjerdedel']]} fjerdedelen, " if row["fjerdedel"] else ""
    return (
        f"nummer {row['rang']} av {row['antall']} fra høyest i {whose} "
        f"({quarter}medianen er {_with_unit(row, 'median')})"
    )


def _with_unit(row: dict[str, Any], name: str) -> str:
    return with_unit(row[name], unit_sheet.UNIT_OF[row["maal"]], row["desimaler"])


def years(survey: Survey, ark: str, maal: str) -> HTML | None:
    """Return the unit's measures of a kind (`prosent`, `per_innbygger`, `vekst`) as a table, a column per year.

    Nothing where the source has none of them.
    """
    rows = unit_sheet.over_years(survey, ark, maal)
    if rows.is_empty():
        return None
    headings = {"maal_navn": "Mål"} | {str(year): str(year) for year in survey.years}
    return table(
        rows,
        headings,
        title="Veksten år for år" if maal == GROWTH else "Målene år for år",
        unit=KINDS[maal],
        decimals=_decimals(survey, maal),
        survey=survey,
    )


def places(survey: Survey, ark: str, maal: str) -> HTML | None:
    """Return the unit's place for measures of a kind as a table: value, medians and places; else nothing."""
    rows = unit_sheet.placed(survey, ark, maal)
    among = {name: words for name, words in AMONG.items() if f"rang_{name}" in rows.columns}
    if rows.is_empty() or not among:
        return None
    headings = {"maal_navn": "Mål", "verdi": "Enheten"}
    for name, words in among.items():
        headings |= {f"median_{name}": f"Median, {words}", f"plass_{name}": f"Plass, {words}"}
    return table(
        rows.with_columns(
            pl.format("{} av {}", f"rang_{name}", f"antall_{name}").alias(f"plass_{name}")
            for name in among
        ),
        headings,
        title=f"Plassen i KOSTRA-gruppen, størrelsesgruppen, fylket og blant alle {survey.year}",
        unit=f"{KINDS[maal]}. Nummer 1 er høyest",
        decimals=_decimals(survey, maal),
        survey=survey,
    )


def _decimals(survey: Survey, maal: str) -> int:
    measures = unit_sheet.measures(survey.scope)
    return int(measures.filter(pl.col("maal") == maal)["desimaler"].max())  # type: ignore[arg-type]


def controls(survey: Survey, ark: str) -> HTML | None:
    """Return what the controls found in the unit's accounts as a table, or that they found nothing.

    Nothing where there are no account files to control.
    """
    if not survey.gives.controls:
        return None
    found = unit_sheet.controls(survey, ark)
    if found.is_empty():
        return HTML("<p>Kontrollene fant ingenting i regnskapene til enheten.</p>")
    columns = {
        "aar": "År",
        "alvorlighet": "Alvorlighet",
        "kontroll": "Kontroll",
        "kontroll_navn": "Hva den ser etter",
        "felt": "Felt",
        "funnet": "Funnet",
        "tillatt": "Tillatt",
        "tiltak": "Hva gjør du",
    }
    return table(
        found.with_columns(pl.col("aar").cast(pl.String)),
        columns,
        title="Funn i kontrollene av regnskapet",
        unit="Fra data/definitions/controls.csv",
        survey=survey,
    )


def check(survey: Survey, ark: str) -> str:
    """Return the text of the check cell: each measure as on the sheet and of the unit's own accounts alone.

    Raises ValueError where they differ: the sheet would show something else than the accounts.
    """
    rows = unit_sheet.recomputed(survey, ark)
    whence = "av radene" if survey.gives.rows else "av SSBs beløp"
    lines = [
        f"{_named(row)}: i arket {_with_unit(row, 'verdi')} | {whence} {_with_unit(row, 'av_radene')} | "
        f"{'likt' if row['lik'] else 'ULIKT'}"
        for row in rows.iter_rows(named=True)
    ]
    if not rows["lik"].all():
        differs = next(line for line in lines if line.endswith("ULIKT"))
        raise ValueError(f"the sheet and the unit's own rows differ: {differs}")
    return "\n".join(lines)


def _named(row: dict[str, Any]) -> str:
    return f"{row['begrep']} ({row['maal']})" if row["maal"] == GROWTH else str(row["begrep"])
