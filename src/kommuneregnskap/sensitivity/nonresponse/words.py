"""Response bias as a reader sees it: which municipality without naming it, numbers with their units."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.sections import respondents
from kommuneregnskap.sensitivity.nonresponse import contributions, frame, influence, rates, tipping
from kommuneregnskap.support.norwegian import GROUP, UNIT_WORDS, number
from kommuneregnskap.survey.notes import MAX_NAMED
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units

FOR_PROSE = ("vippe", "regnet", "trukket_lav", "trukket_hoey", "median", "like_ytterlige")
FROM_TO = "{} til {}"
HARD_SPACE = "\u00a0"  # a number is not parted from its unit
SHORT = {
    "mrd_kr": f"mrd.{HARD_SPACE}kr",
    "prosent": "%",
    "prosentpoeng": "prosentpoeng",
    "antall": "",
}
TO_BE_DRAWN = 150  # percent: a tipping point further out would hide the others


def named(survey: Survey) -> bool:
    """Whether a report may name who delivered: real accounts of few, as in `notebook.data_note`."""
    return (
        not survey.synthetic
        and survey.gives.respondents
        and survey.enheter["svart"].sum() <= MAX_NAMED
    )


def who(rows: pl.DataFrame, survey: Survey) -> pl.DataFrame:
    """Add `kommune`, how a municipality is called in a report, to rows of `influence.without_each`.

    A rank within the number (1: the one that moves it most) and the size group; name and number only where
    the report names who delivered (`named`).
    """
    groups = tables.read("stoerrelsesgruppe").select(stoerrelsesgruppe="gruppe", gruppe="navn")
    ranked = rows.join(groups, on="stoerrelsesgruppe", how="left", maintain_order="left")
    place = pl.int_range(1, pl.len() + 1).over("tall_id")
    size = (
        pl.col("gruppe")
        .str.replace("^Under", "under")
        .str.replace("^Over", "over")
        .str.replace_all(r"(\d) (\d)", f"${{1}}{GROUP}${{2}}")
    )
    label = pl.format("kommune nr. {}, {}", place, size)
    if named(survey):
        names = survey.enheter.select("region", "navn")
        ranked = ranked.join(names, on="region", how="left", maintain_order="left")
        label = pl.format("{} ({})", "navn", "region")
    return ranked.with_columns(kommune=label).select(*rows.columns, "kommune")


def _shown(tall_id: str, value: float | None, decimals: int = 2) -> str:
    """Return a section number with its unit as short as a table needs it."""
    each = contributions.contribution(tall_id)
    enhet = "antall" if each is None else each.enhet
    text = number(value, 0 if enhet == "antall" else decimals)
    return text if value is None or not SHORT[enhet] else f"{text}{HARD_SPACE}{SHORT[enhet]}"


def _limit(tall_id: str, value: float | None) -> str:
    """Return a limit as short as it can be said: `0 %`, `16,5 %`; a dash where there is none."""
    if value is None:
        return _shown(tall_id, value)
    places = next((n for n in (0, 1) if round(value, 6) == round(value, n)), 2)
    return _shown(tall_id, value, places)


def headlines(survey: Survey) -> pl.DataFrame:
    """Return the headline numbers with what one respondent means for each, in words.

    Out, in the order of headlines.csv: tekst, med_alle, lavest and hoeyest (the number without one
    municipality, lowest and highest), hvem (the one that moves it most; where several do, how many; where
    the number is not there, why).
    """
    each = influence.without_each(survey)
    top = who(each, survey).group_by("tall_id").agg(pl.col("kommune").first())
    rows = (
        influence.summary(survey, each)
        .join(
            tables.read("headlines").select("tall_id", "tekst"), on="tall_id", maintain_order="left"
        )
        .join(top, on="tall_id", how="left", maintain_order="left")
        .with_columns(
            hvem=pl.when(pl.col("like") > 1)
            .then(pl.format("{} kommuner like mye", "like"))
            .otherwise("kommune")
        )
    )
    shown = [
        (
            row["tekst"],
            *(_shown(row["tall_id"], row[name]) for name in ("verdi", "lavest", "hoeyest")),
            row["hvorfor"] or row["hvem"],
        )
        for row in rows.iter_rows(named=True)
    ]
    names = ("tekst", "med_alle", "lavest", "hoeyest", "hvem")
    return pl.DataFrame(shown, schema=dict.fromkeys(names, pl.String), orient="row")


def compared(survey: Survey) -> pl.DataFrame:
    """Return `frame.compared` in words: variabel_navn (with unit), alle, svart, ikke_svart, medianer, standardisert."""
    rows = [
        (
            row["variabel_navn"]
            if row["enhet"] in row["variabel_navn"].lower()
            else f"{row['variabel_navn']}, {row['enhet']}",
            *(number(row[name], row["desimaler"]) for name in ("alle", "svart", "ikke_svart")),
            " / ".join(
                number(row[f"median_{name}"], row["desimaler"]) for name in ("alle", "svart")
            )
            if row["median_alle"] is not None
            else number(None),
            row["standardisert"],
        )
        for row in frame.compared(survey).iter_rows(named=True)
    ]
    texts = ("variabel_navn", "alle", "svart", "ikke_svart", "medianer")
    schema = dict.fromkeys(texts, pl.String) | {"standardisert": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def most_influential(survey: Survey, tall_id: str, count: int = 5) -> pl.DataFrame:
    """Return the respondents that move a number most: kommune, verdi, uten, endring; in its own unit."""
    rows = who(influence.without_each(survey, [tall_id]), survey)
    return rows.select("kommune", "verdi", "uten", "endring").head(count)


def spread(survey: Survey, tall_id: str) -> pl.DataFrame:
    """Return a number without each respondent in turn, for a chart.

    Out: gruppe (size group, smallest first), uten, verdi, nedre and oevre (the widest interval printed of the
    number in the year; null where none is), tekst, enhet (words). No municipality is recognisable.
    """
    each = contributions.contribution(tall_id)
    rows = influence.without_each(survey, [tall_id]).drop_nulls("uten")
    printed = published.read(survey.year).filter(
        (pl.col("tall_id") == tall_id) & (pl.col("aar") == survey.year)
    )
    texts = dict(tables.read("headlines").select("tall_id", "tekst").iter_rows())
    text = texts.get(tall_id, tall_id)
    return units.named_groups(rows.sort("stoerrelsesgruppe", "uten")).select(
        "gruppe",
        "uten",
        "verdi",
        nedre=pl.lit(printed["nedre"].min(), dtype=pl.Float64),
        oevre=pl.lit(printed["oevre"].max(), dtype=pl.Float64),
        tekst=pl.lit(text[0].upper() + text[1:]),
        enhet=pl.lit(UNIT_WORDS[each.enhet] if each is not None else ""),
    )


def verdicts(fewest: pl.DataFrame) -> pl.DataFrame:
    """Return the published numbers that hold, with how many respondents they hang on, in words.

    In: `dropping.fewest`. Out, fewest first: maaler, publisert, intervall, snur (those without whom it does
    not hold, one at a time), faerrest (`3`, `høyst 13`, `ingen`: how few must leave together), naar (the number
    then).
    """
    rows = fewest.sort(
        pl.col("faerrest").fill_null(10**6), pl.col("snur"), descending=[False, True],
        maintain_order=True,
    )  # fmt: skip
    return rows.select(
        "maaler",
        "publisert",
        "intervall",
        "snur",
        faerrest=pl.when(pl.col("faerrest").is_null())
        .then(pl.lit("ingen"))
        .when("eksakt")
        .then(pl.col("faerrest").cast(pl.String))
        .otherwise(pl.format("høyst {}", "faerrest")),
        naar=pl.struct("tall_id", "naar").map_elements(
            lambda row: "" if row["naar"] is None else _shown(row["tall_id"], row["naar"]),
            return_dtype=pl.String,
        ),
    )


def findings(points: pl.DataFrame, *, printed: bool) -> pl.DataFrame:
    """Return rows of `tipping.points` as a table: the edges of printed numbers, or the limits of tipping.csv.

    Out: hva, maal, grense, regnet, vippe, trukket, median, like_ytterlige (all text, percent unless `grense`
    says otherwise); where there is no tipping point, the reason stands in `vippe`. Limits that nobody has printed are
    left out.
    """
    of_table = pl.col("paastand").is_null() & (pl.col("hvorfor") != tipping.NOT_PRINTED).fill_null(
        value=True
    )
    rows = points.filter(pl.col("paastand").is_not_null() if printed else of_table)
    place = pl.col("vippepunkt").rle_id()
    rows = (
        rows.unique(["vippepunkt", "grense"], maintain_order=True)
        .with_columns(plass=place)
        .sort("plass", "grense")
    )

    def text(name: str) -> pl.Expr:
        return pl.col(name).map_elements(
            lambda value: number(value, 1), return_dtype=pl.String, skip_nulls=False
        )

    return rows.select(
        "hva",
        "maal",
        grense=pl.struct("tall_id", "grense").map_elements(
            lambda row: _limit(row["tall_id"], row["grense"]), return_dtype=pl.String
        ),
        regnet=text("regnet"),
        vippe=pl.coalesce("hvorfor", text("vippe")),
        trukket=pl.when(pl.col("trukket_lav").is_not_null())
        .then(pl.format(FROM_TO, text("trukket_lav"), text("trukket_hoey")))
        .otherwise(pl.lit("–")),
        median=text("median"),
        like_ytterlige=text("like_ytterlige"),
    )


def drawn(points: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `tipping.points` for a chart: those with a tipping point, of the limits of tipping.csv.

    Without those beyond 150 percent: nobody has that, and they would hide the others. Out: as there, and enhet, the
    unit of the number, which `grense` and `alle` are in.
    """
    units = tables.read("numbers").select("tall_id", pl.col("enhet").cast(pl.String))
    return points.filter(
        pl.col("paastand").is_null() & (pl.col("vippe").abs() <= TO_BE_DRAWN)
    ).join(units, on="tall_id", how="left", maintain_order="left")


def tall(survey: Survey, points: pl.DataFrame, verdict_rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the prose of a notebook says of response bias, as section numbers `frafall.*`.

    In: `tipping.points` and `dropping.fewest`. Out, `frames.Tall`:

    - frafall.andel_nedre, frafall.andel_oevre: the interval of the response rate (percent)
    - frafall.mangler, frafall.mangler_folk: who did not answer (municipalities, persons)
    - frafall.proevd, frafall.snur_alene, frafall.snur_ti: published numbers that hold, those that one
      respondent turns, and those that ten or fewer together turn
    - frafall.<column>.<vippepunkt>: see `tipping.points`, of the limits of tipping.csv (percent)
    """
    rate = rates.in_all(survey)
    gone = respondents.outside_oslo(survey).filter(~pl.col("svart"))
    found: list[tuple[str, float | None, str]] = [
        ("andel_nedre", rate["nedre"].first() if len(rate) else None, "prosent"),  # type: ignore[list-item]
        ("andel_oevre", rate["oevre"].first() if len(rate) else None, "prosent"),  # type: ignore[list-item]
        ("mangler", gone.height, "antall"),
        ("mangler_folk", int(gone["folkemengde"].sum()), "antall"),
        ("proevd", verdict_rows.height or None, "antall"),
    ]
    few = verdict_rows["faerrest"]
    for name, most in (("snur_alene", 1), ("snur_ti", 10)):
        found.append((name, int((few <= most).sum()) if len(few) else None, "antall"))
    own = points.filter(pl.col("paastand").is_null() & pl.col("grense").is_not_null())
    for row in own.iter_rows(named=True):
        found += [(f"{name}.{row['vippepunkt']}", row[name], "prosent") for name in FOR_PROSE]
    rows = pl.DataFrame(
        [(f"frafall.{name}", survey.year, value, enhet) for name, value, enhet in found],
        schema={"id": pl.String, "aar": pl.Int32, "verdi": pl.Float64, "enhet": pl.String},
        orient="row",
    )
    return values.checked(rows)
