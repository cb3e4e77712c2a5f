"""Guarded corrections: used, said, and refused once the delivery no longer holds what they expect."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.report import publish
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening, survey
from kommuneregnskap.survey.request import asked
from tests.conftest import add_row, edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.outputs import page_text

GOOD = lines(sound())
TABLE = "data/definitions/corrections.csv"
WAGES = {
    "aar": "2024",
    "regnskaper": "leverte",
    "region": "110300",
    "skjema": "0A",
    "kontoklasse": "1",
    "funksjon_kapittel": "222",
    "art_sektor": "010",
    "var": "900",
    "blir": "800",
    "begrunnelse": "Lønn ført to ganger",
    "dato": "2025-03-20",
    "kilde": "Kommunens økonomisjef",
}
CLOSING = WAGES | {
    "funksjon_kapittel": "880",
    "art_sektor": "540",
    "var": "60",
    "blir": "160",
    "begrunnelse": "Avsetningen følger etter",
}


def write(project: Path, *rows: dict[str, str]) -> None:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        for row in rows:
            table = add_row(table, **row)
        return table

    edit_table(project / TABLE, change)


@pytest.fixture
def folder(few_choices: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(few_choices)
    return deliver(few_choices / "filer", GOOD)


def opened(folder: Path) -> survey.Survey:
    return opening.open_survey(year=2024, source="kostra", data_dir=str(folder))


def amount(found: survey.Survey, begrep: str) -> int:
    rows = found.indikatorer.filter(
        (pl.col("begrep") == begrep) & pl.col("tjenesteomraade").is_null()
    )
    return int(rows["belop"].item())


def test_without_corrections_nothing_is_used(folder: Path) -> None:
    assert opened(folder).rettelser.is_empty()
    assert amount(opened(folder), "netto_driftsresultat") == 100


def test_a_correction_changes_the_amount_it_names(project: Path, folder: Path) -> None:
    write(project, WAGES, CLOSING)
    found = opened(folder)
    assert amount(found, "brutto_driftsutgifter") == 850
    assert amount(found, "netto_driftsresultat") == 200
    assert found.utelatt.is_empty()
    assert len(found.rettelser) == 2


def test_amounts_on_one_account_are_one_amount(project: Path, folder: Path) -> None:
    """Over two lines, also in two parts of the delivery."""
    part = [*sound()[:3], ("drift", "222", "010", 500), ("drift", "222", "010", 400), *sound()[4:]]
    deliver(folder, lines(part))
    write(project, WAGES, CLOSING)
    assert amount(opened(folder), "brutto_driftsutgifter") == 850


def test_a_missing_line_is_added_to_its_own_account(project: Path, folder: Path) -> None:
    """An investment, though the unit's first line is of the operating account."""
    write(
        project,
        WAGES | {"kontoklasse": "0", "art_sektor": "250", "var": "0", "blir": "40"},
        WAGES
        | {
            "kontoklasse": "0",
            "funksjon_kapittel": "880",
            "art_sektor": "910",
            "var": "-400",
            "blir": "-440",
        },
    )
    found = opened(folder)
    assert amount(found, "brutto_investeringsutgifter") == 540
    assert amount(found, "netto_driftsresultat") == 100
    assert found.utelatt.is_empty()


def test_a_unit_that_has_not_delivered_is_left_alone(project: Path, folder: Path) -> None:
    write(project, WAGES | {"region": "460100"})
    assert opened(folder).rettelser.is_empty()


def test_other_years_and_invented_accounts_are_left_alone(project: Path, folder: Path) -> None:
    write(project, WAGES | {"aar": "2023"}, WAGES | {"regnskaper": "syntetiske", "var": "1"})
    assert opened(folder).rettelser.is_empty()


@pytest.mark.parametrize(
    ("text", "found"),
    [("      901", "901"), ("    900,5", "    900,5"), ("        0", "0")],
)
def test_an_expectation_that_no_longer_holds_stops_the_run(
    project: Path, folder: Path, text: str, found: str
) -> None:
    deliver(folder, [*GOOD[:3], GOOD[3][:39] + text, *GOOD[4:]])
    write(project, WAGES)
    former = project / "reports/2024/kostra"
    former.mkdir(parents=True)
    (former / "index.html").write_text("forrige", "utf-8")
    with pytest.raises(DataError) as error:
        publish.publish(asked(2024, source="kostra", data_dir="filer"))
    assert str(error.value) == (
        f"{TABLE}:2: the correction expects 900 on 110300 0A 1 222 010, the delivery has {found}. "
        "Remove the row: the delivery is no longer what it was written for."
    )
    assert [path.name for path in former.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("kontoklasse", "7", "kontoklasse is '7'; allowed: for 0A: 0, 1. Mend the cell."),
        ("kontoklasse", "2", "kontoklasse is '2'; allowed: for 0A: 0, 1. Mend the cell."),
        ("blir", "9999999999", "blir is '9999999999'; allowed: Int64 and >= -999999999"),
        ("begrunnelse", "", "begrunnelse is ''; allowed: String and length >= 1"),
        ("dato", "20.3.2025", "dato is '20.3.2025'; allowed: regex"),
        ("kilde", "", "kilde is ''; allowed: String and length >= 1"),
    ],
)
def test_a_row_that_is_none(
    project: Path, folder: Path, cell: str, value: str, message: str
) -> None:
    write(project, WAGES | {cell: value})
    with pytest.raises(DataError) as error:
        opened(folder)
    assert f"{TABLE}:2: {message}" in str(error.value)


@pytest.mark.slow
def test_corrections_used_stand_in_the_report_and_the_manifest(
    project: Path, folder: Path, one_notebook: Path
) -> None:
    write(project, WAGES, CLOSING)
    report, _ = publish.publish(asked(2024, source="kostra", data_dir="filer"), only="side")
    text = page_text(report)
    assert "Rettet i de leverte regnskapene" in text
    assert (
        "2024 110300, skjema 0A, 222 010: fra 900 til 800 (1000 kr). Lønn ført to ganger "
        "(Kommunens økonomisjef, 2025-03-20)"
    ) in text
    assert "2 beløp er rettet" in text
    used = json.loads((report / "manifest.json").read_text("utf-8"))["rettelser"]
    assert [row["blir"] for row in used] == [800, 160]
    assert used[0]["begrunnelse"] == WAGES["begrunnelse"]
