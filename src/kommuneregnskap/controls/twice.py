"""Control E02: was a form delivered once? In one file, and once in it.

What this project asks beyond Statistics Norway's control program, see controls.csv.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.controls.posted import UNIT
from kommuneregnskap.controls.rules import ACCOUNT, Case, Rule, control, posted
from kommuneregnskap.sources.kostra.csv_amounts import PARTS

MONTHS = 12  # entries that are the same every month are none too many
DELIVERIES = 5  # of one account in a file: more are no deliveries
ONCE = 1.2  # lines for each account of a delivery, at most


@control("E02")
def kontroll_e02(case: Case, rule: Rule) -> pl.LazyFrame:
    """No account of a form comes in two files, nor the lines of most of them several times in one.

    A form may come in parts: several files without an account in common.
    """
    forms = ["skjema", "region"]
    units = case.posted.units.filter(rule.concerns())
    # Only these are gathered account by account.
    in_parts = units.filter(pl.col("fil").n_unique().over(forms) > 1)["hvem"]
    in_files = (
        posted(case)
        .filter(pl.col("hvem").is_in(in_parts.implode()))
        .group_by(ACCOUNT)
        .agg(pl.col("fil").unique().sort())
        .filter(pl.col("fil").list.len() > 1)
        .group_by(forms)
        .agg(pl.col("fil").explode().unique().sort().str.join(", "), konti=pl.len())
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("fil"),
            funnet=pl.format("{} konti står i flere filer", "konti"),
        )
    )
    several = case.entries.several.filter(rule.concerns())
    within = (
        _copied(case.entries.lines.lazy(), several)
        .filter(
            (pl.col("dobbelt") >= rule.fewest)
            & (100 * pl.col("dobbelt") >= rule.least * pl.col("konti"))
        )
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("fil"),
            funnet=pl.format(
                "{} av {} konti står flere ganger med samme beløp", "dobbelt", "konti"
            ),
        )
    )
    again = _second_deliveries(case.entries.lines.lazy(), several, rule)
    return pl.concat([in_files, within, again.join(within, on=UNIT, how="anti")])


def _copied(lines: pl.LazyFrame, several: pl.DataFrame) -> pl.LazyFrame:
    """Return how many accounts of a form in a file (konti) have lines that came several times (dobbelt).

    lines: of all accounts; several: of those of the rule that have more than one.
    Forms in files where no line has its like are left out.
    Several lines on an account are allowed (control 015), and so are equal ones. What tells a delivery that
    was appended to another:

    - An account stands several times with one and the same amount, or each of its amounts an even number
      of times (or one that three divides). In a ledger of entries, those of one account seldom are so, and
      those of most accounts never; but for entries that are the same every month: twelve times does not count.
    - All lines, in the order of the file, are a block of lines and the same again (so all accounts count),
      but for a block that stands twelve times. So twelve equal entries a month are seen as well when they
      were appended to themselves.
    """
    times = pl.col("ganger")
    # Few files have equal lines.
    equal = pl.struct("enhet", "overalt", "ore").is_duplicated()
    candidates = several.filter(equal)["enhet"].unique()
    lines = lines.filter(pl.col("enhet").is_in(candidates.implode()))
    amounts = lines.group_by("enhet", "overalt", "ore").agg(ganger=pl.len())
    one_amount = (pl.len() == 1) & (times.first() > 1)
    again = one_amount | (times % 2 == 0).all() | (times % 3 == 0).all()
    accounts = amounts.group_by("enhet", "overalt").agg(
        dobbelt=again & ~(times % MONTHS == 0).all(), alle=(times > 1).all()
    )
    units = accounts.group_by("enhet").agg(
        pl.col("dobbelt").sum(), konti=pl.len(), alle=pl.col("alle").all()
    )
    # Only where each line has its like are they compared in their order.
    blocks = (
        lines.join(units.filter("alle"), on="enhet", how="semi")
        .with_columns(hva=pl.concat_str(*ACCOUNT[2:], "ore", separator=" ").fill_null(""))
        .group_by("enhet")
        .agg(pl.col("hva").sort_by("linje"))
        .select("enhet", ganger=pl.col("hva").map_elements(_repeats, return_dtype=pl.Int64))
    )
    names = several.select("enhet", *UNIT).unique("enhet").lazy()
    repeated = (times > 1) & (times != MONTHS)
    return (
        units.join(blocks, on="enhet", how="left")
        .join(names, on="enhet")
        .with_columns(dobbelt=pl.when(repeated).then("konti").otherwise("dobbelt"))
    )


def _repeats(lines: pl.Series) -> int:
    """Return how many times a block of lines stands, one after the other, where it is all there is."""
    found = lines.to_list()
    # How many of the first lines the lines up to each one end with.
    ends = [0] * len(found)
    for at in range(1, len(found)):
        length = ends[at - 1]
        while length and found[at] != found[length]:
            length = ends[length - 1]
        ends[at] = length + (found[at] == found[length])
    block = len(found) - ends[-1]
    return len(found) // block if len(found) % block == 0 else 1


def _second_deliveries(lines: pl.LazyFrame, several: pl.DataFrame, rule: Rule) -> pl.LazyFrame:
    """Return the forms in files with two deliveries of an account class, one behind the other, whatever their amounts.

    lines, several: as for `_copied`. See `_again`. In a ledger of entries what comes before a line balances by chance,
    or (vouchers that balance by themselves) all the time.
    """
    margin = int(rule.margin * PARTS)
    repeated = (
        several.filter(pl.struct("hvem", "overalt").is_duplicated())
        .group_by("hvem")
        .agg(gjentatt=pl.col("overalt").n_unique())
        .filter(pl.col("gjentatt") >= rule.fewest)
    )["hvem"]
    before = pl.col("ore").fill_null(0).cum_sum()
    ends = (before.abs() <= margin) & ((before.last() - before).abs() <= margin)
    found = (
        lines.filter(pl.col("hvem").is_in(repeated.implode()))
        .sort("linje")
        .group_by("hvem")
        .agg(
            pl.col(UNIT).first(),
            konto="overalt",
            ore=pl.col("ore").fill_null(0),
            # Where nothing balances before the last line, there is but one delivery.
            delt=ends.head(pl.len() - 1).any(),
        )
        .filter("delt")
        .select(*UNIT, "konto", "ore")
        .collect()
    )
    rows = [
        (*row[: len(UNIT)], len(set(row[-2])), _again(row[-2], row[-1], margin))
        for row in found.rows()
    ]
    schema = {**dict.fromkeys(UNIT, pl.String), "konti": pl.Int64, "gjentatt": pl.Int64}
    both = pl.LazyFrame(rows, schema=schema, orient="row").filter(
        (pl.col("gjentatt") >= rule.fewest)
        & (100 * pl.col("gjentatt") >= rule.least * pl.col("konti"))
    )
    return (
        both.group_by(UNIT)
        .agg(pl.col("konti", "gjentatt").sum())
        .select(
            *UNIT,
            felt=pl.lit("fil"),
            funnet=pl.format(
                "{} av {} konti står i to leveranser som hver går i null", "gjentatt", "konti"
            ),
        )
    )


def _again(accounts: list[int], amounts: list[int], margin: int) -> int:
    """Return how many accounts of a class stand in a delivery and in another behind it; 0 where there is one alone.

    accounts, amounts: line by line (øre). Where a delivery ends, what comes before and what comes after both
    balance, within the margin. The last one has an account once, or nearly. Where there are more ends than
    DELIVERIES can have, they are vouchers.
    """
    total = sum(amounts)
    ends, inside, before = [], False, 0
    for at, amount in enumerate(amounts[:-1], 1):
        before += amount
        balanced = abs(before) <= margin and abs(total - before) <= margin
        if balanced and not inside:
            ends.append([at])
        elif balanced:
            ends[-1].append(at)  # small amounts beside it change nothing
        inside = balanced
    if len(ends) >= DELIVERIES:
        return 0
    most = 0
    for at in (place for places in ends for place in places):
        last = accounts[at:]
        if len(last) <= ONCE * len(set(last)):
            most = max(most, len(set(last) & set(accounts[:at])))
    return most
