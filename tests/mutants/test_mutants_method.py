"""Errors in the method, generated from numbers.csv: what the notebooks compute apart from it sees them."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.mutants import method
from kommuneregnskap.mutants.method import APART, REFUSED, SEEN, SURVIVES, Change
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import numbers
from tests.helpers.projects import PROJECT

pytestmark = pytest.mark.slow  # all of them together

KEPT = PROJECT / "reports" / "metodemutanter-2024-demo.csv"
BY_DAY = 8  # every so manieth is tried in a usual run
NAMES = ["tall_id", "kolonne", "fra", "til"]


@pytest.fixture(scope="module")
def usual(survey_2024: Survey) -> list[method.World]:
    return [method.world(survey_2024)]


@pytest.fixture(scope="module")
def kept() -> pl.DataFrame:
    return pl.read_csv(KEPT, infer_schema=False).fill_null("")


@pytest.mark.parametrize(
    ("tall_id", "column", "to", "said"),
    [
        ("investering.andel.{tjenesteomraade}", "nevner", "brutto_driftsinntekter", SEEN),
        ("resultat.antall_under_m2", "teller_vilkaar", "netto_driftsresultat_pst < -3", SEEN),
        ("resultat.fylke_pst", "enhetstype", "kommune", SEEN),
        ("sektor.rang.{tjenesteomraade}", "slag", "rang_lavest", SEEN),
        ("fond.endring_mrd", "enhet", "antall", SEEN),
        ("fond.andel_tomme", "utvalg", "ramme", REFUSED),
        ("sektor.aar_paa_rad", "teller", "sektor.aar_paa_rad", REFUSED),
        ("fond.antall_redusert", "utvalg", "fjorandel", SURVIVES),
        ("resultat.brutto_pst", "nevner", "brutto_driftsutgifter", APART),
    ],
)
def test_a_change_is_seen_where_a_notebook_computes_the_number(
    usual: list[method.World], tall_id: str, column: str, to: str, said: str
) -> None:
    assert method.seen(Change(tall_id, column, "", to), usual) == said


def test_other_choices_tell_rows_apart_that_are_alike_as_usual(
    usual: list[method.World], kept: pl.DataFrame
) -> None:
    change = Change("fond.antall_redusert", "utvalg", "samme", "fjorandel")
    assert method.seen(change, usual) == SURVIVES
    place = method.changes().index(change)
    assert kept["sett"][place] == SEEN


def test_every_column_of_every_row_is_tried() -> None:
    tried = method.changes()
    assert len(tried) == len(set(tried))
    rows = {one.tall_id: one for one in numbers.rows()}
    # Of prices nothing stands in the row: they are looked up.
    assert {each.tall_id for each in tried} == set(rows) - {"sektor.prisvekst"}
    for each in tried:
        columns = each.kolonne.split("|")
        assert each.fra == "|".join(str(getattr(rows[each.tall_id], name)) for name in columns)
        assert each.fra != each.til
    columns = {each.kolonne for each in tried}
    assert columns >= {
        "teller",
        "nevner",
        "vilkaar",
        "teller_vilkaar",
        "nevner_vilkaar",
        "enhetstype",
    }
    assert columns >= {"utvalg", "aar", "enhet", "slag"}


def test_what_is_kept_is_what_is_tried(kept: pl.DataFrame) -> None:
    tried = [(each.tall_id, each.kolonne, each.fra, each.til) for each in method.changes()]
    assert kept.select(NAMES).rows() == tried
    assert set(kept["sett"]) == {SEEN, REFUSED, SURVIVES, APART}
    computed = kept.filter(pl.col("sett") != APART)
    assert len(computed.filter(pl.col("sett") == SURVIVES)) < len(computed) / 6


def test_a_sample_is_seen_as_it_was(usual: list[method.World], kept: pl.DataFrame) -> None:
    """What was not seen under the usual choices may be seen under others; what was seen must be seen again."""
    tried = method.changes()[::BY_DAY]
    for change, before in zip(tried, kept["sett"].gather_every(BY_DAY), strict=True):
        now = method.seen(change, usual)
        assert now == before or (now, before) == (SURVIVES, SEEN), change


@pytest.mark.night
def test_all_are_seen_as_they_were(kept: pl.DataFrame) -> None:
    found = method.run(method.worlds(), method.changes())
    assert found["sett"].to_list() == kept["sett"].to_list()
