"""Invented accounts are of invented units: no number or name of a real one leaves a survey with them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.survey import accounts, opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import invented, units
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.statbank_national import National
from tests.helpers.workbook import Workbook

KEYS = ("region", "kobling", "enhet", "nummer")
REAL = kr.tables.read("kommune"), kr.tables.read("fylke")
NUMBERS = set(REAL[0]["kommunenummer"]) | set(REAL[1]["fylkeskommune"].drop_nulls())
NAMES = set(REAL[0]["navn"]) | set(REAL[1]["navn"])


def frames_of(survey: Survey) -> dict[str, pl.DataFrame]:
    """Every frame that a survey gives, by name."""
    given = {
        name: frame.collect() if isinstance(frame, pl.LazyFrame) else frame
        for name in (
            "enheter",
            "indikatorer",
            "poster",
            "balanse",
            "kontroll",
            "utelatt",
            "svart_foer",
        )
        for frame in [getattr(survey, name)]
    }
    return given | {
        "panel": survey.panel(),
        "fylkeskommuner": survey.panel("fylkeskommune"),
        "areas": survey.areas("brutto_investeringsutgifter"),
        "compared": survey.compared(),
        "compared_areas": survey.compared_areas("brutto_driftsutgifter_tjeneste"),
        "everyone": survey.everyone(),
        "matched": survey.matched(survey.year),
        "printed": survey.all_printed,
        "tidy": kr.tidy(survey),
        "everyone, other sizes": survey.under((("folkemengde", "i_aaret"),)).everyone(),
    }


def texts(frame: pl.DataFrame) -> set[str]:
    found = frame.select(pl.col(pl.String)).unpivot()["value"].drop_nulls()
    return set(found.unique())


@pytest.fixture(params=["panel", "a server that says so"])
def unreal(request: pytest.FixtureRequest) -> Survey:
    if request.param == "panel":
        found = request.getfixturevalue("survey_2024")
    else:
        ssb: National = request.getfixturevalue("ssb")
        found = opening.open_survey(year=2024, source="ssb", data_dir=ssb.june)
    assert found.synthetic
    return found


def test_no_frame_has_a_number_or_name_of_a_real_unit(unreal: Survey) -> None:
    for name, frame in frames_of(unreal).items():
        said = texts(frame)
        assert not said & NAMES, name
        for key in set(KEYS) & set(frame.columns):
            own = set(frame[key].drop_nulls().cast(pl.String).str.slice(0, 4))
            assert not own & NUMBERS, (name, key)


def test_joined_with_the_register_nothing_is_found(unreal: Survey) -> None:
    """As an economist would do it who wants to know who these are."""
    register = units.frame(unreal.year)
    assert unreal.panel().join(register, on="region").is_empty()
    assert len(unreal.panel().join(units.known(unreal.year), on="region")) == len(unreal.panel())
    assert len(unreal.everyone()) == len(register.filter(pl.col("type") == "kommune"))


def test_the_files_of_the_panel_are_of_invented_units(demo_panel: Path) -> None:
    known = set(invented.numbers()["oppdiktet"])
    for path in sorted(demo_panel.glob("*/*.txt")):
        lines = pl.read_csv(path, has_header=False, separator="\x1f", schema={"linje": pl.String})[
            "linje"
        ]
        assert set(lines.str.slice(7, 4).unique()) <= known, path.name
    for path in sorted(demo_panel.glob("*/respondenter.csv")):
        assert set(pl.read_csv(path, infer_schema=False)["region"]) <= known, path


def test_invented_units_are_as_many_and_as_large_and_move_as_the_real_ones() -> None:
    shared = ["type", "folkemengde", "stoerrelsesgruppe"]
    for year in kr.tables.years_known():
        real, unreal = (units.frame(year, oppdiktet=which) for which in (False, True))
        assert real.select(shared).sort(shared).equals(unreal.select(shared).sort(shared))
        per_county = [
            sorted(each.group_by("fylke").agg(pl.col("folkemengde").sum())["folkemengde"])
            for each in (real, unreal)
        ]
        assert per_county[0] == per_county[1]
        assert not set(real["region"]) & set(unreal["region"])
        links = units.links(year - 3, year)
        unreal_link = pl.col("region").is_in(invented.numbers()["oppdiktet"].to_list())
        sizes = [
            sorted(each.group_by("kobling").len()["len"])
            for each in (links.filter(~unreal_link), links.filter(unreal_link))
        ]
        assert sizes[0] == sizes[1]


def test_numbers_are_one_to_one_and_out_of_reach_of_real_ones() -> None:
    found = invented.numbers()
    assert found["oppdiktet"].is_unique().all()
    assert found["nummer"].is_unique().all()
    assert found["oppdiktet"].str.contains(r"^[6-9]\d{3}$").all()
    assert not set(found["oppdiktet"].str.slice(0, 2)) & set(found["nummer"].str.slice(0, 2))


@pytest.mark.parametrize(("whose", "region"), [("leverte", "611700"), ("syntetiske", "110300")])
def test_a_number_of_the_other_kind_is_as_unknown_as_one_that_never_was(
    tmp_path: Path, whose: str, region: str
) -> None:
    """Real accounts are not of invented units, nor invented ones of real units."""
    deliver(tmp_path, lines(sound(), region=region))
    found = accounts.control_years(tmp_path, [2024], "", whose)[2024].kontroll
    assert set(found.filter(pl.col("kontroll") == "006")["funnet"]) == {region}


def test_a_workbook_says_above_the_table_that_it_is_invented(
    survey_2024: Survey, tmp_path: Path
) -> None:
    (cells,) = Workbook(
        kr.save(survey_2024.panel(), tmp_path / "panel.xlsx", survey_2024)
    ).values.values()
    assert str(cells["A", 1]).startswith("Syntetiske tall: regnskapene er oppdiktet")
    assert cells["A", 3] == "aar"
    real = opening.open_survey(year=2024, source="ssb")
    (cells,) = Workbook(kr.save(real.panel(), tmp_path / "ekte.xlsx", real)).values.values()
    assert cells["A", 1] == "aar"
