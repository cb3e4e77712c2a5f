"""Section numbers from their rows: each is also the sum of its parts, and a wrong row gives another number."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.step import step, unfollowed
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.tracer import Tracer
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.tables import choices, numbers, published
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.verdicts import judgement
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.examples import by_day
from tests.helpers.numbers import value
from tests.helpers.statbank_national import National

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2024
TABLE = "data/definitions/numbers.csv"
CLOSE = 1e-9


def followed(of: survey.Survey, tall: pl.DataFrame) -> list[str]:
    """The section numbers of the survey year that are followed to their rows."""
    bench = Bench(of)
    own = tall.filter(pl.col("aar") == of.year)["id"]
    return [name for name in own if not unfollowed(bench, bench.recipe(name))]


def differing(opened: survey.Survey) -> list[str]:
    """Return the numbers that are another value as one query over all units than as the sum of their parts."""
    tall = compute(opened)
    bench, found = Bench(opened), []
    known = dict(tall.filter(pl.col("aar") == opened.year).select("id", "verdi").iter_rows())
    for name in followed(opened, tall):
        again, first = step(bench, name, opened.year).verdi, known[name]
        if (again is None) != (first is None) or (
            again is not None
            and first is not None
            and abs(again - first) > CLOSE * max(1, abs(first))
        ):
            found.append(name)
    assert any(each is not None for each in known.values())
    return found


@pytest.mark.parametrize("year", published.years())
def test_every_published_number_that_is_computed_has_a_row(year: int) -> None:
    for tall_id in judgement.read(year)["tall_id"].drop_nulls().unique():
        assert recipe(tall_id).navn


def test_every_number_and_headline_has_a_row_that_is_shown(survey_2024: survey.Survey) -> None:
    ids = {*compute(survey_2024)["id"], *tables.read("headlines")["tall_id"]}
    assert all(recipe(tall_id).vises for tall_id in ids)


def test_every_row_names_a_section_and_numbers_that_there_are() -> None:
    sections = set(tables.read("sections")["seksjon"])
    for one in numbers.rows():
        assert one.seksjon in sections
        assert (paths.notebooks() / f"{tables.sections.notebook_of(one.seksjon)}.ipynb").is_file()
        for name in one.made_of:
            assert recipe(numbers.PLACE.sub("sosial", name)).navn


def test_what_is_not_followed_is_no_published_number(survey_2024: survey.Survey) -> None:
    bench = Bench(survey_2024)
    every = compute(survey_2024)["id"].unique()
    apart = {name for name in every if unfollowed(bench, bench.recipe(name))}
    claimed = {name for year in published.years() for name in judgement.read(year)["tall_id"]}
    assert apart
    assert not apart & {*claimed, *tables.read("headlines")["tall_id"]}
    ends = {
        f"resultat.estimat_{unit}_{end}" for unit in ("mrd", "pst") for end in ("nedre", "oevre")
    }
    assert apart == {*ends, "resultat.estimat_andel_negativ"}


@pytest.mark.parametrize("year", by_day([2024, 2022, 2020], 2))
def test_the_sum_of_the_parts_is_the_number(demo_panel: Path, year: int) -> None:
    assert differing(opening.open_survey(year=year, source="demo")) == []


@pytest.mark.parametrize(
    "made",
    by_day(
        [
            "investering=AGI43",
            "sosial=FGK12,tjenesteutgift=AGD9",
            "fond=KG21,tomt_fond=runder",
            "fjoraar=egen",
            "vekting=uveid",
            "grupper=fire,rangering=hele",
            "anslag=TBU",
            "delte=stoerste,fylkesfond=alle_fond",
        ],
        4,
    ),
)
def test_the_sum_of_the_parts_is_the_number_under_other_choices(
    survey_2024: survey.Survey, made: str
) -> None:
    assert differing(survey_2024.under(choices.parse(made))) == []


def test_the_sum_of_the_parts_is_the_number_on_delivered_files(invented: Path) -> None:
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


@pytest.mark.parametrize("what", by_day(list(ODD), 2))
def test_odd_deliveries_are_computed_and_followed_alike(tmp_path: Path, what: str) -> None:
    for year, text in ODD[what].items():
        deliver(tmp_path, text, year=year)
    opened = opening.open_survey(year=YEAR, source="kostra", data_dir=str(tmp_path))
    assert differing(opened) == []
    tall = compute(opened)
    verdicts = judgement.judge(judgement.read(YEAR), tall, opened)
    tracer = Tracer(opened, tall, verdicts, Rows(Bench(opened), tmp_path))
    for tall_id in followed(opened, tall):
        tracer.follow(tall_id, YEAR).checked()


@pytest.mark.parametrize(
    ("scope", "panel"),
    by_day(
        [
            ("konsern", "uten_oslo"),
            ("konsern", "pseudo"),
            ("kasse", "pseudo"),
            ("kasse", "uten_oslo"),
        ],
        4,
    ),
)
def test_the_sum_of_the_parts_is_the_number_on_open_figures(
    ssb: National, scope: str, panel: str
) -> None:
    opened = opening.open_survey(
        year=2024, source="ssb", scope=scope, panel=panel, data_dir=ssb.june
    )
    assert differing(opened) == []


@pytest.mark.parametrize(
    ("tall_id", "column", "becomes", "seen_in"),
    [
        ("resultat.netto_pst", "nevner", "brutto_driftsutgifter", "resultat.estimat_pst"),
        ("fond.antall_0_5", "teller_vilkaar", "{valg.fond}_pst > 0 og {valg.fond}_pst < 6", ""),
        ("investering.brutto_fjor", "aar", "naa", ""),
        ("svar.rang_lavest.{stoerrelsesgruppe}", "slag", "rang_hoeyest", "svar.rang_lavest.under_3000"),
        ("investering.brutto_fjor", "enhetstype", "fylkeskommune", ""),
        ("resultat.netto_mrd", "teller", "brutto_driftsresultat", "resultat.estimat_mrd"),
    ],
)  # fmt: skip
def test_a_wrong_row_gives_another_number(
    project: Path, tall_id: str, column: str, becomes: str, seen_in: str
) -> None:
    name = seen_in or tall_id
    # The estimate is kept under its own number's row: what is kept of another row is not read.
    right = value(opening.open_survey(year=YEAR, source="demo"), name)
    changed = pl.when(pl.col("tall_id") == tall_id).then(pl.lit(becomes)).otherwise(column)
    edit_table(project / TABLE, lambda table: table.with_columns(changed.alias(column)))
    wrong = value(opening.open_survey(year=YEAR, source="demo"), name)
    assert wrong != pytest.approx(right, rel=1e-7), name


@pytest.mark.parametrize(
    ("tall_id", "column", "becomes", "said"),
    [
        ("fond.mrd", "teller_vilkaar", "netto = 4", r"teller_vilkaar is 'netto = 4'; allowed: «kolonne < 0»"),
        ("fond.mrd", "vilkaar", "disposisjonsfond finnes ikke", "vilkaar is 'disposisjonsfond finnes ikke'"),
        ("fond.mrd", "vilkaar", "disposisjonsfond_pst i midten", "allowed: a band: tomt, 0_5"),
        ("fond.mrd", "vilkaar", "innbygere >= 50000", "vilkaar is 'innbygere'; allowed: enheter, innbyggere"),
        ("fond.mrd", "teller", "disposisjonsfondet", "teller is 'disposisjonsfondet'; allowed: .*disposisjonsfond"),
        ("fond.mrd", "teller", "{valg.fondet}", "fondet"),
        ("fond.mrd", "slag", "forhold", "two_parts_where_the_kind_has_two"),
        ("resultat.retning", "vilkaar", "svart er ja", "conditions_are_of_units"),
        ("resultat.retning", "teller", "resultat.endring", "tall_id is 'resultat.endring'; allowed: a row"),
        ("fond.mrd", "simuleres", "ja", "only_what_is_estimated_is_simulated"),
        ("resultat.estimat_mrd", "teller", "resultat.brutto_pst", "teller is 'resultat.brutto_pst'; allowed"),
        ("resultat.maks_pst", "nevner", "brutto_driftsutgifter", "has a percentage of netto_driftsresultat"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    project: Path, tall_id: str, column: str, becomes: str, said: str
) -> None:
    changed = pl.when(pl.col("tall_id") == tall_id).then(pl.lit(becomes)).otherwise(column)
    edit_table(project / TABLE, lambda table: table.with_columns(changed.alias(column)))
    with pytest.raises(DataError, match=said) as error:
        compute(opening.open_survey(year=YEAR, source="demo"))
    assert "\n" not in str(error.value)


def test_a_number_without_a_row_is_refused() -> None:
    with pytest.raises(DataError, match="numbers"):
        recipe("fond.helt_nytt")
