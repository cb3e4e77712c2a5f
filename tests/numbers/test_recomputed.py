"""How section numbers come about, as a table: it covers them all and gives what the sections give."""

from __future__ import annotations

import importlib
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.compute import recompute
from kommuneregnskap.numbers.conditions import parse
from kommuneregnskap.numbers.recipes import recipe, resolve
from kommuneregnskap.numbers.sections import all_numbers
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.tracer import Tracer
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import judgement
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.statbank_national import National

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2024


def followed(tall: pl.DataFrame, year: int) -> list[str]:
    """The section numbers of a year that are followed: all but those the table calls derived."""
    own = tall.filter(pl.col("aar") == year)["id"]
    return [name for name in own if recipe(name).slag != "utledet"]


OTHER = pl.col("verdi").is_null() != pl.col("igjen").is_null()
FAR = (pl.col("verdi") - pl.col("igjen")).abs() > 1e-9 * pl.max_horizontal(
    pl.col("verdi").abs(), 1.0
)


def differing(opened: survey.Survey) -> list[str]:
    """Return the section numbers that the table does not give as the sections do."""
    tall = all_numbers(opened)
    again = recompute(Bench(opened), tall)
    assert again["igjen"].count() > 0
    return again.filter(OTHER | FAR)["id"].to_list()


@pytest.mark.parametrize("year", published.years())
def test_every_published_number_that_is_computed_has_a_recipe(year: int) -> None:
    for tall_id in judgement.read(year)["tall_id"].drop_nulls().unique():
        assert recipe(tall_id).navn


def test_every_section_number_and_headline_has_a_recipe(survey_2024: survey.Survey) -> None:
    for tall_id in {*all_numbers(survey_2024)["id"], *tables.read("headlines")["tall_id"]}:
        assert recipe(tall_id).navn


def test_every_recipe_names_a_function_a_notebook_and_the_unit_of_the_number(
    survey_2024: survey.Survey,
) -> None:
    units = dict(all_numbers(survey_2024).select("id", "enhet").iter_rows())
    for tall_id, enhet in units.items():
        assert recipe(tall_id).enhet == enhet, tall_id
    for funksjon, notatbok in tables.read("utregning").select("funksjon", "notatbok").iter_rows():
        module, _, name = funksjon.partition(".")
        assert callable(
            getattr(importlib.import_module(f"kommuneregnskap.numbers.sections.{module}"), name)
        )
        assert (paths.notebooks() / f"{notatbok}.ipynb").is_file()


def test_what_is_not_followed_is_no_published_number() -> None:
    derived = set(tables.read("utregning").filter(pl.col("slag") == "utledet")["tall_id"])
    claimed = {name for year in published.years() for name in judgement.read(year)["tall_id"]}
    assert derived
    assert not derived & claimed
    assert not derived & set(tables.read("headlines")["tall_id"])


@pytest.mark.slow
@pytest.mark.parametrize("year", [2020, 2022, 2024])
def test_the_table_gives_what_the_sections_give(demo_panel: Path, year: int) -> None:
    assert differing(opening.open_survey(year=year)) == []


def test_the_table_gives_what_the_sections_give_on_delivered_files(invented: Path) -> None:
    assert differing(opening.open_survey(year=2025, source="kostra", data_dir=str(invented))) == []


ACCOUNTS_OF_COUNTY = lines(sound("0C"), form="0C", region="110000")
ODD = {
    "a county alone": {YEAR: ACCOUNTS_OF_COUNTY},
    "no balance sheet": {YEAR: lines([post for post in sound() if post[0] != "balanse"])},
    "nothing invested": {
        YEAR: lines([(*p[:3], 0) if p[0] == "investering" else p for p in sound()])
    },
    "a municipality split in two": {
        YEAR - 1: lines(sound(), region="150700", year=YEAR - 1),
        YEAR: [*lines(sound(), region="150800"), *lines(sound(), region="158000")],
    },
    "another number, and a county": {
        YEAR - 1: lines(sound(), region="301100", year=YEAR - 1),
        YEAR: [*lines(sound(), region="311000"), *ACCOUNTS_OF_COUNTY],
    },
}


@pytest.mark.parametrize("what", ODD)
def test_odd_deliveries_are_computed_and_followed_alike(tmp_path: Path, what: str) -> None:
    for year, text in ODD[what].items():
        deliver(tmp_path, text, year=year)
    opened = opening.open_survey(year=YEAR, source="kostra", data_dir=str(tmp_path))
    assert differing(opened) == []
    tall = all_numbers(opened)
    verdicts = judgement.judge(judgement.read(YEAR), tall, opened)
    tracer = Tracer(opened, tall, verdicts, Rows(Bench(opened), tmp_path))
    for tall_id in followed(tall, YEAR):
        tracer.follow(tall_id, YEAR).checked()


@pytest.mark.parametrize("scope", ["konsern", "kasse"])
@pytest.mark.parametrize("panel", ["uten_oslo", "pseudo"])
def test_the_table_gives_what_the_sections_give_on_open_figures(
    ssb: National, scope: str, panel: str
) -> None:
    opened = opening.open_survey(
        year=2024, source="ssb", scope=scope, panel=panel, data_dir=ssb.june
    )
    assert differing(opened) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tall_id", "column", "becomes"),
    [
        ("resultat.netto_pst", "nevner", "brutto_driftsutgifter"),
        (
            "fond.antall_0_5",
            "teller_vilkaar",
            "disposisjonsfond_pst > 0 og disposisjonsfond_pst < 6",
        ),
        ("investering.brutto_fjor", "aar", "naa"),
        ("svar.rang_lavest.{stoerrelsesgruppe}", "slag", "rang_hoeyest"),
        ("investering.brutto_fjor", "enhetstype", "fylkeskommune"),
    ],
)
def test_a_wrong_recipe_gives_another_number(
    project: Path, tall_id: str, column: str, becomes: str
) -> None:
    changed = pl.when(pl.col("tall_id") == tall_id).then(pl.lit(becomes)).otherwise(column)
    edit_table(
        project / "data/definitions/utregning.csv",
        lambda table: table.with_columns(changed.alias(column)),
    )
    stem = tall_id.partition("{")[0]
    assert any(name.startswith(stem) for name in differing(opening.open_survey(year=2024)))


def test_a_number_without_a_recipe_and_an_unreadable_condition_are_refused() -> None:
    with pytest.raises(DataError, match="utregning"):
        recipe("fond.helt_nytt")
    with pytest.raises(DataError, match=r"utregning\.csv:.*netto = 4"):
        parse("netto = 4", recipe("fond.mrd"))


CLAIMS = pl.DataFrame({"id": ["k2024_a", "k2024_b"], "tall_id": ["sum.a.b", None]})
NUMBERS = ["sum.a.b", "sum.b.c", "sum.c.b", "rest.d"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sum.a.b", ("sum.a.b", "")),
        ("k2024_a", ("sum.a.b", "k2024_a")),
        ("sum.b.a", ("sum.a.b", "")),  # the same words in another order
        ("d.rest", ("rest.d", "")),
    ],
)
def test_a_number_is_found_by_its_id_a_claim_or_its_words(
    asked: str, found: tuple[str, str]
) -> None:
    assert resolve(asked, CLAIMS, NUMBERS) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("b.sum.c", "sum.b.c, sum.c.b"),  # two have these words
        ("sum.a.bb", "sum.a.b"),
        ("k2024_b", "context"),
        ("", "allowed"),
    ],
)
def test_an_unknown_number_is_answered_with_the_closest(asked: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        resolve(asked, CLAIMS, NUMBERS)
    assert "\n" not in str(error.value)
