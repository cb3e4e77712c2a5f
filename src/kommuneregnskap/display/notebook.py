"""What a notebook shows besides charts: prose with computed numbers, tables, definitions, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import polars as pl
from great_tables import GT
from IPython.display import HTML, Markdown

from kommuneregnskap import tables
from kommuneregnskap.charts.style import FIGURE, NUMBERS, Drawn, open_figures
from kommuneregnskap.display.table import INVENTED_NOTE, content, raw, rendered, shown_columns
from kommuneregnskap.numbers import concepts
from kommuneregnskap.numbers.table import told
from kommuneregnskap.sources import is_invented
from kommuneregnskap.support.norwegian import date, listing, number
from kommuneregnskap.support.outside import in_markdown, visible
from kommuneregnskap.survey.notes import MAX_NAMED, SCOPES, counted_all_the_same
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import whole_name, worded
from kommuneregnskap.tables import choices, units, wording

SYNTHETIC_WARNING = (
    "Syntetiske tall: regnskapene er oppdiktet og stilt inn mot de publiserte tallene. De viser at "
    "metoden og rapporten virker, og sier ingenting om virkelige kommuner."
)
MOST_NAMED = 6  # concepts that a warning names
MISSING_NUMBERS = "kilden har ikke tallene som trengs."
WHOSE = "regnskaper"  # a column that says of which accounts the rows are


def warning(survey: Survey) -> str:
    """Return what every output must say of the accounts; empty where nothing is the matter."""
    parts = [SYNTHETIC_WARNING] * survey.synthetic + unsound(survey)
    made = choices.described(survey.choices)
    if made:
        named = [f"{row['navn']} ({row['valg']}={row['alternativ']})" for row in made]
        parts.append(f"Andre valg enn de vanlige: {'; '.join(named)}.")
    return " ".join(parts)


def unsound(survey: Survey) -> list[str]:
    """Say which of the numbers shown errors bear on, where accounts are counted that did not pass the controls.

    Errors that bear on no number shown are for the part on the controls alone.
    """
    named = concepts.unsound(survey)
    if not named:
        return []
    words = dict(tables.valid("indicators", survey.year).select("begrep", "navn").iter_rows())
    touched = sorted({words[name][:1].lower() + words[name][1:] for name in named})
    rest = len(touched) - MOST_NAMED
    said = (
        listing(touched) if rest < 2 else f"{', '.join(touched[:MOST_NAMED])} og {rest} andre tall"
    )
    opening = (
        "Regnskapet besto ikke kontrollene."
        if survey.alone
        else "Ingen av regnskapene besto kontrollene."
    )
    return [f"{opening} Feilene berører {said}; de tallene er bare til eget bruk."]


def banner(survey: Survey) -> Markdown:
    """Return the warning that opens every notebook on invented or unsound accounts, or the source line."""
    if warning(survey):
        return Markdown(f"> **{in_markdown(warning(survey))}**")
    if survey.origin.note:
        return Markdown(f"> {survey.origin.note}")
    return Markdown(f"> {in_markdown(open_figures(survey))} Egne beregninger.")


def data_note(survey: Survey) -> Markdown:
    """Say what `data_lines` does, for a notebook."""
    return Markdown("\n\n".join(map(in_markdown, data_lines(survey))))


def data_lines(survey: Survey) -> list[str]:
    """Say whose accounts these are: source, year, scope, how many answered, population date, gaps."""
    source = survey.origin.words or open_figures(survey).removesuffix(".")
    lines = [
        f"Kilde: {source}. Regnskapsåret {survey.year}, {SCOPES[survey.scope]}. {_whose(survey)}; år med regnskaper: "
        f"{', '.join(str(year) for year in survey.years)}. Innbyggere per "
        f"{date(units.population_date(survey.year))} (SSB 07459).",
        *_delivered_by(survey),
        *survey.notes,
        *(
            [counted_all_the_same(survey.utelatt, alone=bool(survey.alone))]
            if unsound(survey)
            else []
        ),
    ]
    return [visible(line) for line in lines]


def _whose(survey: Survey) -> str:
    """Say how many the accounts are of; of one municipality, of which."""
    if survey.alone:
        return f"Regnskapet til {whole_name(survey)}"
    kinds = survey.enheter.filter("svart")["type"].to_list()
    own, counties = kinds.count("kommune"), kinds.count("fylkeskommune")
    whose = f"Regnskaper fra {own} {'kommune' if own == 1 else 'kommuner'}"
    if survey.gives.counties:
        whose += f" og {counties} {'fylkeskommune' if counties == 1 else 'fylkeskommuner'}"
    return whose


def _delivered_by(survey: Survey) -> list[str]:
    """Name those who delivered, where they are few and not named already."""
    names = survey.enheter.filter("svart")["navn"].to_list()
    if survey.synthetic or survey.alone or not survey.gives.respondents or len(names) > MAX_NAMED:
        return []
    return [f"Levert av: {listing(names)}."]


def prose(tall: pl.DataFrame, survey: Survey, *sentences: str) -> Markdown:
    """Return sentences with section numbers filled in; a sentence that lacks a number, or may not tell it, is left out.

    `{id}` gives the number with its unit, `{id:2}` with two decimals, `{abs:id}` without sign,
    `{id|opp|ned}` the first word when it is above zero and the second otherwise; all of it in `wording`.
    """
    numbers = wording.numbers_of(told(survey, tall), survey.year)
    filled = [text for text in (wording.filled(each, numbers) for each in sentences) if text]
    if not filled:
        return Markdown(f"{MISSING_NUMBERS.capitalize()} {_gaps(survey)}")
    return Markdown(worded(" ".join(filled), survey))


def table(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    title: str,
    unit: str = "",
    decimals: Mapping[str, int] | int = 1,
    survey: Survey | None = None,
    empty: str = "",
) -> HTML:
    """Return a table with Norwegian numbers; `columns` gives the columns and their headings.

    `decimals`: for all numeric columns, or per column. Numbers are rounded here and nowhere else.
    A table without rows becomes a sentence that says why, where `survey` is given: `empty`, or what the
    source lacks.
    """
    if survey is not None:
        title, unit = worded(title, survey), worded(unit, survey)
        columns = {name: worded(heading, survey) for name, heading in columns.items()}
        if survey.alone:
            frame, columns, unit = in_millions(frame, columns, unit)
    if survey is not None and frame.is_empty():
        why = [empty] if empty else [f"{title}: {MISSING_NUMBERS}", *survey.gaps]
        said = [escape(text) for text in why]
        if not empty:
            said[0] = f"<em>{said[0]}</em>"
        return HTML(f"<p>{' '.join(said)}</p>")
    places = decimals if isinstance(decimals, Mapping) else dict.fromkeys(columns, decimals)
    numeric = [name for name in columns if frame.schema[name].is_numeric()]
    shown = frame.select(
        _as_text(name, places.get(name, 0))
        if name in numeric
        else pl.col(name).cast(pl.String).fill_null("")
        for name in columns
    )
    gt = GT(shown, id="tabell").tab_header(title=title, subtitle=unit or None)
    gt = gt.cols_label(cases=dict(columns)).cols_align("right", columns=numeric)
    invented = survey is not None and (survey.synthetic or _of_invented(frame))
    note = INVENTED_NOTE if invented else ""
    if note:
        gt = gt.tab_source_note(note)
    raw = shown_columns(frame, columns, places)
    return rendered(gt, content(frame, raw, title=title, unit=unit, note=note))


BILLIONS = {"mrd. kr": "mill. kr", "Mrd. kr": "Mill. kr", "Milliarder kroner": "Millioner kroner"}


def in_millions(
    frame: pl.DataFrame, columns: Mapping[str, str], unit: str
) -> tuple[pl.DataFrame, dict[str, str], str]:
    """Return a table of one municipality with its billions of kroner as millions, in values and words.

    frame, columns, unit: as for `table`. Counts are whole numbers, and stay.
    """
    everywhere = any(words in unit for words in BILLIONS)
    own = [
        name
        for name, heading in columns.items()
        if frame.schema[name].is_float() and (everywhere or any(w in heading for w in BILLIONS))
    ]
    for words, instead in BILLIONS.items():
        columns = {name: heading.replace(words, instead) for name, heading in columns.items()}
        unit = unit.replace(words, instead)
    return frame.with_columns(pl.col(name) * 1000 for name in own), dict(columns), unit


def _gaps(survey: Survey) -> str:
    return " ".join(map(in_markdown, survey.gaps))


def _of_invented(frame: pl.DataFrame) -> bool:
    """Return whether a frame says itself that its rows are of invented accounts, as the kept simulation does."""
    return WHOSE in frame.columns and is_invented(str(frame[WHOSE][0]))


def _as_text(name: str, decimals: int) -> pl.Expr:
    return pl.col(name).map_elements(
        lambda value: number(value, decimals), return_dtype=pl.String, skip_nulls=False
    )


def figure(
    chart: Callable[[pl.DataFrame, Survey], Drawn],
    frame: pl.DataFrame,
    survey: Survey,
    *,
    empty: str = "",
) -> object:
    """Return the chart of a table, or a sentence where there is nothing to draw: `empty`, or what the source lacks."""
    if frame.is_empty() and empty:
        return Markdown(f"*Ingen figur: {empty}*")
    if frame.is_empty():
        return Markdown(f"*Ingen figur: {MISSING_NUMBERS}* {_gaps(survey)}")
    drawn = chart(frame, survey)
    numbers = {"kolonner": frame.columns, "rader": raw(frame)}
    drawn.usermeta = {**drawn.usermeta, FIGURE: chart.__name__, NUMBERS: numbers}
    return drawn
