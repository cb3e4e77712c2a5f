"""Whatever befalls what is kept of accounts: the numbers are those of the accounts, and nobody sees an error."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers import tampering
from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.projects import own_cache

YEARS = (2021, 2022, 2023, 2024)
WAYS = [
    pytest.param(way, marks=[pytest.mark.night] if way is not tampering.truncated else [])
    for way in tampering.WAYS
]


def frames(survey: Survey) -> dict[str, pl.DataFrame]:
    """Return all that numbers and trails are made of, with those that the controls stopped, and the numbers."""
    every = survey.with_left_out()
    return {
        "tall": compute(survey),
        "poster": survey.poster.collect(),
        "balanse": survey.balanse.filter(pl.col("belop") > 0).collect(),
        "rader med de utelatte": every.poster.collect(),
        "enheter med de utelatte": every.enheter,
        **{
            name: getattr(survey, name)
            for name in ("enheter", "indikatorer", "kontroll", "utelatt", "rettelser", "svart_foer")
        },
    }


class Survived:
    """Accounts of four years, what is made of them, and what comes after something was done to what is kept."""

    def __init__(self, project: Path) -> None:
        self.folder, self.cache = project / "filer", own_cache(project)
        for year in YEARS:
            of_year = grown(year)
            off = [*of_year, ("drift", "222", "010", 31)]
            rows = [(of_year, "110300"), (off, "114600"), (of_year, "110800")]
            text = [
                line for posts, region in rows for line in lines(posts, year=year, region=region)
            ]
            deliver(self.folder, text, year=year)
        self.whole = frames(self.opened())
        self.whole_cache = shutil.copytree(self.cache, project / "hele")

    def opened(self) -> Survey:
        return open_survey(2024, source="kostra", data_dir=str(self.folder))

    def after(self, what: Callable[[], str]) -> None:
        """Do something to the cache; what is opened is as it was, and so is what is kept in the end."""
        shutil.rmtree(self.cache)
        shutil.copytree(self.whole_cache, self.cache)
        said = what()
        for _ in range(2):
            for name, frame in frames(self.opened()).items():
                assert frame.equals(self.whole[name]), (said, name)

    def survey_entry(self) -> Path:
        return next(path for path in self.cache.glob("2024-*") if "-aar-" not in path.name)


@pytest.fixture
def survived(project: Path) -> Survived:
    return Survived(project)


@pytest.mark.parametrize("count", [4, pytest.param(200, marks=pytest.mark.night)])
def test_flipped_bits_change_no_number_and_stop_nobody(survived: Survived, count: int) -> None:
    """In every second case in the years that the survey is made of, which are read where it is gone."""
    chance = random.Random(count)
    for number in range(count):

        def one(number: int = number) -> str:
            if number % 2:
                shutil.rmtree(survived.survey_entry())
            ((file, seed),) = tampering.bits(survived.cache, 1, chance.randrange(2**32))
            return tampering.flipped(file, random.Random(seed))

        survived.after(one)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_befalls_all_of_the_files_changes_no_number(
    survived: Survived, way: tampering.Way
) -> None:
    def all_of_them() -> str:
        for file in [path for path in survived.cache.rglob("*.parquet") if path.is_file()]:
            way(file)
        return way.__name__

    survived.after(all_of_them)


def test_files_of_other_years_in_their_place_change_no_number(survived: Survived) -> None:
    def swapped() -> str:
        shutil.rmtree(survived.survey_entry())
        first, last = (next(survived.cache.glob(f"{year}-*-aar-*")) for year in (2021, 2024))
        for name in ("poster", "indikatorer"):
            one, other = (store / f"{name}.parquet" for store in (first, last))
            content = one.read_bytes()
            one.write_bytes(other.read_bytes())
            other.write_bytes(content)
        return "swapped"

    survived.after(swapped)
