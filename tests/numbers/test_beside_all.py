"""One municipality's own numbers among open figures of all: places counted by hand, for large and small ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.numbers import municipalities, one_municipality, unit_sheet
from kommuneregnskap.report import of_one
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.projects import PROJECT

# Of different sizes; Oslo is the only one of its KOSTRA group and its county.
REGIONS = {"030100": "Oslo", "110300": "Stavanger", "114600": "Tysvær", "115100": "Utsira"}
RESULT = 10.0  # percent: 100 of 1000


@pytest.fixture
def open_project(project: Path) -> Path:
    shutil.copytree(PROJECT / "data" / "ssb", project / "data" / "ssb")
    return project


def own(project: Path, region: str) -> Survey:
    deliver(project / "filer", lines(sound(), region=region))
    return open_survey(year=2024, source="kostra", data_dir=str(project / "filer"))


@pytest.mark.parametrize("region", REGIONS)
def test_a_place_is_counted_among_all_others(open_project: Path, region: str) -> None:
    survey = own(open_project, region)
    assert survey.alone is not None
    assert survey.alone["navn"] == REGIONS[region]
    others = of_one.beside(survey).others
    assert others is not None
    number = region[:4]
    results = {
        unit: value
        for year, unit, measure, value in municipalities.values(others).iter_rows()
        if (year, measure) == (2024, 1) and value is not None
    }
    groups = {
        (kind, unit): group for unit, kind, group, _ in unit_sheet.members(others).iter_rows()
    }
    found = one_municipality.beside(survey, others).filter(pl.col("finner") == 1)
    for row in found.iter_rows(named=True):
        kind = row["sammenlikning"]
        among = [
            value
            for unit, value in results.items()
            if unit != number and groups.get((kind, unit)) == groups[kind, number]
        ]
        assert row["rang"] == 1 + sum(value > RESULT for value in among)
        assert row["antall"] == len(among) + 1
    compared = set(found["sammenlikning"])
    alone = {"kostragruppe", "fylke"} if number == "0301" else set()
    assert compared == set(unit_sheet.COMPARISONS) - alone


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_drawn_has_itself_once_in_each_group(open_project: Path, region: str) -> None:
    beside = of_one.beside(own(open_project, region))
    rows = beside.peers("resultat")
    itself = rows.filter("enheten")
    assert itself["verdi"].to_list() == [pytest.approx(RESULT)] * len(itself)
    assert itself["sammenlikning"].is_unique().all()
    assert rows.filter(~pl.col("enheten"), pl.col("sammenlikning") == "alle").height == 356


def test_what_its_files_lack_has_no_place_and_open_figures_are_quoted(open_project: Path) -> None:
    told = {each["name"]: each for each in of_one.beside(own(open_project, "114600")).measures}
    growth = told["Vekst i driftsutgiftene"]
    assert growth["sentence"].startswith(
        "Vekst i driftsutgiftene kan ikke regnes av egne filer, som ikke har tall for 2023. SSBs åpne tall viser "
    )
    assert growth["value"] == "ikke kjent"
    assert {cell["place"] for cell in growth["places"]} == {"ikke kjent"}


def test_a_county_and_two_municipalities_are_not_one(open_project: Path) -> None:
    county = lines(sound("0C"), form="0C", region="110000")
    deliver(open_project / "filer", county)
    survey = open_survey(year=2024, source="kostra", data_dir=str(open_project / "filer"))
    assert survey.alone is None
    with pytest.raises(ValueError, match="more than one municipality"):
        one_municipality.measures(survey)
