"""A unit's measures, its place among others, and what is invented about an invented unit."""

from __future__ import annotations

import math
import shutil
import statistics
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from IPython.display import HTML

import kommuneregnskap as kr
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.conftest import add_row, edit_table
from tests.helpers.projects import PROJECT
from tests.helpers.real_numbers import invented_number

ARK = invented_number("1103")


def test_the_measures_are_what_the_ledger_gives(survey_2024: Survey) -> None:
    """By hand from the ledger's evaluated totals: one percentage, one amount per inhabitant, in two years."""
    own = unit_sheet.sheet(survey_2024, ARK)
    rows = survey_2024.indikatorer.filter(
        (pl.col("region") == own["region"]) & pl.col("tjenesteomraade").is_null()
    )

    def total(year: int, begrep: str) -> int:
        return int(
            rows.filter((pl.col("aar") == year) & (pl.col("begrep") == begrep))["belop"].item()
        )

    shares = unit_sheet.over_years(survey_2024, ARK, "prosent").filter(
        pl.col("maal_navn") == "Netto driftsresultat"
    )
    for year in (2022, 2024):
        expected = 100 * total(year, "netto_driftsresultat") / total(year, "brutto_driftsinntekter")
        assert math.isclose(shares[str(year)].item(), expected)
    people = survey_2024.enheter.filter(pl.col("region") == own["region"])["folkemengde"].item()
    per_person = unit_sheet.over_years(survey_2024, ARK, "per_innbygger").filter(
        pl.col("maal_navn") == "Brutto investeringsutgifter"
    )
    expected = 1000 * total(2024, "brutto_investeringsutgifter") / people
    assert math.isclose(per_person["2024"].item(), expected)


def test_a_sheet_has_the_net_debt_that_ssb_defines_for_its_accounts(survey_2024: Survey) -> None:
    debt = {
        scope: [
            name
            for name in unit_sheet.measures(scope)["begrep"]
            if name.startswith("netto_laanegjeld")
        ]
        for scope in ("kasse", "konsolidert", "konsern")
    }
    assert debt == {
        "kasse": ["netto_laanegjeld_kasse_pst"],
        "konsolidert": ["netto_laanegjeld_konsolidert_pst"],
        "konsern": ["netto_laanegjeld_pst"],
    }
    assert "netto_laanegjeld_kasse_pst" in unit_sheet.concepts(survey_2024)
    shown = unit_sheet.over_years(survey_2024, ARK, "prosent")
    assert shown.filter(pl.col("maal_navn") == "Netto lånegjeld")["2024"].null_count() == 0


def test_the_place_is_counted_by_hand(survey_2024: Survey) -> None:
    own = unit_sheet.sheet(survey_2024, ARK)
    sheets = unit_sheet.sheets(survey_2024)
    group = sheets.filter(pl.col("stoerrelsesgruppe") == own["stoerrelsesgruppe"])["region"]
    values = {
        region: value
        for region, value in unit_sheet.values(survey_2024)
        .filter((pl.col("aar") == 2024) & (pl.col("begrep") == "disposisjonsfond_pst"))
        .select("region", "verdi")
        .iter_rows()
        if region in set(group)
    }
    mine = values[own["region"]]
    (row,) = (
        unit_sheet.place(survey_2024, ARK)
        .filter(
            (pl.col("begrep") == "disposisjonsfond_pst")
            & (pl.col("sammenlikning") == "stoerrelsesgruppe")
        )
        .to_dicts()
    )
    lower = sum(value < mine for value in values.values())
    assert row["antall"] == len(values) == len(group)
    assert row["rang"] == 1 + sum(value > mine for value in values.values())
    assert row["fjerdedel"] == 1 + 4 * lower // len(values)
    assert math.isclose(row["median"], statistics.median(values.values()))
    assert row["laveste"] == min(values.values())
    assert row["hoeyeste"] == max(values.values())


def own_years(survey: Survey, region: str) -> list[int]:
    rows = unit_sheet.values(survey).filter(pl.col("region") == region)
    return rows.drop_nulls("verdi")["aar"].unique().sort().to_list()


def test_what_was_split_has_no_past_before_it(survey_2024: Survey) -> None:
    """Ålesund was divided in 2024: neither it nor Haram is the municipality that it was, invented or not."""
    others = unit_sheet.sheets(survey_2024)["ark"].to_list()
    for real in ("1508", "1580"):
        number = invented_number(real)
        assert own_years(survey_2024, number) == [2024]
        others.remove(number)
    assert own_years(survey_2024, others[0]) == list(survey_2024.years)


def test_what_was_merged_is_added_up_where_all_of_it_has_accounts(project: Path) -> None:
    """Hå is said to have gone into Time in 2024: of the years before both are one."""
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb")
    survey = open_survey(year=2024, source="ssb", scope="konsern")
    told = survey.indikatorer.filter(
        (pl.col("aar") == 2023) & pl.col("region").is_in(["1119", "1121"])
    )
    sums = dict(told.group_by("begrep").agg(pl.col("belop").sum()).iter_rows())
    gone = (pl.col("kommunenummer") == "1119") & pl.col("gyldig_til").is_null()
    until = pl.when(gone).then(pl.lit("2023")).otherwise("gyldig_til")
    edit_table(
        project / "data/codes/kommune.csv", lambda table: table.with_columns(gyldig_til=until)
    )
    for number, name in (("1119", "Hå"), ("1121", "Time")):
        row = {"fra_nummer": number, "fra_navn": name, "til_nummer": "1121", "til_navn": "Time"}
        row |= {"aar": "2024", "type": "sammenslaaing", "kilde": "oppdiktet for tester"}
        edit_table(
            project / "data/codes/kommune_endring.csv", lambda table, row=row: add_row(table, **row)
        )
    still = (pl.col("aar") < 2024) | (pl.col("region") != "1119")
    merged = replace(
        survey,
        enheter=survey.enheter.filter(pl.col("region") != "1119"),
        indikatorer=survey.indikatorer.filter(still),
    )
    assert own_years(merged, "1121") == [2021, 2022, 2023, 2024]
    (own,) = unit_sheet.values(merged).filter(
        (pl.col("region") == "1121") & (pl.col("aar") == 2023) & (pl.col("rekkefoelge") == 1)
    )["verdi"]
    assert own == pytest.approx(100 * sums["netto_driftsresultat"] / sums["brutto_driftsinntekter"])
    lacking = replace(merged, indikatorer=merged.indikatorer.filter(pl.col("region") != "1119"))
    assert own_years(lacking, "1121") == [2024], "half of what it was has accounts"


def test_every_sheet_agrees_with_its_own_rows(survey_2024: Survey) -> None:
    for ark in unit_sheet.sheets(survey_2024)["ark"][::40]:
        rows = unit_sheet.recomputed(survey_2024, ark)
        assert rows["lik"].all()
        assert len(rows) == len(unit_sheet.measures("kasse"))


def test_a_sheet_that_differs_from_its_rows_fails_its_check(survey_2024: Survey) -> None:
    own = unit_sheet.sheet(survey_2024, ARK)["region"]
    more = pl.when(pl.col("region") == own).then(pl.col("belop") * 2).otherwise("belop")
    altered = replace(survey_2024, poster=survey_2024.poster.with_columns(belop=more))
    kr.sheet.check(altered, unit_sheet.sheets(altered)["ark"][0])
    with pytest.raises(ValueError, match=r"differ: disposisjonsfond_pst: i arket .* ULIKT"):
        kr.sheet.check(altered, ARK)


def test_an_invented_unit_is_as_invented_as_its_accounts(survey_2024: Survey) -> None:
    """Sheets go by running numbers under invented counties."""
    sheets = unit_sheet.sheets(survey_2024)
    assert sheets["ark"].is_unique().all()
    assert sheets["ark"].equals(sheets["region"], check_names=False)
    assert sheets["tittel"].str.contains(r"^\d{4} Oppdiktet kommune \d{4}$").all()
    assert sheets["fylke"].str.contains(r"^Oppdiktet fylke \d\d$").all()
    assert not set(sheets["region"]) & set(kr.tables.read("kommune")["kommunenummer"])


def test_an_unknown_unit_is_told_what_there_is(survey_2024: Survey) -> None:
    with pytest.raises(
        UsageError, match=r"UNITS has '9999', which has no accounts in 2024; allowed: 6\d{3}, "
    ):
        unit_sheet.sheet(survey_2024, "9999")


def test_a_sheet_is_asked_for_by_number_or_name() -> None:
    real = opening.open_survey(year=2024, source="ssb")
    assert unit_sheet.sheet(real, "bodø")["ark"] == unit_sheet.sheet(real, "1804")["ark"] == "1804"
    with pytest.raises(UsageError, match="'Boddø' in 2024; nearest: Bodø"):
        unit_sheet.sheet(real, "Boddø")


def test_what_the_controls_found_is_the_units_own(survey_2024: Survey) -> None:
    own = survey_2024.kontroll.filter(pl.col("aar") == 2024)["region"].str.slice(0, 4)
    sheets = unit_sheet.sheets(survey_2024)
    ark = sheets.filter(pl.col("region").is_in(own.implode()))["ark"][0]
    found = unit_sheet.controls(survey_2024, ark)
    assert found["aar"].is_sorted(descending=True)
    assert "Funn i kontrollene" in kr.sheet.controls(survey_2024, ark).data
    clean = sheets.filter(
        ~pl.col("region").is_in(survey_2024.kontroll["region"].str.slice(0, 4).implode())
    )
    silent = kr.sheet.controls(survey_2024, clean["ark"][0])
    assert isinstance(silent, HTML)
    assert "fant ingenting" in silent.data


def test_a_survey_is_kept_open_only_where_that_is_asked_for() -> None:
    asked = {"year": 2023, "source": "ssb"}
    assert opening.open_survey(**asked) is not opening.open_survey(**asked)
    try:
        opening.keep_open("a")
        first = opening.open_survey(**asked)
        assert opening.open_survey(**asked) is first
        opening.keep_open("a")
        assert opening.open_survey(**asked) is first
        opening.keep_open("b")
        assert opening.open_survey(**asked) is not first
    finally:
        opening.forget()
    assert first.fingerprint == open_survey(**asked).fingerprint
