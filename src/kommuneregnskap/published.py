"""What the sources printed: intervals of their numbers, and their own arithmetic.

A printed number is an interval that follows from its printed precision and its qualifying word
(data/definitions/qualifiers.csv), never from a result. The source's own arithmetic
(data/claims/arithmetic.csv) is checked before ours.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import polars as pl

from kommuneregnskap import paths, schemas, tables
from kommuneregnskap.errors import DataError

ROUNDING = 9  # decimals kept when a value meets an interval: far below any printed digit


def years() -> list[int]:
    """Return the years that have a claims file."""
    return sorted(int(path.stem) for path in paths.claims("x").parent.glob("[0-9]*.csv"))


def read(year: int) -> pl.DataFrame:
    """Return the published numbers of a year with their intervals.

    Out: the columns of `schemas.Paastand` and nedre, oevre (Float64; null: unbounded),
    nedre_inkludert, oevre_inkludert (Bool). No claims file for the year: no rows. Raises DataError
    for a malformed table, an unknown qualifier or an unknown assumption.
    """
    path = paths.claims(str(year))
    if not path.is_file():
        return with_intervals(schemas.Paastand.create_empty())
    claims = tables.read_csv(path, schemas.Paastand)
    _check_references(claims, "kvalifikator", tables.read("qualifiers")["kvalifikator"], path.name)
    cited = claims.select("linje", pl.col("antakelser").str.split(";")).explode("antakelser")
    _check_references(cited.drop_nulls(), "antakelser", tables.read("assumptions")["id"], path.name)
    return with_intervals(claims)


def _check_references(rows: pl.DataFrame, column: str, known: pl.Series, name: str) -> None:
    odd = rows.filter(~pl.col(column).is_in(known.to_list()))
    if len(odd):
        raise DataError(
            paths.claims(name.removesuffix(".csv")),
            line=int(odd["linje"][0]),
            field=column,
            value=odd[column][0],
            allowed=", ".join(known.to_list()),
            todo="Mend the cell, or add the row it refers to.",
        )


def with_intervals(claims: pl.DataFrame) -> pl.DataFrame:
    """Add the interval that each printed number stands for.

    From `verdi` (to `verdi_til` for a range) half a unit of the last printed digit to each side, or what the
    qualifier says instead; for negative numbers mirrored, since words speak of the magnitude.
    """
    qualifiers = tables.read("qualifiers").select(
        "kvalifikator",
        "nedre_enheter",
        "oevre_enheter",
        pl.col("nedre_inkludert", "oevre_inkludert").cast(pl.String) == "ja",
    )
    step = pl.col("opploesning").fill_null(1.0)
    low = pl.col("verdi") - pl.col("nedre_enheter") * step
    high = pl.coalesce("verdi_til", "verdi") + pl.col("oevre_enheter") * step
    mirrored_low = pl.col("verdi") - pl.col("oevre_enheter") * step
    mirrored_high = pl.coalesce("verdi_til", "verdi") + pl.col("nedre_enheter") * step
    negative = pl.col("verdi") < 0
    return (
        claims.join(qualifiers, on="kvalifikator", how="left", maintain_order="left")
        .with_columns(
            nedre=pl.when(negative).then(mirrored_low).otherwise(low).round(ROUNDING),
            oevre=pl.when(negative).then(mirrored_high).otherwise(high).round(ROUNDING),
            nedre_inkludert=pl.when(negative).then("oevre_inkludert").otherwise("nedre_inkludert"),
            oevre_inkludert=pl.when(negative).then("nedre_inkludert").otherwise("oevre_inkludert"),
        )
        .drop("nedre_enheter", "oevre_enheter")
    )


RULES: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "andel": ("100 · a / b", lambda a, b: 100 * a / b),
    "vekst_av_endring": ("100 · a / (b − a)", lambda a, b: 100 * a / (b - a)),
    "base_av_vekst": ("100 · a / b", lambda a, b: 100 * a / b),
    "differanse": ("a − b", lambda a, b: a - b),
    "sum": ("a + b", lambda a, b: a + b),
}


def arithmetic(claims: pl.DataFrame, year: int) -> pl.DataFrame:
    """Check the release's own arithmetic: does the printed result meet what its parts allow?

    In: `read(year)`. Out: id, a, b, resultat (claim ids), regnestykke (text), nedre, oevre (what the
    printed intervals of the parts allow), resultat_nedre, resultat_oevre, stemmer (Bool), forklaring.
    Interval arithmetic over the corners of the parts' intervals. Raises DataError for an unknown
    rule or claim.
    """
    known = {row["id"]: row for row in claims.iter_rows(named=True)}
    rows = []
    rules = tables.read("arithmetic").filter((pl.col("aar") == year) & pl.lit(bool(known)))
    for row in rules.iter_rows(named=True):
        _check_rule(row, known)
        low, high = _bounds(known[row["a"]], known[row["b"]], row["regel"])
        result = known[row["resultat"]]
        rows.append(
            {
                **{name: row[name] for name in ("id", "regel", "a", "b", "resultat", "forklaring")},
                "regnestykke": RULES[row["regel"]][0]
                .replace("a", known[row["a"]]["trykt"], 1)
                .replace("b", known[row["b"]]["trykt"], 1),
                "nedre": low,
                "oevre": high,
                "resultat_nedre": result["nedre"],
                "resultat_oevre": result["oevre"],
                "stemmer": high >= result["nedre"] and low <= result["oevre"],
            }
        )
    columns = ("id", "regel", "a", "b", "resultat", "forklaring", "regnestykke")
    limits = ("nedre", "oevre", "resultat_nedre", "resultat_oevre")
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys(columns, pl.String)
        | dict.fromkeys(limits, pl.Float64)
        | {"stemmer": pl.Boolean},
    )


def _check_rule(row: dict[str, object], known: dict[str, dict[str, object]]) -> None:
    where = {"file": tables.file_of("arithmetic"), "line": row["linje"]}
    if row["regel"] not in RULES:
        raise DataError(**where, field="regel", value=row["regel"], allowed=", ".join(RULES))  # type: ignore[arg-type]
    for name in ("a", "b", "resultat"):
        if row[name] not in known:
            raise DataError(
                **where,  # type: ignore[arg-type]
                field=name,
                value=row[name],
                allowed=f"the id of a claim in data/claims/{row['aar']}.csv",
            )


def _bounds(a: dict[str, float], b: dict[str, float], rule: str) -> tuple[float, float]:
    corners = [
        RULES[rule][1](x, y) for x, y in product((a["nedre"], a["oevre"]), (b["nedre"], b["oevre"]))
    ]
    return round(min(corners), ROUNDING), round(max(corners), ROUNDING)
