"""What the notebooks compute equals the table of section numbers: every source, year and choice, parts missing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, published, sections
from tests.helpers.computing import NOTEBOOKS, computing, run
from tests.helpers.examples import by_day
from tests.helpers.statbank_national import National

CELLS = {name: computing(name) for name in NOTEBOOKS}
SINGLES = choices.singles()
PARTS = 4  # tests that the choices are shared between


def agree(survey: Survey) -> None:
    """Run all five notebooks' computing cells on a survey: each check cell raises where the two roads part."""
    for cells in CELLS.values():
        run(cells, survey)


def under(survey: Survey, made: choices.Choices) -> Survey:
    """Return the survey under choices; of another scope it is opened anew."""
    other = survey.under(made)
    if other.setting("omfang") == survey.scope:
        return other
    scope, assume = other.setting("omfang"), choices.text(made)
    return open_survey(year=survey.year, scope=scope, assume=assume, source="demo")


@pytest.mark.parametrize("part", by_day(range(PARTS), PARTS))
def test_every_single_choice(survey_2024: Survey, part: int) -> None:
    for made in SINGLES[part::PARTS]:
        agree(under(survey_2024, made))


def test_choices_that_touch_the_same_numbers(survey_2024: Survey) -> None:
    for text in (
        "fjoraar=egen,fond=KG21,tomt_fond=runder,fondsgrense=over_0_til_5",
        "vekting=innbyggere,rangering=hele,sosial=FGK12,investering=AGI39",
        "milliarder=med_oslo,anslag=kalibrert,grupper=fire,folkemengde=i_aaret",
    ):
        agree(survey_2024.under(choices.parse(text)))


@pytest.mark.parametrize("year", by_day([2023, 2025], 2))
def test_other_years(demo_panel: Path, year: int) -> None:
    agree(open_survey(year=year, source="demo"))


def test_few_and_none_who_answered(survey_2024: Survey) -> None:
    answered = survey_2024.everyone().filter("svart")["region"]
    for regions in (answered[:0], answered[:1], answered[-1:], answered[:7]):
        agree(survey_2024.of_regions(regions.to_list()))


def test_one_municipalitys_own_files(invented: Path) -> None:
    """Without the year before, and with service areas that it has nothing in."""
    own = open_survey(year=2025, source="kostra", data_dir=str(invented))
    agree(own)
    agree(own.under(choices.parse("vekting=uveid")))


@pytest.mark.parametrize("scope", by_day(["konsern", "kasse"], 2))
def test_open_figures(ssb: National, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few of the panels that verdicts are drawn from: what is compared here are values."""
    monkeypatch.setattr(open_figures, "DRAWS", 10)
    for year, snapshot, panel in ((2024, ssb.june, ""), (2023, ssb.march, "alle")):
        opened = open_survey(year=year, source="ssb", scope=scope, data_dir=snapshot, panel=panel)
        agree(opened)
    for text in ("vekting=uveid", "fjoraar=egen", "anslag=samlet"):
        agree(opened.under(choices.parse(text)))


def test_every_published_number_is_computed(survey_2024: Survey) -> None:
    """Of all years: a notebook runs for any of them."""
    claims = published.read_all().filter(pl.col("status").cast(pl.String) == "beregnes")
    seen: dict[str, str] = {}
    for name, cells in CELLS.items():
        own: dict[str, object] = {}
        run(cells, survey_2024, own)
        seen |= dict.fromkeys(own["funnet"], name)  # type: ignore[call-overload]
    instead = [name for made in SINGLES for name in choices.numbers(made).values()]
    assert {*claims["tall_id"], *instead} <= set(seen)
    of_section = dict(sections.table().select("seksjon", "notatbok").iter_rows())
    computed = claims.select(pl.col("seksjon").cast(pl.String), "tall_id")
    for section, tall_id in computed.iter_rows():
        assert seen[tall_id] == of_section[section]
