"""What one respondent means: every headline number without each of those who answered.

Exact, not an approximation: a number is a function of sums (`contributions`), and a respondent is
taken out of the sums. A test takes respondents out of the survey itself and computes the sections anew.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import contributions
from kommuneregnskap.sensitivity.nonresponse.contributions import ESTIMATES, PARTS, Contribution
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import judgement

UNIT = ["region", "kobling", "folkemengde", "stoerrelsesgruppe"]
ESTIMATED = pl.col("form").is_in(ESTIMATES)
SUMS = [*PARTS, *(f"n_{name}" for name in PARTS)]
BY_VALUE = ("gjenskapt", "kalibrert", "avvik")  # verdicts that hang on the value alone
ALIKE = 1e-9  # changes that differ by less are the same
NOT_DESCRIBED = "tallet er ikke en sum eller et forhold av det hver kommune bidrar med"
NO_VALUE = "kilden har ikke tallene som trengs"
ALONE = "bare én kommune har svart"
OTHER_CHOICE = "tallet regnes på en annen måte under antakelsene som er valgt"
SAME = (
    1e-6  # a section number and the one made of contributions differ by less, or are not the same
)


def headlines() -> list[str]:
    """Return the section numbers of data/definitions/headlines.csv, in its order."""
    return tables.read("headlines").sort("rekkefoelge")["tall_id"].to_list()


def claimed(survey: Survey) -> list[str]:
    """Return the section numbers that published numbers of the survey year are tried against."""
    rows = published.read(survey.year).filter(pl.col("status").cast(pl.String) == "beregnes")
    return rows["tall_id"].unique(maintain_order=True).to_list()


def without_each(survey: Survey, chosen: list[str] | None = None) -> pl.DataFrame:
    """Return section numbers of the survey year without each respondent municipality in turn.

    chosen: ids of section numbers (None: the headlines); those that cannot be computed are not there
    (see `absent`). Out, a row per number and respondent: tall_id, region, kobling, folkemengde (persons),
    stoerrelsesgruppe, verdi (the number), uten (without this one) and endring (uten - verdi), in the
    number's own unit; uten is null where nothing is left to compute it of. Who leaves, leaves every year:
    with it goes everything that it is compared with (`units.links`). Sorted by number and by size of
    the change, largest first. A number that the survey's choices make otherwise than contributions.csv says is
    not there either.
    """
    wanted = headlines() if chosen is None else chosen
    rows = _without_each(survey, wanted)
    return rows.filter(~pl.col("tall_id").is_in(otherwise(survey, rows)))


def otherwise(survey: Survey, rows: pl.DataFrame) -> list[str]:
    """Return the numbers of `rows` (tall_id, verdi) that the survey's choices make of something else.

    The usual choices are what contributions.csv describes, and a test holds them together; under others the
    section numbers are computed and compared.
    """
    if not survey.choices or rows.is_empty():
        return []
    mine = rows.select("tall_id", "verdi").unique("tall_id")
    theirs = compute(survey, mine["tall_id"].to_list()).filter(pl.col("aar") == survey.year)
    both = mine.join(theirs.select(tall_id="id", sann="verdi"), on="tall_id", how="left")
    same = (pl.col("verdi") - pl.col("sann")).abs() < SAME
    return sorted(both.filter(~same.fill_null(value=False))["tall_id"])


def _without_each(survey: Survey, chosen: list[str]) -> pl.DataFrame:
    recipes = _described(survey, chosen)
    parts = contributions.of(survey, recipes)
    own = _respondents(survey)
    if own.height < 2 or parts.is_empty():
        return _empty()
    everyone = whole(survey, parts)
    _, groups = _grossed(survey, parts.filter(ESTIMATED))
    units_ = (
        own.join(everyone.select("tall_id", "samme"), how="cross")
        .with_columns(enhet=pl.when("samme").then("kobling").otherwise("region"))
        .join(
            parts.select(
                "tall_id", "enhet", *PARTS, gruppe="stoerrelsesgruppe", folk="folkemengde"
            ),
            on=["tall_id", "enhet"],
            how="left",
        )
    )
    less = _less(units_, everyone, groups)
    verdi = everyone.select("tall_id", verdi=contributions.value())
    order = {tall_id: place for place, tall_id in enumerate(each.tall_id for each in recipes)}
    return (
        less.with_columns(uten=contributions.value())
        .join(verdi.drop_nulls(), on="tall_id")
        .with_columns(endring=pl.col("uten") - pl.col("verdi"))
        .select("tall_id", *UNIT, "verdi", "uten", "endring")
        .with_columns(
            plass=pl.col("tall_id").replace_strict(order, return_dtype=pl.Int64),
            stoerst=pl.col("endring").abs().round(12),
        )
        .sort("plass", "stoerst", "region", descending=[False, True, False], nulls_last=True)
        .drop("plass", "stoerst")
    )


def whole(survey: Survey, parts: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of contributions over all respondents, those of estimates grossed up to all municipalities.

    In: `contributions.of`. Out: tall_id, form, samme and the columns of `contributions.sums`, ready for
    `contributions.value`.
    """
    plain = parts.filter(~ESTIMATED).group_by("tall_id", "form", "samme").agg(contributions.sums())
    grossed, _ = _grossed(survey, parts.filter(ESTIMATED))
    return pl.concat([plain, grossed.select(plain.columns)])


def _empty() -> pl.DataFrame:
    text = ("tall_id", "region", "kobling", "stoerrelsesgruppe")
    return pl.DataFrame(
        schema=dict.fromkeys(text, pl.String)
        | {"folkemengde": pl.Int64}
        | dict.fromkeys(("verdi", "uten", "endring"), pl.Float64)
    ).select("tall_id", *UNIT, "verdi", "uten", "endring")


def _described(survey: Survey, chosen: list[str]) -> list[Contribution]:
    made = survey.choices
    found = (contributions.contribution(each, made) for each in dict.fromkeys(chosen))
    return [each for each in found if each is not None]


def _respondents(survey: Survey) -> pl.DataFrame:
    return survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune")).select(UNIT)


def _grossed(survey: Survey, parts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the sums of estimates for all municipalities, and the sums of the size groups behind them."""
    groups = (
        parts.group_by("tall_id", "form", "samme", gruppe="stoerrelsesgruppe", maintain_order=True)
        .agg(*contributions.sums(), folk=pl.col("folkemengde").sum())
        .join(
            contributions.people_of(survey).rename({"stoerrelsesgruppe": "gruppe"}),
            on="gruppe",
            how="left",
            maintain_order="left",  # what is raised has decimals: their sum hangs on the order
        )
    )
    reached = set(groups["gruppe"]) >= set(contributions.people_of(survey)["stoerrelsesgruppe"])
    factor = pl.col("alle") / pl.col("folk")
    sums = groups.group_by("tall_id", "form", "samme", maintain_order=True).agg(
        *((pl.col(name) * factor).sum() for name in PARTS),
        *(
            pl.when(pl.col(f"n_{name}").min() > 0).then(pl.col(f"n_{name}").sum()).otherwise(0)
            .alias(f"n_{name}")
            for name in PARTS
        ),
    )  # fmt: skip
    return sums.filter(pl.lit(reached)), groups


def _less(units_: pl.DataFrame, whole: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the sums without each unit: those of `whole` less its own, grossed up anew in its group."""
    rest = units_.join(whole.drop("samme"), on="tall_id", suffix="_alle")
    rest = rest.join(
        groups.select(
            "tall_id",
            "gruppe",
            "alle",
            folk_gruppe="folk",
            **{f"{name}_gruppe": name for name in SUMS},
        ),
        on=["tall_id", "gruppe"],
        how="left",
    )
    estimate = ESTIMATED & pl.col("folk").is_not_null()
    left = pl.col("folk_gruppe") - pl.col("folk")
    result = []
    for name in PARTS:
        own = pl.col(name).fill_null(0)
        group = pl.col(f"{name}_gruppe")
        anew = (group - own) / left - group / pl.col("folk_gruppe")
        some_left = (pl.col(f"n_{name}_gruppe") - pl.col(name).is_not_null()) > 0
        result += [
            pl.when(estimate)
            .then(pl.col(f"{name}_alle") + anew * pl.col("alle"))
            .otherwise(pl.col(f"{name}_alle") - own)
            .alias(name),
            pl.when(estimate & ~some_left)
            .then(0)
            .otherwise(pl.col(f"n_{name}") - pl.col(name).is_not_null())
            .alias(f"n_{name}"),
        ]
    return rest.with_columns(result)


def absent(survey: Survey, chosen: list[str] | None = None) -> pl.DataFrame:
    """Return the numbers that `without_each` does not give, with the reason: tall_id, hvorfor (bokmål)."""
    wanted = headlines() if chosen is None else chosen
    return _absent(survey, wanted, without_each(survey, wanted))


def _absent(survey: Survey, wanted: list[str], there: pl.DataFrame) -> pl.DataFrame:
    usual = NO_VALUE if not survey.choices else OTHER_CHOICE
    lack = ALONE if _respondents(survey).height < 2 else usual
    rows = [
        (each, NOT_DESCRIBED if contributions.contribution(each) is None else lack)
        for each in dict.fromkeys(wanted)
        if each not in set(there["tall_id"])
    ]
    return pl.DataFrame(rows, schema={"tall_id": pl.String, "hvorfor": pl.String}, orient="row")


def summary(survey: Survey, rows: pl.DataFrame, chosen: list[str] | None = None) -> pl.DataFrame:
    """Return per number how far one respondent moves it.

    In: `without_each` of the same numbers (chosen None: the headlines). Out, in their order: tall_id, verdi,
    lavest and hoeyest (the number without one, lowest and highest), utslag (the largest change, absolute),
    median (of the absolute changes), like (how many move it as much as the largest does), kommuner (taken out
    in turn), and hvorfor: null, or why the number is not there. In the number's own unit.
    """
    wanted = headlines() if chosen is None else chosen
    change = pl.col("endring").abs()
    found = rows.group_by("tall_id", maintain_order=True).agg(
        pl.col("verdi").first(),
        lavest=pl.col("uten").min(),
        hoeyest=pl.col("uten").max(),
        utslag=change.max(),
        median=change.median(),
        like=(change.max() - change < ALIKE).sum(),
        kommuner=pl.len(),
    )
    listed = pl.DataFrame({"tall_id": list(dict.fromkeys(wanted))}, schema={"tall_id": pl.String})
    return listed.join(found, on="tall_id", how="left", maintain_order="left").join(
        _absent(survey, wanted, rows), on="tall_id", how="left", maintain_order="left"
    )


def tried(survey: Survey, tall: pl.DataFrame) -> pl.DataFrame:
    """Return the published numbers of the survey year that have a section number, with their verdicts.

    In: the section numbers (`frames.Tall`). Out: the columns of
    `judgement.judge`, nedre_inkludert, oevre_inkludert, and henger (Bool): whether the verdict hangs on where
    the computed number lies. It does not where the source contradicts itself, and on open
    figures, where the bracket decides.
    """
    ends = published.read(survey.year).select("id", "nedre_inkludert", "oevre_inkludert")
    rows = judgement.judge(judgement.read(survey.year), tall, survey)
    return (
        rows.filter(pl.col("tall_id").is_not_null() & (pl.col("aar") == survey.year))
        .join(ends, on="id", maintain_order="left")
        .with_columns(
            henger=pl.col("dom").is_in(BY_VALUE) & pl.lit(survey.gives.respondents),
        )
    )


def turned(survey: Survey, tall: pl.DataFrame) -> pl.DataFrame:
    """Return per published number how many respondents turn its verdict by leaving, one at a time.

    In: the section numbers. Out, in the order of the claims: the columns of `tried`, kommuner (respondents
    taken out in turn) and snur (those without whom the number goes out of, or into, the printed interval).
    Only published numbers of the survey year whose verdict hangs on the value and whose contributions are known.
    """
    rows = tried(survey, tall).filter("henger")
    each = without_each(survey, rows["tall_id"].unique(maintain_order=True).to_list())
    inside = published.inside
    same = (pl.col("hele") - pl.col("beregnet")).abs() < SAME  # else held against another number
    counted = (
        rows.join(each.select("tall_id", "uten", hele="verdi"), on="tall_id", how="inner")
        .filter(same)
        .group_by("id")
        .agg(
            kommuner=pl.len(),
            snur=(inside(pl.col("uten")) != inside(pl.col("hele"))).fill_null(value=True).sum(),
        )
    )
    return rows.join(counted, on="id", how="inner", maintain_order="left")
