"""Section numbers as SQL over the tidy frame: DuckDB and SQLite give what the evaluator gives, whatever the source."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.numbers import sql, sql_units
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.numbers import recipe
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, grown, lines, sound
from tests.helpers.examples import by_day
from tests.helpers.numbers import value
from tests.helpers.statbank_national import National

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2024
TABLE = "data/definitions/numbers.csv"
CLOSE = 1e-9
Ask = Callable[[str], float | None]
USUAL = 373  # numbers of 2024 with a statement
ROWS = 90  # of the table, with a statement
MANY, FEW = 200, 50  # at least so many are compared where all is there, and where much is missing


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        yield connection


def in_duckdb(engine: duckdb.DuckDBPyConnection, folder: Path, of: survey.Survey) -> Ask:
    """Register the tidy frame of a survey as a table, as data/README.md says: through a file."""
    file = folder / "tidy.parquet"
    kr.tidy(of).write_parquet(file)
    engine.execute("CREATE OR REPLACE TABLE tidy AS SELECT * FROM read_parquet(?)", [str(file)])
    return lambda text: one(engine.execute(text).fetchall())


def in_sqlite(of: survey.Survey, texts: list[str]) -> Ask:
    """Load the rows that some statements name into SQLite."""
    named = {word for text in texts for word in re.findall(r"begrep = '(\w+)'", text)}
    frame = kr.tidy(of).filter(pl.col("begrep").is_in(named))
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE tidy ({', '.join(frame.columns)})")
    marks = ", ".join("?" * frame.width)
    connection.executemany(f"INSERT INTO tidy VALUES ({marks})", frame.iter_rows())
    return lambda text: one(connection.execute(text).fetchall())


def one(rows: list[tuple[float | None]]) -> float | None:
    ((found,),) = rows
    return found


@dataclass
class Compared:
    """How many numbers were compared, how many of them have a value; the largest difference relative to the value."""

    count: int = 0
    known: int = 0
    largest: float = 0.0
    found: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)


def differing(of: survey.Survey, ask: Ask, ids: list[str] | None = None) -> Compared:
    """Compare numbers that have a statement (all), those of the years before too, with the evaluator's."""
    own = ids or sql.statements(of).drop_nulls("sql")["id"].to_list()
    compared = Compared()
    for tall_id, year, here in compute(of, own).select("id", "aar", "verdi").iter_rows():
        there = ask(sql.statement(of, tall_id, year))
        compared.count += 1
        if here is None or there is None:
            difference = 0.0 if here is there else math.inf
        else:
            compared.known += 1
            difference = abs(here - there) / max(1, abs(here))
        compared.largest = max(compared.largest, difference)
        if difference > CLOSE:
            compared.found[f"{tall_id} {year}"] = (here, there)
    print(
        f"{compared.count} numbers, {compared.known} known, largest difference {compared.largest:.1e}"
    )
    return compared


NIGHT = pytest.mark.night  # the same road on other years and choices: minutes
OTHERS = "vekting=innbyggere,folkemengde=i_aaret,delte=stoerste,fylkesfond=alle_fond"


@pytest.mark.parametrize(
    "year", [2024, *(pytest.param(each, marks=NIGHT) for each in (2022, 2023, 2025))]
)
def test_duckdb_gives_every_number_of_the_synthetic_panel(
    demo_panel: Path, tmp_path: Path, engine: duckdb.DuckDBPyConnection, year: int
) -> None:
    opened = opening.open_survey(year=year, source="demo")
    compared = differing(opened, in_duckdb(engine, tmp_path, opened))
    assert compared.found == {}
    assert compared.count > MANY


@pytest.mark.night  # by day SQLite gives a number of every row under the last of these
@pytest.mark.parametrize(
    "made",
    [
        "investering=AGI43,fond=KG21,tomt_fond=runder,delte=utelatt",
        "sosial=FGK12,tjenesteutgift=AGD9,fondsgrense=over_0_til_5,fjorandel=egen",
        "fondsgrense=fra_0_under_5,tomt_fond=null,fjoraar=egen,vekst=uten_avskrivninger",
        "vekting=uveid,grupper=fire,rangering=hele",
        OTHERS,
    ],
)
def test_duckdb_gives_every_number_under_other_choices(
    survey_2024: survey.Survey, tmp_path: Path, engine: duckdb.DuckDBPyConnection, made: str
) -> None:
    chosen = survey_2024.under(choices.parse(made))
    compared = differing(chosen, in_duckdb(engine, tmp_path, chosen))
    assert compared.found == {}
    assert compared.known > MANY


def test_duckdb_gives_every_number_of_delivered_files(
    invented: Path, tmp_path: Path, engine: duckdb.DuckDBPyConnection
) -> None:
    opened = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    compared = differing(opened, in_duckdb(engine, tmp_path, opened))
    assert compared.found == {}
    assert compared.known > FEW


SERVICE = [post for post in sound() if post[0] != "balanse"]
BALANCE = [post for post in sound() if post[0] == "balanse"]
ODD = {
    "a county alone": {YEAR: lines(sound("0C"), form="0C", region="110000")},
    "no balance sheet": {YEAR - 1: lines(SERVICE, year=YEAR - 1), YEAR: lines(grown(YEAR))},
    "a balance sheet alone the year before": {
        YEAR - 1: lines(BALANCE, year=YEAR - 1),
        YEAR: lines(grown(YEAR)),
    },
    "an area that has amounts the year before alone": {
        YEAR - 1: lines(sound(), year=YEAR - 1),
        YEAR: lines([(post[0], post[1].replace("222", "202"), *post[2:]) for post in grown(YEAR)]),
    },
    "a municipality split in two": {
        YEAR - 1: lines(sound(), region="150700", year=YEAR - 1),
        YEAR: [*lines(sound(), region="150800"), *lines(sound(), region="158000")],
    },
}


@pytest.mark.parametrize("what", by_day(list(ODD), 2))
def test_duckdb_gives_every_number_of_odd_deliveries(
    tmp_path: Path, engine: duckdb.DuckDBPyConnection, what: str
) -> None:
    for year, text in ODD[what].items():
        deliver(tmp_path, text, year=year)
    opened = opening.open_survey(year=YEAR, source="kostra", data_dir=str(tmp_path))
    assert differing(opened, in_duckdb(engine, tmp_path, opened)).found == {}


def test_an_area_that_has_amounts_the_year_before_alone_has_fallen_by_all_of_it(
    tmp_path: Path,
) -> None:
    for year, text in ODD["an area that has amounts the year before alone"].items():
        deliver(tmp_path, text, year=year)
    opened = opening.open_survey(year=YEAR, source="kostra", data_dir=str(tmp_path))
    assert value(opened, "sektor.vekst.skolelokaler") == -100


@pytest.mark.parametrize("scope", by_day(["kasse", "konsern"], 2))
def test_duckdb_gives_every_number_of_open_figures(
    ssb: National, tmp_path: Path, engine: duckdb.DuckDBPyConnection, scope: str
) -> None:
    panel = "uten_oslo" if scope == "konsern" else "pseudo"
    opened = opening.open_survey(
        year=YEAR, source="ssb", scope=scope, panel=panel, data_dir=ssb.june
    )
    compared = differing(opened, in_duckdb(engine, tmp_path, opened))
    assert compared.found == {}
    assert compared.known > FEW


@pytest.mark.parametrize("made", by_day([OTHERS, ""], 2))
def test_sqlite_gives_a_number_of_every_row(survey_2024: survey.Survey, made: str) -> None:
    chosen = survey_2024.under(choices.parse(made))
    there = sql.statements(chosen).drop_nulls("sql")
    of_row = {recipe(each).moenster: each for each in there["id"]}
    ask = in_sqlite(chosen, there["sql"].to_list())
    compared = differing(chosen, ask, list(of_row.values()))
    assert compared.found == {}
    assert compared.known > ROWS


def test_what_has_no_statement_is_an_estimate_or_made_of_one(survey_2024: survey.Survey) -> None:
    every = sql.statements(survey_2024)
    without = every.filter(pl.col("sql").is_null())
    assert len(every) - len(without) == USUAL
    assert set(without["hvorfor"]) == {sql.OF_ESTIMATE}
    assert set(without["id"]) == {
        *(f"resultat.estimat_{unit}{end}" for unit in ("mrd", "pst") for end in ("", "_nedre", "_oevre")),
        "resultat.estimat_andel_negativ",
        "resultat.estimat_inntekter_mrd",
        "resultat.inntekter_med_fylker_mrd",
        "resultat.estimat_med_fylker_mrd",
        "resultat.estimat_med_fylker_pst",
    }  # fmt: skip
    assert sql.told(survey_2024, "resultat.estimat_mrd") == f"-- {sql.OF_ESTIMATE}"


CHANGED = [
    ("resultat.netto_pst", "nevner", "brutto_driftsutgifter"),
    ("fond.antall_0_5", "teller_vilkaar", "{valg.fond}_pst > 0 og {valg.fond}_pst < 6"),
    ("svar.rang_lavest.{stoerrelsesgruppe}", "slag", "rang_hoeyest"),
    ("sektor.rang.{tjenesteomraade}", "slag", "rang_lavest"),
    ("fond.mrd", "enhetstype", "fylkeskommune"),
    ("resultat.netto_pst_fjor", "aar", "naa"),
    ("svar.andel_kommuner", "utvalg", "ramme_med_oslo"),
    ("resultat.netto_mrd", "enhet", "prosent"),
]
SEEN_IN = {
    "svar.rang_lavest.{stoerrelsesgruppe}": "svar.rang_lavest.under_3000",
    "sektor.rang.{tjenesteomraade}": "sektor.rang.sosial",
}


def test_a_wrong_row_gives_another_statement_and_another_value(
    project: Path, tmp_path: Path, engine: duckdb.DuckDBPyConnection
) -> None:
    opened = opening.open_survey(year=YEAR, source="demo")
    ask = in_duckdb(engine, tmp_path, opened)
    table = (project / TABLE).read_bytes()
    for tall_id, column, becomes in CHANGED:
        name = SEEN_IN.get(tall_id, tall_id)
        right = sql.statement(opened, name)
        changed = pl.when(pl.col("tall_id") == tall_id).then(pl.lit(becomes)).otherwise(column)
        edit_table(
            project / TABLE, lambda rows, to=changed, at=column: rows.with_columns(to.alias(at))
        )
        wrong = sql.statement(opened, name)
        assert wrong != right, name
        assert ask(wrong) != ask(right), name
        assert ask(wrong) == pytest.approx(value(opened, name), rel=CLOSE), name
        (project / TABLE).write_bytes(table)


@pytest.mark.parametrize(
    ("tall_id", "column", "becomes", "why"),
    [
        ("fond.mrd", "vilkaar", "navn er oslo", "navn"),
        ("fond.endring_mrd", "vilkaar", "stoerrelsesgruppe er under_3000", "stoerrelsesgruppe"),
        ("fond.mrd", "utvalg", "ramme", sql_units.NO_AMOUNTS),
        ("fond.mrd", "aar", "foer", sql_units.NO_YEAR_BEFORE),
        ("fond.endring_mrd", "vektes", "ja", sql.NO_MEAN),
    ],
)
def test_what_the_frame_cannot_say_is_refused_and_not_guessed(
    project: Path, tall_id: str, column: str, becomes: str, why: str
) -> None:
    changed = pl.when(pl.col("tall_id") == tall_id).then(pl.lit(becomes)).otherwise(column)
    edit_table(project / TABLE, lambda rows: rows.with_columns(changed.alias(column)))
    opened = opening.open_survey(year=YEAR, source="demo").under(choices.parse("vekting=uveid"))
    with pytest.raises(sql_units.NoStatement, match=why):
        sql.statement(opened, tall_id)


def test_a_word_that_there_is_not_is_told_with_its_place(project: Path) -> None:
    changed = pl.when(pl.col("tall_id") == "fond.mrd").then(pl.lit("fondet")).otherwise("teller")
    edit_table(project / TABLE, lambda rows: rows.with_columns(changed.alias("teller")))
    with pytest.raises(DataError, match=r"teller is 'fondet'; allowed: .*disposisjonsfond"):
        sql.statement(opening.open_survey(year=YEAR, source="demo"), "fond.mrd")
