"""The same respondents in two years: who is compared with whom, across renumberings and splits.

What a comparison is over is an open choice of the releases (assumptions A16 and A17), so it is one
place. Amounts in 1000 kr.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap.survey.accounts import span
from kommuneregnskap.tables import units

SAME, OWN = "samme", "egen"
BOTH, LEFT_OUT, LARGEST = "begge", "utelatt", "stoerste"
AMOUNT = ("kobling", "begrep", "tjenesteomraade")


@dataclass(frozen=True)
class Accounts:
    """What a comparison is made from: fields of `survey.Survey`.

    year: the survey year; years: those with accounts; enheter, indikatorer: as there. svart_foer: who
    answered the surveys of the years before (aar, region). single: whether single amounts may be missing
    (open figures).
    """

    year: int
    years: Sequence[int]
    enheter: pl.DataFrame
    indikatorer: pl.DataFrame
    svart_foer: pl.DataFrame
    single: bool


def pairs(
    accounts: Accounts, year: int, kind: str, *, whose: str = SAME, split: str = BOTH
) -> pl.DataFrame:
    """Return the indicators of `year` and the year before: aar, kobling, begrep, tjenesteomraade, belop.

    whose: `samme`, units of the survey year that answered, tied across renumberings and splits
    (`units.links`), all of whose parts have accounts in both years, with what rests on accounts that
    they have in both; or `egen`, in each year those who answered the survey of that year. split: units
    that were split between the years are compared as one (`begge`), left out (`utelatt`), or their
    largest part stands for them (`stoerste`). Where single amounts may be missing, one that a part
    lacks in one of the years is left out: what is missing would look like growth. Empty where either
    year lacks accounts.
    """
    if whose == OWN:
        rows = _both_years(accounts, year, kind)
        return _summed(rows.join(_answered(accounts), on=["aar", "region"], how="semi"))
    return answered(accounts, everyone(accounts, year, kind, split), kind)


@dataclass(frozen=True)
class Everyone:
    """The units that have accounts in both years, whoever answered: see `everyone`.

    rows: aar, kobling, begrep, tjenesteomraade, belop (1000 kr). parts: the units of both years with what they
    are parts of: aar, region, kobling.
    """

    rows: pl.DataFrame
    parts: pl.DataFrame


def everyone(accounts: Accounts, year: int, kind: str, split: str = BOTH) -> Everyone:
    """Return the indicators of `year` and the year before of all that can be compared, as `pairs` compares them.

    It depends on the accounts alone, not on who answered: of many panels of the same accounts it is made once.
    """
    rows = _both_years(accounts, year, kind)
    if rows.is_empty():
        return Everyone(_summed(rows), _parts(accounts, year, kind, split).clear())
    parts = _parts(accounts, year, kind, split)
    compared = parts.join(_complete(rows, parts), on="kobling", how="semi")
    rows = rows.join(compared, on=["aar", "region"], how="semi")
    given = _given_in_both(rows, AMOUNT) if accounts.single else _accounts_of_both(rows)
    return Everyone(_summed(given), parts)


def answered(accounts: Accounts, compared: Everyone, kind: str) -> pl.DataFrame:
    """Return the rows of those compared all of whose parts answered."""
    return compared.rows.join(
        whole(accounts.enheter, accounts.year, compared.parts, kind),
        on="kobling",
        how="semi",
        maintain_order="left",
    )


def _both_years(accounts: Accounts, year: int, kind: str) -> pl.DataFrame:
    rows = accounts.indikatorer.filter(
        pl.col("aar").is_in([year - 1, year]) & (pl.col("type") == kind)
    )
    return rows if rows["aar"].n_unique() == 2 else rows.clear()


def nobody() -> pl.DataFrame:
    """Return the frame of `answered_before` where there are no years before."""
    return pl.DataFrame(schema={"aar": pl.Int32, "region": pl.String})


def answered_before(
    indikatorer: pl.DataFrame, listed: Mapping[int, pl.Series | None]
) -> pl.DataFrame:
    """Return who answered the surveys of earlier years: aar, region.

    listed: the years with the list of respondents where there is one; without a list, all with accounts.
    """
    have = indikatorer.select("aar", "region").unique().sort("aar", "region")
    found = [have.clear()]
    for year, names in listed.items():
        own = have.filter(pl.col("aar") == year)
        found.append(own if names is None else own.filter(pl.col("region").is_in(names.to_list())))
    return pl.concat(found)


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    number = rows.group_by("aar", "kobling").agg(enheter=pl.col("region").n_unique())
    several = pl.col("kobling").is_in(number.filter(pl.col("enheter") > 1)["kobling"].to_list())
    # Most are one unit, whose amounts are their own sums.
    summed = rows.filter(several).group_by("aar", *AMOUNT).agg(pl.col("belop").sum())
    return pl.concat([rows.filter(~several).select(summed.columns), summed]).sort("aar", *AMOUNT)


def _answered(accounts: Accounts) -> pl.DataFrame:
    """Return who answered which survey: aar, region."""
    own = accounts.enheter.filter("svart").select("aar", "region")
    return pl.concat([own, accounts.svart_foer.select("aar", "region")])


def _parts(accounts: Accounts, year: int, kind: str, split: str) -> pl.DataFrame:
    """Return the units of both years with what they are parts of: aar, region, kobling."""
    both = pl.concat(
        units.known(each).filter(pl.col("type") == kind).select("aar", "region", "folkemengde")
        for each in (year - 1, year)
    )
    parts = units.with_link(both, *span(accounts.year)).collect()
    if split == BOTH:
        return parts
    number = pl.col("aar").value_counts().struct.field("count")
    changed = parts.group_by("kobling").agg(ulikt=number.n_unique() > 1).filter("ulikt")["kobling"]
    is_split = pl.col("kobling").is_in(changed.to_list())
    if split == LEFT_OUT:
        return parts.filter(~is_split)
    largest = pl.col("folkemengde").fill_null(0).rank("ordinal", descending=True)
    return parts.sort("aar", "region").filter(~is_split | (largest.over("aar", "kobling") == 1))


def whole(enheter: pl.DataFrame, year: int, parts: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the `kobling`s all of whose parts (of the survey year, where it is one of the two) answered."""
    own = asked(enheter, year, parts, kind)
    return own.group_by("kobling").agg(pl.col("svart").all()).filter("svart").select("kobling")


def asked(enheter: pl.DataFrame, year: int, parts: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the units of `enheter` that must have answered for what they are parts of to be compared."""
    own = enheter.filter(pl.col("type") == kind)
    if year in parts["aar"]:
        own = own.join(parts.filter(pl.col("aar") == year), on=["aar", "region"], how="semi")
    return own


def _complete(rows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return the `kobling`s all of whose parts have accounts in both years."""
    have = rows.select("aar", "region").unique().with_columns(har=pl.lit(value=True))
    return (
        parts.join(have, on=["aar", "region"], how="left")
        .group_by("kobling")
        .agg(hele=pl.col("har").fill_null(value=False).all(), aar=pl.col("aar").n_unique())
        .filter(pl.col("hele") & (pl.col("aar") == 2))
        .select("kobling")
    )


def _accounts_of_both(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep what rests on accounts that every part of a `kobling` has in both years: one may lack a balance sheet once.

    In such accounts an area without an amount is an area with nothing; a concept without a total was not delivered.
    """
    totals = rows.filter(pl.col("tjenesteomraade").is_null())
    given = _given_in_both(totals, ("kobling", "begrep")).select("kobling", "begrep").unique()
    return rows.join(given, on=["kobling", "begrep"], how="semi", maintain_order="left")


def _given_in_both(rows: pl.DataFrame, amount: Sequence[str]) -> pl.DataFrame:
    """Keep the amounts, named by columns, that every part of a `kobling` has in both years."""
    parts = rows.group_by("aar", "kobling").agg(deler=pl.col("region").n_unique())
    whole = (
        rows.group_by("aar", *amount)
        .agg(gitt=pl.col("region").n_unique())
        .join(parts, on=["aar", "kobling"])
        .filter(pl.col("gitt") == pl.col("deler"))
        .group_by(amount)
        .agg(aar=pl.len())
        .filter(pl.col("aar") == 2)
    )
    return rows.join(whole, on=amount, how="semi", nulls_equal=True)
