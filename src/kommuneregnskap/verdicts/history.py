"""What was said of which year, when, by whom: published numbers of all years together.

Method: data/claims/<year>.csv (what was printed), restatements.csv (which number a later publication
states otherwise) and arithmetic.csv (what the numbers must satisfy among themselves).
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.sections import levels
from kommuneregnskap.support.norwegian import interval, number, with_unit
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published
from kommuneregnskap.tables.schemas.claims import PROJECT
from kommuneregnskap.verdicts import arithmetic, decide, judgement, restatements
from kommuneregnskap.verdicts.arithmetic import FAILS, HOLDS, INCOMPATIBLE, OPEN

RESULT = "ndr_kommuner"  # the series that the history is about
SECTOR = ("ndr_sektor", "disposisjonsfond_sektor")  # those of municipalities and counties together
LEVEL = "netto_driftsresultat_pst"  # the percentage of the first, of which levels.csv says what is advised
COMPUTED = "Denne rapporten"
LAST_YEAR = "_fjor"  # ends the id of a section number that is about the year before
RELEASE = ["utgiver", "vintage"]
DIFFERENCE = {"prosent": "prosentpoeng"}  # the unit of a difference, where it is another
STEP = 0.13  # of a year: how far apart, at most, the publications about one year are drawn


def all_claims() -> pl.DataFrame:
    """Return the published numbers of all years with their intervals: `published.read_all`."""
    return published.read_all()


def said(everything: pl.DataFrame, *series: str) -> pl.DataFrame:
    """Return what was said of each accounting year in the order it was said.

    In: `all_claims`; series ids, none for all. Out: gjelder (accounting year), vintage, sagt
    (the same in words), utgiver, serie, id, trykt, verdi, verdi_til, nedre, oevre (interval, in
    `enhet`; null: unbounded), enhet, omfang, oslo, panel, kilde. Rows of our own are left out: they were not published.
    """
    wanted = pl.col("serie").is_in(series) if series else pl.col("serie").is_not_null()
    return (
        everything.filter(wanted & (pl.col("utgiver").cast(pl.String) != PROJECT))
        .select(
            "gjelder", "vintage", published.said_when().alias("sagt"),
            pl.col("utgiver").cast(pl.String), "serie", "id", "trykt",
            "verdi", "verdi_til", "nedre", "oevre",
            pl.col("enhet", "omfang", "oslo", "panel").cast(pl.String), "kilde",
        )
        .sort("gjelder", published.when(), maintain_order=True)
    )  # fmt: skip


def releases(everything: pl.DataFrame, checked: pl.DataFrame) -> pl.DataFrame:
    """Return the publications, first to last, with their numbers and their own arithmetic.

    A publication is what one publisher gave out on one date, as far as the date is known; a rule
    belongs to the one whose number is its result. In: `all_claims`, `arithmetic.rules`. Out: utgiver,
    vintage, kilde, paastander (published numbers), regler, regler_stemmer, regler_motsier, regler_uforenlig,
    regler_aapne (rules: all, that hold, that fail within the publication, that fail beside others, not
    computable), stemmer, motsier, uforenlig, kan_ikke_regnes (numbers),
    sagt (vintage in words).
    """
    found = arithmetic.outcomes(everything, checked)
    tried = checked.join(
        found.select("id", *RELEASE), left_on="resultat", right_on="id", how="inner"
    )
    kinds = ((HOLDS, "stemmer"), (FAILS, "motsier"), (INCOMPATIBLE, "uforenlig"), (OPEN, "aapne"))
    counted = tried.group_by(RELEASE).agg(
        pl.len().alias("regler"),
        *((pl.col("utfall") == word).sum().alias(f"regler_{name}") for word, name in kinds),
    )
    sources = everything.select("id", "kilde")
    names = (*kinds[:-1], (OPEN, "kan_ikke_regnes"))
    return (
        found.join(sources, on="id", maintain_order="left")
        .group_by(RELEASE)
        .agg(
            kilde=pl.col("kilde").unique(maintain_order=True).str.join("; "),
            paastander=pl.len(),
            **{name: (pl.col("utfall") == word).sum() for word, name in names},
        )
        .join(counted, on=RELEASE, how="left")
        .with_columns(pl.col("^regler.*$").fill_null(0))
        .sort(published.when(), "utgiver")
        .with_columns(published.said_when().alias("sagt"))
    )


def verdicts(everything: pl.DataFrame, tall: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Return a verdict for every published number, whichever year it is of.

    Those of the survey year: `judgement.judge` against its section numbers. Others cannot be judged on
    these accounts: `kontekst`, or `ikke_vurdert` with the reason (no source has accounts for the year, or
    another report judges it). Out: id, gjelder, serie, publisert, beregnet_tekst, dom, merke, hvorfor (the
    last two as `judgement.judge` gives them).
    """
    of_year = pl.col("fil_aar") == survey.year
    own = judgement.judge(everything.filter(of_year), tall, survey)
    marked = arithmetic.marks(arithmetic.rules(everything))
    years = tables.years_known()
    context = pl.col("status").cast(pl.String).is_in(["kontekst", decide.OF_ALL])
    others = everything.filter(~of_year).select(
        "id",
        beregnet_tekst=pl.lit(number(None)),
        dom=pl.when(context).then(pl.lit("kontekst")).otherwise(pl.lit("ikke_vurdert")),
        hvorfor=pl.when(context)
        .then(pl.lit(decide.CONTEXT))
        .when(pl.col("fil_aar").is_in(years))
        .then(pl.format("prøves i rapporten for {}", "fil_aar"))
        .otherwise(
            pl.format(
                "ingen kilde har regnskaper for {}; kodetabellene begynner i {}",
                "fil_aar",
                pl.lit(years[0]),
            )
        ),
    )
    others = (
        others.join(marked, on="id", how="left", maintain_order="left")
        .with_columns(hvorfor=judgement.with_mark())
        .drop("merket")
    )
    found = pl.concat([own.select(others.columns), others])
    return everything.select("id", "gjelder", "serie", publisert="trykt").join(
        found, on="id", how="left", maintain_order="left"
    )


def computed(tall: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Return what this survey computes of the accounting year and the year before.

    In: section numbers (`frames.Tall`). Out: gjelder, tall_id (of the year it is about, without
    `_fjor`), beregnet (in the unit of the number).
    """
    before = pl.col("id").str.ends_with(LAST_YEAR)
    return (
        tall.filter((pl.col("aar") == survey.year) & pl.col("verdi").is_not_null())
        .select(
            gjelder=pl.when(before).then(pl.col("aar") - 1).otherwise("aar").cast(pl.Int32),
            tall_id=pl.col("id").str.strip_suffix(LAST_YEAR),
            beregnet="verdi",
        )
        .unique(["gjelder", "tall_id"], keep="first", maintain_order=True)
    )


def beside(
    everything: pl.DataFrame, tall: pl.DataFrame, survey: Survey, *series: str
) -> pl.DataFrame:
    """Return `said` with what this survey computes beside it, where it computes the same number.

    Out: the columns of `said` and beregnet (in `enhet`; null for other years, other publishers'
    numbers and what the accounts do not give).
    """
    same = ~decide.of_all() | decide.stated(survey)
    own = pl.when(same).then(pl.col("tall_id").str.strip_suffix(LAST_YEAR))
    ids = everything.select("id", tall_id=own)
    return (
        said(everything, *series)
        .join(ids, on="id", how="left", maintain_order="left")
        .join(computed(tall, survey), on=["gjelder", "tall_id"], how="left", maintain_order="left")
        .drop("tall_id")
    )


def marks(
    everything: pl.DataFrame, links: pl.DataFrame, tall: pl.DataFrame, survey: Survey
) -> pl.DataFrame:
    """Return the net operating result of the municipalities as said at each time, to be drawn.

    In: `all_claims`, `restatements.links`, section numbers. Out, a row per publication of a year and, last,
    what this survey computes: gjelder, akse (gjelder and a step per publication), verdi (percent; the
    middle of a range), nedre, oevre (the printed interval; for computed numbers the number itself),
    hvem (publisher, or `COMPUTED`), tekst (as printed), naar, kjede (chain of restatements; null: none).
    """
    chained = (
        restatements.chains(links).select(kjede=pl.int_range(pl.len()), id="ids").explode("id")
    )
    printed = said(everything, RESULT).select(
        "gjelder", "nedre", "oevre", "id", verdi=published.middle(), hvem="utgiver", tekst="trykt",
        naar="sagt",
    )  # fmt: skip
    own = (
        computed(tall, survey)
        .filter(pl.col("tall_id").is_in(["resultat.netto_pst", "resultat.estimat_pst"]))
        .with_columns(pl.col("beregnet").round(2))
        .select(
            "gjelder", nedre="beregnet", oevre="beregnet", verdi="beregnet", hvem=pl.lit(COMPUTED),
            tekst=pl.col("beregnet").map_elements(
                lambda value: with_unit(value, "prosent"), return_dtype=pl.String
            ),
            naar=pl.lit("nå"),
        )
    )  # fmt: skip
    return (
        pl.concat([printed, own], how="diagonal_relaxed")
        .join(chained, on="id", how="left", maintain_order="left")
        .sort("gjelder", maintain_order=True)
        .with_columns(
            akse=pl.col("gjelder")
            + (
                pl.min_horizontal(pl.lit(STEP), 0.9 / pl.len())
                * (pl.int_range(pl.len()) - (pl.len() - 1) / 2)
            ).over("gjelder")
        )
    )


def sector(everything: pl.DataFrame) -> pl.DataFrame:
    """Return result and free fund of municipalities and counties together, as printed over many years.

    In: `all_claims`. Out, by serie and gjelder: serie, serie_navn, gjelder (accounting year), verdi (percent of
    revenue), utgivelse (null: of the long series; else who said it in a publication and when, the last of each year
    that the series lacks), anbefalt (the level recommended for the year, percent; null: none, or another percentage),
    kilde (without the address).
    Source: long_series.csv, data/claims, levels.csv.
    """
    source = pl.col("kilde").str.split(" (").list.first()
    printed = published.long_series(*SECTOR).select("serie", "gjelder", "verdi", source)
    later = (
        said(everything, *SECTOR)
        .join(printed, on=["serie", "gjelder"], how="anti", maintain_order="left")
        .select(
            "serie", "gjelder", "verdi", "kilde", utgivelse=pl.col("utgiver") + " " + pl.col("sagt")
        )
        .unique(["serie", "gjelder"], keep="last", maintain_order=True)
    )
    years = pl.Series(sorted({*printed["gjelder"], *later["gjelder"]}))
    advised = pl.concat(
        levels.of(LEVEL, year)
        .filter(pl.col("enhetstype") == levels.BOTH)
        .select(serie=pl.lit(SECTOR[0]), gjelder=pl.lit(year, pl.Int32), anbefalt="fra")
        for year in years
    )
    names = tables.read("series").select("serie", serie_navn="navn")
    return (
        pl.concat([printed, later], how="diagonal")
        .join(names, on="serie", maintain_order="left")
        .join(advised, on=["serie", "gjelder"], how="left", maintain_order="left")
        .select("serie", "serie_navn", "gjelder", "verdi", "utgivelse", "anbefalt", "kilde")
        .sort(pl.col("serie").cast(pl.Enum(SECTOR)), "gjelder")
    )


def check_lines(
    judged: pl.DataFrame, links: pl.DataFrame, checked: pl.DataFrame, *series: str
) -> str:
    """Return the text of the check cell: verdicts of the series, restatements, rules, a line each.

    In: `verdicts`, `restatements.links`, `arithmetic.rules`. Rounded once, here.
    """
    lines = [
        f"{row['id']}: publisert {row['publisert']} | beregnet {row['beregnet_tekst']} | {judgement.verdict(row)}"
        for row in judged.filter(pl.col("serie").is_in(series)).iter_rows(named=True)
    ]
    lines += [
        f"{row['fra_id']}__{row['til_id']}: publisert {row['foer']}, så {row['naa']} | "
        f"beregnet {with_unit(row['endring'], DIFFERENCE.get(row['enhet'], row['enhet']))} | {row['hva']}"
        for row in links.iter_rows(named=True)
    ]
    lines += [
        f"{row['id']}: publisert {interval(row['resultat_nedre'], row['resultat_oevre'], 2)} | "
        f"beregnet {interval(row['nedre'], row['oevre'], 2)} | {row['utfall'].replace(' ', '_')}"
        for row in checked.iter_rows(named=True)
    ]
    return "\n".join(lines)
