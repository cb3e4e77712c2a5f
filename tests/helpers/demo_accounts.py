"""The demo panel read and summed with plain polars, apart from the package's own reader and engine."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from kommuneregnskap.tables import invented

PROJECT = Path(__file__).resolve().parents[2]
YEARS = tuple(range(2020, 2026))
GROUPS = (
    ("under_3000", 0, 2_999),
    ("3000_9999", 3_000, 9_999),
    ("10000_19999", 10_000, 19_999),
    ("20000_50000", 20_000, 50_000),
    ("over_50000", 50_001, 10_000_000),
)

OSLO = invented.renumbered(pl.DataFrame({"region": ["0301"]}), "region")["region"].item()

DRIFT = {"A": "1", "C": "1", "M": "3", "P": "3"}
INVESTERING = {"A": "0", "C": "0", "M": "4", "P": "4"}


def between(first: str, last: str) -> pl.Expr:
    return pl.col("art").is_between(pl.lit(first), pl.lit(last))


def arts(*codes: str) -> pl.Expr:
    return pl.col("art").is_in(codes)


REVENUE = between("600", "895") | arts("920")  # 895 was one of 2020
EXPENDITURE = between("010", "480") | arts("520", "590")
FINANCE = arts("500", "501", "509", "510", "511", "900", "901", "905", "909")
NET_RESULT = REVENUE | EXPENDITURE | FINANCE | arts("990", "521", "921")
DISPOSAL = arts("530", "540", "550", "570", "589", "930", "940", "950", "980", "989")
SERVICE = pl.col("funksjon").is_between(pl.lit("100"), pl.lit("799"))
GROSS_BY_AREA = EXPENDITURE | arts("710", "729")  # AGD10: refunds and compensation netted
GROSS_INVESTMENT = between("010", "501")


@lru_cache(maxsize=64)
def records(panel: Path, year: int, form: str) -> pl.DataFrame:
    """Return the records of one file: region, klasse, funksjon (or kapittel), art (or sektor), belop."""
    lines = pl.read_csv(
        panel / str(year) / f"{form}_{year}_SYNTETISK.txt",
        has_header=False,
        separator="\x1f",
        schema={"linje": pl.String},
    )
    text = pl.col("linje")
    assert lines.select((text.str.len_bytes() == 48).all()).item()
    assert lines.select((text.str.slice(0, 7) == f"{form}{year} ").all()).item()
    return lines.select(
        region=text.str.slice(7, 4),
        klasse=text.str.slice(31, 1),
        funksjon=text.str.slice(32, 4).str.strip_chars(),
        art=text.str.slice(36, 3),
        belop=text.str.slice(39, 9).str.strip_chars().cast(pl.Int64),
    )


def drift(panel: Path, year: int, letter: str = "A") -> pl.DataFrame:
    return records(panel, year, f"0{letter}").filter(pl.col("klasse") == DRIFT[letter])


def investering(panel: Path, year: int, letter: str = "A") -> pl.DataFrame:
    return records(panel, year, f"0{letter}").filter(pl.col("klasse") == INVESTERING[letter])


def balanse(panel: Path, year: int, letter: str = "B") -> pl.DataFrame:
    return records(panel, year, f"0{letter}")


@lru_cache(maxsize=16)
def respondents(panel: Path, year: int) -> frozenset[str]:
    return frozenset(
        pl.read_csv(panel / str(year) / "respondenter.csv", infer_schema=False)["region"]
    )


def municipalities(panel: Path, year: int) -> list[str]:
    return sorted(number for number in respondents(panel, year) if not number.endswith("00"))


@lru_cache(maxsize=4)
def former_numbers(table: str = "kommune_endring") -> dict[str, str]:
    changes = pl.read_csv(PROJECT / "data/codes" / f"{table}.csv", infer_schema=False)
    listed = changes.filter(pl.col("aar") == "2024").select("til_nummer", "fra_nummer")
    return dict(invented.renumbered(listed, "til_nummer", "fra_nummer").iter_rows())


def in_year(numbers: list[str], year: int) -> list[str]:
    """Return numbers of 2024 as they were in `year` (the halves of a later division together)."""
    if year >= 2024:
        return numbers
    return sorted({former_numbers().get(number, number) for number in numbers})


@lru_cache(maxsize=8)
def inhabitants(year: int) -> pl.DataFrame:
    """Return region, folk and gruppe of every one outside Oslo's like: 1 January of the next year."""
    people = (
        pl.read_csv(PROJECT / "data/codes/folkemengde.csv", infer_schema=False)
        .filter((pl.col("dato") == f"{year + 1}-01-01") & (pl.col("kommunenummer") != "0301"))
        .select(region="kommunenummer", folk=pl.col("folkemengde").cast(pl.Int64))
    )
    people = invented.renumbered(people, "region")
    if year < 2024:
        people = people.with_columns(pl.col("region").replace(former_numbers()))
    people = people.group_by("region").agg(pl.col("folk").sum())
    group = pl.coalesce(
        *(pl.when(pl.col("folk").is_between(a, b)).then(pl.lit(name)) for name, a, b in GROUPS)
    )
    return people.with_columns(gruppe=group).sort("region")


@lru_cache(maxsize=32)
def totals(panel: Path, year: int, county: bool = False, scope: str = "") -> pl.DataFrame:
    """Return region, inntekt, utgift, netto, gevinst, bundne, investert, fond of every unit.

    `scope`: the two forms they are of, such as MN for consolidated accounts; else the treasury's.
    """
    income, sheet = scope or ("CD" if county else "AB")
    amount = pl.col("belop")
    operating = (
        drift(panel, year, income)
        .group_by("region")
        .agg(
            inntekt=-amount.filter(REVENUE).sum(),
            utgift=amount.filter(EXPENDITURE).sum(),
            netto=-amount.filter(NET_RESULT).sum(),
            gevinst=-amount.filter(arts("509", "909")).sum(),
            bundne=amount.filter(arts("550", "950")).sum(),
        )
    )
    invested = (
        investering(panel, year, income)
        .group_by("region")
        .agg(investert=amount.filter(GROSS_INVESTMENT & SERVICE).sum())
    )
    funds = (
        balanse(panel, year, sheet)
        .group_by("region")
        .agg(fond=-amount.filter(pl.col("funksjon") == "56").sum())
    )
    return operating.join(invested, on="region").join(funds, on="region").sort("region")


def of(frame: pl.DataFrame, numbers: list[str]) -> pl.DataFrame:
    return frame.filter(pl.col("region").is_in(numbers))


def by_area(panel: Path, year: int, numbers: list[str], *, account: str) -> dict[str, int]:
    """Return the sum of gross expenditure over the service areas of the partition."""
    rows = drift(panel, year) if account == "drift" else investering(panel, year)
    what = GROSS_BY_AREA if account == "drift" else GROSS_INVESTMENT
    areas = functions_by_area(year)
    summed = (
        of(rows, numbers).filter(what & SERVICE).group_by("funksjon").agg(pl.col("belop").sum())
    )
    result: dict[str, int] = {}
    for function, amount in summed.iter_rows():
        result[areas[function]] = result.get(areas[function], 0) + amount
    return result


@lru_cache(maxsize=8)
def functions_by_area(year: int) -> dict[str, str]:
    table = pl.read_csv(
        PROJECT / "data/definitions/tjenesteomraade.csv", infer_schema=False
    ).filter(
        (pl.col("oppdeling") == "hoved")
        & (pl.col("gyldig_fra").cast(pl.Int32) <= year)
        & (pl.col("gyldig_til").is_null() | (pl.col("gyldig_til").cast(pl.Int32) >= year))
    )
    codes = pl.read_csv(PROJECT / "data/codes/funksjon.csv", infer_schema=False)[
        "funksjon"
    ].unique()
    result = {}
    for area, text in table.select("tjenesteomraade", "funksjoner").iter_rows():
        for part in text.split(","):
            first, _, last = part.strip().partition("..")
            result |= {code: area for code in codes if first <= code <= (last or first)}
    return result
