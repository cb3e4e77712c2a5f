"""The tables of the report as workbooks with a sheet per table, and as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from kommuneregnskap.display.table import INVENTED_NOTE, NUMBER
from kommuneregnskap.report import resources
from kommuneregnskap.report.book import WRAPPED, Book, Link
from kommuneregnskap.report.contents import Table, told
from kommuneregnskap.report.headings import Heading
from kommuneregnskap.report.resources import About, Origin, write_beside
from kommuneregnskap.sources.source import INVENTED
from kommuneregnskap.support.outside import write_csv
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.written import Innhold, Whose

LIST, LISTED = "innhold.csv", ["nr", "fil", "tittel", "enhet", "kilde", "merknad"]
WHOSE, NOBODYS = (
    "regnskaper",
    "ingen",
)  # the last column, and what it says of tables that are of no accounts
CONTENTS = "Innhold"
UNITLESS = "Enhet: se kolonnene"
LONGEST = 31  # characters of a sheet's name
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")  # Excel has other uses for them
WHOLE_WORDS = re.compile(r"[ ,]*\S*$")
Sheets = Mapping[str, Table]


def divided(tables: Sequence[Table], survey: Survey) -> tuple[Sheets, Sheets]:
    """Return the sheets of the first workbook and those of the second, by their names, in order.

    The first has the tables whose cells name a sheet (tag `ark:…`), where the source has numbers for them; its names
    are words. In the second a name is the number that the table has everywhere, and as much of its title as fits.
    """
    first = {each.sheet: each for each in tables if each.sheet and not each.says_nothing}
    taken = {each.nr for each in first.values()}
    return first, {_sheet_name(each): each for each in tables if each.nr not in taken}


def _sheet_name(table: Table) -> str:
    name = NOT_IN_NAMES.sub(" ", f"{table.nr} {table.title}")
    return name if len(name) <= LONGEST else WHOLE_WORDS.sub("", name[: LONGEST + 1])


def write_workbook(sheets: Sheets, survey: Survey, file: Path, *, rest: str = "") -> None:
    """Write tables as a workbook: a list with links, then a sheet per table; rest: the file with the other tables.

    Each sheet has title, unit, source (of open figures with snapshot and vintage) and the warning of the
    accounts above a frozen header; numbers are raw, formatted with the decimals of the report. Same
    tables, same bytes. Raises DataError where it cannot be written.
    """
    book = Book(survey)
    more = f". Resten av tabellene står i {rest}" if rest else ""
    book.sheet(
        CONTENTS,
        f"Kommuneregnskap {survey.year}: {'de viktigste tabellene' if rest else 'resten av tabellene'}",
        f"Trykk på et navn for å gå til arket{more}",
        [("Ark", "link"), ("Hva det viser", WRAPPED), ("Enhet", WRAPPED), ("Rader", "#,##0")],
        [
            [Link(name, name), each.title, each.unit.rstrip(".") or None, len(each.rows)]
            for name, each in sheets.items()
        ],
    )
    for name, each in sheets.items():
        book.sheet(
            name,
            each.title if rest else f"Tabell {each.nr}. {each.title}",
            each.unit.rstrip(".") or UNITLESS,
            [(column["navn"], number_format(column)) for column in each.columns],
            each.rows,
            back=Link(CONTENTS, "Til innholdet"),
        )
    book.write(file)


def number_format(column: dict[str, object]) -> str:
    """Return Excel's format of a column: grouped thousands and the decimals of the report, or text."""
    if column["slag"] != NUMBER:
        return WRAPPED
    decimals = int(str(column["desimaler"]))
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def write_csv_tables(tables: Sequence[Table], survey: Survey, folder: Path) -> list[Path]:
    """Write <name>.csv per table and innhold.csv in `folder`, with what each is beside it, and return the CSV files.

    Rows are the raw numbers of the report's tables under names for programs; the last column says in every row whose
    accounts they come from. The list gives nr, fil, tittel, enhet, kilde and merknad. `resources.write_beside` adds
    headings, units, source and the same as parquet. Same tables, same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    usual = resources.origin(survey)
    whose = [_origin(each, usual) for each in tables]
    files = [
        _write_table(each, survey, origin, folder)
        for each, origin in zip(tables, whose, strict=True)
    ]
    listed = [
        (each.nr, file.name, each.title, each.unit, "; ".join(origin.sources), each.note)
        for each, origin, file in zip(tables, whose, files, strict=True)
    ]
    contents = pl.DataFrame(listed, LISTED, orient="row")
    write_csv(contents, folder / LIST)
    about = About(
        "Tabellene i rapporten",
        usual,
        "Tabellene i denne mappen, i rapportens rekkefølge, hver med tittel, enhet og kilde.",
        schema=Innhold,
    )
    write_beside(contents, folder / LIST, about)
    return [*files, folder / LIST]


def _write_table(table: Table, survey: Survey, origin: Origin, folder: Path) -> Path:
    file = folder / f"{table.name}.csv"
    accounts = INVENTED if _is_invented(table) else survey.accounts
    if origin in (resources.DEFINITIONS, resources.PUBLISHED):
        accounts = NOBODYS
    frame = table.frame.with_columns(pl.lit(accounts).alias(WHOSE))
    write_csv(frame, file)
    headings = {
        each["kolonne"]: Heading(each["navn"], each.get("betydning", ""), each.get("enhet", ""))
        for each in table.columns
    }
    about = About(table.title, origin, told(table), table.unit, Whose, headings)
    write_beside(frame, file, about)
    return file


def _is_invented(table: Table) -> bool:
    """Return whether a table is of invented accounts in every report, as those of the simulation are."""
    return table.note == INVENTED_NOTE


def _origin(table: Table, usual: Origin) -> Origin:
    found = resources.of_part(table.tags, usual)
    return resources.INVENTED if found == usual and _is_invented(table) else found
