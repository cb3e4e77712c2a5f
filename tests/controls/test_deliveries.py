"""Controls of files, deliveries and lists (001, E01-E03, E07, E09, E10) on every form, in the first and last year."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.survey import accounts
from tests.helpers.accounts import BALANCE_FORM, deliver, findings_of, lines, sound

REGIONS = {"0A": "110300", "0C": "110000", "0M": "110300", "0P": "110000"}
FORMS = {*BALANCE_FORM, *BALANCE_FORM.values()}
YEARS = (2020, 2026)


def everything(year: int) -> list[str]:
    """Return sound accounts on all forms, of a municipality and a county."""
    return [
        line
        for form, region in REGIONS.items()
        for line in lines(sound(form), form=form, year=year, region=region)
    ]


def fired(folder: Path, year: int, control: str) -> set[tuple[str, str, bool]]:
    rows = findings_of(folder, year).filter(pl.col("kontroll") == control)
    return set(rows.select("skjema", "alvorlighet", "kan_regnes").rows())


@pytest.mark.parametrize("year", YEARS)
def test_sound_accounts_on_all_forms(tmp_path: Path, year: int) -> None:
    assert findings_of(deliver(tmp_path, everything(year), year=year), year).is_empty()


@pytest.mark.parametrize("year", YEARS)
def test_001_and_e01_are_fatal_in_every_year(tmp_path: Path, year: int) -> None:
    deliver(tmp_path, everything(year), year=year)
    deliver(tmp_path, "0A2024\n", year=year, name="b.txt")
    deliver(tmp_path, b"", year=year, name="c.txt")
    assert fired(tmp_path, year, "001") == {("", "fatal", False)}
    assert fired(tmp_path, year, "E01") == {("", "fatal", False)}


@pytest.mark.parametrize("control", ["001", "E01", "E10"])
def test_what_tells_no_form_is_controlled_for_all_forms(control: str) -> None:
    rows = tables.read("controls").filter(pl.col("kontroll") == control)
    assert {*rows.item(0, "skjema").split(", ")} == FORMS == {*tables.read("skjema")["skjema"]}


@pytest.mark.parametrize("year", YEARS)
def test_e02_sees_every_form_that_came_twice(tmp_path: Path, year: int) -> None:
    deliver(tmp_path, everything(year), year=year)
    deliver(tmp_path, everything(year), year=year, name="b.txt")
    assert fired(tmp_path, year, "E02") == {(form, "feil", False) for form in FORMS}


@pytest.mark.parametrize("year", YEARS)
def test_e03_asks_for_the_other_half_of_every_form(tmp_path: Path, year: int) -> None:
    text = everything(year)
    for half in (set(BALANCE_FORM), set(BALANCE_FORM.values())):
        folder = tmp_path / min(half)
        deliver(folder, [line for line in text if line[:2] in half], year=year)
        assert fired(folder, year, "E03") == {(form, "advarsel", True) for form in half}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("scope", accounts.delivery.SCOPES)
def test_e07_is_content_with_appropriation_accounts_of_the_scope(
    tmp_path: Path, scope: str, year: int
) -> None:
    balance_alone = [
        line
        for form in ("0A", "0M")
        for line in lines(sound(form), form=form, year=year, region="114600")
        if line[:2] in ("0B", "0N")
    ]
    folder = deliver(tmp_path, [*everything(year), *balance_alone], year=year)
    listed = "region\n1103\n1100\n1146\n4601\n"
    (folder / str(year) / "respondenter.csv").write_text(listed, encoding="utf-8")
    rows = findings_of(folder, year, scope).filter(pl.col("kontroll") == "E07")
    assert rows.select("region", "alvorlighet", "kan_regnes").rows() == [
        ("114600", "advarsel", True),
        ("460100", "advarsel", True),
    ]


@pytest.mark.parametrize("year", YEARS)
def test_e09_sees_accounts_on_every_form_of_those_not_listed(tmp_path: Path, year: int) -> None:
    folder = deliver(tmp_path, everything(year), year=year)
    respondents = folder / str(year) / "respondenter.csv"
    respondents.write_text("region\n1103\n1100\n", encoding="utf-8")
    assert fired(folder, year, "E09") == set()
    respondents.write_text("region\n1146\n", encoding="utf-8")
    assert fired(folder, year, "E09") == {(form, "advarsel", True) for form in BALANCE_FORM}


@pytest.mark.parametrize("year", YEARS)
def test_e10_tells_of_forms_that_are_not_read(tmp_path: Path, year: int) -> None:
    others = tables.read("andre_skjema")["skjema"].to_list()
    text = [form + line[2:] for form in others for line in everything(year)[:1]]
    deliver(tmp_path, [*everything(year), *text], year=year)
    assert fired(tmp_path, year, "E10") == {(form, "info", True) for form in others}
