"""controls.csv and the functions belong together; every rule of the control program is there."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls import CONTROLS, rules
from kommuneregnskap.support.errors import DataError
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, findings_of, lines, sound

# Statistics Norway's rules for annual accounts; 002 and others do not exist.
OFFICIAL = [
    "001", "003", "004", "005", "006", "007", "008", "009", "010", "011", "012", "013", "014", "015",
    "016", "020", "025", "030", "035", "040", "045", "050", "055", "060", "065", "070", "075", "080",
    "081", "085", "090", "095", "100", "105", "110", "115", "120", "125", "126", "127", "130", "135",
    "140", "145", "150", "155", "160", "165", "170", "175", "180", "185", "190",
]  # fmt: skip
OWN = [f"E{number:02d}" for number in range(1, 14)]
SEVERITY_2024 = {
    "fatal": ["001", "E01"],
    "advarsel": ["015", "190", "E03", "E07", "E09", "E13"],
    "info": ["030", "035", "045", "055", "E05", "E06", "E10"],
}


def test_every_row_has_a_function_and_every_function_a_row() -> None:
    assert set(tables.read("controls")["kontroll"]) == set(CONTROLS) == {*OFFICIAL, *OWN}


def test_a_control_keeps_its_function_name() -> None:
    for number, function in CONTROLS.items():
        assert function.__name__ == f"kontroll_{number.lower()}"
        assert function.__doc__


def test_two_functions_for_one_control_are_refused() -> None:
    with pytest.raises(ValueError, match="110 has two functions"):
        rules.control("110")(CONTROLS["110"])


def test_severities_of_2024() -> None:
    table = tables.valid("controls", 2024)
    for severity, numbers in SEVERITY_2024.items():
        rows = table.filter(pl.col("alvorlighet").cast(pl.String) == severity)
        assert sorted(set(rows["kontroll"])) == numbers
    errors = table.filter(pl.col("alvorlighet").cast(pl.String) == "feil")["kontroll"].unique()
    named = {number for numbers in SEVERITY_2024.values() for number in numbers}
    assert set(errors) == {*OFFICIAL, *OWN} - named


@pytest.mark.parametrize("year", range(2020, 2027))
def test_the_rows_of_every_year_expand(year: int) -> None:
    found = rules.rules(year)
    late = set() if year >= 2024 else {"081"}
    assert {rule.kontroll for rule in found} == {*OFFICIAL, *OWN} - late
    forms = set(tables.read("skjema")["skjema"])
    assert all(set(rule.skjema) <= forms for rule in found)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("arter", "010, 999", "arter is '999'; allowed: a code valid in the year"),
        (
            "arter",
            "998..999",
            "arter is '998..999'; allowed: a set that takes in at least one code",
        ),
        ("unntak_regioner", "300500", "unntak_regioner is '300500'; allowed: a code valid"),
        ("alvorlighet", "mild", "alvorlighet is 'mild'; allowed: fatal | feil | advarsel | info"),
    ],
)
def test_a_malformed_row_stops_with_file_and_line(
    project: Path, tmp_path: Path, column: str, value: str, message: str
) -> None:
    edit_table(
        project / "data/definitions/controls.csv",
        lambda table: table.with_columns(
            pl.when(pl.col("kontroll") == "095").then(pl.lit(value)).otherwise(column).alias(column)
        ),
    )
    folder = deliver(tmp_path / "filer", lines(sound()))
    with pytest.raises(DataError) as error:
        findings_of(folder)
    assert "controls.csv:" in str(error.value)
    assert message in str(error.value)


def test_the_margin_is_data(project: Path, tmp_path: Path) -> None:
    """A table that allows no deviation makes the same accounts fail."""
    folder = deliver(tmp_path / "filer", lines([*sound(), ("investering", "222", "230", 3)]))
    assert "095" not in set(findings_of(folder)["kontroll"])
    edit_table(
        project / "data/definitions/controls.csv",
        lambda table: table.with_columns(
            margin=pl.when(pl.col("kontroll") == "095").then(pl.lit("2")).otherwise("margin")
        ),
    )
    assert "095" in set(findings_of(folder)["kontroll"])
