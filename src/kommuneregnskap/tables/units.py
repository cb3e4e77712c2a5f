"""Who exists, who answered, how large they are, and who is who across renumberings."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables import invented, reader
from kommuneregnskap.tables.schemas.columns import YEAR_MAX as YEARS_END

# The tables that `frame` is made of: it is kept as long as they are the same, like the links.
IN_THE_FRAME = ("folkemengde", "stoerrelsesgruppe", *invented.NUMBERED)
MERGER, BORDER = "sammenslaaing", "grensejustering"  # kinds of changes


def population_date(year: int, *, in_the_year: bool = False) -> str:
    """Return the date whose inhabitants belong to accounting year `year`: 1 January the year after.

    Statistics Norway's KOSTRA figures per inhabitant of a year use the following 1 January.
    `in_the_year`: 1 January of the year itself, the alternative of assumption A15.
    """
    return f"{year if in_the_year else year + 1}-01-01"


CARRIED = "Framført fra"  # how `kilde` begins where inhabitants are those of an earlier date


def carried(year: int) -> str | None:
    """Return the date whose inhabitants stand in place of those of a year; None where they are its own."""
    rows = reader.read("folkemengde").filter(pl.col("dato") == population_date(year))
    from_earlier = rows.filter(pl.col("kilde").str.starts_with(CARRIED))["kilde"]
    return None if from_earlier.is_empty() else str(from_earlier[0]).removeprefix(CARRIED).strip()


def frame(year: int, *, oppdiktet: bool = False, in_the_year: bool = False) -> pl.DataFrame:
    """Return all municipalities and county municipalities of accounting year `year`.

    Columns: aar, region (four digits), navn, fylke (county name), type (`kommune`,
    `fylkeskommune`), folkemengde (persons on `population_date`), stoerrelsesgruppe (municipalities
    only). Oslo, which is both, counts as a municipality. `oppdiktet`: those that invented accounts are
    of, as many and as large, under invented numbers and names. `in_the_year`: see `population_date`.
    Sources: Klass 104 and 131, table 07459.
    """
    either = _frame(year, in_the_year)
    return either.filter(pl.col("oppdiktet") == oppdiktet).drop("oppdiktet")


def known(year: int, *, in_the_year: bool = False) -> pl.DataFrame:
    """Return the units of `frame`, the real and the invented ones: for looking up what a number is.

    No number is both real and invented.
    """
    return _frame(year, in_the_year).drop("oppdiktet")


def inhabitants(year: int) -> pl.DataFrame:
    """Return the inhabitants of the units of `known`: region, folkemengde (persons), the latest known of a number.

    Those of the year itself are not counted before it has ended.
    """
    own, before = (known(each).select("region", "folkemengde") for each in (year, year - 1))
    return own.join(before, on="region", how="left", suffix="_foer").select(
        "region", pl.coalesce("folkemengde", "folkemengde_foer").alias("folkemengde")
    )


@reader.made_of(*IN_THE_FRAME)
def _frame(year: int, in_the_year: bool) -> pl.DataFrame:
    """Return the real and the invented units of a year; `oppdiktet` says which."""
    real = _real(year, in_the_year)
    unreal = invented.renamed(invented.renumbered(real, "region"))
    kinds = [rows.with_columns(oppdiktet=pl.lit(rows is unreal)) for rows in (real, unreal)]
    return pl.concat(kinds).sort("oppdiktet", "type", "region")


def _real(year: int, in_the_year: bool) -> pl.DataFrame:
    counties = reader.valid("fylke", year).select(
        "fylkesnummer", pl.col("navn").alias("fylke"), "fylkeskommune"
    )
    people = (
        reader.read("folkemengde")
        .filter(pl.col("dato") == population_date(year, in_the_year=in_the_year))
        .select("kommunenummer", "folkemengde")
    )
    # Numbers may change on the very day the inhabitants are counted: carry old numbers forward.
    changed = _renumbered(year, year if in_the_year else year + 1)
    people_old = (
        changed.join(people, left_on="til", right_on="kommunenummer")
        .group_by(pl.col("fra").alias("kommunenummer"))
        .agg(pl.col("folkemengde").sum())
    )
    municipalities = (
        reader.valid("kommune", year)
        .select("kommunenummer", "navn", "fylkesnummer")
        .join(
            pl.concat([people, people_old]).unique("kommunenummer"), on="kommunenummer", how="left"
        )
        .join(counties, on="fylkesnummer", how="left")
        .select(
            region="kommunenummer",
            navn="navn",
            fylke="fylke",
            type=pl.lit("kommune"),
            folkemengde="folkemengde",
            stoerrelsesgruppe=size_group(pl.col("folkemengde")),
        )
    )
    counted = municipalities.drop_nulls("folkemengde")  # a sum of none would be nobody
    county_people = counted.group_by("fylke").agg(pl.col("folkemengde").sum())
    county_units = (
        counties.drop_nulls("fylkeskommune")
        .join(county_people, on="fylke", how="left")
        .select(
            region="fylkeskommune",
            navn=pl.col("fylke") + " fylkeskommune",
            fylke="fylke",
            type=pl.lit("fylkeskommune"),
            folkemengde="folkemengde",
            stoerrelsesgruppe=pl.lit(None, dtype=pl.String),
        )
    )
    return pl.concat([municipalities, county_units]).select(
        pl.lit(year, dtype=pl.Int32).alias("aar"), pl.all()
    )


def places(year: int) -> pl.DataFrame:
    """Return what else is known of the units of `known`: region, fylkesnummer, kostra_gruppe, areal_km2.

    Of municipalities and counties' own accounts; the last two of municipalities alone. An invented unit has those of
    the real one that it is as large as, and the number of its invented county.
    """
    municipalities = reader.valid("kommune", year).select(
        "fylkesnummer", "kostra_gruppe", "areal_km2", region="kommunenummer"
    )
    counties = reader.valid("fylke", year).drop_nulls("fylkeskommune")
    of_counties = counties.select("fylkesnummer", region="fylkeskommune")
    real = pl.concat([municipalities, of_counties], how="diagonal")
    unreal = invented.renumbered(real, "region").with_columns(
        fylkesnummer=invented.county_number(pl.col("region"))
    )
    return pl.concat([real, unreal]).select("region", "fylkesnummer", "kostra_gruppe", "areal_km2")


def size_group(people: pl.Expr) -> pl.Expr:
    """Return the id of the size group that `people` (persons) falls in; null where it is missing."""
    groups = reader.main_groups()
    result = pl.lit(None, dtype=pl.String)
    for group, low, high in groups.select("gruppe", "fra", "til").iter_rows():
        inside = people >= low if high is None else people.is_between(low, high)
        result = pl.when(inside).then(pl.lit(group)).otherwise(result)
    return result


def named_groups(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `stoerrelsesgruppe` in the order of the groups, smallest first, with `gruppe`, its name."""
    groups = reader.read("stoerrelsesgruppe").sort("rekkefoelge")
    return groups.select(gruppe="navn", stoerrelsesgruppe="gruppe").join(
        rows, on="stoerrelsesgruppe", how="inner", maintain_order="left"
    )


@reader.made_of(*invented.NUMBERED)
def oslo(year: int) -> tuple[str, ...]:
    """Return the municipalities that are their own county: no county municipality above them.

    The real one and the invented one.
    """
    alone = reader.valid("fylke", year).filter(pl.col("fylkeskommune").is_null())["fylkesnummer"]
    numbers = reader.valid("kommune", year)
    real = numbers.filter(pl.col("fylkesnummer").is_in(alone.to_list())).select("kommunenummer")
    either = pl.concat([real, invented.renumbered(real, "kommunenummer")])
    return tuple(either["kommunenummer"])


def changes() -> pl.DataFrame:
    """Return all changes of numbers, of real and invented units: fra_nummer, til_nummer, aar, type."""
    listed = pl.concat(
        [
            reader.read(name).select(
                "fra_nummer", "til_nummer", "aar", pl.col("type").cast(pl.String)
            )
            for name in invented.CHANGES
        ]
    )
    return pl.concat([listed, invented.renumbered(listed, "fra_nummer", "til_nummer")])


def _renumbered(first: int, last: int) -> pl.DataFrame:
    """Return old and new numbers of all changes that took effect in `first`+1..`last`: fra, til.

    Moves of borders between municipalities that both go on are left out: they change no number.
    """
    return (
        changes()
        .filter((pl.col("aar") > first) & (pl.col("aar") <= last) & (pl.col("type") != BORDER))
        .select(fra="fra_nummer", til="til_nummer")
    )


@reader.made_of(*invented.NUMBERED)
def renumbered(year: int) -> pl.DataFrame:
    """Return the numbers that are not valid in `year` but were before or will be: nummer, endret.

    `endret` says in bokmål what became of the number, or what it was: "opphørte i 2024, nå 3301".
    """
    told = _renumbered(0, YEARS_END).join(
        changes().select("aar", fra="fra_nummer", til="til_nummer"), on=["fra", "til"]
    )
    gone = told.filter(pl.col("aar") <= year).select(
        "aar", nummer="fra", andre="til", tekst=pl.lit("opphørte i {}, nå {}")
    )
    to_come = told.filter(pl.col("aar") > year).select(
        "aar", nummer="til", andre="fra", tekst=pl.lit("gjelder fra {}, før det {}")
    )
    return (
        pl.concat([gone, to_come])
        .filter(pl.col("nummer") != pl.col("andre"))
        .group_by("nummer", "aar", "tekst")
        .agg(pl.col("andre").unique().sort().str.join(" og "))
        .sort("nummer", "aar")
        .unique("nummer", keep="last", maintain_order=True)
        .select(
            "nummer",
            endret=pl.col("tekst")
            .str.replace("{}", pl.col("aar").cast(pl.String), literal=True)
            .str.replace("{}", pl.col("andre"), literal=True),
        )
    )


@reader.made_of(*invented.NUMBERED)
def links(first: int, last: int) -> pl.DataFrame:
    """Return which numbers are the same unit across the years `first`..`last`: region, kobling.

    `kobling` is the highest number of everything that a chain of renumberings, mergers and
    splits ties together, so that sums over `kobling` are comparable between the years (a split
    municipality and its parts are one). Regions that never changed are not listed.
    """
    changed = _renumbered(first, last)
    linked = (
        pl.concat([changed.select(region="fra"), changed.select(region="til")])
        .unique()
        .with_columns(kobling=pl.col("region"))
    )
    while True:
        label = linked.select("region", "kobling")
        pairs = changed.join(label, left_on="fra", right_on="region").join(
            label, left_on="til", right_on="region", suffix="_til"
        )
        highest = (
            pl.concat(
                [
                    pairs.select(region="fra", ny="kobling_til"),
                    pairs.select(region="til", ny="kobling"),
                ]
            )
            .group_by("region")
            .agg(pl.col("ny").max())
        )
        spread = (
            linked.join(highest, on="region", how="left")
            .select("region", kobling=pl.max_horizontal("kobling", "ny"))
            .sort("region")
        )
        if spread.equals(linked.sort("region")):
            return spread
        linked = spread


@reader.made_of(*invented.NUMBERED)
def numbers_in(year: int, then: int) -> pl.DataFrame:
    """Return which number each unit of another year has in `year`, where it is one and the same unit: region, nummer.

    `then`: that other year, earlier or later. Units that were merged or split between the two are left out: no unit
    of one year is theirs in the other.
    """
    span = min(then, year), max(then, year)
    now, other = (
        with_link(known(each).select("region"), *span)
        .filter(pl.len().over("kobling") == 1)
        .collect()
        for each in (year, then)
    )
    return other.join(now, on="kobling", suffix="_naa").select("region", nummer="region_naa")


def with_link(frame_: pl.DataFrame | pl.LazyFrame, first: int, last: int) -> pl.LazyFrame:
    """Add `kobling` to a frame with `region`: see `links`."""
    return (
        frame_.lazy()
        .join(links(first, last).lazy(), on="region", how="left", maintain_order="left")
        .with_columns(pl.coalesce("kobling", "region").alias("kobling"))
    )
