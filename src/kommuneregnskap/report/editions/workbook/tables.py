"""The tables of the report as workbooks with a sheet per table, and as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.display.table import INVENTED_NOTE, NUMBER
from kommuneregnskap.report.book import WRAPPED, Book, Link
from kommuneregnskap.report.contents import Table
from kommuneregnskap.sources import synthetic_panel
from kommuneregnskap.sources.source import INVENTED
from kommuneregnskap.support.outside import as_text
from kommuneregnskap.survey.survey import Survey

LIST = "innhold.csv"
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
    """Write <name>.csv per table and innhold.csv in `folder`, and return the files.

    Rows are the raw numbers of the report's tables; the last column says in every row whose accounts they
    come from. The list gives nr, file, title, unit, source and note. Same tables, same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = [["nr", "fil", "tittel", "enhet", "kilde", "merknad"]]
    written = []
    for each in tables:
        file = folder / f"{each.name}.csv"
        heading = [str(column["navn"]) for column in each.columns]
        _write(
            file,
            [[*heading, "regnskaper"], *([*row, _accounts(each, survey)] for row in each.rows)],
        )
        listed.append([each.nr, file.name, each.title, each.unit, _source(each, survey), each.note])
        written.append(file)
    _write(folder / LIST, listed)
    return [*written, folder / LIST]


def _accounts(table: Table, survey: Survey) -> str:
    """Return what a table's rows say of their accounts: the simulation is of invented ones in every report."""
    return INVENTED if table.note == INVENTED_NOTE else survey.accounts


def _source(table: Table, survey: Survey) -> str:
    invented = table.note == INVENTED_NOTE and not survey.synthetic
    return synthetic_panel.SOURCE.origin if invented else source_line(survey)


def _write(file: Path, rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    safe = ([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    csv.writer(text, lineterminator="\n").writerows(safe)
    file.write_text(text.getvalue(), encoding="utf-8", newline="\n")
