"""Which checks see which errors, and where numbers come from, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from rich.console import RenderableType
from rich.table import Table

from kommuneregnskap.mutants import generated
from kommuneregnskap.mutants.method import APART, REFUSED, SEEN, SURVIVES
from kommuneregnskap.report import coverage

if TYPE_CHECKING:  # loaded by the command that needs it alone
    from kommuneregnskap.mutants.matrix import Matrix

# In English, what tables and pages have in Norwegian.
CHECKS = {
    "publisert tall": "published numbers",
    "regnestykke": "rules of a release's arithmetic",
    "kontroll": "controls",
    "identitet": "identities",
    "tabellkontroll": "checks of tables",
}
OUTCOMES = {
    "som ventet": "as expected",
    "overlevde": "survived",
    "andre prøver enn ventet": "seen by other checks than expected",
}
CLASSES = {
    coverage.COMPUTED: "computed",
    coverage.PUBLISHED: "published",
    coverage.DEFINED: "defined",
    coverage.YEAR: "years",
    coverage.CODE: "codes",
    coverage.HEADING: "numbers of parts",
    coverage.EXCUSED: "typed, with a reason",
    coverage.TYPED: "typed",
}


def matrix_tables(found: Matrix) -> Iterator[RenderableType]:
    """Yield the table of mutants with the checks that saw them, then how busy each kind of check is."""
    table = Table(title="Mutants and the checks that saw them", title_justify="left")
    for heading in ("Id", "Mutant", "Seen by", "Outcome"):
        table.add_column(heading, overflow="fold")
    for row in found.mutanter.iter_rows(named=True):
        style = None if not row["ventet"] and row["antall"] else "bold red"
        table.add_row(
            row["id"],
            row["navn"],
            row["fanget_av"] or "–",
            OUTCOMES[row["utfall"]],
            style=style,
        )
    yield table
    kinds = Table(title="Checks", title_justify="left")
    for heading in ("Kind", "Checks", "Saw at least one", "Saw only one"):
        kinds.add_column(heading, justify="left" if heading == "Kind" else "right")
    per_kind = found.proever.group_by("slag", maintain_order=True).agg(
        n=pl.len(), seen=(pl.col("antall") > 0).sum(), once=(pl.col("antall") == 1).sum()
    )
    for kind, *counted in per_kind.iter_rows():
        kinds.add_row(CHECKS[kind], *(str(cell) for cell in counted))
    yield kinds
    killed = len(found.mutanter) - len(found.survivors)
    yield f"{killed} of {len(found.mutanter)} mutants seen, {len(found.unexpected)} by other checks than expected"


def generated_tables(found: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield how many errors were made in each column of each definition table, and who saw them.

    found: `mutants.generated.run`.
    """
    table = Table(title="Generated errors in definitions", title_justify="left")
    for heading in ("Table", "Column", "Made", "Refused", "Seen by every code", "Survived"):
        table.add_column(heading, justify="left" if heading in ("Table", "Column") else "right")
    for name, column, *counted in generated.summary(found).drop("overlevende").iter_rows():
        table.add_row(
            name, "(row)" if column == generated.ROW else column, *(str(cell) for cell in counted)
        )
    yield table
    left = len(found.filter(pl.col("sett_av") == ""))
    yield f"{len(found)} errors made, {left} survived ({100 * left / max(len(found), 1):.1f} percent)"


def method_tables(found: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield how many changes of numbers.csv the notebooks see, and those that they do not, by name.

    found: `mutants.method.run`.
    """
    counted = dict(found.group_by("sett").len().iter_rows())
    seen, refused, left = (counted.get(name, 0) for name in (SEEN, REFUSED, SURVIVES))
    tried = seen + refused + left
    yield (
        f"numbers.csv: {tried} changes of what the notebooks compute: {seen} seen by them, {refused} refused with "
        f"their place, {left} where the panel gives the same ({100 * left / max(tried, 1):.0f} percent); "
        f"{counted.get(APART, 0)} of numbers that no notebook computes"
    )
    table = Table(title="Changes that no notebook sees on the panel", title_justify="left")
    for heading in ("Number", "Column", "From", "To"):
        table.add_column(heading, overflow="fold")
    for row in found.filter(pl.col("sett") == SURVIVES).rows():
        table.add_row(*(str(cell) or "–" for cell in row[:4]))
    yield table


def coverage_tables(found: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield how many numbers on a page are of each class, then those that somebody typed.

    found: `coverage.numbers`.
    """
    table = Table(title="Numbers on the page", title_justify="left")
    table.add_column("Class")
    table.add_column("Numbers", justify="right")
    for klasse, count in coverage.counts(found).iter_rows():
        table.add_row(CLASSES[klasse], str(count))
    yield table
    typed = coverage.untraced(found)
    yield f"{len(typed)} of {len(found)} numbers are typed and have no reason in exemptions.csv"
    for row in typed.iter_rows(named=True):
        yield f"  {row['sted']}: {row['tall']} in «{row['tekst']}»"
