"""Section 2: the net operating result, how it is spread, and what drives it."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import estimates, tables
from kommuneregnskap.estimates import kept
from kommuneregnskap.estimates.quantities import main_estimator
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.indicators.evaluate import percent, ratio, total
from kommuneregnskap.numbers import values
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units

SECTION = "resultat"  # the first word of its numbers, see sections.csv

RESULT = "netto_driftsresultat"
AFTER_BOUND = "netto_driftsresultat_etter_bundne"
REVENUE = "brutto_driftsinntekter"
SHARE = "netto_driftsresultat_pst"
LOW_LIMIT = -2  # percent of revenue: the limit the release uses


def per_unit(survey: Survey) -> pl.DataFrame:
    """Return each respondent municipality with its result in kr and percent of revenue.

    Out: the columns of `Survey.panel` and netto_driftsresultat_pst, brutto_driftsresultat_pst
    (percent), negativ, under_m2 (Bool). Where a source gives no amounts but prints the percentage, the
    printed one stands.
    """
    return (
        survey.panel()
        .with_columns(
            percent(SHARE, survey.year), percent("brutto_driftsresultat_pst", survey.year)
        )
        .join(survey.printed(SHARE), on="region", how="left", maintain_order="left")
        .with_columns(pl.coalesce(SHARE, "trykt").alias(SHARE))
        .drop("trykt")
        .with_columns(
            negativ=pl.coalesce(pl.col(RESULT), pl.col(SHARE)) < 0,
            under_m2=pl.col(SHARE) < LOW_LIMIT,
        )
    )


def before_and_now(survey: Survey, kind: str = "kommune", *, whose: str = "") -> pl.DataFrame:
    """Return the same respondents in the survey year and the year before, a row each.

    `whose`: see `Survey.matched`. Out: aar, kobling, one column per concept (1000 kr),
    netto_driftsresultat_pst. Empty when the source lacks the year before.
    """
    matched = survey.matched(survey.year, kind, whose=whose)
    if matched.is_empty():
        return pl.DataFrame()
    wide = evaluate.completed(evaluate.wide(matched, "aar", "kobling"), survey.year)
    return wide.with_columns(percent(SHARE, survey.year))


def level(survey: Survey) -> pl.DataFrame:
    """Return one row with the respondents' result, its parts and its spread.

    Out: netto_mrd, netto_finans_mrd, gevinst_finans_mrd (mrd. kr), netto_pst, brutto_pst,
    etter_bundne_fond, min_pst, maks_pst (percent of revenue), antall_negativ, antall_under_m2
    (municipalities), andel_negativ (percent of respondents), andel_negativ_med_fylker (negative
    municipalities in percent of municipalities and counties that answered), andel_under_m2_av_negative (percent of
    the negative ones), folkeandel_under_m2, folkeandel_negativ (percent of respondents' inhabitants).
    """
    people = pl.col("folkemengde")
    counties = len(survey.panel("fylkeskommune"))
    return per_unit(survey).select(
        netto_mrd=values.billions(total(RESULT)),
        netto_pst=values.share(RESULT, REVENUE, survey.setting("vekting")),
        brutto_pst=values.share("brutto_driftsresultat", REVENUE, survey.setting("vekting")),
        etter_bundne_fond=values.share(AFTER_BOUND, REVENUE, survey.setting("vekting")),
        netto_finans_mrd=values.billions(total("netto_finansutgifter")),
        gevinst_finans_mrd=values.billions(total("gevinst_finansielle")),
        min_pst=pl.col(SHARE).min(),
        maks_pst=pl.col(SHARE).max(),
        antall_negativ=pl.col("negativ").sum(),
        andel_negativ=100 * pl.col("negativ").mean(),
        andel_negativ_med_fylker=ratio(pl.col("negativ").sum(), pl.len() + counties),
        antall_under_m2=pl.col("under_m2").sum(),
        andel_under_m2_av_negative=ratio(pl.col("under_m2").sum(), pl.col("negativ").sum()),
        folkeandel_under_m2=ratio(people.filter("under_m2").sum(), people.sum()),
        folkeandel_negativ=ratio(people.filter("negativ").sum(), people.sum()),
    )


def change(survey: Survey) -> pl.DataFrame:
    """Return one row comparing the same respondents with the year before; nulls without that year.

    Out: netto_pst_fjor, brutto_pst_fjor (percent), endring_pp, retning (percentage points),
    andel_negativ_fjor, andel_forbedret (percent of the respondents).
    """
    rows = before_and_now(survey)
    names = (
        "netto_pst_fjor",
        "brutto_pst_fjor",
        "endring_pp",
        "retning",
        "andel_negativ_fjor",
        "andel_forbedret",
    )
    if rows.is_empty():
        return pl.DataFrame(
            {name: [None] for name in names}, schema=dict.fromkeys(names, pl.Float64)
        )
    now, before = pl.col("aar") == survey.year, pl.col("aar") == survey.year - 1

    def of(name: str, when: pl.Expr) -> pl.Expr:
        return total(pl.col(name).filter(when))

    improved = (
        rows.sort("aar")
        .group_by("kobling")
        .agg(bedre=pl.col(SHARE).last() > pl.col(SHARE).first(), aar=pl.len())
        .filter(pl.col("aar") == 2)
        .select(100 * pl.col("bedre").mean())
        .item()
    )
    before_them = rows
    if survey.setting("fjorandel") != survey.setting("fjoraar"):
        before_them = before_and_now(survey, whose=survey.setting("fjorandel"))
    negative_before = before_them.filter(before).select(100 * (pl.col(RESULT) < 0).mean()).item()
    return rows.select(
        netto_pst_fjor=ratio(of(RESULT, before), of(REVENUE, before)),
        brutto_pst_fjor=ratio(of("brutto_driftsresultat", before), of(REVENUE, before)),
        endring_pp=ratio(of(RESULT, now), of(REVENUE, now))
        - ratio(of(RESULT, before), of(REVENUE, before)),
        andel_negativ_fjor=pl.lit(negative_before, dtype=pl.Float64),
    ).with_columns(retning=pl.col("endring_pp"), andel_forbedret=pl.lit(improved, dtype=pl.Float64))


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return the result by size group, smallest first.

    Out: stoerrelsesgruppe, navn, kommuner, netto_pst, brutto_pst, etter_bundne_fond (percent of
    revenue, ratios of sums), median_pst (percent, of municipalities), andel_negativ (percent).
    """
    revenue = total(REVENUE)
    return units.named_groups(
        per_unit(survey)
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            netto_pst=ratio(total(RESULT), revenue),
            brutto_pst=ratio(total("brutto_driftsresultat"), revenue),
            etter_bundne_fond=ratio(total(AFTER_BOUND), revenue),
            median_pst=pl.col(SHARE).median(),
            andel_negativ=100 * pl.col("negativ").mean(),
        )
    )


def drivers(survey: Survey) -> pl.DataFrame:
    """Return how revenue, expenditure, finance and gains moved the result of the same respondents.

    Out: post, navn (bokmål), foer, naa, endring (mrd. kr, with the sign they have in the result). Empty
    without the year before.
    """
    rows = before_and_now(survey)
    signs = {
        "brutto_driftsinntekter": 1,
        "brutto_driftsutgifter": -1,
        "motpost_avskrivninger": 1,
        "netto_finansutgifter": -1,
        "gevinst_finansielle": 1,
        RESULT: 1,
    }
    schema = {"post": pl.String, "navn": pl.String} | dict.fromkeys(
        ("foer", "naa", "endring"), pl.Float64
    )
    if rows.is_empty():
        return pl.DataFrame(schema=schema)
    listed = tables.valid("indicators", survey.year).unique("begrep", keep="first")
    return (
        rows.group_by("aar")
        .agg(values.billions(total(name)).alias(name) * sign for name, sign in signs.items())
        .sort("aar")
        .drop("aar")
        .transpose(include_header=True, header_name="post", column_names=["foer", "naa"])
        .join(
            listed.select(post="begrep", navn="navn"), on="post", how="left", maintain_order="left"
        )
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .select(list(schema))
    )


def estimate(survey: Survey, concept: str = RESULT) -> pl.DataFrame:
    """Return the ratio estimate of a concept for all municipalities outside Oslo, by size group.

    Whether Oslo belongs is a choice of the survey (A08).
    Out: as `estimates.ratio_estimate`, with `navn` of the group, smallest first.
    """
    found = kept.groups(survey) if concept == RESULT else None
    if found is None:
        found = estimates.ratio_estimate(*_in_the_estimate(survey), concept)
    return units.named_groups(found)


def national(survey: Survey) -> pl.DataFrame:
    """Return one row: the estimates for all municipalities, and the result with the counties' sum.

    Out: estimat_mrd (mrd. kr), estimat_pst (percent of estimated revenue), each with the ends of its 95 %
    interval (`_nedre`, `_oevre`; see `estimates.headline`), estimat_andel_negativ (percent of municipalities),
    estimat_med_fylker_mrd and estimat_med_fylker_pst. The estimator is the survey's choice (A24).
    """
    found = _estimated(survey, survey.setting("anslag"))
    amount, share = found["sum"], found["prosent"]
    row = {
        f"estimat_{unit}{end}": value
        for unit, each in (("mrd", amount), ("pst", share))
        for end, value in (("", each.verdi), ("_nedre", each.nedre), ("_oevre", each.oevre))
    }
    row["estimat_andel_negativ"] = found["andel_negativ"].verdi
    return pl.concat(
        [
            pl.DataFrame([row], schema=dict.fromkeys(row, pl.Float64)),
            _with_counties(survey, found["sum"].verdi, found["prosent"].verdi),
        ],
        how="horizontal",
    )


def _estimated(survey: Survey, estimator: str) -> dict[str, Value]:
    """Return the estimates of the result: sum (mrd. kr), prosent, andel_negativ (percent of municipalities).

    The last by the main estimator whatever is chosen: shares of municipalities are of their number.
    """
    found = kept.headline(survey, estimator)
    if found is not None:
        return found
    panel, everyone = _in_the_estimate(survey)  # one of many panels, or before they are kept
    flagged = panel.join(per_unit(survey).select("region", "negativ"), on="region")
    negative = {"andel_negativ": estimates.share_of_units(flagged, everyone, "negativ")}
    if estimator == str(main_estimator()["estimator"]):
        return estimates.headline(panel, everyone, RESULT, REVENUE) | negative
    return estimates.result_by(survey, estimator) | negative


def _with_counties(survey: Survey, amount: float | None, share: float | None) -> pl.DataFrame:
    """Return the estimated result (mrd. kr, percent of revenue) and the counties' sum as one."""
    counties = survey.panel("fylkeskommune").select(
        fylke=values.billions(total(RESULT)),
        fylke_inntekt=values.billions(total(REVENUE)),
    )
    revenue = None if amount is None or not share else 100 * amount / share
    estimated = pl.DataFrame(
        {"resultat": [amount], "inntekt": [revenue]},
        schema=dict.fromkeys(("resultat", "inntekt"), pl.Float64),
    )
    both = pl.col("resultat") + pl.col("fylke")
    return pl.concat([estimated, counties], how="horizontal").select(
        estimat_med_fylker_mrd=both,
        estimat_med_fylker_pst=ratio(both, pl.col("inntekt") + pl.col("fylke_inntekt")),
    )


def _in_the_estimate(survey: Survey) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those who answered and everybody estimated for: without Oslo, or with it (A08)."""
    everyone = estimates.estimated_for(survey)
    return survey.panel().join(everyone, on="region", how="semi"), everyone


def counties(survey: Survey) -> pl.DataFrame:
    """Return one row: fylke_pst, fylke_pst_fjor (percent) and fylke_endring_pp of the counties."""
    rows = before_and_now(survey, "fylkeskommune")
    own = survey.panel("fylkeskommune")
    share = (
        own.select(fylke_pst=ratio(total(RESULT), total(REVENUE)))
        if len(own)
        else pl.DataFrame({"fylke_pst": [None]}, schema={"fylke_pst": pl.Float64})
    )
    before = (
        rows.filter(pl.col("aar") == survey.year - 1).select(
            fylke_pst_fjor=ratio(total(RESULT), total(REVENUE))
        )
        if len(rows)
        else pl.DataFrame({"fylke_pst_fjor": [None]}, schema={"fylke_pst_fjor": pl.Float64})
    )
    return pl.concat([share, before], how="horizontal").with_columns(
        fylke_endring_pp=pl.col("fylke_pst") - pl.col("fylke_pst_fjor")
    )


def tall(survey: Survey) -> pl.DataFrame:
    """Return the section numbers `resultat.*` of the survey year. Out: `frames.Tall`."""
    year, groups = survey.year, by_size_group(survey)
    row = pl.concat(
        [level(survey), change(survey), national(survey), counties(survey)], how="horizontal"
    )
    enheter = {
        name: "mrd_kr"
        if "_mrd" in name
        else "antall"
        if name.startswith("antall")
        else "prosentpoeng"
        if name.endswith("_pp")
        else "retning"
        if name == "retning"
        else "prosent"
        for name in row.columns
    }
    return values.combine(
        values.from_row(row, year, "resultat", enheter),
        *(
            values.from_table(
                groups, year, f"resultat.{column}", "stoerrelsesgruppe", column, "prosent"
            )
            for column in ("netto_pst", "etter_bundne_fond")
        ),
    )
