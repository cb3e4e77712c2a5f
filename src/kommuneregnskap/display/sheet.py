"""What a unit's sheet shows besides charts: its name, its place in words, its tables, its check."""

from __future__ import annotations

import polars as pl
from IPython.display import HTML, Markdown

from kommuneregnskap.display.notebook import table
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.support.norwegian import with_unit
from kommuneregnskap.support.outside import in_markdown
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.sheets import PER_PERSON, PERCENT

KINDS = {
    PERCENT: "Prosent av brutto driftsinntekter",
    PER_PERSON: "Kroner per innbygger, løpende priser",
}
QUARTERS = {1: "laveste", 2: "nest laveste", 3: "nest høyeste", 4: "høyeste"}
AMONG = {"stoerrelsesgruppe": "gruppen", "fylke": "fylket", "alle": "alle"}


def title(survey: Survey, ark: str) -> Markdown:
    """Return who the sheet is of: name, size group and county; on invented accounts all invented."""
    own = unit_sheet.sheet(survey, ark)
    who = in_markdown(f"{heading(own)}. {own['fylke']}")
    return Markdown(f"**{who}. Regnskapsåret {survey.year}.**")


def heading(own: dict[str, str]) -> str:
    """Return the heading of a sheet (a row of `unit_sheet.sheets`): its name and size group."""
    group = own["gruppe"] or "uten innbyggertall"
    return f"{own['tittel']}, {group[0].lower()}{group[1:]}"


def prose(survey: Survey, ark: str) -> Markdown:
    """Say where the unit lies in its size group, a sentence per measure that is drawn."""
    rows = unit_sheet.place(survey, ark).filter(
        (pl.col("sammenlikning") == unit_sheet.GROUP) & (pl.col("figur") == "ja")
    )
    if rows.is_empty():
        return Markdown("Enheten har ingen av målene i dette året.")
    return Markdown("\n".join(f"- {_sentence(row)}" for row in rows.iter_rows(named=True)))


def _sentence(row: dict[str, object]) -> str:
    value, middle = (_with_unit(row, name) for name in ("verdi", "median"))
    said = f"{row['maal_navn']}: {value}, nummer {row['rang']} av {row['antall']} fra høyest"
    quarter = (
        f" (i den {QUARTERS[int(str(row['fjerdedel']))]} fjerdedelen)" if row["fjerdedel"] else ""
    )
    return f"{said}{quarter}; medianen i gruppen er {middle}."


def _with_unit(row: dict[str, object], name: str) -> str:
    value, decimals = row[name], int(str(row["desimaler"]))
    unit = unit_sheet.UNIT_OF[str(row["maal"])]
    return with_unit(None if value is None else float(str(value)), unit, decimals)


def years(survey: Survey, ark: str, maal: str) -> HTML:
    """Return the unit's measures of a kind (`prosent`, `per_innbygger`) as a table, a column per year."""
    rows = unit_sheet.over_years(survey, ark, maal)
    headings = {"maal_navn": "Mål"} | {str(year): str(year) for year in survey.years}
    return table(
        rows,
        headings,
        title="Målene år for år",
        unit=KINDS[maal],
        decimals=_decimals(survey, maal),
        survey=survey,
    )


def places(survey: Survey, ark: str, maal: str) -> HTML:
    """Return the unit's place for measures of a kind as a table: value, median, rank and quarter."""
    headings = {"maal_navn": "Mål", "verdi": "Enheten"}
    for name, words in AMONG.items():
        headings |= {f"median_{name}": f"Median, {words}", f"rang_{name}": f"Nr., {words}"}
        headings |= {f"antall_{name}": f"Av, {words}", f"fjerdedel_{name}": f"Fjerdedel, {words}"}
    whole = {name: 0 for name in headings if name.split("_")[0] in ("rang", "antall", "fjerdedel")}
    return table(
        unit_sheet.placed(survey, ark, maal),
        headings,
        title=f"Plassen i størrelsesgruppen, i fylket og blant alle {survey.year}",
        unit=f"{KINDS[maal]}. Nr. 1 er høyest, fjerdedel 1 er lavest",
        decimals=dict.fromkeys(headings, _decimals(survey, maal)) | whole,
        survey=survey,
    )


def _decimals(survey: Survey, maal: str) -> int:
    measures = unit_sheet.measures(survey.scope)
    return int(measures.filter(pl.col("maal") == maal)["desimaler"].max())  # type: ignore[arg-type]


def controls(survey: Survey, ark: str) -> HTML:
    """Return what the controls found in the unit's accounts as a table, or that they found nothing."""
    if not survey.gives.controls:
        return HTML("<p>Åpne tall har ingen regnskapsfiler å kontrollere.</p>")
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
        title="Funn i kontrollene",
        unit="Fra data/definitions/controls.csv",
        survey=survey,
    )


def check(survey: Survey, ark: str) -> str:
    """Return the text of the check cell: each measure as on the sheet and of the unit's rows alone.

    Raises ValueError where they differ: the sheet would show something else than the accounts.
    """
    rows = unit_sheet.recomputed(survey, ark)
    if not survey.gives.rows:
        return "Åpne tall er summer uten rader: målene er ikke regnet om igjen."
    lines = [
        f"{row['begrep']}: i arket {_with_unit(row, 'verdi')} | av radene {_with_unit(row, 'av_radene')} | "
        f"{'likt' if row['lik'] else 'ULIKT'}"
        for row in rows.iter_rows(named=True)
    ]
    if not rows["lik"].all():
        differs = next(line for line in lines if line.endswith("ULIKT"))
        raise ValueError(f"the sheet and the unit's own rows differ: {differs}")
    return "\n".join(lines)
