"""A door for SQL: the frames of a survey as tables, in polars' own SQL; it reads, and changes nothing."""

from __future__ import annotations

import re

import polars as pl

from kommuneregnskap.display.opening import latest
from kommuneregnskap.display.tour import frame_of, frames
from kommuneregnskap.support.errors import UsageError, one_line
from kommuneregnskap.support.nearest import nearest
from kommuneregnskap.survey.survey import Survey

LEDGER = ("poster", "balanse")
READS = re.compile(r"^(?:\s|--[^\n]*\n|\()*(?:select|with)\b", re.IGNORECASE)
WORD = re.compile(r"\w+")
NO_TABLE = re.compile(r"relation '(.+?)' was not found")
NO_COLUMN = re.compile(r'unable to find column "(.+?)"; valid columns: \[(.*?)\]')


def sql(query: str, *, survey: Survey | None = None, **own: pl.DataFrame) -> pl.DataFrame:
    """Return the answer to a question in SQL, such as `select navn, verdi from tidy where begrep = 'merforbruk'`.

    Tables: `tidy`, `panel`, `enheter`, `indikatorer`, `poster` and `balanse` of a survey, the one that was opened last
    where none is given; `kr.overview()` lists their columns, with units and meaning. own: further frames, under the
    name that they are given (`kr.sql("select … from tidy join egne …", egne=frame)`). The SQL is that of polars; names
    of tables and columns are written as they stand. Only `select` (and `with`) is read. Raises UsageError, naming the
    nearest, for a table or column that is not there, for the ledger where the source has none, and for a statement
    that polars cannot run, with its words.
    """
    if not READS.match(query):
        raise UsageError(f"the statement is {one_line(query)!r}; it begins with select or with")
    asked = latest(survey)
    known = [*frames(), *own]
    words = set(WORD.findall(query))
    ledger = {*LEDGER} & words - set(own)
    if ledger and not asked.gives.rows:
        raise UsageError(
            f"{', '.join(sorted(ledger))} has no rows: the source {asked.source} has sums and no ledger; open account "
            'files (source="kostra"), or the invented panel (source="demo")'
        )
    opened = {name: frame_of(asked, name) for name in frames() if name in words and name not in own}
    context = pl.SQLContext({name: frame.lazy() for name, frame in (opened | own).items()})
    try:
        return context.execute(query, eager=True)
    except pl.exceptions.PolarsError as error:
        raise UsageError(_said(str(error), known)) from None


def _said(reason: str, tables: list[str]) -> str:
    """Return what is wrong with a statement in one line: the nearest table or column, else polars' own words."""
    if table := NO_TABLE.search(reason):
        near = ", ".join(nearest(table[1], tables, 1))
        return f"no table is called {table[1]!r}; nearest: {near}; there are {', '.join(tables)}"
    if column := NO_COLUMN.search(reason):
        there = re.findall(r'"(.+?)"', column[2])
        near = ", ".join(nearest(column[1], there)) if there else "none"
        return f"no column is called {column[1]!r} there; nearest: {near} (kr.overview() lists them all)"
    return f"polars cannot run the statement: {one_line(reason.splitlines()[0])}"
