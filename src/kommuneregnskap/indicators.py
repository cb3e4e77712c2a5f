"""Evaluates the definitions in data/definitions/indicators.csv on the ledger.

Method: Statistics Norway's definition notes (Klass 259, 374 and 277, version 2025), written as code
sets; see `kilde` in the table. Integers (1000 kr) all the way; percentages are left to `percent`,
so that they can be taken of one unit or of a sum of units alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.codesets import expand
from kommuneregnskap.errors import DataError

KEY = ("aar", "region", "regnskapsomfang")
PERCENT_SIGN = " / "


@dataclass(frozen=True)
class Term:
    """One row of indicators.csv with its code sets expanded for a year; an empty set means all."""

    begrep: str
    ledd: int
    fortegn: int
    regnskap: str
    funksjoner: list[str]
    arter: list[str]
    kapitler: list[str]
    begreper: str
    omraader: bool

    @property
    def column(self) -> str:
        """Name of the column that holds this term's sum; begrep and ledd are unique in a year."""
        return f"{self.begrep}|{self.ledd}"

    def amount(self) -> pl.Expr:
        """Return the sum of this term over ledger rows: 1000 kr with the sign of the definition."""
        hits = [pl.lit(value=True)]
        if self.regnskap != "balanse":
            hits.append(pl.col("regnskap") == self.regnskap)
        for column, codes in (
            ("funksjon", self.funksjoner),
            ("art", self.arter),
            ("kapittel", self.kapitler),
        ):
            if codes:
                hits.append(pl.col(column).is_in(codes))
        return (
            pl.when(pl.all_horizontal(hits))
            .then(pl.col("belop") * self.fortegn)
            .otherwise(0)
            .sum()
            .alias(self.column)
        )


def terms(year: int) -> list[Term]:
    """Return the terms of all definitions in force in `year`, in the order of the table.

    Raises DataError (file, line, column, value) for an unknown code, an empty set, a reference to a
    concept that does not exist and a circular reference.
    """
    rows = tables.valid("indicators", year)
    codes = {
        "funksjoner": tables.valid("funksjon", year)["funksjon"],
        "arter": tables.valid("art", year)["art"],
        "kapitler": tables.valid("kapittel", year)["kapittel"],
    }
    result = []
    for row in rows.iter_rows(named=True):
        sets = {
            name: expand(
                row[name], known, file=tables.file_of("indicators"), line=row["linje"], field=name
            )
            if row[name]
            else []
            for name, known in codes.items()
        }
        result.append(
            Term(
                begrep=row["begrep"],
                ledd=row["ledd"],
                fortegn=row["fortegn"],
                regnskap=row["regnskap"],
                begreper=row["begreper"] or "",
                omraader=row["omraader"] == "ja",
                **sets,
            )
        )
    _check_references(result, rows)
    return result


def leaves(found: list[Term], begrep: str) -> list[tuple[Term, int]]:
    """Return the terms on accounts that a concept is made of in the end, each with its sign (1 or −1).

    found: `terms` of the year.
    """
    result = []
    for term in found:
        if term.begrep == begrep and term.begreper:
            result += [(leaf, term.fortegn * sign) for leaf, sign in leaves(found, term.begreper)]
        elif term.begrep == begrep:
            result.append((term, 1))
    return result


def _check_references(found: list[Term], rows: pl.DataFrame) -> None:
    known = {term.begrep for term in found}
    for term, line in zip(found, rows["linje"], strict=True):
        for name in _referred(term):
            if name not in known:
                raise DataError(
                    tables.file_of("indicators"),
                    line=line,
                    field="begreper",
                    value=name,
                    allowed="a begrep of the same table, valid in the year",
                )
    evaluation_order(found)


def _referred(term: Term) -> list[str]:
    return term.begreper.split(PERCENT_SIGN) if term.begreper else []


def evaluation_order(found: list[Term]) -> list[str]:
    """Return the concepts so that each stands after those it refers to. Raises DataError on a circle."""
    needs: dict[str, set[str]] = {}
    for term in found:
        needs.setdefault(term.begrep, set()).update(_referred(term))
    ordered: list[str] = []
    while needs:
        ready = [name for name, others in needs.items() if not others - set(ordered)]
        if not ready:
            raise DataError(
                tables.file_of("indicators"),
                field="begreper",
                value=", ".join(sorted(needs)),
                allowed="definitions that do not refer to each other in a circle",
                todo="Break the circle.",
            )
        ordered += ready
        needs = {name: others for name, others in needs.items() if name not in ready}
    return ordered


def areas(year: int) -> pl.DataFrame:
    """Return which function belongs to which service area in `year`: tjenesteomraade, oppdeling, funksjon.

    Raises DataError where the areas of one `oppdeling` other than `alternativ` overlap.
    """
    table = tables.valid("tjenesteomraade", year)
    functions = tables.valid("funksjon", year)["funksjon"]
    file = tables.file_of("tjenesteomraade")
    expanded = table.select(
        "linje",
        "tjenesteomraade",
        pl.col("oppdeling").cast(pl.String),
        funksjon=pl.Series(
            [
                expand(text, functions, file=file, line=line, field="funksjoner")
                for line, text in table.select("linje", "funksjoner").iter_rows()
            ],
            dtype=pl.List(pl.String),
        ),
    ).explode("funksjon")
    partition = expanded.filter(pl.col("oppdeling") != "alternativ")
    twice = partition.filter(pl.struct("oppdeling", "funksjon").is_duplicated()).sort("linje")
    if len(twice):
        row = twice.row(-1, named=True)
        raise DataError(
            file,
            line=row["linje"],
            field="funksjoner",
            value=row["funksjon"],
            allowed="each function in one area of the partition",
            todo="Take it out of one of the areas.",
        )
    return expanded.drop("linje")


def evaluate(poster: pl.LazyFrame, balanse: pl.LazyFrame, year: int) -> pl.DataFrame:
    """Evaluate all definitions for the units of one year.

    In: `frames.Poster` and `frames.Balanse`. Out: `frames.Indikatorer` with one row per unit and
    concept (`tjenesteomraade` null), and per service area for concepts that are defined on areas.
    A unit without balance sheet has no balance concepts; a concept that refers to a missing one is
    missing too, never zero. Unit: 1000 kr, natural sign.
    """
    found = [term for term in terms(year) if term.regnskap != "prosent"]
    accounts = [term for term in found if term.regnskap in ("drift", "investering")]
    balance = [term for term in found if term.regnskap == "balanse"]
    by_area = [term for term in accounts if term.omraader]
    posted = poster.filter(pl.col("aar") == year)
    mapped = posted.join(areas(year).lazy().select("funksjon", "tjenesteomraade"), on="funksjon")
    parts = pl.collect_all(
        [
            _sums(posted, accounts, KEY),
            _sums(balanse.filter(pl.col("aar") == year), balance, KEY),
            _sums(mapped, by_area, (*KEY, "tjenesteomraade")),
        ]
    )
    totals = _combined(found, parts[0].join(parts[1], on=KEY, how="full", coalesce=True))
    return (
        pl.concat(
            [
                _long(totals, found).with_columns(tjenesteomraade=pl.lit(None, dtype=pl.String)),
                _long(_combined(by_area, parts[2]), by_area),
            ],
            how="diagonal",
        )
        .select(*KEY, "begrep", "tjenesteomraade", "belop")
        .sort(*KEY, "begrep", "tjenesteomraade", nulls_last=False)
    )


def _sums(rows: pl.LazyFrame, found: list[Term], keys: tuple[str, ...]) -> pl.LazyFrame:
    """Return one row per key with one column per term (amounts in 1000 kr)."""
    return rows.group_by(keys).agg(term.amount() for term in found)


def _combined(found: list[Term], sums: pl.DataFrame) -> pl.DataFrame:
    """Add up the terms of each concept, those it refers to first; null where a part is missing."""
    for begrep in evaluation_order(found):
        parts = [
            pl.col(term.begreper) * term.fortegn if term.begreper else pl.col(term.column)
            for term in found
            if term.begrep == begrep
        ]
        sums = sums.with_columns(pl.sum_horizontal(parts, ignore_nulls=False).alias(begrep))
    return sums


def _long(wide_frame: pl.DataFrame, found: list[Term]) -> pl.DataFrame:
    index = [name for name in (*KEY, "tjenesteomraade") if name in wide_frame.columns]
    concepts = list(dict.fromkeys(term.begrep for term in found))
    return wide_frame.unpivot(
        concepts, index=index, variable_name="begrep", value_name="belop"
    ).drop_nulls("belop")


def wide(indikatorer: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the total of each concept as a column, summed over everything but `keys`.

    In: `frames.Indikatorer` (further columns may serve as keys). Out: keys, then one Int64 column
    per concept (1000 kr). A concept that a unit lacks stays null for that unit.
    """
    totals = indikatorer.filter(pl.col("tjenesteomraade").is_null())
    return (
        totals.group_by(*keys, "begrep")
        .agg(pl.col("belop").sum())
        .pivot("begrep", index=list(keys), values="belop", sort_columns=True)
        .sort(keys)
    )


def completed(totals: pl.DataFrame, year: int) -> pl.DataFrame:
    """Add the concepts of `year` that a source does not give as columns without amounts.

    In and out: the frame of `wide`; Int64, 1000 kr, null.
    """
    defined = tables.valid("indicators", year).filter(
        pl.col("regnskap").cast(pl.String) != "prosent"
    )
    lacking = set(defined["begrep"]) - set(totals.columns)
    return totals.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in sorted(lacking))


def total(amount: str | pl.Expr) -> pl.Expr:
    """Return the sum of a column or expression; null, not 0, where nobody has an amount in it."""
    amount = pl.col(amount) if isinstance(amount, str) else amount
    return pl.when(amount.count() > 0).then(amount.sum())


def percent(begrep: str, year: int) -> pl.Expr:
    """Return a percentage that indicators.csv defines, over the columns of `wide`.

    Unit: percent. Null where the denominator is missing or not positive, never 0. Raises DataError
    for a name that is no percentage of the table.
    """
    row = tables.valid("indicators", year).filter(
        (pl.col("begrep") == begrep) & (pl.col("regnskap") == "prosent")
    )
    if row.is_empty():
        raise DataError(
            tables.file_of("indicators"),
            field="begrep",
            value=begrep,
            allowed="a row with regnskap prosent",
        )
    numerator, denominator = row["begreper"][0].split(PERCENT_SIGN)
    return ratio(pl.col(numerator), pl.col(denominator)).alias(begrep)


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return 100 · numerator / denominator in percent; null where the denominator is not positive."""
    return pl.when(denominator > 0).then(100 * numerator / denominator)
