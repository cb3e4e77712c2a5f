"""Errors in the method, generated from numbers.csv: what the notebooks compute apart from it sees them."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.mutants import method, telling
from kommuneregnskap.mutants.method import APART, REFUSED, SEEN, SURVIVES, Change
from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, numbers
from tests.helpers import plain_numbers
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
        ("resultat.endring_pp", "aar", "foer", REFUSED),
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
    # Of these the condition says whom they are told of, beside them; what is missing is not counted without it either.
    left = computed.filter(pl.col("sett") == SURVIVES)
    assert left.select("kolonne", "til").unique().rows() == [("vilkaar", "")]
    assert left["fra"].str.contains("finnes").all()


def test_what_no_notebook_computes_is_seen_in_plain_polars(
    survey_2024: Survey, kept: pl.DataFrame
) -> None:
    """Each change of these is seen on the panel or on one with odd cases; ends of intervals have tests of their own."""
    apart = kept.filter((pl.col("sett") == APART) & ~pl.col("tall_id").str.contains("estimat"))
    own = survey_2024.under(choices.parse("fjorandel=egen"))
    worlds = [plain_world(each) for each in (survey_2024, own, *telling.panels(survey_2024))]
    assert set(apart["tall_id"]) == set(worlds[0].computed)
    tried = [Change(*cells) for cells in apart.select(NAMES).iter_rows()]
    left = [each for each in tried if method.seen(each, worlds) not in (SEEN, REFUSED)]
    assert left == []


def plain_world(of: Survey) -> method.World:
    """Return a world of which plain polars computes what the notebooks do not; the table agrees with it."""
    computed = plain_numbers.computed(of)
    right = Evaluator(of)
    assert right.values(computed, of.year) == pytest.approx(computed)
    return method.World(of, computed, right)


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
