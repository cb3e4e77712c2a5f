"""Statistics Norway's open figures as a survey: a snapshot of StatBank, who is in it, which panel.

Open figures cover (nearly) all municipalities, of another scope than KS' survey and without its list
of respondents. So the survey can be run on everyone, or on pseudo-panels: municipalities drawn so
that they are as many, of the sizes and with the inhabitants that the release says of those who answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.controls import findings
from kommuneregnskap.sources import adding, listed
from kommuneregnskap.sources.demo import integers
from kommuneregnskap.sources.published_figures import EVERYONE, PSEUDO, SOURCE, WITHOUT_OSLO
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.accounts import linked, span
from kommuneregnskap.tables import frames, published, reads, units
from kommuneregnskap.tables.schemas.statbank import SCOPES

PANELS = SOURCE.panels
PANEL_WORDS = {
    WITHOUT_OSLO: "alle kommuner utenom Oslo",
    EVERYONE: "alle kommuner",
    PSEUDO: "et trukket utvalg som likner det KS fikk svar fra",
}
MUNICIPALITY, COUNTY = "kommune", "fylkeskommune"
AMOUNT, PERCENT = "1000 kr", "prosent"
RESULT, RESULT_SHARE = "netto_driftsresultat", "netto_driftsresultat_pst"
REVENUE = "brutto_driftsinntekter"
DRAWS = 400
COUNT, PEOPLE, OF_GROUP = (
    "svar.antall",
    "svar.folkeandel",
    "svar.andel.",
)  # section numbers on who answered
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
    A municipality or county counts (`svart`) where its net operating result is given, in kroner with the revenue it
    is measured against or in percent (what nobody has of a year is asked of no one), and the panel takes it in (for
    `pseudo` the first panel drawn, see `draw`). In a year in which it does not count, it has no amounts at all. Missing
    values are left out, never zero. Figures that call themselves invented get invented units. Raises UsageError for a
    year, scope or panel that is not there.
    """
    _refuse(snapshot, year, scope, panel)
    years = [each for each in range(span(year)[0], year + 1) if each in snapshot.years]
    own = snapshot.of_units.filter(
        (pl.col("regnskapsomfang") == scope)
        & pl.col("regiontype").is_in([MUNICIPALITY, COUNTY])
        & pl.col("aar").is_in(years)
        & pl.col("verdi").is_not_null()
    )
    amounts = own.filter(pl.col("enhet") == AMOUNT).select(
        *("aar", "region", "regnskapsomfang", "begrep", "tjenesteomraade", "regiontype"),
        belop=pl.col("verdi").round().cast(pl.Int64),
    )
    shares = own.filter((pl.col("enhet") == PERCENT) & pl.col("tjenesteomraade").is_null()).select(
        "aar", "region", "begrep", "verdi", "regiontype"
    )
    given = pl.concat(
        _given(*(frame.filter(pl.col("regiontype") == kind) for frame in (amounts, shares)))
        for kind in (MUNICIPALITY, COUNTY)
    )
    amounts, shares = (
        frame.join(given, on=["aar", "region"], how="semi").drop("regiontype")
        for frame in (amounts, shares)
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
    enheter = _enheter(year, given, panel, oppdiktet=snapshot.synthetic)
    if panel == PSEUDO:
        drawn = pseudo_panels(enheter, year)
        if not drawn:
            raise UsageError(
                "PANEL is 'pseudo', and no release says how many answered; allowed: "
                f"{EVERYONE}, {WITHOUT_OSLO}"
            )
        in_panel = pl.col("region").is_in(drawn[0]) | (pl.col("type") != MUNICIPALITY)
        enheter = enheter.with_columns(svart=pl.col("svart") & in_panel)
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
        have = listed(there) or "no year"
        raise UsageError(
            f"YEAR is {year}; the snapshot {snapshot.name} has {scope} figures for: {have}. {adding(year)}"
        )


def _updated(snapshot: Snapshot) -> str:
    """Return the latest day on which SSB says that one of the tables was updated."""
    return max(str(entry["oppdatert"])[:10] for entry in snapshot.receipt["tabeller"])


def _given(amounts: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Return who has what a survey cannot do without: aar, region.

    The net operating result and the revenue in kroner where the scope has amounts, else the percentage. What nobody
    has of a year is not asked for in it; of a year without either, any amount.
    """
    totals = amounts.filter(pl.col("tjenesteomraade").is_null())
    asked = totals.filter(pl.col("begrep").is_in([RESULT, REVENUE]))
    if RESULT not in asked["begrep"]:
        return shares.filter(pl.col("begrep") == RESULT_SHARE).select("aar", "region")
    needed = asked.group_by("aar").agg(pl.col("begrep").n_unique().alias("trengs"))
    have = asked.group_by("aar", "region").agg(pl.col("begrep").n_unique().alias("har"))
    whole = have.join(needed, on="aar").filter(pl.col("har") == pl.col("trengs"))
    others = totals.join(needed, on="aar", how="anti").unique(["aar", "region"])
    return pl.concat([each.select("aar", "region") for each in (whole, others)])


def _enheter(year: int, given: pl.DataFrame, panel: str, *, oppdiktet: bool) -> pl.DataFrame:
    counted = pl.col("region").is_in(given.filter(pl.col("aar") == year)["region"].to_list())
    if panel != EVERYONE:
        counted &= ~pl.col("region").is_in(units.oslo(year))
    return (
        units.with_link(units.frame(year, oppdiktet=oppdiktet), *span(year))
        .with_columns(har_drift=counted, har_balanse=counted, svart=counted)
        .collect()
    )


@dataclass(frozen=True)
class Printed:
    """What a release says of those who answered: how many municipalities, and with how many of the inhabitants.

    people: percent of the inhabitants outside Oslo, and its printed interval (`published.with_intervals`). groups:
    percent of the municipalities of a size group, where the release says it.
    """

    count: int
    people: float
    between: tuple[float, float]
    groups: tuple[tuple[str, float], ...] = ()


def draw(frame: pl.DataFrame, size: Printed, year: int, draws: int) -> list[list[str]]:
    """Return pseudo-panels: `draws` lists of municipalities outside Oslo, as the release says of its respondents.

    frame: municipalities that may be drawn (region, folkemengde in persons, stoerrelsesgruppe). Of a size group
    whose response is printed exactly so many are drawn, each with the same chance; the others without replacement
    with weights inhabitants^exponent (Efraimidis and Spirakis 2006: the largest u^(1/weight) are taken), the exponent
    chosen so that the average share of inhabitants comes nearest. Then municipalities of the other groups change
    places until the share is as printed in every panel, where it can be. Keyed by municipality, year and draw: the
    same panels on every machine. All of them where there are no more than `count`.
    """
    units_ = frame.sort("region")
    regions = units_["region"].to_list()
    if len(regions) <= size.count:
        return [regions] * draws
    people = units_["folkemengde"].to_numpy().astype(np.float64)
    keys = integers.uniform(
        "pseudopanel",
        units_["region"].cast(pl.Int64).to_numpy()[np.newaxis, :],
        year,
        np.arange(draws)[:, np.newaxis],
        parts=RESOLUTION,
    )
    waits = -np.log((keys + 0.5) / RESOLUTION)
    chosen = np.zeros((draws, len(regions)), dtype=bool)
    free = np.ones(len(regions), dtype=bool)
    for group, share in size.groups:
        own = np.flatnonzero(
            (units_["stoerrelsesgruppe"] == group).fill_null(value=False).to_numpy()
        )
        taken = own[np.argsort(waits[:, own], axis=1, kind="stable")][
            :, : round(len(own) * share / 100)
        ]
        np.put_along_axis(chosen, taken, values=True, axis=1)
        free[own] = False
    rest = np.flatnonzero(free)
    count = size.count - int(chosen[0].sum())
    goal = size.people / 100 * people.sum() - (chosen * people).sum(axis=1).mean()
    taken = rest[_weighted(waits[:, rest], people[rest], count, goal)]
    np.put_along_axis(chosen, taken, values=True, axis=1)
    ends = [share / 100 * people.sum() for share in size.between]
    for panel in chosen:
        _exchange(panel, rest, people, size.people / 100 * people.sum(), ends)
    return [[regions[place] for place in np.flatnonzero(panel)] for panel in chosen]


def _weighted(waits: np.ndarray, people: np.ndarray, count: int, goal: float) -> np.ndarray:
    """Return the places drawn, a row for each draw: `count` of them, with `goal` inhabitants on average."""

    def places(exponent: float) -> np.ndarray:
        order = np.argsort(waits / (people / people.mean()) ** exponent, axis=1, kind="stable")
        return order[:, :count]

    def miss(exponent: float) -> float:
        return abs(float(people[places(exponent)].sum(axis=1).mean()) - goal)

    return places(float(min(EXPONENTS, key=miss)))


def _exchange(
    panel: np.ndarray, free: np.ndarray, people: np.ndarray, goal: float, ends: list[float]
) -> None:
    """Let pairs of municipalities change places until the panel's inhabitants lie between the ends, if they can."""
    while not ends[0] <= (have := people[panel].sum()) < ends[1]:
        outside, inside = free[~panel[free]], free[panel[free]]
        left = np.abs(have - goal + people[outside][:, np.newaxis] - people[inside])
        come, go = np.unravel_index(np.argmin(left), left.shape)
        if left[come, go] >= abs(have - goal):
            return
        panel[outside[come]], panel[inside[go]] = True, False


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
    return draw(frame, size, year, DRAWS)


def panel_size(year: int) -> Printed | None:
    """Return how many municipalities answered KS and who, as printed.

    As the release of the year says, else the nearest release before it, else the nearest after it
    (assumption A30). None where no release says. What is kept of it is kept by this value, not by all the published
    numbers that it is looked up among.
    """
    with reads.unnoted():
        return _panel_size(year)


def _panel_size(year: int) -> Printed | None:
    known = published.years()
    before = [each for each in reversed(known) if each <= year]
    for each in (*before, *(each for each in known if each > year)):
        own = published.read(each).filter(pl.col("aar") == each)
        said = {row["tall_id"]: row for row in own.drop_nulls("tall_id").iter_rows(named=True)}
        if COUNT in said and PEOPLE in said:
            people = said[PEOPLE]
            groups = tuple(
                (name.removeprefix(OF_GROUP), float(row["verdi"]))
                for name, row in sorted(said.items())
                if name.startswith(OF_GROUP)
            )
            between = (float(people["nedre"]), float(people["oevre"]))
            return Printed(int(said[COUNT]["verdi"]), float(people["verdi"]), between, groups)
    return None
