"""Statistics Norway's open figures as a survey: a snapshot of StatBank, who is in it, which panel.

Open figures cover (nearly) all municipalities, of another scope than KS' survey and without its list
of respondents. So the survey can be run on everyone, or on pseudo-panels: municipalities drawn so
that they are as many, and hold as many inhabitants, as the release says of those who answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.controls import findings
from kommuneregnskap.sources.demo import integers
from kommuneregnskap.sources.published_figures import EVERYONE, PSEUDO, SOURCE, WITHOUT_OSLO
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.accounts import linked, span
from kommuneregnskap.tables import frames, published, units
from kommuneregnskap.tables.schemas.statbank import SCOPES

PANELS = SOURCE.panels
PANEL_WORDS = {
    WITHOUT_OSLO: "alle kommuner utenom Oslo",
    EVERYONE: "alle kommuner",
    PSEUDO: "et trukket utvalg som likner det KS fikk svar fra",
}
MUNICIPALITY, AMOUNT, PERCENT = "kommune", "1000 kr", "prosent"
RESULT, RESULT_SHARE = "netto_driftsresultat", "netto_driftsresultat_pst"
REVENUE = "brutto_driftsinntekter"
DRAWS = 40  # of 40 draws the lowest and the highest span about the middle 95 percent of all
RESOLUTION = 2**30  # parts of a pseudo-random draw
EXPONENTS = np.linspace(0, 2, 81)  # 0: everyone alike; 2: the large ones nearly always


@dataclass(frozen=True)
class OpenData:
    """What a survey on open figures knows beyond the amounts.

    snapshot: its name; vintage: `forelopig` or `endelig`; panel: one of PANELS; prosent: percentages
    that SSB prints per municipality (aar, region, begrep, verdi in percent); synthetic: whether the
    figures are invented; official: whether SSB itself was asked; updated: the latest day on which SSB
    says that one of the tables was updated.
    """

    snapshot: str
    vintage: str
    panel: str
    synthetic: bool
    official: bool
    updated: str
    prosent: pl.DataFrame


def survey_frames(
    snapshot: Snapshot, year: int, scope: str, panel: str
) -> tuple[dict[str, pl.DataFrame], OpenData, list[int]]:
    """Return the frames of a survey of `year` on a snapshot, what is known of it, and its years.

    Frames as `accounts.store_of` gives them; poster and balanse are empty: open figures are sums.
    A municipality counts (`svart`) where its net operating result is given, in kroner with the revenue it
    is measured against or in percent, and the panel takes it in (for `pseudo` the first panel drawn, see
    `draw`). In a year in which it does not count, it has no amounts at all, so that ratios of sums are of
    the same municipalities. Missing values are left out, never zero. Raises UsageError for a year, scope
    or panel that is not there.
    """
    _refuse(snapshot, year, scope, panel)
    years = [each for each in range(span(year)[0], year + 1) if each in snapshot.years]
    own = snapshot.values.filter(
        (pl.col("regnskapsomfang") == scope)
        & (pl.col("regiontype") == MUNICIPALITY)
        & pl.col("aar").is_in(years)
        & pl.col("verdi").is_not_null()
    )
    amounts = own.filter(pl.col("enhet") == AMOUNT).select(
        *("aar", "region", "regnskapsomfang", "begrep", "tjenesteomraade"),
        belop=pl.col("verdi").round().cast(pl.Int64),
    )
    shares = own.filter((pl.col("enhet") == PERCENT) & pl.col("tjenesteomraade").is_null()).select(
        "aar", "region", "begrep", "verdi"
    )
    given = _given(amounts, shares)
    amounts, shares = (
        frame.join(given, on=["aar", "region"], how="semi") for frame in (amounts, shares)
    )
    known = OpenData(
        snapshot=snapshot.name,
        vintage=snapshot.vintage(year),
        panel=panel,
        synthetic=snapshot.synthetic,
        official=snapshot.official,
        updated=_updated(snapshot),
        prosent=shares,
    )
    enheter = _enheter(year, given, panel)
    if panel == PSEUDO:
        drawn = pseudo_panels(enheter, year)
        if not drawn:
            raise UsageError(
                "PANEL is 'pseudo', and no release says how many answered; allowed: "
                f"{EVERYONE}, {WITHOUT_OSLO}"
            )
        enheter = enheter.with_columns(svart=pl.col("svart") & pl.col("region").is_in(drawn[0]))
    result = {
        "enheter": enheter,
        "indikatorer": linked(amounts, years),
        "poster": frames.Poster.create_empty(),
        "balanse": frames.Balanse.create_empty(),
        "kontroll": findings.concat([]),
        "utelatt": findings.stopped(findings.concat([])).with_columns(
            regnet_med=pl.lit(value=False)
        ),
    }
    return result, known, years


def _refuse(snapshot: Snapshot, year: int, scope: str, panel: str) -> None:
    if scope not in SCOPES:
        raise UsageError(f"SCOPE is {scope!r}; for the source {SOURCE.name}: {', '.join(SCOPES)}")
    if panel not in PANELS:
        raise UsageError(f"PANEL is {panel!r}; allowed: {', '.join(PANELS)}")
    given = snapshot.values.filter(
        (pl.col("regnskapsomfang") == scope) & pl.col("verdi").is_not_null()
    )
    there = sorted(set(given["aar"]) & set(snapshot.years))
    if year not in there:
        have = ", ".join(str(each) for each in there) or "no year"
        raise UsageError(
            f"YEAR is {year}; the snapshot {snapshot.name} has {scope} figures for: {have}. Fetch it: "
            f"make fetch YEAR={year}"
        )


def _updated(snapshot: Snapshot) -> str:
    """Return the latest day on which SSB says that one of the tables was updated."""
    return max(str(entry["oppdatert"])[:10] for entry in snapshot.receipt["tabeller"])


def _given(amounts: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Return who has what a survey cannot do without: aar, region.

    The net operating result and the revenue in kroner where the scope has amounts, else the percentage. Of a year
    that nobody has the result of, the revenue.
    """
    totals = amounts.filter(pl.col("tjenesteomraade").is_null())
    result = totals.filter(pl.col("begrep") == RESULT).select("aar", "region")
    if result.is_empty():
        return shares.filter(pl.col("begrep") == RESULT_SHARE).select("aar", "region")
    revenue = totals.filter(pl.col("begrep") == REVENUE).select("aar", "region")
    without = revenue.join(result, on="aar", how="anti")
    return pl.concat([result.join(revenue, on=["aar", "region"], how="semi"), without])


def _enheter(year: int, given: pl.DataFrame, panel: str) -> pl.DataFrame:
    counted = pl.col("region").is_in(given.filter(pl.col("aar") == year)["region"].to_list())
    if panel != EVERYONE:
        counted &= ~pl.col("region").is_in(units.oslo(year))
    return (
        units.with_link(units.frame(year), *span(year))
        .with_columns(har_drift=counted, har_balanse=counted, svart=counted)
        .collect()
    )


def draw(
    frame: pl.DataFrame, count: int, people_share: float, year: int, draws: int = DRAWS
) -> list[list[str]]:
    """Return pseudo-panels: `draws` lists of `count` municipalities outside Oslo, drawn by size.

    frame: municipalities that may be drawn (region, folkemengde in persons). people_share: percent of
    the inhabitants that the panels shall hold on average. Drawn without replacement with weights
    inhabitants^exponent (Efraimidis and Spirakis 2006: the largest u^(1/weight) are taken), the
    exponent chosen so that the average share comes nearest. Keyed by municipality, year and draw:
    the same panels on every machine. All of them where there are no more than `count`.
    """
    units_ = frame.sort("region")
    regions = units_["region"].to_list()
    if len(regions) <= count:
        return [regions] * draws
    people = units_["folkemengde"].to_numpy().astype(np.float64)
    numbers = units_["region"].cast(pl.Int64).to_numpy()
    keys = integers.uniform(
        "pseudopanel",
        numbers[np.newaxis, :],
        year,
        np.arange(draws)[:, np.newaxis],
        parts=RESOLUTION,
    )
    waits = -np.log((keys + 0.5) / RESOLUTION)

    def chosen(exponent: float) -> np.ndarray:
        order = np.argsort(waits / (people / people.mean()) ** exponent, axis=1, kind="stable")
        return np.sort(order[:, :count], axis=1)

    def miss(exponent: float) -> float:
        share = people[chosen(exponent)].sum(axis=1).mean() / people.sum()
        return abs(100 * float(share) - people_share)

    best = min(EXPONENTS, key=miss)
    return [[regions[place] for place in row] for row in chosen(float(best))]


def pseudo_panels(enheter: pl.DataFrame, year: int) -> list[list[str]]:
    """Return the pseudo-panels of a year: `draw` of those who could have answered; none if no size is known.

    enheter: `frames.Enheter`; municipalities outside Oslo whose figures are given may be drawn.
    """
    size = panel_size(year)
    if size is None:
        return []
    frame = enheter.filter(
        pl.col("har_drift")
        & (pl.col("type") == MUNICIPALITY)
        & ~pl.col("region").is_in(units.oslo(year))
    )
    return draw(frame, *size, year)


def panel_size(year: int) -> tuple[int, float] | None:
    """Return how many municipalities answered KS and their percent of inhabitants, as printed.

    As the release of the year says, else the nearest release before it, else the nearest after it
    (assumption A30). None where no release says.
    """
    known = published.years()
    before = [each for each in reversed(known) if each <= year]
    for each in (*before, *(each for each in known if each > year)):
        own = published.read(each).filter(pl.col("aar") == each)
        printed = dict(own.select("tall_id", "verdi").iter_rows())
        count, share = printed.get("svar.antall"), printed.get("svar.folkeandel")
        if count and share:
            return int(count), float(share)
    return None
