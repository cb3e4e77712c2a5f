"""The bridge from what KS printed to what Statistics Norway publishes, step by step.

Each step changes one thing as far as open figures allow: the respondents, the scope, Oslo, SSB's
estimate for those who have not reported, the vintage. What a step cannot separate stands beside it.
"""

from __future__ import annotations

from statistics import median

import polars as pl

from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.snapshot import ids, open_snapshot
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.open_figures import MUNICIPALITY
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, units
from kommuneregnskap.verdicts import decide

RESULT, REVENUE, SHARE = (
    "netto_driftsresultat",
    "brutto_driftsinntekter",
    "netto_driftsresultat_pst",
)
LEVEL, NEGATIVE = "resultat.netto_pst", "resultat.andel_negativ"
SAYS = {"presse": "Pressen", "regjeringen": "Regjeringen"}
NUMBERS = {
    LEVEL: ("resultat.netto_pst", "resultat.estimat_pst"),
    NEGATIVE: ("resultat.andel_negativ",),
}
WITHOUT, COUNTRY = "land_uten_oslo", "land"
VINTAGES = {"forelopig": "foreløpige", "endelig": "endelige"}
SCHEMA = {
    "trinn": pl.Int64,
    "trinn_navn": pl.String,
    "vintage": pl.String,
    "nedre": pl.Float64,
    "verdi": pl.Float64,
    "oevre": pl.Float64,
    "endring_pp": pl.Float64,
    "viser": pl.String,
    "skiller_ikke": pl.String,
}
Step = dict[str, object]


def steps(survey: Survey, number: str = LEVEL) -> pl.DataFrame:
    """Return the bridge for LEVEL (percent of revenue) or NEGATIVE (percent of municipalities).

    Out: trinn, trinn_navn, vintage, nedre, verdi, oevre, endring_pp (percentage points from the step before),
    viser (what the change shows), skiller_ikke (what it holds besides); bokmål. Empty for surveys
    on account files. A step that the snapshot does not carry is left out. The level of the kasse is
    weighted by the revenue of the konsern: SSB prints its percentages without the amounts.
    """
    if not survey.gives.snapshots:
        return pl.DataFrame(schema=SCHEMA)
    rows = [
        *_printed(survey, number),
        *_of_snapshot(survey, survey.figures.snapshot, number, whole=True),
    ]
    other = _other_vintage(survey)
    if other:
        last = _of_snapshot(survey, other, number, whole=False)
        rows += [
            {
                **row,
                "trinn_navn": f"{row['trinn_navn']}, {row['vintage']} tall",
                "viser": "Vintage: det SSB endret mellom de to publiseringene",
                "skiller_ikke": f"sene leveringer og rettelser (uttrekk {other})",
            }
            for row in last
        ]
    return (
        pl.DataFrame(
            rows,
            schema={name: kind for name, kind in SCHEMA.items() if name != "trinn"}
            | {"endring_pp": pl.Float64},
        )
        .with_columns(
            trinn=pl.int_range(1, pl.len() + 1).cast(pl.Int64),
            endring_pp=pl.col("verdi") - pl.col("verdi").shift(1),
        )
        .select(list(SCHEMA))
    )


def _step(name: str, value: float | None, shows: str, besides: str, **more: object) -> Step:
    return {
        "trinn_navn": name,
        "vintage": None,
        "nedre": None,
        "verdi": value,
        "oevre": None,
        "endring_pp": None,
        "viser": shows,
        "skiller_ikke": besides,
        **more,
    }


def _printed(survey: Survey, number: str) -> list[Step]:
    """Return what the releases printed of the year, the first reading first; not what others say of everyone."""
    claims = published.read(survey.year).filter(
        pl.col("tall_id").is_in(NUMBERS[number])
        & (pl.col("aar") == survey.year)
        & (pl.col("status").cast(pl.String) != decide.OF_ALL)
    )
    claims = claims.with_columns(midt=published.middle())
    return [
        _step(
            f"{SAYS.get(row['utgiver'], row['utgiver'])}, trykt: {row['trykt']}",
            row["midt"],
            "Utgangspunktet" if place == 0 else "Samme størrelse, trykt et annet sted eller senere",
            "svarenes regnskaper er ikke offentlige",
            nedre=row["nedre"],
            oevre=row["oevre"],
        )
        for place, row in enumerate(claims.iter_rows(named=True))
    ]


def _of_snapshot(survey: Survey, name: str, number: str, *, whole: bool) -> list[Step]:
    """Return the steps that a snapshot carries; `whole`: all of them, else only SSB's last."""
    found = open_snapshot(name)
    year = survey.year
    if year not in found.years:
        return []
    own = found.of_units.filter(pl.col("aar") == year)
    kasse, konsern = per_unit(own, "kasse"), per_unit(own, "konsern")
    capital = pl.col("region").is_in(units.oslo(year))
    drawn = open_figures.pseudo_panels(survey.enheter, year) if whole else []
    result = [
        *(_kasse(kasse.filter(~capital), drawn, number) if whole else []),
        *_konsern(konsern, konsern.filter(~capital), [] if len(kasse) else drawn, number),
        *(_estimates(own) if number == LEVEL else []),
    ]
    words = VINTAGES[found.vintage(year)]
    return [{**row, "vintage": words} for row in (result if whole else result[-1:])]


def _kasse(outside: pl.DataFrame, drawn: list[list[str]], number: str) -> list[Step]:
    """Return the steps of the treasury, KS' own scope; none where the snapshot does not have it."""
    if outside.is_empty():
        return []
    return [
        *_drawn("Kommunekassen", outside, drawn, number, ""),
        _step(
            "Kommunekassen, alle kommuner utenom Oslo",
            statistic(outside, number),
            "De som ikke svarte",
            "kommuner som SSB mangler tall for",
        ),
    ]


def _konsern(
    rows: pl.DataFrame, outside: pl.DataFrame, drawn: list[list[str]], number: str
) -> list[Step]:
    """Return the steps of the group accounts. drawn: pseudo-panels where the treasury gave no such step."""
    if rows.is_empty():
        return []
    panels = _drawn("Konsernet", outside, drawn, number, ", omfang")
    shows = (
        "De som ikke svarte" if panels else "Omfang: foretak og interkommunale selskaper kommer med"
    )
    result = [
        *panels,
        _step(
            "Konsernet, alle kommuner utenom Oslo",
            statistic(outside, number),
            shows,
            "kommuner som SSB mangler tall for",
        ),
    ]
    if outside.height < rows.height:
        result.append(
            _step("Konsernet, alle kommuner med Oslo", statistic(rows, number), "Oslo", "")
        )
    return result


def _drawn(
    name: str, outside: pl.DataFrame, drawn: list[list[str]], number: str, besides: str
) -> list[Step]:
    """Return the step to panels like the one that answered: the median and the ends of the draws."""
    found = [statistic(outside.filter(pl.col("region").is_in(each)), number) for each in drawn]
    values = [value for value in found if value is not None]
    if not values:
        return []
    return [
        _step(
            f"{name}, utvalg som det KS fikk svar fra",
            median(values),
            "Fra KS' svar til SSBs tall for liknende utvalg",
            f"hvem som svarte, rettelser etter mars{besides}",
            nedre=min(values),
            oevre=max(values),
        )
    ]


def _estimates(own: pl.DataFrame) -> list[Step]:
    """Return SSB's own rows for the country: estimates in unrevised figures, sums in revised ones."""
    printed = own.filter(
        (pl.col("begrep") == SHARE)
        & (pl.col("regnskapsomfang") == "konsern")
        & pl.col("regiontype").is_in([COUNTRY, WITHOUT])
        & pl.col("verdi").is_not_null()
    ).sort("regiontype")
    estimated = reconcile.estimates()
    words = {  # name, what the change shows in an estimate and in a sum
        COUNTRY: (
            *("SSB, landet", "SSBs anslag for dem som ikke har rapportert"),
            "SSBs egen sum av alle kommuner",
        ),
        WITHOUT: (
            *("SSB, landet uten Oslo", "Oslo ut igjen, i SSBs anslag"),
            "Oslo ut igjen, i SSBs sum",
        ),
    }
    found = []
    for row in printed.iter_rows(named=True):
        name, in_estimate, in_sum = words[row["regiontype"]]
        is_estimate = (row["regiontype"], row["vintage"]) in estimated
        found.append(
            _step(
                f"{name} (anslag)" if is_estimate else name,
                row["verdi"],
                in_estimate if is_estimate else in_sum,
                "avrunding til trykte desimaler",
            )
        )
    return found


def per_unit(own: pl.DataFrame, scope: str) -> pl.DataFrame:
    """Return each municipality's result in percent with its weight: region, pst, inntekt (1000 kr).

    own: values of one year (`schemas.statbank.Verdier`). Percent of the amounts where the scope has
    them, else as printed; the weight is the revenue of the scope, else of the konsern. Municipalities
    without a result are left out.
    """
    rows = own.filter((pl.col("regiontype") == MUNICIPALITY) & pl.col("tjenesteomraade").is_null())

    def column(begrep: str, of: str, name: str) -> pl.DataFrame:
        return rows.filter((pl.col("begrep") == begrep) & (pl.col("regnskapsomfang") == of)).select(
            "region", pl.col("verdi").alias(name)
        )

    parts = [
        column(RESULT, scope, "resultat"),
        column(REVENUE, scope, "egen"),
        column(SHARE, scope, "trykt"),
        column(REVENUE, "konsern", "konsern"),
    ]
    whole = rows.select("region").unique()
    for part in parts:
        whole = whole.join(part, on="region", how="left")
    share = pl.when(pl.col("egen") > 0).then(100 * pl.col("resultat") / pl.col("egen"))
    return (
        whole.select(
            "region", pst=pl.coalesce(share, "trykt"), inntekt=pl.coalesce("egen", "konsern")
        )
        .filter(pl.col("pst").is_not_null())
        .sort("region")
    )


def statistic(rows: pl.DataFrame, number: str) -> float | None:
    """Return LEVEL (percent of revenue, weighted by `inntekt`) or NEGATIVE (percent of the units)."""
    if rows.is_empty():
        return None
    if number == NEGATIVE:
        return float(rows.select(100 * (pl.col("pst") < 0).mean()).item())
    weighed = rows.filter(pl.col("inntekt") > 0)
    if weighed.is_empty():
        return None
    return float(
        weighed.select((pl.col("pst") * pl.col("inntekt")).sum() / pl.col("inntekt").sum()).item()
    )


def _other_vintage(survey: Survey) -> str:
    """Return the newest other snapshot of the year with another vintage; empty where there is none."""
    for name in reversed(ids()):
        if name == survey.figures.snapshot:
            continue
        found = open_snapshot(name)
        if survey.year in found.years and found.vintage(survey.year) != survey.figures.vintage:
            return name
    return ""
