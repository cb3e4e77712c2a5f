"""Published numbers that a later publication states otherwise, linked and checked.

Method: data/claims/restatements.csv. A number has at most one that replaces it and one that it
replaces, so that links form chains.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.norwegian import date
from kommuneregnskap.tables import published

SAME_SCOPE = ("panel", "revisjon")  # what may differ in a restatement of these kinds, scope may not


def links(everything: pl.DataFrame) -> pl.DataFrame:
    """Return which published number a later publication states otherwise, with the difference.

    In: `published.read_all`. Out, in the order of the table: fra_id, til_id, serie, gjelder, enhet, foer and
    naa (as printed), foer_vintage, naa_vintage, foer_utgiver, naa_utgiver, endring (later minus
    earlier, in `enhet`, of the middle of a range), hva, forklaring, kilde. Raises DataError (file,
    line) for a link to a claim that does not exist, of another quantity, year or (panel, revisjon)
    scope, and to an earlier publication.
    """
    table = tables.read("restatements").with_columns(pl.col("hva").cast(pl.String))
    known = everything["id"].to_list()
    for column in ("fra_id", "til_id"):
        unknown = table.filter(~pl.col(column).is_in(known))
        _refuse(unknown, column, "the id of a claim in data/claims/")
    ends = everything.select(
        "id", "serie", "gjelder", pl.col("enhet", "omfang", "utgiver").cast(pl.String), "vintage",
        "trykt", midt=published.middle(),
    )  # fmt: skip
    joined = table.join(ends, left_on="fra_id", right_on="id", how="left", maintain_order="left")
    joined = joined.join(
        ends, left_on="til_id", right_on="id", how="left", maintain_order="left", suffix="_naa"
    )
    for column, what in (("serie", "quantity (serie)"), ("gjelder", "accounting year (gjelder)")):
        other = pl.col(column).is_null() | pl.col(column).ne_missing(pl.col(f"{column}_naa"))
        _refuse(joined.filter(other), "til_id", f"a claim of the same {what} as fra_id")
    scope = pl.col("hva").is_in(SAME_SCOPE) & (pl.col("omfang") != pl.col("omfang_naa"))
    _refuse(joined.filter(scope), "hva", "omfang or ukjent where the scopes (omfang) differ")
    _refuse(joined.filter(_before()), "til_id", "a claim published no earlier than fra_id")
    return joined.select(
        "fra_id", "til_id", "serie", "gjelder", "enhet", foer="trykt", naa="trykt_naa",
        foer_vintage="vintage", naa_vintage="vintage_naa", foer_utgiver="utgiver",
        naa_utgiver="utgiver_naa",
        endring=(pl.col("midt_naa") - pl.col("midt")).round(published.ROUNDING),
        hva="hva", forklaring="forklaring", kilde="kilde",
    )  # fmt: skip


def _before() -> pl.Expr:
    """Whether the later number was published first, as far as both dates tell."""
    digits = pl.min_horizontal(
        pl.col("vintage").str.len_chars(), pl.col("vintage_naa").str.len_chars()
    )
    return pl.col("vintage_naa").str.head(digits) < pl.col("vintage").str.head(digits)


def _refuse(odd: pl.DataFrame, column: str, allowed: str) -> None:
    if len(odd):
        raise DataError(
            tables.file_of("restatements"),
            line=int(odd["linje"][0]),
            field=column,
            value=odd[column][0],
            allowed=allowed,
            todo="Mend the link, or the claim it leads to.",
        )


def chains(found: pl.DataFrame) -> pl.DataFrame:
    """Return the restatements of one number after another as one row.

    In: `links`. Out: serie, gjelder, forloep (as printed, with when), ledd (how many links),
    endring (last minus first, in `enhet`), enhet, hva (the kinds, in order), ids (of all its claims).
    """
    following = dict(found.select("fra_id", "til_id").iter_rows())
    rows = {str(row["fra_id"]): row for row in found.iter_rows(named=True)}
    result = []
    for start in (name for name in following if name not in set(following.values())):
        path = [rows[start]]
        while path[-1]["til_id"] in rows:
            path.append(rows[path[-1]["til_id"]])
        steps = [f"{path[0]['foer']} ({date(path[0]['foer_vintage'])})"]
        steps += [f"{row['naa']} ({date(row['naa_vintage'])})" for row in path]
        result.append(
            {
                "serie": path[0]["serie"],
                "gjelder": path[0]["gjelder"],
                "forloep": " → ".join(steps),
                "ledd": len(path),
                "endring": round(sum(row["endring"] for row in path), published.ROUNDING),
                "enhet": path[0]["enhet"],
                "hva": ", ".join(dict.fromkeys(row["hva"] for row in path)),
                "ids": [start, *(row["til_id"] for row in path)],
            }
        )
    schema = pl.Schema(
        {
            "serie": pl.String(), "gjelder": pl.Int32(), "forloep": pl.String(), "ledd": pl.Int64(),
            "endring": pl.Float64(), "enhet": pl.String(), "hva": pl.String(),
            "ids": pl.List(pl.String()),
        }
    )  # fmt: skip
    return pl.DataFrame(result, schema=schema).sort("serie", "gjelder", maintain_order=True)
