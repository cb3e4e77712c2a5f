"""What is asked for is understood, or refused in words that help; and knows what follows from it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import kommuneregnskap as kr
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.request import Request, asked, from_here


@pytest.mark.parametrize("year", [2024, "2024", " 2024 "])
def test_a_year_may_be_text(year: int | str) -> None:
    assert asked(year).year == 2024


@pytest.mark.parametrize("year", ["20²5", "24", "", "to tusen", 2024.0, None, True, "2024-2025"])
def test_what_is_no_year_is_answered_in_a_line(year: object) -> None:
    with pytest.raises(UsageError) as error:
        asked(year)  # type: ignore[arg-type]
    assert str(error.value) == (
        f"YEAR is {year!r}; an accounting year has four digits, such as 2024"
    )


def test_a_survey_opens_on_a_year_given_as_text(demo_panel: Path) -> None:
    assert kr.open_survey(year="2024").request == kr.open_survey(year=2024).request


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"source": "skatt"}, "SOURCE is 'skatt'; allowed: kostra, ssb, demo"),
        ({"scope": "konsernet"}, "SCOPE is 'konsernet'; allowed: kasse, konsolidert, konsern"),
        (
            {"source": "demo", "scope": "konsern"},
            "SCOPE is 'konsern'; allowed: kasse, konsolidert",
        ),
        (
            {"source": "ssb", "scope": "konsolidert"},
            "SCOPE is 'konsolidert'; for the source ssb: konsern, kasse",
        ),
        ({"source": "ssb", "panel": "halve"}, "PANEL is 'halve'; allowed: uten_oslo, alle, pseudo"),
        (
            {"source": "demo", "panel": "alle"},
            "PANEL is 'alle'; only the source ssb has panels, demo has respondents",
        ),
        (
            {"source": "kostra", "data_dir": "finnes ikke"},
            "DATA is 'finnes ikke', which is no folder; give the folder of the account files",
        ),
        ({"scope": 3}, "SCOPE is 3; it is given as text, such as '3'"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_read(
    said: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        asked(2024, **said)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("said", "scope", "name"),
    [
        ({}, "konsern", "ssb"),
        ({"scope": "konsern"}, "konsern", "ssb"),
        ({"scope": "konsolidert"}, "konsolidert", "demo-konsolidert"),
        ({"panel": "alle"}, "konsern", "ssb-alle"),
        ({"source": "demo"}, "kasse", "demo"),
        ({"source": "ssb"}, "konsern", "ssb"),
        ({"source": "ssb", "panel": "uten_oslo"}, "konsern", "ssb"),
        ({"source": "ssb", "scope": "kasse", "panel": "alle"}, "kasse", "ssb-kasse-alle"),
        ({"source": "demo", "assume": "A09=FGK12"}, "kasse", "demo-sosial_FGK12"),
        ({"assume": "A09=FGK12"}, "konsern", "ssb-sosial_FGK12"),
    ],
)
def test_it_knows_the_usual_scope_and_its_folder(
    said: dict[str, str], scope: str, name: str
) -> None:
    request = asked(2024, **said)
    assert request.scope == scope
    assert request.folder().parts[-3:] == ("reports", "2024", name)
    assert request.folder("ark").name == name.replace(request.source, f"{request.source}-ark", 1)


def test_its_parameters_ask_for_the_same() -> None:
    request = asked(2024, "ssb", "kasse", "2025-06-20", "alle", "sosial=FGK12")
    assert asked(**request.parameters) == request


def test_a_scope_that_is_chosen_otherwise_is_the_one_to_open() -> None:
    request = asked(2024, "demo", assume="omfang=konsolidert")
    assert (request.scope, request.accounts_scope) == ("kasse", "konsolidert")
    assert asked(2024, scope="konsolidert").accounts_scope == "konsolidert"


def test_a_folder_is_understood_from_where_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "filer").mkdir()
    with monkeypatch.context() as there:
        there.chdir(tmp_path)
        given = from_here("filer", "kostra")
    assert not Path(given).is_absolute(), "no output names a machine's folders"
    assert (paths.root() / given).resolve() == (tmp_path / "filer").resolve()
    assert asked(2024, "kostra", data_dir=given).data_dir == given
    assert from_here("2025-06-20", "ssb") == "2025-06-20", "the name of a snapshot is no folder"


def test_it_does_not_change_and_can_be_a_key() -> None:
    request = asked(2024)
    assert {request: 1}[asked("2024")] == 1
    with pytest.raises(FrozenInstanceError):
        request.year = 2023  # type: ignore[misc]
    assert isinstance(request, Request)
