"""What errors bear on: the numbers counted of the records, where they stand and where they should, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kommuneregnskap.cli.printed.words import warning as on_terminal
from kommuneregnskap.display.notebook import data_lines, warning
from kommuneregnskap.numbers import concepts, one_municipality
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report.pages.control import control_html
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement
from tests.helpers.accounts import Post, deliver, grown, lines
from tests.helpers.outputs import text_of

TYSVAER, STAVANGER, UTSIRA = "114600", "110300", "115100"
# 530 belongs on 880: it is an art of the disposal, which no number shown is made of.
HARMLESS: list[Post] = [("drift", "870", "530", 60), ("drift", "880", "540", -60)]
# Grants from the state belong on 840: they are revenue, where they stand as where they should.
REVENUE: list[Post] = [("drift", "800", "800", -300), ("drift", "840", "800", 300)]
# Compensation of VAT belongs on 841: an amount of the investment account, and of no expenditure.
INVESTED: list[Post] = [("investering", "222", "729", -60), ("investering", "841", "729", 60)]
UNBALANCED: list[Post] = [("drift", "222", "010", 31)]


def give(project: Path, accounts: Mapping[str, Sequence[Post]], year: int = 2024) -> None:
    """Deliver sound accounts of units in a year, each with posts added."""
    for region, extra in accounts.items():
        text = lines(together([*grown(year), *extra]), region=region, year=year)
        deliver(project / "filer", text, name=f"{region}.txt", year=year)


def survey_of(project: Path, accounts: Mapping[str, Sequence[Post]]) -> Survey:
    """Open the survey of sound accounts of units, each with posts added."""
    give(project, accounts)
    return open_survey(year=2024, source="kostra", data_dir=str(project / "filer"))


def together(posts: list[Post]) -> list[Post]:
    """Return posts with those of one place and kind added up, without zeros."""
    sums: dict[tuple[str, str, str], int] = {}
    for account, place, kind, amount in posts:
        sums[account, place, kind] = sums.get((account, place, kind), 0) + amount
    return [(*key, amount) for key, amount in sums.items() if amount]


def shown(survey: Survey) -> str:
    """Return all that says what is the matter with the accounts, in a report and on a terminal."""
    return " ".join(
        (
            *(warning(survey), on_terminal(survey), *data_lines(survey)),
            text_of(control_html(survey, compute(survey))),
        )
    )


def test_an_error_that_touches_no_number_shown_warns_of_nothing(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: HARMLESS})
    assert survey.unpassed
    assert survey.touched == {"070": frozenset({"netto_driftsresultat_disponering"})}
    assert (concepts.unsound(survey), warning(survey), on_terminal(survey)) == ([], "", "")
    text = shown(survey)
    assert "Kontrollene fant én feil som ikke berører noe tall her: 530 bare på 880" in text
    assert "besto" not in text
    assert not one_municipality.measures(survey)["beroert"].any()
    verdicts = judgement.judge(judgement.read(2024), compute(survey), survey)
    assert not verdicts["hvorfor"].str.contains("besto kontrollene").any()


def test_an_error_that_touches_a_number_shown_is_said_over_everything(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: REVENUE})
    assert "brutto_driftsinntekter" in concepts.unsound(survey)
    assert "netto_laanegjeld" not in concepts.unsound(survey)
    over = warning(survey)
    assert over.startswith(
        "Regnskapet besto ikke kontrollene. Feilene berører brutto driftsinntekter, "
    )
    assert over.endswith("; de tallene er bare til eget bruk.")
    assert "No unit passed the controls" in on_terminal(survey)
    text = shown(survey)
    assert "(2024: kontroll 080 (800 bare på 840)" in text
    assert "Ingen av" not in text, "there is one"
    verdicts = judgement.judge(judgement.read(2024), compute(survey), survey)
    assert verdicts["hvorfor"].str.contains("besto kontrollene").any()


def test_measures_that_an_error_bears_on_say_so_and_the_others_do_not(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: REVENUE})
    touched = dict(one_municipality.measures(survey).select("maal_navn", "beroert").iter_rows())
    assert touched["Netto driftsresultat"]
    assert touched["Disposisjonsfond"], "it is measured against the revenue"
    assert not touched["Brutto investeringsutgifter"]


def test_an_error_in_one_account_bears_on_no_number_of_the_other(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: INVESTED})
    assert "060" in survey.touched
    assert "brutto_investeringsutgifter" not in survey.touched["060"]
    assert not survey.touched["060"] & {"brutto_driftsinntekter", "netto_driftsresultat"}


def test_a_sum_that_does_not_hold_bears_on_its_account(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: UNBALANCED})
    assert {"brutto_driftsutgifter", "netto_driftsresultat"} <= survey.touched["110"]
    assert "brutto_investeringsutgifter" not in survey.touched["110"]


@pytest.mark.parametrize(
    ("extra", "opens"),
    [(HARMLESS, ""), (REVENUE, "Ingen av regnskapene besto kontrollene. Feilene berører")],
)
def test_several_of_different_sizes_none_of_whom_passed(
    project: Path, extra: list[Post], opens: str
) -> None:
    survey = survey_of(project, dict.fromkeys((STAVANGER, TYSVAER, UTSIRA), extra))
    assert survey.alone is None
    assert warning(survey).startswith(opens)
    assert bool(warning(survey)) == bool(opens)


def test_one_of_several_that_fails_is_left_out_and_warns_of_nothing(project: Path) -> None:
    """Not the others' report: it is of two, and of the third it says why it is not there."""
    survey = survey_of(project, {STAVANGER: [], TYSVAER: [], UTSIRA: REVENUE})
    assert (survey.alone, survey.touched, warning(survey)) == (None, {}, "")
    assert "Holdt utenfor etter kontrollene 2024: Utsira, kontroll 080" in shown(survey)


def test_one_that_is_left_over_is_not_reported_as_if_it_were_alone(project: Path) -> None:
    survey = survey_of(project, {TYSVAER: [], UTSIRA: REVENUE})
    assert survey.enheter.filter("svart")["navn"].to_list() == ["Tysvær"]
    assert survey.alone is None


def test_its_year_before_that_fails_is_left_out_and_said_to_be(project: Path) -> None:
    """What the numbers would be with it is shown of the municipality, not of how many there are of a kind."""
    give(project, {TYSVAER: REVENUE}, year=2023)
    survey = survey_of(project, {TYSVAER: []})
    assert (survey.alone is not None, survey.touched, warning(survey)) == (True, {}, "")
    text = shown(survey)
    assert "Holdt utenfor etter kontrollene 2023: kontroll 080" in text
    assert "Hovedtallene uten og med regnskapet for 2023" in text
    assert "av kommunene" not in text
    assert "har svart" not in text


def test_the_panel_passes_and_touches_nothing(survey_2024: Survey) -> None:
    assert (survey_2024.alone, survey_2024.touched) == (None, {})
