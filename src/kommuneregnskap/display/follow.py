"""The trail of a number in a notebook: what was published, the computation, each sum down to its largest rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import polars as pl
from IPython.display import HTML

from kommuneregnskap.display.notebook import MISSING_NUMBERS, table, warning
from kommuneregnskap.display.statement import COMPUTE, WITH, computes, sql_fold
from kommuneregnskap.numbers import sql
from kommuneregnskap.numbers.step import Step
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.trail import Trail, followed, words
from kommuneregnskap.numbers.trail.labels import UTVALG, row_of
from kommuneregnskap.numbers.trail.tables import ROWS_SHOWN, Shown, around, of_sum
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.norwegian import MISSING, number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables.sections import notebook_of
from kommuneregnskap.verdicts import judgement

CLAIMS = {
    "publisert": "Publisert",
    "intervall": "Intervall",
    "beregnet": "Beregnet",
    "dom": "Vurdering",
    "hvorfor": "Hvorfor",
    "kilde": "Kilde",
}


@dataclass(frozen=True)
class Statement:
    """What computes the number outside of here."""

    text: str


Part = str | Shown | Statement


class ShownTrail(HTML):
    """A trail as HTML, and as Markdown where no HTML is shown; `trail` has its values."""

    def __init__(self, trail: Trail, survey: Survey) -> None:
        parts = list(_parts(trail, survey))
        super().__init__("\n".join(_html(part, survey) for part in parts))  # type: ignore[no-untyped-call]
        self.trail = trail
        self.markdown = "\n\n".join(_markdown(part) for part in parts)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        """Return what stands where neither is shown: the number and its value."""
        return f"<{_heading(self.trail)}>"


def trail(survey: Survey, number_id: str) -> ShownTrail:
    """Return the trail of a number of the survey year, from what was published down to its largest rows.

    number_id: a section number (`investering.andel.grunnskole`) or a published number (`k2024_inv_grunnskole_andel`).
    `.trail` of what is returned has the frames. The lines of the account files: `make trace`. Raises UsageError,
    naming the nearest, for a number that is not there, and under other choices than the usual ones, which the tables
    do not say the computation of; TrailError where a step is not the sum of the next.
    """
    if survey.choices:
        raise UsageError(
            "a trail is of the usual choices, and this survey has made others; open it without assume"
        )
    tall = compute(survey)
    vurdering = judgement.judge(judgement.read(survey.year), tall, survey)
    return ShownTrail(followed(survey, number_id, tall, vurdering, top=ROWS_SHOWN), survey)


def _heading(trail: Trail) -> str:
    value = with_unit(trail.verdi, trail.enhet)
    return f"{trail.step.recipe.navn} {trail.aar}: {value} ({trail.tall_id})"


def _parts(trail: Trail, survey: Survey) -> Iterator[Part]:
    """Yield a trail from the top: sentences and tables, in the order they are read."""
    yield _heading(trail)
    if warning(survey):
        yield warning(survey)
    if trail.paastander.is_empty():
        yield "Ingen publiserte tall er holdt mot dette tallet."
    else:
        yield _claims(trail)
    yield from (worded(_computation(each), survey) for each in trail.steps)
    if trail.verdi is None:
        yield " ".join([MISSING_NUMBERS.capitalize(), *survey.gaps])
    for each in trail.sums:
        yield from of_sum(each, survey)
    yield from around(trail)
    yield f"Hvert trinn er summen av det neste; kontroller: {number(len(trail.kontroll))}, alle stemmer."
    yield Statement(sql.told(survey, trail.tall_id, trail.aar))


def _claims(trail: Trail) -> Shown:
    shown = trail.paastander.select(
        pl.format("«{}»", "publisert").alias("publisert"),
        "intervall",
        "hvorfor",
        beregnet="beregnet_tekst",
        dom=pl.col("dom").cast(pl.String).replace_strict(judgement.VERDICTS),
        kilde=pl.format("{}, {}", "kilde", "sted"),
    )
    return Shown("Publisert", shown, CLAIMS, tuple(CLAIMS))


def _computation(each: Step) -> str:
    one = each.recipe
    return (
        f"{one.tall_id} {each.aar}: {one.navn}, {UTVALG[one.utvalg]}. {words.formula(each)} = {words.value(each)} "
        f"({words.kind(each)}; {row_of(one)}, {notebook_of(one.seksjon)})"
    )


def _html(part: Part, survey: Survey) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, Statement):
        return sql_fold(part.text)
    made = table(part.frame, part.headings, title=part.title, decimals=part.decimals, survey=survey)
    return str(made.data)


def _markdown(part: Part) -> str:
    if isinstance(part, str):
        return _plain(part)
    if isinstance(part, Statement):
        how = f"{WITH}\n\n" if computes(part.text) else ""
        return f"**{COMPUTE}**\n\n{how}```sql\n{part.text}\n```"
    numeric = [part.frame.schema[name].is_numeric() for name in part.headings]
    rows: list[Sequence[str]] = [
        list(part.headings.values()),
        ["---:" if right else "---" for right in numeric],
    ]
    for cells in part.frame.select(list(part.headings)).iter_rows():
        rows.append(
            [
                number(cell, part.decimals) if right else _plain(str(cell or MISSING))
                for cell, right in zip(cells, numeric, strict=True)
            ]
        )
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"**{_plain(part.title)}**\n\n{lines}"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join(
        f"\\{character}" if character in "\\`*_|<>[]" else character for character in text
    )
