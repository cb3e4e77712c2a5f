"""A release as it comes: broken lines, points, headings, addresses, abbreviations."""

from __future__ import annotations

import pytest

from kommuneregnskap.verdicts.text.sentences import sentences


def told(text: str) -> list[tuple[str, str]]:
    return [(each.sted, each.text) for each in sentences(text)]


def test_lines_broken_at_the_margin_are_one_paragraph() -> None:
    text = (
        "I alt 225 kommuner har svart på undersøkelsen, og brutto investeringer i disse utgjorde\n"
        "56 milliarder kroner. Det er mer enn året før.\n\nDe andre har ikke svart."
    )
    assert told(text) == [
        ("avsnitt 1, setning 1", "I alt 225 kommuner har svart på undersøkelsen, og brutto investeringer i disse "
         "utgjorde 56 milliarder kroner."),
        ("avsnitt 1, setning 2", "Det er mer enn året før."),
        ("avsnitt 2, setning 1", "De andre har ikke svart."),
    ]  # fmt: skip


def test_headings_and_points_have_places_of_their_own() -> None:
    text = (
        "Fondene minker\n9 prosent av kommunene har tømt disposisjonsfondet sitt helt, viser tallene.\n\n"
        "Fakta\n• Det er mottatt svar fra 210\n\nkommuner.\n• Oslo har ikke svart.\n"
    )
    assert told(text) == [
        ("overskrift 1", "Fondene minker"),
        ("avsnitt 1, setning 1", "9 prosent av kommunene har tømt disposisjonsfondet sitt helt, viser tallene."),
        ("overskrift 2", "Fakta"),
        ("punkt 1, setning 1", "Det er mottatt svar fra 210 kommuner."),
        ("punkt 2, setning 1", "Oslo har ikke svart."),
    ]  # fmt: skip
    last = sentences(text)[-1]
    assert (last.heading, last.before) == ("Fakta", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "Det er 3,0 pst. i 2015 mot 1,0 pst. året før.",
        "Tallene kom 5. mars 2025 om morgenen.",
        "Det er 50.000 innbyggere og 4 mrd. kroner.",
        "KS, jf. Omtalen, sier ca. 4 prosent.",
    ],
)
def test_abbreviations_and_dates_end_no_sentence(sentence: str) -> None:
    assert told(sentence) == [("avsnitt 1, setning 1", sentence)]


def test_addresses_and_marks_of_a_draft_are_left_out() -> None:
    text = "# Resultat i 2024\n\nLes **mer** på https://example.org/2024/17 i dag.\n\n- Skriv til a.b@example.org nå.\n"
    assert told(text) == [
        ("overskrift 1", "Resultat i 2024"),
        ("avsnitt 1, setning 1", "Les mer på i dag."),
        ("punkt 1, setning 1", "Skriv til nå."),
    ]


def test_nothing_has_no_sentences() -> None:
    assert told("") == told(" \n\n ") == []
