"""The sources' own arithmetic: hand-worked rules, what cannot be computed, both ways for every release."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import arithmetic
from tests.conftest import add_row, edit_table

RULES = "data/claims/arithmetic.csv"
FAILING = {
    "r2024_negative_58": arithmetic.FAILS,  # within KS' own text
    "r2024_minus_4_mot_m04": arithmetic.INCOMPATIBLE,  # the press beside KS
}


def outcomes() -> dict[str, str]:
    return dict(arithmetic.rules(published.read_all()).select("id", "utfall").iter_rows())


def test_every_rule_of_every_release_holds_but_the_two_known() -> None:
    found = outcomes()
    assert {name: said for name, said in found.items() if said != arithmetic.HOLDS} == FAILING
    assert len(found) == len(tables.read("arithmetic"))


def test_every_release_of_ks_has_a_rule() -> None:
    assert set(tables.read("arithmetic")["aar"]) == set(published.years())


# One printed number of each rule is altered so far that its parts cannot give it; what turns is
# exactly the rules that the number is part or result of and whose interval it then leaves.
MUTANTS: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "fewer replies than the share says": (
        "k2015_svar_antall", {"verdi": "180"}, {"r2015_svarandel"},
    ),
    "the sector above both its parts": ("k2015_res_sektor", {"verdi": "5"}, {"r2015_sektor", "r2016_retning"}),
    "the overall share outside the regions": (
        "k2015_svar_andel_kommuner", {"verdi": "57"}, {"r2015_svarandel", "r2015_svar_landsdel"},
    ),
    "the sign of 2016 turned": ("k2016_res_estimat", {"verdi": "2.2", "verdi_til": "2.4"}, {"r2016_retning"}),
    "the years of 2018 swapped, as a second-hand source did": (
        "k2018_ssb_ndr_2017", {"verdi": "2.2"}, {"r2018_retning"},
    ),
    "the best group below the average": ("k2018_res_under_3000", {"verdi": "2.0"}, {"r2018_under_3000"}),
    "another level for all in 2019": ("k2020_res_fjor_alle", {"verdi": "1.9"}, {"r2020_estimat"}),
    "expenditure growing faster in 2020": ("k2020_sek_utgiftsvekst", {"verdi": "3.4"}, {"r2020_gap"}),
    "another change of the counties": ("k2021_res_fylke_endring", {"verdi": "1.9"}, {"r2021_fylke_endring"}),
    "another level of the counties, in two releases": (
        "k2021_res_fylke", {"verdi": "7.9"}, {"r2021_fylke_endring", "r2022_fylke_endring"},
    ),
    "kroner that do not fit the percent": (
        "k2021_sek_utgiftsvekst_mrd", {"verdi": "14"}, {"r2021_grunnlag"},
    ),
    "more tax than income": ("k2021_skattevekst", {"verdi": "29"}, {"r2021_skatt_av_inntekt"}),
    "an average above the highest": ("k2022_res_maks", {"verdi": "1"}, {"r2022_snitt"}),
    "more unmerged than replied": ("k2023_spredning_kommuner", {"verdi": "170"}, {"r2023_spredning"}),
    "another count of negative municipalities": (
        "k2023_handlingsrom_negative", {"verdi": "167"}, {"r2023_handlingsrom_negative"},
    ),
    "58 made right": ("k2024_res_andel_negativ", {"verdi": "61"}, {"r2024_negative_58"}),
    "another sum of those who reported": ("k2024_ssb_levert", {"verdi": "345"}, {"r2024_ssb_levert"}),
    "the sector of 2021 as if it were of municipalities alone": (
        "k2024_prognose_2021", {"verdi": "4.2"}, {"r2024_prognose_2021"},
    ),
    "the direction of 2025 turned": (
        "k2025_res_netto_fjor", {"verdi": "2.6"}, {"r2025_retning"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_an_altered_claim_turns_exactly_the_rules_that_rest_on_it(project: Path, name: str) -> None:
    claim, values, expected = MUTANTS[name]
    before = outcomes()
    row = pl.col("id") == claim
    edit_table(
        project / f"data/claims/{claim[1:5]}.csv",
        lambda table: table.with_columns(
            pl.when(row).then(pl.lit(value)).otherwise(column).alias(column)
            for column, value in values.items()
        ),
    )
    after = outcomes()
    assert {rule for rule in before if after[rule] != before[rule]} == expected


def claims(**limits: tuple[float | None, float | None]) -> pl.DataFrame:
    """Printed numbers a, b, … of one publication with the given intervals, as `published.read` gives them."""
    return pl.DataFrame(
        [
            {"id": f"k2024_{n}", "trykt": n, "verdi": low, "nedre": low, "oevre": high}
            for n, (low, high) in limits.items()
        ],
        schema={"id": pl.String, "trykt": pl.String}
        | dict.fromkeys(("verdi", "nedre", "oevre"), pl.Float64),
    ).with_columns(utgiver=pl.lit("KS"), vintage=pl.lit("2025-03-05"))


def one_rule(project: Path, regel: str, **parts: str) -> None:
    edit_table(
        project / RULES,
        lambda table: add_row(
            table.clear(), id="r2024_x", aar="2024", regel=regel, resultat="k2024_r", forklaring="prøve",
            **{part: f"k2024_{name}" for part, name in parts.items()},
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("regel", "parts", "bounds", "text"),
    [
        ("andel", {"a": (9, 11), "b": (40, 50)}, (18.0, 27.5), "100 · a / b"),
        ("vekst_av_endring", {"a": (3, 3), "b": (53, 63)}, (5.0, 6.0), "100 · a / (b − a)"),
        ("base_av_vekst", {"a": (2, 3), "b": (10, 10)}, (20.0, 30.0), "100 · a / b"),
        ("differanse", {"a": (4, 5), "b": (1, 2)}, (2.0, 4.0), "a − b"),
        ("sum", {"a": (4, 5), "b": (1, 2)}, (5.0, 7.0), "a + b"),
        ("foert_videre", {"a": (1, 1.5), "b": (3, 3), "c": (2, 2.5)}, (1.5, 2.5), "a + (b − c)"),
        # revenue grew 10, 5 percent: it was 200; expenditure 9, 5 percent: it was 180; 10 percent left
        (
            "brutto_av_vekst",
            {"a": (10, 10), "b": (5, 5), "c": (9, 9), "d": (5, 5)},
            (10.0, 10.0),
            "100 − 100 · (c / d) / (a / b)",
        ),
        ("mellom", {"a": (1, 2), "b": (7, 8)}, (1.0, 8.0), "mellom a og b"),
        ("minst", {"a": (3, 4)}, (3.0, None), "minst a"),
    ],
)
def test_what_the_parts_of_a_rule_allow(
    project: Path,
    regel: str,
    parts: dict[str, tuple[float, float]],
    bounds: tuple[float, float | None],
    text: str,
) -> None:
    one_rule(project, regel, **{name: name for name in parts})
    rows = arithmetic.arithmetic(claims(**parts, r=(bounds[0], bounds[0])), 2024)
    assert rows.select("nedre", "oevre").row(0) == pytest.approx(bounds)
    assert rows.select("regnestykke", "stemmer", "utfall").row(0) == (text, True, "stemmer")
    below = claims(**parts, r=(bounds[0] - 1, bounds[0] - 0.5))
    assert arithmetic.arithmetic(below, 2024)["utfall"].to_list() == ["motsier"]


@pytest.mark.parametrize(
    ("whole", "printed", "bounds", "outcome"),
    [
        (225, (9.5, 10.5), (100 * 22 / 225, 100 * 23 / 225), "stemmer"),
        (3, (49.5, 50.5), (200 / 3, 200 / 3), "motsier"),  # no whole number of three is half
        (240, (74.5, 75.5), (100 * 179 / 240, 100 * 181 / 240), "stemmer"),
        (0, (9.5, 10.5), (None, None), "kan ikke regnes"),
    ],
)
def test_a_share_of_a_whole_number_is_given_by_whole_numbers(
    project: Path,
    whole: float,
    printed: tuple[float, float],
    bounds: tuple[float | None, float | None],
    outcome: str,
) -> None:
    one_rule(project, "hel_andel", a="a")
    numbers = claims(a=(whole, whole), r=printed).with_columns(
        verdi=pl.when(pl.col("id") == "k2024_r").then(sum(printed) / 2).otherwise("verdi")
    )
    rows = arithmetic.arithmetic(numbers, 2024)
    assert rows.select("nedre", "oevre").row(0) == pytest.approx(bounds)
    assert rows["utfall"].to_list() == [outcome]


@pytest.mark.parametrize(
    ("regel", "parts"),
    [
        ("andel", {"a": (1, 2), "b": (-1, 1)}),  # the divisor may be zero
        ("andel", {"a": (1, 2), "b": (0, 1)}),
        ("vekst_av_endring", {"a": (3, 5), "b": (4, 4)}),
        ("differanse", {"a": (10, None), "b": (1, 2)}),  # "more than ten": no upper bound
        ("mellom", {"a": (None, 0), "b": (1, 2)}),
        ("minst", {"a": (None, 0)}),
    ],
)
def test_what_cannot_be_computed_is_neither_right_nor_wrong(
    project: Path, regel: str, parts: dict[str, tuple[float | None, float | None]]
) -> None:
    one_rule(project, regel, **{name: name for name in parts})
    rows = arithmetic.arithmetic(claims(**parts, r=(0, 1)), 2024)
    assert rows.select("nedre", "oevre", "stemmer", "utfall").row(0) == (
        None, None, None, "kan ikke regnes",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("regel", "gjetning", "regel is 'gjetning'; allowed: andel, vekst_av_endring"),
        ("b", None, "b is None; allowed: the id of a claim in data/claims/"),
        ("c", "k2015_svar_antall", "allowed: empty: the rule andel has a, b"),
        ("resultat", "k2015_finnes_ikke", "resultat is 'k2015_finnes_ikke'; allowed: the id"),
    ],
)
def test_a_rule_that_does_not_hold_together_is_refused(
    project: Path, column: str, value: str | None, message: str
) -> None:
    edit_table(
        project / RULES,
        lambda table: table.with_columns(
            pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(value)).otherwise(column).alias(column)
        ),
    )
    with pytest.raises(DataError) as error:
        arithmetic.arithmetic(published.read(2015), 2015)
    assert message in str(error.value)
    assert "arithmetic.csv:2: " in str(error.value)


@pytest.mark.parametrize(
    ("column", "value", "mark"),
    [
        ("trykt", "x", "selvmotsigelse"),
        ("utgiver", "presse", "uforenlig"),
        ("vintage", "2026-03-06", "uforenlig"),  # the same publisher a year later
    ],
)
def test_what_one_publication_says_contradicts_itself_and_two_are_incompatible(
    project: Path, column: str, value: str, mark: str
) -> None:
    one_rule(project, "sum", a="a", b="b")
    numbers = claims(a=(1, 1), b=(2, 2), r=(4, 4)).with_columns(
        pl.when(pl.col("id") == "k2024_b").then(pl.lit(value)).otherwise(column).alias(column)
    )
    found = arithmetic.marks(arithmetic.arithmetic(numbers, 2024))
    said = {"selvmotsigelse": "kilden motsier seg selv", "uforenlig": "uforenlig med andre kilder"}
    assert found.rows() == [("k2024_r", mark, f"{said[mark]}: prøve")]
    fits = numbers.with_columns(oevre=pl.lit(4.0))
    assert arithmetic.marks(arithmetic.arithmetic(fits, 2024)).is_empty()


def test_several_rules_against_a_number_make_one_mark_that_tells_of_all(project: Path) -> None:
    edit_table(
        project / RULES,
        lambda table: pl.concat(
            add_row(
                table.clear(), id=f"r2024_{part}", aar="2024", regel="minst", a=f"k2024_{part}",
                resultat="k2024_r", forklaring=f"prøve {part}",
            )
            for part in ("a", "b")
        ),
    )  # fmt: skip
    numbers = claims(a=(5, 5), b=(6, 6), r=(4, 4)).with_columns(
        utgiver=pl.when(pl.col("id") == "k2024_a").then(pl.lit("SSB")).otherwise("utgiver")
    )
    assert arithmetic.marks(arithmetic.arithmetic(numbers, 2024)).rows() == [
        (
            "k2024_r",
            "selvmotsigelse",
            "kilden motsier seg selv: prøve b; uforenlig med andre kilder: prøve a",
        )
    ]


def test_the_revenue_that_rules_rest_on_is_that_of_open_figures() -> None:
    stated = dict(published.read(2024).select("id", "verdi").iter_rows())
    name = "k2024_grunnlag_driftsinntekter"
    for panel, claim in (("alle", name), ("uten_oslo", f"{name}_uten_oslo")):
        revenue = open_survey(year=2024, source="ssb", panel=panel).panel()[
            "brutto_driftsinntekter"
        ]
        assert revenue.null_count() == 0
        assert stated[claim] == round(revenue.sum() / 1e6, 1)  # 1000 kr; billions


def test_a_number_is_contradicted_as_a_result_and_holds_as_part_of_a_rule_that_holds() -> None:
    everything = published.read_all()
    found = arithmetic.outcomes(everything, arithmetic.rules(everything))
    outcome = dict(found.select("id", "utfall").iter_rows())
    assert outcome["k2024_res_andel_negativ"] == "motsier"
    assert outcome["k2024_presse_ndr_m04"] == "uforenlig"
    assert outcome["k2024_res_antall_negativ"] == "stemmer"  # 138 of 225 fits six of ten
    assert outcome["k2024_inv_omsorg_andel"] == "kan ikke regnes"
    assert "k2024_grunnlag_driftsinntekter" not in outcome  # of our own, not published
