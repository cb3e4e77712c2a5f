"""What a notebook shows besides charts: prose with computed numbers, tables, definitions, verdicts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

import polars as pl
from great_tables import GT
from IPython.display import HTML, Markdown

from kommuneregnskap import claims, tables, units
from kommuneregnskap.chart_style import Chart
from kommuneregnskap.codesets import WITHOUT
from kommuneregnskap.norwegian import listing, number, with_unit
from kommuneregnskap.sections import numbers
from kommuneregnskap.survey import Survey

SYNTHETIC_WARNING = (
    "Syntetiske tall: regnskapene er oppdiktet og stilt inn mot de publiserte tallene. De viser at "
    "metoden og rapporten virker, og sier ingenting om virkelige kommuner."
)
MAX_NAMED = 10  # real deliveries are named when they are few; invented ones never
PLACEHOLDER = re.compile(r"\{(abs:)?([a-z][a-z0-9_.]+)(?::(\d))?(?:\|([^|}]*)\|([^}]*))?\}")


def banner(survey: Survey) -> Markdown:
    """Return the warning that opens every notebook on invented accounts, or the source line."""
    if survey.synthetic:
        return Markdown(f"> **{SYNTHETIC_WARNING}**")
    return Markdown(
        "> Regnet av leverte regnskapsfiler. Tallene er ikke kontrollert av SSB eller KS."
    )


def data_note(survey: Survey) -> Markdown:
    """Say whose accounts these are: source, year, scope, how many answered, population date, gaps."""
    answered = survey.enheter.filter("svart")
    kinds = {
        kind: answered.filter(pl.col("type") == kind).height
        for kind in ("kommune", "fylkeskommune")
    }
    names = answered["navn"].to_list()
    source = {"demo": "det syntetiske demopanelet", "kostra": "leverte KOSTRA-filer"}[survey.source]
    scope = {"kasse": "kommunekassen", "konsolidert": "konsolidert regnskap"}[survey.scope]
    lines = [
        f"Kilde: {source}. Regnskapsåret {survey.year}, {scope}. Regnskaper fra "
        f"{kinds['kommune']} {'kommune' if kinds['kommune'] == 1 else 'kommuner'} og "
        f"{kinds['fylkeskommune']} "
        f"{'fylkeskommune' if kinds['fylkeskommune'] == 1 else 'fylkeskommuner'}; år med regnskaper: "
        f"{', '.join(str(year) for year in survey.years)}. Innbyggere per "
        f"{_date(units.population_date(survey.year))} (SSB 07459).",
        *(
            [f"Levert av: {listing(names)}."]
            if not survey.synthetic and len(names) <= MAX_NAMED
            else []
        ),
        *survey.notes,
    ]
    return Markdown("\n\n".join(lines))


def _date(iso: str) -> str:
    months = [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ]
    year, month, day = iso.split("-")
    return f"{int(day)}. {months[int(month) - 1]} {year}"


def prose(tall: pl.DataFrame, survey: Survey, *sentences: str) -> Markdown:
    """Return sentences with section numbers filled in; a sentence that lacks a number is left out.

    `{id}` gives the number with its unit, `{id:2}` with two decimals, `{abs:id}` without sign,
    `{id|opp|ned}` the first word when it is above zero and the second otherwise.
    """
    filled = [text for text in (_filled(tall, survey.year, each) for each in sentences) if text]
    if not filled:
        return Markdown("Kilden har ikke tallene som trengs her. " + " ".join(survey.notes))
    return Markdown(" ".join(filled))


def _filled(tall: pl.DataFrame, year: int, sentence: str) -> str | None:
    found = {
        match.group(2): numbers.value(tall, match.group(2), year)
        for match in PLACEHOLDER.finditer(sentence)
    }
    unknown = [name for name in found if name not in set(tall["id"])]
    if unknown:
        raise KeyError(f"no section number {unknown[0]!r}")
    if any(value is None for value in found.values()):
        return None
    enheter = dict(tall.select("id", "enhet").iter_rows())

    def fill(match: re.Match[str]) -> str:
        magnitude, name, decimals, positive, negative = match.groups()
        value = found[name] or 0.0
        if positive is not None:
            return positive if value > 0 else negative
        shown = abs(value) if magnitude else value
        if enheter[name] == "mrd_kr" and 0 < abs(shown) < 1:
            return f"{number(1000 * shown, 1)} millioner kroner"
        return with_unit(shown, str(enheter[name]), int(decimals) if decimals else None)

    return PLACEHOLDER.sub(fill, sentence)


def table(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    title: str,
    unit: str = "",
    decimals: Mapping[str, int] | int = 1,
    survey: Survey | None = None,
) -> HTML:
    """Return a table with Norwegian numbers; `columns` gives the columns and their headings.

    `decimals`: for all numeric columns, or per column. Numbers are rounded here and nowhere else.
    """
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
    if survey is not None and survey.synthetic:
        gt = gt.tab_source_note("Syntetiske tall.")
    return rendered(gt)


def _as_text(name: str, decimals: int) -> pl.Expr:
    return pl.col(name).map_elements(
        lambda value: number(value, decimals), return_dtype=pl.String, skip_nulls=False
    )


def rendered(gt: GT) -> HTML:
    """Return a great-tables table as HTML that is the same from run to run."""
    return HTML(gt.as_raw_html(inline_css=False))


def figure(
    chart: Callable[[pl.DataFrame, Survey], Chart], frame: pl.DataFrame, survey: Survey
) -> object:
    """Return the chart of a table, or a sentence where the source has nothing to draw."""
    if frame.is_empty():
        return Markdown(
            "*Ingen figur: kilden har ikke tallene som trengs.* " + " ".join(survey.notes)
        )
    return chart(frame, survey)


def definition(survey: Survey, *begreper: str) -> HTML:
    """Return the definition of concepts as indicators.csv has them in the survey year."""
    rows = tables.valid("indicators", survey.year).filter(pl.col("begrep").is_in(begreper))
    order = {name: place for place, name in enumerate(begreper)}
    cards = [
        {
            "navn": group["navn"][0],
            "formel": " ".join(
                _term(row, first=n == 0) for n, row in enumerate(group.iter_rows(named=True))
            ),
            "ssb": group["ssb_kode"][0] or "–",
            "enhet": group["enhet"][0],
            "kilde": group["kilde"][0],
            "plass": order[group["begrep"][0]],
        }
        for group in rows.partition_by("begrep", maintain_order=True)
    ]
    shown = pl.DataFrame(cards).sort("plass").with_columns(pl.col("enhet").cast(pl.String))
    return table(
        shown,
        {
            "navn": "Begrep",
            "formel": "Definisjon",
            "ssb": "SSB-kode",
            "enhet": "Enhet",
            "kilde": "Kilde",
        },
        title=f"Definisjoner i regnskapsåret {survey.year}",
        unit="Fra data/definitions/indicators.csv; kodene er KOSTRAs",
    )


def _term(row: Mapping[str, object], *, first: bool) -> str:
    if row["regnskap"] == "prosent":
        numerator, denominator = (_name(part) for part in str(row["begreper"]).split(" / "))
        return f"100 · {numerator} / {denominator}"
    sign = "−" if int(str(row["fortegn"])) < 0 else ("" if first else "+")
    if row["begreper"]:
        return f"{sign} {_name(str(row['begreper']))}".strip()
    parts = [
        f"{label} {str(row[column]).replace(WITHOUT, ' uten ')}"
        for column, label in (
            ("arter", "art"),
            ("kapitler", "kapittel"),
            ("funksjoner", "funksjon"),
        )
        if row[column]
    ]
    return f"{sign} {row['regnskap']} ({'; '.join(parts)})".strip()


def _name(begrep: str) -> str:
    names = tables.read("indicators").filter(pl.col("begrep") == begrep)["navn"]
    return str(names[0]).lower() if len(names) else begrep


def area_definition(survey: Survey, *areas: str) -> HTML:
    """Return which functions make up service areas in the survey year; none named: the partition."""
    rows = tables.valid("tjenesteomraade", survey.year)
    chosen = (
        pl.col("tjenesteomraade").is_in(areas)
        if areas
        else pl.col("oppdeling").cast(pl.String) == "hoved"
    )
    return table(
        rows.filter(chosen).with_columns(pl.col("ssb_kode").fill_null("–")),
        {"navn": "Område", "funksjoner": "Funksjoner", "ssb_kode": "SSB-gruppe", "kilde": "Kilde"},
        title=f"Tjenesteområder i regnskapsåret {survey.year}",
        unit="Fra data/definitions/tjenesteomraade.csv",
    )


def assumptions(*ids: str) -> HTML:
    """Return the choices that a section rests on, with what was chosen and why."""
    rows = tables.read("assumptions").filter(pl.col("id").is_in(ids))
    missing = sorted(set(ids) - set(rows["id"]))
    if missing:
        raise KeyError(f"no assumption {missing[0]!r}")
    return table(
        rows,
        {
            "id": "Id",
            "spoersmaal": "Spørsmål",
            "valgt": "Valgt",
            "alternativer": "Alternativer",
            "begrunnelse": "Hvorfor",
        },
        title="Antakelser",
        unit="Fra data/definitions/assumptions.csv",
    )


def verdicts(survey: Survey, tall: pl.DataFrame, seksjon: str | None = None) -> HTML:
    """Return the published numbers of a section with interval, computed value and verdict."""
    rows = claims.judge(claims.read(survey.year), tall, survey)
    if seksjon is not None:
        rows = rows.filter(pl.col("seksjon") == seksjon)
    if rows.is_empty():
        return HTML(f"<p>Ingen publiserte tall er registrert for {survey.year}.</p>")
    return verdict_table(rows, title="Publiserte tall og dommer", survey=survey)


def verdict_table(rows: pl.DataFrame, *, title: str, survey: Survey) -> HTML:
    """Return verdict rows as a table with a badge per verdict."""
    badges = {
        name: f'<span class="dom dom-{name}">{html.escape(words)}</span>'
        for name, words in claims.VERDICTS.items()
    }
    shown = rows.select(
        "maaler",
        "publisert",
        "intervall",
        "beregnet_tekst",
        dommen=pl.col("dom").replace_strict(badges, return_dtype=pl.String),
        hvorfor="hvorfor",
        antakelser=pl.col("antakelser").fill_null("").str.replace_all(";", ", "),
    )
    headings = {
        "maaler": "Hva som måles",
        "publisert": "Publisert",
        "intervall": "Intervall",
        "beregnet_tekst": "Beregnet",
        "dommen": "Dom",
        "hvorfor": "Hvorfor",
        "antakelser": "Antakelser",
    }
    gt = GT(shown, id="dommer").tab_header(title=title).cols_label(cases=headings)  # type: ignore[arg-type]
    if survey.synthetic:
        gt = gt.tab_source_note(
            "Syntetiske tall: «kalibrert» betyr at panelet er stilt inn mot slike tall."
        )
    return rendered(gt)


def check(survey: Survey, tall: pl.DataFrame, seksjon: str | None = None) -> str:
    """Return the text of a check cell: one published number a line, with its verdict."""
    rows = claims.judge(claims.read(survey.year), tall, survey)
    return claims.check_lines(rows, seksjon)
