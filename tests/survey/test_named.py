"""Which unit is meant: by names as people type them, by numbers as systems write them, or a line that helps."""

from __future__ import annotations

import pytest

from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.named import find, some
from kommuneregnskap.survey.survey import Survey


@pytest.fixture(scope="module")
def real() -> Survey:
    return opening.open_survey(year=2024, source="ssb")


@pytest.mark.parametrize(
    ("who", "region"),
    [
        ("Bodø", "1804"),
        ("BODØ", "1804"),
        (" bodo ", "1804"),
        ("Bodoe", "1804"),
        ("Bodø kommune", "1804"),
        (1804, "1804"),
        ("1804", "1804"),
        (301, "0301"),
        ("301.0", "0301"),
        ("K-0301", "0301"),
        ("Oslo", "0301"),
        ("Ås", "3218"),
        ("Kåfjord", "5540"),
        ("Gáivuotna", "5540"),
        ("gaivuotna", "5540"),
        ("Kaivuono", "5540"),
        ("Guovdageaidnu - Kautokeino", "5612"),
        ("Nordre Follo", "3207"),
        ("Herøy (Nordland)", "1818"),
        ("heroy (møre og romsdal)", "1515"),
        ("Nordland", "1800"),
        ("Nordland fylkeskommune", "1800"),
    ],
)
def test_a_unit_is_found_by_any_of_its_names_and_numbers(
    real: Survey, who: object, region: str
) -> None:
    assert find(real, who)["region"] == region


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (
            "Herøy",
            "2 units are called 'Herøy' in 2024: 1515 Herøy (Møre og Romsdal), 1818 Herøy (Nordland);",
        ),
        ("våler", "3114 Våler (Østfold), 3419 Våler (Innlandet)"),
        ("Boddø", "no municipality is called 'Boddø' in 2024; nearest: Bodø"),
        ("Re", "in 2024 (0716 opphørte i 2020, ble 3803 Tønsberg); nearest: "),
        (1507, "1507 is no municipality or county in 2024 (opphørte i 2024, nå 1508 og 1580)"),
        ("5401", "5401 is no municipality or county in 2024 (opphørte i 2024, nå 5501)"),
        (9999, "9999 is no municipality or county in 2024; there are "),
    ],
)
def test_what_is_nobody_s_is_answered_in_one_line(real: Survey, who: object, words: str) -> None:
    with pytest.raises(UsageError) as told:
        find(real, who)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_the_invented_panel_has_numbers_and_no_names(survey_2024: Survey) -> None:
    with pytest.raises(
        UsageError, match=r"'Bodø': the accounts of demo are invented, .* no municipality's name"
    ):
        find(survey_2024, "Bodø")
    with pytest.raises(UsageError, match="no unit is called 'Gáivuotna'"):
        find(survey_2024, "Gáivuotna")
    own = survey_2024.enheter.row(0, named=True)
    assert find(survey_2024, own["region"]) == own
    assert find(survey_2024, own["navn"]) == own
    with pytest.raises(UsageError, match="1804 is no municipality or county in 2024"):
        find(survey_2024, 1804)


def test_a_survey_in_the_place_of_a_name_is_told_where_it_belongs(real: Survey) -> None:
    with pytest.raises(UsageError, match=r'kr\.unit\("Bodø", survey=survey\)'):
        find(real, real)


def test_those_with_accounts_are_named_municipalities_first(real: Survey) -> None:
    assert some(real).startswith("0301 Oslo, 1101 Eigersund, ")
    assert some(real).endswith("more")
