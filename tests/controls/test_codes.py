"""Controls 020-081: codes that may not, or hardly ever, stand together.

The lists stand here as the control program has them, so that a slip in controls.csv is seen.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.survey import accounts
from tests.helpers.accounts import deliver, findings_of, found, lines, sound

SERVICE = "222"
DRIFT_ARTS = "280 512 521 522 529 670 910 911 912 921 922 929 970"
INVESTMENT_ARTS = (
    "070 080 110 114 240 509 570 590 600 629 630 640 800 870 871 872 873 876 877 909 990"
)
CASES = [
    # control, account, function, art, fires
    *(("020", "drift", "841", art, True) for art in ("010", "600")),
    ("020", "investering", "841", "729", False),
    *(("025", "drift", SERVICE, art, True) for art in DRIFT_ARTS.split()),
    ("025", "drift", SERVICE, "285", False),
    ("025", "investering", SERVICE, "280", False),
    *(("030", "drift", SERVICE, art, True) for art in ("285", "660")),
    ("030", "investering", SERVICE, "285", False),
    *(("035", "drift", SERVICE, art, True) for art in ("520", "920")),
    ("035", "investering", SERVICE, "520", False),
    *(("040", "investering", function, "230", True) for function in ("800", "840", "850", "860")),
    ("040", "investering", "870", "500", False),
    *(("045", "investering", function, "230", True) for function in ("100", "110", "121", "170", "171")),
    ("045", "investering", "120", "230", False),
    ("045", "drift", "100", "010", False),
    *(("050", "investering", SERVICE, art, True) for art in INVESTMENT_ARTS.split()),
    ("050", "investering", SERVICE, "010", False),
    ("050", "drift", SERVICE, "070", False),
    *(("055", "investering", SERVICE, art, True) for art in ("620", "650", "900")),
    ("055", "drift", SERVICE, "620", False),
    ("060", "investering", SERVICE, "729", True),
    ("060", "investering", "841", "729", False),
    ("060", "drift", SERVICE, "729", False),
    *(("065", "drift", "880", art, True) for art in ("589", "980", "989")),
    *(("065", "drift", "899", art, False) for art in ("589", "980", "989")),
    ("065", "drift", "899", "010", True),
    ("065", "investering", "880", "980", True),
    ("070", "drift", "899", "530", True),
    ("070", "drift", "880", "530", False),
    *(("075", "drift", SERVICE, art, True) for art in ("870", "871", "872", "873", "876")),
    *(("075", "drift", "800", art, False) for art in ("870", "871", "872", "873", "876")),
    ("075", "drift", SERVICE, "875", False),  # left out of the control of 2024
    ("080", "drift", SERVICE, "800", True),
    ("080", "drift", "840", "800", False),
    ("081", "drift", "850", "850", True),
    *(("081", "drift", "850", art, False) for art in ("450", "810")),
]  # fmt: skip


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """All cases at once, each on a line of its own: the lines that each control named."""
    posts = [(account, place, art, 5) for _, account, place, art, _ in CASES]
    folder = deliver(tmp_path_factory.mktemp("koder"), lines(posts))
    return findings_of(folder)


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[" ".join(map(str, case[:4])) for case in CASES]
)
def test_each_code_fires_or_not(fired: pl.DataFrame, number: int) -> None:
    control, account, place, art, fires = CASES[number]
    named = fired.filter(
        (pl.col("kontroll") == control)
        & (pl.col("funnet") == f"funksjon {place}, art {art} i {account}")
    )
    assert (len(named) > 0) is fires


def test_county_functions_and_codes(tmp_path: Path) -> None:
    county = {"form": "0C", "region": "110000"}
    for function in ("400", "410", "421", "470", "471"):
        posts = [("investering", function, "230", 5), ("investering", "520", "230", -5)]
        assert found(tmp_path / function, *posts, **county) == {"045"}
    # taxes of municipalities only, and the general grants function, are not a county's at all
    assert "012" in found(tmp_path / "875", ("drift", "800", "875", -5), **county)
    assert "010" in found(tmp_path / "850", ("drift", "850", "810", -5), **county)


@pytest.mark.parametrize(
    ("region", "form", "year", "fires"),
    [
        ("030100", "0M", 2024, False),
        ("330100", "0M", 2024, False),
        ("300500", "0M", 2023, False),
        ("300500", "0M", 2020, False),
        ("460100", "0M", 2024, False),
        ("500000", "0P", 2024, False),
        ("110300", "0M", 2024, True),
        ("330100", "0A", 2024, True),
        ("030100", "0A", 2024, True),
        ("500000", "0C", 2024, True),
        ("110000", "0P", 2024, True),
    ],
)
def test_921_in_consolidated_operations(
    tmp_path: Path, region: str, form: str, year: int, *, fires: bool
) -> None:
    """Four consolidated accounts may have 921, under the number valid in the year."""
    service = "520" if form in ("0C", "0P") else SERVICE
    posts = [("drift", "870", "921", -5), ("drift", service, "010", 5)]
    assert ("025" in found(tmp_path, *posts, form=form, year=year, region=region)) is fires
    others = [("drift", "870", "922", -5), ("drift", service, "010", 5)]
    assert "025" in found(tmp_path / "andre", *others, form=form, year=year, region=region)


class TestYears:
    def test_035_from_2025_lets_off_three_functions_and_warns(self, tmp_path: Path) -> None:
        def severity(year: int, function: str) -> list[str]:
            folder = tmp_path / f"{year}{function}"
            posts = [*sound(), ("drift", function, "520", 5), ("drift", SERVICE, "010", -5)]
            deliver(folder, lines(posts, year=year), year=year)
            rows = findings_of(folder, year).filter(pl.col("kontroll") == "035")
            return rows["alvorlighet"].to_list()

        assert severity(2024, "281") == severity(2024, SERVICE) == ["info"]
        assert severity(2025, "281") == severity(2025, "325") == []
        assert severity(2025, SERVICE) == ["advarsel"]

    def test_075_follows_the_codes_of_the_year(self, tmp_path: Path) -> None:
        assert "075" in found(tmp_path / "a", ("drift", SERVICE, "875", -5), year=2023)
        assert "075" not in found(tmp_path / "b", ("drift", SERVICE, "875", -5), year=2024)
        assert "075" in found(tmp_path / "c", ("drift", SERVICE, "878", -5), year=2025)
        assert "075" in found(tmp_path / "d", ("drift", SERVICE, "879", -5), year=2025)

    def test_081_is_milder_and_wider_from_2025(self, tmp_path: Path) -> None:
        def severity(year: int, art: str) -> list[str]:
            folder = tmp_path / f"{year}{art}"
            posts = [*sound(), ("drift", "850", art, -5), ("drift", SERVICE, "010", 5)]
            deliver(folder, lines(posts, year=year), year=year)
            rows = findings_of(folder, year).filter(pl.col("kontroll") == "081")
            return rows["alvorlighet"].to_list()

        assert severity(2023, "850") == []
        assert severity(2024, "850") == severity(2024, "700") == ["feil"]
        assert severity(2025, "850") == []
        assert severity(2025, "700") == ["advarsel"]


DISTRICT_FUNCTIONS = ("691", "692", "693", "694", "695", "696")
DISTRICT_ARTS = ("298", "379", "798")
OSLO, DISTRICT = "030100", "030107"


@pytest.mark.parametrize(
    ("region", "year", "allowed"),
    [
        (OSLO, 2020, {"691", "692", "693", "694", "696", *DISTRICT_ARTS}),
        (OSLO, 2024, {"691", "692", "693", "694", "696", *DISTRICT_ARTS}),
        (OSLO, 2025, set()),
        (OSLO, 2026, set()),
        (DISTRICT, 2024, {"691", "692", "693", "694", "696", *DISTRICT_ARTS}),
        (DISTRICT, 2025, {*DISTRICT_FUNCTIONS, *DISTRICT_ARTS}),
        (DISTRICT, 2026, {*DISTRICT_FUNCTIONS, *DISTRICT_ARTS}),
        ("110300", 2024, set()),
        ("110300", 2025, set()),
    ],
)
def test_what_only_districts_of_oslo_may_use(
    tmp_path: Path, region: str, year: int, allowed: set[str]
) -> None:
    """Until 2024 Oslo itself as well, from 2025 its districts alone."""
    posts = [("drift", function, "010", 5) for function in DISTRICT_FUNCTIONS]
    posts += [("drift", SERVICE, art, 5) for art in DISTRICT_ARTS]
    folder = deliver(tmp_path, lines([*sound(), *posts], region=region, year=year), year=year)
    rows = findings_of(folder, year).filter(pl.col("kontroll").is_in(["010", "012"]))
    assert set(rows["funnet"]) == {*DISTRICT_FUNCTIONS, *DISTRICT_ARTS} - allowed


@pytest.mark.parametrize("form", ["0C", "0P"])
def test_functions_of_counties_changed_in_2025(tmp_path: Path, form: str) -> None:
    codes = {"510": True, "561": True, "511": False, "553": False, "563": False, "564": False}
    for year in (2024, 2025):
        posts = [("drift", code, "010", 5) for code in codes]
        text = lines([*sound(form), *posts], form=form, region="110000", year=year)
        rows = findings_of(deliver(tmp_path / str(year), text, year=year), year)
        refused = set(rows.filter(pl.col("kontroll") == "010")["funnet"])
        assert refused == {code for code, old in codes.items() if old == (year == 2025)}


def test_zero_amounts_break_nothing(tmp_path: Path) -> None:
    zero = [("drift", "841", "280", 0), ("drift", "999", "999", 0), ("balanse", "77", "123", 0)]
    assert found(tmp_path, *zero) == set()


def test_control_runs_over_every_year_it_has_rows_for(tmp_path: Path) -> None:
    for year in range(2020, 2027):
        folder = deliver(tmp_path / str(year), lines(sound(), year=year), year=year)
        assert accounts.control_years(folder, [year], "kasse", "leverte")[year].kontroll.is_empty()
