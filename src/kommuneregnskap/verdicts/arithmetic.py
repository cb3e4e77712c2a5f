"""The sources' own arithmetic: what published numbers must satisfy among themselves.

The rules are data (data/claims/arithmetic.csv). Interval arithmetic over the printed intervals: a rule
fails only when no values within them fit. A rule that fails within one publication is a
self-contradiction, one between several is incompatible sources; either is a mark beside the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil, floor

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import published
from kommuneregnskap.tables.published import ROUNDING
from kommuneregnskap.tables.schemas.claims import PROJECT

PARTS = ("a", "b", "c", "d")
HOLDS, FAILS, INCOMPATIBLE, OPEN = "stemmer", "motsier", "uforenlig", "kan ikke regnes"
MARKS = {FAILS: "selvmotsigelse", INCOMPATIBLE: "uforenlig"}  # by what came of the rule
MARKED = {  # what a mark says, before the rule in words
    "selvmotsigelse": "kilden motsier seg selv",
    "uforenlig": "uforenlig med andre kilder",
}
PUBLICATION = ("utgiver", "vintage")  # what one publisher gave out at one time
Row = dict[str, object]
Bounds = tuple[float | None, float | None]
# Rules that are a fraction of sums and products: how it reads, numerator and denominator. Each is
# monotone in every part, so that the corners of the intervals give its bounds.
FRACTIONS: dict[str, tuple[str, Callable[..., tuple[float, float]]]] = {
    "andel": ("100 · {a} / {b}", lambda a, b: (100 * a, b)),
    "vekst_av_endring": ("100 · {a} / ({b} − {a})", lambda a, b: (100 * a, b - a)),
    "base_av_vekst": ("100 · {a} / {b}", lambda a, b: (100 * a, b)),
    "differanse": ("{a} − {b}", lambda a, b: (a - b, 1)),
    "sum": ("{a} + {b}", lambda a, b: (a + b, 1)),
    "foert_videre": ("{a} + ({b} − {c})", lambda a, b, c: (a + b - c, 1)),
    "brutto_av_vekst": (
        "100 − 100 · ({c} / {d}) / ({a} / {b})",
        lambda a, b, c, d: (100 * (a * d - b * c), a * d),
    ),
}
OTHERS = {
    "mellom": ("mellom {a} og {b}", ("a", "b")),
    "minst": ("minst {a}", ("a",)),
    "hel_andel": ("et helt antall av {a}", ("a",)),
}


def _parts(rule: str) -> tuple[str, ...]:
    if rule in OTHERS:
        return OTHERS[rule][1]
    return PARTS[: FRACTIONS[rule][1].__code__.co_argcount]


SCHEMA = pl.Schema(
    dict.fromkeys(
        ("id", "aar", "regel", *PARTS, "resultat", "forklaring", "regnestykke"), pl.String()
    )
    | {"aar": pl.Int32()}
    | dict.fromkeys(("nedre", "oevre", "resultat_nedre", "resultat_oevre"), pl.Float64())
    | {"stemmer": pl.Boolean(), "utfall": pl.String()}
)


def arithmetic(claims: pl.DataFrame, year: int) -> pl.DataFrame:
    """Check the arithmetic of a year's releases: does the printed result meet what its parts allow?

    In: `published.read(year)`, or `published.read_all()`; a rule may refer to claims of other years.
    Out: id, aar, regel, a, b, c, d, resultat (claim ids), forklaring, regnestykke (text), nedre, oevre
    (what the printed intervals of the parts allow; null: unbounded, or not computable),
    resultat_nedre, resultat_oevre, stemmer (Bool; null where it cannot be computed: a part without
    bound, a divisor that may be zero), utfall (the same in words: what fails is FAILS where parts and
    result are of one publication, else INCOMPATIBLE). Raises DataError for an unknown
    rule, a part too few or too many, and an unknown claim.
    """
    rules = tables.read("arithmetic").filter((pl.col("aar") == year) & pl.lit(len(claims) > 0))
    return of_rules(_accepted(rules, claims), claims)


def of_rules(rules: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Check rules, in the columns of arithmetic.csv, over published numbers: as `arithmetic`."""
    if rules.is_empty():
        return SCHEMA.to_frame()
    known = _known(claims, rules)
    return pl.DataFrame(
        [_checked(rule, known) for rule in rules.iter_rows(named=True)], schema=SCHEMA
    )


def _accepted(rules: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Leave out rules about numbers that are only proposed, unless `claims` has them."""
    years = sorted(set(rules["aar"].to_list()))
    proposed = {str(name) for year in years for name in published.proposed(year)["id"]}
    waiting = list(proposed - set(claims["id"].to_list()))
    named = pl.any_horizontal(pl.col(*PARTS, "resultat").is_in(waiting).fill_null(value=False))
    return rules.filter(~named)


def beside(ids: Sequence[str]) -> list[str]:
    """Return the ids of all published numbers that stand in a rule with one of `ids`, those themselves too."""
    columns = [*PARTS, "resultat"]
    named = pl.any_horizontal(pl.col(columns).is_in(list(ids)))
    rules = tables.read("arithmetic").filter(named).select(columns)
    return rules.unpivot(columns)["value"].drop_nulls().unique().sort().to_list()


def _known(claims: pl.DataFrame, rules: pl.DataFrame) -> dict[str, Row]:
    """Return the claims that the rules name, those of other years read from their files."""
    named = set(rules.select(pl.concat_list(*PARTS, "resultat").explode()).to_series().drop_nulls())
    rows = {str(row["id"]): row for row in claims.iter_rows(named=True)}
    if named - set(rows):
        rows = {str(row["id"]): row for row in published.read_all().iter_rows(named=True)} | rows
    return rows


def _checked(rule: Row, known: dict[str, Row]) -> Row:
    _check_rule(rule, known)
    name = str(rule["regel"])
    parts = {part: known[str(rule[part])] for part in _parts(name)}
    result = known[str(rule["resultat"])]
    bounds = _bounds(name, list(parts.values()), result)
    holds = None if bounds is None else _meet(bounds, _limits(result))
    low, high = bounds or (None, None)
    text = (FRACTIONS.get(name) or OTHERS[name])[0]
    return {
        **{key: rule[key] for key in ("id", "aar", "regel", *PARTS, "resultat", "forklaring")},
        "regnestykke": text.format(**{part: row["trykt"] for part, row in parts.items()}),
        "nedre": low,
        "oevre": high,
        "resultat_nedre": result["nedre"],
        "resultat_oevre": result["oevre"],
        "stemmer": holds,
        "utfall": _outcome(holds, [*parts.values(), result]),
    }


def _outcome(holds: bool | None, numbers: list[Row]) -> str:
    """Return in words whether a rule holds; numbers: its parts and its result."""
    if holds is None or holds:
        return OPEN if holds is None else HOLDS
    publications = {tuple(str(row[name]) for name in PUBLICATION) for row in numbers}
    return FAILS if len(publications) == 1 else INCOMPATIBLE


def _check_rule(rule: Row, known: dict[str, Row]) -> None:
    name = str(rule["regel"])
    if name not in FRACTIONS and name not in OTHERS:
        raise _error(rule, "regel", ", ".join([*FRACTIONS, *OTHERS]))
    for part in PARTS:
        if part not in _parts(name) and rule[part] is not None:
            raise _error(rule, part, f"empty: the rule {name} has {', '.join(_parts(name))}")
    for part in (*_parts(name), "resultat"):
        if rule[part] not in known:
            raise _error(rule, part, "the id of a claim in data/claims/")


def _error(rule: Row, field: str, allowed: str) -> DataError:
    return DataError(
        tables.file_of("arithmetic"),
        line=int(str(rule["linje"])),
        field=field,
        value=rule[field],
        allowed=allowed,
    )


def _limits(row: Row) -> Bounds:
    return row["nedre"], row["oevre"]  # type: ignore[return-value]


def _bounds(rule: str, parts: list[Row], result: Row) -> Bounds | None:
    """Return what the parts allow the result to be; None where that cannot be computed."""
    limits = [_limits(row) for row in parts]
    if rule == "minst":
        return (limits[0][0], None) if limits[0][0] is not None else None
    if any(low is None or high is None for low, high in limits):
        return None
    if rule == "mellom":
        lows, highs = zip(*limits, strict=True)
        return min(lows), max(highs)
    if rule == "hel_andel":
        return _whole_shares(float(str(parts[0]["verdi"])), result)
    fractions = [FRACTIONS[rule][1](*corner) for corner in product(*limits)]
    if len({denominator > 0 for _, denominator in fractions}) > 1 or not all(
        denominator for _, denominator in fractions
    ):
        return None
    values = [numerator / denominator for numerator, denominator in fractions]
    return round(min(values), ROUNDING), round(max(values), ROUNDING)


def _whole_shares(whole: float, result: Row) -> Bounds | None:
    """Return the shares inside a printed percent that whole numbers out of `whole` give, else the nearest."""
    low, high = _limits(result)
    if whole <= 0 or low is None or high is None:
        return None
    first, last = ceil(low * whole / 100), floor(high * whole / 100)
    if first > last:
        first = last = round(float(str(result["verdi"])) * whole / 100)
    return round(100 * first / whole, ROUNDING), round(100 * last / whole, ROUNDING)


def _meet(one: Bounds, other: Bounds) -> bool:
    """Whether two intervals, null for unbounded, have a value in common."""
    starts, ends = zip(one, other, strict=True)
    low = max((value for value in starts if value is not None), default=None)
    high = min((value for value in ends if value is not None), default=None)
    return low is None or high is None or low <= high


def rules(everything: pl.DataFrame) -> pl.DataFrame:
    """Return every rule of arithmetic.csv with its outcome: columns of `arithmetic`."""
    return pl.concat(
        arithmetic(everything, year) for year in sorted(tables.read("arithmetic")["aar"].unique())
    )


def marks(checked: pl.DataFrame) -> pl.DataFrame:
    """Return the marks of published numbers that their own arithmetic does not give.

    In: `arithmetic` or `rules`. Out, a row per result of a rule that fails: id, merke (of MARKS; a
    contradiction before what is incompatible), merket (the same in bokmål, with every such rule in words).
    """
    order = list(MARKS)
    said = pl.format(
        "{}: {}", pl.col("merke").replace_strict(MARKED, return_dtype=pl.String), "forklaring"
    )
    return (
        checked.filter(pl.col("utfall").is_in(order))
        .sort(pl.col("utfall").replace_strict(order, range(len(order))), maintain_order=True)
        .with_columns(merke=pl.col("utfall").replace_strict(MARKS, return_dtype=pl.String))
        .group_by(id="resultat", maintain_order=True)
        .agg(pl.col("merke").first(), merket=said.str.join("; "))
    )


def outcomes(everything: pl.DataFrame, checked: pl.DataFrame) -> pl.DataFrame:
    """Return what arithmetic says of each published number.

    In: `published.read_all`, `rules`. Out: id, utgiver, vintage, utfall: `motsier` or `uforenlig` for the
    result of a rule that fails, `stemmer` for a part or result of one that holds, `kan ikke regnes` for the rest.
    Rows of our own are left out.
    """
    roles = [*PARTS, "resultat"]
    parts = (
        checked.select("utfall", *roles)
        .unpivot(on=roles, index="utfall", variable_name="rolle", value_name="id")
        .drop_nulls("id")
    )
    results = parts.filter(pl.col("rolle") == "resultat")
    failed, apart = (
        pl.col("id").is_in(results.filter(pl.col("utfall") == kind)["id"].to_list())
        for kind in MARKS
    )
    held = parts.filter(pl.col("utfall") == HOLDS)["id"]
    return everything.filter(pl.col("utgiver").cast(pl.String) != PROJECT).select(
        "id",
        pl.col("utgiver").cast(pl.String),
        "vintage",
        utfall=pl.when(failed)
        .then(pl.lit(FAILS))
        .when(apart)
        .then(pl.lit(INCOMPATIBLE))
        .when(pl.col("id").is_in(held.to_list()))
        .then(pl.lit(HOLDS))
        .otherwise(pl.lit(OPEN)),
    )
