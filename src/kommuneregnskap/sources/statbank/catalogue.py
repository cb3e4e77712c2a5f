"""Which StatBank table gives which concept, scope and years: data/definitions/statbank.csv."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.tables import definitions

OTHER_REGION = "annet"
YEARS_TEXT = re.compile(r"[0-9]{4}(-[0-9]{4})?(,[0-9]{4}(-[0-9]{4})?)*")
ALTERNATIVES = " | "
MUNICIPALITIES = "kommune"
PART_OF_COUNTIES, ALTERNATIVE = "fylke", "alternativ"  # `oppdeling` of tjenesteomraade.csv
TEXTS = (
    *(
        "tabell",
        "tittel",
        "enhetstype",
        "regnskapsomfang",
        "begrep",
        "dimensjon",
        "ssb_kode",
        "etikett",
    ),
    *("innhold", "omfang_kode", "omfang_etikett", "enhet", "etterfoelger"),
)


@dataclass(frozen=True)
class Row:
    """One row of statbank.csv: one term of a concept; see data/README.md for the columns.

    `linje` is its line in the file, `years` the accounting years asked for in which it holds.
    """

    linje: int
    tabell: str
    tittel: str
    enhetstype: str
    regnskapsomfang: str
    begrep: str
    omraader: bool
    ledd: int
    dimensjon: str
    ssb_kode: str
    etikett: str
    innhold: str
    omfang_kode: str
    omfang_etikett: str
    enhet: str
    fortegn: int
    kreves: bool
    etterfoelger: str
    years: tuple[int, ...]


def years_allowed() -> list[int]:
    """Return the accounting years that both the catalogue and the code tables know."""
    first = tables.read("statbank")["gyldig_fra"].min()
    return [year for year in tables.years_known() if isinstance(first, int) and year >= first]


def check_years(years: Sequence[int]) -> None:
    """Raise UsageError where a year is not among `years_allowed` (naming those that are)."""
    allowed = years_allowed()
    odd = [year for year in years if year not in allowed]
    if odd or not years:
        raise UsageError(
            f"YEAR is {odd[0] if odd else 'empty'}; StatBank can be asked for "
            f"{allowed[0]} to {allowed[-1]} (a new year first needs its inhabitants and new codes in data/codes: "
            "docs/new-year.md)"
        )


def years_asked(text: str, before: int) -> list[int]:
    """Return the accounting years that a text asks for: `2024`, `2023-2024` or `2021,2023`.

    A single year asks for what a report of it looks at: the year and the `before` years before it,
    as far back as StatBank can be asked. Raises UsageError for another text, and as `check_years`.
    """
    found = set(years_of(text, "YEAR"))
    check_years(sorted(found))
    if text.isdigit():
        found |= {year for year in years_allowed() if int(text) - before <= year < int(text)}
    return sorted(found)


def years_of(text: str, name: str) -> list[int]:
    """Return the years that a text names, `2024`, `2023-2024` or `2021,2023`; none where it runs backwards.

    name: what the option is called. Raises UsageError for another text.
    """
    if not YEARS_TEXT.fullmatch(text):
        raise UsageError(f"{name} is {text!r}; allowed: a year (2024), 2023-2024 or 2021,2023")
    found: set[int] = set()
    for part in set(text.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)


def tables_known() -> set[str]:
    """Return the numbers of all tables of the catalogue."""
    return set(tables.read("statbank")["tabell"])


def rows_by_table(years: Sequence[int]) -> dict[str, list[Row]]:
    """Return the rows that hold in at least one of `years`, by table, in the order of the file."""
    table = tables.read("statbank").with_columns(
        pl.col("enhetstype", "regnskapsomfang", "omraader", "enhet", "kreves").cast(pl.String)
    )
    found: dict[str, list[Row]] = {}
    for cells in table.iter_rows(named=True):
        last = cells["gyldig_til"]
        held = tuple(
            year for year in years if cells["gyldig_fra"] <= year and (last is None or year <= last)
        )
        if not held:
            continue
        named = {name: cells[name] or "" for name in TEXTS}
        row = Row(
            linje=cells["linje"],
            ledd=cells["ledd"],
            fortegn=cells["fortegn"],
            omraader=cells["omraader"] == "ja",
            kreves=cells["kreves"] == "ja",
            years=held,
            **named,
        )
        found.setdefault(row.tabell, []).append(row)
    return found


@dataclass(frozen=True)
class Area:
    """A service area: the functions that it is made of in each year, and SSB's own code of it.

    ssb_kode: empty where SSB's tables have no row of their own for it (no row in statbank_areas.csv); etikett: the
    words of its label, linje: where they stand.
    """

    tjenesteomraade: str
    functions: dict[int, tuple[str, ...]]
    ssb_kode: str = ""
    etikett: str = ""
    linje: int = 0


def areas(years: Sequence[int], enhetstype: str = MUNICIPALITIES) -> list[Area]:
    """Return the service areas of municipalities, or of counties, as tjenesteomraade.csv has them in `years`."""
    own = {row["ssb_kode"]: row for row in tables.read("statbank_areas").iter_rows(named=True)}
    functions: dict[str, dict[int, tuple[str, ...]]] = {}
    codes: dict[str, str] = {}
    for year in years:
        split = pl.col("oppdeling") == PART_OF_COUNTIES
        made_of = definitions.areas(year).filter(~split if enhetstype == MUNICIPALITIES else split)
        for (area,), rows in made_of.group_by("tjenesteomraade", maintain_order=True):
            functions.setdefault(str(area), {})[year] = tuple(sorted(rows["funksjon"]))
        named = tables.valid("tjenesteomraade", year).select("tjenesteomraade", "ssb_kode")
        codes |= {area: code for area, code in named.iter_rows() if code in own}
    return [
        Area(
            area,
            made,
            ssb_kode=codes.get(area, ""),
            etikett=own[codes[area]]["etikett"] if area in codes else "",
            linje=own[codes[area]]["linje"] if area in codes else 0,
        )
        for area, made in functions.items()
    ]


def function_names() -> dict[str, str]:
    """Return what Klass calls each function; alternatives where it has changed."""
    found: dict[str, str] = {}
    for code, name in tables.read("funksjon").select("funksjon", "navn").iter_rows():
        found[code] = ALTERNATIVES.join(dict.fromkeys([*filter(None, [found.get(code)]), name]))
    return found


def unit_words(enhet: str) -> list[str]:
    """Return what SSB may call a unit in the description of a table (statbank_units.csv)."""
    table = tables.read("statbank_units")
    return table.filter(pl.col("enhet").cast(pl.String) == enhet)["betegnelse"].to_list()


def region_types(codes: Sequence[str], year: int) -> pl.DataFrame:
    """Return what each code of SSB's region dimension is in accounting year `year`.

    Out: region, regiontype, nummer (the number of a municipality, a county or a county's own accounts, null for
    others). A number that is not valid in the year (data/codes/kommune.csv and fylke.csv), Svalbard, and a code that
    ssb_region.csv has no pattern for are `annet`: they never enter a sum.
    """
    valid = {
        "kommune": tables.valid("kommune", year)["kommunenummer"].to_list(),
        "fylke": tables.valid("fylke", year)["fylkesnummer"].to_list(),
        "fylkeskommune": tables.valid("fylke", year)["fylkeskommune"].drop_nulls().to_list(),
    }
    region = pl.col("region")
    kind = pl.lit(None, dtype=pl.String)
    number = pl.lit(None, dtype=pl.String)
    patterns = tables.read("ssb_region").with_columns(pl.col("regiontype").cast(pl.String))
    for pattern, name in patterns.select("moenster", "regiontype").iter_rows():
        captured = region.str.extract(pattern)
        held = captured.is_in(valid[name]) if name in valid else captured.is_not_null()
        kind = pl.when(held).then(pl.lit(name)).otherwise(kind)
        if name in valid:
            number = pl.when(held).then(captured).otherwise(number)
    return pl.DataFrame({"region": list(codes)}, schema={"region": pl.String}).with_columns(
        regiontype=kind.fill_null(OTHER_REGION), nummer=number
    )


def symbols() -> dict[str, bool]:
    """Return SSB's symbols, and whether each stands for a missing value (ssb_tegn.csv)."""
    table = tables.read("ssb_tegn").select("merke", pl.col("mangler").cast(pl.String) == "ja")
    return dict(table.iter_rows())
