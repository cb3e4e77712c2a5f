"""Published numbers against computed ones: a verdict for each (data/claims/<year>.csv)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kommuneregnskap.support.norwegian import interval, number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, reader
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.tables.published import inside, read
from kommuneregnskap.tables.schemas import numbers as schema
from kommuneregnskap.verdicts import brackets
from kommuneregnskap.verdicts.arithmetic import arithmetic, marks
from kommuneregnskap.verdicts.decide import EXPLAINED, VERDICTS, decide, of_all, of_same

BRACKET = " (i utvalg "  # what stands before the bracket in `beregnet_tekst`
NOTHING_PUBLISHED = "Ingen publiserte tall for dette året."

__all__ = ["EXPLAINED", "VERDICTS", "arithmetic", "check_lines", "counts", "judge", "read"]


@reader.held()
def judge(
    claims: pl.DataFrame, tall: pl.DataFrame, survey: Survey, klammer: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Give every published number its verdict.

    In: `read(year)`, the section numbers (`frames.Tall`), the survey they were computed from, and
    where they are known already its brackets (`brackets.of`).
    What each is held against follows the survey's choices (`choices.numbers`). Out, in the order of the
    claims: id, seksjon, maaler, publisert (as printed), verdi, nedre, oevre (the interval), intervall
    (text), beregnet (Float64), enheter, av (how many it is of, of how many: `frames.Tall`), klamme_nedre,
    klamme_oevre (on open figures: the bracket, see `brackets`), andel_inne (percent of the panels drawn there whose
    value lies in the interval), beregnet_tekst, enhet, avvik (computed minus printed), dom, merke (beside the
    verdict, null for none: `selvmotsigelse` where its source's own arithmetic does not give it, `uforenlig` where
    that of several does not), hvorfor (bokmål; what the mark says comes last), inne (Bool: the computed
    value lies in the interval), tall_id, aar, antakelser, kilde, sted.
    """
    claims = claims.with_columns(pl.col("tall_id").replace(choices.numbers(survey.choices)))
    joined = (
        claims.join(
            tall.select("aar", "enheter", "av", tall_id="id", beregnet="verdi"),
            on=["tall_id", "aar"],
            how="left",
            maintain_order="left",
        )
        .join(
            brackets.of(survey) if klammer is None else klammer,
            on=["tall_id", "aar"],
            how="left",
            maintain_order="left",
        )
        .with_columns(  # the panels are of respondents, and a number of others stands beside no such number
            pl.when(~of_all()).then(pl.col(name)).alias(name)
            for name in set(brackets.SCHEMA) - {"tall_id", "aar"}
        )
        .with_columns(pl.when(~of_all() | of_same(survey)).then("beregnet").alias("beregnet"))
        .join(
            marks(arithmetic(claims, survey.year)),
            on="id",
            how="left",
            maintain_order="left",
        )
    )
    judged = joined.with_columns(
        inne=inside(pl.col("beregnet")),
        andel_inne=_share_inside(joined),
        kant=pl.Series(_reaching_the_edge(joined, tall, survey), dtype=pl.Boolean),
    ).pipe(decide, survey)
    return (
        in_words(judged)
        .with_columns(
            avvik=pl.when(~pl.col("enhet").cast(pl.String).is_in(["retning"])).then(
                pl.col("beregnet") - pl.col("verdi")
            ),
            hvorfor=with_mark(),
        )
        .select(
            "id",
            pl.col("seksjon").cast(pl.String),
            "maaler",
            pl.col("trykt").alias("publisert"),
            "verdi",
            "nedre",
            "oevre",
            "intervall",
            "beregnet",
            "enheter",
            "av",
            "klamme_nedre",
            "klamme_oevre",
            "andel_inne",
            "beregnet_tekst",
            pl.col("enhet").cast(pl.String),
            "avvik",
            "dom",
            "merke",
            "hvorfor",
            "inne",
            "tall_id",
            "aar",
            "antakelser",
            "kilde",
            "sted",
        )
    )


def asked_for(claims: pl.DataFrame, survey: Survey) -> list[str]:
    """Return the ids of the section numbers that `judge` asks for to judge claims on a survey."""
    of = claims["tall_id"].drop_nulls().replace(choices.numbers(survey.choices))
    return list(dict.fromkeys([*of, *_counted(of, survey).values()]))


def _counted(ids: pl.Series, survey: Survey) -> dict[str, str]:
    """Return the runs of years among section numbers, and the number whose years each counts."""
    return {
        name: str(one.teller)
        for name in ids.drop_nulls().unique(maintain_order=True)
        if (one := recipe(name, survey.choices)).slag == schema.RUN
    }


def with_mark() -> pl.Expr:
    """Say why a number got its verdict and, last, what its mark says. In: hvorfor, merket (null: no mark)."""
    return pl.concat_str("hvorfor", "merket", separator="; ", ignore_nulls=True)


def in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the printed interval and the value in words, rounded as shown: intervall, beregnet_tekst.

    rows: nedre, oevre, opploesning, enhet, beregnet; with a bracket also klamme_nedre, klamme_oevre.
    """
    words = {"intervall": _shown_interval, "beregnet_tekst": _shown_value}
    return rows.with_columns(
        pl.struct(rows.columns).map_elements(word, return_dtype=pl.String).alias(name)
        for name, word in words.items()
    )


def _reaching_the_edge(joined: pl.DataFrame, tall: pl.DataFrame, survey: Survey) -> list[bool]:
    """Return whether each number is a run of years that ends where the figures do, so that it may be longer."""
    there = set(tall.drop_nulls("verdi").select("id", "aar").iter_rows())
    runs = _counted(joined["tall_id"], survey)
    return [
        name in runs and length is not None and (runs[name], year - int(length)) not in there
        for name, year, length in joined.select("tall_id", "aar", "beregnet").iter_rows()
    ]


def _share_inside(joined: pl.DataFrame) -> pl.Series:
    """Return the percent of the panels drawn whose value lies in the printed interval; null without a bracket."""
    each = (
        joined.with_row_index("plass")
        .explode(brackets.DRAWN, empty_as_null=False, keep_nulls=False)
        .group_by("plass")
        .agg(
            andel=pl.when(pl.col(brackets.DRAWN).count() > 0).then(
                100 * inside(pl.col(brackets.DRAWN)).fill_null(value=False).mean()
            )
        )
    )
    places = pl.DataFrame({"plass": pl.int_range(len(joined), dtype=pl.UInt32, eager=True)})
    return places.join(each, on="plass", how="left", maintain_order="left")["andel"]


def no_brackets() -> pl.DataFrame:
    """Return brackets of nothing, for values without verdicts on open figures."""
    return pl.DataFrame(schema=brackets.SCHEMA)


def _decimals(row: Mapping[str, object]) -> int:
    step = float(str(row["opploesning"] or 1))
    if step >= 1:
        return 0
    return next((n for n in range(4) if abs(step * 10**n - round(step * 10**n)) < 1e-9), 2)


def _one_more(row: Mapping[str, object]) -> int:
    """Return the decimals of a computed value: one more than printed, so that rounding can be followed."""
    return _decimals(row) + (row["enhet"] in ("mrd_kr", "prosent", "prosentpoeng"))


def _shown_interval(row: dict[str, float]) -> str:
    halves = 1 if row["nedre"] is not None and row["nedre"] != row["oevre"] else 0
    return interval(row["nedre"], row["oevre"], _decimals(row) + halves)


def _shown_value(row: dict[str, float]) -> str:
    return with_unit(row["beregnet"], str(row["enhet"]), _one_more(row)) + bracket(row)


def shown(value: float | None, row: Mapping[str, object]) -> str:
    """Return a value of a published number's row without its unit, empty where it is missing.

    row: enhet, opploesning.
    """
    if value is None:
        return ""
    if row["enhet"] in ("rang", "retning"):
        return with_unit(value, str(row["enhet"]))
    return number(value, _one_more(row))


def bracket(row: Mapping[str, object]) -> str:
    """Return the bracket of a published number's row in words, empty where it has none.

    row: enhet, opploesning, klamme_nedre, klamme_oevre.
    """
    if row.get("klamme_nedre") is None or row["enhet"] == "retning":
        return ""
    drawn = (float(str(row[name])) for name in ("klamme_nedre", "klamme_oevre"))
    low, high = (number(end, _one_more(row)) for end in drawn)
    ends = low if low == high else f"{low} til {high}"
    return f"{BRACKET}{ends})"


def value_and_bracket(text: str) -> tuple[str, str]:
    """Return the value and the bracket, `0,2 til 7,0`, of a `beregnet_tekst`; the bracket empty where it has none."""
    value, _, ends = text.partition(BRACKET)
    return value, ends.removesuffix(")")


def verdict(row: Mapping[str, object]) -> str:
    """Return a published number's verdict with its mark behind it, as check texts have it. row: dom, merke."""
    return f"{row['dom']} ({row['merke']})" if row["merke"] else str(row["dom"])


def counts(vurdering: pl.DataFrame) -> pl.DataFrame:
    """Return how many published numbers got each verdict: dom, dom_navn, forklaring, antall, in fixed order."""
    found = vurdering.group_by("dom").agg(antall=pl.len())
    return (
        pl.DataFrame(
            {
                "dom": list(VERDICTS),
                "dom_navn": list(VERDICTS.values()),
                "forklaring": list(EXPLAINED.values()),
            }
        )
        .join(found, on="dom", how="left", maintain_order="left")
        .with_columns(pl.col("antall").fill_null(0).cast(pl.Int64))
    )


def check_lines(vurdering: pl.DataFrame, seksjon: str | None = None) -> str:
    """Return the verdicts of a section as plain text, one published number a line.

    The text that the notebooks' check cells store and nbval compares: rounded once, here.
    """
    rows = vurdering if seksjon is None else vurdering.filter(pl.col("seksjon") == seksjon)
    if rows.is_empty():
        return NOTHING_PUBLISHED
    return "\n".join(
        f"{row['id']}: publisert {row['publisert']} | beregnet {row['beregnet_tekst']} | {verdict(row)}"
        for row in rows.iter_rows(named=True)
    )


def changed_lines(stored: str, new: str) -> list[str]:
    """Return what differs between two texts of `check_lines`, a line per published number, for people.

    Each line names the published number as printed, and what the stored and the new text say of it.
    Empty when one of the texts is not of that form.
    """
    before, after = _by_claim(stored), _by_claim(new)
    if not before and not after:
        return []
    absent = ("", "no such published number")
    return [
        f"{name}: {(before.get(name) or after[name])[0]}; stored: {before.get(name, absent)[1]}; "
        f"new: {after.get(name, absent)[1]}"
        for name in [*before, *(name for name in after if name not in before)]
        if before.get(name) != after.get(name)
    ]


def _by_claim(text: str) -> dict[str, tuple[str, str]]:
    """Return the lines of `check_lines` as id → (what was published, what was found).

    Lines of `agreement.check` as well, whose measures may hold a colon.
    """
    found = {}
    for line in text.splitlines():
        sign = ": publisert " if ": publisert " in line else ": "
        name, _, rest = line.partition(sign)
        if " | " in rest:
            printed, _, value = (sign.removeprefix(": ") + rest).partition(" | ")
            found[name] = printed, value.replace(" | ", ", ")
    return found
